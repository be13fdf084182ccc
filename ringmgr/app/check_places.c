#include "ringmgr/app/check_places.h"
#include "ringmgr/app/settings_support.h"
#include "ringmgr/base/address.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* ---- folders ---- */

/* A folder that ringmgr writes: there, a folder, of the service's user, and where it really is. */
static bool check_folder(struct check *check, unsigned line, const char *what, const char *path,
                         struct stat *st, char real[PATH_MAX])
{
    char *text AUTO_FREE = NULL;
    bool found = stat(path, st) == 0 && realpath(path, real);
    if (!found && check_is_hidden(check, errno)) {
        check_add_hidden(check, line, what, path);
        return false;
    }
    if (!found)
        text = mem_printf("%s = %s: %s", what, path, strerror(errno));
    else if (!S_ISDIR(st->st_mode))
        text = mem_printf("%s = %s: not a folder", what, path);
    else if (!check->no_account && st->st_uid != check->app->job.service_uid)
        text = mem_printf(
            "%s = %s: belongs to uid %u, not to the account that ringmgr runs as (uid %u): chown it", what,
            path, st->st_uid, check->app->job.service_uid);
    if (text)
        check_add(check, "error", line, "folder", text);
    return !text;
}

static bool is_within(const char *inner, const char *outer)
{
    size_t len = strlen(outer);
    return strncmp(inner, outer, len) == 0 && (inner[len] == '/' || inner[len] == 0);
}

/* Names in the configuration can differ and yet lead to one place. */
static void check_apart(struct check *check, unsigned line, const char *path, const char *other)
{
    if (!is_within(path, other) && !is_within(other, path))
        return;
    char *text AUTO_FREE = mem_printf(
        "%s and %s lie in each other (after following links): give each its own place", path, other);
    check_add(check, "error", line, "nested", text);
}

/* Whether an earlier ring lies in that folder, too, and so has said it. */
static bool is_said(const struct check *check, const struct ring *ring, const char *folder)
{
    char real[PATH_MAX];
    for (const struct ring *before = check->app->settings.ring; before < ring; before++)
        if (realpath(before->path, real) && is_within(real, folder))
            return true;
    return false;
}

/* Whether accounts other than the service's get through: by its mode, or by a list that says who (acl(5)). */
static bool lets_in(const char *folder, mode_t wanted, mode_t *mode)
{
    struct stat st;
    if (stat(folder, &st) != 0)
        return true; /* which is told elsewhere */
    *mode = st.st_mode & 07777;
    return (st.st_mode & wanted) == wanted || getxattr(folder, "system.posix_acl_access", NULL, 0) > 0;
}

/* smbd and nginx read a share with accounts of their own. */
static void check_way(struct check *check, const struct ring *ring, const char *real)
{
    mode_t mode = 0;
    bool last = false;
    for (const char *end = real; !last; end++) {
        end += strcspn(end, "/");
        last = *end == 0;
        char *folder AUTO_FREE = mem_strndup(real, end == real ? 1 : (size_t)(end - real));
        if (lets_in(folder, last ? S_IROTH | S_IXOTH : S_IXOTH, &mode))
            continue;
        if (!last && is_said(check, ring, folder))
            return;
        char *text AUTO_FREE = mem_printf(
            "[ring %s] path: other accounts may not %s %s (mode %04o), and smbd or nginx would tell "
            "clients that access is denied: chmod o+%s %s",
            ring->name, last ? "read" : "enter", folder, mode, last ? "rx" : "x", folder);
        check_add(check, "warning", check_ring_line(check, ring, "path"), "share-closed", text);
        return;
    }
}

static void check_ring(struct check *check, const struct ring *ring, const struct stat *store)
{
    struct stat st;
    char real[PATH_MAX], what[64], other[PATH_MAX];
    const struct settings *settings = &check->app->settings;
    unsigned line = check_ring_line(check, ring, "path");
    snprintf(what, sizeof what, "[ring %s] path", ring->name);
    if (!check_folder(check, line, what, ring->path, &st, real))
        return;
    if (st.st_mode & S_IWOTH) {
        char *text AUTO_FREE =
            mem_printf("[ring %s] path is writable by everybody: chmod o-w %s", ring->name, ring->path);
        check_add(check, "warning", line, "share-mode", text);
    }
    check_way(check, ring, real);
    if (store && ring->link == PLACE_HARD && st.st_dev != store->st_dev) {
        char *text AUTO_FREE =
            mem_printf("%s and the store %s are on different file systems: link = hard cannot work there; "
                       "move one, or say link = copy",
                       ring->path, settings->store);
        check_add(check, "error", line, "file-system", text);
    }
    if (realpath(settings->store, other))
        check_apart(check, line, real, other);
    if (realpath(settings->state, other))
        check_apart(check, line, real, other);
    for (const struct ring *before = settings->ring; before < ring; before++)
        if (realpath(before->path, other))
            check_apart(check, line, real, other);
}

/* The file itself may not be there yet; its folder must be. */
static void check_head_file(struct check *check)
{
    const char *path = check->app->settings.history_head_file;
    const char *slash = strrchr(path, '/'), *user = check->app->settings.user;
    unsigned line = check_line(check, "ringmgr", "history_head_file");
    if (!slash)
        return;
    char *folder AUTO_FREE = mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
    int errnum = access(folder, W_OK | X_OK) == 0 ? 0 : errno;
    if (errnum == 0 || access(path, W_OK) == 0)
        return;
    if (check_is_hidden(check, errnum)) {
        check_add_hidden(check, line, "[ringmgr] history_head_file", path);
        return;
    }
    const char *why = errnum == ENOENT   ? "there is no such folder: make it, and give it to"
                      : errnum == EACCES ? "it is not writable: chown it to"
                                         : strerror(errnum);
    char *text AUTO_FREE = mem_printf(
        "[ringmgr] history_head_file = %s: the service writes into %s, and %s%s%s", path, folder, why,
        errnum == ENOENT || errnum == EACCES ? " " : "",
        errnum == ENOENT || errnum == EACCES ? (*user ? user : "the account that runs ringmgr") : "");
    check_add(check, "error", line, "head-file", text);
}

/* Whoever else asks knows only whether the folder is there. */
static void check_textfile(struct check *check)
{
    const char *path = check->app->settings.textfile;
    bool own = geteuid() == check->app->job.service_uid;
    const char *ending = strrchr(path, '.');
    if (!*path)
        return;
    if (!ending || strcmp(ending, ".prom") != 0)
        check_add(check, "warning", check_line(check, "metrics", "textfile"), "textfile-name",
                  "[metrics] textfile: node_exporter reads files whose names end in .prom only");
    char *folder AUTO_FREE = mem_strndup(path, (size_t)(strrchr(path, '/') + 1 - path));
    if (access(folder, own ? W_OK | X_OK : F_OK) == 0)
        return;
    char *text AUTO_FREE =
        mem_printf("[metrics] textfile = %s: the service cannot write there: %s", path, strerror(errno));
    check_add(check, "error", check_line(check, "metrics", "textfile"), "textfile", text);
}

/* ---- the state ---- */

/* Readers are members of the service's group. */
static void check_state_group(struct check *check, unsigned line, const struct stat *state)
{
    const struct passwd *account = check->no_account ? NULL : getpwuid(check->app->job.service_uid);
    if (!account || account->pw_gid == state->st_gid)
        return;
    const struct group *found = getgrgid(account->pw_gid);
    char *group AUTO_FREE = found ? mem_strdup(found->gr_name) : mem_printf("%u", (unsigned)account->pw_gid);
    char *text AUTO_FREE = mem_printf(
        "[ringmgr] state = %s: its group is not %s, the group of the service's account, whose members "
        "read it: chgrp %s %s",
        check->app->settings.state, group, group, check->app->settings.state);
    check_add(check, "warning", line, "state-group", text);
}

static void check_state(struct check *check)
{
    struct stat st;
    char real[PATH_MAX];
    unsigned line = check_line(check, "ringmgr", "state");
    if (!check_folder(check, line, "[ringmgr] state", check->app->settings.state, &st, real))
        return;
    if (st.st_mode & 07)
        check_add(check, "warning", line, "state-mode",
                  "[ringmgr] state is open to everybody: chmod 0750 it");
    check_state_group(check, line, &st);
}

/* ---- what is read ---- */

static void check_address(struct check *check, const char *severity, unsigned line, const char *what,
                          const char *address)
{
    if (address_has_folder(address))
        return;
    char *path AUTO_FREE = address_path(address);
    char *text AUTO_FREE =
        mem_printf("%s = %s: there is no folder %s: mount it, make it, or name another", what, address, path);
    check_add(check, severity, line, "no-origin", text);
}

static void check_origins(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    const struct origin *origin = &settings->origin;
    check_address(check, "error", check_line(check, "origin", "url"), "[origin] url", origin->url);
    for (size_t i = 0; i < origin->mirrors.len; i++)
        check_address(check, "warning", check_line(check, "origin", "mirrors"), "[origin] mirrors",
                      origin->mirrors.item[i]);
    for (size_t i = 0; i < settings->rings; i++) {
        const struct ring *ring = &settings->ring[i];
        char *what AUTO_FREE = mem_printf("[ring %s] origin", ring->name);
        if (ring_follows(ring))
            check_address(check, "error", check_ring_line(check, ring, "origin"), what, ring->origin);
    }
}

/* Without them no operation begins. */
static void check_rules(struct check *check)
{
    struct support_rules rules = {0};
    struct err err = {0};
    if (settings_load_support(&check->app->settings, &rules, &err)) {
        support_rules_clear(&rules);
        return;
    }
    bool hidden = err.domain == ERR_DOMAIN_ERRNO && check_is_hidden(check, err.sys);
    check_add(check, hidden ? "warning" : "error", check_line(check, "support", "rules"),
              hidden ? "hidden" : "support-rules", err.msg);
}

void check_places(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    struct stat store;
    char real[PATH_MAX];
    check_head_file(check);
    check_textfile(check);
    check_rules(check);
    check_origins(check);
    bool has_store = check_folder(check, check_line(check, "ringmgr", "store"), "[ringmgr] store",
                                  settings->store, &store, real);
    check_state(check);
    for (size_t i = 0; i < settings->rings; i++)
        check_ring(check, &settings->ring[i], has_store ? &store : NULL);
}

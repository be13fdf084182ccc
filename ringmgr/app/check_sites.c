#include "ringmgr/app/check_sites.h"
#include "ringmgr/base/errand.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/followed.h"
#include "ringmgr/ops/manifest_share.h"
#include "ringmgr/policy/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALL = 100 };

struct check {
    const struct app *app;
    check_tell_fn *tell;
    void *to;
};

/* Takes the text over. */
static void say(const struct check *check, const char *severity, unsigned line, const char *code, char *text)
{
    check->tell(check->to, severity, line, code, text);
    free(text);
}

/* ---- files ---- */

/* What somebody else may not look at may be right all the same. */
static bool is_hidden(const struct check *check, int errnum)
{
    return errnum == EACCES && geteuid() != check->app->job.service_uid;
}

/* A file that the service reads; `secret`: for its eyes only. True if it is there and closed. */
static bool check_file(const struct check *check, unsigned line, const char *what, const char *path,
                       bool secret)
{
    struct stat st;
    if (*path != '/') /* not set, or systemd hands it over */
        return false;
    if (stat(path, &st) != 0) {
        bool hidden = is_hidden(check, errno);
        say(check, hidden ? "warning" : "error", line, hidden ? "hidden" : "no-file",
            hidden ? mem_printf("%s = %s: your account may not look at it", what, path)
                   : mem_printf("%s = %s: %s", what, path, strerror(errno)));
    } else if (!S_ISREG(st.st_mode)) {
        say(check, "error", line, "no-file", mem_printf("%s = %s: not a file", what, path));
    } else if (secret && st.st_mode & (S_IRWXO | S_IWGRP)) {
        say(check, "error", line, "credentials-mode",
            mem_printf("%s = %s is open to others (mode %04o): chmod 0640 it, or less", what, path,
                       (unsigned)st.st_mode & 07777));
    } else if (geteuid() == check->app->job.service_uid && access(path, R_OK) != 0) {
        say(check, "error", line, "no-file",
            mem_printf("%s = %s: the service's account may not read it", what, path));
    } else {
        return true;
    }
    return false;
}

static void check_site_files(const struct check *check, const struct site *site)
{
    char *credentials AUTO_FREE = mem_printf("[site %s] credentials", site->name);
    char *ssh_config AUTO_FREE = mem_printf("[site %s] ssh_config", site->name);
    check_file(check, site->line, credentials, site->credentials, true);
    check_file(check, site->line, ssh_config, site->ssh_config, false);
}

static void say_key(const struct check *check, unsigned line, const struct err *err)
{
    bool hidden = err->domain == ERR_DOMAIN_ERRNO && is_hidden(check, err->sys);
    say(check, hidden ? "warning" : "error", line, hidden ? "hidden" : "manifest-key", mem_strdup(err->msg));
}

static void check_ring_keys(const struct check *check, const struct ring *ring)
{
    struct followed_keys keys AUTO(followed_keys_clear) = {0};
    char *what AUTO_FREE = mem_printf("[ring %s] manifest_keys", ring->name);
    struct err err = {0};
    bool good = true;
    for (size_t i = 0; i < ring->manifest_keys.len; i++)
        good = check_file(check, ring->line, what, ring->manifest_keys.item[i], false) && good;
    if (good && !followed_keys_read(ring, &keys, &err))
        say_key(check, ring->line, &err);
}

static void check_keys(const struct check *check)
{
    const struct settings *settings = &check->app->settings;
    struct err err = {0};
    if (check_file(check, 0, "[manifest] key", settings->manifest.key, true) &&
        !manifest_share_check(&check->app->job, &err))
        say_key(check, 0, &err);
    for (size_t i = 0; i < settings->rings; i++)
        check_ring_keys(check, &settings->ring[i]);
}

/* ---- programs ---- */

static bool is_installed(const char *program)
{
    AUTO_STRV folders = {0};
    const char *path = getenv("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        size_t len = strcspn(at, ":");
        char *folder AUTO_FREE = mem_strndup(at, len);
        strv_add(&folders, folder);
        at += len + (at[len] == ':');
    }
    for (size_t i = 0; i < folders.len; i++) {
        char *file AUTO_FREE = mem_printf("%s/%s", folders.item[i], program);
        if (access(file, X_OK) == 0)
            return true;
    }
    return false;
}

static void check_program(const struct check *check, const char *program, const char *package)
{
    if (!is_installed(program))
        say(check, "error", check->app->settings.site[0].line, "no-program",
            mem_printf("%s is not installed, by which sites are reached: apt-get install %s", program,
                       package));
}

static bool has_kind(const struct settings *settings, enum site_kind kind)
{
    for (size_t i = 0; i < settings->sites; i++) {
        AUTO_SITE_TARGET target = {0};
        char why[128];
        if (site_target_parse(settings->site[i].target, &target, why) && target.kind == kind)
            return true;
    }
    return false;
}

static void check_programs(const struct check *check)
{
    const struct settings *settings = &check->app->settings;
    if (settings->sites)
        check_program(check, "rsync", "rsync");
    if (has_kind(settings, SITE_SSH))
        check_program(check, "ssh", "openssh-client");
}

/* ---- what has no effect, or not the one that was meant ---- */

static void check_share(const struct check *check, const struct site *site)
{
    if (!*site->unc)
        say(check, "warning", site->line, "no-unc",
            mem_printf("[site %s] has no unc: no document sends machines to it", site->name));
}

enum { FOLDER_SECONDS = 5 };

/* By a child: whoever asks a server that hangs, hangs. A folder that travels may be away: a warning. */
static void check_mounted(const struct check *check, const struct site *site)
{
    AUTO_ERRAND errand = {.seconds = FOLDER_SECONDS};
    AUTO_ERRAND_END end = {0};
    if (*site->target != '/')
        return;
    strv_add(&errand.arguments, "test");
    strv_add(&errand.arguments, "-d");
    strv_add(&errand.arguments, site->target);
    errand_run(&errand, &end);
    if (end.how == ERRAND_TIMEOUT || (end.how == ERRAND_EXITED && end.status != 0))
        say(check, "warning", site->line, "site-folder",
            mem_printf("[site %s] target = %s: %s", site->name, site->target,
                       end.how == ERRAND_TIMEOUT
                           ? "does not answer: look at what is mounted there"
                           : "no folder, or none that your account may look at: mount it, or make it"));
}

/* What works for a person at a shell, but not for the service. */
static void check_login(const struct check *check, const struct site *site)
{
    AUTO_SITE_TARGET target = {0};
    char why[128];
    if (!site_target_parse(site->target, &target, why))
        return;
    if (target.kind == SITE_SSH && !*site->ssh_config)
        say(check, "warning", site->line, "no-ssh-config",
            mem_printf("[site %s] has no ssh_config: the service's account needs its key and known_hosts in "
                       "its own ~/.ssh, and a service usually has none",
                       site->name));
    if (target.kind == SITE_RSYNC && *target.user && !*site->credentials)
        say(check, "warning", site->line, "no-credentials",
            mem_printf("[site %s] target %s names a user, but credentials is not set: no password is sent",
                       site->name, site->target));
}

static void check_quorum(const struct check *check, const struct ring *ring)
{
    const struct settings *settings = &check->app->settings;
    size_t sites = settings_ring_sites(settings, ring->name);
    size_t required = settings_required_sites(settings, ring->name);
    if (ring->sites_ready != ALL && required == 0)
        say(check, "warning", ring->line, "sites-ready-idle",
            mem_printf("[ring %s] sites_ready = %u %%, but %s: nothing is waited for", ring->name,
                       ring->sites_ready,
                       sites ? "none of its sites has required = yes" : "no site shows it"));
}

void check_sites(const struct app *app, check_tell_fn *tell, void *to)
{
    const struct check check = {app, tell, to};
    const struct settings *settings = &app->settings;
    check_keys(&check);
    check_programs(&check);
    for (size_t i = 0; i < settings->sites; i++) {
        check_site_files(&check, &settings->site[i]);
        check_share(&check, &settings->site[i]);
        check_login(&check, &settings->site[i]);
        check_mounted(&check, &settings->site[i]);
    }
    for (size_t i = 0; i < settings->rings; i++)
        check_quorum(&check, &settings->ring[i]);
}

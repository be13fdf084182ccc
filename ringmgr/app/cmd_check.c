/*
 * check: what is wrong with the configuration is known when it is read; this command also looks at what it
 * names. Every problem in one run.
 */
#include "ringmgr/app/check_sites.h"
#include "ringmgr/app/check_unit.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/settings_ini.h"
#include "ringmgr/app/settings_web.h"
#include "ringmgr/app/web_http.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/xml.h"
#include "ringmgr/c2r/cab.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/ops/announce.h"
#include "ringmgr/ops/clients.h"
#include "ringmgr/ops/credentials.h"
#include "ringmgr/ops/tell.h"
#include "ringmgr/ops/upstream.h"
#include "ringmgr/policy/wanted.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct check {
    struct app *app;
    struct jv *problems;
    struct ini_file file; /* the same configuration, for its lines */
    size_t errors;
    bool no_account; /* whose the folders should be is not known */
};

/* The line of a key, else of its section, else 0. */
static unsigned line_of(const struct check *check, const char *section_name, const char *key)
{
    const struct ini_section *section = settings_ini_section(&check->file, section_name);
    const struct ini_entry *entry = settings_ini_entry(section, key);
    return entry ? entry->line : section ? section->line : 0;
}

static unsigned ring_line(const struct check *check, const struct ring *ring, const char *key)
{
    char *section AUTO_FREE = mem_printf("ring %s", ring->name);
    unsigned line = line_of(check, section, key);
    return line ? line : ring->line;
}

static void add(struct check *check, const char *severity, unsigned line, const char *code, const char *text)
{
    struct jv *problem = jv_object();
    jv_set_text(problem, "severity", severity);
    jv_set(problem, "line", line ? jv_int(line) : NULL);
    jv_set_text(problem, "code", code);
    jv_set_text(problem, "text", text);
    jv_push(check->problems, problem);
    check->errors += strcmp(severity, "error") == 0;
    if (check->app->arguments.json)
        return;
    char *shown AUTO_FREE = output_shown(text);
    if (line)
        printf("%s: %s:%u: %s\n", severity, check->app->arguments.config, line, shown);
    else
        printf("%s: %s\n", severity, shown);
}

static void add_error(struct check *check, unsigned line, const char *code, const struct err *err)
{
    add(check, "error", line, code, err->msg);
}

/* What somebody else may not look at may be right all the same. */
static bool is_hidden(const struct check *check, int errnum)
{
    return errnum == EACCES && geteuid() != check->app->job.service_uid;
}

static void add_hidden(struct check *check, unsigned line, const char *what, const char *path)
{
    const char *user = check->app->settings.user;
    char *text AUTO_FREE = mem_printf("%s = %s: your account may not look at it: run check as root or as %s",
                                      what, path, *user ? user : "the service's account");
    add(check, "warning", line, "hidden", text);
}

/* A folder that ringmgr writes: there, a folder, of the service's user, and where it really is. */
static bool check_folder(struct check *check, unsigned line, const char *what, const char *path,
                         struct stat *st, char real[PATH_MAX])
{
    char *text AUTO_FREE = NULL;
    bool found = stat(path, st) == 0 && realpath(path, real);
    if (!found && is_hidden(check, errno)) {
        add_hidden(check, line, what, path);
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
        add(check, "error", line, "folder", text);
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
    add(check, "error", line, "nested", text);
}

static void check_ring(struct check *check, const struct ring *ring, const struct stat *store)
{
    struct stat st;
    char real[PATH_MAX], what[64], other[PATH_MAX];
    const struct settings *settings = &check->app->settings;
    unsigned line = ring_line(check, ring, "path");
    snprintf(what, sizeof what, "[ring %s] path", ring->name);
    if (!check_folder(check, line, what, ring->path, &st, real))
        return;
    if (st.st_mode & S_IWOTH) {
        char *text AUTO_FREE =
            mem_printf("[ring %s] path is writable by everybody: chmod o-w %s", ring->name, ring->path);
        add(check, "warning", line, "share-mode", text);
    }
    if (store && ring->link == PLACE_HARD && st.st_dev != store->st_dev) {
        char *text AUTO_FREE =
            mem_printf("%s and the store %s are on different file systems: link = hard cannot work there; "
                       "move one, or say link = copy",
                       ring->path, settings->store);
        add(check, "error", line, "file-system", text);
    }
    if (realpath(settings->store, other))
        check_apart(check, line, real, other);
    if (realpath(settings->state, other))
        check_apart(check, line, real, other);
    for (const struct ring *before = settings->ring; before < ring; before++)
        if (realpath(before->path, other))
            check_apart(check, line, real, other);
}

/* An approver who is not there can never approve. */
static void check_approvers(struct check *check, const struct ring *ring)
{
    for (size_t i = 0; i < ring->approvers.len; i++) {
        const char *approver = ring->approvers.item[i];
        const char *name = strchr(approver, ':') + 1;
        bool group = strncmp(approver, "group:", 6) == 0;
        if (group ? getgrnam(name) != NULL : getpwnam(name) != NULL)
            continue;
        char *text AUTO_FREE = mem_printf("[ring %s] approvers: there is no %s %s", ring->name,
                                          group ? "group" : "account", name);
        add(check, "error", ring_line(check, ring, "approvers"), "no-such-approver", text);
    }
}

static void add_person(const struct settings *settings, const char *account, struct strv *people)
{
    const char *person = settings_person(settings, account);
    if (!strv_has(people, person))
        strv_add(people, person);
}

/* Adds those whom the group names. */
static void add_members(const struct settings *settings, const char *group, struct strv *people)
{
    const struct group *found = getgrnam(group);
    for (char **member = found ? found->gr_mem : NULL; member && *member; member++)
        add_person(settings, *member, people);
}

/* Adds those whose own group it is. A directory can be long: only where it matters. */
static void add_owners(const struct settings *settings, const char *group, struct strv *people)
{
    const struct group *found = getgrnam(group);
    gid_t gid = found ? found->gr_gid : (gid_t)-1;
    setpwent();
    for (const struct passwd *account = getpwent(); found && account; account = getpwent())
        if (account->pw_gid == gid)
            add_person(settings, account->pw_name, people);
    endpwent();
}

/* Adds who may approve through a group or by name, by one way of asking. True if there is a group. */
static bool add_approvers(const struct settings *settings, const struct ring *ring,
                          void (*ask)(const struct settings *, const char *, struct strv *),
                          struct strv *people)
{
    bool groups = false;
    for (size_t i = 0; i < ring->approvers.len; i++) {
        const char *name = strchr(ring->approvers.item[i], ':') + 1;
        bool group = strncmp(ring->approvers.item[i], "group:", strlen("group:")) == 0;
        groups = groups || group;
        (group ? ask : add_person)(settings, name, people);
    }
    return groups;
}

/*
 * Groups with too few members, as far as this machine lists them: a directory need not list all. Where only
 * accounts are named that is an error of the configuration itself.
 */
static void check_group_size(struct check *check, const struct ring *ring)
{
    const struct settings *settings = &check->app->settings;
    bool one_more = ring->four_eyes && ring->publish == PUBLISH_MANUAL;
    unsigned need = ring->approvals + (one_more ? 1U : 0U);
    AUTO_STRV people = {0};
    bool groups = add_approvers(settings, ring, add_members, &people);
    if (groups && people.len < need)
        add_approvers(settings, ring, add_owners, &people);
    if (!groups || ring->approvals == 0 || people.len >= need)
        return;
    char *text AUTO_FREE = mem_printf(
        "[ring %s] approvals = %u%s wants %u different people, and this machine's accounts and groups have "
        "%zu among approvers: nobody could promote",
        ring->name, ring->approvals, one_more ? " with four_eyes = yes" : "", need, people.len);
    add(check, "warning", ring_line(check, ring, "approvers"), "too-few-approvers", text);
}

static void check_proxy_credentials(struct check *check)
{
    struct credentials credentials AUTO(credentials_clear) = {0};
    struct err err = {0};
    if (!credentials_read(check->app->settings.origin.proxy_credentials, &credentials, &err))
        add_error(check, line_of(check, "origin", "proxy_credentials"), "proxy-credentials", &err);
}

/* The file itself may not be there yet; its folder must be. */
static void check_head_file(struct check *check)
{
    const char *path = check->app->settings.history_head_file;
    char *folder AUTO_FREE = mem_strdup(path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return;
    *slash = 0;
    if (access(slash == folder ? "/" : folder, W_OK | X_OK) == 0 || access(path, W_OK) == 0)
        return;
    if (is_hidden(check, errno)) {
        add_hidden(check, line_of(check, "ringmgr", "history_head_file"), "[ringmgr] history_head_file",
                   path);
        return;
    }
    char *text AUTO_FREE =
        mem_printf("[ringmgr] history_head_file = %s: cannot be written there: %s", path, strerror(errno));
    add(check, "error", line_of(check, "ringmgr", "history_head_file"), "head-file", text);
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
        add(check, "warning", line_of(check, "metrics", "textfile"), "textfile-name",
            "[metrics] textfile: node_exporter reads files whose names end in .prom only");
    char *folder AUTO_FREE = mem_strndup(path, (size_t)(strrchr(path, '/') + 1 - path));
    if (access(folder, own ? W_OK | X_OK : F_OK) == 0)
        return;
    char *text AUTO_FREE =
        mem_printf("[metrics] textfile = %s: the service cannot write there: %s", path, strerror(errno));
    add(check, "error", line_of(check, "metrics", "textfile"), "textfile", text);
}

/* systemd makes the service's own folder below /run when it starts it. */
static bool is_made_at_start(const char *folder)
{
    return strncmp(folder, "/run/", strlen("/run/")) == 0 && !strchr(folder + strlen("/run/"), '/') &&
           access(folder, F_OK) != 0;
}

/* Whoever else asks knows only whether the folder is there. */
static void check_socket(struct check *check, unsigned line, const char *what, const char *path)
{
    bool own = geteuid() == check->app->job.service_uid;
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash)
        return;
    char *folder AUTO_FREE = slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
    if (is_made_at_start(folder) || access(folder, own ? W_OK | X_OK : F_OK) == 0)
        return;
    if (is_hidden(check, errno)) {
        add_hidden(check, line, what, path);
        return;
    }
    char *text AUTO_FREE = mem_printf("%s = %s: the service cannot make its socket there: %s: %s", what, path,
                                      folder, strerror(errno));
    add(check, "error", line, "socket", text);
}

static void check_sockets(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    unsigned line = line_of(check, "web", "listen");
    check_socket(check, line_of(check, "ringmgr", "control"), "[ringmgr] control", settings->control);
    for (size_t i = 0; i < settings->web.listen.len; i++)
        check_socket(check, line, "[web] listen", web_socket_path(settings->web.listen.item[i]));
}

static void check_proxy_user(struct check *check)
{
    const char *proxy = check->app->settings.web.proxy_user;
    if (!*proxy || getpwnam(proxy))
        return;
    char *text AUTO_FREE = mem_printf(
        "[web] proxy_user = %s: there is no such account: nobody could decide behind that web server", proxy);
    add(check, "error", line_of(check, "web", "proxy_user"), "no-such-proxy", text);
}

/* A query, or a part that nobody would make up as a name. */
static bool looks_secret(const char *address)
{
    enum { TOKEN_BYTES = 16 };
    const char *path = strstr(address, "://");
    path = path ? strchr(path + strlen("://"), '/') : NULL;
    for (; path && *path; path += strcspn(path, "/")) {
        size_t len = strcspn(++path, "/");
        bool digits = strcspn(path, "0123456789") < len;
        if (memchr(path, '?', len) || (len >= TOKEN_BYTES && digits))
            return true;
    }
    return false;
}

/* Who knows the address of a chat's webhook may write there. */
static void check_addresses(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    struct stat st;
    if (stat(check->app->arguments.config, &st) != 0 || !(st.st_mode & S_IROTH))
        return;
    for (size_t i = 0; i < settings->targets; i++) {
        const struct notify_target *target = &settings->target[i];
        char *section AUTO_FREE = mem_printf("notify %s", target->name);
        if (!looks_secret(target->webhook))
            continue;
        char *text AUTO_FREE = mem_printf(
            "[notify %s] webhook: the address holds what looks like a secret, and everybody may read "
            "%s: put it into a file of the service's (webhook_file), or chmod o= this one",
            target->name, check->app->arguments.config);
        add(check, "warning", line_of(check, section, "webhook"), "secret-open", text);
    }
}

/* The socket is open to every account, so it takes decisions of those only who are named. */
static void check_named(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    for (size_t i = 0; i < settings->rings; i++)
        if (settings->ring[i].approvers.len)
            return;
    if (settings->rings)
        add(check, "warning", settings->ring[0].line, "nobody-named",
            "no ring names approvers: nobody can decide through [ringmgr] control, and through sudo "
            "everybody whom sudo lets");
}

/* Each is loaded by what needs it, when it does: whoever only looks at status would not notice. */
static void check_libraries(struct check *check)
{
    bool page = check->app->settings.web.listen.len > 0;
    const struct {
        bool (*load)(struct err *err);
        const char *severity;
    } libraries[] = {{http_load, "error"},
                     {cab_load, "error"},
                     {xml_load, "error"},
                     {web_http_load, page ? "error" : "warning"}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        struct err err = {0};
        if (!libraries[i].load(&err))
            add(check, libraries[i].severity, 0, "library-missing", err.msg);
    }
}

static void check_clock(struct check *check)
{
    if (!clock_is_synchronised())
        add(check, "warning", 0, "clock",
            "the machine's clock is not synchronised (timedatectl shows it): what waits for a time waits on");
}

static void check_roots(struct check *check)
{
    struct trust *trust AUTO(trust_auto_free)
    = NULL;
    struct err err = {0};
    if (upstream_trust(&check->app->job, &trust, &err))
        return;
    add(check, "error", line_of(check, "origin", "roots"), "roots", err.msg);
}

static void check_doors(struct check *check, const struct ring *ring)
{
    if (ring->source_ring && ring->approvals == 0 && ring->soak.seconds == 0) {
        char *text AUTO_FREE =
            mem_printf("[ring %s] has neither soak nor approvals: %s brings a build from %s", ring->name,
                       ring->publish == PUBLISH_AUTO ? "every sync" : "anyone who may decide", ring->source);
        add(check, "warning", ring->line, "no-gates", text);
    }
    if (!*ring_share(ring)) {
        char *text AUTO_FREE =
            mem_printf("[ring %s] has no unc: generate cannot write documents for it", ring->name);
        add(check, "warning", ring->line, "no-unc", text);
    }
}

/* Fixes of an older version never pass through a ring that takes each new version: only what it had before
 * its tip. */
static void check_version(struct check *check, const struct ring *ring)
{
    const struct ring *source = ring->source_ring;
    if (!source || ring->version.choice == VERSION_LATEST || source->version.choice != VERSION_LATEST)
        return;
    char *text AUTO_FREE =
        mem_printf("[ring %s] version = %s, but its source %s has version = latest: fixes that come "
                   "after %s has moved on never reach it; give %s the same version",
                   ring->name, version_rule_text(&ring->version), source->name, source->name, source->name);
    add(check, "warning", ring_line(check, ring, "version"), "version-source", text);
}

/* The line of the key that an error of tell_check() is about: it begins with the key, or names its file. */
static unsigned target_line(const struct check *check, const struct notify_target *target,
                            const struct err *err)
{
    const struct {
        const char *key, *file;
    } keys[] = {{"template", target->template_file},
                {"ca", target->ca},
                {"webhook_file", target->webhook_file},
                {"credentials", target->credentials}};
    char *section AUTO_FREE = mem_printf("notify %s", target->name);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (*keys[i].file && strstr(err->msg, keys[i].file))
            return line_of(check, section, keys[i].key);
    return target->line;
}

/* A target that cannot be told would be noticed when it should have been. */
static void check_targets(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    struct courier_options options;
    char host[COURIER_HOST_SIZE];
    courier_look_around(&options, host);
    for (size_t i = 0; i < settings->targets; i++) {
        struct err err = {0};
        if (tell_check(&settings->target[i], &options, &err))
            continue;
        bool closed = err.domain == ERR_DOMAIN_ERRNO && err.sys == EACCES;
        bool others = closed && geteuid() != check->app->job.service_uid; /* who asks may not see it */
        add(check, others ? "warning" : "error", target_line(check, &settings->target[i], &err), "notify",
            err.msg);
    }
}

static void check_announcement(struct check *check, const struct ring *ring)
{
    static const struct announcement_facts sample = {"ring", "Current", "16.0.1.1", "2601", "", 0};
    struct announcement announcement AUTO(announcement_clear) = {0};
    AUTO_BUF text = {0};
    struct err err = {0};
    if (*ring->announce && (!fs_read_path(ring->announce, LIMIT_TEMPLATE_BYTES, &text, &err) ||
                            !announcement_make(buf_text(&text), text.len, &sample, &announcement, &err))) {
        err_prefix(&err, "[ring %s] announce = %s", ring->name, ring->announce);
        add_error(check, ring_line(check, ring, "announce"), "announce", &err);
    }
}

static void add_finding(void *to, const char *severity, unsigned line, const char *code, const char *text)
{
    add(to, severity, line, code, text);
}

static void check_surroundings(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    struct stat store, state;
    char real[PATH_MAX];
    check_libraries(check);
    check_roots(check);
    check_clock(check);
    check_named(check);
    check_proxy_credentials(check);
    check_head_file(check);
    check_textfile(check);
    check_sockets(check);
    check_proxy_user(check);
    check_addresses(check);
    unsigned line = line_of(check, "ringmgr", "state");
    bool has_store = check_folder(check, line_of(check, "ringmgr", "store"), "[ringmgr] store",
                                  settings->store, &store, real);
    if (check_folder(check, line, "[ringmgr] state", settings->state, &state, real) && state.st_mode & 07)
        add(check, "warning", line, "state-mode", "[ringmgr] state is open to everybody: chmod 0750 it");
    for (size_t i = 0; i < settings->rings; i++) {
        check_ring(check, &settings->ring[i], has_store ? &store : NULL);
        check_doors(check, &settings->ring[i]);
        check_version(check, &settings->ring[i]);
        check_approvers(check, &settings->ring[i]);
        check_group_size(check, &settings->ring[i]);
        check_announcement(check, &settings->ring[i]);
    }
    check_targets(check);
    check_sites(check->app, add_finding, check);
    check_unit(check->app, add_finding, check);
}

/* Whoever may read the file could use that account. */
static void check_client_credentials(struct check *check)
{
    const char *path = check->app->settings.client_credentials;
    struct stat st;
    if (!*path || stat(path, &st) != 0 || !(st.st_mode & (S_IROTH | S_IWOTH)))
        return;
    char *text AUTO_FREE =
        mem_printf("[ringmgr] client_credentials = %s can be read by everybody: chmod o= it", path);
    add(check, "warning", 0, "credentials-mode", text);
}

/* The shares as clients see them. */
static void check_clients(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    check_client_credentials(check);
    for (size_t i = 0; i < settings->rings; i++) {
        struct clients_findings findings AUTO(clients_findings_clear) = {0};
        clients_look(&check->app->job, &settings->ring[i], &findings);
        for (size_t j = 0; j < findings.len; j++)
            add(check, "error", settings->ring[i].line, findings.item[j].code, findings.item[j].text);
    }
}

static void check_clear(struct check *check)
{
    settings_ini_clear(&check->file);
}

enum err_code cmd_check(struct app *app, struct err *err)
{
    struct settings_problems known AUTO(settings_problems_clear) = {0};
    struct check check AUTO(check_clear) = {.app = app, .problems = jv_array()};
    settings_ini_read(buf_text(&app->config), app->config.len, &check.file, &known); /* once more */
    jv_set(app->result, "problems", check.problems);
    for (size_t i = 0; i < app->problems->len; i++)
        add(&check, "error", app->problems->item[i].line, app->problems->item[i].code,
            app->problems->item[i].text);
    check.no_account = err->msg[0] && app->problems->len == 0; /* what kept the world from being opened */
    if (check.no_account)
        add_error(&check, 0, "surroundings", err);
    if (app->problems->len == 0)
        check_surroundings(&check);
    if (app->problems->len == 0 && app->arguments.given[OPT_CLIENTS])
        check_clients(&check);
    *err = (struct err){0};
    if (check.errors)
        return ERR_USAGE;
    if (!app->arguments.json)
        printf("%s: no errors\n", app->arguments.config);
    return ERR_NONE;
}

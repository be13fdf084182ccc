/*
 * check: what is wrong with the configuration is known when it is read; this command also looks at what it
 * names. Every problem in one run.
 */
#include "ringmgr/app/check.h"
#include "ringmgr/app/check_people.h"
#include "ringmgr/app/check_places.h"
#include "ringmgr/app/check_sites.h"
#include "ringmgr/app/check_unit.h"
#include "ringmgr/app/output.h"
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_proxy_credentials(struct check *check)
{
    struct credentials credentials AUTO(credentials_clear) = {0};
    struct err err = {0};
    if (!credentials_read(check->app->settings.origin.proxy_credentials, &credentials, &err))
        check_add_error(check, check_line(check, "origin", "proxy_credentials"), "proxy-credentials", &err);
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
    if (check_is_hidden(check, errno)) {
        check_add_hidden(check, line, what, path);
        return;
    }
    char *text AUTO_FREE = mem_printf("%s = %s: the service cannot make its socket there: %s: %s", what, path,
                                      folder, strerror(errno));
    check_add(check, "error", line, "socket", text);
}

static void check_sockets(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    unsigned line = check_line(check, "web", "listen");
    check_socket(check, check_line(check, "ringmgr", "control"), "[ringmgr] control", settings->control);
    for (size_t i = 0; i < settings->web.listen.len; i++)
        check_socket(check, line, "[web] listen", web_socket_path(settings->web.listen.item[i]));
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
        check_add(check, "warning", check_line(check, section, "webhook"), "secret-open", text);
    }
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
            check_add(check, libraries[i].severity, 0, "library-missing", err.msg);
    }
}

static void check_clock(struct check *check)
{
    if (!clock_is_synchronised())
        check_add(
            check, "warning", 0, "clock",
            "the machine's clock is not synchronised (timedatectl shows it): what waits for a time waits on");
}

static void check_roots(struct check *check)
{
    struct trust *trust AUTO(trust_auto_free)
    = NULL;
    struct err err = {0};
    if (upstream_trust(&check->app->job, &trust, &err))
        return;
    check_add(check, "error", check_line(check, "origin", "roots"), "roots", err.msg);
}

static void check_doors(struct check *check, const struct ring *ring)
{
    if (ring->source_ring && ring->approvals == 0 && ring->soak.seconds == 0) {
        char *text AUTO_FREE =
            mem_printf("[ring %s] has neither soak nor approvals: %s brings a build from %s", ring->name,
                       ring->publish == PUBLISH_AUTO ? "every sync" : "anyone who may decide", ring->source);
        check_add(check, "warning", ring->line, "no-gates", text);
    }
    if (!*ring_share(ring)) {
        char *text AUTO_FREE =
            mem_printf("[ring %s] has no unc: generate cannot write documents for it", ring->name);
        check_add(check, "warning", ring->line, "no-unc", text);
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
    check_add(check, "warning", check_ring_line(check, ring, "version"), "version-source", text);
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
            return check_line(check, section, keys[i].key);
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
        check_add(check, others ? "warning" : "error", target_line(check, &settings->target[i], &err),
                  "notify", err.msg);
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
        check_add_error(check, check_ring_line(check, ring, "announce"), "announce", &err);
    }
}

static void add_finding(void *to, const char *severity, unsigned line, const char *code, const char *text)
{
    check_add(to, severity, line, code, text);
}

static void check_surroundings(struct check *check)
{
    const struct settings *settings = &check->app->settings;
    check_libraries(check);
    check_roots(check);
    check_clock(check);
    check_people(check);
    check_proxy_credentials(check);
    check_sockets(check);
    check_addresses(check);
    check_places(check);
    for (size_t i = 0; i < settings->rings; i++) {
        check_doors(check, &settings->ring[i]);
        check_version(check, &settings->ring[i]);
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
    check_add(check, "warning", 0, "credentials-mode", text);
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
            check_add(check, "error", settings->ring[i].line, findings.item[j].code, findings.item[j].text);
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
        check_add(&check, "error", app->problems->item[i].line, app->problems->item[i].code,
                  app->problems->item[i].text);
    check.no_account = err->msg[0] && app->problems->len == 0; /* what kept the world from being opened */
    if (check.no_account)
        check_add_error(&check, 0, "surroundings", err);
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

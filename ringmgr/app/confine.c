#include "ringmgr/app/confine.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/sandbox.h"

#include <stdlib.h>
#include <string.h>

/*
 * What is read besides, wherever it is needed: a link's target counts, not the link, so the files of /etc
 * that may be links are named themselves. Sockets (nscd, sssd, resolved, syslog) are connected to, not
 * opened.
 */
static const struct sandbox_folder surroundings[] = {
    {"/etc", false},             /* nsswitch.conf, hosts, passwd, group, gai.conf, ssl */
    {"/etc/resolv.conf", false}, /* mostly a link into /run */
    {"/etc/localtime", false},
    {"/etc/ssl/certs/ca-certificates.crt", false}, /* libcurl's default */
    {"/usr", false},                               /* modules of the name service, zoneinfo, certificates */
    {"/lib", false},
    {"/lib64", false},
    {"/run", false},         /* resolv.conf of resolved or NetworkManager, userdb */
    {"/var/lib/sss", false}, /* sssd maps its caches */
    {"/var/lib/extrausers", false},
    {"/var/cache/nscd", false},
    {"/proc", false},                   /* descriptors by name, the start of the machine */
    {"/sys/devices/system/cpu", false}, /* how many threads */
    {"/dev/urandom", false},
    {"/dev/null", true},
};
enum { SURROUNDINGS = sizeof surroundings / sizeof *surroundings };

struct list {
    struct sandbox_folder *item;
    size_t len;
    struct strv text; /* paths that were put together */
};

static void list_clear(struct list *list)
{
    strv_clear(&list->text);
    free(list->item);
}

static void allow(struct list *list, const char *path, bool write)
{
    if (!path || !*path)
        return;
    list->item = mem_grow(list->item, list->len, sizeof *list->item);
    list->item[list->len++] = (struct sandbox_folder){path, write};
}

static void allow_text(struct list *list, char *path, bool write)
{
    strv_add(&list->text, path);
    free(path);
    allow(list, list->text.item[list->text.len - 1], write);
}

/* The head file is made where it is missing, and rotated away by others: so its folder counts. */
static void allow_head_file(struct list *list, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash)
        allow_text(list, mem_strndup(path, (size_t)(slash - path)), true);
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The path that a file address means, without its percent-encoding. NULL: it is none. The caller frees it. */
static char *path_of_address(const char *address)
{
    static const char scheme[] = "file://";
    if (strncmp(address, scheme, sizeof scheme - 1) != 0)
        return NULL;
    char *path = mem_strdup(address + sizeof scheme - 1), *to = path;
    for (const char *from = path; *from; from++) {
        int high = *from == '%' ? hex_value(from[1]) : -1;
        int low = high >= 0 ? hex_value(from[2]) : -1;
        *to++ = low >= 0 ? (char)(16 * high + low) : *from;
        from += low >= 0 ? 2 : 0;
    }
    *to = 0;
    return path;
}

static void allow_address(struct list *list, const char *address)
{
    char *path = address ? path_of_address(address) : NULL;
    if (path)
        allow_text(list, path, false);
}

#ifdef RINGMGR_TEST_CLOCK
/* Tests put the clock into a file, and name accounts of their own (nss_wrapper). */
static void allow_tests(struct list *list)
{
    static const char *const files[] = {"RINGMGR_TEST_NOW", "RINGMGR_TEST_STEADY", "NSS_WRAPPER_PASSWD",
                                        "NSS_WRAPPER_GROUP"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = getenv(files[i]);
        if (path)
            allow(list, path + (*path == '@'), false);
    }
}
#endif

static void list_folders(const struct app *app, const char *from, struct list *list)
{
    const struct settings *settings = &app->settings;
    allow(list, settings->store, true);
    allow(list, settings->state, true);
    for (size_t i = 0; i < settings->rings; i++) {
        allow(list, settings->ring[i].path, true);
        for (size_t j = 0; j < settings->ring[i].manifest_keys.len; j++)
            allow(list, settings->ring[i].manifest_keys.item[j], false);
    }
    if (*settings->manifest.key == '/')
        allow(list, settings->manifest.key, false);
    allow_head_file(list, settings->history_head_file);
    allow(list, settings->origin.roots, false);
    allow(list, settings->origin.proxy_credentials, false);
    allow_address(list, settings->origin.url);
    for (size_t i = 0; i < settings->origin.mirrors.len; i++)
        allow_address(list, settings->origin.mirrors.item[i]);
    allow_address(list, from);
    for (size_t i = 0; i < SURROUNDINGS; i++)
        allow(list, surroundings[i].path, surroundings[i].write);
#ifdef RINGMGR_TEST_CLOCK
    allow_tests(list);
#endif
}

/* What a target's secrets and templates are read from. */
static void allow_targets(const struct app *app, const char *credentials, struct list *list)
{
    const struct settings *settings = &app->settings;
    allow(list, credentials, false);
    for (size_t i = 0; i < settings->targets; i++) {
        const struct notify_target *target = &settings->target[i];
        const char *const files[] = {target->webhook_file, target->credentials, target->template_file,
                                     target->ca};
        for (size_t j = 0; j < sizeof files / sizeof *files; j++)
            if (*files[j] == '/')
                allow(list, files[j], false);
    }
    for (size_t i = 0; i < settings->rings; i++)
        allow(list, settings->ring[i].announce, false);
}

static bool enter(const struct app *app, const struct list *list, struct err *err)
{
    static const char *const lack[] = {[SANDBOX_NO_FILES] = "this kernel has no Landlock: files are open",
                                       [SANDBOX_NOTHING] = "this kernel has neither Landlock nor seccomp"};
    enum sandbox_strength strength;
    if (!sandbox_enter(list->item, list->len, &strength, err))
        return false;
    if (strength != SANDBOX_FULL)
        log_info(&app->arguments.log, "sandbox: %s", lack[strength]);
    return true;
}

/* What a person has handed over is read in here, too: it is from the network as well. */
static bool read_lists(const struct app *app, struct lists *lists, struct err *err)
{
    struct list_source *sources AUTO_FREE = mem_new(app->named.len, sizeof *sources);
    for (size_t i = 0; i < app->named.len; i++)
        sources[i] = (struct list_source){app->named.item[i].path, &app->named.item[i].bytes};
    return lists_read(sources, app->named.len, lists, err);
}

bool confine_sync(const struct app *app, const struct sync_options *options, struct sync *sync,
                  struct err *err)
{
    struct list list AUTO(list_clear) = {0};
    struct lists lists AUTO(lists_clear) = {0};
    struct sync_options all = *options;
    *sync = (struct sync){0};
    list_folders(app, options->from, &list);
    if (!enter(app, &list, err) || !read_lists(app, &lists, err))
        return false;
    all.lists = lists.len ? &lists : NULL;
    return sync_run(&app->job, &all, sync, err);
}

bool confine_tell(const struct app *app, struct tell *tell, struct err *err)
{
    struct list list AUTO(list_clear) = {0};
    struct courier_options options;
    char host[COURIER_HOST_SIZE];
    *tell = (struct tell){0};
    courier_look_around(&options, host);
    list_folders(app, NULL, &list);
    allow_targets(app, options.credentials, &list);
    return enter(app, &list, err) && tell_run(&app->job, &options, tell, err);
}

#include "ringmgr/app/confine.h"
#include "ringmgr/base/address.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/sandbox.h"
#include "ringmgr/base/secret.h"
#include "ringmgr/base/xml.h"
#include "ringmgr/c2r/cab.h"
#include "ringmgr/fetch/http.h"

#include <stdlib.h>
#include <string.h>

/*
 * What is read besides, each by itself: /etc and /run have secrets of the service's, too ([notify], systemd's
 * credentials). A link's target counts, not the link. Sockets (nscd, sssd, resolved, syslog) are connected
 * to, not opened. A file that is replaced while the job runs is gone for it: name services then do not
 * answer, which shuts gates and ends transfers until the next run.
 */
static const char *const surroundings[] = {
    /* names of hosts: nsswitch.conf(5), hosts(5), resolv.conf(5), gai.conf(5) */
    "/etc/nsswitch.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/resolv.conf",
    "/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf", "/run/connman", "/run/netconfig",
    /* accounts: passwd(5), group(5), nss-systemd(8), sssd maps its caches */
    "/etc/passwd", "/etc/group", "/etc/userdb", "/run/userdb", "/run/systemd/userdb", "/run/host/userdb",
    "/var/lib/sss", "/var/lib/extrausers", "/var/cache/nscd",
    /* TLS: libcurl's and OpenSSL's defaults, of Debian and of Fedora */
    "/etc/ssl/openssl.cnf", "/etc/ssl/certs", "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/ca-trust/extracted",
    "/etc/crypto-policies",
    /* modules of the name service, zoneinfo, certificates */
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime",
    /* descriptors by name, the start of the machine, how many threads */
    "/proc", "/sys/devices/system/cpu", "/dev/urandom"};
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

static void allow_address(struct list *list, const char *address)
{
    char *path = address ? address_path(address) : NULL;
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

/* Who publishes signs. Where the key cannot be had, the job says so itself. */
static void allow_manifest_key(const char *key, struct list *list)
{
    struct err none = {0};
    char *path = secret_path(key, secret_folder(), &none);
    if (path)
        allow_text(list, path, false);
}

/* What is the job's own: state, and what it publishes; who publishes nothing looks at it. */
static void allow_own(const struct settings *settings, bool publishes, struct list *list)
{
    allow(list, settings->state, true);
    allow(list, settings->store, publishes);
    for (size_t i = 0; i < settings->rings; i++)
        allow(list, settings->ring[i].path, publishes);
    if (!publishes)
        return;
    allow_head_file(list, settings->history_head_file);
    allow_manifest_key(settings->manifest.key, list);
}

static void allow_origin(const struct settings *settings, const char *from, struct list *list)
{
    allow(list, settings->origin.roots, false);
    allow(list, settings->origin.proxy_credentials, false);
    allow_address(list, settings->origin.url);
    for (size_t i = 0; i < settings->origin.mirrors.len; i++)
        allow_address(list, settings->origin.mirrors.item[i]);
    for (size_t i = 0; i < settings->rings; i++)
        for (size_t j = 0; j < settings->ring[i].manifest_keys.len; j++)
            allow(list, settings->ring[i].manifest_keys.item[j], false);
    allow_address(list, from);
}

static void allow_surroundings(struct list *list)
{
    for (size_t i = 0; i < SURROUNDINGS; i++)
        allow(list, surroundings[i], false);
    allow(list, "/dev/null", true);
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

/* What reads descriptors and release histories. */
static bool load_readers(struct err *err)
{
    return cab_load(err) && xml_load(err);
}

/* Whatever is in here fetches or tells; its library comes from outside, as the readers' do. */
static bool enter(const struct app *app, const struct list *list, struct err *err)
{
    static const char *const lack[] = {[SANDBOX_NO_FILES] = "this kernel has no Landlock: files are open",
                                       [SANDBOX_NOTHING] = "this kernel has neither Landlock nor seccomp"};
    enum sandbox_strength strength;
    if (!http_load(err) || !sandbox_enter(list->item, list->len, &strength, err))
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
    allow_own(&app->settings, true, &list);
    allow_origin(&app->settings, options->from, &list);
    allow_surroundings(&list);
    if (!load_readers(err) || !enter(app, &list, err) || !read_lists(app, &lists, err))
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
    allow_own(&app->settings, false, &list);
    allow_surroundings(&list);
    allow_targets(app, options.credentials, &list);
    return enter(app, &list, err) && tell_run(&app->job, &options, tell, err);
}

bool confine_roots(const struct app *app, const char *base, struct roots *roots, struct err *err)
{
    struct list list AUTO(list_clear) = {0};
    allow(&list, app->settings.origin.proxy_credentials, false);
    allow_address(&list, base);
    allow_surroundings(&list);
    return enter(app, &list, err) && fetch_roots(&app->settings, base, &app->arguments.log, roots, err);
}

#include "ringmgr/app/settings_check.h"
#include "ringmgr/app/settings_follow.h"
#include "ringmgr/app/settings_notify.h"
#include "ringmgr/app/settings_origin.h"
#include "ringmgr/app/settings_place.h"
#include "ringmgr/app/settings_site.h"
#include "ringmgr/app/settings_web.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RING_NAME_BYTES = 32 };

struct check {
    const struct ini_file *file;
    struct settings *settings;
    struct settings_problems *problems;
};

/* The line of a key, else of its section, else 0. */
static unsigned line_of(const struct check *check, const char *section_name, const char *key)
{
    const struct ini_section *section = settings_ini_section(check->file, section_name);
    const struct ini_entry *entry = settings_ini_entry(section, key);
    return entry ? entry->line : section ? section->line : 0;
}

static unsigned ring_line(const struct check *check, const struct ring *ring, const char *key)
{
    char *section AUTO_FREE = mem_printf("ring %s", ring->name);
    unsigned line = line_of(check, section, key);
    return line ? line : ring->line;
}

#define RING_PROBLEM(check, ring, key, code, format, ...)                                                    \
    settings_problems_add((check)->problems, ring_line(check, ring, key), code, "[ring %s] " format,         \
                          (ring)->name, __VA_ARGS__)

static bool may_be_ring(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char later[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t len = strlen(name);
    bool taken = strcmp(name, "all") == 0 || strcmp(name, "origin") == 0;
    return len > 0 && len <= RING_NAME_BYTES && !taken && strchr(first, name[0]) &&
           strspn(name, later) == len;
}

static void check_names(struct check *check)
{
    const struct settings *settings = check->settings;
    if (settings->rings == 0)
        settings_problems_add(check->problems, 0, "no-ring", "there is no [ring NAME]: nothing to publish");
    for (size_t i = 0; i < settings->rings; i++) {
        const struct ring *ring = &settings->ring[i];
        if (!may_be_ring(ring->name))
            settings_problems_add(check->problems, ring->line, "bad-ring-name",
                                  "[ring %s]: a ring's name is a-z, 0-9 and -, at most %d, not all or origin",
                                  ring->name, RING_NAME_BYTES);
    }
}

static void check_sources(struct check *check)
{
    struct settings *settings = check->settings;
    for (size_t i = 0; i < settings->rings; i++) {
        struct ring *ring = &settings->ring[i];
        if (*ring->source == 0 || strcmp(ring->source, "origin") == 0)
            continue;
        ring->source_ring = settings_ring(settings, ring->source);
        char *hint AUTO_FREE = settings_ring_hint(settings, ring->source);
        if (!ring->source_ring)
            RING_PROBLEM(check, ring, "source", "unknown-source",
                         "source: there is no ring \"%s\"; name one, or origin%s", ring->source, hint);
    }
}

/* The circle that `ring` is in, as "pilot <- production <- pilot"; false if it is in none. */
static bool find_circle(const struct settings *settings, const struct ring *ring, struct buf *circle)
{
    const struct ring *at = ring->source_ring;
    buf_puts(circle, ring->name);
    for (size_t steps = 0; at && steps < settings->rings; steps++) {
        buf_printf(circle, " <- %s", at->name);
        if (at == ring)
            return true;
        at = at->source_ring;
    }
    return false;
}

/* Cuts each circle at its first ring, so that it is reported once and nobody walks it for ever. */
static void check_circles(struct check *check)
{
    struct settings *settings = check->settings;
    for (size_t i = 0; i < settings->rings; i++) {
        AUTO_BUF circle = {0};
        struct ring *ring = &settings->ring[i];
        if (!find_circle(settings, ring, &circle))
            continue;
        RING_PROBLEM(check, ring, "source", "ring-circle",
                     "source: rings take from each other in a circle: %s; one must take from origin",
                     buf_text(&circle));
        ring->source_ring = NULL;
    }
}

static void check_channels(struct check *check)
{
    for (size_t i = 0; i < check->settings->rings; i++) {
        const struct ring *ring = &check->settings->ring[i];
        const struct ring *source = ring->source_ring;
        if (source && ring->channel && source->channel && ring->channel != source->channel)
            RING_PROBLEM(check, ring, "channel", "channel-mix",
                         "channel is %s, but its source %s has %s: one channel along a chain",
                         ring->channel->id, source->name, source->channel->id);
    }
}

/* A configured folder that nothing else may be inside of. */
struct place {
    const char *what;
    const char *path;
    unsigned line;
};

static void check_apart(struct check *check, const struct place *a, const struct place *b)
{
    const struct place *later = a->line > b->line ? a : b;
    const struct place *other = later == a ? b : a;
    const char *how = strcmp(a->path, b->path) == 0                     ? "is the same folder as"
                      : settings_place_within(later->path, other->path) ? "lies inside"
                                                                        : "holds";
    if (settings_place_within(a->path, b->path) || settings_place_within(b->path, a->path))
        settings_problems_add(check->problems, later->line, "nested-path",
                              "%s %s %s %s (%s): keep them apart", later->what, later->path, how, other->what,
                              other->path);
}

static void check_paths(struct check *check)
{
    const struct settings *settings = check->settings;
    size_t places = settings->rings + 2;
    struct place *place AUTO_FREE = mem_new(places, sizeof *place);
    AUTO_STRV names = {0};
    place[0] = (struct place){"store", settings->store, line_of(check, "ringmgr", "store")};
    place[1] = (struct place){"state", settings->state, line_of(check, "ringmgr", "state")};
    for (size_t i = 0; i < settings->rings; i++)
        strv_addf(&names, "path of ring %s", settings->ring[i].name);
    for (size_t i = 0; i < settings->rings; i++)
        place[i + 2] = (struct place){names.item[i], settings->ring[i].path,
                                      ring_line(check, &settings->ring[i], "path")};
    for (size_t i = 0; i < places; i++)
        for (size_t j = 0; j < i; j++)
            check_apart(check, &place[j], &place[i]);
}

static void check_own_place(struct check *check, const char *section, const char *key, const char *path)
{
    AUTO_STRV places = {0};
    settings_place_find(check->settings, path, false, &places);
    if (places.len)
        settings_problems_add(check->problems, line_of(check, section, key), "nested-path",
                              "%s %s lies inside store, state or a ring: keep it apart", key, path);
}

static void check_web_places(struct check *check)
{
    const struct web_settings *web = &check->settings->web;
    for (size_t i = 0; i < web->listen.len; i++) {
        const char *path = web_socket_path(web->listen.item[i]);
        if (path && strcmp(path, check->settings->control) == 0)
            settings_problems_add(check->problems, line_of(check, "web", "listen"), "same-socket",
                                  "[web] listen %s is [ringmgr] control, too: give each its own", path);
        else if (path)
            check_own_place(check, "web", "listen", path);
    }
}

/* Whom it names is believed: never those who cannot decide themselves. */
static void check_proxy(struct check *check)
{
    const char *proxy = check->settings->web.proxy_user;
    if (*proxy && (strcmp(proxy, "root") == 0 || strcmp(proxy, check->settings->user) == 0))
        settings_problems_add(check->problems, line_of(check, "web", "proxy_user"), "bad-proxy",
                              "[web] proxy_user = %s: the web server in front needs an account of its own",
                              proxy);
}

/* It is replaced all the time. */
static void check_textfile(struct check *check)
{
    const struct settings *settings = check->settings;
    const char *path = settings->textfile;
    if (!*path)
        return;
    if (strcmp(path, settings->history_head_file) == 0 || strcmp(path, settings->control) == 0)
        settings_problems_add(check->problems, line_of(check, "metrics", "textfile"), "same-file",
                              "[metrics] textfile %s is named in [ringmgr], too: give it a file of its own",
                              path);
    check_own_place(check, "metrics", "textfile", path);
}

/* The head of the history is the witness against the state: not where the state is, nor on a share. Nor are
 * the sockets, which others must reach. */
static void check_own_places(struct check *check)
{
    check_own_place(check, "ringmgr", "history_head_file", check->settings->history_head_file);
    check_own_place(check, "ringmgr", "control", check->settings->control);
    check_textfile(check);
    check_web_places(check);
    check_proxy(check);
}

static void check_uncs(struct check *check)
{
    const struct settings *settings = check->settings;
    for (size_t i = 0; i < settings->rings; i++)
        for (size_t j = 0; j < i; j++) {
            const struct ring *ring = &settings->ring[i], *other = &settings->ring[j];
            if (*ring->unc && strcasecmp(ring->unc, other->unc) == 0)
                RING_PROBLEM(check, ring, "unc", "duplicate-unc",
                             "unc: %s is ring %s's already: clients could not tell them apart", ring->unc,
                             other->name);
        }
}

/* Two rings at one address are one ring to clients. */
static void check_addresses(struct check *check)
{
    const struct settings *settings = check->settings;
    for (size_t i = 0; i < settings->rings; i++)
        for (size_t j = 0; j < i; j++) {
            const struct ring *ring = &settings->ring[i], *other = &settings->ring[j];
            if (*ring->http && strcasecmp(ring->http, other->http) == 0)
                RING_PROBLEM(check, ring, "http", "duplicate-http",
                             "http: %s is ring %s's already: clients could not tell them apart", ring->http,
                             other->name);
        }
}

/* Whether the name of `ring` in the namespace is a name of `other` as well; of two rings one is blamed. */
static bool is_taken(const struct ring *ring, const struct ring *other)
{
    return strcasecmp(ring->dfs, other->unc) == 0 || (other < ring && strcasecmp(ring->dfs, other->dfs) == 0);
}

static void check_namespace(struct check *check)
{
    const struct settings *settings = check->settings;
    for (size_t i = 0; i < settings->rings; i++) {
        const struct ring *ring = &settings->ring[i];
        if (!*ring->dfs)
            continue;
        if (!*ring->unc)
            RING_PROBLEM(check, ring, "dfs", "dfs-without-unc",
                         "dfs: %s must lead somewhere: set unc, the share itself, as well", ring->dfs);
        for (size_t j = 0; j < settings->rings; j++)
            if (is_taken(ring, &settings->ring[j]))
                RING_PROBLEM(check, ring, "dfs", "duplicate-unc",
                             "dfs: %s is ring %s's already: clients could not tell them apart", ring->dfs,
                             settings->ring[j].name);
    }
}

static void check_first(struct check *check)
{
    for (size_t i = 0; i < check->settings->rings; i++) {
        const struct ring *ring = &check->settings->ring[i];
        bool origin = strcmp(ring->source, "origin") == 0;
        bool at_once = ring->approvals == 0 && ring->soak.seconds == 0;
        if (origin && ring->publish == PUBLISH_AUTO && at_once && !ring->first && !ring_follows(ring))
            RING_PROBLEM(check, ring, "publish", "first-unsaid",
                         "takes every new build from %s at once, asking nobody: say so with first = yes",
                         ring->source);
        if (ring->first && *ring->source && !origin)
            RING_PROBLEM(check, ring, "first", "first-wrong",
                         "first: only a ring with source = origin can be first, this one takes from %s",
                         ring->source);
    }
}

/* How many people a list of approvers names, if it names no group; else more than any number. */
static size_t count_people(const struct settings *settings, const struct strv *approvers)
{
    static const char user[] = "user:";
    AUTO_STRV people = {0};
    for (size_t i = 0; i < approvers->len; i++) {
        const char *approver = approvers->item[i];
        if (strncmp(approver, user, sizeof user - 1) != 0)
            return SIZE_MAX;
        const char *person = settings_person(settings, approver + sizeof user - 1);
        if (!strv_has(&people, person))
            strv_add(&people, person);
    }
    return people.len;
}

static void check_approvers(struct check *check, const struct ring *ring)
{
    size_t people = count_people(check->settings, &ring->approvers);
    /* Who promotes must be an approver, too; publish = auto has nobody who promotes. */
    bool one_more = ring->four_eyes && ring->approvals > 0 && ring->publish == PUBLISH_MANUAL;
    if (ring->approvals > 0 && ring->approvers.len == 0)
        RING_PROBLEM(check, ring, "approvals", "no-approvers",
                     "approvals = %u, but nobody may approve: name approvers", ring->approvals);
    else if (ring->approvals > people)
        RING_PROBLEM(check, ring, "approvals", "too-few-approvers",
                     "approvals = %u, but approvers names only %zu different people", ring->approvals,
                     people);
    else if (one_more && ring->approvals == people)
        RING_PROBLEM(check, ring, "approvals", "too-few-approvers",
                     "approvals = %u and four_eyes = yes need one more approver, to promote: approvers names "
                     "only %zu different people",
                     ring->approvals, people);
}

static void check_approvals(struct check *check)
{
    for (size_t i = 0; i < check->settings->rings; i++) {
        const struct ring *ring = &check->settings->ring[i];
        check_approvers(check, ring);
        if (ring->four_eyes && ring->approvals == 0)
            RING_PROBLEM(check, ring, "four_eyes", "four-eyes-idle",
                         "four_eyes = yes guards nothing while %s", "approvals = 0");
    }
}

/* True if the file says this of the ring: what nobody wrote is no mistake of theirs. */
static bool says(const struct check *check, const struct ring *ring, const char *key)
{
    char *section AUTO_FREE = mem_printf("ring %s", ring->name);
    const struct ini_entry *entry = settings_ini_entry(settings_ini_section(check->file, section), key);
    return entry && entry->pieces;
}

/* The emergency lane, and the gates opened by force. */
static void check_shortcuts(struct check *check)
{
    for (size_t i = 0; i < check->settings->rings; i++) {
        const struct ring *ring = &check->settings->ring[i];
        size_t approvers = count_people(check->settings, &ring->approvers);
        size_t overriders = count_people(check->settings, &ring->overriders);
        size_t expediters = ring->expedite_approvals + (ring->four_eyes ? 1U : 0U);
        if (says(check, ring, "expedite_approvals") && ring->expedite_approvals > 0 && expediters > approvers)
            RING_PROBLEM(check, ring, "expedite_approvals", "too-few-approvers",
                         "expedite_approvals = %u%s, but approvers names only %zu different people",
                         ring->expedite_approvals, ring->four_eyes ? " and four_eyes = yes" : "", approvers);
        if (ring->overriders.len > 0 && ring->override_people > overriders)
            RING_PROBLEM(check, ring, says(check, ring, "override_people") ? "override_people" : "overriders",
                         "too-few-overriders",
                         "override_people = %u, but overriders names only %zu different people",
                         ring->override_people, overriders);
    }
}

/* What they are updated to is one version for ever. */
static void check_versions(struct check *check)
{
    for (size_t i = 0; i < check->settings->rings; i++) {
        const struct ring *ring = &check->settings->ring[i];
        if (ring->channel && ring->channel->perpetual && ring->version.choice != VERSION_LATEST)
            RING_PROBLEM(check, ring, "version", "perpetual-version",
                         "version: %s stays on one version: leave it at latest", ring->channel->id);
    }
}

static void check_former_names(struct check *check)
{
    const struct settings *settings = check->settings;
    for (size_t i = 0; i < settings->rings; i++) {
        const struct ring *ring = &settings->ring[i];
        if (!*ring->was)
            continue;
        if (!may_be_ring(ring->was))
            RING_PROBLEM(check, ring, "was", "bad-ring-name", "was: \"%s\" is not the name of a ring",
                         ring->was);
        else if (settings_ring(settings, ring->was))
            RING_PROBLEM(check, ring, "was", "was-in-use", "was: there is a ring %s, so nothing was renamed",
                         ring->was);
        for (size_t j = 0; j < i; j++)
            if (strcmp(ring->was, settings->ring[j].was) == 0)
                RING_PROBLEM(check, ring, "was", "duplicate-was",
                             "was: ring %s was %s already: one of them has another past",
                             settings->ring[j].name, ring->was);
    }
}

/* The section that says what `ring` contains: its own if it overrides anything, else [content]. */
static const struct ini_section *content_section(const struct check *check, const struct ring *ring)
{
    static const char *const keys[] = {"architectures", "languages", "proofing", "arm64"};
    char *name AUTO_FREE = mem_printf("ring %s", ring->name);
    const struct ini_section *own = settings_ini_section(check->file, name);
    const struct ini_section *common = settings_ini_section(check->file, "content");
    bool overrides = !common;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        overrides = overrides || settings_ini_entry(own, keys[i]);
    return overrides ? own : common;
}

static void check_contents(struct check *check)
{
    if (settings_problems_has(check->problems, "unknown-language") ||
        settings_problems_has(check->problems, "unknown-architecture"))
        return; /* what was meant is not known */
    for (size_t i = 0; i < check->settings->rings; i++) {
        struct err err = {0};
        const struct ini_section *section = content_section(check, &check->settings->ring[i]);
        if (!content_check(&check->settings->ring[i].content, &err))
            settings_problems_add(check->problems, section ? section->line : 0, "bad-content", "[%s] %s",
                                  section ? section->name : "content", err.msg);
    }
}

static void check_people(struct check *check)
{
    const struct settings *settings = check->settings;
    for (size_t i = 0; i < settings->persons; i++)
        for (size_t j = 0; j < settings->person[i].accounts.len; j++) {
            const char *account = settings->person[i].accounts.item[j];
            const char *owner = settings_person(settings, account);
            if (strcmp(owner, settings->person[i].name) != 0)
                settings_problems_add(check->problems, line_of(check, "people", settings->person[i].name),
                                      "two-people", "[people] %s: account %s is %s's already",
                                      settings->person[i].name, account, owner);
        }
}

void settings_check_all(const struct ini_file *file, struct settings *settings,
                        struct settings_problems *problems)
{
    static void (*const checks[])(struct check *) = {
        check_names,     check_sources,      check_circles,   check_channels,
        check_paths,     check_own_places,   check_uncs,      check_addresses,
        check_namespace, check_first,        check_approvals, check_shortcuts,
        check_versions,  check_former_names, check_contents,  check_people,
    };
    struct check check = {file, settings, problems};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        checks[i](&check);
    origin_check(file, settings, problems);
    notify_check(file, settings, problems);
    follow_check(file, settings, problems);
    site_check(file, settings, problems);
}

#include "ringmgr/app/settings_origin.h"
#include "ringmgr/app/settings_rules.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/policy/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    /* More than a company's mirrors, and a bound on what is tried one after the other. */
    MIRRORS_MAX = 16,
    /* Shorter than that, connecting and asking is most of what is done in it. */
    WINDOW_LEAST_SECONDS = 900,
};

/* One build and architecture is about 3.5 GB, which nobody may need longer for than until the next one. */
static const uint64_t build_bytes = (uint64_t)3500 << 20;
enum { BUILD_WEEKS = 4 };

/* ---- values ---- */

void origin_read_mirrors(const struct value_place *place, const char *text, void *field)
{
    struct strv *mirrors = field;
    AUTO_STRV words = {0};
    strv_split(&words, text);
    if (place->first)
        strv_clear(mirrors);
    for (size_t i = 0; i < words.len; i++) {
        char *address AUTO_FREE = NULL;
        value_read_url(place, words.item[i], &address);
        if (!address)
            continue;
        if (strv_has(mirrors, address))
            VALUE_REFUSE(place, "duplicate-item", "\"%s\" is there twice", address);
        else if (mirrors->len == MIRRORS_MAX)
            VALUE_REFUSE(place, "too-many", "more than %d mirrors", MIRRORS_MAX);
        else
            strv_add(mirrors, address);
    }
}

void origin_read_rate(const struct value_place *place, const char *text, void *field)
{
    size_t before = place->problems->len;
    uint64_t rate = 0;
    value_read_bytes(place, text, &rate);
    if (place->problems->len > before)
        return;
    if (rate > 0 && rate < ORIGIN_RATE_LEAST_BYTES)
        VALUE_REFUSE(place, "bad-rate", "\"%s\": at least %dK bytes a second, or 0 for no limit", text,
                     ORIGIN_RATE_LEAST_BYTES >> 10);
    else
        *(uint64_t *)field = rate;
}

void origin_read_window(const struct value_place *place, const char *text, void *field)
{
    rules_read_windows_by(place, text, window_add, field);
}

/* ---- contradictions ---- */

struct origin_check {
    const struct ini_section *section; /* NULL if the file has none */
    const struct origin *origin;
    struct settings_problems *problems;
};

static unsigned line_of(const struct origin_check *check, const char *key)
{
    const struct ini_entry *entry = settings_ini_entry(check->section, key);
    return entry ? entry->line : check->section ? check->section->line : 0;
}

static bool has_same_scheme(const char *a, const char *b)
{
    size_t len = strcspn(a, ":");
    return strcspn(b, ":") == len && strncmp(a, b, len) == 0;
}

static void check_mirrors(const struct origin_check *check)
{
    const char *url = check->origin->url;
    for (size_t i = 0; *url && i < check->origin->mirrors.len; i++) {
        const char *mirror = check->origin->mirrors.item[i];
        if (strcasecmp(mirror, url) == 0)
            settings_problems_add(check->problems, line_of(check, "mirrors"), "mirror-is-origin",
                                  "[origin] mirrors: %s is url itself: name other servers only", mirror);
        else if (!has_same_scheme(mirror, url))
            settings_problems_add(check->problems, line_of(check, "mirrors"), "mirror-scheme",
                                  "[origin] mirrors: %s is of another scheme than url = %s: give both the "
                                  "same",
                                  mirror, url);
    }
}

static void check_proxy(const struct origin_check *check)
{
    const struct origin *origin = check->origin;
    if (*origin->proxy_credentials && !*origin->proxy)
        settings_problems_add(check->problems, line_of(check, "proxy_credentials"), "credentials-idle",
                              "[origin] proxy_credentials = %s, but no proxy is set: nobody asks for them",
                              origin->proxy_credentials);
}

static bool is_short(const struct weekly_window *window)
{
    enum { DAY_MINUTES = 1440, MINUTE_SECONDS = 60 };
    int minutes = window->to_minute - window->from_minute;
    return (minutes <= 0 ? minutes + DAY_MINUTES : minutes) * MINUTE_SECONDS < WINDOW_LEAST_SECONDS;
}

/* Any four weeks do: what one of them has more by the clock's change another has less. */
static void check_window(const struct origin_check *check)
{
    const struct origin *origin = check->origin;
    for (size_t i = 0; i < origin->window.len; i++)
        if (is_short(&origin->window.item[i])) {
            settings_problems_add(check->problems, line_of(check, "window"), "window-short",
                                  "[origin] window: one is shorter than %d minutes: too little to fetch in",
                                  WINDOW_LEAST_SECONDS / 60);
            return;
        }
    int64_t seconds = BUILD_WEEKS * window_seconds_a_week(&origin->window, 0);
    if (origin->rate_limit && (uint64_t)seconds * origin->rate_limit < build_bytes)
        settings_problems_add(check->problems, line_of(check, "rate_limit"), "rate-too-low",
                              "[origin] rate_limit = %" PRIu64 " bytes a second brings %" PRIu64
                              " MB in %d weeks of window, and a build has some %" PRIu64
                              " MB: raise one of them",
                              origin->rate_limit, ((uint64_t)seconds * origin->rate_limit) >> 20, BUILD_WEEKS,
                              build_bytes >> 20);
}

void origin_check(const struct ini_file *file, const struct settings *settings,
                  struct settings_problems *problems)
{
    const struct origin_check check = {settings_ini_section(file, "origin"), &settings->origin, problems};
    check_mirrors(&check);
    check_proxy(&check);
    check_window(&check);
}

#include "ringmgr/app/settings_follow.h"
#include "ringmgr/app/settings_duration.h"
#include "ringmgr/app/settings_place.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEYS_MAX = 8, /* one in use and one that comes, for a few headquarters */
    HOUR_SECONDS = 3600,
    VALID_DAYS_MAX = 31 /* so long a site cannot notice that nobody speaks to it any more */
};

/* ---- values ---- */

/* At commas and blanks, each as value_read_path() takes it. */
void follow_read_keys(const struct value_place *place, const char *text, void *field)
{
    struct strv *keys = field;
    AUTO_STRV words = {0};
    strv_split(&words, text);
    if (place->first)
        strv_clear(keys);
    for (size_t i = 0; i < words.len; i++) {
        char *path AUTO_FREE = NULL;
        value_read_path(place, words.item[i], &path);
        if (!path)
            continue;
        if (strv_has(keys, path))
            VALUE_REFUSE(place, "duplicate-item", "\"%s\" is there twice", path);
        else if (keys->len == KEYS_MAX)
            VALUE_REFUSE(place, "too-many", "more than %d keys", KEYS_MAX);
        else
            strv_add(keys, path);
    }
}

void follow_read_valid(const struct value_place *place, const char *text, void *field)
{
    int64_t seconds = 0;
    if (settings_parse_duration(text, &seconds) && seconds >= HOUR_SECONDS &&
        seconds <= (int64_t)VALID_DAYS_MAX * 24 * HOUR_SECONDS)
        *(int64_t *)field = seconds;
    else
        VALUE_REFUSE(place, "bad-duration", "\"%s\" is no duration from 1 hour to %d days: 3 days", text,
                     VALID_DAYS_MAX);
}

/* ---- what must hold between them ---- */

struct check {
    const struct ini_file *file;
    const struct settings *settings;
    struct settings_problems *problems;
};

static const struct ini_entry *entry_of(const struct check *check, const struct ring *ring, const char *key)
{
    char *section AUTO_FREE = mem_printf("ring %s", ring->name);
    return settings_ini_entry(settings_ini_section(check->file, section), key);
}

static unsigned line_of(const struct check *check, const struct ring *ring, const char *key)
{
    const struct ini_entry *entry = entry_of(check, ring, key);
    return entry ? entry->line : ring->line;
}

#define RING_PROBLEM(check, ring, key, code, format, ...)                                                    \
    settings_problems_add((check)->problems, line_of(check, ring, key), code, "[ring %s] " format,           \
                          (ring)->name, __VA_ARGS__)

/* Whose order and gates the manifest stands for: they would be asked twice, or be ignored. */
static void check_idle(const struct check *check, const struct ring *ring)
{
    static const char *const idle[] = {
        "first", "version", "soak", "expedite_soak", "approvals", "throttle_min", "expedite_approvals"};
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        const struct ini_entry *entry = entry_of(check, ring, idle[i]);
        if (entry && entry->pieces)
            RING_PROBLEM(check, ring, idle[i], "follow-idle",
                         "%s: what it follows at %s has passed that at headquarters: remove it", idle[i],
                         ring->origin);
    }
}

static void check_ring(const struct check *check, const struct ring *ring)
{
    if (!ring_follows(ring)) {
        const struct ini_entry *refused = entry_of(check, ring, "origin");
        if (ring->manifest_keys.len && !(refused && refused->pieces))
            RING_PROBLEM(
                check, ring, "manifest_keys", "manifest-keys-idle",
                "manifest_keys = %s, but origin, the address of the ring that it follows, is not set",
                ring->manifest_keys.item[0]);
        return;
    }
    if (*ring->source && strcmp(ring->source, "origin") != 0)
        RING_PROBLEM(check, ring, "origin", "origin-source",
                     "origin: only a ring with source = origin can follow another ringmgr's ring, this one "
                     "takes from %s",
                     ring->source);
    if (ring->manifest_keys.len == 0)
        RING_PROBLEM(check, ring, "origin", "no-manifest-keys",
                     "origin = %s, but nobody's signature counts: name the files with public keys in "
                     "manifest_keys",
                     ring->origin);
    check_idle(check, ring);
}

/* Two rings that follow one would be told apart by nobody. */
static void check_twice(const struct check *check, const struct ring *ring)
{
    for (const struct ring *other = check->settings->ring; other < ring; other++)
        if (ring_follows(ring) && strcmp(ring->origin, other->origin) == 0)
            RING_PROBLEM(check, ring, "origin", "duplicate-origin",
                         "origin: ring %s follows %s already: let this one take from it", other->name,
                         ring->origin);
}

/* On a share everybody could read it, and whoever has it speaks for this ringmgr. */
static void check_key(const struct check *check)
{
    const char *key = check->settings->manifest.key;
    const struct ini_section *section = settings_ini_section(check->file, "manifest");
    const struct ini_entry *entry = settings_ini_entry(section, "key");
    AUTO_STRV places = {0};
    settings_place_find(check->settings, key, false, &places);
    for (size_t i = 0; i < places.len; i++)
        settings_problems_add(check->problems, entry ? entry->line : 0, "nested-path",
                              "[manifest] key %s lies in %s: keep it apart", key, places.item[i]);
}

void follow_check(const struct ini_file *file, const struct settings *settings,
                  struct settings_problems *problems)
{
    const struct check check = {file, settings, problems};
    for (size_t i = 0; i < settings->rings; i++) {
        check_ring(&check, &settings->ring[i]);
        check_twice(&check, &settings->ring[i]);
    }
    check_key(&check);
}

#include "ringmgr/policy/changes.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MINUTES = 1440, WEEK_DAYS = 7 };

static const char no_ring[] = "";

/* ---- lists of lines ---- */

static int by_place(const void *a, const void *b)
{
    const struct effective *one = a, *other = b;
    int rings = strcmp(one->ring, other->ring);
    return rings ? rings : strcmp(one->key, other->key);
}

static void sort_lines(struct effectives *list)
{
    if (list->len)
        qsort(list->item, list->len, sizeof *list->item, by_place);
}

const char *effectives_value(const struct effectives *list, const char *ring, const char *key)
{
    const struct effective wanted = {.ring = (char *)(uintptr_t)ring, .key = (char *)(uintptr_t)key};
    const struct effective *found =
        list->len ? bsearch(&wanted, list->item, list->len, sizeof wanted, by_place) : NULL;
    return found ? found->value : NULL;
}

void effectives_clear(struct effectives *list)
{
    for (size_t i = 0; i < list->len; i++) {
        free(list->item[i].ring);
        free(list->item[i].key);
        free(list->item[i].value);
    }
    free(list->item);
    *list = (struct effectives){0};
}

/* Takes the value over. */
static void put(struct effectives *list, const char *ring, const char *key, char *value)
{
    list->item = mem_grow(list->item, list->len, sizeof *list->item);
    list->item[list->len++] = (struct effective){mem_strdup(ring), mem_strdup(key), value};
}

static void put_text(struct effectives *list, const char *ring, const char *key, const char *text)
{
    put(list, ring, key, mem_strdup(text ? text : ""));
}

static void put_number(struct effectives *list, const char *ring, const char *key, unsigned number)
{
    put(list, ring, key, mem_printf("%u", number));
}

static void put_yes_no(struct effectives *list, const char *ring, const char *key, bool yes)
{
    put_text(list, ring, key, yes ? "yes" : "no");
}

static void put_soak(struct effectives *list, const char *ring, const char *key, const struct soak_need *need)
{
    char text[32];
    soak_format(need, text);
    put_text(list, ring, key, text);
}

static void put_seconds(struct effectives *list, const char *ring, const char *key, int64_t seconds)
{
    const struct soak_need need = {.seconds = seconds};
    put_soak(list, ring, key, &need);
}

/* In an order of their own, for that of the configuration means nothing. */
static void put_names(struct effectives *list, const char *ring, const char *key, const struct strv *names)
{
    AUTO_STRV sorted = {0};
    strv_copy(&sorted, names);
    strv_sort(&sorted);
    put(list, ring, key, strv_join(&sorted, ", "));
}

/* Written so that year, month and day sort as text. */
static void put_dates(struct effectives *list, const char *ring, const char *key,
                      const struct date_ranges *ranges)
{
    AUTO_STRV texts = {0};
    for (size_t i = 0; i < ranges->len; i++) {
        char first[ZONE_DATE_SIZE], last[ZONE_DATE_SIZE];
        zone_format_date(ranges->item[i].first_day, first);
        zone_format_date(ranges->item[i].last_day, last);
        bool one_day = ranges->item[i].first_day == ranges->item[i].last_day;
        strv_addf(&texts, "%s%s%s", first, one_day ? "" : "/", one_day ? "" : last);
    }
    put_names(list, ring, key, &texts);
}

/* "Mon-Thu,Sat" */
static void add_weekdays(struct buf *text, unsigned weekdays)
{
    static const char names[WEEK_DAYS][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (unsigned first = 0; first < WEEK_DAYS; first++) {
        unsigned last = first;
        if (!(weekdays & 1U << first))
            continue;
        while (last + 1 < WEEK_DAYS && weekdays & 1U << (last + 1))
            last++;
        buf_printf(text, "%s%s", text->len ? "," : "", names[first]);
        if (last > first)
            buf_printf(text, "-%s", names[last]);
        first = last;
    }
}

/* Between them stands a semicolon: commas stand between weekdays. */
static void put_windows(struct effectives *list, const char *ring, const char *key,
                        const struct weekly_windows *windows)
{
    AUTO_STRV texts = {0};
    for (size_t i = 0; i < windows->len; i++) {
        const struct weekly_window *window = &windows->item[i];
        int from = window->from_minute, to = window->to_minute;
        AUTO_BUF text = {0};
        add_weekdays(&text, window->weekdays);
        if (from != 0 || to != DAY_MINUTES)
            buf_printf(&text, " %02d:%02d-%02d:%02d", from / 60, from % 60, to / 60, to % 60);
        strv_add(&texts, buf_text(&text));
    }
    strv_sort(&texts);
    put(list, ring, key, strv_join(&texts, "; "));
}

/* ---- what is in effect ---- */

static void describe_origin(const struct origin *origin, const struct digest *roots, struct effectives *list)
{
    char digest[DIGEST_TEXT_SIZE];
    put_text(list, no_ring, "[origin] url", origin->url);
    put_text(list, no_ring, "[origin] proxy", origin->proxy);
    put_text(list, no_ring, CHANGES_PUBLISHER, origin->publisher);
    put_number(list, no_ring, "[origin] connections", origin->connections);
    put_seconds(list, no_ring, "[origin] conflict_wait", origin->conflict_wait_seconds);
    if (origin->mirrors.len)
        put_names(list, no_ring, "[origin] mirrors", &origin->mirrors);
    if (origin->rate_limit)
        put(list, no_ring, "[origin] rate_limit", mem_printf("%" PRIu64, origin->rate_limit));
    if (origin->window.len)
        put_windows(list, no_ring, "[origin] window", &origin->window);
    if (origin->proxy_credentials && *origin->proxy_credentials)
        put_text(list, no_ring, "[origin] proxy_credentials", origin->proxy_credentials);
    if (!roots)
        return;
    digest_format(roots, digest);
    put(list, no_ring, CHANGES_ROOTS,
        mem_printf("%s (SHA-256 %s)", origin->roots ? origin->roots : "", digest));
}

/* "12 months", "1 day" */
static char *count_text(int64_t count, const char *unit)
{
    return mem_printf("%" PRId64 " %s%s", count, unit, count == 1 ? "" : "s");
}

static int by_days_down(const void *a, const void *b)
{
    unsigned one = *(const unsigned *)a, other = *(const unsigned *)b;
    return (one < other) - (one > other);
}

static char *warn_text(const struct support_settings *support)
{
    AUTO_STRV texts = {0};
    unsigned days[sizeof support->warn_days / sizeof *support->warn_days];
    if (support->warn_auto)
        return mem_strdup("auto");
    memcpy(days, support->warn_days, sizeof days);
    qsort(days, support->warns, sizeof *days, by_days_down);
    for (size_t i = 0; i < support->warns; i++) {
        char *text AUTO_FREE = count_text(days[i], "day");
        strv_add(&texts, text);
    }
    return strv_join(&texts, ", ");
}

static void describe_support(const struct support_settings *support, struct effectives *list)
{
    const char *unit = support->window_months ? "month" : "day";
    put(list, no_ring, "[support] window",
        support->window_count ? count_text(support->window_count, unit) : mem_strdup("none"));
    put(list, no_ring, "[support] warn", warn_text(support));
    put(list, no_ring, CHANGES_MINIMUM_LEFT,
        support->minimum_auto ? mem_strdup("auto") : count_text(support->minimum_days, "day"));
    put(list, no_ring, "[support] rules", strv_join(&support->rules, ", "));
}

static void describe_people(const struct settings *settings, struct effectives *list)
{
    for (size_t i = 0; i < settings->persons; i++) {
        char *key AUTO_FREE = mem_printf(CHANGES_PEOPLE "%s", settings->person[i].name);
        put_names(list, no_ring, key, &settings->person[i].accounts);
    }
}

static void describe_house(const struct settings *settings, struct effectives *list)
{
    put_text(list, no_ring, "[ringmgr] store", settings->store);
    put_text(list, no_ring, "[ringmgr] state", settings->state);
    put_text(list, no_ring, "[ringmgr] user", settings->user);
    put_text(list, no_ring, "[ringmgr] timezone", settings->timezone);
    put_text(list, no_ring, "[ringmgr] history_head_file", settings->history_head_file);
    put_dates(list, no_ring, "[ringmgr] holidays", &settings->holidays);
    if (settings->textfile && *settings->textfile)
        put_text(list, no_ring, "[metrics] textfile", settings->textfile);
    if (settings->manifest.key && *settings->manifest.key)
        put_text(list, no_ring, "[manifest] key", settings->manifest.key);
}

static void put_version(struct effectives *list, const char *ring, const struct version_rule *version)
{
    put_text(list, ring, "version",
             version->choice == VERSION_LATEST     ? "latest"
             : version->choice == VERSION_PREVIOUS ? "n-1"
                                                   : version->named);
}

/* What a ring is, where it lies and what it holds. */
static void describe_place(const struct ring *ring, struct effectives *list)
{
    static const char *const links[] = {
        [PLACE_HARD] = "hard", [PLACE_REFLINK] = "reflink", [PLACE_COPY] = "copy"};
    const char *name = ring->name;
    put_yes_no(list, name, CHANGES_CONFIGURED, true);
    put_text(list, name, "channel", ring->channel->id);
    put_text(list, name, "source", ring->source);
    put_yes_no(list, name, "first", ring->first);
    put_text(list, name, "path", ring->path);
    put_text(list, name, "unc", ring->unc);
    if (ring->dfs && *ring->dfs)
        put_text(list, name, "dfs", ring->dfs);
    if (ring->http && *ring->http)
        put_text(list, name, "http", ring->http);
    if (ring->announce && *ring->announce)
        put_text(list, name, "announce", ring->announce);
    if (ring_follows(ring))
        put_text(list, name, "origin", ring->origin);
    if (ring->manifest_keys.len)
        put_names(list, name, "manifest_keys", &ring->manifest_keys);
    put_text(list, name, "link", links[ring->link]);
    put(list, name, "content", content_format(&ring->content));
    put_version(list, name, &ring->version);
    put_number(list, name, "keep", ring->keep);
    put_seconds(list, name, "grace", ring->grace_seconds);
    put_number(list, name, "machines", ring->machines);
    put_text(list, name, "was", ring->was);
}

/* What stands between a build and a ring. */
static void describe_gates(const struct ring *ring, struct effectives *list)
{
    const char *name = ring->name;
    put_text(list, name, "publish", ring->publish == PUBLISH_AUTO ? "auto" : "manual");
    put_soak(list, name, "soak", &ring->soak);
    put_soak(list, name, "expedite_soak", &ring->expedite_soak);
    put_seconds(list, name, "settle", ring->settle_seconds);
    put_number(list, name, "approvals", ring->approvals);
    put_number(list, name, "expedite_approvals", ring->expedite_approvals);
    put_number(list, name, "override_people", ring->override_people);
    put_number(list, name, "throttle_min", ring->throttle_min);
    put_names(list, name, "approvers", &ring->approvers);
    put_names(list, name, "overriders", &ring->overriders);
    put_yes_no(list, name, "four_eyes", ring->four_eyes);
    put_dates(list, name, "freeze", &ring->freeze);
    put_windows(list, name, "days", &ring->days);
}

static void put_optional(struct effectives *list, const struct site *site, const char *key, const char *text)
{
    char *whole AUTO_FREE = mem_printf("[site %s] %s", site->name, key);
    if (text && *text)
        put_text(list, no_ring, whole, text);
}

static void describe_site(const struct site *site, struct effectives *list)
{
    char *rings AUTO_FREE = mem_printf("[site %s] rings", site->name);
    char *required AUTO_FREE = mem_printf("[site %s] required", site->name);
    char *window AUTO_FREE = mem_printf("[site %s] window", site->name);
    char *rate AUTO_FREE = site->rate_limit ? mem_printf("%" PRIu64, site->rate_limit) : NULL;
    put_names(list, no_ring, rings, &site->rings);
    put_yes_no(list, no_ring, required, site->required);
    put_optional(list, site, "target", site->target);
    put_optional(list, site, "unc", site->unc);
    put_optional(list, site, "ad_site", site->ad_site);
    put_optional(list, site, "timezone", site->timezone);
    put_optional(list, site, "rate_limit", rate);
    put_optional(list, site, "credentials", site->credentials);
    put_optional(list, site, "ssh_config", site->ssh_config);
    if (site->window.len)
        put_windows(list, no_ring, window, &site->window);
}

/* Who must offer a build so that it is live; nothing where nobody is asked. */
static void describe_quorum(const struct settings *settings, const struct ring *ring, struct effectives *list)
{
    AUTO_STRV names = {0};
    for (size_t i = 0; i < settings->sites; i++)
        if (settings->site[i].required && site_has_ring(&settings->site[i], ring->name))
            strv_add(&names, settings->site[i].name);
    if (!names.len)
        return;
    put_names(list, ring->name, "required_sites", &names);
    put_number(list, ring->name, "sites_ready", ring->sites_ready);
}

void changes_describe(const struct settings *settings, const struct digest *roots,
                      struct effectives *effective)
{
    *effective = (struct effectives){0};
    describe_house(settings, effective);
    describe_origin(&settings->origin, roots, effective);
    describe_support(&settings->support, effective);
    describe_people(settings, effective);
    for (size_t i = 0; i < settings->rings; i++) {
        describe_place(&settings->ring[i], effective);
        describe_gates(&settings->ring[i], effective);
        describe_quorum(settings, &settings->ring[i], effective);
    }
    for (size_t i = 0; i < settings->sites; i++)
        describe_site(&settings->site[i], effective);
    sort_lines(effective);
}

void changes_describe_keys(const struct ring *ring, const struct digest *keys, size_t len,
                           struct effectives *effective)
{
    AUTO_STRV texts = {0};
    for (size_t i = 0; i < len; i++) {
        char text[DIGEST_TEXT_SIZE];
        digest_format(&keys[i], text);
        strv_add(&texts, text);
    }
    put_names(effective, ring->name, CHANGES_KEYS, &texts);
    sort_lines(effective);
}

/* Files that a configured setting names, and that could not be read now. */
static bool is_unread(const struct effectives *described, const struct effective *line)
{
    bool keys = strcmp(line->key, CHANGES_KEYS) == 0 && effectives_value(described, line->ring, "origin");
    return (keys || strcmp(line->key, CHANGES_ROOTS) == 0) &&
           !effectives_value(described, line->ring, line->key);
}

void changes_keep(const struct effectives *recorded, struct effectives *effective)
{
    const struct effectives described = *effective;
    struct effectives kept = {0};
    for (size_t i = 0; i < recorded->len; i++) {
        const struct effective *line = &recorded->item[i];
        bool left = line->ring[0] && !effectives_value(&described, line->ring, CHANGES_CONFIGURED);
        bool unread = is_unread(&described, line);
        bool mark = strcmp(line->key, CHANGES_CONFIGURED) == 0;
        if (left || unread)
            put_text(&kept, line->ring, line->key, left && mark ? "no" : line->value);
    }
    for (size_t i = 0; i < kept.len; i++) {
        effective->item = mem_grow(effective->item, effective->len, sizeof *effective->item);
        effective->item[effective->len++] = kept.item[i];
    }
    free(kept.item);
    sort_lines(effective);
}

/* ---- what differs ---- */

/* `line` is one of both, for its place. */
static void add_change(struct changes *changes, const struct effective *line, const struct effective *before,
                       const struct effective *after)
{
    changes->item = mem_grow(changes->item, changes->len, sizeof *changes->item);
    changes->item[changes->len++] = (struct change){.ring = line->ring,
                                                    .key = line->key,
                                                    .before = before ? before->value : NULL,
                                                    .after = after ? after->value : NULL};
}

void changes_compare(const struct effectives *recorded, const struct effectives *effective,
                     struct changes *changes)
{
    size_t i = 0, j = 0;
    *changes = (struct changes){0};
    while (i < recorded->len || j < effective->len) {
        int order = i == recorded->len    ? 1
                    : j == effective->len ? -1
                                          : by_place(&recorded->item[i], &effective->item[j]);
        const struct effective *line = order <= 0 ? &recorded->item[i] : &effective->item[j];
        const struct effective *before = order <= 0 ? &recorded->item[i++] : NULL;
        const struct effective *after = order >= 0 ? &effective->item[j++] : NULL;
        if (order != 0 || strcmp(before->value, after->value) != 0)
            add_change(changes, line, before, after);
    }
}

/* ---- in words ---- */

static const char *or_none(const char *value)
{
    return *value ? value : "none";
}

static char *change_text(const struct change *change)
{
    if (!change->before)
        return mem_printf("%s: %s", change->key, or_none(change->after));
    return mem_printf("%s: %s -> %s", change->key, or_none(change->before),
                      change->after ? or_none(change->after) : "not there");
}

/* At most `room` bytes of a text, cut between characters. */
static void add_cut(struct buf *text, const char *piece, size_t room)
{
    static const char more[] = "...";
    size_t len = room - strlen(more);
    while (len > 0 && ((unsigned char)piece[len] & 0xC0) == 0x80)
        len--;
    buf_printf(text, "%.*s%s", (int)len, piece, more);
}

void changes_text(const struct changes *changes, size_t limit, struct buf *text)
{
    static const char longest_tail[] = " and 999999 more";
    size_t begin = text->len;
    for (size_t i = 0; i < changes->len; i++) {
        char *piece AUTO_FREE = change_text(&changes->item[i]);
        size_t left = changes->len - i - 1;
        size_t room = limit - (text->len - begin) - (left ? strlen(longest_tail) : 0);
        size_t len = strlen(piece) + (i ? strlen("; ") : 0);
        if (len <= room) {
            buf_printf(text, "%s%s", i ? "; " : "", piece);
            continue;
        }
        if (i == 0)
            add_cut(text, piece, room);
        if (i > 0 || left > 0)
            buf_printf(text, " and %zu more", i > 0 ? left + 1 : left);
        return;
    }
}

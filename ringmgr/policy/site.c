#include "ringmgr/policy/site.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"

#include <stdlib.h>
#include <string.h>

static const char ring_mark[] = "%ring%";
static const int64_t year_seconds = (int64_t)366 * 86400;

void site_clear(struct site *site)
{
    free(site->name);
    strv_clear(&site->rings);
    free(site->target);
    free(site->unc);
    free(site->ad_site);
    free(site->timezone);
    weekly_windows_clear(&site->window);
    free(site->credentials);
    free(site->ssh_config);
    *site = (struct site){0};
}

bool site_has_ring(const struct site *site, const char *ring)
{
    return strv_has(&site->rings, ring);
}

char *site_unc(const struct site *site, const char *ring)
{
    AUTO_BUF unc = {0};
    const char *at = site->unc ? site->unc : "";
    for (const char *mark; (mark = strstr(at, ring_mark)); at = mark + strlen(ring_mark))
        buf_printf(&unc, "%.*s%s", (int)(mark - at), at, ring);
    buf_puts(&unc, at);
    return mem_strdup(buf_text(&unc));
}

/* ---- the quorum ---- */

size_t site_quorum_needed(size_t required, unsigned per_cent)
{
    enum { ALL = 100 };
    return (required * per_cent + ALL - 1) / ALL;
}

bool site_quorum_met(size_t required, unsigned per_cent, size_t offering)
{
    return offering >= site_quorum_needed(required, per_cent);
}

/* ---- when ---- */

struct window_state site_bytes_at(const struct site *site, int64_t at_unix)
{
    AUTO_ZONE_VISIT visit;
    zone_visit(&visit, site->timezone);
    return window_at(&site->window, at_unix);
}

struct site_chance site_flip_at(const struct site *site, const struct date_ranges *freeze,
                                const struct weekly_windows *days, int64_t at_unix)
{
    AUTO_ZONE_VISIT visit;
    int64_t until;
    zone_visit(&visit, site->timezone);
    enum site_flip flip = calendar_is_frozen(freeze, at_unix, &until) ? SITE_FLIP_FREEZE
                          : calendar_is_open(days, at_unix, &until)   ? SITE_FLIP_OPEN
                                                                      : SITE_FLIP_DAYS;
    return (struct site_chance){flip, flip == SITE_FLIP_OPEN ? at_unix
                                                             : calendar_next_chance(freeze, days, at_unix)};
}

/* The slower of what was measured and what is allowed; 0 if neither is known. */
static uint64_t pace_of(const struct site *site, uint64_t rate)
{
    bool limited = site->rate_limit && (!rate || site->rate_limit < rate);
    return limited ? site->rate_limit : rate;
}

int64_t site_finish(const struct site *site, uint64_t bytes, uint64_t rate, int64_t from_unix)
{
    uint64_t pace = pace_of(site, rate);
    if (bytes == 0)
        return from_unix;
    if (pace == 0 || bytes / pace >= (uint64_t)year_seconds)
        return -1;
    int64_t left = (int64_t)(bytes / pace) + (bytes % pace != 0), at = from_unix;
    AUTO_ZONE_VISIT visit;
    zone_visit(&visit, site->timezone);
    while (at - from_unix <= year_seconds) {
        struct window_state state = window_at(&site->window, at);
        int64_t open = !state.open ? 0 : state.until_unix < 0 ? left : state.until_unix - at;
        if (state.open && left <= open)
            return at + left;
        if (state.until_unix < 0)
            break;
        left -= open;
        at = state.until_unix;
    }
    return -1;
}

void site_format_time(const struct site *site, int64_t at_unix, char text[ZONE_TIME_SIZE])
{
    AUTO_ZONE_VISIT visit;
    zone_visit(&visit, site->timezone);
    zone_format_time(at_unix, text);
}

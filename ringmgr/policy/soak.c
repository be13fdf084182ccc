#include "ringmgr/policy/soak.h"
#include "ringmgr/base/zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DAY_SECONDS = 86400, HOUR_SECONDS = 3600, MINUTE_SECONDS = 60 };

/* Ten years, so that no sum of times overflows. */
static const int64_t longest = (int64_t)3653 * DAY_SECONDS;
/* How far a soak is followed: beyond it, holidays without end keep it from ever being over. */
static const int64_t horizon = (int64_t)10 * 3653 * DAY_SECONDS;

/* ---- as people write it ---- */

static const struct unit {
    const char *name;
    int64_t seconds;
    bool workdays;
} units[] = {
    {"s", 1, false},
    {"second", 1, false},
    {"seconds", 1, false},
    {"minute", MINUTE_SECONDS, false},
    {"minutes", MINUTE_SECONDS, false},
    {"h", HOUR_SECONDS, false},
    {"hour", HOUR_SECONDS, false},
    {"hours", HOUR_SECONDS, false},
    {"day", DAY_SECONDS, false},
    {"days", DAY_SECONDS, false},
    {"workday", DAY_SECONDS, true},
    {"workdays", DAY_SECONDS, true},
};

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

bool soak_parse(const char *text, struct soak_need *need)
{
    int64_t count = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        count = count * 10 + (*at - '0');
        if (count > longest)
            return false;
    }
    const struct unit *unit = at == text ? NULL : find_unit(at + (*at == ' '));
    if (!unit || count > longest / unit->seconds)
        return false;
    *need = (struct soak_need){count * unit->seconds, unit->workdays};
    return true;
}

void soak_format(const struct soak_need *need, char text[32])
{
    int64_t seconds = need->seconds;
    const struct unit unit = need->workdays                  ? (struct unit){"workday", DAY_SECONDS, true}
                             : seconds % DAY_SECONDS == 0    ? (struct unit){"day", DAY_SECONDS, false}
                             : seconds % HOUR_SECONDS == 0   ? (struct unit){"hour", HOUR_SECONDS, false}
                             : seconds % MINUTE_SECONDS == 0 ? (struct unit){"minute", MINUTE_SECONDS, false}
                                                             : (struct unit){"second", 1, false};
    int64_t count = seconds / unit.seconds;
    snprintf(text, 32, "%" PRId64 " %s%s", count, unit.name, count == 1 ? "" : "s");
}

/* ---- what counts ---- */

/* True if the instant is in a pause; *until is when that one is over, -1 if never. */
static bool is_paused(const struct soak_facts *facts, int64_t at, int64_t *until)
{
    for (size_t i = 0; i < facts->pauses; i++) {
        const struct soak_pause *pause = &facts->pause[i];
        if (pause->from_unix <= at && (pause->until_unix == -1 || at < pause->until_unix)) {
            *until = pause->until_unix;
            return true;
        }
    }
    return false;
}

/* The earlier of `end` and the beginning of the next pause after `at`. */
static int64_t before_pause(const struct soak_facts *facts, int64_t at, int64_t end)
{
    for (size_t i = 0; i < facts->pauses; i++)
        if (facts->pause[i].from_unix > at && facts->pause[i].from_unix < end)
            end = facts->pause[i].from_unix;
    return end;
}

/* Whether the seconds from `at` on count, if no pause is in the way; *until is up to where that is so. */
static bool is_counting_day(const struct soak_facts *facts, int64_t at, int64_t *until)
{
    *until = facts->start_unix + horizon;
    if (!facts->need.workdays)
        return true;
    int64_t begun = at - (at - facts->start_unix) % DAY_SECONDS;
    *until = begun + DAY_SECONDS;
    return calendar_is_working(facts->holidays, zone_day(begun));
}

/* Adds the stretch that counts to what there is, never more than needed; -1, or the instant at which it is
 * enough. */
static int64_t count_stretch(const struct soak_facts *facts, int64_t from, int64_t until, int64_t *all,
                             int64_t *so_far)
{
    int64_t lacking = facts->need.seconds - *all;
    int64_t last = until - from < lacking ? until : from + lacking;
    int64_t past = last < facts->now_unix ? last : facts->now_unix;
    *all += last - from;
    if (past > from)
        *so_far += past - from;
    return *all == facts->need.seconds ? last : -1;
}

struct soak soak_judge(const struct soak_facts *facts)
{
    struct soak soak = {.ends_unix = -1};
    int64_t at = facts->start_unix, all = 0, until;
    if (at == -1)
        return soak;
    if (facts->need.seconds == 0)
        soak.ends_unix = at;
    while (soak.ends_unix == -1 && at < facts->start_unix + horizon) {
        if (is_paused(facts, at, &until)) {
            if (until == -1)
                break;
        } else if (is_counting_day(facts, at, &until)) {
            until = before_pause(facts, at, until);
            soak.ends_unix = count_stretch(facts, at, until, &all, &soak.have_seconds);
        } else {
            until = before_pause(facts, at, until);
        }
        at = until;
    }
    soak.over = soak.ends_unix != -1 && soak.ends_unix <= facts->now_unix;
    return soak;
}

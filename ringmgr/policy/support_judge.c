#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/support.h"
#include "ringmgr/policy/support_dates.h"

#include <stdio.h>
#include <stdlib.h>

const char *support_level_text(enum support_level level)
{
    static const char *const text[] = {"ok", "warn", "late", "expired"};
    return text[level];
}

int64_t support_days_left(const struct deadline *deadline, int64_t now_unix)
{
    return deadline->at_unix < 0 ? 0 : support_whole_days(deadline->at_unix - now_unix);
}

enum { DAY_TEXT_SIZE = 40 };

/* "9 January" of "2027-01-09", with the year where it is far from now. */
static void write_day(const char *date, bool far, char text[DAY_TEXT_SIZE])
{
    static const char *const month[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    long number = strtol(date + 5, NULL, 10);
    long day = strtol(date + 8, NULL, 10);
    const char *name = month[number >= 1 && number <= 12 ? number - 1 : 0];
    if (far)
        snprintf(text, DAY_TEXT_SIZE, "%ld %s %.4s", day, name, date);
    else
        snprintf(text, DAY_TEXT_SIZE, "%ld %s", day, name);
}

static bool is_far(const struct support_forecast *forecast, int64_t at_unix)
{
    enum { FAR_DAYS = 300 };
    return at_unix - forecast->now_unix > (int64_t)FAR_DAYS * SUPPORT_DAY_SECONDS;
}

/* A day of people's: when a ring may change. */
static void write_local(const struct support_forecast *forecast, int64_t at_unix, char text[DAY_TEXT_SIZE])
{
    char date[ZONE_DATE_SIZE];
    zone_format_date(zone_day(at_unix), date);
    write_day(date, is_far(forecast, at_unix), text);
}

/* A day of Microsoft's: UTC, as every output shows a deadline. */
static void write_deadline(const struct support_forecast *forecast, char text[DAY_TEXT_SIZE])
{
    char date[CLOCK_TEXT_SIZE];
    clock_format_date(forecast->live.at_unix, date);
    write_day(date, is_far(forecast, forecast->live.at_unix), text);
}

/* What can still be done before the deadline. */
struct prospects {
    int64_t end_unix;
    int64_t last_unix;   /* the last instant at which the calendar lets something through; -1: none is left */
    int64_t freeze_unix; /* the freeze that ends that chance; -1: nothing of the kind */
    bool in_time;        /* a successor can still arrive */
};

/*
 * The end of what counts: the deadline, or the local midnight before it, if that is earlier and still to
 * come. Freezes are whole local days and Microsoft's dates days of UTC; the hours between the two are no
 * chance.
 */
static int64_t find_end(const struct support_forecast *forecast)
{
    int64_t deadline = forecast->live.at_unix;
    int64_t midnight = zone_instant(support_whole_days(deadline), 0);
    return midnight < deadline && midnight > forecast->now_unix ? midnight : deadline;
}

static bool arrives_in_time(const struct support_forecast *forecast, const struct prospects *prospects)
{
    int64_t at = forecast->successor_unix;
    if (forecast->has_successor && at < 0)
        return prospects->last_unix >= 0;
    if (!forecast->has_successor)
        at = forecast->arrival_unix;
    return at >= 0 && at < prospects->end_unix;
}

/* The freeze without which a later instant would do; -1 if none takes one away. */
static int64_t find_freeze(const struct support_forecast *forecast, const struct prospects *prospects)
{
    static const struct date_ranges none = {0};
    int64_t unfrozen = calendar_last_chance(&none, forecast->days, forecast->now_unix, prospects->end_unix);
    if (prospects->last_unix < 0 || unfrozen == prospects->last_unix)
        return -1;
    return calendar_next_freeze(forecast->freeze, prospects->last_unix);
}

static struct prospects look_ahead(const struct support_forecast *forecast)
{
    struct prospects prospects = {.end_unix = find_end(forecast)};
    prospects.last_unix =
        calendar_last_chance(forecast->freeze, forecast->days, forecast->now_unix, prospects.end_unix);
    prospects.freeze_unix = find_freeze(forecast, &prospects);
    prospects.in_time = arrives_in_time(forecast, &prospects);
    return prospects;
}

/* Days until nothing can be done any more: the deadline, or the last day before a freeze that lasts until it.
 */
static int64_t days_to_act(const struct support_forecast *forecast, const struct prospects *prospects)
{
    int64_t end = prospects->freeze_unix >= 0 ? prospects->last_unix : forecast->live.at_unix;
    return support_whole_days(end - forecast->now_unix);
}

static bool is_short(const struct support_forecast *forecast, const struct prospects *prospects)
{
    int64_t days = days_to_act(forecast, prospects);
    if (forecast->warn_basis != SUPPORT_NONE && forecast->warn_basis != forecast->live.basis)
        return false;
    for (size_t i = 0; i < forecast->warns; i++)
        if (days <= forecast->warn_days[i])
            return true;
    return false;
}

static enum support_level judge_level(const struct support_forecast *forecast,
                                      const struct prospects *prospects)
{
    bool is_short_of_days = is_short(forecast, prospects);
    if (forecast->has_successor && forecast->could_have_gone && is_short_of_days)
        return SUPPORT_LATE;
    return !prospects->in_time || is_short_of_days ? SUPPORT_WARN : SUPPORT_OK;
}

/* Why nothing can go any more before the deadline. */
static void write_closed(const struct support_forecast *forecast, const char *deadline, char *text,
                         size_t size)
{
    int64_t until, next = calendar_next_freeze(forecast->freeze, forecast->now_unix);
    char day[DAY_TEXT_SIZE];
    if (!calendar_is_frozen(forecast->freeze, forecast->now_unix, &until)) {
        bool freezes = next >= 0 && next < forecast->live.at_unix;
        if (freezes)
            write_local(forecast, next, day);
        snprintf(text, size, "%s leaves support on %s, and %s%s", forecast->ring, deadline,
                 freezes ? "none of its days comes before the freeze from " : "none of its days comes before",
                 freezes ? day : "");
        return;
    }
    write_local(forecast, until - 1, day);
    snprintf(text, size, "%s leaves support on %s and is frozen until %s", forecast->ring, deadline, day);
}

static void write_late(const struct support_forecast *forecast, const char *deadline, char *text, size_t size)
{
    char day[DAY_TEXT_SIZE];
    int64_t days = (forecast->soak_seconds + SUPPORT_DAY_SECONDS - 1) / SUPPORT_DAY_SECONDS;
    if (forecast->has_successor && forecast->successor_unix >= 0) {
        write_local(forecast, forecast->successor_unix, day);
        snprintf(text, size, "%s leaves support on %s, and its successor can go on %s at the earliest",
                 forecast->ring, deadline, day);
    } else {
        snprintf(text, size, "%s leaves support on %s; a successor that comes today needs %lld day%s of soak",
                 forecast->ring, deadline, (long long)days, days == 1 ? "" : "s");
    }
}

static void write_conflict(const struct support_forecast *forecast, const struct prospects *prospects,
                           char *text, size_t size)
{
    char deadline[DAY_TEXT_SIZE];
    char act_by[DAY_TEXT_SIZE];
    char frozen[DAY_TEXT_SIZE];
    write_deadline(forecast, deadline);
    bool late = prospects->last_unix >= 0 && !prospects->in_time;
    if (late && (forecast->has_successor || prospects->freeze_unix < 0)) {
        write_late(forecast, deadline, text, size);
    } else if (prospects->freeze_unix >= 0) {
        write_local(forecast, prospects->last_unix, act_by);
        write_local(forecast, prospects->freeze_unix, frozen);
        snprintf(text, size, "promote by %s: %s leaves support on %s and is frozen from %s", act_by,
                 forecast->ring, deadline, frozen);
    } else if (prospects->last_unix < 0) {
        write_closed(forecast, deadline, text, size);
    }
}

struct support_outlook support_judge(const struct support_forecast *forecast)
{
    struct support_outlook outlook = {.level = SUPPORT_OK, .act_by_unix = -1};
    if (forecast->live.at_unix < 0)
        return outlook;
    outlook.days_left = support_days_left(&forecast->live, forecast->now_unix);
    if (forecast->now_unix >= forecast->live.at_unix) {
        outlook.level = SUPPORT_EXPIRED;
        return outlook;
    }
    struct prospects prospects = look_ahead(forecast);
    outlook.level = judge_level(forecast, &prospects);
    if (prospects.last_unix < prospects.end_unix - 1)
        outlook.act_by_unix = prospects.last_unix;
    write_conflict(forecast, &prospects, outlook.conflict, sizeof outlook.conflict);
    return outlook;
}

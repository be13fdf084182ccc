#include "ringmgr/base/zone.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY_SECONDS = 86400, HOUR_SECONDS = 3600, MINUTE_SECONDS = 60 };

void zone_set(const char *name)
{
    if (*name)
        setenv("TZ", name, 1);
    tzset();
}

void zone_name(char name[ZONE_NAME_SIZE])
{
    static const char folder[] = "/zoneinfo/";
    char link[PATH_MAX] = "";
    const char *zone = getenv("TZ");
    ssize_t len = zone ? 0 : readlink("/etc/localtime", link, sizeof link - 1);
    if (!zone)
        zone = len < 0 && errno == ENOENT ? "UTC" : link;
    zone += *zone == ':';
    const char *below = strstr(zone, folder);
    if (below)
        zone = below + strlen(folder);
    else if (*zone == '/' || *zone == '.')
        zone = "";
    snprintf(name, ZONE_NAME_SIZE, "%s", strlen(zone) < ZONE_NAME_SIZE ? zone : "");
}

void zone_visit(struct zone_visit *visit, const char *name)
{
    const char *home = getenv("TZ");
    *visit = (struct zone_visit){0};
    if (!name || !*name || (home && strcmp(home, name) == 0))
        return;
    *visit = (struct zone_visit){.away = true, .home = mem_strdup(home)};
    zone_set(name);
}

void zone_return(struct zone_visit *visit)
{
    if (!visit->away)
        return;
    if (visit->home)
        setenv("TZ", visit->home, 1);
    else
        unsetenv("TZ");
    tzset();
    free(visit->home);
    *visit = (struct zone_visit){0};
}

/* ---- the local clock as a number: seconds since 1970-01-01 00:00 as it shows them ---- */

static int64_t local_clock(int64_t unix_seconds)
{
    struct tm tm;
    time_t when = (time_t)unix_seconds;
    return localtime_r(&when, &tm) ? unix_seconds + tm.tm_gmtoff : unix_seconds;
}

static int64_t floor_day(int64_t seconds)
{
    int64_t day = seconds / DAY_SECONDS;
    return seconds % DAY_SECONDS < 0 ? day - 1 : day;
}

int64_t zone_day(int64_t unix_seconds)
{
    return floor_day(local_clock(unix_seconds));
}

int zone_second_of_day(int64_t unix_seconds)
{
    int64_t shown = local_clock(unix_seconds);
    return (int)(shown - floor_day(shown) * DAY_SECONDS);
}

/* The first instant after `before` at which the clock shows `wanted` or later: one jump lies between them. */
static int64_t find_jump(int64_t wanted, int64_t before, int64_t after)
{
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (local_clock(middle) < wanted)
            before = middle;
        else
            after = middle;
    }
    return after;
}

/*
 * A day around the instant the clock jumps once at most, and no zone is a day away from UTC: so the clock
 * shows what is wanted by the offset before that jump, by the one after it, by both (then the greater is the
 * earlier), or never.
 */
int64_t zone_instant(int64_t day, int second)
{
    int64_t wanted = day * DAY_SECONDS + second;
    int64_t before = wanted - DAY_SECONDS, after = wanted + DAY_SECONDS;
    int64_t by_before = wanted - (local_clock(before) - before);
    int64_t by_after = wanted - (local_clock(after) - after);
    int64_t first = by_before < by_after ? by_before : by_after;
    int64_t second_try = by_before < by_after ? by_after : by_before;
    if (local_clock(first) == wanted)
        return first;
    if (local_clock(second_try) == wanted)
        return second_try;
    return find_jump(wanted, before, after);
}

int zone_weekday(int64_t day)
{
    enum { THURSDAY = 3 }; /* 1970-01-01 */
    int weekday = (int)((day + THURSDAY) % 7);
    return weekday < 0 ? weekday + 7 : weekday;
}

/* ---- as people write it ---- */

/* '9' stands for a digit, all else for itself. */
static bool has_shape(const char *text, const char *shape)
{
    for (; *shape; text++, shape++)
        if (*shape == '9' ? *text < '0' || *text > '9' : *text != *shape)
            return false;
    return true;
}

/* The day of the ten characters of a date; what follows is the caller's. */
static bool read_date(const char *text, int64_t *day)
{
    struct tm tm = {0};
    if (!has_shape(text, "9999-99-99") || *text == '0')
        return false;
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (end != text + strlen("2026-12-24")) /* of a day 79 it reads the 7 */
        return false;
    int month_day = tm.tm_mday;
    *day = floor_day(timegm(&tm));
    return tm.tm_mday == month_day; /* not moved from 30 February to 2 March */
}

bool zone_is_no_day(const char *text)
{
    int64_t day;
    return has_shape(text, "9999-99-99") && !read_date(text, &day);
}

bool zone_parse_date(const char *text, int64_t *day)
{
    int64_t read;
    if (!read_date(text, &read) || text[strlen("2026-12-24")])
        return false;
    *day = read;
    return true;
}

void zone_format_date(int64_t day, char text[ZONE_DATE_SIZE])
{
    struct tm tm;
    time_t midnight = (time_t)(day * DAY_SECONDS);
    if (!gmtime_r(&midnight, &tm) || strftime(text, ZONE_DATE_SIZE, "%Y-%m-%d", &tm) == 0)
        snprintf(text, ZONE_DATE_SIZE, "?");
}

void zone_format_time(int64_t unix_seconds, char text[ZONE_TIME_SIZE])
{
    struct tm tm;
    time_t when = (time_t)unix_seconds;
    if (!localtime_r(&when, &tm) || strftime(text, ZONE_TIME_SIZE, "%Y-%m-%d %H:%M", &tm) == 0)
        snprintf(text, ZONE_TIME_SIZE, "?");
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* "18:00" or "18:00:30" to the second of the day, and what follows it; NULL if it is no time of day. */
static const char *read_time(const char *text, int *second)
{
    bool seconds = has_shape(text, "99:99:99");
    if (!seconds && !has_shape(text, "99:99"))
        return NULL;
    int hour = two_digits(text), minute = two_digits(text + 3), rest = seconds ? two_digits(text + 6) : 0;
    *second = hour * HOUR_SECONDS + minute * MINUTE_SECONDS + rest;
    return hour < 24 && minute < 60 && rest < 60 ? text + (seconds ? 8 : 5) : NULL;
}

bool zone_parse_when(const char *text, bool end, int64_t *unix_seconds)
{
    int64_t day;
    int second;
    if (!read_date(text, &day))
        return false;
    const char *rest = text + strlen("2026-12-24");
    if (*rest == 0) {
        *unix_seconds = end ? zone_instant(day, DAY_SECONDS) - 1 : zone_instant(day, 0);
        return true;
    }
    bool may_be_utc = *rest == 'T';
    if ((*rest != 'T' && *rest != ' ') || !(rest = read_time(rest + 1, &second)))
        return false;
    bool utc = may_be_utc && strcmp(rest, "Z") == 0;
    if (*rest && !utc)
        return false;
    *unix_seconds = utc ? day * DAY_SECONDS + second : zone_instant(day, second);
    return true;
}

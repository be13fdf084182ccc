/* Instants in tables, as a clock on the wall and its distance from UTC: "2026-03-29T03:00:00+02:00". */
#ifndef RINGMGR_TESTS_UNIT_WHEN_H
#define RINGMGR_TESTS_UNIT_WHEN_H

#include "test.h"

#include <time.h>

/* Seconds since 1970; "-" is -1. Computed without a time zone. */
static inline int64_t when(const char *text)
{
    struct tm tm = {0};
    int hours, minutes;
    char sign;
    if (strcmp(text, "-") == 0)
        return -1;
    if (sscanf(text, "%d-%d-%dT%d:%d:%d%c%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &sign, &hours, &minutes) != 9)
        fail_msg("\"%s\" is no instant", text);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int offset = hours * 3600 + minutes * 60;
    return timegm(&tm) - (sign == '-' ? -offset : offset);
}

/* The same in UTC, for messages; valid until the next call but three. */
static inline const char *when_text(int64_t unix_seconds)
{
    static char texts[4][40];
    static unsigned next;
    char *text = texts[next++ % 4];
    struct tm tm;
    time_t at = unix_seconds;
    if (unix_seconds == -1 || !gmtime_r(&at, &tm))
        snprintf(text, sizeof texts[0], "%lld", (long long)unix_seconds);
    else
        strftime(text, sizeof texts[0], "%FT%TZ", &tm);
    return text;
}

#endif

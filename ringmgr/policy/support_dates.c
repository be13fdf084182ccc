#include "ringmgr/policy/support_dates.h"

#include <time.h>

int64_t support_whole_days(int64_t seconds)
{
    int64_t days = seconds / SUPPORT_DAY_SECONDS;
    return seconds % SUPPORT_DAY_SECONDS < 0 ? days - 1 : days;
}

int64_t support_midnight(int64_t at_unix)
{
    return support_whole_days(at_unix) * SUPPORT_DAY_SECONDS;
}

int64_t support_month(int64_t at_unix, int64_t months)
{
    time_t at = (time_t)at_unix;
    struct tm date;
    gmtime_r(&at, &date);
    struct tm first = {.tm_year = date.tm_year, .tm_mon = date.tm_mon + (int)months, .tm_mday = 1};
    return (int64_t)timegm(&first);
}

int64_t support_add_months(int64_t at_unix, int64_t months)
{
    int64_t first = support_month(at_unix, months);
    int64_t next = support_month(at_unix, months + 1);
    int64_t into = support_midnight(at_unix) - support_month(at_unix, 0);
    int64_t last = next - first - SUPPORT_DAY_SECONDS;
    return first + (into < last ? into : last) + (at_unix - support_midnight(at_unix));
}

int64_t support_second_tuesday(int64_t at_unix, int64_t months)
{
    enum { THURSDAY = 3, TUESDAY = 1, WEEK = 7 }; /* 1970-01-01 was a Thursday; Monday is 0 */
    int64_t first = support_month(at_unix, months);
    int64_t weekday = (support_whole_days(first) + THURSDAY) % WEEK;
    weekday = weekday < 0 ? weekday + WEEK : weekday;
    int64_t to_tuesday = (TUESDAY - weekday + WEEK) % WEEK;
    return first + (to_tuesday + WEEK) * SUPPORT_DAY_SECONDS;
}

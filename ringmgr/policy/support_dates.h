/* Dates of support: months and second Tuesdays, all in UTC (formats/click-to-run.md, section 5). */
#ifndef RINGMGR_POLICY_SUPPORT_DATES_H
#define RINGMGR_POLICY_SUPPORT_DATES_H

#include <stdbool.h>
#include <stdint.h>

enum { SUPPORT_DAY_SECONDS = 86400 };

/* The first second of the day on which an instant lies. */
int64_t support_midnight(int64_t at_unix);

/* Whole days, rounded down: -1 second is -1 day. */
int64_t support_whole_days(int64_t seconds);

/* The first second of the month on which an instant lies, or of the one so many months after or before it. */
int64_t support_month(int64_t at_unix, int64_t months);

/*
 * The same time of day so many months later. Where that month is shorter, its last day: 12 months after 29
 * February is 28 February, a month after 31 January the last day of February.
 */
int64_t support_add_months(int64_t at_unix, int64_t months);

/* The first second of the second Tuesday of the month so many months after that of an instant. */
int64_t support_second_tuesday(int64_t at_unix, int64_t months);

#endif

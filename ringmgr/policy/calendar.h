/*
 * When a ring's pointer may move: freezes (whole local days, both ends included) and the weekly hours of
 * `days`; and which days are working days. Pure: instants in, instants out, in the zone of base/zone.
 */
#ifndef RINGMGR_POLICY_CALENDAR_H
#define RINGMGR_POLICY_CALENDAR_H

#include "ringmgr/base/err.h"
#include <stddef.h>
#include <stdint.h>

/* Local days, as base/zone counts them. */
struct date_range {
    int64_t first_day, last_day; /* both included */
};
struct date_ranges {
    struct date_range *item;
    size_t len;
};

/*
 * "Mon-Thu 17:00-21:00": on each of these weekdays from the first minute up to the second, which is the next
 * day's where it is not later. Where the clock jumps it is the instants of base/zone that count: hours inside
 * the hour that is skipped do not open, of an hour that is shown twice the first counts.
 */
struct weekly_window {
    unsigned weekdays;          /* bit 0 Monday … bit 6 Sunday */
    int from_minute, to_minute; /* 0..1439, 0..1440 */
};
struct weekly_windows {
    struct weekly_window *item; /* none: always */
    size_t len;
};

/*
 * Read one piece of `freeze` ("2026-12-10/2027-01-06", or one date), of `holidays` (the same form) and of
 * `days` ("Mon-Thu 17:00-21:00", "Sat" for the whole day, "Mon,Wed 08:00-12:00"; "Sat-Mon" is Saturday,
 * Sunday and Monday; 24:00 is the midnight that ends the day). False, with a sentence about what is wrong, if
 * it is anything else; the list is then what it was.
 */
bool calendar_add_range(struct date_ranges *ranges, const char *text, char why[128]) MUST_CHECK;
bool calendar_add_window(struct weekly_windows *windows, const char *text, char why[128]) MUST_CHECK;
void date_ranges_clear(struct date_ranges *ranges);
void weekly_windows_clear(struct weekly_windows *windows);

/* True if `day` lies in one of the ranges. */
bool calendar_has_day(const struct date_ranges *ranges, int64_t day);
/* A day from Monday to Friday that is no holiday. */
bool calendar_is_working(const struct date_ranges *holidays, int64_t day);

/* True if the instant is in a freeze; *until_unix is then when the last of the adjoining ones is over (its
 * next midnight). */
bool calendar_is_frozen(const struct date_ranges *freeze, int64_t at_unix, int64_t *until_unix);
/* The first second of the next freeze that begins after the instant; -1 if none does. */
int64_t calendar_next_freeze(const struct date_ranges *freeze, int64_t at_unix);
/* True if the weekly hours are open at the instant; else *opens_unix is when they next are, -1 if not in four
 * weeks (hours that the clock always skips). */
bool calendar_is_open(const struct weekly_windows *days, int64_t at_unix, int64_t *opens_unix);
/* When the weekly hours that are open at the instant began, with all that adjoin; at_unix - 7 days at the
 * earliest. at_unix if they are not open. */
int64_t calendar_open_since(const struct weekly_windows *days, int64_t at_unix);
/* When the weekly hours that are open at the instant end, with all that adjoin: the first instant at which
 * they are shut; -1 if that is not in the next eight days. at_unix if they are not open. */
int64_t calendar_open_until(const struct weekly_windows *days, int64_t at_unix);
/* The first instant from `at_unix` on at which neither a freeze nor the weekly hours stand in the way; -1 if
 * there is none in the next ten years. */
int64_t calendar_next_chance(const struct date_ranges *freeze, const struct weekly_windows *days,
                             int64_t at_unix);
/* The last instant before `before_unix` and not before `from_unix` at which both are open; -1 if there is
 * none. */
int64_t calendar_last_chance(const struct date_ranges *freeze, const struct weekly_windows *days,
                             int64_t from_unix, int64_t before_unix);

#endif

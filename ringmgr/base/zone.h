/*
 * Local time: people's days and hours in the configured time zone. Days are counted from 1970-01-01 as the
 * local calendar shows them, so that "a date is a whole local day" is arithmetic; instants are UTC seconds.
 */
#ifndef RINGMGR_BASE_ZONE_H
#define RINGMGR_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "ringmgr/base/err.h"

/*
 * Sets the process's time zone ("Europe/Stockholm"); "" leaves the machine's. Once, at the start, as
 * setlocale() is: what follows is a function of its arguments from then on.
 */
void zone_set(const char *name);

/*
 * The name of the zone that is in force, for programs that show times beside ours: what was set, else TZ
 * (tzset(3)), else where the link /etc/localtime leads (localtime(5)), "UTC" where that is missing. "" if it
 * has no name.
 */
#define ZONE_NAME_SIZE 64
void zone_name(char name[ZONE_NAME_SIZE]);

/*
 * The clock of another place: all that follows answers for the zone `name` until zone_return(), which gives
 * back the one that was there; "" stays. The zone is the whole process's: no other thread may ask meanwhile.
 * A visit ends before the next begins, or inside it.
 */
struct zone_visit {
    bool away;
    char *home; /* NULL: the machine's */
};
void zone_visit(struct zone_visit *visit, const char *name);
void zone_return(struct zone_visit *visit);

#define AUTO_ZONE_VISIT                                                                                      \
    AUTO(zone_return)                                                                                        \
    struct zone_visit

/* The local day on which an instant lies, and how many seconds its clock shows past midnight (0..86399). */
int64_t zone_day(int64_t unix_seconds);
int zone_second_of_day(int64_t unix_seconds);

/*
 * The instant when the local clock shows `second` (0..86400) past midnight of `day`: 86400 is the next
 * midnight. A time that the clock skips is the first instant after the gap; of one that it shows twice, the
 * first. A day that a zone skipped whole begins and ends at one instant.
 */
int64_t zone_instant(int64_t day, int second);

/* 0 Monday … 6 Sunday. */
int zone_weekday(int64_t day);

/* "2026-12-24" to its day and back; false if there is no such date, or it lies before the year 1000. */
bool zone_parse_date(const char *text, int64_t *day) MUST_CHECK;
#define ZONE_DATE_SIZE 16
void zone_format_date(int64_t day, char text[ZONE_DATE_SIZE]);

/* "2026-12-24 18:00", local. */
#define ZONE_TIME_SIZE 24
void zone_format_time(int64_t unix_seconds, char text[ZONE_TIME_SIZE]);

/*
 * A person's WHEN: "2026-12-24", "2026-12-24 18:00[:00]", "2026-12-24T18:00[:00]" in the zone,
 * "2026-12-24T18:00[:00]Z" in UTC. A date alone is its first second, or with `end` its last (both ends of a
 * date are included). False if it is anything else.
 */
bool zone_parse_when(const char *text, bool end, int64_t *unix_seconds) MUST_CHECK;
/* True of what begins as a date does, but names a day that no calendar has: "2026-11-31". */
bool zone_is_no_day(const char *text);

#endif

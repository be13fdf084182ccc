/* Schedules of the service: when a job is next to run, in the configured time zone. Pure. */
#ifndef RINGMGR_POLICY_SCHEDULE_H
#define RINGMGR_POLICY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "ringmgr/base/err.h"

enum schedule_kind { SCHEDULE_OFF, SCHEDULE_TIMES, SCHEDULE_EVERY };

struct schedule {
    enum schedule_kind kind;
    unsigned weekdays;     /* SCHEDULE_TIMES: bit 0 Monday … bit 6 Sunday; never 0 */
    int second_of_day;     /* SCHEDULE_TIMES */
    int64_t every_seconds; /* SCHEDULE_EVERY */
};

/*
 * Reads "off", "02:30", "Sun 03:00", "Mon-Fri 02:30", "Mon,Thu 04:00", "every 6 hours", "every 30 minutes"
 * (a minute to 31 days). False, and a sentence in `why`, if it is anything else.
 */
bool schedule_parse(const char *text, struct schedule *schedule, char why[128]) MUST_CHECK;

/*
 * When the job is to run, if it last began at `last_unix` (-1: never, then now): the first time of the
 * schedule after that; one that has passed while nothing ran (a machine that was off) is `now`, once, however
 * many were missed. A clock that was set back does not stop it: a last run in the future counts as now.
 * `jitter_seconds` are added to a time to come (never to one that was missed); they are the caller's choice,
 * less than the schedule's own distance. -1 for SCHEDULE_OFF.
 */
int64_t schedule_next(const struct schedule *schedule, int64_t last_unix, int64_t now,
                      int64_t jitter_seconds);

#endif

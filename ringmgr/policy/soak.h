/*
 * Soak: how long a build has proven itself in the ring that a ring takes from. It belongs to the build: it
 * begins when the build goes live there, runs on after a newer one replaced it, and ends for good when the
 * build is rolled back, blocked or recalled.
 */
#ifndef RINGMGR_POLICY_SOAK_H
#define RINGMGR_POLICY_SOAK_H

#include "ringmgr/policy/calendar.h"

/* `soak = 14 days`, `36h`: n × 24 h is n days of any kind. `soak = 10 workdays`: see soak_judge(). */
struct soak_need {
    int64_t seconds; /* workdays: n × 86400 */
    bool workdays;
};

/*
 * "14 days", "10 workdays", "36h": a whole number and a unit, workday or one of second (s), minute, hour (h),
 * day, with or without s; a space between them is optional. A day is 24 h. At most ten years. False if it is
 * anything else; *need is then what it was.
 */
bool soak_parse(const char *text, struct soak_need *need) MUST_CHECK;
/* The same form, in the largest unit that leaves no rest. */
void soak_format(const struct soak_need *need, char text[32]);

/* Time that does not count: `hold --stop-soak`, or a step of the clock. */
struct soak_pause {
    int64_t from_unix;
    int64_t until_unix; /* -1: it goes on */
};

struct soak_facts {
    struct soak_need need;
    int64_t start_unix;             /* -1: it has not begun */
    const struct soak_pause *pause; /* in any order; they may overlap */
    size_t pauses;
    const struct date_ranges *holidays; /* for workdays */
    int64_t now_unix;
};

struct soak {
    bool over;
    int64_t have_seconds; /* counted so far; never more than needed */
    int64_t ends_unix; /* when it was, or will be, over if nothing else happens; -1: nobody knows (not begun,
                          or a pause without an end) */
};

/*
 * A second counts if it is in no pause and, with workdays, if the 24 hours in which it lies, counted from the
 * start, began on a working local day: so a workday is 24 h begun on a working day. A need of 0 is over at
 * the start; a start in the future counts nothing.
 */
struct soak soak_judge(const struct soak_facts *facts);

#endif

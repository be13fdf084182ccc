/*
 * The window in which bulk may be downloaded ([origin] window): hours of the day by the wall clock of the
 * configured zone, over midnight where the second is not later than the first. Where the clock jumps the
 * instants of base/zone count, as for weekly hours (calendar.h). Pure.
 */
#ifndef RINGMGR_POLICY_WINDOW_H
#define RINGMGR_POLICY_WINDOW_H

#include "ringmgr/policy/calendar.h"

/*
 * Adds one window: "20:00-06:00" for every day, or as a ring's `days` have it, "Mon-Fri 20:00-06:00", "Sat".
 * False, with a sentence about what is wrong, if it is anything else; the list is then what it was.
 */
bool window_add(struct weekly_windows *windows, const char *text, char why[128]) MUST_CHECK;

struct window_state {
    bool open;
    int64_t until_unix; /* when it closes, or opens; -1: not in the next days (closes), weeks (opens) */
};

/* Whether bulk may be downloaded at the instant. No window at all is always open. */
struct window_state window_at(const struct weekly_windows *windows, int64_t at_unix);

/* The next instant after `at_unix` at which it opens; -1 if there is no window or none opens in four weeks.
 */
int64_t window_next_opening(const struct weekly_windows *windows, int64_t at_unix);

/* How many seconds of the seven days from `at_unix` on it is open. */
int64_t window_seconds_a_week(const struct weekly_windows *windows, int64_t at_unix);

#endif

/*
 * A clock that shows less than it must: before something that has happened. Nothing that time opens is open
 * then.
 */
#ifndef RINGMGR_OPS_CLOCK_BEHIND_H
#define RINGMGR_OPS_CLOCK_BEHIND_H

#include "ringmgr/ops/job.h"

enum { CLOCK_BEHIND_SIZE = 128 };

/*
 * What is later than `now` and must not be, for a sentence: "the last entry of the history (2036-…)"; "" if
 * nothing is. Looks at the build date of this program, the last history entry, and the newest of Microsoft's
 * timestamps.
 */
bool clock_behind_find(const struct job *job, int64_t now, char behind[CLOCK_BEHIND_SIZE],
                       struct err *err) MUST_CHECK;

/*
 * Raises the attention "clock-behind" while that is so, and clears it. A step back that was seen while the
 * machine ran has its own history entry, behind which the history goes on by the clock; of a clock that was
 * wrong when the machine started nobody knows, so a person has to say that it is right now: to acknowledge
 * this attention says so.
 */
bool clock_behind_refresh(const struct job *job, struct err *err) MUST_CHECK;

/* The attention's code, and the action of the entry that says that the clock is right. */
#define CLOCK_BEHIND_CODE "clock-behind"
#define CLOCK_RIGHT       "clock-right"

#endif

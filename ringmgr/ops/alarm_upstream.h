/* The alarm that what came from upstream is not genuine. */
#ifndef RINGMGR_OPS_ALARM_UPSTREAM_H
#define RINGMGR_OPS_ALARM_UPSTREAM_H

#include "ringmgr/ops/job.h"

/*
 * After a sync of the ring, which came to know `build` (none: it never did) and failed by `why` (NULL: it did
 * not): "upstream-not-genuine" names file and build where what came was not genuine, and stands until a sync
 * works. A failure of another kind says nothing about that.
 */
bool alarm_upstream_judge(const struct job *job, const struct ring *ring, const struct build *build,
                          const struct err *why, struct err *err) MUST_CHECK;

#endif

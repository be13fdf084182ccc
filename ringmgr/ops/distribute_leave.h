/* What leaves a site: builds that nobody needs there any more, and what transfers have left behind. */
#ifndef RINGMGR_OPS_DISTRIBUTE_LEAVE_H
#define RINGMGR_OPS_DISTRIBUTE_LEAVE_H

#include "ringmgr/ops/distribute_part.h"

/*
 * Chooses the step that takes something away, STEP_DONE if nothing is due. A build leaves when neither a
 * pointer there, nor the goal, nor HQ's share names it, and the ring's grace is over since that is so; while
 * there is no pointer, or one of which nobody knows what it names, nothing leaves; nor does ever what neither
 * was brought there nor was ever offered by the ring. Where its grace begins only now the books say so.
 */
bool leave_choose(struct part *part, struct err *err) MUST_CHECK;

#endif

/* The steps at a site: what the errand of each is, and what its answer changes in what is known. */
#ifndef RINGMGR_OPS_DISTRIBUTE_STEP_H
#define RINGMGR_OPS_DISTRIBUTE_STEP_H

#include "ringmgr/ops/distribute_part.h"

/*
 * The errand of part->step (not STEP_DONE). What must be in the books before it begins is there on return.
 * False: HQ itself stands in the way; nothing is to be run.
 */
bool step_plan(struct part *part, struct errand *errand, struct err *err) MUST_CHECK;

/*
 * Takes the answer. False: the part has failed; *trouble says how far that goes (a site that cannot be
 * reached has no other ring either). A step that was ended by plan is no failure.
 */
bool step_take(struct part *part, const struct errand_end *end, enum site_trouble *trouble,
               struct err *err) MUST_CHECK;

#endif

/* The candidate: the build that a ring would take next. */
#ifndef RINGMGR_OPS_CANDIDATE_H
#define RINGMGR_OPS_CANDIDATE_H

#include "ringmgr/ops/facts.h"

/*
 * Of the builds that the ring's source has offered and still keeps (for a ring that takes from origin: that
 * are staged), that are newer than the live one, of the version that the ring wants, and neither blocked,
 * recalled, rolled back nor disputed: the newest that has soaked, else the one that will have first. *found
 * false if there is none. Of a ring that follows headquarters: what that offers, forth or back, once its
 * manifest has been accepted.
 */
bool candidate_choose(const struct job *job, const struct ring *ring, enum lane lane, struct build *candidate,
                      bool *found, struct err *err) MUST_CHECK;

#endif

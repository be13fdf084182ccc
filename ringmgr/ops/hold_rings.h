/* Holding rings, and letting them go. */
#ifndef RINGMGR_OPS_HOLD_RINGS_H
#define RINGMGR_OPS_HOLD_RINGS_H

#include "ringmgr/ops/decide.h"

struct hold_request {
    const char *reason;
    int64_t until_unix; /* -1: until somebody lifts it */
    bool stop_soak;     /* soak for the ring stands still, too */
};

/* Holds one ring, or all where it is NULL: one transaction, one entry each. ERR_REFUSED as decide_check(). */
bool hold_rings(const struct job *job, const struct ring *ring, const struct hold_request *request,
                struct decision *decision, struct err *err) MUST_CHECK;

/*
 * Lifts every hold of one ring, or of all, that stood before the command began (job->new_hold): nobody lifts
 * what they have not seen. Where a later one stands, as one that begin_run() has put, it stays: a warning
 * says so, and where nothing was lifted besides, ERR_REFUSED. A hold that stands because the configuration
 * was loosened, or after a restore or a rebuild, can be lifted only by those who could approve before that
 * change, as long as any of them is left: else ERR_REFUSED, and nothing is lifted.
 */
bool unhold_rings(const struct job *job, const struct ring *ring, const char *reason,
                  struct decision *decision, struct err *err) MUST_CHECK;

#endif

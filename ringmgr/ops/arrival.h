/* Arrival: when a ring will offer a build that is at least as new as a given one. */
#ifndef RINGMGR_OPS_ARRIVAL_H
#define RINGMGR_OPS_ARRIVAL_H

#include "ringmgr/ops/facts.h"

struct arrival {
    bool known;         /* false: no such build is on its way */
    struct build build; /* the one that comes first */
    const struct ring
        *ring; /* where it is judged now: the ring itself, or one further up that it enters first */
    int64_t
        at_unix;   /* the earliest, if every decision that is missing is taken at once; -1: nobody can say */
    bool decision; /* somebody has to promote, approve or lift a hold on the way */
    char waits_for[512]; /* sentence of the first gate that is shut in `ring`; "" if all are open */
};

/*
 * Asks the ring's gates about its candidate, or, where that is older than `least`, about every newer build
 * that is staged; where none can come, the ring's source, whose answer this ring's own soak, freezes and
 * hours follow. Reads only. A build that is blocked, recalled or bad does not arrive.
 */
bool arrival_find(const struct job *job, const struct ring *ring, const struct build *least,
                  struct arrival *arrival, struct err *err) MUST_CHECK;

#endif

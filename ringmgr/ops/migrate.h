/* Migration: a ring leaves the channel of its live build for the one that its configuration names now. */
#ifndef RINGMGR_OPS_MIGRATE_H
#define RINGMGR_OPS_MIGRATE_H

#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/decide.h"

struct migration_view {
    const struct channel *from, *to;
    struct build live, candidate; /* candidate: the newest of `to` that the ring's source offers; none */
    bool up;                      /* the candidate is newer than what is live: an ordinary promotion */
    bool decided;                 /* it was decided before */
};

/*
 * Decides that the ring may leave its channel for `to`, which must be what its configuration says (else
 * ERR_USAGE). From then on the gate `channel` is open for builds of `to`; all others stand. Up is an ordinary
 * promotion; down waits until `to` has a newer build, or goes by rollback --to with its documents. A hold
 * that stands for this change of the channel alone is lifted. "unchanged" where there is nothing to leave, or
 * it was decided before. With `dry_run` only *view is filled.
 */
bool migrate_ring(const struct job *job, const struct ring *ring, const struct channel *to,
                  const char *reason, bool dry_run, struct migration_view *view, struct decision *decision,
                  struct err *err) MUST_CHECK;

#endif

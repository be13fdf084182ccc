/* Roll-back: a ring goes back to a build that was live there before. */
#ifndef RINGMGR_OPS_ROLLBACK_H
#define RINGMGR_OPS_ROLLBACK_H

#include "ringmgr/ops/books.h"
#include "ringmgr/ops/promote.h"

struct rollback_options {
    const struct build *to;   /* NULL: the newest build that was live here before and is not bad */
    const struct build *from; /* only if this is live; NULL: whatever is */
    enum rollback_block block;
    const char *reason;
};

/*
 * Under the ring's and the store's lock, after reconcile_ring(): chooses the target, reads every one of its
 * files in the store again, and flips. With the history entry, in one transaction, the build that is left
 * (and whatever the ring offered between the two) is blocked as the options say, and automatic promotion is
 * held until somebody lifts it, and a promotion that was ordered for later is given up. Freeze, hold, soak
 * and approvals do not bind. ERR_REFUSED with the sentence of a shut gate, or where there is no build to go
 * back to; ERR_NOT_GENUINE naming a file whose bytes are not what was proven. `from` is not live, or the
 * target is, or (without options->to) the ring has moved while this waited for its lock, or replay has
 * finished a roll-back first: PROMOTE_UNCHANGED. After an error as promote_run().
 */
bool rollback_run(const struct job *job, const struct ring *ring, const struct rollback_options *options,
                  struct promotion *promotion, struct err *err) MUST_CHECK;

/* Whether machines of the ring may be brought to a build: it was neither rolled back there, nor is it blocked
 * or recalled. */
bool rollback_is_good(const struct job *job, const struct ring *ring, const struct build *build, bool *good,
                      struct err *err) MUST_CHECK;

/* The build that rollback_run() would go to by itself. *found false if there is none. */
bool rollback_target(const struct job *job, const struct ring *ring, struct build *target, bool *found,
                     struct err *err) MUST_CHECK;

/* The build that the ring's last roll-back left. *found false if the live build did not come by a roll-back.
 */
bool rollback_left(const struct job *job, const struct ring *ring, struct build *left, bool *found,
                   struct err *err) MUST_CHECK;

/*
 * What one machine of an architecture (enum architecture) fetches at most to go from one build of the ring to
 * the other: its files of `to` that are not among those of `from`. 0 if the ring has no such machines.
 */
bool rollback_machine_bytes(const struct job *job, const struct ring *ring, const struct build *from,
                            const struct build *to, unsigned architecture, uint64_t *bytes,
                            struct err *err) MUST_CHECK;

#endif

/*
 * Publication with its books, and its replay after a kill: intent → shares/publish → one transaction with the
 * history entry, the live build and the closed intent. `promote` starts it, `reconcile` finishes what was
 * started.
 */
#ifndef RINGMGR_OPS_RECONCILE_H
#define RINGMGR_OPS_RECONCILE_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"

/*
 * Brings one ring's share and books to agreement before anything else is written there. Closes an open
 * intent: forward if a pointer names its target already, or if all still name what was live and the store has
 * everything; otherwise it undoes the staging. Then compares pointers with the catalog and sweeps leftovers.
 * Needs the ring's lock. ERR_NOT_GENUINE, and an attention, if a pointer names neither: then nothing is
 * touched.
 */
bool reconcile_ring(const struct job *job, const struct ring *ring, struct err *err) MUST_CHECK;

/* reconcile_ring() of every ring, each under its lock; the worst error is kept, all rings are tried. */
bool reconcile_all(const struct job *job, struct err *err) MUST_CHECK;

/*
 * Publishes what the intent says, which is open, and closes it. `files` is what the ring will show. Needs the
 * ring's and the store's lock. After an error the intent is still open and the next run replays it.
 */
bool reconcile_publish(const struct job *job, const struct ring *ring, const struct intent *intent,
                       const struct catalog_files *files, struct err *err) MUST_CHECK;

#endif

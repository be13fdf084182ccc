/*
 * Publication with its books, and its replay after a kill: intent → shares/publish → one transaction with the
 * history entry, the live build and the closed intent. `promote` starts it, `reconcile` finishes what was
 * started.
 */
#ifndef RINGMGR_OPS_RECONCILE_H
#define RINGMGR_OPS_RECONCILE_H

#include "ringmgr/ops/job.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/state/catalog.h"

/*
 * Brings one ring's share and books to agreement before anything else is written there. Closes an open
 * intent: forward if a pointer names its target already; where all still name what was live, forward if the
 * ring is still what it was (path, channel, content) and every gate is still open (an extension: if the store
 * still has all of it), else it is undone. Then compares pointers and the live build's folder with the
 * catalog, sweeps leftovers, and brings the share's manifest up to date (manifest_share.h). Needs the ring's
 * and the store's lock. ERR_NOT_GENUINE, and an attention, if a pointer names neither: then nothing is
 * touched. ERR_FAILED if the share is not mounted (place.h).
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

/* What the share will show of the intent's build when it is done, and the pointers that it sets.
 * catalog_files_clear() frees. */
bool reconcile_intended(const struct job *job, const struct intent *intent, struct catalog_files *files,
                        struct pointers *pointers, struct err *err) MUST_CHECK;

/*
 * After reconcile_publish() has failed with an error: undoes what the intent has placed and closes it, if no
 * pointer has moved. Otherwise, and where the undoing fails too, the intent stays open for the next run.
 */
void reconcile_abandon(const struct job *job, const struct ring *ring, const struct intent *intent);

#endif

/* Reclaiming: objects that the store has lost, from shares that still have their bytes. */
#ifndef RINGMGR_OPS_RECLAIM_H
#define RINGMGR_OPS_RECLAIM_H

#include "ringmgr/ops/soundness.h"

/*
 * Of the damaged objects of `soundness` (those that are not there among them) takes back each of which a
 * file on any ring's share still has the right bytes: by the books the file must have them, and it is read
 * and hashed. They count as sound from then on. A share that cannot be opened is passed over. Needs the
 * store's lock. An error means that the store could not be written.
 */
bool reclaim_objects(const struct job *job, struct soundness *soundness, struct err *err) MUST_CHECK;

#endif

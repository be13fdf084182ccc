/* Damage: objects that turned out wrong while something else was done. */
#ifndef RINGMGR_OPS_DAMAGE_H
#define RINGMGR_OPS_DAMAGE_H

#include "ringmgr/base/buf.h"
#include "ringmgr/ops/soundness.h"

/* Builds on a ring's share of which an object is among the damaged, to `lost`, each once. */
bool damage_list_lost(const struct job *job, const struct ring *ring, const struct soundness *soundness,
                      struct strv *lost, struct err *err) MUST_CHECK;

/*
 * Reads these objects of the store whole. Those that are damaged are put aside (store_evict()), so that
 * nothing is made of them any more, and every ring that shows one gets the attention "object-lost" for the
 * build, as by a heal; the next heal or verify clears it. Needs the store's lock. What could not be read is
 * an error, as soundness_check() has it.
 */
bool damage_take(const struct job *job, const struct digest *digest, size_t len, struct err *err) MUST_CHECK;

#endif

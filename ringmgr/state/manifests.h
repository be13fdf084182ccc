/* Manifests: of each ring the newest ring manifest (policy/manifest.h) that was issued or accepted, and the
 * one that its share shows. */
#ifndef RINGMGR_STATE_MANIFESTS_H
#define RINGMGR_STATE_MANIFESTS_H

#include "ringmgr/base/buf.h"
#include "ringmgr/state/db.h"

#include <stdint.h>

struct kept_manifest {
    int64_t sequence;      /* the highest that was ever issued or accepted; 0: none */
    struct buf accepted;   /* of a ring that follows: the newest that was accepted; else empty */
    int64_t accepted_unix; /* when; -1 */
    struct buf shown;      /* what lies on the share; empty: nothing */
};

/* Without a row: sequence 0, and nothing. manifests_clear() frees. */
bool manifests_find(struct state *state, const char *ring, struct kept_manifest *kept,
                    struct err *err) MUST_CHECK;
void manifests_clear(struct kept_manifest *kept);

/* A ring that follows has accepted these bytes; from the first on the sequence never falls: what the ring
 * had issued itself before says nothing about headquarters. Inside a transaction or alone. */
bool manifests_accept(struct state *state, const char *ring, int64_t sequence, const struct buf *bytes,
                      int64_t now, struct err *err) MUST_CHECK;

/* What the ring has accepted counts no more, nor its number; what its share shows stays. Inside a transaction
 * or alone. */
bool manifests_forget(struct state *state, const char *ring, struct err *err) MUST_CHECK;

/* The share shows these bytes from now on; empty: it shows none. The sequence never falls. Inside a
 * transaction or alone. */
bool manifests_show(struct state *state, const char *ring, int64_t sequence, const struct buf *bytes,
                    struct err *err) MUST_CHECK;

#endif

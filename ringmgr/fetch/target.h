/* Private to fetch: the file that one transfer fills, as all its requests see it. */
#ifndef RINGMGR_FETCH_TARGET_H
#define RINGMGR_FETCH_TARGET_H

#include "ringmgr/fetch/delta.h"
#include "ringmgr/fetch/session.h"
#include "ringmgr/fetch/transfer.h"

#include <stdatomic.h>

struct target {
    struct http *http;
    struct transfer *transfer;
    atomic_uint_fast64_t have_bytes; /* for other threads */
    uint64_t total;                  /* of the whole file, as expected or answered, or LENGTH_UNKNOWN */
    uint64_t reserved;               /* the total that space is reserved for */
    uint64_t wrong_total;            /* what an answer had instead of the expected size */
    unsigned running;                /* requests */
    struct delta *delta;             /* NULL: plain */
    unsigned validator_mirror;       /* who gave the part's validator, or MIRROR_UNKNOWN */
};

#define MIRROR_UNKNOWN UINT32_MAX

/* True where the caller has said how large the file is. */
bool target_knows_size(const struct target *target);
/* The first range at or behind `from` that is to be fetched; false if there is none. `total` must be known.
 */
bool target_gap(const struct target *target, uint64_t from, struct incoming_range *gap);
/* Throws away what is there. On failure the reason stands in the transfer's err. */
bool target_restart(struct target *target);
/* Writes bytes to their place; as above. */
bool target_write(struct target *target, uint64_t at, const void *bytes, size_t len);
/* Whether a request to this mirror can go on with the bytes that are there. */
bool target_can_continue(const struct target *target, unsigned mirror);
/* True if the digest of what is there is the expected one, which must be known. */
bool target_has_expected_digest(const struct target *target);
/* All the bytes, proven: no request is needed. */
bool target_is_complete(const struct target *target);

#endif

/*
 * Delta: which bytes of a stream are not in others. Clients fetch streams by byte ranges, so a segment whose
 * value (the SHA-256 of its stored bytes) a machine has in any of its streams need not come from the share
 * (formats, section 4).
 */
#ifndef RINGMGR_C2R_DELTA_H
#define RINGMGR_C2R_DELTA_H

#include "ringmgr/c2r/stream.h"

/*
 * Stored bytes of those segments of `wanted` whose value none of the `len` tables in `have` holds. A value
 * that occurs twice in `wanted` counts twice: nobody has shown that a client fetches it once.
 */
uint64_t delta_missing_bytes(const struct segment_table *wanted, const struct segment_table *have,
                             size_t len);

#endif

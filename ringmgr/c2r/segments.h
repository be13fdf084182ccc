/*
 * Segments: which segments of wanted streams are at hand in others, by value (the SHA-256 of the stored
 * bytes: formats, section 4). Wanted tables are indexed once; the tables of streams at hand are then offered
 * one after another and can be dropped again, so memory grows with what is wanted, not with what exists.
 */
#ifndef RINGMGR_C2R_SEGMENTS_H
#define RINGMGR_C2R_SEGMENTS_H

#include "ringmgr/c2r/stream.h"

#define SEGMENT_NOWHERE UINT32_MAX       /* nobody has it: to be fetched */
#define SEGMENT_SELF    (UINT32_MAX - 1) /* the same stream has it further ahead */

/* Where the bytes of a wanted segment are. */
struct segment_place {
    uint32_t source; /* as it was offered, SEGMENT_SELF or SEGMENT_NOWHERE */
    uint32_t at;     /* offset of its first byte there; 0 with SEGMENT_NOWHERE */
};

struct segments;

/*
 * Indexes `len` wanted tables, which tile and must outlive the result; none may have changed since
 * segment_table_parse(). Values that two wanted segments share with different lengths are not to be believed
 * and stay SEGMENT_NOWHERE. The caller frees the result with segments_free().
 */
struct segments *segments_new(const struct segment_table *const *wanted, size_t len);
void segments_free(struct segments *segments);
/* For AUTO. */
void segments_auto_free(struct segments **segments);

/*
 * Offers the segments of a stream at hand, called `source` (below SEGMENT_SELF), to the wanted tables number
 * `from` and up (0: to all). Whoever offered a value first keeps it, so the best sources are offered
 * first. Returns the wanted bytes that this stream, and none before it, has; a value of another length than
 * is wanted counts as not there.
 */
uint64_t segments_offer(struct segments *segments, const struct segment_table *offered, uint32_t source,
                        size_t from);

/*
 * Where the segments of wanted table `wanted` are, one place for each in the table's order, as offered so
 * far. SEGMENT_SELF is given only to what no source has: its value stands earlier in the same stream, and
 * that segment is fetched. Valid until the next call with `segments`.
 */
const struct segment_place *segments_places(struct segments *segments, size_t wanted);

/* Bytes of that table which are neither offered nor earlier in itself. */
uint64_t segments_missing_bytes(struct segments *segments, size_t wanted);

#endif

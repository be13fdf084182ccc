/*
 * The bytes of a part that are there: a sorted set of ranges, none of which touch. Pure; its memory grows
 * with the pieces, not with the bytes.
 */
#ifndef RINGMGR_STORE_INCOMING_RANGES_H
#define RINGMGR_STORE_INCOMING_RANGES_H

#include "ringmgr/store/incoming.h"

/* All zeros is the empty set. */
struct ranges {
    struct incoming_range *item;
    size_t len;
    uint64_t bytes; /* sum of all */
};

/* Adds bytes, of which some may be there. An empty range changes nothing, here and below. */
void ranges_add(struct ranges *ranges, struct incoming_range range);
/* Takes bytes away, of which some may be missing. */
void ranges_remove(struct ranges *ranges, struct incoming_range range);
/* Are all bytes of `range` there? */
bool ranges_hold(const struct ranges *ranges, struct incoming_range range);
/* The first range at or behind `from` and before `total` that is missing. False if none is. */
bool ranges_gap(const struct ranges *ranges, uint64_t from, uint64_t total, struct incoming_range *gap);
/* Where the bytes from 0 on end, and where the last range does. */
uint64_t ranges_prefix(const struct ranges *ranges);
uint64_t ranges_end(const struct ranges *ranges);
/* Empties the set and frees its memory. */
void ranges_clear(struct ranges *ranges);

#endif

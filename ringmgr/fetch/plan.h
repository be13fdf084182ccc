/*
 * Plan: how one file is put together from bytes at hand and bytes to fetch. Pure arithmetic: no I/O, no
 * clock, no thread. Whoever makes the plan (ops) fills pieces and sources; whoever fetches asks here what to
 * ask an origin for.
 *
 * Every range here is half open and in bytes of the file; lists of ranges are sorted and neither touch nor
 * overlap.
 */
#ifndef RINGMGR_FETCH_PLAN_H
#define RINGMGR_FETCH_PLAN_H

#include "ringmgr/base/digest.h"

#include <stdatomic.h>

#define PLAN_FETCH UINT32_MAX       /* no source has the piece */
#define PLAN_SELF  (UINT32_MAX - 1) /* the same file has it before this piece */

enum {
    /* Servers take header lines of 8 KiB (nginx, Apache), some proxies half of that. */
    PLAN_HEADER_BYTES = 4000,
    /* Apache answers more ranges than this (MaxRanges) with the whole file. */
    PLAN_REQUEST_RANGES = 200,
    /* What stands before a part of a multipart answer: delimiter, Content-Type, Content-Range. */
    PLAN_PART_BYTES = 200,
};

/* A file that holds pieces. Several plans may share it, each used by another thread. */
struct plan_source {
    int fd;             /* open for pread(); belongs to the plan's maker and outlives the transfer */
    char *name;         /* for the log; the maker's */
    bool doubtful;      /* it is known to hold wrong pieces: each is proven before it is copied */
    atomic_bool rotten; /* set by the transfer: a piece in it was not what its digest says */
};

/* One segment of the file. */
struct plan_piece {
    uint32_t start;
    uint32_t end;
    uint32_t source;      /* index into plan->source, PLAN_SELF or PLAN_FETCH */
    uint32_t at;          /* offset of its first byte in that source, or in the file itself with PLAN_SELF */
    struct digest digest; /* SHA-256 of its bytes, wherever they come from */
};

/*
 * Pieces sorted by start tile the file from 0 to total_bytes. PLAN_SELF names a whole piece of the same
 * length and digest further ahead that is fetched: once the frontier is behind that, it can be copied.
 */
struct fetch_plan {
    struct plan_piece *piece;
    size_t len;
    uint64_t total_bytes;
    struct plan_source *source; /* shared with other plans; not owned */
    size_t sources;
};

/* True if all that the comments above say of a plan holds. What is not sound must not be given to a transfer.
 */
bool plan_is_sound(const struct fetch_plan *plan);

/* Frees the pieces; the plan is empty. Sources stay. */
void fetch_plan_clear(struct fetch_plan *plan);

/* Index of the piece that holds byte `at`, which must be below total_bytes. */
size_t plan_piece_at(const struct fetch_plan *plan, uint64_t at);

struct plan_range {
    uint64_t start;
    uint64_t end;
};

/* Zero-initialised is empty. */
struct plan_ranges {
    struct plan_range *range;
    size_t len;
    uint64_t bytes; /* of all ranges */
};

/* Appends a range at or behind the end of the last; one that touches it makes it longer, an empty one is
 * nothing. */
void plan_ranges_add(struct plan_ranges *ranges, uint64_t start, uint64_t end);
/* True if one range holds all bytes from start to end. */
bool plan_ranges_hold(const struct plan_ranges *ranges, uint64_t start, uint64_t end);
void plan_ranges_clear(struct plan_ranges *ranges);

/*
 * The bytes of pieces marked PLAN_FETCH that are not in `have` (what the part file holds already), to
 * *missing, which must be empty. Bytes to be copied are not in it; a piece whose copy turned out wrong is
 * added by asking plan_coalesce() for its range alone.
 */
void plan_missing(const struct fetch_plan *plan, const struct plan_ranges *have, struct plan_ranges *missing);

/* How an origin is asked. */
struct plan_shape {
    bool multi;             /* it answers several ranges of one request (multipart/byteranges) */
    uint64_t gap_bytes;     /* what a round trip is worth: its time × the rate; for single ranges */
    uint64_t request_bytes; /* no request asks for more, except for one range that is longer; 0: no bound */
};

/*
 * Joins `missing` to the ranges to ask for, to *ask, which must be empty: bytes at hand between two of them
 * are fetched with them where that is cheaper than a range of their own.
 * - multi: gaps up to PLAN_PART_BYTES; then the smallest gaps, as long as there are more requests than one
 *   for each 4 MiB and one more.
 * - single: the smallest gaps, none above gap_bytes.
 * In all, at most 2 % (multi) or 10 % (single) of the missing bytes are fetched in addition; parts' headers
 * (PLAN_PART_BYTES each) count among the 2 %, though never so that a gap is kept open that costs less.
 */
void plan_coalesce(const struct plan_ranges *missing, const struct plan_shape *shape,
                   struct plan_ranges *ask);

/*
 * The ranges of the request that begins with ask->range[from]: returns the index behind its last one. One
 * for single ranges; for multi as many as fit PLAN_HEADER_BYTES, PLAN_REQUEST_RANGES and request_bytes, at
 * least one.
 */
size_t plan_request_end(const struct plan_ranges *ask, size_t from, const struct plan_shape *shape);

/* The value of Range for ask->range[from … to): "bytes=0-99,200-299" (RFC 9110, 14.2). The caller frees it.
 */
char *plan_request_header(const struct plan_ranges *ask, size_t from, size_t to);

/* Requests that all of `ask` takes. */
size_t plan_requests(const struct plan_ranges *ask, const struct plan_shape *shape);

/*
 * True if fetching `ask` is clearly cheaper than the `rest_bytes` of a plain download (what the part lacks):
 * bytes, round trips and part headers together are at most 95 % of it.
 */
bool plan_saves(const struct plan_ranges *ask, const struct plan_shape *shape, uint64_t rest_bytes);

#endif

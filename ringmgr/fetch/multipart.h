/*
 * Private to fetch: the body of a 206 with several ranges, multipart/byteranges (RFC 9110, 14.6; RFC 2046,
 * 5.1), read as it comes. Each part says in its Content-Range how long it is; its bytes are counted, never
 * searched for the boundary. Memory is this struct, whatever the body.
 *
 * What parts say is the origin's word: that they were asked for, in which order and how often they come, is
 * for the caller to check (RFC 9110 lets a server reorder, join and leave out ranges).
 */
#ifndef RINGMGR_FETCH_MULTIPART_H
#define RINGMGR_FETCH_MULTIPART_H

#include "ringmgr/base/limits.h"
#include "ringmgr/fetch/head.h"

#include <stddef.h>

struct multipart_events {
    /*
     * A part begins: bytes first … last, both included, of `total` (LENGTH_UNKNOWN for "*"). False ends the
     * reading.
     */
    bool (*on_part)(void *owner, uint64_t first, uint64_t last, uint64_t total);
    /* The next bytes of that part, never more than it announced. False ends the reading. */
    bool (*on_data)(void *owner, const void *bytes, size_t len);
    void *owner;
};

enum multipart_result {
    MULTIPART_MORE,    /* all bytes were taken; more may come */
    MULTIPART_STOPPED, /* a callback returned false */
    MULTIPART_BAD,     /* no multipart/byteranges, or beyond a bound: see multipart->problem */
};

/* Filled by multipart_begin(); everything but `problem` is multipart.c's. */
struct multipart {
    struct multipart_events events;
    const char *problem; /* with MULTIPART_BAD, a static text */
    char boundary[LIMIT_MULTIPART_BOUNDARY_BYTES + 1];
    size_t boundary_len;
    int state;
    size_t parts;
    size_t parts_max;
    char line[LIMIT_MULTIPART_LINE_BYTES];
    size_t line_len;
    size_t head_len; /* bytes of this part's lines, of the preamble or of the epilogue */
    bool has_range;
    uint64_t first, last, total;
    uint64_t left; /* bytes of the part still to come */
};

/*
 * Prepares to read a body of this Content-Type. False if that is not multipart/byteranges with a boundary:
 * then the answer is something else (one range, or the whole file). More than `parts_max` parts, the number
 * of ranges asked for, are bad. `events` is copied. Nothing is to be freed.
 */
bool multipart_begin(struct multipart *multipart, const char *content_type, size_t parts_max,
                     const struct multipart_events *events) MUST_CHECK;

/*
 * Takes the next bytes of the body, as they came. After MULTIPART_STOPPED or MULTIPART_BAD nothing more is
 * taken: every further call returns the same.
 */
enum multipart_result multipart_feed(struct multipart *multipart, const void *bytes, size_t len) MUST_CHECK;

/* True once the closing delimiter has come; else the body was cut, or its parts are not complete. */
bool multipart_is_over(const struct multipart *multipart);

#endif

/* Byte ranges of a request and the body that answers them; see ranges.c. */
#ifndef TESTCDN_RANGES_H
#define TESTCDN_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGES_MAX 256

/* One piece of a body: text in front (owned, may be NULL), then bytes of the file. */
struct part {
    char *prefix;
    uint64_t start;
    uint64_t length;
};

/* A body: its parts, and how long all of it is. */
struct body {
    struct part parts[RANGES_MAX + 1]; /* the last one of a multipart body holds only the closing boundary */
    size_t count;
    uint64_t length;
    bool unsatisfiable;  /* 416 */
    bool partial;        /* 206 */
    char *content_range; /* of a single range; owned */
    bool multipart;
};

#define RANGES_BOUNDARY "testcdn-5c1f0b9e7d"

/*
 * Plans the body for a Range header (NULL: none) on a file of `size` bytes. A header that is no byte range
 * gives the whole file, as RFC 9110 wants it. With `shift` the ranges say what was asked for and carry the
 * bytes behind it.
 */
void body_plan(struct body *b, const char *range, uint64_t size, bool shift);
/* Turns the order of a multipart body's ranges round, or keeps the first alone; others stay as they are. */
void body_turn(struct body *b);
void body_keep_first(struct body *b, uint64_t size);
/* True if the header asks for more than one range. */
bool range_is_several(const char *range);
/* Frees what the body owns. */
void body_clear(struct body *b);

#endif

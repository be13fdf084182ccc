/* Trend: how long free space lasts if it goes on shrinking as it did. Pure. */
#ifndef RINGMGR_POLICY_TREND_H
#define RINGMGR_POLICY_TREND_H

#include "ringmgr/base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum {
    TREND_EVERY_SECONDS = 6 * 3600,  /* between two points */
    TREND_LEAST_SECONDS = 2 * 86400, /* from the first point to now: less says nothing */
    TREND_SPAN_SECONDS = 14 * 86400, /* older points are dropped */
    TREND_POINTS = TREND_SPAN_SECONDS / TREND_EVERY_SECONDS + 2
};

struct trend {
    struct trend_point {
        int64_t at_unix;
        uint64_t free_bytes;
    } point[TREND_POINTS]; /* oldest first */
    size_t len;
};

/* Reads what trend_write() has written; what is nothing of it is dropped. */
void trend_read(const char *text, struct trend *trend);
/* "UNIX:BYTES UNIX:BYTES …" */
void trend_write(const struct trend *trend, struct buf *out);
/* Adds a point if the last is old enough, and drops those that are too old or, after the clock went back, of
 * later. True if the trend is another now. */
bool trend_add(struct trend *trend, int64_t now, uint64_t free_bytes);
/* Whole days until nothing is free, by the line from the first point to now; -1: it does not shrink, or too
 * little is known. */
int64_t trend_days_left(const struct trend *trend, int64_t now, uint64_t free_bytes);

#endif

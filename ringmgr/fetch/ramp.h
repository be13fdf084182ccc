/*
 * Private to fetch: how many connections are worth it. While a thread waits for bytes most of its time, its
 * connections are doubled, while it does next to nothing else they are made four times as many, as long as
 * that brings more; where it has enough to do already, or the link is full, more would only cost.
 */
#ifndef RINGMGR_FETCH_RAMP_H
#define RINGMGR_FETCH_RAMP_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised: one connection, nothing measured. */
struct ramp {
    unsigned wanted;
    bool grown;            /* the last step was more connections, whose worth is not known yet */
    double before;         /* bytes a second before it */
    int64_t rest_until_us; /* more were of no use; not to be tried before */
    int64_t since_us;
    uint64_t bytes;
    int64_t waited_us;
};

/* What a thread knows of itself: totals that only grow, of the monotonic clock. */
struct ramp_look {
    int64_t now_us;
    uint64_t bytes;    /* that came */
    int64_t waited_us; /* for bytes */
    unsigned running;  /* connections in use */
    bool all_speak;    /* each of them has brought something */
    uint64_t rest;     /* bytes that are missing: what is done in a tenth of a second needs no help */
};

enum { RAMP_STEP_MS = 20 };

/* How many connections to use from now on; at least those that run when it is first asked. */
unsigned ramp_want(struct ramp *ramp, const struct ramp_look *look);

#endif

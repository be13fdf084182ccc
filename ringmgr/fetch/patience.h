/*
 * Private to fetch: how long the threads of a session wait for an origin that says nothing. One that answers
 * and now and then does not would cost the full wait each time; so each such silence halves it. A dead line,
 * on which nothing is answered in between, gets the full wait every time.
 */
#ifndef RINGMGR_FETCH_PATIENCE_H
#define RINGMGR_FETCH_PATIENCE_H

#include <stdatomic.h>
#include <stdbool.h>

struct patience {
    unsigned stall_seconds; /* at first */
    atomic_bool answered;   /* since the last silence */
    atomic_uint stalls;     /* silences after an answer */
};

enum { PATIENCE_LEAST_PART = 6 };

/* How long to wait from now on: at least a PATIENCE_LEAST_PART of what it was at first, and a second. */
unsigned patience_seconds(const struct patience *patience);
/* A whole answer came. */
void patience_note_answer(struct patience *patience);
/* An answer was given up because it came too slowly. */
void patience_note_stall(struct patience *patience);

#endif

/* Runs: how each job of the service went last, and figures that add up over the years. */
#ifndef RINGMGR_STATE_RUNS_H
#define RINGMGR_STATE_RUNS_H

#include "ringmgr/state/db.h"

#include <stddef.h>
#include <stdint.h>

struct run {
    char *job;          /* "sync", "full-audit" */
    int64_t began_unix; /* of the last that came to an end */
    int64_t ended_unix;
    int64_t good_unix; /* when one last ended with status 0; -1: never */
    int status;        /* the exit status of the last */
};
struct runs {
    struct run *item; /* by job */
    size_t len;
};

/* A run has ended; `good_unix` of earlier ones stays unless its status is 0. Inside a transaction or alone.
 */
bool run_note(struct state *state, const char *job, int64_t began_unix, int64_t ended_unix, int status,
              struct err *err) MUST_CHECK;
/* All jobs that ever came to an end. runs_clear() frees. */
bool runs_get(struct state *state, struct runs *runs, struct err *err) MUST_CHECK;
void runs_clear(struct runs *runs);

enum figure {
    FIGURE_FETCHED_BYTES,  /* of builds, from upstream */
    FIGURE_REUSED_BYTES,   /* of builds, that were at hand */
    FIGURE_HEALED_FILES,   /* put right on a share, or repaired by verify */
    FIGURE_AUDIT_FINDINGS, /* of the last audit, repaired or not; not a sum */
    FIGURE_AUDIT_LEFT,     /* of these, what is wrong still; not a sum */
    FIGURE_COUNT
};

/* Inside a transaction or alone. */
bool figure_add(struct state *state, enum figure figure, uint64_t more, struct err *err) MUST_CHECK;
bool figure_set(struct state *state, enum figure figure, uint64_t value, struct err *err) MUST_CHECK;
/* 0 for what was never counted. */
bool figures_get(struct state *state, uint64_t value[FIGURE_COUNT], struct err *err) MUST_CHECK;

#endif

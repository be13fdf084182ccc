/* Overview: everything about one ring that status shows, gathered without changing or waiting for anything.
 */
#ifndef RINGMGR_OPS_OVERVIEW_H
#define RINGMGR_OPS_OVERVIEW_H

#include "ringmgr/ops/facts.h"

enum ring_state {
    RING_EMPTY,
    RING_CURRENT,
    RING_WAITING_APPROVAL,
    RING_READY,
    RING_BLOCKED,
    RING_PUBLISHING,
    RING_FAILED,
};

struct overview {
    const struct ring *ring;
    enum ring_state state;
    struct offer live;
    bool has_live, has_candidate;
    struct release live_release,
        candidate_release;   /* version and date; build is none where no history names it */
    struct build pointer[2]; /* [0] x86, [1] x64: what the share's pointers name; none: absent or foreign */
    bool pointer_foreign[2];
    struct facts facts; /* with a candidate */
    struct verdict verdict[GATE_COUNT];
    struct last_sync last_sync;
};

/* Fills everything. overview_clear() frees, also after an error. Must not be copied. */
bool overview_gather(const struct job *job, const struct ring *ring, struct overview *overview,
                     struct err *err) MUST_CHECK;
void overview_clear(struct overview *overview);

/* "empty", "current", "waiting-approval" … */
const char *ring_state_text(enum ring_state state);

#endif

/* Overview: everything about one ring that status shows, gathered without changing or waiting for anything.
 */
#ifndef RINGMGR_OPS_OVERVIEW_H
#define RINGMGR_OPS_OVERVIEW_H

#include "ringmgr/ops/leaving.h"
#include "ringmgr/ops/outlook.h"
#include "ringmgr/ops/quorum.h"
#include "ringmgr/state/plan.h"

enum ring_state {
    RING_EMPTY,
    RING_CURRENT,
    RING_SOAKING,          /* shut are soak, and perhaps approvals and what the calendar opens */
    RING_WAITING_APPROVAL, /* approvals, and perhaps what the calendar opens */
    RING_WAITING_TIME,     /* nothing but freeze, days or settle */
    RING_READY,            /* every gate is open */
    RING_HELD,
    RING_BLOCKED,    /* another gate is shut */
    RING_PUBLISHING, /* a flip has begun, or is not at enough sites yet and nobody is asked for anything */
    RING_EXPIRED,    /* what is live is out of support */
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
    bool barred; /* neither time nor approval lets the candidate in: blocked, recalled, of another channel */
    int64_t forecast_unix; /* when the candidate could go if nobody decided anything any more; -1 */
    int64_t next_unix;     /* when the first shut gate opens by itself; -1: none does */
    enum gate next_gate;   /* with next_unix */
    struct holds holds;    /* that stand */
    struct plan plan;      /* with `planned`: what promote --at has ordered */
    bool planned;
    struct outlook outlook;
    struct last_sync last_sync;
    bool sync_failed;     /* the last sync did, whatever the state is */
    struct quorum quorum; /* of the live build at the ring's sites; counted 0: it has none that count */
    struct contents_left leaving; /* what the configuration has dropped and the ring still offers */
    struct strv lacking; /* of the ring's content: what the live build does not offer yet, as "fr-fr" */
};

/* Fills everything. overview_clear() frees, also after an error. Must not be copied. */
bool overview_gather(const struct job *job, const struct ring *ring, struct overview *overview,
                     struct err *err) MUST_CHECK;
void overview_clear(struct overview *overview);

/* "empty", "current", "waiting-approval" … */
const char *ring_state_text(enum ring_state state);

#endif

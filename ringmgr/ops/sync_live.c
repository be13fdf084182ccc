#include "ringmgr/ops/sync_live.h"
#include "ringmgr/ops/facts.h"

static bool ask_gates(const struct job *job, const struct sync_ring *done, struct buf *shut, struct err *err)
{
    AUTO_FACTS facts = {0};
    struct verdict verdict[GATE_COUNT];
    if (!facts_gather(job, done->ring, &done->build, facts_lane(done->ring), NULL, &facts, err))
        return false;
    if (!gate_ask_all(&facts.gate, verdict))
        gate_say_shut(verdict, 0, shut);
    return true;
}

bool sync_live_find(const struct job *job, const struct sync_ring *done, struct sync_live *live,
                    struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    bool found, at_hand = done->result == SYNC_UNCHANGED || done->result == SYNC_NEW;
    *live = (struct sync_live){.differs = false};
    if (!catalog_offer_live(job->state, done->ring->name, &offer, &found, err))
        return false;
    if (found)
        live->live = offer.build;
    live->differs = at_hand && !build_is_none(&done->build) && build_compare(&live->live, &done->build) != 0;
    return !live->differs || ask_gates(job, done, &live->stays_out, err);
}

void sync_live_clear(struct sync_live *live)
{
    buf_clear(&live->stays_out);
}

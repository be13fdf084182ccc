#include "ringmgr/ops/overview.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/extend.h"
#include "ringmgr/ops/offered.h"

#include <string.h>

const char *ring_state_text(enum ring_state state)
{
    static const char *const text[] = {
        [RING_EMPTY] = "empty",
        [RING_CURRENT] = "current",
        [RING_SOAKING] = "soaking",
        [RING_WAITING_APPROVAL] = "waiting-approval",
        [RING_WAITING_TIME] = "waiting-time",
        [RING_READY] = "ready",
        [RING_HELD] = "held",
        [RING_BLOCKED] = "blocked",
        [RING_PUBLISHING] = "publishing",
        [RING_EXPIRED] = "expired",
        [RING_FAILED] = "failed",
    };
    return text[state];
}

static bool find_release(const struct job *job, const struct ring *ring, const struct build *build,
                         struct release *release, struct err *err)
{
    bool found;
    if (!catalog_release_find(job->state, ring->channel, build, release, &found, err))
        return false;
    if (!found)
        *release = (struct release){.released_unix = -1};
    return true;
}

static bool gather_live(const struct job *job, struct overview *overview, struct err *err)
{
    overview->live_release = overview->candidate_release = (struct release){.released_unix = -1};
    return catalog_offer_live(job->state, overview->ring->name, &overview->live, &overview->has_live, err) &&
           catalog_last_sync_get(job->state, overview->ring->name, &overview->last_sync, err) &&
           extend_lacking(overview->ring, &overview->live, &overview->lacking, err) &&
           leaving_list(job, overview->ring, &overview->leaving, err) &&
           (!overview->has_live ||
            find_release(job, overview->ring, &overview->live.build, &overview->live_release, err));
}

/* A share that cannot be read shows no pointers: status tells what it knows. */
static bool gather_pointers(const struct job *job, struct overview *overview, struct err *err)
{
    static const enum architecture architecture[] = {ARCH_X86, ARCH_X64};
    struct pointers wanted;
    struct err unreadable = {0};
    AUTO_TREE tree = TREE_CLOSED;
    if (!offered_pointers(job, overview->ring, &wanted, err))
        return false;
    bool readable = tree_open(overview->ring->path, false, &tree, &unreadable);
    for (int i = 0; i < 2; i++) {
        struct tree_pointer pointer = {0};
        readable = readable && tree_pointer_read(&tree, architecture[i], &pointer, &unreadable);
        if (pointer_matches(&wanted, architecture[i], &pointer) && pointer.present)
            overview->pointer[i] = overview->live.build;
        overview->pointer_foreign[i] = readable && !pointer_matches(&wanted, architecture[i], &pointer);
    }
    return true;
}

static bool is_barred(const struct verdict *verdict)
{
    return !verdict[GATE_CHANNEL].open || !verdict[GATE_BLOCK].open || !verdict[GATE_RECALL].open;
}

static bool gather_candidate(const struct job *job, struct overview *overview, struct err *err)
{
    const struct ring *ring = overview->ring;
    enum lane lane = facts_lane(ring);
    struct build candidate;
    overview->forecast_unix = -1;
    if (!candidate_choose(job, ring, lane, &candidate, &overview->has_candidate, err))
        return false;
    if (!overview->has_candidate)
        return true;
    if (!facts_gather(job, ring, &candidate, lane, NULL, &overview->facts, err))
        return false;
    gate_ask_all(&overview->facts.gate, overview->verdict);
    overview->barred = is_barred(overview->verdict);
    overview->forecast_unix = gate_forecast(&overview->facts.gate, overview->verdict);
    return find_release(job, ring, &candidate, &overview->candidate_release, err);
}

/* A ring without a candidate may be held, or have an order, too. */
static bool gather_decisions(const struct job *job, struct overview *overview, struct err *err)
{
    return holds_standing(job->state, overview->ring->name, clock_now_unix(), &overview->holds, err) &&
           plan_find(job->state, overview->ring->name, &overview->plan, &overview->planned, err);
}

/* ---- what it comes to ---- */

/* The gates that are shut are all among this set, and at least one is. */
static bool only_shut(const struct verdict *verdict, unsigned set)
{
    bool any = false;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        if (verdict[gate].open)
            continue;
        if (!(set & (1u << gate)))
            return false;
        any = true;
    }
    return any;
}

static enum ring_state judge_candidate(const struct overview *overview)
{
    enum {
        HOURS = 1u << GATE_FREEZE | 1u << GATE_DAYS | 1u << GATE_SETTLE | 1u << GATE_CLOCK,
        APPROVALS = 1u << GATE_APPROVALS,
        SOAK = 1u << GATE_SOAK,
    };
    const struct verdict *verdict = overview->verdict;
    bool any = false;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        any = any || !verdict[gate].open;
    if (!any)
        return RING_READY;
    if (!verdict[GATE_HOLD].open)
        return RING_HELD;
    if (only_shut(verdict, HOURS))
        return RING_WAITING_TIME;
    if (only_shut(verdict, HOURS | APPROVALS))
        return RING_WAITING_APPROVAL;
    return only_shut(verdict, HOURS | APPROVALS | SOAK) ? RING_SOAKING : RING_BLOCKED;
}

/* A ring that took from upstream once and has another source now waits for no sync. */
static bool has_sync_failed(const struct overview *overview)
{
    return !overview->ring->source_ring && overview->last_sync.result &&
           strcmp(overview->last_sync.result, "failed") == 0;
}

/* As the gate `hold` would answer for the next build. */
static bool is_held(const struct overview *overview)
{
    bool automatic = facts_lane(overview->ring) == LANE_AUTOMATIC;
    for (size_t i = 0; i < overview->holds.len; i++)
        if (automatic || overview->holds.item[i].kind != HOLD_ROLLBACK)
            return true;
    return false;
}

static enum ring_state judge(const struct overview *overview, bool publishing)
{
    if (publishing)
        return RING_PUBLISHING;
    if (overview->has_live && overview->outlook.support.level == SUPPORT_EXPIRED)
        return RING_EXPIRED;
    if (overview->has_candidate)
        return judge_candidate(overview);
    if (overview->sync_failed)
        return RING_FAILED;
    if (is_held(overview))
        return RING_HELD;
    return overview->has_live ? RING_CURRENT : RING_EMPTY;
}

/* What would be calm is not while machines near sites do not get what is live here. */
static enum ring_state judge_sites(const struct overview *overview)
{
    bool calm = overview->state == RING_CURRENT || overview->state == RING_SOAKING ||
                overview->state == RING_WAITING_TIME;
    bool spreads = overview->quorum.counted > 0 && overview->quorum.reached_unix < 0;
    return calm && overview->has_live && spreads ? RING_PUBLISHING : overview->state;
}

/* The next thing that happens by itself: the candidate can go, or the first shut gate opens. */
static void find_next_event(struct overview *overview)
{
    overview->next_unix = -1;
    if (!overview->has_candidate)
        return;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        int64_t opens = overview->verdict[gate].opens_unix;
        if (opens >= 0 && (overview->next_unix < 0 || opens < overview->next_unix)) {
            overview->next_unix = opens;
            overview->next_gate = gate;
        }
    }
}

bool overview_gather(const struct job *job, const struct ring *ring, struct overview *overview,
                     struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    bool publishing;
    *overview = (struct overview){.ring = ring};
    if (!gather_live(job, overview, err) || !gather_pointers(job, overview, err) ||
        !gather_candidate(job, overview, err) || !gather_decisions(job, overview, err) ||
        !outlook_make(job, ring, overview->has_candidate ? &overview->facts : NULL, clock_now_unix(),
                      &overview->outlook, err) ||
        !journal_intent_find(job->state, ring->name, &intent, &publishing, err) ||
        !quorum_of_live(job, ring, &overview->quorum, err))
        return false;
    overview->sync_failed = has_sync_failed(overview);
    overview->state = judge(overview, publishing);
    overview->state = judge_sites(overview);
    find_next_event(overview);
    return true;
}

void overview_clear(struct overview *overview)
{
    offer_clear(&overview->live);
    facts_clear(&overview->facts);
    holds_clear(&overview->holds);
    plan_clear(&overview->plan);
    last_sync_clear(&overview->last_sync);
    strv_clear(&overview->lacking);
    quorum_clear(&overview->quorum);
    contents_left_clear(&overview->leaving);
}

#include "ringmgr/ops/overview.h"
#include "ringmgr/ops/offered.h"

#include <string.h>

const char *ring_state_text(enum ring_state state)
{
    static const char *const text[] = {
        [RING_EMPTY] = "empty",   [RING_CURRENT] = "current", [RING_WAITING_APPROVAL] = "waiting-approval",
        [RING_READY] = "ready",   [RING_BLOCKED] = "blocked", [RING_PUBLISHING] = "publishing",
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

static bool gather_candidate(const struct job *job, struct overview *overview, struct err *err)
{
    struct build candidate;
    if (!facts_candidate(job, overview->ring, &candidate, &overview->has_candidate, err))
        return false;
    if (!overview->has_candidate)
        return true;
    if (!facts_gather(job, overview->ring, &candidate, NULL, &overview->facts, err))
        return false;
    gate_ask_all(&overview->facts.gate, overview->verdict);
    return find_release(job, overview->ring, &candidate, &overview->candidate_release, err);
}

static bool only_approvals_shut(const struct verdict *verdict)
{
    for (int i = 0; i < GATE_COUNT; i++)
        if (verdict[i].open == (verdict[i].gate == GATE_APPROVALS))
            return false;
    return true;
}

static bool all_open(const struct verdict *verdict)
{
    for (int i = 0; i < GATE_COUNT; i++)
        if (!verdict[i].open)
            return false;
    return true;
}

static enum ring_state judge(const struct overview *overview, bool publishing)
{
    if (publishing)
        return RING_PUBLISHING;
    if (overview->has_candidate && all_open(overview->verdict))
        return RING_READY;
    if (overview->has_candidate)
        return only_approvals_shut(overview->verdict) ? RING_WAITING_APPROVAL : RING_BLOCKED;
    if (overview->last_sync.result && strcmp(overview->last_sync.result, "failed") == 0)
        return RING_FAILED;
    return overview->has_live ? RING_CURRENT : RING_EMPTY;
}

bool overview_gather(const struct job *job, const struct ring *ring, struct overview *overview,
                     struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    bool publishing;
    *overview = (struct overview){.ring = ring};
    if (!gather_live(job, overview, err) || !gather_pointers(job, overview, err) ||
        !gather_candidate(job, overview, err) ||
        !journal_intent_find(job->state, ring->name, &intent, &publishing, err))
        return false;
    overview->state = judge(overview, publishing);
    return true;
}

void overview_clear(struct overview *overview)
{
    offer_clear(&overview->live);
    facts_clear(&overview->facts);
    last_sync_clear(&overview->last_sync);
}

#include "ringmgr/ops/arrival.h"
#include "ringmgr/ops/candidate.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_shut(const struct verdict *verdict, enum gate gate)
{
    return !verdict[gate].open;
}

/* No time and no decision that is taken in due course brings this build here. */
static bool never_comes(const struct verdict *verdict)
{
    return is_shut(verdict, GATE_CHANNEL) || is_shut(verdict, GATE_BLOCK) || is_shut(verdict, GATE_RECALL) ||
           is_shut(verdict, GATE_ORDER);
}

static const char *first_reason(const struct verdict *verdict)
{
    for (int i = 0; i < GATE_COUNT; i++)
        if (!verdict[i].open)
            return verdict[i].reason;
    return "";
}

/* As if it did not stand in the way, now or later. */
static void assume_open(struct verdict *verdict, enum gate gate)
{
    verdict[gate].open = true;
    verdict[gate].binds = false;
}

/* As if people decided at once, and sync and verify ran as they are meant to. True if that takes people. */
static bool assume_decided(struct verdict *verdict)
{
    bool holds = is_shut(verdict, GATE_HOLD) && verdict[GATE_HOLD].opens_unix < 0;
    bool people = holds || is_shut(verdict, GATE_APPROVALS);
    if (holds)
        assume_open(verdict, GATE_HOLD);
    assume_open(verdict, GATE_APPROVALS);
    assume_open(verdict, GATE_CLOCK);
    return people;
}

/* What the gates say of one build; known stays false if it never comes. */
static bool judge(const struct job *job, const struct ring *ring, const struct build *build,
                  struct arrival *arrival, struct err *err)
{
    AUTO_FACTS facts = {0};
    struct verdict verdict[GATE_COUNT];
    *arrival = (struct arrival){.at_unix = -1};
    if (!facts_gather(job, ring, build, facts_lane(ring), NULL, &facts, err))
        return false;
    gate_ask_all(&facts.gate, verdict);
    if (never_comes(verdict))
        return true;
    *arrival = (struct arrival){.known = true, .build = *build, .ring = ring};
    snprintf(arrival->waits_for, sizeof arrival->waits_for, "%s", first_reason(verdict));
    arrival->decision = assume_decided(verdict) || ring->publish == PUBLISH_MANUAL;
    arrival->at_unix = gate_forecast(&facts.gate, verdict);
    return true;
}

/* A date is better than none, an earlier one better than a later. */
static bool is_better(const struct arrival *a, const struct arrival *b)
{
    if (!a->known || !b->known)
        return a->known;
    if (a->at_unix < 0 || b->at_unix < 0)
        return a->at_unix >= 0;
    return a->at_unix < b->at_unix;
}

/* Of all staged builds that are new enough the one that comes first. */
static bool judge_staged(const struct job *job, const struct ring *ring, const struct build *least,
                         struct arrival *arrival, struct err *err)
{
    struct catalog_build_list list = {0};
    const struct build all = {{0}};
    bool ok = catalog_builds_after(job->state, ring->channel, &all, &list, err);
    for (size_t i = 0; ok && i < list.len && build_compare(&list.item[i].build, least) >= 0; i++) {
        struct arrival one;
        ok = judge(job, ring, &list.item[i].build, &one, err);
        if (ok && is_better(&one, arrival))
            *arrival = one;
    }
    free(list.item);
    return ok;
}

static bool judge_here(const struct job *job, const struct ring *ring, const struct build *least,
                       struct arrival *arrival, struct err *err)
{
    struct build candidate;
    bool found;
    if (!candidate_choose(job, ring, facts_lane(ring), &candidate, &found, err))
        return false;
    if (!found)
        return true;
    if (build_compare(&candidate, least) >= 0)
        return judge(job, ring, &candidate, arrival, err);
    return judge_staged(job, ring, least, arrival, err);
}

/* When a build that enters the source at `at_unix` can enter this ring. */
static int64_t follow(const struct job *job, const struct ring *ring, int64_t at_unix)
{
    const struct soak_facts soak = {
        .need = ring->soak, .start_unix = at_unix, .holidays = &job->settings->holidays, .now_unix = at_unix};
    struct soak judged = soak_judge(&soak);
    if (judged.ends_unix < 0)
        return -1;
    int64_t settled = judged.ends_unix + (ring->publish == PUBLISH_AUTO ? ring->settle_seconds : 0);
    return calendar_next_chance(&ring->freeze, &ring->days, settled);
}

/* Asks the rings that the ring takes from, the nearest first, until one is going to have such a build. */
static bool judge_above(const struct job *job, const struct ring *ring, const struct build *least,
                        struct arrival *arrival, struct err *err)
{
    for (const struct ring *above = ring->source_ring; above && !arrival->known; above = above->source_ring)
        if (!judge_here(job, above, least, arrival, err))
            return false;
    return true;
}

/* The ring of the chain from `ring` up that takes from `above`. */
static const struct ring *below(const struct ring *ring, const struct ring *above)
{
    while (ring->source_ring != above)
        ring = ring->source_ring;
    return ring;
}

bool arrival_find(const struct job *job, const struct ring *ring, const struct build *least,
                  struct arrival *arrival, struct err *err)
{
    *arrival = (struct arrival){.at_unix = -1};
    if (!judge_here(job, ring, least, arrival, err) ||
        (!arrival->known && !judge_above(job, ring, least, arrival, err)))
        return false;
    for (const struct ring *at = arrival->ring; arrival->known && at != ring;) {
        at = below(ring, at);
        arrival->decision = arrival->decision || at->approvals > 0 || at->publish == PUBLISH_MANUAL;
        arrival->at_unix = arrival->at_unix < 0 ? -1 : follow(job, at, arrival->at_unix);
    }
    return true;
}

#include "ringmgr/ops/outlook.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <string.h>

/* Would there be a deadline if it were known when the build came out? */
static bool is_undated(const struct job *job, const struct outlook *outlook, int64_t now_unix)
{
    struct support_build dated = outlook->live;
    dated.released_unix = dated.version_first_unix = now_unix;
    return outlook->deadline.at_unix < 0 && outlook->live.released_unix < 0 &&
           support_deadline(job->support, &job->settings->support, &dated).at_unix >= 0;
}

/* What the rules say of the live build. */
static bool judge_live(const struct job *job, const struct offer *live, struct outlook *outlook,
                       struct err *err)
{
    struct releases rows AUTO(releases_clear) = RELEASES_NONE;
    if (!catalog_releases(job->state, live->channel, &rows, err))
        return false;
    support_describe(live->channel, &live->build, &rows, &outlook->live);
    snprintf(outlook->version, sizeof outlook->version, "%s", outlook->live.version);
    outlook->live.version = outlook->version;
    outlook->deadline = support_deadline(job->support, &job->settings->support, &outlook->live);
    return true;
}

/* No decision and no time brings this build into the ring. */
static bool is_out(const struct verdict *verdict)
{
    return !verdict[GATE_CHANNEL].open || !verdict[GATE_BLOCK].open || !verdict[GATE_RECALL].open ||
           !verdict[GATE_ORDER].open;
}

/* Every gate but those of the hour was open already: it could have gone, had somebody let it. */
static bool could_have_gone(const struct verdict *verdict)
{
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        if (!verdict[gate].open && gate != GATE_DAYS && gate != GATE_APPROVALS)
            return false;
    return true;
}

/* The candidate, if it is supported for longer than what is live. */
static void judge_successor(const struct facts *candidate, struct outlook *outlook,
                            struct support_forecast *forecast)
{
    struct verdict verdict[GATE_COUNT];
    if (!candidate)
        return;
    const struct deadline *its = &candidate->gate.deadline;
    if (its->at_unix >= 0 && its->at_unix <= outlook->deadline.at_unix)
        return;
    gate_ask_all(&candidate->gate, verdict);
    if (is_out(verdict))
        return;
    forecast->could_have_gone = could_have_gone(verdict);
    verdict[GATE_APPROVALS].open = true; /* what people can do in time is not what stands in the way */
    verdict[GATE_APPROVALS].binds = false;
    outlook->has_successor = forecast->has_successor = true;
    outlook->successor = candidate->gate.build;
    outlook->successor_unix = forecast->successor_unix = gate_forecast(&candidate->gate, verdict);
}

/* When a build that a ring is offered at `from` has soaked for it. */
static int64_t soaked_at(const struct job *job, const struct ring *ring, int64_t from_unix)
{
    const struct soak_facts facts = {.need = ring->soak,
                                     .start_unix = from_unix,
                                     .holidays = &job->settings->holidays,
                                     .now_unix = from_unix};
    return soak_judge(&facts).ends_unix;
}

/* When a build that comes out now would be let into the ring, through all that stand before it; -1 never. */
static int64_t find_arrival(const struct job *job, const struct ring *ring, int64_t now_unix)
{
    int64_t at = ring->source_ring ? find_arrival(job, ring->source_ring, now_unix) : now_unix;
    at = at < 0 ? -1 : soaked_at(job, ring, at);
    return at < 0 ? -1 : calendar_next_chance(&ring->freeze, &ring->days, at);
}

static int64_t soak_of_all(const struct ring *ring)
{
    int64_t seconds = 0;
    for (; ring; ring = ring->source_ring)
        seconds += ring->soak.seconds;
    return seconds;
}

bool outlook_make(const struct job *job, const struct ring *ring, const struct facts *candidate,
                  int64_t at_unix, struct outlook *outlook, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct support_forecast forecast = {.ring = ring->name,
                                        .now_unix = at_unix,
                                        .successor_unix = -1,
                                        .freeze = &ring->freeze,
                                        .days = &ring->days,
                                        .soak_seconds = soak_of_all(ring),
                                        .arrival_unix = find_arrival(job, ring, at_unix)};
    bool found;
    *outlook = (struct outlook){.version = "", .deadline = {.at_unix = -1}, .successor_unix = -1};
    if (!catalog_offer_live(job->state, ring->name, &live, &found, err) ||
        (found && !judge_live(job, &live, outlook, err)))
        return false;
    if (!awaited_find(job, ring, &outlook->awaited, err))
        return false;
    outlook->undated = found && is_undated(job, outlook, at_unix);
    forecast.live = outlook->deadline;
    forecast.warns = support_warn_days(job->support, &job->settings->support,
                                       found ? live.channel : ring->channel, forecast.warn_days);
    forecast.warn_basis =
        support_warn_basis(job->support, &job->settings->support, found ? live.channel : ring->channel);
    judge_successor(candidate, outlook, &forecast);
    outlook->support = support_judge(&forecast);
    return true;
}

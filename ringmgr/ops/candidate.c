#include "ringmgr/ops/candidate.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/ops/followed.h"
#include "ringmgr/policy/wanted.h"

#include <stdlib.h>

/* The search, one build after the other. */
struct search {
    const struct job *job;
    const struct ring *ring;
    enum lane lane;
    struct releases releases;            /* filled when a version is asked for */
    struct build soaked, first, refused; /* none: not found yet */
    int64_t first_ends_unix;
};

/* Of the version that the ring wants? */
static bool is_wanted(const struct search *search, const struct build *build)
{
    char why[256];
    const struct release *row = releases_find(&search->releases, search->ring->channel, build);
    return !wanted_refuses(search->ring, &search->releases, row ? row->version : "", why);
}

/* Nothing but soak stands between it and the ring for ever. */
static bool is_eligible(const struct search *search, const struct catalog_build *known,
                        const struct gate_facts *soak, bool *eligible, struct err *err)
{
    const struct ring *ring = search->ring;
    struct block block AUTO(block_clear) = {0};
    struct offer_span own;
    bool blocked;
    if (!decision_blocked(search->job->state, ring->name, ring->channel, &known->build, &block, &blocked,
                          err) ||
        !catalog_offer_span(search->job->state, ring->name, ring->channel, &known->build, &own, err))
        return false;
    bool disputed = known->disputed_unix >= 0 && ring->source_ring;
    *eligible = !blocked && !own.bad && !disputed && !soak->soak_end && soak->source_offered;
    return true;
}

/* Looks at one build; true in *enough if none of the older ones can be better. */
static bool look(struct search *search, const struct catalog_build *known, bool *enough, struct err *err)
{
    char why[256];
    struct gate_facts soak = {.now_unix = clock_now_unix(), .staged_unix = known->staged_unix};
    bool eligible = false;
    bool ok = facts_soak(search->job, search->ring, &known->build, search->lane, why, &soak, err) &&
              is_eligible(search, known, &soak, &eligible, err);
    struct soak judged = gate_soak(&soak);
    free((void *)(uintptr_t)soak.pause);
    *enough = false;
    if (ok && !eligible && soak.source_offered && build_is_none(&search->refused))
        search->refused = known->build;
    if (!ok || !eligible)
        return ok;
    *enough = judged.over;
    if (judged.over)
        search->soaked = known->build;
    else if (build_is_none(&search->first) ||
             (judged.ends_unix >= 0 &&
              (search->first_ends_unix < 0 || judged.ends_unix < search->first_ends_unix))) {
        search->first = known->build;
        search->first_ends_unix = judged.ends_unix;
    }
    return true;
}

static bool search_all(struct search *search, const struct catalog_build *known, size_t len, struct err *err)
{
    bool enough = false;
    for (size_t i = 0; i < len && !enough; i++)
        if (is_wanted(search, &known[i].build) && !look(search, &known[i], &enough, err))
            return false;
    return true;
}

/* The builds that the source offers and that are newer than `after`, newest first. */
static bool list_builds(struct search *search, const struct build *after, struct catalog_build_list *list,
                        struct err *err)
{
    return catalog_builds_after(search->job->state, search->ring->channel, after, list, err) &&
           (search->ring->version.choice == VERSION_LATEST ||
            catalog_releases(search->job->state, search->ring->channel, &search->releases, err));
}

/* Whatever is newer or older in the store: headquarters has decided. */
static bool choose_followed(const struct job *job, const struct ring *ring, const struct build *live,
                            struct build *candidate, bool *found, struct err *err)
{
    AUTO_MANIFEST manifest = {0};
    if (!followed_find(job, ring, &manifest, found, err))
        return false;
    *found = *found && build_compare(&manifest.build, live) != 0;
    if (*found)
        *candidate = manifest.build;
    return true;
}

bool candidate_choose(const struct job *job, const struct ring *ring, enum lane lane, struct build *candidate,
                      bool *found, struct err *err)
{
    struct search search = {.job = job, .ring = ring, .lane = lane, .releases = RELEASES_NONE};
    struct catalog_build_list list = {0};
    struct offer live AUTO(offer_clear) = {0};
    bool has_live;
    *candidate = (struct build){{0}};
    *found = false;
    if (!catalog_offer_live(job->state, ring->name, &live, &has_live, err))
        return false;
    const struct build after = has_live ? live.build : (struct build){{0}};
    if (ring_follows(ring))
        return choose_followed(job, ring, &after, candidate, found, err);
    bool ok = list_builds(&search, &after, &list, err) && search_all(&search, list.item, list.len, err);
    free(list.item);
    releases_clear(&search.releases);
    *candidate = !build_is_none(&search.soaked)  ? search.soaked
                 : !build_is_none(&search.first) ? search.first
                                                 : search.refused;
    *found = ok && !build_is_none(candidate);
    return ok;
}

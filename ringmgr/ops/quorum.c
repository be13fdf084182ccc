#include "ringmgr/ops/quorum.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/state/sites.h"

#include <stdio.h>

/* What one site has of a build. */
static bool look_at_site(const struct job *job, const struct site *site, const struct ring *ring,
                         const struct channel *channel, const struct build *build,
                         const struct digest *files_digest, struct quorum *quorum, struct err *err)
{
    struct site_share share AUTO(site_share_clear) = {0};
    struct site_build at AUTO(site_build_clear) = {0};
    bool found, same;
    if (!site_place_is(job->state, site->name, site->target, &same, err))
        return false;
    const char *name = same ? site->name : ""; /* what the books know of another place counts for nothing */
    if (!site_share_find(job->state, name, ring->name, &share, err) ||
        !site_build_find(job->state, name, ring->name, channel, build, &at, &found, err))
        return false;
    bool proven = found && at.proven_unix >= 0 && digest_equal(&at.files_digest, files_digest);
    /* a pointer alone, as somebody else may have put it there, offers nothing */
    bool live =
        share.channel == channel && build_compare(&share.build, build) == 0 && found && at.proven_unix >= 0;
    quorum->proven += proven;
    quorum->live += live;
    if (!proven)
        strv_add(&quorum->not_proven, site->name);
    if (!live)
        strv_add(&quorum->not_live, site->name);
    return true;
}

static void begin(const struct job *job, const struct ring *ring, struct quorum *quorum)
{
    size_t counted = settings_required_sites(job->settings, ring->name);
    *quorum = (struct quorum){.counted = (unsigned)counted,
                              .need = (unsigned)site_quorum_needed(counted, ring->sites_ready),
                              .reached_unix = -1};
}

bool quorum_of_build(const struct job *job, const struct ring *ring, const struct channel *channel,
                     const struct build *build, const struct digest *files_digest, struct quorum *quorum,
                     struct err *err)
{
    begin(job, ring, quorum);
    for (size_t i = 0; i < job->settings->sites; i++) {
        const struct site *site = &job->settings->site[i];
        if (site->required && site_has_ring(site, ring->name) &&
            !look_at_site(job, site, ring, channel, build, files_digest, quorum, err)) {
            quorum_clear(quorum);
            return false;
        }
    }
    return true;
}

bool quorum_of_live(const struct job *job, const struct ring *ring, struct quorum *quorum, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    bool found;
    begin(job, ring, quorum);
    if (!catalog_offer_live(job->state, ring->name, &live, &found, err))
        return false;
    if (!found)
        return true;
    return quorum_of_build(job, ring, live.channel, &live.build, &live.files_digest, quorum, err) &&
           site_quorum_find(job->state, ring->name, live.channel, &live.build, live.live_since,
                            &quorum->reached_unix, err);
}

void quorum_clear(struct quorum *quorum)
{
    strv_clear(&quorum->not_proven);
    strv_clear(&quorum->not_live);
    *quorum = (struct quorum){.reached_unix = -1};
}

/* ---- the moment when it is reached ---- */

static bool append_entry(const struct job *job, const struct ring *ring, const struct offer *live,
                         const struct quorum *quorum, int64_t *at_unix, struct err *err)
{
    const struct job nobody = job_of_nobody(job);
    char build[BUILD_TEXT_SIZE], reason[96];
    build_format(&live->build, build);
    snprintf(reason, sizeof reason, "%u of %u required sites offer it, %u are enough", quorum->live,
             quorum->counted, quorum->need);
    struct entry entry = {.action = "sites-live",
                          .ring = ring->name,
                          .channel = live->channel->id,
                          .build = build,
                          .reason = reason};
    if (!job_append(&nobody, &entry, err))
        return false;
    *at_unix = entry.time_unix;
    return true;
}

static bool record(const struct job *job, const struct ring *ring, const struct offer *live,
                   const struct quorum *quorum, struct err *err)
{
    int64_t at_unix;
    if (!state_begin(job->state, err))
        return false;
    bool ok =
        append_entry(job, ring, live, quorum, &at_unix, err) &&
        site_quorum_put(job->state, ring->name, live->channel, &live->build, live->live_since, at_unix, err);
    return job_end(job, ok, true, err);
}

bool quorum_refresh(const struct job *job, const struct ring *ring, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct quorum quorum AUTO(quorum_clear) = {.reached_unix = -1};
    bool found;
    if (!catalog_offer_live(job->state, ring->name, &live, &found, err) ||
        !quorum_of_live(job, ring, &quorum, err))
        return false;
    bool reached = found && quorum.counted > 0 && quorum.live >= quorum.need;
    return !reached || quorum.reached_unix >= 0 || record(job, ring, &live, &quorum, err);
}

/* ---- for the soak ---- */

bool quorum_since(const struct job *job, const struct ring *ring, const struct channel *channel,
                  const struct build *build, int64_t *since_unix, char why[128], struct err *err)
{
    static const struct digest none;
    struct quorum quorum AUTO(quorum_clear) = {.reached_unix = -1};
    int64_t reached;
    *why = 0;
    if (*since_unix < 0 || settings_required_sites(job->settings, ring->name) == 0)
        return true;
    if (!site_quorum_find(job->state, ring->name, channel, build, *since_unix, &reached, err) ||
        (reached < 0 && !quorum_of_build(job, ring, channel, build, &none, &quorum, err)))
        return false;
    *since_unix = reached;
    if (reached < 0)
        snprintf(why, 128, "%u of %u sites offer it", quorum.live, quorum.counted);
    return true;
}

#include "ringmgr/ops/stage_leaving.h"
#include "ringmgr/ops/growth.h"
#include "ringmgr/ops/leaving.h"
#include "ringmgr/policy/settings.h"

/* One build, and what has come of it so far. */
struct staging {
    const struct job *job;
    const struct origin_session *origin;
    const struct stage_request *request;
    struct staged *staged;
};

/* *lacking: it failed for nothing but files that upstream does not have; what was there before stays. */
static bool stage(const struct staging *staging, const struct content *content, bool *lacking,
                  struct err *err)
{
    struct staged *staged = staging->staged, one;
    struct stage_request request = *staging->request;
    request.content = content;
    bool ok = stage_build(staging->job, staging->origin, &request, &one, err);
    one.bytes_fetched += staged->bytes_fetched;
    one.news = one.news || staged->news;
    *lacking = !ok && one.missing.len > 0;
    if (*lacking && staged->complete) {
        staged->bytes_fetched = one.bytes_fetched;
        staged_clear(&one);
    } else {
        staged_clear(staged);
        *staged = one;
    }
    return ok;
}

/* The build is complete; what of this can still be had? */
static bool stage_each(const struct staging *staging, const struct additions *additions, struct err *err)
{
    struct content has AUTO(content_clear) = {0};
    content_unite(&has, staging->request->content);
    for (size_t i = 0; i < additions->len; i++) {
        struct content more AUTO(content_clear) = {0};
        struct err one = {0};
        bool lacking;
        content_unite(&more, &has);
        content_unite(&more, &additions->item[i]);
        if (stage(staging, &more, &lacking, &one)) {
            content_unite(&has, &additions->item[i]);
            continue;
        }
        if (!lacking) {
            *err = one;
            return false;
        }
        log_info(staging->job->log, "the configuration wants it no more, so nothing waits for it: %s",
                 one.msg);
    }
    return true;
}

/* Most often upstream has everything. */
static bool stage_all(const struct staging *staging, const struct content *leaving, bool *lacking,
                      struct err *err)
{
    struct content all AUTO(content_clear) = {0};
    content_unite(&all, staging->request->content);
    content_unite(&all, leaving);
    return stage(staging, &all, lacking, err);
}

/* ---- builds that stand already ---- */

static bool is_of(const struct offer *offer, const struct stage_request *request)
{
    return offer->channel == request->channel && build_compare(&offer->build, &request->build) == 0;
}

/* What a share offers of the build by the books, whatever the configuration has come to want: an object of it
 * that was lost must come back. */
static bool unite_offered(const struct job *job, const struct ring *ring, const struct stage_request *request,
                          struct content *content, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!catalog_offers_standing(job->state, ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++) {
        struct content one AUTO(content_clear) = {0};
        if (!is_of(&offers.item[i], request))
            continue;
        if (!content_parse(offers.item[i].content, &one, err))
            return false;
        content_unite(content, &one);
    }
    return true;
}

static bool offered_below(const struct job *job, const struct ring *ring, const struct stage_request *request,
                          struct content *content, struct err *err)
{
    const struct settings *settings = job->settings;
    for (size_t i = 0; i < settings->rings; i++)
        if (settings_takes_from(settings, &settings->ring[i], ring) &&
            !unite_offered(job, &settings->ring[i], request, content, err))
            return false;
    return true;
}

static bool check_offer(const struct job *job, const struct offer *offer, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    uint64_t bytes;
    if (!catalog_offer_files(job->state, offer->id, &files, err))
        return false;
    for (size_t i = 0; i < files.len; i++)
        if (!files.file[i].absent && !store_has(job->store, &files.file[i].digest, &bytes))
            return err_set(err, ERR_UPSTREAM,
                           "%s is not whole: the share of ring %s offers %s, which the store has lost and "
                           "upstream does not have any more: restore the store from a backup, or import "
                           "a folder that has it",
                           files.file[i].path, offer->ring, files.file[i].path);
    return true;
}

/* Staged as far as upstream has it; is that all that shares offer of it? */
static bool check_offered(const struct job *job, const struct ring *ring, const struct stage_request *request,
                          struct err *err)
{
    const struct settings *settings = job->settings;
    for (size_t i = 0; i < settings->rings; i++) {
        struct offers offers AUTO(offers_clear) = {0};
        if (!settings_takes_from(settings, &settings->ring[i], ring))
            continue;
        if (!catalog_offers_standing(job->state, settings->ring[i].name, &offers, err))
            return false;
        for (size_t k = 0; k < offers.len; k++)
            if (is_of(&offers.item[k], request) && !check_offer(job, &offers.item[k], err))
                return false;
    }
    return true;
}

/* ---- the whole ---- */

static bool stage_additions(const struct staging *staging, const struct content *leaving,
                            const struct additions *additions, struct err *err)
{
    bool lacking;
    if (!staging->request->all_or_nothing) {
        struct err all = {0};
        if (stage_all(staging, leaving, &lacking, &all))
            return true;
        if (!lacking) {
            *err = all;
            return false;
        }
    }
    return stage(staging, staging->request->content, &lacking, err) && stage_each(staging, additions, err);
}

bool stage_with_leaving(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                        const struct stage_request *request, struct staged *staged, struct err *err)
{
    const struct staging staging = {job, origin, request, staged};
    struct content leaving AUTO(content_clear) = {0};
    struct additions additions AUTO(additions_clear) = {0};
    *staged = (struct staged){0};
    if (!leaving_content_below(job, ring, &leaving, err) || !offered_below(job, ring, request, &leaving, err))
        return false;
    additions_find(request->content, &leaving, &additions);
    if (additions.len == 0)
        return stage_build(job, origin, request, staged, err);
    return stage_additions(&staging, &leaving, &additions, err) &&
           (!staged->complete || check_offered(job, ring, request, err));
}

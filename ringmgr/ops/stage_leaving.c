#include "ringmgr/ops/stage_leaving.h"
#include "ringmgr/ops/growth.h"
#include "ringmgr/ops/leaving.h"

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

bool stage_with_leaving(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                        const struct stage_request *request, struct staged *staged, struct err *err)
{
    const struct staging staging = {job, origin, request, staged};
    struct content leaving AUTO(content_clear) = {0};
    struct additions additions AUTO(additions_clear) = {0};
    bool lacking;
    *staged = (struct staged){0};
    if (!leaving_content_below(job, ring, &leaving, err))
        return false;
    additions_find(request->content, &leaving, &additions);
    if (additions.len == 0)
        return stage_build(job, origin, request, staged, err);
    if (!request->all_or_nothing) {
        struct err all = {0};
        if (stage_all(&staging, &leaving, &lacking, &all))
            return true;
        if (!lacking) {
            *err = all;
            return false;
        }
    }
    return stage(&staging, request->content, &lacking, err) && stage_each(&staging, &additions, err);
}

#include "ringmgr/ops/site_view.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"

#include <stdlib.h>
#include <string.h>

const char *site_state_name(enum site_state state)
{
    static const char *const name[] = {
        [SITE_PAUSED] = "paused", [SITE_FAILING] = "failing", [SITE_UNSEEN] = "unseen",
        [SITE_EMPTY] = "empty",   [SITE_LIVE] = "live",       [SITE_PROVEN] = "proven",
        [SITE_STAGED] = "staged", [SITE_BEHIND] = "behind",
    };
    return name[state];
}

/* ---- what headquarters wants of a ring ---- */

struct want {
    const struct ring *ring;
    struct offer live;
    uint64_t live_bytes;
    struct site_order order; /* order.ring NULL: none that is still to come */
    bool has_live;
};

static void clear_wants(struct want *wants, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        offer_clear(&wants[i].live);
        site_order_clear(&wants[i].order);
    }
    free(wants);
}

static bool read_bytes(const struct job *job, struct want *want, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    if (!catalog_offer_files(job->state, want->live.id, &files, err))
        return false;
    for (size_t i = 0; i < files.len; i++)
        want->live_bytes += files.file[i].bytes;
    return true;
}

/* An order for what is live has been carried out. */
static bool read_want(const struct job *job, const struct ring *ring, struct want *want, struct err *err)
{
    bool found;
    want->ring = ring;
    if (!catalog_offer_live(job->state, ring->name, &want->live, &want->has_live, err) ||
        (want->has_live && !read_bytes(job, want, err)) ||
        !site_order_find(job->state, ring->name, &want->order, &found, err))
        return false;
    if (found && want->has_live && build_compare(&want->order.build, &want->live.build) == 0)
        site_order_clear(&want->order);
    return true;
}

static const struct want *find_want(const struct want *wants, size_t len, const char *ring)
{
    for (size_t i = 0; i < len; i++)
        if (strcmp(wants[i].ring->name, ring) == 0)
            return &wants[i];
    return NULL;
}

/* ---- one ring at one site ---- */

/* What the books know of a site that was at another place says nothing of this one: as of no site. */
static const char nobody[] = "";

/* What was sent with another list of files is another build here. */
static bool read_progress(const struct job *job, const char *site, const struct site_view *view,
                          const struct channel *channel, const struct build *build,
                          const struct digest *files_digest, struct site_progress *progress, struct err *err)
{
    struct site_build there AUTO(site_build_clear) = {0};
    bool found;
    if (!site_build_find(job->state, site, view->ring->name, channel, build, &there, &found, err))
        return false;
    if (found && digest_equal(&there.files_digest, files_digest))
        *progress = (struct site_progress){there.staged_unix, there.proven_unix};
    return true;
}

static bool read_builds(const struct job *job, const struct want *want, const char *site,
                        struct site_view *view, struct err *err)
{
    if (want->has_live) {
        view->wanted = want->live.build;
        if (!read_progress(job, site, view, want->live.channel, &want->live.build, &want->live.files_digest,
                           &view->want, err))
            return false;
    }
    if (!want->order.ring)
        return true;
    view->ordered = want->order.build;
    return read_progress(job, site, view, want->order.channel, &want->order.build, &want->order.files_digest,
                         &view->order, err);
}

static bool is_live(const struct want *want, const struct site_share *share)
{
    return want->has_live && share->channel == want->live.channel &&
           build_compare(&share->build, &want->live.build) == 0;
}

static enum site_state judge(const struct site_view *view)
{
    if (view->pause.site)
        return SITE_PAUSED;
    if (view->share.failing_unix >= 0)
        return SITE_FAILING;
    if (view->share.looked_unix < 0)
        return SITE_UNSEEN;
    if (build_is_none(&view->wanted))
        return SITE_EMPTY;
    if (view->want.proven_unix >= 0)
        return view->live ? SITE_LIVE : SITE_PROVEN;
    return view->want.staged_unix >= 0 ? SITE_STAGED : SITE_BEHIND;
}

static bool gather_one(const struct job *job, const struct want *want, struct site_view *view,
                       struct err *err)
{
    const struct site_progress none = {-1, -1};
    bool paused;
    view->want = view->order = none;
    view->ends_unix = -1;
    bool same;
    if (!site_place_is(job->state, view->site->name, view->site->target, &same, err) ||
        !site_share_find(job->state, same ? view->site->name : nobody, view->ring->name, &view->share, err) ||
        !site_pause_find(job->state, view->site->name, &view->pause, &paused, err) ||
        !read_builds(job, want, same ? view->site->name : nobody, view, err))
        return false;
    view->live = is_live(want, &view->share);
    view->state = judge(view);
    /* that nobody has measured: all of it */
    if (want->has_live && build_is_none(&view->share.build) && view->want.staged_unix < 0 &&
        view->share.bytes_left == 0)
        view->share.bytes_left = want->live_bytes;
    if (view->share.bytes_left && !paused)
        view->ends_unix = site_finish(view->site, view->share.bytes_left, view->share.rate, clock_now_unix());
    return true;
}

/* ---- all ---- */

static bool gather_site(const struct job *job, const struct site *site, const struct want *wants, size_t len,
                        struct site_views *views, struct err *err)
{
    for (size_t i = 0; i < site->rings.len; i++) {
        const struct want *want = find_want(wants, len, site->rings.item[i]);
        if (!want)
            continue;
        views->item = mem_grow(views->item, views->len, sizeof *views->item);
        views->item[views->len] = (struct site_view){.site = site, .ring = want->ring};
        if (!gather_one(job, want, &views->item[views->len++], err))
            return false;
    }
    return true;
}

static bool gather_left(const struct job *job, struct site_views *views, struct err *err)
{
    struct site_shares shares AUTO(site_shares_clear) = {0};
    if (!site_shares_get(job->state, NULL, NULL, &shares, err))
        return false;
    for (size_t i = 0; i < shares.len; i++)
        if (!settings_site(job->settings, shares.item[i].site) &&
            !strv_has(&views->left, shares.item[i].site))
            strv_add(&views->left, shares.item[i].site);
    return true;
}

static bool gather_quorums(const struct job *job, struct site_views *views, struct err *err)
{
    views->quorum = mem_new(job->settings->rings + 1, sizeof *views->quorum);
    for (; views->quorums < job->settings->rings; views->quorums++)
        if (!quorum_of_live(job, &job->settings->ring[views->quorums], &views->quorum[views->quorums], err)) {
            quorum_clear(&views->quorum[views->quorums]);
            return false;
        }
    return true;
}

bool site_views_gather(const struct job *job, struct site_views *views, struct err *err)
{
    const struct settings *settings = job->settings;
    struct want *wants = mem_new(settings->rings + 1, sizeof *wants);
    bool ok = true;
    *views = (struct site_views){0};
    for (size_t i = 0; ok && i < settings->rings; i++)
        ok = read_want(job, &settings->ring[i], &wants[i], err);
    for (size_t i = 0; ok && i < settings->sites; i++)
        ok = gather_site(job, &settings->site[i], wants, settings->rings, views, err);
    clear_wants(wants, settings->rings);
    return ok && gather_left(job, views, err) && gather_quorums(job, views, err);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int64_t bytes_due(const struct site_view *view, int64_t now)
{
    struct window_state window = site_bytes_at(view->site, now);
    return window.open ? now : window.until_unix;
}

/* Bytes that are not proven may have to be sent again. */
static int64_t due_of(const struct site_view *view, int64_t now)
{
    int64_t due = -1;
    if (view->state == SITE_PAUSED || view->state == SITE_FAILING)
        return -1;
    if (!build_is_none(&view->ordered) && view->order.proven_unix < 0)
        due = bytes_due(view, now);
    if (build_is_none(&view->wanted))
        return due;
    if (view->want.proven_unix < 0)
        return earlier(due, bytes_due(view, now));
    if (view->live)
        return due;
    struct site_chance flip = site_flip_at(view->site, &view->ring->freeze, &view->ring->days, now);
    return earlier(due, flip.opens_unix);
}

int64_t site_views_due(const struct site_views *views, int64_t now)
{
    int64_t due = -1;
    for (size_t i = 0; i < views->len; i++)
        due = earlier(due, due_of(&views->item[i], now));
    return due;
}

void site_views_clear(struct site_views *views)
{
    for (size_t i = 0; i < views->len; i++) {
        site_share_clear(&views->item[i].share);
        site_pause_clear(&views->item[i].pause);
    }
    for (size_t i = 0; i < views->quorums; i++)
        quorum_clear(&views->quorum[i]);
    free(views->item);
    free(views->quorum);
    strv_clear(&views->left);
    *views = (struct site_views){0};
}

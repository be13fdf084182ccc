#include "ringmgr/ops/stage_order.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/sites.h"

/* A sentence has room for so many names. */
enum { NAMES_TOLD = 12 };

static bool append(const struct job *job, const struct ring *ring, const struct build *build,
                   const char *action, const char *reason, struct err *err)
{
    char text[BUILD_TEXT_SIZE];
    build_format(build, text);
    struct entry entry = {
        .action = action, .ring = ring->name, .channel = ring->channel->id, .build = text, .reason = reason};
    return job_append(job, &entry, err);
}

static bool is_same(const struct site_order *order, const struct ring *ring, const struct build *build,
                    const struct digest *files_digest)
{
    return order->channel == ring->channel && build_compare(&order->build, build) == 0 &&
           digest_equal(&order->files_digest, files_digest);
}

static bool put(const struct job *job, const struct ring *ring, const struct build *build,
                const struct digest *files_digest, const char *reason, bool *changed, struct err *err)
{
    struct site_order before AUTO(site_order_clear) = {0};
    struct entry signature = {0};
    char identity_text[320];
    bool found;
    if (!site_order_find(job->state, ring->name, &before, &found, err))
        return false;
    *changed = !found || !is_same(&before, ring, build, files_digest);
    if (!*changed)
        return true;
    job_sign_entry(job, &signature, identity_text);
    const struct site_order order = {.ring = ring->name,
                                     .channel = ring->channel,
                                     .build = *build,
                                     .files_digest = *files_digest,
                                     .by = signature.actor,
                                     .identity = signature.identity,
                                     .reason = reason,
                                     .ordered_unix = signature.time_unix};
    return site_order_put(job->state, &order, err) && append(job, ring, build, "stage-order", reason, err);
}

bool stage_order_put(const struct job *job, const struct ring *ring, const struct build *build,
                     const struct digest *files_digest, const char *reason, bool *changed, struct err *err)
{
    *changed = false;
    if (settings_ring_sites(job->settings, ring->name) == 0)
        return err_set(
            err, ERR_USAGE,
            "%s: no [site NAME] of the configuration shows this ring, so there is nowhere to stage",
            ring->name);
    bool ok = state_begin(job->state, err) && put(job, ring, build, files_digest, reason, changed, err);
    return job_end(job, ok, *changed, err);
}

static bool drop(const struct job *job, const struct ring *ring, const char *reason, bool *changed,
                 struct err *err)
{
    struct build build;
    return stage_order_build(job, ring, &build, changed, err) &&
           (!*changed || (site_order_drop(job->state, ring->name, changed, err) &&
                          append(job, ring, &build, "stage-order-withdrawn", reason, err)));
}

bool stage_order_drop(const struct job *job, const struct ring *ring, const char *reason, bool *changed,
                      struct err *err)
{
    *changed = false;
    bool ok = state_begin(job->state, err) && drop(job, ring, reason, changed, err);
    return job_end(job, ok, *changed, err);
}

bool stage_order_build(const struct job *job, const struct ring *ring, struct build *build, bool *found,
                       struct err *err)
{
    struct site_order order AUTO(site_order_clear) = {0};
    *build = (struct build){{0}};
    if (!site_order_find(job->state, ring->name, &order, found, err))
        return false;
    if (*found)
        *build = order.build;
    return true;
}

bool stage_view_gather(const struct job *job, const struct ring *ring, struct stage_view *view,
                       struct err *err)
{
    struct site_order order AUTO(site_order_clear) = {0};
    struct offer live AUTO(offer_clear) = {0};
    bool ordered, has_live;
    *view = (struct stage_view){.quorum = {.reached_unix = -1}};
    if (!site_order_find(job->state, ring->name, &order, &ordered, err) ||
        !catalog_offer_live(job->state, ring->name, &live, &has_live, err))
        return false;
    if (!ordered || (has_live && build_compare(&order.build, &live.build) == 0))
        return true; /* an order for what is live has been carried out */
    view->build = order.build;
    return quorum_of_build(job, ring, order.channel, &order.build, &order.files_digest, &view->quorum, err);
}

void stage_view_clear(struct stage_view *view)
{
    quorum_clear(&view->quorum);
}

/* "oslo, tokyo and 3 more" */
static char *list_names(const struct strv *names)
{
    AUTO_BUF list = {0};
    for (size_t i = 0; i < names->len && i < NAMES_TOLD; i++)
        buf_printf(&list, "%s%s", i ? ", " : "", names->item[i]);
    if (names->len > NAMES_TOLD)
        buf_printf(&list, " and %zu more", names->len - NAMES_TOLD);
    return mem_strdup(buf_text(&list));
}

bool stage_order_is_proven(const struct job *job, const struct ring *ring, const struct build *build,
                           const struct digest *files_digest, struct err *err)
{
    struct quorum quorum AUTO(quorum_clear) = {0};
    char text[BUILD_TEXT_SIZE];
    if (!quorum_of_build(job, ring, ring->channel, build, files_digest, &quorum, err))
        return false;
    if (quorum.proven >= quorum.need)
        return true;
    char *names AUTO_FREE = list_names(&quorum.not_proven);
    build_format(build, text);
    return err_set(
        err, ERR_REFUSED,
        "%s: %u of %u required sites have %s whole and proven, and %u are needed; it is missing at %s: "
        "`ringmgr site status` shows why",
        ring->name, quorum.proven, quorum.counted, text, quorum.need, names);
}

#include "ringmgr/ops/migrate.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/plan.h"

#include <stdlib.h>
#include <string.h>

/* The newest build of the new channel that the ring's source offers, whatever its number. */
static bool find_candidate(const struct job *job, const struct ring *ring, struct build *candidate,
                           struct err *err)
{
    static const struct build any = {{0}};
    struct offers offers AUTO(offers_clear) = {0};
    struct catalog_build_list list = {0};
    *candidate = any;
    if (ring->source_ring) {
        if (!catalog_offers_after(job->state, ring->source_ring->name, ring->channel, &any, &offers, err))
            return false;
        if (offers.len)
            *candidate = offers.item[0].build;
        return true;
    }
    bool ok = catalog_builds_after(job->state, ring->channel, &any, &list, err);
    if (ok && list.len)
        *candidate = list.item[0].build;
    free(list.item);
    return ok;
}

static bool look(const struct job *job, const struct ring *ring, struct migration_view *view, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct migration before AUTO(migration_clear) = {0};
    bool has_live;
    *view = (struct migration_view){.from = ring->channel, .to = ring->channel};
    if (!catalog_offer_live(job->state, ring->name, &live, &has_live, err) ||
        !migration_find(job->state, ring->name, ring->channel, &before, &view->decided, err) ||
        !find_candidate(job, ring, &view->candidate, err))
        return false;
    if (has_live) {
        view->from = live.channel;
        view->live = live.build;
    }
    view->up = build_compare(&view->candidate, &view->live) > 0;
    return true;
}

/* The hold that stands for nothing but the change of the channel: that is what is being decided. */
static bool lift_channel_hold(const struct job *job, const struct ring *ring, struct err *err)
{
    struct holds holds AUTO(holds_clear) = {0};
    int64_t now = clock_now_unix();
    bool found;
    if (!holds_standing(job->state, ring->name, now, &holds, err))
        return false;
    for (size_t i = 0; i < holds.len; i++) {
        const struct hold *hold = &holds.item[i];
        bool mine = hold->kind == HOLD_SETTINGS && strncmp(hold->reason, "channel:", 8) == 0 &&
                    !strchr(hold->reason, ';') && !strstr(hold->reason, " more");
        if (mine && (!hold_lift(job->state, hold->id, now, &found, err) ||
                     !catalog_attention_clear(job->state, "settings-loosened", ring->name, NULL, err)))
            return false;
    }
    return true;
}

static bool record(const struct job *job, const struct ring *ring, const struct migration_view *view,
                   const char *reason, struct err *err)
{
    const struct migration migration = {.ring = ring->name,
                                        .from = view->from,
                                        .to = view->to,
                                        .by = job->identity->person,
                                        .reason = reason,
                                        .at_unix = clock_now_unix()};
    char *text AUTO_FREE =
        mem_printf("from %s%s%s", view->from->id, reason ? ": " : "", reason ? reason : "");
    struct entry entry = {.action = "migrate", .ring = ring->name, .channel = view->to->id, .reason = text};
    if (!state_begin(job->state, err))
        return false;
    bool ok = migration_put(job->state, &migration, err) && lift_channel_hold(job, ring, err) &&
              job_append(job, &entry, err);
    return job_end(job, ok, true, err);
}

bool migrate_ring(const struct job *job, const struct ring *ring, const struct channel *to,
                  const char *reason, bool dry_run, struct migration_view *view, struct decision *decision,
                  struct err *err)
{
    struct ring_locks locks AUTO(decide_unlock) = {0};
    *decision = (struct decision){.result = "unchanged"};
    if (to != ring->channel)
        return err_set(
            err, ERR_USAGE,
            "%s has channel = %s: write channel = %s into the configuration first, of every ring along its "
            "chain",
            ring->name, ring->channel->id, to->id);
    if (!decide_check(job, ring, err) || !decide_lock(job, ring, &locks, err) || !look(job, ring, view, err))
        return false;
    if (view->from == view->to || view->decided)
        return true;
    decision->result = "done";
    return dry_run || record(job, ring, view, reason, err);
}

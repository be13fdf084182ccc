#include "ringmgr/ops/books.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/force.h"
#include "ringmgr/ops/place.h"
#include "ringmgr/policy/gate.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/sites.h"

#include <string.h>

static const char *const blocks[] = {
    [BLOCK_RING] = "ring", [BLOCK_EVERYWHERE] = "everywhere", [BLOCK_NOT] = "no"};

const char *books_block_name(enum rollback_block block)
{
    return blocks[block];
}

bool books_block_find(const char *name, enum rollback_block *block)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (strcmp(name, blocks[i]) == 0) {
            *block = (enum rollback_block)i;
            return true;
        }
    return false;
}

const char *books_action(const struct intent *intent)
{
    static const char *const action[] = {
        [INTENT_PUBLISH] = "promote", [INTENT_ROLLBACK] = "rollback", [INTENT_EXTEND] = "extend"};
    return action[intent->kind];
}

static bool block_one(const struct job *job, const struct intent *intent, const struct build *build,
                      const char *why, struct err *err)
{
    const struct block block = {.channel = intent->channel,
                                .build = *build,
                                .ring = strcmp(intent->block, blocks[BLOCK_EVERYWHERE]) == 0 ? NULL
                                                                                             : intent->ring,
                                .by = intent->actor,
                                .reason = why,
                                .at_unix = clock_now_unix()};
    char text[BUILD_TEXT_SIZE];
    bool already;
    build_format(build, text);
    struct entry entry = {.time_unix = block.at_unix,
                          .actor = intent->actor,
                          .identity = intent->identity,
                          .action = "block",
                          .ring = block.ring,
                          .channel = intent->channel->id,
                          .build = text,
                          .reason = why};
    return decision_block(job->state, &block, &already, err) &&
           (already || journal_append(job->state, &entry, err));
}

/* The build that is left, and whatever the ring offered between the two. */
static bool block_left(const struct job *job, const struct intent *intent, const char *why, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!intent->block || strcmp(intent->block, blocks[BLOCK_NOT]) == 0)
        return true;
    if (!catalog_offers_after(job->state, intent->ring, intent->channel, &intent->to, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++)
        if (build_compare(&offers.item[i].build, &intent->from) <= 0 &&
            !block_one(job, intent, &offers.item[i].build, why, err))
            return false;
    return true;
}

bool books_give_up(const struct job *job, const struct plan *plan, const char *why, struct err *err)
{
    static const char code[] = "promote-at-refused";
    const char *ring = plan->key.ring;
    char build[BUILD_TEXT_SIZE];
    bool dropped;
    build_format(&plan->key.build, build);
    char *text AUTO_FREE =
        mem_printf("the promotion to %s that %s had ordered was not done: %s", build, plan->by, why);
    char *command AUTO_FREE = mem_printf("ringmgr explain %s %s", ring, build);
    const struct attention attention = {.severity = "warning",
                                        .ring = ring,
                                        .code = code,
                                        .subject = build,
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    /* one that somebody has seen does not hide this one */
    return plan_drop(job->state, ring, &dropped, err) &&
           catalog_attention_settle(job->state, code, ring, build, err) &&
           catalog_attention_raise(job->state, &attention, err);
}

/* What sites were to get for `promote --flip`: done, or overtaken; of a roll-back it knew nothing. */
static bool settle_staging(const struct job *job, const struct intent *intent, bool back, struct err *err)
{
    struct site_order order AUTO(site_order_clear) = {0};
    bool found, dropped;
    return site_order_find(job->state, intent->ring, &order, &found, err) &&
           (!found ||
            (!back && order.channel == intent->channel && build_compare(&order.build, &intent->to) > 0) ||
            site_order_drop(job->state, intent->ring, &dropped, err));
}

/* What was ordered for later knew nothing of the roll-back; unless headquarters went back, and it was to
 * follow.
 */
static bool drop_order(const struct job *job, const struct intent *intent, bool follows, const char *why,
                       struct err *err)
{
    struct plan plan AUTO(plan_clear) = {0};
    bool found, dropped;
    if (!plan_find(job->state, intent->ring, &plan, &found, err))
        return false;
    if (!found)
        return true;
    return follows && build_compare(&plan.key.build, &intent->to) == 0
               ? plan_drop(job->state, intent->ring, &dropped, err)
               : books_give_up(job, &plan, why, err);
}

static bool record_rollback(const struct job *job, const struct intent *intent, struct err *err)
{
    char from[BUILD_TEXT_SIZE];
    build_format(&intent->from, from);
    char *why AUTO_FREE = mem_printf("rolled back from %s%s%s", from, intent->reason ? ": " : "",
                                     intent->reason ? intent->reason : "");
    struct hold hold = {.ring = intent->ring,
                        .kind = HOLD_ROLLBACK,
                        .by = intent->actor,
                        .reason = why,
                        .at_unix = clock_now_unix(),
                        .until_unix = -1,
                        .lifted_unix = -1};
    /* where headquarters went back nobody here has to say that it may go on */
    bool decided_here = !intent->lane || strcmp(intent->lane, gate_lane_name(LANE_ROLLBACK)) == 0;
    return block_left(job, intent, why, err) && (!decided_here || hold_put(job->state, &hold, err)) &&
           drop_order(job, intent, !decided_here, why, err) && settle_staging(job, intent, true, err);
}

/* What was ordered for later and is not newer than what goes live now is done, and so is what could not be
 * done. */
static bool settle_orders(const struct job *job, const struct intent *intent, struct err *err)
{
    struct plan plan AUTO(plan_clear) = {0};
    bool found, dropped;
    return plan_find(job->state, intent->ring, &plan, &found, err) &&
           (!found || build_compare(&plan.key.build, &intent->to) > 0 ||
            plan_drop(job->state, intent->ring, &dropped, err)) &&
           settle_staging(job, intent, false, err) &&
           catalog_attention_clear(job->state, "promote-at-refused", intent->ring, NULL, err);
}

/* What the ring offers from now on. */
static bool record_offer(const struct job *job, const struct intent *intent,
                         const struct catalog_files *files, int64_t now, struct err *err)
{
    struct offer offer = {.ring = intent->ring,
                          .channel = intent->channel,
                          .build = intent->to,
                          .content = intent->content,
                          .files_digest = intent->files_digest,
                          .live_since = now,
                          .live_until = -1,
                          .by = intent->actor,
                          .removed_unix = -1};
    if (intent->kind == INTENT_EXTEND) /* it stands, so its soak goes on */
        return catalog_offer_extend(job->state, &offer, files, err);
    return catalog_offer_start(job->state, &offer, files, books_action(intent), err) &&
           migration_done(job->state, intent->ring, intent->channel, now, err);
}

/* What a roll-back and a gate that was opened by force leave behind. */
static bool record_consequences(const struct job *job, const struct intent *intent, struct err *err)
{
    /* it was about the build that is left; an extension leaves none */
    if (intent->kind != INTENT_EXTEND &&
        !catalog_attention_clear(job->state, "pointer-withdrawn", intent->ring, NULL, err))
        return false;
    const struct approval_key key = {intent->ring, intent->channel, intent->to, intent->files_digest};
    if (intent->kind == INTENT_ROLLBACK && !record_rollback(job, intent, err))
        return false;
    if (intent->kind == INTENT_PUBLISH && !settle_orders(job, intent, err))
        return false;
    return !intent->gates_overridden || force_use(job, &key, intent->gates_overridden, intent->actor, err);
}

/* History entry, live build and closed intent in one transaction: the moment when the promotion is done. */
bool books_close(const struct job *job, const struct intent *intent, const struct catalog_files *files,
                 struct err *err)
{
    char to[BUILD_TEXT_SIZE], from[BUILD_TEXT_SIZE];
    int64_t now = clock_now_unix();
    build_format(&intent->to, to);
    build_format(&intent->from, from);
    struct entry entry = {.time_unix = now,
                          .actor = intent->actor,
                          .identity = intent->identity,
                          .action = books_action(intent),
                          .ring = intent->ring,
                          .channel = intent->channel->id,
                          .build = to,
                          .from_build = build_is_none(&intent->from) ? NULL : from,
                          .reason = intent->reason,
                          .gates_overridden = intent->gates_overridden};
    if (!state_begin(job->state, err))
        return false;
    /* the entry first: a clock that is behind dates neither it nor the soak before the last one */
    bool ok = journal_append(job->state, &entry, err) &&
              record_offer(job, intent, files, entry.time_unix, err) &&
              record_consequences(job, intent, err) &&
              (!intent->path || place_note(job, intent->ring, intent->path, err)) &&
              journal_intent_close(job->state, intent->id, "done", now, err);
    return job_end(job, ok, true, err);
}

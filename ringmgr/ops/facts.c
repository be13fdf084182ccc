#include "ringmgr/ops/facts.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/clock_behind.h"
#include "ringmgr/ops/followed.h"
#include "ringmgr/ops/growth.h"
#include "ringmgr/ops/leaving.h"
#include "ringmgr/ops/quorum.h"
#include "ringmgr/policy/wanted.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/state/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum lane facts_lane(const struct ring *ring)
{
    return ring->publish == PUBLISH_AUTO ? LANE_AUTOMATIC : LANE_MANUAL;
}

/* ---- the build's files ---- */

/* Moves what would be offered there. */
static void take(struct facts *facts, struct growth *growth)
{
    facts->content = growth->content;
    facts->files = growth->files;
    facts->files_digest = growth->digest;
    facts->missing = growth->missing;
    growth->content = (struct content){0};
    growth->files = (struct catalog_files){0};
    growth->missing = (struct strv){0};
}

/*
 * Back to a build that stands: what it offers it goes on offering, and a language that was added since and
 * has not come yet keeps nobody from going back. An architecture does: its pointer would stay where it is.
 */
static bool gather_standing(const struct job *job, const struct ring *ring, struct facts *facts,
                            bool *standing, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    struct growth growth AUTO(growth_clear) = {0};
    *standing = false;
    if (facts->gate.lane != LANE_ROLLBACK && facts->gate.lane != LANE_RETURN)
        return true;
    if (!catalog_offer_find(job->state, ring->name, ring->channel, &facts->gate.build, &offer, standing, err))
        return false;
    *standing = *standing && offer.removed_unix < 0;
    if (!*standing)
        return true;
    if (!growth_of_offer(job, &offer, &ring->content, &growth, err))
        return false;
    *standing = (ring->content.architectures & ~growth.content.architectures) == 0;
    if (!*standing)
        return true;
    take(facts, &growth);
    return true;
}

/* What the ring's content is, and what has left it lately as far as the build has that: no build waits for
 * something that it will not have. */
static bool gather_wanted(const struct job *job, const struct ring *ring, struct facts *facts,
                          struct err *err)
{
    struct content leaving AUTO(content_clear) = {0};
    struct growth growth AUTO(growth_clear) = {0};
    if (!leaving_content(job, ring, &leaving, err) ||
        !growth_find(job, ring->channel, &facts->gate.build, &ring->content, &leaving, &growth, err))
        return false;
    take(facts, &growth);
    return true;
}

/* Which of the build's files this ring would show, and which of them it cannot. */
static bool gather_files(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    bool standing;
    bool ok = gather_standing(job, ring, facts, &standing, err) &&
              (standing || gather_wanted(job, ring, facts, err));
    if (facts->files.len == 0)
        facts->gate.unverified = NULL; /* nothing is there that could have been looked at */
    for (size_t i = 0; ok && i < facts->files.len; i++) {
        const struct catalog_file *file = &facts->files.file[i];
        bool has;
        ok = store_has_bytes(job->store, &file->digest, file->bytes, &has, err);
        if (ok && !has)
            strv_add(&facts->unverified, file->path);
    }
    return ok;
}

/* Whose descriptor is it? The catalog knows a build by channel, so ask whether it knows it in this one. */
static bool gather_build(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    struct gate_facts *gate = &facts->gate;
    struct catalog_build known;
    bool found;
    if (!catalog_build_find(job->state, ring->channel, &gate->build, &known, &found, err))
        return false;
    gate->channel = found ? ring->channel : NULL;
    gate->staged_unix = found ? known.staged_unix : -1;
    gate->throttle = found ? known.throttle : -1;
    gate->waiting = found && known.disputed_unix >= 0 && ring->source_ring;
    return true;
}

/* ---- what the ring has, and had ---- */

static bool gather_live(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    struct gate_facts *gate = &facts->gate;
    struct migration migration AUTO(migration_clear) = {0};
    struct offer_span span;
    if (!catalog_offer_live(job->state, ring->name, &facts->live, &facts->has_live, err) ||
        !catalog_offer_span(job->state, ring->name, ring->channel, &gate->build, &span, err) ||
        !migration_find(job->state, ring->name, ring->channel, &migration, &gate->migrating, err))
        return false;
    gate->went_back = span.bad;
    gate->was_live = span.since_unix >= 0;
    if (facts->has_live) {
        gate->live = facts->live.build;
        gate->live_channel = facts->live.channel;
    }
    return true;
}

/* What headquarters says, and whether that leads back. */
static bool gather_followed(const struct job *job, const struct ring *ring, struct facts *facts,
                            struct err *err)
{
    struct gate_facts *gate = &facts->gate;
    if (!ring_follows(ring))
        return true;
    if (!followed_offers(job, ring, &gate->build, gate->now_unix, facts->followed, &gate->followed_sequence,
                         err))
        return false;
    gate->followed = facts->followed;
    if ((gate->lane == LANE_AUTOMATIC || gate->lane == LANE_MANUAL) &&
        build_compare(&gate->build, &gate->live) < 0)
        gate->lane = LANE_RETURN;
    return true;
}

/* ---- people ---- */

static void add_approver(const struct job *job, const struct ring *ring, struct facts *facts, size_t index)
{
    const struct approval *approval = &facts->approvals.item[index];
    char why[256] = "";
    enum membership membership = people_is_approver(ring, approval->account, job->service_uid, why);
    if (membership == MEMBER_UNKNOWN)
        snprintf(facts->approvals_unknown, sizeof facts->approvals_unknown, "%s", why);
    strv_add(&facts->approver_texts, why);
    facts->approver[index] = (struct approver){.account = approval->account,
                                               .person = settings_person(job->settings, approval->account),
                                               .counts = membership == MEMBER_YES,
                                               .why = facts->approver_texts.item[index],
                                               .at_unix = approval->at_unix};
}

/* An approval of other files: the ring's content was another when it was given. */
static struct approver void_approver(const struct job *job, const struct approval *approval)
{
    return (struct approver){.account = approval->account,
                             .person = settings_person(job->settings, approval->account),
                             .why = "it was for other files of the build: the ring's content has changed "
                                    "since",
                             .at_unix = approval->at_unix};
}

/* Who has approved exactly this, and whose approval still counts. */
static bool gather_approvals(const struct job *job, const struct ring *ring, struct facts *facts,
                             struct err *err)
{
    const struct approval_key key = {ring->name, ring->channel, facts->gate.build, facts->files_digest};
    if (!decision_approvals(job->state, &key, &facts->approvals, err) ||
        !decision_approvals_of_others(job->state, &key, &facts->void_approvals, err))
        return false;
    size_t exact = facts->approvals.len;
    facts->approver = mem_new(exact + facts->void_approvals.len, sizeof *facts->approver);
    for (size_t i = 0; i < exact; i++)
        add_approver(job, ring, facts, i);
    for (size_t i = 0; i < facts->void_approvals.len; i++)
        facts->approver[exact + i] = void_approver(job, &facts->void_approvals.item[i]);
    facts->gate.approver = facts->approver;
    facts->gate.approvers = exact + facts->void_approvals.len;
    facts->gate.approvals_unknown = facts->approvals_unknown[0] ? facts->approvals_unknown : NULL;
    return true;
}

static bool gather_block(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    bool found;
    if (!decision_blocked(job->state, ring->name, ring->channel, &facts->gate.build, &facts->block, &found,
                          err))
        return false;
    if (!decision_last_unblock(job->state, ring->name, ring->channel, &facts->gate.build,
                               &facts->gate.unblocked_unix, err))
        return false;
    if (found) {
        facts->gate.blocked_by = facts->block.by;
        facts->gate.blocked_ring = facts->block.ring;
        facts->gate.blocked_reason = facts->block.reason;
        facts->gate.blocked_unix = facts->block.at_unix;
    }
    return true;
}

static bool gather_holds(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    struct gate_facts *gate = &facts->gate;
    if (!holds_standing(job->state, ring->name, gate->now_unix, &facts->holds, err) ||
        !hold_last_end(job->state, ring->name, gate->now_unix, &gate->hold_ended_unix, err))
        return false;
    facts->hold = mem_new(facts->holds.len, sizeof *facts->hold);
    for (size_t i = 0; i < facts->holds.len; i++) {
        const struct hold *hold = &facts->holds.item[i];
        facts->hold[i] = (struct gate_hold){.by = hold->by,
                                            .reason = hold->reason,
                                            .at_unix = hold->at_unix,
                                            .until_unix = hold->until_unix,
                                            .automatic_only = hold->kind == HOLD_ROLLBACK};
    }
    gate->hold = facts->hold;
    gate->holds = facts->holds.len;
    return true;
}

/* ---- soak ---- */

/* Where the build comes from: the source ring, or the store for a ring that takes from origin. */
static bool find_source(const struct job *job, const struct ring *ring, struct gate_facts *soak,
                        char waits[128], struct err *err)
{
    struct offer_span span;
    *waits = 0;
    if (!ring->source_ring) {
        soak->source_offered = true;
        soak->soak_since_unix = soak->staged_unix;
        return true;
    }
    if (!catalog_offer_span(job->state, ring->source_ring->name, ring->channel, &soak->build, &span, err))
        return false;
    soak->source_offered = span.since_unix >= 0 && span.standing;
    soak->source_bad = span.bad;
    soak->soak_since_unix = span.since_unix;
    return quorum_since(job, ring->source_ring, ring->channel, &soak->build, &soak->soak_since_unix, waits,
                        err);
}

/* A ring on the way here that went back from the build, or blocks it, says so for all below it. */
static bool find_bad_ring(const struct job *job, const struct ring *ring, struct gate_facts *soak,
                          char why[256], struct err *err)
{
    for (const struct ring *above = ring->source_ring; above && !*why; above = above->source_ring) {
        struct block block AUTO(block_clear) = {0};
        struct offer_span span;
        bool blocked;
        if (!catalog_offer_span(job->state, above->name, ring->channel, &soak->build, &span, err) ||
            !decision_blocked(job->state, above->name, ring->channel, &soak->build, &block, &blocked, err))
            return false;
        if (span.bad) {
            soak->source_bad = true;
            soak->bad_ring = above->name;
            snprintf(why, 256, "%s went back from it", above->name);
        } else if (blocked)
            snprintf(why, 256, "%s blocked the build for %s", block.by, above->name);
    }
    return true;
}

/* The sentence why the soak is over for good; "" if it is not. A block that was lifted lets it begin anew. */
static bool find_end(const struct job *job, const struct ring *ring, struct gate_facts *soak, char why[256],
                     struct err *err)
{
    const struct ring *source = ring->source_ring ? ring->source_ring : ring;
    struct block block AUTO(block_clear) = {0};
    bool blocked;
    int64_t lifted;
    *why = 0;
    if (!find_bad_ring(job, ring, soak, why, err) ||
        !decision_blocked(job->state, ring->name, ring->channel, &soak->build, &block, &blocked, err) ||
        !decision_last_unblock(job->state, source->name, ring->channel, &soak->build, &lifted, err) ||
        !catalog_recalled(job->state, ring->channel, &soak->build, &soak->recalled_unix, err))
        return false;
    if (!*why && soak->recalled_unix >= 0)
        snprintf(why, 256, "Microsoft withdrew the build");
    else if (!*why && blocked)
        snprintf(why, 256, "%s blocked the build", block.by);
    if (lifted > soak->soak_since_unix && soak->soak_since_unix >= 0)
        soak->soak_since_unix = lifted;
    return true;
}

bool facts_soak(const struct job *job, const struct ring *ring, const struct build *build, enum lane lane,
                char why[256], struct gate_facts *soak, struct err *err)
{
    struct soak_pause *pause = NULL;
    char waits[128];
    soak->ring = ring;
    soak->build = *build;
    soak->lane = lane;
    soak->holidays = &job->settings->holidays;
    if (!find_source(job, ring, soak, waits, err) || !find_end(job, ring, soak, why, err) ||
        (soak->soak_since_unix >= 0 &&
         !hold_pauses(job->state, ring->name, soak->soak_since_unix, &pause, &soak->pauses, err)))
        return false;
    soak->pause = pause;
    soak->soak_end = *why ? why : NULL;
    soak->soak_waits = NULL;
    if (!*why && *waits) {
        snprintf(why, 256, "%s", waits);
        soak->soak_waits = why;
    }
    return true;
}

static bool gather_soak(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    struct gate_facts *gate = &facts->gate;
    bool ok = facts_soak(job, ring, &gate->build, gate->lane, facts->soak_end, gate, err);
    facts->pause = (struct soak_pause *)(uintptr_t)gate->pause;
    return ok;
}

/* ---- support and version ---- */

static struct deadline deadline_of(const struct job *job, const struct support_build *build)
{
    return support_deadline(job->support, &job->settings->support, build);
}

static bool gather_support(const struct job *job, const struct ring *ring, struct facts *facts,
                           struct err *err)
{
    struct gate_facts *gate = &facts->gate;
    struct releases live_rows AUTO(releases_clear) = RELEASES_NONE;
    if (!catalog_releases(job->state, ring->channel, &facts->releases, err))
        return false;
    support_describe(ring->channel, &gate->build, &facts->releases, &facts->support);
    gate->deadline = deadline_of(job, &facts->support);
    gate->live_deadline = (struct deadline){.at_unix = -1};
    gate->minimum_days = support_minimum_days(job->support, &job->settings->support, ring->channel);
    if (wanted_refuses(ring, &facts->releases, facts->support.version, facts->wrong_version))
        gate->wrong_version = facts->wrong_version;
    if (!facts->has_live)
        return true;
    if (gate->live_channel != ring->channel &&
        !catalog_releases(job->state, gate->live_channel, &live_rows, err))
        return false;
    support_describe(gate->live_channel, &gate->live,
                     gate->live_channel == ring->channel ? &facts->releases : &live_rows,
                     &facts->live_support);
    gate->live_deadline = deadline_of(job, &facts->live_support);
    if (gate->live_channel != ring->channel)
        facts->live_support.version = ""; /* its text goes with live_rows */
    return true;
}

/* ---- the clock ---- */

static bool gather_clock(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    struct gate_facts *gate = &facts->gate;
    const struct clock_steady steady = clock_steady_now();
    const struct ring *origin = ring;
    int64_t synced, checked;
    while (origin->source_ring)
        origin = origin->source_ring;
    if (!clock_behind_find(job, gate->now_unix, facts->clock_behind, err) ||
        !mark_find(job->state, "sync", origin->name, steady.boot, &synced, err) ||
        !mark_find(job->state, "verify", ring->name, steady.boot, &checked, err))
        return false;
    gate->clock_behind = facts->clock_behind[0] ? facts->clock_behind : NULL;
    gate->clock_synchronised = clock_is_synchronised();
    gate->synced = synced >= 0;
    gate->checked = checked >= 0;
    return true;
}

/* ---- all of it ---- */

bool facts_gather(const struct job *job, const struct ring *ring, const struct build *build, enum lane lane,
                  const char *promoter, struct facts *facts, struct err *err)
{
    *facts = (struct facts){.releases = RELEASES_NONE,
                            .gate = {.ring = ring,
                                     .build = *build,
                                     .lane = lane,
                                     .now_unix = clock_now_unix(),
                                     .promoter = promoter,
                                     .recalled_unix = -1}};
    facts->gate.missing = &facts->missing;
    facts->gate.unverified = &facts->unverified;
    return gather_live(job, ring, facts, err) && gather_followed(job, ring, facts, err) &&
           gather_build(job, ring, facts, err) && gather_files(job, ring, facts, err) &&
           gather_approvals(job, ring, facts, err) && gather_holds(job, ring, facts, err) &&
           gather_block(job, ring, facts, err) && gather_soak(job, ring, facts, err) &&
           gather_support(job, ring, facts, err) && gather_clock(job, ring, facts, err);
}

void facts_clear(struct facts *facts)
{
    offer_clear(&facts->live);
    content_clear(&facts->content);
    catalog_files_clear(&facts->files);
    strv_clear(&facts->missing);
    strv_clear(&facts->unverified);
    approvals_clear(&facts->approvals);
    approvals_clear(&facts->void_approvals);
    free(facts->approver);
    strv_clear(&facts->approver_texts);
    holds_clear(&facts->holds);
    free(facts->hold);
    free(facts->pause);
    block_clear(&facts->block);
    releases_clear(&facts->releases);
    *facts = (struct facts){0};
}

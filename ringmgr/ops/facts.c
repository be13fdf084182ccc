#include "ringmgr/ops/facts.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which of the build's files this ring would show, and which of them it cannot. */
static bool gather_files(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    struct filelist list = {0};
    struct catalog_files all = {0};
    bool ok = catalog_files_get(job->state, ring->channel, &facts->gate.build, &all, err) &&
              filelist_make(ring->channel, &facts->gate.build, &ring->content, &list, err);
    if (ok)
        catalog_files_select(&all, &list, &facts->files, &facts->files_digest, &facts->missing);
    if (facts->files.len == 0)
        facts->gate.unverified = NULL; /* nothing is there that could have been looked at */
    for (size_t i = 0; ok && i < facts->files.len; i++) {
        const struct catalog_file *file = &facts->files.file[i];
        uint64_t bytes;
        if (!store_has(job->store, &file->digest, &bytes) || bytes != file->bytes)
            strv_add(&facts->unverified, file->path);
    }
    filelist_clear(&list);
    catalog_files_clear(&all);
    return ok;
}

/* Who has approved exactly this, and whose approval still counts. */
static bool gather_approvals(const struct job *job, const struct ring *ring, struct facts *facts,
                             struct err *err)
{
    const struct approval_key key = {ring->name, ring->channel, facts->gate.build, facts->files_digest};
    if (!decision_approvals(job->state, &key, &facts->approvals, err))
        return false;
    facts->approver = mem_new(facts->approvals.len, sizeof *facts->approver);
    for (size_t i = 0; i < facts->approvals.len; i++) {
        const char *account = facts->approvals.item[i].account;
        char why[256] = "";
        enum membership membership = people_is_approver(ring, account, job->service_uid, why);
        if (membership == MEMBER_UNKNOWN)
            snprintf(facts->approvals_unknown, sizeof facts->approvals_unknown, "%s", why);
        strv_add(&facts->approver_texts, why);
        facts->approver[i] = (struct approver){.account = account,
                                               .person = settings_person(job->settings, account),
                                               .counts = membership == MEMBER_YES,
                                               .why = facts->approver_texts.item[i]};
    }
    facts->gate.approver = facts->approver;
    facts->gate.approvers = facts->approvals.len;
    facts->gate.approvals_unknown = facts->approvals_unknown[0] ? facts->approvals_unknown : NULL;
    return true;
}

static bool gather_block(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    bool found;
    if (!decision_blocked(job->state, ring->name, ring->channel, &facts->gate.build, &facts->block, &found,
                          err))
        return false;
    if (found) {
        facts->gate.blocked_by = facts->block.by;
        facts->gate.blocked_reason = facts->block.reason;
        facts->gate.blocked_unix = facts->block.at_unix;
    }
    return catalog_recalled(job->state, ring->channel, &facts->gate.build, &facts->gate.recalled_unix, err);
}

/* Has the source ring offered it, does it keep it, and why did it leave it? */
static bool gather_source(const struct job *job, const struct ring *ring, struct facts *facts,
                          struct err *err)
{
    struct offer offer = {0};
    bool found = false;
    if (!ring->source_ring) {
        facts->gate.source_offered = true;
        return true;
    }
    if (!catalog_offer_find(job->state, ring->source_ring->name, ring->channel, &facts->gate.build, &offer,
                            &found, err))
        return false;
    facts->gate.source_offered = found && offer.removed_unix < 0;
    facts->gate.source_bad = found && offer.ended && strcmp(offer.ended, "rollback") == 0;
    offer_clear(&offer);
    return true;
}

/* Whose descriptor is it? The catalog knows a build by channel, so ask whether it knows it in this one. */
static bool gather_build(const struct job *job, const struct ring *ring, struct facts *facts, struct err *err)
{
    struct catalog_build known;
    bool found;
    if (!catalog_build_find(job->state, ring->channel, &facts->gate.build, &known, &found, err))
        return false;
    facts->gate.channel = found ? ring->channel : NULL;
    return true;
}

bool facts_gather(const struct job *job, const struct ring *ring, const struct build *build,
                  const char *promoter, struct facts *facts, struct err *err)
{
    *facts =
        (struct facts){.gate = {.ring = ring, .build = *build, .promoter = promoter, .recalled_unix = -1}};
    facts->gate.missing = &facts->missing;
    facts->gate.unverified = &facts->unverified;
    if (!catalog_offer_live(job->state, ring->name, &facts->live, &facts->has_live, err))
        return false;
    if (facts->has_live) {
        facts->gate.live = facts->live.build;
        facts->gate.live_channel = facts->live.channel;
    }
    return gather_build(job, ring, facts, err) && gather_files(job, ring, facts, err) &&
           gather_approvals(job, ring, facts, err) && gather_block(job, ring, facts, err) &&
           gather_source(job, ring, facts, err);
}

void facts_clear(struct facts *facts)
{
    offer_clear(&facts->live);
    catalog_files_clear(&facts->files);
    strv_clear(&facts->missing);
    strv_clear(&facts->unverified);
    approvals_clear(&facts->approvals);
    free(facts->approver);
    strv_clear(&facts->approver_texts);
    block_clear(&facts->block);
    *facts = (struct facts){0};
}

static bool newest_in_source(const struct job *job, const struct ring *ring, struct build *candidate,
                             struct err *err)
{
    struct offers offers = {0};
    if (!catalog_offers_standing(job->state, ring->source_ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++) {
        const struct offer *offer = &offers.item[i];
        bool bad = offer->ended && strcmp(offer->ended, "rollback") == 0;
        if (!bad && offer->channel == ring->channel && build_compare(&offer->build, candidate) > 0)
            *candidate = offer->build;
    }
    offers_clear(&offers);
    return true;
}

static bool newest_staged(const struct job *job, const struct ring *ring, struct build *candidate,
                          struct err *err)
{
    struct catalog_build newest;
    bool found;
    if (!catalog_build_newest(job->state, ring->channel, NULL, &newest, &found, err))
        return false;
    if (found && build_compare(&newest.build, candidate) > 0)
        *candidate = newest.build;
    return true;
}

bool facts_candidate(const struct job *job, const struct ring *ring, struct build *candidate, bool *found,
                     struct err *err)
{
    struct offer live = {0};
    bool has_live;
    *candidate = (struct build){{0}};
    if (!catalog_offer_live(job->state, ring->name, &live, &has_live, err))
        return false;
    struct build from = has_live ? live.build : (struct build){{0}};
    offer_clear(&live);
    *candidate = from;
    bool ok = ring->source_ring ? newest_in_source(job, ring, candidate, err)
                                : newest_staged(job, ring, candidate, err);
    *found = ok && build_compare(candidate, &from) > 0;
    return ok;
}

#include "ringmgr/ops/rollback.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- where to ---- */

bool rollback_is_good(const struct job *job, const struct ring *ring, const struct build *build, bool *good,
                      struct err *err)
{
    struct block block AUTO(block_clear) = {0};
    struct offer_span span;
    bool blocked;
    int64_t recalled;
    if (!catalog_offer_span(job->state, ring->name, ring->channel, build, &span, err) ||
        !decision_blocked(job->state, ring->name, ring->channel, build, &block, &blocked, err) ||
        !catalog_recalled(job->state, ring->channel, build, &recalled, err))
        return false;
    *good = !span.bad && !blocked && recalled < 0;
    return true;
}

bool rollback_target(const struct job *job, const struct ring *ring, struct build *target, bool *found,
                     struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    static const struct build any = {{0}};
    *found = false;
    if (!catalog_offers_after(job->state, ring->name, ring->channel, &any, &offers, err))
        return false;
    const struct build *live = NULL;
    for (size_t i = 0; i < offers.len; i++)
        if (offers.item[i].live_until < 0)
            live = &offers.item[i].build;
    for (size_t i = 0; i < offers.len && live && !*found; i++) {
        *target = offers.item[i].build;
        if (build_compare(target, live) < 0 && !rollback_is_good(job, ring, target, found, err))
            return false;
    }
    return true;
}

/* ---- there ---- */

/* The bytes of every file that the ring would show, read again. */
static bool read_again(const struct job *job, const struct catalog_files *files, struct err *err)
{
    for (size_t i = 0; i < files->len; i++) {
        const struct catalog_file *file = &files->file[i];
        log_progress(job->log, "reading again %zu of %zu: %s", i + 1, files->len, file->path);
        if (!store_check_object(job->store, &file->digest, err))
            return err_prefix(err, "%s", file->path);
    }
    return true;
}

static bool publish(const struct job *job, const struct ring *ring, const struct facts *facts,
                    const struct rollback_options *options, struct err *err)
{
    char identity_text[320];
    struct entry signature = {0};
    char *content AUTO_FREE = content_format(&facts->content);
    job_sign_entry(job, &signature, identity_text);
    struct intent intent = {.ring = ring->name,
                            .channel = ring->channel,
                            .from = facts->gate.live,
                            .to = facts->gate.build,
                            .kind = INTENT_ROLLBACK,
                            .content = content,
                            .path = ring->path,
                            .files_digest = facts->files_digest,
                            .lane = gate_lane_name(LANE_ROLLBACK),
                            .block = books_block_name(options->block),
                            .actor = signature.actor,
                            .identity = signature.identity,
                            .reason = options->reason,
                            .opened_unix = signature.time_unix};
    if (!journal_intent_open(job->state, &intent, err))
        return false;
    if (reconcile_publish(job, ring, &intent, &facts->files, err))
        return true;
    reconcile_abandon(job, ring, &intent);
    return false;
}

static bool refuse(const struct ring *ring, const struct promotion *promotion, struct err *err)
{
    AUTO_BUF shut = {0};
    gate_say_shut(promotion->verdict, 0, &shut);
    return err_set(err, ERR_REFUSED, "roll %s back: refused by the gate %s", ring->name, buf_text(&shut));
}

static bool go_back(const struct job *job, const struct ring *ring, const struct rollback_options *options,
                    const struct build *target, struct promotion *promotion, struct err *err)
{
    AUTO_FACTS facts = {0};
    if (!facts_gather(job, ring, target, LANE_ROLLBACK, NULL, &facts, err))
        return false;
    promotion->from = facts.gate.live;
    promotion->to = *target;
    promotion->files_digest = facts.files_digest;
    promotion->files = facts.files.len;
    for (size_t i = 0; i < facts.files.len; i++)
        promotion->bytes += facts.files.file[i].bytes;
    if (build_compare(target, &facts.gate.live) == 0)
        return true;
    promotion->asked = true;
    promotion->result = gate_ask_all(&facts.gate, promotion->verdict) ? PROMOTE_DONE : PROMOTE_REFUSED;
    if (promotion->result == PROMOTE_REFUSED)
        return refuse(ring, promotion, err);
    return (read_again(job, &facts.files, err) && publish(job, ring, &facts, options, err)) ||
           err_prefix(err, "roll %s back", ring->name);
}

/* *meant false: another build than options->from is live, or none. */
static bool is_meant(const struct job *job, const struct ring *ring, const struct rollback_options *options,
                     struct promotion *promotion, bool *meant, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    if (!catalog_offer_live(job->state, ring->name, &live, meant, err))
        return false;
    if (!*meant && !options->from)
        return err_set(err, ERR_REFUSED, "roll %s back: the ring is empty", ring->name);
    if (*meant)
        promotion->from = live.build;
    if (options->from)
        *meant = *meant && build_compare(&live.build, options->from) == 0;
    return true;
}

static bool read_live(const struct job *job, const struct ring *ring, struct build *live, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    bool found;
    *live = (struct build){{0}};
    if (!catalog_offer_live(job->state, ring->name, &offer, &found, err))
        return false;
    if (found)
        *live = offer.build;
    return true;
}

bool rollback_run(const struct job *job, const struct ring *ring, const struct rollback_options *options,
                  struct promotion *promotion, struct err *err)
{
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    struct build target, before;
    bool found = true, meant;
    *promotion = (struct promotion){.result = PROMOTE_UNCHANGED};
    if (!read_live(job, ring, &before, err) || !job_lock_ring(job, ring, &lock, err) ||
        !job_lock_store(job, &store, err) || !reconcile_ring(job, ring, err) ||
        !is_meant(job, ring, options, promotion, &meant, err))
        return false;
    if (!meant)
        return true;
    if (!options->to && build_compare(&before, &promotion->from) != 0)
        return true; /* it moved while this waited, or replay has just finished it: what was live then is left
                      */
    if (options->to)
        target = *options->to;
    else if (!rollback_target(job, ring, &target, &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_REFUSED, "roll %s back: no older build was live here that is not bad itself",
                       ring->name);
    return go_back(job, ring, options, &target, promotion, err);
}

/* ---- what it means for machines ---- */

bool rollback_left(const struct job *job, const struct ring *ring, struct build *left, bool *found,
                   struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    *found = false;
    if (!catalog_offers_all(job->state, ring->name, &offers, err))
        return false;
    if (offers.len > 1 && offers.item[1].ended && strcmp(offers.item[1].ended, "rollback") == 0) {
        *left = offers.item[1].build;
        *found = true;
    }
    return true;
}

static bool has_digest(const struct catalog_files *files, const struct digest *digest)
{
    for (size_t i = 0; i < files->len; i++)
        if (!files->file[i].absent && digest_equal(&files->file[i].digest, digest))
            return true;
    return false;
}

bool rollback_machine_bytes(const struct job *job, const struct ring *ring, const struct build *from,
                            const struct build *to, unsigned architecture, uint64_t *bytes, struct err *err)
{
    struct catalog_files old AUTO(catalog_files_clear) = {0}, all AUTO(catalog_files_clear)
    = {0};
    struct content content AUTO(content_clear) = {0};
    struct filelist list AUTO(filelist_clear) = {0};
    *bytes = 0;
    if (!(ring->content.architectures & architecture))
        return true;
    content_copy(&content, &ring->content);
    content.architectures = architecture;
    if (!catalog_files_get(job->state, ring->channel, from, &old, err) ||
        !catalog_files_get(job->state, ring->channel, to, &all, err) ||
        !filelist_make(ring->channel, to, &content, &list, err))
        return false;
    for (size_t i = 0; i < list.len; i++) {
        const struct catalog_file *file = catalog_files_find(&all, list.file[i].path);
        if (file && !file->absent && !has_digest(&old, &file->digest))
            *bytes += file->bytes;
    }
    return true;
}

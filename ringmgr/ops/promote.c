#include "ringmgr/ops/promote.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *promoter_of(const struct job *job)
{
    return job->identity ? job->identity->person : NULL;
}

static bool refuse(const struct ring *ring, const struct promotion *promotion, struct err *err)
{
    char to[BUILD_TEXT_SIZE];
    build_format(&promotion->to, to);
    for (int i = 0; i < GATE_COUNT; i++)
        if (!promotion->verdict[i].open)
            return err_set(err, ERR_REFUSED, "promote %s to %s: refused by the gate %s: %s", ring->name, to,
                           gate_name(promotion->verdict[i].gate), promotion->verdict[i].reason);
    return err_set(err, ERR_REFUSED, "promote %s to %s: refused", ring->name, to);
}

/* Opens the intent and publishes. */
static bool publish(const struct job *job, const struct ring *ring, const struct facts *facts,
                    const char *reason, struct err *err)
{
    char identity_text[320];
    struct entry signature = {0};
    char *content AUTO_FREE = content_format(&ring->content);
    job_sign_entry(job, &signature, identity_text);
    struct intent intent = {.ring = ring->name,
                            .channel = ring->channel,
                            .from = facts->gate.live,
                            .to = facts->gate.build,
                            .kind = INTENT_PUBLISH,
                            .content = content,
                            .path = ring->path,
                            .files_digest = facts->files_digest,
                            .actor = signature.actor,
                            .identity = signature.identity,
                            .reason = reason,
                            .opened_unix = signature.time_unix};
    if (!journal_intent_open(job->state, &intent, err))
        return false;
    if (reconcile_publish(job, ring, &intent, &facts->files, err))
        return true;
    reconcile_abandon(job, ring, &intent);
    return false;
}

static void describe(const struct facts *facts, struct promotion *promotion)
{
    promotion->from = facts->gate.live;
    promotion->to = facts->gate.build;
    promotion->files_digest = facts->files_digest;
    promotion->files = facts->files.len;
    for (size_t i = 0; i < facts->files.len; i++)
        promotion->bytes += facts->files.file[i].bytes;
}

static bool choose(const struct job *job, const struct ring *ring, const struct promote_options *options,
                   struct build *build, bool *found, struct err *err)
{
    *found = true;
    if (options->build)
        *build = *options->build;
    else if (!facts_candidate(job, ring, build, found, err))
        return false;
    return true;
}

bool promote_run(const struct job *job, const struct ring *ring, const struct promote_options *options,
                 struct promotion *promotion, struct err *err)
{
    AUTO_FACTS facts = {0};
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    struct build build;
    bool found;
    *promotion = (struct promotion){.result = PROMOTE_UNCHANGED};
    if (!job_lock_ring(job, ring, &lock, err) || !job_lock_store(job, &store, err) ||
        (!options->dry_run && !reconcile_ring(job, ring, err)) ||
        !choose(job, ring, options, &build, &found, err) ||
        !facts_gather(job, ring, &build, promoter_of(job), &facts, err))
        return false;
    describe(&facts, promotion);
    if (!found || build_compare(&build, &facts.gate.live) == 0)
        return true;
    promotion->asked = true;
    promotion->result = gate_ask_all(&facts.gate, promotion->verdict) ? PROMOTE_DONE : PROMOTE_REFUSED;
    if (promotion->result == PROMOTE_REFUSED)
        return refuse(ring, promotion, err);
    if (options->dry_run)
        return true;
    return publish(job, ring, &facts, options->reason, err) || err_prefix(err, "publish %s", ring->name);
}

/* One ring of promote_automatic(): only a real failure is an error. */
static bool promote_one(const struct job *job, const struct ring *ring, struct strv *promoted,
                        struct err *err)
{
    struct promotion promotion;
    const struct promote_options options = {.reason = "publish = auto"};
    if (promote_run(job, ring, &options, &promotion, err)) {
        if (promotion.result == PROMOTE_DONE)
            strv_add(promoted, ring->name);
        return true;
    }
    if (err->code != ERR_REFUSED)
        return false;
    log_info(job->log, "%s", err->msg);
    return true;
}

static unsigned depth_of(const struct ring *ring)
{
    unsigned depth = 0;
    for (; ring->source_ring; ring = ring->source_ring)
        depth++;
    return depth;
}

bool promote_automatic(const struct job *job, struct strv *promoted, struct err *err)
{
    struct job service = *job;
    bool ok = true, deeper = true;
    service.identity = NULL;
    for (unsigned depth = 0; deeper; depth++) {
        deeper = false;
        for (size_t i = 0; i < job->settings->rings; i++) {
            const struct ring *ring = &job->settings->ring[i];
            struct err one = {0};
            deeper = deeper || depth_of(ring) > depth;
            if (depth_of(ring) != depth || ring->publish != PUBLISH_AUTO ||
                promote_one(&service, ring, promoted, &one))
                continue;
            if (ok || err_code_worse(one.code, err->code))
                *err = one;
            ok = false;
        }
    }
    return ok;
}

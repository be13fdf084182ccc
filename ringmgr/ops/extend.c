#include "ringmgr/ops/extend.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/growth.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/state/decision.h"

#include <stdlib.h>
#include <string.h>

static const char missing_code[] = "extend-missing";

bool extend_lacking(const struct ring *ring, const struct offer *live, struct strv *lacking, struct err *err)
{
    struct content offered AUTO(content_clear) = {0};
    if (!live->content)
        return true;
    if (!content_parse(live->content, &offered, err))
        return false;
    additions_name(&offered, &ring->content, lacking);
    return true;
}

/* ---- standing builds ---- */

static bool is_same_build(const struct offer *a, const struct offer *b)
{
    return a->channel == b->channel && build_compare(&a->build, &b->build) == 0;
}

/* The books have a build that was live twice twice; its newest offer, which comes first, is the one. */
static bool is_newest(const struct offers *offers, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (is_same_build(&offers->item[i], &offers->item[at]))
            return false;
    return true;
}

/* Live, or one that the ring may go back to or another may still take. */
static bool is_worth_it(const struct job *job, const struct offer *offer, bool *worth, struct err *err)
{
    struct block block AUTO(block_clear) = {0};
    struct offer_span span;
    bool blocked;
    int64_t recalled;
    *worth = offer->live_until < 0;
    if (*worth)
        return true;
    if (!catalog_offer_span(job->state, offer->ring, offer->channel, &offer->build, &span, err) ||
        !decision_blocked(job->state, offer->ring, offer->channel, &offer->build, &block, &blocked, err) ||
        !catalog_recalled(job->state, offer->channel, &offer->build, &recalled, err))
        return false;
    *worth = !span.bad && !blocked && recalled < 0;
    return true;
}

/* ---- what is wanted ---- */

static void note_extension(const struct ring *ring, const struct offer *offer, const struct content *has,
                           const struct content *content, struct extensions *wanted)
{
    struct extension *found = NULL;
    for (size_t i = 0; i < wanted->len && !found; i++)
        if (wanted->item[i].channel == offer->channel &&
            build_compare(&wanted->item[i].build, &offer->build) == 0)
            found = &wanted->item[i];
    while (ring->source_ring)
        ring = ring->source_ring;
    if (!found) {
        wanted->item = mem_grow(wanted->item, wanted->len, sizeof *wanted->item);
        found = &wanted->item[wanted->len++];
        *found = (struct extension){.channel = offer->channel, .build = offer->build, .root = ring};
        content_unite(&found->has, has);
    }
    found->live = found->live || offer->live_until < 0;
    content_unite(&found->content, content);
}

static bool look_at_offer(const struct job *job, const struct ring *ring, const struct offer *offer,
                          struct extensions *wanted, struct err *err)
{
    struct content has AUTO(content_clear) = {0}, content AUTO(content_clear)
    = {0};
    bool worth = false, whole = false;
    settings_wanted_content(job->settings, ring, &content);
    if (!content_parse(offer->content, &has, err))
        return false;
    if (content_contains(&has, &content))
        return true;
    content_unite(&content, &has);
    if (!is_worth_it(job, offer, &worth, err) ||
        (worth && content_contains(&has, &ring->content) &&
         !growth_is_whole(job, offer->channel, &offer->build, &content, &whole, err)))
        return false;
    if (worth && !whole)
        note_extension(ring, offer, &has, &content, wanted);
    return true;
}

static int newest_first(const void *a, const void *b)
{
    return build_compare(&((const struct extension *)b)->build, &((const struct extension *)a)->build);
}

bool extend_wanted(const struct job *job, struct extensions *wanted, struct err *err)
{
    bool ok = true;
    *wanted = (struct extensions){0};
    for (size_t i = 0; ok && i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        struct offers offers AUTO(offers_clear) = {0};
        ok = catalog_offers_standing(job->state, ring->name, &offers, err);
        for (size_t j = 0; ok && j < offers.len; j++)
            ok = !is_newest(&offers, j) || look_at_offer(job, ring, &offers.item[j], wanted, err);
    }
    if (!ok)
        extensions_clear(wanted);
    else if (wanted->len)
        qsort(wanted->item, wanted->len, sizeof *wanted->item, newest_first);
    return ok;
}

void extensions_clear(struct extensions *extensions)
{
    for (size_t i = 0; i < extensions->len; i++) {
        content_clear(&extensions->item[i].has);
        content_clear(&extensions->item[i].content);
    }
    free(extensions->item);
    *extensions = (struct extensions){0};
}

/* ---- fetching ---- */

static bool tell_missing(const struct job *job, const struct extension *extension, const struct strv *names,
                         struct err *err)
{
    char build[BUILD_TEXT_SIZE];
    int64_t since;
    char *list AUTO_FREE = strv_join(names, ", ");
    build_format(&extension->build, build);
    if (names->len == 0)
        return catalog_attention_settle(job->state, missing_code, extension->root->name, build, err);
    char *text AUTO_FREE = mem_printf("the configuration adds to %s what upstream does not have of it: %s; "
                                      "the build goes on offering what it did",
                                      build, list);
    const struct attention attention = {.severity = extension->live ? "warning" : "info",
                                        .ring = extension->root->name,
                                        .code = missing_code,
                                        .subject = build,
                                        .text = text,
                                        .since_unix = clock_now_unix()};
    if (!catalog_attention_since(job->state, missing_code, attention.ring, build, &since, err))
        return false;
    if (since < 0)
        log_warn(job->log, "%s: %s", attention.ring, text);
    return catalog_attention_raise(job->state, &attention, err);
}

/* Makes `has` more by this addition, if upstream has all of it; else its name goes to `missing`. */
static bool fetch_addition(const struct job *job, const struct origin_session *origin,
                           const struct extension *extension, const struct content *addition,
                           struct content *has, struct strv *missing, uint64_t *fetched_bytes,
                           struct err *err)
{
    struct content more AUTO(content_clear) = {0};
    struct staged staged AUTO(staged_clear) = {0};
    AUTO_STRV name = {0};
    content_unite(&more, has);
    content_unite(&more, addition);
    addition_name(addition, &name);
    const struct stage_request request = {
        .channel = extension->channel, .build = extension->build, .content = &more, .throttle = -1};
    bool ok = stage_build(job, origin, &request, &staged, err);
    *fetched_bytes += staged.bytes_fetched;
    if (ok)
        content_unite(has, addition);
    else if (staged.missing.len)
        strv_addf(missing, "%s (%s%s)", name.item[0], staged.missing.item[0],
                  staged.missing.len > 1 ? " …" : "");
    else
        return err_prefix(err, "%s", name.item[0]);
    return true;
}

bool extend_fetch(const struct job *job, const struct origin_session *origin,
                  const struct extension *extension, bool *complete, uint64_t *fetched_bytes, struct err *err)
{
    struct additions additions AUTO(additions_clear) = {0};
    struct content has AUTO(content_clear) = {0};
    AUTO_STRV missing = {0};
    char build[BUILD_TEXT_SIZE];
    bool whole;
    build_format(&extension->build, build);
    *fetched_bytes = 0;
    if (!growth_is_whole(job, extension->channel, &extension->build, &extension->content, &whole, err))
        return false;
    content_unite(&has, &extension->has);
    additions_find(whole ? &extension->content : &has, &extension->content, &additions);
    for (size_t i = 0; i < additions.len; i++)
        if (!fetch_addition(job, origin, extension, &additions.item[i], &has, &missing, fetched_bytes, err))
            return err_prefix(err, "extend %s", build);
    *complete = missing.len == 0;
    return tell_missing(job, extension, &missing, err);
}

/* ---- offering ---- */

static bool publish(const struct job *job, const struct ring *ring, const struct offer *offer,
                    const struct growth *growth, struct err *err)
{
    char identity_text[320];
    struct entry signature = {0};
    AUTO_STRV names = {0};
    char *content AUTO_FREE = content_format(&growth->content);
    additions_name(&growth->has, &growth->content, &names);
    char *list AUTO_FREE = strv_join(&names, ", ");
    char *reason AUTO_FREE = mem_printf("added to the configuration: %s", list);
    job_sign_entry(job, &signature, identity_text);
    struct intent intent = {.ring = ring->name,
                            .channel = offer->channel,
                            .to = offer->build,
                            .kind = INTENT_EXTEND,
                            .content = content,
                            .path = ring->path,
                            .files_digest = growth->digest,
                            .actor = signature.actor,
                            .identity = signature.identity,
                            .reason = reason,
                            .opened_unix = signature.time_unix};
    if (!journal_intent_open(job->state, &intent, err))
        return false;
    if (reconcile_publish(job, ring, &intent, &growth->files, err))
        return true;
    reconcile_abandon(job, ring, &intent);
    return false;
}

/* *live_architectures is what the live build offers; it comes before the others and sets it. */
static bool offer_one(const struct job *job, const struct ring *ring, const struct offer *offer,
                      unsigned *live_architectures, struct strv *extended, struct err *err)
{
    struct growth growth AUTO(growth_clear) = {0};
    struct content wanted AUTO(content_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    bool worth, live = offer->live_until < 0;
    build_format(&offer->build, build);
    content_unite(&wanted, &ring->content);
    if (!live)
        wanted.architectures &= *live_architectures;
    if (!is_worth_it(job, offer, &worth, err) || !growth_of_offer(job, offer, &wanted, &growth, err))
        return false;
    if (worth && !content_contains(&growth.has, &growth.content)) {
        if (!publish(job, ring, offer, &growth, err))
            return err_prefix(err, "extend %s", build);
        strv_addf(extended, "%s %s", ring->name, build);
    }
    if (live)
        *live_architectures = growth.content.architectures;
    return true;
}

/* A look without a lock: mostly there is nothing to do. */
static bool has_less(const struct job *job, const struct ring *ring, bool *less, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    *less = false;
    if (!catalog_offers_standing(job->state, ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len && !*less; i++) {
        struct content has AUTO(content_clear) = {0};
        if (!is_newest(&offers, i))
            continue;
        if (!content_parse(offers.item[i].content, &has, err))
            return false;
        *less = !content_contains(&has, &ring->content);
    }
    return true;
}

static bool offer_ring(const struct job *job, const struct ring *ring, struct strv *extended, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    unsigned live_architectures = 0;
    bool less;
    if (!has_less(job, ring, &less, err))
        return false;
    if (!less)
        return true;
    if (!job_lock_ring(job, ring, &lock, err) || !job_lock_store(job, &store, err) ||
        !reconcile_ring(job, ring, err) || !catalog_offers_standing(job->state, ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++)
        if (is_newest(&offers, i) &&
            !offer_one(job, ring, &offers.item[i], &live_architectures, extended, err))
            return err_prefix(err, "%s", ring->name);
    return true;
}

static bool is_wanted(const struct extensions *wanted, const struct attention *attention)
{
    char build[BUILD_TEXT_SIZE];
    for (size_t i = 0; i < wanted->len; i++) {
        build_format(&wanted->item[i].build, build);
        if (attention->ring && strcmp(wanted->item[i].root->name, attention->ring) == 0 &&
            strcmp(build, attention->subject) == 0)
            return true;
    }
    return false;
}

/* A build that has left the shares, or a configuration that wants it no more, ends what was missing. */
static bool settle_missing(const struct job *job, struct err *err)
{
    struct extensions wanted AUTO(extensions_clear) = {0};
    struct attentions attentions AUTO(attentions_clear) = {0};
    if (!catalog_attentions(job->state, &attentions, err) || !extend_wanted(job, &wanted, err))
        return false;
    for (size_t i = 0; i < attentions.len; i++) {
        const struct attention *one = &attentions.item[i];
        if (strcmp(one->code, missing_code) == 0 && !is_wanted(&wanted, one) &&
            !catalog_attention_settle(job->state, missing_code, one->ring, one->subject, err))
            return false;
    }
    return true;
}

bool extend_offer(const struct job *job, struct strv *extended, struct err *err)
{
    struct job service = *job;
    bool ok = true;
    service.identity = NULL;
    for (size_t i = 0; i < job->settings->rings; i++) {
        struct err one = {0};
        if (offer_ring(&service, &job->settings->ring[i], extended, &one))
            continue;
        if (ok || err_code_worse(one.code, err->code))
            *err = one;
        ok = false;
    }
    struct err unsettled = {0};
    if (settle_missing(job, &unsettled))
        return ok;
    if (ok)
        *err = unsettled;
    return false;
}

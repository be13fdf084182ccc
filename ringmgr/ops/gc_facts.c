/*
 * Which rule makes which fact is told in policy/retain.h. Two things are decided here:
 *
 * - A build that is blocked, or that the ring which takes from origin has left by a roll-back, stays in the
 *   store while it is newer than what is live there: upstream may still offer it, and the next sync would
 *   fetch all of it again. A withdrawn build does not: no sync takes it.
 * - What an interrupted sync has brought of a build that is not complete yet stays for as long as that build
 *   could enter; it has no time of its own, so no grace.
 */
#include "ringmgr/ops/gc_facts.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/quorum.h"
#include "ringmgr/state/decision.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/marks.h"

#include <stdlib.h>
#include <string.h>

/* ---- the books ---- */

static bool read_live(const struct job *job, const struct ring *ring, struct build *live, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    bool found;
    if (!catalog_offer_live(job->state, ring->name, &offer, &found, err))
        return false;
    *live = found ? offer.build : (struct build){{0}};
    return true;
}

bool gc_books_read(const struct job *job, struct gc_books *books, struct err *err)
{
    const struct settings *settings = job->settings;
    *books = (struct gc_books){.now_unix = clock_now_unix()};
    bool ok = catalog_uses_get(job->state, &books->uses, err) &&
              site_builds_get(job->state, NULL, NULL, &books->sent, err) &&
              site_shares_get(job->state, NULL, NULL, &books->shown, err);
    books->live = mem_new(settings->rings + 1, sizeof *books->live);
    for (size_t i = 0; ok && i < settings->rings; i++)
        ok = read_live(job, &settings->ring[i], &books->live[i], err);
    if (!ok)
        gc_books_clear(books);
    return ok;
}

void gc_books_clear(struct gc_books *books)
{
    catalog_uses_clear(&books->uses);
    site_builds_clear(&books->sent);
    site_shares_clear(&books->shown);
    free(books->live);
    *books = (struct gc_books){0};
}

/* Takes over what a use says of a build. */
static void take_name(const struct catalog_use *use, struct retain_names *names)
{
    if (use->kind == USE_INTENT)
        names->intent = use->ring;
    if (use->kind == USE_PIN) {
        names->pin = use->number;
        names->pin_ring = use->ring;
    }
    if (use->kind == USE_PLAN) {
        names->planned = use->ring;
        names->planned_unix = use->number;
    }
    if (use->kind == USE_ORDER)
        names->ordered = use->ring;
}

/* Whether the configuration has that ring at that site: what was known of another is of no use to it. */
static bool is_site(const struct job *job, const char *site, const char *ring)
{
    const struct site *known = settings_site(job->settings, site);
    return known && site_has_ring(known, ring);
}

/* Takes over which site has the build, or is being sent it. */
static void take_sites(const struct job *job, const struct gc_books *books, const struct channel *channel,
                       const struct build *build, struct retain_names *names)
{
    for (size_t i = 0; i < books->sent.len; i++) {
        const struct site_build *sent = &books->sent.item[i];
        if (sent->channel == channel && build_compare(&sent->build, build) == 0 &&
            is_site(job, sent->site, sent->ring))
            names->site = sent->site;
    }
    for (size_t i = 0; i < books->shown.len; i++) {
        const struct site_share *shown = &books->shown.item[i];
        if (shown->channel == channel && build_compare(&shown->build, build) == 0 &&
            is_site(job, shown->site, shown->ring))
            names->site = shown->site;
    }
}

/* Does a use by this ring concern what stands on `share`? A publication takes from the ring above, too. */
static bool concerns(const struct job *job, const struct catalog_use *use, const struct ring *share)
{
    const struct ring *ring = settings_ring(job->settings, use->ring);
    bool own = strcmp(use->ring, share->name) == 0;
    return own || (use->kind != USE_PIN && ring && ring->source_ring == share);
}

static bool is_blocked(const struct job *job, const struct ring *ring, const struct channel *channel,
                       const struct build *build, bool *blocked, struct err *err)
{
    struct block block AUTO(block_clear) = {0};
    return decision_blocked(job->state, ring->name, channel, build, &block, blocked, err);
}

static bool is_recalled(const struct job *job, const struct channel *channel, const struct build *build,
                        bool *recalled, struct err *err)
{
    int64_t since;
    bool ok = catalog_recalled(job->state, channel, build, &since, err);
    *recalled = ok && since >= 0;
    return ok;
}

/* ---- what stands on a share ---- */

/* How a build has fared in the ring on whose share it stands. */
struct standing {
    const struct ring *ring;
    struct retain_folder *folder;
    struct offer_span span;
    bool recalled;
};

static bool is_soaking(const struct job *job, const struct gc_books *books, const struct ring *taker,
                       const struct standing *standing, bool *soaking, struct err *err)
{
    struct soak_pause *pause AUTO_FREE = NULL;
    char waits[128];
    struct soak_facts facts = {.need = taker->soak,
                               .start_unix = standing->span.since_unix,
                               .holidays = &job->settings->holidays,
                               .now_unix = books->now_unix};
    if (!quorum_since(job, standing->ring, standing->folder->channel, &standing->folder->build,
                      &facts.start_unix, waits, err) ||
        !hold_pauses(job->state, taker->name, facts.start_unix, &pause, &facts.pauses, err))
        return false;
    facts.pause = pause;
    *soaking = !soak_judge(&facts).over;
    return true;
}

static bool read_taker(const struct job *job, const struct gc_books *books, const struct ring *taker,
                       const struct standing *standing, struct retain_taker *facts, struct err *err)
{
    const struct retain_folder *folder = standing->folder;
    struct offer_span own;
    bool blocked;
    facts->bad = folder->channel != taker->channel || standing->recalled || standing->span.bad;
    if (facts->bad || build_compare(&folder->build, &facts->live) <= 0)
        return true;
    if (!is_blocked(job, taker, folder->channel, &folder->build, &blocked, err) ||
        !catalog_offer_span(job->state, taker->name, folder->channel, &folder->build, &own, err))
        return false;
    facts->bad = blocked || own.bad;
    return facts->bad || is_soaking(job, books, taker, standing, &facts->soaks, err);
}

/* The rings that take from this one. */
static bool read_takers(const struct job *job, const struct gc_books *books, const struct standing *standing,
                        struct err *err)
{
    struct retain_folder *folder = standing->folder;
    struct retain_taker *taker = mem_new(job->settings->rings, sizeof *taker);
    folder->taker = taker;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        if (ring->source_ring != standing->ring)
            continue;
        taker[folder->takers] = (struct retain_taker){.ring = ring->name, .live = books->live[i]};
        if (!read_taker(job, books, ring, standing, &taker[folder->takers++], err))
            return false;
    }
    return true;
}

static bool read_standing(const struct job *job, const struct gc_books *books, struct standing *standing,
                          struct err *err)
{
    struct retain_folder *folder = standing->folder;
    const struct catalog_use *use;
    bool blocked;
    size_t uses = catalog_uses_of(&books->uses, folder->channel, &folder->build, &use);
    for (size_t i = 0; i < uses; i++)
        if (concerns(job, &use[i], standing->ring))
            take_name(&use[i], &folder->names);
    if (folder->live)
        return true;
    if (!catalog_offer_span(job->state, standing->ring->name, folder->channel, &folder->build,
                            &standing->span, err) ||
        !is_recalled(job, folder->channel, &folder->build, &standing->recalled, err) ||
        !is_blocked(job, standing->ring, folder->channel, &folder->build, &blocked, err))
        return false;
    folder->bad = standing->span.bad || standing->recalled || blocked;
    return read_takers(job, books, standing, err);
}

/* Which pointers does this offer give, of the architectures that no offer before it has? */
static bool read_pointers(const struct job *job, const struct offer *offer, unsigned *given,
                          const char **pointer, struct err *err)
{
    struct content content AUTO(content_clear) = {0};
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct pointers pointers;
    *pointer = NULL;
    if (!content_parse(offer->content, &content, err))
        return false;
    if (!(content.architectures & ~*given))
        return true;
    if (!catalog_offer_files(job->state, offer->id, &files, err))
        return false;
    pointers_of_build(&offer->build, &files, &pointers);
    unsigned more = pointers.architectures & ~*given;
    if (more)
        *pointer = tree_pointer_name(more & ARCH_X64 ? ARCH_X64 : ARCH_X86);
    *given |= more;
    return true;
}

/* The build's folder among those so far, or a new one. */
static struct retain_folder *find_folder(struct retain_folder *folder, size_t *len, const struct offer *offer)
{
    for (size_t i = 0; i < *len; i++)
        if (folder[i].channel == offer->channel && build_compare(&folder[i].build, &offer->build) == 0)
            return &folder[i];
    folder[*len] = (struct retain_folder){.channel = offer->channel,
                                          .build = offer->build,
                                          .live = offer->live_until < 0,
                                          .ended_unix = offer->live_until};
    return &folder[(*len)++];
}

/* A grace is time that has passed: what the clock skipped since then does not count. -1 stays. */
static bool lived_since(const struct job *job, int64_t *since_unix, struct err *err)
{
    int64_t skipped;
    if (*since_unix < 0)
        return true;
    if (!mark_skipped(job->state, *since_unix, &skipped, err))
        return false;
    *since_unix += skipped;
    return true;
}

/* Offers come with the live one first, then the last live first. */
static bool read_folders(const struct job *job, const struct offers *offers, struct retain_folder *folder,
                         size_t *len, struct err *err)
{
    unsigned given = 0;
    for (size_t i = 0; i < offers->len; i++) {
        const char *pointer;
        struct retain_folder *one = find_folder(folder, len, &offers->item[i]);
        if (!read_pointers(job, &offers->item[i], &given, &pointer, err))
            return false;
        if (pointer)
            one->pointer = pointer;
    }
    for (size_t i = 0; i < *len; i++)
        if (!lived_since(job, &folder[i].ended_unix, err))
            return false;
    return true;
}

bool gc_share_read(const struct job *job, const struct gc_books *books, const struct ring *ring,
                   struct retain_share *share, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    *share = (struct retain_share){
        .keep = ring->keep, .grace_seconds = ring->grace_seconds, .now_unix = books->now_unix};
    if (!catalog_offers_standing(job->state, ring->name, &offers, err))
        return false;
    struct retain_folder *folder = mem_new(offers.len, sizeof *folder);
    share->folder = folder;
    bool ok = read_folders(job, &offers, folder, &share->folders, err);
    for (size_t i = 0; ok && i < share->folders; i++) {
        struct standing standing = {.ring = ring, .folder = &folder[i]};
        ok = read_standing(job, books, &standing, err);
    }
    if (!ok)
        gc_share_clear(share);
    return ok;
}

void gc_share_clear(struct retain_share *share)
{
    for (size_t i = 0; i < share->folders; i++)
        free((void *)(uintptr_t)share->folder[i].taker);
    free((void *)(uintptr_t)share->folder);
    *share = (struct retain_share){0};
}

/* ---- what is in the store ---- */

static void read_uses(const struct job *job, const struct gc_books *books, const struct channel *channel,
                      struct retain_build *facts)
{
    const struct catalog_use *use;
    size_t uses = catalog_uses_of(&books->uses, channel, &facts->build, &use);
    for (size_t i = 0; i < uses; i++) {
        take_name(&use[i], &facts->names);
        if (use[i].kind != USE_OFFER || (facts->shown && !facts->shown_unknown))
            continue;
        facts->shown = use[i].ring;
        facts->shown_unknown = !settings_ring(job->settings, use[i].ring);
    }
}

/* The longest grace of the rings of a channel; of all rings where it has none. */
static int64_t longest_grace(const struct settings *settings, const struct channel *channel)
{
    int64_t all = 0, own = -1;
    for (size_t i = 0; i < settings->rings; i++) {
        int64_t grace = settings->ring[i].grace_seconds;
        if (grace > all)
            all = grace;
        if (settings->ring[i].channel == channel && grace > own)
            own = grace;
    }
    return own < 0 ? all : own;
}

/* The rings that take from origin, and whether the channel is in use at all. */
static void read_entrances(const struct job *job, const struct gc_books *books, const struct channel *channel,
                           bool recalled, struct retain_build *facts, bool *used)
{
    struct retain_taker *taker = mem_new(job->settings->rings, sizeof *taker);
    facts->taker = taker;
    *used = false;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        if (ring->channel != channel)
            continue;
        *used = true;
        if (!ring->source_ring)
            taker[facts->takers++] =
                (struct retain_taker){.ring = ring->name, .live = books->live[i], .bad = recalled};
    }
}

static bool read_build(const struct job *job, const struct gc_books *books, const struct catalog_build *known,
                       bool first, struct retain_build *facts, struct err *err)
{
    bool recalled, used;
    *facts = (struct retain_build){.build = known->build,
                                   .staged_unix = known->staged_unix,
                                   .grace_seconds = longest_grace(job->settings, known->channel),
                                   .now_unix = books->now_unix};
    if (!lived_since(job, &facts->staged_unix, err) ||
        !is_recalled(job, known->channel, &known->build, &recalled, err))
        return false;
    read_uses(job, books, known->channel, facts);
    take_sites(job, books, known->channel, &facts->build, &facts->names);
    read_entrances(job, books, known->channel, recalled, facts, &used);
    facts->newest = first && used && !recalled;
    return true;
}

/* Was it live in the ring, and is there nothing against its being so again? */
static bool can_go_back(const struct job *job, const struct ring *ring, const struct build *build, bool *can,
                        struct err *err)
{
    struct offer_span span;
    bool blocked, recalled;
    *can = false;
    if (!catalog_offer_span(job->state, ring->name, ring->channel, build, &span, err))
        return false;
    if (span.since_unix < 0)
        return true;
    if (!is_blocked(job, ring, ring->channel, build, &blocked, err) ||
        !is_recalled(job, ring->channel, build, &recalled, err))
        return false;
    *can = !blocked && !recalled;
    return true;
}

/* Marks where a roll-back of this ring would go. The list is newest first. */
static bool mark_target(const struct job *job, const struct ring *ring, const struct build *live,
                        struct gc_stock *stock, struct err *err)
{
    bool can = false;
    for (size_t i = 0; !can && i < stock->list.len; i++) {
        const struct catalog_build *known = &stock->list.item[i];
        if (known->channel != ring->channel || build_compare(&known->build, live) >= 0)
            continue;
        if (!can_go_back(job, ring, &known->build, &can, err))
            return false;
        if (can)
            stock->facts[i].rollback = ring->name;
    }
    return true;
}

static bool read_stock(const struct job *job, const struct gc_books *books, struct gc_stock *stock,
                       struct err *err)
{
    const struct catalog_build_list *list = &stock->list;
    stock->facts = mem_new(list->len, sizeof *stock->facts);
    for (size_t i = 0; i < list->len; i++) {
        bool first = i == 0 || list->item[i - 1].channel != list->item[i].channel;
        if (!read_build(job, books, &list->item[i], first, &stock->facts[i], err))
            return false;
    }
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!mark_target(job, &job->settings->ring[i], &books->live[i], stock, err))
            return false;
    return true;
}

bool gc_stock_read(const struct job *job, const struct gc_books *books, struct gc_stock *stock,
                   struct err *err)
{
    *stock = (struct gc_stock){0};
    if (!catalog_builds_with_files(job->state, &stock->list, err))
        return false;
    if (read_stock(job, books, stock, err))
        return true;
    gc_stock_clear(stock);
    return false;
}

void gc_stock_clear(struct gc_stock *stock)
{
    for (size_t i = 0; stock->facts && i < stock->list.len; i++)
        free((void *)(uintptr_t)stock->facts[i].taker);
    free(stock->facts);
    free(stock->list.item);
    *stock = (struct gc_stock){0};
}

#include "ringmgr/ops/adopt.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/growth.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/state/content_left.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void restored_clear(struct restored *restored)
{
    strv_clear(&restored->lost);
    strv_clear(&restored->adopted);
    strv_clear(&restored->held);
    *restored = (struct restored){0};
}

/* One build that stands on the share. */
struct shown {
    struct build build;
    char text[BUILD_TEXT_SIZE];
    struct offer offer; /* of the books, if one stands */
    bool known;         /* it does */
    bool pointed;       /* a pointer names it */
    bool surveyed;
    struct surveyed found;
};

/* One ring while it is looked at. */
struct look {
    struct survey *survey;
    const struct job *job;
    const struct ring *ring;
    const struct adopt_options *options;
    struct restored *restored;
    struct tree tree;
    struct offer live;
    bool has_live;
    struct shown *item; /* oldest first */
    size_t len;
    struct shown *lead;   /* the newest that a pointer names; NULL */
    bool pointer_foreign; /* a pointer names nothing that stands there */
};

static void look_clear(struct look *look)
{
    for (size_t i = 0; i < look->len; i++) {
        offer_clear(&look->item[i].offer);
        surveyed_clear(&look->item[i].found);
    }
    free(look->item);
    offer_clear(&look->live);
    tree_close(&look->tree);
}

static bool is_live(const struct look *look, const struct build *build)
{
    return look->has_live && build_compare(&look->live.build, build) == 0;
}

/* ---- what is left alone ---- */

static bool leave(struct look *look, const char *what, struct err *err)
{
    char *text AUTO_FREE = mem_printf("the share is not what the books say, and was not adopted: %s", what);
    char *command AUTO_FREE = look->has_live ? mem_printf("ringmgr verify %s --repair", look->ring->name)
                                             : mem_strdup("ringmgr rebuild");
    const struct attention attention = {.severity = "critical",
                                        .ring = look->ring->name,
                                        .code = "share-left",
                                        .subject = "",
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    strv_addf(&look->restored->lost, "%s: left alone: %s", look->ring->name, what);
    look->restored->left_alone = true;
    return catalog_attention_raise(look->job->state, &attention, err);
}

/* ---- looking ---- */

/* Whether a pointer of the share names this build, by the descriptor beside it. */
static bool find_pointed(struct look *look, struct shown *one, const struct tree_pointer pointer[2],
                         bool named[2], struct err *err)
{
    static const enum architecture architecture[] = {ARCH_X86, ARCH_X64};
    for (int i = 0; i < 2; i++) {
        AUTO_BUF bytes = {0};
        struct err why = {0};
        char *path AUTO_FREE = mem_printf("v%d_%s.cab", architecture_bits(architecture[i]), one->text);
        if (!pointer[i].present)
            continue;
        if (!fs_read_file(look->tree.data, path, LIMIT_METADATA_BYTES, &bytes, &why)) {
            if (why.sys == ENOENT)
                continue;
            *err = why;
            return false;
        }
        struct digest digest = digest_of(bytes.data, bytes.len);
        if (!digest_equal(&digest, &pointer[i].digest))
            continue;
        one->pointed = named[i] = true;
        look->lead = one;
    }
    return true;
}

static bool find_pointers(struct look *look, struct err *err)
{
    struct tree_pointer pointer[2] = {0};
    bool named[2] = {false, false};
    if (look->tree.data < 0)
        return true;
    if (!tree_pointer_read(&look->tree, ARCH_X86, &pointer[0], err) ||
        !tree_pointer_read(&look->tree, ARCH_X64, &pointer[1], err))
        return false;
    for (size_t i = 0; i < look->len; i++)
        if (!find_pointed(look, &look->item[i], pointer, named, err))
            return false;
    look->pointer_foreign = (pointer[0].present && !named[0]) || (pointer[1].present && !named[1]);
    return true;
}

static bool find_standing(struct look *look, struct err *err)
{
    struct build *builds = NULL;
    size_t len = 0;
    bool ok = survey_list(&look->tree, &builds, &len, err);
    look->item = ok ? mem_new(len, sizeof *look->item) : NULL;
    for (; ok && look->len < len; look->len++) {
        struct shown *one = &look->item[look->len];
        one->build = builds[look->len];
        build_format(&one->build, one->text);
    }
    free(builds);
    return ok;
}

/* The books know a build by its offers; its channel is in its descriptor alone, so those are asked by number.
 */
static bool match_offers(struct look *look, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!catalog_offers_standing(look->job->state, look->ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++)
        for (size_t b = 0; b < look->len; b++) {
            struct shown *one = &look->item[b];
            if (one->known || build_compare(&one->build, &offers.item[i].build) != 0)
                continue;
            one->known = true;
            one->offer = offers.item[i];
            offers.item[i] = (struct offer){0};
            break;
        }
    return true;
}

/* What the books know and need not prove is passed over. */
static bool survey_all(struct look *look, struct err *err)
{
    for (size_t i = 0; i < look->len; i++) {
        struct shown *one = &look->item[i];
        bool moved = one == look->lead && !is_live(look, &one->build);
        if (!look->options->all && one->known && !moved)
            continue;
        one->surveyed = true;
        if (!survey_build(look->survey, &look->tree, &one->build, &one->found, err))
            return false;
    }
    return true;
}

static bool judge(struct look *look, struct shown *one, struct err *err)
{
    struct surveyed *found = &one->found;
    if (!one->surveyed)
        return true;
    if (!*found->problem && found->channel != look->ring->channel && !one->known)
        snprintf(
            found->problem, sizeof found->problem,
            "it is a build of %s, but the ring's channel is %s: give the ring that channel, rebuild, then "
            "migrate",
            found->channel->id, look->ring->channel->id);
    if (!*found->problem)
        return survey_store(look->survey, &look->tree, found, err);
    char *what AUTO_FREE =
        mem_printf("%s%s: %s", one->text, one->pointed ? ", which the pointer names" : "", found->problem);
    return leave(look, what, err);
}

static bool look_at(struct look *look, struct err *err)
{
    if (!catalog_offer_live(look->job->state, look->ring->name, &look->live, &look->has_live, err) ||
        !find_standing(look, err) || !match_offers(look, err) || !find_pointers(look, err) ||
        !survey_all(look, err))
        return false;
    for (size_t i = 0; i < look->len; i++)
        if (!judge(look, &look->item[i], err))
            return false;
    return !look->pointer_foreign || leave(look, "a pointer names no build that stands there", err);
}

/* ---- writing ---- */

static bool is_sound(const struct shown *one)
{
    return one->surveyed && !*one->found.problem;
}

static bool put_build(const struct look *look, const struct surveyed *found, struct err *err)
{
    struct state *state = look->job->state;
    int64_t now = clock_now_unix(), since;
    if (!catalog_build_put(state, found->channel, &found->build, -1, err))
        return false;
    for (size_t i = 0; i < found->files.len; i++) {
        const struct catalog_file *file = &found->files.file[i];
        bool ok = file->absent ? catalog_file_absent(state, found->channel, &found->build, file->path, now,
                                                     true, &since, err)
                               : catalog_file_put(state, found->channel, &found->build, file->path,
                                                  &file->digest, file->bytes, err);
        if (!ok)
            return false;
    }
    return catalog_build_staged(state, found->channel, &found->build, now, err);
}

/* The sentences and the history entry of a new live build; *since_unix is the entry's time. */
static bool tell_live(const struct look *look, const struct shown *lead, const char *content,
                      int64_t *since_unix, struct err *err)
{
    char identity_text[320], from[BUILD_TEXT_SIZE] = "";
    char *reason AUTO_FREE = mem_printf("live by the pointer of the share; %s", content);
    if (look->has_live)
        build_format(&look->live.build, from);
    struct entry entry = {.action = look->options->action,
                          .ring = look->ring->name,
                          .channel = lead->found.channel->id,
                          .build = lead->text,
                          .from_build = *from ? from : NULL,
                          .reason = reason};
    job_sign_entry(look->job, &entry, identity_text);
    strv_addf(&look->restored->adopted, "%s: %s is live (%s); its soak begins now", look->ring->name,
              lead->text, content);
    strv_addf(&look->restored->lost, "%s: who brought %s in, when and why%s%s", look->ring->name, lead->text,
              *from ? ", after " : "", from);
    bool ok = journal_append(look->job->state, &entry, err);
    *since_unix = entry.time_unix;
    return ok;
}

static bool start_live(const struct look *look, const struct shown *lead, struct err *err)
{
    char *content AUTO_FREE = content_format(&lead->found.content);
    struct offer offer = {.ring = look->ring->name,
                          .channel = lead->found.channel,
                          .build = lead->build,
                          .content = content,
                          .files_digest = lead->found.files_digest,
                          .live_until = -1,
                          .by = "ringmgr",
                          .removed_unix = -1};
    return tell_live(look, lead, content, &offer.live_since, err) &&
           catalog_offer_start(look->job->state, &offer, &lead->found.files, look->options->action, err);
}

/* Machines may have what the live build offers and the configuration does not want (any more): the books that
 * knew since when are gone, so its grace begins now. */
static bool begin_grace(const struct look *look, const struct surveyed *found, struct err *err)
{
    struct additions more AUTO(additions_clear) = {0};
    additions_find(&look->ring->content, &found->content, &more);
    for (size_t i = 0; i < more.len; i++)
        if (!content_left_put(look->job->state, look->ring->name, &more.item[i], clock_now_unix(), err))
            return false;
    return true;
}

/* A build beside the live one, or one that has grown since the books were written. */
static bool put_other(const struct look *look, const struct shown *one, struct err *err)
{
    int64_t now = clock_now_unix();
    char *content AUTO_FREE = content_format(&one->found.content);
    struct content before AUTO(content_clear) = {0};
    struct offer offer = {.ring = look->ring->name,
                          .channel = one->found.channel,
                          .build = one->build,
                          .content = content,
                          .files_digest = one->found.files_digest,
                          .live_since = now,
                          .live_until = now,
                          .by = "ringmgr",
                          .removed_unix = -1};
    if (!one->known) {
        strv_addf(&look->restored->adopted, "%s: %s stands beside the live build (%s)", look->ring->name,
                  one->text, content);
        return catalog_offer_adopt(look->job->state, &offer, &one->found.files, look->options->action, err);
    }
    if (!content_parse(one->offer.content, &before, err))
        return false;
    if (strcmp(content, one->offer.content) == 0 || !content_contains(&one->found.content, &before))
        return true;
    strv_addf(&look->restored->adopted, "%s: %s offers more than the books say (%s)", look->ring->name,
              one->text, content);
    return catalog_offer_extend(look->job->state, &offer, &one->found.files, err);
}

static bool stands(const struct look *look, const struct build *build)
{
    for (size_t i = 0; i < look->len; i++)
        if (build_compare(&look->item[i].build, build) == 0)
            return true;
    return false;
}

/* What has left the share since the books were written. */
static bool drop_gone(const struct look *look, const struct build *live, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    if (!catalog_offers_standing(look->job->state, look->ring->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++) {
        const struct offer *offer = &offers.item[i];
        char text[BUILD_TEXT_SIZE];
        if (stands(look, &offer->build) || build_compare(&offer->build, live) == 0)
            continue;
        build_format(&offer->build, text);
        strv_addf(&look->restored->lost, "%s: %s has left the share", look->ring->name, text);
        if (!catalog_offer_removed(look->job->state, offer->ring, offer->channel, &offer->build,
                                   clock_now_unix(), err))
            return false;
    }
    return true;
}

/* Of an intent that could not be replayed: the share is past it. */
static bool close_intent(const struct look *look, struct err *err)
{
    struct intent intent AUTO(intent_clear) = {0};
    bool found;
    return journal_intent_find(look->job->state, look->ring->name, &intent, &found, err) &&
           (!found || journal_intent_close(look->job->state, intent.id, "undone", clock_now_unix(), err));
}

static bool write_books(const struct look *look, bool agrees, struct err *err)
{
    const struct shown *lead = look->lead && is_sound(look->lead) ? look->lead : NULL;
    bool moves = lead && !is_live(look, &lead->build);
    if (!agrees && lead && !close_intent(look, err))
        return false;
    for (size_t i = 0; i < look->len; i++)
        if (is_sound(&look->item[i]) && !put_build(look, &look->item[i].found, err))
            return false;
    for (size_t i = 0; i < look->len; i++)
        if (is_sound(&look->item[i]) && !(moves && &look->item[i] == lead) &&
            !put_other(look, &look->item[i], err))
            return false;
    if (moves && !start_live(look, lead, err))
        return false;
    if (lead && !begin_grace(look, &lead->found, err))
        return false;
    return drop_gone(look, moves ? &lead->build : &look->live.build, err);
}

static bool commit_books(const struct look *look, bool agrees, struct err *err)
{
    struct state *state = look->job->state;
    bool ok = state_begin(state, err) && write_books(look, agrees, err);
    return job_end(look->job, ok, true, err);
}

/* Does the ring agree with its books now? It is asked as before every publication. */
static bool confirm(struct look *look, struct err *err)
{
    struct err why = {0};
    if (reconcile_ring(look->job, look->ring, &why))
        return look->restored->left_alone ||
               catalog_attention_clear(look->job->state, "share-left", look->ring->name, NULL, err);
    if (why.code == ERR_NOT_GENUINE)
        return leave(look, why.msg, err);
    *err = why;
    return false;
}

bool adopt_ring(struct survey *survey, const struct ring *ring, const struct adopt_options *options,
                struct restored *restored, struct err *err)
{
    struct look look AUTO(look_clear) = {.survey = survey,
                                         .job = survey->job,
                                         .ring = ring,
                                         .options = options,
                                         .restored = restored,
                                         .tree = TREE_CLOSED};
    struct err why = {0};
    bool left_before = restored->left_alone;
    restored->left_alone = false;
    bool agrees = reconcile_ring(survey->job, ring, &why);
    if (!agrees && why.code != ERR_NOT_GENUINE)
        *err = why;
    bool ok = (agrees || why.code == ERR_NOT_GENUINE) && tree_open(ring->path, false, &look.tree, err) &&
              look_at(&look, err) && commit_books(&look, agrees, err) && confirm(&look, err);
    restored->left_alone = restored->left_alone || left_before;
    return ok;
}

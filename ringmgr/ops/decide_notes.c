#include "ringmgr/ops/decide_notes.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/rollback.h"

/* ---- is it mistyped? ---- */

static bool is_known(const struct job *job, const struct channel *channel, const struct build *build,
                     bool *known, struct err *err)
{
    struct catalog_build in_catalog;
    struct release release;
    bool found, released;
    int64_t recalled;
    if (!catalog_build_find(job->state, channel, build, &in_catalog, &found, err) ||
        !catalog_release_find(job->state, channel, build, &release, &released, err) ||
        !catalog_recalled(job->state, channel, build, &recalled, err))
        return false;
    *known = found || released || recalled >= 0;
    return true;
}

bool decide_notes_known(const struct job *job, const struct build *build, bool *known, struct err *err)
{
    *known = false;
    for (size_t i = 0; i < job->settings->rings && !*known; i++)
        if (!is_known(job, job->settings->ring[i].channel, build, known, err))
            return false;
    return true;
}

/* ---- where it is live ---- */

/* Of `ring`, which offers the build now. */
static bool note_live(const struct job *job, const struct ring *ring, struct decide_notes *notes,
                      struct err *err)
{
    struct build target;
    bool found;
    if (!rollback_target(job, ring, &target, &found, err))
        return false;
    strv_add(&notes->live_in, ring->name);
    if (found)
        strv_addf(&notes->text,
                  "it is live in %s, whose machines go on taking it: ringmgr rollback %s --reason TEXT",
                  ring->name, ring->name);
    else
        strv_addf(&notes->text,
                  "it is live in %s, whose machines go on taking it, and no older build was live there that "
                  "%s could go back to: ringmgr explain %s says what newer one it could take",
                  ring->name, ring->name, ring->name);
    return true;
}

static bool look_live(const struct job *job, const struct ring *ring, const struct build *build,
                      struct decide_notes *notes, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct block block AUTO(block_clear) = {0};
    bool found, blocked = false;
    if (!catalog_offer_live(job->state, ring->name, &live, &found, err))
        return false;
    bool same = found && live.channel && build_compare(&live.build, build) == 0;
    if (same && !decision_blocked(job->state, ring->name, live.channel, build, &block, &blocked, err))
        return false;
    return !blocked || note_live(job, ring, notes, err);
}

bool decide_notes_block(const struct job *job, const struct ring *ring, const struct build *build,
                        struct decide_notes *notes, struct err *err)
{
    bool known;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *one = &job->settings->ring[i];
        if ((!ring || one == ring) && !look_live(job, one, build, notes, err))
            return false;
    }
    if (!decide_notes_known(job, build, &known, err))
        return false;
    if (!known)
        strv_add(&notes->text, "no ring has it and no channel has offered it: is it mistyped?");
    return true;
}

/* ---- what blocks it ---- */

char *decide_notes_unblock(const struct block *block)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&block->build, build);
    return mem_printf("ringmgr unblock %s%s%s --reason TEXT", build, block->ring ? " --ring " : "",
                      block->ring ? block->ring : "");
}

/* A block of a whole channel is found by each of its rings and told once. */
static void note_blocked(const struct block *block, struct decide_notes *notes)
{
    char *command AUTO_FREE = decide_notes_unblock(block);
    char *text AUTO_FREE =
        mem_printf("it is blocked in %s by %s (%s): %s", block->ring ? block->ring : "every ring", block->by,
                   block->reason, command);
    if (!strv_has(&notes->text, text))
        strv_add(&notes->text, text);
}

bool decide_notes_standing(const struct job *job, const struct ring *ring, const struct build *build,
                           struct decide_notes *notes, struct err *err)
{
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *one = &job->settings->ring[i];
        struct block block AUTO(block_clear) = {0};
        bool blocked = false;
        if ((!ring || one == ring) &&
            !decision_blocked(job->state, one->name, one->channel, build, &block, &blocked, err))
            return false;
        if (blocked)
            note_blocked(&block, notes);
    }
    return true;
}

void decide_notes_clear(struct decide_notes *notes)
{
    strv_clear(&notes->live_in);
    strv_clear(&notes->text);
}

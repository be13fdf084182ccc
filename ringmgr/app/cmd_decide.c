/* approve, revoke, block, unblock: the same shape, four decisions. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/ops/alarms.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/ops/decide_notes.h"

#include <stdio.h>
#include <string.h>

/* What is still to come, for whoever has just approved. */
static void print_approvals(const struct ring *ring, unsigned have)
{
    printf(", %u of %u approval%s", have, ring->approvals, ring->approvals == 1 ? "" : "s");
    if (have >= ring->approvals && ring->four_eyes)
        printf(": somebody who has not approved promotes it");
}

static void print_decision(const struct app *app, const struct ring *ring, const struct build *build,
                           const struct decision *decision)
{
    char text[BUILD_TEXT_SIZE], digest[DIGEST_TEXT_SIZE];
    build_format(build, text);
    digest_format(&decision->files_digest, digest);
    jv_set_text(app->result, "ring", ring ? ring->name : NULL);
    jv_set_text(app->result, "channel", ring ? ring->channel->id : NULL);
    jv_set_text(app->result, "build", text);
    jv_set_text(app->result, "files_digest", decision->files ? digest : NULL);
    jv_set(app->result, "approvals", decision->files ? jv_int(decision->approvals) : NULL);
    jv_set_text(app->result, "result", decision->result);
    if (app->arguments.json)
        return;
    printf("%s %s%s%s: %s", app->arguments.command, ring ? ring->name : "", ring ? " " : "", text,
           decision->result);
    if (decision->files)
        printf(" (%zu files, list %.12s)", decision->files, digest);
    if (ring && decision->files && ring->approvals)
        print_approvals(ring, decision->approvals);
    puts("");
}

typedef bool note(const struct job *job, const struct ring *ring, const struct build *build,
                  struct decide_notes *notes, struct err *err);

/* The decision stands, whatever can be told of it. */
static void tell_notes(const struct app *app, const struct ring *ring, const struct build *build,
                       note *gather)
{
    struct decide_notes notes AUTO(decide_notes_clear) = {0};
    struct err err = {0};
    struct jv *live_in = jv_array(), *list = jv_array();
    jv_set(app->result, "live_in", live_in);
    jv_set(app->result, "notes", list);
    if (gather && !gather(&app->job, ring, build, &notes, &err))
        log_warn(&app->arguments.log, "%s", err.msg);
    for (size_t i = 0; i < notes.live_in.len; i++)
        jv_push_text(live_in, notes.live_in.item[i]);
    for (size_t i = 0; i < notes.text.len; i++) {
        jv_push_text(list, notes.text.item[i]);
        if (!app->arguments.json)
            printf("    %s\n", notes.text.item[i]);
    }
}

typedef bool decide(const struct job *job, const struct ring *ring, const struct build *build,
                    const char *reason, struct decision *decision, struct err *err);

static enum err_code run(struct app *app, const struct ring *ring, size_t build_word, decide *what,
                         note *gather, struct err *err)
{
    struct decision decision;
    struct build build;
    const char *reason = arguments_reason(&app->arguments, err);
    if (!reason || !arguments_build(app, build_word, &build, err) ||
        !what(&app->job, ring, &build, reason, &decision, err))
        return err->code;
    print_decision(app, ring, &build, &decision);
    tell_notes(app, ring, &build, gather);
    return ERR_NONE;
}

/* RING BUILD */
static enum err_code run_ring_build(struct app *app, decide *what, note *gather, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    return ring ? run(app, ring, 1, what, gather, err) : err->code;
}

/* What is live may be what was blocked, or no longer. */
static enum err_code refresh(const struct app *app, enum err_code code)
{
    struct err err = {0};
    if (code == ERR_NONE && !alarms_refresh(&app->job, &err))
        log_warn(&app->arguments.log, "%s", err.msg);
    return code;
}

/* BUILD [--ring RING] */
static enum err_code run_build(struct app *app, decide *what, note *gather, struct err *err)
{
    const char *name = arguments_value(&app->arguments, OPT_RING);
    const struct ring *ring = name ? arguments_ring(app, name, err) : NULL;
    return name && !ring ? err->code : run(app, ring, 0, what, gather, err);
}

enum err_code cmd_approve(struct app *app, struct err *err)
{
    return run_ring_build(app, decide_approve, decide_notes_standing, err);
}

enum err_code cmd_revoke(struct app *app, struct err *err)
{
    return run_ring_build(app, decide_revoke, NULL, err);
}

enum err_code cmd_block(struct app *app, struct err *err)
{
    return refresh(app, run_build(app, decide_block, decide_notes_block, err));
}

enum err_code cmd_unblock(struct app *app, struct err *err)
{
    return refresh(app, run_build(app, decide_unblock, decide_notes_standing, err));
}

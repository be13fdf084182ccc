#include "ringmgr/app/output.h"
#include "ringmgr/ops/gc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "kept", "removed"; in a dry run what would be done. */
static const char *what_of(const struct app *app, const struct retention *retention)
{
    if (retention->keep)
        return "kept";
    return app->arguments.given[OPT_DRY_RUN] ? "would be removed" : "removed";
}

/* Verdicts about a ring's share, or about the store (`where` is then "store"). */
static struct jv *report_verdicts(const struct app *app, const char *where,
                                  const struct gc_verdicts *verdicts)
{
    struct jv *builds = jv_array();
    for (size_t i = 0; i < verdicts->len; i++) {
        const struct gc_verdict *verdict = &verdicts->item[i];
        char build[BUILD_TEXT_SIZE];
        struct jv *object = jv_object();
        build_format(&verdict->build, build);
        jv_set_text(object, "channel", verdict->channel->id);
        jv_set_text(object, "build", build);
        jv_set_bool(object, "keep", verdict->retention.keep);
        jv_set_text(object, "reason", verdict->retention.reason);
        jv_push(builds, object);
        if (!app->arguments.json)
            printf("%s: %s %s %s: %s\n", where, verdict->channel->id, build,
                   what_of(app, &verdict->retention), verdict->retention.reason);
    }
    return builds;
}

static struct jv *report_rings(const struct app *app, const struct gc *gc)
{
    struct jv *rings = jv_array();
    for (size_t i = 0; i < gc->rings; i++) {
        const struct gc_ring *done = &gc->ring[i];
        struct jv *object = jv_object();
        jv_set_text(object, "ring", done->ring->name);
        jv_set(object, "builds", report_verdicts(app, done->ring->name, &done->folders));
        jv_set_int(object, "code", done->err.code);
        jv_set_text(object, "error", done->err.code == ERR_NONE ? NULL : done->err.msg);
        jv_push(rings, object);
    }
    return rings;
}

static void print_total(const struct app *app, const struct gc *gc)
{
    char bytes[32];
    bool dry_run = app->arguments.given[OPT_DRY_RUN];
    output_bytes(gc->bytes_freed, bytes);
    if (gc->store_left)
        puts("store: left alone, because the books may not know all that is in it");
    else
        printf("%" PRIu64 " objects %s, %s%s%s\n", gc->objects_removed,
               dry_run ? "would be removed" : "removed", bytes, dry_run ? "" : " freed",
               gc->bytes_freed ? " (clients that have such files open hold their space until they close them)"
                               : "");
}

static void print_aside(const struct app *app, const struct gc_aside *aside)
{
    char bytes[32];
    output_bytes(aside->bytes_freed, bytes);
    if (aside->removed)
        printf("%zu files that had been put aside as damaged or foreign (incoming/bad-...) %s, %s\n",
               aside->removed, app->arguments.given[OPT_DRY_RUN] ? "would be removed" : "removed", bytes);
    if (aside->kept)
        printf(
            "%zu files that were put aside as damaged or foreign (incoming/bad-...) kept: their grace time "
            "runs\n",
            aside->kept);
}

/* The worst error is the command's; those of other rings are said beside it. */
static void warn_of_rings(const struct app *app, const struct gc *gc, const struct err *worst)
{
    for (size_t i = 0; i < gc->rings; i++)
        if (gc->ring[i].err.code != ERR_NONE && strcmp(gc->ring[i].err.msg, worst->msg) != 0)
            log_warn(&app->arguments.log, "%s", gc->ring[i].err.msg);
}

enum err_code cmd_gc(struct app *app, struct err *err)
{
    struct gc gc;
    const struct gc_options options = {.dry_run = app->arguments.given[OPT_DRY_RUN]};
    bool ok = gc_run(&app->job, &options, &gc, err);
    jv_set_bool(app->result, "dry_run", options.dry_run);
    jv_set(app->result, "rings", report_rings(app, &gc));
    jv_set(app->result, "builds", report_verdicts(app, "store", &gc.builds));
    jv_set_bool(app->result, "store_left_alone", gc.store_left);
    jv_set_int(app->result, "objects_removed", (int64_t)gc.objects_removed);
    jv_set_int(app->result, "bytes_freed", (int64_t)gc.bytes_freed);
    jv_set_int(app->result, "aside_removed", (int64_t)gc.aside.removed);
    jv_set_int(app->result, "aside_kept", (int64_t)gc.aside.kept);
    jv_set_int(app->result, "aside_bytes_freed", (int64_t)gc.aside.bytes_freed);
    if (!app->arguments.json) {
        print_total(app, &gc);
        print_aside(app, &gc.aside);
    }
    if (!ok)
        warn_of_rings(app, &gc, err);
    gc_clear(&gc);
    return ok ? ERR_NONE : err->code;
}

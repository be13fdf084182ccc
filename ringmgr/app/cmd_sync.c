/* sync and import: one operation, two sources. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/confine.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/alarm_service.h"
#include "ringmgr/ops/sync_live.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct jv *ring_to_json(const struct sync_ring *done, bool dry_run)
{
    struct jv *object = jv_object();
    bool failed = done->result == SYNC_FAILED;
    jv_set_text(object, "ring", done->ring->name);
    output_set_build(object, "build", &done->build);
    jv_set_text(object, "result", sync_result_text(done->result));
    jv_set_bool(object, "published", done->published);
    jv_set_int(object, "code", failed ? (int64_t)done->err.code : 0);
    jv_set_text(object, "error", done->err.msg[0] ? done->err.msg : NULL);
    jv_set_int(object, "files", (int64_t)done->staged.files);
    jv_set_int(object, "bytes_total", (int64_t)done->staged.bytes_total);
    jv_set_int(object, "bytes_fetched", (int64_t)done->staged.bytes_fetched);
    jv_set_int(object, "bytes_reused", (int64_t)done->staged.bytes_reused);
    if (dry_run) {
        jv_set_bool(object, "exact", done->exact);
        jv_set_int(object, "bytes_lacking", (int64_t)done->lacks_bytes);
    }
    jv_set_int(object, "requests", (int64_t)done->requests);
    jv_set_int(object, "seconds", done->seconds);
    return object;
}

static void print_ring(const struct sync_ring *done, bool dry_run)
{
    char build[BUILD_TEXT_SIZE], fetched[32], reused[32], total[32];
    build_format(&done->build, build);
    output_bytes(done->staged.bytes_fetched, fetched);
    output_bytes(done->staged.bytes_reused, reused);
    output_bytes(done->staged.bytes_total, total);
    printf("%s: ", done->ring->name);
    if (dry_run && done->result == SYNC_NEW)
        printf("would fetch %s: %s%s, and reuse %s that are at hand or come twice in it; %zu files, %s\n",
               build, done->exact ? "" : "about ", fetched, reused, done->staged.files, total);
    else if (done->result == SYNC_FAILED || done->result == SYNC_WAITING)
        printf("%s: %s\n", sync_result_text(done->result), done->err.msg);
    else if (done->result == SYNC_NEW)
        printf("%s is complete and proven (%zu files, %s, %s fetched)%s\n", build, done->staged.files, total,
               fetched, done->published ? ", and live" : "");
    else
        printf("unchanged, %s%s\n", build, done->published ? ", and live now" : "");
    if (done->lacks_bytes) {
        output_bytes(done->lacks_bytes, fetched);
        printf("    there is no room for it: %s more must be free where the store is\n", fetched);
    }
}

static void print_live(const struct sync_ring *done, const struct sync_live *live)
{
    char text[BUILD_TEXT_SIZE], build[BUILD_TEXT_SIZE];
    build_format(&live->live, text);
    build_format(&done->build, build);
    printf("    %s is live%s", build_is_none(&live->live) ? "nothing" : text,
           live->stays_out.len ? "; " : "");
    if (live->stays_out.len)
        printf("%s is refused by the gate %s\n", build, buf_text(&live->stays_out));
    else if (done->ring->publish == PUBLISH_AUTO)
        puts("");
    else
        printf("; %s may be promoted: ringmgr promote %s\n", build, done->ring->name);
}

/* What is live, where that is another build than the one at hand, and why. */
static void tell_live(const struct app *app, const struct sync_ring *done, struct jv *object)
{
    struct sync_live live AUTO(sync_live_clear);
    struct err err = {0};
    if (!sync_live_find(&app->job, done, &live, &err)) {
        log_warn(&app->arguments.log, "%s: %s", done->ring->name, err.msg);
        return;
    }
    output_set_build(object, "live", &live.live);
    jv_set_text(object, "stays_out", live.stays_out.len ? buf_text(&live.stays_out) : NULL);
    if (live.differs && !app->arguments.json)
        print_live(done, &live);
}

/* Builds that stand and have grown, or would be fetched for. */
static void tell_extended(struct app *app, const struct strv *extended, bool dry_run)
{
    struct jv *list = jv_array();
    for (size_t i = 0; i < extended->len; i++) {
        jv_push_text(list, extended->item[i]);
        if (!app->arguments.json)
            printf(dry_run ? "would fetch what the configuration adds to %s\n"
                           : "%s offers what the configuration adds\n",
                   extended->item[i]);
    }
    jv_set(app->result, "extended", list);
}

/* A folder goes by a descriptor, which says nothing to people: its name stands in every error instead. */
static void name_folder(const struct sync_options *options, struct err *err)
{
    const char *at = options->from && *err->msg ? strstr(err->msg, options->from) : NULL;
    if (!at || strcmp(options->from, options->from_name) == 0)
        return;
    char *msg AUTO_FREE = mem_printf("%.*s%s%s", (int)(at - err->msg), err->msg, options->from_name,
                                     at + strlen(options->from));
    snprintf(err->msg, sizeof err->msg, "%s", msg);
}

/* Who presses Ctrl-C wants to know what it has cost. The signal then ends the program, as it would have. */
static void tell_interrupted(int number)
{
    static const char text[] =
        "\nringmgr: sync: interrupted; what was fetched is kept, and the next run goes "
        "on there\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written; /* nobody is there to be told */
    raise(number);
}

static void heed_interrupt(const struct sync_options *options)
{
    struct sigaction before, how = {.sa_handler = tell_interrupted, .sa_flags = (int)SA_RESETHAND};
    bool dies = sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN;
    if (dies && !options->from && !options->dry_run)
        sigaction(SIGINT, &how, NULL);
}

/* With this the service fetches what is lost; what killed it before is over. */
static void note_fetched(const struct app *app, const struct sync_options *options)
{
    struct err err = {0};
    char build[BUILD_TEXT_SIZE];
    if (!options->build || options->dry_run)
        return;
    build_format(options->build, build);
    for (size_t i = 0; options->rings[i]; i++) {
        char *name AUTO_FREE = mem_printf("fetch ring=%s build=%s", options->rings[i]->name, build);
        if (!alarm_service_well(&app->job, name, &err))
            log_warn(&app->arguments.log, "that %s has ended well was not noted: %s", name, err.msg);
    }
}

static enum err_code run(struct app *app, const struct sync_options *options, struct err *err)
{
    struct sync sync;
    struct jv *rings = jv_array();
    heed_interrupt(options);
    bool ok = confine_sync(app, options, &sync, err);
    log_progress_end(&app->arguments.log);
    name_folder(options, err);
    for (size_t i = 0; i < sync.len; i++) {
        name_folder(options, &sync.ring[i].err);
        struct jv *object = ring_to_json(&sync.ring[i], options->dry_run);
        jv_push(rings, object);
        if (!app->arguments.json && sync.ring[i].result != SYNC_FAILED)
            print_ring(&sync.ring[i], options->dry_run);
        if (!options->dry_run)
            tell_live(app, &sync.ring[i], object);
    }
    jv_set(app->result, "rings", rings);
    tell_extended(app, &sync.extended, options->dry_run);
    sync_clear(&sync);
    if (ok)
        note_fetched(app, options);
    return ok ? ERR_NONE : err->code;
}

/* The rings that were named, all with source = origin where none was. */
static const struct ring **rings_of_origin(const struct app *app, struct err *err)
{
    const struct ring **rings = arguments_rings(app, err);
    size_t kept = 0;
    for (size_t i = 0; rings && rings[i]; i++) {
        if (!rings[i]->source_ring)
            rings[kept++] = rings[i];
        else if (app->arguments.word.len) {
            err_set(err, ERR_USAGE, "%s takes from the ring %s: only a ring with source = origin is synced",
                    rings[i]->name, rings[i]->source);
            free(rings);
            return NULL;
        }
    }
    if (rings)
        rings[kept] = NULL;
    return rings;
}

enum err_code cmd_sync(struct app *app, struct err *err)
{
    struct build build;
    const char *named = arguments_value(&app->arguments, OPT_BUILD);
    if (named && !build_parse(named, &build, err))
        return err->code;
    const struct ring **rings AUTO_FREE = rings_of_origin(app, err);
    if (!rings)
        return err->code;
    const struct sync_options options = {.rings = rings,
                                         .build = named ? &build : NULL,
                                         .dry_run = app->arguments.given[OPT_DRY_RUN],
                                         .now = app->arguments.given[OPT_NOW]};
    return run(app, &options, err);
}

enum err_code cmd_import(struct app *app, struct err *err)
{
    const char *name = arguments_value(&app->arguments, OPT_RING);
    const struct ring *rings[2] = {NULL, NULL};
    if (!name) {
        err_set(err, ERR_USAGE, "import needs --ring RING");
        return err->code;
    }
    rings[0] = arguments_ring(app, name, err);
    if (rings[0] && rings[0]->source_ring)
        err_set(err, ERR_USAGE,
                "%s takes from the ring %s: only a ring with source = origin is imported into", name,
                rings[0]->source);
    if (err->code != ERR_NONE)
        return err->code;
    const char *from = app->arguments.word.item[0];
    char *base AUTO_FREE =
        app->named_dir >= 0 ? mem_printf("file:///proc/self/fd/%d", app->named_dir) : mem_strdup(from);
    for (size_t len = strlen(base); len && base[len - 1] == '/'; len--)
        base[len - 1] = 0;
    const struct sync_options options = {.rings = rings, .from = base, .from_name = from};
    return run(app, &options, err);
}

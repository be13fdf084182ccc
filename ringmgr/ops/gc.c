/*
 * The order survives a kill at any instant, because each step leaves what the next run of gc finishes:
 *
 *   1. A folder leaves its share: descriptors, the folder by one rename, its files. Killed here: the books
 *      still say that it stands, and the next run withdraws what is left of it; reconcile sweeps the trash.
 *   2. The books say so, in one transaction with the history entry.
 *   3. Builds leave the catalog the same way, with the store locked: nobody adds or links meanwhile.
 *   4. Objects that no row names leave the store, in slices, each asked about again under the lock. Killed
 *      here, or a sync killed between an object and its row: the next run finds them, because it lists the
 *      store. That costs a look at each object there is, so a dry run does not: it counts what rows say.
 *   5. What was put aside goes when its grace is over. Killed here: the next run does the rest.
 */
#include "ringmgr/ops/gc.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/gc_facts.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/reconcile.h"
#include "shares/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A slice of work with the store locked, and the pause after it in which others get their turn: they ask for
 * a lock every 20 ms. */
enum { SLICE_OBJECTS = 256, SLICE_SECONDS = 1, PAUSE_MS = 50 };

struct run {
    const struct job *job;
    bool dry_run;
    bool doubt; /* a share is not what the books say */
    bool wrote; /* history */
    struct gc *gc;
};

static void add_verdict(struct gc_verdicts *list, const struct channel *channel, const struct build *build,
                        const struct retention *retention)
{
    list->item = mem_grow(list->item, list->len, sizeof *list->item);
    list->item[list->len++] = (struct gc_verdict){channel, *build, *retention};
}

static bool append_entry(struct run *run, const char *ring, const struct gc_verdict *verdict, struct err *err)
{
    char build[BUILD_TEXT_SIZE];
    if (run->dry_run)
        return true;
    struct entry entry = {.action = "gc",
                          .ring = ring,
                          .channel = verdict->channel->id,
                          .build = build,
                          .reason = verdict->retention.reason};
    build_format(&verdict->build, build);
    run->wrote = true;
    return job_append(run->job, &entry, err);
}

/* ---- folders of a share ---- */

static bool refuse(const struct ring *ring, const char *path, const char *problem, struct err *err)
{
    return err_set(err, ERR_NOT_GENUINE, "%s %s: left alone, ringmgr verify %s --repair puts it right", path,
                   problem, ring->name);
}

/* Does the folder hold nothing but these files, each of them right as far as a stat tells? */
static bool check_folder(const struct job *job, const struct ring *ring, const struct tree *tree,
                         const char *build, const struct catalog_files *files, struct err *err)
{
    AUTO_STRV names = {0};
    bool stands;
    if (!tree_has_folder(tree, build, &stands, err) || (stands && !fs_list(tree->data, build, &names, err)))
        return false;
    for (size_t i = 0; i < names.len; i++) {
        char *path AUTO_FREE = mem_printf("%s/%s", build, names.item[i]);
        if (!catalog_files_find(files, path))
            return refuse(ring, path, "does not belong there", err);
    }
    for (size_t i = 0; i < files->len; i++) {
        const struct share_file file = {files->file[i].path, files->file[i].digest, files->file[i].bytes};
        enum tree_check check = TREE_MISSING;
        if (tree->data >= 0 && !tree_check_file(job->store, tree, &file, true, &check, err))
            return false;
        if (check != TREE_RIGHT && check != TREE_MISSING)
            return refuse(ring, file.path, tree_check_text(check), err);
    }
    return true;
}

static bool take_off(const struct job *job, const struct ring *ring, const struct tree *tree,
                     const char *build, const struct catalog_files *files, struct err *err)
{
    struct share_file *list AUTO_FREE = share_files_of(files);
    bool stands;
    return publish_withdraw(job->store, tree, build, list, files->len, err) &&
           tree_has_folder(tree, build, &stands, err) &&
           (!stands || refuse(ring, build, "has a file with other bytes", err));
}

static bool record_removal(struct run *run, const struct ring *ring, const struct gc_verdict *verdict,
                           struct err *err)
{
    return catalog_offer_removed(run->job->state, ring->name, verdict->channel, &verdict->build,
                                 clock_now_unix(), err) &&
           append_entry(run, ring->name, verdict, err);
}

/* Steps 1 and 2 for one folder. */
static bool drop_folder(struct run *run, const struct ring *ring, const struct tree *tree,
                        const struct gc_verdict *verdict, struct err *err)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct state *state = run->job->state;
    char build[BUILD_TEXT_SIZE];
    build_format(&verdict->build, build);
    if (!catalog_files_standing(state, ring->name, verdict->channel, &verdict->build, &files, err) ||
        !check_folder(run->job, ring, tree, build, &files, err))
        return false;
    if (run->dry_run)
        return record_removal(run, ring, verdict, err);
    bool ok = take_off(run->job, ring, tree, build, &files, err) && state_begin(state, err) &&
              record_removal(run, ring, verdict, err);
    return state_end(state, ok, err);
}

/* What could not be dropped is kept, and its error is the ring's. */
static void try_drop(struct run *run, struct gc_ring *done, const struct tree *tree,
                     struct gc_verdict *verdict)
{
    struct err err = {0};
    if (drop_folder(run, done->ring, tree, verdict, &err))
        return;
    verdict->retention.keep = true;
    snprintf(verdict->retention.reason, sizeof verdict->retention.reason, "%.200s", err.msg);
    err_prefix(&err, "%s", done->ring->name);
    if (done->err.code == ERR_NONE || err_code_worse(err.code, done->err.code))
        done->err = err;
}

static bool judge_share(struct run *run, struct gc_ring *done, struct err *err)
{
    struct gc_books books AUTO(gc_books_clear) = {0};
    struct retain_share share AUTO(gc_share_clear) = {0};
    if (!gc_books_read(run->job, &books, err) || !gc_share_read(run->job, &books, done->ring, &share, err))
        return false;
    for (size_t i = 0; i < share.folders; i++) {
        const struct retention retention = retain_judge_folder(&share, i);
        add_verdict(&done->folders, share.folder[i].channel, &share.folder[i].build, &retention);
    }
    return true;
}

static bool do_share(struct run *run, struct gc_ring *done, struct err *err)
{
    AUTO_TREE tree = TREE_CLOSED;
    if (!tree_open(done->ring->path, false, &tree, err) || !judge_share(run, done, err))
        return err_prefix(err, "%s", done->ring->name);
    for (size_t i = 0; i < done->folders.len; i++)
        if (!done->folders.item[i].retention.keep)
            try_drop(run, done, &tree, &done->folders.item[i]);
    return true;
}

static bool do_ring(struct run *run, struct gc_ring *done, struct err *err)
{
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    if (run->dry_run)
        return do_share(run, done, err);
    if (!job_lock_ring(run->job, done->ring, &lock, err) || !job_lock_store(run->job, &store, err))
        return err_prefix(err, "%s", done->ring->name);
    if (reconcile_ring(run->job, done->ring, err))
        return do_share(run, done, err);
    run->doubt = run->doubt || err->code == ERR_NOT_GENUINE;
    return false;
}

static void do_rings(struct run *run)
{
    const struct settings *settings = run->job->settings;
    run->gc->ring = mem_new(settings->rings, sizeof *run->gc->ring);
    run->gc->rings = settings->rings;
    for (size_t i = 0; i < settings->rings; i++) {
        struct gc_ring *done = &run->gc->ring[i];
        struct err err = {0};
        done->ring = &settings->ring[i];
        if (!do_ring(run, done, &err))
            done->err = err;
    }
}

/* ---- builds of the catalog ---- */

static bool judge_builds(struct run *run, struct err *err)
{
    struct gc_books books AUTO(gc_books_clear) = {0};
    struct gc_stock stock AUTO(gc_stock_clear) = {0};
    if (!gc_books_read(run->job, &books, err) || !gc_stock_read(run->job, &books, &stock, err))
        return false;
    for (size_t i = 0; i < stock.list.len; i++) {
        const struct retention retention = retain_judge_build(&stock.facts[i]);
        add_verdict(&run->gc->builds, stock.list.item[i].channel, &stock.list.item[i].build, &retention);
    }
    return true;
}

/* Inside a transaction. */
static bool drop_builds(struct run *run, struct err *err)
{
    for (size_t i = 0; i < run->gc->builds.len; i++) {
        const struct gc_verdict *verdict = &run->gc->builds.item[i];
        if (!verdict->retention.keep &&
            (!catalog_build_drop(run->job->state, verdict->channel, &verdict->build, clock_now_unix(), err) ||
             !append_entry(run, NULL, verdict, err)))
            return false;
    }
    return true;
}

/* Step 3: judged and dropped while nobody else adds, links or publishes. */
static bool do_builds(struct run *run, struct err *err)
{
    AUTO_LOCK store = NULL;
    struct state *state = run->job->state;
    if (run->doubt)
        return true;
    if (!job_lock_store_alone(run->job, &store, err) || !judge_builds(run, err))
        return false;
    bool ok = state_begin(state, err) && drop_builds(run, err);
    return state_end(state, ok, err);
}

/* ---- objects ---- */

struct objects {
    struct digest *item;
    size_t len;
};

static void objects_clear(struct objects *objects)
{
    free(objects->item);
    *objects = (struct objects){0};
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct digest));
}

static bool has(const struct objects *objects, const struct digest *digest)
{
    return objects->len && bsearch(digest, objects->item, objects->len, sizeof *digest, by_bytes);
}

static void add(struct objects *objects, const struct digest *digest)
{
    objects->item = mem_grow(objects->item, objects->len, sizeof *digest);
    objects->item[objects->len++] = *digest;
}

/* Objects of the store that no row named when this was asked, sorted. */
static bool find_unnamed(const struct job *job, struct objects *unnamed, struct err *err)
{
    struct objects named AUTO(objects_clear) = {0};
    if (!catalog_objects_named(job->state, &named.item, &named.len, err))
        return false;
    for (unsigned first = 0; first < 256; first++) {
        struct objects listed AUTO(objects_clear) = {0};
        if (!store_list(job->store, (uint8_t)first, &listed.item, &listed.len, err))
            return false;
        for (size_t i = 0; i < listed.len; i++)
            if (!has(&named, &listed.item[i]))
                add(unnamed, &listed.item[i]);
    }
    return true;
}

static bool remove_object(struct run *run, const struct digest *digest, struct err *err)
{
    uint64_t freed_bytes;
    bool named;
    if (!catalog_object_is_named(run->job->state, digest, &named, err))
        return false;
    if (named)
        return true;
    if (!store_remove(run->job->store, digest, &freed_bytes, err))
        return false;
    run->gc->objects_removed++;
    run->gc->bytes_freed += freed_bytes;
    return true;
}

/* Removes from unnamed->item[*at] on what a slice allows. */
static bool remove_slice(struct run *run, const struct objects *unnamed, size_t *at, struct err *err)
{
    AUTO_LOCK store = NULL;
    if (!job_lock_store_alone(run->job, &store, err))
        return false;
    size_t end = unnamed->len - *at > SLICE_OBJECTS ? *at + SLICE_OBJECTS : unnamed->len;
    int64_t until = clock_steady_now().seconds + SLICE_SECONDS;
    while (*at < end && clock_steady_now().seconds <= until)
        if (!remove_object(run, &unnamed->item[(*at)++], err))
            return false;
    return true;
}

/* Step 4. */
static bool do_objects(struct run *run, struct err *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    struct objects unnamed AUTO(objects_clear) = {0};
    if (!find_unnamed(run->job, &unnamed, err))
        return false;
    for (size_t at = 0; at < unnamed.len;) {
        if (!remove_slice(run, &unnamed, &at, err))
            return false;
        if (at < unnamed.len)
            nanosleep(&pause, NULL);
    }
    return true;
}

/* ---- what was put aside ---- */

static bool do_aside(struct run *run, struct err *err)
{
    AUTO_LOCK store = NULL;
    return job_lock_store_alone(run->job, &store, err) &&
           gc_aside_remove(run->job, false, &run->gc->aside, err);
}

/* ---- the whole ---- */

/* Books that are older than the store, or new, would make waste of what they do not know. */
static bool store_is_safe(const struct run *run)
{
    return !run->doubt && run->gc->builds.len > 0;
}

static bool do_store(struct run *run, struct err *err)
{
    if (!do_builds(run, err))
        return err_prefix(err, "store");
    run->gc->store_left = !store_is_safe(run);
    return run->gc->store_left || (do_objects(run, err) && do_aside(run, err)) || err_prefix(err, "store");
}

/* The objects of the builds that are about to be dropped. */
static bool list_dropped(const struct run *run, struct objects *objects, struct err *err)
{
    for (size_t i = 0; i < run->gc->builds.len; i++) {
        struct catalog_files files AUTO(catalog_files_clear) = {0};
        const struct gc_verdict *verdict = &run->gc->builds.item[i];
        if (verdict->retention.keep)
            continue;
        if (!catalog_files_get(run->job->state, verdict->channel, &verdict->build, &files, err))
            return false;
        for (size_t f = 0; f < files.len; f++)
            if (!files.file[f].absent)
                add(objects, &files.file[f].digest);
    }
    if (objects->len)
        qsort(objects->item, objects->len, sizeof *objects->item, by_bytes);
    return true;
}

static bool count_unnamed(struct run *run, const struct objects *objects, struct err *err)
{
    for (size_t i = 0; i < objects->len; i++) {
        uint64_t bytes;
        bool named;
        if (i > 0 && digest_equal(&objects->item[i], &objects->item[i - 1]))
            continue;
        if (!catalog_object_is_named(run->job->state, &objects->item[i], &named, err))
            return false;
        if (named || !store_has(run->job->store, &objects->item[i], &bytes))
            continue;
        run->gc->objects_removed++;
        run->gc->bytes_freed += bytes;
    }
    return true;
}

static bool rehearse_store(struct run *run, struct err *err)
{
    struct objects objects AUTO(objects_clear) = {0};
    if (!judge_builds(run, err))
        return false;
    run->gc->store_left = !store_is_safe(run);
    return list_dropped(run, &objects, err) && drop_builds(run, err) && count_unnamed(run, &objects, err) &&
           (run->gc->store_left || gc_aside_remove(run->job, true, &run->gc->aside, err));
}

/* Everything that books can tell, in a transaction that is taken back. */
static bool rehearse(struct run *run, struct err *err)
{
    if (!state_begin(run->job->state, err))
        return false;
    do_rings(run);
    bool ok = rehearse_store(run, err);
    state_abort(run->job->state);
    return ok;
}

static bool collect(struct run *run, struct err *err)
{
    do_rings(run);
    return do_store(run, err);
}

bool gc_run(const struct job *job, const struct gc_options *options, struct gc *gc, struct err *err)
{
    struct run run = {.job = job, .dry_run = options->dry_run, .gc = gc};
    *gc = (struct gc){0};
    bool ok = options->dry_run ? rehearse(&run, err) : collect(&run, err);
    for (size_t i = 0; i < gc->rings; i++) {
        const struct err *one = &gc->ring[i].err;
        if (one->code == ERR_NONE)
            continue;
        if (ok || err_code_worse(one->code, err->code))
            *err = *one;
        ok = false;
    }
    if (run.wrote)
        job_announce(job);
    return ok;
}

void gc_clear(struct gc *gc)
{
    for (size_t i = 0; i < gc->rings; i++)
        free(gc->ring[i].folders.item);
    free(gc->ring);
    free(gc->builds.item);
    *gc = (struct gc){0};
}

#include "ringmgr/ops/sync.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/alarm_upstream.h"
#include "ringmgr/ops/alarms.h"
#include "ringmgr/ops/awaited.h"
#include "ringmgr/ops/extend.h"
#include "ringmgr/ops/follow.h"
#include "ringmgr/ops/foresee.h"
#include "ringmgr/ops/manifest_share.h"
#include "ringmgr/ops/promote.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/ops/stage_leaving.h"
#include "ringmgr/ops/sync_choose.h"
#include "ringmgr/policy/window.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/state/runs.h"
#include "ringmgr/store/incoming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sync_result_text(enum sync_result result)
{
    static const char *const text[] = {[SYNC_UNCHANGED] = "unchanged",
                                       [SYNC_NEW] = "new",
                                       [SYNC_WAITING] = "waiting",
                                       [SYNC_FAILED] = "failed"};
    return text[result];
}

/* ---- one ring ---- */

/* Whether headquarters is asked for it; a folder may be imported into such a ring, too. */
static bool follows(const struct sync_options *options, const struct sync_ring *done)
{
    return !options->from && ring_follows(done->ring);
}

/*
 * Remembers whether upstream agrees with itself about the build, before it is complete: rings below ask. A
 * build of which nothing is known yet needs no note that it does.
 */
static bool note_dispute(const struct job *job, const struct ring *ring, const struct upstream_offer *offer,
                         struct err *err)
{
    struct catalog_build known = {.disputed_unix = -1};
    bool found;
    if (!catalog_build_find(job->state, ring->channel, &offer->build, &known, &found, err))
        return false;
    if ((found && known.disputed_unix >= 0) == offer->disputed)
        return true;
    bool ok =
        state_begin(job->state, err) && catalog_build_dispute(job->state, ring->channel, &offer->build,
                                                              offer->disputed ? clock_now_unix() : -1, err);
    return state_end(job->state, ok, err);
}

/* A build that upstream has gone back from stays where it is: rings below wait until it is named again. */
static bool note_left(const struct job *job, const struct ring *ring, const struct upstream_offer *offer,
                      struct err *err)
{
    struct catalog_build newest;
    bool found;
    if (build_is_none(&offer->pointer) ||
        !catalog_build_newest(job->state, ring->channel, NULL, &newest, &found, err))
        return build_is_none(&offer->pointer);
    if (!found || newest.disputed_unix >= 0 || build_compare(&offer->pointer, &newest.build) >= 0)
        return true;
    bool ok = state_begin(job->state, err) &&
              catalog_build_dispute(job->state, ring->channel, &newest.build, clock_now_unix(), err);
    return state_end(job->state, ok, err);
}

/* There is something to fetch, and the window is shut by now. */
static void say_window(const struct job *job, struct sync_ring *done)
{
    done->waits_for_window = true;
    if (done->result != SYNC_UNCHANGED)
        return;
    done->result = SYNC_WAITING;
    awaited_say(job, &done->build, done->staged.bytes_fetched, &done->err);
}

/* `manifest`: of a ring that follows; else NULL. */
static bool stage_ring(const struct job *job, const struct origin_session *origin,
                       const struct sync_options *options, const struct upstream_offer *offer,
                       const struct manifest *manifest, struct sync_ring *done, struct err *err)
{
    struct content wanted = {0};
    AUTO_LOCK store = NULL;
    if (!job_lock_store(job, &store, err))
        return false;
    if (!options->from && !options->build && !note_dispute(job, done->ring, offer, err))
        return false;
    settings_wanted_content(job->settings, done->ring, &wanted);
    struct lists lists AUTO(lists_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    struct entry entry = {.action = options->from ? "import" : "sync",
                          .ring = done->ring->name,
                          .channel = done->ring->channel->id,
                          .build = build};
    build_format(&offer->build, build);
    const struct stage_request request = {.channel = done->ring->channel,
                                          .build = offer->build,
                                          .content = &wanted,
                                          .throttle = offer->throttle,
                                          .lists = options->lists ? options->lists : &lists,
                                          .manifest = manifest,
                                          .entry = &entry,
                                          .all_or_nothing = options->from != NULL};
    bool ok = (options->lists ? lists_fit(options->lists, done->ring, &offer->build, &wanted, err)
                              : lists_add_templates(job, origin, done->ring->channel, &offer->build, &wanted,
                                                    &lists, err)) &&
              stage_with_leaving(job, origin, done->ring, &request, &done->staged, err);
    content_clear(&wanted);
    if (!ok)
        return err_prefix(err, "%s", done->ring->name);
    if (done->staged.waits) {
        say_window(job, done);
        return true;
    }
    done->result = done->staged.news || done->staged.bytes_fetched ? SYNC_NEW : SYNC_UNCHANGED;
    return done->staged.news || !done->staged.bytes_fetched || job_write(job, &entry, err);
}

/* What a sync would do. */
static bool look_ahead(const struct job *job, const struct origin_session *origin,
                       const struct sync_options *options, const struct upstream_offer *offer,
                       struct sync_ring *done, struct err *err)
{
    AUTO_LOCK store = NULL;
    struct content wanted AUTO(content_clear) = {0};
    settings_wanted_content(job->settings, done->ring, &wanted);
    const struct stage_request request = {
        .channel = done->ring->channel, .build = offer->build, .content = &wanted};
    if (!lists_fit(options->lists, done->ring, &offer->build, &wanted, err))
        return err_prefix(err, "%s", done->ring->name);
    if (!job_lock_store(job, &store, err) ||
        !foresee_build(job, origin, &request, &done->staged, &done->exact, err))
        return false;
    uint64_t room = 0, need = done->staged.room_bytes;
    if (!fs_free_bytes(store_dir(job->store), &room, err))
        return false;
    done->lacks_bytes = need > room ? need - room : 0;
    done->result = done->staged.complete ? SYNC_UNCHANGED : SYNC_NEW;
    return true;
}

/* What headquarters offers is what is taken, and nothing else. */
static bool follow_one(const struct job *job, const struct origin_session *origin,
                       const struct sync_options *options, struct sync_ring *done, struct err *err)
{
    AUTO_MANIFEST manifest = {0};
    struct upstream_offer offer = {.throttle = -1};
    char stale[256];
    if (options->build)
        return err_set(err, ERR_REFUSED,
                       "%s follows headquarters: it takes the build that the manifest names, no other",
                       done->ring->name);
    if (!follow_ask(job, origin, done->ring, options->dry_run, &manifest, stale, err))
        return false;
    done->build = offer.build = manifest.build;
    if (*stale) {
        done->result = SYNC_WAITING;
        err_set(&done->err, ERR_NONE, "%s", stale);
        return true;
    }
    return options->dry_run ? look_ahead(job, origin, options, &offer, done, err)
                            : stage_ring(job, origin, options, &offer, &manifest, done, err);
}

static bool sync_one(const struct job *job, const struct origin_session *origin,
                     const struct sync_options *options, const struct releases *releases,
                     struct sync_ring *done, struct err *err)
{
    struct upstream_offer offer;
    if (follows(options, done))
        return follow_one(job, origin, options, done, err);
    if (!(options->from ? sync_choose_folder(job, origin, done->ring, &offer, err)
                        : sync_choose_build(job, origin, done->ring, options->build, releases, &offer, err)))
        return false;
    done->build = offer.wait_code ? offer.pointer : offer.build;
    if (offer.wait_code) {
        if (!options->dry_run && !options->from && !note_left(job, done->ring, &offer, err))
            return false;
        done->result = SYNC_WAITING;
        err_set(&done->err, ERR_NONE, "%s", offer.text);
        return true;
    }
    if (options->dry_run)
        return look_ahead(job, origin, options, &offer, done, err);
    return stage_ring(job, origin, options, &offer, NULL, done, err);
}

/* What a sync has put together; of a build that stood already nothing was. */
static uint64_t reused_bytes(const struct sync_ring *done)
{
    return done->result == SYNC_NEW || done->staged.bytes_fetched ? done->staged.bytes_reused : 0;
}

/* For the metrics; nothing depends on them. */
static void count_bytes(const struct job *job, uint64_t fetched, uint64_t reused)
{
    struct err err = {0};
    if (!figure_add(job->state, FIGURE_FETCHED_BYTES, fetched, &err) ||
        !figure_add(job->state, FIGURE_REUSED_BYTES, reused, &err))
        log_warn(job->log, "the bytes were not counted: %s", err.msg);
}

static void record_outcome(const struct job *job, const struct sync_ring *done)
{
    struct err err = {0};
    const char *error = done->err.msg[0] ? done->err.msg : NULL;
    const struct last_sync last = {
        .at_unix = clock_now_unix(), .result = sync_result_text(done->result), .error = error};
    if (!catalog_last_sync_put(job->state, done->ring->name, &last, &err) ||
        !alarm_upstream_judge(job, done->ring, &done->build, done->result == SYNC_FAILED ? &done->err : NULL,
                              &err))
        log_warn(job->log, "%s: the outcome was not recorded: %s", done->ring->name, err.msg);
}

/* Automatic promotion wants to know that upstream has been asked since the machine started. */
static bool note_looked(const struct job *job, const struct ring *ring, struct err *err)
{
    return mark_done(job->state, "sync", ring->name, clock_steady_now().boot, clock_now_unix(), err);
}

static void sync_and_record(const struct job *job, const struct origin_session *origin,
                            const struct sync_options *options, const struct releases *releases,
                            struct sync_ring *done)
{
    uint64_t before, after, bytes;
    int64_t begun = clock_now_unix();
    http_counters(origin->http, &before, &bytes);
    if (!sync_one(job, origin, options, releases, done, &done->err) ||
        (!options->dry_run && !note_looked(job, done->ring, &done->err)))
        done->result = SYNC_FAILED;
    http_counters(origin->http, &after, &bytes);
    done->requests = after - before;
    done->seconds = clock_now_unix() - begun;
    if (!options->dry_run)
        count_bytes(job, done->staged.bytes_fetched, reused_bytes(done));
    /* what a person asked for once says nothing about how the ring is doing */
    if (!options->dry_run && !options->from && !options->build && !options->lists)
        record_outcome(job, done);
}

/* ---- builds that stand already ---- */

/* The ring by whose sync the extension's build came; NULL if that is not synced, or upstream is in trouble.
 * One that follows headquarters has staged all that it wants of the only build that it may ask for. */
static struct sync_ring *find_root(struct sync *sync, const struct extension *extension)
{
    for (size_t i = 0; i < sync->len; i++)
        if (sync->ring[i].ring == extension->root && sync->ring[i].result != SYNC_FAILED &&
            !ring_follows(extension->root))
            return &sync->ring[i];
    return NULL;
}

/* Its failure is that of the ring's sync: the builds after it are not asked for. */
static void fetch_extension(const struct job *job, const struct origin_session *origin,
                            const struct extension *extension, struct sync_ring *done)
{
    AUTO_LOCK store = NULL;
    struct err err = {0};
    struct extend_fetched fetched = {0};
    uint64_t before, after, bytes;
    http_counters(origin->http, &before, &bytes);
    bool ok = job_lock_store(job, &store, &err) && extend_fetch(job, origin, extension, &fetched, &err);
    http_counters(origin->http, &after, &bytes);
    done->requests += after - before;
    done->staged.bytes_fetched += fetched.bytes;
    count_bytes(job, fetched.bytes, 0);
    if (fetched.waits)
        say_window(job, done);
    else if (fetched.bytes && done->result == SYNC_UNCHANGED)
        done->result = SYNC_NEW;
    if (ok)
        return;
    done->err = err;
    done->result = SYNC_FAILED;
    record_outcome(job, done);
}

static void say_extension(const struct job *job, const struct extension *extension, struct sync *sync)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&extension->build, build);
    strv_add(&sync->extended, build);
    log_info(job->log, "%s: would fetch what the configuration adds to %s", extension->root->name, build);
}

/* What a person asked for once, or a folder holds, has nothing to do with builds that stand. */
static bool fetch_extensions(const struct job *job, const struct origin_session *origin,
                             const struct sync_options *options, struct sync *sync, struct err *err)
{
    struct extensions wanted AUTO(extensions_clear) = {0};
    if (options->from || options->build)
        return true;
    if (!extend_wanted(job, &wanted, err))
        return false;
    for (size_t i = 0; i < wanted.len; i++) {
        struct sync_ring *done = find_root(sync, &wanted.item[i]);
        if (done && options->dry_run)
            say_extension(job, &wanted.item[i], sync);
        else if (done)
            fetch_extension(job, origin, &wanted.item[i], done);
    }
    return true;
}

/* ---- all of them ---- */

/* The release history, asked once for all rings. A folder has none. */
static bool ask_history(const struct job *job, const struct origin_session *origin,
                        const struct sync_options *options, struct releases *releases, struct err *err)
{
    bool absent;
    if (options->from)
        return true;
    if (!upstream_history(job, origin, releases, &absent, err))
        return false;
    if (absent)
        log_warn(job->log, "%s has no release history: only its pointers count", origin->base);
    return true;
}

static void mark_failed(struct sync *sync, const struct err *err)
{
    for (size_t i = 0; i < sync->len; i++) {
        sync->ring[i].result = SYNC_FAILED;
        sync->ring[i].err = *err;
    }
}

/* A person who imports, or says --now, does not wait for the window. */
static bool open_origin(const struct job *job, const struct sync_options *options, const char *base,
                        const char *name, struct origin_session *origin, struct err *err)
{
    struct window_state window = window_at(&job->settings->origin.window, clock_now_unix());
    bool counts = !options->from && !options->now;
    int64_t stop_unix = counts && window.open && window.until_unix > 0 ? window.until_unix : 0;
    bool ok = origin_open(job, base, name, stop_unix, origin, err);
    origin->shut = counts && !window.open;
    return ok;
}

static void fail(const struct job *job, struct sync_ring *done, const struct err *err)
{
    done->result = SYNC_FAILED;
    done->err = *err;
    record_outcome(job, done);
}

/* The rings that take from the configured origin, or from a folder. */
static bool sync_upstream(const struct job *job, const struct sync_options *options, struct sync *sync,
                          struct err *err)
{
    AUTO_ORIGIN origin = {0};
    struct releases releases AUTO(releases_clear) = {0};
    size_t first = 0;
    while (first < sync->len && follows(options, &sync->ring[first]))
        first++;
    if (first == sync->len)
        return true; /* a site may have no way to Microsoft at all */
    bool ok = open_origin(job, options, options->from, options->from_name, &origin, err) &&
              ask_history(job, &origin, options, &releases, err);
    for (size_t i = first; i < sync->len; i++)
        if (follows(options, &sync->ring[i]))
            continue;
        else if (ok)
            sync_and_record(job, &origin, options, &releases, &sync->ring[i]);
        else
            fail(job, &sync->ring[i], err);
    return ok && fetch_extensions(job, &origin, options, sync, err);
}

/* Each of those that follow has an address of its own. */
static void sync_followed(const struct job *job, const struct sync_options *options, struct sync_ring *done)
{
    AUTO_ORIGIN origin = {0};
    struct err err = {0};
    const char *base = done->ring->origin;
    if (open_origin(job, options, base, base, &origin, &err))
        sync_and_record(job, &origin, options, NULL, done);
    else
        fail(job, done, &err);
}

static bool sync_all(const struct job *job, const struct sync_options *options, struct sync *sync,
                     struct err *err)
{
    bool ok = sync_upstream(job, options, sync, err);
    for (size_t i = 0; i < sync->len; i++)
        if (follows(options, &sync->ring[i]))
            sync_followed(job, options, &sync->ring[i]);
    for (size_t i = 0; i < sync->len; i++) {
        const struct sync_ring *done = &sync->ring[i];
        if (done->result != SYNC_FAILED)
            continue;
        if (ok || err_code_worse(done->err.code, err->code))
            *err = done->err;
        ok = false;
    }
    return ok;
}

static bool is_settled(const struct sync *sync, const struct ring *ring)
{
    for (size_t i = 0; i < sync->len; i++)
        if (sync->ring[i].ring == ring)
            return !sync->ring[i].waits_for_window &&
                   (sync->ring[i].result == SYNC_NEW || sync->ring[i].result == SYNC_UNCHANGED);
    return false;
}

/* Parts of builds that nobody wants any more: those of imports, and after a sync those of every channel whose
 * rings have all they want now. */
static void sweep_parts(const struct job *job, const struct sync *sync, bool imported)
{
    const struct settings *settings = job->settings;
    const char **keep AUTO_FREE = mem_new(settings->rings + 2, sizeof(char *));
    AUTO_STRV prefixes = {0};
    struct err err = {0};
    strv_add(&prefixes, "bad-");
    for (size_t i = 0; i < settings->rings; i++)
        if (!settings->ring[i].source_ring && (imported || !is_settled(sync, &settings->ring[i])))
            strv_addf(&prefixes, "%s-", settings->ring[i].channel->id);
    for (size_t i = 0; i < prefixes.len; i++)
        keep[i] = prefixes.item[i];
    if (!incoming_sweep(job->store, keep, &err))
        log_warn(job->log, "left-over downloads were not removed: %s", err.msg);
}

static bool publish_automatic(const struct job *job, struct sync *sync, struct err *err)
{
    AUTO_STRV promoted = {0};
    bool ok = promote_automatic(job, &promoted, err);
    for (size_t i = 0; i < sync->len; i++)
        sync->ring[i].published = strv_has(&promoted, sync->ring[i].ring->name);
    return ok;
}

/* Keeps the worse of two outcomes in `err`; true if both are good. */
static bool take_worse(struct err *err, bool good, bool other_good, const struct err *other)
{
    if (!other_good && (good || err_code_worse(other->code, err->code)))
        *err = *other;
    return good && other_good;
}

bool sync_run(const struct job *job, const struct sync_options *options, struct sync *sync, struct err *err)
{
    AUTO_LOCK lock = NULL;
    struct err replay = {0}, extend = {0}, publish = {0}, manifest = {0}, alarms = {0};
    *sync = (struct sync){0};
    for (size_t i = 0; options->rings[i]; i++) {
        sync->ring = mem_grow(sync->ring, sync->len, sizeof *sync->ring);
        sync->ring[sync->len++] = (struct sync_ring){.ring = options->rings[i], .result = SYNC_UNCHANGED};
    }
    if (!lists_have_rings(options->lists, options->rings, err) || !job_lock_upstream(job, &lock, err)) {
        mark_failed(sync, err);
        return false;
    }
    /* a share that needs a person keeps its own ring from being published, and nothing from being fetched */
    bool replayed = options->dry_run || reconcile_all(job, &replay);
    bool ok = sync_all(job, options, sync, err);
    if (!options->dry_run && (ok || !options->from))
        sweep_parts(job, sync, options->from);
    bool extended = options->dry_run || extend_offer(job, &sync->extended, &extend);
    bool published = options->dry_run || publish_automatic(job, sync, &publish);
    bool shown = options->dry_run || manifest_share_refresh_all(job, &manifest);
    bool told = options->dry_run || alarms_refresh(job, &alarms);
    ok = take_worse(err, ok, extended, &extend);
    ok = take_worse(err, ok, published, &publish);
    ok = take_worse(err, ok, replayed, &replay);
    ok = take_worse(err, ok, shown, &manifest);
    return take_worse(err, ok, told, &alarms);
}

void sync_clear(struct sync *sync)
{
    for (size_t i = 0; i < sync->len; i++)
        staged_clear(&sync->ring[i].staged);
    free(sync->ring);
    strv_clear(&sync->extended);
    *sync = (struct sync){0};
}

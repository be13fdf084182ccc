/*
 * job: what the service (or a timer) runs when something is due. The same operations as the commands that
 * people type, but all rings, no result on stdout, and what was done as key=value lines on stderr, for the
 * journal. To the service it reports on stdout, a line each:
 *
 *   mark=NAME UNIX     when this job last began (job marks)
 *   next=UNIX          the next promotion that will be possible by itself
 *   window=UNIX        when the window for downloads opens next
 *   fetch=RING BUILD   an object of this build is lost: RING's upstream has it
 *   look=RING          heal this ring, too: it shows an object that was put aside just now, or is lost
 *   again=RING         heal this ring once more when what was lost is back
 *   sites=due          a site lacks something that it could have: a promotion, a roll-back, the end of a
 * pause
 */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/confine.h"
#include "ringmgr/app/metrics.h"
#include "ringmgr/app/serve_plan.h"
#include "ringmgr/app/world.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/alarm_service.h"
#include "ringmgr/ops/alarms.h"
#include "ringmgr/ops/distribute.h"
#include "ringmgr/ops/gc.h"
#include "ringmgr/ops/heal.h"
#include "ringmgr/ops/manifest_share.h"
#include "ringmgr/ops/overview.h"
#include "ringmgr/ops/promote.h"
#include "ringmgr/ops/site_view.h"
#include "ringmgr/ops/verify.h"
#include "ringmgr/policy/window.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/state/runs.h"
#include "shares/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    QUOTED_SIZE = 1100,
    PATHS_BYTES = 16 << 20,
    PATHS_TOLD = 100 /* of each kind: a journal has a rate limit */
};

/* A line for the service; nobody else wants it. */
static void PRINTF_LIKE(2, 3) report(const struct app *app, const char *format, ...)
{
    va_list args;
    if (app->arguments.inherited.config < 0)
        return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

/* ---- what comes next ---- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* When something will be published in this ring if nobody decides anything any more; -1: not by itself. */
static bool look_ahead(const struct job *job, const struct ring *ring, int64_t now, int64_t *next,
                       struct err *err)
{
    struct overview overview AUTO(overview_clear) = {0};
    if (!overview_gather(job, ring, &overview, err))
        return false;
    int64_t by_itself = ring->publish == PUBLISH_AUTO ? overview.forecast_unix : -1;
    int64_t ordered = overview.planned ? overview.plan.at_unix : -1;
    *next = earlier(by_itself > now ? by_itself : -1, ordered > now ? ordered : -1);
    return true;
}

/* What cannot be foreseen is tried within the hour. */
static void report_next(const struct app *app)
{
    int64_t now = clock_now_unix(), next = -1;
    for (size_t i = 0; i < app->settings.rings; i++) {
        struct err err = {0};
        int64_t of_ring = -1;
        if (!look_ahead(&app->job, &app->settings.ring[i], now, &of_ring, &err))
            log_warn(&app->arguments.log, "when %s can be promoted next: %s", app->settings.ring[i].name,
                     err.msg);
        next = earlier(next, of_ring);
    }
    if (next >= 0)
        report(app, "next=%" PRId64 "\n", next);
    int64_t opens = window_next_opening(&app->settings.origin.window, now);
    if (opens >= 0)
        report(app, "window=%" PRId64 "\n", opens);
}

/*
 * Whatever has happened here, and whoever has done it: sites that are behind are seen to at once. Just after
 * a run there is nothing that could go on now.
 */
static void report_sites(const struct app *app, bool just_ran)
{
    AUTO_SITE_VIEWS views = {0};
    struct err err = {0};
    int64_t now = clock_now_unix();
    if (!app->settings.sites)
        return;
    if (!site_views_gather(&app->job, &views, &err))
        log_warn(&app->arguments.log, "whether a site is behind: %s", err.msg);
    int64_t due = site_views_due(&views, now);
    if (due > now || (due == now && !just_ran))
        report(app, "sites=%" PRId64 "\n", due);
}

/* ---- the jobs ---- */

static void tell_sync(const struct app *app, const struct sync_ring *done)
{
    char build[BUILD_TEXT_SIZE], quoted[QUOTED_SIZE];
    bool waits = done->result == SYNC_WAITING && !done->waits_for_window;
    bool calm = done->result != SYNC_FAILED && !waits;
    build_format(&done->build, build);
    log_event(&app->arguments.log, calm ? LOG_PRIORITY_INFO : LOG_PRIORITY_WARNING,
              "event=sync ring=%s build=%s result=%s published=%s files=%zu bytes_fetched=%" PRIu64
              " seconds=%" PRId64 "%s%s",
              done->ring->name, build_is_none(&done->build) ? "none" : build, sync_result_text(done->result),
              done->published ? "yes" : "no", done->staged.files, done->staged.bytes_fetched, done->seconds,
              calm ? "" : " text=", calm ? "" : log_quote(done->err.msg, quoted, sizeof quoted));
}

/* No ring has it in the books that nothing was fetched for it. */
static void note_unbegun(const struct app *app, const char *name, const struct err *why)
{
    struct err err = {0};
    char *how AUTO_FREE = mem_printf("could not begin (%s)", why->msg);
    if (!alarm_service_died(&app->job, name, how, &err))
        log_warn(&app->arguments.log, "that %s could not begin was not noted: %s", name, err.msg);
}

static bool do_sync(struct app *app, struct err *err)
{
    struct sync sync;
    const struct ring **rings AUTO_FREE = mem_new(app->settings.rings + 1, sizeof(struct ring *));
    size_t len = 0;
    for (size_t i = 0; i < app->settings.rings; i++)
        if (!app->settings.ring[i].source_ring)
            rings[len++] = &app->settings.ring[i];
    const struct sync_options options = {.rings = rings};
    bool ok = confine_sync(app, &options, &sync, err);
    if (!ok && sync.len == 0)
        note_unbegun(app, "sync", err);
    for (size_t i = 0; i < sync.len; i++)
        tell_sync(app, &sync.ring[i]);
    for (size_t i = 0; i < sync.extended.len; i++)
        log_event(&app->arguments.log, LOG_PRIORITY_INFO, "event=extended what=\"%s\"",
                  sync.extended.item[i]);
    sync_clear(&sync);
    report_next(app);
    report_sites(app, false);
    return ok;
}

static bool do_promote(struct app *app, struct err *err)
{
    AUTO_STRV promoted = {0};
    struct err alarm = {0};
    bool ok = promote_automatic(&app->job, &promoted, err);
    for (size_t i = 0; i < promoted.len; i++)
        log_event(&app->arguments.log, LOG_PRIORITY_INFO, "event=promoted ring=%s", promoted.item[i]);
    if (!(promoted.len ? alarms_refresh(&app->job, &alarm) : alarms_refresh_orders(&app->job, &alarm)))
        log_warn(&app->arguments.log, "the alarms were not brought up to date: %s", alarm.msg);
    report_next(app);
    report_sites(app, false);
    return ok;
}

static void tell_finding(const struct app *app, const struct verify_finding *finding)
{
    char path[QUOTED_SIZE], problem[QUOTED_SIZE];
    log_event(&app->arguments.log, finding->repaired ? LOG_PRIORITY_WARNING : LOG_PRIORITY_ERR,
              "event=finding ring=%s path=%s problem=%s repaired=%s", finding->ring,
              log_quote(finding->path, path, sizeof path),
              log_quote(finding->problem, problem, sizeof problem), finding->repaired ? "yes" : "no");
}

/* A heal knows what to do about objects that are lost, and whom to ask for them. */
static void report_lost(const struct app *app, const struct verify *verify)
{
    const char *last = NULL;
    for (size_t i = 0; i < verify->len; i++) {
        const struct verify_finding *finding = &verify->finding[i];
        if (finding->lost && !(last && strcmp(last, finding->ring) == 0))
            report(app, "look=%s\n", last = finding->ring);
    }
}

static bool audit(struct app *app, bool quick, struct err *err)
{
    struct verify verify;
    const struct ring **rings AUTO_FREE = mem_new(app->settings.rings + 1, sizeof(struct ring *));
    for (size_t i = 0; i < app->settings.rings; i++)
        rings[i] = &app->settings.ring[i];
    const struct verify_options options = {
        .rings = rings, .quick = quick, .repair = true, .unattended = true};
    bool ok = verify_run(&app->job, &options, &verify, err);
    size_t left = verify.len - verify.repaired;
    ok = ok && figure_set(app->job.state, FIGURE_AUDIT_FINDINGS, verify.len, err) &&
         figure_set(app->job.state, FIGURE_AUDIT_LEFT, left, err) &&
         figure_add(app->job.state, FIGURE_HEALED_FILES, verify.repaired, err);
    for (size_t i = 0; i < verify.len; i++)
        tell_finding(app, &verify.finding[i]);
    log_event(&app->arguments.log, left ? LOG_PRIORITY_ERR : LOG_PRIORITY_INFO,
              "event=audit kind=%s files=%" PRIu64 " bytes=%" PRIu64 " wrong=%zu repaired=%zu",
              quick ? "quick" : "full", verify.checked_files, verify.checked_bytes, verify.len,
              verify.repaired);
    report_lost(app, &verify);
    verify_clear(&verify);
    if (ok && left)
        return err_set(
            err, ERR_NOT_GENUINE,
            "%zu of the files that the shares must hold are wrong still: ringmgr verify names them", left);
    return ok;
}

static bool do_quick_audit(struct app *app, struct err *err)
{
    return audit(app, true, err);
}

static bool do_full_audit(struct app *app, struct err *err)
{
    return audit(app, false, err);
}

static void tell_share(const struct app *app, const struct distribute_share *share)
{
    char build[BUILD_TEXT_SIZE], quoted[QUOTED_SIZE];
    bool failed = share->result == DISTRIBUTE_FAILED;
    build_format(&share->build, build);
    for (size_t i = 0; i < share->wrongs && i < PATHS_TOLD; i++)
        log_event(&app->arguments.log, share->wrong[i].repaired ? LOG_PRIORITY_WARNING : LOG_PRIORITY_ERR,
                  "event=site-finding site=%s ring=%s path=%s repaired=%s", share->site->name,
                  share->ring->name, log_quote(share->wrong[i].path, quoted, sizeof quoted),
                  share->wrong[i].repaired ? "yes" : "no");
    if (share->result == DISTRIBUTE_UNCHANGED && !share->wrongs)
        return;
    log_event(&app->arguments.log, failed ? LOG_PRIORITY_WARNING : LOG_PRIORITY_INFO,
              "event=site site=%s ring=%s result=%s build=%s bytes_sent=%" PRIu64 " bytes_left=%" PRIu64
              "%s%s",
              share->site->name, share->ring->name, distribute_result_name(share->result),
              build_is_none(&share->build) ? "none" : build, share->sent_bytes, share->left_bytes,
              share->text ? " text=" : "", share->text ? log_quote(share->text, quoted, sizeof quoted) : "");
}

/* Where another run is at some of the sites (an audit may be for hours), the schedule comes back to them. */
static bool is_some_locked(const struct distribute *run, const struct err *err)
{
    for (size_t i = 0; i < run->len; i++)
        if (run->share[i].code != ERR_LOCKED)
            return err->code == ERR_LOCKED;
    return false;
}

static bool distribute(struct app *app, enum distribute_task task, struct err *err)
{
    AUTO_DISTRIBUTE run = {0};
    const struct distribute_options options = {.task = task};
    if (!app->settings.sites)
        return true;
    bool ok = distribute_run(&app->job, &options, &run, err);
    for (size_t i = 0; i < run.len; i++)
        tell_share(app, &run.share[i]);
    report_sites(app, true);
    return ok || is_some_locked(&run, err);
}

static bool do_sites(struct app *app, struct err *err)
{
    return distribute(app, DISTRIBUTE_SYNC, err);
}

static bool do_site_audit(struct app *app, struct err *err)
{
    return distribute(app, DISTRIBUTE_REPAIR, err);
}

static bool do_gc(struct app *app, struct err *err)
{
    struct gc gc;
    const struct gc_options options = {.dry_run = false};
    bool ok = gc_run(&app->job, &options, &gc, err);
    log_event(&app->arguments.log, LOG_PRIORITY_INFO,
              "event=gc objects_removed=%" PRIu64 " bytes_freed=%" PRIu64 " store_left_alone=%s",
              gc.objects_removed, gc.bytes_freed, gc.store_left ? "yes" : "no");
    for (size_t i = 0; i < gc.rings; i++)
        if (gc.ring[i].err.code != ERR_NONE && strcmp(gc.ring[i].err.msg, err->msg) != 0)
            log_warn(&app->arguments.log, "%s", gc.ring[i].err.msg);
    gc_clear(&gc);
    return ok;
}

/* Also what must not lapse where nothing is synced for days: manifests have attentions of their own. */
static bool do_support(struct app *app, struct err *err)
{
    struct err why = {0};
    if (!manifest_share_refresh_all(&app->job, &why))
        log_warn(&app->arguments.log, "%s", why.msg);
    return alarms_refresh(&app->job, err);
}

static bool do_notify(struct app *app, struct err *err)
{
    struct tell tell;
    char quoted[QUOTED_SIZE];
    int64_t next = -1;
    bool ok = confine_tell(app, &tell, err);
    for (size_t i = 0; i < tell.len; i++) {
        const struct tell_target *told = &tell.target[i];
        next = earlier(next, told->next_unix);
        if (told->delivered)
            log_event(&app->arguments.log, LOG_PRIORITY_INFO, "event=notified target=%s notices=%u",
                      told->name, told->delivered);
        if (told->failed)
            log_event(&app->arguments.log, LOG_PRIORITY_WARNING, "event=notify-failed target=%s text=%s",
                      told->name, log_quote(told->text, quoted, sizeof quoted));
    }
    tell_clear(&tell);
    if (next >= 0)
        report(app, "retry=%" PRId64 "\n", next);
    return ok;
}

static bool do_metrics(struct app *app, struct err *err)
{
    if (*app->settings.textfile)
        return metrics_write_file(&app->job, app->settings.textfile, err);
    log_info(&app->arguments.log, "[metrics] textfile is not set: there is no file to write");
    return true;
}

/* The service starts, or tries another configuration: this one is then in force. */
static bool do_marks(struct app *app, struct err *err)
{
    if (app->arguments.inherited.config >= 0 && !alarm_service_agrees(&app->job, err))
        return false;
    for (enum serve_task task = 0; task < TASK_COUNT; task++) {
        int64_t at_unix;
        if (!mark_job_find(app->job.state, serve_task_name(task), &at_unix, err))
            return false;
        report(app, "mark=%s %" PRId64 "\n", serve_task_name(task), at_unix);
    }
    return true;
}

/* ---- heal and watch ---- */

static void tell_paths(const struct app *app, enum log_priority priority, const char *event,
                       const struct ring *ring, const struct strv *paths)
{
    char quoted[QUOTED_SIZE];
    for (size_t i = 0; i < paths->len && i < PATHS_TOLD; i++)
        log_event(&app->arguments.log, priority, "event=%s ring=%s path=%s", event, ring->name,
                  log_quote(paths->item[i], quoted, sizeof quoted));
    if (paths->len > PATHS_TOLD)
        log_event(&app->arguments.log, priority, "event=%s ring=%s more=%zu", event, ring->name,
                  paths->len - PATHS_TOLD);
}

static void tell_heal(const struct app *app, const struct ring *ring, const struct heal_result *result)
{
    tell_paths(app, LOG_PRIORITY_WARNING, "healed", ring, &result->healed);
    tell_paths(app, LOG_PRIORITY_WARNING, "quarantined", ring, &result->quarantined);
    tell_paths(app, LOG_PRIORITY_ERR, "wrong", ring, &result->left);
    for (size_t i = 0; i < result->refetch.len; i++)
        report(app, "fetch=%s\n", result->refetch.item[i]);
    for (size_t i = 0; i < result->look.len; i++)
        report(app, "look=%s\n", result->look.item[i]);
    for (size_t i = 0; i < result->again.len; i++)
        report(app, "again=%s\n", result->again.item[i]);
}

/* serve hands over a file: the paths that changed, each with a NUL behind it. By hand it may be anything. */
static bool read_paths(struct strv *paths, struct err *err)
{
    AUTO_BUF text = {0};
    struct stat st;
    if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode)) {
        strv_add(paths, "");
        return true;
    }
    if (!fs_read_fd(STDIN_FILENO, "the paths on stdin", PATHS_BYTES, &text, err))
        return false;
    for (size_t at = 0; at < text.len; at += strlen((const char *)text.data + at) + 1)
        strv_add(paths, (const char *)text.data + at);
    return true;
}

static bool do_heal(struct app *app, struct err *err)
{
    AUTO_STRV paths = {0};
    struct heal_result result AUTO(heal_clear) = {0};
    const char *name = app->arguments.word.item[1];
    const struct ring *ring = arguments_ring(app, name, err);
    if (!ring || !read_paths(&paths, err))
        return false;
    bool ok = heal_run(&app->job, ring, &paths, &result, err);
    tell_heal(app, ring, &result);
    return ok;
}

/* For ever, or until the service no longer reads. */
static bool do_watch(struct app *app, struct err *err)
{
    struct watch_share *shares AUTO_FREE = mem_new(app->settings.rings, sizeof *shares);
    for (size_t i = 0; i < app->settings.rings; i++)
        shares[i] = (struct watch_share){app->settings.ring[i].name, app->settings.ring[i].path};
    return watch_run(shares, app->settings.rings, STDOUT_FILENO, err);
}

/* ---- what the service has to say (serve_note.h) ---- */

static bool read_both(struct strv *texts, struct err *err)
{
    if (!read_paths(texts, err))
        return false;
    if (texts->len != 2)
        err_set(err, ERR_USAGE, "this job is for ringmgr serve alone");
    return texts->len == 2;
}

static bool do_refused(struct app *app, struct err *err)
{
    AUTO_STRV texts = {0};
    return read_both(&texts, err) &&
           alarm_service_refused(&app->job, texts.item[0], strcmp(texts.item[1], "restart") == 0, err);
}

static bool do_died(struct app *app, struct err *err)
{
    AUTO_STRV texts = {0};
    return read_both(&texts, err) && alarm_service_died(&app->job, texts.item[0], texts.item[1], err);
}

/* ---- the command ---- */

static const struct job_kind {
    const char *name;
    bool (*run)(struct app *app, struct err *err);
    int words;  /* behind the name */
    bool books; /* works with state and store */
} kinds[] = {
    {"sync", do_sync, 0, true},
    {"promote", do_promote, 0, true},
    {"quick-audit", do_quick_audit, 0, true},
    {"full-audit", do_full_audit, 0, true},
    {"gc", do_gc, 0, true},
    {"sites", do_sites, 0, true},
    {"site-audit", do_site_audit, 0, true},
    {"support", do_support, 0, true},
    {"notify", do_notify, 0, true},
    {"metrics", do_metrics, 0, true},
    {"heal", do_heal, 1, true},
    {"marks", do_marks, 0, true},
    {"refused", do_refused, 0, true},
    {"died", do_died, 0, true},
    {"watch", do_watch, 0, false},
};

static const struct job_kind *find_kind(const struct app *app, struct err *err)
{
    const struct strv *words = &app->arguments.word;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, words->item[0]) == 0 && (int)words->len == 1 + kinds[i].words)
            return &kinds[i];
    char *said AUTO_FREE = strv_join(words, " ");
    err_set(err, ERR_USAGE,
            "there is no job \"%s\": sync, promote, quick-audit, full-audit, gc, support, sites, site-audit, "
            "notify, metrics or heal RING",
            said);
    return NULL;
}

/* A run that is killed counts as begun: what it did not do, the next one does. */
static bool note_begin(const struct app *app, const struct job_kind *kind, struct err *err)
{
    enum serve_task task = serve_task_of(kind->name);
    return task == TASK_COUNT || !serve_task_is_scheduled(task) ||
           mark_job_began(app->job.state, kind->name, clock_now_unix(), err);
}

/* For the metrics; nothing depends on it. */
static void note_end(const struct app *app, const struct job_kind *kind, int64_t begun, enum err_code code)
{
    struct err err = {0};
    if (serve_task_of(kind->name) != TASK_COUNT &&
        !run_note(app->job.state, kind->name, begun, clock_now_unix(), (int)code, &err))
        log_warn(&app->arguments.log, "that %s has ended was not noted: %s", kind->name, err.msg);
}

/* What killed it before is over. */
static void note_well(const struct app *app, const struct job_kind *kind)
{
    struct err err = {0};
    const char *ring = kind->words ? app->arguments.word.item[1] : NULL;
    char *name AUTO_FREE = mem_printf("%s%s%s", kind->name, ring ? " ring=" : "", ring ? ring : "");
    if (!alarm_service_well(&app->job, name, &err))
        log_warn(&app->arguments.log, "that %s has ended well was not noted: %s", name, err.msg);
}

/* The newest that stands; 0 for none, and where they cannot be read: then they are told twice. */
static int64_t newest_attention(const struct app *app)
{
    struct attentions standing AUTO(attentions_clear) = {0};
    struct err err = {0};
    int64_t id = 0;
    if (!catalog_attentions(app->job.state, &standing, &err))
        log_warn(&app->arguments.log, "%s", err.msg);
    for (size_t i = 0; i < standing.len; i++)
        id = standing.item[i].id > id ? standing.item[i].id : id;
    return id;
}

static void tell_attentions(const struct app *app, int64_t after)
{
    struct attentions raised AUTO(attentions_clear) = {0};
    struct err err = {0};
    char quoted[QUOTED_SIZE];
    if (!catalog_attentions_after(app->job.state, after, &raised, &err))
        log_warn(&app->arguments.log, "%s", err.msg);
    for (size_t i = 0; i < raised.len; i++) {
        const struct attention *attention = &raised.item[i];
        bool critical = strcmp(attention->severity, "critical") == 0;
        log_event(&app->arguments.log, critical ? LOG_PRIORITY_ERR : LOG_PRIORITY_WARNING,
                  "event=attention code=%s ring=%s text=%s", attention->code,
                  attention->ring ? attention->ring : "-", log_quote(attention->text, quoted, sizeof quoted));
    }
}

enum err_code cmd_job(struct app *app, struct err *err)
{
    const struct job_kind *kind = find_kind(app, err);
    if (!kind)
        return err->code;
    app->job.command = kind->name;
    int64_t begun = clock_now_unix();
    bool opened = !kind->books || (world_open_books(app, err) && note_begin(app, kind, err));
    int64_t known = opened && kind->books ? newest_attention(app) : 0;
    bool done = opened && kind->run(app, err);
    if (opened)
        note_end(app, kind, begun, done ? ERR_NONE : err->code);
    if (done && kind->books)
        note_well(app, kind);
    if (opened && kind->books)
        tell_attentions(app, known);
    if (done)
        return ERR_NONE;
    err_prefix(err, "%s", kind->name);
    return err->code;
}

/*
 * serve: what stays. One process that sleeps until a job is due, a child has something to say, somebody asks
 * for something or sends a signal; everything else is done by children (job), so that whatever happens to one
 * of them, the next comes in time. It never opens state or store.
 */
#include "ringmgr/app/serve_control.h"
#include "ringmgr/app/serve_heal.h"
#include "ringmgr/app/serve_jobs.h"
#include "ringmgr/app/serve_loop.h"
#include "ringmgr/app/serve_note.h"
#include "ringmgr/app/serve_notify.h"
#include "ringmgr/app/serve_plan.h"
#include "ringmgr/app/serve_seal.h"
#include "ringmgr/app/serve_settings.h"
#include "ringmgr/app/serve_watch.h"
#include "ringmgr/app/settings.h"
#include "ringmgr/app/web.h"
#include "ringmgr/app/world.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/version.h"
#include "ringmgr/state/lock.h"
#include "ringmgr/state/marks.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { PATIENCE_MS = 30 * 1000, QUOTED_SIZE = 1100 };

struct serve {
    struct app *app;
    const struct log *log;
    struct lock *lock; /* one instance */
    struct serve_loop *loop;
    struct serve_jobs *jobs;
    struct serve_heal *heal;
    struct serve_watch *watch;
    struct serve_note *note;
    struct serve_control *control;
    struct web *web;
    struct serve_plan plan;
    struct serve_notify notify;
    int64_t last_unix[TASK_COUNT]; /* what the state knows of earlier runs */
    int signals, config;           /* signalfd; the configuration in force, sealed */
    struct {
        struct settings settings;
        int config;   /* -1: none is tried now */
        bool restart; /* what it changes only a start takes */
    } trial;
    struct digest read;   /* of the configuration that was last read, accepted or not */
    bool ready;           /* the plan is made */
    bool reload, ending;  /* signals have asked for it */
    enum err_code failed; /* why the service ends by itself */
    int64_t alive_ms;     /* when the next sign of life is due; -1: none is wanted */
    int64_t seen_unix, seen_steady;
    char *status;
    struct run {
        struct serve *serve;
        enum serve_task task;
    } run[TASK_COUNT];
};

/* ---- the configuration in force ---- */

/* Takes over the descriptor. */
static void put_in_force(struct serve *serve, int fd)
{
    fs_auto_close(&serve->config);
    serve->config = fd;
    serve_jobs_set_config(serve->jobs, fd);
    serve_heal_set_rings(serve->heal, &serve->app->settings);
}

/* The descriptor of what was accepted, and its settings; else -1, and *settings is empty. */
static int read_anew(struct serve *serve, struct settings *settings, struct err *err)
{
    struct settings_problems problems AUTO(settings_problems_clear) = {0};
    AUTO_BUF text = {0};
    const char *path = serve->app->arguments.config;
    int fd = -1;
    bool readable = world_read_config_of_service(path, &text, err);
    serve->read = digest_of(text.data, text.len);
    bool good = readable && settings_parse(buf_text(&text), text.len, path, settings, &problems, err);
    bool kept = good && serve_settings_keep(&serve->app->settings, settings, err);
    serve->trial.restart = good && !kept;
    if (kept && serve_settings_check(&serve->app->settings, settings, err))
        fd = serve_seal("ringmgr.conf", &text, err);
    if (fd < 0)
        settings_clear(settings);
    return fd;
}

static void refuse_reload(struct serve *serve, const char *why)
{
    char quoted[QUOTED_SIZE];
    char *text AUTO_FREE = mem_printf("%s; the configuration from before stays in force", why);
    log_event(serve->log, LOG_PRIORITY_ERR, "event=reload result=refused text=%s",
              log_quote(text, quoted, sizeof quoted));
    serve_note_refused(serve->note, why, serve->trial.restart);
    settings_clear(&serve->trial.settings);
    fs_auto_close(&serve->trial.config);
    serve->trial.config = -1;
    serve_notify_send(&serve->notify, "READY=1");
}

/* The state has taken note of it, or a job cannot work with it: a store that is not there, a ring that was
 * renamed wrongly. */
static void after_trial(void *context, int status)
{
    struct serve *serve = context;
    if (serve->ending)
        return;
    if (status != 0) {
        refuse_reload(serve, "no job could work with it: the journal has its reason");
        return;
    }
    settings_clear(&serve->app->settings);
    serve->app->settings = serve->trial.settings;
    serve->trial.settings = (struct settings){0};
    put_in_force(serve, serve->trial.config);
    serve->trial.config = -1;
    serve_note_accepted(serve->note);
    serve_plan_reload(&serve->plan, &serve->app->settings.schedule, clock_now_unix());
    serve_watch_start(serve->watch);
    log_event(serve->log, LOG_PRIORITY_INFO, "event=reload result=accepted rings=%zu",
              serve->app->settings.rings);
    serve_notify_send(&serve->notify, "READY=1");
}

/*
 * A job that does nothing tries the new configuration on the state, which records what has changed. No other
 * is started meanwhile: with the old one it would record that all was changed back.
 */
static void reload(struct serve *serve)
{
    static const char *const words[] = {"job", "marks", NULL};
    struct err err = {0};
    serve->reload = false;
    serve_notify_reloading(&serve->notify);
    serve->trial.config = read_anew(serve, &serve->trial.settings, &err);
    const struct serve_jobs_start start = {.name = "reload",
                                           .words = words,
                                           .config = serve->trial.config,
                                           .quiet = true,
                                           .ended = after_trial,
                                           .context = serve};
    if (serve->trial.config < 0 || serve_jobs_start(serve->jobs, &start, &err) < 0)
        refuse_reload(serve, err.msg);
}

/*
 * Commands that people run read the file as it is now. A job with what was in force before would find all
 * that they recorded changed back, so an edited file is tried before the next job, as after SIGHUP, also one
 * that only they can read; one that was refused is not tried again until it has changed.
 */
static bool has_changed(const struct serve *serve)
{
    static const struct inherited nothing = {.config = -1, .peer = -1, .web = -1};
    AUTO_BUF text = {0};
    struct err none = {0};
    if (!world_read_config(serve->app->arguments.config, &nothing, &text, &none))
        none = (struct err){0};
    struct digest now = digest_of(text.data, text.len);
    return !digest_equal(&now, &serve->read);
}

/* With what only one child may be at: the configuration, and what stands of it in the state. */
static bool is_busy(const struct serve *serve)
{
    return serve->trial.config >= 0 || serve_note_is_running(serve->note);
}

static bool is_due(const struct serve *serve)
{
    int64_t task = serve_plan_due(&serve->plan), heal_ms = serve_heal_due_ms(serve->heal);
    return (task >= 0 && task <= clock_now_unix()) || (heal_ms >= 0 && heal_ms <= serve_loop_now_ms()) ||
           serve_control_is_due(serve->control) || web_is_due(serve->web) || serve_note_is_due(serve->note);
}

/* ---- telling ---- */

static void tell_soon(struct serve *serve)
{
    if (serve->ready && serve->app->settings.targets)
        serve_plan_hurry(&serve->plan, TASK_NOTIFY, clock_now_unix());
}

/* What a job has done people want to know, and their machines, once it has ended. */
static void after_any(void *context, const char *name, const char *died)
{
    struct serve *serve = context;
    enum serve_task task = serve_task_of(name);
    if (!serve->ending)
        serve_note_left(serve->note, name, died);
    if ((task == TASK_COUNT && strncmp(name, "heal", 4) != 0) || task == TASK_METRICS)
        return;
    if (task != TASK_NOTIFY)
        tell_soon(serve);
    if (serve->ready && *serve->app->settings.textfile)
        serve_plan_hurry(&serve->plan, TASK_METRICS, clock_now_unix());
}

static void after_note(void *context)
{
    after_any(context, serve_task_name(TASK_SUPPORT), NULL); /* as after any alarm */
}

/* ---- jobs of the schedule ---- */

static void hurry_sites(struct serve *serve, int64_t at_unix)
{
    int64_t now = clock_now_unix();
    if (at_unix > now)
        serve_plan_sites(&serve->plan, at_unix, now);
    else
        serve_plan_hurry(&serve->plan, TASK_SITES, now);
}

static void take_forecast(void *context, struct buf *said, bool end)
{
    struct run *run = context;
    char *line;
    while (serve_jobs_take_line(said, end, &line)) {
        if (strncmp(line, "next=", 5) == 0)
            serve_plan_forecast(&run->serve->plan, strtoll(line + 5, NULL, 10), clock_now_unix());
        else if (strncmp(line, "window=", 7) == 0)
            serve_plan_window(&run->serve->plan, strtoll(line + 7, NULL, 10), clock_now_unix());
        else if (strncmp(line, "retry=", 6) == 0)
            serve_plan_retry(&run->serve->plan, strtoll(line + 6, NULL, 10));
        else if (strncmp(line, "look=", 5) == 0)
            serve_heal_note(run->serve->heal, line + 5, "");
        else if (strncmp(line, "sites=", 6) == 0)
            hurry_sites(run->serve, strtoll(line + 6, NULL, 10));
        free(line);
    }
}

static void after_task(void *context, int status)
{
    struct run *run = context;
    serve_plan_ended(&run->serve->plan, run->task, status, clock_now_unix());
}

static void start_task(struct serve *serve, enum serve_task task)
{
    const char *const words[] = {"job", serve_task_name(task), NULL};
    struct err err = {0};
    serve->run[task] = (struct run){serve, task};
    const struct serve_jobs_start start = {.name = words[1],
                                           .words = words,
                                           .quiet = task == TASK_NOTIFY || task == TASK_METRICS,
                                           .said = take_forecast,
                                           .ended = after_task,
                                           .context = &serve->run[task]};
    if (serve_jobs_start(serve->jobs, &start, &err) > 0)
        return;
    log_event(serve->log, LOG_PRIORITY_ERR, "event=job-failed job=%s text=\"%s\"", words[1], err.msg);
    serve_plan_ended(&serve->plan, task, ERR_LOCKED, clock_now_unix()); /* tried again soon */
}

static void start_due(struct serve *serve)
{
    int64_t now = clock_now_unix();
    for (enum serve_lane lane = 0; lane < SERVE_LANES; lane++) {
        enum serve_task task = serve_plan_take(&serve->plan, lane, now);
        if (task != TASK_COUNT)
            start_task(serve, task);
    }
    serve_note_start_due(serve->note);
    serve_heal_start_due(serve->heal);
    serve_watch_start_due(serve->watch);
    serve_control_start_due(serve->control);
    web_start_due(serve->web);
}

/* ---- the beginning: when did the jobs last run? ---- */

static void take_marks(void *context, struct buf *said, bool end)
{
    struct serve *serve = context;
    char *line;
    while (serve_jobs_take_line(said, end, &line)) {
        char *blank = strchr(line, ' ');
        if (strncmp(line, "mark=", 5) == 0 && blank) {
            *blank = 0;
            enum serve_task task = serve_task_of(line + 5);
            if (task != TASK_COUNT)
                serve->last_unix[task] = strtoll(blank + 1, NULL, 10);
        }
        free(line);
    }
}

static void after_marks(void *context, int status)
{
    struct serve *serve = context;
    uint32_t random = 1;
    if (serve->ending)
        return;
    if (status != 0) {
        serve->ending = true;
        serve->failed = status < 128 ? (enum err_code)status : ERR_FAILED;
        return;
    }
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        random = (uint32_t)getpid();
    serve_plan_init(&serve->plan, &serve->app->settings.schedule, serve->last_unix, random, clock_now_unix());
    serve->ready = true;
    tell_soon(serve);
    serve_watch_start(serve->watch);
    serve_notify_send(&serve->notify, "READY=1");
    log_event(serve->log, LOG_PRIORITY_INFO, "event=ready version=%s pid=%ld rings=%zu", version_text(),
              (long)getpid(), serve->app->settings.rings);
}

static bool start_marks(struct serve *serve, struct err *err)
{
    static const char *const words[] = {"job", "marks", NULL};
    const struct serve_jobs_start start = {.name = "marks",
                                           .words = words,
                                           .quiet = true,
                                           .said = take_marks,
                                           .ended = after_marks,
                                           .context = serve};
    return serve_jobs_start(serve->jobs, &start, err) > 0;
}

/* ---- signals ---- */

static void begin_end(struct serve *serve, const char *signal)
{
    if (serve->ending)
        return;
    serve->ending = true;
    log_event(serve->log, LOG_PRIORITY_INFO, "event=stop signal=%s running=%zu", signal,
              serve_jobs_count(serve->jobs));
    serve_notify_send(&serve->notify, "STOPPING=1\nSTATUS=Ending");
    serve_watch_stop(serve->watch);
    serve_control_stop(serve->control);
    web_stop(serve->web);
    serve_jobs_end_all(serve->jobs);
}

static void take_signals(void *context, int fd, short events)
{
    struct serve *serve = context;
    struct signalfd_siginfo info;
    (void)events;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            serve_jobs_reap(serve->jobs);
        else if (info.ssi_signo == SIGHUP)
            serve->reload = true;
        else
            begin_end(serve, sigabbrev_np((int)info.ssi_signo));
    }
}

static bool open_signals(struct serve *serve, struct err *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return err_set_errno(err, errno, "block signals");
    serve->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (serve->signals < 0)
        return err_set_errno(err, errno, "make a descriptor of signals");
    serve_loop_add(serve->loop, serve->signals, POLLIN, take_signals, serve);
    return true;
}

/* ---- the loop ---- */

/* A clock that somebody has set: schedules go by what it shows now; gates and soaks have rules of their own.
 */
static void notice_step(struct serve *serve)
{
    const struct clock_moment moment = clock_moment_now();
    int64_t now = moment.now_unix, steady = moment.steady.seconds;
    int64_t step = (now - serve->seen_unix) - (steady - serve->seen_steady);
    bool first = serve->seen_unix == 0;
    serve->seen_unix = now;
    serve->seen_steady = steady;
    if (first || (step <= MARK_STEP_SECONDS && step >= -MARK_STEP_SECONDS))
        return;
    char shown[CLOCK_TEXT_SIZE];
    clock_format(now, shown);
    log_event(serve->log, LOG_PRIORITY_WARNING, "event=clock-set step_seconds=%" PRId64 " now=%s", step,
              shown);
    if (serve->ready)
        serve_plan_clock_set(&serve->plan, now);
}

static void tell_status(struct serve *serve)
{
    char *running AUTO_FREE = serve_jobs_names(serve->jobs), next[CLOCK_TEXT_SIZE] = "";
    int64_t due = serve->ready ? serve_plan_due(&serve->plan) : -1;
    if (serve->ending || serve->notify.fd < 0)
        return;
    if (due >= 0)
        clock_format(due, next);
    char *status = mem_printf("%s%s%s%s",
                              *running       ? "Running "
                              : serve->ready ? "Idle"
                                             : "Starting",
                              running, *next ? "; next job at " : "", next);
    if (!serve->status || strcmp(status, serve->status) != 0)
        serve_notify_send(&serve->notify, "STATUS=%s", status);
    free(serve->status);
    serve->status = status;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* A sign of life for the watchdog, between whatever else happens. */
static int64_t give_sign(struct serve *serve)
{
    int64_t now = serve_loop_now_ms();
    if (serve->notify.watchdog_ms < 0)
        return -1;
    if (now >= serve->alive_ms) {
        serve_notify_send(&serve->notify, "WATCHDOG=1");
        serve->alive_ms = now + serve->notify.watchdog_ms;
    }
    return serve->alive_ms;
}

static int64_t next_ms(struct serve *serve)
{
    int64_t due = sooner(serve_jobs_kill_due(serve->jobs), sooner(give_sign(serve), web_due_ms(serve->web)));
    if (!serve->ready || serve->ending || is_busy(serve))
        return due;
    due = sooner(due, serve_control_due_ms(serve->control));
    return sooner(due, sooner(serve_heal_due_ms(serve->heal), serve_watch_due_ms(serve->watch)));
}

static bool turn(struct serve *serve, struct err *err)
{
    bool clock_set, working = serve->ready && !serve->ending;
    if (working && !is_busy(serve) && (serve->reload || (is_due(serve) && has_changed(serve))))
        reload(serve);
    working = working && !is_busy(serve);
    web_turn(serve->web);
    if (working)
        start_due(serve);
    tell_status(serve);
    if (!serve_loop_wait(serve->loop, working ? serve_plan_due(&serve->plan) : -1, next_ms(serve), &clock_set,
                         err))
        return false;
    if (clock_set || clock_is_faked())
        notice_step(serve);
    return true;
}

static enum err_code run(struct serve *serve, struct err *err)
{
    if (!start_marks(serve, err))
        return err->code;
    notice_step(serve);
    while (!serve->ending || serve_jobs_count(serve->jobs) > 0)
        if (!turn(serve, err))
            return err->code;
    if (serve->failed)
        err_set(err, serve->failed, "the state could not be opened: the reason stands above");
    return serve->failed;
}

/* ---- making it ---- */

/* What was decided may have opened a gate. */
static void after_decision(void *context)
{
    struct serve *serve = context;
    serve_plan_hurry(&serve->plan, TASK_PROMOTE, clock_now_unix());
}

static bool open_control(struct serve *serve, struct err *err)
{
    const struct serve_control_options options = {.loop = serve->loop,
                                                  .jobs = serve->jobs,
                                                  .log = serve->log,
                                                  .decided = after_decision,
                                                  .context = serve};
    return serve_control_open(&options, serve->app->settings.control, &serve->control, err);
}

static struct web *open_web(struct serve *serve)
{
    const struct web_options options = {.loop = serve->loop,
                                        .jobs = serve->jobs,
                                        .log = serve->log,
                                        .settings = &serve->app->settings,
                                        .decided = after_decision,
                                        .context = serve};
    return web_open(&options);
}

static bool lock_instance(struct serve *serve, struct err *err)
{
    const char *path = serve->app->settings.state;
    AUTO_FD dir = fs_open_dir(path, err);
    if (dir < 0 && (err->sys == ENOENT || err->sys == EACCES || err->sys == ENOTDIR))
        err->code = ERR_USAGE;
    if (dir < 0)
        return err_prefix(err, "[ringmgr] state");
    return lock_take(dir, "serve", true, 0, "serve", &serve->lock, err);
}

static bool make(struct serve *serve, struct err *err)
{
    if (!lock_instance(serve, err))
        return false;
    serve->loop = serve_loop_new(err);
    if (!serve->loop || !open_signals(serve, err))
        return false;
    const struct serve_jobs_options options = {serve->loop, serve->log, serve->app->arguments.config,
                                               PATIENCE_MS, after_any,  serve};
    serve->jobs = serve_jobs_new(&options);
    serve->heal = serve_heal_new(serve->jobs, &serve->plan, serve->log);
    serve->watch = serve_watch_new(serve->jobs, serve->heal, serve->log);
    serve->note = serve_note_new(&(struct serve_note_options){serve->jobs, serve->log, after_note, serve});
    int config = serve_seal("ringmgr.conf", &serve->app->config, err);
    if (config < 0)
        return false;
    put_in_force(serve, config);
    serve->read = digest_of(serve->app->config.data, serve->app->config.len);
    buf_clear(&serve->app->config);
    serve_notify_open(&serve->notify);
    if (!open_control(serve, err))
        return false;
    serve->web = open_web(serve);
    return true;
}

static void clear(struct serve *serve)
{
    serve_jobs_free(serve->jobs);
    serve_control_free(serve->control);
    web_free(serve->web);
    serve_watch_free(serve->watch);
    serve_heal_free(serve->heal);
    serve_note_free(serve->note);
    serve_loop_free(serve->loop);
    serve_notify_close(&serve->notify);
    fs_auto_close(&serve->signals);
    fs_auto_close(&serve->config);
    fs_auto_close(&serve->trial.config);
    settings_clear(&serve->trial.settings);
    lock_release(serve->lock);
    free(serve->status);
}

enum err_code cmd_serve(struct app *app, struct err *err)
{
    struct serve serve = {.app = app,
                          .log = &app->arguments.log,
                          .notify = {.fd = -1, .watchdog_ms = -1},
                          .signals = -1,
                          .config = -1,
                          .trial = {.config = -1}};
    for (enum serve_task task = 0; task < TASK_COUNT; task++)
        serve.last_unix[task] = -1;
    enum err_code code = make(&serve, err) ? run(&serve, err) : err->code;
    clear(&serve);
    return code;
}

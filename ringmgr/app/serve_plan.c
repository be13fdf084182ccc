#include "ringmgr/app/serve_plan.h"

#include <string.h>

enum {
    LOCKED_SECONDS = 60,
    UPSTREAM_SECONDS = 1800,
    /* A decision that nobody told the service of (made through sudo) opens a gate, too. */
    PROMOTE_SECONDS = 3600
};

static const struct {
    const char *name;
    enum serve_lane lane;
} tasks[TASK_COUNT] = {
    [TASK_PROMOTE] = {"promote", SERVE_QUICK},
    [TASK_QUICK_AUDIT] = {"quick-audit", SERVE_QUICK},
    [TASK_SUPPORT] = {"support", SERVE_QUICK},
    [TASK_SYNC] = {"sync", SERVE_BULK},
    [TASK_GC] = {"gc", SERVE_BULK},
    [TASK_FULL_AUDIT] = {"full-audit", SERVE_BULK},
    [TASK_SITES] = {"sites", SERVE_SITES},
    [TASK_SITE_AUDIT] = {"site-audit", SERVE_SITE_AUDIT},
    [TASK_NOTIFY] = {"notify", SERVE_TELL},
    [TASK_METRICS] = {"metrics", SERVE_METRICS},
};

const char *serve_task_name(enum serve_task task)
{
    return tasks[task].name;
}

enum serve_task serve_task_of(const char *name)
{
    enum serve_task task = 0;
    while (task < TASK_COUNT && strcmp(tasks[task].name, name) != 0)
        task++;
    return task;
}

enum serve_lane serve_task_lane(enum serve_task task)
{
    return tasks[task].lane;
}

/* NULL for what is not in [schedule]. */
static const struct schedule *schedule_of(const struct schedule_settings *settings, enum serve_task task)
{
    const struct schedule *const schedules[TASK_COUNT] = {
        [TASK_QUICK_AUDIT] = &settings->quick_audit,
        [TASK_SUPPORT] = &settings->support,
        [TASK_SYNC] = &settings->sync,
        [TASK_GC] = &settings->gc,
        [TASK_FULL_AUDIT] = &settings->full_audit,
        [TASK_SITES] = &settings->sites,
        [TASK_SITE_AUDIT] = &settings->site_audit,
    };
    return schedules[task];
}

/* Due only when somebody asks for it. */
static bool follows(enum serve_task task)
{
    return task == TASK_NOTIFY || task == TASK_METRICS;
}

bool serve_task_is_scheduled(enum serve_task task)
{
    return task != TASK_PROMOTE && !follows(task);
}

/* Another one for each run; at most half of the way to the next run. xorshift32 (Marsaglia 2003). */
static int64_t draw_jitter(struct serve_plan *plan)
{
    enum { DAY_SECONDS = 86400 };
    const struct schedule *sync = &plan->schedule.sync;
    int64_t half = (sync->kind == SCHEDULE_EVERY ? sync->every_seconds : DAY_SECONDS) / 2;
    int64_t most = plan->schedule.jitter_seconds < half ? plan->schedule.jitter_seconds : half;
    plan->random ^= plan->random << 13;
    plan->random ^= plan->random >> 17;
    plan->random ^= plan->random << 5;
    return (int64_t)(plan->random % (uint32_t)(most + 1));
}

static void set_due(struct serve_plan *plan, enum serve_task task, int64_t now)
{
    struct serve_task_plan *of = &plan->task[task];
    const struct schedule *schedule = schedule_of(&plan->schedule, task);
    if (schedule)
        of->due_unix = schedule_next(schedule, of->last_unix, now, task == TASK_SYNC ? draw_jitter(plan) : 0);
    else if (follows(task))
        of->due_unix = -1;
    else
        of->due_unix = of->last_unix < 0 ? now : now + PROMOTE_SECONDS;
}

void serve_plan_init(struct serve_plan *plan, const struct schedule_settings *schedule,
                     const int64_t last_unix[TASK_COUNT], uint32_t random, int64_t now)
{
    *plan = (struct serve_plan){.schedule = *schedule, .random = random ? random : 1};
    for (enum serve_task task = 0; task < TASK_COUNT; task++) {
        plan->task[task].last_unix = serve_task_is_scheduled(task) ? last_unix[task] : -1;
        set_due(plan, task, now);
    }
}

static bool is_same(const struct schedule *a, const struct schedule *b)
{
    return a->kind == b->kind && a->weekdays == b->weekdays && a->second_of_day == b->second_of_day &&
           a->every_seconds == b->every_seconds;
}

void serve_plan_reload(struct serve_plan *plan, const struct schedule_settings *schedule, int64_t now)
{
    const struct schedule_settings old = plan->schedule;
    plan->schedule = *schedule;
    for (enum serve_task task = 0; task < TASK_COUNT; task++)
        if (serve_task_is_scheduled(task) && !is_same(schedule_of(&old, task), schedule_of(schedule, task)))
            set_due(plan, task, now);
    serve_plan_hurry(plan, TASK_PROMOTE, now);
}

void serve_plan_clock_set(struct serve_plan *plan, int64_t now)
{
    for (enum serve_task task = 0; task < TASK_COUNT; task++) {
        struct serve_task_plan *of = &plan->task[task];
        if (of->due_unix <= now && of->last_unix <= now)
            continue; /* is due, is off or runs */
        if (of->last_unix > now)
            of->last_unix = now; /* for good: another step must not put it off once more */
        if (follows(task))
            of->due_unix =
                of->due_unix < 0 ? -1 : now; /* a retry: when it was meant to be nobody knows any more */
        else
            set_due(plan, task, now);
    }
    serve_plan_hurry(plan, TASK_PROMOTE, now);
}

static bool comes_first(const struct serve_plan *plan, enum serve_task task, enum serve_task other)
{
    return other == TASK_COUNT || plan->task[task].due_unix < plan->task[other].due_unix;
}

enum serve_task serve_plan_take(struct serve_plan *plan, enum serve_lane lane, int64_t now)
{
    enum serve_task first = TASK_COUNT;
    for (enum serve_task task = 0; task < TASK_COUNT; task++)
        if (tasks[task].lane == lane && plan->task[task].due_unix >= 0 && plan->task[task].due_unix <= now &&
            comes_first(plan, task, first))
            first = task;
    if (first == TASK_COUNT || !serve_plan_occupy(plan, lane))
        return TASK_COUNT;
    plan->task[first].last_unix = now;
    plan->task[first].due_unix = -1; /* until it has ended */
    return first;
}

int64_t serve_plan_due(const struct serve_plan *plan)
{
    int64_t due = -1;
    for (enum serve_task task = 0; task < TASK_COUNT; task++) {
        int64_t at = plan->task[task].due_unix;
        if (!plan->busy[tasks[task].lane] && at >= 0 && (due < 0 || at < due))
            due = at;
    }
    return due;
}

static void be_due_by(struct serve_plan *plan, enum serve_task task, int64_t at_unix)
{
    int64_t *due = &plan->task[task].due_unix;
    if (*due < 0 || *due > at_unix)
        *due = at_unix;
}

void serve_plan_ended(struct serve_plan *plan, enum serve_task task, int status, int64_t now)
{
    int64_t asked = plan->task[task].due_unix; /* while it ran: a forecast, or something to hurry for */
    serve_plan_release(plan, tasks[task].lane);
    set_due(plan, task, now);
    if (asked >= 0)
        be_due_by(plan, task, asked);
    if (plan->task[task].due_unix < 0 && serve_task_is_scheduled(task))
        return; /* was switched off meanwhile */
    if (status == ERR_LOCKED)
        be_due_by(plan, task, now + LOCKED_SECONDS);
    if (status == ERR_UPSTREAM && task == TASK_SYNC)
        be_due_by(plan, task, now + UPSTREAM_SECONDS);
}

void serve_plan_forecast(struct serve_plan *plan, int64_t at_unix, int64_t now)
{
    if (at_unix > now) /* what can go now was tried by who says so */
        be_due_by(plan, TASK_PROMOTE, at_unix);
}

void serve_plan_window(struct serve_plan *plan, int64_t opens_unix, int64_t now)
{
    if (opens_unix > now && plan->schedule.sync.kind != SCHEDULE_OFF)
        be_due_by(plan, TASK_SYNC, opens_unix + draw_jitter(plan));
}

void serve_plan_sites(struct serve_plan *plan, int64_t at_unix, int64_t now)
{
    if (at_unix > now && plan->schedule.sites.kind != SCHEDULE_OFF)
        be_due_by(plan, TASK_SITES, at_unix);
}

void serve_plan_retry(struct serve_plan *plan, int64_t at_unix)
{
    be_due_by(plan, TASK_NOTIFY, at_unix);
}

void serve_plan_hurry(struct serve_plan *plan, enum serve_task task, int64_t now)
{
    const struct schedule *schedule = schedule_of(&plan->schedule, task);
    if (!schedule || schedule->kind != SCHEDULE_OFF)
        be_due_by(plan, task, now);
}

bool serve_plan_occupy(struct serve_plan *plan, enum serve_lane lane)
{
    if (plan->busy[lane])
        return false;
    plan->busy[lane] = true;
    return true;
}

void serve_plan_release(struct serve_plan *plan, enum serve_lane lane)
{
    plan->busy[lane] = false;
}

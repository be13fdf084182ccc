/*
 * When the service starts which of its jobs. Pure: the clock's time comes in as a value, randomness as a
 * number.
 */
#ifndef RINGMGR_APP_SERVE_PLAN_H
#define RINGMGR_APP_SERVE_PLAN_H

#include "ringmgr/policy/settings.h"

/* In the order in which they go where several are due at the same time. */
enum serve_task {
    TASK_PROMOTE,
    TASK_QUICK_AUDIT,
    TASK_SUPPORT,
    TASK_SYNC,
    TASK_GC,
    TASK_FULL_AUDIT,
    TASK_SITES,
    TASK_SITE_AUDIT,
    TASK_NOTIFY,
    TASK_METRICS,
    TASK_COUNT
};

/* Tasks of one lane wait for each other; lanes run side by side. */
enum serve_lane {
    SERVE_QUICK,
    SERVE_BULK,
    SERVE_SITES,      /* a slow line to one keeps no download waiting */
    SERVE_SITE_AUDIT, /* nor does reading all that stands there keep a promotion from them */
    SERVE_TELL,       /* a receiver that hangs keeps nobody else waiting */
    SERVE_METRICS,    /* nor does a folder that does */
    SERVE_LANES
};

struct serve_plan {
    struct schedule_settings schedule;
    struct serve_task_plan {
        int64_t last_unix; /* when it last began; -1: never */
        int64_t due_unix;  /* -1: it is off */
    } task[TASK_COUNT];
    bool busy[SERVE_LANES];
    uint32_t random; /* of this process: moves the runs of many servers apart */
};

/* "promote", "quick-audit", "support", "sync", "gc", "full-audit", "sites", "site-audit", "notify", "metrics"
 */
const char *serve_task_name(enum serve_task task);
/* TASK_COUNT if there is none of that name. */
enum serve_task serve_task_of(const char *name);
enum serve_lane serve_task_lane(enum serve_task task);
/* False for what is not in [schedule]: promotions happen whenever they can, notices go out when somebody
 * hurries (serve_plan_hurry()) or a retry is due (serve_plan_retry()), metrics when somebody hurries. */
bool serve_task_is_scheduled(enum serve_task task);

/* When the tasks are due, if they last began at last_unix[] (-1: never). Promotion is due at once. */
void serve_plan_init(struct serve_plan *plan, const struct schedule_settings *schedule,
                     const int64_t last_unix[TASK_COUNT], uint32_t random, int64_t now);
/* Another schedule is in force: tasks whose schedule is another are due by the new one. */
void serve_plan_reload(struct serve_plan *plan, const struct schedule_settings *schedule, int64_t now);
/* Somebody has set the clock: everything is due by what it shows now. */
void serve_plan_clock_set(struct serve_plan *plan, int64_t now);

/*
 * The task of that lane which is due, the longest waiting first; TASK_COUNT if none is or the lane is busy.
 * It counts as begun, the lane as busy.
 */
enum serve_task serve_plan_take(struct serve_plan *plan, enum serve_lane lane, int64_t now);
/* When a lane that is free has something to do; -1: never. */
int64_t serve_plan_due(const struct serve_plan *plan);

/*
 * The task has ended with this exit status, and its lane is free. What was locked is tried again after a
 * minute, a sync that did not reach upstream after half an hour; else the schedule goes on. Promotion is due
 * within the hour in any case.
 */
void serve_plan_ended(struct serve_plan *plan, enum serve_task task, int status, int64_t now);
/* A job has found out when the next promotion can happen by itself. */
void serve_plan_forecast(struct serve_plan *plan, int64_t at_unix, int64_t now);
/* A job has found out when the window for downloads opens next: a sync is due then, and its jitter. */
void serve_plan_window(struct serve_plan *plan, int64_t opens_unix, int64_t now);
/* A job has found out when something can go on at a site (its window opens, a pointer may move): sites are
 * due then. */
void serve_plan_sites(struct serve_plan *plan, int64_t at_unix, int64_t now);
/* Somebody could not be told: it is tried again then. */
void serve_plan_retry(struct serve_plan *plan, int64_t at_unix);
/* Something has happened that makes this task worth a run now. One that is off stays off. */
void serve_plan_hurry(struct serve_plan *plan, enum serve_task task, int64_t now);

/* A lane is given to something that is in no schedule, and taken back. False if it is busy. */
bool serve_plan_occupy(struct serve_plan *plan, enum serve_lane lane) MUST_CHECK;
void serve_plan_release(struct serve_plan *plan, enum serve_lane lane);

#endif

#include "ringmgr/app/serve_watch.h"
#include "ringmgr/base/mem.h"
#include "shares/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_WAIT_MS = 1000, LAST_WAIT_MS = 300 * 1000, LIVED_MS = 600 * 1000 };

struct serve_watch {
    struct serve_jobs *jobs;
    struct serve_heal *heal;
    const struct log *log;
    pid_t pid;      /* 0: none runs */
    bool replacing; /* it was asked to end, for a new one or for good */
    int64_t began_ms, wait_ms;
    int64_t start_ms; /* when the next one starts; -1: not */
};

struct serve_watch *serve_watch_new(struct serve_jobs *jobs, struct serve_heal *heal, const struct log *log)
{
    struct serve_watch *watch = mem_new(1, sizeof *watch);
    watch->jobs = jobs;
    watch->heal = heal;
    watch->log = log;
    watch->wait_ms = FIRST_WAIT_MS;
    watch->start_ms = -1;
    return watch;
}

void serve_watch_free(struct serve_watch *watch)
{
    free(watch);
}

/* Records, and what is none: then anything may have changed. */
static void take_records(void *context, struct buf *said, bool end)
{
    struct serve_watch *watch = context;
    struct watch_event event;
    size_t at = 0;
    while (watch_next_event(said, &at, &event))
        if (strcmp(event.path, WATCH_LOST) == 0)
            serve_heal_note_lost(watch->heal);
        else
            serve_heal_note(watch->heal, event.ring, event.path);
    bool foreign = said->len - at > WATCH_RECORD_MAX || (said->len > at && said->data[at] == 0);
    if (foreign)
        serve_heal_note_lost(watch->heal);
    if (foreign || end)
        at = said->len;
    if (at)
        memmove(said->data, said->data + at, said->len - at);
    said->len -= at;
}

static void ended(void *context, int status)
{
    struct serve_watch *watch = context;
    int64_t lived_ms = serve_loop_now_ms() - watch->began_ms;
    bool replacing = watch->replacing;
    watch->pid = 0;
    watch->replacing = false;
    watch->wait_ms = lived_ms > LIVED_MS ? FIRST_WAIT_MS : watch->wait_ms;
    watch->start_ms = serve_loop_now_ms() + (replacing ? 0 : watch->wait_ms);
    if (replacing)
        return;
    log_event(watch->log, LOG_PRIORITY_WARNING,
              "event=watch-lost status=%d again_in_seconds=%" PRId64 " then=rescan", status,
              watch->wait_ms / 1000);
    serve_heal_note_lost(watch->heal);
    watch->wait_ms = watch->wait_ms * 2 < LAST_WAIT_MS ? watch->wait_ms * 2 : LAST_WAIT_MS;
}

static void start(struct serve_watch *watch)
{
    static const char *const words[] = {"job", "watch", NULL};
    struct err err = {0};
    const struct serve_jobs_start how = {.name = "watch",
                                         .words = words,
                                         .quiet = true,
                                         .said = take_records,
                                         .ended = ended,
                                         .context = watch};
    pid_t pid = serve_jobs_start(watch->jobs, &how, &err);
    watch->began_ms = serve_loop_now_ms();
    watch->start_ms = pid > 0 ? -1 : watch->began_ms + LAST_WAIT_MS;
    watch->pid = pid > 0 ? pid : 0;
    if (pid <= 0)
        log_event(watch->log, LOG_PRIORITY_ERR, "event=watch-failed text=\"%s\"", err.msg);
    serve_heal_note_all(watch->heal);
}

void serve_watch_start(struct serve_watch *watch)
{
    if (!watch->pid) {
        start(watch);
        return;
    }
    watch->replacing = true;
    serve_jobs_end(watch->jobs, watch->pid);
}

void serve_watch_stop(struct serve_watch *watch)
{
    watch->replacing = true;
    if (watch->pid)
        serve_jobs_end(watch->jobs, watch->pid);
}

int64_t serve_watch_due_ms(const struct serve_watch *watch)
{
    return watch->start_ms;
}

void serve_watch_start_due(struct serve_watch *watch)
{
    if (watch->start_ms >= 0 && watch->start_ms <= serve_loop_now_ms())
        start(watch);
}

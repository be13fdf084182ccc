/*
 * Who fetches which file when. (What happens to one file is told in download.c.)
 *
 * Receiving, hashing and writing a stream is one core's work at a gigabyte a second and more, so a few
 * threads share the files, each with connections of its own; one more would only take memory. The session's
 * connections are dealt out to them beforehand, so that all together never have more open than the
 * administrator allows, idle ones included.
 *
 * Files wait in one queue, largest first. The next goes to the worker that has the fewest bytes before it and
 * a free connection: so the largest file of a build, half of its bytes, keeps one core while the others
 * see to the rest, and the small ones fill the gaps at the end. A download that waits for a retry keeps its
 * connection's place: an origin in trouble is not asked for other files instead.
 *
 * What threads share: the queue, the workers' loads and the reason to stop, under one lock; and each
 * download's byte count, an atomic, for the progress line. Everything else of a download belongs to the
 * worker that took it. The caller's thread is the first worker and draws the progress. The others take no
 * signals.
 *
 * No space stops all: whatever else would still come would only fill what is left. Every part stays.
 */
#include "ringmgr/fetch/transfer.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/download.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 4, POLL_MS = 1000, PROGRESS_MS = 1000 };

/* What a small file costs besides its bytes. */
static const uint64_t FILE_COST_BYTES = (uint64_t)1 << 18;

struct slot {
    struct download *download;
    enum download_state state;
    uint64_t cost; /* bytes that it counts in the worker's load */
};

struct worker {
    struct run *run;
    struct pool *pool;
    pthread_t thread;
    bool started;
    struct slot *slot;
    unsigned quota; /* slots */
    unsigned busy;  /* shared: of them, those with a download */
    uint64_t load;  /* shared: bytes of the downloads in them */
};

struct run {
    struct http *http;
    struct download *download;
    size_t len;
    pthread_mutex_t lock;
    struct download **queue; /* shared, largest first */
    size_t next;             /* shared: the first in the queue that nobody has */
    size_t alive;            /* shared: workers besides the first */
    bool stopped;            /* shared */
    struct err why;          /* shared: with stopped */
    struct worker worker[WORKERS];
    unsigned workers;
    int64_t shown_ms;
    uint64_t shown_bytes;
    double rate; /* bytes a second, smoothed */
};

/* --- progress --- */

static void format_bytes(double bytes, char text[32])
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    while (bytes >= 1024 && i + 1 < sizeof unit / sizeof *unit) {
        bytes /= 1024;
        i++;
    }
    snprintf(text, 32, i ? "%.1f %s" : "%.0f %s", bytes, unit[i]);
}

/* Bytes that are there; *total becomes LENGTH_UNKNOWN unless all sizes are known. */
static uint64_t sum_up(const struct run *run, uint64_t *total)
{
    uint64_t have = 0;
    *total = 0;
    for (size_t i = 0; i < run->len; i++) {
        uint64_t expect = run->download[i].transfer->expect_bytes;
        have += run->download[i].have_bytes;
        *total =
            expect == TRANSFER_SIZE_UNKNOWN || *total == LENGTH_UNKNOWN ? LENGTH_UNKNOWN : *total + expect;
    }
    return have;
}

static void draw(const struct run *run, uint64_t have, uint64_t total)
{
    char done[32], all[32], rate[32];
    const char *plural = run->len == 1 ? "" : "s";
    format_bytes((double)have, done);
    format_bytes(run->rate, rate);
    if (total == LENGTH_UNKNOWN) {
        log_progress(run->http->log, "%zu file%s: %s, %s/s", run->len, plural, done, rate);
        return;
    }
    uint64_t left = total > have ? total - have : 0;
    uint64_t seconds = run->rate >= 1 ? (uint64_t)((double)left / run->rate) : 0;
    format_bytes((double)total, all);
    log_progress(run->http->log, "%zu file%s: %s of %s, %s/s, %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " left",
                 run->len, plural, done, all, rate, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static void show_progress(struct run *run)
{
    int64_t now = pace_now_ms();
    uint64_t total;
    if (now - run->shown_ms < PROGRESS_MS)
        return;
    uint64_t have = sum_up(run, &total);
    uint64_t came = have > run->shown_bytes ? have - run->shown_bytes : 0;
    double rate = (double)came * 1000 / (double)(now - run->shown_ms);
    run->rate = run->rate > 0 ? 0.7 * run->rate + 0.3 * rate : rate;
    run->shown_ms = now;
    run->shown_bytes = have;
    draw(run, have, total);
}

/* --- the queue --- */

static uint64_t cost_of(const struct download *download)
{
    const struct transfer *transfer = download->transfer;
    uint64_t bytes = transfer->expect_bytes, have = incoming_bytes(transfer->in);
    if (bytes == TRANSFER_SIZE_UNKNOWN)
        return FILE_COST_BYTES;
    return FILE_COST_BYTES + (bytes > have ? bytes - have : 0);
}

static int by_cost(const void *a, const void *b)
{
    uint64_t left = cost_of(*(struct download *const *)a), right = cost_of(*(struct download *const *)b);
    return left < right ? 1 : left > right ? -1 : 0;
}

/* Whether no other worker with a free slot has less to do. Under the lock. */
static bool is_next(const struct worker *worker)
{
    const struct run *run = worker->run;
    for (unsigned i = 0; i < run->workers; i++) {
        const struct worker *other = &run->worker[i];
        if (other != worker && other->busy < other->quota && other->load < worker->load)
            return false;
    }
    return true;
}

static bool take_download(struct worker *worker, struct slot *slot)
{
    struct run *run = worker->run;
    pthread_mutex_lock(&run->lock);
    if (!run->stopped && run->next < run->len && worker->busy < worker->quota && is_next(worker)) {
        slot->download = run->queue[run->next++];
        slot->cost = cost_of(slot->download);
        worker->load += slot->cost;
        worker->busy++;
    }
    pthread_mutex_unlock(&run->lock);
    return slot->download != NULL;
}

static void wake_others(const struct worker *worker)
{
    const struct run *run = worker->run;
    for (unsigned i = 0; i < run->workers; i++)
        if (&run->worker[i] != worker)
            pool_wake(run->worker[i].pool);
}

static void stop_all(struct run *run, const struct err *why)
{
    pthread_mutex_lock(&run->lock);
    if (!run->stopped)
        run->why = *why;
    run->stopped = true;
    pthread_mutex_unlock(&run->lock);
}

/* --- a worker --- */

static void end_download(struct worker *worker, struct slot *slot)
{
    const struct transfer *transfer = slot->download->transfer;
    if (transfer->result == TRANSFER_FAILED && transfer->err.code == ERR_NO_SPACE)
        stop_all(worker->run, &transfer->err);
    pthread_mutex_lock(&worker->run->lock);
    worker->busy--;
    worker->load -= slot->cost;
    pthread_mutex_unlock(&worker->run->lock);
    *slot = (struct slot){0};
    wake_others(worker);
}

static void go_on(struct worker *worker, struct slot *slot, enum download_state state)
{
    slot->state = state;
    if (state == DOWNLOAD_ASKS)
        pool_start(worker->pool, &slot->download->exchange);
    else if (state == DOWNLOAD_OVER)
        end_download(worker, slot);
}

static void fill_slots(struct worker *worker)
{
    for (unsigned i = 0; i < worker->quota; i++) {
        struct slot *slot = &worker->slot[i];
        while (!slot->download && take_download(worker, slot)) {
            wake_others(worker);
            go_on(worker, slot, download_begin(slot->download));
        }
    }
}

/* Begins what has waited long enough; returns how long the next may wait. */
static int begin_due(struct worker *worker)
{
    int64_t wait = POLL_MS;
    for (unsigned i = 0; i < worker->quota; i++) {
        struct slot *slot = &worker->slot[i];
        if (!slot->download || slot->state != DOWNLOAD_WAITS)
            continue;
        int64_t left = slot->download->due_ms - pace_now_ms();
        if (left <= 0)
            go_on(worker, slot, download_begin(slot->download));
        else if (left < wait)
            wait = left;
    }
    return (int)wait;
}

static void take_answer(struct worker *worker, const struct exchange *exchange)
{
    for (unsigned i = 0; i < worker->quota; i++) {
        struct slot *slot = &worker->slot[i];
        if (slot->download == exchange->owner)
            go_on(worker, slot, download_continue(slot->download));
    }
}

static void give_up_all(struct worker *worker)
{
    for (unsigned i = 0; i < worker->quota; i++) {
        struct slot *slot = &worker->slot[i];
        if (!slot->download)
            continue;
        if (slot->state == DOWNLOAD_ASKS)
            pool_cancel(worker->pool, &slot->download->exchange);
        download_give_up(slot->download, &worker->run->why);
        end_download(worker, slot);
    }
}

static bool is_stopped(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool stopped = run->stopped;
    pthread_mutex_unlock(&run->lock);
    return stopped;
}

static bool is_queue_empty(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool empty = run->next == run->len;
    pthread_mutex_unlock(&run->lock);
    return empty;
}

/* One step; false if nothing is left for this worker. */
static bool work(struct worker *worker)
{
    bool stopped = is_stopped(worker->run);
    if (stopped)
        give_up_all(worker);
    int wait_ms = begin_due(worker);
    if (!stopped)
        fill_slots(worker);
    if (worker->busy == 0 && (stopped || is_queue_empty(worker->run)))
        return false;
    struct exchange *over = pool_next(worker->pool, wait_ms);
    if (over)
        take_answer(worker, over);
    return true;
}

static void *work_beside(void *data)
{
    struct worker *worker = data;
    struct run *run = worker->run;
    while (work(worker))
        continue;
    pthread_mutex_lock(&run->lock);
    run->alive--;
    pthread_mutex_unlock(&run->lock);
    pool_wake(run->worker[0].pool);
    return NULL;
}

static bool others_work(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool work = run->alive > 0;
    pthread_mutex_unlock(&run->lock);
    return work;
}

/* The caller's thread: works, then waits for the others. */
static void work_first(struct run *run)
{
    while (work(&run->worker[0]))
        show_progress(run);
    while (others_work(run)) {
        show_progress(run);
        pool_next(run->worker[0].pool, POLL_MS); /* nothing runs there: it only waits to be woken */
    }
    for (unsigned i = 1; i < run->workers; i++)
        if (run->worker[i].started)
            pthread_join(run->worker[i].thread, NULL);
}

/* --- the run --- */

static unsigned least(size_t a, size_t b)
{
    return (unsigned)(a < b ? a : b);
}

static unsigned count_workers(const struct run *run)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned most = least(cores > 1 ? (size_t)cores : 1, WORKERS);
    return least(most, least(run->http->connections, run->len));
}

/* The first `connections` % `workers` workers get one more. */
static bool open_workers(struct run *run, struct err *err)
{
    struct http *http = run->http;
    unsigned wanted = count_workers(run);
    for (unsigned i = 0; i < wanted; i++) {
        struct worker *worker = &run->worker[i];
        worker->run = run;
        worker->quota = http->connections / wanted + (i < http->connections % wanted);
        worker->slot = mem_new(worker->quota, sizeof *worker->slot);
        run->workers = i + 1;
        worker->pool = i == 0 ? http->pool : session_pool(http, worker->quota, err);
        if (!worker->pool)
            return false;
    }
    return true;
}

static void close_workers(struct run *run)
{
    for (unsigned i = 0; i < run->workers; i++) {
        if (i > 0)
            pool_free(run->worker[i].pool);
        free(run->worker[i].slot);
    }
}

/* The first worker alone gets everything done, too, so a thread that does not start takes no file. */
static void start_threads(struct run *run)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pthread_mutex_lock(&run->lock);
    for (unsigned i = 1; i < run->workers; i++) {
        struct worker *worker = &run->worker[i];
        worker->started = pthread_create(&worker->thread, NULL, work_beside, worker) == 0;
        if (worker->started)
            run->alive++;
        else
            worker->quota = 0;
    }
    pthread_mutex_unlock(&run->lock);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void set_up(struct run *run, struct transfer *list)
{
    uint64_t total;
    run->download = mem_new(run->len, sizeof *run->download);
    run->queue = mem_new(run->len, sizeof(struct download *));
    for (size_t i = 0; i < run->len; i++) {
        download_init(&run->download[i], run->http, &list[i]);
        run->queue[i] = &run->download[i];
    }
    qsort(run->queue, run->len, sizeof(struct download *), by_cost);
    run->shown_ms = pace_now_ms();
    run->shown_bytes = sum_up(run, &total);
}

bool transfer_run(struct http *http, struct transfer *list, size_t len, struct err *err)
{
    struct run run = {.http = http, .len = len, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (len == 0)
        return true;
    set_up(&run, list);
    bool can_work = open_workers(&run, err);
    if (can_work) {
        start_threads(&run);
        work_first(&run);
        while (run.next < run.len)
            download_give_up(run.queue[run.next++], &run.why);
        log_progress_end(http->log);
    }
    close_workers(&run);
    free(run.queue);
    free(run.download);
    return can_work;
}

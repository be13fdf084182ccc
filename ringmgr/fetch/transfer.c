/*
 * Who fetches which file when. (What happens to one file is told in download.c.)
 *
 * Receiving, hashing and writing a stream is one core's work at a gigabyte a second and more, so a few
 * threads share the files, each with connections of its own; two a core, since each waits for the disk, too.
 * The session's connections are dealt out to them beforehand, so that all together never have more open than
 * the administrator allows, idle ones included.
 *
 * Files wait in one queue, largest first. The next goes to the worker that has the fewest bytes before it and
 * a free connection: so the largest file of a build, half of its bytes, keeps one core while the others
 * see to the rest, and the small ones fill the gaps at the end. A download that waits for a retry keeps its
 * connection's place: an origin in trouble is not asked for other files instead.
 *
 * When the queue is empty and a worker mostly waits for bytes, its connections are slower than the link: then
 * its free ones fetch further parts of its files, as many as bring more (ramp.c, divide.c). A worker that has
 * nothing left to do leaves its connections to the others.
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
#include "ringmgr/fetch/probe.h"
#include "ringmgr/fetch/progress.h"
#include "ringmgr/fetch/ramp.h"

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
    unsigned slots;
    unsigned quota; /* shared: connections */
    unsigned busy;  /* shared: of them, those in use */
    uint64_t load;  /* shared: bytes of the downloads in the slots */
    struct ramp ramp;
    int64_t measured_us;
};

struct run {
    struct http *http;
    struct download *download;
    size_t len;
    pthread_mutex_t lock;
    struct download **queue; /* shared, largest first */
    size_t next;             /* shared: the first in the queue that nobody has */
    size_t alive;            /* shared: workers besides the first */
    unsigned spare;          /* shared: connections of workers that have ended */
    bool stopped;            /* shared */
    struct err why;          /* shared: with stopped; empty: the time is over */
    struct worker worker[WORKERS];
    unsigned workers;
    int64_t shown_ms;
    uint64_t shown_bytes;
    double rate; /* bytes a second, smoothed */
};

/* --- progress --- */

/* Bytes that are there; *total becomes LENGTH_UNKNOWN unless all sizes are known. */
static uint64_t sum_up(const struct run *run, uint64_t *total)
{
    uint64_t have = 0;
    *total = 0;
    for (size_t i = 0; i < run->len; i++) {
        uint64_t expect = run->download[i].target.transfer->expect_bytes;
        have += run->download[i].target.have_bytes;
        *total =
            expect == TRANSFER_SIZE_UNKNOWN || *total == LENGTH_UNKNOWN ? LENGTH_UNKNOWN : *total + expect;
    }
    return have;
}

static void draw(const struct run *run, uint64_t have, uint64_t total)
{
    char done[PROGRESS_TEXT_SIZE], all[PROGRESS_TEXT_SIZE], rate[PROGRESS_TEXT_SIZE];
    const char *plural = run->len == 1 ? "" : "s";
    progress_format_bytes((double)have, done);
    progress_format_bytes(run->rate, rate);
    if (total == LENGTH_UNKNOWN) {
        log_progress(run->http->log, "%zu file%s: %s, %s/s", run->len, plural, done, rate);
        return;
    }
    uint64_t left = total > have ? total - have : 0;
    uint64_t seconds = run->rate >= 1 ? (uint64_t)((double)left / run->rate) : 0;
    progress_format_bytes((double)total, all);
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
    const struct transfer *transfer = download->target.transfer;
    uint64_t bytes = transfer->expect_bytes, have = incoming_present_bytes(transfer->in);
    if (bytes == TRANSFER_SIZE_UNKNOWN)
        return FILE_COST_BYTES;
    return FILE_COST_BYTES + (bytes > have ? bytes - have : 0);
}

static int by_cost(const void *a, const void *b)
{
    uint64_t left = cost_of(*(struct download *const *)a), right = cost_of(*(struct download *const *)b);
    return left < right ? 1 : left > right ? -1 : 0;
}

/*
 * Whether no other worker with a free connection has less to do. The largest goes to the first. Under the
 * lock.
 */
static bool is_next(const struct worker *worker)
{
    const struct run *run = worker->run;
    if (run->next == 0)
        return worker == &run->worker[0];
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
    struct run *run = worker->run;
    pthread_mutex_lock(&run->lock);
    for (unsigned i = 0; i < run->workers; i++)
        if (&run->worker[i] != worker)
            pool_wake(run->worker[i].pool);
    pthread_mutex_unlock(&run->lock);
}

static void stop_all(struct run *run, const struct err *why)
{
    pthread_mutex_lock(&run->lock);
    if (!run->stopped && why)
        run->why = *why;
    run->stopped = true;
    pthread_mutex_unlock(&run->lock);
}

/* NULL: the time is over. */
static const struct err *reason(const struct run *run)
{
    return run->why.code == ERR_NONE ? NULL : &run->why;
}

/* --- a worker --- */

static void end_download(struct worker *worker, struct slot *slot)
{
    const struct transfer *transfer = slot->download->target.transfer;
    if (transfer->result == TRANSFER_FAILED && transfer->err.code == ERR_NO_SPACE)
        stop_all(worker->run, &transfer->err);
    pthread_mutex_lock(&worker->run->lock);
    worker->load -= slot->cost;
    pthread_mutex_unlock(&worker->run->lock);
    download_clear(slot->download);
    *slot = (struct slot){0};
}

/* A download has at least its place, also while it waits or copies. */
static unsigned connections_of(const struct slot *slot)
{
    if (!slot->download)
        return 0;
    return slot->download->target.running ? slot->download->target.running : 1;
}

/* Says how many connections are in use; who waits for a file may have one now. */
static void count_busy(struct worker *worker)
{
    unsigned busy = 0;
    for (unsigned i = 0; i < worker->slots; i++)
        busy += connections_of(&worker->slot[i]);
    pthread_mutex_lock(&worker->run->lock);
    bool fewer = busy < worker->busy;
    worker->busy = busy;
    pthread_mutex_unlock(&worker->run->lock);
    if (fewer)
        wake_others(worker);
}

static void go_on(struct worker *worker, struct slot *slot, enum download_state state)
{
    slot->state = state;
    if (state == DOWNLOAD_OVER)
        end_download(worker, slot);
    count_busy(worker);
}

static void fill_slots(struct worker *worker)
{
    for (unsigned i = 0; i < worker->slots; i++) {
        struct slot *slot = &worker->slot[i];
        while (!slot->download && take_download(worker, slot)) {
            wake_others(worker);
            go_on(worker, slot, download_begin(slot->download, worker->pool));
        }
    }
}

/* Begins what has waited long enough; returns how long the next may wait. */
static int begin_due(struct worker *worker)
{
    int64_t wait = POLL_MS;
    for (unsigned i = 0; i < worker->slots; i++) {
        struct slot *slot = &worker->slot[i];
        if (!slot->download || slot->state != DOWNLOAD_WAITS)
            continue;
        int64_t left = slot->download->due_ms - pace_now_ms();
        if (left <= 0)
            go_on(worker, slot, download_begin(slot->download, worker->pool));
        else if (left < wait)
            wait = left;
    }
    return (int)wait;
}

static void take_answer(struct worker *worker, struct exchange *exchange)
{
    for (unsigned i = 0; i < worker->slots; i++) {
        struct slot *slot = &worker->slot[i];
        if (slot->download && download_owns(slot->download, exchange)) {
            go_on(worker, slot, download_continue(slot->download, exchange));
            return;
        }
    }
}

/* Puts in what is at hand; true if there is more of it. */
static bool copy_some(struct worker *worker)
{
    bool more = false;
    for (unsigned i = 0; i < worker->slots; i++) {
        struct slot *slot = &worker->slot[i];
        if (!slot->download || slot->state != DOWNLOAD_RUNS || !download_can_copy(slot->download))
            continue;
        go_on(worker, slot, download_copy(slot->download));
        more = true;
    }
    return more;
}

static void give_up_all(struct worker *worker)
{
    for (unsigned i = 0; i < worker->slots; i++) {
        struct slot *slot = &worker->slot[i];
        if (!slot->download)
            continue;
        download_give_up(slot->download, reason(worker->run));
        go_on(worker, slot, DOWNLOAD_OVER);
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

/* --- several connections for one file --- */

/* The one of which each connection has the most before it. */
static struct slot *slot_to_divide(const struct worker *worker)
{
    struct slot *best = NULL;
    uint64_t most = 0;
    for (unsigned i = 0; i < worker->slots; i++) {
        struct slot *slot = &worker->slot[i];
        uint64_t bytes = slot->download && slot->state == DOWNLOAD_RUNS
                             ? download_divisible_bytes(slot->download) / connections_of(slot)
                             : 0;
        if (bytes > most) {
            most = bytes;
            best = slot;
        }
    }
    return best;
}

static void inherit(struct worker *worker)
{
    struct run *run = worker->run;
    pthread_mutex_lock(&run->lock);
    unsigned more = run->spare;
    run->spare = 0;
    worker->quota += more;
    pthread_mutex_unlock(&run->lock);
    if (more)
        pool_set_connections(worker->pool, worker->quota);
}

static void measure(struct worker *worker, int64_t now_us)
{
    int64_t us = now_us - worker->measured_us;
    if (us < RAMP_STEP_MS * INT64_C(1000))
        return;
    worker->measured_us = now_us;
    for (unsigned i = 0; i < worker->slots; i++)
        if (worker->slot[i].download)
            download_look_at_rates(worker->slot[i].download, us);
}

/* True if what comes next may be a reason to divide a file. */
static bool watches(const struct worker *worker)
{
    for (unsigned i = 0; i < worker->slots; i++)
        if (worker->slot[i].download && download_may_divide(worker->slot[i].download))
            return worker->busy < worker->quota;
    return false;
}

static unsigned connections_wanted(struct worker *worker, int64_t now_us, uint64_t rest)
{
    struct ramp_look look = {.now_us = now_us,
                             .bytes = pool_received_bytes(worker->pool),
                             .waited_us = pool_waited_us(worker->pool),
                             .running = worker->busy,
                             .all_speak = true,
                             .rest = rest};
    for (unsigned i = 0; i < worker->slots; i++)
        if (worker->slot[i].download && !download_all_speak(worker->slot[i].download))
            look.all_speak = false;
    return ramp_want(&worker->ramp, &look);
}

/* Uses free connections, if that brings more. Returns how long to wait for news. */
static int divide(struct worker *worker, int wait_ms)
{
    int64_t now_us = pace_now_us();
    struct slot *slot = slot_to_divide(worker);
    if (!slot)
        return watches(worker) && wait_ms > RAMP_STEP_MS ? RAMP_STEP_MS : wait_ms;
    inherit(worker);
    measure(worker, now_us);
    unsigned wanted = connections_wanted(worker, now_us, download_divisible_bytes(slot->download));
    while (slot && worker->busy < worker->quota && worker->busy < wanted && download_divide(slot->download)) {
        count_busy(worker);
        slot = slot_to_divide(worker);
    }
    return worker->busy < worker->quota && wait_ms > RAMP_STEP_MS ? RAMP_STEP_MS : wait_ms;
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
    bool is_last = is_queue_empty(worker->run);
    if (worker->busy == 0 && (stopped || is_last))
        return false;
    if (copy_some(worker))
        wait_ms = 0;
    if (is_last && !stopped)
        wait_ms = divide(worker, wait_ms);
    struct exchange *over = pool_next(worker->pool, wait_ms);
    if (over)
        take_answer(worker, over);
    return true;
}

/* What this worker does not need any more may help others. */
static void leave_connections(struct worker *worker)
{
    struct run *run = worker->run;
    pthread_mutex_lock(&run->lock);
    if (run->workers > 1 && !run->stopped) {
        pool_hang_up(worker->pool);
        run->spare += worker->quota;
        worker->quota = 0;
    }
    pthread_mutex_unlock(&run->lock);
}

static void *work_beside(void *data)
{
    struct worker *worker = data;
    struct run *run = worker->run;
    while (work(worker))
        continue;
    leave_connections(worker);
    pthread_mutex_lock(&run->lock);
    run->alive--;
    pool_wake(run->worker[0].pool); /* under the lock, as hanging up is */
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static bool others_work(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool work = run->alive > 0;
    pthread_mutex_unlock(&run->lock);
    return work;
}

static void look_at_the_clock(struct run *run)
{
    if (!session_time_is_over(run->http) || is_stopped(run))
        return;
    stop_all(run, NULL);
    wake_others(&run->worker[0]);
}

/* The caller's thread: works, then waits for the others. */
static void work_first(struct run *run)
{
    while (work(&run->worker[0])) {
        show_progress(run);
        look_at_the_clock(run);
    }
    if (others_work(run))
        leave_connections(&run->worker[0]);
    while (others_work(run)) {
        look_at_the_clock(run);
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
    unsigned most = least(cores > 0 ? 2 * (size_t)cores : 1, WORKERS);
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
        worker->slots = http->connections;
        worker->slot = mem_new(worker->slots, sizeof *worker->slot);
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

void transfer_blame(struct http *http, const struct transfer *transfer)
{
    if (http->mirrors.len > 1)
        mirror_blame(&http->mirrors, transfer->givers, http->log);
}

bool transfer_run(struct http *http, struct transfer *list, size_t len, struct err *err)
{
    struct run run = {.http = http, .len = len, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (len == 0)
        return true;
    set_up(&run, list);
    run.stopped = session_time_is_over(http);
    if (!run.stopped)
        probe_multi(http, list, len);
    bool can_work = open_workers(&run, err);
    if (can_work) {
        start_threads(&run);
        work_first(&run);
        while (run.next < run.len)
            download_give_up(run.queue[run.next++], reason(&run));
        log_progress_end(http->log);
    }
    close_workers(&run);
    for (size_t i = 0; i < run.len; i++)
        download_clear(&run.download[i]);
    free(run.queue);
    free(run.download);
    return can_work;
}

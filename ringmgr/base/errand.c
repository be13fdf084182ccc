#include "ringmgr/base/errand.h"
#include "ringmgr/base/errand_child.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 300, FDS = 3 };

enum phase {
    WAITING, /* for a place */
    RUNNING,
    SPEAKING, /* it has ended; what it had started, as rsync its ssh, may have something to say yet */
    ENDING,   /* it has got SIGTERM */
    DYING,    /* it has got SIGKILL */
    OVER
};

struct work {
    struct errand errand;
    enum phase phase;
    struct child child;
    int64_t asked_ms, begun_ms, heard_ms, phase_ms; /* heard: when it last said anything */
    struct errand_end end;
};

struct errands {
    unsigned limit;
    struct work **work; /* in the order in which they came */
    size_t len;
    pid_t *lost; /* beyond the reach of SIGKILL; buried when they end after all */
    size_t lost_len;
};

void errand_clear(struct errand *errand)
{
    strv_clear(&errand->arguments);
    strv_clear(&errand->environment);
    buf_clear(&errand->input);
    *errand = (struct errand){0};
}

void errand_end_clear(struct errand_end *end)
{
    buf_clear(&end->out);
    buf_clear(&end->said);
    *end = (struct errand_end){0};
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the pool ---- */

struct errands *errands_new(unsigned limit)
{
    struct errands *pool = mem_new(1, sizeof *pool);
    pool->limit = limit ? limit : 1;
    return pool;
}

void errands_begin(struct errands *pool, struct errand *errand, void *tag)
{
    struct work *work = mem_new(1, sizeof *work);
    work->errand = *errand;
    *errand = (struct errand){0};
    work->child = CHILD_NONE;
    work->asked_ms = now_ms();
    work->end = (struct errand_end){.tag = tag, .status = -1};
    pool->work = mem_grow(pool->work, pool->len, sizeof *pool->work);
    pool->work[pool->len++] = work;
}

size_t errands_count(const struct errands *pool)
{
    return pool->len;
}

static struct work *work_of(const struct errands *pool, const void *tag)
{
    for (size_t i = 0; i < pool->len; i++)
        if (pool->work[i]->end.tag == tag)
            return pool->work[i];
    return NULL;
}

const char *errands_peek(const struct errands *pool, const void *tag)
{
    const struct work *work = work_of(pool, tag);
    return work ? buf_text(&work->end.out) : "";
}

static void free_work(struct work *work)
{
    child_close(&work->child);
    errand_clear(&work->errand);
    errand_end_clear(&work->end);
    free(work);
}

/* ---- one of them ---- */

static void move_on(struct work *work, enum phase phase)
{
    work->phase = phase;
    work->phase_ms = now_ms();
}

static bool runs(const struct work *work)
{
    return work->phase != WAITING && work->phase != OVER;
}

static void finish(struct work *work, enum errand_how how)
{
    work->end.how = how;
    child_close(&work->child);
    move_on(work, OVER);
}

/* It shall end, and that is how it came to it. */
static void end_it(struct work *work, enum errand_how how)
{
    if (work->phase == WAITING)
        finish(work, how);
    if (work->phase != RUNNING)
        return;
    work->end.how = how;
    child_signal(&work->child, SIGTERM);
    move_on(work, ENDING);
}

static void start(struct work *work)
{
    work->begun_ms = work->heard_ms = now_ms();
    if (child_start(&work->errand, &work->child, &work->end.why))
        move_on(work, RUNNING);
    else
        finish(work, ERRAND_UNSTARTED);
}

/* Reads what there is, up to a block; at its end the pipe is closed. False if there was nothing. */
static bool hear(int *fd, struct buf *bytes)
{
    enum { BLOCK = 64 << 10 };
    if (*fd < 0)
        return false;
    buf_reserve(bytes, BLOCK + 1);
    ssize_t got = read(*fd, bytes->data + bytes->len, BLOCK);
    if (got > 0) {
        bytes->len += (size_t)got;
        bytes->data[bytes->len] = 0;
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        fs_auto_close(fd);
        *fd = -1;
    }
    return got > 0;
}

/* Keeps the last `keep` bytes. */
static void cut_head(struct buf *bytes, size_t keep)
{
    if (bytes->len <= keep)
        return;
    memmove(bytes->data, bytes->data + bytes->len - keep, keep);
    bytes->len = keep;
    bytes->data[keep] = 0;
}

static void cut_tail(struct buf *bytes, size_t keep)
{
    if (bytes->len <= keep)
        return;
    bytes->len = keep;
    bytes->data[keep] = 0;
}

static bool hear_out(struct work *work)
{
    struct buf *out = &work->end.out;
    size_t keep = work->errand.out_bytes;
    if (!hear(&work->child.out, out))
        return false;
    if (work->errand.tail)
        cut_head(out, keep);
    else if (out->len > keep) {
        cut_tail(out, keep);
        if (work->end.how == ERRAND_EXITED)
            work->end.how = ERRAND_TOO_MUCH;
        end_it(work, work->end.how);
    }
    return true;
}

static bool hear_said(struct work *work)
{
    bool heard = hear(&work->child.said, &work->end.said);
    cut_tail(&work->end.said, ERRAND_SAID_BYTES);
    return heard;
}

/* It has ended, and so does all that it has started. What was said before is still in the pipes; the bound is
 * for strangers who have left its group and go on. */
static void bury(struct work *work)
{
    enum { BLOCKS = 64 };
    int status = child_bury(&work->child);
    move_on(work, DYING);
    for (int i = 0; i < BLOCKS && hear_out(work); i++)
        ;
    for (int i = 0; i < BLOCKS && hear_said(work); i++)
        ;
    enum errand_how how = work->end.how;
    if (how == ERRAND_EXITED && child_is_missing(status, &work->end.said))
        how = ERRAND_MISSING;
    else if (how == ERRAND_EXITED && WIFSIGNALED(status)) {
        how = ERRAND_SIGNAL;
        work->end.signal = WTERMSIG(status);
    } else if (how == ERRAND_EXITED)
        work->end.status = WEXITSTATUS(status);
    work->end.ms = now_ms() - work->begun_ms;
    finish(work, how);
}

/* SIGKILL has not reached it: it sleeps in the kernel, mostly for a server that is gone. */
static void lose(struct errands *pool, struct work *work)
{
    pool->lost = mem_grow(pool->lost, pool->lost_len, sizeof *pool->lost);
    pool->lost[pool->lost_len++] = work->child.pid;
    work->end.ms = now_ms() - work->begun_ms;
    finish(work, work->end.how);
}

static void bury_lost(struct errands *pool)
{
    size_t kept = 0;
    for (size_t i = 0; i < pool->lost_len; i++)
        if (waitpid(pool->lost[i], NULL, WNOHANG) == 0)
            pool->lost[kept++] = pool->lost[i];
    pool->lost_len = kept;
}

/* ---- limits ---- */

/* When `seconds` (0: never) from then on are over. */
static int64_t after(int64_t from_ms, unsigned seconds)
{
    return seconds ? from_ms + seconds * INT64_C(1000) : INT64_MAX;
}

/* The next instant at which something is to be done about it, and what that would be. */
static int64_t limit_of(const struct work *work, enum errand_how *how)
{
    int64_t until = after(work->asked_ms, work->errand.until_seconds);
    *how = ERRAND_CLOSED;
    if (work->phase == WAITING)
        return until;
    if (work->phase != RUNNING)
        return after(work->phase_ms, ERRAND_GRACE_SECONDS);
    int64_t total = after(work->begun_ms, work->errand.seconds);
    int64_t silent = after(work->heard_ms, work->errand.silent_seconds);
    int64_t limit = until;
    if (total < limit) {
        limit = total;
        *how = ERRAND_TIMEOUT;
    }
    if (silent < limit) {
        limit = silent;
        *how = ERRAND_SILENT;
    }
    return limit;
}

static void keep_limit(struct errands *pool, struct work *work, int64_t now)
{
    enum errand_how how;
    if (work->phase == OVER || limit_of(work, &how) > now)
        return;
    if (work->phase == SPEAKING)
        bury(work);
    else if (work->phase == DYING)
        lose(pool, work);
    else if (work->phase == ENDING) {
        child_signal(&work->child, SIGKILL);
        move_on(work, DYING);
    } else
        end_it(work, how);
}

/* ---- all of them ---- */

static void start_some(struct errands *pool)
{
    unsigned running = 0, later = 0;
    for (size_t i = 0; i < pool->len; i++)
        if (runs(pool->work[i])) {
            running++;
            later += pool->work[i]->errand.later;
        }
    for (size_t i = 0; i < pool->len && running < pool->limit; i++) {
        struct work *work = pool->work[i];
        if (work->phase != WAITING || (work->errand.later && later >= (pool->limit + 1) / 2))
            continue;
        start(work);
        running += runs(work);
        later += runs(work) && work->errand.later;
    }
}

static void watch(const struct work *work, struct pollfd news[FDS])
{
    news[0] = (struct pollfd){.fd = work->child.out, .events = POLLIN};
    news[1] = (struct pollfd){.fd = work->child.said, .events = POLLIN};
    news[2] = (struct pollfd){.fd = work->phase != SPEAKING ? work->child.ended : -1, .events = POLLIN};
}

static void take_news(struct work *work, const struct pollfd news[FDS])
{
    if (news[0].revents && hear_out(work))
        work->heard_ms = now_ms();
    if (news[1].revents && hear_said(work))
        work->heard_ms = now_ms();
    if (news[2].revents && work->phase == RUNNING)
        move_on(work, SPEAKING);
    else if (news[2].revents)
        bury(work);
    if (work->phase == SPEAKING && work->child.out < 0 && work->child.said < 0)
        bury(work);
}

/* One round: waits for news until `deadline_ms` or a limit, and does what they ask for. poll() takes no more
 * than RLIMIT_NOFILE entries, so those that wait for a place have none. */
static void attend(struct errands *pool, int64_t deadline_ms)
{
    struct pollfd *news AUTO_FREE = mem_new(pool->len * FDS + 1, sizeof *news);
    int64_t wake = deadline_ms, now = now_ms();
    size_t watched = 0;
    for (size_t i = 0; i < pool->len; i++) {
        enum errand_how how;
        if (runs(pool->work[i]))
            watch(pool->work[i], news + FDS * watched++);
        int64_t limit = pool->work[i]->phase == OVER ? now : limit_of(pool->work[i], &how);
        if (limit < wake)
            wake = limit;
    }
    int64_t pause = wake > now ? wake - now : 0, longest = 60000;
    if (poll(news, watched * FDS, (int)(pause < longest ? pause : longest)) > 0)
        for (size_t i = 0, at = 0; i < pool->len; i++)
            if (runs(pool->work[i]))
                take_news(pool->work[i], news + FDS * at++);
    now = now_ms();
    for (size_t i = 0; i < pool->len; i++)
        keep_limit(pool, pool->work[i], now);
    bury_lost(pool);
}

static bool take_over(struct errands *pool, struct errand_end *end)
{
    for (size_t i = 0; i < pool->len; i++) {
        struct work *work = pool->work[i];
        if (work->phase != OVER)
            continue;
        *end = work->end;
        work->end = (struct errand_end){0};
        free_work(work);
        memmove(pool->work + i, pool->work + i + 1, (pool->len - i - 1) * sizeof *pool->work);
        pool->len--;
        return true;
    }
    return false;
}

bool errands_next(struct errands *pool, int timeout_ms, struct errand_end *end)
{
    int64_t deadline_ms = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;
    for (;;) {
        start_some(pool);
        if (take_over(pool, end))
            return true;
        if (pool->len == 0)
            return false;
        attend(pool, deadline_ms);
        if (take_over(pool, end))
            return true;
        if (now_ms() >= deadline_ms)
            return false;
    }
}

void errands_stop(struct errands *pool, const void *tag)
{
    struct work *work = work_of(pool, tag);
    if (work)
        end_it(work, ERRAND_STOPPED);
}

void errands_free(struct errands *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->len; i++)
        end_it(pool->work[i], ERRAND_STOPPED);
    for (;;) {
        AUTO_ERRAND_END unheard = {0};
        if (!errands_next(pool, -1, &unheard))
            break;
    }
    free(pool->work);
    free(pool->lost);
    free(pool);
}

void errands_auto_free(struct errands **pool)
{
    errands_free(*pool);
}

void errand_run(struct errand *errand, struct errand_end *end)
{
    struct errands *pool = errands_new(1);
    errands_begin(pool, errand, NULL);
    while (!errands_next(pool, -1, end))
        ;
    errands_free(pool);
}

char *errand_line(const struct buf *said, const char *word)
{
    const char *text = buf_text(said), *found = word ? strstr(text, word) : NULL;
    while (found && found > text && found[-1] != '\n')
        found--;
    if (!found)
        found = text + strspn(text, "\r\n");
    size_t len = strcspn(found, "\r\n");
    char *line = mem_strndup(found, len < LINE_BYTES ? len : LINE_BYTES);
    for (char *at = line; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return line;
}

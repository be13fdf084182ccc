#include "ringmgr/app/serve_loop.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    /* A clock that is not the kernel's wakes nobody (tests). */
    FAKED_CLOCK_MS = 50,
    /* The timer always runs: one that does not is not cancelled when the clock is set. */
    TIMER_MOST_SECONDS = 86400
};

struct entry {
    int fd; /* -1: removed, or free */
    short events;
    serve_loop_ready *ready;
    void *context;
};

struct serve_loop {
    int timer;
    int64_t timer_unix; /* what it is set to */
    struct entry *entry;
    struct pollfd *poll; /* one an entry, and the timer behind them */
    size_t len;
};

int64_t serve_loop_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct serve_loop *serve_loop_new(struct err *err)
{
    int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer < 0) {
        err_set_errno(err, errno, "make a timer");
        return NULL;
    }
    struct serve_loop *loop = mem_new(1, sizeof *loop);
    loop->timer = timer;
    loop->timer_unix = -1;
    return loop;
}

void serve_loop_free(struct serve_loop *loop)
{
    if (!loop)
        return;
    close(loop->timer);
    free(loop->entry);
    free(loop->poll);
    free(loop);
}

void serve_loop_add(struct serve_loop *loop, int fd, short events, serve_loop_ready *ready, void *context)
{
    size_t at = 0;
    while (at < loop->len && loop->entry[at].fd >= 0)
        at++;
    if (at == loop->len) {
        loop->entry = mem_grow(loop->entry, loop->len, sizeof *loop->entry);
        loop->len++;
    }
    loop->entry[at] = (struct entry){fd, events, ready, context};
}

void serve_loop_remove(struct serve_loop *loop, int fd)
{
    for (size_t i = 0; i < loop->len; i++)
        if (loop->entry[i].fd == fd)
            loop->entry[i].fd = -1;
}

/* ---- time ---- */

static bool set_timer(struct serve_loop *loop, int64_t due_unix, struct err *err)
{
    int64_t latest = clock_now_unix() + TIMER_MOST_SECONDS;
    int64_t at = due_unix < 0 || due_unix > latest ? latest : due_unix;
    const struct itimerspec when = {.it_value.tv_sec = at > 0 ? at : 1};
    if (at == loop->timer_unix)
        return true;
    if (timerfd_settime(loop->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL) != 0)
        return err_set_errno(err, errno, "set the timer");
    loop->timer_unix = at;
    return true;
}

/* Takes what the timer has to say; true if somebody has set the clock. */
static bool read_timer(struct serve_loop *loop)
{
    uint64_t times;
    loop->timer_unix = -1;
    return read(loop->timer, &times, sizeof times) < 0 && errno == ECANCELED;
}

static int poll_ms(int64_t due_ms)
{
    int64_t left = due_ms < 0 ? INT_MAX : due_ms - serve_loop_now_ms();
    if (clock_is_faked() && left > FAKED_CLOCK_MS)
        return FAKED_CLOCK_MS;
    if (due_ms < 0)
        return -1;
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* ---- waiting ---- */

static void fill(struct serve_loop *loop)
{
    loop->poll = mem_resize(loop->poll, loop->len + 1, sizeof *loop->poll);
    for (size_t i = 0; i < loop->len; i++)
        loop->poll[i] = (struct pollfd){.fd = loop->entry[i].fd, .events = loop->entry[i].events};
    loop->poll[loop->len] = (struct pollfd){.fd = clock_is_faked() ? -1 : loop->timer, .events = POLLIN};
}

bool serve_loop_wait(struct serve_loop *loop, int64_t due_unix, int64_t due_ms, bool *clock_set,
                     struct err *err)
{
    size_t len = loop->len;
    *clock_set = false;
    if (!clock_is_faked() && !set_timer(loop, due_unix, err))
        return false;
    fill(loop);
    if (poll(loop->poll, len + 1, poll_ms(due_ms)) < 0)
        return errno == EINTR || err_set_errno(err, errno, "wait for something to happen");
    if (loop->poll[len].revents)
        *clock_set = read_timer(loop);
    for (size_t i = 0; i < len; i++) {
        const struct entry entry = loop->entry[i]; /* handlers may move the table */
        if (loop->poll[i].revents && entry.fd >= 0 && entry.fd == loop->poll[i].fd)
            entry.ready(entry.context, entry.fd, loop->poll[i].revents);
    }
    return true;
}

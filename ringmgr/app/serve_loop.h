/*
 * The service's poll loop: descriptors with a handler each, one time on the clock and one on the steady
 * clock. It sleeps in between, however long that is: an idle service costs nothing.
 */
#ifndef RINGMGR_APP_SERVE_LOOP_H
#define RINGMGR_APP_SERVE_LOOP_H

#include "ringmgr/base/err.h"

#include <stdint.h>

struct serve_loop;

/* `events` are those of poll(2); POLLHUP and POLLERR come, too. It may add and remove descriptors. */
typedef void serve_loop_ready(void *context, int fd, short events);

/* NULL and `err` if the kernel has no timer for it. serve_loop_free() closes no descriptor that was added. */
struct serve_loop *serve_loop_new(struct err *err) MUST_CHECK;
void serve_loop_free(struct serve_loop *loop);

/* From now on `ready` is called whenever one of `events` is there; `fd` stays the caller's. */
void serve_loop_add(struct serve_loop *loop, int fd, short events, serve_loop_ready *ready, void *context);
/* Must come before the descriptor is closed. One that was never added is fine. */
void serve_loop_remove(struct serve_loop *loop, int fd);

/*
 * Sleeps until a descriptor is ready, the clock shows `due_unix` or serve_loop_now_ms() is `due_ms` (-1 each:
 * none), then calls the handlers. Somebody who sets the clock wakes it, too: *clock_set is then true. False
 * with `err` only if the kernel refuses to wait.
 */
bool serve_loop_wait(struct serve_loop *loop, int64_t due_unix, int64_t due_ms, bool *clock_set,
                     struct err *err) MUST_CHECK;

/* Milliseconds that nobody sets (CLOCK_MONOTONIC): for what must happen so long after something else. */
int64_t serve_loop_now_ms(void);

#endif

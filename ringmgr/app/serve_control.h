/*
 * The service's socket: anybody may connect, and what is asked for is done by a child in that person's name
 * (request.h). The service itself reads nothing that people send. It only sees to it that nobody keeps the
 * others out: so many connections at a time, so many of one account, and none for long without a request.
 */
#ifndef RINGMGR_APP_SERVE_CONTROL_H
#define RINGMGR_APP_SERVE_CONTROL_H

#include "ringmgr/app/serve_jobs.h"

struct serve_control;

/* What it works with; borrowed for as long as it is open. */
struct serve_control_options {
    struct serve_loop *loop;
    struct serve_jobs *jobs;
    const struct log *log;
    void (*decided)(void *context); /* a request was carried out: what waits may go on now */
    void *context;
};

/*
 * Listens at `path` ("": nowhere), mode 0666; what a killed service has left there is replaced. ERR_LOCKED if
 * somebody else listens there. Where no socket can be had for another reason that is logged, and there is
 * none: the service does the rest of its work. serve_control_free() ends it.
 */
bool serve_control_open(const struct serve_control_options *options, const char *path,
                        struct serve_control **control, struct err *err) MUST_CHECK;
/* Nobody is let in any more, and who waits is told so; requests that are carried out go on. */
void serve_control_stop(struct serve_control *control);
/* After their children have ended or were killed. NULL is fine. */
void serve_control_free(struct serve_control *control);

/* Whether a request could be carried out now. */
bool serve_control_is_due(const struct serve_control *control);
/* Starts what could be started and ends what has taken too long. */
void serve_control_start_due(struct serve_control *control);
/* When something will have taken too long, in serve_loop_now_ms(); -1: nothing waits. */
int64_t serve_control_due_ms(const struct serve_control *control);

#endif

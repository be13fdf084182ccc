/*
 * The service's page ([web]): its files, what commands say, and decisions. It listens where the configuration
 * says; what it cannot listen to is told in the log, and the service goes on without: also where the library
 * is missing or does not start.
 */
#ifndef RINGMGR_APP_WEB_H
#define RINGMGR_APP_WEB_H

#include "ringmgr/app/serve_jobs.h"
#include "ringmgr/policy/settings.h"

struct web;

/* Borrowed for as long as it is open; the settings may become others. */
struct web_options {
    struct serve_loop *loop;
    struct serve_jobs *jobs;
    const struct log *log;
    const struct settings *settings;
    void (*decided)(void *context); /* somebody has decided something: what waits may go on now */
    void *context;
};

/* NULL where there is no page; every other function takes that. web_free() ends it. */
struct web *web_open(const struct web_options *options);
/* Nobody is let in any more, and who waits is told so; what is carried out goes on. */
void web_stop(struct web *web);
/* After its children have ended or were killed. */
void web_free(struct web *web);

/* Whether a child could be started now, and starts what could be. */
bool web_is_due(const struct web *web);
void web_start_due(struct web *web);
/* In each turn of the loop: reads, writes, ends what takes too long. */
void web_turn(struct web *web);
/* When that is due next, in serve_loop_now_ms(); -1: nothing waits. */
int64_t web_due_ms(const struct web *web);

#endif

/*
 * The service's children: each the same program once more, with the configuration that is in force on an
 * inherited descriptor. They are started, listened to, reaped, and ended when the service ends.
 */
#ifndef RINGMGR_APP_SERVE_JOBS_H
#define RINGMGR_APP_SERVE_JOBS_H

#include "ringmgr/app/serve_loop.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/log.h"

#include <sys/types.h>

struct serve_jobs;

/*
 * After each child has ended, by its name. `died`: how it ended where nobody had asked it to and no command
 * of ours ends like that, for "the job sync …": "was killed by the signal SEGV"; else NULL.
 */
typedef void serve_jobs_left(void *context, const char *name, const char *died);

/* How the children are run; borrowed for as long as there are any. */
struct serve_jobs_options {
    struct serve_loop *loop;
    const struct log *log;
    const char *config;    /* its path, for messages only */
    int64_t patience_ms;   /* between SIGTERM and SIGKILL */
    serve_jobs_left *left; /* may be NULL */
    void *context;
};

/* No children yet, and no configuration for them. serve_jobs_free() ends it. */
struct serve_jobs *serve_jobs_new(const struct serve_jobs_options *options);
/* Kills what still runs. */
void serve_jobs_free(struct serve_jobs *jobs);

/* The descriptor of the configuration for children that are started from now on; borrowed. */
void serve_jobs_set_config(struct serve_jobs *jobs, int fd);

/*
 * What a child has written on its stdout so far. The handler takes what it understands off the front
 * (serve_jobs_take_line()); what it leaves comes again with the next bytes. More than 64 KiB that nobody
 * takes are thrown away. `end`: nothing follows.
 */
typedef void serve_jobs_said(void *context, struct buf *said, bool end);
/* It has ended and has said everything: with its exit status, or 128 and the signal's number. Another child
 * may be started here. */
typedef void serve_jobs_ended(void *context, int status);

struct serve_jobs_start {
    const char *name;         /* "sync", "heal ring=pilot": what the log has behind job= */
    const char *const *words; /* its arguments behind -c and --inherit; ends with NULL */
    int in, out, err;      /* its standard descriptors; 0: /dev/null, a pipe for `said`, the service's own */
    const char *inherit;   /* further descriptors, as "peer=9,output=10"; NULL: none */
    const int *pass;       /* their numbers; ends with -1; NULL: none */
    int config;            /* another configuration than the one in force; 0: that one */
    bool quiet;            /* its start and a good end are not worth a line in the log */
    bool silent;           /* nor is a bad one: whoever started it tells */
    serve_jobs_said *said; /* NULL: its words are of no interest */
    serve_jobs_ended *ended;
    void *context;
};

/* Starts a child; its number, or -1 and `err` (ERR_FAILED: no process is to be had). Everything in `start` is
 * copied or passed on; descriptors stay the caller's. */
pid_t serve_jobs_start(struct serve_jobs *jobs, const struct serve_jobs_start *start,
                       struct err *err) MUST_CHECK;
/* Asks one child to end (SIGTERM), and ends it with SIGKILL when the patience is over. */
void serve_jobs_end(struct serve_jobs *jobs, pid_t pid);
/* The same for all. */
void serve_jobs_end_all(struct serve_jobs *jobs);

/* After SIGCHLD: takes leave of those that have ended. */
void serve_jobs_reap(struct serve_jobs *jobs);
/* Kills those whose time is over. When that is next, in serve_loop_now_ms(); -1: never. */
int64_t serve_jobs_kill_due(struct serve_jobs *jobs);

/* How many run. */
size_t serve_jobs_count(const struct serve_jobs *jobs);
/* Their names, "gc, promote", for the status text; "" if none runs. The caller frees it. */
char *serve_jobs_names(const struct serve_jobs *jobs);

/* Takes the first whole line off `said`: true, and the line without its end, which the caller frees. With
 * `end` the rest counts as a line, too. */
bool serve_jobs_take_line(struct buf *said, bool end, char **line);

#endif

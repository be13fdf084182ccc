/*
 * Errands: programs that work for us, side by side, a bounded number at a time, watched by one poll(). Each
 * is started without a shell, in a process group of its own, with an environment of its own, and is bounded
 * in what it says and in how long it takes. What does not end when it should gets SIGTERM, and SIGKILL
 * ERRAND_GRACE_SECONDS later, with everything that it has started.
 *
 * Nothing outlives the pool, nor this process: a child is started by setpriv(1) (util-linux), which asks the
 * kernel to send it SIGTERM when the thread that started it ends (PR_SET_PDEATHSIG; posix_spawn cannot), and
 * its own children lose their pipes. Only what sleeps in the kernel beyond the reach of SIGKILL (a dead mount
 * without `soft`) is left to end when the kernel lets it; nobody waits for it.
 */
#ifndef RINGMGR_BASE_ERRAND_H
#define RINGMGR_BASE_ERRAND_H

#include "ringmgr/base/buf.h"

enum {
    ERRAND_GRACE_SECONDS = 3,
    /* What a program says on standard error is some lines; the first of them are kept. */
    ERRAND_SAID_BYTES = 16 << 10
};

/* What is to be done. Zero-initialised is empty; errand_clear() frees what it holds. */
struct errand {
    struct strv arguments;   /* the first is the program, which is looked for along PATH */
    struct strv environment; /* "NAME=value", besides PATH and LC_ALL=C.UTF-8; nothing of ours is inherited */
    struct buf input;        /* its standard input; empty: /dev/null */
    size_t out_bytes;        /* how much of its standard output is kept */
    bool later;       /* of these only half as many run at once as may: others need not wait for them */
    bool tail;        /* keep the last of it; else one that says more is ended */
    unsigned seconds; /* how long it may take, from its start; 0: as long as it does */
    unsigned silent_seconds; /* how long it may say nothing at all; 0: for ever */
    unsigned until_seconds;  /* from errands_begin() on: ended then, or never started, by plan; 0: never */
    uint64_t file_bytes;     /* no file that it writes gets longer (RLIMIT_FSIZE); 0: no limit */
    uint64_t memory_bytes;   /* for each process of it (RLIMIT_DATA); 0: no limit */
};
void errand_clear(struct errand *errand);

#define AUTO_ERRAND                                                                                          \
    AUTO(errand_clear)                                                                                       \
    struct errand

/* How it came to its end. */
enum errand_how {
    ERRAND_EXITED,   /* by itself, with `status` */
    ERRAND_SIGNAL,   /* by `signal`, which was not ours */
    ERRAND_TIMEOUT,  /* `seconds` were over */
    ERRAND_SILENT,   /* `silent_seconds` were over */
    ERRAND_CLOSED,   /* `until_seconds` were over: as planned */
    ERRAND_STOPPED,  /* errands_stop() */
    ERRAND_TOO_MUCH, /* it said more than out_bytes */
    ERRAND_MISSING,  /* there is no such program */
    ERRAND_UNSTARTED /* the system would not start it: `why` */
};

struct errand_end {
    void *tag;
    enum errand_how how;
    int status;           /* ERRAND_EXITED only; else -1 */
    int signal;           /* ERRAND_SIGNAL only; else 0 */
    struct buf out, said; /* standard output and standard error, as far as they are kept */
    int64_t ms;           /* from its start */
    struct err why;       /* ERRAND_UNSTARTED */
};
/* Frees what it holds; it is empty then. */
void errand_end_clear(struct errand_end *end);

#define AUTO_ERRAND_END                                                                                      \
    AUTO(errand_end_clear)                                                                                   \
    struct errand_end

struct errands;

/* A pool in which at most `limit` (1 or more) run at once. errands_free() frees it. */
struct errands *errands_new(unsigned limit);
/* Ends everything that runs or waits, within ERRAND_GRACE_SECONDS and a little, and frees the pool; nobody
 * hears of those ends. NULL is fine. */
void errands_free(struct errands *pool);
/* For AUTO. */
void errands_auto_free(struct errands **pool);

/* Takes the errand over (*errand is empty then) and starts it as soon as there is a place, in the order of
 * these calls. Whatever fails is told by its end. `tag` is the caller's name for it: one that is not in the
 * pool. */
void errands_begin(struct errands *pool, struct errand *errand, void *tag);

/*
 * Waits until one has ended, at most `timeout_ms` (-1: as long as it takes), and fills *end (which is empty
 * before; errand_end_clear() frees). False if none has, or none is there: see errands_count().
 */
bool errands_next(struct errands *pool, int timeout_ms, struct errand_end *end) MUST_CHECK;

/* How many run or wait or have ended without having been told. */
size_t errands_count(const struct errands *pool);

/* Ends it; its end is told as that of any other. An unknown tag is fine. */
void errands_stop(struct errands *pool, const void *tag);

/* What is kept of its standard output so far, a text; "" if it does not run. Valid until the next call. */
const char *errands_peek(const struct errands *pool, const void *tag);

/* One errand alone, to its end. *errand is empty then. */
void errand_run(struct errand *errand, struct errand_end *end);

/* The first line of what a program said that holds `word` (NULL or none: the first that is not empty), with
 * '?' for everything that is no printable ASCII, cut to 300 bytes. The caller frees it. */
char *errand_line(const struct buf *said, const char *word);

#endif

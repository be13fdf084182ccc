/*
 * Private to fetch: requests and their answers over libcurl, which only curl.c knows. A pool runs exchanges
 * over kept-alive connections; what comes is handed on in blocks and never held. No retries here.
 */
#ifndef RINGMGR_FETCH_CURL_H
#define RINGMGR_FETCH_CURL_H

#include "ringmgr/fetch/head.h"
#include "ringmgr/fetch/pace.h"

#include <stddef.h>

enum outcome {
    OUTCOME_ANSWERED, /* a whole answer, of whatever status */
    OUTCOME_CUT,      /* none, or not all of it: the network's fault, worth a retry; `err` says how */
    OUTCOME_FAILED,   /* asking again is of no use; see `err` */
    OUTCOME_STOPPED,  /* a callback returned false */
};

/* One request and its answer. Whoever asks fills the first part and keeps it alive until pool_next(). */
struct exchange {
    const char *path;              /* below the base */
    const char *if_none_match;     /* header values, or NULL */
    const char *if_modified_since; /* not sent beside if_none_match */
    const char *if_range;
    uint64_t offset;        /* above 0: Range: bytes=offset- */
    bool no_cache;          /* past every cache on the way */
    unsigned total_seconds; /* for everything, redirects included; 0: as long as it moves (pace.h) */
    /* Called once for the final answer, before its body. False ends the exchange. */
    bool (*on_head)(struct exchange *exchange, const struct head *head);
    /* The body of a 200 or 206, in order; other bodies are dropped. False ends the exchange. */
    bool (*on_body)(struct exchange *exchange, const void *bytes, size_t len);
    void *owner;

    enum outcome outcome;
    int status;                   /* 0: no answer */
    uint64_t received;            /* body bytes handed on */
    unsigned requests;            /* sent, redirects included */
    unsigned retry_after_seconds; /* 0: the server did not say */
    struct err err;
    struct wire *wire; /* curl.c's */
};

struct pool_options {
    const char *base;
    const char *proxy; /* NULL or "": none */
    unsigned connections;
    unsigned stall_seconds;
};

struct pool;

/* The options' texts must outlive the pool. NULL and `err` if libcurl cannot start or cannot use them. */
struct pool *pool_new(const struct pool_options *options, struct err *err) MUST_CHECK;
/* Drops what still runs. */
void pool_free(struct pool *pool);

/* Sends the request. What goes wrong comes out of pool_next() as its outcome. */
void pool_start(struct pool *pool, struct exchange *exchange);
/* Drops a started exchange that has not come out of pool_next(). */
void pool_cancel(struct pool *pool, struct exchange *exchange);
/*
 * Lets all exchanges go on and returns one that is over. NULL if there is none yet: then it has waited for
 * news, for `wait_ms` or for pool_wake().
 */
struct exchange *pool_next(struct pool *pool, int wait_ms);
/* Ends the pool_next() of another thread early. */
void pool_wake(struct pool *pool);

/* True if `base` is an address that a session can be opened for: http, https or file, no query, no user. */
bool pool_check_base(const char *base, struct err *err) MUST_CHECK;

#endif

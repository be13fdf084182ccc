/* Private to fetch: one request and its answer, as the pool runs it (curl.h). */
#ifndef RINGMGR_FETCH_EXCHANGE_H
#define RINGMGR_FETCH_EXCHANGE_H

#include "ringmgr/fetch/head.h"
#include "ringmgr/fetch/patience.h"
#include "ringmgr/fetch/throttle.h"

#include <stddef.h>

enum outcome {
    OUTCOME_ANSWERED, /* a whole answer, of whatever status */
    OUTCOME_CUT,      /* none, or not all of it: the network's fault, worth a retry; `err` says how */
    OUTCOME_FAILED,   /* asking again is of no use; see `err` */
    OUTCOME_STOPPED,  /* a callback returned false */
};

/* One request and its answer. Whoever asks fills the first part and keeps it alive until pool_next(). */
struct exchange {
    unsigned mirror;               /* which of the pool's bases */
    const char *path;              /* below the base */
    const char *if_none_match;     /* header values, or NULL */
    const char *if_modified_since; /* not sent beside if_none_match */
    const char *if_range;
    uint64_t offset;        /* with either of these above 0: Range: bytes=offset-(end - 1) */
    uint64_t end;           /* 0: to the end of the file */
    const char *ranges;     /* not NULL: the value of Range instead, for more than one */
    bool probes;            /* on a connection of its own, with a small window */
    bool no_cache;          /* past every cache on the way */
    unsigned total_seconds; /* for everything, redirects included; 0: as long as it moves (pace.h) */
    /* Called once for the final answer, before its body. False ends the exchange. */
    bool (*on_head)(struct exchange *exchange, const struct head *head);
    /* The body of a 200 or 206, in order; other bodies are dropped. False ends the exchange. */
    bool (*on_body)(struct exchange *exchange, const void *bytes, size_t len);
    void *owner;

    enum outcome outcome;
    int status;                   /* 0: no answer */
    uint64_t came;                /* bytes of the body */
    bool rests;                   /* the rate limit holds it up */
    uint64_t received;            /* of these, handed on */
    unsigned requests;            /* sent, redirects included */
    unsigned retry_after_seconds; /* 0: the server did not say */
    struct err err;
    struct wire *wire; /* the pool's */
};

/* What all exchanges of a pool have in common. */
struct pool_options {
    const char *const *bases; /* ended by NULL; all of one scheme. Redirects stay on the hosts of these. */
    const char *proxy;        /* NULL or "": none */
    const char *proxy_user;   /* NULL: the proxy asks for none */
    const char *proxy_password;
    unsigned connections;      /* over all hosts; where one carries several streams, each counts as one */
    struct patience *patience; /* these are shared by the pools of a session, and outlive them */
    struct throttle *throttle;
};

#endif

/*
 * Private to the pool: the running side of one exchange, a request of libcurl's. Like curl.c it knows
 * libcurl.
 */
#ifndef RINGMGR_FETCH_CURL_WIRE_H
#define RINGMGR_FETCH_CURL_WIRE_H

#include "ringmgr/fetch/curl_library.h"
#include "ringmgr/fetch/exchange.h"
#include "ringmgr/fetch/gather.h"
#include "ringmgr/fetch/local.h"
#include "ringmgr/fetch/pace.h"

/* What the wires of one pool share. */
struct wire_common {
    struct pool_options options;
    bool is_file;
    char *agent;
    uint64_t *came;   /* body bytes in all */
    long *proxy_auth; /* CURLAUTH_…: how to answer a proxy */
};

struct wire {
    const struct wire_common *common;
    struct exchange *exchange;
    CURL *easy;
    struct curl_slist *fields;
    char *address;
    struct head head;
    bool head_done;
    bool stopped;
    unsigned redirects;
    size_t line_bytes; /* of this answer's header and trailer */
    uint64_t dropped;
    struct pace pace;
    struct gather gather;
    struct local local; /* file:// only */
    bool ended;         /* the outcome stands */
    int64_t resume_ms;  /* it is paused until then; 0: it is not */
    struct wire *next;  /* among pool->over or pool->running */
    char reason[CURL_ERROR_SIZE];
};

/* A wire for the exchange, ready to be given to libcurl unless its outcome stands already (wire->ended, or
 * false from wire_prepare()). The caller frees it with wire_free(). */
struct wire *wire_new(const struct wire_common *common, struct exchange *exchange);
void wire_free(struct wire *wire);

/* Sets the request up. False if it is not to be sent, because its outcome stands. */
bool wire_prepare(struct wire *wire);
/* Counts the request; to be called whenever wire->easy is given to libcurl. */
void wire_count_request(struct wire *wire);
/* Sets the outcome of what libcurl has done with. */
void wire_conclude(struct wire *wire, CURLcode code);
/* If the answer was a redirect that may be followed, makes wire->easy ready to be sent again. */
bool wire_follow(struct wire *wire);
/* Goes on reading where the rate limit's break is over; the time until then is excused. */
void wire_resume(struct wire *wire, int64_t now_ms);

/* As pool_check_base() (curl.h). */
bool wire_check_base(const char *base, struct err *err) MUST_CHECK;

#endif

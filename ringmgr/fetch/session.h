/* Private to fetch: what http.h hides, and how often something is asked again. */
#ifndef RINGMGR_FETCH_SESSION_H
#define RINGMGR_FETCH_SESSION_H

#include "ringmgr/fetch/curl.h"
#include "ringmgr/fetch/http.h"
#include "ringmgr/fetch/mirror.h"

#include <stdatomic.h>

struct http {
    struct mirrors mirrors;
    char *proxy;
    char *proxy_user;
    char *proxy_password;
    struct throttle throttle;
    int64_t stop_unix; /* 0: never */
    unsigned connections;
    unsigned attempts;
    unsigned retry_ms;
    struct patience patience;
    unsigned get_seconds;
    const struct log *log;
    struct pool *pool; /* of the thread that owns the session */
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t bytes;
};

/* The base that an exchange asks. */
const char *session_base(const struct http *http, const struct exchange *exchange);

/* A further pool for another thread, for so many of the session's connections. */
struct pool *session_pool(struct http *http, unsigned connections, struct err *err) MUST_CHECK;

/* True if bulk must be over by now. */
bool session_time_is_over(const struct http *http);

/* Adds an ended or dropped exchange to the session's counters. */
void session_count(struct http *http, const struct exchange *exchange);

/* True if the same request may succeed later: a cut answer, 408, 429, 5xx. */
bool session_may_retry(const struct exchange *exchange);

/*
 * How long to wait before attempt `attempt` + 1 (1: the first has failed): doubled each time, with jitter,
 * and not less than the server's Retry-After; a minute at most.
 */
int session_retry_ms(const struct http *http, unsigned attempt, const struct exchange *exchange);

/* Says in `err` what became of an exchange that did not succeed. Always false. */
bool session_say(const struct http *http, const struct exchange *exchange, unsigned attempts,
                 struct err *err);

#endif

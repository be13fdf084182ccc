/*
 * Private to fetch: requests and their answers over libcurl, which only curl.c knows. A pool runs exchanges
 * over kept-alive connections (HTTP/2 where TLS agrees on it); what comes is handed on in blocks and never
 * held. No retries here.
 */
#ifndef RINGMGR_FETCH_CURL_H
#define RINGMGR_FETCH_CURL_H

#include "ringmgr/fetch/exchange.h"

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
/* How long pool_next() has waited for news in all, in microseconds: bytes came more slowly than
 * they went. Without the breaks that the rate limit takes. */
int64_t pool_waited_us(const struct pool *pool);
/* Body bytes that came in all. */
uint64_t pool_received_bytes(const struct pool *pool);
/* From now on so many connections, when some of another thread's became free. */
void pool_set_connections(struct pool *pool, unsigned connections);
/* Closes its connections; nothing may run. */
void pool_hang_up(struct pool *pool);
/* Ends the pool_next() of another thread early. */
void pool_wake(struct pool *pool);

/* True if `base` is an address that a session can be opened for: http, https or file, no query, no user. */
bool pool_check_base(const char *base, struct err *err) MUST_CHECK;

#endif

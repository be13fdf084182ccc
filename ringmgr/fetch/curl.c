/*
 * libcurl's multi interface: many requests over few connections. (One request: curl_wire.c.)
 */
#include "ringmgr/fetch/curl.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/version.h"
#include "ringmgr/fetch/curl_wire.h"

#include <stdlib.h>
#include <strings.h>

struct pool {
    struct wire_common common;
    CURLM *multi;
    struct wire *over;    /* ended before libcurl saw them */
    struct wire *running; /* libcurl has them */
    int64_t waited_us;
    uint64_t came;
    long proxy_auth;
};

bool pool_check_base(const char *base, struct err *err)
{
    return wire_check_base(base, err);
}

struct pool *pool_new(const struct pool_options *options, struct err *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        err_set(err, ERR_FAILED, "libcurl does not start: %s", curl_easy_strerror(code));
        return NULL;
    }
    struct pool *pool = mem_new(1, sizeof *pool);
    pool->common.options = *options;
    pool->common.came = &pool->came;
    pool->proxy_auth = (long)CURLAUTH_ANY;
    pool->common.proxy_auth = &pool->proxy_auth;
    pool->common.is_file = strncasecmp(options->bases[0], "file:", 5) == 0;
    pool->common.agent = mem_printf("ringmgr/%s", version_text());
    pool->multi = curl_multi_init();
    if (!pool->multi) {
        pool_free(pool);
        err_set(err, ERR_FAILED, "libcurl does not start");
        return NULL;
    }
    pool_set_connections(pool, options->connections);
    return pool;
}

void pool_set_connections(struct pool *pool, unsigned connections)
{
    pool->common.options.connections = connections;
    curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)connections);
}

/* Takes it out of the list, if it is in there. */
static void unlist(struct wire **list, const struct wire *wire)
{
    for (struct wire **at = list; *at; at = &(*at)->next)
        if (*at == wire) {
            *at = wire->next;
            return;
        }
}

static struct exchange *take_over(struct pool *pool)
{
    struct wire *wire = pool->over;
    if (!wire)
        return NULL;
    struct exchange *exchange = wire->exchange;
    pool->over = wire->next;
    wire_free(wire);
    return exchange;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    while (take_over(pool))
        continue;
    curl_multi_cleanup(pool->multi);
    free(pool->common.agent);
    free(pool);
    curl_global_cleanup();
}

static void put_over(struct pool *pool, struct wire *wire)
{
    wire->next = pool->over;
    pool->over = wire;
}

static void submit(struct pool *pool, struct wire *wire)
{
    wire_count_request(wire);
    wire->next = pool->running;
    pool->running = wire;
    curl_multi_add_handle(pool->multi, wire->easy);
}

void pool_start(struct pool *pool, struct exchange *exchange)
{
    struct wire *wire = wire_new(&pool->common, exchange);
    exchange->wire = wire;
    exchange->status = 0;
    exchange->came = 0;
    exchange->rests = false;
    exchange->received = 0;
    exchange->requests = 0;
    exchange->retry_after_seconds = 0;
    exchange->err = (struct err){0};
    if (!wire_prepare(wire))
        put_over(pool, wire);
    else
        submit(pool, wire);
}

void pool_cancel(struct pool *pool, struct exchange *exchange)
{
    struct wire *wire = exchange->wire;
    if (!wire)
        return;
    unlist(&pool->over, wire);
    unlist(&pool->running, wire);
    curl_multi_remove_handle(pool->multi, wire->easy);
    wire_free(wire);
}

/* The exchange of a finished transfer, NULL if a redirect makes it go on. */
static struct exchange *finish(struct pool *pool, CURL *easy, CURLcode code)
{
    struct wire *wire = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&wire);
    struct exchange *exchange = wire->exchange;
    wire_conclude(wire, code);
    unlist(&pool->running, wire);
    curl_multi_remove_handle(pool->multi, easy);
    if (wire_follow(wire)) {
        submit(pool, wire);
        return NULL;
    }
    wire_free(wire);
    return exchange;
}

/* So long, or until the next break of the rate limit is over. */
static int until_resumed(const struct pool *pool, int wait_ms)
{
    int64_t now = pace_now_ms();
    for (const struct wire *wire = pool->running; wire; wire = wire->next) {
        int64_t left = wire->resume_ms > now ? wire->resume_ms - now : 0;
        if (wire->resume_ms && left < wait_ms)
            wait_ms = (int)left;
    }
    return wait_ms;
}

static bool has_breaks(const struct pool *pool)
{
    for (const struct wire *wire = pool->running; wire; wire = wire->next)
        if (wire->resume_ms)
            return true;
    return false;
}

struct exchange *pool_next(struct pool *pool, int wait_ms)
{
    int running = 0, queued = 0;
    CURLMsg *message;
    struct exchange *over = take_over(pool);
    if (over)
        return over;
    for (struct wire *wire = pool->running; wire; wire = wire->next)
        wire_resume(wire, pace_now_ms()); /* may receive, which changes nothing in the list */
    curl_multi_perform(pool->multi, &running);
    while ((message = curl_multi_info_read(pool->multi, &queued)))
        if (message->msg == CURLMSG_DONE) {
            over = finish(pool, message->easy_handle, message->data.result);
            if (over)
                return over;
        }
    int64_t before = pace_now_us();
    curl_multi_poll(pool->multi, NULL, 0, until_resumed(pool, wait_ms), NULL);
    if (!has_breaks(pool))
        pool->waited_us += pace_now_us() - before;
    return NULL;
}

void pool_hang_up(struct pool *pool)
{
    curl_multi_cleanup(pool->multi);
    pool->multi = curl_multi_init();
    if (!pool->multi)
        abort(); /* libcurl has no memory; see mem.h */
    pool_set_connections(pool, pool->common.options.connections);
}

int64_t pool_waited_us(const struct pool *pool)
{
    return pool->waited_us;
}

uint64_t pool_received_bytes(const struct pool *pool)
{
    return pool->came;
}

void pool_wake(struct pool *pool)
{
    curl_multi_wakeup(pool->multi);
}

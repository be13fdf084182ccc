#include "ringmgr/fetch/http.h"
#include "ringmgr/base/library.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { CONNECTIONS = 4, ATTEMPTS = 5, RETRY_MS = 500, STALL_SECONDS = 30, GET_SECONDS = 120, POLL_MS = 1000 };

bool http_load(struct err *err)
{
    return library_load(LIBRARY_LIBCURL, err);
}

static unsigned or_default(unsigned value, unsigned otherwise)
{
    return value ? value : otherwise;
}

static size_t scheme_len(const char *base)
{
    return strcspn(base, ":");
}

static bool check_bases(const struct http_options *options, struct err *err)
{
    if (!pool_check_base(options->base, err))
        return false;
    for (const char *const *mirror = options->mirrors; mirror && *mirror; mirror++) {
        if (!pool_check_base(*mirror, err))
            return false;
        size_t len = scheme_len(options->base);
        if (scheme_len(*mirror) != len || strncasecmp(*mirror, options->base, len) != 0)
            return err_set(err, ERR_USAGE, "%.500s: a mirror has the scheme of its origin, %.*s", *mirror,
                           (int)len, options->base);
    }
    return true;
}

bool http_new(const struct http_options *options, struct http **http, struct err *err)
{
    *http = NULL;
    if (!check_bases(options, err))
        return false;
    struct http *made AUTO(http_auto_free)
    = mem_new(1, sizeof *made);
    mirrors_init(&made->mirrors, options->base, options->mirrors);
    made->proxy = mem_strdup(options->proxy);
    made->proxy_user = mem_strdup(options->proxy_user);
    made->proxy_password = mem_strdup(options->proxy_password);
    made->throttle.bytes_per_second = options->rate_limit;
    made->stop_unix = options->stop_unix;
    for (unsigned i = 0; i < made->mirrors.len; i++)
        made->mirrors.state[i].no_multi = strncasecmp(options->base, "file:", 5) == 0;
    made->connections = or_default(options->connections, CONNECTIONS);
    made->attempts = or_default(options->attempts, ATTEMPTS);
    made->retry_ms = or_default(options->retry_ms, RETRY_MS);
    made->patience.stall_seconds = or_default(options->stall_seconds, STALL_SECONDS);
    made->get_seconds = or_default(options->get_seconds, GET_SECONDS);
    made->log = options->log;
    made->pool = session_pool(made, made->connections, err);
    if (!made->pool)
        return false;
    *http = made;
    made = NULL;
    return true;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    pool_free(http->pool);
    mirrors_clear(&http->mirrors);
    free(http->proxy);
    free(http->proxy_user);
    free(http->proxy_password);
    free(http);
}

void http_auto_free(struct http **http)
{
    http_free(*http);
}

void http_counters(const struct http *http, uint64_t *requests, uint64_t *bytes)
{
    *requests = http->requests;
    *bytes = http->bytes;
}

static void clear_validators(struct http_validators *validators)
{
    free(validators->etag);
    free(validators->last_modified);
    *validators = (struct http_validators){0};
}

void http_answer_clear(struct http_answer *answer)
{
    buf_clear(&answer->body);
    clear_validators(&answer->validators);
    *answer = (struct http_answer){0};
}

/* One http_get(). */
struct get {
    struct exchange exchange;
    struct http_answer *answer;
    uint64_t limit;
    bool beyond; /* more than the limit */
};

static bool take_head(struct exchange *exchange, const struct head *head)
{
    struct get *get = exchange->owner;
    if (head->status != STATUS_OK)
        return true;
    get->answer->validators.etag = mem_strdup(head->etag);
    get->answer->validators.last_modified = mem_strdup(head->last_modified);
    get->beyond = head->length != LENGTH_UNKNOWN && head->length > get->limit;
    return !get->beyond;
}

static bool take_body(struct exchange *exchange, const void *bytes, size_t len)
{
    struct get *get = exchange->owner;
    get->beyond = get->limit - get->answer->body.len < len;
    if (!get->beyond)
        buf_append(&get->answer->body, bytes, len);
    return !get->beyond;
}

/* Until its outcome stands. */
static void run_exchange(struct http *http, struct exchange *exchange)
{
    pool_start(http->pool, exchange);
    while (!pool_next(http->pool, POLL_MS))
        continue;
    session_count(http, exchange);
}

/* One attempt. */
static void attempt(struct http *http, struct get *get)
{
    http_answer_clear(get->answer);
    run_exchange(http, &get->exchange);
}

static void wait_ms(int ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    while (nanosleep(&time, &time) != 0)
        continue;
}

static bool is_conditional(const struct exchange *exchange)
{
    return exchange->if_none_match || exchange->if_modified_since;
}

/* True if the answer is one that http_get() can return. */
static bool has_result(const struct get *get)
{
    const struct exchange *exchange = &get->exchange;
    if (exchange->outcome != OUTCOME_ANSWERED)
        return false;
    switch (exchange->status) {
    case STATUS_OK:
        get->answer->result = HTTP_FETCHED;
        return true;
    case STATUS_NOT_MODIFIED:
        get->answer->result = HTTP_NOT_MODIFIED;
        return is_conditional(exchange);
    case STATUS_MISSING:
    case STATUS_GONE:
        get->answer->result = HTTP_ABSENT;
        return true;
    default:
        return false;
    }
}

/* True if a mirror gives what the base does not. */
static bool ask_mirrors(struct http *http, const struct get *get)
{
    for (unsigned i = 1; i < http->mirrors.len; i++) {
        struct get other = *get;
        other.exchange.mirror = i;
        other.exchange.if_none_match = other.exchange.if_modified_since = NULL;
        other.exchange.owner = &other;
        attempt(http, &other);
        if (!has_result(&other) || other.answer->result != HTTP_FETCHED)
            continue;
        clear_validators(&other.answer->validators);
        other.answer->by_mirror = true;
        return true;
    }
    return false;
}

static bool fail(const struct http *http, const struct get *get, unsigned attempts, struct err *err)
{
    if (get->beyond)
        err_set(err, ERR_UPSTREAM,
                "%s/%s: more than %" PRIu64 " bytes, which no such file has: is that the right server?",
                session_base(http, &get->exchange), get->exchange.path, get->limit);
    else
        session_say(http, &get->exchange, attempts, err);
    http_answer_clear(get->answer);
    return false;
}

bool http_get(struct http *http, const char *path, const struct http_validators *have, uint64_t limit,
              struct http_answer *answer, struct err *err)
{
    struct get get = {.answer = answer, .limit = limit};
    get.exchange = (struct exchange){.path = path,
                                     .if_none_match = have ? have->etag : NULL,
                                     .if_modified_since = have ? have->last_modified : NULL,
                                     .total_seconds = http->get_seconds,
                                     .on_head = take_head,
                                     .on_body = take_body,
                                     .owner = &get};
    *answer = (struct http_answer){0};
    for (unsigned tried = 1;; tried++) {
        attempt(http, &get);
        if (has_result(&get))
            return true;
        if (!session_may_retry(&get.exchange))
            return fail(http, &get, tried, err);
        if (ask_mirrors(http, &get))
            return true;
        if (tried == http->attempts)
            return fail(http, &get, tried, err);
        wait_ms(session_retry_ms(http, tried, &get.exchange));
    }
}

/* ---- sizes ---- */

/* The first byte is asked for: then its answer says how long the whole is, and the connection is kept. */
static bool take_size(struct exchange *exchange, const struct head *head)
{
    struct http_size *size = exchange->owner;
    uint64_t bytes = head->status == STATUS_OK ? head->length
                     : head->has_range         ? head->total
                                               : LENGTH_UNKNOWN;
    size->known = bytes != LENGTH_UNKNOWN;
    size->bytes = size->known ? bytes : 0;
    return head->status != STATUS_OK;
}

static bool drop_body(struct exchange *exchange, const void *bytes, size_t len)
{
    (void)exchange;
    (void)bytes;
    (void)len;
    return true;
}

/* True if the exchange says all that there is to know. */
static bool has_size(const struct exchange *exchange, struct http_size *size)
{
    int status = exchange->status;
    size->absent = status == STATUS_MISSING || status == STATUS_GONE;
    if (exchange->outcome == OUTCOME_STOPPED)
        return true;
    return exchange->outcome == OUTCOME_ANSWERED &&
           (size->absent || status == STATUS_OK || status == STATUS_PARTIAL ||
            status == STATUS_NOT_SATISFIABLE);
}

bool http_size(struct http *http, const char *path, struct http_size *size, struct err *err)
{
    struct exchange exchange = {.path = path,
                                .end = 1,
                                .total_seconds = http->get_seconds,
                                .on_head = take_size,
                                .on_body = drop_body,
                                .owner = size};
    for (unsigned tried = 1;; tried++) {
        *size = (struct http_size){0};
        run_exchange(http, &exchange);
        if (has_size(&exchange, size))
            return true;
        if (!session_may_retry(&exchange) || tried == http->attempts)
            return session_say(http, &exchange, tried, err);
        wait_ms(session_retry_ms(http, tried, &exchange));
    }
}

#include "ringmgr/fetch/session.h"
#include "ringmgr/base/clock.h"

#include <stdlib.h>
#include <sys/random.h>

enum { LONGEST_WAIT_MS = 60 * 1000 };

const char *session_base(const struct http *http, const struct exchange *exchange)
{
    return http->mirrors.base[exchange->mirror];
}

struct pool *session_pool(struct http *http, unsigned connections, struct err *err)
{
    struct pool_options options = {.bases = (const char *const *)http->mirrors.base,
                                   .proxy = http->proxy,
                                   .proxy_user = http->proxy_user,
                                   .proxy_password = http->proxy_password,
                                   .connections = connections,
                                   .patience = &http->patience,
                                   .throttle = &http->throttle};
    return pool_new(&options, err);
}

bool session_time_is_over(const struct http *http)
{
    return http->stop_unix && clock_now_unix() >= http->stop_unix;
}

void session_count(struct http *http, const struct exchange *exchange)
{
    http->requests += exchange->requests;
    http->bytes += exchange->received;
}

bool session_may_retry(const struct exchange *exchange)
{
    int status = exchange->status;
    if (exchange->outcome == OUTCOME_CUT)
        return true;
    return exchange->outcome == OUTCOME_ANSWERED &&
           (status == STATUS_TIMEOUT || status == STATUS_TOO_MANY || (status >= 500 && status <= 599));
}

/* Half of it at least, so that many clients do not come back at once. */
static int64_t with_jitter(int64_t wait_ms)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return wait_ms;
    return wait_ms / 2 + random % (wait_ms / 2 + 1);
}

int session_retry_ms(const struct http *http, unsigned attempt, const struct exchange *exchange)
{
    int64_t wait = http->retry_ms, told = (int64_t)exchange->retry_after_seconds * 1000;
    for (unsigned i = 1; i < attempt && wait < LONGEST_WAIT_MS; i++)
        wait *= 2;
    wait = with_jitter(wait);
    if (wait < told)
        wait = told;
    return wait < LONGEST_WAIT_MS ? (int)wait : LONGEST_WAIT_MS;
}

bool session_say(const struct http *http, const struct exchange *exchange, unsigned attempts, struct err *err)
{
    const char *more = attempts > 1 ? ", also when asked again" : "";
    if (exchange->outcome == OUTCOME_ANSWERED && exchange->status == STATUS_PROXY_ASKS)
        return err_set(err, ERR_UPSTREAM, "%s/%s: the proxy %s: see proxy_credentials (status 407)",
                       session_base(http, exchange), exchange->path,
                       http->proxy_user ? "does not accept the name and password" : "asks who wants it");
    if (exchange->outcome == OUTCOME_ANSWERED)
        return err_set(err, ERR_UPSTREAM, "%s/%s: the server answers with status %d%s",
                       session_base(http, exchange), exchange->path, exchange->status, more);
    *err = exchange->err;
    return attempts > 1 && err_prefix(err, "in %u attempts", attempts);
}

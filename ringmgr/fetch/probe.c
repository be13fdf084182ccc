#include "ringmgr/fetch/probe.h"

#include <string.h>
#include <strings.h>

enum { POLL_MS = 1000, WORTH_BYTES = 64 << 20, LEAST_BYTES = 3 };

static const char MULTIPART[] = "multipart/byteranges";

static bool take_head(struct exchange *exchange, const struct head *head)
{
    struct mirror *mirror = exchange->owner;
    bool several = head->status == STATUS_PARTIAL && head->content_type &&
                   strncasecmp(head->content_type, MULTIPART, strlen(MULTIPART)) == 0;
    if (several || head_is_wanted(head) || head->status == STATUS_NOT_SATISFIABLE)
        mirror->no_multi = !several;
    return several;
}

static bool take_body(struct exchange *exchange, const void *bytes, size_t len)
{
    (void)exchange, (void)bytes, (void)len;
    return true;
}

static void ask(struct http *http, const char *path)
{
    struct mirror *mirror = &http->mirrors.state[0];
    struct exchange exchange = {.path = path,
                                .ranges = "bytes=0-0,2-2",
                                .probes = true,
                                .total_seconds = patience_seconds(&http->patience),
                                .on_head = take_head,
                                .on_body = take_body,
                                .owner = mirror};
    pool_start(http->pool, &exchange);
    while (!pool_next(http->pool, POLL_MS))
        continue;
    session_count(http, &exchange);
}

static const struct transfer *smallest(const struct transfer *list, size_t len)
{
    const struct transfer *best = NULL;
    for (size_t i = 0; i < len; i++)
        if (list[i].expect_bytes >= LEAST_BYTES && (!best || list[i].expect_bytes < best->expect_bytes))
            best = &list[i];
    return best;
}

void probe_multi(struct http *http, const struct transfer *list, size_t len)
{
    struct mirror *mirror = &http->mirrors.state[0];
    const struct transfer *least = smallest(list, len);
    bool matters = false;
    for (size_t i = 0; i < len; i++)
        matters |= list[i].plan && list[i].plan->total_bytes >= WORTH_BYTES;
    if (matters && least && !mirror->no_multi && !atomic_exchange(&mirror->probed, true))
        ask(http, least->path);
}

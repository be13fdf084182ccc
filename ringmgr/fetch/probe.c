#include "ringmgr/fetch/probe.h"

#include <string.h>
#include <strings.h>

enum { POLL_MS = 1000 };

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

void probe_multi(struct http *http, const char *path)
{
    struct mirror *mirror = &http->mirrors.state[0];
    struct exchange exchange = {.path = path,
                                .ranges = "bytes=0-0,2-2",
                                .probes = true,
                                .total_seconds = http->stall_seconds,
                                .on_head = take_head,
                                .on_body = take_body,
                                .owner = mirror};
    if (mirror->no_multi || atomic_exchange(&mirror->probed, true))
        return;
    pool_start(http->pool, &exchange);
    while (!pool_next(http->pool, POLL_MS))
        continue;
    session_count(http, &exchange);
}

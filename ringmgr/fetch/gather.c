#include "ringmgr/fetch/gather.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

void gather_begin(struct gather *gather, uint64_t at)
{
    gather->at = at;
    gather->held = 0;
}

/* The first block behind a crooked place is shorter, so that all others are straight. */
static size_t room(const struct gather *gather)
{
    return gather->block_bytes - (size_t)(gather->at % GATHER_ALIGNMENT) - gather->held;
}

bool gather_end(struct gather *gather)
{
    size_t len = gather->held;
    gather->held = 0;
    gather->at += len;
    return len == 0 || gather->hand_on(gather->owner, gather->block, len);
}

bool gather_add(struct gather *gather, const void *bytes, size_t len, int64_t now_ms)
{
    const uint8_t *from = bytes;
    if (!gather->block)
        gather->block = mem_block(gather->block_bytes);
    while (len > 0) {
        size_t free_bytes = room(gather), part = len < free_bytes ? len : free_bytes;
        if (gather->held == 0)
            gather->since_ms = now_ms;
        memcpy(gather->block + gather->held, from, part);
        gather->held += part;
        from += part;
        len -= part;
        if (part == free_bytes && !gather_end(gather))
            return false;
    }
    return now_ms - gather->since_ms < GATHER_WAIT_MS || gather_end(gather);
}

void gather_clear(struct gather *gather)
{
    free(gather->block);
    gather->block = NULL;
}

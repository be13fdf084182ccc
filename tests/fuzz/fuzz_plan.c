/*
 * Any bytes as a plan: pieces of 16 bytes (length, source, place, value), after one byte that says how to
 * ask. Of a sound one: what is missing is asked for, within bounds, in requests that a server takes.
 */
#include "fuzz.h"

#include "ringmgr/fetch/plan.h"

enum { RECORD = 16, MULTI = 1, PLAIN_SOURCE = 2 };

static uint32_t u32_at(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void read_plan(const uint8_t *data, size_t size, struct fetch_plan *plan)
{
    uint32_t end = 0;
    plan->len = size / RECORD;
    plan->piece = mem_new(plan->len, sizeof *plan->piece);
    for (size_t i = 0; i < plan->len; i++, data += RECORD) {
        uint32_t len = u32_at(data), source = u32_at(data + 4);
        plan->piece[i] = (struct plan_piece){.start = end,
                                             .end = end + len,
                                             .source = source % 3 ? UINT32_MAX - source % 2 : 0,
                                             .at = u32_at(data + 8),
                                             .digest = {{data[12]}}};
        end += len;
    }
    plan->total_bytes = end;
    plan->sources = 1;
}

static void check_ranges(const struct plan_ranges *ranges, uint64_t total)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < ranges->len; i++) {
        const struct plan_range *range = &ranges->range[i];
        if (range->start >= range->end || range->end > total ||
            (i && ranges->range[i - 1].end >= range->start))
            abort();
        bytes += range->end - range->start;
    }
    if (bytes != ranges->bytes)
        abort();
}

static void check_asked(const struct fetch_plan *plan, const struct plan_shape *shape)
{
    AUTO(plan_ranges_clear)
    struct plan_ranges have = {0};
    AUTO(plan_ranges_clear)
    struct plan_ranges missing = {0};
    AUTO(plan_ranges_clear)
    struct plan_ranges ask = {0};
    plan_ranges_add(&have, plan->total_bytes / 5, plan->total_bytes / 4);
    plan_missing(plan, &have, &missing);
    check_ranges(&missing, plan->total_bytes);
    plan_coalesce(&missing, shape, &ask);
    check_ranges(&ask, plan->total_bytes);
    for (size_t i = 0; i < missing.len; i++)
        if (!plan_ranges_hold(&ask, missing.range[i].start, missing.range[i].end))
            abort();
    if (!shape->multi && ask.bytes > missing.bytes + missing.bytes / 10)
        abort();
    for (size_t from = 0, to; from < ask.len; from = to) {
        to = plan_request_end(&ask, from, shape);
        char *header AUTO_FREE = plan_request_header(&ask, from, to);
        if (to <= from || to > ask.len || strlen(header) > PLAN_HEADER_BYTES)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fetch_plan plan = {0};
    if (size == 0)
        return 0;
    const struct plan_shape shape = {.multi = data[0] & MULTI,
                                     .gap_bytes = (uint64_t)1 << data[0] / 8,
                                     .request_bytes = data[0] & PLAIN_SOURCE ? 100000 : 0};
    read_plan(data + 1, size - 1, &plan);
    if (plan_is_sound(&plan)) {
        for (size_t i = 0; i < plan.len; i++)
            if (plan_piece_at(&plan, plan.piece[i].start) != i ||
                plan_piece_at(&plan, plan.piece[i].end - 1) != i)
                abort();
        check_asked(&plan, &shape);
    }
    fetch_plan_clear(&plan);
    return 0;
}

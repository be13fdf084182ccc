#include "ringmgr/fetch/plan.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One request for so many bytes, and one more, is what a file may cost with several ranges a request. */
static const uint64_t REQUEST_WORTH_BYTES = (uint64_t)4 << 20;

enum {
    MULTI_EXTRA_PERCENT = 2,
    SINGLE_EXTRA_PERCENT = 10,
    WORTH_PERCENT = 95,
    /* "bytes=" and then two offsets of 20 digits, '-' and ',' */
    HEADER_START_BYTES = 6,
    HEADER_RANGE_BYTES = 42
};

/* ---- plans ---- */

static bool same_piece(const struct plan_piece *a, const struct plan_piece *b)
{
    return a->end - a->start == b->end - b->start && digest_equal(&a->digest, &b->digest);
}

/* A piece of its own file: one further ahead that is fetched. */
static bool self_is_sound(const struct fetch_plan *plan, size_t index)
{
    const struct plan_piece *piece = &plan->piece[index];
    if (piece->at >= piece->start)
        return false;
    const struct plan_piece *from = &plan->piece[plan_piece_at(plan, piece->at)];
    return from->start == piece->at && from->source == PLAN_FETCH && same_piece(from, piece);
}

static bool source_is_sound(const struct fetch_plan *plan, size_t index)
{
    const struct plan_piece *piece = &plan->piece[index];
    if (piece->source == PLAN_SELF)
        return self_is_sound(plan, index);
    return piece->source == PLAN_FETCH ||
           (piece->source < plan->sources && piece->at <= UINT32_MAX - (piece->end - piece->start));
}

bool plan_is_sound(const struct fetch_plan *plan)
{
    uint64_t end = 0;
    for (size_t i = 0; i < plan->len; i++) {
        if (plan->piece[i].start != end || plan->piece[i].end <= end)
            return false;
        end = plan->piece[i].end;
    }
    if (end != plan->total_bytes)
        return false;
    for (size_t i = 0; i < plan->len; i++)
        if (!source_is_sound(plan, i))
            return false;
    return true;
}

void fetch_plan_clear(struct fetch_plan *plan)
{
    free(plan->piece);
    *plan = (struct fetch_plan){0};
}

size_t plan_piece_at(const struct fetch_plan *plan, uint64_t at)
{
    size_t low = 0, high = plan->len;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (plan->piece[middle].start <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- ranges ---- */

void plan_ranges_add(struct plan_ranges *ranges, uint64_t start, uint64_t end)
{
    struct plan_range *last = ranges->len ? &ranges->range[ranges->len - 1] : NULL;
    if (start >= end)
        return;
    ranges->bytes += end - start;
    if (last && last->end == start) {
        last->end = end;
        return;
    }
    ranges->range = mem_grow(ranges->range, ranges->len, sizeof *ranges->range);
    ranges->range[ranges->len++] = (struct plan_range){start, end};
}

bool plan_ranges_hold(const struct plan_ranges *ranges, uint64_t start, uint64_t end)
{
    size_t low = 0, high = ranges->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->range[middle].end < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ranges->len && ranges->range[low].start <= start;
}

void plan_ranges_clear(struct plan_ranges *ranges)
{
    free(ranges->range);
    *ranges = (struct plan_ranges){0};
}

/* What `have`, from *next on, leaves of a range. */
static void add_rest(const struct plan_ranges *have, size_t *next, uint64_t start, uint64_t end,
                     struct plan_ranges *missing)
{
    while (*next < have->len && have->range[*next].end <= start)
        ++*next;
    for (size_t i = *next; i < have->len && have->range[i].start < end; i++) {
        plan_ranges_add(missing, start, have->range[i].start);
        start = have->range[i].end;
    }
    plan_ranges_add(missing, start, end);
}

void plan_missing(const struct fetch_plan *plan, const struct plan_ranges *have, struct plan_ranges *missing)
{
    size_t next = 0;
    for (size_t i = 0; i < plan->len; i++)
        if (plan->piece[i].source == PLAN_FETCH)
            add_rest(have, &next, plan->piece[i].start, plan->piece[i].end, missing);
}

/* ---- what to ask for ---- */

static int by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* The gaps between ranges, smallest first; the caller frees them. */
static uint64_t *sort_gaps(const struct plan_ranges *missing)
{
    uint64_t *gap = mem_new(missing->len, sizeof *gap);
    for (size_t i = 0; i + 1 < missing->len; i++)
        gap[i] = missing->range[i + 1].start - missing->range[i].end;
    if (missing->len > 1)
        qsort(gap, missing->len - 1, sizeof *gap, by_number);
    return gap;
}

/* Closes the gaps below `below` bytes, and of those of just so many the first `exact`. */
static void join(const struct plan_ranges *missing, uint64_t below, size_t exact, struct plan_ranges *ask)
{
    for (size_t i = 0; i < missing->len; i++) {
        uint64_t start = missing->range[i].start;
        uint64_t gap = i ? start - missing->range[i - 1].end : UINT64_MAX;
        bool closed = gap < below || (gap == below && exact > 0);
        exact -= closed && gap == below;
        plan_ranges_add(ask, closed ? missing->range[i - 1].end : start, missing->range[i].end);
    }
}

/* How many gaps, smallest first, are worth closing. */
static size_t count_single(const struct plan_ranges *missing, const uint64_t *gap, uint64_t gap_bytes)
{
    uint64_t budget = missing->bytes * SINGLE_EXTRA_PERCENT / 100, extra = 0;
    size_t count = 0;
    while (count + 1 < missing->len && gap[count] <= gap_bytes && extra + gap[count] <= budget)
        extra += gap[count++];
    return count;
}

/* The range as the header has it; returns its length. */
static int format_range(const struct plan_range *range, bool first, char text[HEADER_RANGE_BYTES + 1])
{
    return snprintf(text, HEADER_RANGE_BYTES + 1, "%s%" PRIu64 "-%" PRIu64, first ? "" : ",", range->start,
                    range->end - 1);
}

/* Ranges that fit one request, if all are as long to write as the last. */
static size_t ranges_per_request(const struct plan_ranges *missing)
{
    char text[HEADER_RANGE_BYTES + 1];
    size_t widest = (size_t)format_range(&missing->range[missing->len - 1], false, text);
    size_t fit = (PLAN_HEADER_BYTES - HEADER_START_BYTES) / widest;
    return fit < PLAN_REQUEST_RANGES ? fit : PLAN_REQUEST_RANGES;
}

/* Also closes gaps as long as there are more requests than the bytes are worth. */
static size_t count_multi(const struct plan_ranges *missing, const uint64_t *gap,
                          const struct plan_shape *shape)
{
    uint64_t budget = missing->bytes * MULTI_EXTRA_PERCENT / 100, extra = 0;
    size_t count = 0, ranges = missing->len;
    if (ranges < 2)
        return 0;
    size_t fit = ranges_per_request(missing);
    size_t by_bytes = shape->request_bytes ? (size_t)(missing->bytes / shape->request_bytes) : 0;
    for (; ranges > 1; ranges--, count++) {
        uint64_t worth = (missing->bytes + extra) / REQUEST_WORTH_BYTES + 1;
        bool many = (ranges + fit - 1) / fit + by_bytes > worth;
        bool affordable = extra + gap[count] + (ranges - 1) * PLAN_PART_BYTES <= budget;
        if (gap[count] > PLAN_PART_BYTES && !(many && affordable))
            break;
        extra += gap[count];
    }
    return count;
}

void plan_coalesce(const struct plan_ranges *missing, const struct plan_shape *shape, struct plan_ranges *ask)
{
    uint64_t *gap AUTO_FREE = sort_gaps(missing);
    size_t closed =
        shape->multi ? count_multi(missing, gap, shape) : count_single(missing, gap, shape->gap_bytes);
    size_t equal = 0;
    while (closed > equal && gap[closed - equal - 1] == gap[closed - 1])
        equal++;
    join(missing, closed ? gap[closed - 1] : 0, equal, ask);
}

size_t plan_request_end(const struct plan_ranges *ask, size_t from, const struct plan_shape *shape)
{
    char text[HEADER_RANGE_BYTES + 1];
    size_t to = from + 1, len = HEADER_START_BYTES;
    if (!shape->multi)
        return to;
    len += (size_t)format_range(&ask->range[from], true, text);
    uint64_t bytes = ask->range[from].end - ask->range[from].start;
    for (; to < ask->len && to - from < PLAN_REQUEST_RANGES; to++) {
        len += (size_t)format_range(&ask->range[to], false, text);
        bytes += ask->range[to].end - ask->range[to].start;
        if (len > PLAN_HEADER_BYTES || (shape->request_bytes && bytes > shape->request_bytes))
            break;
    }
    return to;
}

char *plan_request_header(const struct plan_ranges *ask, size_t from, size_t to)
{
    AUTO_BUF header = {0};
    char text[HEADER_RANGE_BYTES + 1];
    buf_puts(&header, "bytes=");
    for (size_t i = from; i < to; i++) {
        format_range(&ask->range[i], i == from, text);
        buf_puts(&header, text);
    }
    return mem_strdup(buf_text(&header));
}

size_t plan_requests(const struct plan_ranges *ask, const struct plan_shape *shape)
{
    size_t count = 0;
    for (size_t from = 0; from < ask->len; from = plan_request_end(ask, from, shape))
        count++;
    return count;
}

bool plan_saves(const struct plan_ranges *ask, const struct plan_shape *shape, uint64_t rest_bytes)
{
    uint64_t cost = ask->bytes + (shape->multi ? ask->len * PLAN_PART_BYTES : 0) +
                    plan_requests(ask, shape) * shape->gap_bytes;
    return cost <= rest_bytes / 100 * WORTH_PERCENT;
}

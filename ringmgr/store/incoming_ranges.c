#include "ringmgr/store/incoming_ranges.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Index of the first range that ends at or behind `at`: whatever lies or touches there. */
static size_t find(const struct ranges *ranges, uint64_t at)
{
    size_t low = 0, high = ranges->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->item[middle].end < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct ranges *ranges, size_t index, struct incoming_range range)
{
    ranges->item = mem_grow(ranges->item, ranges->len, sizeof *ranges->item);
    memmove(ranges->item + index + 1, ranges->item + index, (ranges->len - index) * sizeof *ranges->item);
    ranges->item[index] = range;
    ranges->len++;
    ranges->bytes += range.end - range.start;
}

static void drop(struct ranges *ranges, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        ranges->bytes -= ranges->item[i].end - ranges->item[i].start;
    if (to > from) /* an empty set has no array to move in */
        memmove(ranges->item + from, ranges->item + to, (ranges->len - to) * sizeof *ranges->item);
    ranges->len -= to - from;
}

void ranges_add(struct ranges *ranges, struct incoming_range range)
{
    if (range.start >= range.end)
        return;
    size_t first = find(ranges, range.start), last = first;
    for (; last < ranges->len && ranges->item[last].start <= range.end; last++) {
        if (ranges->item[last].start < range.start)
            range.start = ranges->item[last].start;
        if (ranges->item[last].end > range.end)
            range.end = ranges->item[last].end;
    }
    if (last == first) {
        insert(ranges, first, range);
        return;
    }
    drop(ranges, first + 1, last);
    struct incoming_range *merged = &ranges->item[first];
    ranges->bytes += (range.end - range.start) - (merged->end - merged->start);
    *merged = range;
}

void ranges_remove(struct ranges *ranges, struct incoming_range range)
{
    if (range.start >= range.end)
        return;
    size_t first = find(ranges, range.start), last = first;
    while (last < ranges->len && ranges->item[last].start < range.end)
        last++;
    if (last == first)
        return;
    struct incoming_range before = {ranges->item[first].start, range.start};
    struct incoming_range after = {range.end, ranges->item[last - 1].end};
    drop(ranges, first, last);
    if (after.start < after.end)
        insert(ranges, first, after);
    if (before.start < before.end)
        insert(ranges, first, before);
}

bool ranges_hold(const struct ranges *ranges, struct incoming_range range)
{
    struct incoming_range gap;
    return !ranges_gap(ranges, range.start, range.end, &gap);
}

bool ranges_gap(const struct ranges *ranges, uint64_t from, uint64_t total, struct incoming_range *gap)
{
    size_t index = find(ranges, from);
    if (index < ranges->len && ranges->item[index].start <= from)
        from = ranges->item[index++].end;
    if (from >= total)
        return false;
    uint64_t next = index < ranges->len ? ranges->item[index].start : total;
    *gap = (struct incoming_range){from, next < total ? next : total};
    return true;
}

uint64_t ranges_prefix(const struct ranges *ranges)
{
    return ranges->len > 0 && ranges->item[0].start == 0 ? ranges->item[0].end : 0;
}

uint64_t ranges_end(const struct ranges *ranges)
{
    return ranges->len > 0 ? ranges->item[ranges->len - 1].end : 0;
}

void ranges_clear(struct ranges *ranges)
{
    free(ranges->item);
    *ranges = (struct ranges){0};
}

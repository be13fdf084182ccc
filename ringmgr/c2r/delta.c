#include "ringmgr/c2r/delta.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct digest));
}

/* The values of all segments, sorted; the caller frees them. */
static struct digest *collect_values(const struct segment_table *table, size_t len, size_t *count)
{
    size_t all = 0, at = 0;
    for (size_t i = 0; i < len; i++)
        all += table[i].len;
    struct digest *value = mem_new(all, sizeof *value);
    for (size_t i = 0; i < len; i++)
        for (size_t j = 0; j < table[i].len; j++)
            value[at++] = table[i].segment[j].digest;
    if (all)
        qsort(value, all, sizeof *value, by_value);
    *count = all;
    return value;
}

uint64_t delta_missing_bytes(const struct segment_table *wanted, const struct segment_table *have, size_t len)
{
    size_t count;
    uint64_t bytes = 0;
    struct digest *value = collect_values(have, len, &count);
    for (size_t i = 0; i < wanted->len; i++) {
        const struct segment *segment = &wanted->segment[i];
        if (count == 0 || !bsearch(&segment->digest, value, count, sizeof *value, by_value))
            bytes += segment->end - segment->start;
    }
    free(value);
    return bytes;
}

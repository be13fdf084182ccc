/* Any bytes as a segment table, as a stream's hash, and as a stream's cabinet. A table that passes must tile.
 */
#include "ringmgr/c2r/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_table(const uint8_t *data, size_t size)
{
    struct segment_table table;
    struct err err = {0};
    uint64_t end = 0;
    if (!segment_table_parse(data, size, "fuzz.man.dat", &table, &err)) {
        if (err.code != ERR_NOT_GENUINE || table.segment)
            abort();
        return;
    }
    for (size_t i = 0; i < table.len; i++) {
        const struct segment *segment = &table.segment[i];
        if (segment->start != end || segment->end <= end || segment->file >= table.files ||
            segment->unpacked_end <= segment->unpacked_start)
            abort();
        end = segment->end;
    }
    if (end != table.stream_bytes)
        abort();
    segment_table_clear(&table);
}

static void check_cabinet(const uint8_t *data, size_t size)
{
    static const char *const want[] = {"*.hash", "*.man.dat", NULL};
    static const struct build build = {{16, 0, 20326, 20100}};
    struct cab cab;
    struct stream_facts facts;
    struct err err = {0};
    if (!cab_read(data, size, "s640.cab", want, &cab, &err))
        return;
    if (stream_facts_read(&cab, "s640.cab", "stream.x64.x-none", &facts, &err) &&
        facts.has_table != (facts.bytes > 0))
        abort();
    if (!stream_cab_check_identity(&cab, "s640.cab", &build, &err) && err.code != ERR_NOT_GENUINE)
        abort();
    cab_clear(&cab);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct digest digest;
    struct err err = {0};
    check_table(data, size);
    check_cabinet(data, size);
    if (!stream_hash_parse(data, size, "fuzz.hash", &digest, &err) && err.code != ERR_NOT_GENUINE)
        abort();
    return 0;
}

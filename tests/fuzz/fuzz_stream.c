/* Any bytes as a segment table, as a stream's hash, and as a stream's cabinet. A table that passes must tile.
 */
#include "fuzz.h"

#include "ringmgr/c2r/segments.h"
#include "ringmgr/c2r/stream.h"

/* A stream has itself; without it, what is missing is what its own earlier segments do not hold. */
static void check_found(const struct segment_table *table)
{
    const struct segment_table *wanted[] = {table};
    struct segments *segments AUTO(segments_auto_free)
    = segments_new(wanted, 1);
    uint64_t alone = segments_missing_bytes(segments, 0);
    const struct segment_place *place = segments_places(segments, 0);
    for (size_t i = 0; i < table->len; i++)
        must(place[i].source == SEGMENT_NOWHERE ||
             (place[i].source == SEGMENT_SELF && place[i].at < table->segment[i].start));
    uint64_t offered = segments_offer(segments, table, 7, 0), missing = segments_missing_bytes(segments, 0);
    must(alone <= table->stream_bytes && missing <= alone && offered + missing <= table->stream_bytes);
    place = segments_places(segments, 0);
    for (size_t i = 0; i < table->len; i++)
        must(place[i].source != 7 || place[i].at < table->stream_bytes);
}

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
    check_found(&table);
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

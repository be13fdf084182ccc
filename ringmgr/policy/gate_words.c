/* Words that several gates use. */
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/gate_private.h"

void add_build(struct buf *text, const struct build *build)
{
    char number[BUILD_TEXT_SIZE];
    build_format(build, number);
    buf_puts(text, number);
}

void add_time(struct buf *text, int64_t unix_seconds)
{
    char time[ZONE_TIME_SIZE];
    zone_format_time(unix_seconds, time);
    buf_puts(text, time);
}

void add_date(struct buf *text, int64_t unix_seconds)
{
    char date[ZONE_DATE_SIZE];
    zone_format_date(zone_day(unix_seconds), date);
    buf_puts(text, date);
}

const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

const struct ring *origin_ring(const struct ring *ring)
{
    while (ring->source_ring)
        ring = ring->source_ring;
    return ring;
}

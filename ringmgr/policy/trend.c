#include "ringmgr/policy/trend.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_SECONDS = 86400 };

void trend_read(const char *text, struct trend *trend)
{
    *trend = (struct trend){0};
    while (*text && trend->len < TREND_POINTS) {
        char *end;
        struct trend_point point = {.at_unix = strtoll(text, &end, 10)};
        if (end == text || *end != ':')
            return;
        text = end + 1;
        point.free_bytes = strtoull(text, &end, 10);
        if (end == text)
            return;
        trend->point[trend->len++] = point;
        text = end + strspn(end, " ");
    }
}

void trend_write(const struct trend *trend, struct buf *out)
{
    for (size_t i = 0; i < trend->len; i++)
        buf_printf(out, "%s%" PRId64 ":%" PRIu64, i ? " " : "", trend->point[i].at_unix,
                   trend->point[i].free_bytes);
}

bool trend_add(struct trend *trend, int64_t now, uint64_t free_bytes)
{
    size_t before = trend->len, kept = 0;
    for (size_t i = 0; i < trend->len; i++)
        if (trend->point[i].at_unix <= now && trend->point[i].at_unix >= now - TREND_SPAN_SECONDS)
            trend->point[kept++] = trend->point[i];
    trend->len = kept;
    if (kept && now - trend->point[kept - 1].at_unix < TREND_EVERY_SECONDS)
        return kept != before;
    if (kept == TREND_POINTS)
        memmove(trend->point, trend->point + 1, --trend->len * sizeof *trend->point);
    trend->point[trend->len++] = (struct trend_point){now, free_bytes};
    return true;
}

int64_t trend_days_left(const struct trend *trend, int64_t now, uint64_t free_bytes)
{
    if (trend->len == 0 || now - trend->point[0].at_unix < TREND_LEAST_SECONDS ||
        trend->point[0].free_bytes <= free_bytes)
        return -1;
    double shrunk = (double)(trend->point[0].free_bytes - free_bytes);
    double seconds = (double)(now - trend->point[0].at_unix) * (double)free_bytes / shrunk;
    return seconds > (double)INT32_MAX * DAY_SECONDS ? -1 : (int64_t)(seconds / DAY_SECONDS);
}

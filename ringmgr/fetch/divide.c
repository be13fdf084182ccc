#include "ringmgr/fetch/divide.h"

/* Silence of one while others move, and silence of all, which may be the line's. */
static const int64_t STALLED_US = 100000, SILENT_US = 1000000;

static uint64_t end_of(const struct lane *lane)
{
    return lane->end == LENGTH_UNKNOWN ? lane->target->total : lane->end;
}

/* The lane that has claimed this place. */
static const struct lane *claimant(struct lane *const *lanes, size_t len, uint64_t at)
{
    for (size_t i = 0; i < len; i++)
        if (lanes[i] && lanes[i]->running && lanes[i]->at <= at && at < end_of(lanes[i]))
            return lanes[i];
    return NULL;
}

static uint64_t next_claim(struct lane *const *lanes, size_t len, uint64_t from, uint64_t end)
{
    for (size_t i = 0; i < len; i++)
        if (lanes[i] && lanes[i]->running && lanes[i]->at > from && lanes[i]->at < end)
            end = lanes[i]->at;
    return end;
}

/* The first range at or behind `from` that is missing and that nobody has claimed. */
static bool next_free(struct lane *const *lanes, size_t len, const struct target *target, uint64_t from,
                      struct incoming_range *range)
{
    const struct lane *lane;
    while (target_gap(target, from, range)) {
        lane = claimant(lanes, len, range->start);
        if (!lane) {
            range->end = next_claim(lanes, len, range->start, range->end);
            return true;
        }
        from = end_of(lane);
    }
    return false;
}

/*
 * What one request should ask for: one alone much, of several each comes twice, so that they end at about the
 * same time.
 */
static uint64_t portion(const struct target *target)
{
    uint64_t have = target->have_bytes, rest = target->total > have ? target->total - have : 0;
    uint64_t bytes = rest / (2 * (uint64_t)(target->running + 1));
    if (bytes > DIVIDE_MOST_BYTES || target->running == 0)
        return DIVIDE_MOST_BYTES;
    return bytes < DIVIDE_LEAST_BYTES ? DIVIDE_LEAST_BYTES : bytes / DIVIDE_LEAST_BYTES * DIVIDE_LEAST_BYTES;
}

/* At a multiple, so that blocks fit; nothing small is left over. */
static uint64_t portion_end(const struct target *target, const struct incoming_range *range)
{
    uint64_t end = (range->start + portion(target)) / DIVIDE_LEAST_BYTES * DIVIDE_LEAST_BYTES;
    if (end <= range->start)
        end += DIVIDE_LEAST_BYTES;
    return end + DIVIDE_LEAST_BYTES / 2 > range->end ? range->end : end;
}

/* Several ranges of a plan in one request. */
static void add_ranges(struct lane *const *lanes, size_t len, const struct target *target,
                       const struct plan_shape *shape, struct lane_request *request)
{
    struct plan_ranges ask = {0};
    struct incoming_range range = {request->start, request->end};
    do
        plan_ranges_add(&ask, range.start, range.end);
    while (ask.len < PLAN_REQUEST_RANGES && ask.bytes < shape->request_bytes &&
           next_free(lanes, len, target, range.end, &range));
    size_t end = plan_request_end(&ask, 0, shape);
    request->end = ask.range[end - 1].end;
    if (end > 1) {
        request->ranges = plan_request_header(&ask, 0, end);
        request->ranges_len = end;
    }
    plan_ranges_clear(&ask);
}

bool divide_next(struct lane *const *lanes, size_t len, const struct target *target,
                 const struct plan_shape *shape, struct lane_request *request)
{
    struct incoming_range range;
    if (!next_free(lanes, len, target, 0, &range))
        return false;
    request->start = range.start;
    request->end = portion_end(target, &range);
    if (shape && shape->multi && request->end == range.end)
        add_ranges(lanes, len, target, shape, request);
    return true;
}

/* --- rates --- */

unsigned divide_silent(struct lane *const *lanes, size_t len)
{
    unsigned silent = 0;
    for (size_t i = 0; i < len; i++)
        silent += lanes[i] && lanes[i]->running && lanes[i]->exchange.came == 0;
    return silent;
}

void divide_measure(struct lane *const *lanes, size_t len, int64_t us)
{
    bool moved = false;
    for (size_t i = 0; i < len; i++)
        if (lanes[i] && lanes[i]->running)
            moved |= lane_measure(lanes[i], us);
    for (size_t i = 0; moved && i < len; i++)
        if (lanes[i] && lanes[i]->silent_us)
            lanes[i]->outlived = true;
}

/* --- taking from others --- */

static double mean_rate(struct lane *const *lanes, size_t len)
{
    double sum = 0;
    unsigned count = 0;
    for (size_t i = 0; i < len; i++)
        if (lanes[i] && lanes[i]->running) {
            sum += lanes[i]->rate;
            count++;
        }
    return count ? sum / count : 0;
}

static bool is_stalled(const struct lane *lane)
{
    bool alone = !lane->outlived || lane->exchange.came == 0;
    return lane->silent_us > (alone ? SILENT_US : STALLED_US);
}

/* What it will still have after a while, seen from now. */
static double seconds_left(const struct lane *lane, double mean)
{
    double rate = lane->rate > mean / 8 ? lane->rate : mean / 8;
    return (double)lane_rest(lane) / (rate + 1);
}

static bool is_worth_it(const struct lane *lane)
{
    uint64_t rest = lane_rest(lane);
    if (lane->ranges || lane->exchange.came == 0)
        return !lane->ranges && is_stalled(lane);
    return rest >= (uint64_t)2 * DIVIDE_LEAST_BYTES || (rest > 0 && is_stalled(lane));
}

static struct lane *last_to_end(struct lane *const *lanes, size_t len, double mean)
{
    struct lane *last = NULL;
    for (size_t i = 0; i < len; i++) {
        struct lane *lane = lanes[i];
        if (lane && lane->running && is_worth_it(lane) &&
            (!last || seconds_left(lane, mean) > seconds_left(last, mean)))
            last = lane;
    }
    return last;
}

/* As much as it brings while another brings the rest. */
static uint64_t fair_part(const struct lane *lane, double mean)
{
    double share = lane->rate + mean > 0 ? lane->rate / (lane->rate + mean) : 0.5;
    return (uint64_t)((double)lane_rest(lane) * share);
}

bool divide_free(struct lane *const *lanes, size_t len, struct lane **useless)
{
    double mean = mean_rate(lanes, len);
    struct lane *lane = last_to_end(lanes, len, mean);
    *useless = NULL;
    if (!lane)
        return false;
    if (is_stalled(lane)) {
        lane->end = lane->at;
        *useless = lane;
        return true;
    }
    uint64_t keeps = lane->end == LENGTH_UNKNOWN ? portion(lane->target) : fair_part(lane, mean);
    uint64_t end = (lane->at + keeps) / DIVIDE_LEAST_BYTES * DIVIDE_LEAST_BYTES + DIVIDE_LEAST_BYTES;
    if (end >= end_of(lane))
        return false;
    lane->end = end;
    return true;
}

#include "ringmgr/fetch/lane.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool stop_for(struct lane *lane, enum stop stop)
{
    lane->stop = stop;
    return false;
}

/* The reason stands in the transfer's err already. */
static bool stop_with_error(struct lane *lane)
{
    struct transfer *transfer = lane->target->transfer;
    err_prefix(&transfer->err, "%s/%s", session_base(lane->target->http, &lane->exchange), transfer->path);
    return stop_for(lane, STOP_ERROR);
}

static bool stop_at_size(struct lane *lane, uint64_t bytes)
{
    struct transfer *transfer = lane->target->transfer;
    if (target_knows_size(lane->target) && bytes != transfer->expect_bytes) {
        lane->target->wrong_total = bytes;
        return stop_for(lane, STOP_WRONG_SIZE);
    }
    err_set(&transfer->err, ERR_UPSTREAM, "more than %" PRIu64 " bytes", transfer->limit_bytes);
    return stop_with_error(lane);
}

/* --- the head --- */

/* An origin that does not know If-Range may send the rest of another file. */
static bool has_changed(const char *validator, const struct head *head)
{
    const char *now = validator && *validator == '"' ? head->etag : head->last_modified;
    return validator && now && strcmp(now, validator) != 0;
}

static bool asks_range(const struct lane *lane)
{
    return lane->exchange.offset > 0 || lane->exchange.end > 0 || lane->ranges;
}

static bool is_our_range(const struct lane *lane, const struct head *head)
{
    const struct exchange *exchange = &lane->exchange;
    if (!asks_range(lane) || !head->has_range || head->first == LENGTH_UNKNOWN || lane->changed)
        return false;
    if (exchange->ranges) /* one of them, or some joined */
        return head->first >= lane->start && head->last < lane->end;
    return head->first == exchange->offset && (exchange->end == 0 || head->last < exchange->end);
}

static bool on_part(void *owner, uint64_t first, uint64_t last, uint64_t total)
{
    struct lane *lane = owner;
    uint64_t ours = lane->target->total;
    if (first < lane->start || last >= lane->end || (total != LENGTH_UNKNOWN && total != ours))
        return stop_for(lane, STOP_WRONG_RANGE);
    lane->at = first;
    return true;
}

static bool write_bytes(void *owner, const void *bytes, size_t len);

static bool begin_multi(struct lane *lane, const struct head *head)
{
    const struct multipart_events events = {.on_part = on_part, .on_data = write_bytes, .owner = lane};
    lane->is_multi = lane->exchange.ranges && !head->has_range &&
                     !has_changed(lane->exchange.if_range, head) &&
                     multipart_begin(&lane->multipart, head->content_type ? head->content_type : "",
                                     lane->ranges_len, &events);
    return lane->is_multi;
}

/* Keeps the first validator of what is there, and who gives more. */
static bool keep_validator(struct lane *lane, const struct head *head)
{
    struct target *target = lane->target;
    struct transfer *transfer = target->transfer;
    bool fresh = incoming_present_bytes(transfer->in) == 0;
    transfer->givers |= UINT64_C(1) << lane->exchange.mirror;
    if (!fresh)
        return true;
    target->validator_mirror = lane->exchange.mirror;
    return incoming_set_validator(transfer->in, head_validator(head), &transfer->err) ||
           stop_with_error(lane);
}

static bool reserve(struct lane *lane, uint64_t total)
{
    struct target *target = lane->target;
    if (total == LENGTH_UNKNOWN || total == target->reserved)
        return true;
    target->reserved = total;
    return incoming_reserve(target->transfer->in, total, &target->transfer->err) || stop_with_error(lane);
}

/* The whole file comes, whatever was asked for and planned. */
static bool begin_afresh(struct lane *lane)
{
    struct target *target = lane->target;
    delta_free(target->delta);
    target->delta = NULL;
    lane->start = lane->at = 0;
    lane->end = LENGTH_UNKNOWN;
    return incoming_present_bytes(target->transfer->in) == 0 || target_restart(target) ||
           stop_for(lane, STOP_ERROR);
}

/* Beside others nothing may change. */
static bool is_other_file(const struct lane *lane)
{
    const struct target *target = lane->target;
    return target->running > 1 && lane->total != LENGTH_UNKNOWN && lane->total != target->total;
}

static bool is_wrong_total(const struct lane *lane, uint64_t total)
{
    const struct transfer *transfer = lane->target->transfer;
    return total != LENGTH_UNKNOWN && (total > transfer->limit_bytes ||
                                       (target_knows_size(lane->target) && total != transfer->expect_bytes));
}

static bool take_head(struct exchange *exchange, const struct head *head)
{
    struct lane *lane = exchange->owner;
    struct target *target = lane->target;
    bool whole = head->status == STATUS_OK;
    lane->total = whole ? head->length : head->has_range ? head->total : LENGTH_UNKNOWN;
    if (!head_is_wanted(head))
        return true;
    lane->changed = has_changed(exchange->if_range, head);
    if (whole && (target->running > 1 || lane->exchange.ranges))
        return stop_for(lane, STOP_REFUSED);
    if (!whole && !begin_multi(lane, head) && !is_our_range(lane, head))
        return stop_for(lane, STOP_WRONG_RANGE);
    if (is_wrong_total(lane, lane->total))
        return stop_at_size(lane, lane->total);
    if (is_other_file(lane))
        return stop_for(lane, STOP_WRONG_RANGE);
    if (!whole && lane->exchange.ranges && !lane->is_multi)
        lane->at = head->first;
    if (whole && !begin_afresh(lane))
        return false;
    if (!target_knows_size(target) && (whole || lane->total != LENGTH_UNKNOWN))
        target->total = lane->total;
    return keep_validator(lane, head) && reserve(lane, target->total);
}

/* --- the body --- */

static bool check_pieces(struct lane *lane, uint64_t from)
{
    struct target *target = lane->target;
    struct transfer *transfer = target->transfer;
    if (lane->proven && !delta_distrusts(target->delta))
        return true;
    switch (delta_prove(target->delta, transfer->in, from, lane->at, &transfer->err)) {
    case DELTA_RIGHT:
        lane->proven = true;
        return true;
    case DELTA_NOTHING:
        return true;
    case DELTA_WRONG:
        return stop_for(lane, STOP_WRONG_PIECE);
    case DELTA_ERROR:
        break;
    }
    return stop_with_error(lane);
}

/* Bytes for lane->at, from a plain body or from a part of one. */
static bool write_bytes(void *owner, const void *bytes, size_t len)
{
    struct lane *lane = owner;
    struct target *target = lane->target;
    const struct transfer *transfer = target->transfer;
    uint64_t from = lane->at, after = from + len;
    if (after > transfer->limit_bytes || (target_knows_size(target) && after > transfer->expect_bytes))
        return stop_at_size(lane, after);
    if (after > lane->total)
        return stop_for(lane, STOP_WRONG_RANGE);
    bool beyond = after > lane->end;
    if (beyond)
        after = lane->end > from ? lane->end : from;
    if (after > from && !target_write(target, from, bytes, (size_t)(after - from)))
        return stop_with_error(lane);
    lane->at = after;
    if (target->delta && !check_pieces(lane, from))
        return false;
    bool open = lane->exchange.end == 0 && !lane->is_multi;
    return beyond || (open && after == lane->end) ? stop_for(lane, STOP_END) : true;
}

static bool take_body(struct exchange *exchange, const void *bytes, size_t len)
{
    struct lane *lane = exchange->owner;
    if (!lane->is_multi)
        return write_bytes(lane, bytes, len);
    switch (multipart_feed(&lane->multipart, bytes, len)) {
    case MULTIPART_MORE:
        return true;
    case MULTIPART_BAD:
        return stop_for(lane, STOP_WRONG_RANGE);
    case MULTIPART_STOPPED:
        break;
    }
    return false;
}

/* --- a request --- */

/* If-Range compares with what one mirror said: another's validator says nothing. */
static const char *validator_for(const struct target *target, unsigned mirror)
{
    const char *validator = incoming_validator(target->transfer->in);
    return target->validator_mirror == mirror || target->http->mirrors.len == 1 ? validator : NULL;
}

void lane_ask(struct lane *lane, struct target *target, struct pool *pool, const struct lane_request *request)
{
    free(lane->ranges);
    *lane = (struct lane){.target = target,
                          .running = true,
                          .start = request->start,
                          .at = request->start,
                          .end = request->end,
                          .total = LENGTH_UNKNOWN,
                          .begun_us = pace_now_us(),
                          .ranges = request->ranges,
                          .ranges_len = request->ranges_len};
    lane->exchange = (struct exchange){.mirror = request->mirror,
                                       .path = target->transfer->path,
                                       .if_range = validator_for(target, request->mirror),
                                       .offset = request->start,
                                       .end = request->end == LENGTH_UNKNOWN ? 0 : request->end,
                                       .ranges = request->ranges,
                                       .no_cache = request->no_cache,
                                       .on_head = take_head,
                                       .on_body = take_body,
                                       .owner = lane};
    target->running++;
    pool_start(pool, &lane->exchange);
}

void lane_close(struct lane *lane)
{
    struct transfer *transfer = lane->target->transfer;
    const struct exchange *exchange = &lane->exchange;
    session_count(lane->target->http, exchange);
    transfer->requests += exchange->requests;
    transfer->fetched_bytes += exchange->received;
    lane->running = false;
    lane->target->running--;
}

/* Whatever guards an origin says it in its own way: 400, 403, 413, 416, 431. */
bool lane_dislikes_ranges(const struct lane *lane)
{
    int status = lane->exchange.status;
    bool is_refusal = status >= 400 && status <= 499 && !session_may_retry(&lane->exchange);
    return is_refusal && status != STATUS_MISSING && status != STATUS_GONE;
}

/* Whether an answer that is over has left out some of what was asked for: who does that may do it for ever.
 */
static bool leaves_out(const struct lane *lane)
{
    const struct incoming *in = lane->target->transfer->in;
    struct incoming_range gap;
    char *next;
    if (!lane->is_multi || lane->exchange.outcome != OUTCOME_ANSWERED)
        return false;
    for (const char *at = strchr(lane->ranges, '='); at && *at; at = next) {
        uint64_t start = strtoull(at + 1, &next, 10), last = strtoull(next + 1, &next, 10);
        if (incoming_gap(in, start, last + 1, &gap))
            return true;
    }
    return false;
}

/* Whether the answer to several ranges is a reason to ask for one at a time. */
static bool speaks_against_several(const struct lane *lane, const struct mirror *mirror)
{
    const struct exchange *exchange = &lane->exchange;
    bool is_plain =
        exchange->outcome == OUTCOME_ANSWERED && exchange->status == STATUS_PARTIAL && !lane->is_multi;
    bool fails_again = session_may_retry(exchange) && exchange->received == 0 && mirror->failures > 1;
    return lane->stop == STOP_REFUSED || lane->stop == STOP_WRONG_RANGE || is_plain || fails_again ||
           lane_dislikes_ranges(lane) || leaves_out(lane);
}

void lane_judge_mirror(const struct lane *lane)
{
    struct mirrors *mirrors = &lane->target->http->mirrors;
    unsigned which = lane->exchange.mirror;
    struct mirror *mirror = &mirrors->state[which];
    if (session_may_retry(&lane->exchange))
        mirror_note_failure(mirrors, which);
    else if (lane->exchange.received > 0)
        mirror_note_bytes(mirrors, which, lane->exchange.received, pace_now_us() - lane->begun_us);
    if (lane->ranges && speaks_against_several(lane, mirror))
        mirror->no_multi = true;
    else if (asks_range(lane) && lane->exchange.status == STATUS_OK && !lane->changed)
        mirror->no_ranges = true;
}

void lane_drop(struct lane *lane, struct pool *pool)
{
    if (!lane->running)
        return;
    pool_cancel(pool, &lane->exchange);
    lane_close(lane);
}

uint64_t lane_rest(const struct lane *lane)
{
    uint64_t end = lane->end == LENGTH_UNKNOWN ? lane->target->total : lane->end;
    return end > lane->at ? end - lane->at : 0;
}

bool lane_measure(struct lane *lane, int64_t us)
{
    uint64_t came = lane->exchange.came;
    bool moved = came > lane->marked_bytes;
    double now = (double)(came - lane->marked_bytes) * 1e6 / (double)(us > 0 ? us : 1);
    lane->rate = lane->marked_bytes ? (lane->rate + now) / 2 : now;
    lane->silent_us = moved || lane->exchange.rests ? 0 : lane->silent_us + us;
    lane->outlived = lane->outlived && !moved;
    lane->marked_bytes = came;
    return moved;
}

bool lane_is_through(const struct lane *lane)
{
    if (lane->is_multi)
        return multipart_is_over(&lane->multipart);
    return lane->end != LENGTH_UNKNOWN && lane->at >= lane->end;
}

void lane_clear(struct lane *lane)
{
    free(lane->ranges);
    lane->ranges = NULL;
}

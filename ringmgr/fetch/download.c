/*
 * What can happen to one file, and what is done about it.
 *
 * One request for all that is missing is the rule; where a worker finds that its connections are slower than
 * the link, it has the rest divided among several (divide.c). Then the first that fails, or that shows an
 * origin without ranges or another file, ends alone, and no further one is sent; what the others leave is
 * asked for by a single request again. So it is always a request that stands alone which decides:
 *
 * - 200: the whole file; what is there is thrown away, whether or not a range was asked
 * - 206 that begins there: put in, if its validator is still the one that was kept
 * - 206 of anything else: the origin cannot do ranges; from nothing, so without one
 * - 416, its total is what is there: the file was complete already
 * - 416 otherwise: the file is not what it was; from nothing
 * - 404, 410: absent, if all mirrors say so
 * - 408, 429, 5xx, cut: again after a while, or at once at a better mirror; attempts are counted anew
 * whenever a MiB was gained, so a bad line that moves forward gets there, and one that does not ends
 * - other: failed, if all mirrors say so
 *
 * The part is continued with If-Range, so that an origin whose file has changed sends the new one whole.
 * Another mirror's validator says nothing, and some origins give none; then the expected digest decides in
 * the end, and without one the file starts afresh.
 *
 * A body that ends before its announced length was cut by the network. A file that says it has another size
 * than the expected, or has another digest, is not the expected one: the part may have been begun with
 * another file, or a cache on the way is stale, so it is fetched once more, by one request, whole and past
 * caches. Twice is proof, for each mirror.
 *
 * With a plan, what is at hand is copied and the rest is asked for in ranges. A piece that is not what the
 * plan says is asked for once more; then the plan is given up for a plain download.
 */
#include "ringmgr/fetch/download.h"
#include "ringmgr/base/log.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/divide.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t GAIN_BYTES = (uint64_t)1 << 20;

void download_init(struct download *download, struct http *http, struct transfer *transfer)
{
    memset(download, 0, sizeof *download);
    download->lanes_most = DOWNLOAD_LANES;
    download->target.http = http;
    download->target.transfer = transfer;
    download->target.total = transfer->expect_bytes;
    download->target.validator_mirror = MIRROR_UNKNOWN;
    download->target.have_bytes = incoming_present_bytes(transfer->in);
    transfer->result = TRANSFER_PENDING;
    transfer->fetched_bytes = 0;
    transfer->copied_bytes = 0;
    transfer->givers = incoming_present_bytes(transfer->in) ? TRANSFER_GIVER_UNKNOWN : 0;
    transfer->requests = 0;
    transfer->err = (struct err){0};
}

void download_clear(struct download *download)
{
    delta_free(download->target.delta);
    download->target.delta = NULL;
    for (unsigned i = 0; i < DOWNLOAD_LANES; i++) {
        if (download->lane[i])
            lane_clear(download->lane[i]);
        free(download->lane[i]);
        download->lane[i] = NULL;
    }
}

bool download_owns(const struct download *download, const struct exchange *exchange)
{
    const struct lane *lane = exchange->owner;
    return lane->target == &download->target;
}

/* --- outcomes --- */

static void drop_lanes(struct download *download)
{
    for (unsigned i = 0; i < DOWNLOAD_LANES; i++)
        if (download->lane[i])
            lane_drop(download->lane[i], download->pool);
}

static enum download_state end(struct download *download, enum transfer_result result)
{
    drop_lanes(download);
    download->target.transfer->result = result;
    return DOWNLOAD_OVER;
}

/* The reason stands in the transfer's err. */
static enum download_state fail(struct download *download)
{
    return end(download, TRANSFER_FAILED);
}

void download_give_up(struct download *download, const struct err *why)
{
    struct transfer *transfer = download->target.transfer;
    if (why) {
        transfer->err = *why;
        err_prefix(&transfer->err, "%s was given up", transfer->path);
    }
    end(download, why ? TRANSFER_FAILED : TRANSFER_STOPPED);
}

static void say_done(const struct download *download)
{
    const struct transfer *transfer = download->target.transfer;
    log_info(download->target.http->log,
             "fetched %s: %" PRIu64 " bytes, of these %" PRIu64 " now and %" PRIu64 " copied, in %.1f s",
             transfer->path, incoming_bytes(transfer->in), transfer->fetched_bytes, transfer->copied_bytes,
             (double)(pace_now_ms() - download->begun_ms) / 1000);
}

static void say_remark(const struct download *download)
{
    const char *remark = incoming_remark(download->target.transfer->in);
    if (remark)
        log_warn(download->target.http->log, "store: %s", remark);
}

static enum download_state done(struct download *download)
{
    say_done(download);
    return end(download, TRANSFER_DONE);
}

/* --- asking --- */

static struct lane *idle_lane(struct download *download)
{
    for (unsigned i = 0; i < DOWNLOAD_LANES; i++) {
        if (!download->lane[i])
            download->lane[i] = mem_new(1, sizeof *download->lane[i]);
        if (!download->lane[i]->running)
            return download->lane[i];
    }
    return NULL;
}

static bool wants_fresh_bytes(const struct download *download)
{
    const struct delta *delta = download->target.delta;
    return download->wrong > 0 || (delta && delta_distrusts(delta));
}

/* Sends one more request for something that no lane has claimed. False if there is no such thing. */
static bool ask_part(struct download *download, unsigned mirror)
{
    struct target *target = &download->target;
    struct lane_request request = {.mirror = mirror, .no_cache = wants_fresh_bytes(download)};
    struct lane *lane = idle_lane(download);
    struct plan_shape shape = delta_shape(&target->http->mirrors.state[mirror], DIVIDE_MOST_BYTES);
    if (target->delta)
        delta_reshape(target->delta, target->transfer->in, &shape);
    if (!lane ||
        !divide_next(download->lane, DOWNLOAD_LANES, target, target->delta ? &shape : NULL, &request))
        return false;
    lane_ask(lane, target, download->pool, &request);
    return true;
}

/* One request for all that is missing. */
static void ask_whole(struct download *download, unsigned mirror)
{
    struct target *target = &download->target;
    struct lane_request request = {.mirror = mirror,
                                   .start = incoming_bytes(target->transfer->in),
                                   .end = LENGTH_UNKNOWN,
                                   .no_cache = wants_fresh_bytes(download)};
    struct incoming_range gap;
    if (target->total != LENGTH_UNKNOWN && target_gap(target, 0, &gap)) {
        request.start = gap.start;
        request.end = gap.end == target->total ? LENGTH_UNKNOWN : gap.end;
    }
    lane_ask(idle_lane(download), target, download->pool, &request);
}

/* Nothing runs: asks for what is missing. */
static enum download_state ask(struct download *download)
{
    struct target *target = &download->target;
    unsigned mirror = mirror_pick(&target->http->mirrors, download->excluded);
    if (incoming_present_bytes(target->transfer->in) > 0 && !target_can_continue(target, mirror) &&
        !target_restart(target))
        return fail(download);
    if (!target->delta)
        ask_whole(download, mirror);
    else
        ask_part(download, mirror); /* if that is nothing, all that is left is to be copied */
    return DOWNLOAD_RUNS;
}

static bool is_plan_usable(const struct download *download)
{
    const struct transfer *transfer = download->target.transfer;
    const struct fetch_plan *plan = transfer->plan;
    return plan && transfer->expect && transfer->expect_bytes == plan->total_bytes &&
           !download->target.http->mirrors.state[0].no_ranges;
}

/* False, and the transfer's err, if what is there cannot be read. */
static bool begin_plan(struct download *download)
{
    struct target *target = &download->target;
    struct transfer *transfer = target->transfer;
    struct plan_shape shape = delta_shape(&target->http->mirrors.state[0], DIVIDE_MOST_BYTES);
    if (incoming_present_bytes(transfer->in) > 0 &&
        !delta_prove_left_over(transfer->plan, transfer->in, &transfer->err))
        return false;
    target->have_bytes = incoming_present_bytes(transfer->in);
    target->delta = delta_new(transfer->plan, transfer->in, &shape);
    if (!target->delta)
        return true;
    target->reserved = transfer->plan->total_bytes;
    return incoming_reserve(transfer->in, target->reserved, &transfer->err);
}

enum download_state download_begin(struct download *download, struct pool *pool)
{
    struct transfer *transfer = download->target.transfer;
    download->pool = pool;
    bool first = download->begun_ms == 0;
    if (first) {
        download->begun_ms = pace_now_ms();
        say_remark(download);
    }
    if (target_is_complete(&download->target))
        return done(download);
    if (first) {
        if (is_plan_usable(download) && !begin_plan(download))
            return fail(download);
        download->peak = incoming_present_bytes(transfer->in);
    }
    return ask(download);
}

/* --- what follows --- */

static enum download_state again(struct download *download, struct lane *lane)
{
    struct http *http = download->target.http;
    uint64_t bytes = incoming_present_bytes(download->target.transfer->in);
    bool gained = bytes >= download->peak + GAIN_BYTES;
    if (gained) {
        download->peak = bytes;
        download->tried = 0;
    }
    /* who answers none of many requests whole may answer one */
    if (download->tried > 0)
        download->lanes_most = 1;
    if (++download->tried >= http->attempts) {
        session_say(http, &lane->exchange, download->tried, &download->target.transfer->err);
        return fail(download);
    }
    /* An origin that answers a range with a shorter one has done nothing wrong. */
    bool at_once = (gained && lane->exchange.outcome == OUTCOME_ANSWERED) ||
                   mirror_is_better_left(&http->mirrors, lane->exchange.mirror, download->excluded);
    download->due_ms =
        pace_now_ms() + (at_once ? 0 : session_retry_ms(http, download->tried, &lane->exchange));
    return DOWNLOAD_WAITS;
}

static void give_up_plan(struct download *download)
{
    drop_lanes(download);
    delta_free(download->target.delta);
    download->target.delta = NULL;
}

static enum download_state again_from_nothing(struct download *download, struct lane *lane)
{
    give_up_plan(download);
    return target_restart(&download->target) ? again(download, lane) : fail(download);
}

/* No other mirror is left. */
static bool exclude(struct download *download, const struct lane *lane)
{
    download->excluded |= UINT32_C(1) << lane->exchange.mirror;
    return mirror_all_excluded(&download->target.http->mirrors, download->excluded);
}

/* True if that was the second time, and nobody else is left to ask. */
static bool is_proof(struct download *download, const struct lane *lane)
{
    download->tried = 0;
    download->peak = 0;
    download->lanes_most = 1;
    mirror_note_failure(&download->target.http->mirrors, lane->exchange.mirror);
    return ++download->wrong > 1 && exclude(download, lane);
}

static enum download_state fetch_cleanly(struct download *download)
{
    give_up_plan(download);
    return target_restart(&download->target) ? ask(download) : fail(download);
}

/* What is there is not what a signed table says. */
static void blame(const struct download *download, uint64_t givers)
{
    struct http *http = download->target.http;
    if (http->mirrors.len > 1 && download->target.transfer->expect)
        mirror_blame(&http->mirrors, givers, http->log);
}

static enum download_state wrong_size(struct download *download, const struct lane *lane)
{
    const struct target *target = &download->target;
    struct transfer *transfer = target->transfer;
    blame(download, UINT64_C(1) << lane->exchange.mirror);
    if (!is_proof(download, lane))
        return fetch_cleanly(download);
    err_set(&transfer->err, ERR_NOT_GENUINE,
            "%s/%s: the origin sends %" PRIu64 " bytes where %" PRIu64 " are expected; asked twice",
            session_base(target->http, &lane->exchange), transfer->path, target->wrong_total,
            transfer->expect_bytes);
    return fail(download);
}

static enum download_state wrong_digest(struct download *download, const struct lane *lane)
{
    struct transfer *transfer = download->target.transfer;
    struct digest found = incoming_digest(transfer->in);
    uint64_t bytes = incoming_bytes(transfer->in);
    char has[DIGEST_TEXT_SIZE], wanted[DIGEST_TEXT_SIZE];
    if (!is_proof(download, lane))
        return fetch_cleanly(download);
    digest_format(&found, has);
    digest_format(transfer->expect, wanted);
    err_set(&transfer->err, ERR_NOT_GENUINE,
            "%s/%s: %" PRIu64 " bytes with the SHA-256 %s, expected is %s; fetched twice",
            session_base(download->target.http, &lane->exchange), transfer->path, bytes, has, wanted);
    return fail(download);
}

static enum download_state too_short(struct download *download, struct lane *lane, uint64_t goal)
{
    const struct transfer *transfer = download->target.transfer;
    err_set(&lane->exchange.err, ERR_UPSTREAM, "%s/%s: %" PRIu64 " of %" PRIu64 " bytes came",
            session_base(download->target.http, &lane->exchange), transfer->path,
            incoming_present_bytes(transfer->in), goal);
    if (lane->exchange.status == STATUS_OK)
        lane->exchange.outcome = OUTCOME_CUT;
    return again(download, lane);
}

static bool has_gaps(const struct download *download, uint64_t goal)
{
    struct incoming_range gap;
    return goal != LENGTH_UNKNOWN && incoming_gap(download->target.transfer->in, 0, goal, &gap);
}

static enum download_state wrong_piece(struct download *download)
{
    const struct target *target = &download->target;
    blame(download, target->transfer->givers);
    if (!delta_is_hopeless(target->delta))
        return target->running > 0 ? DOWNLOAD_RUNS : ask(download);
    log_warn(target->http->log, "%s: a segment is twice not what its table says; plain download",
             target->transfer->path);
    download->wrong++;
    download->lanes_most = 1;
    return fetch_cleanly(download);
}

static enum download_state find_wrong_pieces(struct download *download, const struct lane *lane)
{
    struct transfer *transfer = download->target.transfer;
    bool fetched;
    enum delta_proof proof = delta_prove_all(download->target.delta, transfer->in, download->target.http->log,
                                             &fetched, &transfer->err);
    download->target.have_bytes = incoming_present_bytes(transfer->in);
    switch (proof) {
    case DELTA_WRONG:
        return fetched ? wrong_piece(download) : ask(download);
    case DELTA_ERROR:
        return fail(download);
    case DELTA_NOTHING:
    case DELTA_RIGHT:
        break;
    }
    return wrong_digest(download, lane);
}

/* No byte is missing. */
static enum download_state assembled(struct download *download, const struct lane *lane)
{
    const struct transfer *transfer = download->target.transfer;
    drop_lanes(download);
    if (!transfer->expect || target_has_expected_digest(&download->target))
        return done(download);
    if (download->target.delta)
        return find_wrong_pieces(download, lane);
    blame(download, transfer->givers);
    return wrong_digest(download, lane);
}

/* What the last request was to bring is there, or all of the answer is. */
static enum download_state arrived(struct download *download, struct lane *lane)
{
    const struct target *target = &download->target;
    uint64_t goal = target_knows_size(target) ? target->transfer->expect_bytes : lane->total;
    if (!has_gaps(download, goal))
        return assembled(download, lane);
    if (lane_is_through(lane) || (lane->ranges && lane->exchange.received > 0))
        return ask(download);
    return too_short(download, lane, goal);
}

/* 416: lane->total is what the origin says it has. */
static enum download_state beyond_the_end(struct download *download, struct lane *lane)
{
    struct target *target = &download->target;
    uint64_t bytes = incoming_bytes(target->transfer->in);
    bool knows_size = target_knows_size(target);
    if (bytes > 0 && lane->total == bytes && (!knows_size || bytes == target->transfer->expect_bytes))
        return arrived(download, lane);
    if (knows_size && lane->total != LENGTH_UNKNOWN && lane->total != target->transfer->expect_bytes) {
        target->wrong_total = lane->total;
        return wrong_size(download, lane);
    }
    return again_from_nothing(download, lane);
}

/* This mirror does not have it, or does not give it. */
static enum download_state refused(struct download *download, const struct lane *lane, bool absent)
{
    if (!exclude(download, lane))
        return ask(download);
    if (absent)
        return end(download, TRANSFER_ABSENT);
    session_say(download->target.http, &lane->exchange, download->tried + 1, &download->target.transfer->err);
    return fail(download);
}

static enum download_state answered(struct download *download, struct lane *lane)
{
    if (lane->ranges && lane_dislikes_ranges(lane))
        return ask(download);
    switch (lane->exchange.status) {
    case STATUS_OK:
    case STATUS_PARTIAL:
        return arrived(download, lane);
    case STATUS_MISSING:
    case STATUS_GONE:
        return refused(download, lane, true);
    case STATUS_NOT_SATISFIABLE:
        return beyond_the_end(download, lane);
    default:
        return session_may_retry(&lane->exchange) ? again(download, lane) : refused(download, lane, false);
    }
}

static enum download_state stopped(struct download *download, struct lane *lane)
{
    switch (lane->stop) {
    case STOP_END:
        return arrived(download, lane);
    case STOP_WRONG_SIZE:
        return wrong_size(download, lane);
    case STOP_WRONG_PIECE:
        return wrong_piece(download);
    case STOP_REFUSED:
        return ask(download);
    case STOP_WRONG_RANGE:
        err_set(&lane->exchange.err, ERR_UPSTREAM, "%s/%s: not the range that was asked for",
                session_base(download->target.http, &lane->exchange), download->target.transfer->path);
        return lane->ranges ? again(download, lane) : again_from_nothing(download, lane);
    case STOP_NONE:
    case STOP_ERROR:
        break;
    }
    return fail(download);
}

/* No further help: who was asked for everything brings everything, if nobody else is left. */
static void widen_claims(struct download *download)
{
    for (unsigned i = 0; download->target.running == 1 && i < DOWNLOAD_LANES; i++) {
        struct lane *lane = download->lane[i];
        if (lane && lane->running && lane->exchange.end == 0 && !lane->ranges)
            lane->end = LENGTH_UNKNOWN;
    }
}

/* One of several has ended. */
static enum download_state beside_others(struct download *download, struct lane *lane)
{
    bool brought = lane->exchange.outcome == OUTCOME_ANSWERED && lane->exchange.status == STATUS_PARTIAL;
    if (lane->stop == STOP_ERROR)
        return fail(download);
    if (lane->stop == STOP_WRONG_PIECE)
        return wrong_piece(download);
    if (!has_gaps(download, download->target.total))
        return assembled(download, lane);
    if (session_may_retry(&lane->exchange))
        download->lanes_most = download->target.running;
    else if (!brought && lane->stop != STOP_END && !lane->ranges)
        download->lanes_most = 1;
    if (download->target.running >= download->lanes_most)
        widen_claims(download);
    return DOWNLOAD_RUNS;
}

enum download_state download_continue(struct download *download, struct exchange *exchange)
{
    struct lane *lane = exchange->owner;
    lane_close(lane);
    lane_judge_mirror(lane);
    if (download->target.running > 0)
        return beside_others(download, lane);
    switch (exchange->outcome) {
    case OUTCOME_ANSWERED:
        return answered(download, lane);
    case OUTCOME_STOPPED:
        return stopped(download, lane);
    case OUTCOME_CUT:
        return again(download, lane);
    case OUTCOME_FAILED:
        if (!exclude(download, lane))
            return ask(download);
        break;
    }
    download->target.transfer->err = exchange->err;
    return fail(download);
}

/* --- what is at hand --- */

bool download_can_copy(const struct download *download)
{
    const struct target *target = &download->target;
    return target->delta && delta_can_copy(target->delta, target->transfer->in);
}

enum download_state download_copy(struct download *download)
{
    struct target *target = &download->target;
    struct transfer *transfer = target->transfer;
    if (!delta_copy(target->delta, transfer->in, target->http->log, &transfer->copied_bytes, &transfer->err))
        return fail(download);
    target->have_bytes = incoming_present_bytes(transfer->in);
    if (!has_gaps(download, target->total)) {
        const struct lane none = {0};
        return assembled(download, &none);
    }
    return target->running == 0 && !download_can_copy(download) ? ask(download) : DOWNLOAD_RUNS;
}

/* --- several requests --- */

bool download_all_speak(const struct download *download)
{
    return divide_silent(download->lane, DOWNLOAD_LANES) == 0;
}

bool download_may_divide(const struct download *download)
{
    const struct target *target = &download->target;
    uint64_t have = target->have_bytes, least = download->divided ? 1 : DOWNLOAD_SPLIT_BYTES;
    return target->transfer->expect && target->total != LENGTH_UNKNOWN && target->running > 0 &&
           target->running < download->lanes_most && download->wrong == 0 &&
           !target->http->mirrors.state[0].no_ranges && target->total >= have + least;
}

uint64_t download_divisible_bytes(const struct download *download)
{
    const struct target *target = &download->target;
    if (!download_may_divide(download) || divide_silent(download->lane, DOWNLOAD_LANES) == target->running)
        return 0;
    return target->total - target->have_bytes;
}

bool download_divide(struct download *download)
{
    struct lane *useless;
    download->divided = true;
    unsigned mirror = mirror_pick(&download->target.http->mirrors, download->excluded);
    if (ask_part(download, mirror))
        return true;
    if (!divide_free(download->lane, DOWNLOAD_LANES, &useless))
        return false;
    if (useless)
        lane_drop(useless, download->pool);
    return ask_part(download, mirror);
}

void download_look_at_rates(struct download *download, int64_t us)
{
    divide_measure(download->lane, DOWNLOAD_LANES, us);
}

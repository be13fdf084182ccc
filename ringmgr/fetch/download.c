/*
 * What can happen to one file, and what is done about it.
 *
 * The part is continued where it ends, with If-Range, so that an origin whose file has changed sends the new
 * one whole. Answers are believed only as far as they fit the question:
 *
 * - 200: the whole file; what is there is thrown away, whether or not a range was asked
 * - 206 that begins there: appended, if its validator is still the one that was kept
 * - 206 of anything else: the origin cannot do ranges; from nothing, so without one
 * - 416, its total is what is there: the file was complete already
 * - 416 otherwise: the file is not what it was; from nothing
 * - 404, 410: absent
 * - 408, 429, 5xx, cut: again after a while; attempts are counted anew whenever a MiB was gained, so a bad
 *   line that moves forward gets there, and one that does not ends
 * - other: failed
 *
 * A body that ends before its announced length was cut by the network. A file that says it has another size
 * than the expected, or has another digest, is not the expected one: the part may have been begun with
 * another file, or a cache on the way is stale, so it is fetched once more, whole and past caches. Twice is
 * proof.
 */
#include "ringmgr/fetch/download.h"
#include "ringmgr/base/log.h"

#include <inttypes.h>
#include <string.h>

static const uint64_t GAIN_BYTES = (uint64_t)1 << 20;

static bool take_head(struct exchange *exchange, const struct head *head);
static bool take_body(struct exchange *exchange, const void *bytes, size_t len);

void download_init(struct download *download, struct http *http, struct transfer *transfer)
{
    memset(download, 0, sizeof *download);
    download->http = http;
    download->transfer = transfer;
    download->exchange.path = transfer->path;
    download->exchange.on_head = take_head;
    download->exchange.on_body = take_body;
    download->exchange.owner = download;
    download->have_bytes = incoming_bytes(transfer->in);
    transfer->result = TRANSFER_PENDING;
    transfer->fetched_bytes = 0;
    transfer->requests = 0;
    transfer->err = (struct err){0};
}

/* --- outcomes --- */

static enum download_state end(struct download *download, enum transfer_result result)
{
    download->transfer->result = result;
    return DOWNLOAD_OVER;
}

/* The reason stands in the transfer's err. */
static enum download_state fail(struct download *download)
{
    return end(download, TRANSFER_FAILED);
}

/* What the last exchange has cost. */
static void count(struct download *download)
{
    session_count(download->http, &download->exchange);
    download->transfer->requests += download->exchange.requests;
    download->transfer->fetched_bytes += download->exchange.received;
    download->exchange.requests = 0;
    download->exchange.received = 0;
}

void download_give_up(struct download *download, const struct err *why)
{
    count(download);
    download->transfer->err = *why;
    err_prefix(&download->transfer->err, "%s was given up", download->transfer->path);
    fail(download);
}

static void say_done(const struct download *download)
{
    const struct transfer *transfer = download->transfer;
    log_info(download->http->log, "fetched %s: %" PRIu64 " bytes, of these %" PRIu64 " now in %.1f s",
             transfer->path, incoming_bytes(transfer->in), transfer->fetched_bytes,
             (double)(pace_now_ms() - download->begun_ms) / 1000);
}

static enum download_state done(struct download *download)
{
    say_done(download);
    return end(download, TRANSFER_DONE);
}

static bool restart(struct download *download)
{
    struct transfer *transfer = download->transfer;
    download->have_bytes = 0;
    return incoming_restart(transfer->in, &transfer->err) || err_prefix(&transfer->err, "%s", transfer->path);
}

/* --- what is there --- */

static bool knows_size(const struct transfer *transfer)
{
    return transfer->expect_bytes != TRANSFER_SIZE_UNKNOWN;
}

static bool has_expected_digest(const struct transfer *transfer)
{
    struct digest digest = incoming_digest(transfer->in);
    return digest_equal(&digest, transfer->expect);
}

/* All the bytes, proven: no request is needed. */
static bool is_complete(const struct transfer *transfer)
{
    return transfer->expect && incoming_bytes(transfer->in) == transfer->expect_bytes &&
           has_expected_digest(transfer);
}

/* Whether a request can go on behind the bytes that are there. */
static bool can_continue(const struct transfer *transfer)
{
    uint64_t bytes = incoming_bytes(transfer->in);
    if (!incoming_validator(transfer->in) || bytes > transfer->limit_bytes)
        return false;
    /* With all bytes of a file that nobody has a digest of, 416 says whether they are still the right ones.
     */
    return !knows_size(transfer) || bytes < transfer->expect_bytes ||
           (bytes == transfer->expect_bytes && !transfer->expect);
}

static enum download_state ask(struct download *download)
{
    const struct incoming *in = download->transfer->in;
    download->exchange.offset = incoming_bytes(in);
    download->exchange.if_range = incoming_validator(in);
    download->exchange.no_cache = download->wrong > 0;
    download->stop = STOP_NONE;
    download->total = LENGTH_UNKNOWN;
    return DOWNLOAD_ASKS;
}

enum download_state download_begin(struct download *download)
{
    struct transfer *transfer = download->transfer;
    if (download->begun_ms == 0) {
        download->begun_ms = pace_now_ms();
        download->peak = incoming_bytes(transfer->in);
    }
    if (is_complete(transfer))
        return done(download);
    if (incoming_bytes(transfer->in) > 0 && !can_continue(transfer) && !restart(download))
        return fail(download);
    return ask(download);
}

/* --- what comes --- */

static bool stop_for(struct download *download, enum stop stop)
{
    download->stop = stop;
    return false;
}

/* The reason stands in the transfer's err already. */
static bool stop_with_error(struct download *download)
{
    err_prefix(&download->transfer->err, "%s/%s", download->http->base, download->transfer->path);
    return stop_for(download, STOP_ERROR);
}

static bool stop_at_size(struct download *download, uint64_t bytes)
{
    struct transfer *transfer = download->transfer;
    if (knows_size(transfer) && bytes != transfer->expect_bytes) {
        download->wrong_total = bytes;
        return stop_for(download, STOP_WRONG_SIZE);
    }
    err_set(&transfer->err, ERR_UPSTREAM, "more than %" PRIu64 " bytes", transfer->limit_bytes);
    return stop_with_error(download);
}

/* An origin that does not know If-Range may send the rest of another file. */
static bool has_changed(const char *validator, const struct head *head)
{
    const char *now = *validator == '"' ? head->etag : head->last_modified;
    return now && strcmp(now, validator) != 0;
}

static bool is_our_range(const struct exchange *exchange, const struct head *head)
{
    return exchange->offset > 0 && head->has_range && head->first == exchange->offset &&
           !has_changed(exchange->if_range, head);
}

/* Makes the part ready for the body of a 200 or 206. */
static bool prepare(struct download *download, const struct head *head)
{
    struct transfer *transfer = download->transfer;
    uint64_t total = download->total != LENGTH_UNKNOWN ? download->total : transfer->expect_bytes;
    if (head->status == STATUS_OK) {
        if (incoming_bytes(transfer->in) > 0 && !restart(download))
            return stop_for(download, STOP_ERROR);
        if (!incoming_set_validator(transfer->in, head_validator(head), &transfer->err))
            return stop_with_error(download);
    }
    if (total != LENGTH_UNKNOWN && !incoming_reserve(transfer->in, total, &transfer->err))
        return stop_with_error(download);
    return true;
}

static bool take_head(struct exchange *exchange, const struct head *head)
{
    struct download *download = exchange->owner;
    const struct transfer *transfer = download->transfer;
    download->total = head->status == STATUS_OK ? head->length
                      : head->has_range         ? head->total
                                                : LENGTH_UNKNOWN;
    if (!head_is_wanted(head))
        return true;
    if (head->status == STATUS_PARTIAL && !is_our_range(exchange, head))
        return stop_for(download, STOP_WRONG_RANGE);
    if (download->total != LENGTH_UNKNOWN &&
        (download->total > transfer->limit_bytes ||
         (knows_size(transfer) && download->total != transfer->expect_bytes)))
        return stop_at_size(download, download->total);
    return prepare(download, head);
}

static bool take_body(struct exchange *exchange, const void *bytes, size_t len)
{
    struct download *download = exchange->owner;
    struct transfer *transfer = download->transfer;
    uint64_t after = incoming_bytes(transfer->in) + len;
    if (after > transfer->limit_bytes || (knows_size(transfer) && after > transfer->expect_bytes))
        return stop_at_size(download, after);
    if (after > download->total)
        return stop_for(download, STOP_WRONG_RANGE);
    if (!incoming_write(transfer->in, bytes, len, &transfer->err))
        return stop_with_error(download);
    download->have_bytes = after;
    return true;
}

/* --- what follows --- */

static enum download_state again(struct download *download)
{
    const struct http *http = download->http;
    uint64_t bytes = incoming_bytes(download->transfer->in);
    bool gained = bytes >= download->peak + GAIN_BYTES;
    if (gained) {
        download->peak = bytes;
        download->tried = 0;
    }
    if (++download->tried >= http->attempts) {
        session_say(http, &download->exchange, download->tried, &download->transfer->err);
        return fail(download);
    }
    /* An origin that answers a range with a shorter one has done nothing wrong. */
    bool short_range = gained && download->exchange.outcome == OUTCOME_ANSWERED;
    download->due_ms =
        pace_now_ms() + (short_range ? 0 : session_retry_ms(http, download->tried, &download->exchange));
    return DOWNLOAD_WAITS;
}

static enum download_state again_from_nothing(struct download *download)
{
    return restart(download) ? again(download) : fail(download);
}

/* True if that was the second time. */
static bool is_proof(struct download *download)
{
    download->tried = 0;
    download->peak = 0;
    return ++download->wrong > 1;
}

static enum download_state wrong_size(struct download *download)
{
    struct transfer *transfer = download->transfer;
    if (!is_proof(download))
        return restart(download) ? ask(download) : fail(download);
    err_set(&transfer->err, ERR_NOT_GENUINE,
            "%s/%s: the origin sends %" PRIu64 " bytes where %" PRIu64 " are expected; asked twice",
            download->http->base, transfer->path, download->wrong_total, transfer->expect_bytes);
    return fail(download);
}

static enum download_state wrong_digest(struct download *download)
{
    struct transfer *transfer = download->transfer;
    struct digest found = incoming_digest(transfer->in);
    uint64_t bytes = incoming_bytes(transfer->in);
    char has[DIGEST_TEXT_SIZE], wanted[DIGEST_TEXT_SIZE];
    if (!is_proof(download))
        return restart(download) ? ask(download) : fail(download);
    digest_format(&found, has);
    digest_format(transfer->expect, wanted);
    err_set(&transfer->err, ERR_NOT_GENUINE,
            "%s/%s: %" PRIu64 " bytes with the SHA-256 %s, expected is %s; fetched twice",
            download->http->base, transfer->path, bytes, has, wanted);
    return fail(download);
}

static enum download_state too_short(struct download *download, uint64_t goal)
{
    err_set(&download->exchange.err, ERR_UPSTREAM, "%s/%s: %" PRIu64 " of %" PRIu64 " bytes came",
            download->http->base, download->transfer->path, incoming_bytes(download->transfer->in), goal);
    if (download->exchange.status == STATUS_OK)
        download->exchange.outcome = OUTCOME_CUT;
    return again(download);
}

/* A 200 or 206 has come to its end. */
static enum download_state arrived(struct download *download)
{
    const struct transfer *transfer = download->transfer;
    uint64_t bytes = incoming_bytes(transfer->in);
    uint64_t goal = knows_size(transfer) ? transfer->expect_bytes : download->total;
    if (goal != LENGTH_UNKNOWN && bytes < goal)
        return too_short(download, goal);
    if (transfer->expect && !has_expected_digest(transfer))
        return wrong_digest(download);
    return done(download);
}

/* 416: download->total is what the origin says it has. */
static enum download_state beyond_the_end(struct download *download)
{
    const struct transfer *transfer = download->transfer;
    uint64_t bytes = incoming_bytes(transfer->in);
    if (bytes > 0 && download->total == bytes && (!knows_size(transfer) || bytes == transfer->expect_bytes))
        return arrived(download);
    if (knows_size(transfer) && download->total != LENGTH_UNKNOWN &&
        download->total != transfer->expect_bytes) {
        download->wrong_total = download->total;
        return wrong_size(download);
    }
    return again_from_nothing(download);
}

static enum download_state answered(struct download *download)
{
    switch (download->exchange.status) {
    case STATUS_OK:
    case STATUS_PARTIAL:
        return arrived(download);
    case STATUS_MISSING:
    case STATUS_GONE:
        return end(download, TRANSFER_ABSENT);
    case STATUS_NOT_SATISFIABLE:
        return beyond_the_end(download);
    default:
        if (session_may_retry(&download->exchange))
            return again(download);
        session_say(download->http, &download->exchange, download->tried + 1, &download->transfer->err);
        return fail(download);
    }
}

static enum download_state stopped(struct download *download)
{
    switch (download->stop) {
    case STOP_WRONG_SIZE:
        return wrong_size(download);
    case STOP_WRONG_RANGE:
        err_set(&download->exchange.err, ERR_UPSTREAM, "%s/%s: not the range that was asked for",
                download->http->base, download->transfer->path);
        return again_from_nothing(download);
    case STOP_NONE:
    case STOP_ERROR:
        break;
    }
    return fail(download);
}

enum download_state download_continue(struct download *download)
{
    struct transfer *transfer = download->transfer;
    count(download);
    switch (download->exchange.outcome) {
    case OUTCOME_ANSWERED:
        return answered(download);
    case OUTCOME_STOPPED:
        return stopped(download);
    case OUTCOME_CUT:
        return again(download);
    case OUTCOME_FAILED:
        break;
    }
    transfer->err = download->exchange.err;
    return fail(download);
}

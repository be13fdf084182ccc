#include "ringmgr/fetch/delta.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Between two looks at the network. */
static const uint64_t QUANTUM_BYTES = (uint64_t)2 << 20;

enum from { FROM_COPY, FROM_ORIGIN, FROM_ORIGIN_AGAIN };

/* Where nothing is measured yet: what a round trip of 10 ms is worth at 100 Mbit/s. */
static const uint64_t GAP_BYTES = 128 << 10, LEAST_GAP_BYTES = 16 << 10, MOST_GAP_BYTES = 1 << 20;

struct delta {
    const struct fetch_plan *plan;
    uint8_t *from;  /* where each piece comes from: enum from */
    bool distrusts; /* a piece came wrong */
    bool hopeless;  /* one came wrong twice */
    uint8_t *block; /* one piece */
    size_t block_bytes;
};

struct plan_shape delta_shape(const struct mirror *mirror, uint64_t request_bytes)
{
    uint64_t gap = mirror->rate ? mirror->rate / 100 : GAP_BYTES;
    return (struct plan_shape){.multi = !mirror->no_multi,
                               .gap_bytes = gap < LEAST_GAP_BYTES  ? LEAST_GAP_BYTES
                                            : gap > MOST_GAP_BYTES ? MOST_GAP_BYTES
                                                                   : gap,
                               .request_bytes = request_bytes};
}

static void list_present(const struct fetch_plan *plan, const struct incoming *in, struct plan_ranges *have)
{
    struct incoming_range gap;
    uint64_t at = 0;
    while (incoming_gap(in, at, plan->total_bytes, &gap)) {
        plan_ranges_add(have, at, gap.start);
        at = gap.end;
    }
    plan_ranges_add(have, at, plan->total_bytes);
}

static uint64_t largest_piece(const struct fetch_plan *plan)
{
    uint64_t most = 0;
    for (size_t i = 0; i < plan->len; i++)
        if (plan->piece[i].end - plan->piece[i].start > most)
            most = plan->piece[i].end - plan->piece[i].start;
    return most;
}

static struct delta *begin(const struct fetch_plan *plan, const struct plan_ranges *ask)
{
    struct delta *delta = mem_new(1, sizeof *delta);
    delta->plan = plan;
    delta->block_bytes = (size_t)largest_piece(plan);
    delta->block = mem_new(1, delta->block_bytes + 1);
    delta->from = mem_new(plan->len + 1, sizeof *delta->from);
    for (size_t i = 0; i < plan->len; i++) {
        const struct plan_piece *piece = &plan->piece[i];
        if (piece->source == PLAN_FETCH || plan_ranges_hold(ask, piece->start, piece->end))
            delta->from[i] = FROM_ORIGIN;
    }
    return delta;
}

struct delta *delta_new(const struct fetch_plan *plan, const struct incoming *in,
                        const struct plan_shape *shape)
{
    struct plan_ranges have = {0}, missing = {0}, ask = {0};
    list_present(plan, in, &have);
    plan_missing(plan, &have, &missing);
    plan_coalesce(&missing, shape, &ask);
    bool worth = plan_saves(&ask, shape, plan->total_bytes - have.bytes);
    plan_ranges_clear(&have);
    plan_ranges_clear(&missing);
    struct delta *delta = worth ? begin(plan, &ask) : NULL;
    plan_ranges_clear(&ask);
    return delta;
}

void delta_free(struct delta *delta)
{
    if (!delta)
        return;
    free(delta->block);
    free(delta->from);
    free(delta);
}

bool delta_distrusts(const struct delta *delta)
{
    return delta->distrusts;
}

bool delta_is_hopeless(const struct delta *delta)
{
    return delta->hopeless;
}

bool delta_gap(const struct delta *delta, const struct incoming *in, uint64_t from,
               struct incoming_range *gap)
{
    const struct fetch_plan *plan = delta->plan;
    uint64_t total = plan->total_bytes;
    while (incoming_gap(in, from, total, gap)) {
        size_t i = plan_piece_at(plan, gap->start);
        while (i < plan->len && plan->piece[i].start < gap->end && delta->from[i] == FROM_COPY)
            i++;
        if (i == plan->len || plan->piece[i].start >= gap->end) {
            from = gap->end;
            continue;
        }
        if (plan->piece[i].start > gap->start)
            gap->start = plan->piece[i].start;
        while (i < plan->len && plan->piece[i].start < gap->end && delta->from[i] != FROM_COPY)
            i++;
        if (i < plan->len && plan->piece[i].start < gap->end)
            gap->end = plan->piece[i].start;
        return true;
    }
    return false;
}

/* --- proof --- */

bool delta_prove_left_over(const struct fetch_plan *plan, struct incoming *in, struct err *err)
{
    struct incoming_segment *segment AUTO_FREE = mem_new(plan->len + 1, sizeof *segment);
    for (size_t i = 0; i < plan->len; i++)
        segment[i] =
            (struct incoming_segment){plan->piece[i].start, plan->piece[i].end, plan->piece[i].digest};
    return incoming_prove(in, segment, plan->len, err);
}

static bool is_present(const struct plan_piece *piece, const struct incoming *in)
{
    struct incoming_range gap;
    return !incoming_gap(in, piece->start, piece->end, &gap);
}

static bool is_right(const struct delta *delta, const struct plan_piece *piece)
{
    struct digest found = digest_of(delta->block, piece->end - piece->start);
    return digest_equal(&found, &piece->digest);
}

static bool read_part(const struct delta *delta, struct incoming *in, uint64_t at, size_t len,
                      struct err *err)
{
    return len <= delta->block_bytes && incoming_read_at(in, at, delta->block, len, err);
}

enum delta_proof delta_prove(struct delta *delta, struct incoming *in, uint64_t from, uint64_t to,
                             struct err *err)
{
    const struct fetch_plan *plan = delta->plan;
    enum delta_proof proof = DELTA_RIGHT;
    for (size_t i = from < to ? plan_piece_at(plan, from) : plan->len;
         i < plan->len && plan->piece[i].start < to; i++) {
        const struct plan_piece *piece = &plan->piece[i];
        if (!is_present(piece, in))
            continue;
        if (!read_part(delta, in, piece->start, piece->end - piece->start, err))
            return DELTA_ERROR;
        if (is_right(delta, piece))
            continue;
        if (!incoming_forget(in, (struct incoming_range){piece->start, piece->end}, err))
            return DELTA_ERROR;
        delta->hopeless |= delta->from[i] == FROM_ORIGIN_AGAIN;
        delta->from[i] = FROM_ORIGIN_AGAIN;
        delta->distrusts = true;
        proof = DELTA_WRONG;
    }
    return proof;
}

/* --- copies --- */

static const struct plan_piece *piece_to_copy(const struct delta *delta, const struct incoming *in)
{
    uint64_t at = incoming_bytes(in);
    if (at >= delta->plan->total_bytes)
        return NULL;
    size_t i = plan_piece_at(delta->plan, at);
    return delta->from[i] != FROM_COPY ? NULL : &delta->plan->piece[i];
}

bool delta_can_copy(const struct delta *delta, const struct incoming *in)
{
    return piece_to_copy(delta, in) != NULL;
}

static bool read_source(const struct plan_source *source, uint64_t at, uint8_t *block, size_t len)
{
    while (len > 0) {
        ssize_t got = pread(source->fd, block, len, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        block += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return true;
}

/* Reads what should be the piece. False if it is not. */
static bool obtain(const struct delta *delta, const struct plan_piece *piece, struct incoming *in)
{
    const struct fetch_plan *plan = delta->plan;
    size_t len = piece->end - piece->start;
    struct err ignored = {0}; /* it is fetched then */
    bool read = piece->source == PLAN_SELF
                    ? read_part(delta, in, piece->at, len, &ignored)
                    : read_source(&plan->source[piece->source], piece->at, delta->block, len);
    return read && is_right(delta, piece);
}

static void leave_to_origin(struct delta *delta, const struct plan_piece *piece, const struct log *log)
{
    delta->from[piece - delta->plan->piece] = FROM_ORIGIN;
    if (piece->source == PLAN_SELF)
        return;
    struct plan_source *source = &delta->plan->source[piece->source];
    if (!atomic_exchange(&source->rotten, true))
        log_warn(log, "%s: a segment is not what its table says; it is fetched instead", source->name);
}

bool delta_copy(struct delta *delta, struct incoming *in, const struct log *log, uint64_t *copied,
                struct err *err)
{
    const struct plan_piece *piece;
    for (uint64_t done = 0; done < QUANTUM_BYTES && (piece = piece_to_copy(delta, in));) {
        size_t len = piece->end - piece->start;
        done += len;
        if (!obtain(delta, piece, in)) {
            leave_to_origin(delta, piece, log);
            continue;
        }
        if (!incoming_write_at(in, piece->start, delta->block, len, err))
            return false;
        *copied += len;
    }
    return true;
}

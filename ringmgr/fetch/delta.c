#include "ringmgr/fetch/delta.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Between two looks at the network. */
static const uint64_t QUANTUM_BYTES = (uint64_t)2 << 20;
/* What is copied soon is read from the disk meanwhile. */
static const uint64_t AHEAD_BYTES = (uint64_t)8 << 20;

/* Whatever the size of a piece, so much of it is in memory. */
enum { BLOCK_BYTES = 512 << 10 };

enum from { FROM_COPY, FROM_ORIGIN, FROM_ORIGIN_AGAIN };

/* Where nothing is measured yet: what a round trip of 10 ms is worth at 100 Mbit/s. */
static const uint64_t GAP_BYTES = 128 << 10, LEAST_GAP_BYTES = 16 << 10, MOST_GAP_BYTES = 1 << 20;

struct delta {
    const struct fetch_plan *plan;
    uint8_t *from;  /* where each piece comes from: enum from */
    size_t ahead;   /* the first piece that is not being read from the disk yet */
    bool distrusts; /* a piece came wrong */
    bool hopeless;  /* one came wrong twice */
    uint8_t *block; /* of BLOCK_BYTES */
    struct digest_stream *stream;
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

static struct delta *begin(const struct fetch_plan *plan, const struct plan_ranges *ask)
{
    struct delta *delta = mem_new(1, sizeof *delta);
    delta->plan = plan;
    delta->block = mem_new(1, BLOCK_BYTES);
    delta->stream = digest_stream_new();
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
    digest_stream_free(delta->stream);
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

/* Where the bytes of a piece are. */
struct place {
    const struct plan_source *source; /* NULL: the part itself */
    struct incoming *in;
    uint64_t at;
};

static size_t block_len(const struct plan_piece *piece, uint64_t done)
{
    uint64_t left = piece->end - piece->start - done;
    return left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
}

static bool read_source(const struct plan_source *source, uint64_t at, uint8_t *block, size_t len,
                        struct err *err)
{
    while (len > 0) {
        ssize_t got = pread(source->fd, block, len, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set_errno(err, got < 0 ? errno : EIO, "read %s", source->name);
        block += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return true;
}

static bool read_block(const struct delta *delta, const struct place *place, uint64_t done, size_t len,
                       struct err *err)
{
    if (place->source)
        return read_source(place->source, place->at + done, delta->block, len, err);
    return incoming_read_at(place->in, place->at + done, delta->block, len, err);
}

/* Whether what lies there is the piece. One that fits the block stays in it. */
static enum delta_proof prove_piece(const struct delta *delta, const struct plan_piece *piece,
                                    const struct place *place, struct err *err)
{
    digest_stream_reset(delta->stream);
    for (uint64_t done = 0; done < piece->end - piece->start;) {
        size_t len = block_len(piece, done);
        if (!read_block(delta, place, done, len, err))
            return DELTA_ERROR;
        digest_stream_add(delta->stream, delta->block, len);
        done += len;
    }
    struct digest found = digest_stream_end(delta->stream);
    return digest_equal(&found, &piece->digest) ? DELTA_RIGHT : DELTA_WRONG;
}

static void ask_again(struct delta *delta, size_t piece)
{
    delta->hopeless |= delta->from[piece] == FROM_ORIGIN_AGAIN;
    delta->from[piece] = FROM_ORIGIN_AGAIN;
    delta->distrusts = true;
}

enum delta_proof delta_prove(struct delta *delta, struct incoming *in, uint64_t from, uint64_t to,
                             struct err *err)
{
    const struct fetch_plan *plan = delta->plan;
    enum delta_proof proof = DELTA_NOTHING;
    for (size_t i = from < to ? plan_piece_at(plan, from) : plan->len;
         i < plan->len && plan->piece[i].start < to; i++) {
        const struct plan_piece *piece = &plan->piece[i];
        if (!is_present(piece, in))
            continue;
        const struct place place = {.in = in, .at = piece->start};
        enum delta_proof one = prove_piece(delta, piece, &place, err);
        if (one == DELTA_RIGHT) {
            proof = proof == DELTA_NOTHING ? DELTA_RIGHT : proof;
            continue;
        }
        if (one == DELTA_ERROR ||
            !incoming_forget(in, (struct incoming_range){piece->start, piece->end}, err))
            return DELTA_ERROR;
        ask_again(delta, i);
        proof = DELTA_WRONG;
    }
    return proof;
}

enum delta_proof delta_prove_all(struct delta *delta, struct incoming *in, struct err *err)
{
    enum delta_proof proof = DELTA_RIGHT;
    if (!delta_prove_left_over(delta->plan, in, err))
        return DELTA_ERROR;
    for (size_t i = 0; i < delta->plan->len; i++)
        if (!is_present(&delta->plan->piece[i], in)) {
            ask_again(delta, i);
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

/* DELTA_WRONG where it is not what it should be or cannot be read, DELTA_ERROR if the part fails. */
static enum delta_proof copy_piece(const struct delta *delta, const struct plan_piece *piece,
                                   struct incoming *in, struct err *err)
{
    bool self = piece->source == PLAN_SELF;
    const struct place place = {self ? NULL : &delta->plan->source[piece->source], in, piece->at};
    struct err ignored = {0}; /* it is fetched then */
    uint64_t bytes = piece->end - piece->start;
    if (prove_piece(delta, piece, &place, &ignored) != DELTA_RIGHT)
        return DELTA_WRONG;
    for (uint64_t done = 0; done < bytes;) {
        size_t len = block_len(piece, done);
        if (bytes > BLOCK_BYTES && !read_block(delta, &place, done, len, &ignored))
            return DELTA_WRONG;
        if (!incoming_write_at(in, piece->start + done, delta->block, len, err))
            return DELTA_ERROR;
        done += len;
    }
    return DELTA_RIGHT;
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

static void read_ahead(struct delta *delta, uint64_t until)
{
    const struct fetch_plan *plan = delta->plan;
    for (; delta->ahead < plan->len && plan->piece[delta->ahead].start < until; delta->ahead++) {
        const struct plan_piece *piece = &plan->piece[delta->ahead];
        if (delta->from[delta->ahead] == FROM_COPY && piece->source != PLAN_SELF)
            posix_fadvise(plan->source[piece->source].fd, (off_t)piece->at,
                          (off_t)(piece->end - piece->start), POSIX_FADV_WILLNEED);
    }
}

bool delta_copy(struct delta *delta, struct incoming *in, const struct log *log, uint64_t *copied,
                struct err *err)
{
    const struct plan_piece *piece;
    read_ahead(delta, incoming_bytes(in) + AHEAD_BYTES);
    for (uint64_t done = 0; done < QUANTUM_BYTES && (piece = piece_to_copy(delta, in));) {
        uint64_t bytes = piece->end - piece->start;
        done += bytes;
        switch (copy_piece(delta, piece, in, err)) {
        case DELTA_RIGHT:
            *copied += bytes;
            break;
        case DELTA_ERROR:
            return false;
        case DELTA_NOTHING:
        case DELTA_WRONG:
            leave_to_origin(delta, piece, log);
        }
    }
    return true;
}

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
    bool *tried;    /* a piece was copied from this source */
    size_t ahead;   /* the first piece that is not being read from the disk yet */
    bool multi;     /* it was shaped for several ranges a request */
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

/* What to ask for of all that the part lacks, to *ask. True if that is worth its requests. */
static bool choose(const struct fetch_plan *plan, const struct incoming *in, const struct plan_shape *shape,
                   struct plan_ranges *ask)
{
    struct plan_ranges have = {0}, missing = {0};
    list_present(plan, in, &have);
    plan_missing(plan, &have, &missing);
    plan_coalesce(&missing, shape, ask);
    uint64_t rest = plan->total_bytes - have.bytes;
    plan_ranges_clear(&have);
    plan_ranges_clear(&missing);
    return plan_saves(ask, shape, rest);
}

static void leave_asked_to_origin(struct delta *delta, const struct plan_ranges *ask)
{
    const struct fetch_plan *plan = delta->plan;
    for (size_t i = 0; i < plan->len; i++)
        if (delta->from[i] == FROM_COPY && (plan->piece[i].source == PLAN_FETCH ||
                                            plan_ranges_hold(ask, plan->piece[i].start, plan->piece[i].end)))
            delta->from[i] = FROM_ORIGIN;
}

static struct delta *begin(const struct fetch_plan *plan, bool multi, const struct plan_ranges *ask)
{
    struct delta *delta = mem_new(1, sizeof *delta);
    delta->plan = plan;
    delta->multi = multi;
    delta->block = mem_block(BLOCK_BYTES);
    delta->stream = digest_stream_new();
    delta->from = mem_new(plan->len + 1, sizeof *delta->from);
    delta->tried = mem_new(plan->sources + 1, sizeof *delta->tried);
    leave_asked_to_origin(delta, ask);
    return delta;
}

struct delta *delta_new(const struct fetch_plan *plan, const struct incoming *in,
                        const struct plan_shape *shape)
{
    struct plan_ranges ask = {0};
    struct delta *delta = choose(plan, in, shape, &ask) ? begin(plan, shape->multi, &ask) : NULL;
    plan_ranges_clear(&ask);
    return delta;
}

void delta_reshape(struct delta *delta, const struct incoming *in, const struct plan_shape *shape)
{
    struct plan_ranges ask = {0};
    if (!delta->multi || shape->multi)
        return;
    delta->multi = false;
    choose(delta->plan, in, shape, &ask); /* what was worth it before is not given up half way */
    leave_asked_to_origin(delta, &ask);
    plan_ranges_clear(&ask);
}

void delta_free(struct delta *delta)
{
    if (!delta)
        return;
    digest_stream_free(delta->stream);
    free(delta->block);
    free(delta->from);
    free(delta->tried);
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
static enum delta_proof copy_piece(const struct delta *delta, const struct plan_piece *piece, bool prove,
                                   struct incoming *in, struct err *err)
{
    bool self = piece->source == PLAN_SELF;
    const struct place place = {self ? NULL : &delta->plan->source[piece->source], in, piece->at};
    struct err ignored = {0}; /* it is fetched then */
    uint64_t bytes = piece->end - piece->start;
    if (prove && prove_piece(delta, piece, &place, &ignored) != DELTA_RIGHT)
        return DELTA_WRONG;
    for (uint64_t done = 0; done < bytes;) {
        size_t len = block_len(piece, done);
        bool is_held = prove && bytes <= BLOCK_BYTES;
        if (!is_held && !read_block(delta, &place, done, len, &ignored))
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

/* The first piece from each source is proven, which is enough to find another file. */
static bool is_to_be_proven(const struct delta *delta, const struct plan_piece *piece)
{
    const struct plan_source *source = delta->plan->source;
    return piece->source != PLAN_SELF &&
           (!delta->tried[piece->source] || source[piece->source].doubtful || source[piece->source].rotten);
}

static bool copy_one(struct delta *delta, const struct plan_piece *piece, struct incoming *in,
                     const struct log *log, uint64_t *copied, struct err *err)
{
    bool prove = is_to_be_proven(delta, piece);
    enum delta_proof proof = copy_piece(delta, piece, prove, in, err);
    if (proof == DELTA_ERROR)
        return false;
    if (piece->source != PLAN_SELF)
        delta->tried[piece->source] = true;
    if (proof == DELTA_RIGHT)
        *copied += piece->end - piece->start;
    else
        leave_to_origin(delta, piece, log);
    return true;
}

/* Neighbours that a block has room for, all at hand and missing: the index behind the last. */
static size_t end_of_run(const struct delta *delta, const struct incoming *in, size_t first)
{
    const struct plan_piece *piece = delta->plan->piece;
    struct incoming_range gap;
    size_t i = first;
    if (!incoming_gap(in, piece[first].start, delta->plan->total_bytes, &gap))
        return first;
    while (i < delta->plan->len && delta->from[i] == FROM_COPY && piece[i].source != PLAN_SELF &&
           piece[i].start < gap.end && piece[i].end - piece[first].start <= BLOCK_BYTES &&
           !is_to_be_proven(delta, &piece[i]))
        i++;
    return i;
}

/* Reads pieces into the block, neighbours in a source at once; returns the index of what cannot be read. */
static size_t read_run(const struct delta *delta, size_t first, size_t end)
{
    const struct plan_piece *piece = delta->plan->piece;
    struct err ignored = {0};
    for (size_t i = first, next; i < end; i = next) {
        for (next = i + 1; next < end && piece[next].source == piece[i].source &&
                           piece[next].at - piece[i].at == piece[next].start - piece[i].start;)
            next++;
        if (!read_source(&delta->plan->source[piece[i].source], piece[i].at,
                         delta->block + (piece[i].start - piece[first].start),
                         piece[next - 1].end - piece[i].start, &ignored))
            return i;
    }
    return end;
}

/* Real pieces are small: many of them are put in by one call, unproven. */
static bool copy_run(struct delta *delta, size_t first, size_t end, struct incoming *in,
                     const struct log *log, uint64_t *copied, struct err *err)
{
    const struct plan_piece *piece = delta->plan->piece;
    size_t failed = read_run(delta, first, end);
    uint64_t bytes = failed > first ? piece[failed - 1].end - piece[first].start : 0;
    if (bytes && !incoming_write_at(in, piece[first].start, delta->block, (size_t)bytes, err))
        return false;
    *copied += bytes;
    if (failed < end)
        leave_to_origin(delta, &piece[failed], log);
    return true;
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
    uint64_t until = incoming_bytes(in) + QUANTUM_BYTES;
    read_ahead(delta, until + AHEAD_BYTES);
    while (incoming_bytes(in) < until && (piece = piece_to_copy(delta, in))) {
        size_t first = (size_t)(piece - delta->plan->piece), end = end_of_run(delta, in, first);
        if (!(end > first ? copy_run(delta, first, end, in, log, copied, err)
                          : copy_one(delta, piece, in, log, copied, err)))
            return false;
    }
    return true;
}

/* --- the whole is wrong --- */

enum delta_proof delta_prove_all(struct delta *delta, struct incoming *in, const struct log *log,
                                 bool *fetched, struct err *err)
{
    const struct fetch_plan *plan = delta->plan;
    enum delta_proof proof = DELTA_RIGHT;
    *fetched = false;
    if (!delta_prove_left_over(plan, in, err))
        return DELTA_ERROR;
    for (size_t i = 0; i < plan->len; i++) {
        if (is_present(&plan->piece[i], in))
            continue;
        proof = DELTA_WRONG;
        if (delta->from[i] == FROM_COPY) {
            leave_to_origin(delta, &plan->piece[i], log);
            continue;
        }
        *fetched = true;
        ask_again(delta, i);
    }
    return proof;
}

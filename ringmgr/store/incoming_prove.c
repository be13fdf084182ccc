#include "ringmgr/base/fs.h"
#include "ringmgr/store/incoming_private.h"

#include <errno.h>
#include <sys/stat.h>

struct proof {
    struct incoming *in;
    struct reader reader;
    struct digest_stream *stream;
    uint64_t file_bytes;
};

/* Brings the hash of the whole up to `at`, if what lies before is there. */
static bool catch_up(struct proof *proof, uint64_t at, struct err *err)
{
    struct running *running = &proof->in->running;
    if (running->ended || ranges_prefix(&proof->in->there) < at)
        return true;
    return running_read(running, &proof->reader, at, err);
}

/* Hashes one segment, and the whole along with it where that has come so far. */
static bool hash_segment(struct proof *proof, const struct incoming_segment *segment, struct digest *digest,
                         struct err *err)
{
    struct running *running = &proof->in->running;
    digest_stream_reset(proof->stream);
    for (uint64_t at = segment->start; at < segment->end;) {
        const uint8_t *bytes;
        size_t len = (size_t)(segment->end - at);
        if (!reader_at(&proof->reader, at, &bytes, &len, err))
            return false;
        digest_stream_add(proof->stream, bytes, len);
        if (!running->ended && running->bytes == at)
            running_add(running, bytes, len);
        at += len;
    }
    *digest = digest_stream_end(proof->stream);
    return true;
}

static bool prove_segment(struct proof *proof, const struct incoming_segment *segment, struct err *err)
{
    struct incoming *in = proof->in;
    struct incoming_range range = {segment->start, segment->end};
    struct digest digest;
    if (segment->end > proof->file_bytes || (!in->lost && !ranges_hold(&in->there, range)))
        return true;
    if (!catch_up(proof, segment->start, err) || !hash_segment(proof, segment, &digest, err))
        return err_prefix(err, "incoming");
    if (digest_equal(&digest, &segment->digest)) {
        ranges_add(&in->there, range);
        return true;
    }
    if (in->running.bytes > segment->start)
        running_reset(&in->running); /* bytes that are not there are in it */
    return in->lost || incoming_forget(in, range, err);
}

static bool prove_all(struct proof *proof, const struct incoming_segment *segment, size_t len,
                      struct err *err)
{
    uint64_t before = 0;
    for (size_t i = 0; i < len; before = segment[i++].end) {
        if (segment[i].start < before || segment[i].start >= segment[i].end)
            return err_set(err, ERR_FAILED, "incoming/%s: segment %zu is out of order", proof->in->part, i);
        if (!prove_segment(proof, &segment[i], err))
            return false;
    }
    return true;
}

bool incoming_prove(struct incoming *in, const struct incoming_segment *segment, size_t len, struct err *err)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return err_set_errno(err, errno, "stat incoming/%s", in->part);
    struct proof proof = {.in = in,
                          .reader = reader_new(in->fd, in->part, 0, (uint64_t)st.st_size, true),
                          .stream = digest_stream_new(),
                          .file_bytes = (uint64_t)st.st_size};
    bool done = prove_all(&proof, segment, len, err);
    digest_stream_free(proof.stream);
    reader_clear(&proof.reader);
    if (!done || !in->lost)
        return done;
    in->lost = false;
    return have_begin(&in->have, &in->there, in->total, err);
}

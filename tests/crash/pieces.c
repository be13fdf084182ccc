/*
 * pieces STORE write|check: an incoming part that is filled out of order, for pieces.bats, which makes every
 * change to a file fail in turn.
 *
 *   write   fills it by a fixed plan of early, overlapping, forgotten and proven pieces and commits it
 *   check   opens what that has left: each byte that is said to be there is right; then fills the gaps,
 * commits, and the object is right and alone
 *
 * Exit status: 0 done, 1 something said no (that is allowed to `write`), 3 something was believed that is not
 * so.
 */
#include "ringmgr/base/fs.h"
#include "ringmgr/store/incoming.h"

#include <stdio.h>
#include <string.h>

enum { BYTES = 40000, SEGMENT_BYTES = 5000, SEGMENTS = BYTES / SEGMENT_BYTES };

/* No byte is 0, which is what a hole reads as. */
static void make_content(uint8_t content[BYTES])
{
    uint32_t seed = 6;
    for (size_t i = 0; i < BYTES; i++) {
        seed = seed * 1664525 + 1013904223;
        content[i] = (uint8_t)(seed >> 24) | 1;
    }
}

static bool put(struct incoming *in, const uint8_t *content, uint64_t start, uint64_t end, struct err *err)
{
    return incoming_write_at(in, start, content + start, (size_t)(end - start), err);
}

static bool prove(struct incoming *in, const uint8_t *content, struct err *err)
{
    struct incoming_segment segment[SEGMENTS];
    for (uint64_t i = 0; i < SEGMENTS; i++)
        segment[i] = (struct incoming_segment){i * SEGMENT_BYTES, (i + 1) * SEGMENT_BYTES,
                                               digest_of(content + i * SEGMENT_BYTES, (size_t)SEGMENT_BYTES)};
    return incoming_prove(in, segment, SEGMENTS, err);
}

static bool fill(struct incoming *in, const uint8_t *content, struct err *err)
{
    struct incoming_range gap;
    while (incoming_gap(in, 0, BYTES, &gap))
        if (!put(in, content, gap.start, gap.end, err))
            return false;
    return true;
}

/* The plan; it ends with a part that has no gaps. */
static bool follow_plan(struct incoming *in, const uint8_t *content, struct err *err)
{
    static const uint8_t wrong[SEGMENT_BYTES];
    return incoming_set_validator(in, "\"v1\"", err) && incoming_reserve(in, BYTES, err) &&
           put(in, content, 0, 3000, err) && put(in, content, 12000, 16000, err) &&
           put(in, content, 30000, 31000, err) && put(in, content, 2000, 6000, err) &&
           incoming_write_at(in, 20000, wrong, sizeof wrong, err) &&
           incoming_forget(in, (struct incoming_range){13000, 14000}, err) && prove(in, content, err) &&
           put(in, content, 6000, 15000, err) && fill(in, content, err);
}

static int complain(const struct err *err, int status)
{
    fprintf(stderr, "pieces: %s\n", err->msg);
    return status;
}

static int write_part(struct store *store, const uint8_t *content, struct err *err)
{
    struct incoming *in;
    struct digest digest;
    if (!incoming_open(store, "key", &in, err))
        return complain(err, 1);
    if (!follow_plan(in, content, err)) {
        incoming_close(in);
        return complain(err, 1);
    }
    return incoming_commit(in, &digest, err) ? 0 : complain(err, 1);
}

/* Is every byte right that is said to be there? The plan writes one piece of zeros, which nobody has proven
 * yet. */
static bool is_true(struct incoming *in, const uint8_t *content, struct err *err)
{
    for (uint64_t at = 0; at < BYTES; at++) {
        struct incoming_range gap = {BYTES, BYTES};
        uint8_t byte;
        (void)incoming_gap(in, at, BYTES, &gap);
        if (gap.start <= at) {
            at = gap.end - 1;
            continue;
        }
        if (!incoming_read_at(in, at, &byte, 1, err))
            return false;
        bool piece_of_zeros = byte == 0 && at >= 20000 && at < 20000 + SEGMENT_BYTES;
        if (byte != content[at] && !piece_of_zeros)
            return err_set(err, ERR_FAILED, "the byte at %zu is not there", (size_t)at);
    }
    return true;
}

static int check_part(struct store *store, const uint8_t *content, struct err *err)
{
    struct incoming *in;
    AUTO_STRV left = {0};
    struct digest digest, right = digest_of(content, BYTES);
    if (!incoming_open(store, "key", &in, err))
        return complain(err, 3);
    if (!is_true(in, content, err) || !incoming_reserve(in, BYTES, err) || !prove(in, content, err) ||
        !fill(in, content, err)) {
        incoming_close(in);
        return complain(err, 3);
    }
    if (!incoming_commit(in, &digest, err) || !store_check_object(store, &right, err))
        return complain(err, 3);
    return digest_equal(&digest, &right) ? 0 : 3;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct store *store;
    static uint8_t content[BYTES];
    if (argc != 3) {
        fputs("usage: pieces STORE write|check\n", stderr);
        return 2;
    }
    make_content(content);
    if (!store_open(argv[1], false, &store, &err))
        return complain(&err, 1);
    int status =
        strcmp(argv[2], "write") == 0 ? write_part(store, content, &err) : check_part(store, content, &err);
    store_close(store);
    return status;
}

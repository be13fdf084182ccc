/*
 * Incoming: quarantine for bytes on their way. A part file is found again after a kill by its key, filled in
 * any order, hashed as its beginning grows, written without filling the page cache, and becomes an object by
 * incoming_commit() alone. Handles of different keys may be used by different threads.
 */
#ifndef RINGMGR_STORE_INCOMING_H
#define RINGMGR_STORE_INCOMING_H

#include "ringmgr/store/objects.h"

struct incoming;

/* Bytes from `start` to before `end`. */
struct incoming_range {
    uint64_t start;
    uint64_t end;
};

/* What the bytes of a range are known to be. */
struct incoming_segment {
    uint64_t start;
    uint64_t end;
    struct digest digest;
};

/*
 * Opens the part file of `key` (any text without '/' or NUL, at most LIMIT_NAME_BYTES - 10 bytes), new or
 * left over by an earlier run: what was written then is still there, also where it lay behind gaps. It is
 * read and hashed again (OpenSSL cannot export a hash's state) when the digest is asked, or bit by bit while
 * more is written. One handle a key at a time (the caller holds the `upstream` lock). The caller ends it by
 * incoming_commit(), incoming_abort() or incoming_close().
 */
bool incoming_open(struct store *store, const char *key, struct incoming **in, struct err *err) MUST_CHECK;

/* Whether an earlier run has left a part of that key. Changes nothing. */
bool incoming_is_left(const struct store *store, const char *key);

/*
 * NULL, or what was found where the part and its notes belong and was put aside (aside.h): a folder, a link,
 * a file with a second name. The part begins anew then. Lives as long as `in`.
 */
const char *incoming_remark(const struct incoming *in);

/*
 * The frontier: every byte before it is there. It leaps over bytes that came early as soon as the gap before
 * them is filled.
 */
uint64_t incoming_bytes(const struct incoming *in);
/* Bytes that are there, before and behind the frontier. */
uint64_t incoming_present_bytes(const struct incoming *in);
/*
 * The first range at or behind `from` that is not there, in a file of `total` bytes. False if all of it is.
 */
bool incoming_gap(const struct incoming *in, uint64_t from, uint64_t total, struct incoming_range *gap);

/*
 * Disk space in bytes that the part holds already (st_blocks), reserved or written, by this run or an earlier
 * one: free space lacks it, so whoever asks whether there is room must not count it a second time. Rounded up
 * to the file system's blocks; 0 where the file system does not say.
 */
uint64_t incoming_allocated_bytes(const struct incoming *in);

/*
 * The validator (an ETag or date for If-Range) that was kept with these bytes by an earlier run or by
 * incoming_set_validator(); NULL if none.
 */
const char *incoming_validator(const struct incoming *in);
/* Keeps the validator beside the part file; NULL forgets it. Not durable: it only saves traffic. */
bool incoming_set_validator(struct incoming *in, const char *validator, struct err *err) MUST_CHECK;

/*
 * Says how large the file will be, `total` bytes, and reserves disk blocks for it. ERR_NO_SPACE, with the
 * missing amount in the message. Bytes that lie behind a gap and came when another total was said are of
 * another file and are forgotten.
 */
bool incoming_reserve(struct incoming *in, uint64_t total, struct err *err) MUST_CHECK;

/*
 * Appends, for whoever writes from the beginning to the end: ERR_FAILED while bytes lie behind a gap. The
 * bytes are with the kernel on return, so a kill loses none of them. After an error the part may be shorter
 * than was asked; its handle can only be aborted or closed.
 */
bool incoming_write(struct incoming *in, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/*
 * Writes at any place; what lies before the frontier is there and is skipped, what came early is written
 * over. At the frontier this is incoming_write(). Behind it the bytes are noted, so a kill loses none of
 * them, and are read back when the frontier comes by: each call reads at most a few MiB of what it owes, so
 * that a thread with connections to serve is never stopped for long. ERR_FAILED beyond the `total` that was
 * reserved, or behind a gap before incoming_reserve(). State after an error as with incoming_write().
 */
bool incoming_write_at(struct incoming *in, uint64_t at, const void *bytes, size_t len,
                       struct err *err) MUST_CHECK;

/* Reads bytes that are there. ERR_FAILED if one of them is not. */
bool incoming_read_at(struct incoming *in, uint64_t at, void *bytes, size_t len, struct err *err) MUST_CHECK;

/*
 * A descriptor of the part for reading only, which the caller closes; it outlives `in` and its commit. Which
 * of the bytes are there only `in` knows. -1 and `err` on failure.
 */
int incoming_reader(const struct incoming *in, struct err *err) MUST_CHECK;

/* Gives up bytes that turned out wrong: they are a gap again. At most the frontier goes back to `start`. */
bool incoming_forget(struct incoming *in, struct incoming_range range, struct err *err) MUST_CHECK;

/*
 * Reads and hashes up to `limit_bytes` of what lies before the frontier and is not hashed yet.
 * incoming_unhashed_bytes() says how much that is.
 */
bool incoming_absorb(struct incoming *in, uint64_t limit_bytes, struct err *err) MUST_CHECK;
uint64_t incoming_unhashed_bytes(const struct incoming *in);

/*
 * Proves what an earlier run left, by `len` segments that are sorted and do not overlap. A segment that is
 * on disk and right is there from now on, whether or not it was noted; one that is wrong is forgotten;
 * bytes of segments that are there in part only, and of none, stay as they are, unproven. The hash of the
 * whole is fed at the same pass. ERR_FAILED if the disk cannot be read.
 */
bool incoming_prove(struct incoming *in, const struct incoming_segment *segment, size_t len,
                    struct err *err) MUST_CHECK;

/* Throws away all bytes and the validator, to start from 0. */
bool incoming_restart(struct incoming *in, struct err *err) MUST_CHECK;

/*
 * Digest of the bytes before the frontier, without ending anything. Asked at the end of a part that was
 * written in order it is free; a write after it reads and hashes the part again (OpenSSL cannot look into a
 * running hash). All zeros, which no file has, where the disk cannot be read: incoming_absorb() says why.
 */
struct digest incoming_digest(struct incoming *in);

/*
 * Maps all bytes before the frontier for reading, to prove them before the commit; *len gets their number.
 * Valid until the next call that changes or ends `in`. NULL and `err` on failure.
 */
const void *incoming_map(struct incoming *in, size_t *len, struct err *err) MUST_CHECK;

/*
 * Names the bytes in the store: 0444, fsync, rename into objects/, fsync of both folders. Their digest goes
 * to *digest. The caller has proven them. ERR_FAILED if the part has gaps. If the object is already there
 * with the same size it stays and the part is removed; one of another size cannot be what its name says and
 * is evicted (objects.h) first. Ends `in` in every case; after an error the part file is still there, cut
 * back to what is known to be on disk if that was the error.
 */
bool incoming_commit(struct incoming *in, struct digest *digest, struct err *err) MUST_CHECK;

/* Removes the part file and what lies beside it, and ends `in`. */
void incoming_abort(struct incoming *in);
/* Keeps the part file for a later incoming_open(), and ends `in`. */
void incoming_close(struct incoming *in);

/*
 * Removes all part files, with what lies beside them, whose key does not begin with one of the prefixes in
 * `keep` (NULL-terminated). Evicted objects go the same way: "bad-" as a prefix keeps them. No handle may be
 * open on what is removed.
 */
bool incoming_sweep(struct store *store, const char *const *keep, struct err *err) MUST_CHECK;

#endif

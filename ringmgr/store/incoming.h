/*
 * Incoming: quarantine for bytes on their way. A part file is found again after a kill by its key, hashed as
 * it grows, written without filling the page cache, and becomes an object by incoming_commit() alone. Handles
 * of different keys may be used by different threads.
 */
#ifndef RINGMGR_STORE_INCOMING_H
#define RINGMGR_STORE_INCOMING_H

#include "ringmgr/store/objects.h"

struct incoming;

/*
 * Opens the part file of `key` (any text without '/' or NUL, at most LIMIT_NAME_BYTES - 10 bytes), new or
 * left over by an earlier run: then its bytes are read and hashed again (OpenSSL cannot export a hash's
 * state), and incoming_bytes() says how many there are. One handle a key at a time (the caller holds the
 * `upstream` lock). The caller ends it by incoming_commit(), incoming_abort() or incoming_close().
 */
bool incoming_open(struct store *store, const char *key, struct incoming **in, struct err *err) MUST_CHECK;

/* Bytes that are there: the offset at which the next write goes. */
uint64_t incoming_bytes(const struct incoming *in);

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

/* Reserves disk blocks for `total` bytes in all. ERR_NO_SPACE, with the missing amount in the message. */
bool incoming_reserve(struct incoming *in, uint64_t total, struct err *err) MUST_CHECK;

/*
 * Appends; the bytes are with the kernel on return, so a kill loses none of them. After an error the part may
 * be shorter than was asked; its handle can only be aborted or closed.
 */
bool incoming_write(struct incoming *in, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* Throws away all bytes and the validator, to start from 0. */
bool incoming_restart(struct incoming *in, struct err *err) MUST_CHECK;

/*
 * Digest of the bytes so far, without ending anything. Asked at the end it is free; a write after it reads
 * and hashes the part again (OpenSSL cannot look into a running hash).
 */
struct digest incoming_digest(const struct incoming *in);

/*
 * Maps all bytes for reading, to prove them before the commit; *len gets their number. Valid until the next
 * call that changes or ends `in`. NULL and `err` on failure.
 */
const void *incoming_map(struct incoming *in, size_t *len, struct err *err) MUST_CHECK;

/*
 * Names the bytes in the store: 0444, fsync, rename into objects/, fsync of both folders. Their digest goes
 * to *digest. The caller has proven them. If the object is already there with the same size it stays and the
 * part is removed; one of another size cannot be what its name says and is evicted (objects.h) first. Ends
 * `in` in every case; after an error the part file is still there, cut back to what is known to be on disk if
 * that was the error.
 */
bool incoming_commit(struct incoming *in, struct digest *digest, struct err *err) MUST_CHECK;

/* Removes the part file and its validator, and ends `in`. */
void incoming_abort(struct incoming *in);
/* Keeps the part file for a later incoming_open(), and ends `in`. */
void incoming_close(struct incoming *in);

/*
 * Removes all part files, with their validators, whose key does not begin with one of the prefixes in `keep`
 * (NULL-terminated). Evicted objects go the same way: "bad-" as a prefix keeps them. No handle may be open on
 * what is removed.
 */
bool incoming_sweep(struct store *store, const char *const *keep, struct err *err) MUST_CHECK;

#endif

/*
 * The store: one file an object, named by its SHA-256, mode 0444. Only proven bytes get a name here (see
 * incoming.h), a named object is never written again, and shares hold hard links to it.
 *
 *   <store>/objects/ab/abcdef…      <store>/incoming/<key>.part, <key>.valid, bad-<digest>
 */
#ifndef RINGMGR_STORE_OBJECTS_H
#define RINGMGR_STORE_OBJECTS_H

#include "ringmgr/base/digest.h"

struct store;

/* How a share gets an object: `link =` of a ring. */
enum link_mode { LINK_HARD, LINK_REFLINK, LINK_COPY };

/*
 * Opens the store at an existing folder; makes its sub-folders. The caller closes it with store_close(). A
 * store opened with `readonly` makes and changes nothing; where it has no objects/ yet, it has no objects.
 */
bool store_open(const char *path, bool readonly, struct store **store, struct err *err) MUST_CHECK;
void store_close(struct store *store);
/* For AUTO. */
void store_auto_close(struct store **store);

/* The folder's descriptor, for asking about space; stays the store's. */
int store_dir(const struct store *store);

/* True if the object is there; *bytes gets its size unless NULL. */
bool store_has(const struct store *store, const struct digest *digest, uint64_t *bytes);
/* Makes the name of an object that is there durable: it may be what a run has left that was killed before its
 * fsync. To be called before anything is written down that names the object. */
bool store_settle(const struct store *store, const struct digest *digest, struct err *err) MUST_CHECK;
/* *has: it is there, with that size. False where the system cannot say (EIO, EMFILE, EACCES …):
 * for who would decide on its absence. */
bool store_has_bytes(const struct store *store, const struct digest *digest, uint64_t bytes, bool *has,
                     struct err *err) MUST_CHECK;

/* Opens an object for reading: a descriptor that the caller closes, or -1 and `err`. */
int store_open_object(const struct store *store, const struct digest *digest, struct err *err) MUST_CHECK;

/*
 * Gives `name` in folder `dir` the object's content: a hard link, a reflink or a copy. A reflink or copy is
 * 0444 and durable (fsync) itself; the folder's fsync is the caller's. EMLINK of a hard link makes a fresh
 * copy, every other failure is an error (EXDEV and EPERM name what to configure); `name` must not exist
 * (ERR_FAILED, sys EEXIST). Reflinks and copies are read and hashed on the way: ERR_NOT_GENUINE, naming the
 * object, if its bytes are not its name. After an error nothing new has the name.
 */
bool store_place(const struct store *store, const struct digest *digest, enum link_mode mode, int dir,
                 const char *name, struct err *err) MUST_CHECK;

/* True if the open file `fd` is the very inode of the object (a hard link to it). */
bool store_is_object(const struct store *store, const struct digest *digest, int fd);

/* Reads the object again and compares. ERR_NOT_GENUINE, naming the object, if its bytes are not its name. */
bool store_check_object(const struct store *store, const struct digest *digest, struct err *err) MUST_CHECK;

/*
 * Moves an object whose bytes have been found wrong to incoming/bad-<digest>, so that it can be fetched
 * again. Durable. Missing is fine.
 */
bool store_evict(struct store *store, const struct digest *digest, struct err *err) MUST_CHECK;

/*
 * Opens an object that was put aside, for reading: most of its bytes are still right, but each of them must
 * be proven anew. A descriptor that the caller closes, or -1 if there is none.
 */
int store_open_evicted(const struct store *store, const struct digest *digest);

/*
 * Removes an object that nothing needs any more. Durable. Missing is fine. *freed_bytes gets its size if this
 * was its last name, else 0: shares that still show it as a hard link keep it. Whoever has the file open
 * keeps its space until it is closed. The caller makes sure that nobody links or adds objects meanwhile.
 */
bool store_remove(struct store *store, const struct digest *digest, uint64_t *freed_bytes,
                  struct err *err) MUST_CHECK;

/*
 * Lists the objects whose digest begins with the byte `first`, sorted. Names that are no digest, or stand in
 * another digest's folder, are passed over. The caller frees *objects.
 */
bool store_list(const struct store *store, uint8_t first, struct digest **objects, size_t *len,
                struct err *err) MUST_CHECK;

/*
 * Makes an object that the store has lost from a file below `dir` that still has its bytes, which are read
 * and hashed first: a hard link to it, or a copy where it is not 0444, not the service's or on another file
 * system. Durable. *taken is false if the bytes are others or cannot be read, and after an error. One that is
 * there by that name and of that size stays as it is: what is damaged is put aside first.
 */
bool store_take_back(struct store *store, const struct digest *digest, int dir, const char *path, bool *taken,
                     struct err *err) MUST_CHECK;

#endif

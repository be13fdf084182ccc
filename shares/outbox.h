/*
 * The outbox: what is about to be sent to sites, as the tree that it shall be there, and made of hard links
 * to objects, so that a transfer of hours needs no lock of the store: garbage collection may remove an
 * object's name meanwhile, but not its bytes. Pointers are copies, for they get times of their own.
 *
 *   <store>/outbox/<id>/rings/<ring>/Office/Data/<build>/…    <store>/outbox/<id>/sites/<site>/<ring>/v64.cab
 *   <store>/outbox/<id>/empty/                                <store>/outbox/<id>/look/<site>/<ring>/
 */
#ifndef SHARES_OUTBOX_H
#define SHARES_OUTBOX_H

#include "shares/tree.h"

struct outbox;

/*
 * Makes <store>/outbox/<id>/, which must not exist; `id` is one name. `store_path` is the absolute path of
 * `store`. outbox_close() removes it. NULL and `err`.
 */
struct outbox *outbox_make(const struct store *store, const char *store_path, const char *id,
                           struct err *err) MUST_CHECK;
/* Removes what is in there, as far as it can, and frees. NULL is fine. */
void outbox_close(struct outbox *outbox);
/* For AUTO. */
void outbox_auto_close(struct outbox **outbox);

/*
 * Adds the files of one build (descriptors too) to a ring's tree in there, as hard links; what is there
 * already stays. The caller holds the store's lock, shared. ERR_FAILED, sys ENOENT, if the store has lost an
 * object. Nothing is read: outbox_prove() does.
 */
bool outbox_add(struct outbox *outbox, const char *ring, const struct share_file *file, size_t files,
                struct err *err) MUST_CHECK;

/*
 * Reads each file of that list by content, once in the life of the outbox: an object that many builds or
 * rings name is not read again. ERR_NOT_GENUINE, naming the file, if its bytes are not its digest's or it is
 * not there; its link is then gone, and outbox_add() brings what the store has by then. Needed before a
 * comparison with these files proves anything. `pace` as in digest.h.
 */
bool outbox_prove(struct outbox *outbox, const char *ring, const struct share_file *file, size_t files,
                  digest_pace *pace, void *context, struct err *err) MUST_CHECK;

/*
 * A copy of a descriptor as the pointer of one architecture, for one site, with that time; one that is there
 * is replaced. ERR_NOT_GENUINE if the object's bytes are not its digest's. The caller holds the store's lock,
 * shared.
 */
bool outbox_pointer(struct outbox *outbox, const char *site, const char *ring, enum architecture architecture,
                    const struct digest *descriptor, int64_t mtime_unix, struct err *err) MUST_CHECK;

/* Absolute paths of folders in there, for an errand. The caller frees them. */
char *outbox_rings_path(const struct outbox *outbox);
char *outbox_data_path(const struct outbox *outbox, const char *ring);
char *outbox_pointer_path(const struct outbox *outbox, const char *site, const char *ring);
char *outbox_empty_path(const struct outbox *outbox);

/* An empty folder for what is fetched from a site, 0700: what was in there is gone. The caller frees the
 * path; NULL and `err`. */
char *outbox_scratch(struct outbox *outbox, const char *site, const char *ring, struct err *err) MUST_CHECK;

/*
 * Reads a pointer that was fetched into that folder. *present is false if there is none. ERR_NOT_GENUINE if
 * it is no regular file or longer than a pointer can be. `bytes` is empty before.
 */
bool outbox_fetched(const struct outbox *outbox, const char *site, const char *ring,
                    enum architecture architecture, bool *present, struct buf *bytes, int64_t *mtime_unix,
                    struct err *err) MUST_CHECK;

/* Removes every outbox of the store: what killed runs have left. The caller keeps others from having one. */
bool outbox_sweep(const struct store *store, struct err *err) MUST_CHECK;

#endif

/*
 * Proof of single files of a build: is it genuine, and is it the one that its name says? Used on bytes in
 * quarantine, before they get a name in the store.
 */
#ifndef RINGMGR_OPS_PROVE_H
#define RINGMGR_OPS_PROVE_H

#include "ringmgr/c2r/authenticode.h"
#include "ringmgr/c2r/filelist.h"
#include "ringmgr/c2r/stream.h"

/*
 * Proves a file that carries its own signature (FILE_DESCRIPTOR, FILE_CABINET, FILE_STREAM_CAB,
 * FILE_CABINET_CAT). ERR_NOT_GENUINE naming file->path and what is wrong.
 */
bool prove_signed(const struct trust *trust, const struct channel *channel, const struct build *build,
                  const struct build_file *file, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* What a stream cabinet says of one file that it proves. */
struct promise {
    struct digest digest;
    uint64_t bytes;          /* 0: the segment table is unusable, the size unknown */
    char table_problem[256]; /* why the table is unusable; "" if it tiles */
};

/*
 * Reads from a proven FILE_STREAM_CAB what `file` (a FILE_STREAM or FILE_STREAM_CAT of that cabinet) must be.
 * The segment table of a stream goes to *table unless that is NULL; it is empty where it is unusable and for
 * other files. segment_table_clear() frees. ERR_NOT_GENUINE if the member is missing or malformed.
 */
bool prove_read_promise(const struct build_file *file, const void *cab, size_t len, struct promise *promise,
                        struct segment_table *table, struct err *err) MUST_CHECK;

/* The most bytes that a file of this kind may have where nothing proven says how many (limits.h). */
uint64_t prove_limit_bytes(enum file_kind kind);

#endif

/* The digest of a part's first bytes, while there are more to come. */
#ifndef RINGMGR_STORE_INCOMING_RUNNING_H
#define RINGMGR_STORE_INCOMING_RUNNING_H

#include "ringmgr/base/digest.h"
#include "ringmgr/store/incoming_reader.h"

/* OpenSSL can end a computation but not look into it, nor go back. */
struct running {
    struct digest_stream *stream;
    uint64_t bytes; /* hashed so far */
    bool ended;
    struct digest digest; /* once ended */
};

/* A digest of no bytes; running_clear() frees it. */
void running_init(struct running *running);
void running_clear(struct running *running);
/* Back to 0 bytes. */
void running_reset(struct running *running);
/* Hashes the next bytes, from memory. After running_end() the next call must be running_reset(). */
void running_add(struct running *running, const void *bytes, size_t len);
/* Hashes the next bytes, up to the one before `end`, from the disk. */
bool running_read(struct running *running, struct reader *reader, uint64_t end, struct err *err) MUST_CHECK;
/* The digest of the bytes so far; asking again is free. */
struct digest running_end(struct running *running);

#endif

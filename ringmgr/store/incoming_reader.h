/* Reads bytes of a part from front to back, a block at a time. */
#ifndef RINGMGR_STORE_INCOMING_READER_H
#define RINGMGR_STORE_INCOMING_READER_H

#include "ringmgr/base/err.h"

#include <stddef.h>
#include <stdint.h>

struct reader {
    int fd;
    const char *name; /* below incoming/, for messages; neither is owned */
    uint8_t *block;
    uint64_t start; /* of what is in the block */
    size_t len;
    uint64_t until; /* nothing is read from here on */
    bool drops;     /* what has been read leaves the page cache; it is on disk */
    uint64_t dropped;
};

#define AUTO_READER                                                                                          \
    AUTO(reader_clear)                                                                                       \
    struct reader

/* A reader of the bytes from `from` to before `until`. */
struct reader reader_new(int fd, const char *name, uint64_t from, uint64_t until, bool drops);
void reader_clear(struct reader *reader);

/*
 * The bytes at `at`: *bytes points to at least one and at most *len of them, which gets their number; valid
 * until the next call. Places must not go down. ERR_FAILED if the disk does not give them or the file ends
 * before.
 */
bool reader_at(struct reader *reader, uint64_t at, const uint8_t **bytes, size_t *len,
               struct err *err) MUST_CHECK;

#endif

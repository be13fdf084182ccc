/*
 * Writes past the page cache. What comes in order is never read back, and a page of the cache costs more than
 * the bytes in it: of a build of 3.7 GB a fifth of the processor's time is saved, if the blocks are large.
 */
#ifndef RINGMGR_STORE_INCOMING_DIRECT_H
#define RINGMGR_STORE_INCOMING_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct direct {
    int fd;      /* -1: none yet */
    bool unable; /* the file system cannot do it */
};

/* Closes the file; another write opens it again. */
void direct_clear(struct direct *direct);

/*
 * Writes bytes of the file `name` in folder `dir` to the disk, if there are enough of them and place, length
 * and memory are aligned to 4096 bytes. The number of bytes written, from the first on; 0 if none. The rest
 * is to be written in the ordinary way, which also says what is wrong where something is.
 */
size_t direct_write(struct direct *direct, int dir, const char *name, uint64_t at, const void *bytes,
                    size_t len);

#endif

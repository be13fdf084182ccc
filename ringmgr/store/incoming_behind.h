/*
 * Write-out behind the writer. Fresh page-cache pages for gigabytes cost more than hashing them. A window
 * that is full is handed to the disk, the one before it is waited for and dropped from the cache: two windows
 * of dirty pages a file, whatever its size. Waiting also slows the network down to what the disk can take.
 */
#ifndef RINGMGR_STORE_INCOMING_BEHIND_H
#define RINGMGR_STORE_INCOMING_BEHIND_H

#include <stdbool.h>
#include <stdint.h>

struct behind {
    int fd;           /* not owned */
    uint64_t begun;   /* write-out of everything before has begun */
    uint64_t settled; /* everything before is on disk, as far as the kernel says */
    bool unable;      /* the file system cannot do it */
};

/*
 * Everything before `end` is written and will not be read again. 0, or the errno value of a write-back that
 * failed: whatever lies behind `settled` may be lost then.
 */
int behind_follow(struct behind *behind, uint64_t end);

/*
 * Bytes from `from` to `end`, behind a gap, are written and will be read again. Where they fill a window it
 * is handed to the disk; with `far` the one before it is waited for and dropped, too, so that it does not
 * matter how much comes early. Result as with behind_follow().
 */
int behind_early(struct behind *behind, uint64_t from, uint64_t end, bool far);

/* Bytes from `end` on are gone, or will be written anew. */
void behind_back(struct behind *behind, uint64_t end);

#endif

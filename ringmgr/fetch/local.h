/* Private to fetch: what a server would say about a file of this machine (file://). */
#ifndef RINGMGR_FETCH_LOCAL_H
#define RINGMGR_FETCH_LOCAL_H

#include "ringmgr/fetch/head.h"

struct local {
    struct head head; /* its texts are in here */
    char etag[80];    /* changes with the inode and its change time */
};

/*
 * libcurl tells a missing file from a forbidden one as little as an empty file from a folder, so it is looked
 * at before. A file that is not there is an answer (404), an offset at its end or beyond one, too (416); with
 * an `if_range` that no longer fits *offset and *end become 0, the whole file. *end 0: to its end. Returns 0,
 * or the errno value of what cannot be read.
 */
int local_look(const char *path, const char *if_range, uint64_t *offset, uint64_t *end, struct local *local);

#endif

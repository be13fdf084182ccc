/* What the files of incoming share and nobody else sees. */
#ifndef RINGMGR_STORE_INCOMING_PRIVATE_H
#define RINGMGR_STORE_INCOMING_PRIVATE_H

#include "ringmgr/store/incoming_behind.h"
#include "ringmgr/store/incoming_have.h"
#include "ringmgr/store/incoming_running.h"
#include "ringmgr/store/layout.h"

struct incoming {
    struct store *store;
    char *part; /* file names below incoming/ */
    char *side;
    int fd;
    uint64_t total;         /* of the whole file; 0: nobody has said */
    struct ranges there;    /* which bytes are */
    struct have have;       /* the same on disk, once they came out of order */
    bool lost;              /* useless notes: the file may have bytes, but nobody knows which */
    struct running running; /* over what is there from 0 on; may trail behind it */
    struct behind behind;   /* trails behind that */
    char *validator;
    char *remark; /* what had to be put aside for it */
    void *map;
    size_t map_len;
};

#endif

/* Private to fetch: one file of a transfer, from request to request until its outcome stands. No threads. */
#ifndef RINGMGR_FETCH_DOWNLOAD_H
#define RINGMGR_FETCH_DOWNLOAD_H

#include "ringmgr/fetch/session.h"
#include "ringmgr/fetch/transfer.h"

#include <stdatomic.h>

/* Why a callback ended an exchange. */
enum stop { STOP_NONE, STOP_WRONG_SIZE, STOP_WRONG_RANGE, STOP_ERROR };

enum download_state {
    DOWNLOAD_ASKS,  /* start download->exchange, then download_continue() */
    DOWNLOAD_WAITS, /* until download->due_ms, then download_begin() */
    DOWNLOAD_OVER,  /* download->transfer has its result */
};

struct download {
    struct http *http;
    struct transfer *transfer;
    struct exchange exchange;
    atomic_uint_fast64_t have_bytes; /* for other threads */
    uint64_t total;                  /* of the whole file, as the answer says, or LENGTH_UNKNOWN */
    uint64_t wrong_total;            /* with STOP_WRONG_SIZE */
    uint64_t peak;                   /* bytes that were there when attempts were last counted from 0 */
    unsigned tried;                  /* attempts that failed since */
    unsigned wrong;                  /* whole files that were not what is expected */
    enum stop stop;
    int64_t due_ms;
    int64_t begun_ms;
};

/* Begins with nothing known but what the transfer says; clears the transfer's outcome. */
void download_init(struct download *download, struct http *http, struct transfer *transfer);
/* Looks at what is there and says what to do first, or after a wait. */
enum download_state download_begin(struct download *download);
/* After download->exchange has come out of the pool. */
enum download_state download_continue(struct download *download);
/* Gives up for a reason from elsewhere. Its exchange must not be running. */
void download_give_up(struct download *download, const struct err *why);

#endif

/* Private to fetch: one file of a transfer, from request to request until its outcome stands. No threads. */
#ifndef RINGMGR_FETCH_DOWNLOAD_H
#define RINGMGR_FETCH_DOWNLOAD_H

#include "ringmgr/fetch/lane.h"

enum {
    DOWNLOAD_LANES = 32,
    /* A file of which less is missing is not worth a second connection. */
    DOWNLOAD_SPLIT_BYTES = 2 << 20,
};

enum download_state {
    DOWNLOAD_RUNS,  /* requests are in the pool: download_continue() when one is out; or it copies */
    DOWNLOAD_WAITS, /* until download->due_ms, then download_begin() */
    DOWNLOAD_OVER,  /* the transfer has its result, no request is in the pool */
};

struct download {
    struct target target;
    struct pool *pool;
    struct lane *lane[DOWNLOAD_LANES]; /* made when needed */
    unsigned lanes_most;               /* so many side by side: fewer after trouble */
    bool divided;                      /* among several requests, once */
    uint64_t peak;                     /* bytes that were there when attempts were last counted from 0 */
    unsigned tried;                    /* attempts that failed since */
    unsigned wrong;                    /* whole files that were not what is expected */
    uint32_t excluded;                 /* mirrors that lack the file, or have another one */
    int64_t due_ms;
    int64_t begun_ms;
};

/* Begins with nothing known but what the transfer says; clears the transfer's outcome. */
void download_init(struct download *download, struct http *http, struct transfer *transfer);
/* Frees what it holds; what it has counted stays. Nothing of it may be in a pool. */
void download_clear(struct download *download);

/* Looks at what is there and asks for the rest, at first or after a wait, by requests in this pool. */
enum download_state download_begin(struct download *download, struct pool *pool);
/* True if the exchange is one of its own. */
bool download_owns(const struct download *download, const struct exchange *exchange);
/* After one of its exchanges has come out of the pool. */
enum download_state download_continue(struct download *download, struct exchange *exchange);
/* True if something at hand can be put in now. */
bool download_can_copy(const struct download *download);
/* Puts some of it in. */
enum download_state download_copy(struct download *download);
/* Gives up for a reason from elsewhere; NULL: the time is over (TRANSFER_STOPPED). Drops what runs. */
void download_give_up(struct download *download, const struct err *why);

/* True if further requests may be of use, perhaps soon. */
bool download_may_divide(const struct download *download);
/* Bytes that are missing, if further requests beside those that run may be of use; else 0. */
uint64_t download_divisible_bytes(const struct download *download);
/* Sends one more request for a part of the rest. False if there is nothing to ask for. */
bool download_divide(struct download *download);
/* True if every request has brought something. */
bool download_all_speak(const struct download *download);
/* Looks at how fast each request is; to be called with the microseconds since the last call. */
void download_look_at_rates(struct download *download, int64_t us);

#endif

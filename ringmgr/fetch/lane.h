/*
 * Private to fetch: one request for a file and the range that it has claimed. Several lanes fill one target
 * side by side; all belong to one thread.
 */
#ifndef RINGMGR_FETCH_LANE_H
#define RINGMGR_FETCH_LANE_H

#include "ringmgr/fetch/multipart.h"
#include "ringmgr/fetch/pace.h"
#include "ringmgr/fetch/target.h"

/* Why a lane ended its exchange. */
enum stop {
    STOP_NONE,
    STOP_END,         /* it came to where others go on */
    STOP_WRONG_SIZE,  /* see target->wrong_total */
    STOP_WRONG_RANGE, /* not what was asked for */
    STOP_REFUSED,     /* the whole file, while parts of it are fetched */
    STOP_WRONG_PIECE, /* a piece of the plan is not what its digest says */
    STOP_ERROR,       /* of this machine; it stands in the transfer's err */
};

struct lane {
    struct target *target;
    struct exchange exchange;
    bool running;
    uint64_t start; /* what was asked for begins there */
    uint64_t at;    /* the next byte goes there; what is claimed begins there */
    uint64_t end;   /* and ends there; LENGTH_UNKNOWN: it goes to the file's end */
    uint64_t total; /* of the whole file, as this answer says, or LENGTH_UNKNOWN */
    enum stop stop;
    bool proven;  /* the first pieces of the plan that came */
    bool changed; /* the answer has another validator than the part */
    int64_t begun_us;
    uint64_t marked_bytes; /* received when the rate was last looked at */
    double rate;           /* bytes a second, lately */
    int64_t silent_us;     /* nothing came for so long */
    bool outlived;         /* meanwhile others brought something */
    char *ranges;          /* the value of Range, where several are asked for */
    size_t ranges_len;
    bool is_multi; /* and several come */
    struct multipart multipart;
};

/* What is asked for. */
struct lane_request {
    unsigned mirror;
    uint64_t start;
    uint64_t end; /* LENGTH_UNKNOWN: to the file's end */
    char *ranges; /* several ranges between the two, or NULL; becomes the lane's */
    size_t ranges_len;
    bool no_cache;
};

/* Sends a request; nothing of it is asked for by another lane. */
void lane_ask(struct lane *lane, struct target *target, struct pool *pool,
              const struct lane_request *request);
/* Its exchange is out of the pool, or was dropped: settles what it has cost. */
void lane_close(struct lane *lane);
/* Notes what a closed lane says about who answered it. */
void lane_judge_mirror(const struct lane *lane);
/* True if the answer to several ranges was a refusal that may be meant for their number. */
bool lane_dislikes_ranges(const struct lane *lane);
/* Drops it, if it runs. */
void lane_drop(struct lane *lane, struct pool *pool);
/* Bytes that it has still to bring; the target's total is known. */
uint64_t lane_rest(const struct lane *lane);
/* Looks at its rate; to be called with the microseconds since the last call. True if something came. */
bool lane_measure(struct lane *lane, int64_t us);
/* True if everything that it claims has come. */
bool lane_is_through(const struct lane *lane);
void lane_clear(struct lane *lane);

#endif

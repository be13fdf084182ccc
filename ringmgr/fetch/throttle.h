/* Private to fetch: the administrator's rate limit, one bucket for all connections and threads of a session.
 */
#ifndef RINGMGR_FETCH_THROTTLE_H
#define RINGMGR_FETCH_THROTTLE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct throttle {
    uint64_t bytes_per_second;      /* 0: no limit */
    atomic_int_fast64_t settled_us; /* when what was taken so far will have been paid for */
};

/*
 * So many bytes have come at now_us (of the monotonic clock): returns how many milliseconds their connection
 * should read nothing more; 0 without a limit or below it. What was not used earlier is forgotten but for a
 * tenth of a second.
 */
int64_t throttle_take(struct throttle *throttle, size_t len, int64_t now_us);

/* What a connection should read at once, at most `most`: about a tenth of a second's worth. */
size_t throttle_read_bytes(const struct throttle *throttle, size_t most);

#endif

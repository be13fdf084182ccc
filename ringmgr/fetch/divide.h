/*
 * Private to fetch: who fetches which part of a file. Parts are dealt out in order, so that the frontier
 * follows closely and bytes that came early are read back from a warm page cache; when all is dealt out,
 * whoever is free takes from the one that would be done last.
 */
#ifndef RINGMGR_FETCH_DIVIDE_H
#define RINGMGR_FETCH_DIVIDE_H

#include "ringmgr/fetch/lane.h"

enum { DIVIDE_LEAST_BYTES = 1 << 20, DIVIDE_MOST_BYTES = 16 << 20 };

/*
 * The next part that nobody has claimed; the target's total is known. With a `shape` (a plan) several ranges
 * where it says so; request->ranges is the caller's then. False if there is none.
 */
bool divide_next(struct lane *const *lanes, size_t len, const struct target *target,
                 const struct plan_shape *shape, struct lane_request *request);

/*
 * Makes one lane's claim shorter, so that divide_next() has something; *useless becomes the lane, if it is
 * left with nothing because nothing comes. False if no claim is worth it.
 */
bool divide_free(struct lane *const *lanes, size_t len, struct lane **useless);

/* How many of those that run have brought nothing yet. */
unsigned divide_silent(struct lane *const *lanes, size_t len);
/* Looks at how fast each is; to be called with the microseconds since the last call. */
void divide_measure(struct lane *const *lanes, size_t len, int64_t us);

#endif

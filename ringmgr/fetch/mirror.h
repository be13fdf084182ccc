/* Private to fetch: the bases of a session and how well each does. Shared by its threads. */
#ifndef RINGMGR_FETCH_MIRROR_H
#define RINGMGR_FETCH_MIRROR_H

#include "ringmgr/base/log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mirror {
    atomic_uint failures;      /* since it last brought something */
    atomic_uint_fast64_t rate; /* bytes a second of one connection, smoothed; 0: not measured */
    atomic_bool lies;          /* what it gave is proven wrong: it is out while others are left */
    atomic_bool tried;         /* bulk has been asked of it */
    atomic_bool no_ranges;     /* it answered a range with the whole file */
    atomic_bool probed;        /* whether it does the following */
    atomic_bool no_multi;      /* it does not answer several ranges of one request */
};

struct mirrors {
    char **base; /* ended by NULL; the first is the session's own */
    struct mirror *state;
    unsigned len;
};

enum { MIRRORS_MOST = 32 };

/* Copies the bases, without slashes at their ends; `more` is ended by NULL or NULL. At most MIRRORS_MOST
 * count. */
void mirrors_init(struct mirrors *mirrors, const char *base, const char *const *more);
void mirrors_clear(struct mirrors *mirrors);

/*
 * Whom to ask for bulk: each is tried until its rate is known; then the one with the fewest failures, the
 * faster among equals. Bits of `excluded` are out of the question, unless all are: then the first is
 * returned. One that lies is asked where nobody else is left.
 */
unsigned mirror_pick(struct mirrors *mirrors, uint32_t excluded);
/* True if one that is not excluded has failed less often than this one. */
bool mirror_is_better_left(const struct mirrors *mirrors, unsigned which, uint32_t excluded);
/* True if every mirror is excluded. */
bool mirror_all_excluded(const struct mirrors *mirrors, uint32_t excluded);

/*
 * Every byte of a file that is proven wrong came from these, a bit each: if it was one, it lies from now on,
 * and the log says so.
 */
void mirror_blame(struct mirrors *mirrors, uint64_t givers, const struct log *log);
/* An answer that did not come, or not whole, or was not what is expected. */
void mirror_note_failure(struct mirrors *mirrors, unsigned which);
/* One answer brought so many bytes in so many microseconds; short ones say little and only clear failures. */
void mirror_note_bytes(struct mirrors *mirrors, unsigned which, uint64_t bytes, int64_t us);

#endif

/* Content left: what was taken out of a ring's configured content while its live build offered it, and when.
 */
#ifndef RINGMGR_STATE_CONTENT_LEFT_H
#define RINGMGR_STATE_CONTENT_LEFT_H

#include "ringmgr/c2r/filelist.h"
#include "ringmgr/state/db.h"

#include <stdint.h>

struct content_left {
    struct content what; /* one thing: an architecture, a language, the proofing tools of one, or arm64 */
    int64_t since_unix;
};
struct contents_left {
    struct content_left *item;
    size_t len;
};

/* Notes one thing of a ring; what was noted before keeps its time. Inside a transaction. */
bool content_left_put(struct state *state, const char *ring, const struct content *what, int64_t since_unix,
                      struct err *err) MUST_CHECK;
/* Forgets one thing, whether or not it was noted. Inside a transaction. */
bool content_left_drop(struct state *state, const char *ring, const struct content *what,
                       struct err *err) MUST_CHECK;
/* The clock was set by so many seconds, negative if back, which have not passed: what is noted is no older
 * for it. Inside a transaction. */
bool contents_left_shift(struct state *state, int64_t seconds, struct err *err) MUST_CHECK;
/* Of one ring: architectures, arm64, languages, proofing tools, each by name. contents_left_clear() frees. */
bool contents_left_get(struct state *state, const char *ring, struct contents_left *left,
                       struct err *err) MUST_CHECK;
void contents_left_clear(struct contents_left *left);

#endif

/*
 * `promote --stage`: a build whose bytes a ring's sites get, and prove, before anybody lets it go live. The
 * order is a person's, with a history entry; the promotion that carries it out, a newer one and a roll-back
 * end it (books.h).
 */
#ifndef RINGMGR_OPS_STAGE_ORDER_H
#define RINGMGR_OPS_STAGE_ORDER_H

#include "ringmgr/ops/quorum.h"

/*
 * Orders exactly this build with these files in the name of the caller, in place of what was ordered before
 * for the ring. *changed false: just that stands already. `reason` may be NULL. ERR_USAGE where no site shows
 * the ring.
 */
bool stage_order_put(const struct job *job, const struct ring *ring, const struct build *build,
                     const struct digest *files_digest, const char *reason, bool *changed,
                     struct err *err) MUST_CHECK;
/* Takes the ring's order back. *changed false: there was none. Bytes that are at sites by then leave them as
 * those of any other build that nobody needs. */
bool stage_order_drop(const struct job *job, const struct ring *ring, const char *reason, bool *changed,
                      struct err *err) MUST_CHECK;

/* The build that is ordered for the ring; *found false: none. */
bool stage_order_build(const struct job *job, const struct ring *ring, struct build *build, bool *found,
                       struct err *err) MUST_CHECK;

/* What is ordered for a ring and has not gone live yet, and how far the sites are. */
struct stage_view {
    struct build build;   /* none: nothing */
    struct quorum quorum; /* of exactly that build and its files */
};
/* Reads only. stage_view_clear() frees, also after an error. */
bool stage_view_gather(const struct job *job, const struct ring *ring, struct stage_view *view,
                       struct err *err) MUST_CHECK;
void stage_view_clear(struct stage_view *view);

/*
 * Whether so many of the ring's required sites as its quorum needs have proven exactly these files.
 * ERR_REFUSED, naming the sites that have not, else; true for a ring without required sites.
 */
bool stage_order_is_proven(const struct job *job, const struct ring *ring, const struct build *build,
                           const struct digest *files_digest, struct err *err) MUST_CHECK;

#endif

/* Quorum: how many of a ring's required sites have a build, and since when that is enough. By the books. */
#ifndef RINGMGR_OPS_QUORUM_H
#define RINGMGR_OPS_QUORUM_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"

struct quorum {
    unsigned counted;       /* required sites of the ring; 0: it has none, and asks for no quorum */
    unsigned need;          /* how many of them are enough */
    unsigned proven;        /* have the whole build, proven */
    unsigned live;          /* offer it, and had it whole and proven, with whatever list of files */
    struct strv not_proven; /* names of the others, in the order of the configuration */
    struct strv not_live;
    int64_t reached_unix; /* of the build that is live at HQ: since when enough offer it; -1: not yet */
};

/* Of any build: exactly this list of files must be proven. quorum_clear() frees. */
bool quorum_of_build(const struct job *job, const struct ring *ring, const struct channel *channel,
                     const struct build *build, const struct digest *files_digest, struct quorum *quorum,
                     struct err *err) MUST_CHECK;
/* Of what the ring offers at HQ; all zero (and reached_unix -1) where it is empty or has no sites. */
bool quorum_of_live(const struct job *job, const struct ring *ring, struct quorum *quorum,
                    struct err *err) MUST_CHECK;
void quorum_clear(struct quorum *quorum);

/*
 * After a site has flipped: if enough offer the ring's live build now and this is the first time since it
 * went live, records that with the history entry "sites-live", in a transaction of its own.
 */
bool quorum_refresh(const struct job *job, const struct ring *ring, struct err *err) MUST_CHECK;

/*
 * *since_unix is when a build went live in `ring` (-1: it did not): where the ring has required sites, it
 * becomes when the quorum was reached; -1 where that is still to come, and *why says so then ("3 of 12 sites
 * offer it"), else "".
 */
bool quorum_since(const struct job *job, const struct ring *ring, const struct channel *channel,
                  const struct build *build, int64_t *since_unix, char why[128], struct err *err) MUST_CHECK;

#endif

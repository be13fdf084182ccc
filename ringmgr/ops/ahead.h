/* Is a share ahead of the books? So it is when the state is older than it: a snapshot, or a backup that was
 * copied into place by hand. */
#ifndef RINGMGR_OPS_AHEAD_H
#define RINGMGR_OPS_AHEAD_H

#include "ringmgr/ops/job.h"
#include "shares/tree.h"

struct ahead {
    bool proven; /* the store has what a pointer says: it was proven once, here */
    bool is;     /* and it is a build that stands on the share, and by the books does not */
    struct build build;
};

/*
 * Looks at the pointers of a ring's share that are not what the books say. A pointer that somebody has
 * changed is no reason to call the books old: the build that it names must stand there, too.
 */
bool ahead_find(const struct job *job, const struct ring *ring, const struct tree *tree, struct ahead *ahead,
                struct err *err) MUST_CHECK;

/* What there is to say of a share that is ahead; the caller frees it. */
char *ahead_text(const struct ahead *ahead);

#endif

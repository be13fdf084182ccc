/* Adoption: the books of one ring are made to say what its share shows, as far as that is genuine and whole.
 */
#ifndef RINGMGR_OPS_ADOPT_H
#define RINGMGR_OPS_ADOPT_H

#include "ringmgr/ops/survey.h"

/* What a person is told after a restore or a rebuild; each is one sentence. restored_clear() frees. */
struct restored {
    struct strv lost;    /* what the books said and is not so, or what the shares show and the books did not
                            know: history since the backup, builds, pins, approvals */
    struct strv adopted; /* what was taken into the books from store and shares */
    struct strv held;    /* the rings that are on hold now: all */
    bool left_alone;     /* a share shows what could not be adopted; it is among `lost`, and an attention */
};
void restored_clear(struct restored *restored);

struct adopt_options {
    const char *action; /* "restore", "rebuild": in the history, and how offers end by it */
    bool all;           /* prove also what the books know already */
};

/*
 * Compares the ring's share with the books and adopts what is genuine and whole: the build that the newest
 * pointer names becomes the live one (soak begins now), others that stand there are offers that have ended,
 * offers whose folder is gone do not stand any more; catalog and store get what they lack of these builds.
 * An open intent that the share contradicts is closed; any other is finished or undone first
 * (reconcile_ring()). One transaction, with a history entry where the live build changes. What is incomplete,
 * not genuine or of another channel is left alone. Needs the ring's lock and the store's. An error means that
 * books or store could not be written; the ring's books are then what they were.
 */
bool adopt_ring(struct survey *survey, const struct ring *ring, const struct adopt_options *options,
                struct restored *restored, struct err *err) MUST_CHECK;

#endif

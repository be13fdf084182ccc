/* Promotion: the only way by which a build enters a ring, by hand or because a ring has publish = auto. */
#ifndef RINGMGR_OPS_PROMOTE_H
#define RINGMGR_OPS_PROMOTE_H

#include "ringmgr/ops/facts.h"

enum promote_result { PROMOTE_DONE, PROMOTE_UNCHANGED, PROMOTE_REFUSED };

struct promotion {
    enum promote_result result;
    struct build from, to; /* none where the ring is empty; where there is no candidate */
    struct digest files_digest;
    size_t files;
    uint64_t bytes; /* what the ring will show of the build */
    bool asked;     /* the gates were asked: verdict[] is valid */
    struct verdict verdict[GATE_COUNT];
};

struct promote_options {
    const struct build *build; /* NULL: the ring's candidate */
    bool dry_run;              /* ask, tell, change nothing */
    const char *reason;        /* may be NULL */
};

/*
 * Promotes under the ring's and the store's lock, after reconcile_ring(). Every gate is asked; ERR_REFUSED
 * with the sentence of the first that is shut. A build that is live already, or no candidate:
 * PROMOTE_UNCHANGED. No bytes are moved or fetched (but see link = copy). After an error the share offers
 * what it did, or the new build whole; the next run finishes or undoes what was begun.
 */
bool promote_run(const struct job *job, const struct ring *ring, const struct promote_options *options,
                 struct promotion *promotion, struct err *err) MUST_CHECK;

/*
 * For every ring with publish = auto, sources before those that take from them: promotes the candidate where
 * all gates are open. A shut gate is no error. `promoted` gets the names of rings that changed.
 */
bool promote_automatic(const struct job *job, struct strv *promoted, struct err *err) MUST_CHECK;

#endif

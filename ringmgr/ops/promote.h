/* Promotion: the only way by which a build enters a ring, by hand or because a ring has publish = auto. */
#ifndef RINGMGR_OPS_PROMOTE_H
#define RINGMGR_OPS_PROMOTE_H

#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/force.h"

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
    enum lane lane; /* LANE_MANUAL, LANE_AUTOMATIC (facts.h: both may become LANE_RETURN) or LANE_EXPEDITE */
    const enum gate *force;  /* the gate that the caller wants to open by force; NULL */
    const struct plan *plan; /* a promotion that was ordered before, by whom this says; NULL */
    bool dry_run;            /* ask, tell, change nothing */
    bool flip;               /* only if the ring's sites have proven the build (promote_stage()) */
    const char *reason;      /* may be NULL, but not with `force` */
};

/*
 * Promotes under the ring's and the store's lock, after reconcile_ring(). Every gate is asked; ERR_REFUSED
 * with the sentence of the first that is shut. With `force`, where no other gate is shut, the caller's
 * consent is recorded, and the promotion is refused, naming who has agreed, until enough people have. A build
 * that is live already, or no candidate: PROMOTE_UNCHANGED. With `flip`: ERR_REFUSED, naming the sites that
 * are missing, until as many as the ring's quorum needs have proven just these files. No bytes are moved or
 * fetched (but see link = copy). After an error the share offers what it did, or the new build whole; the
 * next run finishes or undoes what was begun.
 */
bool promote_run(const struct job *job, const struct ring *ring, const struct promote_options *options,
                 struct promotion *promotion, struct err *err) MUST_CHECK;

/*
 * Orders that the ring's sites get the build's bytes and prove them, before anybody promotes it (`options` as
 * for promote_run(); force, plan and flip are not asked). Every gate is asked but those about the hour of a
 * flip: freeze, days and settle. PROMOTE_DONE: the order stands now; PROMOTE_UNCHANGED: it did before, or the
 * build is live, or there is no candidate; ERR_REFUSED with the sentence of the first gate that is shut;
 * ERR_USAGE where no site shows the ring.
 */
bool promote_stage(const struct job *job, const struct ring *ring, const struct promote_options *options,
                   struct promotion *promotion, struct err *err) MUST_CHECK;

/*
 * For every ring, sources before those that take from them: carries out the promotion that was ordered for a
 * time that has come, else, with publish = auto, promotes the candidate where all gates are open. One build a
 * ring and run. A shut gate is no error. `promoted` gets the names of rings that changed.
 */
bool promote_automatic(const struct job *job, struct strv *promoted, struct err *err) MUST_CHECK;

/*
 * Orders the promotion of `build` for a time to come (promote --at), in the name of the caller: the gates are
 * asked then, by the first promote_automatic() that finds the clock synchronised. It is given up where
 * channel or files of the build are others by then, or the ring was rolled back. At most one for a ring: the
 * newer replaces the older. at_unix -1 takes it back (*changed false: there was none). ERR_REFUSED while the
 * build is incomplete, blocked, withdrawn or of another channel.
 */
bool promote_plan(const struct job *job, const struct ring *ring, const struct build *build, int64_t at_unix,
                  const char *reason, bool *changed, struct err *err) MUST_CHECK;

#endif

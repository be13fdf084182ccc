/* Facts about one build and one ring, gathered from catalog, store and people for the gates to judge. */
#ifndef RINGMGR_OPS_FACTS_H
#define RINGMGR_OPS_FACTS_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/gate.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/decision.h"
#include "ringmgr/state/hold.h"

struct facts {
    struct gate_facts gate; /* points into what follows */
    struct offer live;      /* of the ring */
    bool has_live;
    struct content content;     /* that the ring would offer: its own, and what has left that and is whole
                                   (leaving.h); back to a build that stands: what it offers, and what of the
                                   ring's content is whole */
    struct catalog_files files; /* what the ring would show of the build */
    struct digest files_digest;
    struct strv missing, unverified;
    struct approvals approvals, void_approvals; /* for exactly these files; for others */
    struct approver *approver;
    struct strv approver_texts;
    struct holds holds;
    struct gate_hold *hold;
    struct soak_pause *pause;
    struct block block;
    struct support_build support, live_support; /* texts of their versions stay in `releases` */
    struct releases releases;                   /* all rows ever seen of the ring's channel */
    char approvals_unknown[256], soak_end[256], wrong_version[256], clock_behind[128], followed[256];
};

/*
 * Gathers everything that the gates ask about `build` entering `ring` by that lane; LANE_AUTOMATIC and
 * LANE_MANUAL become LANE_RETURN where headquarters went back and the ring follows it. Reads only. `promoter`
 * is the person who is promoting, NULL if nobody is. facts_clear() frees. The facts must not be copied: they
 * point into themselves.
 */
bool facts_gather(const struct job *job, const struct ring *ring, const struct build *build, enum lane lane,
                  const char *promoter, struct facts *facts, struct err *err) MUST_CHECK;
void facts_clear(struct facts *facts);

#define AUTO_FACTS                                                                                           \
    AUTO(facts_clear)                                                                                        \
    struct facts

/* The lane that the ring's own promotions take: automatic, or by hand. */
enum lane facts_lane(const struct ring *ring);

/*
 * How far a build has come on its way to a ring: when its soak began (-1: not; where the ring above has sites
 * it begins with their quorum), why that has ended for good, or for what it still waits (`why` is where
 * either sentence is put), and what does not count. The caller frees soak->pause.
 */
bool facts_soak(const struct job *job, const struct ring *ring, const struct build *build, enum lane lane,
                char why[256], struct gate_facts *soak, struct err *err) MUST_CHECK;

#endif

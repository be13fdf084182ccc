/* Facts about one build and one ring, gathered from catalog, store and people for the gates to judge. */
#ifndef RINGMGR_OPS_FACTS_H
#define RINGMGR_OPS_FACTS_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/gate.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/decision.h"

struct facts {
    struct gate_facts gate; /* points into what follows */
    struct offer live;      /* of the ring */
    bool has_live;
    struct catalog_files files; /* what the ring would show of the build */
    struct digest files_digest;
    struct strv missing, unverified;
    struct approvals approvals;
    struct approver *approver;
    struct strv approver_texts;
    struct block block;
    char approvals_unknown[256];
};

/*
 * Gathers everything that the gates ask about `build` entering `ring`. Reads only. `promoter` is the person
 * who is promoting, NULL if nobody is. facts_clear() frees. The facts must not be copied: they point into
 * themselves.
 */
bool facts_gather(const struct job *job, const struct ring *ring, const struct build *build,
                  const char *promoter, struct facts *facts, struct err *err) MUST_CHECK;
void facts_clear(struct facts *facts);

#define AUTO_FACTS                                                                                           \
    AUTO(facts_clear)                                                                                        \
    struct facts

/*
 * The build that the ring would take next: newer than its live one, and for a ring that takes from upstream
 * the newest staged of its channel, for any other the newest that its source ring offers or has offered and
 * keeps. *found false if there is none.
 */
bool facts_candidate(const struct job *job, const struct ring *ring, struct build *candidate, bool *found,
                     struct err *err) MUST_CHECK;

#endif

/* Opening a gate by force: who may, how many must agree within four hours, and once only. */
#ifndef RINGMGR_OPS_FORCE_H
#define RINGMGR_OPS_FORCE_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/gate.h"
#include "ringmgr/state/plan.h"

/* The first consent waits so long for the others. */
enum { FORCE_HOURS = 4 };

struct force {
    unsigned need, have;
    char have_names[256]; /* "anna, bob" */
};

/* May the caller open this gate of this ring by force? ERR_USAGE if no one ever may, ERR_REFUSED with a
 * sentence. */
bool force_check(const struct job *job, const struct ring *ring, enum gate gate, struct err *err) MUST_CHECK;

/*
 * Records the caller's consent, with its history entry, and counts those of different people who are still
 * overriders. Needs the ring's lock. It is complete when force->have is force->need.
 */
bool force_consent(const struct job *job, const struct ring *ring, const struct approval_key *key,
                   enum gate gate, const char *reason, struct force *force, struct err *err) MUST_CHECK;

/* The promotion that the consents were for is done: they are used, and somebody must review it. Inside its
 * transaction. `gates` is the intent's list ("soak,freeze"). */
bool force_use(const struct job *job, const struct approval_key *key, const char *gates, const char *actor,
               struct err *err) MUST_CHECK;

/* The set that a list of names says. */
unsigned force_set(const char *gates);

#endif

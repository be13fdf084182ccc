/* Decisions of people, each with its history entry in one transaction: approve, revoke, block, unblock. */
#ifndef RINGMGR_OPS_DECIDE_H
#define RINGMGR_OPS_DECIDE_H

#include "ringmgr/ops/job.h"

struct decision {
    const char *result;         /* "done" or "unchanged" */
    struct digest files_digest; /* approve: what the approval is bound to */
    size_t files;
    unsigned approvals; /* approve: how many now count, as they would for somebody who has not approved */
};

/*
 * Is the account one of those who decide about the ring: its approvers or, where it names none, the approvers
 * of any ring? `why` gets a sentence where it is not. *named false: no ring of the configuration names any,
 * and nothing is known against the account.
 */
bool decide_is_approver(const struct job *job, const struct ring *ring, const char *account, bool *named,
                        char why[256]) MUST_CHECK;

/*
 * May the caller decide about this ring (NULL: about all of them)? Root and the service's user never; else
 * who decide_is_approver() says; where no ring names approvers, who does not come through the service's
 * socket, which is open to every account. ERR_REFUSED with a sentence.
 */
bool decide_check(const struct job *job, const struct ring *ring, struct err *err) MUST_CHECK;

/*
 * The locks of the rings that a decision is about (all where `only` is NULL), in the order of their names: a
 * promotion that runs has asked the gates already, so it must end before a block or a hold is "done".
 * decide_unlock() releases.
 */
struct ring_locks {
    struct lock **lock;
    size_t len;
};
bool decide_lock(const struct job *job, const struct ring *only, struct ring_locks *locks,
                 struct err *err) MUST_CHECK;
void decide_unlock(struct ring_locks *locks);

/* Binds the caller's approval to ring, channel, build and file list. ERR_REFUSED also while the build is
 * incomplete. */
bool decide_approve(const struct job *job, const struct ring *ring, const struct build *build,
                    const char *reason, struct decision *decision, struct err *err) MUST_CHECK;
bool decide_revoke(const struct job *job, const struct ring *ring, const struct build *build,
                   const char *reason, struct decision *decision, struct err *err) MUST_CHECK;
/* Without a ring: in every channel that a ring of the configuration has. */
bool decide_block(const struct job *job, const struct ring *ring, const struct build *build,
                  const char *reason, struct decision *decision, struct err *err) MUST_CHECK;
bool decide_unblock(const struct job *job, const struct ring *ring, const struct build *build,
                    const char *reason, struct decision *decision, struct err *err) MUST_CHECK;

#endif

/* Decisions of people, each with its history entry in one transaction: approve, revoke, block, unblock. */
#ifndef RINGMGR_OPS_DECIDE_H
#define RINGMGR_OPS_DECIDE_H

#include "ringmgr/ops/job.h"

struct decision {
    const char *result;         /* "done" or "unchanged" */
    struct digest files_digest; /* approve: what the approval is bound to */
    size_t files;
};

/*
 * May the caller decide about this ring (NULL: about all of them)? Root and the service's user never; else
 * one of the ring's approvers, or any person where the ring names none. ERR_REFUSED with a sentence.
 */
bool decide_check(const struct job *job, const struct ring *ring, struct err *err) MUST_CHECK;

/*
 * The locks of the rings that a decision is about (all where `only` is NULL), in the order of their names: a
 * promotion that runs has asked the gates already, so it must end before a block or a hold is "done".
 * decide_unlock() releases.
 */
enum { DECIDE_LOCKS_MAX = 64 };
struct ring_locks {
    struct lock *lock[DECIDE_LOCKS_MAX];
    size_t len;
};
bool decide_lock(const struct job *job, const struct ring *only, struct ring_locks *locks,
                 struct err *err) MUST_CHECK;
void decide_unlock(struct ring_locks *locks);

/* Signs and appends the history entry of a decision, inside its transaction. */
bool decide_append(const struct job *job, struct entry *entry, struct err *err) MUST_CHECK;

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

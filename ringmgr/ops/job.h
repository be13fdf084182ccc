/* What every operation works with: the opened world and who asked. */
#ifndef RINGMGR_OPS_JOB_H
#define RINGMGR_OPS_JOB_H

#include "ringmgr/base/log.h"
#include "ringmgr/policy/settings.h"
#include "ringmgr/state/db.h"
#include "ringmgr/state/journal.h"
#include "ringmgr/state/lock.h"
#include "ringmgr/state/people.h"
#include "ringmgr/store/objects.h"

struct job {
    const struct settings *settings;
    struct store *store;
    struct state *state;
    int lock_dir; /* the state's folder while `state` is NULL: a restore locks before it opens */
    const struct log *log;
    const struct support_rules *support; /* the rules by which support ends */
    const struct identity *identity;     /* who decided; NULL where the service acts by itself */
    uid_t service_uid;                   /* never counts as an approver */
    const char *command;                 /* "promote", for the holder's name in a lock */
    int64_t wait_ms;                     /* for locks */
    int64_t new_hold; /* holds from this id on were put after the command had begun; 0: none are told apart */
};

/* Lock names in the order in which they are taken: job_lock_upstream, job_lock_ring (by name),
 * job_lock_store. */
bool job_lock_upstream(const struct job *job, struct lock **lock, struct err *err) MUST_CHECK;
bool job_lock_ring(const struct job *job, const struct ring *ring, struct lock **lock,
                   struct err *err) MUST_CHECK;
/* Shared: this run adds or links objects, and nothing may be collected meanwhile. */
bool job_lock_store(const struct job *job, struct lock **lock, struct err *err) MUST_CHECK;
/* Alone: objects leave the store meanwhile. */
bool job_lock_store_alone(const struct job *job, struct lock **lock, struct err *err) MUST_CHECK;

#define AUTO_LOCK                                                                                            \
    AUTO(lock_auto_release)                                                                                  \
    struct lock *

/* Fills actor, identity and time of an entry about this job. `identity_text` is where the identity is put
 * together. */
void job_sign_entry(const struct job *job, struct entry *entry, char identity_text[320]);

/* The same job with nobody behind it: for entries of what came to be by itself, whoever's run has noticed it.
 */
struct job job_of_nobody(const struct job *job);

/* Signs and appends a history entry, inside a transaction. */
bool job_append(const struct job *job, struct entry *entry, struct err *err) MUST_CHECK;

/* Signs and appends it in a transaction of its own, and announces it. */
bool job_write(const struct job *job, struct entry *entry, struct err *err) MUST_CHECK;

/* Ends a transaction as state_end() does; where it is in the database and has `written` history, announces
 * that. */
bool job_end(const struct job *job, bool ok, bool written, struct err *err) MUST_CHECK;

/* The person whom an identity text ("sudo:5:games") means now, whatever they were called when it was written;
 * `otherwise` if it names no account. */
const char *job_person_of(const struct job *job, const char *identity_text, const char *otherwise);
/* Its account; NULL if it names none. */
const char *job_account_of(const char *identity_text);

/* Announces the history's head after a commit; a failure is a warning, for the entry itself is durable. */
void job_announce(const struct job *job);

#endif

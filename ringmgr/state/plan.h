/*
 * What people have decided to happen later: promotions for a time (`promote --at`), consents to open a gate
 * by force, and migrations of a ring to another channel. Each change is also a history entry; the caller
 * appends it.
 */
#ifndef RINGMGR_STATE_PLAN_H
#define RINGMGR_STATE_PLAN_H

#include "ringmgr/state/decision.h"

/* A promotion that waits for its time. At most one stands for a ring. Texts are borrowed when put, owned when
 * read. */
struct plan {
    struct approval_key key;            /* key.ring owned when read */
    int64_t at_unix;                    /* when */
    const char *by, *identity, *reason; /* reason may be NULL */
    int64_t made_unix;
};
/* Replaces the ring's. Inside a transaction. */
bool plan_put(struct state *state, const struct plan *plan, struct err *err) MUST_CHECK;
/* Takes the ring's away. Inside a transaction. *found: there was one. */
bool plan_drop(struct state *state, const char *ring, bool *found, struct err *err) MUST_CHECK;
bool plan_find(struct state *state, const char *ring, struct plan *plan, bool *found,
               struct err *err) MUST_CHECK;
void plan_clear(struct plan *plan);

/* One person's consent to open a gate by force for exactly this key. */
struct consent {
    int64_t id;
    char *account;
    int64_t at_unix;
    char *reason;
};
struct consents {
    struct consent *item;
    size_t len;
};
/* *already: this account's unused consent stands and is renewed. Inside a transaction. */
bool consent_put(struct state *state, const struct approval_key *key, const char *gate, const char *account,
                 int64_t now, const char *reason, bool *already, struct err *err) MUST_CHECK;
/* Unused ones given at or after `since_unix`, oldest first. consents_clear() frees. */
bool consents_standing(struct state *state, const struct approval_key *key, const char *gate,
                       int64_t since_unix, struct consents *consents, struct err *err) MUST_CHECK;
/* They have served: none of this key and gate stands any more. Inside a transaction. */
bool consents_use(struct state *state, const struct approval_key *key, const char *gate, int64_t now,
                  struct err *err) MUST_CHECK;
void consents_clear(struct consents *consents);

/* A ring that changes its channel. Texts are borrowed when put, owned when read. */
struct migration {
    const char *ring;
    const struct channel *from, *to;
    const char *by, *reason;
    int64_t at_unix;
};
/* Replaces the ring's open one. Inside a transaction. */
bool migration_put(struct state *state, const struct migration *migration, struct err *err) MUST_CHECK;
/* The ring's open migration to `to`. migration_clear() frees. */
bool migration_find(struct state *state, const char *ring, const struct channel *to,
                    struct migration *migration, bool *found, struct err *err) MUST_CHECK;
/* The ring offers a build of `to`: its migration there is done. Nothing to do is fine. Inside a transaction.
 */
bool migration_done(struct state *state, const char *ring, const struct channel *to, int64_t now,
                    struct err *err) MUST_CHECK;
void migration_clear(struct migration *migration);

#endif

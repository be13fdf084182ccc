/* What people have decided: approvals and blocks. Each change is also a history entry; the caller appends it.
 */
#ifndef RINGMGR_STATE_DECISION_H
#define RINGMGR_STATE_DECISION_H

#include "ringmgr/base/digest.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/state/db.h"

/* Approvals are bound to ring, channel, build and the digest of the file list. */
struct approval_key {
    const char *ring;
    const struct channel *channel;
    struct build build;
    struct digest files_digest;
};

struct approval {
    char *account;
    int64_t at_unix;
    char *reason;
};
struct approvals {
    struct approval *item;
    size_t len;
};

/* *already is true if this account's approval stands (then nothing changes), and is newer than `lapsed_unix`:
 * an older one is renewed. Inside a transaction. */
bool decision_approve(struct state *state, const struct approval_key *key, const char *account, int64_t now,
                      const char *reason, int64_t lapsed_unix, bool *already, struct err *err) MUST_CHECK;
/* Withdraws the account's approvals of ring + channel + build, whatever their digest. *found: there was one.
 * Inside a transaction. */
bool decision_revoke(struct state *state, const struct approval_key *key, const char *account, int64_t now,
                     bool *found, struct err *err) MUST_CHECK;
/* Those that stand for exactly this key, oldest first. */
bool decision_approvals(struct state *state, const struct approval_key *key, struct approvals *approvals,
                        struct err *err) MUST_CHECK;
/* Those that stand for the same ring, channel and build but for other files, of accounts that have none for
 * these; oldest first. */
bool decision_approvals_of_others(struct state *state, const struct approval_key *key,
                                  struct approvals *approvals, struct err *err) MUST_CHECK;
void approvals_clear(struct approvals *approvals);

/* Texts are borrowed when blocking, owned when read. */
struct block {
    const struct channel *channel;
    struct build build;
    const char *ring; /* NULL: every ring of the channel */
    const char *by, *reason;
    int64_t at_unix;
};
/* Inside a transaction. *already: the same block stands. */
bool decision_block(struct state *state, const struct block *block, bool *already,
                    struct err *err) MUST_CHECK;
/* Lifts the ring's own block (NULL: the channel's). *found: there was one. Inside a transaction. */
bool decision_unblock(struct state *state, const struct channel *channel, const struct build *build,
                      const char *ring, int64_t now, bool *found, struct err *err) MUST_CHECK;
/* The block that binds this ring (its own, else the channel's). block_clear() frees. */
bool decision_blocked(struct state *state, const char *ring, const struct channel *channel,
                      const struct build *build, struct block *block, bool *found,
                      struct err *err) MUST_CHECK;
/* All that bind this ring, its own and the channel's, newest build first. */
struct blocks {
    struct block *item;
    size_t len;
};
bool decision_blocks(struct state *state, const char *ring, const struct channel *channel,
                     struct blocks *blocks, struct err *err) MUST_CHECK;
void blocks_clear(struct blocks *blocks);
/* When a block that bound this ring was last lifted; -1: never. */
bool decision_last_unblock(struct state *state, const char *ring, const struct channel *channel,
                           const struct build *build, int64_t *lifted_unix, struct err *err) MUST_CHECK;
void block_clear(struct block *block);

#endif

#include "ringmgr/state/decision.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>

static void put_key(struct stmt *stmt, const struct approval_key *key)
{
    stmt_put_text(stmt, key->ring);
    stmt_put_channel(stmt, key->channel);
    stmt_put_build(stmt, &key->build);
    stmt_put_digest(stmt, &key->files_digest);
}

bool decision_approve(struct state *state, const struct approval_key *key, const char *account, int64_t now,
                      const char *reason, int64_t lapsed_unix, bool *already, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT INTO approval (ring, channel, build, sha256, account, at_unix, "
                         "reason) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                         "at_unix = excluded.at_unix, reason = excluded.reason WHERE at_unix <= ?");
    put_key(&stmt, key);
    stmt_put_text(&stmt, account);
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, reason);
    stmt_put_int(&stmt, lapsed_unix);
    if (!stmt_run(&stmt, err))
        return false;
    *already = state_changes(state) == 0;
    return true;
}

bool decision_revoke(struct state *state, const struct approval_key *key, const char *account, int64_t now,
                     bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE approval SET revoked_unix = ? WHERE ring = ? AND channel = ? "
                                      "AND build = ? AND account = ? AND revoked_unix IS NULL");
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, key->ring);
    stmt_put_channel(&stmt, key->channel);
    stmt_put_build(&stmt, &key->build);
    stmt_put_text(&stmt, account);
    if (!stmt_run(&stmt, err))
        return false;
    *found = state_changes(state) > 0;
    return true;
}

static bool get_approvals(struct stmt *stmt, struct approvals *approvals, struct err *err)
{
    *approvals = (struct approvals){0};
    while (stmt_row(stmt)) {
        approvals->item = mem_grow(approvals->item, approvals->len, sizeof *approvals->item);
        struct approval *approval = &approvals->item[approvals->len++];
        approval->account = stmt_get_text(stmt);
        approval->at_unix = stmt_get_int(stmt);
        approval->reason = stmt_get_text(stmt);
    }
    if (stmt_end(stmt, err))
        return true;
    approvals_clear(approvals);
    return false;
}

bool decision_approvals(struct state *state, const struct approval_key *key, struct approvals *approvals,
                        struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT account, at_unix, reason FROM approval WHERE ring = ? AND channel = ? AND "
                         "build = ? AND sha256 = ? AND revoked_unix IS NULL ORDER BY at_unix, id");
    put_key(&stmt, key);
    return get_approvals(&stmt, approvals, err);
}

bool decision_approvals_of_others(struct state *state, const struct approval_key *key,
                                  struct approvals *approvals, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "SELECT account, max(at_unix), reason FROM approval WHERE ring = ?1 AND channel = ?2 AND "
               "build = ?3 AND revoked_unix IS NULL AND account NOT IN (SELECT account FROM approval WHERE "
               "ring = ?1 AND channel = ?2 AND build = ?3 AND sha256 = ?4 AND revoked_unix IS NULL) "
               "GROUP BY account ORDER BY max(at_unix), account");
    put_key(&stmt, key);
    return get_approvals(&stmt, approvals, err);
}

void approvals_clear(struct approvals *approvals)
{
    for (size_t i = 0; i < approvals->len; i++) {
        free(approvals->item[i].account);
        free(approvals->item[i].reason);
    }
    free(approvals->item);
    *approvals = (struct approvals){0};
}

/* Blocks. The ring '' stands for every ring of the channel. */

bool decision_block(struct state *state, const struct block *block, bool *already, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO block (ring, channel, build, by, reason, at_unix) "
                                      "VALUES (coalesce(?, ''), ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    stmt_put_text(&stmt, block->ring);
    stmt_put_channel(&stmt, block->channel);
    stmt_put_build(&stmt, &block->build);
    stmt_put_text(&stmt, block->by);
    stmt_put_text(&stmt, block->reason);
    stmt_put_int(&stmt, block->at_unix);
    if (!stmt_run(&stmt, err))
        return false;
    *already = state_changes(state) == 0;
    return true;
}

bool decision_unblock(struct state *state, const struct channel *channel, const struct build *build,
                      const char *ring, int64_t now, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE block SET lifted_unix = ? WHERE channel = ? AND build = ? AND "
                                      "ring = coalesce(?, '') AND lifted_unix IS NULL");
    stmt_put_int(&stmt, now);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_text(&stmt, ring);
    if (!stmt_run(&stmt, err))
        return false;
    *found = state_changes(state) > 0;
    return true;
}

#define BLOCK_COLUMNS "channel, build, nullif(ring, ''), by, reason, at_unix"

static void get_block(struct stmt *stmt, struct block *block)
{
    block->channel = stmt_get_channel(stmt);
    block->build = stmt_get_build(stmt);
    block->ring = stmt_get_text(stmt);
    block->by = stmt_get_text(stmt);
    block->reason = stmt_get_text(stmt);
    block->at_unix = stmt_get_int(stmt);
}

bool decision_blocked(struct state *state, const char *ring, const struct channel *channel,
                      const struct build *build, struct block *block, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "SELECT " BLOCK_COLUMNS
               " FROM block WHERE channel = ? AND build = ? AND ring IN (?, '') AND lifted_unix IS NULL "
               "ORDER BY ring DESC LIMIT 1");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_text(&stmt, ring);
    *block = (struct block){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_block(&stmt, block);
    if (stmt_end(&stmt, err))
        return true;
    block_clear(block);
    return false;
}

bool decision_blocks(struct state *state, const char *ring, const struct channel *channel,
                     struct blocks *blocks, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " BLOCK_COLUMNS " FROM block WHERE channel = ? AND ring IN "
                                      "(?, '') AND lifted_unix IS NULL ORDER BY build DESC, ring");
    stmt_put_channel(&stmt, channel);
    stmt_put_text(&stmt, ring);
    *blocks = (struct blocks){0};
    while (stmt_row(&stmt)) {
        blocks->item = mem_grow(blocks->item, blocks->len, sizeof *blocks->item);
        get_block(&stmt, &blocks->item[blocks->len++]);
    }
    if (stmt_end(&stmt, err))
        return true;
    blocks_clear(blocks);
    return false;
}

bool decision_last_unblock(struct state *state, const char *ring, const struct channel *channel,
                           const struct build *build, int64_t *lifted_unix, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT max(lifted_unix) FROM block WHERE channel = ? AND build = ? AND "
                         "ring IN (?, '')");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_text(&stmt, ring);
    *lifted_unix = stmt_row(&stmt) ? stmt_get_unix(&stmt) : -1;
    return stmt_end(&stmt, err);
}

void block_clear(struct block *block)
{
    free_text(block->ring);
    free_text(block->by);
    free_text(block->reason);
    *block = (struct block){0};
}

void blocks_clear(struct blocks *blocks)
{
    for (size_t i = 0; i < blocks->len; i++)
        block_clear(&blocks->item[i]);
    free(blocks->item);
    *blocks = (struct blocks){0};
}

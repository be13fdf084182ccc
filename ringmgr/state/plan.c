#include "ringmgr/state/plan.h"
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

/* Promotions for a time. */

bool plan_put(struct state *state, const struct plan *plan, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR REPLACE INTO plan (ring, channel, build, sha256, at_unix, by, "
                         "identity, reason, made_unix) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    put_key(&stmt, &plan->key);
    stmt_put_int(&stmt, plan->at_unix);
    stmt_put_text(&stmt, plan->by);
    stmt_put_text(&stmt, plan->identity);
    stmt_put_text(&stmt, plan->reason);
    stmt_put_int(&stmt, plan->made_unix);
    return stmt_run(&stmt, err);
}

bool plan_drop(struct state *state, const char *ring, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM plan WHERE ring = ?");
    stmt_put_text(&stmt, ring);
    if (!stmt_run(&stmt, err))
        return false;
    *found = state_changes(state) == 1;
    return true;
}

static void get_plan(struct stmt *stmt, struct plan *plan)
{
    plan->key.ring = stmt_get_text(stmt);
    plan->key.channel = stmt_get_channel(stmt);
    plan->key.build = stmt_get_build(stmt);
    plan->key.files_digest = stmt_get_digest(stmt);
    plan->at_unix = stmt_get_int(stmt);
    plan->by = stmt_get_text(stmt);
    plan->identity = stmt_get_text(stmt);
    plan->reason = stmt_get_text(stmt);
    plan->made_unix = stmt_get_int(stmt);
}

bool plan_find(struct state *state, const char *ring, struct plan *plan, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT ring, channel, build, sha256, at_unix, by, identity, reason, "
                                      "made_unix FROM plan WHERE ring = ?");
    stmt_put_text(&stmt, ring);
    *plan = (struct plan){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_plan(&stmt, plan);
    if (stmt_end(&stmt, err))
        return true;
    plan_clear(plan);
    return false;
}

void plan_clear(struct plan *plan)
{
    free_text(plan->key.ring);
    free_text(plan->by);
    free_text(plan->identity);
    free_text(plan->reason);
    *plan = (struct plan){0};
}

/* Consents. */

#define THIS_KEY_AND_GATE "ring = ? AND channel = ? AND build = ? AND sha256 = ? AND gate = ? "

static bool renew_consent(struct state *state, const struct approval_key *key, const char *gate,
                          const char *account, int64_t now, const char *reason, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE consent SET at_unix = ?, reason = ? WHERE " THIS_KEY_AND_GATE
                                      "AND account = ? AND used_unix IS NULL");
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, reason);
    put_key(&stmt, key);
    stmt_put_text(&stmt, gate);
    stmt_put_text(&stmt, account);
    return stmt_run(&stmt, err);
}

static bool insert_consent(struct state *state, const struct approval_key *key, const char *gate,
                           const char *account, int64_t now, const char *reason, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO consent (ring, channel, build, sha256, gate, account, "
                                      "at_unix, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    put_key(&stmt, key);
    stmt_put_text(&stmt, gate);
    stmt_put_text(&stmt, account);
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, reason);
    return stmt_run(&stmt, err);
}

bool consent_put(struct state *state, const struct approval_key *key, const char *gate, const char *account,
                 int64_t now, const char *reason, bool *already, struct err *err)
{
    if (!renew_consent(state, key, gate, account, now, reason, err))
        return false;
    *already = state_changes(state) == 1;
    return *already || insert_consent(state, key, gate, account, now, reason, err);
}

bool consents_standing(struct state *state, const struct approval_key *key, const char *gate,
                       int64_t since_unix, struct consents *consents, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT id, account, at_unix, reason FROM consent WHERE " THIS_KEY_AND_GATE
                         "AND used_unix IS NULL AND at_unix >= ? ORDER BY at_unix, id");
    put_key(&stmt, key);
    stmt_put_text(&stmt, gate);
    stmt_put_int(&stmt, since_unix);
    *consents = (struct consents){0};
    while (stmt_row(&stmt)) {
        consents->item = mem_grow(consents->item, consents->len, sizeof *consents->item);
        struct consent *consent = &consents->item[consents->len++];
        consent->id = stmt_get_int(&stmt);
        consent->account = stmt_get_text(&stmt);
        consent->at_unix = stmt_get_int(&stmt);
        consent->reason = stmt_get_text(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    consents_clear(consents);
    return false;
}

bool consents_use(struct state *state, const struct approval_key *key, const char *gate, int64_t now,
                  struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "UPDATE consent SET used_unix = ? WHERE " THIS_KEY_AND_GATE "AND used_unix IS NULL");
    stmt_put_int(&stmt, now);
    put_key(&stmt, key);
    stmt_put_text(&stmt, gate);
    return stmt_run(&stmt, err);
}

void consents_clear(struct consents *consents)
{
    for (size_t i = 0; i < consents->len; i++) {
        free(consents->item[i].account);
        free(consents->item[i].reason);
    }
    free(consents->item);
    *consents = (struct consents){0};
}

/* Migrations. */

static bool drop_open(struct state *state, const char *ring, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM migration WHERE ring = ? AND done_unix IS NULL");
    stmt_put_text(&stmt, ring);
    return stmt_run(&stmt, err);
}

bool migration_put(struct state *state, const struct migration *migration, struct err *err)
{
    if (!drop_open(state, migration->ring, err))
        return false;
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO migration (ring, from_channel, to_channel, by, reason, "
                                      "at_unix) VALUES (?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, migration->ring);
    stmt_put_channel(&stmt, migration->from);
    stmt_put_channel(&stmt, migration->to);
    stmt_put_text(&stmt, migration->by);
    stmt_put_text(&stmt, migration->reason);
    stmt_put_int(&stmt, migration->at_unix);
    return stmt_run(&stmt, err);
}

static void get_migration(struct stmt *stmt, struct migration *migration)
{
    migration->ring = stmt_get_text(stmt);
    migration->from = stmt_get_channel(stmt);
    migration->to = stmt_get_channel(stmt);
    migration->by = stmt_get_text(stmt);
    migration->reason = stmt_get_text(stmt);
    migration->at_unix = stmt_get_int(stmt);
}

bool migration_find(struct state *state, const char *ring, const struct channel *to,
                    struct migration *migration, bool *found, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT ring, from_channel, to_channel, by, reason, at_unix FROM migration "
                         "WHERE ring = ? AND to_channel = ? AND done_unix IS NULL");
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, to);
    *migration = (struct migration){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_migration(&stmt, migration);
    if (stmt_end(&stmt, err))
        return true;
    migration_clear(migration);
    return false;
}

bool migration_done(struct state *state, const char *ring, const struct channel *to, int64_t now,
                    struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE migration SET done_unix = max(at_unix, ?) WHERE ring = ? AND "
                                      "to_channel = ? AND done_unix IS NULL");
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, to);
    return stmt_run(&stmt, err);
}

void migration_clear(struct migration *migration)
{
    free_text(migration->ring);
    free_text(migration->by);
    free_text(migration->reason);
    *migration = (struct migration){0};
}

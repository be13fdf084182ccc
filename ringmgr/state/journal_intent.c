/* Intents: what is about to be done to a share. The row is durable before the first rename. */
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define INTENT_COLUMNS                                                                                       \
    "id, ring, channel, from_build, to_build, kind, content, path, sha256, lane, gates_overridden, block, "  \
    "actor, identity, reason, opened_unix"

static const char *const kinds[] = {
    [INTENT_PUBLISH] = "publish", [INTENT_ROLLBACK] = "rollback", [INTENT_EXTEND] = "extend"};

static void make_id(char id[33])
{
    uint64_t random[2] = {0};
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    snprintf(id, 33, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
}

static bool refuse_second(struct state *state, const char *ring, struct err *err)
{
    struct intent open AUTO(intent_clear) = {0};
    char time[CLOCK_TEXT_SIZE];
    bool found = false;
    if (!journal_intent_find(state, ring, &open, &found, err))
        return false;
    if (!found)
        return true;
    clock_format(open.opened_unix, time);
    return err_set(err, ERR_LOCKED, "ring %s: an intent (%s) is open since %s", ring, kinds[open.kind], time);
}

static bool insert(struct state *state, const struct intent *intent, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT INTO intent (" INTENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
                         "coalesce(?, 'manual'), ?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, intent->id);
    stmt_put_text(&stmt, intent->ring);
    stmt_put_channel(&stmt, intent->channel);
    stmt_put_build(&stmt, &intent->from);
    stmt_put_build(&stmt, &intent->to);
    stmt_put_text(&stmt, kinds[intent->kind]);
    stmt_put_text(&stmt, intent->content);
    stmt_put_text(&stmt, intent->path);
    stmt_put_digest(&stmt, &intent->files_digest);
    stmt_put_text(&stmt, intent->lane);
    stmt_put_text(&stmt, intent->gates_overridden);
    stmt_put_text(&stmt, intent->block);
    stmt_put_text(&stmt, intent->actor);
    stmt_put_text(&stmt, intent->identity);
    stmt_put_text(&stmt, intent->reason);
    stmt_put_int(&stmt, intent->opened_unix);
    return stmt_run(&stmt, err);
}

bool journal_intent_open(struct state *state, struct intent *intent, struct err *err)
{
    make_id(intent->id);
    if (!state_begin(state, err))
        return false;
    bool opened =
        refuse_second(state, intent->ring, err) && insert(state, intent, err) && state_commit(state, err);
    state_abort(state);
    return opened;
}

static enum intent_kind get_kind(struct stmt *stmt)
{
    char *name AUTO_FREE = stmt_get_text(stmt);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (name && strcmp(name, kinds[i]) == 0)
            return (enum intent_kind)i;
    stmt->damage = "an intent of unknown kind";
    return INTENT_PUBLISH;
}

static void get_intent(struct stmt *stmt, struct intent *intent)
{
    stmt_get_chars(stmt, intent->id, sizeof intent->id);
    intent->ring = stmt_get_text(stmt);
    intent->channel = stmt_get_channel(stmt);
    intent->from = stmt_get_build(stmt);
    intent->to = stmt_get_build(stmt);
    intent->kind = get_kind(stmt);
    intent->content = stmt_get_text(stmt);
    intent->path = stmt_get_text(stmt);
    intent->files_digest = stmt_get_digest(stmt);
    intent->lane = stmt_get_text(stmt);
    intent->gates_overridden = stmt_get_text(stmt);
    intent->block = stmt_get_text(stmt);
    intent->actor = stmt_get_text(stmt);
    intent->identity = stmt_get_text(stmt);
    intent->reason = stmt_get_text(stmt);
    intent->opened_unix = stmt_get_int(stmt);
}

bool journal_intent_find(struct state *state, const char *ring, struct intent *intent, bool *found,
                         struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT " INTENT_COLUMNS " FROM intent WHERE ring = ? AND closed_unix IS NULL");
    stmt_put_text(&stmt, ring);
    *intent = (struct intent){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_intent(&stmt, intent);
    if (stmt_end(&stmt, err))
        return true;
    intent_clear(intent);
    return false;
}

bool journal_intent_close(struct state *state, const char *id, const char *outcome, int64_t now,
                          struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE intent SET closed_unix = ?, outcome = ? WHERE id = ? AND "
                                      "closed_unix IS NULL");
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, outcome);
    stmt_put_text(&stmt, id);
    if (!stmt_run(&stmt, err))
        return false;
    return state_changes(state) == 1 || err_set(err, ERR_FAILED, "intent %s is not open", id);
}

void intent_clear(struct intent *intent)
{
    free(intent->ring);
    free(intent->content);
    free(intent->path);
    free_text(intent->lane);
    free_text(intent->gates_overridden);
    free_text(intent->block);
    free_text(intent->actor);
    free_text(intent->identity);
    free_text(intent->reason);
    *intent = (struct intent){0};
}

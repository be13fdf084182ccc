/*
 * Transactions.
 *
 * A full disk: history must be written even then, because the share has been changed already. Beside the
 * database lies a file of 8 MiB that is there to be removed. When a statement or a commit finds the disk
 * full, SQLite has usually rolled the transaction back, so committing again is not enough: the transaction's
 * statements were noted as text with their parameters, and after the ballast is gone they are executed again
 * in a new transaction. They were made from what the first one had read; so that this still holds, every
 * transaction has a number of its own (table `turn`), and the second attempt is given up when somebody else
 * has had a turn in between. Other full disks (no ballast left) are ERR_NO_SPACE, and nothing of the
 * transaction stays.
 */
#include "ringmgr/state/db_private.h"

#include <sqlite3.h>

static void forget(struct state *state)
{
    state->in_transaction = false;
    state->repeatable = true;
    strv_clear(&state->written);
}

void state_roll_back(struct state *state)
{
    if (!sqlite3_get_autocommit(state->db))
        sqlite3_exec(state->db, "ROLLBACK", NULL, NULL, NULL);
}

static bool take_turn(struct state *state, int64_t *turn, struct err *err)
{
    if (!state_exec(state, "BEGIN IMMEDIATE", err))
        return false;
    AUTO_STMT stmt = stmt_make(state, "UPDATE turn SET number = number + 1 RETURNING number");
    while (stmt_row(&stmt))
        *turn = stmt_get_int(&stmt);
    if (stmt_end(&stmt, err))
        return true;
    stmt_clear(&stmt);
    state_roll_back(state);
    return false;
}

bool state_begin(struct state *state, struct err *err)
{
    if (state->in_transaction)
        return err_set(err, ERR_FAILED, "%s: a transaction is open already", state->path);
    forget(state);
    if (state->mode == STATE_READ)
        return state->in_transaction = state_exec(state, "BEGIN", err);
    ballast_lay(state->dir);
    if (!take_turn(state, &state->turn, err) &&
        !(err->code == ERR_NO_SPACE && ballast_release(state->dir) && take_turn(state, &state->turn, err)))
        return false;
    return state->in_transaction = true;
}

/* Begins anew and executes what was noted; false if another transaction came in between. */
static bool repeat(struct state *state, struct err *err)
{
    int64_t turn = 0;
    if (!take_turn(state, &turn, err))
        return false;
    if (turn != state->turn)
        return err_set(err, ERR_NO_SPACE, "%s: no space left, and another command wrote meanwhile",
                       state->path);
    for (size_t i = 0; i < state->written.len; i++)
        if (!state_exec(state, state->written.item[i], err))
            return false;
    return true;
}

bool state_once_more(struct state *state, struct err *err)
{
    if (err->code != ERR_NO_SPACE || !state->repeatable || !ballast_release(state->dir))
        return false;
    state_roll_back(state);
    if (repeat(state, err)) {
        *err = (struct err){0};
        return true;
    }
    state_roll_back(state);
    return false;
}

static bool commit(struct state *state, struct err *err)
{
    return state_exec(state, "COMMIT", err);
}

bool state_commit(struct state *state, struct err *err)
{
    if (!state->in_transaction)
        return err_set(err, ERR_FAILED, "%s: no transaction is open", state->path);
    bool done = commit(state, err) || (state_once_more(state, err) && commit(state, err));
    if (!done)
        state_roll_back(state);
    forget(state);
    return done;
}

void state_abort(struct state *state)
{
    if (!state->in_transaction)
        return;
    state_roll_back(state);
    forget(state);
}

bool state_end(struct state *state, bool ok, struct err *err)
{
    ok = ok && state_commit(state, err);
    state_abort(state);
    return ok;
}

static bool execute(struct stmt *stmt, struct err *err)
{
    while (stmt_row(stmt))
        ;
    return stmt_end(stmt, err);
}

/* Notes the statement with its parameters, so that the transaction can be done once more. */
static void note(struct stmt *stmt)
{
    char *sql = sqlite3_expanded_sql(stmt->handle);
    if (sql)
        strv_add(&stmt->state->written, sql);
    else
        stmt->state->repeatable = false; /* longer than SQLite's longest text */
    sqlite3_free(sql);
}

bool stmt_run(struct stmt *stmt, struct err *err)
{
    if (stmt->rc != SQLITE_OK)
        return state_fail(stmt->state, err);
    if (!stmt->state->in_transaction || sqlite3_get_autocommit(stmt->state->db))
        return err_set(err, ERR_FAILED, "%s: no transaction is open", stmt->state->path);
    if (!execute(stmt, err)) {
        sqlite3_reset(stmt->handle);
        if (!state_once_more(stmt->state, err))
            return false;
        stmt->rc = SQLITE_OK;
        if (!execute(stmt, err))
            return false;
    }
    note(stmt);
    return true;
}

bool stmt_run_alone(struct stmt *stmt, struct err *err)
{
    struct state *state = stmt->state;
    if (state->in_transaction)
        return stmt_run(stmt, err);
    if (!state_begin(state, err))
        return false;
    bool done = stmt_run(stmt, err);
    stmt_clear(stmt); /* a statement that is not reset would keep the commit waiting */
    done = done && state_commit(state, err);
    state_abort(state);
    return done;
}

#include "ringmgr/state/hold.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
    [HOLD_PERSON] = "person", [HOLD_ROLLBACK] = "rollback", [HOLD_SETTINGS] = "settings"};

/* When a hold ended or will end: lifted, or by its `until`, what is earlier; NULL: it stands until lifted. */
#define END "min(coalesce(lifted_unix, until_unix), coalesce(until_unix, lifted_unix))"

bool hold_next_id(struct state *state, int64_t *id, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT coalesce(max(id), 0) + 1 FROM hold");
    if (stmt_row(&stmt))
        *id = stmt_get_int(&stmt);
    return stmt_end(&stmt, err);
}

bool hold_put(struct state *state, struct hold *hold, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "INSERT INTO hold (ring, kind, stop_soak, by, reason, approvers, at_unix, until_unix) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, hold->ring);
    stmt_put_text(&stmt, kinds[hold->kind]);
    stmt_put_int(&stmt, hold->stop_soak);
    stmt_put_text(&stmt, hold->by);
    stmt_put_text(&stmt, hold->reason);
    stmt_put_text(&stmt, hold->approvers);
    stmt_put_int(&stmt, hold->at_unix);
    stmt_put_unix(&stmt, hold->until_unix);
    if (!stmt_run(&stmt, err))
        return false;
    hold->id = state_inserted_id(state);
    return true;
}

bool hold_lift(struct state *state, int64_t id, int64_t now, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE hold SET lifted_unix = max(at_unix, ?1) WHERE id = ?2 AND "
                                      "lifted_unix IS NULL AND (until_unix IS NULL OR until_unix > ?1)");
    stmt_put_int(&stmt, now);
    stmt_put_int(&stmt, id);
    if (!stmt_run(&stmt, err))
        return false;
    *found = state_changes(state) == 1;
    return true;
}

static enum hold_kind get_kind(struct stmt *stmt)
{
    char *name AUTO_FREE = stmt_get_text(stmt);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (name && strcmp(name, kinds[i]) == 0)
            return (enum hold_kind)i;
    stmt->damage = "a hold of unknown kind";
    return HOLD_PERSON;
}

static void get_hold(struct stmt *stmt, struct hold *hold)
{
    hold->id = stmt_get_int(stmt);
    hold->ring = stmt_get_text(stmt);
    hold->kind = get_kind(stmt);
    hold->stop_soak = stmt_get_int(stmt) != 0;
    hold->by = stmt_get_text(stmt);
    hold->reason = stmt_get_text(stmt);
    hold->approvers = stmt_get_text(stmt);
    hold->at_unix = stmt_get_int(stmt);
    hold->until_unix = stmt_get_unix(stmt);
    hold->lifted_unix = stmt_get_unix(stmt);
}

bool holds_standing(struct state *state, const char *ring, int64_t now, struct holds *holds, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT id, ring, kind, stop_soak, by, reason, approvers, at_unix, "
                                      "until_unix, lifted_unix FROM hold WHERE ring = ? AND lifted_unix IS "
                                      "NULL AND (until_unix IS NULL OR until_unix > ?) ORDER BY at_unix, id");
    stmt_put_text(&stmt, ring);
    stmt_put_int(&stmt, now);
    *holds = (struct holds){0};
    while (stmt_row(&stmt)) {
        holds->item = mem_grow(holds->item, holds->len, sizeof *holds->item);
        get_hold(&stmt, &holds->item[holds->len++]);
    }
    if (stmt_end(&stmt, err))
        return true;
    holds_clear(holds);
    return false;
}

void holds_clear(struct holds *holds)
{
    for (size_t i = 0; i < holds->len; i++) {
        free_text(holds->item[i].ring);
        free_text(holds->item[i].by);
        free_text(holds->item[i].reason);
        free_text(holds->item[i].approvers);
    }
    free(holds->item);
    *holds = (struct holds){0};
}

bool hold_last_end(struct state *state, const char *ring, int64_t now, int64_t *ended_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT max(" END ") FROM hold WHERE ring = ? AND " END " <= ?");
    stmt_put_text(&stmt, ring);
    stmt_put_int(&stmt, now);
    *ended_unix = stmt_row(&stmt) ? stmt_get_unix(&stmt) : -1;
    return stmt_end(&stmt, err);
}

bool hold_pauses(struct state *state, const char *ring, int64_t since_unix, struct soak_pause **pauses,
                 size_t *len, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT at_unix, " END " AS ended FROM hold WHERE ring = ?1 AND stop_soak = 1 AND "
                         "(ended IS NULL OR ended > max(at_unix, ?2)) UNION ALL "
                         "SELECT from_unix, until_unix FROM clock_step WHERE until_unix > ?2 AND "
                         "until_unix > from_unix");
    stmt_put_text(&stmt, ring);
    stmt_put_int(&stmt, since_unix);
    *pauses = NULL;
    *len = 0;
    while (stmt_row(&stmt)) {
        *pauses = mem_grow(*pauses, *len, sizeof **pauses);
        struct soak_pause *pause = &(*pauses)[(*len)++];
        pause->from_unix = stmt_get_int(&stmt);
        pause->until_unix = stmt_get_unix(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    free(*pauses);
    *pauses = NULL;
    *len = 0;
    return false;
}

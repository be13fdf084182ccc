#include "ringmgr/state/heals.h"
#include "ringmgr/state/db_private.h"

static bool forget_old(struct state *state, int64_t until_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM heal WHERE at_unix <= ?");
    stmt_put_int(&stmt, until_unix);
    return stmt_run(&stmt, err);
}

bool heals_note(struct state *state, const char *ring, const char *path, int64_t now, int64_t keep_seconds,
                struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO heal (ring, path, at_unix) VALUES (?, ?, ?)");
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, path);
    stmt_put_int(&stmt, now);
    return forget_old(state, now - keep_seconds, err) && stmt_run(&stmt, err);
}

bool heals_count(struct state *state, const char *ring, const char *path, int64_t since_unix, int64_t *times,
                 struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT count(*) FROM heal WHERE ring = ? AND path = ? AND at_unix > ?");
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, path);
    stmt_put_int(&stmt, since_unix);
    *times = stmt_row(&stmt) ? stmt_get_int(&stmt) : 0;
    return stmt_end(&stmt, err);
}

bool heals_forget(struct state *state, const char *ring, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM heal WHERE ring = ?");
    stmt_put_text(&stmt, ring);
    return stmt_run_alone(&stmt, err);
}

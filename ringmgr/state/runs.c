#include "ringmgr/state/runs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- jobs ---- */

bool run_note(struct state *state, const char *job, int64_t began_unix, int64_t ended_unix, int status,
              struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO job_run (job, began_unix, ended_unix, status, good_unix)"
                                      " VALUES (?1, ?2, ?3, ?4, CASE WHEN ?4 = 0 THEN ?3 END)"
                                      " ON CONFLICT (job) DO UPDATE SET began_unix = excluded.began_unix,"
                                      " ended_unix = excluded.ended_unix, status = excluded.status,"
                                      " good_unix = coalesce(excluded.good_unix, good_unix)");
    stmt_put_text(&stmt, job);
    stmt_put_unix(&stmt, began_unix);
    stmt_put_unix(&stmt, ended_unix);
    stmt_put_int(&stmt, status);
    return stmt_run_alone(&stmt, err);
}

static void take_run(struct stmt *stmt, struct runs *runs)
{
    struct run *run = &runs->item[runs->len++];
    run->job = stmt_get_text(stmt);
    run->began_unix = stmt_get_unix(stmt);
    run->ended_unix = stmt_get_unix(stmt);
    run->status = (int)stmt_get_int(stmt);
    run->good_unix = stmt_get_unix(stmt);
}

bool runs_get(struct state *state, struct runs *runs, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT job, began_unix, ended_unix, status, good_unix FROM job_run ORDER BY job");
    *runs = (struct runs){0};
    while (stmt_row(&stmt)) {
        runs->item = mem_grow(runs->item, runs->len, sizeof *runs->item);
        take_run(&stmt, runs);
    }
    return stmt_end(&stmt, err);
}

void runs_clear(struct runs *runs)
{
    for (size_t i = 0; i < runs->len; i++)
        free(runs->item[i].job);
    free(runs->item);
    *runs = (struct runs){0};
}

/* ---- figures ---- */

/* What the rows are called: never changed once released. */
static const char *const names[FIGURE_COUNT] = {
    [FIGURE_FETCHED_BYTES] = "fetched-bytes", [FIGURE_REUSED_BYTES] = "reused-bytes",
    [FIGURE_HEALED_FILES] = "healed-files",   [FIGURE_AUDIT_FINDINGS] = "audit-findings",
    [FIGURE_AUDIT_LEFT] = "audit-left",
};

static bool put(struct state *state, const char *sql, enum figure figure, uint64_t value, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, sql);
    stmt_put_text(&stmt, names[figure]);
    stmt_put_int(&stmt, value > INT64_MAX ? INT64_MAX : (int64_t)value);
    return stmt_run_alone(&stmt, err);
}

bool figure_add(struct state *state, enum figure figure, uint64_t more, struct err *err)
{
    return more == 0 || put(state,
                            "INSERT INTO figure (name, value) VALUES (?1, ?2)"
                            " ON CONFLICT (name) DO UPDATE SET value = value + ?2",
                            figure, more, err);
}

bool figure_set(struct state *state, enum figure figure, uint64_t value, struct err *err)
{
    return put(state, "INSERT OR REPLACE INTO figure (name, value) VALUES (?1, ?2)", figure, value, err);
}

bool figures_get(struct state *state, uint64_t value[FIGURE_COUNT], struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT name, value FROM figure");
    memset(value, 0, FIGURE_COUNT * sizeof *value);
    while (stmt_row(&stmt)) {
        char name[32];
        stmt_get_chars(&stmt, name, sizeof name);
        uint64_t number = (uint64_t)stmt_get_int(&stmt);
        for (enum figure figure = 0; figure < FIGURE_COUNT; figure++)
            if (strcmp(names[figure], name) == 0)
                value[figure] = number;
    }
    return stmt_end(&stmt, err);
}

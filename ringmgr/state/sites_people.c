/* What people want of sites: pauses and orders; and since when enough sites offer a build. */
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/sites.h"

/* ---- pauses ---- */

bool site_pause_put(struct state *state, const struct site_pause *pause, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT OR REPLACE INTO site_pause (site, by, identity, reason, "
                                      "since_unix) VALUES (?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, pause->site);
    stmt_put_text(&stmt, pause->by);
    stmt_put_text(&stmt, pause->identity);
    stmt_put_text(&stmt, pause->reason);
    stmt_put_int(&stmt, pause->since_unix);
    return stmt_run(&stmt, err);
}

bool site_pause_lift(struct state *state, const char *site, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM site_pause WHERE site = ?");
    stmt_put_text(&stmt, site);
    *found = false;
    if (!stmt_run(&stmt, err))
        return false;
    *found = state_changes(state) > 0;
    return true;
}

bool site_pause_find(struct state *state, const char *site, struct site_pause *pause, bool *found,
                     struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT site, by, identity, reason, since_unix FROM site_pause WHERE site = ?");
    stmt_put_text(&stmt, site);
    *pause = (struct site_pause){0};
    *found = stmt_row(&stmt);
    if (*found) {
        pause->site = stmt_get_text(&stmt);
        pause->by = stmt_get_text(&stmt);
        pause->identity = stmt_get_text(&stmt);
        pause->reason = stmt_get_text(&stmt);
        pause->since_unix = stmt_get_int(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    site_pause_clear(pause);
    return false;
}

void site_pause_clear(struct site_pause *pause)
{
    free_text(pause->site);
    free_text(pause->by);
    free_text(pause->identity);
    free_text(pause->reason);
    *pause = (struct site_pause){0};
}

/* ---- orders ---- */

bool site_order_put(struct state *state, const struct site_order *order, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR REPLACE INTO site_order (ring, channel, build, sha256, by, identity,"
                         " reason, ordered_unix) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, order->ring);
    stmt_put_channel(&stmt, order->channel);
    stmt_put_build(&stmt, &order->build);
    stmt_put_digest(&stmt, &order->files_digest);
    stmt_put_text(&stmt, order->by);
    stmt_put_text(&stmt, order->identity);
    stmt_put_text(&stmt, order->reason);
    stmt_put_int(&stmt, order->ordered_unix);
    return stmt_run(&stmt, err);
}

bool site_order_drop(struct state *state, const char *ring, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM site_order WHERE ring = ?");
    stmt_put_text(&stmt, ring);
    *found = false;
    if (!stmt_run(&stmt, err))
        return false;
    *found = state_changes(state) > 0;
    return true;
}

static void get_order(struct stmt *stmt, struct site_order *order)
{
    order->ring = stmt_get_text(stmt);
    order->channel = stmt_get_channel(stmt);
    order->build = stmt_get_build(stmt);
    order->files_digest = stmt_get_digest(stmt);
    order->by = stmt_get_text(stmt);
    order->identity = stmt_get_text(stmt);
    order->reason = stmt_get_text(stmt);
    order->ordered_unix = stmt_get_int(stmt);
}

bool site_order_find(struct state *state, const char *ring, struct site_order *order, bool *found,
                     struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT ring, channel, build, sha256, by, identity, reason, "
                                      "ordered_unix FROM site_order WHERE ring = ?");
    stmt_put_text(&stmt, ring);
    *order = (struct site_order){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_order(&stmt, order);
    if (stmt_end(&stmt, err))
        return true;
    site_order_clear(order);
    return false;
}

void site_order_clear(struct site_order *order)
{
    free_text(order->ring);
    free_text(order->by);
    free_text(order->identity);
    free_text(order->reason);
    *order = (struct site_order){0};
}

/* ---- the quorum ---- */

bool site_quorum_find(struct state *state, const char *ring, const struct channel *channel,
                      const struct build *build, int64_t live_since, int64_t *reached_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT min(reached_unix) FROM site_quorum WHERE ring = ? AND "
                                      "channel = ? AND build = ? AND live_since >= ?");
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_int(&stmt, live_since);
    *reached_unix = stmt_row(&stmt) ? stmt_get_unix(&stmt) : -1;
    return stmt_end(&stmt, err);
}

bool site_quorum_put(struct state *state, const char *ring, const struct channel *channel,
                     const struct build *build, int64_t live_since, int64_t reached_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT OR IGNORE INTO site_quorum (ring, channel, build, live_since, "
                                      "reached_unix) VALUES (?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_int(&stmt, live_since);
    stmt_put_int(&stmt, reached_unix);
    return stmt_run(&stmt, err);
}

#include "ringmgr/state/sites.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

/* Runs SQL whose only parameters are the site and, where it is not NULL, the ring. */
static bool run_for(struct state *state, const char *sql, const char *site, const char *ring, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, sql);
    stmt_put_text(&stmt, site);
    if (ring)
        stmt_put_text(&stmt, ring);
    return stmt_run(&stmt, err);
}

static bool forget_place(struct state *state, const char *site, struct err *err)
{
    return run_for(state, "DELETE FROM site_share WHERE site = ?", site, NULL, err) &&
           run_for(state, "DELETE FROM site_build WHERE site = ?", site, NULL, err);
}

static bool find_target(struct state *state, const char *site, char **target, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT target FROM site WHERE name = ?");
    stmt_put_text(&stmt, site);
    *target = stmt_row(&stmt) ? stmt_get_text(&stmt) : NULL;
    return stmt_end(&stmt, err);
}

bool site_place(struct state *state, const char *site, const char *target, int64_t now, bool *changed,
                struct err *err)
{
    char *was AUTO_FREE = NULL;
    *changed = false;
    if (!find_target(state, site, &was, err))
        return false;
    if (was && strcmp(was, target) == 0)
        return true;
    *changed = was != NULL;
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR REPLACE INTO site (name, target, since_unix) VALUES (?, ?, ?)");
    stmt_put_text(&stmt, site);
    stmt_put_text(&stmt, target);
    stmt_put_int(&stmt, now);
    return forget_place(state, site, err) && stmt_run(&stmt, err);
}

bool site_place_is(struct state *state, const char *site, const char *target, bool *is, struct err *err)
{
    char *was AUTO_FREE = NULL;
    if (!find_target(state, site, &was, err))
        return false;
    *is = !was || strcmp(was, target) == 0;
    return true;
}

bool site_forget(struct state *state, const char *site, struct err *err)
{
    return forget_place(state, site, err) &&
           run_for(state, "DELETE FROM site WHERE name = ?", site, NULL, err) &&
           run_for(state, "DELETE FROM site_pause WHERE site = ?", site, NULL, err);
}

bool site_forget_ring(struct state *state, const char *site, const char *ring, struct err *err)
{
    return run_for(state, "DELETE FROM site_share WHERE site = ? AND ring = ?", site, ring, err) &&
           run_for(state, "DELETE FROM site_build WHERE site = ? AND ring = ?", site, ring, err);
}

/* ---- rings at sites ---- */

static void put_digest(struct stmt *stmt, const struct digest *digest)
{
    static const struct digest none;
    if (digest_equal(digest, &none))
        stmt_put_bytes(stmt, NULL, 0);
    else
        stmt_put_digest(stmt, digest);
}

static int64_t number_of(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

bool site_share_put(struct state *state, const struct site_share *share, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "INSERT OR REPLACE INTO site_share (site, ring, channel, build, sha256, offered_unix,"
               " looked_unix, good_unix, failing_unix, stale_unix, verified_unix, error, waiting, bytes_left,"
               " rate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, share->site);
    stmt_put_text(&stmt, share->ring);
    stmt_put_text(&stmt, share->channel ? share->channel->id : NULL);
    stmt_put_build(&stmt, &share->build);
    put_digest(&stmt, &share->files_digest);
    stmt_put_unix(&stmt, share->offered_since);
    stmt_put_unix(&stmt, share->looked_unix);
    stmt_put_unix(&stmt, share->good_unix);
    stmt_put_unix(&stmt, share->failing_unix);
    stmt_put_unix(&stmt, share->stale_unix);
    stmt_put_unix(&stmt, share->verified_unix);
    stmt_put_text(&stmt, share->error);
    stmt_put_text(&stmt, share->waiting);
    stmt_put_int(&stmt, number_of(share->bytes_left));
    stmt_put_int(&stmt, number_of(share->rate));
    return stmt_run_alone(&stmt, err);
}

#define SHARE                                                                                                \
    "SELECT site, ring, build IS NOT NULL, coalesce(channel, ''), build, sha256, offered_unix, "             \
    "looked_unix, good_unix, failing_unix, stale_unix, verified_unix, error, waiting, bytes_left, rate "     \
    "FROM site_share "

/* A column of a build that may be none. */
static void get_offered(struct stmt *stmt, struct site_share *share)
{
    if (stmt_get_int(stmt) != 0) {
        share->channel = stmt_get_channel(stmt);
        share->build = stmt_get_build(stmt);
    } else {
        free(stmt_get_text(stmt));
        free(stmt_get_text(stmt));
    }
    share->files_digest = stmt_get_digest(stmt);
}

static void get_share(struct stmt *stmt, struct site_share *share)
{
    *share = (struct site_share){.site = stmt_get_text(stmt)};
    share->ring = stmt_get_text(stmt);
    get_offered(stmt, share);
    share->offered_since = stmt_get_unix(stmt);
    share->looked_unix = stmt_get_unix(stmt);
    share->good_unix = stmt_get_unix(stmt);
    share->failing_unix = stmt_get_unix(stmt);
    share->stale_unix = stmt_get_unix(stmt);
    share->verified_unix = stmt_get_unix(stmt);
    share->error = stmt_get_text(stmt);
    share->waiting = stmt_get_text(stmt);
    share->bytes_left = (uint64_t)stmt_get_int(stmt);
    share->rate = (uint64_t)stmt_get_int(stmt);
}

static struct site_share unseen(void)
{
    return (struct site_share){.offered_since = -1,
                               .looked_unix = -1,
                               .good_unix = -1,
                               .failing_unix = -1,
                               .stale_unix = -1,
                               .verified_unix = -1};
}

bool site_share_find(struct state *state, const char *site, const char *ring, struct site_share *share,
                     struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, SHARE "WHERE site = ? AND ring = ?");
    stmt_put_text(&stmt, site);
    stmt_put_text(&stmt, ring);
    *share = unseen();
    if (stmt_row(&stmt))
        get_share(&stmt, share);
    if (stmt_end(&stmt, err))
        return true;
    site_share_clear(share);
    return false;
}

bool site_shares_get(struct state *state, const char *site, const char *ring, struct site_shares *shares,
                     struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, SHARE "WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR ring = ?2) ORDER BY site, ring");
    stmt_put_text(&stmt, site);
    stmt_put_text(&stmt, ring);
    *shares = (struct site_shares){0};
    while (stmt_row(&stmt)) {
        shares->item = mem_grow(shares->item, shares->len, sizeof *shares->item);
        get_share(&stmt, &shares->item[shares->len++]);
    }
    if (stmt_end(&stmt, err))
        return true;
    site_shares_clear(shares);
    return false;
}

void site_share_clear(struct site_share *share)
{
    free_text(share->site);
    free_text(share->ring);
    free_text(share->error);
    free_text(share->waiting);
    *share = unseen();
}

void site_shares_clear(struct site_shares *shares)
{
    for (size_t i = 0; i < shares->len; i++)
        site_share_clear(&shares->item[i]);
    free(shares->item);
    *shares = (struct site_shares){0};
}

bool site_pointer_find(struct state *state, const char *ring, const struct digest *descriptor,
                       const struct channel **channel, struct build *build, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT channel, build FROM offer_file JOIN offer ON offer.id = "
                                      "offer_id WHERE offer_file.sha256 = ? AND ring = ? AND "
                                      "path NOT LIKE '%/%' ORDER BY offer.id DESC LIMIT 1");
    stmt_put_digest(&stmt, descriptor);
    stmt_put_text(&stmt, ring);
    *channel = NULL;
    *build = (struct build){{0}};
    if (stmt_row(&stmt)) {
        *channel = stmt_get_channel(&stmt);
        *build = stmt_get_build(&stmt);
    }
    return stmt_end(&stmt, err);
}

/* ---- builds at sites ---- */

bool site_build_put(struct state *state, const struct site_build *build, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR REPLACE INTO site_build (site, ring, channel, build, sha256, begun_unix,"
                         " staged_unix, proven_unix, left_unix) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, build->site);
    stmt_put_text(&stmt, build->ring);
    stmt_put_channel(&stmt, build->channel);
    stmt_put_build(&stmt, &build->build);
    stmt_put_digest(&stmt, &build->files_digest);
    stmt_put_int(&stmt, build->begun_unix);
    stmt_put_unix(&stmt, build->staged_unix);
    stmt_put_unix(&stmt, build->proven_unix);
    stmt_put_unix(&stmt, build->left_unix);
    return stmt_run_alone(&stmt, err);
}

#define BUILDS                                                                                               \
    "SELECT site, ring, channel, build, sha256, begun_unix, staged_unix, proven_unix, left_unix "            \
    "FROM site_build "

static void get_build(struct stmt *stmt, struct site_build *build)
{
    build->site = stmt_get_text(stmt);
    build->ring = stmt_get_text(stmt);
    build->channel = stmt_get_channel(stmt);
    build->build = stmt_get_build(stmt);
    build->files_digest = stmt_get_digest(stmt);
    build->begun_unix = stmt_get_unix(stmt);
    build->staged_unix = stmt_get_unix(stmt);
    build->proven_unix = stmt_get_unix(stmt);
    build->left_unix = stmt_get_unix(stmt);
}

bool site_build_find(struct state *state, const char *site, const char *ring, const struct channel *channel,
                     const struct build *build, struct site_build *found_build, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, BUILDS "WHERE site = ? AND ring = ? AND channel = ? AND build = ?");
    stmt_put_text(&stmt, site);
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    *found_build = (struct site_build){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_build(&stmt, found_build);
    if (stmt_end(&stmt, err))
        return true;
    site_build_clear(found_build);
    return false;
}

bool site_build_gone(struct state *state, const char *site, const char *ring, const struct channel *channel,
                     const struct build *build, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "DELETE FROM site_build WHERE site = ? AND ring = ? AND channel = ? AND build = ?");
    stmt_put_text(&stmt, site);
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run_alone(&stmt, err);
}

bool site_builds_get(struct state *state, const char *site, const char *ring, struct site_builds *builds,
                     struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, BUILDS "WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR ring = ?2) "
                                             "ORDER BY site, ring, channel, build");
    stmt_put_text(&stmt, site);
    stmt_put_text(&stmt, ring);
    *builds = (struct site_builds){0};
    while (stmt_row(&stmt)) {
        builds->item = mem_grow(builds->item, builds->len, sizeof *builds->item);
        get_build(&stmt, &builds->item[builds->len++]);
    }
    if (stmt_end(&stmt, err))
        return true;
    site_builds_clear(builds);
    return false;
}

void site_build_clear(struct site_build *build)
{
    free_text(build->site);
    free_text(build->ring);
    *build = (struct site_build){0};
}

void site_builds_clear(struct site_builds *builds)
{
    for (size_t i = 0; i < builds->len; i++)
        site_build_clear(&builds->item[i]);
    free(builds->item);
    *builds = (struct site_builds){0};
}

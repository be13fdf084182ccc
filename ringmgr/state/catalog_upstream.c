/* The part of the catalog that comes from upstream: metadata files, the release history, recalls. */
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>
#include <string.h>

void upstream_file_clear(struct upstream_file *file)
{
    free(file->etag);
    free(file->last_modified);
    buf_clear(&file->content);
    *file = (struct upstream_file){.signed_unix = -1, .checked_unix = -1};
}

bool catalog_upstream_get(struct state *state, const char *address, struct upstream_file *file,
                          struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT etag, last_modified, signed_unix, checked_unix, content "
                                      "FROM upstream WHERE address = ?");
    stmt_put_text(&stmt, address);
    *file = (struct upstream_file){.signed_unix = -1, .checked_unix = -1};
    if (stmt_row(&stmt)) {
        file->etag = stmt_get_text(&stmt);
        file->last_modified = stmt_get_text(&stmt);
        file->signed_unix = stmt_get_unix(&stmt);
        file->checked_unix = stmt_get_int(&stmt);
        stmt_get_bytes(&stmt, &file->content);
    }
    if (stmt_end(&stmt, err))
        return true;
    upstream_file_clear(file);
    return false;
}

static bool put_check(struct state *state, const char *address, const struct upstream_file *file,
                      struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT INTO upstream (address, etag, last_modified, checked_unix) "
                         "VALUES (?, ?, ?, ?) ON CONFLICT (address) DO UPDATE SET etag = excluded.etag, "
                         "last_modified = excluded.last_modified, checked_unix = excluded.checked_unix");
    stmt_put_text(&stmt, address);
    stmt_put_text(&stmt, file->etag);
    stmt_put_text(&stmt, file->last_modified);
    stmt_put_int(&stmt, file->checked_unix);
    return stmt_run(&stmt, err);
}

bool catalog_upstream_put(struct state *state, const char *address, const struct upstream_file *file,
                          struct err *err)
{
    if (!put_check(state, address, file, err))
        return false;
    if (!file->content.data)
        return true;
    AUTO_STMT stmt = stmt_make(state, "UPDATE upstream SET content = ?, signed_unix = "
                                      "max(coalesce(signed_unix, -1), ?) WHERE address = ?");
    stmt_put_bytes(&stmt, file->content.data, file->content.len);
    stmt_put_int(&stmt, file->signed_unix);
    stmt_put_text(&stmt, address);
    return stmt_run(&stmt, err);
}

bool catalog_newest_signed(struct state *state, int64_t *signed_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT max(signed_unix) FROM upstream");
    *signed_unix = stmt_row(&stmt) ? stmt_get_unix(&stmt) : -1;
    return stmt_end(&stmt, err);
}

/* A history that names a channel's latest ends what was latest before; one that names none is no news. */
static bool end_latest(struct state *state, const struct channel *channel, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE release SET latest = 0 WHERE channel = ? AND latest = 1");
    stmt_put_channel(&stmt, channel);
    return stmt_run(&stmt, err);
}

static bool put_release(struct state *state, const struct release *row, int64_t now, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state,
        "INSERT INTO release (channel, build, version, released_unix, latest, first_seen_unix) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (channel, build) DO UPDATE SET "
        "version = excluded.version, released_unix = excluded.released_unix, latest = excluded.latest");
    stmt_put_channel(&stmt, row->channel);
    stmt_put_build(&stmt, &row->build);
    stmt_put_text(&stmt, row->version);
    stmt_put_int(&stmt, row->released_unix);
    stmt_put_int(&stmt, row->latest);
    stmt_put_int(&stmt, now);
    return stmt_run(&stmt, err);
}

static bool put_published(struct state *state, int64_t published_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE release_history SET published_unix = "
                                      "max(coalesce(published_unix, -1), ?)");
    stmt_put_int(&stmt, published_unix);
    return published_unix < 0 || stmt_run(&stmt, err);
}

bool catalog_releases_merge(struct state *state, const struct releases *releases, int64_t now,
                            struct err *err)
{
    for (size_t i = 0; i < releases->len; i++)
        if (releases->row[i].latest && !end_latest(state, releases->row[i].channel, err))
            return false;
    for (size_t i = 0; i < releases->len; i++)
        if (!put_release(state, &releases->row[i], now, err))
            return false;
    return put_published(state, releases->published_unix, err);
}

/* Of a row "build, version, released_unix, latest". */
static void get_release(struct stmt *stmt, const struct channel *channel, struct release *release)
{
    release->channel = channel;
    release->build = stmt_get_build(stmt);
    stmt_get_chars(stmt, release->version, sizeof release->version);
    release->released_unix = stmt_get_int(stmt);
    release->latest = stmt_get_int(stmt) != 0;
}

bool catalog_release_find(struct state *state, const struct channel *channel, const struct build *build,
                          struct release *release, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT build, version, released_unix, latest FROM release "
                                      "WHERE channel = ? AND build = ?");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    *found = stmt_row(&stmt);
    if (*found)
        get_release(&stmt, channel, release);
    return stmt_end(&stmt, err);
}

static bool get_published(struct state *state, int64_t *published_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT published_unix FROM release_history");
    *published_unix = stmt_row(&stmt) ? stmt_get_unix(&stmt) : -1;
    return stmt_end(&stmt, err);
}

bool catalog_releases(struct state *state, const struct channel *channel, struct releases *releases,
                      struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT build, version, released_unix, latest FROM release "
                                      "WHERE channel = ? ORDER BY build DESC");
    stmt_put_channel(&stmt, channel);
    *releases = (struct releases){0};
    while (stmt_row(&stmt)) {
        releases->row = mem_grow(releases->row, releases->len, sizeof *releases->row);
        get_release(&stmt, channel, &releases->row[releases->len++]);
    }
    if (stmt_end(&stmt, err) && get_published(state, &releases->published_unix, err))
        return true;
    releases_clear(releases);
    return false;
}

static bool add_recall(struct state *state, const struct channel *channel, const struct build *build,
                       int64_t now, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO recall (channel, build, first_seen_unix) VALUES (?, ?, ?) "
                                      "ON CONFLICT DO NOTHING");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    stmt_put_int(&stmt, now);
    return stmt_run(&stmt, err);
}

bool catalog_recalls_add(struct state *state, const struct channel *channel, const struct build *builds,
                         size_t len, int64_t now, struct err *err)
{
    for (size_t i = 0; i < len; i++)
        if (!add_recall(state, channel, &builds[i], now, err))
            return false;
    return true;
}

bool catalog_recalled(struct state *state, const struct channel *channel, const struct build *build,
                      int64_t *first_seen_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT first_seen_unix FROM recall WHERE channel = ? AND build = ?");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    *first_seen_unix = stmt_row(&stmt) ? stmt_get_int(&stmt) : -1;
    return stmt_end(&stmt, err);
}

bool catalog_recalls(struct state *state, const struct channel *channel, struct build **builds, size_t *len,
                     struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT build FROM recall WHERE channel = ? ORDER BY build");
    stmt_put_channel(&stmt, channel);
    *builds = NULL;
    *len = 0;
    while (stmt_row(&stmt)) {
        *builds = mem_grow(*builds, *len, sizeof **builds);
        (*builds)[(*len)++] = stmt_get_build(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    free(*builds);
    *builds = NULL;
    *len = 0;
    return false;
}

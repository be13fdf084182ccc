/* The part of the catalog that says what rings offer and have offered. */
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>

#define OFFER_COLUMNS                                                                                        \
    "id, ring, channel, build, content, sha256, live_since, live_until, by, ended, removed_unix"

static bool end_live(struct state *state, const struct offer *next, const char *ended, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE offer SET live_until = max(live_since, ?), ended = ? "
                                      "WHERE ring = ? AND live_until IS NULL");
    stmt_put_int(&stmt, next->live_since);
    stmt_put_text(&stmt, ended);
    stmt_put_text(&stmt, next->ring);
    return stmt_run(&stmt, err);
}

/* `ended` is NULL while it is live; live_until is then -1. */
static bool insert_offer(struct state *state, struct offer *offer, const char *ended, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO offer (ring, channel, build, content, sha256, live_since, "
                                      "live_until, by, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, offer->ring);
    stmt_put_channel(&stmt, offer->channel);
    stmt_put_build(&stmt, &offer->build);
    stmt_put_text(&stmt, offer->content);
    stmt_put_digest(&stmt, &offer->files_digest);
    stmt_put_int(&stmt, offer->live_since);
    stmt_put_unix(&stmt, ended ? offer->live_until : -1);
    stmt_put_text(&stmt, offer->by);
    stmt_put_text(&stmt, ended);
    if (!stmt_run(&stmt, err))
        return false;
    offer->id = state_inserted_id(state);
    return true;
}

static bool put_file(struct state *state, int64_t offer_id, const struct catalog_file *file, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO offer_file (offer_id, path, sha256, bytes) "
                                      "VALUES (?, ?, ?, ?)");
    stmt_put_int(&stmt, offer_id);
    stmt_put_text(&stmt, file->path);
    stmt_put_digest(&stmt, &file->digest);
    stmt_put_int(&stmt, (int64_t)file->bytes);
    return stmt_run(&stmt, err);
}

static bool put_files(struct state *state, int64_t offer_id, const struct catalog_files *files,
                      struct err *err)
{
    for (size_t i = 0; i < files->len; i++)
        if (!files->file[i].absent && !put_file(state, offer_id, &files->file[i], err))
            return false;
    return true;
}

bool catalog_offer_start(struct state *state, struct offer *offer, const struct catalog_files *files,
                         const char *ended, struct err *err)
{
    return end_live(state, offer, ended, err) && insert_offer(state, offer, NULL, err) &&
           put_files(state, offer->id, files, err);
}

bool catalog_offer_adopt(struct state *state, struct offer *offer, const struct catalog_files *files,
                         const char *ended, struct err *err)
{
    return insert_offer(state, offer, ended, err) && put_files(state, offer->id, files, err);
}

static bool drop_files(struct state *state, int64_t offer_id, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM offer_file WHERE offer_id = ?");
    stmt_put_int(&stmt, offer_id);
    return stmt_run(&stmt, err);
}

static bool update_content(struct state *state, const struct offer *offer, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE offer SET content = ?, sha256 = ? WHERE id = ?");
    stmt_put_text(&stmt, offer->content);
    stmt_put_digest(&stmt, &offer->files_digest);
    stmt_put_int(&stmt, offer->id);
    return stmt_run(&stmt, err);
}

bool catalog_offer_extend(struct state *state, struct offer *offer, const struct catalog_files *files,
                          struct err *err)
{
    struct offer newest AUTO(offer_clear) = {0};
    bool found = false;
    if (!catalog_offer_find(state, offer->ring, offer->channel, &offer->build, &newest, &found, err))
        return false;
    if (!found || newest.removed_unix >= 0)
        return err_set(err, ERR_FAILED, "ring %s: the build to extend does not stand on its share",
                       offer->ring);
    offer->id = newest.id;
    return update_content(state, offer, err) && drop_files(state, offer->id, err) &&
           put_files(state, offer->id, files, err);
}

bool catalog_offer_removed(struct state *state, const char *ring, const struct channel *channel,
                           const struct build *build, int64_t now, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE offer SET removed_unix = ? WHERE ring = ? AND channel = ? AND "
                                      "build = ? AND removed_unix IS NULL");
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run(&stmt, err);
}

static void get_offer(struct stmt *stmt, struct offer *offer)
{
    offer->id = stmt_get_int(stmt);
    offer->ring = stmt_get_text(stmt);
    offer->channel = stmt_get_channel(stmt);
    offer->build = stmt_get_build(stmt);
    offer->content = stmt_get_text(stmt);
    offer->files_digest = stmt_get_digest(stmt);
    offer->live_since = stmt_get_int(stmt);
    offer->live_until = stmt_get_unix(stmt);
    offer->by = stmt_get_text(stmt);
    offer->ended = stmt_get_text(stmt);
    offer->removed_unix = stmt_get_unix(stmt);
}

static bool get_one(struct stmt *stmt, struct offer *offer, bool *found, struct err *err)
{
    *offer = (struct offer){0};
    *found = stmt_row(stmt);
    if (*found)
        get_offer(stmt, offer);
    if (stmt_end(stmt, err))
        return true;
    offer_clear(offer);
    return false;
}

bool catalog_offer_live(struct state *state, const char *ring, struct offer *offer, bool *found,
                        struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT " OFFER_COLUMNS " FROM offer WHERE ring = ? AND live_until IS NULL");
    stmt_put_text(&stmt, ring);
    return get_one(&stmt, offer, found, err);
}

bool catalog_offer_find(struct state *state, const char *ring, const struct channel *channel,
                        const struct build *build, struct offer *offer, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " OFFER_COLUMNS " FROM offer WHERE ring = ? AND channel = ? "
                                      "AND build = ? ORDER BY id DESC LIMIT 1");
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return get_one(&stmt, offer, found, err);
}

static bool get_all(struct stmt *stmt, struct offers *offers, struct err *err)
{
    *offers = (struct offers){0};
    while (stmt_row(stmt)) {
        offers->item = mem_grow(offers->item, offers->len, sizeof *offers->item);
        get_offer(stmt, &offers->item[offers->len++]);
    }
    if (stmt_end(stmt, err))
        return true;
    offers_clear(offers);
    return false;
}

bool catalog_offers_standing(struct state *state, const char *ring, struct offers *offers, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " OFFER_COLUMNS " FROM offer WHERE ring = ? AND removed_unix "
                                      "IS NULL ORDER BY live_until IS NULL DESC, id DESC");
    stmt_put_text(&stmt, ring);
    return get_all(&stmt, offers, err);
}

bool catalog_offers_unlike(struct state *state, const struct offer *live, struct offers *offers,
                           struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT " OFFER_COLUMNS " FROM offer WHERE ring = ? AND removed_unix IS NULL AND "
                         "live_until IS NOT NULL AND content <> ? ORDER BY id DESC");
    stmt_put_text(&stmt, live->ring);
    stmt_put_text(&stmt, live->content);
    return get_all(&stmt, offers, err);
}

bool catalog_offers_after(struct state *state, const char *ring, const struct channel *channel,
                          const struct build *after, struct offers *offers, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT " OFFER_COLUMNS " FROM offer WHERE ring = ?1 AND channel = ?2 AND "
                         "build > coalesce(?3, '') AND id = (SELECT max(id) FROM offer AS same WHERE "
                         "ring = ?1 AND channel = ?2 AND same.build = offer.build) ORDER BY build DESC");
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, after);
    return get_all(&stmt, offers, err);
}

bool catalog_offers_all(struct state *state, const char *ring, struct offers *offers, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " OFFER_COLUMNS " FROM offer WHERE ring = ? ORDER BY id DESC");
    stmt_put_text(&stmt, ring);
    return get_all(&stmt, offers, err);
}

bool catalog_offer_span(struct state *state, const char *ring, const struct channel *channel,
                        const struct build *build, struct offer_span *span, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT live_since, ended IS 'rollback', removed_unix IS NULL FROM "
                                      "offer WHERE ring = ? AND channel = ? AND build = ? ORDER BY id");
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    *span = (struct offer_span){.since_unix = -1};
    while (stmt_row(&stmt)) {
        int64_t live_since = stmt_get_int(&stmt);
        span->bad = stmt_get_int(&stmt) != 0;
        span->standing = stmt_get_int(&stmt) != 0;
        if (span->bad)
            span->since_unix = -1;
        else if (span->since_unix < 0)
            span->since_unix = live_since;
    }
    return stmt_end(&stmt, err);
}

bool catalog_offer_files(struct state *state, int64_t offer_id, struct catalog_files *files, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT path, sha256, bytes FROM offer_file WHERE offer_id = ? ORDER BY path");
    stmt_put_int(&stmt, offer_id);
    *files = (struct catalog_files){0};
    while (stmt_row(&stmt)) {
        files->file = mem_grow(files->file, files->len, sizeof *files->file);
        struct catalog_file *file = &files->file[files->len++];
        *file = (struct catalog_file){.path = stmt_get_text(&stmt), .absent_unix = -1};
        file->digest = stmt_get_digest(&stmt);
        file->bytes = (uint64_t)stmt_get_int(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    catalog_files_clear(files);
    return false;
}

void offer_clear(struct offer *offer)
{
    free(offer->ring);
    free(offer->content);
    free((char *)offer->by);
    free(offer->ended);
    *offer = (struct offer){0};
}

void offers_clear(struct offers *offers)
{
    for (size_t i = 0; i < offers->len; i++)
        offer_clear(&offers->item[i]);
    free(offers->item);
    *offers = (struct offers){0};
}

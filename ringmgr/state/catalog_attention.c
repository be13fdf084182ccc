/* The part of the catalog for people: results of the last sync, and what somebody should settle. */
#include "ringmgr/base/mem.h"
#include "ringmgr/base/utf8.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>

bool catalog_last_sync_put(struct state *state, const char *ring, const struct last_sync *last,
                           struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO last_sync (ring, at_unix, result, error) VALUES "
                                      "(?, ?, ?, ?) ON CONFLICT (ring) DO UPDATE SET at_unix = "
                                      "excluded.at_unix, result = excluded.result, error = excluded.error");
    stmt_put_text(&stmt, ring);
    stmt_put_int(&stmt, last->at_unix);
    stmt_put_text(&stmt, last->result);
    stmt_put_text(&stmt, last->error);
    return stmt_run_alone(&stmt, err);
}

bool catalog_last_sync_get(struct state *state, const char *ring, struct last_sync *last, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT at_unix, result, error FROM last_sync WHERE ring = ?");
    stmt_put_text(&stmt, ring);
    *last = (struct last_sync){.at_unix = -1};
    if (stmt_row(&stmt)) {
        last->at_unix = stmt_get_int(&stmt);
        last->result = stmt_get_text(&stmt);
        last->error = stmt_get_text(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    last_sync_clear(last);
    return false;
}

void last_sync_clear(struct last_sync *last)
{
    free_text(last->result);
    free_text(last->error);
    *last = (struct last_sync){.at_unix = -1};
}

/* Attention. The ring '' is none in particular. */

/* NULL stays NULL. */
static char *make_harmless(const char *text)
{
    char *harmless = text ? mem_strdup(text) : NULL;
    if (harmless)
        utf8_disarm(harmless);
    return harmless;
}

bool catalog_attention_raise(struct state *state, const struct attention *attention, struct err *err)
{
    char *text AUTO_FREE = make_harmless(attention->text);
    char *command AUTO_FREE = make_harmless(attention->command);
    AUTO_STMT stmt = stmt_make(
        state,
        "INSERT INTO attention (severity, ring, code, subject, text, command, since_unix) VALUES "
        "(?, coalesce(?, ''), ?, coalesce(?, ''), ?, ?, ?) ON CONFLICT (code, ring, subject) DO UPDATE "
        "SET severity = excluded.severity, text = excluded.text, command = excluded.command");
    stmt_put_text(&stmt, attention->severity);
    stmt_put_text(&stmt, attention->ring);
    stmt_put_text(&stmt, attention->code);
    stmt_put_text(&stmt, attention->subject);
    stmt_put_text(&stmt, text);
    stmt_put_text(&stmt, command);
    stmt_put_int(&stmt, attention->since_unix);
    return stmt_run_alone(&stmt, err);
}

bool catalog_attention_clear(struct state *state, const char *code, const char *ring, const char *except,
                             struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM attention WHERE code = ? AND ring = coalesce(?, '') AND "
                                      "subject IS NOT ?");
    stmt_put_text(&stmt, code);
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, except);
    return stmt_run_alone(&stmt, err);
}

bool catalog_attention_stands(struct state *state, const char *code, const char *ring, bool *stands,
                              struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT 1 FROM attention WHERE code = ? AND ring = coalesce(?, '') LIMIT 1");
    stmt_put_text(&stmt, code);
    stmt_put_text(&stmt, ring);
    *stands = stmt_row(&stmt);
    return stmt_end(&stmt, err);
}

bool catalog_attention_settle(struct state *state, const char *code, const char *ring, const char *subject,
                              struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM attention WHERE code = ? AND ring = coalesce(?, '') AND "
                                      "subject = ?");
    stmt_put_text(&stmt, code);
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, subject);
    return stmt_run_alone(&stmt, err);
}

#define ATTENTION_COLUMNS "id, severity, nullif(ring, ''), code, subject, text, command, since_unix"

static void get_attention(struct stmt *stmt, struct attention *attention)
{
    attention->id = stmt_get_int(stmt);
    attention->severity = stmt_get_text(stmt);
    attention->ring = stmt_get_text(stmt);
    attention->code = stmt_get_text(stmt);
    attention->subject = stmt_get_text(stmt);
    attention->text = stmt_get_text(stmt);
    attention->command = stmt_get_text(stmt);
    attention->since_unix = stmt_get_int(stmt);
}

static bool take_attentions(struct stmt *stmt, struct attentions *attentions, struct err *err)
{
    *attentions = (struct attentions){0};
    while (stmt_row(stmt)) {
        attentions->item = mem_grow(attentions->item, attentions->len, sizeof *attentions->item);
        get_attention(stmt, &attentions->item[attentions->len++]);
    }
    if (stmt_end(stmt, err))
        return true;
    attentions_clear(attentions);
    return false;
}

bool catalog_attentions(struct state *state, struct attentions *attentions, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "SELECT " ATTENTION_COLUMNS " FROM attention WHERE acked_unix IS NULL ORDER BY CASE severity "
               "WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, since_unix, id");
    return take_attentions(&stmt, attentions, err);
}

bool catalog_attentions_after(struct state *state, int64_t id, struct attentions *attentions, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT " ATTENTION_COLUMNS
                                      " FROM attention WHERE acked_unix IS NULL AND id > ? ORDER BY id");
    stmt_put_int(&stmt, id);
    return take_attentions(&stmt, attentions, err);
}

static bool find_unseen(struct state *state, int64_t id, struct attention *attention, bool *found,
                        struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT " ATTENTION_COLUMNS " FROM attention WHERE id = ? AND acked_unix IS NULL");
    stmt_put_int(&stmt, id);
    *attention = (struct attention){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_attention(&stmt, attention);
    return stmt_end(&stmt, err);
}

bool catalog_attention_ack(struct state *state, int64_t id, const char *by, int64_t now,
                           struct attention *attention, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE attention SET acked_unix = ?, acked_by = ? WHERE id = ?");
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, by);
    stmt_put_int(&stmt, id);
    if (find_unseen(state, id, attention, found, err) && (!*found || stmt_run(&stmt, err)))
        return true;
    attention_clear(attention);
    return false;
}

bool catalog_attention_ever(struct state *state, int64_t id, bool *ever, struct err *err)
{
    return state_ever_had(state, "attention", id, ever, err);
}

bool catalog_attention_since(struct state *state, const char *code, const char *ring, const char *subject,
                             int64_t *since_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT since_unix FROM attention WHERE code = ? AND "
                                      "ring = coalesce(?, '') AND subject = coalesce(?, '')");
    stmt_put_text(&stmt, code);
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, subject);
    *since_unix = stmt_row(&stmt) ? stmt_get_int(&stmt) : -1;
    return stmt_end(&stmt, err);
}

void attention_clear(struct attention *attention)
{
    free_text(attention->severity);
    free_text(attention->ring);
    free_text(attention->code);
    free_text(attention->subject);
    free_text(attention->text);
    free_text(attention->command);
    *attention = (struct attention){0};
}

void attentions_clear(struct attentions *attentions)
{
    for (size_t i = 0; i < attentions->len; i++)
        attention_clear(&attentions->item[i]);
    free(attentions->item);
    *attentions = (struct attentions){0};
}

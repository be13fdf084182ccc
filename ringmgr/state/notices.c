#include "ringmgr/state/notices.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- notices ---- */

bool notice_make_uid(char uid[NOTICE_UID_SIZE], struct err *err)
{
    uint8_t bytes[(NOTICE_UID_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return err_set(err, ERR_FAILED, "the kernel gives no random bytes");
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(uid + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

bool notice_add(struct state *state, struct notice *notice, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT INTO notice (uid, at_unix, event, severity, ring, channel, build, version,"
                         " subject, title, text, command) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!notice_make_uid(notice->uid, err))
        return false;
    stmt_put_text(&stmt, notice->uid);
    stmt_put_int(&stmt, notice->at_unix);
    stmt_put_text(&stmt, notice->event);
    stmt_put_text(&stmt, notice->severity);
    stmt_put_text(&stmt, notice->ring);
    stmt_put_text(&stmt, notice->channel ? notice->channel->id : NULL);
    stmt_put_build(&stmt, &notice->build);
    stmt_put_text(&stmt, notice->version);
    stmt_put_text(&stmt, notice->subject ? notice->subject : "");
    stmt_put_text(&stmt, notice->title);
    stmt_put_text(&stmt, notice->text);
    stmt_put_text(&stmt, notice->command);
    if (!stmt_run_alone(&stmt, err))
        return false;
    notice->id = state_inserted_id(state);
    return true;
}

/* A channel that this program does not know any more is none. */
static const struct channel *get_channel(struct stmt *stmt)
{
    char *id AUTO_FREE = stmt_get_text(stmt);
    return id ? channel_find(id) : NULL;
}

static void get_notice(struct stmt *stmt, struct notice *notice)
{
    notice->id = stmt_get_int(stmt);
    stmt_get_chars(stmt, notice->uid, sizeof notice->uid);
    notice->at_unix = stmt_get_int(stmt);
    notice->event = stmt_get_text(stmt);
    notice->severity = stmt_get_text(stmt);
    notice->ring = stmt_get_text(stmt);
    notice->channel = get_channel(stmt);
    notice->build = stmt_get_build(stmt);
    notice->version = stmt_get_text(stmt);
    notice->subject = stmt_get_text(stmt);
    notice->title = stmt_get_text(stmt);
    notice->text = stmt_get_text(stmt);
    notice->command = stmt_get_text(stmt);
}

bool notices_after(struct state *state, int64_t id, size_t most, struct notices *notices, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT id, uid, at_unix, event, severity, ring, channel, build, version, subject,"
                         " title, text, command FROM notice WHERE id > ? ORDER BY id LIMIT ?");
    stmt_put_int(&stmt, id);
    stmt_put_int(&stmt, (int64_t)most);
    *notices = (struct notices){0};
    while (stmt_row(&stmt)) {
        notices->item = mem_grow(notices->item, notices->len, sizeof *notices->item);
        notices->item[notices->len] = (struct notice){0};
        get_notice(&stmt, &notices->item[notices->len++]);
    }
    if (stmt_end(&stmt, err))
        return true;
    notices_clear(notices);
    return false;
}

static void clear_notice(struct notice *notice)
{
    free_text(notice->event);
    free_text(notice->severity);
    free_text(notice->ring);
    free_text(notice->version);
    free_text(notice->subject);
    free_text(notice->title);
    free_text(notice->text);
    free_text(notice->command);
}

void notices_clear(struct notices *notices)
{
    for (size_t i = 0; i < notices->len; i++)
        clear_notice(&notices->item[i]);
    free(notices->item);
    *notices = (struct notices){0};
}

bool notice_last(struct state *state, int64_t *id, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'notice'");
    *id = stmt_row(&stmt) ? stmt_get_int(&stmt) : 0;
    return stmt_end(&stmt, err);
}

bool notices_forget(struct state *state, int64_t until_unix, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM notice WHERE at_unix < ? AND"
                                      " id <= (SELECT coalesce(min(notice_id), 1 << 62) FROM notice_cursor)");
    stmt_put_int(&stmt, until_unix);
    return stmt_run_alone(&stmt, err);
}

/* ---- targets ---- */

bool notice_cursor_get(struct state *state, const char *target, struct notice_cursor *cursor, bool *found,
                       struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT notice_id, failing_unix, tries, next_unix, error"
                                      " FROM notice_cursor WHERE target = ?");
    stmt_put_text(&stmt, target);
    *cursor = (struct notice_cursor){.target = target, .failing_unix = -1, .next_unix = -1};
    *found = stmt_row(&stmt);
    if (*found) {
        cursor->notice_id = stmt_get_int(&stmt);
        cursor->failing_unix = stmt_get_unix(&stmt);
        cursor->tries = stmt_get_int(&stmt);
        cursor->next_unix = stmt_get_unix(&stmt);
        cursor->error = stmt_get_text(&stmt);
    }
    return stmt_end(&stmt, err);
}

static bool forget_folded(struct state *state, const struct notice_cursor *cursor, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM notice_folded WHERE target = ? AND notice_id <= ?");
    stmt_put_text(&stmt, cursor->target);
    stmt_put_int(&stmt, cursor->notice_id);
    return stmt_run(&stmt, err);
}

bool notice_cursor_put(struct state *state, const struct notice_cursor *cursor, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "INSERT INTO notice_cursor (target, notice_id, failing_unix, tries, next_unix, error)"
               " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (target) DO UPDATE SET notice_id = excluded.notice_id,"
               " failing_unix = excluded.failing_unix, tries = excluded.tries,"
               " next_unix = excluded.next_unix, error = excluded.error");
    stmt_put_text(&stmt, cursor->target);
    stmt_put_int(&stmt, cursor->notice_id);
    stmt_put_unix(&stmt, cursor->failing_unix);
    stmt_put_int(&stmt, cursor->tries);
    stmt_put_unix(&stmt, cursor->next_unix);
    stmt_put_text(&stmt, cursor->error);
    return stmt_run(&stmt, err) && forget_folded(state, cursor, err);
}

static bool list_targets(struct state *state, struct strv *targets, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT target FROM notice_cursor");
    while (stmt_row(&stmt)) {
        char *target AUTO_FREE = stmt_get_text(&stmt);
        strv_add(targets, target);
    }
    return stmt_end(&stmt, err);
}

bool notice_cursors_keep(struct state *state, const struct strv *targets, struct err *err)
{
    AUTO_STRV known = {0};
    if (!list_targets(state, &known, err))
        return false;
    for (size_t i = 0; i < known.len; i++) {
        AUTO_STMT stmt = stmt_make(state, "DELETE FROM notice_cursor WHERE target = ?");
        stmt_put_text(&stmt, known.item[i]);
        if (!strv_has(targets, known.item[i]) && !stmt_run_alone(&stmt, err))
            return false;
    }
    return true;
}

bool notice_fold(struct state *state, const char *target, int64_t id, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR IGNORE INTO notice_folded (target, notice_id) VALUES (?, ?)");
    stmt_put_text(&stmt, target);
    stmt_put_int(&stmt, id);
    return stmt_run(&stmt, err);
}

bool notice_is_folded(struct state *state, const char *target, int64_t id, bool *folded, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT 1 FROM notice_folded WHERE target = ? AND notice_id = ?");
    stmt_put_text(&stmt, target);
    stmt_put_int(&stmt, id);
    *folded = stmt_row(&stmt);
    return stmt_end(&stmt, err);
}

/* ---- what was seen ---- */

bool notice_seen_get(struct state *state, const char *what, const char *ring, char **value, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT value FROM notice_seen WHERE what = ? AND ring = ?");
    stmt_put_text(&stmt, what);
    stmt_put_text(&stmt, ring);
    *value = stmt_row(&stmt) ? stmt_get_text(&stmt) : NULL;
    return stmt_end(&stmt, err);
}

bool notice_seen_put(struct state *state, const char *what, const char *ring, const char *value,
                     struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT OR REPLACE INTO notice_seen (what, ring, value) VALUES (?, ?, ?)");
    stmt_put_text(&stmt, what);
    stmt_put_text(&stmt, ring);
    stmt_put_text(&stmt, value);
    return stmt_run_alone(&stmt, err);
}

bool notice_seen_put_int(struct state *state, const char *what, int64_t value, struct err *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return notice_seen_put(state, what, "", text, err);
}

bool notice_seen_get_int(struct state *state, const char *what, int64_t *value, struct err *err)
{
    char *text AUTO_FREE = NULL;
    *value = -1;
    if (!notice_seen_get(state, what, "", &text, err))
        return false;
    if (text)
        *value = strtoll(text, NULL, 10);
    return true;
}

/* Statements: parameters, columns, and what SQLite said put into words. */
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART_DIGITS = 10, BUILD_COLUMN_CHARS = 4 * PART_DIGITS + 3 };

/* What SQLite said. */

static int primary(int rc)
{
    return rc & 0xff;
}

/* What the system has said last of the database (SQLITE_FCNTL_FILE_POINTER) or of its log. SQLite's own
 * sqlite3_system_errno() knows nothing of what fails while a transaction is committed. */
static int errno_of(sqlite3 *db, int which)
{
    sqlite3_file *file = NULL;
    int errnum = 0;
    if (sqlite3_file_control(db, "main", which, (void *)&file) != SQLITE_OK || !file || !file->pMethods ||
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &errnum) != SQLITE_OK)
        return 0;
    return errnum;
}

static bool is_space(int errnum)
{
    return errnum == ENOSPC || errnum == EDQUOT;
}

/* SQLite reports a full disk as such, an exhausted quota as an I/O error, and a full disk under the index of
 * the log as one of its own. */
static bool is_full(sqlite3 *db)
{
    int rc = sqlite3_extended_errcode(db);
    return primary(rc) == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE ||
           (primary(rc) == SQLITE_IOERR && (is_space(errno_of(db, SQLITE_FCNTL_FILE_POINTER)) ||
                                            is_space(errno_of(db, SQLITE_FCNTL_JOURNAL_POINTER))));
}

/* What SQLite says to a reader who would have to make the log or its index and may not. */
static bool lacks_log(int rc)
{
    return primary(rc) == SQLITE_CANTOPEN || rc == SQLITE_READONLY_DIRECTORY ||
           rc == SQLITE_READONLY_CANTINIT;
}

bool state_fail(const struct state *state, struct err *err)
{
    int rc = sqlite3_extended_errcode(state->db);
    const char *what = sqlite3_errmsg(state->db);
    if (is_full(state->db))
        err_set(err, ERR_NO_SPACE, "%s: no space left: %s", state->path, what);
    else if (primary(rc) == SQLITE_BUSY || primary(rc) == SQLITE_LOCKED)
        err_set(err, ERR_LOCKED, "%s: another command is writing: %s", state->path, what);
    else if (primary(rc) == SQLITE_CORRUPT || primary(rc) == SQLITE_NOTADB)
        err_set(err, ERR_FAILED, "%s is damaged: %s: %s", state->path, what, STATE_DAMAGED_ADVICE);
    else if (state->mode == STATE_READ && lacks_log(rc))
        err_set(err, ERR_FAILED,
                "%s cannot be read: who may not write to its folder needs " DB_NAME "-wal and " DB_NAME
                "-shm there, and to read them; a ringmgr command of the service's user makes them",
                state->path);
    else
        err_set(err, ERR_FAILED, "%s: %s", state->path, what);
    err->domain = ERR_DOMAIN_SQLITE;
    err->sys = rc;
    return false;
}

bool state_exec(struct state *state, const char *sql, struct err *err)
{
    return sqlite3_exec(state->db, sql, NULL, NULL, NULL) == SQLITE_OK || state_fail(state, err);
}

int64_t state_changes(const struct state *state)
{
    return sqlite3_changes64(state->db);
}

int64_t state_inserted_id(const struct state *state)
{
    return sqlite3_last_insert_rowid(state->db);
}

/* Statements. */

struct stmt stmt_make(struct state *state, const char *sql)
{
    struct stmt stmt = {.state = state};
    stmt.rc = sqlite3_prepare_v2(state->db, sql, -1, &stmt.handle, NULL);
    return stmt;
}

void stmt_clear(struct stmt *stmt)
{
    sqlite3_finalize(stmt->handle);
    stmt->handle = NULL;
}

/* Keeps the first error of all puts. */
static void keep(struct stmt *stmt, int rc)
{
    if (stmt->rc == SQLITE_OK)
        stmt->rc = rc;
}

void stmt_put_text(struct stmt *stmt, const char *text)
{
    if (stmt->handle)
        keep(stmt, sqlite3_bind_text(stmt->handle, ++stmt->at, text, -1, SQLITE_STATIC));
}

void stmt_put_int(struct stmt *stmt, int64_t number)
{
    if (stmt->handle)
        keep(stmt, sqlite3_bind_int64(stmt->handle, ++stmt->at, number));
}

void stmt_put_unix(struct stmt *stmt, int64_t unix_seconds)
{
    if (unix_seconds < 0)
        stmt_put_text(stmt, NULL);
    else
        stmt_put_int(stmt, unix_seconds);
}

void stmt_put_bytes(struct stmt *stmt, const void *bytes, size_t len)
{
    if (stmt->handle)
        keep(stmt, sqlite3_bind_blob64(stmt->handle, ++stmt->at, bytes, len, SQLITE_STATIC));
}

void stmt_put_channel(struct stmt *stmt, const struct channel *channel)
{
    stmt_put_text(stmt, channel->id);
}

void stmt_put_build(struct stmt *stmt, const struct build *build)
{
    const uint32_t *part = build->part;
    char text[BUILD_COLUMN_CHARS + 1];
    snprintf(text, sizeof text, "%010" PRIu32 ".%010" PRIu32 ".%010" PRIu32 ".%010" PRIu32, part[0], part[1],
             part[2], part[3]);
    if (!stmt->handle)
        return;
    if (build_is_none(build))
        keep(stmt, sqlite3_bind_null(stmt->handle, ++stmt->at));
    else
        keep(stmt, sqlite3_bind_text(stmt->handle, ++stmt->at, text, -1, SQLITE_TRANSIENT));
}

void stmt_put_digest(struct stmt *stmt, const struct digest *digest)
{
    stmt_put_bytes(stmt, digest->byte, DIGEST_BYTES);
}

static bool is_good(int rc)
{
    return rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE;
}

bool stmt_row(struct stmt *stmt)
{
    if (!is_good(stmt->rc) || stmt->rc == SQLITE_DONE || stmt->damage)
        return false;
    stmt->at = -1;
    stmt->rc = sqlite3_step(stmt->handle);
    return stmt->rc == SQLITE_ROW;
}

/* The next column as text, borrowed until the next step; NULL for NULL. */
static const char *column(struct stmt *stmt, size_t *len)
{
    const unsigned char *text = sqlite3_column_text(stmt->handle, ++stmt->at);
    *len = (size_t)sqlite3_column_bytes(stmt->handle, stmt->at);
    return (const char *)text;
}

char *stmt_get_text(struct stmt *stmt)
{
    size_t len;
    const char *text = column(stmt, &len);
    if (!text)
        return NULL;
    char *copy = mem_new(len + 1, 1);
    memcpy(copy, text, len);
    for (char *nul = memchr(copy, 0, len); nul; nul = memchr(nul, 0, len - (size_t)(nul - copy)))
        *nul = '\001';
    return copy;
}

void stmt_get_chars(struct stmt *stmt, char *text, size_t size)
{
    size_t len;
    const char *from = column(stmt, &len);
    text[0] = 0;
    if (from && len < size && !memchr(from, 0, len))
        memcpy(text, from, len + 1);
    else
        stmt->damage = "a text of the wrong length";
}

int64_t stmt_get_int(struct stmt *stmt)
{
    return sqlite3_column_int64(stmt->handle, ++stmt->at);
}

int64_t stmt_get_unix(struct stmt *stmt)
{
    int at = ++stmt->at;
    return sqlite3_column_type(stmt->handle, at) == SQLITE_NULL ? -1 : sqlite3_column_int64(stmt->handle, at);
}

void stmt_get_bytes(struct stmt *stmt, struct buf *bytes)
{
    const void *from = sqlite3_column_blob(stmt->handle, ++stmt->at);
    int len = sqlite3_column_bytes(stmt->handle, stmt->at);
    if (from && len > 0)
        buf_append(bytes, from, (size_t)len);
}

const struct channel *stmt_get_channel(struct stmt *stmt)
{
    size_t len;
    const char *text = column(stmt, &len);
    const struct channel *channel = text ? channel_find(text) : NULL;
    if (!channel)
        stmt->damage = "a channel that this program does not know";
    return channel;
}

/* Reads the ten digits at `text` and expects `after` behind them. */
static bool read_part(const char *text, char after, uint32_t *part)
{
    if (strspn(text, "0123456789") != PART_DIGITS || text[PART_DIGITS] != after)
        return false;
    unsigned long long number = strtoull(text, NULL, 10);
    *part = (uint32_t)number;
    return number <= UINT32_MAX;
}

struct build stmt_get_build(struct stmt *stmt)
{
    struct build build = {{0}};
    size_t len;
    const char *text = column(stmt, &len);
    if (!text)
        return build;
    bool good = len == BUILD_COLUMN_CHARS;
    for (size_t i = 0; i < 4 && good; i++)
        good = read_part(text + i * (PART_DIGITS + 1), i < 3 ? '.' : 0, &build.part[i]);
    if (!good)
        stmt->damage = "text that is no build";
    return build;
}

struct digest stmt_get_digest(struct stmt *stmt)
{
    struct digest digest = {{0}};
    const void *bytes = sqlite3_column_blob(stmt->handle, ++stmt->at);
    int len = sqlite3_column_bytes(stmt->handle, stmt->at);
    if (bytes && len == DIGEST_BYTES)
        memcpy(digest.byte, bytes, DIGEST_BYTES);
    else if (bytes)
        stmt->damage = "a digest of the wrong length";
    return digest;
}

bool stmt_end(struct stmt *stmt, struct err *err)
{
    if (stmt->damage)
        return err_set(err, ERR_FAILED, "%s is damaged: it holds %s: %s", stmt->state->path, stmt->damage,
                       STATE_DAMAGED_ADVICE);
    return is_good(stmt->rc) || state_fail(stmt->state, err);
}

bool state_ever_had(struct state *state, const char *table, int64_t id, bool *ever, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT seq FROM sqlite_sequence WHERE name = ?");
    stmt_put_text(&stmt, table);
    int64_t newest = stmt_row(&stmt) ? stmt_get_int(&stmt) : 0;
    *ever = id >= 1 && id <= newest;
    return stmt_end(&stmt, err);
}

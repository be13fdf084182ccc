/*
 * The database.
 *
 * Durability: write-ahead log with synchronous=FULL. A commit that has returned is on the disk; a kill or a
 * power loss before that leaves the state of the last commit. The log and its index are never removed
 * (PERSIST_WAL), so that an account that may only read the folder can read the database: SQLite needs both
 * files, and such a reader could not make them. Whoever closes the database last empties the log
 * (journal_size_limit), for whoever opens it next would read all of it.
 *
 * A full disk: db_transaction.c.
 *
 * Descriptors: closing any descriptor of a database file drops the locks that SQLite holds on it in this
 * process (POSIX record locks), so this room opens the file itself only to create it.
 */
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/version.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long a transaction waits for the one before it, and an opening for a migration that runs. */
enum { BUSY_MS = 10000 };

/* Makes an empty file with the mode that SQLite then gives to the log and its index too. */
static bool make_file(int dir, struct err *err)
{
    AUTO_FD fd = openat(dir, DB_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0)
        return errno == EEXIST || err_set_errno(err, errno, "make %s", DB_NAME);
    if (fchmod(fd, 0640) != 0)
        return err_set_errno(err, errno, "chmod %s", DB_NAME);
    return fs_sync(dir, ".", err);
}

static bool fail_missing(const struct state *state, struct err *err)
{
    return err_set_errno(err, ENOENT, "there is no state yet: %s", state->path);
}

static bool find_file(const struct state *state, struct err *err)
{
    struct stat st;
    if (state->mode == STATE_WRITE)
        return make_file(state->dir, err);
    if (fstatat(state->dir, DB_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return true;
    return errno == ENOENT ? fail_missing(state, err) : err_set_errno(err, errno, "open %s", state->path);
}

static bool connect_file(struct state *state, struct err *err)
{
    int on = 1;
    int flags = state->mode == STATE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    int rc = sqlite3_open_v2(state->path, &state->db, flags, NULL);
    if (!state->db)
        return err_set(err, ERR_FAILED, "%s: %s", state->path, sqlite3_errstr(rc));
    if (rc != SQLITE_OK)
        return state_fail(state, err);
    sqlite3_extended_result_codes(state->db, 1);
    sqlite3_busy_timeout(state->db, BUSY_MS);
    sqlite3_file_control(state->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
    sqlite3_db_config(state->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return state_exec(state,
                      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                      "PRAGMA recursive_triggers = ON; PRAGMA journal_size_limit = 0;",
                      err);
}

static bool is_wal(struct state *state, bool *wal, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "PRAGMA journal_mode");
    *wal = false;
    if (stmt_row(&stmt)) {
        char *mode AUTO_FREE = stmt_get_text(&stmt);
        *wal = mode && strcmp(mode, "wal") == 0;
    }
    return stmt_end(&stmt, err);
}

/* A restore has given the name to another file since this one was opened; changed in place, as a log by that
 * name would be, the two would become one. */
static bool has_moved(struct state *state)
{
    int moved = 0;
    sqlite3_file_control(state->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

/* Makes the tables, or those that are new; once, whoever comes first. */
static bool make_schema(struct state *state, struct err *err)
{
    struct lock *lock AUTO(lock_auto_release)
    = NULL;
    bool wal = false;
    if (!lock_take(state->dir, "schema", true, BUSY_MS, "with a migration", &lock, err))
        return false;
    if (has_moved(state))
        return err_set(err, ERR_LOCKED, "%s: a restore has just replaced it: try again", state->path);
    if (!state_exec(state, "PRAGMA journal_mode = WAL", err) || !is_wal(state, &wal, err))
        return false;
    if (!wal)
        return err_set(
            err, ERR_FAILED,
            "%s: this file system cannot hold a write-ahead log: name a local one as [ringmgr] state",
            state->path);
    return schema_migrate(state, err);
}

static bool check_schema(struct state *state, struct err *err)
{
    int64_t version = 0;
    bool wal = false;
    if (!schema_version(state, &version, err) || !is_wal(state, &wal, err))
        return false;
    if (version > schema_newest())
        return err_set(
            err, ERR_USAGE,
            "%s has schema %" PRId64 ", this ringmgr, %s, knows %" PRId64
            ": a newer ringmgr has used it; install that one again, or restore a backup of this one",
            state->path, version, version_text(), schema_newest());
    if (version == schema_newest() && wal)
        return true;
    if (state->mode == STATE_WRITE)
        return make_schema(state, err);
    return version == 0 ? fail_missing(state, err)
                        : err_set(err, ERR_FAILED,
                                  "%s has schema %" PRId64
                                  " of an older ringmgr: any command that writes brings it up to date",
                                  state->path, version);
}

static bool connect_once(struct state *state, struct err *err)
{
    return connect_file(state, err) && check_schema(state, err);
}

/* Needs 32 KiB for the index of the log if that is not there; they come out of the ballast on a full disk. */
static bool connect_state(struct state *state, struct err *err)
{
    if (connect_once(state, err))
        return true;
    if (state->mode == STATE_READ || err->code != ERR_NO_SPACE || !ballast_release(state->dir))
        return false;
    sqlite3_close(state->db);
    state->db = NULL;
    return connect_once(state, err);
}

bool state_open(const char *path, enum state_mode mode, struct state **opened, struct err *err)
{
    struct state *state AUTO(state_auto_close)
    = mem_new(1, sizeof *state);
    state->mode = mode;
    state->path = mem_printf("%s/%s", path, DB_NAME);
    state->dir = fs_open_dir(path, err);
    if (state->dir < 0 || !find_file(state, err) || !connect_state(state, err))
        return false;
    *opened = state;
    state = NULL;
    return true;
}

void state_close(struct state *state)
{
    if (!state)
        return;
    state_abort(state);
    sqlite3_close(state->db);
    fs_auto_close(&state->dir);
    free(state->path);
    free(state);
}

void state_auto_close(struct state **state)
{
    state_close(*state);
}

int state_dir(const struct state *state)
{
    return state->dir;
}

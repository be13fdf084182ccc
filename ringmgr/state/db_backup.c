/*
 * Backup and restore of the database.
 *
 * A backup is the image that SQLite makes of the database inside one read transaction, so whoever writes
 * meanwhile neither waits nor is half in it. It says that it has no write-ahead log (bytes 18 and 19 of the
 * header, https://www.sqlite.org/fileformat2.html, 1.3.3): nothing beside the file belongs to it. Before it
 * is written, and before it takes the place of a database, it is opened in memory and proven.
 *
 * Restore must not leave the log of the old database beside the new one: SQLite would replay it. A sound old
 * database therefore leaves its log first, which SQLite allows only while nobody else has it open, and is
 * locked until the new one has its name. Who had opened the file just before and waited for that lock finds
 * the name given to another file (db.c).
 */
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/backup.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/journal.h"
#include "ringmgr/state/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HEADER_BYTES = 100, AT_WRITE_VERSION = 18, AT_READ_VERSION = 19, VERSION_LEGACY = 1 };
enum { AT_APPLICATION_ID = 68 };
#define UNSETTLED 0x52535452 /* "RSTR", of the images that restore writes */
enum { ALONE_TRIES = 30, ALONE_PAUSE_MS = 100, SCHEMA_WAIT_MS = 10000 };

/* ---- the image ---- */

struct image {
    unsigned char *bytes; /* SQLite's */
    size_t len;
};

static void image_clear(struct image *image)
{
    sqlite3_free(image->bytes);
}

static bool take_image(struct state *state, struct image *image, struct err *err)
{
    sqlite3_int64 len = 0;
    image->bytes = sqlite3_serialize(state->db, "main", &len, 0);
    image->len = (size_t)len;
    if (!image->bytes || len < HEADER_BYTES)
        return state_fail(state, err);
    if (image->len > LIMIT_BACKUP_BYTES)
        return err_set(err, ERR_FAILED, "%s: larger than %" PRIu64 " bytes, which restore would not take",
                       state->path, LIMIT_BACKUP_BYTES);
    image->bytes[AT_WRITE_VERSION] = image->bytes[AT_READ_VERSION] = VERSION_LEGACY;
    return true;
}

/* ---- proof ---- */

static void proof_clear(struct state *proof)
{
    sqlite3_close(proof->db);
    free(proof->path);
}

static bool refuse(const char *name, const char *why, struct err *err)
{
    return err_set(err, ERR_NOT_GENUINE, "%s: no sound backup: %s", name, why);
}

static bool check_header(const unsigned char *bytes, size_t len, const char *name, struct err *err)
{
    static const char magic[16] = "SQLite format 3";
    if (len < HEADER_BYTES || memcmp(bytes, magic, sizeof magic) != 0)
        return refuse(name, "it is no database", err);
    if (bytes[AT_WRITE_VERSION] == VERSION_LEGACY && bytes[AT_READ_VERSION] == VERSION_LEGACY)
        return true;
    return refuse(name,
                  "it is the bare copy of a database in use, without its log; take what ringmgr backup wrote",
                  err);
}

/* The image as a database in memory that nothing can change. */
static bool open_image(const unsigned char *bytes, size_t len, const char *name, struct state *proof,
                       struct err *err)
{
    proof->path = mem_strdup(name);
    if (sqlite3_open_v2(":memory:", &proof->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return err_set(err, ERR_FAILED, "%s: SQLite could not be opened", name);
    sqlite3_extended_result_codes(proof->db, 1);
    sqlite3_db_config(proof->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* with READONLY SQLite does not write into the bytes */
    return sqlite3_deserialize(proof->db, "main", (unsigned char *)(uintptr_t)bytes, (sqlite3_int64)len,
                               (sqlite3_int64)len, SQLITE_DESERIALIZE_READONLY) == SQLITE_OK
               ? state_exec(proof, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;", err)
               : refuse(name, sqlite3_errmsg(proof->db), err);
}

/* "ok", or what SQLite found first; the caller frees it. */
static char *find_damage(struct state *proof)
{
    AUTO_STMT stmt = stmt_make(proof, "PRAGMA integrity_check(1)");
    char *said = stmt_row(&stmt) ? stmt_get_text(&stmt) : NULL;
    return said ? said : mem_strdup(sqlite3_errmsg(proof->db));
}

static bool is_whole(struct state *proof, const char *name, struct err *err)
{
    char *said AUTO_FREE = find_damage(proof);
    return strcmp(said, "ok") == 0 || refuse(name, said, err);
}

static bool check_version(struct state *proof, const char *name, struct err *err)
{
    int64_t version = 0;
    if (!schema_version(proof, &version, err))
        return false;
    if (version < 1)
        return refuse(name, "it is no state of ringmgr's", err);
    return version <= schema_newest() || err_set(err, ERR_USAGE,
                                                 "%s has schema %" PRId64 ", this program knows %" PRId64
                                                 ": restore it with the newer ringmgr that wrote it",
                                                 name, version, schema_newest());
}

static bool prove(const unsigned char *bytes, size_t len, const char *name, struct backup_facts *facts,
                  struct err *err)
{
    struct state proof AUTO(proof_clear) = {.dir = -1, .mode = STATE_READ};
    struct err why = {0};
    *facts = (struct backup_facts){0};
    if (!check_header(bytes, len, name, err) || !open_image(bytes, len, name, &proof, err) ||
        !is_whole(&proof, name, err) || !check_version(&proof, name, err))
        return false;
    return (journal_verify(&proof, NULL, &facts->entries, &why) &&
            journal_head(&proof, facts->head, &facts->last_unix, &why)) ||
           refuse(name, why.msg, err);
}

bool backup_write(struct state *state, int dir, const char *name, struct backup_facts *facts, struct err *err)
{
    struct image image AUTO(image_clear) = {0};
    const struct fs_replace how = {.mode = 0600, .mtime_unix = -1};
    if (!take_image(state, &image, err))
        return false;
    if (!prove(image.bytes, image.len, "the copy", facts, err))
        return err_prefix(err, "%s", state->path);
    return fs_replace_file(dir, name, image.bytes, image.len, &how, err);
}

/* ---- the old database ---- */

struct old {
    sqlite3 *db; /* holds the lock of a sound one; NULL: there is none, or it is damaged */
};

static void old_clear(struct old *old)
{
    sqlite3_close(old->db);
}

static bool is_damage(int rc)
{
    return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

/* SQLite asks for the lock of a change of mode only once, so we do again. */
static int leave_log(sqlite3 *db)
{
    const struct timespec pause = {.tv_nsec = ALONE_PAUSE_MS * 1000000L};
    int rc = SQLITE_BUSY;
    for (int i = 0; i < ALONE_TRIES && (rc & 0xff) == SQLITE_BUSY; i++) {
        if (i)
            nanosleep(&pause, NULL);
        rc = sqlite3_exec(db, "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;", NULL, NULL, NULL);
    }
    return rc;
}

/* Makes the old database one file without a log, and locks it. */
static bool take_old(int dir, const char *path, struct old *old, struct err *err)
{
    struct stat st;
    if (fstatat(dir, DB_NAME, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "%s", path);
    int rc = sqlite3_open_v2(path, &old->db, SQLITE_OPEN_READWRITE, NULL);
    if (rc == SQLITE_OK)
        rc = leave_log(old->db);
    if ((rc & 0xff) == SQLITE_BUSY)
        return err_set(err, ERR_LOCKED,
                       "%s: another process has the state open: stop the service and every other ringmgr, "
                       "then try again",
                       path);
    if (rc == SQLITE_OK)
        return true;
    if (!is_damage(rc))
        return err_set(err, ERR_FAILED, "%s: %s", path, sqlite3_errmsg(old->db));
    sqlite3_close(old->db);
    old->db = NULL;
    return true;
}

/* What belongs to a database that has not ended well goes with it, or SQLite would take it for the next
 * one's. */
static bool move_log(int dir, const char *kept, struct err *err)
{
    static const char *const suffix[] = {"-wal", "-journal"};
    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
        char *from AUTO_FREE = mem_printf("%s%s", DB_NAME, suffix[i]);
        char *to AUTO_FREE = mem_printf("%s%s", kept, suffix[i]);
        if (linkat(dir, from, dir, to, 0) == 0 ? unlinkat(dir, from, 0) != 0 : errno != ENOENT)
            return err_set_errno(err, errno, "keep %s as %s", from, to);
    }
    if (unlinkat(dir, DB_NAME "-shm", 0) != 0 && errno != ENOENT)
        return err_set_errno(err, errno, "remove %s-shm", DB_NAME);
    return fs_sync(dir, ".", err);
}

/* A second name for the old file, if there is one; the first never goes without another file taking it. */
static bool keep_old(int dir, const char *why, int64_t now_unix, char kept[BACKUP_NAME_SIZE], struct err *err)
{
    char time[CLOCK_TEXT_SIZE];
    int errnum = EEXIST;
    clock_format(now_unix, time);
    for (int i = 1; i < 100 && errnum == EEXIST; i++) {
        snprintf(kept, BACKUP_NAME_SIZE, i == 1 ? "%s.before-%s-%s" : "%s.before-%s-%s.%d", DB_NAME, why,
                 time, i);
        errnum = linkat(dir, DB_NAME, dir, kept, 0) == 0 ? 0 : errno;
    }
    return errnum == 0 || errnum == ENOENT || err_set_errno(err, errnum, "keep %s as %s", DB_NAME, kept);
}

static void mark_unsettled(struct buf *image)
{
    for (int i = 0; i < 4; i++)
        image->data[AT_APPLICATION_ID + i] = (uint8_t)(UNSETTLED >> (24 - 8 * i));
}

bool backup_is_unsettled(struct state *state, bool *unsettled, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "PRAGMA application_id");
    *unsettled = stmt_row(&stmt) && stmt_get_int(&stmt) == UNSETTLED;
    return stmt_end(&stmt, err);
}

bool backup_settle(struct state *state, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "PRAGMA application_id = 0");
    return stmt_run(&stmt, err);
}

static bool replace_old(int dir, const struct buf *image, int64_t now_unix, struct backup_facts *facts,
                        struct err *err)
{
    struct stat st;
    const struct fs_replace how = {.mode = 0640, .mtime_unix = -1};
    bool ok = keep_old(dir, "restore", now_unix, facts->kept, err) && move_log(dir, facts->kept, err) &&
              fs_replace_file(dir, DB_NAME, image->data, image->len, &how, err);
    if (ok && fstatat(dir, facts->kept, &st, AT_SYMLINK_NOFOLLOW) != 0)
        facts->kept[0] = 0;
    return ok;
}

bool backup_restore(const char *state_path, int fd, const char *name, int64_t now_unix,
                    struct backup_facts *facts, struct err *err)
{
    AUTO_BUF image = {0};
    struct old old AUTO(old_clear) = {0};
    struct lock *lock AUTO(lock_auto_release)
    = NULL;
    char *path AUTO_FREE = mem_printf("%s/%s", state_path, DB_NAME);
    if (!fs_read_fd(fd, name, LIMIT_BACKUP_BYTES, &image, err) ||
        !prove(image.data, image.len, name, facts, err))
        return false;
    mark_unsettled(&image);
    AUTO_FD dir = fs_open_dir(state_path, err);
    return dir >= 0 && lock_take(dir, "schema", true, SCHEMA_WAIT_MS, "restore", &lock, err) &&
           take_old(dir, path, &old, err) && replace_old(dir, &image, now_unix, facts, err);
}

/* ---- a damaged database ---- */

/* Opens it as everybody does, then reads all of it; *damaged if that is what keeps it from being read. */
static bool is_damaged(const char *state_path, bool *damaged, struct err *err)
{
    struct state *state AUTO(state_auto_close)
    = NULL;
    struct err why = {0};
    *damaged = false;
    if (state_open(state_path, STATE_WRITE, &state, &why)) {
        char *said AUTO_FREE = find_damage(state);
        *damaged = strcmp(said, "ok") != 0;
        return true;
    }
    *damaged = why.domain == ERR_DOMAIN_SQLITE && is_damage(why.sys);
    if (!*damaged)
        *err = why;
    return *damaged;
}

bool backup_set_damaged_aside(const char *state_path, int64_t now_unix, char kept[BACKUP_NAME_SIZE],
                              struct err *err)
{
    struct lock *lock AUTO(lock_auto_release)
    = NULL;
    bool damaged;
    kept[0] = 0;
    if (!is_damaged(state_path, &damaged, err) || !damaged)
        return damaged || err->code == ERR_NONE;
    AUTO_FD dir = fs_open_dir(state_path, err);
    if (dir < 0 || !lock_take(dir, "schema", true, SCHEMA_WAIT_MS, "rebuild", &lock, err) ||
        !keep_old(dir, "rebuild", now_unix, kept, err) || !move_log(dir, kept, err))
        return false;
    return unlinkat(dir, DB_NAME, 0) == 0 ? fs_sync(dir, ".", err)
                                          : err_set_errno(err, errno, "remove %s", DB_NAME);
}

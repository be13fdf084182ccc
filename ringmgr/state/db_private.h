/*
 * What the files of this room share: the open state and a thin layer over prepared statements, made so that a
 * query is its SQL, one line for each parameter and one for each column. Parameters are put and columns are
 * got in the order in which they stand in the SQL. A mistake on the way sticks to the statement and is
 * reported once, by stmt_run() or stmt_end().
 */
#ifndef RINGMGR_STATE_DB_PRIVATE_H
#define RINGMGR_STATE_DB_PRIVATE_H

#include "ringmgr/base/buf.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/c2r/channel.h"
#include "ringmgr/c2r/version.h"
#include "ringmgr/state/db.h"
#include <stdlib.h>

#define DB_NAME              "ringmgr.db"
#define STATE_DAMAGED_ADVICE "bring back a backup (ringmgr restore) or make it anew (ringmgr rebuild)"

struct sqlite3;
struct sqlite3_stmt;

struct state {
    struct sqlite3 *db;
    char *path; /* of the database, for messages */
    int dir;
    enum state_mode mode;
    bool in_transaction;
    int64_t turn;        /* number of the open transaction; no two transactions have the same */
    struct strv written; /* what the open transaction has executed, to execute it once more */
    bool repeatable;     /* `written` is complete */
    int64_t appended_id; /* the first history entry that was not announced yet; 0: none */
};

struct stmt {
    struct state *state;
    struct sqlite3_stmt *handle; /* NULL: could not be prepared */
    int at;                      /* the parameter that was put, or the column that was got, last */
    int rc;                      /* SQLite's result of the last step */
    const char *damage;          /* what a column must not hold and held; NULL: nothing */
};

/* Prepares one statement; what is wrong with it is said by stmt_end(). Cleared by AUTO_STMT. */
struct stmt stmt_make(struct state *state, const char *sql);
void stmt_clear(struct stmt *stmt);
#define AUTO_STMT                                                                                            \
    AUTO(stmt_clear)                                                                                         \
    struct stmt

/* Texts and bytes are borrowed until the statement is cleared. */
void stmt_put_text(struct stmt *stmt, const char *text); /* NULL becomes NULL */
void stmt_put_int(struct stmt *stmt, int64_t number);
void stmt_put_unix(struct stmt *stmt, int64_t unix_seconds); /* -1 becomes NULL */
void stmt_put_bytes(struct stmt *stmt, const void *bytes, size_t len);
void stmt_put_channel(struct stmt *stmt, const struct channel *channel);
/* As text that sorts by number: each part with ten digits. None becomes NULL. */
void stmt_put_build(struct stmt *stmt, const struct build *build);
void stmt_put_digest(struct stmt *stmt, const struct digest *digest);

/* The next row, if there is one and nothing went wrong. */
bool stmt_row(struct stmt *stmt) MUST_CHECK;

/* Columns of the row, in their order. */
char *stmt_get_text(struct stmt *stmt); /* the caller frees; NULL for NULL; a NUL within becomes \001 */
void stmt_get_chars(struct stmt *stmt, char *text, size_t size);
int64_t stmt_get_int(struct stmt *stmt);
int64_t stmt_get_unix(struct stmt *stmt); /* NULL becomes -1 */
void stmt_get_bytes(struct stmt *stmt, struct buf *bytes);
const struct channel *stmt_get_channel(struct stmt *stmt);
struct build stmt_get_build(struct stmt *stmt);
struct digest stmt_get_digest(struct stmt *stmt); /* NULL becomes zeros */

/* After the last row that is wanted: false if anything went wrong since stmt_make(). */
bool stmt_end(struct stmt *stmt, struct err *err) MUST_CHECK;
/* Executes a statement that writes; a transaction must be open. On a full disk the ballast is given up and
 * the transaction done once more. */
bool stmt_run(struct stmt *stmt, struct err *err) MUST_CHECK;
/* The same; opens and commits a transaction of its own where none is open. */
bool stmt_run_alone(struct stmt *stmt, struct err *err) MUST_CHECK;

/* Frees a text that was got into a struct whose texts may also be borrowed. */
static inline void free_text(const char *text)
{
    free((char *)(uintptr_t)text);
}

/* Of the last stmt_run(): rows changed, id of the row inserted. */
int64_t state_changes(const struct state *state);
int64_t state_inserted_id(const struct state *state);

/* True in *ever if a row of `table`, whose ids are never used again, has had this id. */
bool state_ever_had(struct state *state, const char *table, int64_t id, bool *ever,
                    struct err *err) MUST_CHECK;

/* Executes SQL without parameters, outside the list of what can be done once more. */
bool state_exec(struct state *state, const char *sql, struct err *err) MUST_CHECK;
/* Fills `err` from SQLite's last error; always returns false. */
bool state_fail(const struct state *state, struct err *err);
/* Ends what transaction SQLite still has open, if any. */
void state_roll_back(struct state *state);
/*
 * After an error (in `err`): if the disk is full and there was ballast to give up, rolls back, begins again
 * and executes what the transaction had done. False, and `err` as it was, if that is not to be had.
 */
bool state_once_more(struct state *state, struct err *err) MUST_CHECK;

/* Reserves the ballast beside the database if it is not there and there is room for twice as much. */
void ballast_lay(int dir);
/* Frees its space; false if there was none. */
bool ballast_release(int dir) MUST_CHECK;

/* The schema that this program writes. */
int64_t schema_newest(void);
bool schema_version(struct state *state, int64_t *version, struct err *err) MUST_CHECK;
/* Brings the schema to the newest; under the lock "schema". */
bool schema_migrate(struct state *state, struct err *err) MUST_CHECK;

#endif

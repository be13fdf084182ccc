/*
 * The state: one SQLite database in the folder `state`, its transactions and migrations, and the ballast that
 * lets history be written on a full disk. The tables belong to the files beside this one; SQL stays in this
 * room.
 */
#ifndef RINGMGR_STATE_DB_H
#define RINGMGR_STATE_DB_H

#include "ringmgr/base/err.h"

struct state;

enum state_mode {
    STATE_READ,  /* readers never wait and change nothing; needs an existing database */
    STATE_WRITE, /* makes and migrates the database where needed */
};

/*
 * Opens <path>/ringmgr.db (WAL, PERSIST_WAL, synchronous=FULL, foreign keys, STRICT tables; made 0640 in a
 * folder that exists). ERR_FAILED if the schema is newer than this program or the file is damaged. With
 * STATE_READ and no database yet: ERR_FAILED, sys ENOENT; the files ringmgr.db-wal and -shm, which stay, make
 * the database readable for who may not write to the folder. One process, one open state: it does not cross
 * fork(). The caller closes it with state_close().
 */
bool state_open(const char *path, enum state_mode mode, struct state **state, struct err *err) MUST_CHECK;
void state_close(struct state *state);
/* For AUTO. */
void state_auto_close(struct state **state);

/* The folder's descriptor; stays the state's. */
int state_dir(const struct state *state);

/*
 * A transaction: begin (immediate), then commit or abort. Not nested. After state_commit() has returned true
 * everything is on disk; after it has failed the database is what it was. A transaction that runs into a full
 * disk gives up the ballast and is done once more, unnoticed by the caller; then ERR_NO_SPACE. The ballast is
 * laid again when there is room. ERR_LOCKED if others wrote for 10 s. With STATE_READ: a snapshot to read
 * from.
 */
bool state_begin(struct state *state, struct err *err) MUST_CHECK;
bool state_commit(struct state *state, struct err *err) MUST_CHECK;
/* Does nothing where no transaction is open, so that it can be called on every way out. */
void state_abort(struct state *state);
/* Ends a transaction: commits it where `ok` says that it was filled well, else, or where it cannot be
 * committed, throws it away. Returns whether it is in the database. */
bool state_end(struct state *state, bool ok, struct err *err) MUST_CHECK;

#endif

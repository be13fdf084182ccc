/* Backup of the state: decisions, history and catalog as one file, consistent while others write. */
#ifndef RINGMGR_STATE_BACKUP_H
#define RINGMGR_STATE_BACKUP_H

#include "ringmgr/base/digest.h"
#include "ringmgr/state/db.h"

/* "ringmgr.db.before-restore-2026-09-01T10:00:00Z.2" */
enum { BACKUP_NAME_SIZE = 96 };

/* What a backup says about itself. */
struct backup_facts {
    char head[DIGEST_TEXT_SIZE]; /* hash of the last history entry; 64 zeros if there is none */
    int64_t entries;             /* of the history */
    int64_t last_unix;           /* time of the last entry; -1 */
    char kept[BACKUP_NAME_SIZE]; /* restore: where the old database is now; "" if there was none */
};

/*
 * Writes a copy of the state to a new file in the folder `dir`, under a temporary name that becomes `name`
 * when it is complete and durable (mode 0600: it holds who decided what). Other processes read and write
 * meanwhile. ERR_NOT_GENUINE, and no copy, if the state itself is not sound. After an error `name` is what it
 * was. Needs memory for one copy of the database.
 */
bool backup_write(struct state *state, int dir, const char *name, struct backup_facts *facts,
                  struct err *err) MUST_CHECK;

/*
 * Puts the backup in the open file `fd` into the place of the database in the folder `state_path`, which no
 * process has open: first proves it (a database of a schema that this program knows, integrity check, the
 * whole history chain), then keeps what stood there as ringmgr.db.before-restore-TIME, then replaces it.
 * ERR_NOT_GENUINE if it is no sound backup, ERR_USAGE if its schema is newer than this program, ERR_LOCKED if
 * a process has the old database open; nothing is changed then. `name` is for messages. After any other error
 * the database is the old or the new one, whole. The new one bears a mark (backup_is_unsettled()) from the
 * moment on in which it stands there.
 */
bool backup_restore(const char *state_path, int fd, const char *name, int64_t now_unix,
                    struct backup_facts *facts, struct err *err) MUST_CHECK;

/*
 * Whether a restore has put this database there and nobody has drawn the consequences yet (all rings on hold,
 * the entry in its history): the process was killed, say. The mark is the application id in the database's
 * header (https://www.sqlite.org/fileformat2.html, 1.3), which every schema has.
 */
bool backup_is_unsettled(struct state *state, bool *unsettled, struct err *err) MUST_CHECK;
/* Takes the mark off. Inside the transaction that draws them. */
bool backup_settle(struct state *state, struct err *err) MUST_CHECK;

/*
 * Makes room for a new database: one that is damaged, so that SQLite cannot read all of it, goes to
 * ringmgr.db.before-rebuild-TIME (its name below the folder in `kept`), with its log. A sound one stays where
 * it is, and a missing one is made: `kept` is then "". Nobody else may have it open.
 */
bool backup_set_damaged_aside(const char *state_path, int64_t now_unix, char kept[BACKUP_NAME_SIZE],
                              struct err *err) MUST_CHECK;

#endif

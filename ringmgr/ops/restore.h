/* Restore: a backup takes the place of the state. Ends with every ring on hold, for a person to look. */
#ifndef RINGMGR_OPS_RESTORE_H
#define RINGMGR_OPS_RESTORE_H

#include "ringmgr/ops/rebuild.h"
#include "ringmgr/state/backup.h"

/*
 * Puts the backup in the open file `fd` into the place of the state (backup_restore()) and makes its books
 * agree with the shares again: `job` comes without a state, for the one there may be damaged or gone, and
 * nobody may have it open (ERR_LOCKED). The entry "restore" names the head of the backup and how far the
 * history that is given up went, by the old database or by the head file; that is listed as lost, entry by
 * entry where the old database can be read. Every ring is put on hold; where a share is ahead of the backup
 * (a promotion after it) its live build is adopted (adopt_ring()); builds of the backup whose files have left
 * the store since are given up. Last what every command begins with is done (begin_run()). `name` is what the
 * backup is called in messages. `facts` are those of the backup. After ERR_NOT_GENUINE or ERR_USAGE about the
 * backup nothing is changed. restored_clear() frees.
 */
bool restore_run(const struct job *job, int fd, const char *name, struct backup_facts *facts,
                 struct restored *restored, struct err *err) MUST_CHECK;

#endif

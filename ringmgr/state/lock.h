/*
 * Locks between processes: open-file-description locks on files in <state>/lock, so that a killed process
 * leaves none behind. Always taken in this order: upstream, rings by name, store.
 */
#ifndef RINGMGR_STATE_LOCK_H
#define RINGMGR_STATE_LOCK_H

#include "ringmgr/base/err.h"
#include <stddef.h>
#include <stdint.h>

struct lock;

/*
 * Takes the lock `name` ("upstream", "ring-pilot", "store") below `state_dir`, shared or exclusive, waiting
 * up to `wait_ms`. The holder writes "pid command" into the file ("123 promote"). ERR_LOCKED, naming lock and
 * holder, if it was not to be had. The caller releases it.
 */
bool lock_take(int state_dir, const char *name, bool exclusive, int64_t wait_ms, const char *command,
               struct lock **lock, struct err *err) MUST_CHECK;
/*
 * Who holds the lock exclusively, as "ringmgr sync (pid 123)", without waiting for it; "" if nobody does, or
 * the caller may not look. `size` is that of `text`.
 */
void lock_name_holder(int state_dir, const char *name, char *text, size_t size);
/* NULL is fine. */
void lock_release(struct lock *lock);
/* For AUTO. */
void lock_auto_release(struct lock **lock);

#endif

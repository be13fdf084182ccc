/* Heals: which files of a ring's share were put right of late, so that a file which something else changes
 * again and again is noticed. */
#ifndef RINGMGR_STATE_HEALS_H
#define RINGMGR_STATE_HEALS_H

#include "ringmgr/state/db.h"

#include <stdint.h>

/* Notes that the file at `path` was put right at `now`; forgets what is `keep_seconds` old. Inside a
 * transaction. */
bool heals_note(struct state *state, const char *ring, const char *path, int64_t now, int64_t keep_seconds,
                struct err *err) MUST_CHECK;

/* How often that was since then, that second excluded. A time to come (the clock was set back) counts. */
bool heals_count(struct state *state, const char *ring, const char *path, int64_t since_unix, int64_t *times,
                 struct err *err) MUST_CHECK;

/* Forgets all of a ring. Inside a transaction or alone. */
bool heals_forget(struct state *state, const char *ring, struct err *err) MUST_CHECK;

#endif

/*
 * What was put aside in incoming/, under names that begin with "bad-": damaged objects (store_evict()), and
 * what stood where ringmgr's own files belong. It is evidence until gc takes it.
 */
#ifndef RINGMGR_STORE_ASIDE_H
#define RINGMGR_STORE_ASIDE_H

#include "ringmgr/base/buf.h"
#include "ringmgr/store/objects.h"

#include <sys/stat.h>

/* The names of all of it, sorted; none in a store that is open for reading only. */
bool aside_list(const struct store *store, struct strv *names, struct err *err) MUST_CHECK;

/* The bytes that would be free without it: none of a file that a share still shows as a link. */
bool aside_bytes(const struct store *store, const char *name, uint64_t *bytes, struct err *err) MUST_CHECK;

/* Removes one of them, a folder with all that is in it, following no link. Missing is fine. */
bool aside_remove(struct store *store, const char *name, struct err *err) MUST_CHECK;

/* True if this is a file such as incoming makes: a regular one that has no second name. */
bool aside_is_ours(const struct stat *st);

/*
 * Clears the way for a file of incoming: what stands under `name` and is not ours is renamed, never followed
 * or written to. *told gets a sentence that names both, which the caller frees, or NULL if nothing had to be
 * done.
 */
bool aside_clear_way(struct store *store, const char *name, char **told, struct err *err) MUST_CHECK;

#endif

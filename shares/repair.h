/* Repair: puts a share right after an audit, content before pointers. */
#ifndef SHARES_REPAIR_H
#define SHARES_REPAIR_H

#include "shares/audit.h"
#include "shares/publish.h"

/*
 * Replaces every file that the audit found wrong and that the store still has with its own bytes; `unsound`
 * gets the paths of those that it has not. Needs the ring's and the store's lock. An error means that the
 * disk stood in the way; what was done until then stays done.
 */
bool repair_files(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
                  const struct audit *audit, enum link_mode link, struct strv *unsound,
                  struct err *err) MUST_CHECK;

/*
 * Moves what does not belong there to `quarantine`, an existing folder, under a name of its own; what cannot
 * be moved (another file system, somebody else's folder) stays where it is. Leftovers of ringmgr itself are
 * removed. Pointers stay: taking the only one away is for a person.
 */
bool repair_foreign(const struct tree *tree, const struct audit *audit, int quarantine,
                    struct err *err) MUST_CHECK;

/* Rewrites the pointers that the audit found wrong. The caller has seen that the build that they name is
 * whole. */
bool repair_pointers(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
                     const struct audit *audit, int64_t now_unix, struct err *err) MUST_CHECK;

#endif

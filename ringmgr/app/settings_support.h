/* Which files of support rules count, and reading them. */
#ifndef RINGMGR_APP_SETTINGS_SUPPORT_H
#define RINGMGR_APP_SETTINGS_SUPPORT_H

#include "ringmgr/policy/settings.h"

/*
 * Reads the files that `rules` in [support] names, patterns in the order of their names, one after the other.
 * A pattern may match nothing. Where `rules` is not configured: the file that came with the program
 * (../share/ringmgr/support.csv or support.csv, seen from its own folder), then those of
 * /etc/ringmgr/support.d. ERR_USAGE if a file is missing or has a line that cannot be read, ERR_FAILED if one
 * cannot be read at all or is larger than LIMIT_SUPPORT_BYTES; *rules is then empty. What it was before is
 * overwritten, not freed; support_rules_clear() frees.
 */
bool settings_load_support(const struct settings *settings, struct support_rules *rules,
                           struct err *err) MUST_CHECK;

/* The same for a program and its administrator's additions that lie in these folders. */
bool settings_load_support_from(const struct settings *settings, const char *program_dir,
                                const char *additions_dir, struct support_rules *rules,
                                struct err *err) MUST_CHECK;

#endif

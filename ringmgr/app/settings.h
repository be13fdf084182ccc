/*
 * Reads ringmgr.conf into policy/settings.h, in three steps: settings_ini (lines to sections and entries),
 * settings_table (entries to values), settings_check (what must hold between them).
 */
#ifndef RINGMGR_APP_SETTINGS_H
#define RINGMGR_APP_SETTINGS_H

#include "ringmgr/app/settings_problems.h"
#include "ringmgr/policy/settings.h"

/*
 * Reads and checks a configuration. Every problem goes to `problems`. True if there is none; otherwise
 * ERR_USAGE with the first as "FILE:LINE: text". What could be read is in `settings` in both cases;
 * settings_clear() frees it.
 */
bool settings_read(const char *path, struct settings *settings, struct settings_problems *problems,
                   struct err *err) MUST_CHECK;
/* The same from bytes that were read already; `name` is what errors call the file. */
bool settings_parse(const char *text, size_t len, const char *name, struct settings *settings,
                    struct settings_problems *problems, struct err *err) MUST_CHECK;

#endif

/*
 * Every key of ringmgr.conf in one table. To add a key: its row, its field in policy/settings.h, a parser in
 * settings_value.c or settings_rules.c if it is of a new kind, a row in the manual page and in
 * tests/unit/app/test_settings.c.
 */
#ifndef RINGMGR_APP_SETTINGS_TABLE_H
#define RINGMGR_APP_SETTINGS_TABLE_H

#include "ringmgr/app/settings_ini.h"
#include "ringmgr/policy/settings.h"

/*
 * Reads every known key of `file` into `settings` (zero-initialised) and fills in what is not set; unknown
 * ones, keys of later versions, bad values and missing ones are problems. All strings are set afterwards.
 */
void settings_table_apply(const struct ini_file *file, struct settings *settings,
                          struct settings_problems *problems);

#endif

/*
 * Every key of ringmgr.conf in one table. To add a key: its row, its field in policy/settings.h, a parser in
 * settings_value.c or settings_rules.c if it is of a new kind, an entry in ringmgr.conf.5, in
 * config/examples/ringmgr.conf and in tests/unit/app/test_settings.c.
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

/* A section of the configuration. */
struct settings_section {
    const char *name;
    bool named;  /* [ring pilot]: one for each ring */
    bool people; /* its keys are names */
};
/* The section with this index from 0, NULL behind the last. */
const struct settings_section *settings_section_at(size_t index);

/* A key that may be set in it. */
struct settings_key {
    const char *section, *name;
    bool list;             /* takes several values, on indented lines, too */
    bool required;         /* there is no default */
    const char *otherwise; /* what counts where it is not set; NULL: nothing, or what the manual page says */
};
/* The key with this index from 0 in the order of the table; false behind the last. */
bool settings_key_at(size_t index, struct settings_key *key);

#endif

/* What must hold between the values of a configuration; each value by itself was checked when it was read. */
#ifndef RINGMGR_APP_SETTINGS_CHECK_H
#define RINGMGR_APP_SETTINGS_CHECK_H

#include "ringmgr/app/settings_ini.h"
#include "ringmgr/policy/settings.h"

/*
 * Connects each ring with its source and checks the whole; problems carry the line of the key in `file` that
 * they are about. Afterwards no chain of sources is a circle, also where one was configured.
 */
void settings_check_all(const struct ini_file *file, struct settings *settings,
                        struct settings_problems *problems);

#endif

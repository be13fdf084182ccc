/* Where what ringmgr writes lies, as the configuration names it: for what must not be in there. */
#ifndef RINGMGR_APP_SETTINGS_PLACE_H
#define RINGMGR_APP_SETTINGS_PLACE_H

#include "ringmgr/policy/settings.h"

/* True if `path` is `folder` or below it; nothing is within a folder that is not configured (""). */
bool settings_place_within(const char *path, const char *folder);

/* Appends "store", "state" or "path of ring NAME" for each of them in which `path` lies; with `around` also
 * for each that lies in `path`. */
void settings_place_find(const struct settings *settings, const char *path, bool around, struct strv *places);

#endif

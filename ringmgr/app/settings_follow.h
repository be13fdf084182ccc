/*
 * Keys of the signed ring manifest: [manifest], by which headquarters signs, and a ring's `origin` and
 * `manifest_keys`, by which a site follows; and what must hold between them.
 */
#ifndef RINGMGR_APP_SETTINGS_FOLLOW_H
#define RINGMGR_APP_SETTINGS_FOLLOW_H

#include "ringmgr/app/settings_ini.h"
#include "ringmgr/app/settings_value.h"
#include "ringmgr/policy/settings.h"

value_read_fn follow_read_keys;  /* struct strv of absolute paths */
value_read_fn follow_read_valid; /* int64_t, seconds: 1 hour to 31 days */

/* Adds what contradicts itself: a ring that follows without keys or from another source, gates that the
 * manifest has passed at headquarters, a private key inside a share. Lines are those of `file`. */
void follow_check(const struct ini_file *file, const struct settings *settings,
                  struct settings_problems *problems);

#endif

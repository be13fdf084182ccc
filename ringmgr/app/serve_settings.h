/* What the service looks at before it takes a new configuration, beside the configuration itself. */
#ifndef RINGMGR_APP_SERVE_SETTINGS_H
#define RINGMGR_APP_SERVE_SETTINGS_H

#include "ringmgr/policy/settings.h"

/*
 * Whether what the new settings name is there: the certificates of the roots, and store and ring folders that
 * the old ones have not named (one of those may be away for reasons of its own), which must be the service's
 * own. ERR_USAGE with the first that is not, as `check` says it.
 */
bool serve_settings_check(const struct settings *old, const struct settings *new, struct err *err) MUST_CHECK;

/* Whether they leave as it is what the service itself lives by, which is taken when it starts. ERR_USAGE with
 * the first key that they do not. */
bool serve_settings_keep(const struct settings *old, const struct settings *new, struct err *err) MUST_CHECK;

#endif

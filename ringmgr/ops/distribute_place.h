/* A folder as target may be the very shares that it is to be kept apart from, by a link or a second mount. */
#ifndef RINGMGR_OPS_DISTRIBUTE_PLACE_H
#define RINGMGR_OPS_DISTRIBUTE_PLACE_H

#include "ringmgr/policy/settings.h"
#include "shares/site.h"

/* ERR_USAGE names the ring's path, the store or the state that the place is, lies in or lies around, as they
 * really are. What of ours is not there cannot be told from it. Reads our own folders only. */
bool place_is_apart(const struct settings *settings, const char *target, const struct site_place *place,
                    struct err *err) MUST_CHECK;

#endif

/* What `check` says about the places that the configuration names. */
#ifndef RINGMGR_APP_CHECK_PLACES_H
#define RINGMGR_APP_CHECK_PLACES_H

#include "ringmgr/app/check.h"

/*
 * Store, state and shares: there, of the right account, apart from each other, on file systems that links do
 * not leave, and open to those who read them; the files that the service writes; the support rules; and
 * origins that are folders.
 */
void check_places(struct check *check);

#endif

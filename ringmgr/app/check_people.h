/* What `check` says about who decides, and how long they wait. */
#ifndef RINGMGR_APP_CHECK_PEOPLE_H
#define RINGMGR_APP_CHECK_PEOPLE_H

#include "ringmgr/app/check.h"

/* Accounts and groups that do not exist, rings whose people are too few, and an emergency lane that is none.
 * The machine's directory is asked. */
void check_people(struct check *check);

#endif

/* What `check` says about the unit that the service runs by: whether systemd lets it write where it must. */
#ifndef RINGMGR_APP_CHECK_UNIT_H
#define RINGMGR_APP_CHECK_UNIT_H

#include "ringmgr/app/check_sites.h"

/*
 * Tells (code "unit-paths") which of store, shares, state, history_head_file, textfile and mounted sites lie
 * outside ReadWritePaths= of ringmgr.service (systemd.exec(5); `systemctl show` knows the unit with all its
 * drop-ins), and the drop-in that mends it; store and shares with link = hard must be in one of its folders,
 * for each is a mount of its own. An error where the unit is enabled or runs, else a warning. Says nothing
 * where systemd does not run or does not answer, where the unit is not installed, confines nothing or reads
 * another configuration.
 */
void check_unit(const struct app *app, check_tell_fn *tell, void *to);

#endif

/* Where -o PATH (or the FILE of backup) leads: opened by whoever calls, before the process becomes the
 * service's user. */
#ifndef RINGMGR_APP_OUTPUT_PLACE_H
#define RINGMGR_APP_OUTPUT_PLACE_H

#include "ringmgr/app/command.h"

#include <sys/types.h>

/*
 * Opens app->output_dir: of a file the folder that it lies in; of a folder (output_is_folder()) that itself,
 * made if it is not there (app->output_made). Nothing is opened without -o or with "-o -", nor for somebody
 * else's command (app->output_channel). ERR_USAGE where there is no such place, and where documents may not
 * go, since the account that writes them owns these, too: the store and rings' folders and what is below
 * them, the state's own folder, history_head_file. For a roll-back a disk on which no folder can be made is a
 * warning: it keeps no ring from going back.
 */
bool output_place_open(struct app *app, struct err *err) MUST_CHECK;

/* Gives a folder that output_place_open() has made, and that is empty still, to the service's user. */
bool output_place_give(const struct app *app, uid_t uid, gid_t gid, struct err *err) MUST_CHECK;

#endif

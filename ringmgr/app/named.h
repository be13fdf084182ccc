/* What the command line names to be read, opened before the process becomes the service's user. */
#ifndef RINGMGR_APP_NAMED_H
#define RINGMGR_APP_NAMED_H

#include "ringmgr/app/command.h"

/*
 * import DIR: opens app->named_dir, restore FILE: app->named_file, as whoever runs the process. lint FILE…
 * and trust FILE…: reads app->named, with the rights of the person who called sudo where one did ("-" is
 * stdin); of files that cannot be read the first is app->unread, the others are warned of. ERR_USAGE where
 * they cannot be opened.
 */
bool named_open(struct app *app, const struct command *command, const struct surroundings *surroundings,
                struct err *err) MUST_CHECK;

/* Gives up root for good where no account of a configuration is there to be taken. */
bool named_become_nobody(struct err *err) MUST_CHECK;

#endif

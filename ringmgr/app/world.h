/*
 * Opening the world: configuration, identity, named folders, then the service's user for good, then state and
 * store. The order matters: whoever calls is known before privileges are dropped, and nothing is written
 * before.
 */
#ifndef RINGMGR_APP_WORLD_H
#define RINGMGR_APP_WORLD_H

#include "ringmgr/app/command.h"

/* Opens what the command needs, or only app->control, where the service is to carry it out. ERR_USAGE where
 * it cannot be opened by this caller or in this configuration.
 */
bool world_open(struct app *app, const struct command *command, struct err *err) MUST_CHECK;
/* For NEED_SERVICE: opens state and store for writing, as for NEED_WRITE. */
bool world_open_books(struct app *app, struct err *err) MUST_CHECK;
/*
 * The bytes of the configuration: what was inherited, else the file. ERR_USAGE if they cannot be read, or for
 * root if somebody else than root can have written them.
 */
bool world_read_config(const char *path, const struct inherited *inherited, struct buf *text,
                       struct err *err) MUST_CHECK;
/*
 * The same of the file, for the service, which goes on with it for long and may not be root: ERR_USAGE, too,
 * if anybody but root and its own account can have written it; `text` has the bytes then all the same.
 */
bool world_read_config_of_service(const char *path, struct buf *text, struct err *err) MUST_CHECK;
void world_close(struct app *app);

#endif

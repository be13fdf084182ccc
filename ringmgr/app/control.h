/*
 * The person's side of the service's socket: a command that decides is carried out by the running service, as
 * the service's account, for whoever has connected. Words, standard descriptors and the way to -o go over;
 * the exit status comes back.
 */
#ifndef RINGMGR_APP_CONTROL_H
#define RINGMGR_APP_CONTROL_H

#include "ringmgr/app/command.h"

#include <sys/types.h>

/*
 * Connects to the service. *socket -1: none listens at this path. ERR_USAGE where it cannot be reached, or
 * where another account than the service's listens: standard input is not for everybody.
 */
bool control_open(const char *path, uid_t service_uid, int *socket, struct err *err) MUST_CHECK;

/*
 * Has the command of app->arguments carried out at app->control and writes what it has for -o. Its status is
 * returned; `err` has a message where nobody else has said what was wrong. *begun: the command may have
 * written to stdout. SIGINT, SIGTERM and their like are passed on, and its end is waited for; the second one
 * ends this process.
 */
enum err_code control_run(const struct app *app, bool *begun, struct err *err);

#endif

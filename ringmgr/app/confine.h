/* Confine: the sandbox of whatever fetches. What comes from the network or from a stranger's folder is read
 * by big parsers; nobody who takes one of them over shall get further than store, state and shares. */
#ifndef RINGMGR_APP_CONFINE_H
#define RINGMGR_APP_CONFINE_H

#include "ringmgr/app/command.h"
#include "ringmgr/ops/fetch_roots.h"
#include "ringmgr/ops/sync.h"
#include "ringmgr/ops/tell.h"

/*
 * sync_run() inside the sandbox, which this process does not leave any more: it opens nothing for writing but
 * store, state, the rings' paths and the folder of the history's head, and reads besides only what name
 * service, TLS, time zones and the origin need, and an origin that is a folder: no secret of [notify]. Where
 * the kernel cannot do all of it that is told with -v. Errors as those of sync_run(), and ERR_FAILED if the
 * sandbox fails, or a library that is needed inside cannot be loaded before: nothing was fetched then.
 */
bool confine_sync(const struct app *app, const struct sync_options *options, struct sync *sync,
                  struct err *err) MUST_CHECK;

/*
 * tell_run() inside it: it talks to strangers, too, and writes to the state alone. Read besides are the files
 * that [notify NAME] names, the folder of systemd's credentials and templates of announcements. tell_clear()
 * frees, also after an error.
 */
bool confine_tell(const struct app *app, struct tell *tell, struct err *err) MUST_CHECK;

/* fetch_roots() inside it: nothing is written; what may be read besides is the proxy's credentials. */
bool confine_roots(const struct app *app, const char *base, struct roots *roots, struct err *err) MUST_CHECK;

#endif

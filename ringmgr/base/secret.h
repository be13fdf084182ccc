/* Secrets, which the configuration names but never holds: a file, or what systemd hands to the service. */
#ifndef RINGMGR_BASE_SECRET_H
#define RINGMGR_BASE_SECRET_H

#include "ringmgr/base/err.h"

/* The folder of what systemd hands over (CREDENTIALS_DIRECTORY, systemd.exec(5)); NULL: nothing was. */
const char *secret_folder(void);

/* The path that "credential:NAME" means in that folder; a path is itself. The caller frees it. NULL, and
 * ERR_USAGE, where there is no folder (NULL). */
char *secret_path(const char *file, const char *folder, struct err *err) MUST_CHECK;

#endif

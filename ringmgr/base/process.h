/*
 * What a process takes over from whoever started it, and must not let decide anything: standard streams that
 * are closed, the rights of another account, variables that libraries read.
 */
#ifndef RINGMGR_BASE_PROCESS_H
#define RINGMGR_BASE_PROCESS_H

#include "ringmgr/base/err.h"

/*
 * Once, when the program begins, before it opens anything and before a library wakes up.
 *
 * A standard stream that is closed becomes /dev/null, the wrong way round, so that using it still fails
 * (EBADF): else the next file that is opened would be standard output, and messages would be written into it.
 * Variables that tell OpenSSL and libcurl which configuration, modules and certificates to load, and where to
 * write the keys of TLS, are forgotten: what is genuine does not depend on who calls. ERR_USAGE where the
 * program has rights that its caller lacks (set-user-ID, set-group-ID: credentials(7)): SUDO_UID is sudo's
 * word only where root itself started us. ERR_FAILED where there is no /dev/null.
 */
bool process_begin(struct err *err) MUST_CHECK;

#endif

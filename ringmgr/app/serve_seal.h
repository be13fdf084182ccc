/* Files in memory that nobody can change any more: what the service hands to its children. */
#ifndef RINGMGR_APP_SERVE_SEAL_H
#define RINGMGR_APP_SERVE_SEAL_H

#include "ringmgr/base/buf.h"

/* A new one with these bytes, closed by exec; the caller closes it. -1 and `err`. `name` is for messages and
 * /proc. */
int serve_seal(const char *name, const struct buf *bytes, struct err *err) MUST_CHECK;

#endif

/* What the proxy wants to know ([origin] proxy_credentials): read with the service's rights, told to nobody.
 */
#ifndef RINGMGR_OPS_CREDENTIALS_H
#define RINGMGR_OPS_CREDENTIALS_H

#include "ringmgr/base/err.h"

struct credentials {
    char *user; /* NULL: none are configured */
    char *password;
};

/*
 * Reads "user:password" from a file: one line, the first colon counts (RFC 7617, 2). "" or NULL reads
 * nothing. ERR_USAGE naming the file, and never what is in it, if it cannot be read, if others than its owner
 * and group may read or write it, or if it holds anything else; *credentials is then empty.
 * credentials_clear() wipes and frees.
 */
bool credentials_read(const char *path, struct credentials *credentials, struct err *err) MUST_CHECK;
void credentials_clear(struct credentials *credentials);

#endif

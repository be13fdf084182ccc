/* Private to fetch: a path below an origin as an address. */
#ifndef RINGMGR_FETCH_ADDRESS_H
#define RINGMGR_FETCH_ADDRESS_H

#include <stdbool.h>

/* base + "/" + path, percent-encoded where needed (RFC 3986, 2.1). The caller frees it. */
char *address_join(const char *base, const char *path);

/* No empty, "." or ".." part: a name from a list never leaves the origin. */
bool address_stays_below(const char *path);

#endif

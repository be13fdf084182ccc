/* Addresses that lead to this machine's own files. */
#ifndef RINGMGR_BASE_ADDRESS_H
#define RINGMGR_BASE_ADDRESS_H

#include <stdbool.h>

/* The path that "file:///srv/a%20b" means (RFC 8089), without its percent-encoding; NULL of every other
 * address. The caller frees it. */
char *address_path(const char *address);

/* False of a file address whose path is not there, or is no folder; true of every other, and where this
 * account may not look. */
bool address_has_folder(const char *address);

#endif

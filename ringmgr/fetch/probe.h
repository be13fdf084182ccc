/* Private to fetch: what an origin can do, found out before much depends on it. */
#ifndef RINGMGR_FETCH_PROBE_H
#define RINGMGR_FETCH_PROBE_H

#include "ringmgr/fetch/session.h"

/*
 * Asks the session's own base once whether it answers several ranges of one request, by two bytes of this
 * file, and notes it. An origin that would send the whole file instead gets rid of little: the connection has
 * a small window. No answer says nothing.
 */
void probe_multi(struct http *http, const char *path);

#endif

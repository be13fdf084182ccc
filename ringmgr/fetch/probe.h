/* Private to fetch: what an origin can do, found out before much depends on it. */
#ifndef RINGMGR_FETCH_PROBE_H
#define RINGMGR_FETCH_PROBE_H

#include "ringmgr/fetch/session.h"
#include "ringmgr/fetch/transfer.h"

/*
 * Asks the session's own base once whether it answers several ranges of one request, if one of these files
 * has a plan and is so large that it matters, and notes it. Two bytes of the smallest file are asked for, and
 * on a connection with a small window, so an origin that would send all of it gets rid of little. No answer
 * says nothing.
 */
void probe_multi(struct http *http, const struct transfer *list, size_t len);

#endif

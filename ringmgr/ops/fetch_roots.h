/* Microsoft's root certificates from where they are published. */
#ifndef RINGMGR_OPS_FETCH_ROOTS_H
#define RINGMGR_OPS_FETCH_ROOTS_H

#include "ringmgr/base/log.h"
#include "ringmgr/c2r/authenticode_roots.h"
#include "ringmgr/policy/settings.h"

/* Where Microsoft has them (formats, section 7). */
#define ROOTS_BASE "http://www.microsoft.com/pki/certs"

/*
 * Fetches both from `base`, an address as of [origin] url, by the names that Microsoft gives them and by the
 * configured proxy, within ten minutes or not at all. ERR_NOT_GENUINE, naming the address and both digests,
 * where one is another than it must be, ERR_UPSTREAM where it cannot be had, naming both addresses and the
 * way by files.
 */
bool fetch_roots(const struct settings *settings, const char *base, const struct log *log,
                 struct roots *roots, struct err *err) MUST_CHECK;

#endif

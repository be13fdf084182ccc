/* RFC 3161 timestamps as Authenticode carries them: the unsigned attribute 1.3.6.1.4.1.311.3.3.1. */
#ifndef RINGMGR_C2R_AUTHENTICODE_TIMESTAMP_H
#define RINGMGR_C2R_AUTHENTICODE_TIMESTAMP_H

#include "ringmgr/c2r/authenticode_trust.h"

/*
 * Checks the timestamp of a signature: that it is its only unsigned attribute, is about this signature, and
 * chains to a root at the very time that it states. *when_unix is that time, UTC.
 */
bool timestamp_check(const struct trust *trust, const struct pkcs7 *message, int64_t *when_unix,
                     struct err *err) MUST_CHECK;

#endif

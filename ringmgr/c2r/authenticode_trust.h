/* Chains: from a signer's certificate to one of the given roots, at a given time (RFC 5280, section 6). */
#ifndef RINGMGR_C2R_AUTHENTICODE_TRUST_H
#define RINGMGR_C2R_AUTHENTICODE_TRUST_H

#include "ringmgr/c2r/authenticode.h"
#include "ringmgr/c2r/authenticode_pkcs7.h"

enum trust_use { TRUST_CODE_SIGNING, TRUST_TIME_STAMPING };

/*
 * Checks that the signer's certificate chains to a root of `trust` at this time, that it may be used for
 * this, and that every certificate in the message is part of the chain.
 */
bool trust_check_chain(const struct trust *trust, const struct pkcs7 *message, enum trust_use use,
                       int64_t when_unix, struct err *err) MUST_CHECK;

/* Checks that O and CN of the signer are both the publisher of `trust`, each standing there once. */
bool trust_check_publisher(const struct trust *trust, const struct pkcs7 *message,
                           struct err *err) MUST_CHECK;

#endif

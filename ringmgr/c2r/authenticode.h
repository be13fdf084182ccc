/*
 * Authenticode of cabinets and of .cat catalogues, with OpenSSL: digest, one signer, its chain and the RFC
 * 3161 timestamp's chain, both at the timestamp's time, extended key usages of the leaves, and the
 * publisher's name (formats, section 7). The clock of this machine plays no part: certificates last a year,
 * files for ever.
 */
#ifndef RINGMGR_C2R_AUTHENTICODE_H
#define RINGMGR_C2R_AUTHENTICODE_H

#include "ringmgr/base/digest.h"
#include <stdint.h>

/* Whose signatures count: root certificates and the publisher's name. */
struct trust;

/*
 * Reads a PEM bundle of root certificates. `publisher` is what O and CN of the signer must both be. ERR_USAGE
 * if the bundle holds no certificate or something unreadable. The caller frees *trust with trust_free().
 */
bool trust_new(const void *pem, size_t len, const char *publisher, struct trust **trust,
               struct err *err) MUST_CHECK;
void trust_free(struct trust *trust);
/* For AUTO. */
void trust_auto_free(struct trust **trust);

struct signer {
    struct digest leaf; /* SHA-256 of the signing certificate's DER */
    struct digest
        hash; /* for a cabinet: the Authenticode SHA-256; for a catalogue: SHA-256 of its signed content */
    int64_t signed_unix; /* time of the timestamp, UTC */
};

/*
 * Verifies the embedded signature of a cabinet. Also holds the header bytes that no digest covers to the form
 * of formats, section 7 (4-7, 34-55). `name` is what errors call it. ERR_NOT_GENUINE if anything at all is
 * wrong; *signer is then zero.
 */
bool authenticode_verify_cab(const struct trust *trust, const void *bytes, size_t len, const char *name,
                             struct signer *signer, struct err *err) MUST_CHECK;

/* Verifies a .cat: a PKCS#7 signed certificate trust list (1.3.6.1.4.1.311.10.1). As above. */
bool authenticode_verify_cat(const struct trust *trust, const void *bytes, size_t len, const char *name,
                             struct signer *signer, struct err *err) MUST_CHECK;

#endif

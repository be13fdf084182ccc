/*
 * PKCS#7 / CMS SignedData in the one shape that Authenticode and RFC 3161 timestamps have it: one signer, one
 * digest algorithm (SHA-256), RSA, signed attributes, no revocation lists (RFC 2315 section 9, RFC 5652
 * section 5).
 */
#ifndef RINGMGR_C2R_AUTHENTICODE_PKCS7_H
#define RINGMGR_C2R_AUTHENTICODE_PKCS7_H

#include "ringmgr/base/digest.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/c2r/authenticode_der.h"

struct x509_st; /* OpenSSL's X509 */

/* What a SignedData has to be. */
struct pkcs7_form {
    const char *what; /* "Authenticode signature", for errors */
    unsigned char version;
    const uint8_t *type; /* the content type: a whole OBJECT IDENTIFIER */
    size_t type_len;
    unsigned content_tag;
};

struct pkcs7 {
    struct der type;    /* value of the content type */
    struct der content; /* value octets of the content: what the signature is about */
    struct der cert[LIMIT_SIGNATURE_CERTS];
    struct x509_st *x509[LIMIT_SIGNATURE_CERTS]; /* the same, read; owned */
    size_t certs;
    struct der attribute_cert; /* value of the one that Microsoft's timestamps carry; empty if absent */
    struct der issuer;         /* of the signer's certificate: a whole Name */
    struct der serial;         /* value */
    struct der attributes;     /* the signed ones, with tag and length */
    struct der signature;
    struct der unsigned_attributes; /* value; empty if absent */
    size_t leaf;                    /* index of the signer's certificate */
};

/* Reads `whole`, which must be nothing but one SignedData of this form. pkcs7_clear() frees, also after an
 * error. */
bool pkcs7_parse(struct der whole, const struct pkcs7_form *form, struct pkcs7 *message,
                 struct err *err) MUST_CHECK;
void pkcs7_clear(struct pkcs7 *message);

/*
 * Checks that the signed attributes name the content's type and digest, and that they are signed with the key
 * of the certificate that the signer names. Whether that certificate is worth anything is the chain's matter
 * (authenticode_trust.h).
 */
bool pkcs7_check_signature(const struct pkcs7 *message, struct err *err) MUST_CHECK;

/*
 * The value of the signed attribute with this type (a whole OBJECT IDENTIFIER). False unless it stands there
 * exactly once with exactly one value.
 */
bool pkcs7_attribute(const struct pkcs7 *message, const void *type, size_t type_len,
                     struct der *value) MUST_CHECK;

#define AUTO_PKCS7                                                                                           \
    AUTO(pkcs7_clear)                                                                                        \
    struct pkcs7

#endif

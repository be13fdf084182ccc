/*
 * A strict reader of DER (X.690, chapter 10): definite lengths in their shortest form, nothing else. What it
 * reads are slices of the caller's bytes; nothing is copied. OpenSSL's own readers accept BER, in which one
 * signature has many spellings; here it has one.
 */
#ifndef RINGMGR_C2R_AUTHENTICODE_DER_H
#define RINGMGR_C2R_AUTHENTICODE_DER_H

#include "ringmgr/base/err.h"
#include <stddef.h>
#include <stdint.h>

enum der_tag {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0, /* constructed, as all context tags of these formats that we enter */
    DER_CONTEXT_1 = 0xa1,
    DER_CONTEXT_2 = 0xa2,
    DER_CONTEXT_4 = 0xa4
};

/* A piece of somebody else's bytes. Reading functions move `data` on and shorten `len`. */
struct der {
    const uint8_t *data;
    size_t len;
};

struct der_element {
    unsigned tag;
    struct der whole; /* with tag and length */
    struct der value;
};

/* Takes the next element, whatever it is. False, with `in` unchanged, if there is none or it is no DER. */
bool der_next(struct der *in, struct der_element *element) MUST_CHECK;

/* Takes the value of the next element if its tag is `tag`; otherwise false, with `in` unchanged. */
bool der_take(struct der *in, unsigned tag, struct der *value) MUST_CHECK;

/* The same, but the element with its tag and length. */
bool der_take_whole(struct der *in, unsigned tag, struct der *whole) MUST_CHECK;

/* Takes exactly these bytes (one or more whole elements); otherwise false, with `in` unchanged. */
bool der_expect(struct der *in, const void *bytes, size_t len) MUST_CHECK;

/* Takes the AlgorithmIdentifier of SHA-256, with NULL parameters or none (RFC 5754, section 2). */
bool der_expect_sha256(struct der *in) MUST_CHECK;

/* Takes an AlgorithmIdentifier that means RSA PKCS#1 v1.5 (with SHA-256), parameters NULL (RFC 3370, 3.2). */
bool der_expect_rsa(struct der *in) MUST_CHECK;

/* True if these are elements back to back, and so are the values of the constructed ones all the way down. */
bool der_well_formed(struct der in) MUST_CHECK;

/* True if both have the same bytes. */
bool der_equal(struct der a, struct der b);

#endif

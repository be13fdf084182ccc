#include "ringmgr/c2r/authenticode_timestamp.h"
#include "ringmgr/base/clock.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

enum { TIME_DIGITS = 14, DAY_SECONDS = 24 * 3600 };

static const uint8_t TST_INFO[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                   0x0d, 0x01, 0x09, 0x10, 0x01, 0x04};
/* RFC 3161, section 2.4.2; the CMS version is 3 because the content is no plain data (RFC 5652, 5.1). */
static const struct pkcs7_form TOKEN = {"timestamp", 3, TST_INFO, sizeof TST_INFO, DER_OCTET_STRING};

static bool take_token(struct der unsigned_attributes, struct der *token)
{
    static const uint8_t type[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x03, 0x03, 0x01};
    struct der in = unsigned_attributes, attribute, values;
    return der_take(&in, DER_SEQUENCE, &attribute) && in.len == 0 &&
           der_expect(&attribute, type, sizeof type) && der_take(&attribute, DER_SET, &values) &&
           attribute.len == 0 && der_take_whole(&values, DER_SEQUENCE, token) && values.len == 0;
}

/* GeneralizedTime as RFC 3161, section 2.4.2, has it: YYYYMMDDhhmmss[.s…]Z. The fraction is dropped. */
static bool read_time(struct der value, int64_t *when_unix)
{
    char digits[TIME_DIGITS + 1] = "", iso[CLOCK_TEXT_SIZE];
    const uint8_t *at = value.data, *end = value.data + value.len;
    for (size_t i = 0; i < TIME_DIGITS; i++, at++) {
        if (at == end || *at < '0' || *at > '9')
            return false;
        digits[i] = (char)*at;
    }
    if (at != end && *at == '.')
        do
            at++;
        while (at != end && *at >= '0' && *at <= '9');
    if (end - at != 1 || *at != 'Z')
        return false;
    snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", digits, digits + 4, digits + 6, digits + 8,
             digits + 10, digits + 12);
    return clock_parse(iso, when_unix);
}

/* TSTInfo { version 1, policy, messageImprint, serialNumber, genTime, … } (RFC 3161, section 2.4.2). */
static bool read_info(struct der content, struct der *imprint, int64_t *when_unix)
{
    static const uint8_t version[] = {DER_INTEGER, 1, 1};
    struct der info, policy, about, serial, time;
    return der_take(&content, DER_SEQUENCE, &info) && content.len == 0 &&
           der_expect(&info, version, sizeof version) && der_take(&info, DER_OID, &policy) &&
           der_take(&info, DER_SEQUENCE, &about) && der_expect_sha256(&about) &&
           der_take(&about, DER_OCTET_STRING, imprint) && about.len == 0 &&
           der_take(&info, DER_INTEGER, &serial) && der_take(&info, DER_GENERALIZED_TIME, &time) &&
           read_time(time, when_unix) && der_well_formed(info);
}

/* signingCertificateV2: the first certificate named is the signer's, by its SHA-256 (RFC 5816, 2.2.1). */
static bool check_named_certificate(const struct pkcs7 *token, struct err *err)
{
    static const uint8_t type[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                   0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f};
    struct der value, certs, list, id, hash, leaf = token->cert[token->leaf];
    struct digest digest = digest_of(leaf.data, leaf.len);
    if (!pkcs7_attribute(token, type, sizeof type, &value) || !der_take(&value, DER_SEQUENCE, &certs) ||
        !der_take(&certs, DER_SEQUENCE, &list) || !der_take(&list, DER_SEQUENCE, &id) ||
        (id.len && id.data[0] == DER_SEQUENCE && !der_expect_sha256(&id)) ||
        !der_take(&id, DER_OCTET_STRING, &hash) || !der_equal(hash, (struct der){digest.byte, DIGEST_BYTES}))
        return err_set(err, ERR_NOT_GENUINE,
                       "it was made with another certificate than the one it came with");
    return true;
}

/* A directory name in a GeneralName: [4] Name. */
static bool expect_name(struct der *in, const X509_NAME *name)
{
    const unsigned char *der;
    size_t len;
    struct der value;
    return der_take(in, DER_CONTEXT_4, &value) && X509_NAME_get0_der(name, &der, &len) == 1 &&
           der_equal(value, (struct der){der, len});
}

/* objectDigestInfo [2] { publicKeyCert, SHA-1 or SHA-256, digest of the certificate's DER } */
static bool expect_certificate_digest(struct der *in, struct der leaf)
{
    static const uint8_t kind[] = {0x0a, 1, 1};
    static const uint8_t sha1[] = {0x30, 0x07, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a};
    uint8_t digest[1 + EVP_MAX_MD_SIZE] = {0}; /* the first octet of a BIT STRING: no unused bits */
    unsigned len = 0;
    struct der info, bits;
    if (!der_take(in, DER_CONTEXT_2, &info) || !der_expect(&info, kind, sizeof kind))
        return false;
    bool old = der_expect(&info, sha1, sizeof sha1);
    return (old || der_expect_sha256(&info)) && der_take(&info, DER_BIT_STRING, &bits) && info.len == 0 &&
           EVP_Digest(leaf.data, leaf.len, digest + 1, &len, old ? EVP_sha1() : EVP_sha256(), NULL) == 1 &&
           der_equal(bits, (struct der){digest, 1 + len});
}

/* version 2, holder, issuer: the timestamp's own leaf and who issued that (RFC 5755, section 4.1). */
static bool expect_parties(struct der *in, const struct pkcs7 *token)
{
    static const uint8_t version[] = {DER_INTEGER, 1, 1};
    const X509 *leaf = token->x509[token->leaf];
    struct der holder, issuer, names;
    return der_expect(in, version, sizeof version) && der_take(in, DER_SEQUENCE, &holder) &&
           der_take(&holder, DER_CONTEXT_1, &names) && expect_name(&names, X509_get_subject_name(leaf)) &&
           names.len == 0 && expect_certificate_digest(&holder, token->cert[token->leaf]) &&
           holder.len == 0 && der_take(in, DER_CONTEXT_0, &issuer) &&
           der_take(&issuer, DER_SEQUENCE, &names) && issuer.len == 0 &&
           expect_name(&names, X509_get_issuer_name(leaf)) && names.len == 0;
}

/*
 * Validity. The certificate is renewed daily while the clock is audited; those of 2020 and 2021 state local
 * time as if it were UTC, so a day more on both sides.
 */
static bool expect_current(struct der *in, int64_t when_unix)
{
    struct der validity, from, to;
    int64_t from_unix, to_unix;
    return der_take(in, DER_SEQUENCE, &validity) && der_take(&validity, DER_GENERALIZED_TIME, &from) &&
           der_take(&validity, DER_GENERALIZED_TIME, &to) && validity.len == 0 &&
           read_time(from, &from_unix) && read_time(to, &to_unix) && from_unix < to_unix &&
           when_unix >= from_unix - DAY_SECONDS && when_unix <= to_unix + DAY_SECONDS;
}

/* SEQUENCE OF INTEGER */
static bool expect_numbers(struct der *in)
{
    struct der numbers, number;
    if (!der_take(in, DER_SEQUENCE, &numbers))
        return false;
    while (numbers.len)
        if (!der_take(&numbers, DER_INTEGER, &number))
            return false;
    return true;
}

/* Attribute { type, SET { SEQUENCE } }; *value is what is in that sequence. */
static bool take_attribute(struct der *in, const uint8_t type[12], struct der *value)
{
    struct der attribute, values;
    return der_take(in, DER_SEQUENCE, &attribute) && der_expect(&attribute, type, 12) &&
           der_take(&attribute, DER_SET, &values) && attribute.len == 0 &&
           der_take(&values, DER_SEQUENCE, value) && values.len == 0;
}

/*
 * The attributes, of the clock's maker and documented nowhere: 1.3.6.1.4.1.601.10.4.1 with lists of two or
 * three numbers (from, delay, offset, to), 1.3.6.1.4.1.601.10.4.2 with a policy and two bounds. So in all
 * real files.
 */
static bool expect_clock(struct der *in)
{
    static const uint8_t metrics[] = {0x06, 0x0a, 0x2b, 6, 1, 4, 1, 0x84, 0x59, 0x0a, 4, 1};
    static const uint8_t policy[] = {0x06, 0x0a, 0x2b, 6, 1, 4, 1, 0x84, 0x59, 0x0a, 4, 2};
    static const uint8_t policy_id[] = {0x30, 0x0c, 0x06, 0x0a, 0x2b, 6, 1, 4, 1, 0x84, 0x59, 0x0a, 3, 2};
    struct der attributes, value, delay, offset;
    if (!der_take(in, DER_SEQUENCE, &attributes) || !take_attribute(&attributes, metrics, &value))
        return false;
    while (value.len)
        if (!expect_numbers(&value))
            return false;
    return take_attribute(&attributes, policy, &value) && attributes.len == 0 &&
           der_expect(&value, policy_id, sizeof policy_id) && der_take(&value, DER_CONTEXT_0, &delay) &&
           expect_numbers(&delay) && delay.len == 0 && der_take(&value, DER_CONTEXT_1, &offset) &&
           expect_numbers(&offset) && offset.len == 0 && value.len == 0;
}

/*
 * Microsoft's timestamps carry, among their certificates, an attribute certificate of the audited clock. It
 * is signed with a key that nobody publishes, so it proves nothing and nothing is read from it; but no byte
 * of it is covered by anything else either. It is held to be about this timestamp's leaf, from its issuer, of
 * these days and of the known form; what then remains free (numbers, dates and its signature) says nothing
 * that is used.
 */
static bool check_attribute_cert(const struct pkcs7 *token, int64_t when_unix, struct err *err)
{
    struct der in = token->attribute_cert, info, algorithm, again, serial, signature;
    if (in.len == 0)
        return true;
    if (!der_take(&in, DER_SEQUENCE, &info) || !expect_parties(&info, token) ||
        !der_take_whole(&info, DER_SEQUENCE, &algorithm) || !der_take(&info, DER_INTEGER, &serial) ||
        !expect_current(&info, when_unix) || !expect_clock(&info) || info.len ||
        !der_take_whole(&in, DER_SEQUENCE, &again) || !der_equal(algorithm, again) ||
        !der_take(&in, DER_BIT_STRING, &signature) || in.len || signature.len == 0 || signature.data[0] != 0)
        return err_set(err, ERR_NOT_GENUINE,
                       "its attribute certificate is not one of this timestamp's signer");
    return true;
}

static bool check_imprint(const struct pkcs7 *message, struct der imprint, struct err *err)
{
    struct digest digest = digest_of(message->signature.data, message->signature.len);
    if (!der_equal(imprint, (struct der){digest.byte, DIGEST_BYTES}))
        return err_set(err, ERR_NOT_GENUINE, "it is of another signature");
    return true;
}

static bool check_token(const struct trust *trust, const struct pkcs7 *message, const struct pkcs7 *token,
                        int64_t *when_unix, struct err *err)
{
    struct der imprint;
    if (token->unsigned_attributes.len)
        return err_set(err, ERR_NOT_GENUINE, "it has unsigned attributes");
    if (!read_info(token->content, &imprint, when_unix))
        return err_set(err, ERR_NOT_GENUINE, "its content is malformed");
    return check_imprint(message, imprint, err) && check_named_certificate(token, err) &&
           check_attribute_cert(token, *when_unix, err) && pkcs7_check_signature(token, err) &&
           trust_check_chain(trust, token, TRUST_TIME_STAMPING, *when_unix, err);
}

bool timestamp_check(const struct trust *trust, const struct pkcs7 *message, int64_t *when_unix,
                     struct err *err)
{
    AUTO_PKCS7 token = {0};
    struct der whole;
    if (message->unsigned_attributes.len == 0)
        return err_set(err, ERR_NOT_GENUINE, "the signature has no timestamp");
    if (!take_token(message->unsigned_attributes, &whole))
        return err_set(err, ERR_NOT_GENUINE,
                       "the unsigned attributes are not exactly one RFC 3161 timestamp");
    if (pkcs7_parse(whole, &TOKEN, &token, err) && check_token(trust, message, &token, when_unix, err))
        return true;
    return err_prefix(err, "timestamp");
}

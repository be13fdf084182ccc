#include "ringmgr/c2r/authenticode_pkcs7.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

static const uint8_t SIGNED_DATA[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t CONTENT_TYPE[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03};
static const uint8_t MESSAGE_DIGEST[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04};

static bool malformed(const char *part, struct err *err)
{
    return err_set(err, ERR_NOT_GENUINE, "%s malformed or of a kind that is not accepted", part);
}

/* ContentInfo { signedData, [0] SignedData } and not a byte behind it (RFC 5652, section 3). */
static bool take_signed_data(struct der whole, struct der *signed_data)
{
    struct der info, wrapped;
    return der_take(&whole, DER_SEQUENCE, &info) && whole.len == 0 &&
           der_expect(&info, SIGNED_DATA, sizeof SIGNED_DATA) && der_take(&info, DER_CONTEXT_0, &wrapped) &&
           info.len == 0 && der_take(&wrapped, DER_SEQUENCE, signed_data) && wrapped.len == 0;
}

/* version, digestAlgorithms { SHA-256 }, encapContentInfo { type, [0] content } */
static bool take_content(struct der *in, const struct pkcs7_form *form, struct pkcs7 *message)
{
    const uint8_t version[] = {DER_INTEGER, 1, form->version};
    struct der algorithms, info, wrapped;
    if (!der_expect(in, version, sizeof version) || !der_take(in, DER_SET, &algorithms) ||
        !der_expect_sha256(&algorithms) || algorithms.len || !der_take(in, DER_SEQUENCE, &info))
        return false;
    struct der type = info;
    return der_expect(&info, form->type, form->type_len) && der_take(&type, DER_OID, &message->type) &&
           der_take(&info, DER_CONTEXT_0, &wrapped) && info.len == 0 &&
           der_take(&wrapped, form->content_tag, &message->content) && wrapped.len == 0;
}

/* Reads a certificate and holds it to DER: read and written again it has to be the very same bytes. */
static X509 *read_certificate(struct der whole)
{
    const unsigned char *from = whole.data;
    X509 *x509 = d2i_X509(NULL, &from, (long)whole.len);
    unsigned char *again = NULL;
    int len = x509 ? i2d_X509(x509, &again) : -1;
    bool same = len >= 0 && der_equal(whole, (struct der){again, (size_t)len});
    OPENSSL_free(again);
    if (same)
        return x509;
    X509_free(x509);
    return NULL;
}

/* certificates [0]: X.509 ones, and at most one attribute certificate ([1], RFC 5652, section 10.2.2). */
static bool take_certificates(struct der *in, struct pkcs7 *message)
{
    struct der bag, whole;
    if (!der_take(in, DER_CONTEXT_0, &bag))
        return false;
    while (der_take_whole(&bag, DER_SEQUENCE, &whole)) {
        if (message->certs == LIMIT_SIGNATURE_CERTS)
            return false;
        message->cert[message->certs] = whole;
        message->x509[message->certs] = read_certificate(whole);
        if (!message->x509[message->certs++])
            return false;
    }
    if (bag.len && !der_take(&bag, DER_CONTEXT_1, &message->attribute_cert))
        return false;
    return bag.len == 0 && message->certs > 0;
}

/* SignerInfo (RFC 5652, section 5.3); the signer is named by issuer and serial number. */
static bool take_signer(struct der *in, struct pkcs7 *message)
{
    static const uint8_t version[] = {DER_INTEGER, 1, 1};
    struct der signer, sid;
    if (!der_take(in, DER_SEQUENCE, &signer) || !der_expect(&signer, version, sizeof version) ||
        !der_take(&signer, DER_SEQUENCE, &sid) || !der_take_whole(&sid, DER_SEQUENCE, &message->issuer) ||
        !der_take(&sid, DER_INTEGER, &message->serial) || sid.len || !der_expect_sha256(&signer) ||
        !der_take_whole(&signer, DER_CONTEXT_0, &message->attributes) || !der_expect_rsa(&signer) ||
        !der_take(&signer, DER_OCTET_STRING, &message->signature))
        return false;
    if (signer.len && (!der_take(&signer, DER_CONTEXT_1, &message->unsigned_attributes) || signer.len))
        return false;
    return true;
}

static bool names_certificate(const struct pkcs7 *message, X509 *x509)
{
    const unsigned char *issuer;
    size_t issuer_len;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    unsigned char *number = NULL;
    if (X509_NAME_get0_der(X509_get_issuer_name(x509), &issuer, &issuer_len) != 1 ||
        !der_equal(message->issuer, (struct der){issuer, issuer_len}))
        return false;
    int len = i2d_ASN1_INTEGER(serial, &number);
    struct der whole = {number, len > 0 ? (size_t)len : 0}, value;
    bool same = der_take(&whole, DER_INTEGER, &value) && der_equal(value, message->serial);
    OPENSSL_free(number);
    return same;
}

static bool find_leaf(struct pkcs7 *message, struct err *err)
{
    for (size_t i = 0; i < message->certs; i++)
        if (names_certificate(message, message->x509[i])) {
            message->leaf = i;
            return true;
        }
    return err_set(err, ERR_NOT_GENUINE, "the signer's certificate is not among those that came with it");
}

bool pkcs7_parse(struct der whole, const struct pkcs7_form *form, struct pkcs7 *message, struct err *err)
{
    struct der in, signers;
    *message = (struct pkcs7){0};
    if (!take_signed_data(whole, &in))
        return err_set(err, ERR_NOT_GENUINE, "this is no %s (PKCS#7 SignedData)", form->what);
    if (!take_content(&in, form, message))
        return malformed("its signed content is", err);
    if (!take_certificates(&in, message))
        return malformed("its certificates are", err);
    if (!der_take(&in, DER_SET, &signers) || in.len || !take_signer(&signers, message))
        return malformed("its signer is", err);
    if (signers.len)
        return err_set(err, ERR_NOT_GENUINE, "it has more than one signer");
    return find_leaf(message, err);
}

void pkcs7_clear(struct pkcs7 *message)
{
    for (size_t i = 0; i < message->certs; i++)
        X509_free(message->x509[i]);
    *message = (struct pkcs7){0};
}

bool pkcs7_attribute(const struct pkcs7 *message, const void *type, size_t type_len, struct der *value)
{
    struct der whole = message->attributes, list, attribute, values;
    size_t found = 0;
    if (!der_take(&whole, DER_CONTEXT_0, &list))
        return false;
    while (list.len) {
        if (!der_take(&list, DER_SEQUENCE, &attribute))
            return false;
        if (!der_expect(&attribute, type, type_len))
            continue;
        struct der_element element;
        if (!der_take(&attribute, DER_SET, &values) || attribute.len || !der_next(&values, &element) ||
            values.len)
            return false;
        *value = element.whole;
        found++;
    }
    return found == 1;
}

/* contentType and messageDigest (RFC 5652, sections 11.1 and 11.2). */
static bool check_attributes(const struct pkcs7 *message, struct err *err)
{
    struct der value, inner;
    if (!pkcs7_attribute(message, CONTENT_TYPE, sizeof CONTENT_TYPE, &value) ||
        !der_take(&value, DER_OID, &inner) || !der_equal(inner, message->type))
        return err_set(err, ERR_NOT_GENUINE, "what is signed is of another type than what is there");
    struct digest digest = digest_of(message->content.data, message->content.len);
    if (!pkcs7_attribute(message, MESSAGE_DIGEST, sizeof MESSAGE_DIGEST, &value) ||
        !der_take(&value, DER_OCTET_STRING, &inner) ||
        !der_equal(inner, (struct der){digest.byte, DIGEST_BYTES}))
        return err_set(err, ERR_NOT_GENUINE, "the signed content is not what its signer signed");
    return true;
}

bool pkcs7_check_signature(const struct pkcs7 *message, struct err *err)
{
    static const uint8_t set_of = DER_SET; /* signed is a SET OF, not the [0] that stands there (5.4) */
    if (!check_attributes(message, err))
        return false;
    EVP_PKEY *key = X509_get0_pubkey(message->x509[message->leaf]);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
                EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerifyUpdate(ctx, &set_of, 1) == 1 &&
                EVP_DigestVerifyUpdate(ctx, message->attributes.data + 1, message->attributes.len - 1) == 1 &&
                EVP_DigestVerifyFinal(ctx, message->signature.data, message->signature.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good || err_set(err, ERR_NOT_GENUINE, "the signature is not made with its signer's key");
}

/*
 * PKCS#7 signatures as Authenticode wants them, and RFC 3161 timestamps, made in this process.
 *
 * A signature covers the content octets of its SEQUENCE (without tag and length), as PKCS#7 1.5 has it and
 * CMS does not. OpenSSL's PKCS7 structure is filled by hand so that no signing time of its own gets in: the
 * only time in a signature is the timestamp's, and that is whatever the caller wants it to be. The shapes
 * were read from real files (openssl asn1parse): indirect data of type 1.3.6.1.4.1.311.2.1.28, statement
 * type, opus info.
 */
#include "sign.h"

#include "der.h"
#include "disk.h"

#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ts.h>
#include <pthread.h>
#include <string.h>

#define OID_INDIRECT_DATA  "1.3.6.1.4.1.311.2.1.4"
#define OID_SIP_INFO       "1.3.6.1.4.1.311.2.1.28"
#define OID_STATEMENT_TYPE "1.3.6.1.4.1.311.2.1.11"
#define OID_OPUS_INFO      "1.3.6.1.4.1.311.2.1.12"
#define OID_INDIVIDUAL     "1.3.6.1.4.1.311.2.1.21"
#define OID_TIMESTAMP      "1.3.6.1.4.1.311.3.3.1"

struct signer signer_load(const char *ca_dir, const char *by, const char *tsa, int64_t time_unix)
{
    return (struct signer){.by = identity_load(ca_dir, by),
                           .tsa = identity_load(ca_dir, tsa),
                           .time_unix = time_unix,
                           .ca_dir = ca_dir,
                           .by_name = by};
}

void signer_clear(struct signer *s)
{
    identity_clear(&s->by);
    identity_clear(&s->tsa);
}

static ASN1_TYPE *sequence_type(const struct bytes *der)
{
    const unsigned char *p = der->data;
    ASN1_TYPE *type = d2i_ASN1_TYPE(NULL, &p, (long)der->len);
    if (!type)
        die("bad DER of %zu bytes", der->len);
    return type;
}

static void add_signed(PKCS7_SIGNER_INFO *si, const char *oid, const struct bytes *der)
{
    int nid = OBJ_txt2nid(oid);
    const unsigned char *p = der->data;
    ASN1_STRING *value = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    ASN1_STRING_set(value, p, (int)der->len);
    if (nid == NID_undef || !PKCS7_add_signed_attribute(si, nid, V_ASN1_SEQUENCE, value))
        die("signed attribute %s", oid);
}

static void add_signed_attributes(PKCS7_SIGNER_INFO *si, const char *content_oid, const struct bytes *content)
{
    BYTES statement = {0};
    BYTES opus = {0};
    uint8_t digest[32];
    const unsigned char *p = content->data;
    long len;
    int tag, class;

    PKCS7_add_signed_attribute(si, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_txt2obj(content_oid, 1));
    der_oid(&statement, OID_INDIVIDUAL);
    der_wrap(&statement, DER_SEQUENCE, 0);
    add_signed(si, OID_STATEMENT_TYPE, &statement);
    der_wrap(&opus, DER_SEQUENCE, 0);
    add_signed(si, OID_OPUS_INFO, &opus);
    ASN1_get_object(&p, &len, &tag, &class, (long)content->len);
    SHA256(p, (size_t)len, digest);
    if (!PKCS7_add1_attrib_digest(si, digest, sizeof digest) || !PKCS7_SIGNER_INFO_sign(si))
        die("sign: the key did not sign");
}

static int time_of_reply(TS_RESP_CTX *ctx, void *data, long *seconds, long *microseconds)
{
    (void)ctx;
    *seconds = (long)*(const int64_t *)data;
    *microseconds = 0;
    return 1;
}

static ASN1_INTEGER *serial_of_reply(TS_RESP_CTX *ctx, void *data)
{
    (void)ctx, (void)data;
    uint64_t serial = 1;
    RAND_bytes((unsigned char *)&serial, sizeof serial);
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    ASN1_INTEGER_set_uint64(n, serial >> 1);
    return n;
}

static TS_RESP *reply(const struct identity *tsa, const int64_t *time_unix, BIO *request)
{
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    STACK_OF(X509) *chain = sk_X509_new_null();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.3.6.1.4.1.601.10.3.1", 1);
    if (tsa->issuer)
        sk_X509_push(chain, tsa->issuer);
    if (!TS_RESP_CTX_set_signer_cert(ctx, tsa->cert) || !TS_RESP_CTX_set_signer_key(ctx, tsa->key) ||
        !TS_RESP_CTX_set_certs(ctx, chain) || !TS_RESP_CTX_set_def_policy(ctx, policy) ||
        !TS_RESP_CTX_add_md(ctx, EVP_sha256()) || !TS_RESP_CTX_add_md(ctx, EVP_sha384()) ||
        !TS_RESP_CTX_add_md(ctx, EVP_sha512()) || !TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()) ||
        !TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()))
        die("set up timestamps");
    TS_RESP_CTX_set_time_cb(ctx, time_of_reply, (void *)(uintptr_t)time_unix);
    TS_RESP_CTX_set_serial_cb(ctx, serial_of_reply, NULL);
    TS_RESP *resp = TS_RESP_create_response(ctx, request);
    ASN1_OBJECT_free(policy);
    sk_X509_free(chain);
    TS_RESP_CTX_free(ctx);
    return resp;
}

bool timestamp_reply(const struct identity *tsa, int64_t time_unix, const void *request, size_t len,
                     struct bytes *out)
{
    BIO *bio = BIO_new_mem_buf(request, (int)len);
    TS_RESP *resp = reply(tsa, &time_unix, bio);
    unsigned char *der = NULL;
    int n = resp ? i2d_TS_RESP(resp, &der) : -1;
    BIO_free(bio);
    TS_RESP_free(resp);
    if (n <= 0)
        return false;
    bytes_put(out, der, (size_t)n);
    OPENSSL_free(der);
    return true;
}

static void timestamp_request(const ASN1_STRING *signature, struct bytes *out)
{
    uint8_t digest[32];
    SHA256(ASN1_STRING_get0_data(signature), (size_t)ASN1_STRING_length(signature), digest);
    der_integer(out, 1);
    size_t imprint = out->len;
    der_sha256_algorithm(out);
    der_put(out, DER_OCTETS, digest, sizeof digest);
    der_wrap(out, DER_SEQUENCE, imprint);
    der_put(out, 0x01, "\xff", 1); /* certReq */
    der_wrap(out, DER_SEQUENCE, 0);
}

static void add_timestamp(const struct signer *s, PKCS7_SIGNER_INFO *si)
{
    BYTES request = {0};
    BYTES response = {0};
    timestamp_request(si->enc_digest, &request);
    if (!timestamp_reply(&s->tsa, s->time_unix, request.data, request.len, &response))
        die("timestamp: no reply");
    const unsigned char *p = response.data;
    TS_RESP *resp = d2i_TS_RESP(NULL, &p, (long)response.len);
    PKCS7 *token = resp ? TS_RESP_get_token(resp) : NULL;
    if (!token)
        die("timestamp: refused");
    unsigned char *der = NULL;
    int len = i2d_PKCS7(token, &der);
    ASN1_STRING *value = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    ASN1_STRING_set(value, der, len);
    if (!PKCS7_add_attribute(si, OBJ_txt2nid(OID_TIMESTAMP), V_ASN1_SEQUENCE, value))
        die("timestamp: attribute");
    OPENSSL_free(der);
    TS_RESP_free(resp);
}

static void set_content(PKCS7 *p7, const char *oid, const struct bytes *content)
{
    PKCS7 *inner = PKCS7_new();
    inner->type = OBJ_txt2obj(oid, 1);
    inner->d.other = sequence_type(content);
    if (!PKCS7_set_content(p7, inner))
        die("sign: content");
}

static void register_oids(void)
{
    static const char *const oids[] = {OID_STATEMENT_TYPE, OID_OPUS_INFO, OID_TIMESTAMP};
    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++)
        if (OBJ_txt2nid(oids[i]) == NID_undef)
            OBJ_create(oids[i], oids[i], oids[i]);
}

void sign_content(const struct signer *s, const char *oid, const struct bytes *content, struct bytes *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_oids);
    PKCS7 *p7 = PKCS7_new();
    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_SIGNER_INFO *si = PKCS7_add_signature(p7, s->by.cert, s->by.key, EVP_sha256());
    if (!si)
        die("sign: signer");
    add_signed_attributes(si, oid, content);
    if (!s->no_timestamp)
        add_timestamp(s, si);
    PKCS7_add_certificate(p7, s->by.cert);
    if (s->by.issuer)
        PKCS7_add_certificate(p7, s->by.issuer);
    set_content(p7, oid, content);
    unsigned char *der = NULL;
    int len = i2d_PKCS7(p7, &der);
    if (len <= 0)
        die("sign: encoding");
    bytes_put(out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS7_free(p7);
}

void sign_indirect_data(const uint8_t digest[32], struct bytes *out)
{
    static const uint8_t sip_class[16] = {0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66,
                                          0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6};
    BYTES enhanced = {0};
    size_t attribute = 0;
    der_oid(&enhanced, "1.3.6.1.4.1.311.2.5.1");
    size_t values = enhanced.len;
    der_put(&enhanced, DER_OCTETS, digest, 32);
    der_wrap(&enhanced, DER_SET, values);
    der_wrap(&enhanced, DER_SEQUENCE, attribute);
    der_wrap(&enhanced, DER_SET, attribute);

    size_t start = out->len;
    der_oid(out, OID_SIP_INFO);
    size_t sip = out->len;
    der_put(out, DER_OCTETS, sip_class, sizeof sip_class);
    der_put(out, DER_OCTETS, enhanced.data, enhanced.len);
    der_wrap(out, DER_CONTEXT_CONSTRUCTED(1), sip);
    der_wrap(out, DER_SEQUENCE, start);
    size_t info = out->len;
    der_sha256_algorithm(out);
    der_put(out, DER_OCTETS, digest, 32);
    der_wrap(out, DER_SEQUENCE, info);
    der_wrap(out, DER_SEQUENCE, start);
}

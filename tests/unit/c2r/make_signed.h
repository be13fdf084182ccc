/*
 * Signatures for tests, with a certification authority of their own. Each field of a `struct making` is one
 * way to be wrong; all zero is a sound signature.
 */
#ifndef RINGMGR_TESTS_UNIT_MAKE_SIGNED_H
#define RINGMGR_TESTS_UNIT_MAKE_SIGNED_H

#include "make_cabinet.h"
#include "ringmgr/base/digest.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

/* Certificates are good from 2020 to 2030, unless their maker wants otherwise. */
enum { FROM_UNIX = 1577836800, TO_UNIX = 1893456000, SIGNED_UNIX = 1700000000 };

struct party {
    EVP_PKEY *key;
    X509 *cert;
};

struct authority {
    struct party root, between, signer, clock;
};

struct making {
    const char *signer_usage; /* extended key usages; NULL: the right one; "": none */
    const char *clock_usage;
    const char *organisation;        /* NULL: "Publisher" */
    const char *between_constraints; /* NULL: "critical,CA:TRUE" */
    const char *between_usage;       /* extended key usage of the intermediate; NULL: none */
    const char *signer_key_usage;    /* NULL: none */
    int64_t signed_unix;             /* 0: SIGNED_UNIX */
    int64_t signer_to_unix;          /* 0: TO_UNIX */
    bool no_timestamp;
    bool timestamp_of_another; /* it is about another signature */
    bool timestamp_twice;
    bool stray_certificate; /* one that is not part of the chain */
    bool second_signer;
    bool root_too; /* the root came with it */
    bool no_between;
    const EVP_MD *algorithm;  /* of the signer; NULL: SHA-256 */
    const char *content_type; /* NULL: SpcIndirectData */
};

static inline void extend(X509 *cert, int nid, const char *value)
{
    if (!value || !*value)
        return;
    X509V3_CTX ctx = {0};
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

/* The keys are made once a program and serve every authority. */
enum key_of { ROOT_KEY, BETWEEN_KEY, SIGNER_KEY, CLOCK_KEY, KEYS };

static inline EVP_PKEY *key_of(enum key_of whose)
{
    static EVP_PKEY *keys[KEYS];
    if (!keys[whose])
        keys[whose] = EVP_RSA_gen(2048);
    return keys[whose];
}

/* A certificate, not yet signed. */
static inline struct party new_party(enum key_of whose, const char *organisation, const char *name,
                                     int64_t to_unix)
{
    static long serial = 1000;
    struct party party = {key_of(whose), X509_new()};
    X509_set_version(party.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(party.cert), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(party.cert), FROM_UNIX);
    ASN1_TIME_set(X509_getm_notAfter(party.cert), to_unix);
    X509_set_pubkey(party.cert, party.key);
    X509_NAME *subject = X509_get_subject_name(party.cert);
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)organisation, -1, -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    return party;
}

static inline void issue(struct party *party, const struct party *by)
{
    X509_set_issuer_name(party->cert, X509_get_subject_name(by->cert));
    X509_sign(party->cert, by->key, EVP_sha256());
    X509_check_purpose(party->cert, -1, 0); /* lets OpenSSL read the extensions before anything uses them */
}

static inline struct authority new_authority(const struct making *how)
{
    struct authority ca;
    const char *name = how->organisation ? how->organisation : "Publisher";
    ca.root = new_party(ROOT_KEY, "Test", "Root", TO_UNIX);
    extend(ca.root.cert, NID_basic_constraints, "critical,CA:TRUE");
    issue(&ca.root, &ca.root);
    ca.between = new_party(BETWEEN_KEY, "Test", "Between", TO_UNIX);
    extend(ca.between.cert, NID_basic_constraints,
           how->between_constraints ? how->between_constraints : "critical,CA:TRUE");
    extend(ca.between.cert, NID_ext_key_usage, how->between_usage);
    issue(&ca.between, &ca.root);
    ca.signer = new_party(SIGNER_KEY, name, "Publisher", how->signer_to_unix ? how->signer_to_unix : TO_UNIX);
    extend(ca.signer.cert, NID_ext_key_usage, how->signer_usage ? how->signer_usage : "codeSigning");
    extend(ca.signer.cert, NID_key_usage, how->signer_key_usage);
    issue(&ca.signer, &ca.between);
    ca.clock = new_party(CLOCK_KEY, "Test", "Clock", TO_UNIX);
    extend(ca.clock.cert, NID_ext_key_usage, "critical,timeStamping");
    issue(&ca.clock, &ca.between);
    return ca;
}

static inline void free_authority(struct authority *ca)
{
    X509_free(ca->root.cert);
    X509_free(ca->between.cert);
    X509_free(ca->signer.cert);
    X509_free(ca->clock.cert);
}

/* Appends a certificate as PEM. */
static inline void put_pem(X509 *cert, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    PEM_write_bio_X509(bio, cert);
    long len = BIO_get_mem_data(bio, &text);
    buf_append(out, text, (size_t)len);
    BIO_free(bio);
}

static inline ASN1_STRING *sequence_of(const void *der, size_t len)
{
    ASN1_STRING *value = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    ASN1_STRING_set(value, der, (int)len);
    return value;
}

static inline int stated_time(struct TS_resp_ctx *ctx, void *data, long *seconds, long *microseconds)
{
    (void)ctx;
    *seconds = (long)*(const int64_t *)data;
    *microseconds = 0;
    return 1;
}

static inline ASN1_INTEGER *stated_serial(struct TS_resp_ctx *ctx, void *data)
{
    (void)ctx, (void)data;
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set(serial, 7);
    return serial;
}

/* OpenSSL takes no certificate without the right usage for a clock, so the wrong one comes in afterwards. */
static inline void change_usage(const struct authority *ca, const char *usage)
{
    X509 *cert = ca->clock.cert;
    X509_EXTENSION_free(X509_delete_ext(cert, X509_get_ext_by_NID(cert, NID_ext_key_usage, -1)));
    extend(cert, NID_ext_key_usage, usage);
    X509_sign(cert, ca->between.key, EVP_sha256());
}

static inline TS_RESP_CTX *new_clock(const struct making *how, const struct authority *ca, int64_t *when_unix)
{
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    STACK_OF(X509) *chain = sk_X509_new_null();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    sk_X509_push(chain, ca->between.cert);
    TS_RESP_CTX_set_signer_cert(ctx, ca->clock.cert);
    if (how->clock_usage)
        change_usage(ca, how->clock_usage);
    TS_RESP_CTX_set_signer_key(ctx, ca->clock.key);
    TS_RESP_CTX_set_certs(ctx, chain);
    TS_RESP_CTX_set_def_policy(ctx, policy);
    TS_RESP_CTX_add_md(ctx, EVP_sha256());
    TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256());
    TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256());
    TS_RESP_CTX_set_time_cb(ctx, stated_time, when_unix);
    TS_RESP_CTX_set_serial_cb(ctx, stated_serial, NULL);
    ASN1_OBJECT_free(policy);
    sk_X509_free(chain);
    return ctx;
}

/* The DER of a TimeStampReq for these bytes. */
static inline BIO *new_request(const struct digest *digest)
{
    TS_REQ *request = TS_REQ_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL);
    TS_MSG_IMPRINT_set_algo(imprint, algorithm);
    TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)(uintptr_t)digest->byte, DIGEST_BYTES);
    TS_REQ_set_version(request, 1);
    TS_REQ_set_msg_imprint(request, imprint);
    TS_REQ_set_cert_req(request, 1);
    BIO *bio = BIO_new(BIO_s_mem());
    i2d_TS_REQ_bio(bio, request);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    TS_REQ_free(request);
    return bio;
}

static inline void add_timestamp(const struct making *how, const struct authority *ca,
                                 PKCS7_SIGNER_INFO *signer)
{
    int64_t when = how->signed_unix ? how->signed_unix : SIGNED_UNIX;
    struct digest digest =
        digest_of(ASN1_STRING_get0_data(signer->enc_digest), (size_t)ASN1_STRING_length(signer->enc_digest));
    digest.byte[0] ^= how->timestamp_of_another;
    TS_RESP_CTX *ctx = new_clock(how, ca, &when);
    BIO *request = new_request(&digest);
    TS_RESP *response = TS_RESP_create_response(ctx, request);
    unsigned char *der = NULL;
    int len = response ? i2d_PKCS7(TS_RESP_get_token(response), &der) : -1;
    int nid = OBJ_txt2nid("1.3.6.1.4.1.311.3.3.1");
    if (nid == NID_undef)
        nid = OBJ_create("1.3.6.1.4.1.311.3.3.1", "rfc3161", "rfc3161 timestamp");
    if (len > 0)
        PKCS7_add_attribute(signer, nid, V_ASN1_SEQUENCE, sequence_of(der, (size_t)len));
    if (len > 0 && how->timestamp_twice)
        sk_X509_ATTRIBUTE_push(signer->unauth_attr,
                               X509_ATTRIBUTE_dup(sk_X509_ATTRIBUTE_value(signer->unauth_attr, 0)));
    OPENSSL_free(der);
    TS_RESP_free(response);
    BIO_free(request);
    TS_RESP_CTX_free(ctx);
}

static inline void add_certificates(const struct making *how, const struct authority *ca, PKCS7 *p7)
{
    PKCS7_add_certificate(p7, ca->signer.cert);
    if (!how->no_between)
        PKCS7_add_certificate(p7, ca->between.cert);
    if (how->root_too)
        PKCS7_add_certificate(p7, ca->root.cert);
    if (how->stray_certificate)
        PKCS7_add_certificate(p7, ca->clock.cert);
}

/* Appends a SignedData over the DER of a SEQUENCE. */
static inline void make_signed(const struct making *how, const struct authority *ca,
                               const struct buf *content, struct buf *out)
{
    const EVP_MD *algorithm = how->algorithm ? how->algorithm : EVP_sha256();
    PKCS7 *p7 = PKCS7_new(), *inner = PKCS7_new();
    unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
    const unsigned char *at = content->data;
    unsigned digest_len;
    long value_len;
    int tag, class;
    PKCS7_set_type(p7, NID_pkcs7_signed);
    inner->type = OBJ_txt2obj(how->content_type ? how->content_type : "1.3.6.1.4.1.311.2.1.4", 1);
    inner->d.other = d2i_ASN1_TYPE(NULL, &at, (long)content->len);
    PKCS7_set_content(p7, inner);
    at = content->data;
    ASN1_get_object(&at, &value_len, &tag, &class, (long)content->len);
    EVP_Digest(at, (size_t)value_len, digest, &digest_len, algorithm, NULL);
    for (int i = 0; i <= how->second_signer; i++) {
        PKCS7_SIGNER_INFO *signer = PKCS7_add_signature(p7, ca->signer.cert, ca->signer.key, algorithm);
        PKCS7_add_signed_attribute(signer, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_dup(inner->type));
        PKCS7_add1_attrib_digest(signer, digest, (int)digest_len);
        PKCS7_SIGNER_INFO_sign(signer);
        if (!how->no_timestamp)
            add_timestamp(how, ca, signer);
    }
    add_certificates(how, ca, p7);
    int len = i2d_PKCS7(p7, &der);
    buf_append(out, der, len > 0 ? (size_t)len : 0);
    OPENSSL_free(der);
    PKCS7_free(p7);
}

/* SpcIndirectDataContent about a cabinet with this digest: the data's type, then SHA-256 and the digest. */
static inline void put_indirect_data(const struct digest *digest, struct buf *out)
{
    static const uint8_t head[] = {0x30, 0x41, 0x30, 0x0c, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82,
                                   0x37, 0x02, 0x01, 0x1c, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
                                   0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    buf_append(out, head, sizeof head);
    buf_append(out, digest->byte, DIGEST_BYTES);
}

/* The digest of formats, section 7, over a cabinet without its signature. */
static inline struct digest authenticode_digest(const struct buf *cabinet)
{
    AUTO_BUF hashed = {0};
    buf_append(&hashed, cabinet->data, 4);
    buf_append(&hashed, cabinet->data + 8, 26);
    buf_append(&hashed, cabinet->data + 56, cabinet->len - 56);
    return digest_of(hashed.data, hashed.len);
}

/* Makes room for the signature in the header of a plain cabinet: 24 bytes of reserve, everything moves on. */
static inline void reserve_header(const struct buf *plain, struct buf *out)
{
    enum { RESERVE = 24 };
    static const uint8_t sizes[] = {0x14, 0, 0, 0, 0, 0, 0x10, 0};
    buf_append(out, plain->data, CAB_HEADER);
    buf_append(out, sizes, sizeof sizes);
    put_le(out, 0, 8);
    put_le(out, 0, 8);
    buf_append(out, plain->data + CAB_HEADER, plain->len - CAB_HEADER);
    out->data[30] = 4;
    set_u32(out, 8, (uint32_t)out->len);
    set_u32(out, 16, get_u32(out, 16) + RESERVE);
    set_u32(out, CAB_HEADER + RESERVE, get_u32(out, CAB_HEADER + RESERVE) + RESERVE);
    set_u32(out, 44, (uint32_t)out->len);
}

/* Appends a signed cabinet with one member. */
static inline void make_signed_cabinet(const struct making *how, const struct authority *ca, struct buf *out)
{
    const struct made_member member = {"x", "data", 4, 0};
    AUTO_BUF plain = {0}, content = {0}, signature = {0};
    make_cabinet(&member, 1, &plain);
    reserve_header(&plain, out);
    struct digest digest = authenticode_digest(out);
    put_indirect_data(&digest, &content);
    make_signed(how, ca, &content, &signature);
    put_le(&signature, 0, (8 - signature.len % 8) % 8);
    set_u32(out, 48, (uint32_t)signature.len);
    buf_append(out, signature.data, signature.len);
}

#endif

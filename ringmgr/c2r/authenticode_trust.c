#include "ringmgr/c2r/authenticode_trust.h"
#include "ringmgr/base/mem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL's level for 112 bits: RSA from 2048 bits and SHA-256 on, as all of formats, section 7. */
enum { SECURITY_LEVEL = 2 };

struct trust {
    X509_STORE *store;
    char *publisher;
};

/* Adds each certificate of the bundle; *count says how many. */
static bool add_roots(BIO *pem, X509_STORE *store, size_t *count, struct err *err)
{
    X509 *root;
    while ((root = PEM_read_bio_X509(pem, NULL, NULL, NULL))) {
        bool self_signed = X509_self_signed(root, 1) == 1;
        bool added = self_signed && X509_STORE_add_cert(store, root) == 1;
        X509_free(root);
        if (!added)
            return err_set(err, ERR_USAGE, "certificate %zu of the roots is not self-signed", *count + 1);
        ++*count;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return err_set(err, ERR_USAGE, "certificate %zu of the roots is unreadable", *count + 1);
    if (*count == 0)
        return err_set(err, ERR_USAGE, "there is no certificate (PEM) among the roots");
    return true;
}

bool trust_new(const void *pem, size_t len, const char *publisher, struct trust **trust, struct err *err)
{
    size_t count = 0;
    *trust = NULL;
    if (!publisher[0])
        return err_set(err, ERR_USAGE, "the publisher's name is empty");
    if (len > LIMIT_ROOTS_BYTES)
        return err_set(err, ERR_USAGE, "the roots are larger than %d bytes", (int)LIMIT_ROOTS_BYTES);
    struct trust *made = mem_new(1, sizeof *made);
    made->store = X509_STORE_new();
    made->publisher = mem_strdup(publisher);
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    bool added = bio && made->store && add_roots(bio, made->store, &count, err);
    BIO_free(bio);
    ERR_clear_error();
    if (added)
        *trust = made;
    else
        trust_free(made);
    return added;
}

void trust_free(struct trust *trust)
{
    if (!trust)
        return;
    X509_STORE_free(trust->store);
    free(trust->publisher);
    free(trust);
}

void trust_auto_free(struct trust **trust)
{
    trust_free(*trust);
}

static bool say_why_no_chain(X509_STORE_CTX *ctx, struct err *err)
{
    char subject[256] = "?";
    X509 *at = X509_STORE_CTX_get_current_cert(ctx);
    if (at)
        X509_NAME_get_text_by_NID(X509_get_subject_name(at), NID_commonName, subject, sizeof subject);
    return err_set(err, ERR_NOT_GENUINE,
                   "no chain to a trusted root: %s (certificate \"%s\"): not Microsoft's, or [origin] roots "
                   "lacks its root",
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)), subject);
}

/*
 * Builds the chain from the message's certificates and the roots alone. No purpose is set, as OpenSSL's would
 * demand extended key usages of intermediates that carry none, or judge a code signer as a writer of mail;
 * that the intermediates are certification authorities is checked all the same.
 */
static STACK_OF(X509) *
    build_chain(X509_STORE *store, const struct pkcs7 *message, int64_t when_unix, struct err *err)
{
    STACK_OF(X509) *chain = NULL;
    STACK_OF(X509) *bag = sk_X509_new_null();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    for (size_t i = 0; i < message->certs; i++)
        sk_X509_push(bag, message->x509[i]);
    if (X509_STORE_CTX_init(ctx, store, message->x509[message->leaf], bag) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        X509_VERIFY_PARAM_set_time(param, (time_t)when_unix);
        X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
        if (X509_verify_cert(ctx) == 1)
            chain = X509_STORE_CTX_get1_chain(ctx);
    }
    if (!chain)
        say_why_no_chain(ctx, err);
    X509_STORE_CTX_free(ctx);
    sk_X509_free(bag);
    return chain;
}

static bool same_certificate(struct der whole, const X509 *x509)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x509, &der);
    bool same = len > 0 && der_equal(whole, (struct der){der, (size_t)len});
    OPENSSL_free(der);
    return same;
}

/* Nothing signs the bag of certificates; one that proves nothing could be anything. */
static bool check_bag(const struct pkcs7 *message, STACK_OF(X509) * chain, struct err *err)
{
    size_t next = 0;
    for (int link = 0; link < sk_X509_num(chain); link++) {
        size_t copies = 0;
        for (size_t i = 0; i < message->certs; i++)
            copies += same_certificate(message->cert[i], sk_X509_value(chain, link));
        if (copies > 1)
            return err_set(err, ERR_NOT_GENUINE, "a certificate came twice");
        next += copies;
    }
    if (next != message->certs)
        return err_set(err, ERR_NOT_GENUINE, "a certificate that came with it is not part of the chain");
    return true;
}

/*
 * The leaf has to have the usage; an intermediate may be silent (Microsoft's are, formats section 7) but must
 * not exclude it.
 */
static bool check_usages(STACK_OF(X509) * chain, enum trust_use use, struct err *err)
{
    uint32_t wanted = use == TRUST_CODE_SIGNING ? XKU_CODE_SIGN : XKU_TIMESTAMP;
    const char *text = use == TRUST_CODE_SIGNING ? "code signing" : "time stamping";
    for (int i = 0; i < sk_X509_num(chain) - 1; i++) {
        X509 *x509 = sk_X509_value(chain, i);
        bool silent = !(X509_get_extension_flags(x509) & EXFLAG_XKUSAGE);
        if (silent ? i == 0 : !(X509_get_extended_key_usage(x509) & wanted))
            return err_set(err, ERR_NOT_GENUINE, "certificate %d of the chain is not for %s", i + 1, text);
    }
    if (!(X509_get_key_usage(sk_X509_value(chain, 0)) & KU_DIGITAL_SIGNATURE))
        return err_set(err, ERR_NOT_GENUINE, "the signer's key is not for signatures");
    return true;
}

bool trust_check_chain(const struct trust *trust, const struct pkcs7 *message, enum trust_use use,
                       int64_t when_unix, struct err *err)
{
    STACK_OF(X509) *chain = build_chain(trust->store, message, when_unix, err);
    if (!chain)
        return false;
    bool good = check_bag(message, chain, err) && check_usages(chain, use, err);
    if (good && sk_X509_num(chain) < 2)
        good = err_set(err, ERR_NOT_GENUINE, "a root certificate signed it itself");
    sk_X509_pop_free(chain, X509_free);
    return good;
}

static bool name_part_is(const X509_NAME *name, int nid, const char *wanted)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
        return false;
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    bool same = len >= 0 && (size_t)len == strlen(wanted) && memcmp(text, wanted, (size_t)len) == 0;
    OPENSSL_free(text);
    return same;
}

bool trust_check_publisher(const struct trust *trust, const struct pkcs7 *message, struct err *err)
{
    const X509_NAME *subject = X509_get_subject_name(message->x509[message->leaf]);
    if (name_part_is(subject, NID_organizationName, trust->publisher) &&
        name_part_is(subject, NID_commonName, trust->publisher))
        return true;
    char text[256];
    X509_NAME_oneline(subject, text, sizeof text);
    return err_set(err, ERR_NOT_GENUINE, "signed by \"%s\", not by \"%s\"", text, trust->publisher);
}

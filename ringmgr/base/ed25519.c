#include "ringmgr/base/ed25519.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/base/mem.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ed25519_private {
    EVP_PKEY *pkey;
};

/* A key with a password would have it asked for on the terminal. */
static int no_password(char *text, int size, int writing, void *context)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static void free_pkey(EVP_PKEY **pkey)
{
    EVP_PKEY_free(*pkey);
}

static void free_bio(BIO **bio)
{
    BIO_free(*bio);
}

typedef EVP_PKEY *read_fn(BIO *bio, EVP_PKEY **pkey, pem_password_cb *ask, void *context);

/* NULL where it is no PEM of the kind that is wanted, or of another algorithm. */
static EVP_PKEY *read_pem(const void *pem, size_t len, read_fn *read)
{
    BIO *bio AUTO(free_bio)
    = len <= INT32_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    EVP_PKEY *pkey = bio ? read(bio, NULL, no_password, NULL) : NULL;
    if (pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

static struct ed25519_public raw_public(const EVP_PKEY *pkey)
{
    struct ed25519_public key = {{0}};
    size_t len = sizeof key.byte;
    if (EVP_PKEY_get_raw_public_key(pkey, key.byte, &len) != 1 || len != sizeof key.byte)
        abort();
    return key;
}

/* Whether another "-----BEGIN " follows the first. */
static bool holds_more_than_one(const char *pem, size_t len)
{
    static const char begin[] = "-----BEGIN ";
    const size_t begin_len = sizeof begin - 1;
    const char *first = memmem(pem, len, begin, begin_len);
    return first && memmem(first + begin_len, len - (size_t)(first - pem) - begin_len, begin, begin_len);
}

bool ed25519_public_parse(const void *pem, size_t len, struct ed25519_public *key, struct err *err)
{
    static const char secret[] = "PRIVATE KEY-----";
    EVP_PKEY *pkey AUTO(free_pkey)
    = read_pem(pem, len, PEM_read_bio_PUBKEY);
    *key = (struct ed25519_public){{0}};
    if (memmem(pem, len, secret, sizeof secret - 1))
        return err_set(err, ERR_USAGE,
                       "holds a private key, which belongs to headquarters alone: `openssl pkey -in KEY "
                       "-pubout` makes the public one");
    if (!pkey)
        return err_set(err, ERR_USAGE, "no public Ed25519 key in PEM (`openssl pkey -in KEY -pubout`)");
    if (holds_more_than_one(pem, len))
        return err_set(err, ERR_USAGE, "holds more than one key: each belongs in a file of its own");
    *key = raw_public(pkey);
    return true;
}

bool ed25519_private_parse(const void *pem, size_t len, struct ed25519_private **key, struct err *err)
{
    EVP_PKEY *pkey = read_pem(pem, len, PEM_read_bio_PrivateKey);
    *key = NULL;
    if (!pkey)
        return err_set(err, ERR_USAGE,
                       "no private Ed25519 key in PEM without a password (`openssl genpkey -algorithm "
                       "ed25519`)");
    *key = mem_new(1, sizeof **key);
    (*key)->pkey = pkey;
    return true;
}

void ed25519_private_free(struct ed25519_private *key)
{
    if (key)
        EVP_PKEY_free(key->pkey); /* clears the secret before it frees it */
    free(key);
}

void ed25519_private_auto_free(struct ed25519_private **key)
{
    ed25519_private_free(*key);
}

struct ed25519_public ed25519_public_of(const struct ed25519_private *key)
{
    return raw_public(key->pkey);
}

void ed25519_sign(const struct ed25519_private *key, const void *bytes, size_t len,
                  uint8_t signature[ED25519_SIGNATURE_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t written = ED25519_SIGNATURE_BYTES;
    if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) != 1 ||
        EVP_DigestSign(context, signature, &written, bytes, len) != 1 || written != ED25519_SIGNATURE_BYTES) {
        fputs("ringmgr: OpenSSL offers no Ed25519\n", stderr);
        abort();
    }
    EVP_MD_CTX_free(context);
}

bool ed25519_verify(const struct ed25519_public *key, const void *bytes, size_t len,
                    const uint8_t signature[ED25519_SIGNATURE_BYTES])
{
    EVP_PKEY *pkey AUTO(free_pkey)
    = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->byte, sizeof key->byte);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool right = pkey && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
                 EVP_DigestVerify(context, signature, ED25519_SIGNATURE_BYTES, bytes, len) == 1;
    EVP_MD_CTX_free(context);
    return right;
}

void ed25519_signature_format(const uint8_t signature[ED25519_SIGNATURE_BYTES],
                              char text[ED25519_SIGNATURE_TEXT_SIZE])
{
    EVP_EncodeBlock((unsigned char *)text, signature, ED25519_SIGNATURE_BYTES);
}

bool ed25519_signature_parse(const char *text, uint8_t signature[ED25519_SIGNATURE_BYTES])
{
    unsigned char bytes[ED25519_SIGNATURE_BYTES + 2]; /* what the padding stands for is written, too */
    char again[ED25519_SIGNATURE_TEXT_SIZE];
    size_t len = strlen(text);
    if (len != ED25519_SIGNATURE_TEXT_SIZE - 1 ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len) != (int)sizeof bytes)
        return false;
    memcpy(signature, bytes, ED25519_SIGNATURE_BYTES);
    ed25519_signature_format(signature, again);
    return strcmp(again, text) == 0;
}

void ed25519_key_id(const struct ed25519_public *key, char id[ED25519_KEY_ID_SIZE])
{
    char text[DIGEST_TEXT_SIZE];
    struct digest digest = digest_of(key->byte, sizeof key->byte);
    digest_format(&digest, text);
    memcpy(id, text, ED25519_KEY_ID_SIZE - 1);
    id[ED25519_KEY_ID_SIZE - 1] = 0;
}

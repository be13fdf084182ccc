#include "ringmgr/c2r/authenticode_roots.h"
#include "ringmgr/base/digest.h"
#include "ringmgr/base/mem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* Formats, section 7: as Microsoft publishes them. */
static const struct {
    const char *name, *file, *sha256;
} known[ROOTS_KNOWN] = {
    {"Microsoft Root Certificate Authority 2010", "MicRooCerAut_2010-06-23.crt",
     "df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e"},
    {"Microsoft Root Certificate Authority 2011", "MicRooCerAut2011_2011_03_22.crt",
     "847df6a78497943f27fc72eb93f9a637320a02b561d0a91b09e87a7807ed7c61"},
};

void roots_clear(struct roots *roots)
{
    for (size_t i = 0; i < ROOTS_KNOWN; i++)
        buf_clear(&roots->der[i]);
}

const char *roots_name(size_t index)
{
    return known[index].name;
}

const char *roots_file(size_t index)
{
    return known[index].file;
}

/* ROOTS_KNOWN if it is none of them. */
static size_t recognise(const void *der, size_t len, char sha256[DIGEST_TEXT_SIZE])
{
    struct digest digest = digest_of(der, len);
    size_t index = 0;
    digest_format(&digest, sha256);
    while (index < ROOTS_KNOWN && strcmp(known[index].sha256, sha256) != 0)
        index++;
    return index;
}

static bool take_der(struct roots *roots, const void *der, size_t len, const char *name, struct err *err)
{
    char sha256[DIGEST_TEXT_SIZE];
    size_t index = recognise(der, len, sha256);
    if (index == ROOTS_KNOWN)
        return err_set(err, ERR_NOT_GENUINE,
                       "%s: a certificate with the SHA-256 fingerprint %s is none of Microsoft's two roots: "
                       "nothing of it was kept",
                       name, sha256);
    buf_clear(&roots->der[index]);
    buf_append(&roots->der[index], der, len);
    return true;
}

/* One block after the other; only the frame and the base64 are read. *blocks counts certificates. */
static bool take_blocks(BIO *bio, struct roots *roots, const char *name, size_t *blocks, struct err *err)
{
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    bool ok = true;
    while (ok && PEM_read_bio(bio, &label, &header, &der, &len) == 1) {
        ok = strcmp(label, PEM_STRING_X509) == 0
                 ? take_der(roots, der, (size_t)len, name, err)
                 : err_set(err, ERR_USAGE, "%s: holds a %s: name files of certificates alone", name, label);
        ++*blocks;
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(der);
        label = header = NULL;
        der = NULL;
    }
    if (ok && *blocks && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        ok = err_set(err, ERR_USAGE, "%s: certificate %zu of it is unreadable", name, *blocks + 1);
    return ok;
}

/* The first tag of a certificate in DER (RFC 5280, 4.1: a SEQUENCE, here always longer than 255 bytes). */
static bool is_der(const uint8_t *bytes, size_t len)
{
    return len > 4 && bytes[0] == 0x30 && bytes[1] == 0x82;
}

bool roots_take(struct roots *roots, const void *bytes, size_t len, const char *name, struct err *err)
{
    size_t blocks = 0;
    if (is_der(bytes, len))
        return take_der(roots, bytes, len, name, err);
    BIO *bio = BIO_new_mem_buf(bytes, (int)len);
    ERR_clear_error();
    bool ok = bio && take_blocks(bio, roots, name, &blocks, err);
    BIO_free(bio);
    ERR_clear_error();
    if (ok && blocks == 0)
        return err_set(err, ERR_USAGE, "%s: there is no certificate in it, neither PEM nor DER", name);
    return ok;
}

bool roots_take_one(struct roots *roots, size_t index, const void *bytes, size_t len, const char *name,
                    struct err *err)
{
    char sha256[DIGEST_TEXT_SIZE];
    AUTO_ROOTS came = {0};
    struct err why = {0};
    if (roots_take(&came, bytes, len, name, &why) && came.der[index].len) {
        buf_clear(&roots->der[index]);
        buf_append(&roots->der[index], came.der[index].data, came.der[index].len);
        return true;
    }
    recognise(bytes, len, sha256);
    return err_set(
        err, ERR_NOT_GENUINE,
        "%s: NOT %s: what came has the SHA-256 fingerprint %s, it must be %s. Nothing was kept; somebody "
        "or something changes what this machine downloads",
        name, known[index].name, sha256, known[index].sha256);
}

size_t roots_missing(const struct roots *roots)
{
    size_t index = 0;
    while (index < ROOTS_KNOWN && roots->der[index].len)
        index++;
    return index;
}

void roots_write(const struct roots *roots, struct buf *pem)
{
    for (size_t i = 0; i < ROOTS_KNOWN; i++) {
        char *text = NULL;
        BIO *bio = BIO_new(BIO_s_mem());
        if (roots->der[i].len &&
            PEM_write_bio(bio, PEM_STRING_X509, "", roots->der[i].data, (long)roots->der[i].len) > 0) {
            long len = BIO_get_mem_data(bio, &text);
            buf_printf(pem, "# %s\n# SHA-256 %s\n", known[i].name, known[i].sha256);
            buf_append(pem, text, (size_t)len);
        }
        BIO_free(bio);
    }
}

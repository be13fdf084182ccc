/*
 * Signed catalogues: a certificate trust list (1.3.6.1.4.1.311.10.1) in a PKCS#7 signature.
 *
 * The shape was read from a real i640.cab.cat: usage 12.1.1, a list identifier of 16 bytes, a time,
 * algorithm 12.1.3, entries sorted by their tag, and an extension that names the build in UTF-16LE
 * ("OfficeVersion").
 */
#include "catalog.h"

#include "der.h"
#include "disk.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENTRIES_MAX 64

static void put_spc_link(struct bytes *b)
{
    static const uint8_t bits[] = {0x05, 0xa0};
    static const uint8_t link[] = {0xa0, 0x04, 0xa2, 0x02, 0x80, 0x00};
    size_t data = b->len;
    der_oid(b, "1.3.6.1.4.1.311.2.1.15");
    size_t image = b->len;
    der_put(b, DER_BITS, bits, sizeof bits);
    bytes_put(b, link, sizeof link);
    der_wrap(b, DER_SEQUENCE, image);
    der_wrap(b, DER_SEQUENCE, data);
}

static void put_entry(const uint8_t digest[32], struct bytes *b)
{
    static const uint8_t empty[] = {0x80, 0x00};
    size_t entry = b->len;
    der_put(b, DER_OCTETS, digest, 32);
    size_t attributes = b->len;
    der_oid(b, "1.3.6.1.4.1.311.12.2.3");
    der_put(b, DER_SET, empty, sizeof empty);
    der_wrap(b, DER_SEQUENCE, attributes);
    size_t indirect = b->len;
    der_oid(b, "1.3.6.1.4.1.311.2.1.4");
    size_t value = b->len;
    put_spc_link(b);
    size_t info = b->len;
    der_sha256_algorithm(b);
    der_put(b, DER_OCTETS, digest, 32);
    der_wrap(b, DER_SEQUENCE, info);
    der_wrap(b, DER_SEQUENCE, value);
    der_wrap(b, DER_SET, value);
    der_wrap(b, DER_SEQUENCE, indirect);
    der_wrap(b, DER_SET, attributes);
    der_wrap(b, DER_SEQUENCE, entry);
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static void put_entries(const char *name, const struct table *table, struct bytes *b)
{
    uint8_t digests[ENTRIES_MAX][32];
    size_t n = 0, start = b->len;
    SHA256((const unsigned char *)name, strlen(name), digests[n++]);
    for (size_t i = 0; table && i < table->file_count && n < ENTRIES_MAX; i++)
        SHA256((const unsigned char *)table->files[i].name, strlen(table->files[i].name), digests[n++]);
    qsort(digests, n, sizeof digests[0], by_bytes);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || memcmp(digests[i - 1], digests[i], 32) != 0)
            put_entry(digests[i], b);
    der_wrap(b, DER_SEQUENCE, start);
}

static void put_version(const char *build, struct bytes *b)
{
    static const uint8_t label[] = "\0O\0f\0f\0i\0c\0e\0V\0e\0r\0s\0i\0o\0n";
    BYTES version = {0};
    size_t start = b->len;
    bytes_utf16(&version, build);
    bytes_u16(&version, 0);
    der_oid(b, "1.3.6.1.4.1.311.12.2.1");
    size_t value = b->len;
    der_put(b, DER_BMPSTRING, label, sizeof label - 1);
    der_integer(b, 0x10010001);
    der_put(b, DER_OCTETS, version.data, version.len);
    der_wrap(b, DER_SEQUENCE, value);
    der_wrap(b, DER_OCTETS, value);
    der_wrap(b, DER_SEQUENCE, start);
    der_wrap(b, DER_SEQUENCE, start);
    der_wrap(b, DER_CONTEXT_CONSTRUCTED(0), start);
}

void catalog_make(const struct signer *s, const char *name, const char *build, const struct table *table,
                  struct bytes *out)
{
    BYTES b = {0};
    uint8_t identifier[32];
    char time[32];
    struct tm tm;
    time_t when = (time_t)s->time_unix;
    TEXT key = text("%s %s", name, build);

    der_oid(&b, "1.3.6.1.4.1.311.12.1.1");
    der_wrap(&b, DER_SEQUENCE, 0);
    SHA256((const unsigned char *)key, strlen(key), identifier);
    der_put(&b, DER_OCTETS, identifier, 16);
    gmtime_r(&when, &tm);
    snprintf(time, sizeof time, "%02u", (unsigned)tm.tm_year % 100);
    strftime(time + 2, sizeof time - 2, "%m%d%H%M%SZ", &tm);
    der_put(&b, DER_UTCTIME, time, strlen(time));
    size_t algorithm = b.len;
    der_oid(&b, "1.3.6.1.4.1.311.12.1.3");
    der_put(&b, 0x05, NULL, 0);
    der_wrap(&b, DER_SEQUENCE, algorithm);
    put_entries(name, table, &b);
    put_version(build, &b);
    der_wrap(&b, DER_SEQUENCE, 0);
    sign_content(s, "1.3.6.1.4.1.311.10.1", &b, out);
}

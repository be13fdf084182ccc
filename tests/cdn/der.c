/*
 * A small writer of DER (ITU-T X.690).
 *
 * Content is written first and wrapped afterwards, so no length has to be known in advance: note the length,
 * append the parts, call der_wrap. Only the shapes that catalogues and indirect data need are here.
 */
#include "der.h"

#include <stdlib.h>
#include <string.h>

static size_t header(unsigned tag, size_t len, uint8_t out[6])
{
    size_t n = 0;
    out[n++] = (uint8_t)tag;
    if (len < 0x80) {
        out[n++] = (uint8_t)len;
        return n;
    }
    unsigned octets = len < 0x100 ? 1 : len < 0x10000 ? 2 : len < 0x1000000 ? 3 : 4;
    out[n++] = (uint8_t)(0x80 | octets);
    while (octets-- > 0)
        out[n++] = (uint8_t)(len >> (8 * octets));
    return n;
}

void der_put(struct bytes *b, unsigned tag, const void *content, size_t len)
{
    uint8_t head[6];
    bytes_put(b, head, header(tag, len, head));
    bytes_put(b, content, len);
}

void der_wrap(struct bytes *b, unsigned tag, size_t start)
{
    uint8_t head[6];
    size_t len = b->len - start;
    size_t n = header(tag, len, head);
    bytes_room(b, n);
    memmove(b->data + start + n, b->data + start, len);
    memcpy(b->data + start, head, n);
    b->len += n;
}

static void base128(struct bytes *b, unsigned long v)
{
    uint8_t digits[10];
    int n = 0;
    do {
        digits[n++] = (uint8_t)(v & 0x7f);
        v >>= 7;
    } while (v);
    while (n-- > 0)
        bytes_u8(b, digits[n] | (n ? 0x80u : 0u));
}

void der_oid(struct bytes *b, const char *dotted)
{
    size_t start = b->len;
    char *p;
    unsigned long first = strtoul(dotted, &p, 10);
    unsigned long second = strtoul(p + 1, &p, 10);
    base128(b, first * 40 + second);
    while (*p == '.')
        base128(b, strtoul(p + 1, &p, 10));
    der_wrap(b, 0x06, start);
}

void der_sha256_algorithm(struct bytes *b)
{
    size_t start = b->len;
    der_oid(b, "2.16.840.1.101.3.4.2.1");
    der_put(b, 0x05, NULL, 0);
    der_wrap(b, DER_SEQUENCE, start);
}

void der_integer(struct bytes *b, uint32_t value)
{
    uint8_t digits[5] = {0, (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                         (uint8_t)value};
    size_t skip = 0;
    while (skip < 4 && digits[skip] == 0 && !(digits[skip + 1] & 0x80))
        skip++;
    der_put(b, 0x02, digits + skip, 5 - skip);
}

/*
 * Growable byte strings and little-endian numbers.
 *
 * Everything the test origin writes (cabinet headers, segment tables, DER, XML) is put together in memory in
 * one of these and then written in one go. Running out of memory ends the program: this is a test tool and
 * has nothing to save.
 */
#include "bytes.h"

#include "disk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bytes_clear(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){0};
}

uint8_t *bytes_room(struct bytes *b, size_t more)
{
    if (b->len + more > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 256;
        while (cap < b->len + more)
            cap *= 2;
        b->data = realloc(b->data, cap);
        if (!b->data)
            die("out of memory (%zu bytes)", cap);
        b->cap = cap;
    }
    return b->data + b->len;
}

void bytes_put(struct bytes *b, const void *data, size_t len)
{
    if (len == 0)
        return;
    memcpy(bytes_room(b, len), data, len);
    b->len += len;
}

void bytes_puts(struct bytes *b, const char *s)
{
    bytes_put(b, s, strlen(s));
}

void bytes_printf(struct bytes *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0)
        die("bad format %s", format);
    char *at = (char *)bytes_room(b, (size_t)n + 1);
    va_start(ap, format);
    vsnprintf(at, (size_t)n + 1, format, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void bytes_u8(struct bytes *b, unsigned v)
{
    uint8_t one = (uint8_t)v;
    bytes_put(b, &one, 1);
}

void bytes_u16(struct bytes *b, unsigned v)
{
    uint8_t two[2];
    le16_write(two, v);
    bytes_put(b, two, 2);
}

void bytes_u32(struct bytes *b, uint32_t v)
{
    uint8_t four[4];
    le32_write(four, v);
    bytes_put(b, four, 4);
}

void bytes_utf16(struct bytes *b, const char *ascii)
{
    for (; *ascii; ascii++)
        bytes_u16(b, (unsigned char)*ascii);
}

uint32_t le16_read(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

uint32_t le32_read(const uint8_t *p)
{
    return le16_read(p) | le16_read(p + 2) << 16;
}

void le16_write(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void le32_write(uint8_t *p, uint32_t v)
{
    le16_write(p, v & 0xffff);
    le16_write(p + 2, v >> 16);
}

void hex_upper(const uint8_t *data, size_t len, char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    text[2 * len] = '\0';
}

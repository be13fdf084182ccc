/* Growable byte strings and little-endian numbers; see bytes.c. */
#ifndef TESTCDN_BYTES_H
#define TESTCDN_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Bytes on the heap; a zeroed struct is an empty string. */
struct bytes {
    uint8_t *data;
    size_t len;
    size_t cap;
};

/* Frees the content and leaves an empty string. */
void bytes_clear(struct bytes *b);

#define BYTES __attribute__((cleanup(bytes_clear))) struct bytes

/* Appends len bytes. */
void bytes_put(struct bytes *b, const void *data, size_t len);
/* Appends a C string without its NUL. */
void bytes_puts(struct bytes *b, const char *s);
/* Appends printf output without its NUL. */
void bytes_printf(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends one byte. */
void bytes_u8(struct bytes *b, unsigned v);
/* Appends a little-endian number of 16 or 32 bits. */
void bytes_u16(struct bytes *b, unsigned v);
void bytes_u32(struct bytes *b, uint32_t v);
/* Appends ASCII text as UTF-16LE, without BOM or NUL. */
void bytes_utf16(struct bytes *b, const char *ascii);
/* Makes room for more bytes behind the end and returns where they begin; the length is unchanged. */
uint8_t *bytes_room(struct bytes *b, size_t more);

/* Reads or writes a little-endian number of 16 or 32 bits at p. */
uint32_t le16_read(const uint8_t *p);
uint32_t le32_read(const uint8_t *p);
void le16_write(uint8_t *p, unsigned v);
void le32_write(uint8_t *p, uint32_t v);

/* Writes len bytes as upper-case hex digits and a NUL into text (2 * len + 1 characters). */
void hex_upper(const uint8_t *data, size_t len, char *text);

#endif

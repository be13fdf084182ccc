/* Growing byte buffers and lists of strings. */
#ifndef RINGMGR_BASE_BUF_H
#define RINGMGR_BASE_BUF_H

#include "ringmgr/base/err.h"
#include <stddef.h>
#include <stdint.h>

/* Zero-initialised is empty. `data` always has a NUL behind `len` bytes once something was appended. */
struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};

/* Appends; bytes and texts are copied. */
void buf_append(struct buf *buf, const void *bytes, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Makes room for at least `more` further bytes without changing `len`. */
void buf_reserve(struct buf *buf, size_t more);
/* The content as a C string; "" when empty. Valid until the next change. */
const char *buf_text(const struct buf *buf);
/* Frees the content; the buffer is empty and usable again. */
void buf_clear(struct buf *buf);
/* The same of a secret, which is overwritten first; a buffer that has grown has left copies behind, so
 * reserve its room at once. */
void buf_wipe(struct buf *buf);

#define AUTO_BUF                                                                                             \
    AUTO(buf_clear)                                                                                          \
    struct buf

/* A list of owned strings. Zero-initialised is empty. */
struct strv {
    char **item;
    size_t len;
};

/* Appends a copy of a text, or of a formatted one. */
void strv_add(struct strv *list, const char *text);
void strv_addf(struct strv *list, const char *format, ...) PRINTF_LIKE(2, 3);
/* Whether an item is exactly `text`. */
bool strv_has(const struct strv *list, const char *text);
/* Splits at commas and white space, dropping empty parts, and appends. */
void strv_split(struct strv *list, const char *text);
/* The same at commas alone, without the white space around each part: for names that may hold blanks. */
void strv_split_names(struct strv *list, const char *text);
/* All items joined by `separator`; the caller frees it. */
char *strv_join(const struct strv *list, const char *separator);
/* Appends copies of all items of `from`. */
void strv_copy(struct strv *to, const struct strv *from);
/* Sorts by strcmp. */
void strv_sort(struct strv *list);
/* Frees all items; the list is empty and usable again. */
void strv_clear(struct strv *list);

#define AUTO_STRV                                                                                            \
    AUTO(strv_clear)                                                                                         \
    struct strv

#endif

/* Text of documents for Windows: UTF-8 as ringmgr has it, UTF-16LE and Windows-1252 as Windows has it. Pure.
 */
#ifndef CONFIG_UTF16_H
#define CONFIG_UTF16_H

#include "ringmgr/base/buf.h"

/*
 * Whether `text` can stand in a document: UTF-8 (RFC 3629: no overlong forms, encoded surrogates or code
 * points above U+10FFFF) without control characters (below U+0020, U+007F to U+009F). Else ERR_USAGE with a
 * sentence that begins with `what`, the name of the thing.
 */
bool utf16_check(const char *text, const char *what, struct err *err) MUST_CHECK;

/* Appends our own ASCII, line ends included, as UTF-16LE without a terminator. */
void utf16_put_ascii(struct buf *out, const char *text);

/* Appends foreign text as UTF-16LE without a terminator. Errors as utf16_check(); out is then unchanged. */
bool utf16_put(struct buf *out, const char *text, const char *what, struct err *err) MUST_CHECK;

/* The same, with a backslash before each character that is in `escaped` (ASCII). */
bool utf16_put_escaped(struct buf *out, const char *text, const char *escaped, const char *what,
                       struct err *err) MUST_CHECK;

/* Whether all `len` bytes are UTF-8 as above; control characters, even NUL, may be among them. */
bool utf8_is_valid(const void *bytes, size_t len);

/*
 * Appends UTF-16LE bytes as UTF-8. NUL and BOM are characters like any other; who expects a BOM skips it.
 * ERR_USAGE where the length is odd or a surrogate stands alone; out is then unchanged.
 */
bool utf16_read(const void *bytes, size_t len, struct buf *out, struct err *err) MUST_CHECK;

/* Appends Windows-1252 bytes as UTF-8. Its five unassigned bytes become U+0081 and so on, as Windows does. */
void windows1252_read(const void *bytes, size_t len, struct buf *out);

#endif

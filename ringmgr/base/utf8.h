/* UTF-8: whether bytes are text, and text that does nothing where it is shown. */
#ifndef RINGMGR_BASE_UTF8_H
#define RINGMGR_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at `text`, which ends with a NUL; 0 if it is not UTF-8 (RFC 3629: no surrogates,
 * nothing overlong). */
size_t utf8_length(const char *text);

/* Whether the character at `text` is a control character (C0, DEL, C1), or one that ends a line or turns the
 * direction of what follows (U+2028, U+2029, U+202A to U+202E, U+2066 to U+2069): what is shown after it may
 * be read otherwise than it was written. */
bool utf8_is_control(const char *text);

/* Puts '?' in the place of each byte of a control character and of each that is not UTF-8: a name that a disk
 * or a server has given may then be shown on a terminal. Nothing else changes, and not the length. */
void utf8_disarm(char *text);

#endif

/* The text form of policies that Microsoft's LGPO.exe /t imports (formats/deployment.md, section 3). Pure. */
#ifndef CONFIG_LGPO_H
#define CONFIG_LGPO_H

#include "config/gpo.h"

/*
 * Appends the text, ASCII: a block of four lines (Computer, key, value name, TYPE:data or DELETE) and a blank
 * line for each value, CRLF. ERR_USAGE, naming the value, where a text has a control character or a letter
 * beyond ASCII, of which nobody has said how LGPO.exe reads it; out is then unchanged. Only Windows can prove
 * that it imports.
 */
bool lgpo_write(const struct policy *policy, struct buf *out, struct err *err) MUST_CHECK;

#endif

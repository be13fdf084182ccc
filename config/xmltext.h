/* Texts in the XML documents of Group Policy. Pure. */
#ifndef CONFIG_XMLTEXT_H
#define CONFIG_XMLTEXT_H

#include "config/gpo.h"

/*
 * Whether `text` can stand in XML: as utf16_check(), and without U+FFFE and U+FFFF, which XML 1.0 (section
 * 2.2) leaves out. Else ERR_USAGE with a sentence that begins with `what`, the name of the thing.
 */
bool xmltext_check(const char *text, const char *what, struct err *err) MUST_CHECK;

/* The same for all keys, names and texts of a policy; `what` is the value's name. */
bool xmltext_check_policy(const struct policy *policy, struct err *err) MUST_CHECK;

/* Appends a checked text as CDATA; a "]]>" in it is split between two sections. */
void xmltext_put_cdata(struct buf *out, const char *text);

#endif

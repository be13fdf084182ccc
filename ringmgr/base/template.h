/*
 * Templates that people write: text with {{name}} where a value goes. In JSON a value is escaped as the
 * inside of a string, so that "text": "{{title}}" is JSON whatever the title holds.
 */
#ifndef RINGMGR_BASE_TEMPLATE_H
#define RINGMGR_BASE_TEMPLATE_H

#include "ringmgr/base/buf.h"

enum template_kind { TEMPLATE_TEXT, TEMPLATE_JSON };

struct template_value {
    const char *name, *text; /* text NULL: "" */
};

/*
 * Appends the template to `out`, each {{name}} (blanks around the name are fine) replaced; what values hold
 * is never looked at again. `values` ends with a NULL name. ERR_USAGE, and nothing appended, as "line 3:
 * {{nmae}} is no placeholder (there are: …)", where braces are not closed, and where the result of
 * TEMPLATE_JSON is no JSON.
 */
bool template_render(const char *text, size_t len, enum template_kind kind,
                     const struct template_value *values, struct buf *out, struct err *err) MUST_CHECK;

#endif

/*
 * Templates that people write, in the manner of Mustache: text with {{name}} where a value goes, and with
 * {{#name}}…{{/name}} around what stands there only where there is a value. In JSON a value is escaped as
 * the inside of a string, so that "text": "{{title}}" is JSON whatever the title holds. {{name | slack}}
 * escapes what Slack would take for a mention or a link (api.slack.com, "Formatting text for app surfaces").
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
 * is never looked at again. Sections lie within each other or apart; a line of theirs with nothing else on it
 * leaves no line. `values` ends with a NULL name. ERR_USAGE, and nothing appended, as "line 3: {{nmae}} is no
 * placeholder (there are: …)", where braces or sections are not closed, and where the result of
 * TEMPLATE_JSON is no JSON.
 */
bool template_render(const char *text, size_t len, enum template_kind kind,
                     const struct template_value *values, struct buf *out, struct err *err) MUST_CHECK;

#endif

#include "ringmgr/base/template.h"
#include "ringmgr/base/json.h"
#include "ringmgr/base/mem.h"

#include <string.h>

static const struct template_value *find(const struct template_value *values, const char *name)
{
    for (; values->name; values++)
        if (strcmp(values->name, name) == 0)
            return values;
    return NULL;
}

static void put_escaped(const char *text, struct buf *out)
{
    AUTO_BUF quoted = {0};
    struct jv *string = jv_string(text);
    jv_write_canonical(string, &quoted);
    jv_free(string);
    buf_append(out, quoted.data + 1, quoted.len - 2);
}

static char *names_of(const struct template_value *values)
{
    AUTO_STRV names = {0};
    for (; values->name; values++)
        strv_add(&names, values->name);
    return strv_join(&names, ", ");
}

/* The name between the braces, without blanks around it. The caller frees it. */
static char *take_name(const char *from, const char *end)
{
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (from < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return mem_strndup(from, (size_t)(end - from));
}

/* Replaces what begins at `at` ("{{"); *at moves behind it. */
static bool replace(const char **at, const char *end, unsigned line, enum template_kind kind,
                    const struct template_value *values, struct buf *out, struct err *err)
{
    size_t rest = (size_t)(end - *at);
    const char *line_end = memchr(*at, '\n', rest);
    const char *close = memmem(*at, line_end ? (size_t)(line_end - *at) : rest, "}}", 2);
    if (!close)
        return err_set(err, ERR_USAGE, "line %u: {{ without }} on the same line", line);
    char *name AUTO_FREE = take_name(*at + 2, close);
    const struct template_value *value = find(values, name);
    if (!value) {
        char *names AUTO_FREE = names_of(values);
        return err_set(err, ERR_USAGE, "line %u: {{%.60s}} is no placeholder (there are: %s)", line, name,
                       names);
    }
    const char *text = value->text ? value->text : "";
    if (kind == TEMPLATE_JSON)
        put_escaped(text, out);
    else
        buf_puts(out, text);
    *at = close + 2;
    return true;
}

static bool is_json(const struct buf *text, struct err *err)
{
    struct jv *value AUTO(jv_auto_free)
    = jv_parse(buf_text(text), text->len, err);
    if (!value)
        err->code = ERR_USAGE;
    return value != NULL;
}

bool template_render(const char *text, size_t len, enum template_kind kind,
                     const struct template_value *values, struct buf *out, struct err *err)
{
    AUTO_BUF made = {0};
    unsigned line = 1;
    const char *end = text + len;
    for (const char *at = text; at < end;) {
        if (end - at >= 2 && at[0] == '{' && at[1] == '{') {
            if (!replace(&at, end, line, kind, values, &made, err))
                return false;
            continue;
        }
        line += *at == '\n';
        buf_append(&made, at++, 1);
    }
    if (kind == TEMPLATE_JSON && !is_json(&made, err))
        return false;
    buf_append(out, made.data, made.len);
    return true;
}

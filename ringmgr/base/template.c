#include "ringmgr/base/template.h"
#include "ringmgr/base/json.h"
#include "ringmgr/base/mem.h"

#include <string.h>

enum { DEEP = 8 }; /* sections within each other */

/* What is being filled, and how far it has come. */
struct filling {
    enum template_kind kind;
    const struct template_value *values;
    const char *begin, *at, *end;
    unsigned line;                             /* of `at` */
    const struct template_value *inside[DEEP]; /* sections that are open */
    unsigned depth;
    unsigned hidden; /* how many of them there is no value for */
    struct buf *out;
};

/* ---- values ---- */

static const struct template_value *find(const struct template_value *values, const char *name)
{
    for (; values->name; values++)
        if (strcmp(values->name, name) == 0)
            return values;
    return NULL;
}

static void put_json(const char *text, struct buf *out)
{
    AUTO_BUF quoted = {0};
    struct jv *string = jv_string(text);
    jv_write_canonical(string, &quoted);
    jv_free(string);
    buf_append(out, quoted.data + 1, quoted.len - 2);
}

static void escape_slack(const char *text, struct buf *out)
{
    for (; *text; text++)
        if (*text == '&')
            buf_puts(out, "&amp;");
        else if (*text == '<')
            buf_puts(out, "&lt;");
        else if (*text == '>')
            buf_puts(out, "&gt;");
        else
            buf_append(out, text, 1);
}

static void put_value(struct filling *filling, const struct template_value *value, bool slack)
{
    AUTO_BUF escaped = {0};
    const char *text = value->text ? value->text : "";
    if (filling->hidden)
        return;
    if (slack)
        escape_slack(text, &escaped);
    if (slack)
        text = buf_text(&escaped);
    if (filling->kind == TEMPLATE_JSON)
        put_json(text, filling->out);
    else
        buf_puts(filling->out, text);
}

/* ---- what stands between braces ---- */

static char *names_of(const struct template_value *values)
{
    AUTO_STRV names = {0};
    for (; values->name; values++)
        strv_add(&names, values->name);
    return strv_join(&names, ", ");
}

/* The word, without blanks around it. The caller frees it. */
static char *take_word(const char *from, const char *end)
{
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (from < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return mem_strndup(from, (size_t)(end - from));
}

static bool is_blank(const char *from, const char *end)
{
    while (from < end && (*from == ' ' || *from == '\t' || *from == '\r'))
        from++;
    return from == end;
}

/* Moves behind the braces; if they are all that is on their line, behind its end, as if it were not there. */
static void leave_line(struct filling *filling, const char *open, const char *behind)
{
    const char *line = open;
    while (line > filling->begin && line[-1] != '\n')
        line--;
    const char *newline = memchr(behind, '\n', (size_t)(filling->end - behind));
    const char *line_end = newline ? newline : filling->end;
    bool alone = is_blank(line, open) && is_blank(behind, line_end);
    filling->at = alone && newline ? newline + 1 : behind;
    filling->line += alone && newline;
    if (alone && !filling->hidden)
        filling->out->len -= (size_t)(open - line);
}

static bool open_section(struct filling *filling, const struct template_value *value, struct err *err)
{
    if (filling->depth == DEEP)
        return err_set(err, ERR_USAGE, "line %u: more than %d sections within each other", filling->line,
                       DEEP);
    filling->inside[filling->depth++] = value;
    return true;
}

static bool close_section(struct filling *filling, const struct template_value *value, struct err *err)
{
    if (filling->depth == 0 || filling->inside[filling->depth - 1] != value)
        return err_set(err, ERR_USAGE, "line %u: {{/%s}} closes what is not open", filling->line,
                       value->name);
    filling->depth--;
    return true;
}

static bool take_section(struct filling *filling, const struct template_value *value, bool closes,
                         const char *behind, struct err *err)
{
    const char *open = filling->at;
    bool none = !value->text || !*value->text;
    if (closes ? !close_section(filling, value, err) : !open_section(filling, value, err))
        return false;
    leave_line(filling, open, behind);
    filling->hidden = closes ? filling->hidden - none : filling->hidden + none;
    return true;
}

static bool refuse(const struct filling *filling, const char *word, struct err *err)
{
    char *names AUTO_FREE = names_of(filling->values);
    return err_set(err, ERR_USAGE, "line %u: {{%.60s}} is no placeholder (there are: %s)", filling->line,
                   word, names);
}

/* Replaces what begins at filling->at ("{{"), and moves behind it. */
static bool replace(struct filling *filling, struct err *err)
{
    const char *from = filling->at + 2;
    size_t rest = (size_t)(filling->end - from);
    const char *line_end = memchr(from, '\n', rest);
    const char *close = memmem(from, line_end ? (size_t)(line_end - from) : rest, "}}", 2);
    if (!close)
        return err_set(err, ERR_USAGE, "line %u: {{ without }} on the same line", filling->line);
    bool section = from < close && (*from == '#' || *from == '/');
    const char *bar = memchr(from, '|', (size_t)(close - from));
    char *all AUTO_FREE = take_word(from, close);
    char *name AUTO_FREE = take_word(from + section, bar ? bar : close);
    char *filter AUTO_FREE = bar ? take_word(bar + 1, close) : NULL;
    const struct template_value *value = find(filling->values, name);
    if (!value || (section && filter))
        return refuse(filling, all, err);
    if (filter && strcmp(filter, "slack") != 0)
        return err_set(err, ERR_USAGE,
                       "line %u: {{%.60s}}: \"%.30s\" is no way to write it (there is: slack)", filling->line,
                       all, filter);
    if (section)
        return take_section(filling, value, *from == '/', close + 2, err);
    put_value(filling, value, filter != NULL);
    filling->at = close + 2;
    return true;
}

/* ---- the whole ---- */

static bool is_json(const struct buf *text, struct err *err)
{
    struct jv *value AUTO(jv_auto_free)
    = jv_parse(buf_text(text), text->len, err);
    if (!value)
        err->code = ERR_USAGE;
    return value != NULL;
}

static bool fill(struct filling *filling, struct err *err)
{
    while (filling->at < filling->end) {
        if (filling->end - filling->at >= 2 && filling->at[0] == '{' && filling->at[1] == '{') {
            if (!replace(filling, err))
                return false;
            continue;
        }
        filling->line += *filling->at == '\n';
        if (!filling->hidden)
            buf_append(filling->out, filling->at, 1);
        filling->at++;
    }
    return filling->depth == 0 ||
           err_set(err, ERR_USAGE, "{{#%s}} is not closed: {{/%s}}",
                   filling->inside[filling->depth - 1]->name, filling->inside[filling->depth - 1]->name);
}

bool template_render(const char *text, size_t len, enum template_kind kind,
                     const struct template_value *values, struct buf *out, struct err *err)
{
    AUTO_BUF made = {0};
    struct filling filling = {.kind = kind,
                              .values = values,
                              .begin = text,
                              .at = text,
                              .end = text + len,
                              .line = 1,
                              .out = &made};
    if (!fill(&filling, err) || (kind == TEMPLATE_JSON && !is_json(&made, err)))
        return false;
    buf_append(out, made.data, made.len);
    return true;
}

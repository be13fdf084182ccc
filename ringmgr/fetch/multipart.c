#include "ringmgr/fetch/multipart.h"

#include <string.h>
#include <strings.h>

enum state {
    STATE_PREAMBLE, /* lines before the first delimiter */
    STATE_HEAD,     /* header lines of a part */
    STATE_DATA,
    STATE_DELIMITER, /* the end of the data's line, then the next delimiter */
    STATE_EPILOGUE,  /* behind the closing delimiter */
    STATE_STOPPED,
    STATE_BAD,
};

/* ---- Content-Type ---- */

/* What may stand in a token (RFC 9110, 5.6.2). */
static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

/*
 * The characters of a boundary (RFC 2046, 5.1.1), and '"' and '\' not among them: so a quoted one needs no
 * unescaping.
 */
static bool is_boundary_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("'()+_,-./:=? ", c));
}

/* Steps over a parameter's value; *value and *len get it without quotes. False if it is malformed. */
static bool read_value(const char **text, const char **value, size_t *len)
{
    bool quoted = **text == '"';
    const char *end = *text += quoted;
    *value = end;
    while (quoted ? *end && *end != '"' && *end != '\\' : is_token_char(*end))
        end++;
    *len = (size_t)(end - *value);
    if (quoted && *end != '"')
        return false;
    *text = end + quoted;
    return strchr("; \t", **text) != NULL; /* or the end */
}

/* The next parameter of a media type (RFC 9110, 8.3.1); false at the end, or where it is malformed. */
static bool next_parameter(const char **text, const char **name, size_t *name_len, const char **value,
                           size_t *len)
{
    const char *at = *text + strspn(*text, " \t");
    if (*at != ';')
        return false;
    at += strspn(at, "; \t");
    *name = at;
    while (is_token_char(*at))
        at++;
    *name_len = (size_t)(at - *name);
    if (*name_len == 0 || *at++ != '=' || !read_value(&at, value, len))
        return false;
    *text = at;
    return true;
}

static bool set_boundary(struct multipart *multipart, const char *value, size_t len)
{
    if (len == 0 || len > LIMIT_MULTIPART_BOUNDARY_BYTES || value[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_boundary_char(value[i]))
            return false;
    memcpy(multipart->boundary, value, len);
    multipart->boundary_len = len;
    return true;
}

bool multipart_begin(struct multipart *multipart, const char *content_type, size_t parts_max,
                     const struct multipart_events *events)
{
    static const char type[] = "multipart/byteranges";
    const char *name, *value;
    size_t name_len, len;
    memset(multipart, 0, sizeof *multipart);
    multipart->events = *events;
    multipart->parts_max = parts_max;
    if (!content_type || strncasecmp(content_type, type, sizeof type - 1) != 0)
        return false;
    content_type += sizeof type - 1;
    while (next_parameter(&content_type, &name, &name_len, &value, &len))
        if (name_len == strlen("boundary") && strncasecmp(name, "boundary", name_len) == 0)
            return set_boundary(multipart, value, len);
    return false;
}

/* ---- lines ---- */

static bool bad(struct multipart *multipart, const char *problem)
{
    multipart->state = STATE_BAD;
    multipart->problem = problem;
    return false;
}

static bool stop(struct multipart *multipart)
{
    multipart->state = STATE_STOPPED;
    return false;
}

enum line_kind { LINE_OTHER, LINE_DELIMITER, LINE_CLOSES };

/* "--boundary" or "--boundary--", and blanks behind it (RFC 2046, 5.1.1: transport padding). */
static enum line_kind kind_of(const struct multipart *multipart)
{
    const char *line = multipart->line;
    size_t len = multipart->line_len;
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    if (len < 2 + multipart->boundary_len || memcmp(line, "--", 2) != 0 ||
        memcmp(line + 2, multipart->boundary, multipart->boundary_len) != 0)
        return LINE_OTHER;
    line += 2 + multipart->boundary_len;
    len -= 2 + multipart->boundary_len;
    if (len == 0)
        return LINE_DELIMITER;
    return len == 2 && memcmp(line, "--", 2) == 0 ? LINE_CLOSES : LINE_OTHER;
}

static bool begin_part(struct multipart *multipart)
{
    if (multipart->parts++ == multipart->parts_max)
        return bad(multipart, "more parts than ranges were asked for");
    multipart->state = STATE_HEAD;
    multipart->head_len = 0;
    multipart->has_range = false;
    return true;
}

static bool take_range(struct multipart *multipart, const char *text)
{
    struct head head = {0};
    if (multipart->has_range)
        return bad(multipart, "a part with two Content-Range lines");
    head_read_range(text, &head);
    if (!head.has_range || head.first == LENGTH_UNKNOWN)
        return bad(multipart, "a part whose Content-Range is malformed");
    multipart->has_range = true;
    multipart->first = head.first;
    multipart->last = head.last;
    multipart->total = head.total;
    return true;
}

/* The empty line behind a part's header. */
static bool begin_data(struct multipart *multipart)
{
    if (!multipart->has_range)
        return bad(multipart, "a part without a Content-Range");
    multipart->left = multipart->last - multipart->first + 1;
    multipart->state = STATE_DATA;
    return multipart->events.on_part(multipart->events.owner, multipart->first, multipart->last,
                                     multipart->total) ||
           stop(multipart);
}

static bool take_header(struct multipart *multipart)
{
    static const char name[] = "Content-Range:";
    char *line = multipart->line;
    size_t len = multipart->line_len;
    if (len == 0)
        return begin_data(multipart);
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    line[len] = 0;
    if (memchr(line, 0, len) || *line == ' ' || *line == '\t' || !strchr(line, ':'))
        return bad(multipart, "a malformed header line in a part");
    if (strncasecmp(line, name, sizeof name - 1) != 0)
        return true;
    line += sizeof name - 1;
    return take_range(multipart, line + strspn(line, " \t"));
}

static bool take_delimiter(struct multipart *multipart, enum line_kind kind)
{
    if (kind == LINE_DELIMITER)
        return begin_part(multipart);
    multipart->state = STATE_EPILOGUE;
    multipart->head_len = 0;
    return true;
}

/* A whole line without its CR LF. */
static bool take_line(struct multipart *multipart)
{
    enum line_kind kind = multipart->state == STATE_HEAD ? LINE_OTHER : kind_of(multipart);
    if (multipart->state == STATE_HEAD)
        return take_header(multipart);
    if (multipart->state == STATE_PREAMBLE)
        return kind == LINE_OTHER || take_delimiter(multipart, kind);
    if (kind != LINE_OTHER)
        return take_delimiter(multipart, kind);
    /* the data's own line ends first */
    return (multipart->line_len == 0 && multipart->head_len == 2) ||
           bad(multipart, "no delimiter behind the bytes of a part");
}

/* ---- bytes ---- */

/* One byte outside of data. */
static bool take_byte(struct multipart *multipart, char c)
{
    if (++multipart->head_len > LIMIT_MULTIPART_HEAD_BYTES)
        return bad(multipart, "too many bytes around the parts");
    if (multipart->state == STATE_EPILOGUE)
        return true;
    if (c != '\n') {
        if (multipart->line_len == LIMIT_MULTIPART_LINE_BYTES - 1)
            return bad(multipart, "a line that is too long");
        multipart->line[multipart->line_len++] = c;
        return true;
    }
    if (multipart->line_len == 0 || multipart->line[multipart->line_len - 1] != '\r')
        return bad(multipart, "a line that does not end with CR LF");
    multipart->line_len--;
    bool good = take_line(multipart);
    multipart->line_len = 0;
    return good;
}

static bool take_data(struct multipart *multipart, const char *bytes, size_t len)
{
    multipart->left -= len;
    if (multipart->left == 0) {
        multipart->state = STATE_DELIMITER;
        multipart->head_len = 0;
    }
    return multipart->events.on_data(multipart->events.owner, bytes, len) || stop(multipart);
}

enum multipart_result multipart_feed(struct multipart *multipart, const void *bytes, size_t len)
{
    const char *at = bytes;
    bool good = multipart->state != STATE_STOPPED && multipart->state != STATE_BAD;
    while (good && len > 0) {
        size_t step = 1;
        if (multipart->state == STATE_DATA) {
            step = multipart->left < len ? (size_t)multipart->left : len;
            good = take_data(multipart, at, step);
        } else
            good = take_byte(multipart, *at);
        at += step;
        len -= step;
    }
    if (good)
        return MULTIPART_MORE;
    return multipart->state == STATE_BAD ? MULTIPART_BAD : MULTIPART_STOPPED;
}

bool multipart_is_over(const struct multipart *multipart)
{
    return multipart->state == STATE_EPILOGUE;
}

#include "config/utf16.h"

#include <string.h>

/* How a UTF-8 sequence begins, and from which code point on it is the shortest form (RFC 3629, section 3). */
struct utf8_form {
    uint8_t mask, lead;
    unsigned more;
    uint32_t least;
};

static const struct utf8_form forms[] = {
    {0x80, 0x00, 0, 0}, {0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};

enum { FORMS = sizeof forms / sizeof *forms };

/* What Windows-1252 has from 0x80 to 0x9f; 0x81 and four others are unassigned and stay what they are. */
static const uint16_t windows1252_80[32] = {0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                            0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
                                            0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                            0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

static bool is_surrogate(uint32_t code)
{
    return code >= 0xd800 && code <= 0xdfff;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* Reads one code point before `end` and moves *at behind it; false if there is none that UTF-8 may encode. */
static bool read_code_point(const uint8_t **at, const uint8_t *end, uint32_t *code)
{
    const uint8_t *byte = *at;
    const struct utf8_form *form = forms;
    while (form < forms + FORMS && (*byte & form->mask) != form->lead)
        form++;
    if (form == forms + FORMS || (size_t)(end - byte) <= form->more)
        return false;
    *code = *byte++ & (uint8_t)~form->mask;
    for (unsigned i = 0; i < form->more; i++, byte++) {
        if ((*byte & 0xc0) != 0x80)
            return false;
        *code = *code << 6 | (*byte & 0x3f);
    }
    *at = byte;
    return *code >= form->least && *code <= 0x10ffff && !is_surrogate(*code);
}

bool utf16_check(const char *text, const char *what, struct err *err)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + strlen(text);
    while (at < end) {
        uint32_t code = 0;
        if (!read_code_point(&at, end, &code))
            return err_set(err, ERR_USAGE, "%s is not valid UTF-8", what);
        if (is_control(code))
            return err_set(err, ERR_USAGE, "%s has a control character (U+%04X)", what, code);
    }
    return true;
}

bool utf8_is_valid(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    const uint8_t *end = at + len;
    uint32_t code;
    while (at < end)
        if (!read_code_point(&at, end, &code))
            return false;
    return true;
}

static void put_unit(struct buf *out, uint32_t unit)
{
    uint8_t bytes[2] = {(uint8_t)(unit & 0xff), (uint8_t)(unit >> 8)};
    buf_append(out, bytes, sizeof bytes);
}

static void put_code_point(struct buf *out, uint32_t code)
{
    if (code < 0x10000) {
        put_unit(out, code);
        return;
    }
    put_unit(out, 0xd800 | (code - 0x10000) >> 10);
    put_unit(out, 0xdc00 | ((code - 0x10000) & 0x3ff));
}

void utf16_put_ascii(struct buf *out, const char *text)
{
    for (; *text; text++)
        put_unit(out, (uint8_t)*text);
}

bool utf16_put_escaped(struct buf *out, const char *text, const char *escaped, const char *what,
                       struct err *err)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + strlen(text);
    uint32_t code;
    if (!utf16_check(text, what, err))
        return false;
    while (at < end && read_code_point(&at, end, &code)) {
        if (code < 0x80 && strchr(escaped, (int)code))
            put_unit(out, '\\');
        put_code_point(out, code);
    }
    return true;
}

bool utf16_put(struct buf *out, const char *text, const char *what, struct err *err)
{
    return utf16_put_escaped(out, text, "", what, err);
}

static void put_utf8(struct buf *out, uint32_t code)
{
    const struct utf8_form *form = forms;
    while (form + 1 < forms + FORMS && code >= form[1].least)
        form++;
    uint8_t bytes[4] = {(uint8_t)(form->lead | code >> 6 * form->more)};
    for (unsigned i = 1; i <= form->more; i++)
        bytes[i] = (uint8_t)(0x80 | (code >> 6 * (form->more - i) & 0x3f));
    buf_append(out, bytes, form->more + 1);
}

static uint32_t unit_at(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8;
}

bool utf16_read(const void *bytes, size_t len, struct buf *out, struct err *err)
{
    AUTO_BUF text = {0};
    const uint8_t *at = bytes;
    if (len % 2)
        return err_set(err, ERR_USAGE, "UTF-16 text has half a character at its end");
    for (size_t i = 0; i < len; i += 2) {
        uint32_t code = unit_at(at + i);
        if (is_surrogate(code)) {
            uint32_t low = len - i > 2 ? unit_at(at + i + 2) : 0;
            if (code >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
                return err_set(err, ERR_USAGE, "UTF-16 text has half a character (U+%04X) in it", code);
            code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
            i += 2;
        }
        put_utf8(&text, code);
    }
    buf_append(out, text.data, text.len);
    return true;
}

void windows1252_read(const void *bytes, size_t len, struct buf *out)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        put_utf8(out, at[i] >= 0x80 && at[i] < 0xa0 ? windows1252_80[at[i] - 0x80] : at[i]);
}

#include "config/regfile.h"

#include <stdio.h>
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

/* Reads one code point and moves *text behind it; false if there is none that UTF-8 may encode. */
static bool read_code_point(const char **text, uint32_t *code)
{
    const uint8_t *at = (const uint8_t *)*text;
    const struct utf8_form *form = forms;
    while (form < forms + FORMS && (*at & form->mask) != form->lead)
        form++;
    if (form == forms + FORMS)
        return false;
    *code = *at++ & (uint8_t)~form->mask;
    for (unsigned i = 0; i < form->more; i++, at++) {
        if ((*at & 0xc0) != 0x80)
            return false;
        *code = *code << 6 | (*at & 0x3f);
    }
    *text = (const char *)at;
    bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code >= form->least && *code <= 0x10ffff && !surrogate;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
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

/* Our own ASCII, line ends included. */
static void put_ascii(struct buf *out, const char *text)
{
    for (; *text; text++)
        put_unit(out, (uint8_t)*text);
}

/* Foreign text; `escaped` is the set of characters that get a backslash before them. */
static bool put_text(struct buf *out, const char *text, const char *escaped, const char *what,
                     struct err *err)
{
    while (*text) {
        uint32_t code = 0;
        if (!read_code_point(&text, &code))
            return err_set(err, ERR_USAGE, "%s is not valid UTF-8", what);
        if (is_control(code))
            return err_set(err, ERR_USAGE, "%s has a control character (U+%04X)", what, code);
        if (code < 0x80 && strchr(escaped, (int)code))
            put_unit(out, '\\');
        put_code_point(out, code);
    }
    return true;
}

static bool put_string(struct buf *out, const char *text, const char *what, struct err *err)
{
    put_ascii(out, "\"");
    if (!put_text(out, text, "\\\"", what, err))
        return false;
    put_ascii(out, "\"");
    return true;
}

static bool put_value(struct buf *out, const struct policy_value *value, struct err *err)
{
    const struct policy_setting *setting = value->setting;
    char number[16];
    if (!put_string(out, setting->name, "the name of a registry value", err))
        return false;
    put_ascii(out, "=");
    if (value->remove) {
        put_ascii(out, "-");
    } else if (setting->type == POLICY_DWORD) {
        snprintf(number, sizeof number, "dword:%08x", value->number);
        put_ascii(out, number);
    } else if (!put_string(out, value->text, setting->name, err)) {
        return false;
    }
    put_ascii(out, "\r\n");
    return true;
}

static bool put_section(struct buf *out, const char *key, struct err *err)
{
    put_ascii(out, "\r\n[HKEY_LOCAL_MACHINE\\");
    if (!put_text(out, key, "", "a registry key", err))
        return false;
    put_ascii(out, "]\r\n");
    return true;
}

bool regfile_write(const struct policy *policy, struct buf *out, struct err *err)
{
    AUTO_BUF file = {0};
    const char *key = NULL;
    put_unit(&file, 0xfeff);
    put_ascii(&file, "Windows Registry Editor Version 5.00\r\n");
    for (size_t i = 0; i < policy->len; i++) {
        const struct policy_value *value = &policy->item[i];
        if ((!key || strcmp(key, value->setting->key) != 0) && !put_section(&file, value->setting->key, err))
            return false;
        key = value->setting->key;
        if (!put_value(&file, value, err))
            return false;
    }
    put_ascii(&file, "\r\n"); /* without it Samba leaves the last value out */
    buf_append(out, file.data, file.len);
    return true;
}

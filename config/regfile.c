#include "config/regfile.h"
#include "config/utf16.h"

#include <stdio.h>
#include <string.h>

static bool put_string(struct buf *out, const char *text, const char *what, struct err *err)
{
    utf16_put_ascii(out, "\"");
    if (!utf16_put_escaped(out, text, "\\\"", what, err))
        return false;
    utf16_put_ascii(out, "\"");
    return true;
}

static bool put_value(struct buf *out, const struct policy_value *value, struct err *err)
{
    const struct policy_setting *setting = value->setting;
    char number[16];
    if (!put_string(out, setting->name, "the name of a registry value", err))
        return false;
    utf16_put_ascii(out, "=");
    if (value->remove) {
        utf16_put_ascii(out, "-");
    } else if (setting->type == POLICY_DWORD) {
        snprintf(number, sizeof number, "dword:%08x", value->number);
        utf16_put_ascii(out, number);
    } else if (!put_string(out, value->text, setting->name, err)) {
        return false;
    }
    utf16_put_ascii(out, "\r\n");
    return true;
}

static bool put_section(struct buf *out, const char *key, struct err *err)
{
    utf16_put_ascii(out, "\r\n[HKEY_LOCAL_MACHINE\\");
    if (!utf16_put(out, key, "a registry key", err))
        return false;
    utf16_put_ascii(out, "]\r\n");
    return true;
}

bool regfile_write(const struct policy *policy, struct buf *out, struct err *err)
{
    AUTO_BUF file = {0};
    const char *key = NULL;
    buf_append(&file, "\xff\xfe", 2);
    utf16_put_ascii(&file, "Windows Registry Editor Version 5.00\r\n");
    for (size_t i = 0; i < policy->len; i++) {
        const struct policy_value *value = &policy->item[i];
        if ((!key || strcmp(key, value->setting->key) != 0) && !put_section(&file, value->setting->key, err))
            return false;
        key = value->setting->key;
        if (!put_value(&file, value, err))
            return false;
    }
    utf16_put_ascii(&file, "\r\n"); /* without it Samba leaves the last value out */
    buf_append(out, file.data, file.len);
    return true;
}

#include "config/lgpo.h"
#include "config/utf16.h"

/* In a Registry.pol, which LGPO.exe reads too, there is no doubt about them. */
static bool check_ascii(const char *text, const char *what, struct err *err)
{
    for (; *text; text++)
        if ((unsigned char)*text > 0x7f)
            return err_set(err, ERR_USAGE,
                           "%s has letters beyond ASCII, which LGPO text has no known encoding for: import "
                           "`generate pol` with LGPO.exe /m instead",
                           what);
    return true;
}

static bool check(const struct policy_value *value, struct err *err)
{
    return utf16_check(value->setting->key, "a registry key", err) &&
           utf16_check(value->setting->name, "the name of a registry value", err) &&
           (!value->text || (utf16_check(value->text, value->setting->name, err) &&
                             check_ascii(value->text, value->setting->name, err)));
}

static void put_block(struct buf *out, const struct policy_value *value)
{
    buf_printf(out, "Computer\r\n%s\r\n%s\r\n", value->setting->key, value->setting->name);
    if (value->remove)
        buf_puts(out, "DELETE");
    else if (value->setting->type == POLICY_DWORD)
        buf_printf(out, "DWORD:%u", (unsigned)value->number);
    else
        buf_printf(out, "SZ:%s", value->text);
    buf_puts(out, "\r\n\r\n");
}

bool lgpo_write(const struct policy *policy, struct buf *out, struct err *err)
{
    for (size_t i = 0; i < policy->len; i++)
        if (!check(&policy->item[i], err))
            return false;
    for (size_t i = 0; i < policy->len; i++)
        put_block(out, &policy->item[i]);
    return true;
}

#include "config/xmltext.h"
#include "config/utf16.h"

#include <string.h>

bool xmltext_check(const char *text, const char *what, struct err *err)
{
    if (!utf16_check(text, what, err))
        return false;
    if (strstr(text, "\xef\xbf\xbe") || strstr(text, "\xef\xbf\xbf"))
        return err_set(err, ERR_USAGE, "%s has U+FFFE or U+FFFF, which XML cannot hold", what);
    return true;
}

bool xmltext_check_policy(const struct policy *policy, struct err *err)
{
    for (size_t i = 0; i < policy->len; i++) {
        const struct policy_value *value = &policy->item[i];
        if (!xmltext_check(value->setting->key, "a registry key", err) ||
            !xmltext_check(value->setting->name, "the name of a registry value", err) ||
            (value->text && !xmltext_check(value->text, value->setting->name, err)))
            return false;
    }
    return true;
}

void xmltext_put_cdata(struct buf *out, const char *text)
{
    const char *end;
    buf_puts(out, "<![CDATA[");
    for (; (end = strstr(text, "]]>")); text = end + 2) {
        buf_append(out, text, (size_t)(end - text) + 2);
        buf_puts(out, "]]><![CDATA[");
    }
    buf_puts(out, text);
    buf_puts(out, "]]>");
}

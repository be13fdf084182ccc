/*
 * Any bytes as the template of a notice: an error that names a line, and nothing written; or a text in which
 * values stand as they are, whatever they hold, and which is JSON where it must be.
 */
#include "fuzz.h"

#include "ringmgr/base/json.h"
#include "ringmgr/base/template.h"

static const struct template_value values[] = {
    {"title", "pilot: {{detail}} <@all> \"\\"},
    {"detail", "{{#title}}\n\x1b\xff"},
    {"empty", NULL},
    {NULL, NULL},
};

static void render(const uint8_t *data, size_t size, enum template_kind kind)
{
    static const char before[] = "before";
    AUTO_BUF out = {0};
    struct err err = {0};
    buf_puts(&out, before);
    bool good = template_render((const char *)data, size, kind, values, &out, &err);
    must(strncmp(buf_text(&out), before, strlen(before)) == 0);
    const char *made = buf_text(&out) + strlen(before);
    size_t len = out.len - strlen(before);
    if (!good) {
        must(err.code == ERR_USAGE && *err.msg && len == 0);
        return;
    }
    struct jv *value AUTO(jv_auto_free)
    = jv_parse(made, len, &err);
    must(kind == TEMPLATE_TEXT || value);
    if (size == 0 || !memmem(data, size, "{{", 2))
        must(len == size && (size == 0 || memcmp(made, data, size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    render(data, size, TEMPLATE_TEXT);
    render(data, size, TEMPLATE_JSON);
    return 0;
}

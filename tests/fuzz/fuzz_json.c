/*
 * Any bytes as JSON: an error with a message, or a value whose canonical form is its own canonical form, and
 * that of what is written for people. History and manifests are hashed over it.
 */
#include "fuzz.h"

#include "ringmgr/base/json.h"

static void check_written(const struct jv *value, void (*write)(const struct jv *value, struct buf *out),
                          const struct buf *canonical)
{
    AUTO_BUF text = {0}, again = {0};
    struct err err = {0};
    write(value, &text);
    struct jv *read AUTO(jv_auto_free)
    = jv_parse(buf_text(&text), text.len, &err);
    must(read != NULL);
    jv_write_canonical(read, &again);
    must(again.len == canonical->len && memcmp(again.data, canonical->data, again.len) == 0);
}

/* What readers ask, of whatever it is. */
static void check_asked(const struct jv *value)
{
    AUTO_STRV keys = {0};
    jv_keys(value, &keys);
    must(jv_is_object(value) || keys.len == 0);
    for (size_t i = 0; i < keys.len; i++) {
        must(jv_get(value, keys.item[i]) != NULL);
        must(!jv_get_text(value, keys.item[i]) || !jv_get_true(value, keys.item[i]));
    }
    for (size_t i = 0; i < jv_count(value); i++)
        must(jv_at(value, i) != NULL);
    must(!jv_at(value, jv_count(value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF canonical = {0};
    struct err err = {0};
    struct jv *value AUTO(jv_auto_free)
    = jv_parse(data, size, &err);
    if (!value) {
        must(err.code == ERR_NOT_GENUINE && *err.msg);
        return 0;
    }
    jv_write_canonical(value, &canonical);
    must(!strpbrk(buf_text(&canonical), "\n\r\t\b\x1b"));
    check_written(value, jv_write_canonical, &canonical);
    check_written(value, jv_write, &canonical);
    check_asked(value);
    return 0;
}

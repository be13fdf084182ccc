#include "ringmgr/base/json.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *jansson_of(const struct jv *value)
{
    return (json_t *)(uintptr_t)value;
}

static struct jv *public_of(json_t *value)
{
    if (!value)
        abort();
    return (struct jv *)value;
}

struct jv *jv_object(void)
{
    return public_of(json_object());
}

struct jv *jv_array(void)
{
    return public_of(json_array());
}

struct jv *jv_string(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return public_of(value);
    char *clean AUTO_FREE = mem_strdup(text);
    for (char *at = clean; *at;) {
        size_t len = utf8_length(at);
        if (len == 0)
            *at = '?';
        at += len ? len : 1;
    }
    return public_of(json_string(clean));
}

struct jv *jv_int(int64_t number)
{
    return public_of(json_integer(number));
}

void jv_free(struct jv *value)
{
    json_decref(jansson_of(value));
}

void jv_auto_free(struct jv **value)
{
    jv_free(*value);
}

void jv_set(struct jv *object, const char *key, struct jv *value)
{
    json_object_set_new(jansson_of(object), key, value ? jansson_of(value) : json_null());
}

void jv_set_text(struct jv *object, const char *key, const char *text)
{
    jv_set(object, key, text ? jv_string(text) : NULL);
}

void jv_set_int(struct jv *object, const char *key, int64_t number)
{
    jv_set(object, key, jv_int(number));
}

void jv_set_real(struct jv *object, const char *key, double number)
{
    jv_set(object, key, public_of(json_real(number)));
}

void jv_set_bool(struct jv *object, const char *key, bool truth)
{
    jv_set(object, key, public_of(json_boolean(truth)));
}

void jv_set_time(struct jv *object, const char *key, int64_t unix_seconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(unix_seconds, text);
    jv_set_text(object, key, unix_seconds < 0 ? NULL : text);
}

void jv_push(struct jv *array, struct jv *value)
{
    json_array_append_new(jansson_of(array), jansson_of(value));
}

void jv_push_text(struct jv *array, const char *text)
{
    jv_push(array, jv_string(text));
}

struct jv *jv_parse(const void *bytes, size_t len, struct err *err)
{
    json_error_t where;
    json_t *value = json_loadb(bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    if (!value)
        err_set(err, ERR_NOT_GENUINE, "line %d: not JSON: %s", where.line, where.text);
    return (struct jv *)value;
}

const struct jv *jv_get(const struct jv *object, const char *key)
{
    return (const struct jv *)json_object_get(jansson_of(object), key);
}

const char *jv_get_text(const struct jv *object, const char *key)
{
    return json_string_value(json_object_get(jansson_of(object), key));
}

int64_t jv_get_int(const struct jv *object, const char *key, int64_t otherwise)
{
    json_t *value = json_object_get(jansson_of(object), key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool jv_get_true(const struct jv *object, const char *key)
{
    return json_is_true(json_object_get(jansson_of(object), key));
}

bool jv_is_object(const struct jv *value)
{
    return json_is_object(jansson_of(value));
}

void jv_keys(const struct jv *object, struct strv *keys)
{
    const char *key;
    json_t *value;
    json_object_foreach(jansson_of(object), key, value) strv_add(keys, key);
}

size_t jv_count(const struct jv *array)
{
    return json_array_size(jansson_of(array));
}

const struct jv *jv_at(const struct jv *array, size_t index)
{
    return (const struct jv *)json_array_get(jansson_of(array), index);
}

static void dump(const struct jv *value, size_t flags, struct buf *out)
{
    char *text = json_dumps(jansson_of(value), flags | JSON_ENCODE_ANY);
    if (!text)
        abort();
    buf_puts(out, text);
    free(text);
}

void jv_write_canonical(const struct jv *value, struct buf *out)
{
    dump(value, JSON_COMPACT | JSON_SORT_KEYS, out);
}

/* The number of a control character that jansson writes as it is: DEL, or of two or three bytes. */
static unsigned number_of(const unsigned char *at, size_t len)
{
    return len == 1 ? at[0] : len == 2 ? at[1] : 0x2000U | (at[1] & 0x3FU) << 6 | (at[2] & 0x3FU);
}

/* C0 in strings is escaped already, and a line break outside of them is none of theirs. */
static void append_escaped(const char *text, struct buf *out)
{
    while (*text) {
        size_t len = utf8_length(text);
        if (*text == '\n' || !utf8_is_control(text))
            buf_append(out, text, len);
        else
            buf_printf(out, "\\u%04X", number_of((const unsigned char *)text, len));
        text += len;
    }
}

void jv_write(const struct jv *value, struct buf *out)
{
    AUTO_BUF text = {0};
    dump(value, JSON_INDENT(2), &text);
    append_escaped(buf_text(&text), out);
    buf_puts(out, "\n");
}

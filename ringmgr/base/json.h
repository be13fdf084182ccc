/*
 * JSON values. The only file that knows jansson is json.c. A value that was put into an object or array
 * belongs to it; the caller frees only roots.
 */
#ifndef RINGMGR_BASE_JSON_H
#define RINGMGR_BASE_JSON_H

#include "ringmgr/base/buf.h"

struct jv;

/* New values; the caller frees them with jv_free() unless they are put into another. */
struct jv *jv_object(void);
struct jv *jv_array(void);
struct jv *jv_string(const char *text);
struct jv *jv_int(int64_t number);
void jv_free(struct jv *value);
/* For AUTO. */
void jv_auto_free(struct jv **value);

/* Sets a member of an object; `value` now belongs to it. NULL becomes null. */
void jv_set(struct jv *object, const char *key, struct jv *value);
/* NULL becomes null. Text that is not UTF-8 has its wrong bytes replaced by '?'. */
void jv_set_text(struct jv *object, const char *key, const char *text);
void jv_set_int(struct jv *object, const char *key, int64_t number);
void jv_set_real(struct jv *object, const char *key, double number);
void jv_set_bool(struct jv *object, const char *key, bool truth);
/* Seconds since 1970 as ISO 8601 UTC; negative becomes null. */
void jv_set_time(struct jv *object, const char *key, int64_t unix_seconds);
void jv_push(struct jv *array, struct jv *value);
void jv_push_text(struct jv *array, const char *text);

/* Parses one document; the caller frees it. NULL and `err` (ERR_NOT_GENUINE) if it is not JSON. */
struct jv *jv_parse(const void *bytes, size_t len, struct err *err) MUST_CHECK;
/* NULL if absent. Borrowed from the object. */
const struct jv *jv_get(const struct jv *object, const char *key);
/* NULL if absent or no string. Borrowed. */
const char *jv_get_text(const struct jv *object, const char *key);
int64_t jv_get_int(const struct jv *object, const char *key, int64_t otherwise);
/* Whether it is there and true. */
bool jv_get_true(const struct jv *object, const char *key);
bool jv_is_object(const struct jv *value);
/* Appends the keys of an object. */
void jv_keys(const struct jv *object, struct strv *keys);
size_t jv_count(const struct jv *array);
const struct jv *jv_at(const struct jv *array, size_t index);

/* Appends canonical JSON: keys sorted, no spaces. */
void jv_write_canonical(const struct jv *value, struct buf *out);
/* Appends JSON for people: indented, keys in the order in which they were set, a newline at the end; no
 * character in it acts on a terminal (utf8_is_control()). */
void jv_write(const struct jv *value, struct buf *out);

#endif

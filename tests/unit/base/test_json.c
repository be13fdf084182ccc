/* JSON: canonical and for people, reading, text that is not UTF-8. */
#include "test.h"

#include "ringmgr/base/json.h"

static void assert_canonical(const struct jv *value, const char *wanted)
{
    AUTO_BUF text = {0};
    jv_write_canonical(value, &text);
    assert_string_equal(buf_text(&text), wanted);
}

static void canonical_text_is_sorted_and_has_no_spaces(void **state)
{
    (void)state;
    struct jv *root AUTO(jv_auto_free)
    = jv_object();
    struct jv *list = jv_array();
    struct jv *inner = jv_object();
    jv_set_text(root, "ring", "pilot");
    jv_set_int(root, "bytes", INT64_MAX);
    jv_set_bool(root, "Zero", false);
    jv_set_text(root, "none", NULL);
    jv_set(root, "nothing", NULL);
    jv_set_real(root, "share", 0.5);
    jv_push_text(list, "b");
    jv_push(list, jv_int(-1));
    jv_set_bool(inner, "y", true);
    jv_set_text(inner, "x", "\"\\\n/\x01");
    jv_push(list, inner);
    jv_set(root, "list", list);
    assert_canonical(root, "{\"Zero\":false,\"bytes\":9223372036854775807,\"list\":[\"b\",-1,"
                           "{\"x\":\"\\\"\\\\\\n/\\u0001\",\"y\":true}],\"none\":null,\"nothing\":null,"
                           "\"ring\":\"pilot\",\"share\":0.5}");
}

static void the_order_of_setting_does_not_change_canonical_text(void **state)
{
    (void)state;
    static const char *const keys[] = {"a", "aa", "b", "A", "_", "\xc3\xa4"};
    enum { LEN = sizeof keys / sizeof *keys };
    struct jv *one AUTO(jv_auto_free)
    = jv_object();
    struct jv *two AUTO(jv_auto_free)
    = jv_object();
    AUTO_BUF text = {0};
    for (int i = 0; i < LEN; i++) {
        jv_set_int(one, keys[i], i);
        jv_set_int(two, keys[LEN - 1 - i], LEN - 1 - i);
    }
    jv_write_canonical(one, &text);
    assert_canonical(two, buf_text(&text));
    assert_string_equal(buf_text(&text), "{\"A\":3,\"_\":4,\"a\":0,\"aa\":1,\"b\":2,\"\xc3\xa4\":5}");
}

static void canonical_text_survives_reading(void **state)
{
    (void)state;
    static const char *const table[] = {
        "{}", "[]",   "null",           "true",
        "-5", "\"\"", "[1,[2,[3,{}]]]", "{\"a\":\"\xe2\x82\xac\",\"b\":[false,null]}"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct jv *value AUTO(jv_auto_free)
        = jv_parse(table[i], strlen(table[i]), &err);
        assert_non_null(value);
        assert_canonical(value, table[i]);
    }
}

static void text_for_people_keeps_the_order_of_setting(void **state)
{
    (void)state;
    struct jv *root AUTO(jv_auto_free)
    = jv_object();
    AUTO_BUF text = {0};
    jv_set_int(root, "z", 1);
    jv_set_int(root, "a", 2);
    jv_set_int(root, "z", 3);
    jv_write(root, &text);
    assert_string_equal(buf_text(&text), "{\n  \"z\": 3,\n  \"a\": 2\n}\n");
}

/* jansson escapes what is below U+0020, and nothing else that acts on a terminal. */
static void text_for_people_acts_on_no_terminal(void **state)
{
    (void)state;
    struct jv *root AUTO(jv_auto_free)
    = jv_object();
    AUTO_BUF text = {0};
    jv_set_text(root, "a", "\033\n\x7f\xc2\x9b\xe2\x80\xae\xe2\x81\xa6\xc3\xa4");
    jv_write(root, &text);
    assert_string_equal(buf_text(&text),
                        "{\n  \"a\": \"\\u001B\\n\\u007F\\u009B\\u202E\\u2066\xc3\xa4\"\n}\n");
}

static void times_are_iso_8601(void **state)
{
    (void)state;
    struct jv *root AUTO(jv_auto_free)
    = jv_object();
    jv_set_time(root, "at", 1787421605);
    jv_set_time(root, "epoch", 0);
    jv_set_time(root, "never", -1);
    assert_canonical(root,
                     "{\"at\":\"2026-08-22T18:00:05Z\",\"epoch\":\"1970-01-01T00:00:00Z\",\"never\":null}");
}

static void only_wrong_bytes_become_question_marks(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written;
    } table[] = {
        {"plain", "plain"},
        {"\xc3\xbc", "\xc3\xbc"},
        {"M\xfcller", "M?ller"},
        {"\xc3\xbc\xff\xe2\x82\xac", "\xc3\xbc?\xe2\x82\xac"},
        {"\xff\xf0\x9f\x98\x80", "?\xf0\x9f\x98\x80"},
        {"\xe2\x82", "??"},           /* cut short */
        {"\xc0\xaf", "??"},           /* overlong */
        {"\xe0\x80\xaf", "???"},      /* overlong */
        {"\xf0\x80\x80\xaf", "????"}, /* overlong */
        {"\xed\xa0\x80", "???"},      /* surrogate */
        {"\xf4\x90\x80\x80", "????"}, /* beyond U+10FFFF */
        {"\xf5\x80\x80\x80", "????"},
        {"\x80", "?"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct jv *root AUTO(jv_auto_free)
        = jv_object();
        jv_set_text(root, "k", table[i].text);
        assert_string_equal(jv_get_text(root, "k"), table[i].written);
    }
}

static void getters_give_what_is_there_or_nothing(void **state)
{
    (void)state;
    static const char text[] = "{\"s\":\"x\",\"i\":7,\"l\":[\"a\",2],\"n\":null,\"r\":1.5}";
    struct err err = {0};
    struct jv *root AUTO(jv_auto_free)
    = jv_parse(text, strlen(text), &err);
    assert_non_null(root);
    assert_string_equal(jv_get_text(root, "s"), "x");
    assert_null(jv_get_text(root, "i"));
    assert_null(jv_get_text(root, "absent"));
    assert_null(jv_get(root, "absent"));
    assert_non_null(jv_get(root, "n"));
    assert_int_equal(jv_get_int(root, "i", -1), 7);
    assert_int_equal(jv_get_int(root, "s", -1), -1);
    assert_int_equal(jv_get_int(root, "r", -1), -1);
    assert_int_equal(jv_get_int(root, "absent", -1), -1);
    const struct jv *list = jv_get(root, "l");
    assert_int_equal(jv_count(list), 2);
    assert_non_null(jv_at(list, 1));
    assert_null(jv_at(list, 2));
    assert_int_equal(jv_count(root), 0);
    assert_int_equal(jv_count(NULL), 0);
    assert_null(jv_get(list, "s"));
    assert_null(jv_get(NULL, "s"));
}

static void refuses_what_is_not_one_json_document(void **state)
{
    (void)state;
    static const char *const table[] = {"",         "{",       "{}{}",      "{\"a\":1,\"a\":2}",
                                        "[1,]",     "{'a':1}", "nul",       "\"\\u0000\"",
                                        "\"\xff\"", "01",      "[1]garbage"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        if (jv_parse(table[i], strlen(table[i]), &err))
            fail_msg("%s was taken for JSON", table[i]);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
    }
}

static void the_error_names_the_line(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(jv_parse("{\n\"a\":1,\n x}", 12, &err));
    assert_non_null(strstr(err.msg, "line 3"));
}

static void endless_nesting_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_BUF text = {0};
    for (int i = 0; i < 100000; i++)
        buf_puts(&text, "[");
    assert_null(jv_parse(text.data, text.len, &err));
    assert_int_equal(err.code, ERR_NOT_GENUINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text_is_sorted_and_has_no_spaces),
        cmocka_unit_test(the_order_of_setting_does_not_change_canonical_text),
        cmocka_unit_test(canonical_text_survives_reading),
        cmocka_unit_test(text_for_people_keeps_the_order_of_setting),
        cmocka_unit_test(text_for_people_acts_on_no_terminal),
        cmocka_unit_test(times_are_iso_8601),
        cmocka_unit_test(only_wrong_bytes_become_question_marks),
        cmocka_unit_test(getters_give_what_is_there_or_nothing),
        cmocka_unit_test(refuses_what_is_not_one_json_document),
        cmocka_unit_test(the_error_names_the_line),
        cmocka_unit_test(endless_nesting_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

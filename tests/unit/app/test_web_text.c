/* Texts of answers: shared until nobody wants them, and told apart by what matters in them. */
#include "test.h"

#include "ringmgr/app/web_text.h"
#include "ringmgr/base/json.h"

static void a_text_lives_as_long_as_it_is_shared(void **state)
{
    AUTO_BUF bytes = {0};
    (void)state;
    buf_puts(&bytes, "text");
    struct web_text *text = web_text_new(&bytes);
    assert_null(bytes.data);
    assert_ptr_equal(web_text_share(text), text);
    web_text_drop(text);
    assert_string_equal(buf_text(&text->bytes), "text");
    web_text_drop(text);
    web_text_drop(NULL);
}

static void an_error_is_json(void **state)
{
    struct err err;
    struct web_text *text = web_text_error(ERR_REFUSED, "a \"sentence\"");
    (void)state;
    struct jv *value = jv_parse(text->bytes.data, text->bytes.len, &err);
    assert_non_null(value);
    assert_int_equal(jv_get_int(value, "schema", 0), 1);
    assert_int_equal(jv_get_int(value, "code", 0), ERR_REFUSED);
    assert_string_equal(jv_get_text(value, "error"), "a \"sentence\"");
    jv_free(value);
    web_text_drop(text);
}

static void the_time_alone_makes_no_other_document(void **state)
{
    static const char one[] =
        "{\n  \"schema\": 1,\n  \"now\": \"2026-11-23T10:00:00Z\",\n  \"rings\": []\n}\n";
    static const char later[] =
        "{\n  \"schema\": 1,\n  \"now\": \"2026-11-24T11:00:01Z\",\n  \"rings\": []\n}\n";
    static const char other[] =
        "{\n  \"schema\": 1,\n  \"now\": \"2026-11-23T10:00:00Z\",\n  \"rings\": [1]\n}\n";
    char a[WEB_ETAG_SIZE], b[WEB_ETAG_SIZE], c[WEB_ETAG_SIZE], d[WEB_ETAG_SIZE];
    (void)state;
    web_text_etag(one, sizeof one - 1, a);
    web_text_etag(later, sizeof later - 1, b);
    web_text_etag(other, sizeof other - 1, c);
    web_text_etag("", 0, d);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_string_not_equal(a, d);
}

static void what_the_browser_has(void **state)
{
    (void)state;
    assert_true(web_text_matches("W/\"ab\"", "W/\"ab\""));
    assert_true(web_text_matches("\"ab\"", "W/\"ab\""));
    assert_true(web_text_matches("\"x\", W/\"ab\"", "W/\"ab\""));
    assert_true(web_text_matches("*", "W/\"ab\""));
    assert_false(web_text_matches("\"abc\"", "W/\"ab\""));
    assert_false(web_text_matches("ab", "W/\"ab\""));
    assert_false(web_text_matches("", "W/\"ab\""));
    assert_false(web_text_matches(NULL, "W/\"ab\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_lives_as_long_as_it_is_shared),
        cmocka_unit_test(an_error_is_json),
        cmocka_unit_test(the_time_alone_makes_no_other_document),
        cmocka_unit_test(what_the_browser_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

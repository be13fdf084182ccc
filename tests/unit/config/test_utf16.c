#include "test.h"

#include "config/utf16.h"

/* Texts as UTF-8 and as UTF-16LE, both ways: one to four bytes, at the ends of each range. */
static const struct {
    const char *utf8;
    const uint16_t *units;
} pairs[] = {
    {"", u""},
    {" ~", u" ~"},
    {"\u00a0\u07ff", u"\u00a0\u07ff"},
    {"\u0800\ud7ff\ue000\uffff", u"\u0800\ud7ff\ue000\uffff"},
    {"\U00010000\U0001f600\U0010ffff", u"\U00010000\U0001f600\U0010ffff"},
    {"\ufeffx", u"\ufeffx"},
};

enum { PAIRS = sizeof pairs / sizeof *pairs };

static size_t count_units(const uint16_t *units)
{
    size_t count = 0;
    while (units[count])
        count++;
    return count;
}

static void to_bytes(const uint16_t *units, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[2] = {(uint8_t)(units[i] & 0xff), (uint8_t)(units[i] >> 8)};
        buf_append(out, bytes, 2);
    }
}

static void text_becomes_units(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct err err = {0};
        AUTO_BUF written = {0};
        AUTO_BUF expected = {0};
        to_bytes(pairs[i].units, count_units(pairs[i].units), &expected);
        assert_ok(utf16_put(&written, pairs[i].utf8, "it", &err));
        assert_int_equal(written.len, expected.len);
        assert_memory_equal(buf_text(&written), buf_text(&expected), expected.len);
    }
}

static void units_become_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct err err = {0};
        AUTO_BUF bytes = {0};
        AUTO_BUF text = {0};
        to_bytes(pairs[i].units, count_units(pairs[i].units), &bytes);
        assert_ok(utf16_read(bytes.data, bytes.len, &text, &err));
        assert_string_equal(buf_text(&text), pairs[i].utf8);
    }
}

static void a_backslash_stands_before_what_is_to_be_escaped(void **state)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_BUF expected = {0};
    (void)state;
    to_bytes(u"\\\\a\\\"\u20ac", 6, &expected);
    assert_ok(utf16_put_escaped(&written, "\\a\"\u20ac", "\\\"", "it", &err));
    assert_int_equal(written.len, expected.len);
    assert_memory_equal(written.data, expected.data, expected.len);
}

static void our_own_ascii_may_have_line_ends(void **state)
{
    AUTO_BUF written = {0};
    (void)state;
    utf16_put_ascii(&written, "a\r\n");
    assert_int_equal(written.len, 6);
    assert_memory_equal(written.data, "a\0\r\0\n\0", 6);
}

static void refusals_name_the_thing_and_leave_no_trace(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a\tb", "it has a control character (U+0009)"},
        {"\x7f", "it has a control character (U+007F)"},
        {"\xc2\x80", "it has a control character (U+0080)"},
        {"\xc2\x9f", "it has a control character (U+009F)"},
        {"\x80", "it is not valid UTF-8"},
        {"\xc0\x80", "it is not valid UTF-8"},         /* overlong NUL */
        {"\xe0\x9f\xbf", "it is not valid UTF-8"},     /* overlong */
        {"\xf0\x8f\xbf\xbf", "it is not valid UTF-8"}, /* overlong */
        {"\xed\xa0\x80", "it is not valid UTF-8"},     /* U+D800 */
        {"\xf4\x90\x80\x80", "it is not valid UTF-8"}, /* above U+10FFFF */
        {"\xf8\x88\x80\x80\x80", "it is not valid UTF-8"},
        {"ab\xe2\x82", "it is not valid UTF-8"}, /* cut off */
        {"b\xfcro", "it is not valid UTF-8"},    /* Latin-1 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        AUTO_BUF written = {0};
        buf_puts(&written, "before");
        assert_fails(utf16_check(cases[i].text, "it", &err), ERR_USAGE);
        assert_string_equal(err.msg, cases[i].message);
        err = (struct err){0};
        assert_fails(utf16_put(&written, cases[i].text, "it", &err), ERR_USAGE);
        assert_string_equal(err.msg, cases[i].message);
        assert_string_equal(buf_text(&written), "before");
    }
}

static void good_text_passes_the_check(void **state)
{
    struct err err = {0};
    (void)state;
    assert_ok(utf16_check("\\\\files\\b\u00fcro \U0001f600\u00a0", "it", &err));
    assert_ok(utf16_check("", "it", &err));
}

static void validity_is_that_of_all_bytes(void **state)
{
    (void)state;
    assert_true(utf8_is_valid("", 0));
    assert_true(utf8_is_valid("a\0\xe2\x82\xac\n", 6));
    assert_false(utf8_is_valid("a\0\xe2\x82", 4));
    assert_false(utf8_is_valid("\xe2\x82\xac", 2)); /* the rest lies behind the end */
    assert_false(utf8_is_valid("\xff", 1));
}

static void half_characters_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"a\0b", 3},     /* odd */
        {"\x00\xd8", 2}, /* high at the end */
        {"\x00\xd8"
         "a\0",
         4},                            /* high before a letter */
        {"\x00\xdc", 2},                /* low alone */
        {"\x00\xdc\x00\xdc", 4},        /* two of them */
        {"\x00\xdc\x00\xd8", 4},        /* the wrong way round */
        {"\x00\xd8\x00\xd8\x00\xdc", 6} /* high before a pair */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        AUTO_BUF text = {0};
        buf_puts(&text, "before");
        assert_fails(utf16_read(cases[i].bytes, cases[i].len, &text, &err), ERR_USAGE);
        assert_string_equal(buf_text(&text), "before");
    }
}

static void nul_is_read_as_any_other_character(void **state)
{
    struct err err = {0};
    AUTO_BUF text = {0};
    (void)state;
    assert_ok(utf16_read("a\0\0\0b\0", 6, &text, &err));
    assert_int_equal(text.len, 3);
    assert_memory_equal(text.data, "a\0b", 3);
}

static void a_code_page_becomes_utf8(void **state)
{
    AUTO_BUF text = {0};
    (void)state;
    windows1252_read("b\xfcro \x80\x84\x93\x9f\xa0\xff", 11, &text);
    assert_string_equal(buf_text(&text), "b\u00fcro \u20ac\u201e\u201c\u0178\u00a0\u00ff");
    buf_clear(&text);
    windows1252_read("\x81", 1, &text); /* unassigned */
    assert_string_equal(buf_text(&text), "\xc2\x81");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_units),
        cmocka_unit_test(units_become_text),
        cmocka_unit_test(a_backslash_stands_before_what_is_to_be_escaped),
        cmocka_unit_test(our_own_ascii_may_have_line_ends),
        cmocka_unit_test(refusals_name_the_thing_and_leave_no_trace),
        cmocka_unit_test(good_text_passes_the_check),
        cmocka_unit_test(validity_is_that_of_all_bytes),
        cmocka_unit_test(half_characters_are_refused),
        cmocka_unit_test(nul_is_read_as_any_other_character),
        cmocka_unit_test(a_code_page_becomes_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

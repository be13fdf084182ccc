/* UTF-8: what is text, and what does something where it is shown. */
#include "test.h"

#include "ringmgr/base/utf8.h"

static void characters_have_a_length(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"a", 1},
        {"\xc3\xa5", 2},
        {"\xe2\x82\xac", 3},
        {"\xf0\x9f\x98\x80", 4},
        {"\x80", 0},             /* begins nothing */
        {"\xc3", 0},             /* cut */
        {"\xe2\x82", 0},         /* likewise */
        {"\xc0\xaf", 0},         /* overlong */
        {"\xe0\x80\xaf", 0},     /* likewise */
        {"\xed\xa0\x80", 0},     /* a surrogate */
        {"\xf4\x90\x80\x80", 0}, /* beyond U+10FFFF */
        {"\xff", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(utf8_length(cases[i].text), cases[i].len);
}

static void what_acts_is_a_control(void **state)
{
    static const char *const controls[] = {"\n",           "\x1b",         "\x7f",
                                           "\xc2\x80",     "\xc2\x9f",     "\xe2\x80\xa8",
                                           "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"};
    static const char *const others[] = {" ",
                                         "~",
                                         "\xc2\xa0",
                                         "\xc3\x9f",
                                         "\xe2\x80\xa7",
                                         "\xe2\x80\xaf",
                                         "\xe2\x81\xa5",
                                         "\xe2\x81\xaa",
                                         "\xe2\x82\xac",
                                         "\xc2"};
    (void)state;
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        assert_true(utf8_is_control(controls[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(utf8_is_control(others[i]));
}

static void what_is_disarmed_is_as_long_and_harmless(void **state)
{
    static const struct {
        const char *text, *disarmed;
    } cases[] = {
        {"", ""},
        {"a \xc3\xa5~", "a \xc3\xa5~"},
        {"\033]0;x\007\n", "?]0;x??"},
        {"\xc2\x9bm\x7f", "??m?"},
        {"\xe2\x80\xaex", "???x"},
        {"\xff\xc3x\x9b\xe2\x82", "??x???"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16];
        snprintf(text, sizeof text, "%s", cases[i].text);
        utf8_disarm(text);
        assert_string_equal(text, cases[i].disarmed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_have_a_length),
        cmocka_unit_test(what_acts_is_a_control),
        cmocka_unit_test(what_is_disarmed_is_as_long_and_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

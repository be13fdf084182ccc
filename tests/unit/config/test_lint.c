/* Which kind of file it is, told by its first bytes. */
#include "lint_scene.h"

static void assert_codes(const char *bytes, size_t len, const char *expected)
{
    char *found AUTO_FREE = lint_codes(bytes, len, false);
    assert_string_equal(found, expected);
}

static void a_reg_file_is_read_as_one(void **state)
{
    static const char ascii[] =
        "Windows Registry Editor Version 5.00\r\n\r\n"
        "[HKEY_LOCAL_MACHINE\\software\\policies\\microsoft\\office\\16.0\\common\\officeupdate]"
        "\r\n\"updatepath\"=\"S:\\\\office\"\r\n\r\n";
    char wide[2 * sizeof ascii];
    (void)state;
    assert_codes(ascii, sizeof ascii - 1, "4 mapped-drive");
    wide[0] = '\xff';
    wide[1] = '\xfe';
    for (size_t i = 0; i < sizeof ascii - 1; i++) {
        wide[2 + 2 * i] = ascii[i];
        wide[3 + 2 * i] = 0;
    }
    assert_codes(wide, sizeof wide, "4 mapped-drive");
}

static void a_registry_pol_is_read_as_one(void **state)
{
    static const char cut[] = "PReg\1\0\0\0[\0";
    AUTO(findings_clear)
    struct findings findings = {0};
    struct lint_options options = {.now_unix = lint_now_unix};
    (void)state;
    lint_file(cut, 8, &options, &findings);
    assert_false(findings_have_errors(&findings));
    lint_file(cut, sizeof cut - 1, &options, &findings);
    assert_true(findings_have_errors(&findings));
    for (size_t i = 0; i < findings.len; i++)
        assert_string_not_equal(findings.item[i].code, "not-xml");
}

static void everything_else_is_a_configuration(void **state)
{
    (void)state;
    assert_codes("PRe", 3, "1 not-xml");
    assert_codes("Windows", 7, "1 not-xml");
    assert_codes("<Configuration/>", 16, "1 says-nothing");
    assert_codes("", 0, "0 empty-file");
}

/* What the parts append in no order. */
static void findings_come_by_line(void **state)
{
    static const char text[] =
        "<Configuration>\n<Add Version='16.0.20326.20100'>\n<Product ID='LanguagePack'>\n"
        "<Language ID='tk-xx' />\n</Product>\n</Add>\n<Display Level='None' x='' />\n"
        "</Configuration>\n";
    (void)state;
    assert_codes(text, sizeof text - 1,
                 "2 version-without-channel, 4 unknown-language, 7 unknown-attribute, 7 eula");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reg_file_is_read_as_one),
        cmocka_unit_test(a_registry_pol_is_read_as_one),
        cmocka_unit_test(everything_else_is_a_configuration),
        cmocka_unit_test(findings_come_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

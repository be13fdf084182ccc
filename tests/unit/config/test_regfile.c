#include "test.h"

#include "config/regfile.h"
#include <fcntl.h>

/* Settings of this test alone, for texts and keys that Office does not have. */
static const struct policy_setting text = {"L_Text", NULL, "Text", "software\\test\\one", "text", POLICY_SZ};
static const struct policy_setting odd = {"L_Odd",        NULL,     "Odd", "software\\test\\one",
                                          "a \"b\" \\ c", POLICY_SZ};
static const struct policy_setting number = {"L_Number", NULL,        "Number", "software\\test\\two",
                                             "n",        POLICY_DWORD};
static const struct policy_setting other = {"L_Other", NULL,        "Other", "software\\test\\two",
                                            "o",       POLICY_DWORD};

/* tests/golden/reg/`name`, which tests/cli/regfile.bats gives to Samba, byte for byte. */
static void assert_golden(const struct policy *policy, const char *name)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_BUF golden = {0};
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden/reg", &err);
    assert_true(dir >= 0);
    assert_ok(regfile_write(policy, &written, &err));
    assert_ok(fs_read_file(dir, name, 1 << 20, &golden, &err));
    assert_int_equal(written.len, golden.len);
    assert_memory_equal(written.data, golden.data, golden.len);
}

/* The file is `expected`: UTF-16LE of these units, BOM included. */
static void assert_units(const struct policy *policy, const uint16_t *expected, size_t units)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    assert_ok(regfile_write(policy, &written, &err));
    assert_int_equal(written.len, units * 2);
    for (size_t i = 0; i < units; i++)
        if ((written.data[2 * i] | written.data[2 * i + 1] << 8) != expected[i])
            fail_msg("unit %zu is %02x%02x", i, written.data[2 * i + 1], written.data[2 * i]);
}

#define HEAD                         u"\ufeffWindows Registry Editor Version 5.00\r\n"
#define ONE                          u"\r\n[HKEY_LOCAL_MACHINE\\software\\test\\one]\r\n"
#define assert_file(policy, literal) assert_units(policy, literal u"\r\n", sizeof(literal u"\r\n") / 2 - 1)

static void an_empty_policy_is_the_header(void **state)
{
    struct policy empty = {0};
    (void)state;
    assert_file(&empty, HEAD);
}

static void numbers_have_eight_hex_digits(void **state)
{
    static const uint32_t values[] = {0, 10, 0xdeadbeef};
    AUTO_POLICY policy = {0};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        policy_set_number(&policy, &number, values[i]);
    assert_file(&policy, HEAD u"\r\n[HKEY_LOCAL_MACHINE\\software\\test\\two]\r\n\"n\"=dword:00000000\r\n"
                              u"\"n\"=dword:0000000a\r\n\"n\"=dword:deadbeef\r\n");
}

static void quotes_and_backslashes_are_escaped(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_text(&policy, &text, "\\\\files\\say \"x\"");
    policy_set_text(&policy, &text, "");
    policy_remove(&policy, &odd);
    assert_file(&policy, HEAD ONE u"\"text\"=\"\\\\\\\\files\\\\say \\\"x\\\"\"\r\n\"text\"=\"\"\r\n"
                                  u"\"a \\\"b\\\" \\\\ c\"=-\r\n");
}

/* One, two, three and four bytes of UTF-8, at the ends of each range, on both sides of the surrogates. */
static void every_length_of_utf8_becomes_utf16(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_text(&policy, &text, " ~\u00a0\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0001f600\U0010ffff");
    assert_file(
        &policy,
        HEAD ONE u"\"text\"=\" ~\u00a0\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0001f600\U0010ffff\"\r\n");
}

static void a_section_for_each_run_of_a_key(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_remove(&policy, &text);
    policy_remove(&policy, &odd);
    policy_set_number(&policy, &number, 1);
    policy_remove(&policy, &text);
    assert_file(&policy, HEAD ONE u"\"text\"=-\r\n\"a \\\"b\\\" \\\\ c\"=-\r\n"
                                  u"\r\n[HKEY_LOCAL_MACHINE\\software\\test\\two]\r\n\"n\"=dword:"
                                  u"00000001\r\n" ONE u"\"text\"=-\r\n");
}

static void what_the_format_cannot_say_is_refused(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"\n", "text has a control character (U+000A)"},
        {"a\tb", "text has a control character (U+0009)"},
        {"\x7f", "U+007F"},
        {"\xc2\x80", "U+0080"},
        {"\xc2\x9f", "U+009F"},
        {"\x80", "text is not valid UTF-8"},
        {"\xff", "UTF-8"},
        {"\xc0\x80", "UTF-8"},                 /* NUL in two bytes */
        {"\xc1\xbf", "UTF-8"},                 /* overlong */
        {"\xe0\x9f\xbf", "UTF-8"},             /* overlong */
        {"\xf0\x8f\xbf\xbf", "UTF-8"},         /* overlong */
        {"\xed\xa0\x80", "UTF-8"},             /* U+D800 */
        {"\xed\xbf\xbf", "UTF-8"},             /* U+DFFF */
        {"\xed\xa0\xbd\xed\xb8\x80", "UTF-8"}, /* a pair of surrogates, each encoded */
        {"\xf4\x90\x80\x80", "UTF-8"},         /* above U+10FFFF */
        {"\xf8\x88\x80\x80\x80", "UTF-8"},
        {"\xe2\x82", "UTF-8"}, /* cut off */
        {"\xc3(", "UTF-8"},
        {"b\xfcro", "UTF-8"}, /* Latin-1 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        AUTO_BUF written = {0};
        buf_puts(&written, "before");
        policy_set_text(&policy, &text, "good");
        policy_set_text(&policy, &text, cases[i].text);
        assert_fails(regfile_write(&policy, &written, &err), ERR_USAGE);
        if (!strstr(err.msg, cases[i].part))
            fail_msg("case %zu, wanted …%s…: %s", i, cases[i].part, err.msg);
        assert_string_equal(buf_text(&written), "before");
    }
}

static void names_and_keys_are_looked_at_too(void **state)
{
    static const struct policy_setting bad[] = {
        {"", NULL, "", "software", "a\nb", POLICY_SZ},
        {"", NULL, "", "soft\nware", "a", POLICY_SZ},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        AUTO_BUF written = {0};
        policy_remove(&policy, &bad[i]);
        assert_fails(regfile_write(&policy, &written, &err), ERR_USAGE);
        assert_int_equal(written.len, 0);
    }
}

static void the_golden_files(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_text(&policy, &text, "\\\\files\\b\u00fcro \"\u20ac\" \U0001f600; [x] = %TEMP% ");
    policy_set_text(&policy, &odd, "");
    policy_set_number(&policy, &number, 0xdeadbeef);
    policy_set_number(&policy, &other, 10);
    assert_golden(&policy, "set.reg");
    policy_clear(&policy);
    policy_remove(&policy, &odd);
    policy_remove(&policy, &other);
    assert_golden(&policy, "remove.reg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_policy_is_the_header),
        cmocka_unit_test(numbers_have_eight_hex_digits),
        cmocka_unit_test(quotes_and_backslashes_are_escaped),
        cmocka_unit_test(every_length_of_utf8_becomes_utf16),
        cmocka_unit_test(a_section_for_each_run_of_a_key),
        cmocka_unit_test(what_the_format_cannot_say_is_refused),
        cmocka_unit_test(names_and_keys_are_looked_at_too),
        cmocka_unit_test(the_golden_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "policies.h"

#include "config/lgpo.h"
#include "golden.h"

static void values_are_blocks_of_four_lines_and_a_blank_one(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_number(&policy, gpo_setting(GPO_HIDE_SWITCH), 4294967295);
    policy_set_text(&policy, gpo_setting(GPO_UPDATE_PATH), "\\\\files\\\"pilot\"");
    policy_remove(&policy, gpo_setting(GPO_HIDE_SWITCH));
    assert_ok(lgpo_write(&policy, &out, &err));
#define KEY "software\\policies\\microsoft\\office\\16.0\\common\\officeupdate\r\n"
    assert_string_equal(buf_text(&out),
                        "Computer\r\n" KEY "hideenabledisableupdates\r\nDWORD:4294967295\r\n\r\n"
                        "Computer\r\n" KEY "updatepath\r\nSZ:\\\\files\\\"pilot\"\r\n\r\n"
                        "Computer\r\n" KEY "hideenabledisableupdates\r\nDELETE\r\n\r\n");
}

static void no_value_is_no_text(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    struct policy none = {0};
    (void)state;
    assert_ok(lgpo_write(&none, &out, &err));
    assert_int_equal(out.len, 0);
}

static void a_text_that_would_break_the_lines_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICIES_BAD_SHARES; i++) {
        struct err err = {0};
        AUTO_BUF out = {0};
        AUTO_POLICY policy = {0};
        policy_with_share(&policy, policies_bad_shares[i].text);
        assert_fails(lgpo_write(&policy, &out, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, "updatepath"));
        assert_int_equal(out.len, 0);
    }
}

/* Nobody but Windows knows what would become of them; in a Registry.pol they are safe. */
static void letters_beyond_ascii_are_for_a_registry_pol(void **state)
{
    static const char *const shares[] = {"\\\\files\\b\u00fcro", "\\\\\u20ac", POLICIES_ODD_SHARE};
    (void)state;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct err err = {0};
        AUTO_BUF out = {0};
        AUTO_POLICY policy = {0};
        policy_with_share(&policy, shares[i]);
        assert_fails(lgpo_write(&policy, &out, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, "updatepath has letters beyond ASCII"));
        assert_non_null(strstr(err.msg, "`generate pol`"));
        assert_int_equal(out.len, 0);
    }
}

static void the_golden_files(void **state)
{
    struct err err = {0};
    AUTO_BUF ring = {0};
    AUTO_POLICY policy = {0};
    (void)state;
    policy_of_a_ring(&policy);
    assert_ok(lgpo_write(&policy, &ring, &err));
    assert_golden(&ring, "lgpo/ring.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_blocks_of_four_lines_and_a_blank_one),
        cmocka_unit_test(no_value_is_no_text),
        cmocka_unit_test(a_text_that_would_break_the_lines_is_refused),
        cmocka_unit_test(letters_beyond_ascii_are_for_a_registry_pol),
        cmocka_unit_test(the_golden_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

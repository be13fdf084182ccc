#include "policies.h"

#include "config/intune.h"
#include "golden.h"
#include "ringmgr/base/json.h"

/* The profile as parsed again; the caller frees it. */
static struct jv *write_profile(const struct policy *policy)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    struct policy_document document = {policy, "pilot", POLICIES_NOW};
    assert_ok(intune_write(&document, &out, &err));
    struct jv *profile = jv_parse(out.data, out.len, &err);
    if (!profile)
        fail_msg("%s", err.msg);
    return profile;
}

/* The policy becomes one setting with that value. */
static void assert_state(const struct policy *policy, const char *expected)
{
    struct jv *profile AUTO(jv_auto_free)
    = write_profile(policy);
    const struct jv *settings = jv_get(profile, "omaSettings");
    assert_int_equal(jv_count(settings), 1);
    assert_string_equal(jv_get_text(jv_at(settings, 0), "value"), expected);
}

static void a_switch_is_enabled_or_disabled(void **state)
{
    static const char *const expected[] = {"<disabled/>", "<enabled/>"};
    (void)state;
    for (uint32_t on = 0; on < 2; on++) {
        AUTO_POLICY policy = {0};
        policy_set_number(&policy, gpo_setting(GPO_HIDE_SWITCH), on);
        assert_state(&policy, expected[on]);
    }
}

static void updates_of_a_ring_come_from_no_configuration_manager(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_of_a_ring(&policy);
    struct jv *profile AUTO(jv_auto_free)
    = write_profile(&policy);
    const struct jv *settings = jv_get(profile, "omaSettings");
    for (size_t i = 0; i < jv_count(settings); i++)
        if (strstr(jv_get_text(jv_at(settings, i), "omaUri"), "/L_OfficeMgmtCOM")) {
            assert_string_equal(jv_get_text(jv_at(settings, i), "value"), "<disabled/>");
            return;
        }
    fail_msg("no L_OfficeMgmtCOM");
}

static void what_is_removed_is_disabled(void **state)
{
    static const enum gpo_setting which[] = {GPO_HIDE_SWITCH, GPO_TARGET_VERSION, GPO_FALLBACK_TO_CDN};
    (void)state;
    for (size_t i = 0; i < sizeof which / sizeof *which; i++) {
        AUTO_POLICY policy = {0};
        policy_remove(&policy, gpo_setting(which[i]));
        assert_state(&policy, "<disabled/>");
    }
}

static void a_text_is_an_escaped_element_of_the_policy(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_text(&policy, gpo_setting(GPO_UPDATE_PATH), "\\\\f\\a & \"<\u20ac>\"");
    assert_state(&policy, "<enabled/><data id=\"L_UpdatePathID\" "
                          "value=\"\\\\f\\a &amp; &quot;&lt;&#x20AC;&gt;&quot;\"/>");
}

/* A switch and its element in either order, and what each of them does to the other. */
static void values_of_one_policy_become_one_setting(void **state)
{
    static const struct {
        int online_repair, fallback; /* -1: removed, -2: not there */
        const char *expected;
    } cases[] = {
        {1, 0, "<enabled/><data id=\"L_FallBackToCDN\" value=\"false\"/>"},
        {1, 1, "<enabled/><data id=\"L_FallBackToCDN\" value=\"true\"/>"},
        {1, -1, "<enabled/>"},
        {1, -2, "<enabled/>"},
        {-2, 0, "<enabled/><data id=\"L_FallBackToCDN\" value=\"false\"/>"},
        {-2, -1, "<disabled/>"},
        {0, 1, "<disabled/>"},
        {-1, 1, "<disabled/>"},
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        AUTO_POLICY policy = {0};
        int number[2] = {cases[i / 2].online_repair, cases[i / 2].fallback};
        for (size_t j = 0; j < 2; j++) {
            size_t at = i % 2 ? 1 - j : j;
            const struct policy_setting *setting = gpo_setting(at ? GPO_FALLBACK_TO_CDN : GPO_ONLINE_REPAIR);
            if (number[at] == -1)
                policy_remove(&policy, setting);
            else if (number[at] >= 0)
                policy_set_number(&policy, setting, (uint32_t)number[at]);
        }
        assert_state(&policy, cases[i / 2].expected);
    }
}

static void the_last_value_of_a_setting_counts(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_text(&policy, gpo_setting(GPO_TARGET_VERSION), "16.0.1.2");
    policy_remove(&policy, gpo_setting(GPO_TARGET_VERSION));
    assert_state(&policy, "<disabled/>");
    policy_set_text(&policy, gpo_setting(GPO_TARGET_VERSION), "16.0.3.4");
    assert_state(&policy, "<enabled/><data id=\"L_UpdateTargetVersionID\" value=\"16.0.3.4\"/>");
}

static void each_policy_has_its_node_once(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_of_a_ring(&policy);
    struct jv *profile AUTO(jv_auto_free)
    = write_profile(&policy);
    const struct jv *settings = jv_get(profile, "omaSettings");
    assert_int_equal(jv_count(settings), policy.len - 1); /* Online Repair has two values */
    for (size_t i = 0; i < jv_count(settings); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(jv_get_text(jv_at(settings, i), "omaUri"),
                                    jv_get_text(jv_at(settings, j), "omaUri"));
}

static void what_xml_cannot_hold_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICIES_BAD_SHARES; i++) {
        struct err err = {0};
        AUTO_BUF out = {0};
        AUTO_POLICY policy = {0};
        struct policy_document document = {&policy, "pilot", POLICIES_NOW};
        policy_with_share(&policy, policies_bad_shares[i].text);
        assert_fails(intune_write(&document, &out, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, "updatepath"));
        assert_int_equal(out.len, 0);
    }
}

static void a_ring_without_a_name_in_letters_is_refused(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    struct policy none = {0};
    struct policy_document document = {&none, "pi\nlot", POLICIES_NOW};
    (void)state;
    assert_fails(intune_write(&document, &out, &err), ERR_USAGE);
    assert_int_equal(out.len, 0);
}

static void the_golden_files(void **state)
{
    struct err err = {0};
    AUTO_BUF ring = {0};
    AUTO_BUF odd = {0};
    AUTO_POLICY policy = {0};
    struct policy_document document = {&policy, "pilot", POLICIES_NOW};
    (void)state;
    policy_of_a_ring(&policy);
    assert_ok(intune_write(&document, &ring, &err));
    assert_golden(&ring, "intune/ring.json");
    policy_clear(&policy);
    policy_with_odd_letters(&policy);
    assert_ok(intune_write(&document, &odd, &err));
    assert_golden(&odd, "intune/odd.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_switch_is_enabled_or_disabled),
        cmocka_unit_test(updates_of_a_ring_come_from_no_configuration_manager),
        cmocka_unit_test(what_is_removed_is_disabled),
        cmocka_unit_test(a_text_is_an_escaped_element_of_the_policy),
        cmocka_unit_test(values_of_one_policy_become_one_setting),
        cmocka_unit_test(the_last_value_of_a_setting_counts),
        cmocka_unit_test(each_policy_has_its_node_once),
        cmocka_unit_test(what_xml_cannot_hold_is_refused),
        cmocka_unit_test(a_ring_without_a_name_in_letters_is_refused),
        cmocka_unit_test(the_golden_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "policies.h"

#include "config/xmltext.h"
#include "ringmgr/base/xml.h"

static void what_xml_can_hold_passes(void **state)
{
    static const char *const texts[] = {"", "a", POLICIES_ODD_SHARE, "\ufffd\ue000\uf8ff\U0010ffff"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err err = {0};
        assert_ok(xmltext_check(texts[i], "a thing", &err));
    }
}

static void what_it_cannot_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICIES_BAD_SHARES; i++) {
        struct err err = {0};
        assert_fails(xmltext_check(policies_bad_shares[i].text, "a thing", &err), ERR_USAGE);
        assert_int_equal(strncmp(err.msg, "a thing ", strlen("a thing ")), 0);
    }
}

static void every_part_of_a_value_is_checked(void **state)
{
    static const struct policy_setting bad[] = {
        {"L_Bad", NULL, "Bad", "software\\\xef\xbf\xbf", "name", POLICY_SZ},
        {"L_Bad", NULL, "Bad", "software\\bad", "na\nme", POLICY_SZ},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        policy_remove(&policy, gpo_setting(GPO_DEADLINE));
        assert_ok(xmltext_check_policy(&policy, &err));
        policy_remove(&policy, &bad[i]);
        assert_fails(xmltext_check_policy(&policy, &err), ERR_USAGE);
    }
}

static void cdata_is_well_formed_whatever_it_holds(void **state)
{
    static const char *const texts[] = {"", "]]>", "a]]>b", "]]]>", "]]>]]>", "]]", "]>", "<&\">", "x]]]]>>"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err err = {0};
        struct xml *xml AUTO(xml_auto_free)
        = NULL;
        AUTO_BUF out = {0};
        buf_puts(&out, "<a>");
        xmltext_put_cdata(&out, texts[i]);
        buf_puts(&out, "</a>");
        assert_ok(xml_parse(out.data, out.len, "cdata", &xml, &err));
    }
}

static void an_end_within_cdata_is_split(void **state)
{
    AUTO_BUF out = {0};
    (void)state;
    xmltext_put_cdata(&out, "a]]>b]]>");
    assert_string_equal(buf_text(&out), "<![CDATA[a]]]]><![CDATA[>b]]]]><![CDATA[>]]>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_xml_can_hold_passes),
        cmocka_unit_test(what_it_cannot_is_refused_by_name),
        cmocka_unit_test(every_part_of_a_value_is_checked),
        cmocka_unit_test(cdata_is_well_formed_whatever_it_holds),
        cmocka_unit_test(an_end_within_cdata_is_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "policies.h"

#include "config/gpp.h"
#include "golden.h"
#include "ringmgr/base/xml.h"

static const struct gpp_site sites[] = {{"Berlin", "\\\\ber-files\\office-pilot"},
                                        {"Z\u00fcrich & <\"Bern\">", "\\\\zrh\\b\u00fcro"}};

/* Registry.xml as parsed again; the caller frees it. */
static struct xml *write_items(const struct policy *policy, const struct gpp_site *site, size_t len)
{
    struct err err = {0};
    struct xml *xml = NULL;
    AUTO_BUF out = {0};
    struct policy_document document = {policy, "pilot", POLICIES_NOW};
    assert_ok(gpp_write(&document, site, len, &out, &err));
    assert_ok(xml_parse(out.data, out.len, "Registry.xml", &xml, &err));
    return xml;
}

static const struct xml_node *item_at(const struct xml *xml, size_t index)
{
    const struct xml_node *item = xml_child(xml_root(xml), "Registry");
    while (item && index--)
        item = xml_next(item, "Registry");
    return item;
}

/* The attribute of the item's Properties. */
static void assert_property(const struct xml *xml, size_t index, const char *name, const char *expected)
{
    const struct xml_node *properties = xml_child(item_at(xml, index), "Properties");
    assert_string_equal(xml_attr(properties, name), expected);
}

static void numbers_have_eight_hex_digits(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_number(&policy, gpo_setting(GPO_HIDE_SWITCH), 0xdeadbeef);
    struct xml *xml AUTO(xml_auto_free)
    = write_items(&policy, NULL, 0);
    assert_property(xml, 0, "type", "REG_DWORD");
    assert_property(xml, 0, "value", "DEADBEEF");
    assert_property(xml, 0, "action", "U");
    assert_string_equal(xml_attr(item_at(xml, 0), "image"), "12");
}

static void texts_are_escaped(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_set_text(&policy, gpo_setting(GPO_UPDATE_PATH), POLICIES_ODD_SHARE);
    struct xml *xml AUTO(xml_auto_free)
    = write_items(&policy, NULL, 0);
    assert_property(xml, 0, "type", "REG_SZ");
    assert_property(xml, 0, "value", POLICIES_ODD_SHARE);
    assert_string_equal(xml_attr(item_at(xml, 0), "image"), "7");
}

static void what_is_removed_is_deleted(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_remove(&policy, gpo_setting(GPO_TARGET_VERSION));
    struct xml *xml AUTO(xml_auto_free)
    = write_items(&policy, NULL, 0);
    assert_property(xml, 0, "action", "D");
    assert_property(xml, 0, "name", "updatetargetversion");
    assert_property(xml, 0, "value", "");
}

static void a_site_has_its_own_item_behind_the_general_ones(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_of_a_ring(&policy);
    struct xml *xml AUTO(xml_auto_free)
    = write_items(&policy, sites, 2);
    for (size_t i = 0; i < policy.len; i++)
        assert_null(xml_child(item_at(xml, i), "Filters"));
    for (size_t i = 0; i < 2; i++) {
        const struct xml_node *filters = xml_child(item_at(xml, policy.len + i), "Filters");
        const struct xml_node *site = xml_child(filters, "FilterSite");
        assert_string_equal(xml_attr(site, "name"), sites[i].ad_site);
        assert_string_equal(xml_attr(site, "bool"), "AND");
        assert_string_equal(xml_attr(site, "not"), "0");
        assert_null(xml_next(site, NULL));
        assert_property(xml, policy.len + i, "name", "updatepath");
        assert_property(xml, policy.len + i, "value", sites[i].unc);
    }
    assert_null(item_at(xml, policy.len + 2));
}

static void every_item_has_a_guid_of_its_own(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_of_a_ring(&policy);
    struct xml *xml AUTO(xml_auto_free)
    = write_items(&policy, sites, 2);
    for (size_t i = 0; i < policy.len + 2; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(xml_attr(item_at(xml, i), "uid"), xml_attr(item_at(xml, j), "uid"));
}

static void sites_that_cannot_be_are_refused(void **state)
{
    static const struct {
        struct gpp_site site[2];
        const char *said;
    } cases[] = {
        {{{"Berlin", "\\\\a\\b"}, {"Berlin", "\\\\c\\d"}}, "Berlin"},
        {{{"Berlin", "\\\\a\\b"}, {"BERLIN", "\\\\c\\d"}}, "BERLIN"},
        {{{"Berlin", "\\\\a\\b"}, {"", "\\\\c\\d"}}, "no name"},
        {{{"Berlin", "\\\\a\\b"}, {NULL, "\\\\c\\d"}}, "no name"},
        {{{"Berlin", "\\\\a\\b"}, {"Bern", ""}}, "Bern"},
        {{{"Berlin", "\\\\a\\b"}, {"Bern", NULL}}, "Bern"},
        {{{"Berlin", "\\\\a\\b"}, {"Be\trn", "\\\\c\\d"}}, "site"},
        {{{"Berlin", "\\\\a\\b"}, {"Bern", "\\\\c\\d\xef\xbf\xbf"}}, "Bern"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        AUTO_BUF out = {0};
        AUTO_POLICY policy = {0};
        struct policy_document document = {&policy, "pilot", POLICIES_NOW};
        policy_of_a_ring(&policy);
        assert_fails(gpp_write(&document, cases[i].site, 2, &out, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, cases[i].said));
        assert_int_equal(out.len, 0);
    }
}

static void sites_need_a_general_path(void **state)
{
    struct err err = {0};
    AUTO_BUF out = {0};
    AUTO_POLICY policy = {0};
    struct policy_document document = {&policy, "pilot", POLICIES_NOW};
    (void)state;
    policy_remove(&policy, gpo_setting(GPO_UPDATE_PATH));
    assert_fails(gpp_write(&document, sites, 1, &out, &err), ERR_USAGE);
    assert_ok(gpp_write(&document, NULL, 0, &out, &err));
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
        assert_fails(gpp_write(&document, NULL, 0, &out, &err), ERR_USAGE);
        assert_int_equal(out.len, 0);
    }
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
    assert_ok(gpp_write(&document, sites, 2, &ring, &err));
    assert_golden(&ring, "gpp/ring.xml");
    policy_clear(&policy);
    policy_with_odd_letters(&policy);
    assert_ok(gpp_write(&document, NULL, 0, &odd, &err));
    assert_golden(&odd, "gpp/odd.xml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_eight_hex_digits),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(what_is_removed_is_deleted),
        cmocka_unit_test(a_site_has_its_own_item_behind_the_general_ones),
        cmocka_unit_test(every_item_has_a_guid_of_its_own),
        cmocka_unit_test(sites_that_cannot_be_are_refused),
        cmocka_unit_test(sites_need_a_general_path),
        cmocka_unit_test(what_xml_cannot_hold_is_refused),
        cmocka_unit_test(the_golden_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "policies.h"

#include "config/regpol.h"
#include "config/samba_gpo.h"
#include "golden.h"
#include "ringmgr/base/json.h"

static void write_folder(const struct policy *policy, struct documents *documents)
{
    struct err err = {0};
    struct policy_document document = {policy, "pilot", POLICIES_NOW};
    assert_ok(samba_gpo_write(&document, documents, &err));
}

static const struct buf *find(const struct documents *documents, const char *path)
{
    for (size_t i = 0; i < documents->len; i++)
        if (strcmp(documents->item[i].path, path) == 0)
            return &documents->item[i].bytes;
    fail_msg("there is no %s", path);
    abort();
}

static void the_raw_policy_is_the_one_of_regpol(void **state)
{
    struct err err = {0};
    AUTO_BUF pol = {0};
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    (void)state;
    policy_with_odd_letters(&policy);
    write_folder(&policy, &documents);
    assert_ok(regpol_write(&policy, &pol, &err));
    const struct buf *written = find(&documents, "Machine/Registry.pol.SAMBABACKUP");
    assert_int_equal(written->len, pol.len);
    assert_memory_equal(written->data, pol.data, pol.len);
}

/* restore reads it in the encoding of whoever runs it. */
static void the_xml_is_ascii(void **state)
{
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    (void)state;
    policy_with_odd_letters(&policy);
    write_folder(&policy, &documents);
    const struct buf *xml = find(&documents, "Machine/Registry.pol.xml");
    for (size_t i = 0; i < xml->len; i++)
        assert_in_range(xml->data[i], 1, 0x7e);
    assert_non_null(strstr(buf_text(xml), "<Value>\\\\files\\b&#xFC;ro &amp; &quot;&lt;&#x20AC;&gt;&quot; "
                                          "']]&gt;' &#x1F600;</Value>"));
}

static void empty_texts_and_removals_are_what_samba_writes(void **state)
{
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    (void)state;
    policy_set_text(&policy, gpo_setting(GPO_DEADLINE), "");
    policy_remove(&policy, gpo_setting(GPO_HIDE_SWITCH));
    write_folder(&policy, &documents);
    const char *xml = buf_text(find(&documents, "Machine/Registry.pol.xml"));
    assert_non_null(strstr(xml, "<PolFile num_entries=\"2\" signature=\"PReg\" version=\"1\">"));
    assert_non_null(strstr(xml, "<ValueName>updatedeadline</ValueName>\n\t\t<Value/>\n"));
    assert_non_null(strstr(xml, "\t<Entry type=\"1\" type_name=\"REG_SZ\">\n\t\t<Key>"));
    assert_non_null(
        strstr(xml, "<ValueName>**del.hideenabledisableupdates</ValueName>\n\t\t<Value> </Value>\n"));
}

static void the_json_says_the_same(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    (void)state;
    policy_set_number(&policy, gpo_setting(GPO_HIDE_SWITCH), 4294967295);
    policy_set_text(&policy, gpo_setting(GPO_UPDATE_PATH), POLICIES_ODD_SHARE);
    policy_remove(&policy, gpo_setting(GPO_TARGET_VERSION));
    write_folder(&policy, &documents);
    const struct buf *json = find(&documents, "policy.json");
    struct jv *list AUTO(jv_auto_free)
    = jv_parse(json->data, json->len, &err);
    assert_int_equal(jv_count(list), 3);
    assert_string_equal(jv_get_text(jv_at(list, 0), "type"), "REG_DWORD");
    assert_int_equal(jv_get_int(jv_at(list, 0), "data", -1), 4294967295);
    assert_string_equal(jv_get_text(jv_at(list, 1), "data"), POLICIES_ODD_SHARE);
    assert_string_equal(jv_get_text(jv_at(list, 2), "valuename"), "**del.updatetargetversion");
    assert_string_equal(jv_get_text(jv_at(list, 2), "data"), " ");
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(jv_get_text(jv_at(list, i), "class"), "MACHINE");
        assert_string_equal(jv_get_text(jv_at(list, i), "keyname"), gpo_setting(GPO_HIDE_SWITCH)->key);
    }
}

static void what_xml_cannot_hold_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICIES_BAD_SHARES; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        struct documents documents AUTO(documents_clear) = {0};
        struct policy_document document = {&policy, "pilot", POLICIES_NOW};
        policy_with_share(&policy, policies_bad_shares[i].text);
        assert_fails(samba_gpo_write(&document, &documents, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, "updatepath"));
        assert_int_equal(documents.len, 0);
    }
}

static void assert_golden_folder(const struct policy *policy, const char *folder)
{
    struct documents documents AUTO(documents_clear) = {0};
    write_folder(policy, &documents);
    assert_int_equal(documents.len, 6);
    for (size_t i = 0; i < documents.len; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, documents.item[i].path);
        assert_golden(&documents.item[i].bytes, path);
    }
}

static void the_golden_files(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    policy_of_a_ring(&policy);
    assert_golden_folder(&policy, "samba-gpo/ring");
    policy_clear(&policy);
    policy_with_odd_letters(&policy);
    assert_golden_folder(&policy, "samba-gpo/odd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_raw_policy_is_the_one_of_regpol),
        cmocka_unit_test(the_xml_is_ascii),
        cmocka_unit_test(empty_texts_and_removals_are_what_samba_writes),
        cmocka_unit_test(the_json_says_the_same),
        cmocka_unit_test(what_xml_cannot_hold_is_refused),
        cmocka_unit_test(the_golden_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

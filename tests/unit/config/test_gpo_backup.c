#include "policies.h"

#include "config/gpo_backup.h"
#include "config/regpol.h"
#include "golden.h"
#include "ringmgr/base/xml.h"

#define ID "{5A88135A-0381-515E-9B16-E774394EE17B}" /* guid_derive("pilot", "gpo-backup id") */

static const struct buf *find(const struct documents *documents, const char *path)
{
    for (size_t i = 0; i < documents->len; i++)
        if (strcmp(documents->item[i].path, path) == 0)
            return &documents->item[i].bytes;
    fail_msg("there is no %s", path);
    abort();
}

static void the_manifest_comes_last(void **state)
{
    static const char *const paths[] = {ID "/DomainSysvol/GPO/Machine/registry.pol", ID "/Backup.xml",
                                        ID "/bkupInfo.xml", "manifest.xml"};
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    struct policy_document document = {&policy, "pilot", POLICIES_NOW};
    (void)state;
    policy_of_a_ring(&policy);
    assert_ok(gpo_backup_write(&document, &documents, &err));
    assert_int_equal(documents.len, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(documents.item[i].path, paths[i]);
}

static void the_policy_is_the_one_of_regpol(void **state)
{
    struct err err = {0};
    AUTO_BUF pol = {0};
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    struct policy_document document = {&policy, "pilot", POLICIES_NOW};
    (void)state;
    policy_with_odd_letters(&policy);
    assert_ok(gpo_backup_write(&document, &documents, &err));
    assert_ok(regpol_write(&policy, &pol, &err));
    const struct buf *written = find(&documents, ID "/DomainSysvol/GPO/Machine/registry.pol");
    assert_int_equal(written->len, pol.len);
    assert_memory_equal(written->data, pol.data, pol.len);
}

/* A name that would end CDATA: a ring can hardly be called so, but the documents stay well-formed. */
static void a_name_that_ends_cdata_is_split(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    struct policy_document document = {&policy, "a]]>&<b>", POLICIES_NOW};
    (void)state;
    assert_ok(gpo_backup_write(&document, &documents, &err));
    for (size_t i = 1; i < documents.len; i++) {
        struct xml *xml AUTO(xml_auto_free)
        = NULL;
        const struct document *written = &documents.item[i];
        assert_ok(xml_parse(written->bytes.data, written->bytes.len, written->path, &xml, &err));
        assert_non_null(strstr(buf_text(&written->bytes), "ring a]]]]><![CDATA[>&<b>]]>"));
    }
}

static void names_and_texts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < POLICIES_BAD_SHARES; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        struct documents documents AUTO(documents_clear) = {0};
        struct policy_document bad_name = {&policy, policies_bad_shares[i].text, POLICIES_NOW};
        struct policy_document bad_text = {&policy, "pilot", POLICIES_NOW};
        assert_fails(gpo_backup_write(&bad_name, &documents, &err), ERR_USAGE);
        assert_non_null(strstr(err.msg, "the name of the ring"));
        policy_with_share(&policy, policies_bad_shares[i].text);
        if (!policies_bad_shares[i].xml_only) /* no XML of these documents has a value */
            assert_fails(gpo_backup_write(&bad_text, &documents, &err), ERR_USAGE);
        assert_int_equal(documents.len, 0);
    }
}

static void the_golden_files(void **state)
{
    struct err err = {0};
    AUTO_POLICY policy = {0};
    struct documents documents AUTO(documents_clear) = {0};
    struct policy_document document = {&policy, "pilot", POLICIES_NOW};
    (void)state;
    policy_of_a_ring(&policy);
    assert_ok(gpo_backup_write(&document, &documents, &err));
    for (size_t i = 0; i < documents.len; i++) {
        char path[256];
        snprintf(path, sizeof path, "gpo-backup/ring/%s", documents.item[i].path);
        assert_golden(&documents.item[i].bytes, path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manifest_comes_last),
        cmocka_unit_test(the_policy_is_the_one_of_regpol),
        cmocka_unit_test(a_name_that_ends_cdata_is_split),
        cmocka_unit_test(names_and_texts_that_cannot_be_are_refused),
        cmocka_unit_test(the_golden_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "test.h"

#include "config/properties.h"

static void each_property_takes_its_values_only(void **state)
{
    static const struct {
        const char *name, *value;
        bool accepted;
    } cases[] = {
        {"AUTOACTIVATE", "0", true},
        {"AUTOACTIVATE", "1", true},
        {"AUTOACTIVATE", "2", false},
        {"AUTOACTIVATE", "01", false},
        {"AUTOACTIVATE", "TRUE", false},
        {"AUTOACTIVATE", "", false},
        {"DeviceBasedLicensing", "1", true},
        {"SharedComputerLicensing", "1", true},
        {"SCLCacheOverride", "0", true},
        {"FORCEAPPSHUTDOWN", "TRUE", true},
        {"FORCEAPPSHUTDOWN", "False", true},
        {"FORCEAPPSHUTDOWN", "1", false},
        {"PinIconsToTaskbar", "false", true},
        {"PinIconsToTaskbar", "no", false},
        {"PACKAGEGUID", "01234567-89ab-cdef-0123-456789ABCDEF", true},
        {"TenantId", "{01234567-89ab-cdef-0123-456789ABCDEF}", true},
        {"TenantId", "{01234567-89ab-cdef-0123-456789ABCDEF", false},
        {"TenantId", "01234567-89ab-cdef-0123-456789ABCDEF}", false},
        {"TenantId", "01234567-89ab-cdef-0123-456789ABCDE", false},
        {"TenantId", "01234567-89ab-cdef-0123-456789ABCDEFF", false},
        {"TenantId", "01234567-89ab-cdef-0123-456789ABCDEG", false},
        {"TenantId", "01234567089ab-cdef-0123-456789ABCDEF", false},
        {"TenantId", "{}", false},
        {"TenantId", "{", false},
        {"SCLCacheOverrideDirectory", "C:\\Office cache", true},
        {"SCLCacheOverrideDirectory", "\\\\files\\cache", true},
        {"SCLCacheOverrideDirectory", "%ProgramData%\\cache", true},
        {"SCLCacheOverrideDirectory", "cache", false},
        {"SCLCacheOverrideDirectory", "C:cache", false},
        {"SCLCacheOverrideDirectory", "\\\\", false},
        {"SCLCacheOverrideDirectory", "%cache", false},
        {"SCLCacheOverrideDirectory", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct property *property = property_find(cases[i].name);
        assert_non_null(property);
        if (property_accepts(property, cases[i].value) != cases[i].accepted)
            fail_msg("%s=%s", cases[i].name, cases[i].value);
    }
}

/* Each has an example among the cases above, so that none is forgotten there. */
static void each_property_is_known_once_and_says_what_it_takes(void **state)
{
    size_t known = 0;
    (void)state;
    for (; property_at(known); known++) {
        assert_ptr_equal(property_find(property_at(known)->name), property_at(known));
        assert_true(strlen(property_values(property_at(known))) > 0);
    }
    assert_int_equal(known, 9);
    assert_null(property_find("OfficeMgmtCOM"));
    assert_string_equal(property_values(property_find("tenantid")), "a GUID");
    assert_string_equal(property_values(property_find("autoactivate")), "0 or 1");
    assert_string_equal(property_values(property_find("forceappshutdown")), "TRUE or FALSE");
}

static void a_property_is_read_with_its_value(void **state)
{
    static const struct {
        const char *text, *name, *value;
    } cases[] = {
        {"autoactivate=1", "AUTOACTIVATE", "1"},
        {"forceappshutdown = True", "FORCEAPPSHUTDOWN", "TRUE"},
        {"PinIconsToTaskbar\t=\tfalse", "PinIconsToTaskbar", "FALSE"},
        {"SCLCacheOverrideDirectory=C:\\a=b c", "SCLCacheOverrideDirectory", "C:\\a=b c"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct property_choice choice;
        assert_ok(property_parse(cases[i].text, &choice, &err));
        assert_string_equal(choice.property->name, cases[i].name);
        assert_string_equal(choice.value, cases[i].value);
    }
}

static void what_is_wrong_with_a_property_is_said(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"AUTOACTIVATE", "AUTOACTIVATE=: the property takes 0 or 1"},
        {"AUTOACTIVATE=1 FORCEAPPSHUTDOWN=TRUE", "a comma before the next one"},
        {"FORCESHUTDOWN=TRUE", "the nearest one is FORCEAPPSHUTDOWN"},
        {"=1", "there is no property \"\""},
        {"Zebra=1", "there is no property \"Zebra\""},
        {"OfficeMgmtCOM=TRUE", "hands updates to Configuration Manager"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct property_choice choice;
        assert_fails(property_parse(cases[i].text, &choice, &err), ERR_USAGE);
        if (!strstr(err.msg, cases[i].part))
            fail_msg("wanted …%s…: %s", cases[i].part, err.msg);
    }
}

static void msi_products_are_read_in_any_case(void **state)
{
    struct err err = {0};
    const char *id;
    (void)state;
    for (size_t i = 0; msi_product_at(i); i++)
        assert_ptr_equal(msi_product(msi_product_at(i)), msi_product_at(i));
    assert_ok(msi_product_parse("infopathr", &id, &err));
    assert_string_equal(id, "InfoPathR");
    assert_fails(msi_product_parse("PrjProo", &id, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "the nearest one is PrjPro"));
    err = (struct err){0};
    assert_fails(msi_product_parse("Outlook", &id, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "it can keep InfoPath, "));
    assert_non_null(strstr(err.msg, "VisPro and VisStd"));
}

static void display_levels_are_read_in_any_case(void **state)
{
    struct err err = {0};
    const char *level;
    (void)state;
    assert_ok(display_parse("NONE", &level, &err));
    assert_string_equal(level, "None");
    assert_ok(display_parse("full", &level, &err));
    assert_string_equal(level, "Full");
    assert_fails(display_parse("Basic", &level, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "\"Basic\" is no display level: write None or Full"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_property_takes_its_values_only),
        cmocka_unit_test(each_property_is_known_once_and_says_what_it_takes),
        cmocka_unit_test(a_property_is_read_with_its_value),
        cmocka_unit_test(what_is_wrong_with_a_property_is_said),
        cmocka_unit_test(msi_products_are_read_in_any_case),
        cmocka_unit_test(display_levels_are_read_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

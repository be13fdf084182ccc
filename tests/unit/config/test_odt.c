#include "odt_scene.h"

static void the_usual_document(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    assert_document(&scene, "odt/usual.xml");
}

static void everything_that_can_be_asked_for(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "Current", "x64,x86 sv-se,fr-fr,ca-es proofing=da-dk,sv-se arm64=no",
              "x64,x86 ca-es,fr-fr,sv-se proofing=da-dk arm64=no");
    strv_clear(&scene.ring.content.languages);
    strv_split(&scene.ring.content.languages, "ca-es sv-se fr-fr");
    scene.ring.unc = (char *)"\\\\files\\office & co\\pilot";
    scene.options.architecture = ARCH_X86;
    scene.options.display = "None";
    strv_split(&scene.products, "o365proplusretail VisioPro2021Volume LanguagePack ProofingTools");
    strv_split(&scene.excluded, "groove Teams");
    assert_document(&scene, "odt/full.xml");
}

static void a_volume_suite_of_its_channel(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "PerpetualVL2024", "x64 en-us proofing= arm64=no", "x64 en-us proofing= arm64=no");
    scene.options.display = "Full";
    strv_split(&scene.products, "ProPlus2024Volume ProjectPro2024Volume AccessRuntimeRetail");
    assert_document(&scene, "odt/volume.xml");
}

static void all_that_deploy_says(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "SemiAnnual", "x64 en-us,fr-fr proofing=de-de,sv-se arm64=no",
              "x64 en-us,fr-fr proofing=de-de,sv-se arm64=no");
    set_deploy(&scene, "products=O365ProPlusRetail visiopro2024volume:AB12C-DE34F-GH56J-KL78M-NP90Q; "
                       "exclude_apps=Teams groove; remove_msi=yes; keep_msi=vispro PrjPro; migrate_arch=yes; "
                       "display=none; company=B\u00fcro <&> \"Co\"; properties=autoactivate=1 "
                       "FORCEAPPSHUTDOWN=true SCLCacheOverride=1 SCLCacheOverrideDirectory=\\\\files\\cache "
                       "TenantId={01234567-89ab-cdef-0123-456789ABCDEF}");
    assert_document(&scene, "odt/deploy.xml");
}

static void a_pinned_machine_with_a_deadline(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    set_deploy(&scene, "remove_msi=yes");
    scene.options.live = build_of("16.0.20326.20100");
    scene.options.pin = build_of("16.0.20228.20134");
    scene.options.deadline_unix = 1788026430; /* 2026-08-29T18:00:30Z */
    assert_document(&scene, "odt/pinned.xml");
}

/* Attribute by attribute, as setup would read it. */
static void the_document_says_what_the_ring_is(void **state)
{
    struct scene scene;
    struct err err = {0};
    AUTO_BUF written = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    (void)state;
    set_usual_scene(&scene);
    assert_ok(odt_write(&scene.options, &written, &err));
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    const struct xml_node *add = xml_child(xml_root(xml), "Add");
    assert_string_equal(xml_attr(add, "SourcePath"), "\\\\files\\office-pilot");
    assert_string_equal(xml_attr(add, "Channel"), "MonthlyEnterprise");
    assert_string_equal(xml_attr(add, "OfficeClientEdition"), "64");
    assert_string_equal(xml_attr(add, "AllowCdnFallback"), "FALSE");
    assert_null(xml_attr(add, "Version"));
    const struct xml_node *updates = xml_child(xml_root(xml), "Updates");
    assert_string_equal(xml_attr(updates, "Enabled"), "TRUE");
    assert_string_equal(xml_attr(updates, "UpdatePath"), "\\\\files\\office-pilot");
    assert_null(xml_child(xml_root(xml), "Display"));
    clear(&scene);
}

static void names_beyond_ascii_survive(void **state)
{
    struct scene scene;
    struct err err = {0};
    AUTO_BUF written = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    (void)state;
    set_usual_scene(&scene);
    scene.ring.unc = (char *)"\\\\files\\büro \"<€>\"";
    assert_ok(odt_write(&scene.options, &written, &err));
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    assert_string_equal(xml_attr(xml_child(xml_root(xml), "Add"), "SourcePath"), scene.ring.unc);
    clear(&scene);
}

static void assert_languages(struct scene *scene, const char *expected)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_STRV found = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(odt_write(&scene->options, &written, &err));
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    const struct xml_node *product = xml_child(xml_child(xml_root(xml), "Add"), "Product");
    for (const struct xml_node *at = xml_child(product, "Language"); at; at = xml_next(at, "Language"))
        strv_add(&found, xml_attr(at, "ID"));
    char *text = strv_join(&found, " ");
    assert_string_equal(text, expected);
    free(text);
    clear(scene);
}

static void languages_are_those_configured_and_offered(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "Current", "x64 sv-se,en-us,fr-fr proofing= arm64=no",
              "x64 de-de,en-us,sv-se proofing= arm64=no");
    strv_clear(&scene.ring.content.languages);
    strv_split(&scene.ring.content.languages, "sv-se fr-fr en-us");
    assert_languages(&scene, "sv-se en-us");
}

static void the_shell_language_is_the_first_full_one(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "Current", "x64 ca-es,fr-fr,sv-se proofing= arm64=no",
              "x64 ca-es,fr-fr,sv-se proofing= arm64=no");
    assert_languages(&scene, "fr-fr ca-es sv-se");
}

/* How often an element with this attribute value occurs anywhere in the document. */
static size_t count(const struct xml_node *node, const char *element, const char *attribute,
                    const char *value)
{
    size_t found = 0;
    for (; node; node = xml_next(node, NULL)) {
        const char *has = xml_attr(node, attribute);
        found += strcmp(xml_name(node), element) == 0 && has && strcmp(has, value) == 0;
        found += count(xml_child(node, NULL), element, attribute, value);
    }
    return found;
}

static void assert_count(const struct scene *scene, const char *element, const char *attribute,
                         const char *value, size_t expected)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(odt_write(&scene->options, &written, &err));
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    if (count(xml_root(xml), element, attribute, value) != expected)
        fail_msg("not %zu times %s %s=%s:\n%s", expected, element, attribute, value, buf_text(&written));
}

static void what_is_asked_for_counts_instead_of_deploy(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    set_deploy(&scene, "products=O365BusinessRetail; exclude_apps=Teams; display=Full");
    assert_count(&scene, "Product", "ID", "O365BusinessRetail", 1);
    assert_count(&scene, "ExcludeApp", "ID", "Teams", 1);
    assert_count(&scene, "Display", "Level", "Full", 1);
    strv_add(&scene.products, "O365ProPlusRetail");
    strv_add(&scene.excluded, "Word");
    scene.options.display = "none";
    assert_count(&scene, "Product", "ID", "O365BusinessRetail", 0);
    assert_count(&scene, "Product", "ID", "O365ProPlusRetail", 1);
    assert_count(&scene, "ExcludeApp", "ID", "Teams", 0);
    assert_count(&scene, "ExcludeApp", "ID", "Word", 1);
    assert_count(&scene, "Display", "Level", "None", 1);
    clear(&scene);
}

/* [deploy] is for all rings; one of another channel names its own product. */
static void products_of_deploy_do_not_matter_where_others_are_asked_for(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "PerpetualVL2024", "x64 en-us proofing= arm64=no", "x64 en-us proofing= arm64=no");
    set_deploy(&scene, "products=O365ProPlusRetail");
    strv_add(&scene.products, "ProPlus2024Volume");
    assert_count(&scene, "Product", "ID", "ProPlus2024Volume", 1);
    clear(&scene);
}

static void machines_use_the_dfs_path_where_there_is_one(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    scene.ring.dfs = (char *)"\\\\ring.test\\office\\pilot";
    assert_count(&scene, "Add", "SourcePath", "\\\\ring.test\\office\\pilot", 1);
    assert_count(&scene, "Updates", "UpdatePath", "\\\\ring.test\\office\\pilot", 1);
    scene.ring.unc = (char *)"";
    assert_count(&scene, "Add", "SourcePath", "\\\\ring.test\\office\\pilot", 1);
    clear(&scene);
}

static void proofing_tools_come_by_themselves_but_not_to_a_list_that_is_asked_for(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "Current", "x64 en-us proofing=de-de,sv-se arm64=no",
              "x64 en-us proofing=sv-se arm64=no");
    assert_count(&scene, "Product", "ID", "ProofingTools", 1);
    assert_count(&scene, "Language", "ID", "sv-se", 1);
    assert_count(&scene, "Language", "ID", "de-de", 0); /* not offered yet */
    set_deploy(&scene, "products=ProofingTools O365ProPlusRetail");
    assert_count(&scene, "Product", "ID", "ProofingTools", 1);
    strv_add(&scene.products, "O365ProPlusRetail");
    assert_count(&scene, "Product", "ID", "ProofingTools", 0);
    strv_add(&scene.products, "proofingtools");
    assert_count(&scene, "Product", "ID", "ProofingTools", 1);
    clear(&scene);
}

static void visio_of_a_volume_licence_takes_the_channel_of_the_suite_beside_it(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    strv_split(&scene.products, "O365ProPlusRetail VisioStd2021Volume");
    assert_count(&scene, "Add", "Channel", "MonthlyEnterprise", 1);
    clear(&scene);
}

static void a_ring_without_unc_or_build_is_refused(void **state)
{
    static const struct ring source = {.name = (char *)"test"};
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    scene.ring.unc = (char *)"";
    assert_refused(&scene, "ring pilot has no unc, dfs or http");
    set_usual_scene(&scene);
    scene.ring.unc = (char *)"\\\\files\\pilot\\office\\DATA\\";
    assert_refused(&scene, "\\Office\\Data");
    set_usual_scene(&scene);
    scene.ring.unc = (char *)"\\\\files\\pi\nlot";
    assert_refused(&scene, "the share of ring pilot");
    set_usual_scene(&scene);
    scene.options.offered = NULL;
    assert_refused(&scene, "ring pilot offers no build yet: sync first, `ringmgr sync`");
    set_usual_scene(&scene);
    scene.options.offered = NULL;
    scene.ring.source_ring = &source;
    assert_refused(&scene, "ring pilot offers no build yet: promote one first, `ringmgr promote pilot`");
}

static void the_architecture_must_be_offered_and_clear(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    scene.options.architecture = ARCH_X86;
    assert_refused(&scene, "does not offer x86");
    set_usual_scene(&scene);
    scene.offered.architectures = ARCH_X64 | ARCH_X86;
    assert_refused(&scene, "name one with --arch");
    set_usual_scene(&scene);
    scene.offered.architectures = 0;
    assert_refused(&scene, "offers no architecture");
}

static void a_ring_without_a_full_language_is_refused(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "Current", "x64 ca-es,fr-fr proofing= arm64=no", "x64 ca-es,en-us proofing= arm64=no");
    assert_refused(&scene, "none of its configured languages");
}

static void products_must_fit_the_channel_and_each_other(void **state)
{
    static const struct {
        const char *channel, *products, *part;
    } cases[] = {
        {"PerpetualVL2021", "", "name its product, as ProPlus2021Volume"},
        {"PerpetualVL2021", "O365ProPlusRetail", "O365ProPlusRetail is a subscription product"},
        {"PerpetualVL2021", "ProPlus2021Volume VisioProRetail", "VisioProRetail is a subscription product"},
        {"PerpetualVL2021", "ProPlus2024Volume", "belongs to channel PerpetualVL2024"},
        {"Current", "Standard2019Volume", "belongs to channel PerpetualVL2019"},
        {"Current", "VisioPro2021Volume", "beside a suite of Microsoft 365"},
        {"PerpetualVL2024", "VisioPro2021Volume", "belongs to channel PerpetualVL2021"},
        {"Current", "O365ProPlusRetail O365BusinessRetail", "two suites"},
        {"Current", "O365ProPlusRetail o365proplusretail", "named twice"},
        {"Current", "LanguagePack", "LanguagePack alone is nothing"},
        {"Current", "O365ProPlusRetail ProofingTools", "offers no proofing tools"},
        {"Current", "Word2024", "\"Word2024\" is no product"},
        {"Current", "0365ProPlusRetail", "the nearest one is O365ProPlusRetail"},
        {"Current", "VisioProRetail:AB12C-DE34F-GH56J-KL78M-NP90Q", "VisioProRetail takes no product key"},
        {"PerpetualVL2024", "ProPlus2024Volume:AB12C-DE34F-GH56J-KL78M",
         "the product key of ProPlus2024Volume"},
        {"PerpetualVL2024", "ProPlus2024Volume:#####-#####-#####-#####-#####", "has not the form"},
        {"PerpetualVL2024", "ProPlus2024Volume:AB12C-DE34F-GH56J-KL78M-NP90QQ", "has not the form"},
        {"PerpetualVL2024", "ProPlus2024Volume:", "has not the form"},
        {"PerpetualVL2024", "ProPlus2024Volume Standard2024Volume", "two suites"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_usual_scene(&scene);
        scene.ring.channel = channel_find(cases[i].channel);
        strv_split(&scene.products, cases[i].products);
        assert_refused(&scene, cases[i].part);
    }
}

static void unknown_apps_and_levels_are_refused(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    strv_add(&scene.excluded, "Notepad");
    assert_refused(&scene, "\"Notepad\" is no app");
    set_usual_scene(&scene);
    scene.options.display = "Quiet";
    assert_refused(&scene, "None or Full");
}

static void what_deploy_says_must_be_known_and_fit(void **state)
{
    static const struct {
        const char *deploy, *part;
    } cases[] = {
        {"products=Word2024", "products in the configuration: \"Word2024\" is no product"},
        {"products=O365ProPlusRetail O365ProPlusRetail", "product O365ProPlusRetail is named twice"},
        {"products=ProPlus2024Volume", "ProPlus2024Volume belongs to channel PerpetualVL2024"},
        {"products=O365ProPlusRetail ProofingTools", "offers no proofing tools"},
        {"exclude_apps=Teams Notepad", "\"Notepad\" is no app"},
        {"exclude_apps=Teams teams", "app Teams is named twice"},
        {"display=Basic", "write None or Full"},
        {"keep_msi=VisPro", "keep_msi keeps something only from remove_msi"},
        {"remove_msi=yes; keep_msi=VisPro vispro", "VisPro is in keep_msi twice"},
        {"remove_msi=yes; keep_msi=Visio", "the nearest one is VisPro"},
        {"properties=OfficeMgmtCOM=1", "hands updates to Configuration Manager"},
        {"properties=officemgmtcom=FALSE", "leave it out"},
        {"properties=AUTOACTIVATED=1", "the nearest one is AUTOACTIVATE"},
        {"properties=AUTOACTIVATE", "AUTOACTIVATE=: the property takes 0 or 1"},
        {"properties=AUTOACTIVATE=TRUE", "takes 0 or 1"},
        {"properties=FORCEAPPSHUTDOWN=1", "takes TRUE or FALSE"},
        {"properties=TenantId=#TenantId", "takes a GUID"},
        {"properties=SCLCacheOverrideDirectory=cache", "takes a folder"},
        {"properties=AUTOACTIVATE=1 autoactivate=1", "property AUTOACTIVATE is set twice"},
        {"properties=DeviceBasedLicensing=1 SharedComputerLicensing=1", "exclude each other"},
        {"properties=SCLCacheOverride=1", "have an effect together only"},
        {"properties=SCLCacheOverride=0 SCLCacheOverrideDirectory=C:\\x", "have an effect together only"},
        {"properties=SCLCacheOverrideDirectory=C:\\\xff", "SCLCacheOverrideDirectory"},
        {"company=A\tB", "company"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_usual_scene(&scene);
        set_deploy(&scene, cases[i].deploy);
        assert_refused(&scene, cases[i].part);
    }
}

static void a_deadline_that_cannot_be_written_is_refused(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    scene.options.deadline_unix = -1;
    assert_refused(&scene, "1970 to 9999");
}

static void the_same_request_gives_the_same_bytes(void **state)
{
    struct scene scene;
    struct err err = {0};
    AUTO_BUF one = {0};
    AUTO_BUF two = {0};
    (void)state;
    set_usual_scene(&scene);
    assert_ok(odt_write(&scene.options, &one, &err));
    buf_puts(&two, "before"); /* appended behind what is there */
    assert_ok(odt_write(&scene.options, &two, &err));
    assert_string_equal(buf_text(&two) + strlen("before"), buf_text(&one));
    clear(&scene);
}

static void add_names(const struct xml_node *node, const char *path, struct strv *names)
{
    static const char *const attributes[] = {
        "SourcePath",   "Version",
        "DownloadPath", "OfficeClientEdition",
        "Channel",      "AllowCdnFallback",
        "MigrateArch",  "ID",
        "PIDKEY",       "TargetProduct",
        "Enabled",      "UpdatePath",
        "Level",        "Name",
        "AcceptEULA",   "Value",
    };
    for (; node; node = xml_next(node, NULL)) {
        char here[256];
        snprintf(here, sizeof here, "%s/%s", path, xml_name(node));
        strv_add(names, here);
        for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
            if (xml_attr(node, attributes[i]))
                strv_addf(names, "%s@%s", here, attributes[i]);
        add_names(xml_child(node, NULL), here, names);
    }
}

/* All names in the real files that others wrote. */
static void read_real_names(struct strv *names)
{
    struct err err = {0};
    AUTO_STRV files = {0};
    if (!test_real_dir())
        test_missing("the folder of real files (RINGMGR_REAL)");
    AUTO_FD dir = open(test_real_dir(), O_RDONLY | O_DIRECTORY);
    assert_ok(fs_list(dir, "odt-configs", &files, &err));
    for (size_t i = 0; i < files.len; i++) {
        AUTO_BUF bytes = {0};
        char path[512];
        struct xml *xml AUTO(xml_auto_free)
        = NULL;
        snprintf(path, sizeof path, "odt-configs/%s", files.item[i]);
        assert_ok(fs_read_file(dir, path, 1 << 20, &bytes, &err));
        assert_ok(xml_parse(bytes.data, bytes.len, path, &xml, &err));
        add_names(xml_root(xml), "", names);
    }
}

static void assert_names_known(const struct scene *scene, const struct strv *known, size_t at_least)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_STRV ours = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(odt_write(&scene->options, &written, &err));
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    add_names(xml_root(xml), "", &ours);
    assert_true(ours.len > at_least);
    for (size_t i = 0; i < ours.len; i++)
        if (!strv_has(known, ours.item[i]))
            fail_msg("%s stands in no real file", ours.item[i]);
}

/*
 * Every element and attribute that is written stands, spelt so, in a real file that others wrote; but for
 * IgnoreProduct, TargetVersion and Deadline, which Microsoft's documentation alone has.
 */
static void every_name_is_known_from_real_files(void **state)
{
    struct scene scene;
    AUTO_STRV real = {0};
    (void)state;
    read_real_names(&real);
    set_usual_scene(&scene);
    set_deploy(&scene, "products=O365ProPlusRetail VisioPro2024Volume:AB12C-DE34F-GH56J-KL78M-NP90Q; "
                       "exclude_apps=Teams; remove_msi=yes; migrate_arch=yes; display=None; company=Co; "
                       "properties=AUTOACTIVATE=1");
    assert_names_known(&scene, &real, 30);
    scene.options.purpose = ODT_ADD_ON;
    strv_split(&scene.products, "VisioProRetail LanguagePack");
    assert_names_known(&scene, &real, 20);
    scene.options.purpose = ODT_DOWNLOAD;
    scene.options.live = build_of("16.0.20326.20100");
    scene.options.download_to = "D:\\Office365";
    assert_names_known(&scene, &real, 15);
    scene.options.purpose = ODT_NEW;
    scene.options.download_to = NULL;
    scene.options.source = "D:\\Office365";
    strv_clear(&scene.products);
    assert_names_known(&scene, &real, 30);
    scene.options.purpose = ODT_EXISTING;
    scene.options.source = NULL;
    assert_names_known(&scene, &real, 5);
    clear(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_document),
        cmocka_unit_test(everything_that_can_be_asked_for),
        cmocka_unit_test(a_volume_suite_of_its_channel),
        cmocka_unit_test(all_that_deploy_says),
        cmocka_unit_test(a_pinned_machine_with_a_deadline),
        cmocka_unit_test(the_document_says_what_the_ring_is),
        cmocka_unit_test(names_beyond_ascii_survive),
        cmocka_unit_test(languages_are_those_configured_and_offered),
        cmocka_unit_test(the_shell_language_is_the_first_full_one),
        cmocka_unit_test(what_is_asked_for_counts_instead_of_deploy),
        cmocka_unit_test(products_of_deploy_do_not_matter_where_others_are_asked_for),
        cmocka_unit_test(machines_use_the_dfs_path_where_there_is_one),
        cmocka_unit_test(proofing_tools_come_by_themselves_but_not_to_a_list_that_is_asked_for),
        cmocka_unit_test(visio_of_a_volume_licence_takes_the_channel_of_the_suite_beside_it),
        cmocka_unit_test(a_ring_without_unc_or_build_is_refused),
        cmocka_unit_test(the_architecture_must_be_offered_and_clear),
        cmocka_unit_test(a_ring_without_a_full_language_is_refused),
        cmocka_unit_test(products_must_fit_the_channel_and_each_other),
        cmocka_unit_test(unknown_apps_and_levels_are_refused),
        cmocka_unit_test(what_deploy_says_must_be_known_and_fit),
        cmocka_unit_test(a_deadline_that_cannot_be_written_is_refused),
        cmocka_unit_test(the_same_request_gives_the_same_bytes),
        cmocka_unit_test(every_name_is_known_from_real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

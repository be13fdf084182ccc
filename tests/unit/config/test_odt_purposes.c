/* configuration.xml for machines that have Office: updates, add-ons; and for setup.exe /download. */
#include "odt_scene.h"

#define FULL "x64,x86 en-us,fr-fr proofing=sv-se arm64=no"

static void set_purpose(struct scene *scene, enum odt_purpose purpose, const char *channel)
{
    set_scene(scene, channel, "x64 en-us,fr-fr proofing=sv-se arm64=no",
              "x64 en-us,fr-fr proofing=sv-se arm64=no");
    scene->options.purpose = purpose;
    scene->options.live = build_of("16.0.20326.20100");
    if (purpose == ODT_DOWNLOAD)
        scene->options.download_to = "D:\\Office365";
}

/* ---- existing ---- */

static void a_machine_with_office_gets_its_updates_only(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_EXISTING, "MonthlyEnterprise");
    set_deploy(&scene, "products=O365ProPlusRetail; remove_msi=yes; company=Co; properties=AUTOACTIVATE=1");
    assert_document(&scene, "odt/existing.xml");
}

/* Setup has a window there as well. */
static void a_machine_with_office_can_be_told_in_silence(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_EXISTING, "MonthlyEnterprise");
    set_deploy(&scene, "products=O365ProPlusRetail; display=none; properties=AUTOACTIVATE=1");
    assert_document(&scene, "odt/existing-quiet.xml");
    set_purpose(&scene, ODT_EXISTING, "MonthlyEnterprise");
    set_deploy(&scene, "display=Full");
    scene.options.display = "None";
    assert_document(&scene, "odt/existing-quiet.xml");
    set_purpose(&scene, ODT_EXISTING, "MonthlyEnterprise");
    scene.options.display = "Quiet";
    assert_refused(&scene, "None or Full");
}

static void a_machine_with_office_can_be_told_before_there_is_a_build(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_EXISTING, "MonthlyEnterprise");
    scene.options.offered = NULL;
    scene.options.live = (struct build){{0}};
    assert_document(&scene, "odt/existing.xml");
    set_purpose(&scene, ODT_EXISTING, "MonthlyEnterprise");
    scene.options.offered = NULL;
    scene.options.pin = build_of("16.0.20228.20134");
    assert_refused(&scene, "offers no build yet");
}

static void a_machine_with_office_can_be_pinned(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_EXISTING, "MonthlyEnterprise");
    scene.ring.dfs = (char *)"\\\\ring.test\\office\\pilot";
    scene.options.pin = build_of("16.0.20228.20134");
    scene.options.deadline_unix = 1788026400; /* 2026-08-29T18:00:00Z */
    assert_document(&scene, "odt/existing-pinned.xml");
}

/* Neither which architecture nor which product is to be known for that. */
static void what_a_machine_with_office_has_does_not_matter(void **state)
{
    struct scene scene;
    struct err err = {0};
    AUTO_BUF written = {0};
    (void)state;
    set_scene(&scene, "PerpetualVL2024", FULL, FULL);
    set_deploy(&scene, "products=O365ProPlusRetail");
    scene.options.purpose = ODT_EXISTING;
    assert_ok(odt_write(&scene.options, &written, &err));
    assert_golden(&written, "odt/existing.xml");
    clear(&scene);
}

/* ---- from a folder ---- */

static void a_new_machine_can_be_installed_from_a_folder(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_NEW, "MonthlyEnterprise");
    scene.options.source = "D:\\Office365";
    assert_document(&scene, "odt/source.xml");
}

/* Which build lies there is not known, so that naming one would only fail. */
static void the_pin_of_a_machine_from_a_folder_comes_as_an_update(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_NEW, "MonthlyEnterprise");
    scene.ring.dfs = (char *)"\\\\ring.test\\office\\pilot";
    scene.options.source = "\\\\branch\\office & co\\";
    scene.options.pin = build_of("16.0.20228.20134");
    assert_document(&scene, "odt/source-pinned.xml");
}

static void a_folder_to_install_from_has_a_form(void **state)
{
    static const struct {
        const char *folder, *part;
    } cases[] = {
        {"", "is no folder to install from"},
        {"office", "is no folder to install from"},
        {"D:office", "is no folder to install from"},
        {"http://files/office", "is no folder to install from"},
        {"\\\\files", "is no folder to install from"},
        {"D:\\x\\office\\data\\", "leave \\Office\\Data out"},
        {"D:\\\xff", "the folder to install from"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_purpose(&scene, ODT_NEW, "Current");
        scene.options.source = cases[i].folder;
        assert_refused(&scene, cases[i].part);
    }
}

/* ---- add-ons ---- */

static void an_add_on_matches_what_the_machine_has(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_ADD_ON, "MonthlyEnterprise");
    set_deploy(&scene,
               "products=O365BusinessRetail; exclude_apps=OneDrive; remove_msi=yes; migrate_arch=yes; "
               "display=None; company=Co; properties=FORCEAPPSHUTDOWN=TRUE");
    strv_split(&scene.products, "VisioProRetail LanguagePack ProofingTools AccessRuntimeRetail");
    assert_document(&scene, "odt/add-on.xml");
}

static void an_add_on_of_a_volume_licence(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_ADD_ON, "PerpetualVL2024");
    set_deploy(&scene, "products=Standard2024Volume");
    strv_split(&scene.products, "ProjectStd2024Volume:AB12C-DE34F-GH56J-KL78M-NP90Q");
    assert_document(&scene, "odt/add-on-volume.xml");
}

/* What TargetProduct says of a document with one added product; the edition beside it, "" if none is said. */
static void assert_target(struct scene *scene, const char *target, const char *edition)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_ok(odt_write(&scene->options, &written, &err));
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    const struct xml_node *add = xml_child(xml_root(xml), "Add");
    const struct xml_node *language = xml_child(xml_child(add, "Product"), "Language");
    const char *bits = xml_attr(add, "OfficeClientEdition");
    assert_string_equal(xml_attr(language, "TargetProduct"), target);
    assert_string_equal(bits ? bits : "", edition);
    clear(scene);
}

static void the_suite_is_that_of_deploy_or_the_usual_one(void **state)
{
    static const struct {
        const char *channel, *deploy, *added, *target;
    } cases[] = {
        {"Current", "", "VisioProRetail", "O365ProPlusRetail"},
        {"Current", "products=ProjectProRetail", "VisioProRetail", "O365ProPlusRetail"},
        {"Current", "products=VisioProRetail O365BusinessEEANoTeamsRetail", "ProjectProRetail",
         "O365BusinessEEANoTeamsRetail"},
        {"Current", "", "VisioPro2021Volume", "O365ProPlusRetail"},
        {"PerpetualVL2021", "products=ProPlus2021Volume", "VisioPro2021Volume", "ProPlus2021Volume"},
        {"PerpetualVL2021", "", "VisioPro2021Volume", "All"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_purpose(&scene, ODT_ADD_ON, cases[i].channel);
        set_deploy(&scene, cases[i].deploy);
        strv_split(&scene.products, cases[i].added);
        assert_target(&scene, cases[i].target, "64");
    }
}

static void the_edition_of_an_add_on_is_said_where_it_is_known(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "Current", FULL, FULL);
    scene.options.purpose = ODT_ADD_ON;
    strv_split(&scene.products, "VisioProRetail");
    assert_target(&scene, "O365ProPlusRetail", "");
    set_scene(&scene, "Current", FULL, FULL);
    scene.options.purpose = ODT_ADD_ON;
    scene.options.architecture = ARCH_X86;
    strv_split(&scene.products, "VisioProRetail");
    assert_target(&scene, "O365ProPlusRetail", "32");
}

static void add_ons_must_be_named_and_fit(void **state)
{
    static const struct {
        const char *channel, *deploy, *added, *part;
    } cases[] = {
        {"Current", "products=VisioProRetail", "", "name what is to be added with --product"},
        {"Current", "", "O365ProPlusRetail", "O365ProPlusRetail is a suite"},
        {"PerpetualVL2021", "", "VisioProRetail ProPlus2021Volume", "ProPlus2021Volume is a suite"},
        {"PerpetualVL2021", "", "VisioPro2024Volume", "belongs to channel PerpetualVL2024"},
        {"PerpetualVL2021", "", "ProjectProRetail", "ProjectProRetail is a subscription product"},
        {"PerpetualVL2021", "products=O365ProPlusRetail", "VisioPro2021Volume",
         "products in the configuration"},
        {"Current", "products=Ofice", "VisioProRetail", "products in the configuration: \"Ofice\""},
        {"Current", "", "VisioProRetail visioproretail", "named twice"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_purpose(&scene, ODT_ADD_ON, cases[i].channel);
        set_deploy(&scene, cases[i].deploy);
        strv_split(&scene.products, cases[i].added);
        assert_refused(&scene, cases[i].part);
    }
}

/* ---- download ---- */

static void a_download_goes_from_the_share_to_a_folder(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_DOWNLOAD, "MonthlyEnterprise");
    set_deploy(&scene, "products=O365ProPlusRetail VisioProRetail; exclude_apps=Teams; remove_msi=yes; "
                       "migrate_arch=yes; display=None; company=Co; properties=AUTOACTIVATE=1");
    assert_document(&scene, "odt/download.xml");
}

static void a_download_of_a_pinned_build(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_DOWNLOAD, "PerpetualVL2024");
    scene.options.download_to = "\\\\branch\\office\\2024\\";
    scene.options.pin = build_of("16.0.17932.20396");
    strv_split(&scene.products, "ProPlus2024Volume:AB12C-DE34F-GH56J-KL78M-NP90Q LanguagePack");
    assert_document(&scene, "odt/download-volume.xml");
}

static void a_language_pack_can_be_downloaded_alone(void **state)
{
    struct scene scene;
    struct err err = {0};
    AUTO_BUF written = {0};
    (void)state;
    set_purpose(&scene, ODT_DOWNLOAD, "Current");
    strv_split(&scene.products, "LanguagePack");
    assert_ok(odt_write(&scene.options, &written, &err));
    clear(&scene);
}

static void a_download_needs_a_folder_of_its_own(void **state)
{
    static const struct {
        const char *folder, *part;
    } cases[] = {
        {NULL, "is no folder to download to"},
        {"", "is no folder to download to"},
        {"office", "is no folder to download to"},
        {"D:office", "is no folder to download to"},
        {"http://files/office", "is no folder to download to"},
        {"\\\\files", "is no folder to download to"},
        {"\\\\files\\\\x", "is no folder to download to"},
        {"D:\\a|b", "is no folder to download to"},
        {"D:\\x\\office\\data\\", "leave \\Office\\Data out"},
        {"\\\\branch\\x\\Office\\Data", "leave \\Office\\Data out"},
        {"\\\\FILES\\office-pilot\\", "is the share of ring pilot itself"},
        {"\\\\ring.test\\office\\pilot", "is the share of ring pilot itself"},
        {"D:\\\xff", "the folder to download to"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_purpose(&scene, ODT_DOWNLOAD, "Current");
        scene.ring.dfs = (char *)"\\\\ring.test\\office\\pilot";
        scene.options.download_to = cases[i].folder;
        assert_refused(&scene, cases[i].part);
    }
}

static void a_download_needs_a_build(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_DOWNLOAD, "Current");
    scene.options.live = (struct build){{0}};
    assert_refused(&scene, "nobody knows which build ring pilot offers");
}

/* ---- all ---- */

static void give(struct scene *scene, const char *option)
{
    struct odt_options *options = &scene->options;
    if (strcmp(option, "--arch") == 0)
        options->architecture = ARCH_X64;
    else if (strcmp(option, "--product") == 0)
        strv_add(&scene->products, "O365ProPlusRetail");
    else if (strcmp(option, "--exclude-app") == 0)
        strv_add(&scene->excluded, "Teams");
    else if (strcmp(option, "--display") == 0)
        options->display = "None";
    else if (strcmp(option, "--pin") == 0)
        options->pin = build_of("16.0.20228.20134");
    else if (strcmp(option, "--deadline") == 0)
        options->deadline_unix = 1788026400;
    else if (strcmp(option, "--lang") == 0)
        strv_add(&scene->languages, "en-us");
    else if (strcmp(option, "--source") == 0)
        options->source = "D:\\Office365";
    else
        options->download_to = "D:\\Office365";
}

static void options_must_go_with_the_purpose(void **state)
{
    static const struct {
        enum odt_purpose purpose;
        const char *option;
    } cases[] = {
        {ODT_NEW, "a folder to download to"},
        {ODT_EXISTING, "--arch"},
        {ODT_EXISTING, "--product"},
        {ODT_EXISTING, "--exclude-app"},
        {ODT_EXISTING, "--lang"},
        {ODT_EXISTING, "--source"},
        {ODT_EXISTING, "a folder to download to"},
        {ODT_ADD_ON, "--pin"},
        {ODT_ADD_ON, "--deadline"},
        {ODT_ADD_ON, "--source"},
        {ODT_ADD_ON, "a folder to download to"},
        {ODT_DOWNLOAD, "--exclude-app"},
        {ODT_DOWNLOAD, "--display"},
        {ODT_DOWNLOAD, "--deadline"},
        {ODT_DOWNLOAD, "--source"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        char *part AUTO_FREE = mem_printf("%s does not go with", cases[i].option);
        set_purpose(&scene, cases[i].purpose, "Current");
        give(&scene, cases[i].option);
        assert_refused(&scene, part);
    }
}

static void a_ring_that_has_nothing_to_give_is_refused_for_all(void **state)
{
    (void)state;
    for (enum odt_purpose purpose = ODT_NEW; purpose <= ODT_DOWNLOAD; purpose++) {
        struct scene scene;
        set_purpose(&scene, purpose, "Current");
        scene.ring.unc = NULL;
        assert_refused(&scene, "no unc, dfs or http");
        if (purpose == ODT_EXISTING)
            continue;
        set_purpose(&scene, purpose, "Current");
        scene.options.offered = NULL;
        assert_refused(&scene, "offers no build yet");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_with_office_gets_its_updates_only),
        cmocka_unit_test(a_machine_with_office_can_be_told_in_silence),
        cmocka_unit_test(a_machine_with_office_can_be_told_before_there_is_a_build),
        cmocka_unit_test(a_machine_with_office_can_be_pinned),
        cmocka_unit_test(what_a_machine_with_office_has_does_not_matter),
        cmocka_unit_test(a_new_machine_can_be_installed_from_a_folder),
        cmocka_unit_test(the_pin_of_a_machine_from_a_folder_comes_as_an_update),
        cmocka_unit_test(a_folder_to_install_from_has_a_form),
        cmocka_unit_test(an_add_on_matches_what_the_machine_has),
        cmocka_unit_test(an_add_on_of_a_volume_licence),
        cmocka_unit_test(the_suite_is_that_of_deploy_or_the_usual_one),
        cmocka_unit_test(the_edition_of_an_add_on_is_said_where_it_is_known),
        cmocka_unit_test(add_ons_must_be_named_and_fit),
        cmocka_unit_test(a_download_goes_from_the_share_to_a_folder),
        cmocka_unit_test(a_download_of_a_pinned_build),
        cmocka_unit_test(a_language_pack_can_be_downloaded_alone),
        cmocka_unit_test(a_download_needs_a_folder_of_its_own),
        cmocka_unit_test(a_download_needs_a_build),
        cmocka_unit_test(options_must_go_with_the_purpose),
        cmocka_unit_test(a_ring_that_has_nothing_to_give_is_refused_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

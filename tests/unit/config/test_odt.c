#include "test.h"

#include "config/odt.h"
#include "ringmgr/base/xml.h"
#include <dirent.h>
#include <fcntl.h>

/* A ring that offers what it wants: x64, en-us and fr-fr. */
struct scene {
    struct ring ring;
    struct content offered;
    struct strv products;
    struct strv excluded;
    struct odt_options options;
};

static void set_scene(struct scene *scene, const char *channel, const char *content, const char *offered)
{
    struct err err = {0};
    *scene = (struct scene){.ring = {.name = (char *)"pilot", .unc = (char *)"\\\\files\\office-pilot"}};
    scene->ring.channel = channel_find(channel);
    assert_ok(content_parse(content, &scene->ring.content, &err));
    assert_ok(content_parse(offered, &scene->offered, &err));
    scene->options = (struct odt_options){.ring = &scene->ring,
                                          .offered = &scene->offered,
                                          .products = &scene->products,
                                          .excluded_apps = &scene->excluded};
}

static void set_usual_scene(struct scene *scene)
{
    set_scene(scene, "MonthlyEnterprise", "x64 en-us,fr-fr proofing= arm64=no",
              "x64 en-us,fr-fr proofing= arm64=no");
}

static void clear(struct scene *scene)
{
    content_clear(&scene->ring.content);
    content_clear(&scene->offered);
    strv_clear(&scene->products);
    strv_clear(&scene->excluded);
}

/* The document of the scene is the golden file, byte for byte, and can be parsed. */
static void assert_golden(struct scene *scene, const char *name)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_BUF golden = {0};
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden/odt", &err);
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    assert_true(dir >= 0);
    assert_ok(odt_write(&scene->options, &written, &err));
    assert_ok(fs_read_file(dir, name, 1 << 20, &golden, &err));
    assert_string_equal(buf_text(&written), buf_text(&golden));
    assert_ok(xml_parse(written.data, written.len, name, &xml, &err));
    clear(scene);
}

static void assert_refused(struct scene *scene, const char *part)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    assert_fails(odt_write(&scene->options, &written, &err), ERR_USAGE);
    if (!strstr(err.msg, part))
        fail_msg("wanted …%s…: %s", part, err.msg);
    assert_int_equal(written.len, 0);
    clear(scene);
}

static void the_usual_document(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    assert_golden(&scene, "usual.xml");
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
    assert_golden(&scene, "full.xml");
}

static void a_volume_suite_of_its_channel(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, "PerpetualVL2024", "x64 en-us proofing= arm64=no", "x64 en-us proofing= arm64=no");
    scene.options.display = "Full";
    strv_split(&scene.products, "ProPlus2024Volume ProjectPro2024Volume AccessRuntimeRetail");
    assert_golden(&scene, "volume.xml");
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

static void a_ring_without_unc_or_build_is_refused(void **state)
{
    struct scene scene;
    (void)state;
    set_usual_scene(&scene);
    scene.ring.unc = (char *)"";
    assert_refused(&scene, "ring pilot has no unc");
    set_usual_scene(&scene);
    scene.options.offered = NULL;
    assert_refused(&scene, "offers no build yet");
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

static void add_names(const struct xml_node *node, const char *path, struct strv *names)
{
    static const char *const attributes[] = {"SourcePath",       "Channel", "OfficeClientEdition",
                                             "AllowCdnFallback", "ID",      "Enabled",
                                             "UpdatePath",       "Level",   "AcceptEULA"};
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

/* Every element and attribute that is written stands, spelt so, in a real file that others wrote. */
static void every_name_is_known_from_real_files(void **state)
{
    struct err err = {0};
    struct scene scene;
    AUTO_BUF written = {0};
    AUTO_STRV ours = {0};
    AUTO_STRV real = {0};
    AUTO_STRV files = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    (void)state;
    if (!test_real_dir())
        test_missing("the folder of real files (RINGMGR_REAL)");
    AUTO_FD dir = open(test_real_dir(), O_RDONLY | O_DIRECTORY);
    assert_ok(fs_list(dir, "odt-configs", &files, &err));
    for (size_t i = 0; i < files.len; i++) {
        AUTO_BUF bytes = {0};
        char path[512];
        struct xml *theirs AUTO(xml_auto_free)
        = NULL;
        snprintf(path, sizeof path, "odt-configs/%s", files.item[i]);
        assert_ok(fs_read_file(dir, path, 1 << 20, &bytes, &err));
        assert_ok(xml_parse(bytes.data, bytes.len, path, &theirs, &err));
        add_names(xml_root(theirs), "", &real);
    }
    set_usual_scene(&scene);
    scene.options.display = "None";
    strv_add(&scene.excluded, "Teams");
    assert_ok(odt_write(&scene.options, &written, &err));
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    add_names(xml_root(xml), "", &ours);
    assert_true(ours.len > 15);
    for (size_t i = 0; i < ours.len; i++)
        if (!strv_has(&real, ours.item[i]))
            fail_msg("%s stands in no real file", ours.item[i]);
    clear(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_document),
        cmocka_unit_test(everything_that_can_be_asked_for),
        cmocka_unit_test(a_volume_suite_of_its_channel),
        cmocka_unit_test(the_document_says_what_the_ring_is),
        cmocka_unit_test(names_beyond_ascii_survive),
        cmocka_unit_test(languages_are_those_configured_and_offered),
        cmocka_unit_test(the_shell_language_is_the_first_full_one),
        cmocka_unit_test(a_ring_without_unc_or_build_is_refused),
        cmocka_unit_test(the_architecture_must_be_offered_and_clear),
        cmocka_unit_test(a_ring_without_a_full_language_is_refused),
        cmocka_unit_test(products_must_fit_the_channel_and_each_other),
        cmocka_unit_test(unknown_apps_and_levels_are_refused),
        cmocka_unit_test(every_name_is_known_from_real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

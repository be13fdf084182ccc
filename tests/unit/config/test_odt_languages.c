/* Which languages the products of a configuration.xml get: all that the ring has, or those asked for. */
#include "odt_scene.h"

/* The ring has these, in full but for ca-es, and proofing tools. */
#define RING "x64 ca-es,de-de,en-us,fr-fr proofing=fr-fr,sv-se arm64=no"

static void set_purpose(struct scene *scene, enum odt_purpose purpose, const char *products,
                        const char *languages)
{
    set_scene(scene, "Current", RING, RING);
    scene->options.purpose = purpose;
    scene->options.live = build_of("16.0.20326.20100");
    if (purpose == ODT_DOWNLOAD)
        scene->options.download_to = "D:\\Office365";
    strv_split(&scene->products, products);
    strv_split(&scene->languages, languages);
}

/* "PRODUCT: LANGUAGE LANGUAGE; PRODUCT: LANGUAGE", as the document has them. */
static void assert_spoken(struct scene *scene, const char *expected)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_BUF found = {0};
    struct xml *xml AUTO(xml_auto_free)
    = NULL;
    if (!odt_write(&scene->options, &written, &err))
        fail_msg("%s: %s", expected, err.msg);
    assert_ok(xml_parse(written.data, written.len, "odt", &xml, &err));
    const struct xml_node *product = xml_child(xml_child(xml_root(xml), "Add"), "Product");
    for (; product; product = xml_next(product, "Product")) {
        buf_printf(&found, "%s%s:", found.len ? "; " : "", xml_attr(product, "ID"));
        for (const struct xml_node *at = xml_child(product, "Language"); at; at = xml_next(at, "Language"))
            buf_printf(&found, " %s", xml_attr(at, "ID"));
    }
    assert_string_equal(buf_text(&found), expected);
    clear(scene);
}

/* ---- all that the ring has ---- */

/* As app reads a ring: its lists are copies of those of [content], or its own. */
static void languages_keep_the_order_of_the_configuration(void **state)
{
    struct scene scene;
    struct content configured = {.architectures = ARCH_X64};
    (void)state;
    set_purpose(&scene, ODT_NEW, "O365ProPlusRetail ProofingTools", "");
    strv_split(&configured.languages, "fr-fr en-us de-de");
    strv_split(&configured.proofing, "sv-se fr-fr");
    content_copy(&scene.ring.content, &configured);
    content_clear(&configured);
    assert_spoken(&scene, "O365ProPlusRetail: fr-fr en-us de-de; ProofingTools: sv-se fr-fr");
}

static void a_partial_language_stays_where_it_is_but_for_the_first_place(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_NEW, "O365ProPlusRetail", "");
    strv_clear(&scene.ring.content.languages);
    strv_split(&scene.ring.content.languages, "ca-es fr-fr en-us");
    assert_spoken(&scene, "O365ProPlusRetail: fr-fr ca-es en-us");
}

/* ---- those asked for ---- */

static void languages_that_are_asked_for_come_in_that_order(void **state)
{
    static const struct {
        enum odt_purpose purpose;
        const char *products, *languages, *expected;
    } cases[] = {
        {ODT_NEW, "O365ProPlusRetail", "fr-fr", "O365ProPlusRetail: fr-fr"},
        {ODT_NEW, "O365ProPlusRetail", "fr-fr en-us ca-es", "O365ProPlusRetail: fr-fr en-us ca-es"},
        {ODT_NEW, "O365ProPlusRetail", "EN-US Fr-fr", "O365ProPlusRetail: en-us fr-fr"},
        {ODT_NEW, "O365ProPlusRetail VisioProRetail", "de-de",
         "O365ProPlusRetail: de-de; VisioProRetail: de-de"},
        {ODT_NEW, "O365ProPlusRetail ProofingTools", "sv-se en-us",
         "O365ProPlusRetail: en-us; ProofingTools: sv-se"},
        {ODT_NEW, "O365ProPlusRetail ProofingTools", "fr-fr sv-se",
         "O365ProPlusRetail: fr-fr; ProofingTools: fr-fr sv-se"},
        {ODT_ADD_ON, "LanguagePack", "ca-es de-de", "LanguagePack: ca-es de-de"},
        {ODT_ADD_ON, "LanguagePack VisioProRetail", "ca-es",
         "LanguagePack: ca-es; VisioProRetail: MatchInstalled"},
        {ODT_ADD_ON, "ProofingTools", "sv-se fr-fr", "ProofingTools: sv-se fr-fr"},
        {ODT_ADD_ON, "ProofingTools LanguagePack", "en-us sv-se",
         "ProofingTools: sv-se; LanguagePack: en-us"},
        {ODT_DOWNLOAD, "O365ProPlusRetail ProofingTools", "de-de sv-se",
         "O365ProPlusRetail: de-de; ProofingTools: sv-se"},
        {ODT_DOWNLOAD, "LanguagePack", "ca-es", "LanguagePack: ca-es"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_purpose(&scene, cases[i].purpose, cases[i].products, cases[i].languages);
        assert_spoken(&scene, cases[i].expected);
    }
}

/* Those that come by themselves are nobody's wish. */
static void proofing_tools_come_by_themselves_with_the_languages_that_have_some(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_NEW, "", "en-us de-de");
    assert_spoken(&scene, "O365ProPlusRetail: en-us de-de");
    set_purpose(&scene, ODT_NEW, "", "en-us sv-se");
    assert_spoken(&scene, "O365ProPlusRetail: en-us; ProofingTools: sv-se");
    set_purpose(&scene, ODT_NEW, "", "fr-fr");
    set_deploy(&scene, "products=O365BusinessRetail");
    assert_spoken(&scene, "O365BusinessRetail: fr-fr; ProofingTools: fr-fr");
}

static void languages_that_cannot_be_had_are_refused(void **state)
{
    static const struct {
        enum odt_purpose purpose;
        const char *products, *languages, *part;
    } cases[] = {
        {ODT_NEW, "O365ProPlusRetail", "en-us ko-kr",
         "does not offer language \"ko-kr\": it offers ca-es de-de en-us fr-fr, proofing tools of fr-fr "
         "sv-se"},
        {ODT_NEW, "O365ProPlusRetail", "english", "does not offer language \"english\": it offers ca-es"},
        {ODT_NEW, "O365ProPlusRetail", "en-us EN-US", "language en-us is named twice"},
        {ODT_NEW, "O365ProPlusRetail ProofingTools", "en-us sv-se sv-se", "language sv-se is named twice"},
        {ODT_NEW, "O365ProPlusRetail", "ca-es en-us", "Office has ca-es in part only"},
        {ODT_DOWNLOAD, "O365ProPlusRetail", "ca-es", "put one before it that Office has in full"},
        {ODT_NEW, "O365ProPlusRetail ProofingTools", "sv-se", "name a language for O365ProPlusRetail, too"},
        {ODT_NEW, "O365ProPlusRetail ProofingTools", "en-us", "proofing tools of none of these languages"},
        {ODT_ADD_ON, "ProofingTools", "de-de en-us", "proofing tools of none of these languages"},
        {ODT_ADD_ON, "ProofingTools", "en-us sv-se", "offers no proofing tools of en-us"},
        {ODT_NEW, "O365ProPlusRetail", "en-us sv-se", "add the product ProofingTools"},
        {ODT_ADD_ON, "LanguagePack", "de-de sv-se", "add the product ProofingTools"},
        {ODT_ADD_ON, "VisioProRetail", "fr-fr", "add the product LanguagePack for fr-fr"},
        {ODT_ADD_ON, "LanguagePack", "sv-se", "name a language for LanguagePack, too"},
        {ODT_EXISTING, "", "en-us", "--lang does not go with --existing"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        set_purpose(&scene, cases[i].purpose, cases[i].products, cases[i].languages);
        assert_refused(&scene, cases[i].part);
    }
}

/* What the share has not yet, or the configuration no more. */
static void only_what_is_configured_and_offered_can_be_asked_for(void **state)
{
    static const char *const absent[][2] = {{"de-de", "it offers en-us"},
                                            {"ko-kr", "\"ko-kr\" has left the configuration of ring pilot"}};
    (void)state;
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        struct scene scene;
        set_scene(&scene, "Current", "x64 de-de,en-us proofing= arm64=no",
                  "x64 en-us,ko-kr proofing= arm64=no");
        strv_add(&scene.languages, absent[i][0]);
        assert_refused(&scene, absent[i][1]);
    }
}

static void deploys_proofing_tools_want_a_language_too(void **state)
{
    struct scene scene;
    (void)state;
    set_purpose(&scene, ODT_NEW, "", "en-us");
    set_deploy(&scene, "products=O365ProPlusRetail ProofingTools");
    assert_refused(&scene, "leave ProofingTools out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages_keep_the_order_of_the_configuration),
        cmocka_unit_test(a_partial_language_stays_where_it_is_but_for_the_first_place),
        cmocka_unit_test(languages_that_are_asked_for_come_in_that_order),
        cmocka_unit_test(proofing_tools_come_by_themselves_with_the_languages_that_have_some),
        cmocka_unit_test(languages_that_cannot_be_had_are_refused),
        cmocka_unit_test(only_what_is_configured_and_offered_can_be_asked_for),
        cmocka_unit_test(deploys_proofing_tools_want_a_language_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

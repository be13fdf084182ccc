/* Contents of a share: their text, their sets, their contradictions. */
#include "test.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/filelist.h"
#include "ringmgr/c2r/language.h"

static void parse(const char *text, struct content *content)
{
    struct err err = {0};
    assert_ok(content_parse(text, content, &err));
}

static void equal_contents_have_equal_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *canonical;
    } table[] = {
        {"x64 en-us proofing= arm64=no", "x64 en-us proofing= arm64=no"},
        {"x64,x86 en-us,fr-fr proofing= arm64=no", "x64,x86 en-us,fr-fr proofing= arm64=no"},
        {"x86,x64 fr-fr,en-us proofing= arm64=no", "x64,x86 en-us,fr-fr proofing= arm64=no"},
        {"x86,x64,x86 fr-fr,en-us,fr-fr,en-us proofing=de-de,ca-es,de-de arm64=yes",
         "x64,x86 en-us,fr-fr proofing=ca-es,de-de arm64=yes"},
        {"x86 FR-fr,fr-FR proofing=De-De arm64=no", "x86 fr-fr proofing=de-de arm64=no"},
        {"  proofing= arm64=no", "  proofing= arm64=no"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct content content;
        struct content again;
        parse(table[i].text, &content);
        char *text AUTO_FREE = content_format(&content);
        assert_string_equal(text, table[i].canonical);
        parse(text, &again);
        assert_true(content_contains(&content, &again) && content_contains(&again, &content));
        content_clear(&content);
        content_clear(&again);
    }
}

static void the_text_does_not_depend_on_how_a_content_was_made(void **state)
{
    (void)state;
    struct content content = {.architectures = ARCH_X64};
    strv_add(&content.languages, "fr-FR");
    strv_add(&content.languages, "en-us");
    strv_add(&content.languages, "fr-fr");
    char *text AUTO_FREE = content_format(&content);
    assert_string_equal(text, "x64 en-us,fr-fr proofing= arm64=no");
    content_clear(&content);
}

static void refuses_texts_of_another_form(void **state)
{
    (void)state;
    static const char *const table[] = {
        "",
        "x64",
        "x64 en-us",
        "x64 en-us proofing=",
        "x64 en-us proofing= arm64=",
        "x64 en-us proofing= arm64=maybe",
        "x64 en-us proofing= arm64=no ",
        "x64 en-us proofing= arm64=no more",
        "x64  en-us proofing= arm64=no",
        "x64 en-us arm64=no proofing=",
        "x64 en-us fr-fr proofing= arm64=no",
        "x65 en-us proofing= arm64=no",
        "X64 en-us proofing= arm64=no",
        "arm64 en-us proofing= arm64=no",
        "x64 en-uk proofing= arm64=no",
        "x64 x-none proofing= arm64=no",
        "x64 ../../etc proofing= arm64=no",
        "x64 en-us proofing=en-uk arm64=no",
        "x64 en-us proofing=am-et arm64=no",
        "x64 ha-latn-ng proofing= arm64=no",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct content content = {.architectures = ARCH_X86};
        if (content_parse(table[i], &content, &err))
            fail_msg("\"%s\" was taken for a content", table[i]);
        assert_int_equal(err.code, ERR_USAGE);
        assert_int_equal(content.architectures, 0);
        assert_int_equal(content.languages.len + content.proofing.len, 0);
    }
}

static void contains_compares_every_part(void **state)
{
    (void)state;
    static const struct {
        const char *whole;
        const char *part;
        bool contains;
    } table[] = {
        {"x64,x86 en-us,fr-fr proofing=de-de arm64=yes", "x64 en-us proofing= arm64=no", true},
        {"x64,x86 en-us,fr-fr proofing=de-de arm64=yes", "x86 fr-fr proofing=de-de arm64=yes", true},
        {"x64 en-us proofing= arm64=no", "  proofing= arm64=no", true},
        {"x64 en-us proofing= arm64=no", "x64 en-us proofing= arm64=no", true},
        {"x64 en-us proofing= arm64=no", "x86 en-us proofing= arm64=no", false},
        {"x64 en-us proofing= arm64=no", "x64,x86 en-us proofing= arm64=no", false},
        {"x64 en-us proofing= arm64=no", "x64 fr-fr proofing= arm64=no", false},
        {"x64 en-us proofing= arm64=no", "x64 en-us proofing=en-us arm64=no", false},
        {"x64 en-us proofing= arm64=no", "x64 en-us proofing= arm64=yes", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct content whole, part;
        parse(table[i].whole, &whole);
        parse(table[i].part, &part);
        assert_int_equal(content_contains(&whole, &part), table[i].contains);
        content_clear(&whole);
        content_clear(&part);
    }
}

static void a_union_is_everything_once(void **state)
{
    (void)state;
    struct content into, from, copy = {0};
    parse("x64 fr-fr,en-us proofing=de-de arm64=no", &into);
    parse("x86 en-us,de-de proofing=de-de,ca-es arm64=yes", &from);
    content_unite(&into, &from);
    char *text AUTO_FREE = content_format(&into);
    assert_string_equal(text, "x64,x86 de-de,en-us,fr-fr proofing=ca-es,de-de arm64=yes");
    content_copy(&copy, &from);
    content_copy(&copy, &into);
    char *copied AUTO_FREE = content_format(&copy);
    assert_string_equal(copied, text);
    content_clear(&into);
    content_clear(&from);
    content_clear(&copy);
}

static void check_names_the_contradiction(void **state)
{
    (void)state;
    static const struct {
        unsigned architectures;
        const char *languages;
        const char *proofing;
        const char *says; /* NULL: accepted */
    } table[] = {
        {ARCH_X64, "en-us", "", NULL},
        {ARCH_X86, "EN-US", "", NULL},
        {ARCH_X86 | ARCH_X64, "af-za,en-us", "ha-latn-ng,fr-fr,af-za", NULL},
        {0, "en-us", "", "architectures"},
        {4, "en-us", "", "architectures"},
        {ARCH_X64, "", "", "languages: none"},
        {ARCH_X64, "", "fr-fr", "languages: none"},
        {ARCH_X64, "en-us,en-uk", "", "en-uk"},
        {ARCH_X64, "en-us,1036", "", "1036"},
        {ARCH_X64, "en-us,ha-latn-ng", "", "ha-latn-ng has proofing tools only"},
        {ARCH_X64, "af-za,cy-gb", "", "af-za is a partial language"},
        {ARCH_X64, "en-us", "xx-xx", "xx-xx"},
        {ARCH_X64, "am-et,en-us", "am-et", "am-et has no proofing tools"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct content content = {.architectures = table[i].architectures};
        strv_split(&content.languages, table[i].languages);
        strv_split(&content.proofing, table[i].proofing);
        bool ok = content_check(&content, &err);
        if (ok != (table[i].says == NULL) || (!ok && !strstr(err.msg, table[i].says)))
            fail_msg("%s; %s: %s", table[i].languages, table[i].proofing, ok ? "accepted" : err.msg);
        assert_int_equal(err.code, ok ? ERR_NONE : ERR_USAGE);
        content_clear(&content);
    }
}

static void the_number_of_languages_has_a_bound(void **state)
{
    (void)state;
    struct err err = {0};
    struct content content = {.architectures = ARCH_X64};
    for (int i = 0; i < LIMIT_LANGUAGES; i++)
        strv_add(&content.languages, "en-us");
    assert_ok(content_check(&content, &err));
    strv_add(&content.languages, "en-us");
    assert_fails(content_check(&content, &err), ERR_USAGE);
    content_clear(&content);
}

static void architectures_have_names_and_bits(void **state)
{
    (void)state;
    assert_string_equal(architecture_name(ARCH_X64), "x64");
    assert_string_equal(architecture_name(ARCH_X86), "x86");
    assert_int_equal(architecture_bits(ARCH_X64), 64);
    assert_int_equal(architecture_bits(ARCH_X86), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_contents_have_equal_texts),
        cmocka_unit_test(the_text_does_not_depend_on_how_a_content_was_made),
        cmocka_unit_test(refuses_texts_of_another_form),
        cmocka_unit_test(contains_compares_every_part),
        cmocka_unit_test(a_union_is_everything_once),
        cmocka_unit_test(check_names_the_contradiction),
        cmocka_unit_test(the_number_of_languages_has_a_bound),
        cmocka_unit_test(architectures_have_names_and_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

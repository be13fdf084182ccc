#include "test.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/policy/settings.h"

/* origin -> pilot -> production -> branch, origin -> other */
static void make_chain(struct settings *settings)
{
    static const char *const names[] = {"pilot", "production", "branch", "other"};
    static const char *const languages[] = {"en-us", "fr-fr", "sv-se", "de-de"};
    settings->rings = 4;
    settings->ring = mem_new(4, sizeof *settings->ring);
    for (size_t i = 0; i < 4; i++) {
        settings->ring[i].name = mem_strdup(names[i]);
        settings->ring[i].content.architectures = i == 2 ? ARCH_X86 : ARCH_X64;
        strv_add(&settings->ring[i].content.languages, languages[i]);
    }
    settings->ring[1].source_ring = &settings->ring[0];
    settings->ring[2].source_ring = &settings->ring[1];
}

static void add_person(struct settings *settings, const char *name, const char *accounts)
{
    settings->person = mem_grow(settings->person, settings->persons, sizeof *settings->person);
    struct person *person = &settings->person[settings->persons++];
    *person = (struct person){.name = mem_strdup(name)};
    strv_split(&person->accounts, accounts);
}

static void a_ring_is_found_by_its_whole_name(void **state)
{
    struct settings settings = {0};
    (void)state;
    make_chain(&settings);
    assert_ptr_equal(settings_ring(&settings, "production"), &settings.ring[1]);
    assert_null(settings_ring(&settings, "prod"));
    assert_null(settings_ring(&settings, "origin"));
    settings_clear(&settings);
}

static void assert_wanted(const struct settings *settings, size_t ring, const char *expected)
{
    struct content content;
    settings_wanted_content(settings, &settings->ring[ring], &content);
    char *text AUTO_FREE = content_format(&content);
    assert_string_equal(text, expected);
    content_clear(&content);
}

static void wanted_content_is_that_of_all_rings_below(void **state)
{
    struct settings settings = {0};
    (void)state;
    make_chain(&settings);
    assert_wanted(&settings, 0, "x64,x86 en-us,fr-fr,sv-se proofing= arm64=no");
    assert_wanted(&settings, 1, "x64,x86 fr-fr,sv-se proofing= arm64=no");
    assert_wanted(&settings, 2, "x86 sv-se proofing= arm64=no");
    assert_wanted(&settings, 3, "x64 de-de proofing= arm64=no");
    settings_clear(&settings);
}

static void wanted_content_ends_on_a_circle(void **state)
{
    struct settings settings = {0};
    (void)state;
    make_chain(&settings);
    settings.ring[0].source_ring = &settings.ring[2];
    assert_wanted(&settings, 0, "x64,x86 en-us,fr-fr,sv-se proofing= arm64=no");
    assert_wanted(&settings, 3, "x64 de-de proofing= arm64=no");
    settings_clear(&settings);
}

static void accounts_lead_to_their_person(void **state)
{
    struct settings settings = {0};
    (void)state;
    add_person(&settings, "anna", "anna, adm-anna");
    add_person(&settings, "robert", "bob");
    assert_string_equal(settings_person(&settings, "adm-anna"), "anna");
    assert_string_equal(settings_person(&settings, "anna"), "anna");
    assert_string_equal(settings_person(&settings, "bob"), "robert");
    assert_string_equal(settings_person(&settings, "carl"), "carl");
    settings_clear(&settings);
}

static void cleared_settings_are_empty(void **state)
{
    struct settings settings = {0};
    (void)state;
    make_chain(&settings);
    settings.store = mem_strdup("/srv");
    settings_clear(&settings);
    assert_int_equal(settings.rings, 0);
    assert_null(settings.store);
    settings_clear(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_found_by_its_whole_name),
        cmocka_unit_test(wanted_content_is_that_of_all_rings_below),
        cmocka_unit_test(wanted_content_ends_on_a_circle),
        cmocka_unit_test(accounts_lead_to_their_person),
        cmocka_unit_test(cleared_settings_are_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

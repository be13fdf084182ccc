#include "test.h"

#include "ringmgr/base/nearest.h"

static const char *nearest(const char *wanted, const char *const *names)
{
    const char *best = NULL;
    for (; *names; names++)
        nearest_prefer(wanted, *names, &best);
    return best;
}

static void the_name_with_the_fewest_changes_is_the_nearest(void **state)
{
    static const char *const names[] = {"languages", "architectures", "Teams", "Word", NULL};
    static const struct {
        const char *wanted, *nearest;
    } cases[] = {
        {"language", "languages"},
        {"languagess", "languages"},
        {"langauges", "languages"},
        {"ARCHITECTURE", "architectures"},
        {"Wrd", "Word"},
        {"teams", "Teams"},
        {"", "Word"},
        {"Team Word", "Teams"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(nearest(cases[i].wanted, names), cases[i].nearest);
}

static void of_two_equally_near_the_first_stays(void **state)
{
    static const char *const names[] = {"cat", "hat", NULL};
    (void)state;
    assert_string_equal(nearest("bat", names), "cat");
}

static void two_letters_that_have_changed_places_are_one_error(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("hlod", "hold"), 1);
    assert_int_equal(nearest_distance("OHLD", "hold"), 1);
    assert_int_equal(nearest_distance("hodl", "hold"), 1);
    assert_int_equal(nearest_distance("ohdl", "hold"), 2);
    assert_int_equal(nearest_distance("ca", "abc"), 3);
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

static void a_name_that_is_too_long_is_the_farthest(void **state)
{
    char longest[128], longer[129];
    const char *const names[] = {longer, "x", longest, NULL};
    (void)state;
    memset(longest, 'a', 127);
    memset(longer, 'a', 128);
    longest[127] = longer[128] = 0;
    assert_string_equal(nearest(longest, names), longest);
    assert_int_equal(nearest_distance(longest, longest), 0);
    assert_true(nearest_distance(longest, longer) == SIZE_MAX);
    assert_true(nearest_distance(longer, longest) == SIZE_MAX);
    assert_null(nearest_likely(longer, longer));
}

static void only_what_is_really_near_is_likely(void **state)
{
    static const struct {
        const char *wanted, *name;
        bool likely;
    } cases[] = {
        {"Wrd", "Word", true},
        {"Visio", "VisPro", true},
        {"0365ProPlusRetial", "O365ProPlusRetail", true},
        {"FORCESHUTDOWN", "FORCEAPPSHUTDOWN", true},
        {"FORCEAPPSHUT", "FORCEAPPSHUTDOWN", true},
        {"FORCEAPPSHU", "FORCEAPPSHUTDOWN", false},
        {"Team", "Teams", true},
        {"Tmms", "Teams", true},
        {"Txx", "Teams", false},
        {"x", "ID", false},
        {"en", "id", false},
        {"ab", "ad", true},
        {"", "ID", false},
        {"", "", true},
        {"a", NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if ((nearest_likely(cases[i].wanted, cases[i].name) != NULL) != cases[i].likely)
            fail_msg("%s, %s", cases[i].wanted, cases[i].name);
}

static void a_hint_names_what_was_likely_meant_and_else_says_nothing(void **state)
{
    struct strv names = {0};
    (void)state;
    strv_add(&names, "pilot");
    strv_add(&names, "production");
    char *near = nearest_hint("prodcution", &names), *far = nearest_hint("sales", &names);
    strv_clear(&names);
    char *none = nearest_hint("pilot", &names);
    assert_string_equal(near, "; the nearest one is production");
    assert_string_equal(far, "");
    assert_string_equal(none, "");
    free(near);
    free(far);
    free(none);
}

static void a_beginning_means_the_names_that_have_a_word_like_it(void **state)
{
    static const struct {
        const char *wanted, *hint;
    } cases[] = {
        {"gpo", "; it could be one of gpo-backup, samba-gpo"},
        {"BACK", "; the nearest one is gpo-backup"},
        {"int", "; the nearest one is intune"},
        {"smab-gpo", "; the nearest one is samba-gpo"},
        {"po", ""},
        {"gp", "; it could be one of gpo-backup, samba-gpo, gpp"},
        {"i", ""},
    };
    static const char *const kinds[] = {"gpo-backup", "samba-gpo", "gpp", "intune", "gpp"};
    struct strv names = {0};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        strv_add(&names, kinds[i]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *hint = nearest_hint(cases[i].wanted, &names);
        assert_string_equal(hint, cases[i].hint);
        free(hint);
    }
    strv_clear(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_with_the_fewest_changes_is_the_nearest),
        cmocka_unit_test(of_two_equally_near_the_first_stays),
        cmocka_unit_test(two_letters_that_have_changed_places_are_one_error),
        cmocka_unit_test(a_name_that_is_too_long_is_the_farthest),
        cmocka_unit_test(only_what_is_really_near_is_likely),
        cmocka_unit_test(a_hint_names_what_was_likely_meant_and_else_says_nothing),
        cmocka_unit_test(a_beginning_means_the_names_that_have_a_word_like_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

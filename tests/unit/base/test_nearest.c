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

static void a_name_that_is_too_long_is_the_farthest(void **state)
{
    static const char longest[] = "0123456789012345678901234567890123456789012345678";
    static const char longer[] = "01234567890123456789012345678901234567890123456789";
    static const char *const names[] = {longer, "x", longest, NULL};
    (void)state;
    assert_int_equal(strlen(longest), 49);
    assert_string_equal(nearest(longer, names), longest);
    assert_string_equal(
        nearest("a text as long as anybody could ever write it, and then some more", names + 1), "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_with_the_fewest_changes_is_the_nearest),
        cmocka_unit_test(of_two_equally_near_the_first_stays),
        cmocka_unit_test(a_name_that_is_too_long_is_the_farthest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

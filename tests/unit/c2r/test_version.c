/* Build numbers: what is one, what is none, and their order. */
#include "test.h"

#include "ringmgr/c2r/version.h"

static void reads_the_full_and_the_short_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *full;
    } table[] = {
        {"16.0.20326.20100", "16.0.20326.20100"},
        {"20326.20100", "16.0.20326.20100"},
        {"16.0.0.0", "16.0.0.0"},
        {"16.0.4294967295.4294967295", "16.0.4294967295.4294967295"},
        {"0.7", "16.0.0.7"},
        {"4294967295.0", "16.0.4294967295.0"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct build build;
        char text[BUILD_TEXT_SIZE];
        assert_ok(build_parse(table[i].text, &build, &err));
        build_format(&build, text);
        assert_string_equal(text, table[i].full);
        assert_false(build_is_none(&build));
    }
}

static void refuses_what_is_no_build(void **state)
{
    (void)state;
    static const char *const table[] = {
        "",
        "16",
        "16.0",
        "16.20100",
        "16.0.20326",
        "16.0.20326.20100.1",
        "16.0.20326.20100.",
        "16.0.20326.",
        ".16.0.20326",
        "16..20326.20100",
        "16.0..20100",
        "16.0.20326.",
        "20326.",
        ".20100",
        ".",
        "...",
        "17.0.20326.20100",
        "15.0.4446.1000",
        "0.0.0.0",
        "016.0.20326.20100",
        "16.00.20326.20100",
        "16.0.020326.20100",
        "16.0.20326.00",
        "020326.20100",
        "16.0.4294967296.20100",
        "16.0.20326.4294967296",
        "4294967312.0.20326.20100",                       /* 2^32 + 16 */
        "16.0.18446744073709551632.20100",                /* 2^64 + 16 */
        "16.0.99999999999999999999999999999999999.20100", /* more than any type holds */
        " 16.0.20326.20100",
        "16.0.20326.20100 ",
        "16.0.20326.20100\n",
        "16.0. 20326.20100",
        "16.0.20326 .20100",
        "+16.0.20326.20100",
        "16.-0.20326.20100",
        "-1.20100",
        "16.0.0x4f66.20100",
        "16.0.20326,20100",
        "16.0.2o326.20100",
        "v16.0.20326.20100",
        "../../etc",
        "16.0.20326.20100/..",
        "\xd9\xa1\xd9\xa6.0.20326.20100", /* Arabic digits */
        "latest",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct build build = {{1, 2, 3, 4}};
        if (build_parse(table[i], &build, &err))
            fail_msg("\"%s\" was taken for a build", table[i]);
        assert_int_equal(err.code, ERR_USAGE);
        assert_true(build_is_none(&build));
    }
}

static void the_error_names_the_text_but_not_all_of_a_long_one(void **state)
{
    (void)state;
    struct err err = {0};
    struct build build;
    char text[2000];
    memset(text, '9', sizeof text);
    text[sizeof text - 1] = 0;
    assert_fails(build_parse("16.0.x.y", &build, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "\"16.0.x.y\""));
    assert_fails(build_parse(text, &build, &err), ERR_USAGE);
    assert_true(strlen(err.msg) < 200);
}

static void compares_part_by_part_as_numbers(void **state)
{
    (void)state;
    /* In rising order; as strings several would stand elsewhere. */
    static const char *const rising[] = {
        "16.0.1.1",         "16.0.9126.2315",   "16.0.9126.2356",    "16.0.10730.20102", "16.0.10730.20155",
        "16.0.12527.22286", "16.0.20326.20100", "16.0.20326.100000", "16.0.100000.1",    "16.0.4294967295.0",
        "16.1.0.0",         "16.9.0.0",         "16.10.0.0",
    };
    enum { LEN = sizeof rising / sizeof *rising };
    for (int i = 0; i < LEN; i++)
        for (int j = 0; j < LEN; j++) {
            struct err err = {0};
            struct build a, b;
            assert_ok(build_parse(rising[i], &a, &err));
            assert_ok(build_parse(rising[j], &b, &err));
            assert_int_equal(build_compare(&a, &b), (i > j) - (i < j));
        }
}

static void only_all_zero_is_none(void **state)
{
    (void)state;
    assert_true(build_is_none(&(struct build){{0, 0, 0, 0}}));
    for (int i = 0; i < 4; i++) {
        struct build build = {{0}};
        build.part[i] = 1;
        assert_false(build_is_none(&build));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_full_and_the_short_form),
        cmocka_unit_test(refuses_what_is_no_build),
        cmocka_unit_test(the_error_names_the_text_but_not_all_of_a_long_one),
        cmocka_unit_test(compares_part_by_part_as_numbers),
        cmocka_unit_test(only_all_zero_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The table of languages against the real one. */
#include "csv.h"

#include "ringmgr/c2r/language.h"

static void equals_the_real_table(void **state)
{
    (void)state;
    static const char *const kinds[] = {
        [LANGUAGE_CORE] = "core", [LANGUAGE_PARTIAL] = "partial", [LANGUAGE_PROOFING] = "proofing"};
    AUTO_BUF csv = {0};
    const char *field[CSV_FIELDS];
    size_t seen = 0;
    test_read_real("languages.csv", &csv);
    char *rest = (char *)csv.data;
    assert_true(csv_next(&rest, field));
    while (csv_next(&rest, field)) {
        const struct language *language = language_find_lcid((uint32_t)strtoul(field[0], NULL, 10));
        assert_non_null(language);
        assert_ptr_equal(language_find(field[1]), language);
        assert_string_equal(language->culture, field[1]);
        assert_string_equal(kinds[language->kind], field[2]);
        assert_int_equal(strstr(field[3], "i64LCID") != NULL, language->kind == LANGUAGE_CORE);
        assert_int_equal(strcmp(field[4], "yes") == 0, language->proofing_files);
        seen++;
    }
    assert_int_equal(seen, 105);
    assert_non_null(language_at(seen - 1));
    assert_null(language_at(seen));
    assert_null(language_at(SIZE_MAX));
}

static void no_language_stands_there_twice(void **state)
{
    (void)state;
    for (size_t i = 0; language_at(i); i++) {
        assert_ptr_equal(language_find(language_at(i)->culture), language_at(i));
        assert_ptr_equal(language_find_lcid(language_at(i)->lcid), language_at(i));
    }
}

static void the_case_of_a_culture_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(language_find("EN-us")->lcid, 1033);
    assert_int_equal(language_find("sr-Cyrl-RS")->lcid, 10266);
}

static void finds_nothing_else(void **state)
{
    (void)state;
    static const char *const table[] = {"", "en", "en_us", "en-us ", "x-none", "en-usa", "matchos"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_null(language_find(table[i]));
    assert_null(language_find_lcid(0));
    assert_null(language_find_lcid(9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_real_table),
        cmocka_unit_test(no_language_stands_there_twice),
        cmocka_unit_test(the_case_of_a_culture_does_not_count),
        cmocka_unit_test(finds_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

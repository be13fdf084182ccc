/* Amounts of bytes for people. */
#include "test.h"

#include "ringmgr/base/amount.h"

static void an_amount_has_the_unit_that_fits(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 bytes"},
                 {999, "999 bytes"},
                 {1000, "1.0 KB"},
                 {54217258, "54.2 MB"},
                 {3500000000, "3.5 GB"},
                 {UINT64_C(7) << 40, "7.7 TB"},
                 {UINT64_MAX, "18446744.1 TB"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[AMOUNT_TEXT_SIZE];
        amount_format(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_amount_has_the_unit_that_fits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

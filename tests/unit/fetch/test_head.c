/* What the fields of an answer say, and what they only seem to. */
#include "test.h"

#include "ringmgr/fetch/head.h"

#define NONE LENGTH_UNKNOWN

static void ranges(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t first, last, total;
    } table[] = {
        {"bytes 0-99/5798", true, 0, 99, 5798},
        {"BYTES   7-7/8", true, 7, 7, 8},
        {"bytes 7-8/*", true, 7, 8, NONE},
        {"bytes */5798", true, NONE, NONE, 5798},
        {"bytes */*", true, NONE, NONE, NONE},
        {"bytes 0-18446744073709551613/18446744073709551614", true, 0, 18446744073709551613u,
         18446744073709551614u},
        {.text = NULL},
        {.text = ""},
        {.text = "bytes"},
        {.text = "bytes "},
        {.text = "bytes=0-1/2"},
        {.text = "bytes 5-4/8"},
        {.text = "bytes 0-8/8"},
        {.text = "bytes -8/8"},
        {.text = "bytes 0-/8"},
        {.text = "bytes 0/8"},
        {.text = "bytes 0-1"},
        {.text = "bytes 0-1/"},
        {.text = "bytes 0-1/8 "},
        {.text = "bytes 0-1/+8"},
        {.text = "bytes 0-1/18446744073709551616"},
        /* the number that stands for none */
        {.text = "bytes 7-18446744073709551615/*"},
        {.text = "bytes 18446744073709551615-18446744073709551615/*"},
        {.text = "bytes 0-1/18446744073709551615"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct head head = {.has_range = false};
        head_read_range(table[i].text, &head);
        if (head.has_range != table[i].good)
            fail_msg("\"%s\": %s", table[i].text ? table[i].text : "none",
                     head.has_range ? "taken" : "refused");
        if (head.has_range &&
            (head.first != table[i].first || head.last != table[i].last || head.total != table[i].total))
            fail_msg("\"%s\": other numbers", table[i].text);
    }
}

static void numbers(void **state)
{
    static const char *const bad[] = {
        "", "-1", "+1", " 1", "1 ", "1,1", "0x1", "18446744073709551615", "1e3", "99999999999999999999"};
    (void)state;
    assert_true(head_read_number("0") == 0);
    assert_true(head_read_number("0042") == 42);
    assert_true(head_read_number("18446744073709551614") == 18446744073709551614u);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(head_read_number(bad[i]) == LENGTH_UNKNOWN);
}

static void validators(void **state)
{
    static const char date[] = "Mon, 23 Nov 2026 10:00:00 GMT";
    static const struct {
        const char *etag, *modified;
        int64_t modified_unix, date_unix;
        const char *wanted;
    } table[] = {
        {"\"abc\"", NULL, -1, -1, "\"abc\""},
        {"\"\"", NULL, -1, -1, "\"\""},
        {"\"abc\"", date, 100, 101, "\"abc\""},
        {"W/\"abc\"", date, 100, 101, date},
        {"W/\"abc\"", NULL, -1, -1, NULL},
        {"abc", date, 100, 101, date},
        {"\"a b\"", date, 100, 101, date},
        {"\"a\"b\"", NULL, -1, -1, NULL},
        {"\"a\x7f\"", NULL, -1, -1, NULL},
        {"\"", NULL, -1, -1, NULL},
        {NULL, date, 100, 100, NULL}, /* the same second: it may change again within it */
        {NULL, date, -1, 101, NULL},
        {NULL, date, 100, -1, NULL},
        {NULL, NULL, -1, 101, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct head head = {.etag = table[i].etag,
                                  .last_modified = table[i].modified,
                                  .modified_unix = table[i].modified_unix,
                                  .date_unix = table[i].date_unix};
        const char *got = head_validator(&head);
        if (!got != !table[i].wanted || (got && strcmp(got, table[i].wanted) != 0))
            fail_msg("row %zu: %s", i, got ? got : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges),
        cmocka_unit_test(numbers),
        cmocka_unit_test(validators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

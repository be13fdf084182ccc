/* Lines of the log: texts in quotes, and the journal's priorities. */
#include "test.h"

#include "ringmgr/base/log.h"

#include <fcntl.h>
#include <sys/stat.h>

static void a_text_in_quotes_is_one_word_on_one_line(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *quoted;
    } cases[] = {
        {"", 64, "\"\""},
        {"a b", 64, "\"a b\""},
        {"say \"no\"", 64, "\"say \\\"no\\\"\""},
        {"C:\\x", 64, "\"C:\\\\x\""},
        {"two\nlines\r\t\x7f.", 64, "\"two lines   .\""},
        {"å", 64, "\"å\""},
        {"too long for it", 8, "\"too l\""},
        {"\"\"\"\"", 8, "\"\\\"\\\"\\\"\""}, /* never half of an escape */
        {"abcd\"", 8, "\"abcd\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char quoted[64];
        memset(quoted, 'x', sizeof quoted);
        const char *got = log_quote(cases[i].text, quoted, cases[i].size);
        if (strlen(got) >= cases[i].size)
            fail_msg("%zu: %zu bytes in %zu", i, strlen(got) + 1, cases[i].size);
        if (cases[i].size == 64)
            assert_string_equal(got, cases[i].quoted);
        assert_int_equal(got[0], '"');
        assert_int_equal(got[strlen(got) - 1], '"');
        for (const char *at = got + 1; at < got + strlen(got) - 1; at++)
            if (*at == '\\')
                assert_true(++at < got + strlen(got) - 1);
            else
                assert_int_not_equal(*at, '"');
    }
}

static void the_journal_is_known_by_its_stream(void **state)
{
    struct stat st;
    char stream[64];
    const struct log journal = {.journal = true}, plain = {.journal = false};
    (void)state;
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    unsetenv("JOURNAL_STREAM");
    assert_false(log_is_journal());
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    assert_true(log_is_journal());
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino + 1);
    setenv("JOURNAL_STREAM", stream, 1); /* of whoever started us, and stderr went elsewhere since */
    assert_false(log_is_journal());
    unsetenv("JOURNAL_STREAM");
    assert_string_equal(log_prefix(&journal, LOG_PRIORITY_ERR), "<3>");
    assert_string_equal(log_prefix(&journal, LOG_PRIORITY_WARNING), "<4>");
    assert_string_equal(log_prefix(&journal, LOG_PRIORITY_INFO), "<6>");
    assert_string_equal(log_prefix(&plain, LOG_PRIORITY_ERR), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_in_quotes_is_one_word_on_one_line),
        cmocka_unit_test(the_journal_is_known_by_its_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

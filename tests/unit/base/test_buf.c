/* Growing buffers, lists of strings, and the memory behind them. */
#include "test.h"

#include "ringmgr/base/mem.h"

static void an_empty_buffer_is_an_empty_text(void **state)
{
    (void)state;
    AUTO_BUF buf = {0};
    assert_string_equal(buf_text(&buf), "");
    buf_reserve(&buf, 100);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.len, 0);
    assert_true(buf.cap > 100);
    buf_printf(&buf, "%s", "");
    buf_append(&buf, NULL, 0);
    assert_string_equal(buf_text(&buf), "");
}

static void appending_keeps_bytes_and_a_nul_behind(void **state)
{
    (void)state;
    AUTO_BUF buf = {0};
    for (int i = 0; i < 10000; i++) {
        uint8_t byte = (uint8_t)i;
        buf_append(&buf, &byte, 1);
        assert_int_equal(buf.data[buf.len], 0);
    }
    assert_int_equal(buf.len, 10000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf.data[i], (uint8_t)i);
    buf_clear(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len + buf.cap, 0);
    buf_puts(&buf, "again");
    assert_string_equal(buf_text(&buf), "again");
}

static void printf_appends_text_of_any_length(void **state)
{
    (void)state;
    AUTO_BUF buf = {0};
    buf_puts(&buf, "a");
    buf_printf(&buf, "%05d|%s", 42, "b");
    assert_string_equal(buf_text(&buf), "a00042|b");
    buf_printf(&buf, "%5000s", "c");
    assert_int_equal(buf.len, 5008);
    assert_int_equal(buf.data[5007], 'c');
    assert_int_equal(buf.data[5008], 0);
}

static void splits_at_commas_and_white_space(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *joined;
    } table[] = {
        {"", ""},          {" ,\t\r\n,, ", ""},    {"a", "a"}, {"a,b", "a|b"}, {" a , b\tc ", "a|b|c"},
        {",a,,b,", "a|b"}, {"a\nb\r\nc", "a|b|c"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRV list = {0};
        strv_split(&list, table[i].text);
        char *joined AUTO_FREE = strv_join(&list, "|");
        assert_string_equal(joined, table[i].joined);
    }
}

static void splits_names_at_commas_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *joined;
    } table[] = {
        {"", ""},
        {" , ,", ""},
        {" a b , c", "a b|c"},
        {"a,b", "a|b"},
        {"group:office approvers\n, user:x", "group:office approvers|user:x"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_STRV list = {0};
        strv_split_names(&list, table[i].text);
        char *joined AUTO_FREE = strv_join(&list, "|");
        assert_string_equal(joined, table[i].joined);
    }
}

static void lists_own_their_strings(void **state)
{
    (void)state;
    char text[] = "one";
    AUTO_STRV list = {0};
    AUTO_STRV copy = {0};
    strv_add(&list, text);
    text[0] = 'x';
    strv_addf(&list, "%s-%d", "two", 2);
    assert_string_equal(list.item[0], "one");
    assert_string_equal(list.item[1], "two-2");
    strv_add(&copy, "zero");
    strv_copy(&copy, &list);
    strv_clear(&list);
    assert_int_equal(list.len, 0);
    char *joined AUTO_FREE = strv_join(&copy, ", ");
    assert_string_equal(joined, "zero, one, two-2");
}

static void finds_whole_strings_only(void **state)
{
    (void)state;
    AUTO_STRV list = {0};
    assert_false(strv_has(&list, ""));
    strv_add(&list, "en-us");
    assert_true(strv_has(&list, "en-us"));
    assert_false(strv_has(&list, "en-u"));
    assert_false(strv_has(&list, "en-us "));
    assert_false(strv_has(&list, "EN-US"));
}

static void sorts_by_bytes(void **state)
{
    (void)state;
    AUTO_STRV list = {0};
    strv_sort(&list);
    strv_split(&list, "b \xc3\xa4 a B ab");
    strv_sort(&list);
    char *joined AUTO_FREE = strv_join(&list, " ");
    assert_string_equal(joined, "B a ab b \xc3\xa4");
}

static void growing_arrays_keep_their_elements(void **state)
{
    (void)state;
    uint32_t *numbers = NULL;
    for (size_t i = 0; i < 5000; i++) {
        numbers = mem_grow(numbers, i, sizeof *numbers);
        numbers[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
}

static void new_memory_is_zero_and_copies_are_copies(void **state)
{
    (void)state;
    static const char zeros[4096];
    char *memory AUTO_FREE = mem_new(4, 1024);
    char *nothing AUTO_FREE = mem_new(0, 0);
    char *head AUTO_FREE = mem_strndup("16.0.1.2", 4);
    char *printed AUTO_FREE = mem_printf("%s/%d", "a", 7);
    assert_memory_equal(memory, zeros, sizeof zeros);
    assert_non_null(nothing);
    assert_null(mem_strdup(NULL));
    assert_string_equal(head, "16.0");
    assert_string_equal(printed, "a/7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(appending_keeps_bytes_and_a_nul_behind),
        cmocka_unit_test(printf_appends_text_of_any_length),
        cmocka_unit_test(splits_at_commas_and_white_space),
        cmocka_unit_test(splits_names_at_commas_alone),
        cmocka_unit_test(lists_own_their_strings),
        cmocka_unit_test(finds_whole_strings_only),
        cmocka_unit_test(sorts_by_bytes),
        cmocka_unit_test(growing_arrays_keep_their_elements),
        cmocka_unit_test(new_memory_is_zero_and_copies_are_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

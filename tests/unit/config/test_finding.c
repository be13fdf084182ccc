/* The list of findings. */
#include "test.h"

#include "config/finding.h"

static void add(struct findings *findings, unsigned line, enum finding_severity severity, const char *code)
{
    findings_add(findings, line, severity, code, "%s of line %u", code, line);
}

static void a_finding_is_kept_as_it_is_given(void **state)
{
    AUTO(findings_clear)
    struct findings findings = {0};
    (void)state;
    add(&findings, 7, FINDING_WARNING, "odd");
    assert_int_equal(findings.len, 1);
    assert_int_equal(findings.item[0].line, 7);
    assert_int_equal(findings.item[0].severity, FINDING_WARNING);
    assert_string_equal(findings.item[0].code, "odd");
    assert_string_equal(findings.item[0].text, "odd of line 7");
}

static void findings_are_sorted_by_line_then_severity(void **state)
{
    static const char *const sorted[] = {"whole", "a", "b", "c", "d", "e", "last"};
    AUTO(findings_clear)
    struct findings findings = {0};
    (void)state;
    add(&findings, 9, FINDING_ERROR, "last");
    add(&findings, 2, FINDING_NOTE, "e");
    add(&findings, 2, FINDING_WARNING, "c");
    add(&findings, 1, FINDING_NOTE, "a");
    add(&findings, 2, FINDING_ERROR, "b");
    add(&findings, 2, FINDING_WARNING, "d"); /* behind "c", which came first */
    add(&findings, 0, FINDING_NOTE, "whole");
    findings_sort(&findings);
    assert_int_equal(findings.len, 7);
    for (size_t i = 0; i < findings.len; i++)
        assert_string_equal(findings.item[i].code, sorted[i]);
}

static void none_and_one_are_sorted(void **state)
{
    AUTO(findings_clear)
    struct findings findings = {0};
    (void)state;
    findings_sort(&findings);
    assert_int_equal(findings.len, 0);
    add(&findings, 1, FINDING_NOTE, "a");
    findings_sort(&findings);
    assert_string_equal(findings.item[0].code, "a");
}

static void only_errors_are_errors(void **state)
{
    AUTO(findings_clear)
    struct findings findings = {0};
    (void)state;
    assert_false(findings_have_errors(&findings));
    add(&findings, 1, FINDING_NOTE, "a");
    add(&findings, 1, FINDING_WARNING, "b");
    assert_false(findings_have_errors(&findings));
    add(&findings, 1, FINDING_ERROR, "c");
    add(&findings, 1, FINDING_NOTE, "d");
    assert_true(findings_have_errors(&findings));
}

static void a_cleared_list_can_be_used_again(void **state)
{
    AUTO(findings_clear)
    struct findings findings = {0};
    (void)state;
    add(&findings, 1, FINDING_ERROR, "a");
    findings_clear(&findings);
    assert_int_equal(findings.len, 0);
    assert_false(findings_have_errors(&findings));
    add(&findings, 2, FINDING_NOTE, "b");
    assert_string_equal(findings.item[0].code, "b");
}

static void severities_have_names(void **state)
{
    (void)state;
    assert_string_equal(finding_severity_name(FINDING_ERROR), "error");
    assert_string_equal(finding_severity_name(FINDING_WARNING), "warning");
    assert_string_equal(finding_severity_name(FINDING_NOTE), "note");
}

/* Else a file could write lines of its own into the output, or move a terminal's cursor. */
static void a_text_is_one_line_without_control_characters(void **state)
{
    static const struct {
        const char *text, *kept;
    } table[] = {
        {"a\nb\rc\td\x1b[2J\x7f", "a?b?c?d?[2J?"},
        {"\xc2\x80\xc2\x9b\xc2\x9f", "??????"},
        {"\xc2\xa0\xc3\xa4 …\xf0\x9f\x98\x80", "\xc2\xa0\xc3\xa4 …\xf0\x9f\x98\x80"},
        {"\xc3\xa4\xc2", "\xc3\xa4?"},
        {"a\xe2\x80\xae", "a???"},
        {"caf\xe9", "caf?"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO(findings_clear)
        struct findings findings = {0};
        findings_add(&findings, 1, FINDING_NOTE, "x", "%s", table[i].text);
        assert_string_equal(findings.item[0].text, table[i].kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_is_kept_as_it_is_given),
        cmocka_unit_test(findings_are_sorted_by_line_then_severity),
        cmocka_unit_test(none_and_one_are_sorted),
        cmocka_unit_test(only_errors_are_errors),
        cmocka_unit_test(a_cleared_list_can_be_used_again),
        cmocka_unit_test(severities_have_names),
        cmocka_unit_test(a_text_is_one_line_without_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

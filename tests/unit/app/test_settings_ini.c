#include "settings_outcome.h"

/* Each is appended to the good configuration, [ring pilot] being open, and is the only problem. */
static const struct {
    const char *more;
    unsigned line; /* counted from the first appended one, which is 1 */
    const char *code, *part;
} cases[] = {
    {"soack = 1\n", 1, "unknown-key", "[ring pilot] soack: unknown key; the nearest known one is soak"},
    {"chanel = Current\n", 1, "unknown-key", "nearest known one is channel"},
    {"[origin]\nstore = /x\n", 2, "unknown-key", "[origin] store"},
    {"[orign]\n", 1, "unknown-section", "nearest known one is [origin]"},
    {"[ringmgr x]\n", 1, "unknown-section", "[ringmgr x]"},
    {"path = /srv/other\n", 1, "duplicate-key", "path stands in line 9 already"},
    {"path = /srv/other\n  /more\n", 1, "duplicate-key", "path"},
    {"[content]\nlanguages = de-de\n", 1, "duplicate-section", "[content] stands in line 4 already"},
    {"[ring pilot]\nnonsense = 1\n", 1, "duplicate-section", "[ring pilot]"},
    {"first\n", 1, "not-a-pair", "neither key = value"},
    {"[origin\n", 1, "bad-section", "[name]"},
    {"[origin] url = x\n", 1, "bad-section", "[name]"},
    {"[or;igin]\n  url = x\n", 1, "bad-section", "[name]"},
    {"[origin]\n  url = http://x\n", 2, "indented-line", "a key begins at the start of its line"},
    {"link = hard\n  copy\n", 2, "not-a-list", "link takes one value"},
    {"link =\n  copy\n", 2, "not-a-list", "link takes one value"},
    {"link = hard\n  unc = \\\\a\\b\n", 2, "not-a-list", "link takes one value"},
    {"link = hard # why\n", 1, "hash-comment", ";"},
    {"link = # hard\n", 1, "hash-comment", ";"},
    {"unc = \\\\files\\a#b \t#c\n", 1, "hash-comment", ";"},
};

static void each_problem_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = read_more(cases[i].more);
        assert_only_problem(&outcome, BASE_LINES + cases[i].line, cases[i].code, cases[i].part);
    }
}

static void an_empty_value_is_not_set(void **state)
{
    struct outcome outcome = read_more("unc =\nlanguages =   ; none\nlink = \n[origin]\nproxy =\nurl =\n");
    (void)state;
    assert_good(&outcome);
    assert_int_equal(outcome.settings.ring[0].content.languages.len, 2);
    assert_string_equal(outcome.settings.origin.url, "http://officecdn.microsoft.com/pr");
    clear(&outcome);
}

static void a_list_continues_on_indented_lines(void **state)
{
    struct outcome outcome =
        read_more("languages = en-us, ; the shell's\n   fr-fr,de-de\n\n  ; and\n\tsv-se\n");
    (void)state;
    assert_good(&outcome);
    const struct strv *languages = &outcome.settings.ring[0].content.languages;
    assert_int_equal(languages->len, 4);
    assert_string_equal(languages->item[0], "en-us");
    assert_string_equal(languages->item[3], "sv-se");
    clear(&outcome);
}

static void a_list_may_begin_on_the_next_line(void **state)
{
    struct outcome outcome = read_more("languages =\n  sv-se\n");
    (void)state;
    assert_good(&outcome);
    assert_int_equal(outcome.settings.ring[0].content.languages.len, 1);
    clear(&outcome);
}

static void line_ends_of_windows_are_fine(void **state)
{
    static const char text[] = "[ringmgr]\r\nstore = /s\r\nstate = /t\r\n[ring a]\r\nsource = origin\r\n"
                               "channel = Current\r\npath = /a\r\nlanguages = en-us,\r\n\tfr-fr";
    struct outcome outcome = read_bytes(text, sizeof text - 1);
    (void)state;
    assert_good(&outcome);
    assert_string_equal(outcome.settings.store, "/s");
    assert_int_equal(outcome.settings.ring[0].content.languages.len, 2);
    clear(&outcome);
}

static void a_line_has_199_bytes_at_most(void **state)
{
    (void)state;
    for (size_t len = 197; len <= 202; len++) {
        char line[256];
        struct outcome outcome;
        memset(line, 'a', sizeof line);
        memcpy(line, "unc = \\\\files\\", 14);
        strcpy(line + len, "\nlink = copy\n");
        outcome = read_more(line);
        if (len > 199) {
            snprintf(line, sizeof line, "the line has %zu bytes, more than 199", len);
            assert_int_equal(outcome.settings.ring[0].link, PLACE_COPY);
            assert_only_problem(&outcome, BASE_LINES + 1, "line-too-long", line);
            continue;
        }
        assert_good(&outcome);
        assert_int_equal(strlen(outcome.settings.ring[0].unc), len - 6);
        assert_int_equal(outcome.settings.ring[0].link, PLACE_COPY);
        clear(&outcome);
    }
}

static void what_continues_a_refused_line_is_left_out(void **state)
{
    char line[300];
    (void)state;
    memset(line, 'a', sizeof line);
    memcpy(line, "languages = ", 12);
    strcpy(line + 250, "\n  xx-yy\n");
    struct outcome outcome = read_more(line);
    assert_only_problem(&outcome, BASE_LINES + 1, "line-too-long", "250");
}

static void a_section_name_has_49_bytes_at_most(void **state)
{
    (void)state;
    struct outcome outcome = read_more("[a234567890123456789012345678901234567890123456789]\n");
    assert_only_problem(&outcome, BASE_LINES + 1, "unknown-section", "a2345");
    outcome = read_more("[a2345678901234567890123456789012345678901234567890]\nx = y\n");
    assert_only_problem(&outcome, BASE_LINES + 1, "section-too-long", "50 bytes, more than 49");
}

static void hostile_bytes_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *what;
    } hostile[] = {
        {"link = ha\0rd\n", 13, "a NUL byte"},
        {"link = ha\x1brd\n", 13, "a control character"},
        {"link = ha\x7frd\n", 13, "a control character"},
        {"link = ha\rrd\n", 13, "a control character"},
        {"link = h\vard\n", 13, "a control character"},
        {"link = \xE5\n", 9, "not UTF-8"},
        {"link = \xC0\xAF\n", 10, "not UTF-8"},
        {"link = \xED\xA0\x80\n", 11, "not UTF-8"},
        {"link = \xF4\x90\x80\x80\n", 12, "not UTF-8"},
        {"link = \xE2\x82\n", 10, "not UTF-8"},
        {"; comment \xFF\n", 12, "not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        AUTO_BUF text = {0};
        buf_puts(&text, base);
        buf_append(&text, hostile[i].bytes, hostile[i].len);
        struct outcome outcome = read_bytes(buf_text(&text), text.len);
        assert_only_problem(&outcome, BASE_LINES + 1, "bad-bytes", hostile[i].what);
    }
}

static void characters_beyond_ascii_are_fine(void **state)
{
    struct outcome outcome = read_more("; åäö € 😀\nunc = \\\\files\\büro#1\n");
    (void)state;
    assert_good(&outcome);
    assert_string_equal(outcome.settings.ring[0].unc, "\\\\files\\büro#1");
    clear(&outcome);
}

static void a_byte_order_mark_is_refused(void **state)
{
    AUTO_BUF text = {0};
    (void)state;
    buf_printf(&text, "\xEF\xBB\xBF%s", base);
    struct outcome outcome = read_bytes(buf_text(&text), text.len);
    assert_only_problem(&outcome, 1, "bad-bytes", "byte order mark");
}

static void a_key_before_any_section_is_refused(void **state)
{
    AUTO_BUF text = {0};
    (void)state;
    buf_printf(&text, "; head\nstore = /x\n  /y\n%s", base);
    struct outcome outcome = read_bytes(buf_text(&text), text.len);
    assert_only_problem(&outcome, 2, "no-section", "before the first [section]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_has_its_line),
        cmocka_unit_test(an_empty_value_is_not_set),
        cmocka_unit_test(a_list_continues_on_indented_lines),
        cmocka_unit_test(a_list_may_begin_on_the_next_line),
        cmocka_unit_test(line_ends_of_windows_are_fine),
        cmocka_unit_test(a_line_has_199_bytes_at_most),
        cmocka_unit_test(what_continues_a_refused_line_is_left_out),
        cmocka_unit_test(a_section_name_has_49_bytes_at_most),
        cmocka_unit_test(hostile_bytes_are_refused),
        cmocka_unit_test(characters_beyond_ascii_are_fine),
        cmocka_unit_test(a_byte_order_mark_is_refused),
        cmocka_unit_test(a_key_before_any_section_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

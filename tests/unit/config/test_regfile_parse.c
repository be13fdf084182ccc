#include "test.h"

#include "config/regfile.h"
#include "config/regfile_parse.h"
#include "config/utf16.h"
#include "ringmgr/base/limits.h"

#define AUTO_REGISTRY                                                                                        \
    AUTO(registry_clear)                                                                                     \
    struct registry
#define AUTO_FINDINGS                                                                                        \
    AUTO(findings_clear)                                                                                     \
    struct findings

#define HEAD "Windows Registry Editor Version 5.00\r\n\r\n"
#define KEY  "[HKEY_LOCAL_MACHINE\\software\\test]\r\n" /* is line 3 behind HEAD */

static void parse(const char *text, struct registry *registry, struct findings *findings)
{
    regfile_parse(text, strlen(text), registry, findings);
}

static void assert_set(const struct registry_entry *entry, unsigned line, const char *name, uint32_t type,
                       const char *text, uint64_t number)
{
    assert_int_equal(entry->line, line);
    assert_int_equal(entry->action, REGISTRY_SET);
    assert_string_equal(entry->hive, "HKEY_LOCAL_MACHINE");
    assert_string_equal(entry->key, "software\\test");
    assert_string_equal(entry->name, name);
    assert_int_equal(entry->type, type);
    assert_string_equal(entry->text, text);
    assert_int_equal(entry->number, number);
}

/* What one value line below KEY sets; nothing is found to be wrong with it. */
static void assert_value(const char *line, const char *name, uint32_t type, const char *text, uint64_t number)
{
    AUTO_BUF file = {0};
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    buf_printf(&file, HEAD KEY "%s\r\n\r\n", line);
    parse(buf_text(&file), &registry, &findings);
    if (findings.len)
        fail_msg("%s: %s", line, findings.item[0].text);
    assert_int_equal(registry.len, 1);
    assert_set(&registry.item[0], 4, name, type, text, number);
}

static void lines_that_regedit_reads(void **state)
{
    static const struct {
        const char *line, *name;
        uint32_t type;
        const char *text;
        uint64_t number;
    } cases[] = {
        {"\"n\"=\"text\"", "n", REGISTRY_SZ, "text", 0},
        {"\"n\"=\"\"", "n", REGISTRY_SZ, "", 0},
        {"@=\"text\"", "", REGISTRY_SZ, "text", 0},
        {"\"\"=\"text\"", "", REGISTRY_SZ, "text", 0},
        {"\"a \\\"b\\\" \\\\ c\"=\"\\\\\\\\files\\\\say \\\"x\\\"\"", "a \"b\" \\ c", REGISTRY_SZ,
         "\\\\files\\say \"x\"", 0},
        {"\"n\"=\"a;b#c]\"", "n", REGISTRY_SZ, "a;b#c]", 0},
        {"\"n\"=\"text\"  ;comment", "n", REGISTRY_SZ, "text", 0},
        {"  \"n\" \t= \"text\"\t", "n", REGISTRY_SZ, "text", 0},
        {"\"n\"=dword:0000000a", "n", REGISTRY_DWORD, "", 10},
        {"\"n\"=dword:DEADbeef", "n", REGISTRY_DWORD, "", 0xdeadbeef},
        {"\"n\"=dword:1", "n", REGISTRY_DWORD, "", 1},
        {"\"n\"=dword: 1234 ;5678", "n", REGISTRY_DWORD, "", 0x1234},
        {"\"n\"=hex:", "n", REGISTRY_BINARY, "", 0},
        {"\"n\"=hex:01,2,ff", "n", REGISTRY_BINARY, "", 0},
        {"\"n\"=hex:01,02,", "n", REGISTRY_BINARY, "", 0},
        {"\"n\"=hex:01,02 ;comment", "n", REGISTRY_BINARY, "", 0},
        {"\"n\"=hex(2):25,00,41,00,25,00,00,00", "n", REGISTRY_EXPAND_SZ, "%A%", 0},
        {"\"n\"=hex(2):25,00,41,00", "n", REGISTRY_EXPAND_SZ, "%A", 0},
        {"\"n\"=hex(2):ac,20,00,00,41,00", "n", REGISTRY_EXPAND_SZ, "\u20ac", 0},
        {"\"n\"=hex(1):41,00,0d,00,0a,00,00,00", "n", REGISTRY_SZ, "A\r\n", 0},
        {"\"n\"=hex(2):\\\r\n  41,00,\\;comment\r\n\r\n ;comment\r\n\t42,00", "n", REGISTRY_EXPAND_SZ, "AB",
         0},
        {"\"n\"=hex(4):0a,00,00,80", "n", REGISTRY_DWORD, "", 0x8000000a},
        {"\"n\"=hex(b):01,00,00,00,02,00,00,00", "n", REGISTRY_QWORD, "", 0x200000001},
        {"\"n\"=hex(7):41,00,00,00,00,00", "n", REGISTRY_MULTI_SZ, "", 0},
        {"\"n\"=hex(0):", "n", REGISTRY_NONE, "", 0},
        {"\"n\"=hex(ffffffff):00", "n", 0xffffffff, "", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_value(cases[i].line, cases[i].name, cases[i].type, cases[i].text, cases[i].number);
}

/* What is said of the lines behind `head`, and how many entries are read from them all the same. */
static void assert_said(const char *head, const char *lines, unsigned line, enum finding_severity severity,
                        const char *code, const char *part, size_t entries)
{
    AUTO_BUF file = {0};
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    buf_printf(&file, "%s%s\r\n\r\n", head, lines);
    parse(buf_text(&file), &registry, &findings);
    if (findings.len != 1)
        fail_msg("%s: %zu findings", lines, findings.len);
    if (!strstr(findings.item[0].text, part))
        fail_msg("%s: wanted …%s…: %s", lines, part, findings.item[0].text);
    assert_int_equal(findings.item[0].line, line);
    assert_int_equal(findings.item[0].severity, severity);
    assert_string_equal(findings.item[0].code, code);
    assert_int_equal(registry.len, entries);
}

static void lines_that_regedit_leaves_out(void **state)
{
    static const struct {
        const char *lines;
        unsigned line;
        const char *part;
        size_t entries;
    } cases[] = {
        {"\"n\"=text", 4, "quotation marks", 0},
        {"\"n\"=text\"", 4, "quotation marks", 0},
        {"\"n\"=\"text", 4, "closing quotation mark", 0},
        {"\"n=\"text\"", 4, "no \"=\"", 0},
        {"\"n=text", 4, "closing quotation mark", 0},
        {"n=\"text\"", 4, "neither", 0},
        {"n\"=\"text\"", 4, "neither", 0},
        {"\"n\"\"text\"", 4, "no \"=\"", 0},
        {"\"n\"=\"a\"b\"", 4, "behind the closing", 0},
        {"\"n\"=\"a\"#comment", 4, "behind the closing", 0},
        {"\"n\"=\"a\\0b\"", 4, "\\0", 0},
        {"\"n\"=\"path\\", 4, "closing", 0},
        {"\"n\"=\"path\\\"", 4, "closing quotation mark", 0},
        {"\"n\"=", 4, "behind \"=\"", 0},
        {"\"n\"=;\"text\"", 4, "behind \"=\"", 0},
        {"\"n\"=DWORD=1", 4, "behind \"=\"", 0},
        {"\"n\"=dword:", 4, "one to eight", 0},
        {"\"n\"=dword:000000001", 4, "one to eight", 0},
        {"\"n\"=dword:0x1", 4, "one to eight", 0},
        {"\"n\"=dword:12 34", 4, "one to eight", 0},
        {"\"n\"=dword:1#comment", 4, "one to eight", 0},
        {"\"n\"=dword:-1", 4, "one to eight", 0},
        {"\"n\"=hex:100", 4, "hex data", 0},
        {"\"n\"=hex:1,,2", 4, "hex data", 0},
        {"\"n\"=hex:,1", 4, "hex data", 0},
        {"\"n\"=hex:1 2", 4, "hex data", 0},
        {"\"n\"=hex:1\\", 4, "before a backslash", 0},
        {"\"n\"=hex:1,\\2", 4, "hex data", 0},
        {"\"n\"=hex:1,\\\r\n\"m\"=\"lost\"\r\n\"o\"=\"read\"", 5, "leaves out both", 1},
        {"\"n\"=hex:1,\\\r\n  2,,3\r\n\"o\"=\"read\"", 5, "hex data", 1},
        {"\"n\"=hex(2:00", 4, "hex(TYPE)", 0},
        {"\"n\"=hex(0x2):00", 4, "hex(TYPE)", 0},
        {"\"n\"=hex(100000000):00", 4, "hex(TYPE)", 0},
        {"\"n\"=hex(2):41", 4, "UTF-16LE", 0},
        {"\"n\"=hex(2):00,d8", 4, "UTF-16LE", 0},
        {"\"n\"=hex(4):41", 4, "four bytes", 0},
        {"\"n\"=hex(b):41", 4, "eight bytes", 0},
        {"\"n\"=-1", 4, "\"=-\"", 0},
        {"n", 4, "neither", 0},
        {"\"a\"=hex:1,2\r\n  3,4", 5, "neither", 1},
        {"[-HKEY_LOCAL_MACHINE\\software\\test]\r\n\"n\"=\"x\"", 5, "deletes", 1},
        {"[HKLM\\software\\test]\r\n\"n\"=\"x\"", 4, "write HKEY_LOCAL_MACHINE", 0},
        {"[hkcu\\software\\test]\r\n\"n\"=\"x\"", 4, "write HKEY_CURRENT_USER", 0},
        {"[software\\test]\r\n\"n\"=\"x\"", 4, "no hive", 0},
        {"[HKEY_LOCAL_MACHINES\\test]\r\n\"n\"=\"x\"", 4, "no hive", 0},
        {"[]\r\n\"n\"=\"x\"", 4, "no hive", 0},
        {"[HKEY_LOCAL_MACHINE\\\\software]\r\n\"n\"=\"x\"", 4, "two backslashes", 0},
        {"[HKEY_LOCAL_MACHINE\\software\\\\test]\r\n\"n\"=\"x\"", 4, "two backslashes", 0},
        {"[HKEY_LOCAL_MACHINE\\software\r\n\"n\"=\"x\"", 4, "closing bracket", 0},
        {"[ HKEY_LOCAL_MACHINE\\software]\r\n\"n\"=\"x\"", 4, "blank", 0},
        {"[\tHKEY_LOCAL_MACHINE\\software]\r\n\"n\"=\"x\"", 4, "blank", 0},
        {"[-HKEY_LOCAL_MACHINE]\r\n\"n\"=\"x\"", 4, "whole hive", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_said(HEAD KEY, cases[i].lines, cases[i].line, FINDING_ERROR, "bad-reg-line", cases[i].part,
                    cases[i].entries);
}

static void values_before_any_key_are_left_out(void **state)
{
    (void)state;
    assert_said(HEAD, "\"n\"=\"x\"", 3, FINDING_ERROR, "bad-reg-line", "before any", 0);
}

/* Each value of a key names it: 20,000 times 200 KB were too much. */
static void a_key_longer_than_any_is_refused(void **state)
{
    char line[LIMIT_REGISTRY_KEY_BYTES + 64];
    (void)state;
    memset(line, 'a', sizeof line);
    memcpy(line, "[HKEY_LOCAL_MACHINE\\", strlen("[HKEY_LOCAL_MACHINE\\"));
    memcpy(line + sizeof line - 2, "]", 2);
    assert_said(HEAD, line, 3, FINDING_ERROR, "bad-reg-line", "longer than any key", 0);
}

static void single_backslashes_are_errors_but_read_as_regedit_does(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse(HEAD KEY "\"n\"=\"\\\\files\\ring\\new\\share\"\r\n\r\n", &registry, &findings);
    assert_int_equal(findings.len, 1);
    assert_string_equal(findings.item[0].code, "bad-reg-escape");
    assert_int_equal(findings.item[0].severity, FINDING_ERROR);
    assert_int_equal(findings.item[0].line, 4);
    assert_int_equal(registry.len, 1);
    assert_set(&registry.item[0], 4, "n", REGISTRY_SZ, "\\files\ring\newshare", 0);
}

static void a_comment_with_the_wrong_sign_is_a_warning(void **state)
{
    (void)state;
    assert_said(HEAD KEY, "#comment\r\n;comment\r\n  ; comment", 4, FINDING_WARNING, "bad-reg-line", "\";\"",
                0);
}

static void types_in_capitals_are_a_warning(void **state)
{
    (void)state;
    assert_said(HEAD KEY, "\"n\"=DWORD:1", 4, FINDING_WARNING, "bad-reg-line", "small letters", 1);
    assert_said(HEAD KEY, "\"n\"=Hex:01", 4, FINDING_WARNING, "bad-reg-line", "small letters", 1);
    assert_said(HEAD KEY, "\"n\"=HEX(2):41,00", 4, FINDING_WARNING, "bad-reg-line", "small letters", 1);
}

static void keys_and_removals(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse("Windows Registry Editor Version 5.00\n[-hkey_local_machine\\Software\\Old]\n"
          "\n[HKEY_CURRENT_USER\\a]b\\]\n\"n\"=- ;gone\n@=-\n[HKEY_USERS]\n\"n\"=dword:1\n\n",
          &registry, &findings);
    assert_int_equal(findings.len, 0);
    assert_int_equal(registry.len, 4);
    assert_int_equal(registry.item[0].action, REGISTRY_REMOVE_KEY);
    assert_int_equal(registry.item[0].line, 2);
    assert_string_equal(registry.item[0].hive, "HKEY_LOCAL_MACHINE");
    assert_string_equal(registry.item[0].key, "Software\\Old");
    assert_string_equal(registry.item[0].name, "");
    assert_int_equal(registry.item[1].action, REGISTRY_REMOVE_VALUE);
    assert_int_equal(registry.item[1].line, 5);
    assert_string_equal(registry.item[1].hive, "HKEY_CURRENT_USER");
    assert_string_equal(registry.item[1].key, "a]b");
    assert_string_equal(registry.item[1].name, "n");
    assert_string_equal(registry.item[2].name, "");
    assert_string_equal(registry.item[3].hive, "HKEY_USERS");
    assert_string_equal(registry.item[3].key, "");
}

static void line_ends_of_every_kind(void **state)
{
    static const char *const ends[] = {"\r\n", "\n", "\r"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        AUTO_BUF file = {0};
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        const char *end = ends[i];
        buf_printf(&file,
                   "REGEDIT4%s%s[HKEY_LOCAL_MACHINE\\software\\test]%s;x%s\"n\"=dword:1%s\"m\"=dword:2%s%s",
                   end, end, end, end, end, end, end);
        parse(buf_text(&file), &registry, &findings);
        assert_int_equal(findings.len, 0);
        assert_int_equal(registry.len, 2);
        assert_int_equal(registry.item[1].line, 6);
    }
}

static void hex_texts_of_version_4_are_in_a_code_page(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse("REGEDIT4\n" KEY "\"n\"=hex(2):80,41,42,00,43\n\"n\"=hex(2):80,41,42\n\n", &registry, &findings);
    assert_int_equal(findings.len, 0);
    assert_set(&registry.item[1], 4, "n", REGISTRY_EXPAND_SZ, "\u20acAB", 0);
    assert_set(&registry.item[0], 3, "n", REGISTRY_EXPAND_SZ, "\u20acAB", 0);
}

static void other_first_lines_are_refused(void **state)
{
    static const char *const heads[] = {
        "",
        "\r\n" HEAD,
        ";comment\r\n" HEAD,
        "regedit4\r\n",
        "REGEDIT\r\n",
        "REGEDIT 4\r\n",
        "REGEDIT5\r\n",
        "Windows Registry Editor Version 4.00\r\n",
        "Windows Registry Editor Version 5\r\n",
        "Windows Registry Editor Version 5.00 \r\n",
        "WINDOWS REGISTRY EDITOR VERSION 5.00\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        assert_said(heads[i], KEY "\"n\"=dword:1", 1, FINDING_ERROR, "bad-reg-header", "first line", 1);
}

static void blanks_before_the_header_do_no_harm(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse(" \tREGEDIT4\n", &registry, &findings);
    assert_int_equal(findings.len, 0);
}

static void an_empty_file_is_an_error(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    regfile_parse("", 0, &registry, &findings);
    regfile_parse("\xff\xfe", 2, &registry, &findings);
    assert_int_equal(findings.len, 2);
    assert_true(findings_have_errors(&findings));
    assert_string_equal(findings.item[1].code, "bad-reg-header");
}

/* `mark`, and the text as UTF-16, in little or big endian. */
static void wide(const char *mark, const char *text, bool big, struct buf *out)
{
    size_t start;
    buf_puts(out, mark);
    start = out->len;
    utf16_put_ascii(out, text);
    for (size_t i = start; big && i < out->len; i += 2) {
        out->data[i + 1] = out->data[i];
        out->data[i] = 0;
    }
}

static void encodings(void **state)
{
    static const struct {
        const char *mark, *head;
        bool wide, big;
        size_t entries, findings;
        const char *part;
    } cases[] = {
        {"\xff\xfe", HEAD, true, false, 1, 0, ""},
        {"", HEAD, false, false, 1, 0, ""},
        {"\xff\xfe", "REGEDIT4\n", true, false, 1, 1, "code page"},
        {"\xfe\xff", HEAD, true, true, 0, 1, "UTF-16BE"},
        {"", HEAD, true, false, 0, 1, "without BOM"},
        {"\xef\xbb\xbf", HEAD, false, false, 1, 1, "not every regedit"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF text = {0};
        AUTO_BUF file = {0};
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        buf_printf(&text, "%s" KEY "\"n\"=dword:1\n\n", cases[i].head);
        if (cases[i].wide)
            wide(cases[i].mark, buf_text(&text), cases[i].big, &file);
        else
            buf_printf(&file, "%s%s", cases[i].mark, buf_text(&text));
        regfile_parse(file.data, file.len, &registry, &findings);
        assert_int_equal(registry.len, cases[i].entries);
        assert_int_equal(findings.len, cases[i].findings);
        if (findings.len && !strstr(findings.item[0].text, cases[i].part))
            fail_msg("case %zu: %s", i, findings.item[0].text);
    }
}

static void half_a_character_is_an_error(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    regfile_parse("\xff\xfeR\0E", 5, &registry, &findings);
    assert_int_equal(findings.len, 1);
    assert_string_equal(findings.item[0].code, "bad-reg-encoding");
    assert_int_equal(findings.item[0].severity, FINDING_ERROR);
}

static void eight_bits_are_read_with_a_warning(void **state)
{
    static const char *const texts[] = {"b\xc3\xbcro", "b\xfcro"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        AUTO_BUF file = {0};
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        buf_printf(&file, HEAD KEY "\"n\"=\"%s\"\n\n", texts[i]);
        parse(buf_text(&file), &registry, &findings);
        assert_int_equal(findings.len, 1);
        assert_string_equal(findings.item[0].code, "bad-reg-encoding");
        assert_int_equal(findings.item[0].severity, FINDING_WARNING);
        assert_int_equal(registry.len, 1);
        assert_set(&registry.item[0], 4, "n", REGISTRY_SZ, "b\u00fcro", 0);
    }
}

static void a_nul_in_a_line_is_an_error(void **state)
{
    static const char file[] = HEAD KEY "\"n\"=\"a\0b\"\n\"m\"=dword:1\n\n";
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    regfile_parse(file, sizeof file - 1, &registry, &findings);
    assert_int_equal(findings.len, 1);
    assert_int_equal(findings.item[0].line, 4);
    assert_non_null(strstr(findings.item[0].text, "NUL"));
    assert_int_equal(registry.len, 1);
}

static void a_file_should_end_with_a_blank_line(void **state)
{
    static const struct {
        const char *end;
        bool noted;
    } cases[] = {{"", true},           {"\r\n", true},      {"\n", true},
                 {"\r", true},         {"\r\n\r\n", false}, {"\n\n", false},
                 {"\r\n \r\n", false}, {"\n;\n", false},    {"\n\n;\n\n", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUF file = {0};
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        buf_printf(&file, HEAD KEY "\"n\"=dword:1%s", cases[i].end);
        parse(buf_text(&file), &registry, &findings);
        assert_int_equal(registry.len, 1);
        assert_int_equal(findings.len, cases[i].noted);
        if (findings.len) {
            assert_int_equal(findings.item[0].severity, FINDING_NOTE);
            assert_string_equal(findings.item[0].code, "no-final-newline");
            assert_int_equal(findings.item[0].line, 4);
        }
    }
}

static void hex_data_may_end_with_the_file(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse(HEAD KEY "\"n\"=hex(2):41,00,\\", &registry, &findings);
    assert_int_equal(findings.len, 1); /* the note about the end */
    assert_int_equal(registry.len, 1);
    assert_string_equal(registry.item[0].text, "A");
}

static void reading_ends_where_everything_is_wrong(void **state)
{
    AUTO_BUF file = {0};
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    for (size_t i = 0; i < 10000; i++)
        buf_puts(&file, "nonsense\n");
    findings_add(&findings, 0, FINDING_NOTE, "other", "of another file");
    parse(buf_text(&file), &registry, &findings);
    assert_int_equal(findings.len, LIMIT_REGISTRY_FINDINGS + 2);
    assert_non_null(strstr(findings.item[findings.len - 1].text, "the rest is not read"));
}

static void too_many_values_are_an_error(void **state)
{
    AUTO_BUF file = {0};
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    buf_puts(&file, HEAD KEY);
    for (size_t i = 0; i < LIMIT_REGISTRY_ENTRIES + 5; i++)
        buf_puts(&file, "\"n\"=dword:1\n");
    buf_puts(&file, "\n");
    parse(buf_text(&file), &registry, &findings);
    assert_int_equal(registry.len, LIMIT_REGISTRY_ENTRIES);
    assert_int_equal(findings.len, 1);
    assert_int_equal(findings.item[0].line, LIMIT_REGISTRY_ENTRIES + 4);
}

static void what_is_written_is_read(void **state)
{
    struct err err = {0};
    AUTO_BUF bytes = {0};
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden/reg", &err);
    (void)state;
    assert_ok(fs_read_file(dir, "set.reg", 1 << 20, &bytes, &err));
    regfile_parse(bytes.data, bytes.len, &registry, &findings);
    assert_int_equal(findings.len, 0);
    assert_int_equal(registry.len, 4);
    assert_string_equal(registry.item[0].text, "\\\\files\\b\u00fcro \"\u20ac\" \U0001f600; [x] = %TEMP% ");
    assert_string_equal(registry.item[1].name, "a \"b\" \\ c");
    assert_int_equal(registry.item[2].number, 0xdeadbeef);
    assert_string_equal(registry.item[3].key, "software\\test\\two");
}

static void what_a_reg_file_is(void **state)
{
    static const char *const good[] = {HEAD,
                                       "REGEDIT4\n",
                                       "\r\n" HEAD,
                                       "; mine\n" HEAD,
                                       "regedit",
                                       "windows registry editor",
                                       "[HKEY_LOCAL_MACHINE\\x]",
                                       "[hkey_",
                                       "\xef\xbb\xbf" HEAD};
    static const char *const bad[] = {"",  "<Configuration/>", "PReg\1", "[General]\n", "\xef\xbb\xbf<a/>",
                                      "  "};
    AUTO_BUF file = {0};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!regfile_is(good[i], strlen(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (regfile_is(bad[i], strlen(bad[i])))
            fail_msg("%s", bad[i]);
    wide("\xff\xfe", HEAD, false, &file);
    assert_true(regfile_is(file.data, file.len));
    assert_true(regfile_is(file.data + 2, file.len - 2));
    buf_clear(&file);
    wide("\xfe\xff", HEAD, true, &file);
    assert_true(regfile_is(file.data, file.len));
    buf_clear(&file);
    wide("\xff\xfe", "<a/>", false, &file);
    assert_false(regfile_is(file.data, file.len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_regedit_reads),
        cmocka_unit_test(lines_that_regedit_leaves_out),
        cmocka_unit_test(values_before_any_key_are_left_out),
        cmocka_unit_test(a_key_longer_than_any_is_refused),
        cmocka_unit_test(single_backslashes_are_errors_but_read_as_regedit_does),
        cmocka_unit_test(a_comment_with_the_wrong_sign_is_a_warning),
        cmocka_unit_test(types_in_capitals_are_a_warning),
        cmocka_unit_test(keys_and_removals),
        cmocka_unit_test(line_ends_of_every_kind),
        cmocka_unit_test(hex_texts_of_version_4_are_in_a_code_page),
        cmocka_unit_test(other_first_lines_are_refused),
        cmocka_unit_test(blanks_before_the_header_do_no_harm),
        cmocka_unit_test(an_empty_file_is_an_error),
        cmocka_unit_test(encodings),
        cmocka_unit_test(half_a_character_is_an_error),
        cmocka_unit_test(eight_bits_are_read_with_a_warning),
        cmocka_unit_test(a_nul_in_a_line_is_an_error),
        cmocka_unit_test(a_file_should_end_with_a_blank_line),
        cmocka_unit_test(hex_data_may_end_with_the_file),
        cmocka_unit_test(reading_ends_where_everything_is_wrong),
        cmocka_unit_test(too_many_values_are_an_error),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_a_reg_file_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

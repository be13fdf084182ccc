#include "test.h"

#include "config/regpol.h"
#include "ringmgr/base/limits.h"

#define AUTO_REGISTRY                                                                                        \
    AUTO(registry_clear)                                                                                     \
    struct registry
#define AUTO_FINDINGS                                                                                        \
    AUTO(findings_clear)                                                                                     \
    struct findings

/* Settings of this test alone, for texts and keys that Office does not have. */
static const struct policy_setting text = {"L_Text", NULL, "Text", "software\\test\\one", "text", POLICY_SZ};
static const struct policy_setting odd = {"L_Odd",        NULL,     "Odd", "software\\test\\one",
                                          "a \"b\" \\ c", POLICY_SZ};
static const struct policy_setting number = {"L_Number", NULL,        "Number", "software\\test\\two",
                                             "n",        POLICY_DWORD};
static const struct policy_setting other = {"L_Other", NULL,        "Other", "software\\test\\two",
                                            "o",       POLICY_DWORD};

static void read_golden(const char *name, struct buf *bytes)
{
    struct err err = {0};
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden/pol", &err);
    assert_true(dir >= 0);
    assert_ok(fs_read_file(dir, name, 1 << 20, bytes, &err));
}

/* tests/golden/pol/`name`, which tests/cli/regpol.bats gives to Samba, byte for byte. */
static void assert_golden(const struct policy *policy, const char *name)
{
    struct err err = {0};
    AUTO_BUF written = {0};
    AUTO_BUF golden = {0};
    read_golden(name, &golden);
    assert_ok(regpol_write(policy, &written, &err));
    assert_int_equal(written.len, golden.len);
    assert_memory_equal(written.data, golden.data, golden.len);
}

static void the_golden_files(void **state)
{
    AUTO_POLICY policy = {0};
    (void)state;
    assert_golden(&policy, "empty.pol");
    policy_set_text(&policy, &text, "\\\\files\\b\u00fcro \"\u20ac\" \U0001f600; [x] = %TEMP% ");
    policy_set_text(&policy, &odd, "");
    policy_set_number(&policy, &number, 0xdeadbeef);
    policy_set_number(&policy, &other, 10);
    assert_golden(&policy, "set.pol");
    policy_clear(&policy);
    policy_remove(&policy, &odd);
    policy_remove(&policy, &other);
    assert_golden(&policy, "remove.pol");
}

static void a_ring(void **state)
{
    AUTO_POLICY policy = {0};
    struct err err = {0};
    const struct gpo_ring ring = {.share = "\\\\files\\office-pilot",
                                  .hide_switch = true,
                                  .notifications = true,
                                  .deadline_days = 7,
                                  .clear_target = true};
    (void)state;
    assert_ok(gpo_ring(&ring, &policy, &err));
    assert_golden(&policy, "ring.pol");
}

static void what_cannot_be_written_is_refused(void **state)
{
    char long_text[LIMIT_POL_DATA_BYTES / 2 + 1], long_name[LIMIT_POL_NAME_UNITS + 1];
    memset(long_text, 'x', sizeof long_text);
    memset(long_name, 'x', sizeof long_name);
    long_text[LIMIT_POL_DATA_BYTES / 2] = 0;
    long_name[LIMIT_POL_NAME_UNITS] = 0;
    const struct policy_setting bad_key = {"", NULL, "", "soft\nware", "a", POLICY_SZ};
    const struct policy_setting bad_name = {"", NULL, "", "software", "a\nb", POLICY_SZ};
    const struct policy_setting name = {"", NULL, "", "software", long_name, POLICY_SZ};
    const struct {
        const struct policy_setting *setting;
        const char *text, *part; /* text NULL: removed */
    } cases[] = {
        {&text, "a\nb", "text has a control character (U+000A)"},
        {&text, "b\xfcro", "text is not valid UTF-8"},
        {&text, long_text, "text: a text in a Registry.pol may have 32766 characters"},
        {&text, long_text + 1, NULL},
        {&bad_key, "a", "a registry key has a control character"},
        {&bad_name, "a", "the name of a registry value has a control character"},
        {&name, "a", NULL},
        {&name, NULL, "may have 259 characters"}, /* **del. counts */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        AUTO_POLICY policy = {0};
        AUTO_BUF written = {0};
        buf_puts(&written, "before");
        policy_set_text(&policy, &text, "good");
        if (cases[i].text)
            policy_set_text(&policy, cases[i].setting, cases[i].text);
        else
            policy_remove(&policy, cases[i].setting);
        if (!cases[i].part) {
            assert_ok(regpol_write(&policy, &written, &err));
            continue;
        }
        assert_fails(regpol_write(&policy, &written, &err), ERR_USAGE);
        if (!strstr(err.msg, cases[i].part))
            fail_msg("case %zu, wanted …%s…: %s", i, cases[i].part, err.msg);
        assert_string_equal(buf_text(&written), "before");
    }
}

/* ---- reading ---- */

static void assert_entry(const struct registry_entry *entry, unsigned line, enum registry_action action,
                         const char *key, const char *name)
{
    assert_int_equal(entry->line, line);
    assert_int_equal(entry->action, action);
    assert_string_equal(entry->hive, "");
    assert_string_equal(entry->key, key);
    assert_string_equal(entry->name, name);
}

static void assert_value(const struct registry_entry *entry, uint32_t type, const char *value,
                         uint64_t digits)
{
    assert_int_equal(entry->type, type);
    assert_string_equal(entry->text, value);
    assert_int_equal(entry->number, digits);
}

static void what_is_written_is_read(void **state)
{
    AUTO_BUF bytes = {0};
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    read_golden("set.pol", &bytes);
    regpol_parse(bytes.data, bytes.len, &registry, &findings);
    buf_clear(&bytes);
    read_golden("remove.pol", &bytes);
    regpol_parse(bytes.data, bytes.len, &registry, &findings);
    assert_int_equal(findings.len, 0);
    assert_int_equal(registry.len, 6);
    assert_entry(&registry.item[0], 1, REGISTRY_SET, "software\\test\\one", "text");
    assert_value(&registry.item[0], REGISTRY_SZ, "\\\\files\\b\u00fcro \"\u20ac\" \U0001f600; [x] = %TEMP% ",
                 0);
    assert_entry(&registry.item[1], 2, REGISTRY_SET, "software\\test\\one", "a \"b\" \\ c");
    assert_value(&registry.item[1], REGISTRY_SZ, "", 0);
    assert_entry(&registry.item[2], 3, REGISTRY_SET, "software\\test\\two", "n");
    assert_value(&registry.item[2], REGISTRY_DWORD, "", 0xdeadbeef);
    assert_entry(&registry.item[4], 1, REGISTRY_REMOVE_VALUE, "software\\test\\one", "a \"b\" \\ c");
    assert_value(&registry.item[4], 0, "", 0);
    assert_entry(&registry.item[5], 2, REGISTRY_REMOVE_VALUE, "software\\test\\two", "o");
}

/* Files below are written with one byte for each unit of text, "." for NUL and "#" for a u32 of one digit. */
static void put_body(struct buf *out, const char *body)
{
    for (; *body; body++) {
        uint8_t unit[4] = {(uint8_t)(*body == '.' ? 0 : *body)};
        if (*body == '#') {
            unit[0] = (uint8_t)strtoul((char[]){*++body, 0}, NULL, 16);
            buf_append(out, unit, 4);
        } else {
            buf_append(out, unit, 2);
        }
    }
}

static void parse(const char *body, struct registry *registry, struct findings *findings)
{
    AUTO_BUF file = {0};
    buf_append(&file, "PReg\1\0\0", 8);
    put_body(&file, body);
    regpol_parse(file.data, file.len, registry, findings);
}

/* A name with dots cannot be in put_body()'s files. */
static void parse_named(const char *name, const char *data, uint32_t type, struct registry *registry,
                        struct findings *findings)
{
    AUTO_BUF file = {0};
    uint8_t head[] = {(uint8_t)type, 0, 0, 0, ';', 0, (uint8_t)(strlen(data) * 2 + 2), 0, 0, 0, ';', 0};
    buf_append(&file, "PReg\1\0\0", 8);
    put_body(&file, "[s.;");
    for (; *name; name++)
        buf_append(&file, (char[]){*name, 0}, 2);
    put_body(&file, ".;");
    buf_append(&file, head, sizeof head);
    for (; *data; data++)
        buf_append(&file, (char[]){*data, 0}, 2);
    put_body(&file, ".]");
    regpol_parse(file.data, file.len, registry, findings);
}

static void every_type_of_number(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse("[s.;d.;#4;#4;#7]"
          "[s.;q.;#b;#8;#1#2]"
          "[s.;b.;#3;#0;]"
          "[s.;m.;#7;#6;a..]"
          "[s.;e.;#2;#4;x.]"
          "[s.;.;#0;#0;]",
          &registry, &findings);
    assert_int_equal(findings.len, 0);
    assert_int_equal(registry.len, 6);
    assert_value(&registry.item[0], REGISTRY_DWORD, "", 7);
    assert_value(&registry.item[1], REGISTRY_QWORD, "", 0x200000001);
    assert_value(&registry.item[2], REGISTRY_BINARY, "", 0);
    assert_value(&registry.item[3], REGISTRY_MULTI_SZ, "", 0);
    assert_value(&registry.item[4], REGISTRY_EXPAND_SZ, "x", 0);
    assert_entry(&registry.item[5], 6, REGISTRY_SET, "s", "");
}

/* Binary data may have an odd length, behind which every unit lies at an odd place. */
static void entries_need_no_alignment(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    AUTO_BUF file = {0};
    (void)state;
    buf_append(&file, "PReg\1\0\0", 8);
    put_body(&file, "[s.;b.;#3;#1;");
    buf_append(&file, "x", 1);
    put_body(&file, "][s.;d.;#4;#4;#9]");
    regpol_parse(file.data, file.len, &registry, &findings);
    assert_int_equal(findings.len, 0);
    assert_int_equal(registry.len, 2);
    assert_int_equal(registry.item[1].number, 9);
}

static void names_with_two_stars_are_instructions(void **state)
{
    static const struct {
        const char *name, *data;
        size_t len;
        enum registry_action action;
        const char *key, *value; /* of the last entry */
    } cases[] = {
        {"**del.updatepath", " ", 1, REGISTRY_REMOVE_VALUE, "s", "updatepath"},
        {"**DEL.a.b", " ", 1, REGISTRY_REMOVE_VALUE, "s", "a.b"},
        {"**delvals.", " ", 1, REGISTRY_REMOVE_VALUES, "s", ""},
        {"**DelVals", " ", 1, REGISTRY_REMOVE_VALUES, "s", ""},
        {"**DeleteValues", "a;b", 2, REGISTRY_REMOVE_VALUE, "s", "b"},
        {"**deletekeys", "a;b", 2, REGISTRY_REMOVE_KEY, "s\\b", ""},
        {"**DeleteKeys ", "", 0, 0, "", ""},
        {"**soft.name", "x", 1, REGISTRY_SET, "s", "name"},
        {"**SecureKey=1", "", 0, 0, "", ""},
        {"*del.x", "x", 1, REGISTRY_SET, "s", "*del.x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        parse_named(cases[i].name, cases[i].data, REGISTRY_SZ, &registry, &findings);
        assert_int_equal(findings.len, 0);
        assert_int_equal(registry.len, cases[i].len);
        if (registry.len)
            assert_entry(&registry.item[registry.len - 1], 1, cases[i].action, cases[i].key, cases[i].value);
    }
}

static void an_unknown_instruction_is_a_warning(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse_named("**move.x", "x", REGISTRY_SZ, &registry, &findings);
    assert_int_equal(registry.len, 0);
    assert_int_equal(findings.len, 1);
    assert_int_equal(findings.item[0].severity, FINDING_WARNING);
    assert_int_equal(findings.item[0].line, 1);
}

static void a_list_of_what_to_delete_is_text(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    (void)state;
    parse_named("**DeleteKeys", "a", REGISTRY_BINARY, &registry, &findings);
    assert_int_equal(registry.len, 0);
    assert_int_equal(findings.len, 1);
    assert_non_null(strstr(findings.item[0].text, "no text (REG_SZ)"));
}

/* The one finding is an error at this entry, with these words, and what stands before it was read. */
static void assert_bad(const struct registry *registry, const struct findings *findings, unsigned entry,
                       const char *part)
{
    assert_int_equal(findings->len, 1);
    assert_int_equal(findings->item[0].severity, FINDING_ERROR);
    assert_string_equal(findings->item[0].code, "bad-pol");
    assert_int_equal(findings->item[0].line, entry);
    if (!strstr(findings->item[0].text, part))
        fail_msg("wanted …%s…: %s", part, findings->item[0].text);
    assert_int_equal(registry->len, entry ? entry - 1 : 0);
}

static void what_is_not_exactly_the_format_is_an_error(void **state)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        {"x", "begins with \"[\""},
        {"\n", "begins with \"[\""},
        {"[", "has no end (NUL)"},
        {"[key", "has no end (NUL)"},
        {"[k.", "key has no \";\""},
        {"[k.v.;#1;#2;.]", "key has no \";\""},
        {"[k.;v", "has no end (NUL)"},
        {"[k.;v.#1;#2;.]", "name has no \";\""},
        {"[k.;v.;1", "ends within"},
        {"[k.;v.;#1#2;.]", "type has no \";\""},
        {"[k.;v.;#1;", "ends within"},
        {"[k.;v.;#1;#2.]", "size has no \";\""},
        {"[k.;v.;#3;#f;a]", "beyond the end"},
        {"[k.;v.;#1;#2;a.]", "the size is wrong"},
        {"[k.;v.;#1;#2;.", "the size is wrong"},
        {"[k.;v.;#1;#2;.}", "the size is wrong"},
        {"[.;v.;#1;#2;.]", "no key"},
        {"[\\k.;v.;#1;#2;.]", "backslash"},
        {"[k\\.;v.;#1;#2;.]", "backslash"},
        {"[k\\\\l.;v.;#1;#2;.]", "backslash"},
        {"[HKEY_LOCAL_MACHINE\\k.;v.;#1;#2;.]", "hive"},
        {"[hklm\\k.;v.;#1;#2;.]", "hive"},
        {"[k.;v.;#4;#2;.]", "4 bytes"},
        {"[k.;v.;#4;#8;#1#1]", "4 bytes"},
        {"[k.;v.;#5;#0;]", "4 bytes"},
        {"[k.;v.;#b;#4;#1]", "8 bytes"},
        {"[k.;v.;#1;#0;]", "no end (NUL)"},
        {"[k.;v.;#1;#2;a]", "no end (NUL)"},
        {"[k.;v.;#2;#4;ab]", "no end (NUL)"},
        {"[k.;v.;#1;#6;a.b]", "goes on"},
        {"[k.;v.;#1;#4;..]", "goes on"},
        {"[k.;v.;#7;#2;a]", "no end (NUL)"},
        {"[k.;v.;#7;#0;]", "no end (NUL)"},
        {"[k.;v.;#0;#0;]", "no type"},
        {"[k.;.;#0;#2;.]", "no type"},
        {"[k.;v.;#6;#2;.]", "cannot have"},
        {"[k.;v.;#c;#2;.]", "cannot have"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        AUTO_BUF body = {0};
        buf_printf(&body, "[k.;v.;#1;#2;.]%s", cases[i].body);
        parse(buf_text(&body), &registry, &findings);
        assert_bad(&registry, &findings, 2, cases[i].part);
    }
}

static void texts_must_be_utf16(void **state)
{
    static const char *const bodies[] = {"[~.;v.;#1;#2;.]", "[k.;~.;#1;#2;.]", "[k.;v.;#1;#4;~.]"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        AUTO_BUF file = {0};
        buf_append(&file, "PReg\1\0\0", 8);
        put_body(&file, bodies[i]);
        uint8_t *tilde = memchr(file.data, '~', file.len);
        tilde[1] = 0xd8;
        regpol_parse(file.data, file.len, &registry, &findings);
        assert_bad(&registry, &findings, 1, "not UTF-16");
    }
}

static void odd_texts_and_large_sizes(void **state)
{
    static const struct {
        char type;
        uint8_t size[4], data[4];
        size_t data_len;
        const char *part;
    } cases[] = {
        {'1', {3}, {'a', 0, 0}, 3, "odd number"},
        {'7', {3}, {'a', 0, 0}, 3, "no end (NUL)"},
        {'1', {0, 0, 1}, {0}, 2, "65535"},
        {'1', {0xff, 0xff, 0xff, 0xff}, {0}, 2, "65535"},
        {'1', {0xff, 0xff}, {0}, 2, "beyond the end"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        AUTO_BUF file = {0};
        buf_append(&file, "PReg\1\0\0", 8);
        put_body(&file, "[k.;v.;");
        put_body(&file, (char[]){'#', cases[i].type, ';', 0});
        buf_append(&file, cases[i].size, 4);
        put_body(&file, ";");
        buf_append(&file, cases[i].data, cases[i].data_len);
        put_body(&file, "]");
        regpol_parse(file.data, file.len, &registry, &findings);
        assert_bad(&registry, &findings, 1, cases[i].part);
    }
}

static void a_name_has_259_characters_at_most(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        AUTO_BUF body = {0};
        buf_printf(&body, "[k.;%0*d.;#1;#2;.]", (int)(LIMIT_POL_NAME_UNITS + extra), 0);
        parse(buf_text(&body), &registry, &findings);
        if (extra)
            assert_bad(&registry, &findings, 1, "259");
        else
            assert_int_equal(registry.len, 1);
    }
}

/* Characters beyond U+FFFF are two units each. */
static void a_name_is_measured_in_units(void **state)
{
    (void)state;
    for (size_t letters = 1; letters <= 2; letters++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        AUTO_BUF file = {0};
        buf_append(&file, "PReg\1\0\0", 8);
        put_body(&file, "[k.;");
        for (size_t i = 0; i < 129; i++)
            buf_append(&file, "\x3d\xd8\x00\xde", 4); /* U+1F600 */
        put_body(&file, letters == 1 ? "x.;#1;#2;.]" : "xx.;#1;#2;.]");
        regpol_parse(file.data, file.len, &registry, &findings);
        assert_int_equal(registry.len, letters == 1);
        assert_int_equal(findings.len, letters == 2);
    }
}

static void other_headers_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"", 0}, {"PReg\1\0\0", 7}, {"PReg\2\0\0", 8}, {"Preg\1\0\0", 8}, {"regf\1\0\0", 8}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        regpol_parse(cases[i].bytes, cases[i].len, &registry, &findings);
        assert_bad(&registry, &findings, 0, "version 1");
    }
}

/* Every place at which a file can be cut off. */
static void a_file_cut_off_anywhere_is_an_error_or_has_fewer_entries(void **state)
{
    AUTO_BUF bytes = {0};
    (void)state;
    read_golden("ring.pol", &bytes);
    size_t whole = 0;
    for (size_t len = 0; len < bytes.len; len++) {
        AUTO_REGISTRY registry = {0};
        AUTO_FINDINGS findings = {0};
        regpol_parse(bytes.data, len, &registry, &findings);
        assert_true(findings.len <= 1 && registry.len < 9);
        whole += !findings.len;
    }
    assert_int_equal(whole, 9); /* at the header's end and behind each entry but the last */
}

static void too_many_values_are_an_error(void **state)
{
    AUTO_REGISTRY registry = {0};
    AUTO_FINDINGS findings = {0};
    AUTO_BUF body = {0};
    (void)state;
    for (size_t i = 0; i <= LIMIT_REGISTRY_ENTRIES; i++)
        buf_puts(&body, "[k.;v.;#1;#2;.]");
    parse(buf_text(&body), &registry, &findings);
    assert_bad(&registry, &findings, LIMIT_REGISTRY_ENTRIES + 1, "20000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_files),
        cmocka_unit_test(a_ring),
        cmocka_unit_test(what_cannot_be_written_is_refused),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_type_of_number),
        cmocka_unit_test(entries_need_no_alignment),
        cmocka_unit_test(names_with_two_stars_are_instructions),
        cmocka_unit_test(an_unknown_instruction_is_a_warning),
        cmocka_unit_test(a_list_of_what_to_delete_is_text),
        cmocka_unit_test(what_is_not_exactly_the_format_is_an_error),
        cmocka_unit_test(texts_must_be_utf16),
        cmocka_unit_test(odd_texts_and_large_sizes),
        cmocka_unit_test(a_name_has_259_characters_at_most),
        cmocka_unit_test(a_name_is_measured_in_units),
        cmocka_unit_test(other_headers_are_refused),
        cmocka_unit_test(a_file_cut_off_anywhere_is_an_error_or_has_fewer_entries),
        cmocka_unit_test(too_many_values_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

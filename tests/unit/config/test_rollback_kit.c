#include "test.h"

#include "config/rollback_kit.h"
#include <fcntl.h>

static const struct rollback_kit usual = {
    .ring = "pilot",
    .channel = "Monthly Enterprise Channel",
    .from = {{16, 0, 20326, 20100}},
    .to = {{16, 0, 20228, 20134}},
    .unc = "\\\\files\\office-pilot",
    .now_unix = 1787421605,      /* 2026-08-22T18:00:05Z */
    .deadline_unix = 1788026400, /* 2026-08-29T18:00:00Z */
    .now_local = "2026-08-22 20:00 Europe/Stockholm",
    .deadline_local = "2026-08-29 20:00 Europe/Stockholm",
    .by = "alice",
    .reason = "Outlook does not start with the archive add-in",
    .pin_id = 7,
    .machine_bytes = {2040109465, 1734001212},
};

static void assert_golden(const struct rollback_kit *kit, const char *folder)
{
    struct err err = {0};
    struct documents documents;
    char path[512];
    assert_ok(rollback_kit_write(kit, &documents, &err));
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden/rollback", &err);
    assert_true(dir >= 0);
    for (size_t i = 0; i < documents.len; i++) {
        AUTO_BUF golden = {0};
        const struct buf *written = &documents.item[i].bytes;
        snprintf(path, sizeof path, "%s/%s", folder, documents.item[i].path);
        assert_ok(fs_read_file(dir, path, 1 << 20, &golden, &err));
        if (i == documents.len - 1)
            assert_string_equal(buf_text(written), buf_text(&golden));
        assert_int_equal(written->len, golden.len);
        assert_memory_equal(written->data, golden.data, golden.len);
    }
    documents_clear(&documents);
}

/* The README of a kit, which is right; the caller frees. */
static char *readme_of(const struct rollback_kit *kit)
{
    struct err err = {0};
    struct documents documents;
    assert_ok(rollback_kit_write(kit, &documents, &err));
    assert_string_equal(documents.item[2].path, "README.txt");
    char *text = strdup(buf_text(&documents.item[2].bytes));
    documents_clear(&documents);
    return text;
}

static void assert_says(const struct rollback_kit *kit, const char *part, bool wanted)
{
    char *text = readme_of(kit);
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("%s \"%s\": %s", wanted ? "lacks" : "has", part, text);
    free(text);
}

static void two_architectures(void **state)
{
    (void)state;
    assert_golden(&usual, "two-architectures");
}

static void one_architecture(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.machine_bytes[ROLLBACK_X86] = 0;
    assert_golden(&kit, "one-architecture");
}

static void a_ring_without_unc(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.unc = "";
    assert_golden(&kit, "no-unc");
    kit.unc = NULL;
    assert_golden(&kit, "no-unc");
}

static void a_known_number_of_machines(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.machines = 1200;
    assert_golden(&kit, "machines");
}

/* Only what must be there: nobody named, no local time, no bytes known, no pin. */
static void the_least_that_a_kit_says(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.now_local = kit.deadline_local = kit.by = kit.reason = NULL;
    kit.pin_id = 0;
    kit.machine_bytes[ROLLBACK_X64] = kit.machine_bytes[ROLLBACK_X86] = 0;
    kit.machines = 1200;
    assert_golden(&kit, "least");
}

static void the_costliest_architecture_counts_for_all(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.machine_bytes[ROLLBACK_X64] = 1000;
    kit.machine_bytes[ROLLBACK_X86] = 2000;
    kit.machines = 3;
    assert_says(&kit, "all machines (3): 5.9 KiB (6,000 bytes)\r\n", true);
    kit.machine_bytes[ROLLBACK_X86] = 999;
    assert_says(&kit, "one x86 machine: 1.0 KiB (999 bytes)\r\n", true);
    assert_says(&kit, "all machines (3): 2.9 KiB (3,000 bytes)\r\n", true);
}

static void amounts_that_are_too_large_are_left_out(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.machine_bytes[ROLLBACK_X64] = UINT64_MAX;
    kit.machines = 1;
    assert_says(&kit, "all machines (1): 16.0 EiB (18,446,744,073,709,551,615 bytes)", true);
    kit.machines = 2;
    assert_says(&kit, "all machines (2)", false);
}

/* A reason is what a person typed: its line ends and control characters are blanks in the text. */
static void a_reason_cannot_break_the_page(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.reason = "it\x1b[2J\r\n\r\n\tdoes\x7fnot  work ";
    assert_says(&kit, "it [2J does not work\r\n", true);
    assert_says(&kit, "\x1b", false);
}

static size_t columns(const char *line, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)line[i] & 0xc0) != 0x80;
    return count;
}

static void lines_end_with_crlf_and_are_short(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.reason =
        "\u00e5\u00e4\u00f6 \u00e5\u00e4\u00f6\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6 "
        "\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6 \u00e5 "
        "\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6 \u00e5\u00e4\u00f6\u00e5\u00e4\u00f6\u00e5\u00e4\u00f6 of all";
    kit.machines = 100000;
    char *text = readme_of(&kit);
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\r\n");
        assert_memory_equal(line + len, "\r\n", 2);
        if (columns(line, len) > 76 || (len > 0 && line[len - 1] == ' '))
            fail_msg("%.*s", (int)len, line);
        line += len + 2;
    }
    free(text);
}

static size_t lines_with_reason(const char *word)
{
    struct rollback_kit kit = usual;
    AUTO_BUF reason = {0};
    size_t lines = 0;
    for (int i = 0; i < 100; i++)
        buf_printf(&reason, "%s ", word);
    kit.reason = buf_text(&reason);
    char *text = readme_of(&kit);
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    free(text);
    return lines;
}

static void letters_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(lines_with_reason("\u00e5\u20ac\U0001f600"), lines_with_reason("abc"));
}

static void assert_refused(const struct rollback_kit *kit, const char *part)
{
    struct err err = {0};
    struct documents documents;
    assert_fails(rollback_kit_write(kit, &documents, &err), ERR_USAGE);
    if (!strstr(err.msg, part))
        fail_msg("wanted …%s…: %s", part, err.msg);
    for (size_t i = 0; i < documents.len; i++)
        assert_int_equal(documents.item[i].bytes.len, 0);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct rollback_kit kit = usual;
    (void)state;
    kit.to = usual.from;
    assert_refused(&kit, "16.0.20326.20100 is not older than 16.0.20326.20100");
    kit.to = (struct build){{16, 0, 20326, 20144}};
    assert_refused(&kit, "is not older");
    kit.to = (struct build){{0}};
    assert_refused(&kit, "is not older");
    kit = usual;
    kit.deadline_unix = kit.now_unix;
    assert_refused(&kit, "has passed");
    kit.deadline_unix = INT64_MAX;
    assert_refused(&kit, "9999");
    kit = usual;
    kit.unc = "\\\\files\\a\nb";
    assert_refused(&kit, "1-go-back.reg: updatepath has a control character");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_architectures),
        cmocka_unit_test(one_architecture),
        cmocka_unit_test(a_ring_without_unc),
        cmocka_unit_test(a_known_number_of_machines),
        cmocka_unit_test(the_least_that_a_kit_says),
        cmocka_unit_test(the_costliest_architecture_counts_for_all),
        cmocka_unit_test(amounts_that_are_too_large_are_left_out),
        cmocka_unit_test(a_reason_cannot_break_the_page),
        cmocka_unit_test(lines_end_with_crlf_and_are_short),
        cmocka_unit_test(letters_are_counted_not_bytes),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

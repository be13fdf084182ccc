#include "config/rollback_kit.h"
#include "config/regfile.h"
#include "ringmgr/base/clock.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 76 };

/* The kit as the texts name it. */
struct words {
    const struct rollback_kit *kit;
    char from[BUILD_TEXT_SIZE], to[BUILD_TEXT_SIZE];
    char now[CLOCK_TEXT_SIZE], deadline[CLOCK_TEXT_SIZE]; /* "2026-08-22 18:00 UTC" */
    const struct policy *pin, *release;                   /* what the .reg files do */
    struct buf text;                                      /* of the paragraph that is being written */
    struct buf *out;
};

static bool is_given(const char *text)
{
    return text && *text;
}

static bool is_blank(char c)
{
    return (c >= 0 && c <= ' ') || c == 0x7f; /* a reason may have line ends and worse */
}

/* How many bytes up to the next blank, and how many letters they are. */
static size_t measure_word(const char *text, size_t *letters)
{
    size_t len = 0;
    *letters = 0;
    for (; text[len] && !is_blank(text[len]); len++)
        *letters += ((unsigned char)text[len] & 0xc0) != 0x80;
    return len;
}

/* Writes a paragraph, broken at blanks; `first` begins its first line, `others` the lines after it. */
static void wrap(struct buf *out, const char *first, const char *others, const char *text)
{
    size_t column = strlen(first), begin = column, letters;
    buf_puts(out, first);
    while (*text) {
        size_t len = measure_word(text, &letters);
        bool fits = column + 1 + letters <= WIDTH;
        if (len > 0 && column > begin) {
            buf_printf(out, "%s%s", fits ? " " : "\r\n", fits ? "" : others);
            begin = fits ? begin : strlen(others);
            column = fits ? column + 1 : begin;
        }
        buf_append(out, text, len);
        column += letters;
        text += text[len] ? len + 1 : len;
    }
    buf_puts(out, "\r\n");
}

/* Ends the paragraph that stands in words->text. */
static void end_paragraph(struct words *words, const char *first, const char *others)
{
    wrap(words->out, first, others, buf_text(&words->text));
    buf_clear(&words->text);
}

static void heading(struct words *words, const char *text)
{
    buf_printf(words->out, "\r\n%s\r\n%.*s\r\n", text, (int)strlen(text),
               "----------------------------------------------------------------------------");
}

void rollback_kit_title(const char *ring, struct buf *out)
{
    buf_printf(out, "Ring %s goes back\r\n", ring);
}

static void write_title(struct words *words)
{
    const struct rollback_kit *kit = words->kit;
    rollback_kit_title(kit->ring, words->out);
    buf_printf(words->out, "\r\n  channel   %s\r\n  from      %s\r\n  to        %s\r\n", kit->channel,
               words->from, words->to);
    if (is_given(kit->unc))
        buf_printf(words->out, "  share     %s\r\n", kit->unc);
    buf_printf(words->out, "  deadline  %s\r\n", words->deadline);
    if (is_given(kit->deadline_local))
        buf_printf(words->out, "            %s\r\n", kit->deadline_local);
}

static void write_what_happened(struct words *words)
{
    const struct rollback_kit *kit = words->kit;
    heading(words, "What happened");
    buf_printf(&words->text, "On %s", words->now);
    if (is_given(kit->now_local))
        buf_printf(&words->text, " (%s)", kit->now_local);
    buf_printf(&words->text, " the share of ring %s was set back", kit->ring);
    if (is_given(kit->by))
        buf_printf(&words->text, " by %s", kit->by);
    buf_printf(&words->text, ": it offers %s again.", words->to);
    if (is_given(kit->reason))
        buf_printf(&words->text, " The reason given: %s", kit->reason);
    end_paragraph(words, "", "");
    buf_puts(words->out, "\r\n");
    buf_printf(
        &words->text,
        "From then on no machine takes %s from this share. But a machine that has it already stays on it: "
        "machines take from a share only what is newer than what they have, and the pointer of the share "
        "now names an older build. They go back only when they are told the build as their target "
        "version. That is what the files beside this one are for.",
        words->from);
    end_paragraph(words, "", "");
}

static void write_going_back(struct words *words)
{
    heading(words, "1. Now: " ROLLBACK_GO_BACK);
    buf_printf(
        &words->text,
        "Apply it to the machines of ring %s: to one first, to see that it goes back, then to all. As an "
        "administrator of the machine:",
        words->kit->ring);
    end_paragraph(words, "", "");
    buf_puts(words->out, "\r\n    reg import " ROLLBACK_GO_BACK "\r\n\r\n");
    buf_printf(
        &words->text,
        "Machines that have %s go back to %s when they next look for updates, at the latest at the "
        "deadline, %s. Until then users are reminded; at the deadline open Office programs are closed, "
        "and unsaved work may be lost.",
        words->from, words->to, words->deadline);
    end_paragraph(words, "", "");
    if (is_given(words->kit->unc))
        return;
    buf_puts(words->out, "\r\n");
    buf_puts(&words->text,
             "The configuration of the ring has no unc, so the file sets no update path: it helps only "
             "machines that take their updates from the share of this ring already.");
    end_paragraph(words, "", "");
}

static void write_waiting(struct words *words)
{
    heading(words, "2. Then: see that they are back");
    buf_puts(&words->text,
             "A machine shows its build under File > Account in any Office program, and in the value "
             "VersionToReport of the key");
    end_paragraph(words, "", "");
    buf_puts(words->out, "\r\n    HKLM\\SOFTWARE\\Microsoft\\Office\\ClickToRun\\Configuration\r\n");
}

static void write_release(struct words *words)
{
    const struct rollback_kit *kit = words->kit;
    heading(words, "3. Before the ring offers a newer build: " ROLLBACK_RELEASE);
    buf_printf(
        &words->text,
        "When ring %s is to get a newer build again (newer than %s, or machines that still have that stay on "
        "it), FIRST apply the second file to every machine that got the first one, only then promote. A "
        "machine that is back may be released earlier.",
        kit->ring, words->from);
    end_paragraph(words, "", "");
    buf_puts(words->out, "\r\n    reg import " ROLLBACK_RELEASE "\r\n\r\n");
    buf_puts(&words->text,
             "It takes target version and deadline away, and nothing else. Then tell ringmgr, which keeps "
             "the build on the share until then:");
    end_paragraph(words, "", "");
    buf_puts(words->out, "\r\n    ringmgr pins\r\n    ringmgr pins --clear ");
    if (kit->pin_id)
        buf_printf(words->out, "%lld", (long long)kit->pin_id);
    else
        buf_puts(words->out, "ID");
    buf_puts(words->out, " --reason \"machines are released\"\r\n");
}

static void write_warnings(struct words *words)
{
    heading(words, "What goes wrong if it is forgotten");
    buf_printf(
        &words->text,
        "A target version that is left behind holds its machines on %s, whatever the ring offers, security "
        "updates included, and drags back to it a machine that has come to a newer build in another way.",
        words->to);
    end_paragraph(words, "- ", "  ");
    buf_printf(&words->text,
               "Machines with a target version can only go to a build that is on the share. Never delete %s "
               "there by "
               "hand while machines are held on it; ringmgr does not as long as `ringmgr pins` lists it.",
               words->to);
    end_paragraph(words, "- ", "  ");
}

/* "2040109465" as "2,040,109,465" */
static void put_grouped(struct buf *out, uint64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (int i = 0; i < len; i++)
        buf_printf(out, "%s%c", i > 0 && (len - i) % 3 == 0 ? "," : "", digits[i]);
}

static void put_amount(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double amount = (double)bytes / 1024;
    size_t unit = 0;
    for (; amount >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        amount /= 1024;
    buf_printf(out, "%.1f %s (", amount, units[unit]);
    put_grouped(out, bytes);
    buf_puts(out, " bytes)");
}

/* All machines, as if each were of the architecture that needs most. */
static void write_load_of_all(struct words *words, uint64_t most)
{
    uint64_t all;
    if (words->kit->machines == 0 || __builtin_mul_overflow(most, (uint64_t)words->kit->machines, &all))
        return;
    buf_puts(words->out, "  all machines (");
    put_grouped(words->out, words->kit->machines);
    buf_puts(words->out, "): ");
    put_amount(words->out, all);
    buf_puts(words->out, "\r\n");
}

static void write_load(struct words *words)
{
    static const char *const names[ROLLBACK_ARCHITECTURES] = {"x64", "x86"};
    const uint64_t *bytes = words->kit->machine_bytes;
    uint64_t most = bytes[ROLLBACK_X64] > bytes[ROLLBACK_X86] ? bytes[ROLLBACK_X64] : bytes[ROLLBACK_X86];
    if (most == 0)
        return;
    heading(words, "What it costs the network, at most");
    for (size_t i = 0; i < ROLLBACK_ARCHITECTURES; i++) {
        if (bytes[i] == 0)
            continue;
        buf_printf(words->out, "  one %s machine: ", names[i]);
        put_amount(words->out, bytes[i]);
        buf_puts(words->out, "\r\n");
    }
    write_load_of_all(words, most);
}

static void write_one_machine(struct words *words)
{
    heading(words, "One machine by hand");
    buf_puts(&words->text,
             "Without any policy, where the machine takes its updates from this share already: in "
             "\"%CommonProgramFiles%\\Microsoft Shared\\ClickToRun\", as an administrator,");
    end_paragraph(words, "", "");
    buf_printf(words->out, "\r\n    OfficeC2RClient.exe /update user updatetoversion=%s\r\n", words->to);
}

static void write_settings(struct words *words, const struct policy *policy)
{
    for (size_t i = 0; i < policy->len; i++) {
        const struct policy_value *value = &policy->item[i];
        buf_printf(words->out, "    %-26s%s%s%s\r\n", value->setting->title,
                   value->remove ? "Not Configured" : "Enabled", value->text ? ": " : "",
                   value->text ? value->text : "");
    }
}

static void write_group_policy(struct words *words)
{
    heading(words, "With Group Policy instead of the two files");
    buf_puts(&words->text,
             "Where a Group Policy sets these values for the machines, change them there, because it writes "
             "over what was imported. In the editor, category " GPO_CATEGORY ", in step 1 (the deadline is "
             "UTC, month first):");
    end_paragraph(words, "", "");
    buf_puts(words->out, "\r\n");
    write_settings(words, words->pin);
    buf_puts(words->out, "\r\nand in step 3:\r\n\r\n");
    write_settings(words, words->release);
    buf_puts(words->out, "\r\n");
    buf_puts(&words->text,
             "Machines that Microsoft's Cloud Update owns (IgnoreGPO is 1) look neither at the files nor at "
             "this policy: set the version back there.");
    end_paragraph(words, "", "");
}

static void format_time(int64_t unix_seconds, char text[CLOCK_TEXT_SIZE])
{
    char iso[CLOCK_TEXT_SIZE]; /* YYYY-MM-DDThh:mm:ssZ */
    clock_format(unix_seconds, iso);
    snprintf(text, CLOCK_TEXT_SIZE, "%.10s %.5s UTC", iso, iso + 11);
}

static void write_readme(const struct rollback_kit *kit, const struct policy *pin,
                         const struct policy *release, struct buf *out)
{
    struct words words = {.kit = kit, .pin = pin, .release = release, .out = out};
    build_format(&kit->from, words.from);
    build_format(&kit->to, words.to);
    format_time(kit->now_unix, words.now);
    format_time(kit->deadline_unix, words.deadline);
    write_title(&words);
    write_what_happened(&words);
    write_going_back(&words);
    write_waiting(&words);
    write_release(&words);
    write_warnings(&words);
    write_load(&words);
    write_one_machine(&words);
    write_group_policy(&words);
}

static bool check(const struct rollback_kit *kit, struct err *err)
{
    char from[BUILD_TEXT_SIZE], to[BUILD_TEXT_SIZE];
    build_format(&kit->from, from);
    build_format(&kit->to, to);
    if (build_is_none(&kit->to) || build_compare(&kit->to, &kit->from) >= 0)
        return err_set(err, ERR_USAGE, "ring %s: %s is not older than %s: machines need no help to take it",
                       kit->ring, to, from);
    if (kit->deadline_unix <= kit->now_unix)
        return err_set(err, ERR_USAGE, "ring %s: the deadline for going back has passed", kit->ring);
    return true;
}

static bool write_documents(const struct rollback_kit *kit, struct documents *documents, struct err *err)
{
    AUTO_POLICY pin = {0};
    AUTO_POLICY release = {0};
    struct gpo_pin wanted = {.target = kit->to, .unc = kit->unc, .deadline_unix = kit->deadline_unix};
    gpo_unpin(&release);
    if (!gpo_pin(&wanted, &pin, err))
        return false;
    if (!regfile_write(&pin, documents_add(documents, ROLLBACK_GO_BACK), err))
        return err_prefix(err, ROLLBACK_GO_BACK);
    if (!regfile_write(&release, documents_add(documents, ROLLBACK_RELEASE), err))
        return err_prefix(err, ROLLBACK_RELEASE);
    write_readme(kit, &pin, &release, documents_add(documents, ROLLBACK_README));
    return true;
}

bool rollback_kit_write(const struct rollback_kit *kit, struct documents *documents, struct err *err)
{
    *documents = (struct documents){0};
    if (check(kit, err) && write_documents(kit, documents, err))
        return true;
    documents_clear(documents);
    return false;
}

void rollback_kit_names(struct documents *documents)
{
    documents_add(documents, ROLLBACK_GO_BACK);
    documents_add(documents, ROLLBACK_RELEASE);
    documents_add(documents, ROLLBACK_README);
}

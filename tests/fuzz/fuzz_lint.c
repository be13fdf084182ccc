/* Any bytes as a file to be linted, with and without a ring: findings in order, each one line with a code. */
#include "fuzz.h"

#include "config/lint.h"

static void lint(const uint8_t *data, size_t size, const struct lint_ring *ring)
{
    struct lint_options options = {.now_unix = 1787400000, .ring = ring};
    struct findings findings = {0};
    lint_file(data, size, &options, &findings);
    for (size_t i = 0; i < findings.len; i++) {
        const struct finding *finding = &findings.item[i];
        must(finding->code && *finding->code && !strchr(finding->code, ' '));
        must(*finding->text && !strpbrk(finding->text, "\n\r\x1b"));
        must(finding->severity <= FINDING_NOTE);
        must(i == 0 || findings.item[i - 1].line <= finding->line);
    }
    findings_clear(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char share[] = "\\\\files\\office-pilot", other[] = "\\\\files\\office", english[] = "en-us";
    static char *share_list[] = {share}, *other_list[] = {other}, *language_list[] = {english};
    static const struct strv shares = {share_list, 1}, others = {other_list, 1};
    static const struct content offered = {.architectures = ARCH_X64, .languages = {language_list, 1}};
    static const struct build standing[] = {{{16, 0, 20326, 20100}}, {{16, 0, 20228, 20134}}};
    const struct lint_ring ring = {.name = "pilot",
                                   .channel = channel_find("MonthlyEnterprise"),
                                   .shares = &shares,
                                   .others = &others,
                                   .offered = &offered,
                                   .standing = standing,
                                   .standing_len = 2,
                                   .live = standing[0],
                                   .bad = &standing[1],
                                   .bad_len = 1};
    lint(data, size, NULL);
    lint(data, size, &ring);
    return 0;
}

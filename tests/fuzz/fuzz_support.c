/* Any bytes as a file of support rules: an error with name and line, or rows from which deadlines can be
 * counted. */
#include "fuzz.h"

#include "ringmgr/policy/support_rules.h"

static void check_row(const struct support_rule *row)
{
    must(row->channel && row->source && row->source[0]);
    must(row->from_version <= row->to_version && row->first_from_unix < row->first_until_unix);
    must(row->warns <= SUPPORT_WARNS);
    must((row->count == COUNT_PRODUCT) == (row->basis == SUPPORT_PRODUCT));
}

static void check_deadline(const struct support_rules *rules, const struct support_build *build)
{
    const struct support_settings settings = {
        .window_count = 12, .window_months = true, .warn_auto = true, .minimum_auto = true};
    struct deadline deadline = support_deadline(rules, &settings, build);
    unsigned days[8];
    must((deadline.at_unix < 0) == (deadline.basis == SUPPORT_NONE));
    must(build->released_unix < 0 || deadline.at_unix <= build->released_unix + (int64_t)366 * 86400);
    must(support_warn_days(rules, &settings, build->channel, days) <= SUPPORT_WARNS);
    must(support_minimum_days(rules, &settings, build->channel) <= 3650);
}

static void check_deadlines(const struct support_rules *rules)
{
    static const int64_t times[] = {-1, 0, 1772323199, 4102444800};
    static const char *const versions[] = {"", "2601", "LTSB2021", "9912"};
    for (size_t i = 0; channel_at(i); i++)
        for (size_t j = 0; j < 4; j++) {
            struct support_build build = {.channel = channel_at(i),
                                          .build = {{16, 0, 20326, 20100}},
                                          .version = versions[j],
                                          .released_unix = times[j],
                                          .version_first_unix = times[(j + 1) % 4],
                                          .next_version_unix = times[(j + 2) % 4]};
            check_deadline(rules, &build);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct support_rules rules = {0};
    if (support_rules_parse(data, size, "fuzz.csv", &rules, &err)) {
        for (size_t i = 0; i < rules.len; i++)
            check_row(&rules.row[i]);
        check_deadlines(&rules);
    } else {
        must(err.code == ERR_USAGE && strncmp(err.msg, "fuzz.csv:", 9) == 0);
        must(rules.len == 0);
    }
    support_rules_clear(&rules);
    return 0;
}

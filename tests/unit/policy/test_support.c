/* Deadlines: month arithmetic, second Tuesdays, the shipped rules of every channel, what counts where two do.
 */
#include "test.h"

#include "ringmgr/base/clock.h"
#include "ringmgr/policy/support_dates.h"
#include "ringmgr/policy/support_rules.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static int64_t at(const char *text)
{
    char full[CLOCK_TEXT_SIZE];
    int64_t when = 0;
    if (!text)
        return -1;
    snprintf(full, sizeof full, "%s%s", text, strchr(text, 'T') ? "" : "T00:00:00Z");
    assert_true(clock_parse(full, &when));
    return when;
}

static struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build = {0};
    assert_ok(build_parse(text, &build, &err));
    return build;
}

static void parse(const char *text, struct support_rules *rules)
{
    struct err err = {0};
    assert_ok(support_rules_parse(text, strlen(text), "rules.csv", rules, &err));
}

static struct support_rules shipped(void)
{
    struct err err = {0};
    struct support_rules rules = {0};
    AUTO_BUF text = {0};
    assert_ok(fs_read_path(TEST_SOURCE_DIR "/config/support.csv", 1 << 20, &text, &err));
    assert_ok(support_rules_parse(text.data, text.len, "support.csv", &rules, &err));
    return rules;
}

static const struct support_settings no_window = {.warn_auto = true, .minimum_auto = true};
static const struct support_settings usual = {
    .window_count = 12, .window_months = true, .warn_auto = true, .minimum_auto = true};

static void assert_at(int64_t when, const char *wanted, const char *what)
{
    char text[CLOCK_TEXT_SIZE] = "none";
    if (when != at(wanted)) {
        if (when >= 0)
            clock_format(when, text);
        fail_msg("%s: %s, not %s", what, text, wanted ? wanted : "none");
    }
}

/* ---- months ---- */

static const struct {
    const char *from;
    int months;
    const char *to;
} months[] = {
    {"2024-02-29", 12, "2025-02-28"},
    {"2024-02-29T23:59:59Z", 12, "2025-02-28T23:59:59Z"},
    {"2024-02-29", 48, "2028-02-29"},
    {"2023-02-28", 12, "2024-02-28"},
    {"2024-01-31", 1, "2024-02-29"},
    {"2023-01-31", 1, "2023-02-28"},
    {"2023-01-30", 1, "2023-02-28"},
    {"2023-01-29", 1, "2023-02-28"},
    {"2023-01-28", 1, "2023-02-28"},
    {"2024-03-31", 1, "2024-04-30"},
    {"2024-05-31", 1, "2024-06-30"},
    {"2024-08-31", 1, "2024-09-30"},
    {"2024-10-31T07:08:09Z", 1, "2024-11-30T07:08:09Z"},
    {"2024-12-31", 2, "2025-02-28"},
    {"2023-12-31", 2, "2024-02-29"},
    {"2024-10-30", 4, "2025-02-28"},
    {"2025-08-31", 12, "2026-08-31"},
    {"2024-12-10T08:28:23Z", 12, "2025-12-10T08:28:23Z"},
    {"2025-01-01", 0, "2025-01-01"},
    {"2024-11-30", 3, "2025-02-28"},
    {"2096-02-29", 48, "2100-02-28"}, /* not a leap year */
    {"1999-02-28", 12, "2000-02-28"},
    {"2024-03-31T01:30:00Z", 12, "2025-03-31T01:30:00Z"}, /* an hour that Stockholm skips: UTC has it */
};

static void months_end_with_the_last_day_of_a_shorter_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(months); i++)
        assert_at(support_add_months(at(months[i].from), months[i].months), months[i].to, months[i].from);
}

/* Monday 0 … Sunday 6, by Sakamoto's method: another than that of the code. */
static int weekday(int year, int month, int day)
{
    static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    int y = month < 3 ? year - 1 : year;
    return (y + y / 4 - y / 100 + y / 400 + shift[month - 1] + day + 6) % 7;
}

static void second_tuesdays_of_forty_years(void **state)
{
    char date[32], wanted[32], late[32];
    (void)state;
    assert_int_equal(weekday(2026, 8, 22), 5);
    for (int month = 1999 * 12; month < 2039 * 12; month++) {
        int day = 8;
        while (weekday(month / 12, month % 12 + 1, day) != 1)
            day++;
        snprintf(wanted, sizeof wanted, "%04d-%02d-%02d", month / 12, month % 12 + 1, day);
        snprintf(date, sizeof date, "%04d-%02d-01", month / 12, month % 12 + 1);
        snprintf(late, sizeof late, "%04d-%02d-28T23:59:59Z", month / 12, month % 12 + 1);
        assert_at(support_second_tuesday(at(date), 0), wanted, date);
        assert_at(support_second_tuesday(at(late), 0), wanted, late);
        assert_at(support_second_tuesday(support_month(at(date), -14), 14), wanted, date);
    }
}

static void days_left_are_rounded_down(void **state)
{
    static const struct {
        const char *now;
        int64_t days;
    } cases[] = {
        {"2026-01-03", 10},           {"2026-01-03T00:00:01Z", 9}, {"2026-01-12", 1},
        {"2026-01-12T00:00:01Z", 0},  {"2026-01-12T23:59:59Z", 0}, {"2026-01-13", 0},
        {"2026-01-13T00:00:01Z", -1}, {"2026-01-14", -1},          {"2026-01-14T00:00:01Z", -2},
    };
    const struct deadline deadline = {.at_unix = at("2026-01-13"), .basis = SUPPORT_MICROSOFT};
    const struct deadline none = {.at_unix = -1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(support_days_left(&deadline, at(cases[i].now)), cases[i].days);
    assert_int_equal(support_days_left(&none, at("2026-01-03")), 0);
}

/* ---- the shipped rules ---- */

static const struct {
    const char *channel, *version;
    const char *released, *first, *next;
    const char *deadline; /* without a window */
    enum support_basis basis;
} shipped_cases[] = {
    /* until some days after the next version; not known before */
    {"Current", "2607", "2026-08-04T01:00:00Z", "2026-07-22", NULL, NULL, SUPPORT_NONE},
    {"Current", "2607", "2026-08-04T01:00:00Z", "2026-07-22", "2026-08-18T21:05:15Z", "2026-08-20",
     SUPPORT_ESTIMATED},
    {"Current", "2409", "2024-10-15", "2024-09-24", "2024-10-29T01:08:41Z", "2024-10-31", SUPPORT_ESTIMATED},
    {"Current", "2409", "2024-10-15", "2024-09-24", "2024-10-28T23:45:11Z", "2024-10-30", SUPPORT_ESTIMATED},
    {"Current", "2409", NULL, "2024-09-24", NULL, NULL, SUPPORT_NONE},
    {"Current", "", NULL, NULL, NULL, NULL, SUPPORT_NONE},
    {"CurrentPreview", "2408", "2024-08-26", "2024-08-05", "2024-09-03T21:53:59Z", "2024-09-04",
     SUPPORT_ESTIMATED},
    {"CurrentPreview", "2608", "2026-08-12", "2026-07-31", NULL, NULL, SUPPORT_NONE},
    {"BetaChannel", "2411", "2024-10-20", "2024-10-08", "2024-11-08T00:46:21Z", "2024-11-08",
     SUPPORT_ESTIMATED},
    {"BetaChannel", "2501", "2024-12-10", "2024-12-03", NULL, NULL, SUPPORT_NONE},
    /* second Tuesday of the first build's month + 2 */
    {"MonthlyEnterprise", "2410", "2025-01-14", "2024-12-10", NULL, "2025-02-11", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2410", "2025-01-14", "2024-12-10", "2025-01-14", "2025-02-11", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2309", "2023-12-12", "2023-11-14", NULL, "2024-01-09", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2508", "2025-11-15", "2025-10-14", "2025-11-11", "2025-12-09", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2603", "2026-05-19", "2026-04-14", "2026-05-12", "2026-06-09", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2607", "2026-08-11", "2026-08-11", NULL, "2026-10-13", SUPPORT_MICROSOFT},
    /* its first build is no longer listed: the next version began in the month of the first that is */
    {"MonthlyEnterprise", "2402", "2024-05-14", "2024-05-14T07:19:51Z", "2024-05-14T07:26:39Z", "2024-06-11",
     SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2402", "2024-05-14", "2024-05-14", "2024-04-30", "2024-05-14", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2402", "2024-05-14", "2024-05-14", NULL, "2024-06-11", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2602", "2026-04-14", "2026-04-14", NULL, "2026-05-12", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "2403", "2024-05-14", "2024-05-14", "2024-06-11", "2024-07-09", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", "", NULL, NULL, NULL, NULL, SUPPORT_NONE},
    {"MonthlyEnterprise", "2607", NULL, NULL, NULL, NULL, SUPPORT_NONE},
    /* 14 months, then 8, then as MonthlyEnterprise */
    {"SemiAnnual", "2402", "2024-12-10", "2024-07-09", "2025-01-14", "2025-09-09", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2408", "2026-02-10", "2025-01-14", "2025-07-08", "2026-03-10", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2408", "2026-02-10", "2026-02-10", NULL, "2026-03-10",
     SUPPORT_MICROSOFT}, /* 2408 begins in 2501 */
    {"SemiAnnual", "2408", "2024-12-10", "2024-12-10", NULL, "2026-02-10", SUPPORT_MICROSOFT}, /* or before */
    {"SemiAnnual", "2503", "2026-02-10", "2025-07-08", NULL, "2026-03-10", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2502", "2026-07-14", "2025-07-08", "2026-01-13", "2026-09-08", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2508", "2026-08-11", "2026-01-13", "2026-07-14", "2026-09-08", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2602", "2026-07-14", "2026-07-14", NULL, "2027-03-09", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2606", "2026-08-18", "2026-07-14", "2026-08-11", "2026-09-08", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2607", "2026-08-11", "2026-08-11", NULL, "2026-10-13", SUPPORT_MICROSOFT},
    {"SemiAnnual", "1808", "2020-02-11", "2020-01-14", "2023-01-10", "2024-12-10", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2202", "2023-08-08", "2023-07-11", "2023-07-11", "2023-09-12", SUPPORT_MICROSOFT},
    {"SemiAnnual", "2202", NULL, NULL, NULL, NULL, SUPPORT_NONE},
    {"SemiAnnual", "1808", NULL, NULL, NULL, "2024-12-10", SUPPORT_MICROSOFT},
    {"SemiAnnualPreview", "2408", "2024-12-10", "2024-09-10", "2025-03-11", "2025-03-11", SUPPORT_MICROSOFT},
    {"SemiAnnualPreview", "2502", "2025-08-12", "2025-03-11", NULL, "2025-09-09", SUPPORT_MICROSOFT},
    {"SemiAnnualPreview", "2602", "2026-08-11", "2026-07-14", NULL, "2026-09-08", SUPPORT_ESTIMATED},
    /* each build until the next second Tuesday, all until the product's end */
    {"PerpetualVL2019", "LTSB2018", "2024-12-10", "2018-09-24", NULL, "2025-01-14", SUPPORT_MICROSOFT},
    {"PerpetualVL2019", "1808", "2025-08-12", "2018-09-24", NULL, "2025-09-09", SUPPORT_MICROSOFT},
    {"PerpetualVL2019", "1808", "2025-09-09", "2018-09-24", NULL, "2025-10-14", SUPPORT_PRODUCT},
    {"PerpetualVL2019", "1808", "2025-10-14", "2018-09-24", NULL, "2025-10-14", SUPPORT_PRODUCT},
    {"PerpetualVL2019", "", NULL, NULL, NULL, "2025-10-14", SUPPORT_PRODUCT},
    {"PerpetualVL2021", "LTSB2021", "2025-10-14", NULL, NULL, "2025-11-11", SUPPORT_MICROSOFT},
    {"PerpetualVL2021", "LTSB2021", "2026-09-08", NULL, NULL, "2026-10-13", SUPPORT_PRODUCT},
    {"PerpetualVL2021", "", NULL, NULL, NULL, "2026-10-13", SUPPORT_PRODUCT},
    {"PerpetualVL2024", "LTSB2024", "2026-08-11", NULL, NULL, "2029-10-09", SUPPORT_PRODUCT},
    {"PerpetualVL2024", "2409", NULL, NULL, NULL, "2029-10-09", SUPPORT_PRODUCT},
};

static struct support_build describe(const char *channel, const char *version, const char *released,
                                     const char *first, const char *next)
{
    return (struct support_build){.channel = channel_find(channel),
                                  .build = build_of("16.0.20326.20100"),
                                  .version = version,
                                  .released_unix = at(released),
                                  .version_first_unix = at(first),
                                  .next_version_unix = at(next)};
}

static void the_shipped_rules_by_channel(void **state)
{
    struct support_rules rules = shipped();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shipped_cases); i++) {
        char what[128];
        struct support_build build =
            describe(shipped_cases[i].channel, shipped_cases[i].version, shipped_cases[i].released,
                     shipped_cases[i].first, shipped_cases[i].next);
        struct deadline deadline = support_deadline(&rules, &no_window, &build);
        snprintf(what, sizeof what, "case %zu, %s %s", i, shipped_cases[i].channel, shipped_cases[i].version);
        assert_at(deadline.at_unix, shipped_cases[i].deadline, what);
        assert_string_equal(support_basis_text(deadline.basis), support_basis_text(shipped_cases[i].basis));
    }
    support_rules_clear(&rules);
}

static void every_channel_has_shipped_rules(void **state)
{
    struct support_rules rules = shipped();
    (void)state;
    for (size_t i = 0; channel_at(i); i++) {
        unsigned days[8];
        assert_true(support_warn_days(&rules, &usual, channel_at(i), days) > 0);
    }
    support_rules_clear(&rules);
}

/* ---- the window, and the earlier of the two ---- */

static const struct {
    const char *channel;
    int64_t count;
    bool months;
    const char *released, *next;
    const char *deadline;
    enum support_basis basis;
} window_cases[] = {
    {"Current", 12, true, "2024-02-29T10:00:00Z", NULL, "2025-02-28T10:00:00Z", SUPPORT_WINDOW},
    {"Current", 12, true, "2024-08-31T10:00:00Z", NULL, "2025-08-31T10:00:00Z", SUPPORT_WINDOW},
    {"Current", 6, true, "2024-08-31T10:00:00Z", NULL, "2025-02-28T10:00:00Z", SUPPORT_WINDOW},
    {"Current", 12, true, "2024-02-29T10:00:00Z", "2024-03-12T10:00:00Z", "2024-03-14", SUPPORT_ESTIMATED},
    {"Current", 0, true, "2024-02-29T10:00:00Z", NULL, NULL, SUPPORT_NONE},
    {"Current", 0, false, "2024-02-29T10:00:00Z", NULL, NULL, SUPPORT_NONE},
    {"Current", 30, false, "2024-02-29T10:00:00Z", NULL, "2024-03-30T10:00:00Z", SUPPORT_WINDOW},
    {"Current", 365, false, "2024-02-29T10:00:00Z", NULL, "2025-02-28T10:00:00Z", SUPPORT_WINDOW},
    {"Current", 1, false, "2024-03-30T23:30:00Z", NULL, "2024-03-31T23:30:00Z", SUPPORT_WINDOW},
    {"Current", 12, true, NULL, NULL, NULL, SUPPORT_NONE},
    {"MonthlyEnterprise", 12, true, "2024-12-10T08:28:23Z", NULL, "2025-02-11", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", 2, true, "2024-12-10T08:28:23Z", NULL, "2025-02-10T08:28:23Z", SUPPORT_WINDOW},
    {"MonthlyEnterprise", 63, false, "2024-12-10T08:28:23Z", NULL, "2025-02-11", SUPPORT_MICROSOFT},
    {"MonthlyEnterprise", 62, false, "2024-12-10T08:28:23Z", NULL, "2025-02-10T08:28:23Z", SUPPORT_WINDOW},
    {"MonthlyEnterprise", 63, false, "2024-12-10", NULL, "2025-02-11", SUPPORT_MICROSOFT}, /* both the same */
    {"SemiAnnual", 12, true, "2024-07-09T07:42:12Z", NULL, "2025-07-09T07:42:12Z", SUPPORT_WINDOW},
    {"SemiAnnual", 14, true, "2024-07-09T07:42:12Z", NULL, "2025-09-09", SUPPORT_MICROSOFT},
    {"PerpetualVL2024", 12, true, "2026-08-11T13:00:00Z", NULL, "2027-08-11T13:00:00Z", SUPPORT_WINDOW},
    {"PerpetualVL2024", 12, true, "2028-10-10T13:00:00Z", NULL, "2029-10-09", SUPPORT_PRODUCT},
    {"PerpetualVL2021", 12, true, NULL, NULL, "2026-10-13", SUPPORT_PRODUCT},
};

static void the_earlier_of_window_and_rule(void **state)
{
    struct support_rules rules = shipped();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(window_cases); i++) {
        char what[64];
        struct support_settings settings = {.window_count = window_cases[i].count,
                                            .window_months = window_cases[i].months};
        const char *version = strcmp(window_cases[i].channel, "MonthlyEnterprise") == 0 ? "2410" : "2402";
        struct support_build build = describe(window_cases[i].channel, version, window_cases[i].released,
                                              window_cases[i].released, window_cases[i].next);
        struct deadline deadline = support_deadline(&rules, &settings, &build);
        snprintf(what, sizeof what, "window case %zu", i);
        assert_at(deadline.at_unix, window_cases[i].deadline, what);
        assert_string_equal(support_basis_text(deadline.basis), support_basis_text(window_cases[i].basis));
    }
    support_rules_clear(&rules);
}

/* ---- which row counts ---- */

#define HEAD "channel,from_version,to_version,first_from,first_to,rule,basis,source\n"

static struct deadline judge_row(const char *text, const char *version, const char *first)
{
    struct support_rules rules = {0};
    parse(text, &rules);
    struct support_build build =
        describe("Current", version, "2026-01-10T12:00:00Z", first, "2026-02-10T12:00:00Z");
    struct deadline deadline = support_deadline(&rules, &no_window, &build);
    support_rules_clear(&rules);
    return deadline;
}

static const struct {
    const char *rows, *version, *first, *deadline;
} row_cases[] = {
    {"Current,,,,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", "2026-03-01"},
    {"Current,,,,,date 2026-03-01,microsoft,x\nCurrent,,,,,date 2026-04-01,microsoft,x\n", "2601",
     "2026-01-05", "2026-04-01"},
    {"Current,,,,,date 2026-03-01,microsoft,x\nCurrent,,,,,none,microsoft,x\n", "2601", "2026-01-05", NULL},
    {"Current,,,,,date 2026-03-01,microsoft,x\nBeta,,,,,date 2026-04-01,microsoft,x\n", "2601", "2026-01-05",
     "2026-03-01"},
    {"Monthly,,,,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", "2026-03-01"},
    {"Current,2601,2601,,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", "2026-03-01"},
    {"Current,2602,,,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", NULL},
    {"Current,2601,,,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", "2026-03-01"},
    {"Current,,2601,,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", "2026-03-01"},
    {"Current,,2512,,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", NULL},
    {"Current,2601,,,,date 2026-03-01,microsoft,x\n", "", "2026-01-05", NULL},
    {"Current,2601,,,,date 2026-03-01,microsoft,x\n", "LTSB2601", "2026-01-05", NULL},
    {"Current,2601,,,,date 2026-03-01,microsoft,x\n", "2613", "2026-01-05", NULL},
    {"Current,,,2026-01-05,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05", "2026-03-01"},
    {"Current,,,2026-01-06,,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05T23:59:59Z", NULL},
    {"Current,,,,2026-01-05,date 2026-03-01,microsoft,x\n", "2601", "2026-01-05T23:59:59Z", "2026-03-01"},
    {"Current,,,,2026-01-05,date 2026-03-01,microsoft,x\n", "2601", "2026-01-06", NULL},
    {"Current,,,2026-01-05,,date 2026-03-01,microsoft,x\n", "2601", NULL, NULL},
    {"Current,,,,,days 30,microsoft,x\n", "2601", "2026-01-05T23:00:00Z", "2026-02-04"},
    {"Current,,,,,days 30,microsoft,x\n", "2601", NULL, NULL},
    {"Current,,,,,next-version+3,estimated,x\n", "2601", "2026-01-05", "2026-02-13"},
    {"Current,,,,,second-tuesday+1,microsoft,x\n", "2601", "2026-01-31", "2026-02-10"},
    {"Current,,,,,second-tuesday+0,microsoft,x\n", "2601", "2026-01-31", "2026-01-13"},
    {"Current,,,,,build-second-tuesday+2,microsoft,x\n", "2601", NULL, "2026-03-10"},
    {"Current,,,,,build 16.0.20326.20100 2026-03-01,microsoft,x\n", "2601", "2026-01-05", "2026-03-01"},
    {"Current,,,,,build 20326.20100 2026-03-01,microsoft,x\n", "", NULL, "2026-03-01"},
    {"Current,,,,,build 16.0.20326.20101 2026-03-01,microsoft,x\n", "2601", "2026-01-05", NULL},
    {"Current,,,,,date 2026-03-01,microsoft,x\nCurrent,,,,,product 2026-02-01,product,x\n", "2601",
     "2026-01-05", "2026-02-01"},
    {"Current,,,,,product 2026-04-01,product,x\nCurrent,,,,,date 2026-03-01,microsoft,x\n", "2601",
     "2026-01-05", "2026-03-01"},
    {"Current,,,,,none,microsoft,x\nCurrent,,,,,product 2026-02-01,product,x\n", "2601", "2026-01-05",
     "2026-02-01"},
    {"Current,,,,,product 2026-02-01,product,x\nCurrent,,,,,product 2026-04-01,product,x\n", "2601",
     "2026-01-05", "2026-04-01"},
};

static void the_last_row_that_matches_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(row_cases); i++) {
        char text[512];
        snprintf(text, sizeof text, HEAD "%s", row_cases[i].rows);
        assert_at(judge_row(text, row_cases[i].version, row_cases[i].first).at_unix, row_cases[i].deadline,
                  row_cases[i].rows);
    }
}

/* ---- warn and minimum ---- */

static const struct {
    const char *channel;
    size_t warns;
    unsigned days[3];
    enum support_basis basis;
    unsigned minimum;
} warn_cases[] = {
    {"Current", 1, {0}, SUPPORT_NONE, 0},
    {"CurrentPreview", 1, {0}, SUPPORT_NONE, 0},
    {"BetaChannel", 1, {0}, SUPPORT_NONE, 0},
    {"MonthlyEnterprise", 2, {14, 7}, SUPPORT_NONE, 10},
    {"SemiAnnual", 3, {45, 14, 7}, SUPPORT_NONE, 21},
    {"SemiAnnualPreview", 3, {45, 14, 7}, SUPPORT_NONE, 21},
    {"PerpetualVL2019", 3, {90, 30, 7}, SUPPORT_PRODUCT, 0},
    {"PerpetualVL2021", 3, {90, 30, 7}, SUPPORT_PRODUCT, 0},
    {"PerpetualVL2024", 3, {90, 30, 7}, SUPPORT_PRODUCT, 0},
};

static void auto_means_what_the_channels_row_says(void **state)
{
    struct support_rules rules = shipped();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(warn_cases); i++) {
        unsigned days[8] = {0};
        const struct channel *channel = channel_find(warn_cases[i].channel);
        assert_int_equal(support_warn_days(&rules, &usual, channel, days), warn_cases[i].warns);
        assert_memory_equal(days, warn_cases[i].days, warn_cases[i].warns * sizeof *days);
        assert_int_equal(support_warn_basis(&rules, &usual, channel), warn_cases[i].basis);
        assert_int_equal(support_minimum_days(&rules, &usual, channel), warn_cases[i].minimum);
    }
    support_rules_clear(&rules);
}

static void what_is_configured_overrides_the_rows(void **state)
{
    struct support_rules rules = shipped();
    const struct support_settings own = {.warn_days = {60, 5}, .warns = 2, .minimum_days = 3};
    unsigned days[8] = {0};
    const struct channel *channel = channel_find("PerpetualVL2024");
    (void)state;
    assert_int_equal(support_warn_days(&rules, &own, channel, days), 2);
    assert_int_equal(days[0], 60);
    assert_int_equal(days[1], 5);
    assert_int_equal(support_warn_basis(&rules, &own, channel), SUPPORT_NONE);
    assert_int_equal(support_minimum_days(&rules, &own, channel), 3);
    support_rules_clear(&rules);
}

static void no_rules_no_warnings(void **state)
{
    const struct support_rules none = {0};
    unsigned days[8];
    (void)state;
    assert_int_equal(support_warn_days(&none, &usual, channel_find("Current"), days), 0);
    assert_int_equal(support_warn_basis(&none, &usual, channel_find("Current")), SUPPORT_NONE);
    assert_int_equal(support_minimum_days(&none, &usual, channel_find("Current")), 0);
}

/* ---- what a history says of a build ---- */

static void add_release(struct releases *releases, const char *channel, const char *build,
                        const char *version, const char *released)
{
    struct release row = {
        .channel = channel_find(channel), .build = build_of(build), .released_unix = at(released)};
    struct releases one = {.row = &row, .len = 1, .published_unix = -1};
    snprintf(row.version, sizeof row.version, "%s", version);
    releases_merge(releases, &one);
}

static struct releases some_history(void)
{
    struct releases releases = RELEASES_NONE;
    add_release(&releases, "MonthlyEnterprise", "16.0.20131.20206", "2606", "2026-08-11T09:00:00Z");
    add_release(&releases, "MonthlyEnterprise", "16.0.20228.20188", "2607", "2026-08-11T12:19:59Z");
    add_release(&releases, "SemiAnnual", "16.0.20131.20206", "2606", "2026-08-18");
    add_release(&releases, "MonthlyEnterprise", "16.0.20131.20152", "2606", "2026-07-14T14:28:21Z");
    add_release(&releases, "MonthlyEnterprise", "16.0.20026.20236", "2605", "2026-07-14T16:00:00Z");
    add_release(&releases, "MonthlyEnterprise", "16.0.20300.20000", "2608", "2026-09-08");
    add_release(&releases, "PerpetualVL2021", "16.0.14334.20700", "LTSB2021", "2026-08-11");
    add_release(&releases, "PerpetualVL2021", "16.0.14334.20624", "LTSB2021", "2026-04-14");
    add_release(&releases, "PerpetualVL2021", "16.0.14334.20800", "2108", "2026-09-08");
    return releases;
}

static const struct {
    const char *channel, *build, *version, *released, *first, *next;
} history_cases[] = {
    {"MonthlyEnterprise", "16.0.20131.20206", "2606", "2026-08-11T09:00:00Z", "2026-07-14T14:28:21Z",
     "2026-08-11T12:19:59Z"},
    {"MonthlyEnterprise", "16.0.20131.20152", "2606", "2026-07-14T14:28:21Z", "2026-07-14T14:28:21Z",
     "2026-08-11T12:19:59Z"},
    {"MonthlyEnterprise", "16.0.20026.20236", "2605", "2026-07-14T16:00:00Z", "2026-07-14T16:00:00Z",
     "2026-07-14T14:28:21Z"},
    {"MonthlyEnterprise", "16.0.20300.20000", "2608", "2026-09-08", "2026-09-08", NULL},
    {"SemiAnnual", "16.0.20131.20206", "2606", "2026-08-18", "2026-08-18", NULL},
    {"SemiAnnual", "16.0.20131.20152", "", NULL, NULL, NULL},
    {"Current", "16.0.20131.20206", "", NULL, NULL, NULL},
    {"PerpetualVL2021", "16.0.14334.20700", "LTSB2021", "2026-08-11", "2026-04-14", NULL},
    {"PerpetualVL2021", "16.0.14334.20800", "2108", "2026-09-08", "2026-09-08", NULL},
};

static void a_history_describes_a_build(void **state)
{
    struct releases releases = some_history();
    (void)state;
    for (size_t i = 0; i < COUNT_OF(history_cases); i++) {
        struct build build = build_of(history_cases[i].build);
        struct support_build described;
        support_describe(channel_find(history_cases[i].channel), &build, &releases, &described);
        assert_ptr_equal(described.channel, channel_find(history_cases[i].channel));
        assert_int_equal(build_compare(&described.build, &build), 0);
        assert_string_equal(described.version, history_cases[i].version);
        assert_at(described.released_unix, history_cases[i].released, "released");
        assert_at(described.version_first_unix, history_cases[i].first, "first of its version");
        assert_at(described.next_version_unix, history_cases[i].next, "first of the next version");
    }
    releases_clear(&releases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_end_with_the_last_day_of_a_shorter_one),
        cmocka_unit_test(second_tuesdays_of_forty_years),
        cmocka_unit_test(days_left_are_rounded_down),
        cmocka_unit_test(the_shipped_rules_by_channel),
        cmocka_unit_test(every_channel_has_shipped_rules),
        cmocka_unit_test(the_earlier_of_window_and_rule),
        cmocka_unit_test(the_last_row_that_matches_counts),
        cmocka_unit_test(auto_means_what_the_channels_row_says),
        cmocka_unit_test(what_is_configured_overrides_the_rows),
        cmocka_unit_test(no_rules_no_warnings),
        cmocka_unit_test(a_history_describes_a_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* version = latest | n-1 | 2606, against the histories that Microsoft published from 2024-05 to 2026-08. */
#include "test.h"

#include "ringmgr/policy/wanted.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const struct version_rule latest = {.choice = VERSION_LATEST};
static const struct version_rule previous = {.choice = VERSION_PREVIOUS};

static struct version_rule named(const char *version)
{
    struct version_rule rule = {.choice = VERSION_NAMED};
    snprintf(rule.named, sizeof rule.named, "%s", version);
    return rule;
}

/* Adds what real/releasehistory/`month`.xml says. */
static void add_month(struct releases *releases, const char *month)
{
    struct releases published AUTO(releases_clear) = RELEASES_NONE;
    struct err err = {0};
    AUTO_BUF text = {0};
    char path[64];
    snprintf(path, sizeof path, "releasehistory/%s.xml", month);
    test_read_real(path, &text);
    assert_ok(releases_parse(text.data, text.len, path, &published, &err));
    releases_merge(releases, &published);
}

static struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build = {0};
    assert_ok(build_parse(text, &build, &err));
    return build;
}

static void assert_build(const struct release *row, const char *build)
{
    char text[BUILD_TEXT_SIZE] = "none";
    if (row)
        build_format(&row->build, text);
    assert_string_equal(text, build);
}

/* ---- month by month ---- */

static const struct month {
    const char *month;
    const char *latest, *latest_build;     /* the newest of the channel */
    const char *previous, *previous_build; /* "" none */
} months[] = {
    {"2024-05", "2403", "16.0.17425.20236", "2402", "16.0.17328.20346"},
    {"2024-06", "2404", "16.0.17531.20190", "2403", "16.0.17425.20258"},
    {"2024-07", "2405", "16.0.17628.20188", "2404", "16.0.17531.20210"},
    {"2024-08", "2406", "16.0.17726.20206", "2405", "16.0.17628.20206"},
    {"2024-09", "2407", "16.0.17830.20210", "2406", "16.0.17726.20222"},
    {"2024-10", "2408", "16.0.17928.20216", "2407", "16.0.17830.20232"},
    {"2024-11", "2409", "16.0.18025.20214", "2408", "16.0.17928.20286"},
    {"2024-12", "2410", "16.0.18129.20200", "2409", "16.0.18025.20242"},
    {"2025-01", "2411", "16.0.18227.20222", "2410", "16.0.18129.20242"},
    {"2025-02", "2412", "16.0.18324.20240", "2411", "16.0.18227.20240"},
    {"2025-03", "2501", "16.0.18429.20200", "2412", "16.0.18324.20272"},
    {"2025-04", "2502", "16.0.18526.20286", "2501", "16.0.18429.20216"},
    {"2025-05", "2503", "16.0.18623.20266", "2502", "16.0.18526.20336"},
    {"2025-06", "2504", "16.0.18730.20226", "2503", "16.0.18623.20302"},
    {"2025-07", "2505", "16.0.18827.20202", "2504", "16.0.18730.20240"},
    {"2025-08", "2506", "16.0.18925.20216", "2505", "16.0.18827.20230"},
    {"2025-09", "2507", "16.0.19029.20244", "2506", "16.0.18925.20242"},
    {"2025-10", "2508", "16.0.19127.20314", "2507", "16.0.19029.20274"},
    {"2025-11", "2509", "16.0.19231.20246", "2508", "16.0.19127.20384"},
    {"2025-12", "2510", "16.0.19328.20266", "2509", "16.0.19231.20274"},
    {"2026-01", "2511", "16.0.19426.20260", "2510", "16.0.19328.20292"},
    {"2026-02", "2512", "16.0.19530.20226", "2511", "16.0.19426.20294"},
    {"2026-03", "2602", "16.0.19725.20170", "2512", "16.0.19530.20260"},
    {"2026-04", "2603", "16.0.19822.20180", "2602", "16.0.19725.20244"},
    {"2026-05", "2604", "16.0.19929.20172", "2603", "16.0.19822.20254"},
    {"2026-06", "2605", "16.0.20026.20166", "2604", "16.0.19929.20220"},
    {"2026-07", "2606", "16.0.20131.20152", "2605", "16.0.20026.20236"},
    {"2026-08", "2607", "16.0.20228.20188", "2606", "16.0.20131.20206"},
};

static void monthly_enterprise_has_its_version_and_the_one_before(void **state)
{
    struct releases releases AUTO(releases_clear) = RELEASES_NONE;
    const struct channel *channel = channel_find("MonthlyEnterprise");
    char version[RELEASE_VERSION_SIZE];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(months); i++) {
        const struct month *row = &months[i];
        struct version_rule rule = named(row->latest);
        add_month(&releases, row->month);
        assert_true(wanted_version(&previous, channel, &releases, version));
        if (strcmp(version, row->previous) != 0)
            fail_msg("%s: n-1 is %s, not %s", row->month, version, row->previous);
        assert_build(wanted_release(&previous, channel, &releases, NULL, 0), row->previous_build);
        assert_build(wanted_release(&latest, channel, &releases, NULL, 0), row->latest_build);
        assert_build(wanted_release(&rule, channel, &releases, NULL, 0), row->latest_build);
    }
}

static void semi_annual_n_1_is_the_version_before_not_the_half_year_before(void **state)
{
    struct releases releases AUTO(releases_clear) = RELEASES_NONE;
    const struct channel *channel = channel_find("SemiAnnual");
    (void)state;
    add_month(&releases, "2026-08");
    assert_build(wanted_release(&latest, channel, &releases, NULL, 0), "16.0.20228.20186");
    assert_build(wanted_release(&previous, channel, &releases, NULL, 0), "16.0.20131.20206");
    struct version_rule rule = named("2508");
    assert_build(wanted_release(&rule, channel, &releases, NULL, 0), "16.0.19127.20752");
}

/* ---- recalled builds ---- */

static void what_was_recalled_is_not_wanted(void **state)
{
    struct releases releases AUTO(releases_clear) = RELEASES_NONE;
    const struct channel *channel = channel_find("SemiAnnual");
    struct build recalled[] = {build_of("20131.20206"), build_of("20131.20150"), build_of("20228.20186")};
    (void)state;
    add_month(&releases, "2026-08");
    assert_build(wanted_release(&previous, channel, &releases, recalled, 1), "16.0.20131.20150");
    assert_build(wanted_release(&previous, channel, &releases, recalled, 2), "none");
    assert_build(wanted_release(&latest, channel, &releases, recalled, 2), "16.0.20228.20186");
    assert_build(wanted_release(&latest, channel, &releases, recalled, 3), "16.0.19127.20752");
}

/* ---- what the rows do not tell ---- */

static void rows_may_not_tell(void **state)
{
    struct releases none = RELEASES_NONE;
    struct releases releases AUTO(releases_clear) = RELEASES_NONE;
    const struct channel *channel = channel_find("MonthlyEnterprise");
    struct version_rule rule = named("2606"), absent = named("2501");
    char version[RELEASE_VERSION_SIZE];
    (void)state;
    assert_true(wanted_version(&latest, channel, &none, version));
    assert_string_equal(version, "");
    assert_false(wanted_version(&previous, channel, &none, version));
    assert_string_equal(version, "");
    assert_true(wanted_version(&rule, channel, &none, version));
    assert_string_equal(version, "2606");
    assert_null(wanted_release(&latest, channel, &none, NULL, 0));
    assert_null(wanted_release(&previous, channel, &none, NULL, 0));
    add_month(&releases, "2026-08");
    assert_null(wanted_release(&absent, channel, &releases, NULL, 0));
}

static void no_version_comes_before_a_product(void **state)
{
    struct releases releases AUTO(releases_clear) = RELEASES_NONE;
    const struct channel *channel = channel_find("PerpetualVL2019");
    struct version_rule rule = named("LTSB2018");
    char version[RELEASE_VERSION_SIZE];
    (void)state;
    add_month(&releases, "2026-08");
    assert_false(wanted_version(&previous, channel, &releases, version));
    assert_null(wanted_release(&previous, channel, &releases, NULL, 0));
    assert_build(wanted_release(&latest, channel, &releases, NULL, 0), "16.0.10417.20197");
    assert_build(wanted_release(&rule, channel, &releases, NULL, 0), "16.0.10417.20197");
}

/* Versions of other channels and those that are called latest nowhere. */
static void n_1_counts_from_the_row_that_is_called_latest(void **state)
{
    const struct channel *mine = channel_find("MonthlyEnterprise"), *other = channel_find("Current");
    struct release rows[] = {
        {mine, {{16, 0, 1, 1}}, "2604", 0, false}, {mine, {{16, 0, 2, 1}}, "2605", 0, true},
        {mine, {{16, 0, 3, 1}}, "2606", 0, false}, {other, {{16, 0, 1, 9}}, "2603", 0, false},
        {mine, {{16, 0, 1, 3}}, "2604", 0, false}, {other, {{16, 0, 2, 9}}, "2605", 0, true},
        {mine, {{16, 0, 1, 2}}, "2604", 0, false}, {other, {{16, 0, 1, 8}}, "2604", 0, false},
        {mine, {{16, 0, 0, 1}}, "2512", 0, false}, {mine, {{16, 0, 0, 2}}, "210", 0, false},
        {mine, {{16, 0, 0, 3}}, "", 0, false},     {mine, {{16, 0, 0, 4}}, "2604x", 0, false},
    };
    const struct releases releases = {rows, COUNT_OF(rows), -1};
    const struct releases first = {rows + 1, 2, -1};
    char version[RELEASE_VERSION_SIZE];
    (void)state;
    assert_true(wanted_version(&previous, mine, &releases, version));
    assert_string_equal(version, "2604");
    assert_build(wanted_release(&previous, mine, &releases, NULL, 0), "16.0.1.3");
    assert_build(wanted_release(&previous, other, &releases, NULL, 0), "16.0.1.8");
    assert_false(wanted_version(&previous, mine, &first, version));
}

/* ---- sentences ---- */

static const struct sentence {
    const char *rule, *month, *version;
    const char *why; /* NULL: it is wanted */
} sentences[] = {
    {"latest", "2026-08", "2607", NULL},
    {"latest", "2026-08", "2606", NULL},
    {"latest", "2026-08", "", NULL},
    {"latest", "", "", NULL},
    {"n-1", "2026-08", "2606", NULL},
    {"n-1", "2026-08", "2607",
     "production has version = n-1, which is 2606, and this build is of version 2607"},
    {"n-1", "2026-07", "2606",
     "production has version = n-1, which is 2605, and this build is of version 2606"},
    {"n-1", "2026-08", "", "production has version = n-1, and no release history names this build's version"},
    {"n-1", "", "2606",
     "production has version = n-1, and the release history does not tell yet which that is"},
    {"2606", "2026-08", "2606", NULL},
    {"2606", "2026-07", "2606", NULL},
    {"2606", "", "2606", NULL},
    {"2606", "2026-08", "2607", "production has version = 2606, and this build is of version 2607"},
    {"2606", "2026-08", "",
     "production has version = 2606, and no release history names this build's version"},
};

static void what_a_ring_does_not_want_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        const struct sentence *row = &sentences[i];
        struct releases releases AUTO(releases_clear) = RELEASES_NONE;
        struct ring ring = {.name = (char *)"production", .channel = channel_find("MonthlyEnterprise")};
        char why[256];
        ring.version = strcmp(row->rule, "latest") == 0 ? latest
                       : strcmp(row->rule, "n-1") == 0  ? previous
                                                        : named(row->rule);
        assert_string_equal(version_rule_text(&ring.version), row->rule);
        if (*row->month)
            add_month(&releases, row->month);
        const char *told = wanted_refuses(&ring, &releases, row->version, why);
        assert_string_equal(told ? told : "wanted", row->why ? row->why : "wanted");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monthly_enterprise_has_its_version_and_the_one_before),
        cmocka_unit_test(semi_annual_n_1_is_the_version_before_not_the_half_year_before),
        cmocka_unit_test(what_was_recalled_is_not_wanted),
        cmocka_unit_test(rows_may_not_tell),
        cmocka_unit_test(no_version_comes_before_a_product),
        cmocka_unit_test(n_1_counts_from_the_row_that_is_called_latest),
        cmocka_unit_test(what_a_ring_does_not_want_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

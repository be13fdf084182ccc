/*
 * The shipped rules against Microsoft's own dates: 276 builds that were measured, its whole answer of one
 * day, and what it answered later. Where Microsoft is the basis each date is met; an estimate is never later.
 */
#include "c2r/csv.h"

#include "ringmgr/base/clock.h"
#include "ringmgr/base/json.h"
#include "ringmgr/policy/support_dates.h"
#include "ringmgr/policy/support_rules.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { DATES = 3, MONTHS = 28 };

static const struct support_settings no_window = {0};

/* A measured build and every date that Microsoft ever gave for it. */
struct measured {
    const struct channel *channel;
    struct build build;
    int64_t date_unix[DATES];
    size_t dates;
};

/* What came of all. */
struct tally {
    size_t met;                      /* by a rule */
    size_t excepted;                 /* by a row of its own */
    size_t estimated;                /* with a date to compare */
    int64_t early_least, early_most; /* days by which estimates are early */
    size_t without;                  /* no date was ever given */
};

struct world {
    struct support_rules rules;
    struct releases releases;
};

static int64_t time_of(const char *text)
{
    int64_t when = 0;
    if (!clock_parse(text, &when))
        fail_msg("\"%s\" is no time", text);
    return when;
}

static struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build = {0};
    assert_ok(build_parse(text, &build, &err));
    return build;
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

static void add(struct releases *releases, const char *channel, const char *build, const char *version,
                const char *released)
{
    struct release row = {
        .channel = channel_find(channel), .build = build_of(build), .released_unix = time_of(released)};
    struct releases one = {.row = &row, .len = 1, .published_unix = -1};
    assert_non_null(row.channel);
    snprintf(row.version, sizeof row.version, "%s", version);
    releases_merge(releases, &one);
}

/* Adds what a file says; of two that name the same build, the one that is added later counts. */
static void add_measured(struct releases *releases)
{
    AUTO_BUF text = {0};
    const char *field[CSV_FIELDS];
    test_read_real("end-of-support.csv", &text);
    char *at = (char *)text.data;
    csv_next(&at, field);
    while (csv_next(&at, field))
        add(releases, field[0], field[1], field[2], field[3]);
}

static void add_history(struct releases *releases)
{
    AUTO_BUF text = {0};
    const char *field[CSV_FIELDS];
    test_read_real("releases-2024-2026.csv", &text);
    char *at = (char *)text.data;
    csv_next(&at, field);
    while (csv_next(&at, field))
        add(releases, field[0], field[4], field[3], field[5]);
}

static struct world open_world(bool history_last)
{
    struct world world = {.rules = shipped(), .releases = RELEASES_NONE};
    if (!history_last)
        add_history(&world.releases);
    add_measured(&world.releases);
    if (history_last)
        add_history(&world.releases);
    return world;
}

static void close_world(struct world *world)
{
    support_rules_clear(&world->rules);
    releases_clear(&world->releases);
}

/* "0001-01-01T00:00:00Z|2023-09-12T00:00:00Z": the first means that there was no date yet. */
static void read_dates(char *text, struct measured *measured)
{
    char *one;
    while ((one = strsep(&text, "|"))) {
        if (strncmp(one, "0001-", 5) == 0)
            continue;
        assert_true(measured->dates < DATES);
        measured->date_unix[measured->dates++] = time_of(one);
    }
}

static bool is_exception(const struct support_rule *rule, const struct support_build *build)
{
    if (rule->channel != build->channel)
        return false;
    if (rule->count == COUNT_BUILD)
        return build_compare(&rule->build, &build->build) == 0;
    unsigned version = support_version_number(build->version);
    return rule->count == COUNT_DATE && version >= rule->from_version && version <= rule->to_version;
}

/* The source of the row that is about this build or version alone; NULL if a rule decides. */
static const char *exception_source(const struct world *world, const struct support_build *build)
{
    for (size_t i = world->rules.len; i > 0; i--)
        if (is_exception(&world->rules.row[i - 1], build))
            return world->rules.row[i - 1].source;
    return NULL;
}

static void fail_date(const struct measured *measured, const struct deadline *deadline, const char *what)
{
    char build[BUILD_TEXT_SIZE], ours[CLOCK_TEXT_SIZE] = "none", theirs[CLOCK_TEXT_SIZE] = "none";
    build_format(&measured->build, build);
    if (deadline->at_unix >= 0)
        clock_format_date(deadline->at_unix, ours);
    if (measured->dates)
        clock_format_date(measured->date_unix[0], theirs);
    fail_msg("%s %s: %s (%s), Microsoft's date is %s: %s", measured->channel->id, build, ours,
             support_basis_text(deadline->basis), theirs, what);
}

static void count_estimate(const struct measured *measured, const struct deadline *deadline,
                           struct tally *tally)
{
    for (size_t i = 0; i < measured->dates; i++) {
        int64_t early = (measured->date_unix[i] - deadline->at_unix) / SUPPORT_DAY_SECONDS;
        if (deadline->at_unix > measured->date_unix[i])
            fail_date(measured, deadline, "the estimate is later");
        if (tally->estimated == 0 || early < tally->early_least)
            tally->early_least = early;
        if (early > tally->early_most)
            tally->early_most = early;
    }
    tally->estimated++;
}

static void count_exact(const struct world *world, const struct measured *measured,
                        const struct support_build *build, const struct deadline *deadline,
                        struct tally *tally)
{
    const char *source = exception_source(world, build);
    if (measured->dates != 1 || deadline->at_unix != measured->date_unix[0])
        fail_date(measured, deadline, "not met, and no row of its own says why");
    if (source)
        printf("exception: %s %s: %s\n", build->channel->id, build->version, source);
    tally->met += source == NULL;
    tally->excepted += source != NULL;
}

static void compare(const struct world *world, const struct measured *measured, struct tally *tally)
{
    struct support_build build;
    support_describe(measured->channel, &measured->build, &world->releases, &build);
    struct deadline deadline = support_deadline(&world->rules, &no_window, &build);
    if (measured->dates == 0) {
        if (deadline.basis == SUPPORT_MICROSOFT)
            fail_date(measured, &deadline, "Microsoft gave none");
        tally->without++;
    } else if (deadline.basis == SUPPORT_ESTIMATED) {
        count_estimate(measured, &deadline, tally);
    } else {
        count_exact(world, measured, &build, &deadline, tally);
    }
}

static void count_channel(const struct world *world, const struct channel *channel, struct tally *tally)
{
    AUTO_BUF text = {0};
    const char *field[CSV_FIELDS];
    test_read_real("end-of-support.csv", &text);
    char *at = (char *)text.data;
    csv_next(&at, field);
    while (csv_next(&at, field)) {
        struct measured measured = {.channel = channel_find(field[0])};
        if (measured.channel != channel)
            continue;
        measured.build = build_of(field[1]);
        read_dates((char *)field[4], &measured);
        compare(world, &measured, tally);
    }
}

static const struct {
    const char *channel;
    struct tally wanted;
} wanted[] = {
    {"BetaChannel", {.estimated = 50, .early_most = 7, .without = 9}},
    {"CurrentPreview", {.estimated = 53, .early_most = 6, .without = 3}},
    {"Current", {.estimated = 22, .early_most = 6, .without = 6}},
    {"MonthlyEnterprise", {.met = 27}},
    {"SemiAnnualPreview", {.met = 22}},
    {"SemiAnnual", {.met = 50, .excepted = 2}},
    {"PerpetualVL2019", {.met = 12}},
    {"PerpetualVL2021", {.met = 12}},
    {"PerpetualVL2024", {.without = 8}},
};

static void print_tally(const char *name, const struct tally *tally)
{
    printf("%-18s met %3zu, exceptions %2zu, estimates %3zu", name, tally->met, tally->excepted,
           tally->estimated);
    if (tally->estimated)
        printf(" (%lld to %lld days early)", (long long)tally->early_least, (long long)tally->early_most);
    printf(", without a date %zu\n", tally->without);
}

static void assert_tally(const struct tally *is, const struct tally *should)
{
    assert_int_equal(is->met, should->met);
    assert_int_equal(is->excepted, should->excepted);
    assert_int_equal(is->estimated, should->estimated);
    assert_int_equal(is->without, should->without);
    assert_true(is->early_least >= 0);
    assert_int_equal(is->early_most, should->early_most);
}

static void compare_all(bool history_last)
{
    struct world world = open_world(history_last);
    size_t rows = 0;
    printf("first builds as %s says:\n", history_last ? "releases-2024-2026.csv" : "end-of-support.csv");
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct tally tally = {0};
        count_channel(&world, channel_find(wanted[i].channel), &tally);
        print_tally(wanted[i].channel, &tally);
        rows += tally.met + tally.excepted + tally.estimated + tally.without;
        assert_tally(&tally, &wanted[i].wanted);
    }
    assert_int_equal(rows, 276);
    close_world(&world);
}

static void every_measured_build(void **state)
{
    (void)state;
    compare_all(false);
}

/* A build's time of release can change later: the history of today has earlier ones for 58 of them. */
static void every_measured_build_by_todays_history(void **state)
{
    (void)state;
    compare_all(true);
}

/* ---- before the next version is out ---- */

/* The history as it was then. */
static struct releases history_until(const struct releases *all, int64_t now)
{
    struct releases then = RELEASES_NONE;
    for (size_t i = 0; i < all->len; i++) {
        struct releases one = {.row = &all->row[i], .len = 1, .published_unix = -1};
        if (all->row[i].released_unix <= now)
            releases_merge(&then, &one);
    }
    return then;
}

static void while_a_version_is_current_no_date_is_known(void **state)
{
    static const char *const names[] = {"Current", "CurrentPreview"};
    struct world world = open_world(false);
    size_t checked = 0;
    (void)state;
    for (size_t i = 0; i < world.releases.len; i++) {
        const struct release *row = &world.releases.row[i];
        if (strcmp(row->channel->id, names[0]) != 0 && strcmp(row->channel->id, names[1]) != 0)
            continue;
        struct releases then = history_until(&world.releases, row->released_unix);
        struct support_build build;
        support_describe(row->channel, &row->build, &then, &build);
        struct deadline deadline = support_deadline(&world.rules, &no_window, &build);
        if (build.next_version_unix < 0) {
            assert_int_equal(deadline.basis, SUPPORT_NONE);
            checked++;
        }
        releases_clear(&then);
    }
    printf("%zu builds had no date on the day of their release\n", checked);
    assert_true(checked > 200);
    close_world(&world);
}

/* ---- Microsoft's whole answer of 15 December 2024 ---- */

static void compare_answer(const struct world *world, const struct jv *version, const struct channel *channel,
                           struct tally *tally)
{
    struct measured measured = {.channel = channel, .build = build_of(jv_get_text(version, "legacyVersion"))};
    char date[64];
    snprintf(date, sizeof date, "%s", jv_get_text(version, "endOfSupportDate"));
    read_dates(date, &measured);
    compare(world, &measured, tally);
}

/* The history is that answer alone: first builds that it no longer lists are unknown. */
static void read_answer(const struct jv *channels, struct releases *releases)
{
    for (size_t i = 0; i < jv_count(channels); i++) {
        const struct jv *versions = jv_get(jv_at(channels, i), "officeVersions");
        for (size_t j = 0; j < jv_count(versions); j++) {
            const struct jv *version = jv_at(versions, j);
            add(releases, jv_get_text(jv_at(channels, i), "channelId"), jv_get_text(version, "legacyVersion"),
                jv_get_text(version, "releaseVersion"), jv_get_text(version, "availabilityDate"));
        }
    }
}

static void one_answer_is_history_enough(void **state)
{
    struct err err = {0};
    struct tally tally = {0};
    AUTO_BUF text = {0};
    struct world world = {.rules = shipped(), .releases = RELEASES_NONE};
    (void)state;
    test_read_real("cdn-2026-08-22/OfficeReleases-2024-12-15.json", &text);
    struct jv *channels = jv_parse(text.data, text.len, &err);
    assert_non_null(channels);
    read_answer(channels, &world.releases);
    for (size_t i = 0; i < jv_count(channels); i++) {
        const struct jv *versions = jv_get(jv_at(channels, i), "officeVersions");
        for (size_t j = 0; j < jv_count(versions); j++)
            compare_answer(&world, jv_at(versions, j),
                           channel_find(jv_get_text(jv_at(channels, i), "channelId")), &tally);
    }
    print_tally("answer of 2024-12", &tally);
    assert_int_equal(tally.met + tally.excepted + tally.estimated + tally.without, world.releases.len);
    jv_free(channels);
    close_world(&world);
}

/* ---- what Microsoft answered on other days ---- */

/* OfficeReleases as aaronparker/apptracker noted it, docs/_apps/m/microsoft365apps.md and
 * json/Microsoft365Apps.json. */
static const struct {
    const char *channel, *build, *date;
    enum support_basis basis;
} later[] = {
    /* 2024-04-17 */
    {"MonthlyEnterprise", "16.0.17328.20346", "2024-06-11", SUPPORT_MICROSOFT},
    {"SemiAnnual", "16.0.16731.20674", "2025-03-11", SUPPORT_MICROSOFT},
    {"SemiAnnualPreview", "16.0.17328.20346", "2024-09-10", SUPPORT_MICROSOFT},
    /* 2025-10-15 */
    {"MonthlyEnterprise", "16.0.19127.20302", "2025-12-09", SUPPORT_MICROSOFT},
    {"SemiAnnual", "16.0.18526.20634", "2026-09-08", SUPPORT_MICROSOFT},
    {"PerpetualVL2021", "16.0.14334.20344", "2025-11-11", SUPPORT_MICROSOFT},
    /* Microsoft's date for this build was 2025-11-11; its product ended before */
    {"PerpetualVL2019", "16.0.10417.20063", "2025-10-14", SUPPORT_PRODUCT},
    /* 2026-04-22 */
    {"MonthlyEnterprise", "16.0.19822.20180", "2026-06-09", SUPPORT_MICROSOFT},
    {"PerpetualVL2021", "16.0.14334.20624", "2026-05-12", SUPPORT_MICROSOFT},
    /* 2027-01-12 that day; the 8 months that Microsoft had announced end before */
    {"SemiAnnual", "16.0.19127.20622", "2026-09-08", SUPPORT_MICROSOFT},
};

static void later_answers(void **state)
{
    struct world world = open_world(true);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        struct build number = build_of(later[i].build);
        struct support_build build;
        char text[CLOCK_TEXT_SIZE];
        support_describe(channel_find(later[i].channel), &number, &world.releases, &build);
        struct deadline deadline = support_deadline(&world.rules, &no_window, &build);
        clock_format_date(deadline.at_unix, text);
        if (strcmp(text, later[i].date) != 0 || deadline.basis != later[i].basis)
            fail_msg("%s %s: %s, not %s", later[i].channel, later[i].build, text, later[i].date);
    }
    close_world(&world);
}

/* ---- an installation that has seen one history only ---- */

/* How many dates were compared, and how many estimates are later than they would be by all histories. */
struct freshness {
    size_t exact, estimated, later;
};

static void compare_row(const struct world *world, const struct release *row, const struct releases *fresh,
                        struct freshness *freshness)
{
    struct support_build known, full;
    char build[BUILD_TEXT_SIZE];
    support_describe(row->channel, &row->build, fresh, &known);
    support_describe(row->channel, &row->build, &world->releases, &full);
    struct deadline is = support_deadline(&world->rules, &no_window, &known);
    struct deadline should = support_deadline(&world->rules, &no_window, &full);
    if (full.released_unix < 0)
        return;
    build_format(&row->build, build);
    if (is.basis == SUPPORT_ESTIMATED) {
        freshness->estimated++;
        freshness->later += is.at_unix > should.at_unix;
        assert_true(is.at_unix - should.at_unix <= 6 * SUPPORT_DAY_SECONDS);
    } else if (is.basis == SUPPORT_MICROSOFT) {
        freshness->exact++;
        if (is.at_unix != should.at_unix)
            fail_msg("%s %s: %lld, not %lld", row->channel->id, build, (long long)is.at_unix,
                     (long long)should.at_unix);
    }
}

/*
 * Of Current a history lists two builds: where both are the newest version's, or its first is not among them,
 * an estimate is a few days late until the installation has seen a version begin.
 */
static void a_fresh_installation_knows_the_same_dates(void **state)
{
    struct world world = open_world(true);
    struct freshness freshness = {0};
    (void)state;
    for (int month = 0; month < MONTHS; month++) {
        struct err err = {0};
        struct releases fresh;
        char path[64];
        AUTO_BUF xml = {0};
        snprintf(path, sizeof path, "releasehistory/%d-%02d.xml", 2024 + (month + 4) / 12,
                 (month + 4) % 12 + 1);
        test_read_real(path, &xml);
        assert_ok(releases_parse(xml.data, xml.len, path, &fresh, &err));
        for (size_t i = 0; i < fresh.len; i++)
            compare_row(&world, &fresh.row[i], &fresh, &freshness);
        releases_clear(&fresh);
    }
    printf("by 28 single histories: %zu dates the same, %zu estimates, %zu of them later\n", freshness.exact,
           freshness.estimated, freshness.later);
    assert_true(freshness.exact > 1500);
    assert_int_equal(freshness.later, 3);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_measured_build),
        cmocka_unit_test(every_measured_build_by_todays_history),
        cmocka_unit_test(while_a_version_is_current_no_date_is_known),
        cmocka_unit_test(one_answer_is_history_enough),
        cmocka_unit_test(later_answers),
        cmocka_unit_test(a_fresh_installation_knows_the_same_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

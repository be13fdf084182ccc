/* Release histories: 28 real ones, merging, and hand-made hostile ones. */
#include "csv.h"

#include "ringmgr/base/clock.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/releases.h"

#define NAME "releasehistory.cab/ReleaseHistory.xml"
#define ROW(latest, build, time)                                                                             \
    "<Update Latest=\"" latest "\" Version=\"2607\" LegacyVersion=\"" build "\" PubTime=\"" time "\"/>"
#define CURRENT(rows) "<UpdateChannel Name=\"Current\" ID=\"Current\">" rows "</UpdateChannel>"
#define HISTORY(text) "<ReleaseHistory PublishedDate=\"08/20/2026 23:11\">" text "</ReleaseHistory>"
#define DAY           "2026-08-20T18:00:05Z"
#define NEXT_DAY      "2026-08-21T18:00:05Z"

enum { MONTHS = 28 };

static struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build;
    assert_ok(build_parse(text, &build, &err));
    return build;
}

static bool parse(const char *xml, struct releases *releases, struct err *err)
{
    return releases_parse(xml, strlen(xml), NAME, releases, err);
}

static const struct release *find(const struct releases *releases, const char *channel, const char *number)
{
    struct build build = build_of(number);
    return releases_find(releases, channel_find(channel), &build);
}

/* The real history of month `index` from 0, which is May 2024. */
static void read_month(int index, struct releases *releases)
{
    struct err err = {0};
    char path[64];
    AUTO_BUF xml = {0};
    snprintf(path, sizeof path, "releasehistory/%d-%02d.xml", 2024 + (index + 4) / 12, (index + 4) % 12 + 1);
    test_read_real(path, &xml);
    assert_ok(releases_parse(xml.data, xml.len, path, releases, &err));
}

static void every_real_month_parses(void **state)
{
    (void)state;
    for (int month = 0; month < MONTHS; month++) {
        struct releases releases;
        int latest = 0;
        read_month(month, &releases);
        assert_in_range(releases.len, 81, 116);
        assert_true(releases.published_unix > 1714521600); /* 2024-05-01 */
        for (size_t i = 0; i < releases.len; i++) {
            const struct release *row = &releases.row[i];
            assert_true(row->released_unix > 1420070400); /* 2015 */
            assert_true(row->released_unix < releases.published_unix);
            assert_true(strlen(row->version) >= 4);
            latest += row->latest;
        }
        assert_int_equal(latest, 8);
        assert_null(releases_latest(&releases, channel_find("BetaChannel")));
        releases_clear(&releases);
    }
}

static void merge_months(struct releases *all)
{
    for (int month = 0; month < MONTHS; month++) {
        struct releases releases;
        read_month(month, &releases);
        releases_merge(all, &releases);
        releases_clear(&releases);
    }
}

/* Each row of `part` stands in `whole` as it is. */
static void assert_keeps(const struct releases *whole, const struct releases *part)
{
    for (size_t i = 0; i < part->len; i++) {
        const struct release *row = &part->row[i];
        const struct release *kept = releases_find(whole, row->channel, &row->build);
        assert_non_null(kept);
        assert_int_equal(kept->released_unix, row->released_unix);
        assert_string_equal(kept->version, row->version);
        assert_int_equal(kept->latest, row->latest);
    }
}

static void merging_keeps_every_row_ever_seen(void **state)
{
    (void)state;
    struct releases all = RELEASES_NONE;
    size_t dropped = 0;
    for (int month = 0; month < MONTHS; month++) {
        struct releases releases;
        size_t before = all.len;
        read_month(month, &releases);
        releases_merge(&all, &releases);
        assert_true(all.len >= before);
        assert_keeps(&all, &releases);
        assert_int_equal(all.published_unix, releases.published_unix);
        dropped += all.len > releases.len;
        releases_clear(&releases);
    }
    assert_true(dropped > 20); /* Microsoft does prune: otherwise this test would prove nothing */
    for (int month = 0; month < MONTHS; month++) {
        struct releases releases;
        read_month(month, &releases);
        for (size_t i = 0; i < releases.len; i++)
            assert_non_null(releases_find(&all, releases.row[i].channel, &releases.row[i].build));
        releases_clear(&releases);
    }
    for (size_t i = 0; channel_at(i); i++) {
        int latest = 0;
        for (size_t j = 0; j < all.len; j++)
            latest += all.row[j].latest && all.row[j].channel == channel_at(i);
        assert_int_equal(latest, strcmp(channel_at(i)->id, "BetaChannel") != 0);
    }
    releases_clear(&all);
}

static int64_t time_of(const char *text)
{
    int64_t when = 0;
    if (!clock_parse(text, &when))
        fail_msg("%s is no time", text);
    return when;
}

/*
 * The table was gathered daily, so it has rows that came and went within a month; the first history also has
 * rows from before the table begins. Both numbers were counted from the files by other means.
 */
static void merged_months_agree_with_the_table_of_all_releases(void **state)
{
    (void)state;
    struct releases all = RELEASES_NONE;
    AUTO_BUF csv = {0};
    const char *field[CSV_FIELDS];
    size_t lines = 0;
    size_t found = 0;
    size_t older = 0;
    merge_months(&all);
    test_read_real("releases-2024-2026.csv", &csv);
    char *rest = (char *)csv.data;
    assert_true(csv_next(&rest, field));
    for (; csv_next(&rest, field); lines++) {
        const struct release *row = find(&all, field[0], field[4]);
        if (!row)
            continue;
        found++;
        assert_string_equal(row->version, field[3]);
        assert_in_range(row->released_unix, time_of(field[5]), time_of(field[6]));
    }
    for (size_t i = 0; i < all.len; i++)
        older += all.row[i].released_unix < time_of("2024-05-01T00:00:00Z");
    assert_int_equal(lines, 504);
    assert_int_equal(found, 345);
    assert_int_equal(older, 68);
    assert_int_equal(all.len, 345 + 68);
    releases_clear(&all);
}

static void the_real_cabinet_reads(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_BUF cab = {0};
    struct releases releases;
    test_read_real("cdn-2026-08-22/pr/wsus/releasehistory.cab", &cab);
    assert_ok(releases_read(cab.data, cab.len, "releasehistory.cab", &releases, &err));
    assert_int_equal(releases.len, 94);
    const struct release *latest = releases_latest(&releases, channel_find("MonthlyEnterprise"));
    assert_non_null(latest);
    assert_ptr_equal(latest, find(&releases, "MonthlyEnterprise", "16.0.20228.20188"));
    assert_null(find(&releases, "SemiAnnual", "16.0.20228.20188"));
    releases_clear(&releases);
    assert_null(releases.row);
}

static void a_cabinet_without_history_is_not_genuine(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_BUF cab = {0};
    struct releases releases;
    test_read_real("cdn-2026-08-22/pr/wsus/ofl.cab", &cab);
    assert_fails(releases_read(cab.data, cab.len, "ofl.cab", &releases, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "ofl.cab"));
    assert_int_equal(releases.len, 0);
}

static void an_empty_history_is_no_error_and_no_news(void **state)
{
    (void)state;
    static const char *const table[] = {
        "<ReleaseHistory/>",
        HISTORY(""),
        HISTORY("<UpdateChannel Name=\"Current\" ID=\"Current\" DisplayName=\"Current Channel\"/>"),
        HISTORY(CURRENT("")),
    };
    struct releases known;
    read_month(0, &known);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct releases empty;
        struct releases merged = RELEASES_NONE;
        assert_ok(parse(table[i], &empty, &err));
        assert_int_equal(empty.len, 0);
        releases_merge(&merged, &known);
        releases_merge(&merged, &empty);
        assert_int_equal(merged.len, known.len);
        assert_keeps(&merged, &known);
        assert_non_null(releases_latest(&merged, channel_find("Current")));
        releases_clear(&merged);
        releases_clear(&empty);
    }
    releases_clear(&known);
}

static void merging_updates_what_is_known(void **state)
{
    (void)state;
    struct err err = {0};
    struct releases old, new;
    assert_ok(
        parse(HISTORY(CURRENT(ROW("True", "16.0.1.1", DAY) ROW("False", "16.0.1.0", DAY))), &old, &err));
    assert_ok(parse(HISTORY(CURRENT(ROW("False", "16.0.1.1", NEXT_DAY) ROW("True", "16.0.1.2", NEXT_DAY))),
                    &new, &err));
    releases_merge(&old, &new);
    assert_int_equal(old.len, 3);
    assert_int_equal(find(&old, "Current", "16.0.1.0")->released_unix, time_of(DAY));
    assert_int_equal(find(&old, "Current", "16.0.1.1")->released_unix, time_of(NEXT_DAY));
    assert_ptr_equal(releases_latest(&old, channel_find("Current")), find(&old, "Current", "16.0.1.2"));
    assert_false(find(&old, "Current", "16.0.1.1")->latest);
    releases_clear(&old);
    releases_clear(&new);
}

static void a_latest_that_was_pruned_is_no_longer_latest(void **state)
{
    (void)state;
    struct err err = {0};
    struct releases old, new;
    assert_ok(parse(HISTORY(CURRENT(ROW("True", "16.0.1.2", DAY))), &old, &err));
    assert_ok(parse(HISTORY(CURRENT(ROW("True", "16.0.1.1", DAY))), &new, &err));
    releases_merge(&old, &new);
    assert_int_equal(old.len, 2);
    assert_ptr_equal(releases_latest(&old, channel_find("Current")), find(&old, "Current", "16.0.1.1"));
    assert_false(find(&old, "Current", "16.0.1.2")->latest);
    releases_clear(&old);
    releases_clear(&new);
}

static void latest_is_what_the_history_says_and_not_the_newest(void **state)
{
    (void)state;
    struct err err = {0};
    struct releases releases;
    assert_ok(
        parse(HISTORY(CURRENT(ROW("False", "16.0.9.9", NEXT_DAY) ROW(
                  "true", "16.0.1.1", DAY)) "<UpdateChannel ID=\"SemiAnnual\">" ROW("False", "16.0.1.1",
                                                                                    DAY) "</UpdateChannel>"),
              &releases, &err));
    assert_ptr_equal(releases_latest(&releases, channel_find("Current")),
                     find(&releases, "Current", "16.0.1.1"));
    assert_null(releases_latest(&releases, channel_find("SemiAnnual")));
    releases_clear(&releases);
}

static void reads_times_with_up_to_three_fractional_digits(void **state)
{
    (void)state;
    static const char *const table[] = {DAY, "2026-08-20T18:00:05.9Z", "2026-08-20T18:00:05.99Z",
                                        "2026-08-20T18:00:05.999Z"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        struct releases releases;
        char *xml AUTO_FREE = mem_printf(HISTORY(CURRENT(ROW("True", "16.0.1.1", "%s"))), table[i]);
        assert_ok(parse(xml, &releases, &err));
        assert_int_equal(releases.row[0].released_unix, time_of(DAY));
        releases_clear(&releases);
    }
}

static void passes_over_channels_that_it_does_not_know(void **state)
{
    (void)state;
    struct err err = {0};
    struct releases releases;
    assert_ok(parse(
        HISTORY("<UpdateChannel Name=\"X\" ID=\"Perpetual2099\"><Update Future=\"yes\"/></UpdateChannel>"
                "<UpdateChannel/><Other/>"
                "<UpdateChannel Name=\"Deferred\">" ROW("True", "16.0.1.1", DAY) "</UpdateChannel>"),
        &releases, &err));
    assert_int_equal(releases.len, 1);
    assert_ptr_equal(releases.row[0].channel, channel_find("SemiAnnual"));
    releases_clear(&releases);
}

static void a_row_that_occurs_twice_counts_once(void **state)
{
    (void)state;
    struct err err = {0};
    struct releases releases;
    assert_ok(parse(HISTORY(CURRENT(ROW("True", "16.0.1.1", DAY) ROW("False", "16.0.1.1", NEXT_DAY))),
                    &releases, &err));
    assert_int_equal(releases.len, 1);
    assert_true(releases.row[0].latest);
    assert_int_equal(releases.row[0].released_unix, time_of(NEXT_DAY));
    releases_clear(&releases);
}

#define UPDATE(attributes) HISTORY(CURRENT("\n<Update " attributes "/>"))
#define OK_TIME            " PubTime=\"" DAY "\""
#define OK_BUILD           " LegacyVersion=\"16.0.1.1\""
#define OK_VERSION         " Version=\"2607\""

static const struct {
    const char *xml;
    const char *says;
} refused[] = {
    {"", NAME},
    {"<ReleaseHistory>", "line 1"},
    {"<Version/>", "Version"},
    {"<!DOCTYPE ReleaseHistory><ReleaseHistory/>", "document type"},
    {UPDATE(""), "line 2"},
    {UPDATE("Latest=\"True\"" OK_VERSION OK_TIME), "LegacyVersion"},
    {UPDATE("Latest=\"True\" LegacyVersion=\"16.0.1\"" OK_VERSION OK_TIME), "16.0.1"},
    {UPDATE("Latest=\"True\" LegacyVersion=\"../..\"" OK_VERSION OK_TIME), "../.."},
    {UPDATE("Latest=\"True\"" OK_BUILD OK_TIME), "Version"},
    {UPDATE("Latest=\"True\" Version=\"\"" OK_BUILD OK_TIME), "Version"},
    {UPDATE("Latest=\"True\" Version=\"26 07\"" OK_BUILD OK_TIME), "Version"},
    {UPDATE("Latest=\"True\" Version=\"1234567890123456\"" OK_BUILD OK_TIME), "Version"},
    {UPDATE("Latest=\"True\"" OK_BUILD OK_VERSION), "PubTime"},
    {UPDATE("Latest=\"True\" PubTime=\"\"" OK_BUILD OK_VERSION), "PubTime"},
    {UPDATE("Latest=\"True\" PubTime=\"2026-02-30T18:00:05Z\"" OK_BUILD OK_VERSION), "2026-02-30"},
    {UPDATE("Latest=\"True\" PubTime=\"2026-08-20T18:00:05\"" OK_BUILD OK_VERSION), "PubTime"},
    {UPDATE("Latest=\"True\" PubTime=\"2026-08-20T18:00:05+02:00\"" OK_BUILD OK_VERSION), "PubTime"},
    {UPDATE("Latest=\"perhaps\"" OK_BUILD OK_VERSION OK_TIME), "Latest"},
    {UPDATE(OK_BUILD OK_VERSION OK_TIME), "Latest"},
    {HISTORY(CURRENT(ROW("True", "16.0.1.1", DAY) ROW("True", "16.0.1.2", DAY))), "two latest"},
    {HISTORY(CURRENT(ROW("True", "16.0.1.1", DAY)) "<UpdateChannel ID=\"Monthly\">" ROW(
         "True", "16.0.1.2", DAY) "</UpdateChannel>"),
     "two latest"},
};

static void refuses_what_is_no_history(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct err err = {0};
        struct releases releases;
        if (parse(refused[i].xml, &releases, &err))
            fail_msg("taken for a history: %s", refused[i].xml);
        assert_int_equal(err.code, ERR_NOT_GENUINE);
        if (!strstr(err.msg, refused[i].says) || !strstr(err.msg, "releasehistory.cab"))
            fail_msg("\"%s\" does not say \"%s\"", err.msg, refused[i].says);
        assert_int_equal(releases.len, 0);
        assert_null(releases.row);
    }
}

static void history_of(struct buf *xml, int rows)
{
    buf_puts(xml, "<ReleaseHistory><UpdateChannel ID=\"Current\">");
    for (int i = 0; i < rows; i++)
        buf_printf(xml, ROW("False", "16.0.1.%d", DAY), i);
    buf_puts(xml, "</UpdateChannel></ReleaseHistory>");
}

static void the_number_of_rows_has_a_bound(void **state)
{
    (void)state;
    struct err err = {0};
    struct releases releases;
    AUTO_BUF most = {0};
    AUTO_BUF more = {0};
    history_of(&most, LIMIT_RELEASE_ROWS);
    history_of(&more, LIMIT_RELEASE_ROWS + 1);
    assert_ok(parse(buf_text(&most), &releases, &err));
    assert_int_equal(releases.len, LIMIT_RELEASE_ROWS);
    assert_int_equal(releases.published_unix, -1);
    releases_clear(&releases);
    assert_fails(parse(buf_text(&more), &releases, &err), ERR_NOT_GENUINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_real_month_parses),
        cmocka_unit_test(merging_keeps_every_row_ever_seen),
        cmocka_unit_test(merged_months_agree_with_the_table_of_all_releases),
        cmocka_unit_test(the_real_cabinet_reads),
        cmocka_unit_test(a_cabinet_without_history_is_not_genuine),
        cmocka_unit_test(an_empty_history_is_no_error_and_no_news),
        cmocka_unit_test(merging_updates_what_is_known),
        cmocka_unit_test(a_latest_that_was_pruned_is_no_longer_latest),
        cmocka_unit_test(latest_is_what_the_history_says_and_not_the_newest),
        cmocka_unit_test(reads_times_with_up_to_three_fractional_digits),
        cmocka_unit_test(passes_over_channels_that_it_does_not_know),
        cmocka_unit_test(a_row_that_occurs_twice_counts_once),
        cmocka_unit_test(refuses_what_is_no_history),
        cmocka_unit_test(the_number_of_rows_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

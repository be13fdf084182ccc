/* Whether a ring will have a successor in time: levels, the last chance before a freeze, and the sentence
 * about it. */
#include "test.h"

#include "ringmgr/base/buf.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/support.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define XMAS            "2026-12-10/2027-01-08"
#define XMAS6           "2026-12-10/2027-01-06"
#define PROMOTE         "production leaves support on 9 January and is frozen from 10 December"

enum { DAY = 86400 };
enum { OK = SUPPORT_OK, WARN = SUPPORT_WARN, LATE = SUPPORT_LATE, EXPIRED = SUPPORT_EXPIRED };

/* One forecast. Times are UTC; the zone is Stockholm, an hour ahead in winter, two in summer. */
struct judged {
    const char *now, *deadline; /* NULL: no deadline */
    const char *freeze, *days;  /* ranges with blanks between them; one window */
    const char *successor;      /* when it could go; "": only after a decision; NULL: there is none yet */
    bool could_have_gone;
    int soak_days;
    unsigned level;
    int64_t days_left;
    const char *act_by; /* NULL: -1 */
    const char *conflict;
};

static int64_t at(const char *text)
{
    char full[CLOCK_TEXT_SIZE];
    int64_t when = -1;
    if (!text || !*text)
        return -1;
    snprintf(full, sizeof full, "%s%s", text, strchr(text, 'T') ? "" : "T00:00:00Z");
    assert_true(clock_parse(full, &when));
    return when;
}

/* warn = 14 days, 7 days */
static const struct judged cases[] = {
    /* nothing in the way */
    {"2026-11-01", "2027-01-09", "", "", "2026-11-05", false, 14, OK, 69, NULL, ""},
    {"2026-11-01", "2027-01-09", "", "", "", false, 14, OK, 69, NULL, ""},
    {"2026-11-01", "2027-01-09", "", "", NULL, false, 14, OK, 69, NULL, ""},
    {"2026-11-01", "2027-01-09", "", "", "2026-11-01", true, 14, OK, 69, NULL, ""},
    /* days are short: from the moment at which so many are left */
    {"2026-12-25T00:00:00Z", "2027-01-09", "", "", "2026-12-28", false, 3, OK, 15, NULL, ""},
    {"2026-12-24T23:59:59Z", "2027-01-09", "", "", "2026-12-28", false, 3, OK, 15, NULL, ""},
    {"2026-12-25T00:00:01Z", "2027-01-09", "", "", "2026-12-28", false, 3, WARN, 14, NULL, ""},
    {"2027-01-08T23:59:59Z", "2027-01-09", "", "", "2027-01-08T23:59:59Z", false, 3, WARN, 0, NULL, ""},
    /* could have gone, and has not */
    {"2026-12-26", "2027-01-09", "", "", "2026-12-26", true, 3, LATE, 14, NULL, ""},
    {"2026-12-26", "2027-01-09", "", "", "2026-12-26", false, 3, WARN, 14, NULL, ""},
    {"2026-12-26", "2027-01-09", "", "", NULL, true, 3, WARN, 14, NULL, ""},
    /* over */
    {"2027-01-09", "2027-01-09", "", "", "2027-01-10", true, 3, EXPIRED, 0, NULL, ""},
    {"2027-01-12T12:00:00Z", "2027-01-09", XMAS, "", NULL, false, 3, EXPIRED, -4, NULL, ""},
    /* no deadline */
    {"2026-11-01", NULL, XMAS, "", NULL, false, 14, OK, 0, NULL, ""},
    {"2026-11-01", NULL, "", "Mon", "2026-11-05", true, 14, OK, 0, NULL, ""},
    /* a freeze that lasts until the deadline: days count down to the last day before it */
    {"2026-11-01", "2027-01-09", XMAS, "", "2026-11-05", false, 14, OK, 69, "2026-12-09T22:59:59Z",
     "promote by 9 December: " PROMOTE},
    {"2026-11-25T22:59:58Z", "2027-01-09", XMAS, "", "2026-11-27", false, 14, WARN, 44,
     "2026-12-09T22:59:59Z", "promote by 9 December: " PROMOTE},
    {"2026-11-25T22:59:59Z", "2027-01-09", XMAS, "", "2026-11-25", true, 14, LATE, 44, "2026-12-09T22:59:59Z",
     "promote by 9 December: " PROMOTE},
    {"2026-11-24T22:59:59Z", "2027-01-09", XMAS, "", "2026-11-24", true, 14, OK, 45, "2026-12-09T22:59:59Z",
     "promote by 9 December: " PROMOTE},
    /* neither 7 nor 8 January, between the end of the freeze and the deadline, is one of the ring's days */
    {"2026-11-01", "2027-01-09", XMAS6, "Mon-Wed 17:00-21:00", "2026-11-05", false, 14, OK, 69,
     "2026-12-09T19:59:59Z", "promote by 9 December: " PROMOTE},
    {"2026-11-01", "2027-01-09", XMAS6, "Mon 17:00-21:00", "2026-11-05", false, 14, OK, 69,
     "2026-12-07T19:59:59Z", "promote by 7 December: " PROMOTE},
    {"2026-11-01", "2027-01-09", XMAS6, "Sun 22:00-02:00", "2026-11-05", false, 14, OK, 69,
     "2026-12-07T00:59:59Z", "promote by 7 December: " PROMOTE},
    {"2026-11-01", "2027-01-09", "2026-12-03/2026-12-09 2026-12-10/2027-01-08", "", "2026-11-05", false, 14,
     OK, 69, "2026-12-02T22:59:59Z",
     "promote by 2 December: production leaves support on 9 January and is frozen from 3 December"},
    /* a freeze with room behind it */
    {"2026-11-01", "2027-01-09", XMAS6, "", "2026-11-05", false, 14, OK, 69, NULL, ""},
    {"2026-12-20", "2027-01-09", XMAS6, "", "2027-01-06T23:00:00Z", false, 3, OK, 20, NULL, ""},
    /* weekly hours alone: the last chance is known, but nothing stands in the way */
    {"2026-11-01", "2027-01-09", "", "Mon-Thu 17:00-21:00", "2026-11-05", false, 14, OK, 69,
     "2027-01-07T19:59:59Z", ""},
    {"2026-11-01", "2027-01-09", "2027-01-08", "Mon-Thu 17:00-21:00", "2026-11-05", false, 14, OK, 69,
     "2027-01-07T19:59:59Z", ""},
    /* no chance is left */
    {"2026-12-20", "2027-01-09", XMAS, "", "2027-01-08T23:00:00Z", false, 3, WARN, 20, NULL,
     "production leaves support on 9 January and is frozen until 8 January"},
    {"2026-12-20", "2027-01-09", XMAS, "", "", false, 3, WARN, 20, NULL,
     "production leaves support on 9 January and is frozen until 8 January"},
    {"2027-01-07", "2027-01-09", "", "Sun", "2027-01-09T23:00:00Z", false, 3, WARN, 2, NULL,
     "production leaves support on 9 January, and none of its days comes before"},
    /* the successor comes too late */
    {"2026-11-01", "2027-01-09", "", "", "2027-01-09", false, 14, WARN, 69, NULL,
     "production leaves support on 9 January, and its successor can go on 9 January at the earliest"},
    {"2026-11-01", "2027-01-09", "", "", "2027-01-08T22:59:59Z", false, 14, OK, 69, NULL, ""},
    {"2026-11-01", "2027-01-09", "", "", "2027-01-08T23:00:00Z", false, 14, WARN, 69, NULL,
     "production leaves support on 9 January, and its successor can go on 9 January at the earliest"},
    {"2026-11-01", "2027-01-09", "", "", "2027-02-10T12:00:00Z", false, 14, WARN, 69, NULL,
     "production leaves support on 9 January, and its successor can go on 10 February at the earliest"},
    {"2026-11-01", "2027-01-09", XMAS, "", "2027-01-10", false, 14, WARN, 69, "2026-12-09T22:59:59Z",
     "production leaves support on 9 January, and its successor can go on 10 January at the earliest"},
    /* there is none yet: the soak of one that came now */
    {"2026-11-01", "2027-01-09", "", "", NULL, false, 68, OK, 69, NULL, ""},
    {"2026-11-01", "2027-01-09", "", "", NULL, false, 69, WARN, 69, NULL,
     "production leaves support on 9 January; a successor that comes today needs 69 days of soak"},
    {"2027-01-08T12:00:00Z", "2027-01-09", "", "", NULL, false, 1, WARN, 0, NULL,
     "production leaves support on 9 January; a successor that comes today needs 1 day of soak"},
    {"2026-11-20", "2027-01-09", XMAS, "", NULL, false, 19, OK, 50, "2026-12-09T22:59:59Z",
     "promote by 9 December: " PROMOTE},
    {"2026-11-20", "2027-01-09", XMAS, "", NULL, false, 20, WARN, 50, "2026-12-09T22:59:59Z",
     "promote by 9 December: " PROMOTE},
    /* daylight saving: the freeze begins at 22:00 UTC in summer, at 23:00 in winter */
    {"2026-08-01", "2026-10-01", "2026-09-10/2026-09-29", "", "2026-08-02", false, 3, OK, 61, NULL, ""},
    {"2026-08-01", "2026-10-01", "2026-09-10/2026-09-30", "", "2026-08-02", false, 3, OK, 61,
     "2026-09-09T21:59:59Z", /* two hours between the freeze and the deadline are no chance */
     "promote by 9 September: production leaves support on 1 October and is frozen from 10 September"},
    {"2026-09-30T22:00:00Z", "2026-10-01", "2026-09-10/2026-09-30", "", "2026-09-30T22:00:00Z", false, 3,
     WARN, 0, NULL, ""},
    {"2026-08-01", "2026-10-01", "2026-09-10/2026-10-02", "", "2026-08-02", false, 3, OK, 61,
     "2026-09-09T21:59:59Z",
     "promote by 9 September: production leaves support on 1 October and is frozen from 10 September"},
    {"2026-10-01", "2026-11-10", "2026-10-26/2026-11-10", "", "2026-10-02", false, 3, OK, 40,
     "2026-10-25T22:59:59Z",
     "promote by 25 October: production leaves support on 10 November and is frozen from 26 October"},
    {"2027-03-01", "2027-04-13", "2027-03-28/2027-04-13", "", "2027-03-02", false, 3, OK, 43,
     "2027-03-27T22:59:59Z",
     "promote by 27 March: production leaves support on 13 April and is frozen from 28 March"},
    {"2027-03-01", "2027-04-13", "2027-03-29/2027-04-13", "", "2027-03-02", false, 3, OK, 43,
     "2027-03-28T21:59:59Z",
     "promote by 28 March: production leaves support on 13 April and is frozen from 29 March"},
    /* an hour that the clock skips on 28 March */
    {"2027-03-20", "2027-04-13", "2027-03-29/2027-04-13", "Sun 02:00-03:00", "2027-03-20", false, 3, WARN, 24,
     "2027-03-21T01:59:59Z",
     "promote by 21 March: production leaves support on 13 April and is frozen from 29 March"},
    /* far away: with the year */
    {"2026-03-01", "2027-01-09", XMAS, "", "2026-03-02", false, 3, OK, 314, "2026-12-09T22:59:59Z",
     "promote by 9 December: production leaves support on 9 January 2027 and is frozen from 10 December"},
    {"2026-01-01", "2027-01-09T12:00:00Z", "2026-12-10/2027-01-09", "", "2026-03-02", false, 3, OK, 373,
     "2026-12-09T22:59:59Z",
     "promote by 9 December 2026: production leaves support on 9 January 2027 and is frozen from 10 December "
     "2026"},
};

static void fill(const struct judged *judged, struct date_ranges *freeze, struct weekly_windows *days)
{
    char why[128];
    AUTO_STRV ranges = {0};
    strv_split(&ranges, judged->freeze);
    for (size_t i = 0; i < ranges.len; i++)
        assert_true(calendar_add_range(freeze, ranges.item[i], why));
    assert_true(!*judged->days || calendar_add_window(days, judged->days, why));
}

static struct support_outlook judge(const struct judged *judged, enum support_basis basis,
                                    enum support_basis warn_basis)
{
    struct date_ranges freeze = {0};
    struct weekly_windows days = {0};
    fill(judged, &freeze, &days);
    const struct support_forecast forecast = {
        .ring = "production",
        .now_unix = at(judged->now),
        .live = {.at_unix = at(judged->deadline), .basis = basis},
        .warn_days = {14, 7},
        .warns = 2,
        .warn_basis = warn_basis,
        .has_successor = judged->successor != NULL,
        .successor_unix = at(judged->successor),
        .could_have_gone = judged->could_have_gone,
        .freeze = &freeze,
        .days = &days,
        .soak_seconds = (int64_t)judged->soak_days * DAY,
        .arrival_unix =
            calendar_next_chance(&freeze, &days, at(judged->now) + (int64_t)judged->soak_days * DAY),
    };
    struct support_outlook outlook = support_judge(&forecast);
    date_ranges_clear(&freeze);
    weekly_windows_clear(&days);
    return outlook;
}

static void assert_outlook(size_t number, const struct judged *judged)
{
    struct support_outlook outlook = judge(judged, SUPPORT_MICROSOFT, SUPPORT_NONE);
    char act_by[CLOCK_TEXT_SIZE] = "any time, or never";
    if (outlook.act_by_unix >= 0)
        clock_format(outlook.act_by_unix, act_by);
    if (outlook.level != judged->level || outlook.days_left != judged->days_left ||
        outlook.act_by_unix != at(judged->act_by) || strcmp(outlook.conflict, judged->conflict) != 0)
        fail_msg("case %zu, %s: %s, %lld days, act by %s, \"%s\"", number, judged->now,
                 support_level_text(outlook.level), (long long)outlook.days_left, act_by, outlook.conflict);
}

static void forecasts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_outlook(i, &cases[i]);
}

/* auto of a PerpetualVL channel: its builds are supported for a month each, which is nothing to warn about.
 */
static void warn_counts_down_to_the_products_end_alone(void **state)
{
    struct judged judged = {
        .now = "2026-10-01", .deadline = "2026-10-13", .freeze = "", .days = "", .successor = "2026-10-02"};
    (void)state;
    assert_int_equal(judge(&judged, SUPPORT_MICROSOFT, SUPPORT_PRODUCT).level, OK);
    assert_int_equal(judge(&judged, SUPPORT_MICROSOFT, SUPPORT_NONE).level, WARN);
    assert_int_equal(judge(&judged, SUPPORT_PRODUCT, SUPPORT_PRODUCT).level, WARN);
    judged.could_have_gone = true;
    assert_int_equal(judge(&judged, SUPPORT_PRODUCT, SUPPORT_PRODUCT).level, LATE);
    assert_int_equal(judge(&judged, SUPPORT_MICROSOFT, SUPPORT_PRODUCT).level, OK);
}

/* warn = 0: on the last day. */
static void zero_days_are_the_last_one(void **state)
{
    const struct date_ranges freeze = {0};
    const struct weekly_windows days = {0};
    struct support_forecast forecast = {.ring = "a",
                                        .live = {.at_unix = at("2027-01-09"), .basis = SUPPORT_ESTIMATED},
                                        .warns = 1,
                                        .has_successor = true,
                                        .successor_unix = at("2027-01-08"),
                                        .freeze = &freeze,
                                        .days = &days};
    (void)state;
    forecast.now_unix = at("2027-01-08");
    assert_int_equal(support_judge(&forecast).level, SUPPORT_OK);
    forecast.now_unix = at("2027-01-08T00:00:01Z");
    assert_int_equal(support_judge(&forecast).level, SUPPORT_WARN);
    forecast.warns = 0;
    assert_int_equal(support_judge(&forecast).level, SUPPORT_OK);
}

static void soak_is_told_in_whole_days(void **state)
{
    const struct date_ranges freeze = {0};
    const struct weekly_windows days = {0};
    const struct support_forecast forecast = {.ring = "a",
                                              .now_unix = at("2027-01-08"),
                                              .live = {.at_unix = at("2027-01-09"), .basis = SUPPORT_WINDOW},
                                              .soak_seconds = DAY + DAY / 2,
                                              .arrival_unix = at("2027-01-08") + DAY + DAY / 2,
                                              .freeze = &freeze,
                                              .days = &days};
    (void)state;
    assert_string_equal(support_judge(&forecast).conflict,
                        "a leaves support on 9 January; a successor that comes today needs 2 days of soak");
}

static void levels_and_bases_have_the_names_of_the_contract(void **state)
{
    (void)state;
    assert_string_equal(support_level_text(SUPPORT_OK), "ok");
    assert_string_equal(support_level_text(SUPPORT_WARN), "warn");
    assert_string_equal(support_level_text(SUPPORT_LATE), "late");
    assert_string_equal(support_level_text(SUPPORT_EXPIRED), "expired");
    assert_string_equal(support_basis_text(SUPPORT_NONE), "none");
    assert_string_equal(support_basis_text(SUPPORT_WINDOW), "window");
    assert_string_equal(support_basis_text(SUPPORT_MICROSOFT), "microsoft");
    assert_string_equal(support_basis_text(SUPPORT_ESTIMATED), "estimated");
    assert_string_equal(support_basis_text(SUPPORT_PRODUCT), "product");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forecasts),
        cmocka_unit_test(warn_counts_down_to_the_products_end_alone),
        cmocka_unit_test(zero_days_are_the_last_one),
        cmocka_unit_test(soak_is_told_in_whole_days),
        cmocka_unit_test(levels_and_bases_have_the_names_of_the_contract),
    };
    zone_set("Europe/Stockholm");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

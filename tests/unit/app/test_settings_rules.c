/* Keys that say when a build may enter a ring, and how long it is supported. */
#include "settings_outcome.h"

#include "ringmgr/base/zone.h"

static void what_is_not_said_has_its_default(void **state)
{
    struct outcome outcome = read_more("");
    const struct ring *ring = &outcome.settings.ring[0];
    const struct support_settings *support = &outcome.settings.support;
    (void)state;
    assert_good(&outcome);
    assert_int_equal(outcome.settings.holidays.len, 0);
    assert_int_equal(ring->version.choice, VERSION_LATEST);
    assert_string_equal(ring->version.named, "");
    assert_int_equal(ring->soak.seconds, 0);
    assert_int_equal(ring->expedite_soak.seconds, 86400);
    assert_false(ring->soak.workdays || ring->expedite_soak.workdays);
    assert_int_equal(ring->expedite_approvals, 2);
    assert_int_equal(ring->overriders.len, 0);
    assert_int_equal(ring->override_people, 2);
    assert_int_equal(ring->freeze.len, 0);
    assert_int_equal(ring->days.len, 0);
    assert_int_equal(ring->settle_seconds, 3600);
    assert_int_equal(ring->throttle_min, 0);
    assert_int_equal(ring->keep, 2);
    assert_int_equal(ring->grace_seconds, 21 * 86400);
    assert_int_equal(ring->machines, 0);
    assert_string_equal(ring->was, "");
    assert_int_equal(support->window_count, 12);
    assert_true(support->window_months && support->warn_auto && support->minimum_auto);
    assert_int_equal(support->warns, 0);
    assert_int_equal(support->rules.len, 0);
    clear(&outcome);
}

static int64_t day_of(const char *date)
{
    int64_t day;
    assert_true(zone_parse_date(date, &day));
    return day;
}

static void every_key_reaches_its_field(void **state)
{
    static const char text[] = "[ringmgr]\nstore = /s\nstate = /t\n"
                               "holidays = 2026-12-24/2026-12-26,\n  2027-01-01\n"
                               "[content]\nlanguages = en-us\n"
                               "[support]\nwindow = 90 days\nwarn = 90 days, 30 days,\n  1 day\n"
                               "minimum_left = 21 days\nrules = /a/support.csv, /etc/x y/*.csv\n"
                               "[ring b]\nchannel = Current\nsource = origin\npath = /b\n"
                               "version = 2606\nsoak = 10 workdays\nexpedite_soak = 36h\n"
                               "expedite_approvals = 0\noverriders = group:chiefs, user:anna\n"
                               "override_people = 1\nfreeze = 2026-12-10/2027-01-06, 2027-05-01\n"
                               "days = Mon,Wed 08:00-12:00, Fri 22:00-02:00,\n  Sat\n"
                               "settle = 90 minutes\nthrottle_min = 1000\nkeep = 0\ngrace = 0h\n"
                               "machines = 1200\nwas = broad\n"
                               "[ring c]\nchannel = Current\nsource = b\npath = /c\nversion = n-1\n";
    struct outcome outcome = read_bytes(text, sizeof text - 1);
    const struct settings *settings = &outcome.settings;
    (void)state;
    assert_good(&outcome);
    assert_int_equal(settings->holidays.len, 2);
    assert_int_equal(settings->holidays.item[0].last_day, day_of("2026-12-26"));
    assert_int_equal(settings->holidays.item[1].first_day, day_of("2027-01-01"));
    assert_int_equal(settings->support.window_count, 90);
    assert_false(settings->support.window_months || settings->support.warn_auto ||
                 settings->support.minimum_auto);
    assert_int_equal(settings->support.warns, 3);
    assert_int_equal(settings->support.warn_days[0], 90);
    assert_int_equal(settings->support.warn_days[1], 30);
    assert_int_equal(settings->support.warn_days[2], 1);
    assert_int_equal(settings->support.minimum_days, 21);
    assert_int_equal(settings->support.rules.len, 2);
    assert_string_equal(settings->support.rules.item[1], "/etc/x y/*.csv");
    const struct ring *b = &settings->ring[0];
    assert_int_equal(b->version.choice, VERSION_NAMED);
    assert_string_equal(b->version.named, "2606");
    assert_true(b->soak.workdays && !b->expedite_soak.workdays);
    assert_int_equal(b->soak.seconds, 10 * 86400);
    assert_int_equal(b->expedite_soak.seconds, 36 * 3600);
    assert_int_equal(b->expedite_approvals, 0);
    assert_int_equal(b->overriders.len, 2);
    assert_string_equal(b->overriders.item[0], "group:chiefs");
    assert_int_equal(b->override_people, 1);
    assert_int_equal(b->freeze.len, 2);
    assert_int_equal(b->freeze.item[0].first_day, day_of("2026-12-10"));
    assert_int_equal(b->freeze.item[0].last_day, day_of("2027-01-06"));
    assert_int_equal(b->freeze.item[1].last_day, day_of("2027-05-01"));
    assert_int_equal(b->days.len, 3);
    assert_int_equal(b->settle_seconds, 5400);
    assert_int_equal(b->throttle_min, 1000);
    assert_int_equal(b->keep, 0);
    assert_int_equal(b->grace_seconds, 0);
    assert_int_equal(b->machines, 1200);
    assert_string_equal(b->was, "broad");
    assert_int_equal(settings->ring[1].version.choice, VERSION_PREVIOUS);
    clear(&outcome);
}

/* Hours belong to all weekdays before them on their line, back to the hours before. */
static void hours_and_their_weekdays(void **state)
{
    static const struct {
        const char *days;
        const char *windows; /* weekdays in hexadecimal, minutes */
    } table[] = {
        {"Mon-Thu 17:00-21:00", "0f 1020-1260;"},
        {"Mon,Wed 08:00-12:00", "05 480-720;"},
        {"Mon, Wed 08:00-12:00", "05 480-720;"},
        {"Mon ,Wed 08:00-12:00", "05 480-720;"},
        {"Mon-Tue, Fri, Sun 08:00-12:00", "53 480-720;"},
        {"Mon,Wed 08:00-12:00, Fri 20:00-22:00", "05 480-720;10 1200-1320;"},
        {"Mon,Wed 08:00-12:00,Thu,Fri 20:00-22:00", "05 480-720;18 1200-1320;"},
        {"Mon 08:00-12:00, Mon 14:00-16:00", "01 480-720;01 840-960;"},
        {"Fri 22:00-02:00", "10 1320-120;"},
        {"Sat", "20 0-1440;"},
        {"Sat, Sun", "60 0-1440;"},
        {"Mon-Thu 17:00-21:00, Sat, Sun", "0f 1020-1260;60 0-1440;"},
        {"Sat, Mon-Thu 17:00-21:00", "2f 1020-1260;"},
        {"Mon-Thu 17:00-21:00,", "0f 1020-1260;"},
        {"Mon-Thu 17:00-21:00,\n  Sat", "0f 1020-1260;20 0-1440;"},
        {"Mon-Thu 17:00-21:00\n  Sat,Sun 08:00-12:00", "0f 1020-1260;60 480-720;"},
        {"\n  Mon 08:00-12:00,\n  Tue 08:00-12:00,\n", "01 480-720;02 480-720;"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_BUF more = {0}, got = {0};
        buf_printf(&more, "days = %s\n", table[i].days);
        struct outcome outcome = read_more(buf_text(&more));
        const struct weekly_windows *days = &outcome.settings.ring[0].days;
        assert_good(&outcome);
        for (size_t j = 0; j < days->len; j++)
            buf_printf(&got, "%02x %d-%d;", days->item[j].weekdays, days->item[j].from_minute,
                       days->item[j].to_minute);
        if (strcmp(buf_text(&got), table[i].windows) != 0)
            fail_msg("\"%s\": %s", table[i].days, buf_text(&got));
        clear(&outcome);
    }
}

#define RING_B "[ring b]\nchannel = MEC\nsource = pilot\npath = /p\n" /* four lines */

/* Each is appended to the good configuration, [ring pilot] being open, and is the only problem. */
static const struct {
    const char *more;
    int line; /* counted from the first appended one, which is 1 */
    const char *code, *part;
} cases[] = {
    /* Single values */
    {"version = newest\n", 1, "bad-version", "\"newest\" is not latest, n-1"},
    {"version = n-2\n", 1, "bad-version", "n-2"},
    {"version = 26\n", 1, "bad-version", "26"},
    {"version = 2613\n", 1, "bad-version", "2613"},
    {"version = 2600\n", 1, "bad-version", "2600"},
    {"version = 26061\n", 1, "bad-version", "26061"},
    {"version = 26.6\n", 1, "bad-version", "26.6"},
    {"version = 16.0.20326.20100\n", 1, "bad-version", "year and month"},
    {"soak = 14\n", 1, "bad-duration", "14 days, 10 workdays or 36h"},
    {"soak = 2 weeks\n", 1, "bad-duration", "2 weeks"},
    {"soak = 4000 days\n", 1, "bad-duration", "4000 days"},
    {"expedite_soak = soon\n", 1, "bad-duration", "expedite_soak: \"soon\""},
    {"settle = 1 workday\n", 1, "bad-duration", "settle"},
    {"grace = 3 months\n", 1, "bad-duration", "grace"},
    {"expedite_approvals = 100\n", 1, "bad-number", "from 0 to 99"},
    {"override_people = 0\n", 1, "bad-number", "from 1 to 99"},
    {"override_people = 100\n", 1, "bad-number", "from 1 to 99"},
    {"throttle_min = 1001\n", 1, "bad-number", "from 0 to 1000"},
    {"throttle_min = 10%\n", 1, "bad-number", "10%"},
    {"keep = 100\n", 1, "bad-number", "from 0 to 99"},
    {"keep = -1\n", 1, "bad-number", "-1"},
    {"machines = many\n", 1, "bad-number", "many"},
    {"machines = 10000000\n", 1, "bad-number", "from 0 to 9999999"},
    {"overriders = anna\n", 1, "bad-approver", "group:NAME or user:NAME"},
    {"freeze = 2026-12-10/2026-12-09\n", 1, "bad-date", "ends before it begins"},
    {"freeze = Christmas\n", 1, "bad-date", "\"Christmas\" is no date"},
    {"freeze = 2026-12-10,\n  2027-02-29\n", 2, "bad-date", "2027-02-29"},
    {"freeze = 2026-12-10 2026-12-12\n", 1, "bad-date", "is no date"},
    {"days = weekends\n", 1, "bad-window", "does not begin with weekdays"},
    {"days = 17:00-21:00\n", 1, "bad-window", "does not begin with weekdays"},
    {"days = Mon 17:00\n", 1, "bad-window", "does not end with hours"},
    {"days = Mon 17:00-21:00,\n  Fre 17:00-21:00\n", 2, "bad-window", "Fre"},
    {"days = Mon, 17:00-21:00\n", 1, "bad-window", "Mon,17:00-21:00"},
    {"days = Mon,\n  Wed 08:00-12:00\n", 1, "bad-window", "hours on the line of their weekdays"},
    {"days = Mon 08:00-12:00, Sat ,\n", 1, "bad-window", "a whole day is 00:00-24:00"},
    {"was = Old Ring\n", 1, "bad-ring-name", "Old Ring"},
    {"was = all\n", 1, "bad-ring-name", "all"},
    {"[support]\nwindow = 12\n", 2, "bad-duration", "none, 12 months"},
    {"[support]\nwindow = 0 months\n", 2, "bad-duration", "0 months"},
    {"[support]\nwindow = 121 months\n", 2, "bad-duration", "to 120"},
    {"[support]\nwindow = 3654 days\n", 2, "bad-duration", "to 3653"},
    {"[support]\nwindow = 36h\n", 2, "bad-duration", "36h"},
    {"[support]\nwindow = 12 monthsx\n", 2, "bad-duration", "monthsx"},
    {"[support]\nwindow = auto\n", 2, "bad-duration", "auto"},
    {"[support]\nwarn = auto, 30 days\n", 2, "bad-warning", "auto stands alone"},
    {"[support]\nwarn = 30 days,\n  auto\n", 3, "bad-warning", "auto stands alone"},
    {"[support]\nwarn = 30\n", 2, "bad-warning", "90 days, 30 days"},
    {"[support]\nwarn = 0 days\n", 2, "bad-warning", "0 days"},
    {"[support]\nwarn = 1 month\n", 2, "bad-warning", "1 month"},
    {"[support]\nwarn = 30 days, 30 days\n", 2, "bad-warning", "is there twice"},
    {"[support]\nwarn = 9 days, 8 days, 7 days, 6 days, 5 days, 4 days, 3 days, 2 days, 1 day\n", 2,
     "bad-warning", "\"1 day\": is one too many"},
    {"[support]\nminimum_left = none\n", 2, "bad-duration", "auto or 21 days"},
    {"[support]\nrules = support.csv\n", 2, "bad-path", "support.csv"},
    {"[support]\nrules = /etc/*/support.csv\n", 2, "bad-path", "last part only"},
    {"[support]\nrules = /etc/[ab]/x.csv\n", 2, "bad-path", "last part only"},
    {"[support]\nrules = /etc/ringmgr/\n", 2, "bad-path", "of a file"},
    {"[support]\nrules = /etc/../x.csv\n", 2, "bad-path", "/etc/../x.csv"},
    {"[support]\nrules = /etc//x.csv\n", 2, "bad-path", "/etc//x.csv"},
    {"[support]\nrules = /a.csv, /a.csv\n", 2, "duplicate-item", "/a.csv"},
    {"[support]\nwindows = 12 months\n", 2, "unknown-key", "nearest known one is window"},
    /* What must hold between values */
    {"overriders = user:anna\n", 1, "too-few-overriders", "override_people = 2, but overriders names only 1"},
    {"overriders = user:anna, user:adm\noverride_people = 2\n[people]\nanna = anna, adm\n", 2,
     "too-few-overriders", "only 1 different"},
    {"approvals = 1\napprovers = user:anna, user:bob\nexpedite_approvals = 3\n", 3, "too-few-approvers",
     "expedite_approvals = 3, but approvers names only 2"},
    {"approvals = 1\napprovers = user:anna, user:bob\nfour_eyes = yes\nexpedite_approvals = 2\n", 4,
     "too-few-approvers", "expedite_approvals = 2 and four_eyes = yes, but"},
    {"expedite_approvals = 1\n", 1, "too-few-approvers", "only 0 different"},
    {"approvals = 2\napprovers = user:anna, user:bob\nfour_eyes = yes\n", 1, "too-few-approvers",
     "need one more approver, to promote: approvers names only 2"},
    {"was = pilot\n", 1, "was-in-use", "there is a ring pilot"},
    {"was = b\n" RING_B, 1, "was-in-use", "there is a ring b"},
    {"was = old\n" RING_B "was = old\n", 6, "duplicate-was", "ring pilot was old already"},
    {"publish = auto\nsoak = 0h\n", 1, "first-unsaid", "say so with first = yes"},
    {"[ring v]\nchannel = PerpetualVL2024\nsource = origin\npath = /v\nversion = n-1\n", 5,
     "perpetual-version", "PerpetualVL2024 stays on one version"},
    {"[ring v]\nchannel = PerpetualVL2021\nsource = origin\npath = /v\nversion = 2108\n", 5,
     "perpetual-version", "leave it at latest"},
};

static void each_problem_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = read_more(cases[i].more);
        assert_only_problem(&outcome, (unsigned)(BASE_LINES + cases[i].line), cases[i].code, cases[i].part);
    }
}

static void problems_of_holidays_have_their_line(void **state)
{
    static const char text[] = "[ringmgr]\nstore = /s\nstate = /t\nholidays = 2026-12-25,\n  25 December\n"
                               "[ring b]\nchannel = Current\nsource = origin\npath = /b\nlanguages = en-us\n";
    struct outcome outcome = read_bytes(text, sizeof text - 1);
    (void)state;
    assert_only_problem(&outcome, 5, "bad-date", "[ringmgr] holidays: \"25 December\" is no date");
}

static void what_makes_sense_is_no_problem(void **state)
{
    static const char *const good[] = {
        "freeze = 2001-01-01/2001-01-31\n", /* wholly in the past */
        "freeze = 2026-12-10/2026-12-20, 2026-12-15/2026-12-31\n",
        "publish = auto\nsoak = 3 days\n", /* nothing comes at once: first need not be said */
        "publish = auto\nsoak = 1 workday\n",
        "publish = auto\napprovals = 1\napprovers = group:g\n",
        RING_B "throttle_min = 900\n",
        RING_B "version = n-1\n",
        RING_B "was = old\n",
        "overriders = group:chiefs\n",
        "overriders = user:anna\noverride_people = 1\n",
        "overriders = user:anna, user:bob\n",
        "override_people = 9\n",                  /* nobody may, so nobody is missing */
        "approvals = 1\napprovers = user:anna\n", /* the emergency lane's default is not this file's mistake
                                                   */
        "approvals = 1\napprovers = user:anna\nexpedite_approvals = 1\n",
        "approvals = 1\napprovers = user:anna\nexpedite_approvals = 0\n",
        "approvals = 1\napprovers = user:anna, user:bob\nfour_eyes = yes\n",
        "approvals = 9\napprovers = group:g\nfour_eyes = yes\nexpedite_approvals = 9\n",
        "approvals = 1\napprovers = user:anna\nfour_eyes = yes\npublish = auto\n", /* nobody promotes */
        "[ring v]\nchannel = PerpetualVL2024\nsource = origin\npath = /v\nversion = latest\n",
        "[support]\n",
        "[support]\nwindow = none\nwarn = auto\nminimum_left = 0 days\nrules =\n",
        "[support]\nwindow = 1 month\nwarn = 1 day\nminimum_left = auto\nrules = /x/[a-c]?*.csv\n",
        "[support]\nwarn = 8 days, 7 days, 6 days, 5 days, 4 days, 3 days, 2 days, 1 day\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct outcome outcome = read_more(good[i]);
        if (!outcome.ok)
            fail_msg("%s%s", good[i], outcome.err.msg);
        clear(&outcome);
    }
}

static void no_window_is_a_window_of_nothing(void **state)
{
    struct outcome outcome = read_more("[support]\nwindow = none\n");
    (void)state;
    assert_good(&outcome);
    assert_int_equal(outcome.settings.support.window_count, 0);
    clear(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(every_key_reaches_its_field),
        cmocka_unit_test(hours_and_their_weekdays),
        cmocka_unit_test(each_problem_has_its_line),
        cmocka_unit_test(problems_of_holidays_have_their_line),
        cmocka_unit_test(what_makes_sense_is_no_problem),
        cmocka_unit_test(no_window_is_a_window_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

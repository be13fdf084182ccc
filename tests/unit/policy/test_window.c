/* The window for downloads: how it is written, and when it is open, across midnight and clocks that jump. */
#include "when.h"

#include "ringmgr/base/zone.h"
#include "ringmgr/policy/window.h"

#define STOCKHOLM "Europe/Stockholm"
#define LORD_HOWE "Australia/Lord_Howe" /* its clock jumps by half an hour */

enum { HOUR = 3600, WEEK = 7 * 86400 };

/* Windows, a semicolon between them. */
static struct weekly_windows parsed(const char *text)
{
    struct weekly_windows windows = {0};
    char *copy = strdup(text), *rest = copy, *one, why[128];
    while ((one = strsep(&rest, ";")))
        if (*one && !window_add(&windows, one, why))
            fail_msg("%s: %s", one, why);
    free(copy);
    return windows;
}

static void hours_alone_are_those_of_every_day(void **state)
{
    struct weekly_windows windows = parsed("20:00-06:00;Mon-Fri 12:00-13:00;Sat");
    (void)state;
    assert_int_equal(windows.len, 3);
    assert_int_equal(windows.item[0].weekdays, 127);
    assert_int_equal(windows.item[0].from_minute, 20 * 60);
    assert_int_equal(windows.item[0].to_minute, 6 * 60);
    assert_int_equal(windows.item[1].weekdays, 31);
    assert_int_equal(windows.item[2].weekdays, 32);
    weekly_windows_clear(&windows);
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
    static const char *const texts[] = {"",
                                        "20-06",
                                        "20:00",
                                        "20:00-",
                                        "8:00-9:00",
                                        "20:00-25:00",
                                        "20:00 - 06:00",
                                        "24:00-06:00",
                                        "nights",
                                        "20:00-06:61",
                                        "20:00-06:00 x",
                                        "Mon-Fri 20:00",
                                        "20:00-06:00,",
                                        "Mon 20:00-06:00;"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct weekly_windows windows = {0};
        char why[128] = "";
        if (window_add(&windows, texts[i], why))
            fail_msg("\"%s\" was taken", texts[i]);
        assert_true(strlen(why) > 10);
        assert_int_equal(windows.len, 0);
        assert_null(strstr(why, "\"Mon-Sun")); /* what is told is what was written */
    }
}

static const struct {
    const char *zone, *windows, *at;
    bool open;
    const char *until;
} cases[] = {
    /* none is always */
    {STOCKHOLM, "", "2026-06-01T12:00:00+02:00", true, "-"},
    /* within a day: from the first minute, up to the second */
    {STOCKHOLM, "08:00-12:00", "2026-06-01T07:59:59+02:00", false, "2026-06-01T08:00:00+02:00"},
    {STOCKHOLM, "08:00-12:00", "2026-06-01T08:00:00+02:00", true, "2026-06-01T12:00:00+02:00"},
    {STOCKHOLM, "08:00-12:00", "2026-06-01T11:59:59+02:00", true, "2026-06-01T12:00:00+02:00"},
    {STOCKHOLM, "08:00-12:00", "2026-06-01T12:00:00+02:00", false, "2026-06-02T08:00:00+02:00"},
    /* over midnight */
    {STOCKHOLM, "20:00-06:00", "2026-06-01T19:59:59+02:00", false, "2026-06-01T20:00:00+02:00"},
    {STOCKHOLM, "20:00-06:00", "2026-06-01T20:00:00+02:00", true, "2026-06-02T06:00:00+02:00"},
    {STOCKHOLM, "20:00-06:00", "2026-06-02T00:00:00+02:00", true, "2026-06-02T06:00:00+02:00"},
    {STOCKHOLM, "20:00-06:00", "2026-06-02T05:59:59+02:00", true, "2026-06-02T06:00:00+02:00"},
    {STOCKHOLM, "20:00-06:00", "2026-06-02T06:00:00+02:00", false, "2026-06-02T20:00:00+02:00"},
    {STOCKHOLM, "20:00-06:00", "2026-12-31T23:59:59+01:00", true, "2027-01-01T06:00:00+01:00"},
    /* several: those that adjoin or overlap are one */
    {STOCKHOLM, "20:00-24:00;00:00-06:00", "2026-06-01T21:00:00+02:00", true, "2026-06-02T06:00:00+02:00"},
    {STOCKHOLM, "20:00-23:00;22:00-06:00", "2026-06-01T21:00:00+02:00", true, "2026-06-02T06:00:00+02:00"},
    {STOCKHOLM, "02:00-04:00;12:00-13:00", "2026-06-01T05:00:00+02:00", false, "2026-06-01T12:00:00+02:00"},
    {STOCKHOLM, "02:00-04:00;12:00-13:00", "2026-06-01T14:00:00+02:00", false, "2026-06-02T02:00:00+02:00"},
    /* by weekday: 2026-06-05 is a Friday */
    {STOCKHOLM, "Mon-Thu 20:00-06:00;Sat;Sun", "2026-06-05T05:00:00+02:00", true,
     "2026-06-05T06:00:00+02:00"},
    {STOCKHOLM, "Mon-Thu 20:00-06:00;Sat;Sun", "2026-06-05T21:00:00+02:00", false,
     "2026-06-06T00:00:00+02:00"},
    {STOCKHOLM, "Mon-Thu 20:00-06:00;Sat;Sun", "2026-06-06T01:00:00+02:00", true,
     "2026-06-08T00:00:00+02:00"},
    /* all day, every day: it never closes */
    {STOCKHOLM, "00:00-24:00", "2026-06-01T12:00:00+02:00", true, "-"},
    {STOCKHOLM, "20:00-20:00", "2026-06-01T12:00:00+02:00", true, "-"},
    /* the clock goes from 02:00 to 03:00: the night has nine hours */
    {STOCKHOLM, "20:00-06:00", "2026-03-28T20:00:00+01:00", true, "2026-03-29T06:00:00+02:00"},
    {STOCKHOLM, "20:00-06:00", "2026-03-29T03:00:00+02:00", true, "2026-03-29T06:00:00+02:00"},
    {STOCKHOLM, "20:00-02:30", "2026-03-29T01:59:59+01:00", true, "2026-03-29T03:00:00+02:00"},
    {STOCKHOLM, "20:00-02:30", "2026-03-29T03:00:00+02:00", false, "2026-03-29T20:00:00+02:00"},
    {STOCKHOLM, "02:30-04:00", "2026-03-29T01:59:59+01:00", false, "2026-03-29T03:00:00+02:00"},
    {STOCKHOLM, "02:30-04:00", "2026-03-29T03:00:00+02:00", true, "2026-03-29T04:00:00+02:00"},
    {STOCKHOLM, "02:10-02:50", "2026-03-29T01:59:59+01:00", false, "2026-03-30T02:10:00+02:00"},
    /* it goes from 03:00 back to 02:00: the night has eleven, and of 02:30 the first counts */
    {STOCKHOLM, "20:00-06:00", "2026-10-24T20:00:00+02:00", true, "2026-10-25T06:00:00+01:00"},
    {STOCKHOLM, "20:00-06:00", "2026-10-25T02:30:00+01:00", true, "2026-10-25T06:00:00+01:00"},
    {STOCKHOLM, "20:00-02:30", "2026-10-25T02:29:59+02:00", true, "2026-10-25T02:30:00+02:00"},
    {STOCKHOLM, "20:00-02:30", "2026-10-25T02:10:00+01:00", false, "2026-10-25T20:00:00+01:00"},
    {STOCKHOLM, "02:30-04:00", "2026-10-25T02:30:00+02:00", true, "2026-10-25T04:00:00+01:00"},
    {STOCKHOLM, "02:30-04:00", "2026-10-25T02:10:00+01:00", true, "2026-10-25T04:00:00+01:00"},
    {STOCKHOLM, "02:00-03:00", "2026-10-25T02:00:00+02:00", true, "2026-10-25T03:00:00+01:00"},
    /* half an hour, in the other hemisphere: back on 2026-04-05, on on 2026-10-04 */
    {LORD_HOWE, "20:00-06:00", "2026-04-04T20:00:00+11:00", true, "2026-04-05T06:00:00+10:30"},
    {LORD_HOWE, "20:00-06:00", "2026-10-03T20:00:00+10:30", true, "2026-10-04T06:00:00+11:00"},
    {LORD_HOWE, "02:10-02:20", "2026-10-04T01:00:00+10:30", false, "2026-10-05T02:10:00+11:00"},
};

static void a_window_is_open_by_the_clock_on_the_wall(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        zone_set(cases[i].zone);
        struct weekly_windows windows = parsed(cases[i].windows);
        struct window_state now = window_at(&windows, when(cases[i].at));
        if (now.open != cases[i].open || now.until_unix != when(cases[i].until))
            fail_msg("%s, %s at %s: %s until %s, not %s until %s", cases[i].zone, cases[i].windows,
                     cases[i].at, now.open ? "open" : "shut", when_text(now.until_unix),
                     cases[i].open ? "open" : "shut", cases[i].until);
        weekly_windows_clear(&windows);
    }
}

static void the_next_opening_is_not_the_one_that_is_there(void **state)
{
    static const struct {
        const char *windows, *at, *opens;
    } openings[] = {
        {"", "2026-06-01T12:00:00+02:00", "-"},
        {"00:00-24:00", "2026-06-01T12:00:00+02:00", "-"},
        {"20:00-06:00", "2026-06-01T12:00:00+02:00", "2026-06-01T20:00:00+02:00"},
        {"20:00-06:00", "2026-06-01T20:00:00+02:00", "2026-06-02T20:00:00+02:00"},
        {"20:00-06:00", "2026-06-01T22:00:00+02:00", "2026-06-02T20:00:00+02:00"},
        {"20:00-24:00;00:00-06:00", "2026-06-01T22:00:00+02:00", "2026-06-02T20:00:00+02:00"},
        {"Sun 02:00-03:00", "2026-03-22T02:30:00+01:00", "2026-04-05T02:00:00+02:00"}, /* 29th: skipped */
    };
    (void)state;
    zone_set(STOCKHOLM);
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        struct weekly_windows windows = parsed(openings[i].windows);
        int64_t opens = window_next_opening(&windows, when(openings[i].at));
        if (opens != when(openings[i].opens))
            fail_msg("%s after %s: %s, not %s", openings[i].windows, openings[i].at, when_text(opens),
                     openings[i].opens);
        weekly_windows_clear(&windows);
    }
}

static void a_week_has_its_open_seconds(void **state)
{
    static const struct {
        const char *windows, *from;
        int64_t seconds;
    } weeks[] = {
        {"", "2026-06-01T00:00:00+02:00", WEEK},
        {"00:00-24:00", "2026-06-01T00:00:00+02:00", WEEK},
        {"20:00-06:00", "2026-06-01T00:00:00+02:00", 70 * HOUR},
        {"20:00-06:00", "2026-03-26T12:00:00+01:00", 69 * HOUR},
        {"20:00-06:00", "2026-10-22T12:00:00+02:00", 71 * HOUR},
        {"Sat;Sun 12:00-13:00", "2026-06-01T00:00:00+02:00", 25 * HOUR},
    };
    (void)state;
    zone_set(STOCKHOLM);
    for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
        struct weekly_windows windows = parsed(weeks[i].windows);
        assert_int_equal(window_seconds_a_week(&windows, when(weeks[i].from)), weeks[i].seconds);
        weekly_windows_clear(&windows);
    }
}

/* A year of minutes: what window_at() says of each is what the clock on the wall shows. */
static void a_year_of_nights_agrees_with_the_wall(void **state)
{
    int64_t end = when("2027-01-01T00:00:00+01:00");
    struct weekly_windows windows = parsed("20:00-06:00");
    (void)state;
    zone_set(STOCKHOLM);
    for (int64_t at = when("2026-01-01T00:00:00+01:00"); at < end; at += 17 * 60) {
        int second = zone_second_of_day(at);
        struct window_state now = window_at(&windows, at);
        if (now.open != (second >= 20 * HOUR || second < 6 * HOUR))
            fail_msg("%s: %s", when_text(at), now.open ? "open" : "shut");
        assert_true(now.until_unix > at && now.until_unix - at <= 14 * HOUR);
    }
    weekly_windows_clear(&windows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_alone_are_those_of_every_day),
        cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
        cmocka_unit_test(a_window_is_open_by_the_clock_on_the_wall),
        cmocka_unit_test(the_next_opening_is_not_the_one_that_is_there),
        cmocka_unit_test(a_week_has_its_open_seconds),
        cmocka_unit_test(a_year_of_nights_agrees_with_the_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

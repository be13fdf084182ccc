/* Local time: what the clock skips, what it shows twice, and how people write it. */
#include "when.h"

#include "ringmgr/base/zone.h"

#define STOCKHOLM "Europe/Stockholm"
#define NEW_YORK  "America/New_York"
#define LORD_HOWE "Australia/Lord_Howe"
#define KOLKATA   "Asia/Kolkata"
#define APIA      "Pacific/Apia"
#define SAO_PAULO "America/Sao_Paulo"
#define ST_JOHNS  "America/St_Johns"

static int64_t day_of(const char *date)
{
    int64_t day = 0;
    if (!zone_parse_date(date, &day))
        fail_msg("\"%s\" is no date", date);
    return day;
}

static void a_zone_has_a_name(void **state)
{
    static const char *const table[][2] = {{STOCKHOLM, STOCKHOLM},
                                           {":" NEW_YORK, NEW_YORK},
                                           {"/usr/share/zoneinfo/" KOLKATA, KOLKATA},
                                           {"/etc/somewhere", ""},
                                           {"UTC", "UTC"}};
    char name[ZONE_NAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        setenv("TZ", table[i][0], 1);
        zone_name(name);
        assert_string_equal(name, table[i][1]);
    }
    unsetenv("TZ");
    zone_name(name);
    assert_null(strstr(name, "zoneinfo"));
}

static void instants_of_a_local_time(void **state)
{
    static const struct {
        const char *name, *zone, *date;
        int hour, minute;
        const char *wanted;
    } table[] = {
        {"winter", STOCKHOLM, "2026-01-15", 12, 0, "2026-01-15T12:00:00+01:00"},
        {"summer", STOCKHOLM, "2026-07-15", 12, 0, "2026-07-15T12:00:00+02:00"},
        {"next midnight", STOCKHOLM, "2026-12-31", 24, 0, "2027-01-01T00:00:00+01:00"},
        {"before the gap", STOCKHOLM, "2026-03-29", 1, 59, "2026-03-29T01:59:00+01:00"},
        {"gap begins", STOCKHOLM, "2026-03-29", 2, 0, "2026-03-29T03:00:00+02:00"},
        {"in the gap", STOCKHOLM, "2026-03-29", 2, 30, "2026-03-29T03:00:00+02:00"},
        {"after the gap", STOCKHOLM, "2026-03-29", 3, 0, "2026-03-29T03:00:00+02:00"},
        {"later that day", STOCKHOLM, "2026-03-29", 3, 1, "2026-03-29T03:01:00+02:00"},
        {"before the overlap", STOCKHOLM, "2026-10-25", 1, 59, "2026-10-25T01:59:00+02:00"},
        {"overlap begins", STOCKHOLM, "2026-10-25", 2, 0, "2026-10-25T02:00:00+02:00"},
        {"in the overlap, the first", STOCKHOLM, "2026-10-25", 2, 30, "2026-10-25T02:30:00+02:00"},
        {"after the overlap", STOCKHOLM, "2026-10-25", 3, 0, "2026-10-25T03:00:00+01:00"},
        {"New York, in the gap", NEW_YORK, "2026-03-08", 2, 15, "2026-03-08T03:00:00-04:00"},
        {"New York, overlap", NEW_YORK, "2026-11-01", 1, 15, "2026-11-01T01:15:00-04:00"},
        {"New York, after it", NEW_YORK, "2026-11-01", 2, 0, "2026-11-01T02:00:00-05:00"},
        {"half an hour's gap", LORD_HOWE, "2026-10-04", 2, 10, "2026-10-04T02:30:00+11:00"},
        {"after half an hour's gap", LORD_HOWE, "2026-10-04", 2, 31, "2026-10-04T02:31:00+11:00"},
        {"half an hour's overlap", LORD_HOWE, "2026-04-05", 1, 45, "2026-04-05T01:45:00+11:00"},
        {"after half an hour's overlap", LORD_HOWE, "2026-04-05", 2, 0, "2026-04-05T02:00:00+10:30"},
        {"no daylight saving", KOLKATA, "2026-03-29", 2, 30, "2026-03-29T02:30:00+05:30"},
        {"the day before the skipped one", APIA, "2011-12-29", 23, 59, "2011-12-29T23:59:00-10:00"},
        {"a skipped day's first second", APIA, "2011-12-30", 0, 0, "2011-12-31T00:00:00+14:00"},
        {"a skipped day's noon", APIA, "2011-12-30", 12, 0, "2011-12-31T00:00:00+14:00"},
        {"a skipped day's end", APIA, "2011-12-30", 24, 0, "2011-12-31T00:00:00+14:00"},
        {"the day after the skipped one", APIA, "2011-12-31", 0, 1, "2011-12-31T00:01:00+14:00"},
        {"a skipped midnight", SAO_PAULO, "2018-11-04", 0, 0, "2018-11-04T01:00:00-02:00"},
        {"the end before it", SAO_PAULO, "2018-11-03", 24, 0, "2018-11-04T01:00:00-02:00"},
        {"an hour before midnight twice", SAO_PAULO, "2018-02-17", 23, 30, "2018-02-17T23:30:00-02:00"},
        {"the midnight after it", SAO_PAULO, "2018-02-18", 0, 0, "2018-02-18T00:00:00-03:00"},
        {"midnight itself twice", ST_JOHNS, "2010-11-07", 0, 0, "2010-11-07T00:00:00-02:30"},
        {"a minute past it", ST_JOHNS, "2010-11-07", 0, 1, "2010-11-07T00:01:00-03:30"},
        {"leap day", NEW_YORK, "2028-02-29", 23, 0, "2028-02-29T23:00:00-05:00"},
        {"before 1970", "UTC", "1969-12-31", 23, 0, "1969-12-31T23:00:00+00:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        zone_set(table[i].zone);
        int64_t got = zone_instant(day_of(table[i].date), (table[i].hour * 60 + table[i].minute) * 60);
        if (got != when(table[i].wanted))
            fail_msg("%s: %s instead of %s", table[i].name, when_text(got), table[i].wanted);
    }
}

static void the_local_day_and_second_of_an_instant(void **state)
{
    static const struct {
        const char *name, *zone, *at, *day, *time;
        int second;
    } table[] = {
        {"midnight", STOCKHOLM, "2026-12-10T00:00:00+01:00", "2026-12-10", "2026-12-10 00:00", 0},
        {"last second", STOCKHOLM, "2026-12-09T23:59:59+01:00", "2026-12-09", "2026-12-09 23:59", 86399},
        {"UTC has another day", NEW_YORK, "2026-12-09T23:59:59-05:00", "2026-12-09", "2026-12-09 23:59",
         86399},
        {"after the gap", STOCKHOLM, "2026-03-29T01:00:00+00:00", "2026-03-29", "2026-03-29 03:00", 10800},
        {"shown twice, first", STOCKHOLM, "2026-10-25T02:30:00+02:00", "2026-10-25", "2026-10-25 02:30",
         9000},
        {"shown twice, second", STOCKHOLM, "2026-10-25T02:30:00+01:00", "2026-10-25", "2026-10-25 02:30",
         9000},
        {"half hours", KOLKATA, "2026-01-01T00:00:00+05:30", "2026-01-01", "2026-01-01 00:00", 0},
        {"before the skipped day", APIA, "2011-12-30T09:59:59+00:00", "2011-12-29", "2011-12-29 23:59",
         86399},
        {"after the skipped day", APIA, "2011-12-30T10:00:00+00:00", "2011-12-31", "2011-12-31 00:00", 0},
        {"leap day", "UTC", "2028-02-29T12:00:00+00:00", "2028-02-29", "2028-02-29 12:00", 43200},
        {"before 1970", "UTC", "1969-12-31T23:59:59+00:00", "1969-12-31", "1969-12-31 23:59", 86399},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char day[ZONE_DATE_SIZE], time[ZONE_TIME_SIZE];
        zone_set(table[i].zone);
        zone_format_date(zone_day(when(table[i].at)), day);
        zone_format_time(when(table[i].at), time);
        int second = zone_second_of_day(when(table[i].at));
        if (strcmp(day, table[i].day) != 0 || strcmp(time, table[i].time) != 0 || second != table[i].second)
            fail_msg("%s: %s, %s, second %d", table[i].name, day, time, second);
    }
}

/* What the clock shows, from the C library alone. */
static int64_t shown_at(int64_t at)
{
    time_t now = at;
    struct tm tm;
    localtime_r(&now, &tm);
    return timegm(&tm);
}

/* The instant of a local time is the first at which the clock shows it or has jumped over it: by stepping. */
static void instants_are_the_first_of_their_reading(void **state)
{
    static const struct {
        const char *zone, *date;
    } table[] = {
        {STOCKHOLM, "2026-03-29"},
        {STOCKHOLM, "2026-10-25"},
        {NEW_YORK, "2026-03-08"},
        {NEW_YORK, "2026-11-01"},
        {LORD_HOWE, "2026-10-04"},
        {LORD_HOWE, "2026-04-05"},
        {KOLKATA, "2026-06-01"},
        {APIA, "2011-12-30"},
        {SAO_PAULO, "2018-11-04"},
        {SAO_PAULO, "2018-02-17"},
        {ST_JOHNS, "2010-11-06"},
        {ST_JOHNS, "2010-11-07"},
        {"UTC", "2026-03-01"},
        {"Asia/Kathmandu", "2026-03-01"},
        {"America/Nuuk", "2026-03-28"},
        {"Pacific/Chatham", "2026-09-27"},
        {"Africa/Casablanca", "2026-03-22"},
        {"Pacific/Kiritimati", "1994-12-31"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        zone_set(table[i].zone);
        int64_t day = day_of(table[i].date), at = (day - 2) * 86400;
        for (int second = 0; second <= 86400; second += 300) {
            while (shown_at(at) < day * 86400 + second)
                at += 60;
            if (zone_instant(day, second) != at)
                fail_msg("%s %s second %d: %s instead of %s", table[i].zone, table[i].date, second,
                         when_text(zone_instant(day, second)), when_text(at));
        }
    }
}

static void weekdays_go_round(void **state)
{
    (void)state;
    assert_int_equal(zone_weekday(0), 3); /* Thursday, 1 January 1970 */
    assert_int_equal(zone_weekday(day_of("2026-12-24")), 3);
    assert_int_equal(zone_weekday(day_of("2026-12-27")), 6);
    assert_int_equal(zone_weekday(day_of("2026-12-28")), 0);
    assert_int_equal(zone_weekday(day_of("2028-02-29")), 1);
    for (int64_t day = -800; day < 800; day++)
        assert_int_equal(zone_weekday(day + 1), (zone_weekday(day) + 1) % 7);
}

static void dates_are_read_and_written(void **state)
{
    static const char *const good[] = {"1970-01-01", "1969-12-31", "2000-02-29",
                                       "2026-12-24", "2028-02-29", "9999-12-31"};
    static const char *const bad[] = {
        "",           "2026",       "2026-12",          "2026-12-24 ", " 2026-12-24", "2026-12-24x",
        "2026-2-3",   "2026-02-29", "2100-02-29",       "2026-04-31",  "2026-13-01",  "2026-00-01",
        "2026-01-00", "2026-01-32", "2026-01-79",       "0026-01-01",  "26-12-24",    "2026/12/24",
        "+026-12-24", "2026-12- 4", "2026-12-24T00:00",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[ZONE_DATE_SIZE];
        zone_format_date(day_of(good[i]), text);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t day = -7;
        if (zone_parse_date(bad[i], &day) || day != -7)
            fail_msg("\"%s\" was taken for a date", bad[i]);
    }
    assert_int_equal(day_of("1970-01-02"), 1);
    assert_int_equal(day_of("1969-12-31"), -1);
}

static void peoples_times(void **state)
{
    static const struct {
        const char *zone, *text;
        bool end;
        const char *wanted; /* NULL: refused */
    } table[] = {
        {STOCKHOLM, "2026-12-24", false, "2026-12-24T00:00:00+01:00"},
        {STOCKHOLM, "2026-12-24", true, "2026-12-24T23:59:59+01:00"},
        {STOCKHOLM, "2026-03-29", true, "2026-03-29T23:59:59+02:00"},
        {STOCKHOLM, "2026-12-24 18:00", false, "2026-12-24T18:00:00+01:00"},
        {STOCKHOLM, "2026-12-24 18:00", true, "2026-12-24T18:00:00+01:00"},
        {STOCKHOLM, "2026-12-24 18:00:30", false, "2026-12-24T18:00:30+01:00"},
        {STOCKHOLM, "2026-12-24T18:00", false, "2026-12-24T18:00:00+01:00"},
        {STOCKHOLM, "2026-12-24T18:00:59", false, "2026-12-24T18:00:59+01:00"},
        {STOCKHOLM, "2026-12-24T18:00Z", false, "2026-12-24T18:00:00+00:00"},
        {STOCKHOLM, "2026-12-24T18:00:05Z", true, "2026-12-24T18:00:05+00:00"},
        {STOCKHOLM, "2026-03-29 02:30", false, "2026-03-29T03:00:00+02:00"},
        {STOCKHOLM, "2026-10-25 02:30", false, "2026-10-25T02:30:00+02:00"},
        {STOCKHOLM, "2026-10-25T02:30Z", false, "2026-10-25T02:30:00+00:00"},
        {NEW_YORK, "2026-12-24", true, "2026-12-24T23:59:59-05:00"},
        {SAO_PAULO, "2018-11-04", false, "2018-11-04T01:00:00-02:00"},
        {SAO_PAULO, "2018-11-03", true, "2018-11-03T23:59:59-03:00"},
        {KOLKATA, "2028-02-29 00:00", false, "2028-02-29T00:00:00+05:30"},
        {STOCKHOLM, "", false, NULL},
        {STOCKHOLM, "tomorrow", false, NULL},
        {STOCKHOLM, "2026-02-29", false, NULL},
        {STOCKHOLM, "2026-02-30 10:00", false, NULL},
        {STOCKHOLM, "2026-12-24Z", false, NULL},
        {STOCKHOLM, "2026-12-24 ", false, NULL},
        {STOCKHOLM, "2026-12-24T", false, NULL},
        {STOCKHOLM, "2026-12-24 18", false, NULL},
        {STOCKHOLM, "2026-12-24 8:00", false, NULL},
        {STOCKHOLM, "2026-12-24 24:00", false, NULL},
        {STOCKHOLM, "2026-12-24 18:60", false, NULL},
        {STOCKHOLM, "2026-12-24 18:00:60", false, NULL},
        {STOCKHOLM, "2026-12-24 18:00:", false, NULL},
        {STOCKHOLM, "2026-12-24 18:00Z", false, NULL},
        {STOCKHOLM, "2026-12-24T18:00z", false, NULL},
        {STOCKHOLM, "2026-12-24T18:00ZZ", false, NULL},
        {STOCKHOLM, "2026-12-24T18:00+01:00", false, NULL},
        {STOCKHOLM, "2026-12-24T18:00:05.5Z", false, NULL},
        {STOCKHOLM, "2026-12-24  18:00", false, NULL},
        {STOCKHOLM, " 2026-12-24", false, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t got = -7;
        zone_set(table[i].zone);
        bool ok = zone_parse_when(table[i].text, table[i].end, &got);
        if (ok != (table[i].wanted != NULL) || got != (ok ? when(table[i].wanted) : -7))
            fail_msg("%s \"%s\": %s", table[i].zone, table[i].text, ok ? when_text(got) : "refused");
    }
}

static void no_name_leaves_the_zone_that_is_set(void **state)
{
    (void)state;
    zone_set(KOLKATA);
    zone_set("");
    assert_int_equal(zone_second_of_day(0), 5 * 3600 + 1800);
}

static void a_visit_to_another_zone_ends_where_it_began(void **state)
{
    int64_t at = when("2026-06-01T12:00:00+00:00");
    struct zone_visit outer, inner, none;
    (void)state;
    zone_set(STOCKHOLM);
    zone_visit(&outer, KOLKATA);
    assert_int_equal(zone_second_of_day(at), 17 * 3600 + 30 * 60);
    zone_visit(&inner, NEW_YORK);
    assert_int_equal(zone_second_of_day(at), 8 * 3600);
    zone_return(&inner);
    assert_int_equal(zone_second_of_day(at), 17 * 3600 + 30 * 60);
    zone_return(&outer);
    zone_return(&outer); /* once is enough */
    assert_int_equal(zone_second_of_day(at), 14 * 3600);
    zone_visit(&none, "");
    assert_int_equal(zone_second_of_day(at), 14 * 3600);
    zone_return(&none);
    assert_int_equal(zone_second_of_day(at), 14 * 3600);
}

/* Where nobody has set one the machine's is what it comes back to. */
static void a_visit_from_the_machines_zone_returns_to_it(void **state)
{
    int64_t at = when("2026-06-01T12:00:00+00:00");
    struct zone_visit visit;
    (void)state;
    unsetenv("TZ");
    zone_set("");
    int here = zone_second_of_day(at);
    zone_visit(&visit, KOLKATA);
    assert_int_equal(zone_second_of_day(at), 17 * 3600 + 30 * 60);
    zone_return(&visit);
    assert_null(getenv("TZ"));
    assert_int_equal(zone_second_of_day(at), here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_has_a_name),
        cmocka_unit_test(instants_of_a_local_time),
        cmocka_unit_test(the_local_day_and_second_of_an_instant),
        cmocka_unit_test(instants_are_the_first_of_their_reading),
        cmocka_unit_test(weekdays_go_round),
        cmocka_unit_test(dates_are_read_and_written),
        cmocka_unit_test(peoples_times),
        cmocka_unit_test(no_name_leaves_the_zone_that_is_set),
        cmocka_unit_test(a_visit_to_another_zone_ends_where_it_began),
        cmocka_unit_test(a_visit_from_the_machines_zone_returns_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

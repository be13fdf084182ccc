/* Schedules: how they are written, and when the next run is, across clocks that jump. */
#include "when.h"

#include "ringmgr/base/zone.h"
#include "ringmgr/policy/schedule.h"

#define STOCKHOLM "Europe/Stockholm"
#define LORD_HOWE "Australia/Lord_Howe"
#define APIA      "Pacific/Apia"

enum { HOUR = 3600, MONDAY = 1, THURSDAY = 8, SATURDAY = 32, SUNDAY = 64, ALL_DAYS = 127 };

static struct schedule parsed(const char *text)
{
    struct schedule schedule;
    char why[128] = "";
    if (!schedule_parse(text, &schedule, why))
        fail_msg("%s: %s", text, why);
    return schedule;
}

static void a_schedule_is_read(void **state)
{
    static const struct {
        const char *text;
        struct schedule schedule;
    } cases[] = {
        {"off", {.kind = SCHEDULE_OFF}},
        {"02:30", {SCHEDULE_TIMES, ALL_DAYS, 2 * HOUR + 30 * 60, 0}},
        {"00:00", {SCHEDULE_TIMES, ALL_DAYS, 0, 0}},
        {"23:59", {SCHEDULE_TIMES, ALL_DAYS, 24 * HOUR - 60, 0}},
        {"Sun 03:00", {SCHEDULE_TIMES, SUNDAY, 3 * HOUR, 0}},
        {"Sun   03:00", {SCHEDULE_TIMES, SUNDAY, 3 * HOUR, 0}},
        {"Mon-Fri 02:30", {SCHEDULE_TIMES, 31, 2 * HOUR + 30 * 60, 0}},
        {"Sat-Mon 04:00", {SCHEDULE_TIMES, SATURDAY | SUNDAY | MONDAY, 4 * HOUR, 0}},
        {"Mon,Thu 04:00", {SCHEDULE_TIMES, MONDAY | THURSDAY, 4 * HOUR, 0}},
        {"Mon, Thu 04:00", {SCHEDULE_TIMES, MONDAY | THURSDAY, 4 * HOUR, 0}},
        {"every 6 hours", {SCHEDULE_EVERY, 0, 0, 6 * HOUR}},
        {"every 1 hour", {SCHEDULE_EVERY, 0, 0, HOUR}},
        {"every 30 minutes", {SCHEDULE_EVERY, 0, 0, HOUR / 2}},
        {"every 1 minute", {SCHEDULE_EVERY, 0, 0, 60}},
        {"every 60s", {SCHEDULE_EVERY, 0, 0, 60}},
        {"every 31 days", {SCHEDULE_EVERY, 0, 0, 31 * 24 * HOUR}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule = parsed(cases[i].text);
        if (schedule.kind != cases[i].schedule.kind || schedule.weekdays != cases[i].schedule.weekdays ||
            schedule.second_of_day != cases[i].schedule.second_of_day ||
            schedule.every_seconds != cases[i].schedule.every_seconds)
            fail_msg("%s: kind %d, weekdays %x, second %d, every %lld", cases[i].text, schedule.kind,
                     schedule.weekdays, schedule.second_of_day, (long long)schedule.every_seconds);
    }
}

static void anything_else_is_refused_and_says_what_is_missing(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "time of day"},
        {"daily", "time of day"},
        {"2:30", "time of day"},
        {"24:00", "time of day"},
        {"02:60", "time of day"},
        {"02:30:00", "time of day"},
        {"02:30 Sun", "time of day"},
        {"Sun", "time of day"},
        {"02:3a", "time of day"},
        {"OFF", "time of day"},
        {"Sunday 03:00", "weekdays"},
        {"sun 03:00", "weekdays"},
        {"Mon- 03:00", "weekdays"},
        {"Mon, 03:00", "weekdays"},
        {"01:00 03:00", "weekdays"},
        {"Mon 01:00-02:00 03:00", "weekdays"},
        {"every 59 seconds", "distance"},
        {"every 0 hours", "distance"},
        {"every 32 days", "distance"},
        {"every 10 workdays", "distance"},
        {"every hour", "distance"},
        {"every ", "distance"},
        {"every 6 hours, 02:30", "distance"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule = {.kind = SCHEDULE_EVERY, .every_seconds = 77};
        char why[128] = "";
        if (schedule_parse(cases[i].text, &schedule, why))
            fail_msg("\"%s\" was read", cases[i].text);
        if (!strstr(why, cases[i].part))
            fail_msg("\"%s\": %s", cases[i].text, why);
        assert_int_equal(schedule.every_seconds, 77);
    }
}

static void the_next_run(void **state)
{
    static const struct {
        const char *name, *zone, *schedule, *last, *now;
        int64_t jitter;
        const char *next;
    } cases[] = {
        {"never ran: at once", STOCKHOLM, "02:30", "-", "2026-06-01T12:00:00+02:00", 900,
         "2026-06-01T12:00:00+02:00"},
        {"later today", STOCKHOLM, "02:30", "2026-05-31T02:30:00+02:00", "2026-06-01T01:00:00+02:00", 0,
         "2026-06-01T02:30:00+02:00"},
        {"jitter is added to what comes", STOCKHOLM, "02:30", "2026-05-31T02:30:00+02:00",
         "2026-06-01T01:00:00+02:00", 900, "2026-06-01T02:45:00+02:00"},
        {"a run that jitter put off was that day's", STOCKHOLM, "02:30", "2026-06-01T02:45:00+02:00",
         "2026-06-01T02:46:00+02:00", 0, "2026-06-02T02:30:00+02:00"},
        {"begun at the very second", STOCKHOLM, "02:30", "2026-06-01T02:30:00+02:00",
         "2026-06-01T02:30:00+02:00", 0, "2026-06-02T02:30:00+02:00"},
        {"the second itself is due", STOCKHOLM, "02:30", "2026-05-31T02:30:00+02:00",
         "2026-06-01T02:30:00+02:00", 900, "2026-06-01T02:30:00+02:00"},
        {"missed a week: once, now", STOCKHOLM, "02:30", "2026-05-20T02:30:00+02:00",
         "2026-06-01T12:00:00+02:00", 900, "2026-06-01T12:00:00+02:00"},
        {"every: later", STOCKHOLM, "every 6 hours", "2026-06-01T00:10:00+02:00", "2026-06-01T01:00:00+02:00",
         0, "2026-06-01T06:10:00+02:00"},
        {"every: jitter", STOCKHOLM, "every 6 hours", "2026-06-01T00:10:00+02:00",
         "2026-06-01T01:00:00+02:00", 60, "2026-06-01T06:11:00+02:00"},
        {"every: missed", STOCKHOLM, "every 6 hours", "2026-05-01T00:10:00+02:00",
         "2026-06-01T01:00:00+02:00", 60, "2026-06-01T01:00:00+02:00"},
        {"off", STOCKHOLM, "off", "-", "2026-06-01T01:00:00+02:00", 0, "-"},
        {"off, and it ran once", STOCKHOLM, "off", "2026-05-01T00:10:00+02:00", "2026-06-01T01:00:00+02:00",
         0, "-"},
        /* weekdays; 2026-06-01 is a Monday */
        {"the weekday of this week", STOCKHOLM, "Sun 03:00", "2026-05-31T03:00:00+02:00",
         "2026-06-01T12:00:00+02:00", 0, "2026-06-07T03:00:00+02:00"},
        {"on the weekday, before the hour", STOCKHOLM, "Sun 03:00", "2026-05-31T03:00:00+02:00",
         "2026-06-07T02:59:59+02:00", 0, "2026-06-07T03:00:00+02:00"},
        {"Friday to Monday", STOCKHOLM, "Mon-Fri 02:30", "2026-06-05T02:30:00+02:00",
         "2026-06-05T12:00:00+02:00", 0, "2026-06-08T02:30:00+02:00"},
        {"Monday to Thursday", STOCKHOLM, "Mon,Thu 04:00", "2026-06-01T04:00:00+02:00",
         "2026-06-01T12:00:00+02:00", 0, "2026-06-04T04:00:00+02:00"},
        /* the clock is set back: what ran "in the future" ran now */
        {"set back a year, daily", STOCKHOLM, "02:30", "2027-06-01T02:30:00+02:00",
         "2026-06-01T12:00:00+02:00", 0, "2026-06-02T02:30:00+02:00"},
        {"set back a year, every", STOCKHOLM, "every 6 hours", "2027-06-01T02:30:00+02:00",
         "2026-06-01T12:00:00+02:00", 60, "2026-06-01T18:01:00+02:00"},
        {"set forward ten years", STOCKHOLM, "02:30", "2026-06-01T02:30:00+02:00",
         "2036-06-01T12:00:00+02:00", 60, "2036-06-01T12:00:00+02:00"},
        /* Stockholm skips 02:00-03:00 on 2026-03-29 and shows it twice on 2026-10-25 */
        {"skipped: the first instant after it", STOCKHOLM, "02:30", "2026-03-28T02:30:00+01:00",
         "2026-03-28T12:00:00+01:00", 0, "2026-03-29T03:00:00+02:00"},
        {"the day after the skipped one", STOCKHOLM, "02:30", "2026-03-29T03:00:00+02:00",
         "2026-03-29T03:00:01+02:00", 0, "2026-03-30T02:30:00+02:00"},
        {"twice: the first", STOCKHOLM, "02:30", "2026-10-24T02:30:00+02:00", "2026-10-24T12:00:00+02:00", 0,
         "2026-10-25T02:30:00+02:00"},
        {"twice: not again", STOCKHOLM, "02:30", "2026-10-25T02:30:00+02:00", "2026-10-25T02:15:00+01:00", 0,
         "2026-10-26T02:30:00+01:00"},
        {"every does not see the change", STOCKHOLM, "every 6 hours", "2026-10-25T00:00:00+02:00",
         "2026-10-25T00:00:01+02:00", 0, "2026-10-25T05:00:00+01:00"},
        {"half an hour of Lord Howe, skipped", LORD_HOWE, "Sun 02:15", "2026-09-27T02:15:00+10:30",
         "2026-10-01T00:00:00+10:30", 0, "2026-10-04T02:30:00+11:00"},
        /* Apia skipped Friday 2011-12-30 whole: what was due then is due when Saturday begins */
        {"a day that never was", APIA, "Fri 02:30", "2011-12-23T02:30:00-10:00", "2011-12-29T12:00:00-10:00",
         0, "2011-12-31T00:00:00+14:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule = parsed(cases[i].schedule);
        zone_set(cases[i].zone);
        int64_t next = schedule_next(&schedule, when(cases[i].last), when(cases[i].now), cases[i].jitter);
        if (next != when(cases[i].next))
            fail_msg("%s: %s, not %s", cases[i].name, when_text(next), when_text(when(cases[i].next)));
    }
}

/* Whatever the schedule and wherever the clock: a year of runs never stands still and never goes back. */
static void a_year_of_runs_goes_on(void **state)
{
    static const char *const texts[] = {"02:30", "Sun 02:30", "Mon-Fri 23:59", "every 7 hours"};
    static const int most_days[] = {2, 8, 4, 1};
    (void)state;
    zone_set(STOCKHOLM);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct schedule schedule = parsed(texts[i]);
        int64_t at = when("2026-01-01T00:00:00+01:00"), end = when("2027-01-01T00:00:00+01:00");
        while (at < end) {
            int64_t next = schedule_next(&schedule, at, at, 0);
            assert_true(next > at);
            assert_true(next - at <= most_days[i] * 24 * HOUR);
            at = next;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schedule_is_read),
        cmocka_unit_test(anything_else_is_refused_and_says_what_is_missing),
        cmocka_unit_test(the_next_run),
        cmocka_unit_test(a_year_of_runs_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

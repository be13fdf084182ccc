/* Random calendars, compared with stepping through them minute by minute. */
#include "when.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/calendar.h"

#define STOCKHOLM "Europe/Stockholm"
#define NEW_YORK  "America/New_York"
#define LORD_HOWE "Australia/Lord_Howe"
#define KOLKATA   "Asia/Kolkata"
#define APIA      "Pacific/Apia"
#define SAO_PAULO "America/Sao_Paulo"
#define ST_JOHNS  "America/St_Johns"

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245U + 12345U;
    return (*seed >> 16) % below;
}

enum { STEPS = 16 * 1440, MARGIN = 2 * 1440 }; /* two weeks and two days; windows reach a day on */

/* A calendar of two weeks after `day`, and what it allows in each minute, by the C library's clock alone. */
struct random_case {
    struct date_ranges freeze;
    struct weekly_windows days;
    int64_t start;
    bool open[STEPS];
};

static void make_random(struct random_case *c, unsigned *seed, int64_t day)
{
    char why[128];
    *c = (struct random_case){.start = zone_instant(day, 0)};
    for (unsigned n = draw(seed, 4); n > 0; n--) {
        char first[ZONE_DATE_SIZE], last[ZONE_DATE_SIZE], text[64];
        int64_t from = day + draw(seed, 14);
        zone_format_date(from, first);
        zone_format_date(from + draw(seed, 4), last);
        snprintf(text, sizeof text, "%s/%s", first, last);
        assert_true(calendar_add_range(&c->freeze, text, why));
    }
    for (unsigned n = draw(seed, 4); n > 0; n--) {
        struct weekly_window window = {1 + draw(seed, 127), 15 * (int)draw(seed, 96),
                                       15 * (int)draw(seed, 97)};
        c->days.item = mem_grow(c->days.item, c->days.len, sizeof window);
        c->days.item[c->days.len++] = window;
    }
}

/* Whether the clock's reading, a day and a minute of it, is in a window. */
static bool is_read_open(const struct weekly_windows *days, int64_t day, int minute)
{
    for (size_t i = 0; i < days->len; i++) {
        const struct weekly_window *w = &days->item[i];
        bool today = w->weekdays & 1U << (day + 3) % 7, yesterday = w->weekdays & 1U << (day + 2) % 7;
        bool over = w->to_minute <= w->from_minute;
        if ((today && minute >= w->from_minute && (over || minute < w->to_minute)) ||
            (yesterday && over && minute < w->to_minute))
            return true;
    }
    return days->len == 0;
}

static void step_through(struct random_case *c)
{
    for (int i = 0; i < STEPS; i++) {
        time_t at = c->start + i * 60;
        struct tm tm;
        localtime_r(&at, &tm);
        int64_t shown = timegm(&tm), day = shown / 86400;
        c->open[i] =
            !calendar_has_day(&c->freeze, day) && is_read_open(&c->days, day, (int)(shown % 86400 / 60));
    }
}

/* Each chance from minutes of the first fortnight is the next or last minute that the steps call open. */
static void compare_chances(const char *zone, const struct random_case *c, unsigned *seed)
{
    for (int n = 0; n < 25; n++) {
        int from = (int)draw(seed, STEPS - 2 * MARGIN), next = from, last = from;
        int64_t at = c->start + from * 60 + draw(seed, 60);
        while (next < STEPS && !c->open[next])
            next++;
        int64_t wanted = next == from ? at : c->start + next * 60;
        int64_t got = calendar_next_chance(&c->freeze, &c->days, at);
        if (next < STEPS ? got != wanted : got < c->start + STEPS * 60 && got != -1)
            fail_msg("%s: after %s: %s instead of %s", zone, when_text(at), when_text(got),
                     when_text(wanted));
        while (last >= 0 && !c->open[last])
            last--;
        wanted = last < 0 ? -1 : last == from ? at - 1 : c->start + last * 60 + 59;
        got = calendar_last_chance(&c->freeze, &c->days, c->start, at);
        if (at > c->start + from * 60 && got != wanted)
            fail_msg("%s: before %s: %s instead of %s", zone, when_text(at), when_text(got),
                     when_text(wanted));
    }
}

/* Fortnights in which no clock jumps: there an instant and its reading are one. */
static void chances_are_those_of_stepping_by_the_minute(void **state)
{
    static const struct {
        const char *zone, *date;
    } table[] = {{"UTC", "2028-02-20"},    {STOCKHOLM, "2026-12-20"}, {STOCKHOLM, "2026-07-01"},
                 {NEW_YORK, "2026-05-25"}, {LORD_HOWE, "2026-01-20"}, {KOLKATA, "2026-10-20"},
                 {APIA, "2026-06-15"}};
    unsigned seed = 20261122;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int n = 0; n < test_effort(10, 30); n++) {
            struct random_case *c = mem_new(1, sizeof *c);
            int64_t day;
            zone_set(table[i].zone);
            assert_true(zone_parse_date(table[i].date, &day));
            make_random(c, &seed, day);
            step_through(c);
            compare_chances(table[i].zone, c, &seed);
            date_ranges_clear(&c->freeze);
            weekly_windows_clear(&c->days);
            free(c);
        }
}

/* Where a clock jumps: the four questions agree with each other, minute by minute. */
static void questions_agree_where_the_clock_jumps(void **state)
{
    static const struct {
        const char *zone, *date;
    } table[] = {{STOCKHOLM, "2026-03-27"}, {STOCKHOLM, "2026-10-23"}, {NEW_YORK, "2026-03-06"},
                 {NEW_YORK, "2026-10-30"},  {LORD_HOWE, "2026-10-02"}, {LORD_HOWE, "2026-04-03"},
                 {APIA, "2011-12-28"},      {SAO_PAULO, "2018-11-02"}, {SAO_PAULO, "2018-02-16"},
                 {ST_JOHNS, "2010-11-05"}};
    enum { DAYS = 4 };
    unsigned seed = 7;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int n = 0; n < test_effort(2, 6); n++) {
            struct random_case *c = mem_new(1, sizeof *c);
            int64_t day, until, opens, last = -1;
            zone_set(table[i].zone);
            assert_true(zone_parse_date(table[i].date, &day));
            make_random(c, &seed, day);
            for (int64_t at = c->start; at < c->start + DAYS * 86400; at += 900) {
                bool frozen = calendar_is_frozen(&c->freeze, at, &until);
                bool open = calendar_is_open(&c->days, at, &opens);
                int64_t next = calendar_next_chance(&c->freeze, &c->days, at);
                bool wrong = (next == at) != (open && !frozen) || next < at || (frozen && until <= at) ||
                             (frozen && next < until) || (!open && (opens <= at || next < opens)) ||
                             (open && calendar_open_since(&c->days, at) > at);
                if (open && !frozen)
                    last = at + 1;
                wrong = wrong ||
                        (last == at + 1 && calendar_last_chance(&c->freeze, &c->days, c->start, last) != at);
                wrong = wrong || (last == -1 && next > at &&
                                  calendar_last_chance(&c->freeze, &c->days, c->start, at + 1) != -1);
                if (wrong)
                    fail_msg("%s, calendar %d, %s", table[i].zone, n, when_text(at));
            }
            date_ranges_clear(&c->freeze);
            weekly_windows_clear(&c->days);
            free(c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chances_are_those_of_stepping_by_the_minute),
        cmocka_unit_test(questions_agree_where_the_clock_jumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

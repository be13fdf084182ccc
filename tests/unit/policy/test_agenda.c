/* The agenda: what of it counts, in which order, and its form as an iCalendar object. */
#include "when.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/base/version.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/agenda.h"

#define STOCKHOLM "Europe/Stockholm"
#define HONOLULU  "Pacific/Honolulu"

/* Sixty days from 1 September 2026, 10:00 UTC. */
static struct agenda september(const char *zone)
{
    zone_set(zone);
    return (struct agenda){.from_unix = when("2026-09-01T10:00:00+00:00"),
                           .until_unix = when("2026-10-31T10:00:00+00:00")};
}

static const struct agenda_event *find(const struct agenda *agenda, const char *what, const char *subject)
{
    for (size_t i = 0; i < agenda->len; i++)
        if (strcmp(agenda->item[i].what, what) == 0 && strcmp(agenda->item[i].subject, subject) == 0)
            return &agenda->item[i];
    return NULL;
}

/* ---- what counts ---- */

static const struct {
    const char *name, *at, *until;
    bool counts;
} spans[] = {
    {"none", "-", "-", false},
    {"a second before", "2026-09-01T09:59:59+00:00", "-", false},
    {"the first second", "2026-09-01T10:00:00+00:00", "-", true},
    {"the last second", "2026-10-31T09:59:59+00:00", "-", true},
    {"the first that is not in it", "2026-10-31T10:00:00+00:00", "-", false},
    {"begun, ends with the second before", "2026-08-01T00:00:00+00:00", "2026-09-01T10:00:00+00:00", false},
    {"begun, one second left", "2026-08-01T00:00:00+00:00", "2026-09-01T10:00:01+00:00", true},
    {"longer than the agenda", "2026-08-01T00:00:00+00:00", "2027-09-01T00:00:00+00:00", true},
    {"begins in it, ends later", "2026-10-31T09:59:59+00:00", "2027-01-01T00:00:00+00:00", true},
    {"all later", "2026-10-31T10:00:00+00:00", "2027-01-01T00:00:00+00:00", false},
};

static void counts_what_lies_in_its_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct agenda agenda = september("UTC");
        const struct agenda_event event = {.at_unix = when(spans[i].at),
                                           .until_unix = when(spans[i].until),
                                           .what = "test",
                                           .subject = "x",
                                           .text = "text"};
        agenda_add(&agenda, &event);
        if (agenda.len != (size_t)spans[i].counts)
            fail_msg("%s: %zu events", spans[i].name, agenda.len);
        agenda_clear(&agenda);
    }
}

static void owns_its_texts(void **state)
{
    char what[] = "test", text[] = "text";
    struct agenda agenda = september("UTC");
    (void)state;
    const struct agenda_event event = {
        .at_unix = agenda.from_unix, .until_unix = -1, .what = what, .subject = "x", .text = text};
    agenda_add(&agenda, &event);
    what[0] = text[0] = 'X';
    assert_string_equal(agenda.item[0].what, "test");
    assert_string_equal(agenda.item[0].text, "text");
    assert_null(agenda.item[0].ring);
    agenda_clear(&agenda);
    assert_int_equal(agenda.len, 0);
}

static void sorts_by_time_ring_kind_and_subject(void **state)
{
    static const char *const rows[][3] = {
        {"b", "z", "1"}, {"a", "z", "1"}, {NULL, "z", "1"}, {"a", "y", "2"}, {"a", "y", "1"}};
    static const char *const sorted[] = {"z1", "ay1", "ay2", "az1", "bz1"};
    struct agenda agenda = september("UTC");
    (void)state;
    agenda_at(&agenda, agenda.from_unix + 1, "a", "a", "0", "late");
    for (size_t i = 0; i < 5; i++)
        agenda_at(&agenda, agenda.from_unix, rows[i][0], rows[i][1], rows[i][2], "%s%s%s",
                  rows[i][0] ? rows[i][0] : "", rows[i][1], rows[i][2]);
    agenda_sort(&agenda);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(agenda.item[i].text, sorted[i]);
    assert_string_equal(agenda.item[5].text, "late");
    agenda_clear(&agenda);
}

/* ---- from the calendar ---- */

static void freezes_are_whole_local_days(void **state)
{
    struct ring ring = {.name = (char *)"production"};
    struct agenda agenda = september(STOCKHOLM);
    char why[128];
    (void)state;
    assert_true(calendar_add_range(&ring.freeze, "2026-10-24/2026-10-25", why));
    assert_true(calendar_add_range(&ring.freeze, "2026-12-10/2027-01-06", why));
    agenda_add_freezes(&agenda, &ring);
    assert_int_equal(agenda.len, 1);
    assert_string_equal(agenda.item[0].ring, "production");
    assert_string_equal(agenda.item[0].subject, "2026-10-24");
    assert_int_equal(agenda.item[0].at_unix, when("2026-10-24T00:00:00+02:00"));
    assert_int_equal(agenda.item[0].until_unix, when("2026-10-26T00:00:00+01:00")); /* 49 hours */
    assert_true(agenda.item[0].all_day);
    agenda_clear(&agenda);
    date_ranges_clear(&ring.freeze);
}

static void patch_days_are_second_tuesdays_of_any_zone(void **state)
{
    static const struct {
        const char *zone, *first;
    } cases[] = {{"UTC", "2026-09-08T00:00:00+00:00"},
                 {HONOLULU, "2026-09-08T00:00:00-10:00"},
                 {"Pacific/Kiritimati", "2026-09-08T00:00:00+14:00"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct agenda agenda = september(cases[i].zone);
        agenda_add_patch_days(&agenda);
        assert_int_equal(agenda.len, 2);
        assert_int_equal(agenda.item[0].at_unix, when(cases[i].first));
        assert_string_equal(agenda.item[0].subject, "2026-09-08");
        assert_string_equal(agenda.item[1].subject, "2026-10-13");
        agenda_clear(&agenda);
    }
}

static void a_patch_day_that_has_begun_is_in_it(void **state)
{
    struct agenda agenda = {.from_unix = when("2026-09-08T23:59:59+00:00"),
                            .until_unix = when("2026-09-09T23:59:59+00:00")};
    (void)state;
    zone_set("UTC");
    agenda_add_patch_days(&agenda);
    assert_int_equal(agenda.len, 1);
    agenda_clear(&agenda);
}

/* ---- support ---- */

static void support_has_its_days_of_warning(void **state)
{
    static const unsigned days[] = {45, 14, 0};
    struct ring ring = {.name = (char *)"production"};
    struct agenda agenda = september("UTC");
    (void)state;
    const struct agenda_support support = {.deadline = {when("2026-10-13T00:00:00+00:00"), SUPPORT_MICROSOFT},
                                           .build = "16.0.20131.20150",
                                           .warn_days = days,
                                           .warns = 3,
                                           .act_by_unix = when("2026-09-30T21:59:59+00:00"),
                                           .conflict = "promote by 30 September"};
    agenda_add_support(&agenda, &ring, &support);
    assert_int_equal(agenda.len, 3); /* 45 days before is August */
    const struct agenda_event *end = find(&agenda, "support-ends", "16.0.20131.20150");
    assert_string_equal(end->text, "support of the live build 16.0.20131.20150 ends (microsoft)");
    const struct agenda_event *warn = find(&agenda, "support-warn", "16.0.20131.20150-14");
    assert_int_equal(warn->at_unix, when("2026-09-29T00:00:00+00:00"));
    const struct agenda_event *act = find(&agenda, "act-by", "16.0.20131.20150");
    assert_true(strstr(act->text, ": promote by 30 September"));
    agenda_clear(&agenda);
}

static void without_a_deadline_there_is_nothing_to_say(void **state)
{
    static const unsigned days[] = {14};
    struct ring ring = {.name = (char *)"production"};
    struct agenda agenda = september("UTC");
    (void)state;
    const struct agenda_support support = {.deadline = {.at_unix = -1},
                                           .build = "16.0.20131.20150",
                                           .warn_days = days,
                                           .warns = 1,
                                           .act_by_unix = agenda.from_unix,
                                           .conflict = ""};
    agenda_add_support(&agenda, &ring, &support);
    assert_int_equal(agenda.len, 0);
}

/* ---- iCalendar ---- */

/* What the object says of one event that stands alone. */
static void write_one(const char *text, struct buf *out)
{
    struct agenda agenda = september("UTC");
    agenda_at(&agenda, agenda.from_unix, NULL, "test", "x", "%s", text);
    agenda_write_ical(&agenda, "host", when("2026-09-01T08:00:00+00:00"), out);
    agenda_clear(&agenda);
}

static void ical_is_this_to_the_byte(void **state)
{
    AUTO_BUF out = {0};
    AUTO_BUF expected = {0};
    struct ring ring = {.name = (char *)"production"};
    struct agenda agenda = september(STOCKHOLM);
    char why[128];
    (void)state;
    assert_true(calendar_add_range(&ring.freeze, "2026-10-24/2026-10-25", why));
    agenda_add_freezes(&agenda, &ring);
    agenda_at(&agenda, when("2026-10-25T02:30:00+01:00"), "pilot", "soak-ends", "16.0.1.2", "soaked");
    agenda_write_ical(&agenda, "server.example", when("2026-09-01T08:00:00+00:00"), &out);
    buf_printf(
        &expected,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//ringmgr//ringmgr %s//EN\r\nCALSCALE:GREGORIAN\r\n",
        version_text());
    buf_puts(&expected, "BEGIN:VEVENT\r\nUID:freeze-production-2026-10-24@server.example\r\n"
                        "DTSTAMP:20260901T080000Z\r\nDTSTART;VALUE=DATE:20261024\r\n"
                        "DTEND;VALUE=DATE:20261026\r\n"
                        "SUMMARY:production: frozen from 2026-10-24 to 2026-10-25\\, both included\r\n"
                        "CATEGORIES:freeze\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"
                        "BEGIN:VEVENT\r\nUID:soak-ends-pilot-16.0.1.2@server.example\r\n"
                        "DTSTAMP:20260901T080000Z\r\nDTSTART:20261025T013000Z\r\nSUMMARY:pilot: soaked\r\n"
                        "CATEGORIES:soak-ends\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    assert_string_equal(buf_text(&out), buf_text(&expected));
    agenda_clear(&agenda);
    date_ranges_clear(&ring.freeze);
}

static void ical_escapes_texts(void **state)
{
    AUTO_BUF out = {0};
    (void)state;
    write_one("a;b,c\\d\ne\rf\"g:h", &out);
    assert_true(strstr(buf_text(&out), "\r\nSUMMARY:a\\;b\\,c\\\\d\\nef\"g:h\r\n"));
}

/* Every line has at most 75 octets, and without its folds the text is what it was. */
static void assert_folds(const char *text)
{
    AUTO_BUF out = {0};
    AUTO_BUF unfolded = {0};
    write_one(text, &out);
    const char *line = buf_text(&out), *end;
    while ((end = strstr(line, "\r\n"))) {
        assert_true(end - line <= 75);
        assert_true(((unsigned char)line[line[0] == ' ']) >> 6 != 2); /* does not begin inside a character */
        if (*line == ' ')
            buf_append(&unfolded, line + 1, (size_t)(end - line - 1));
        else
            buf_printf(&unfolded, "\n%.*s", (int)(end - line), line);
        line = end + 2;
    }
    char *expected AUTO_FREE = mem_printf("\nSUMMARY:%s\n", text);
    assert_true(strstr(buf_text(&unfolded), expected));
}

static void ical_folds_long_lines_between_characters(void **state)
{
    char text[400] = "";
    (void)state;
    for (size_t len = 0; len < 300; len++) {
        text[len] = (char)('a' + len % 26);
        assert_folds(text);
    }
    for (size_t before = 0; before < 4; before++) {
        AUTO_BUF wide = {0};
        for (size_t i = 0; i < before; i++)
            buf_puts(&wide, "a");
        for (size_t i = 0; i < 60; i++)
            buf_puts(&wide, i % 2 ? "€" : "𝄞");
        assert_folds(buf_text(&wide));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_lies_in_its_time),
        cmocka_unit_test(owns_its_texts),
        cmocka_unit_test(sorts_by_time_ring_kind_and_subject),
        cmocka_unit_test(freezes_are_whole_local_days),
        cmocka_unit_test(patch_days_are_second_tuesdays_of_any_zone),
        cmocka_unit_test(a_patch_day_that_has_begun_is_in_it),
        cmocka_unit_test(support_has_its_days_of_warning),
        cmocka_unit_test(without_a_deadline_there_is_nothing_to_say),
        cmocka_unit_test(ical_is_this_to_the_byte),
        cmocka_unit_test(ical_escapes_texts),
        cmocka_unit_test(ical_folds_long_lines_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

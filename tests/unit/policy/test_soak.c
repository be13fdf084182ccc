/* Soak: what counts, when it is over, and how it is written. */
#include "when.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/soak.h"

#define STOCKHOLM "Europe/Stockholm"
#define NEW_YORK  "America/New_York"
#define LORD_HOWE "Australia/Lord_Howe"
#define KOLKATA   "Asia/Kolkata"
#define APIA      "Pacific/Apia"
#define XMAS      "2026-12-24/2026-12-26;2026-12-31/2027-01-01;2027-01-06"

enum { DAY = 86400, HOUR = 3600 };

struct scene {
    struct soak_need need;
    struct soak_pause pause[8];
    size_t pauses;
    struct date_ranges holidays;
};

/* "FROM UNTIL;…", UNTIL may be "-". */
static void read_pauses(const char *text, struct scene *scene)
{
    char *copy AUTO_FREE = mem_strdup(text), *rest = copy, *piece;
    while ((piece = strsep(&rest, ";")))
        if (*piece) {
            char *until = strchr(piece, ' ');
            *until = 0;
            scene->pause[scene->pauses++] = (struct soak_pause){when(piece), when(until + 1)};
        }
}

static void read_holidays(const char *text, struct date_ranges *holidays)
{
    char *copy AUTO_FREE = mem_strdup(text), *rest = copy, *piece, why[128];
    while ((piece = strsep(&rest, ";")))
        if (*piece && !calendar_add_range(holidays, piece, why))
            fail_msg("%s", why);
}

/* Mid-December unless a row says otherwise; Monday is the 14th. */
static const struct {
    const char *name, *zone, *need, *start, *pauses, *holidays, *now;
    int64_t have;
    const char *ends;
    bool over;
} cases[] = {
    /* plain days */
    {"not begun", STOCKHOLM, "14 days", "-", "", "", "2026-12-20T00:00:00+01:00", 0, "-", false},
    {"not begun, nothing needed", STOCKHOLM, "0 days", "-", "", "", "2026-12-20T00:00:00+01:00", 0, "-",
     false},
    {"first second", STOCKHOLM, "14 days", "2026-12-01T09:00:00+01:00", "", "", "2026-12-01T09:00:00+01:00",
     0, "2026-12-15T09:00:00+01:00", false},
    {"half way", STOCKHOLM, "14 days", "2026-12-01T09:00:00+01:00", "", "", "2026-12-08T09:00:00+01:00",
     7 * DAY, "2026-12-15T09:00:00+01:00", false},
    {"a second short", STOCKHOLM, "14 days", "2026-12-01T09:00:00+01:00", "", "", "2026-12-15T08:59:59+01:00",
     14 * DAY - 1, "2026-12-15T09:00:00+01:00", false},
    {"over to the second", STOCKHOLM, "14 days", "2026-12-01T09:00:00+01:00", "", "",
     "2026-12-15T09:00:00+01:00", 14 * DAY, "2026-12-15T09:00:00+01:00", true},
    {"long over, never more than needed", STOCKHOLM, "14 days", "2026-12-01T09:00:00+01:00", "", "",
     "2027-06-01T09:00:00+02:00", 14 * DAY, "2026-12-15T09:00:00+01:00", true},
    {"36 hours", STOCKHOLM, "36h", "2026-12-01T09:00:00+01:00", "", "", "2026-12-02T20:59:59+01:00",
     36 * HOUR - 1, "2026-12-02T21:00:00+01:00", false},
    {"36 hours, over", STOCKHOLM, "36h", "2026-12-01T09:00:00+01:00", "", "", "2026-12-02T21:00:00+01:00",
     36 * HOUR, "2026-12-02T21:00:00+01:00", true},
    {"weekends and holidays count", STOCKHOLM, "3 days", "2026-12-24T09:00:00+01:00", "", XMAS,
     "2026-12-27T09:00:00+01:00", 3 * DAY, "2026-12-27T09:00:00+01:00", true},
    {"over the end of a month", STOCKHOLM, "1 day", "2026-01-31T12:00:00+01:00", "", "",
     "2026-02-01T00:00:00+01:00", 12 * HOUR, "2026-02-01T12:00:00+01:00", false},
    {"over leap day", STOCKHOLM, "2 days", "2028-02-28T12:00:00+01:00", "", "", "2028-03-01T11:59:59+01:00",
     2 * DAY - 1, "2028-03-01T12:00:00+01:00", false},
    {"over 28 February", STOCKHOLM, "2 days", "2027-02-27T12:00:00+01:00", "", "",
     "2027-03-01T12:00:00+01:00", 2 * DAY, "2027-03-01T12:00:00+01:00", true},
    {"forward: a day is 24 h", STOCKHOLM, "1 day", "2026-03-28T12:00:00+01:00", "", "",
     "2026-03-29T12:00:00+02:00", 23 * HOUR, "2026-03-29T13:00:00+02:00", false},
    {"back: a day is 24 h", STOCKHOLM, "1 day", "2026-10-24T12:00:00+02:00", "", "",
     "2026-10-25T11:00:00+01:00", 24 * HOUR, "2026-10-25T11:00:00+01:00", true},
    {"New York, forward", NEW_YORK, "1 day", "2026-03-07T12:00:00-05:00", "", "", "2026-03-08T12:00:00-04:00",
     23 * HOUR, "2026-03-08T13:00:00-04:00", false},
    {"New York, back", NEW_YORK, "1 day", "2026-10-31T12:00:00-04:00", "", "", "2026-11-01T10:59:59-05:00",
     24 * HOUR - 1, "2026-11-01T11:00:00-05:00", false},
    {"Lord Howe, half an hour", LORD_HOWE, "1 day", "2026-10-03T12:00:00+10:30", "", "",
     "2026-10-04T12:00:00+11:00", 23 * HOUR + 1800, "2026-10-04T12:30:00+11:00", false},
    {"the day that never was", APIA, "1 day", "2011-12-29T12:00:00-10:00", "", "",
     "2011-12-31T11:59:59+14:00", DAY - 1, "2011-12-31T12:00:00+14:00", false},

    /* nothing needed, and starts to come */
    {"nothing needed", STOCKHOLM, "0 days", "2026-12-01T09:00:00+01:00", "", "", "2026-12-01T09:00:00+01:00",
     0, "2026-12-01T09:00:00+01:00", true},
    {"nothing needed, in a pause", STOCKHOLM, "0 days", "2026-12-01T09:00:00+01:00",
     "2026-11-01T00:00:00+01:00 -", "", "2026-12-02T09:00:00+01:00", 0, "2026-12-01T09:00:00+01:00", true},
    {"no workdays needed, on a Sunday", STOCKHOLM, "0 workdays", "2026-12-13T09:00:00+01:00", "", "",
     "2026-12-13T09:00:00+01:00", 0, "2026-12-13T09:00:00+01:00", true},
    {"nothing needed, start to come", STOCKHOLM, "0 days", "2026-12-02T09:00:00+01:00", "", "",
     "2026-12-01T09:00:00+01:00", 0, "2026-12-02T09:00:00+01:00", false},
    {"start to come", STOCKHOLM, "14 days", "2026-12-02T09:00:00+01:00", "", "", "2026-12-01T09:00:00+01:00",
     0, "2026-12-16T09:00:00+01:00", false},
    {"start to come, a second", STOCKHOLM, "14 days", "2026-12-02T09:00:00+01:00", "", "",
     "2026-12-02T08:59:59+01:00", 0, "2026-12-16T09:00:00+01:00", false},
    {"workdays, start to come", STOCKHOLM, "1 workday", "2026-12-19T09:00:00+01:00", "", "",
     "2026-12-18T09:00:00+01:00", 0, "2026-12-22T09:00:00+01:00", false},

    /* pauses */
    {"pause before the start", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-01T00:00:00+01:00 2026-12-05T00:00:00+01:00", "", "2026-12-11T00:00:00+01:00", DAY,
     "2026-12-12T00:00:00+01:00", false},
    {"pause up to the start", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-01T00:00:00+01:00 2026-12-10T00:00:00+01:00", "", "2026-12-11T00:00:00+01:00", DAY,
     "2026-12-12T00:00:00+01:00", false},
    {"pause over the start", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-01T00:00:00+01:00 2026-12-10T06:00:00+01:00", "", "2026-12-11T00:00:00+01:00", 18 * HOUR,
     "2026-12-12T06:00:00+01:00", false},
    {"pause from the start", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T00:00:00+01:00 2026-12-10T06:00:00+01:00", "", "2026-12-11T00:00:00+01:00", 18 * HOUR,
     "2026-12-12T06:00:00+01:00", false},
    {"pause in the middle, before it", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-11T00:00:00+01:00 2026-12-11T12:00:00+01:00", "", "2026-12-10T12:00:00+01:00", 12 * HOUR,
     "2026-12-12T12:00:00+01:00", false},
    {"pause in the middle, during", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-11T00:00:00+01:00 2026-12-11T12:00:00+01:00", "", "2026-12-11T06:00:00+01:00", DAY,
     "2026-12-12T12:00:00+01:00", false},
    {"pause in the middle, after it", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-11T00:00:00+01:00 2026-12-11T12:00:00+01:00", "", "2026-12-11T13:00:00+01:00", 25 * HOUR,
     "2026-12-12T12:00:00+01:00", false},
    {"pause in the middle, over", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-11T00:00:00+01:00 2026-12-11T12:00:00+01:00", "", "2026-12-12T12:00:00+01:00", 2 * DAY,
     "2026-12-12T12:00:00+01:00", true},
    {"two pauses", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-10T07:00:00+01:00;2026-12-11T06:00:00+01:00 "
     "2026-12-11T08:00:00+01:00",
     "", "2026-12-11T12:00:00+01:00", 33 * HOUR, "2026-12-12T03:00:00+01:00", false},
    {"two pauses, in the other order", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-11T06:00:00+01:00 2026-12-11T08:00:00+01:00;2026-12-10T06:00:00+01:00 "
     "2026-12-10T07:00:00+01:00",
     "", "2026-12-11T12:00:00+01:00", 33 * HOUR, "2026-12-12T03:00:00+01:00", false},
    {"overlapping count once", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-10T12:00:00+01:00;2026-12-10T10:00:00+01:00 "
     "2026-12-10T18:00:00+01:00",
     "", "2026-12-11T00:00:00+01:00", 12 * HOUR, "2026-12-12T12:00:00+01:00", false},
    {"nested count once", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-10T18:00:00+01:00;2026-12-10T10:00:00+01:00 "
     "2026-12-10T11:00:00+01:00",
     "", "2026-12-11T00:00:00+01:00", 12 * HOUR, "2026-12-12T12:00:00+01:00", false},
    {"the same one twice", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-10T07:00:00+01:00;2026-12-10T06:00:00+01:00 "
     "2026-12-10T07:00:00+01:00",
     "", "2026-12-11T00:00:00+01:00", 23 * HOUR, "2026-12-12T01:00:00+01:00", false},
    {"adjoining", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-10T07:00:00+01:00;2026-12-10T07:00:00+01:00 "
     "2026-12-10T08:00:00+01:00",
     "", "2026-12-11T00:00:00+01:00", 22 * HOUR, "2026-12-12T02:00:00+01:00", false},
    {"empty pause", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-10T06:00:00+01:00", "", "2026-12-11T00:00:00+01:00", DAY,
     "2026-12-12T00:00:00+01:00", false},
    {"pause that ends before it begins", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-10T05:00:00+01:00", "", "2026-12-11T00:00:00+01:00", DAY,
     "2026-12-12T00:00:00+01:00", false},
    {"open-ended", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00", "2026-12-10T06:00:00+01:00 -", "",
     "2026-12-15T00:00:00+01:00", 6 * HOUR, "-", false},
    {"open-ended since before the start", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-01T06:00:00+01:00 -", "", "2026-12-15T00:00:00+01:00", 0, "-", false},
    {"open-ended in one that ends", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-10T06:00:00+01:00 2026-12-11T06:00:00+01:00;2026-12-10T12:00:00+01:00 -", "",
     "2026-12-15T00:00:00+01:00", 6 * HOUR, "-", false},
    {"open-ended from the end on: over", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-12T00:00:00+01:00 -", "", "2026-12-15T00:00:00+01:00", 2 * DAY, "2026-12-12T00:00:00+01:00",
     true},
    {"open-ended a second before the end", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-11T23:59:59+01:00 -", "", "2026-12-15T00:00:00+01:00", 2 * DAY - 1, "-", false},
    {"pause after the end", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-13T00:00:00+01:00 2026-12-14T00:00:00+01:00", "", "2026-12-13T12:00:00+01:00", 2 * DAY,
     "2026-12-12T00:00:00+01:00", true},
    {"pause to come", STOCKHOLM, "2 days", "2026-12-10T00:00:00+01:00",
     "2026-12-11T12:00:00+01:00 2026-12-11T18:00:00+01:00", "", "2026-12-11T00:00:00+01:00", DAY,
     "2026-12-12T06:00:00+01:00", false},
    {"a step of the clock is a pause", STOCKHOLM, "1 day", "2026-12-10T00:00:00+01:00",
     "2026-12-10T08:00:00+01:00 2027-12-10T08:00:00+01:00", "", "2027-12-10T09:00:00+01:00", 9 * HOUR,
     "2027-12-11T00:00:00+01:00", false},
    {"a step and a hold over each other", STOCKHOLM, "1 day", "2026-12-10T00:00:00+01:00",
     "2026-12-10T08:00:00+01:00 2026-12-20T08:00:00+01:00;2026-12-15T00:00:00+01:00 "
     "2026-12-21T00:00:00+01:00",
     "", "2026-12-21T01:00:00+01:00", 9 * HOUR, "2026-12-21T16:00:00+01:00", false},
    {"pause over the hour that comes twice", STOCKHOLM, "1 day", "2026-10-24T12:00:00+02:00",
     "2026-10-25T02:00:00+02:00 2026-10-25T03:00:00+01:00", "", "2026-10-25T12:00:00+01:00", 23 * HOUR,
     "2026-10-25T13:00:00+01:00", false},

    /* workdays: Monday is 2026-12-14 */
    {"one, on Monday", STOCKHOLM, "1 workday", "2026-12-14T09:00:00+01:00", "", "",
     "2026-12-15T09:00:00+01:00", DAY, "2026-12-15T09:00:00+01:00", true},
    {"one, a second short", STOCKHOLM, "1 workday", "2026-12-14T09:00:00+01:00", "", "",
     "2026-12-15T08:59:59+01:00", DAY - 1, "2026-12-15T09:00:00+01:00", false},
    {"begun on Friday: until Saturday", STOCKHOLM, "1 workday", "2026-12-18T09:00:00+01:00", "", "",
     "2026-12-19T09:00:00+01:00", DAY, "2026-12-19T09:00:00+01:00", true},
    {"two from Friday: the weekend between", STOCKHOLM, "2 workdays", "2026-12-18T09:00:00+01:00", "", "",
     "2026-12-20T09:00:00+01:00", DAY, "2026-12-22T09:00:00+01:00", false},
    {"begun on Saturday", STOCKHOLM, "1 workday", "2026-12-19T09:00:00+01:00", "", "",
     "2026-12-21T08:59:59+01:00", 0, "2026-12-22T09:00:00+01:00", false},
    {"begun on Saturday, Monday has come", STOCKHOLM, "1 workday", "2026-12-19T09:00:00+01:00", "", "",
     "2026-12-21T10:00:00+01:00", HOUR, "2026-12-22T09:00:00+01:00", false},
    {"begun on Sunday a second before midnight", STOCKHOLM, "1 workday", "2026-12-20T23:59:59+01:00", "", "",
     "2026-12-21T23:59:59+01:00", 0, "2026-12-22T23:59:59+01:00", false},
    {"begun on Monday at midnight", STOCKHOLM, "1 workday", "2026-12-21T00:00:00+01:00", "", "",
     "2026-12-21T23:59:59+01:00", DAY - 1, "2026-12-22T00:00:00+01:00", false},
    {"ten are two weeks", STOCKHOLM, "10 workdays", "2026-11-30T09:00:00+01:00", "", "",
     "2026-12-07T09:00:00+01:00", 5 * DAY, "2026-12-12T09:00:00+01:00", false},
    {"ten over Christmas", STOCKHOLM, "10 workdays", "2026-12-21T09:00:00+01:00", "", XMAS,
     "2027-01-04T09:00:00+01:00", 6 * DAY, "2027-01-09T09:00:00+01:00", false},
    {"Christmas Eve does not count", STOCKHOLM, "3 workdays", "2026-12-22T09:00:00+01:00", "", XMAS,
     "2026-12-28T09:00:00+01:00", 2 * DAY, "2026-12-29T09:00:00+01:00", false},
    {"what a workday begins runs into the holiday", STOCKHOLM, "2 workdays", "2026-12-22T09:00:00+01:00", "",
     XMAS, "2026-12-24T08:59:59+01:00", 2 * DAY - 1, "2026-12-24T09:00:00+01:00", false},
    {"begun on a holiday", STOCKHOLM, "1 workday", "2026-12-25T09:00:00+01:00", "", XMAS,
     "2026-12-28T09:00:00+01:00", 0, "2026-12-29T09:00:00+01:00", false},
    {"New Year between", STOCKHOLM, "2 workdays", "2026-12-30T09:00:00+01:00", "", XMAS,
     "2027-01-02T09:00:00+01:00", DAY, "2027-01-05T09:00:00+01:00", false},
    {"no holidays: Christmas counts", STOCKHOLM, "3 workdays", "2026-12-23T09:00:00+01:00", "", "",
     "2026-12-26T09:00:00+01:00", 3 * DAY, "2026-12-26T09:00:00+01:00", true},
    {"leap day is a workday", STOCKHOLM, "2 workdays", "2028-02-28T09:00:00+01:00", "", "",
     "2028-03-01T09:00:00+01:00", 2 * DAY, "2028-03-01T09:00:00+01:00", true},
    {"leap day is a holiday", STOCKHOLM, "2 workdays", "2028-02-28T09:00:00+01:00", "", "2028-02-29",
     "2028-03-01T09:00:00+01:00", DAY, "2028-03-02T09:00:00+01:00", false},
    {"over a month's end", STOCKHOLM, "2 workdays", "2026-04-30T09:00:00+02:00", "", "2026-05-01",
     "2026-05-04T09:00:00+02:00", DAY, "2026-05-05T09:00:00+02:00", false},
    {"forward: 24 h after nine is ten", STOCKHOLM, "2 workdays", "2026-03-27T09:00:00+01:00", "", "",
     "2026-03-30T10:00:00+02:00", DAY, "2026-03-31T10:00:00+02:00", false},
    {"back: half past midnight on Monday becomes Sunday", STOCKHOLM, "6 workdays",
     "2026-10-19T00:30:00+02:00", "", "", "2026-10-26T23:30:00+01:00", 5 * DAY, "2026-10-27T23:30:00+01:00",
     false},
    {"forward: late on Sunday becomes Monday", STOCKHOLM, "1 workday", "2026-03-28T23:30:00+01:00", "", "",
     "2026-03-30T00:30:00+02:00", 0, "2026-03-31T00:30:00+02:00", false},
    {"New York, Friday evening is Saturday in UTC", NEW_YORK, "1 workday", "2026-12-18T20:00:00-05:00", "",
     "", "2026-12-19T20:00:00-05:00", DAY, "2026-12-19T20:00:00-05:00", true},
    {"New York, Sunday evening is Monday in UTC", NEW_YORK, "1 workday", "2026-12-20T20:00:00-05:00", "", "",
     "2026-12-21T20:00:00-05:00", 0, "2026-12-22T20:00:00-05:00", false},
    {"Kolkata, Monday is still Sunday in UTC", KOLKATA, "1 workday", "2026-12-21T04:00:00+05:30", "", "",
     "2026-12-22T04:00:00+05:30", DAY, "2026-12-22T04:00:00+05:30", true},
    {"the Friday that never was", APIA, "2 workdays", "2011-12-29T12:00:00-10:00", "", "",
     "2012-01-02T12:00:00+14:00", DAY, "2012-01-03T12:00:00+14:00", false},
    {"holidays for ever", STOCKHOLM, "1 workday", "2026-12-14T09:00:00+01:00", "", "2026-12-01/9999-12-31",
     "2026-12-20T09:00:00+01:00", 0, "-", false},

    /* workdays and pauses */
    {"a pause at the weekend costs nothing", STOCKHOLM, "2 workdays", "2026-12-18T09:00:00+01:00",
     "2026-12-19T10:00:00+01:00 2026-12-20T10:00:00+01:00", "", "2026-12-22T09:00:00+01:00", 2 * DAY,
     "2026-12-22T09:00:00+01:00", true},
    {"a pause on Monday", STOCKHOLM, "1 workday", "2026-12-14T09:00:00+01:00",
     "2026-12-14T12:00:00+01:00 2026-12-14T18:00:00+01:00", "", "2026-12-15T09:00:00+01:00", 18 * HOUR,
     "2026-12-15T15:00:00+01:00", false},
    {"a pause on Friday is made up on Monday", STOCKHOLM, "1 workday", "2026-12-18T09:00:00+01:00",
     "2026-12-18T12:00:00+01:00 2026-12-18T18:00:00+01:00", "", "2026-12-19T12:00:00+01:00", 18 * HOUR,
     "2026-12-21T15:00:00+01:00", false},
    {"a pause from Friday into Monday", STOCKHOLM, "2 workdays", "2026-12-18T09:00:00+01:00",
     "2026-12-18T21:00:00+01:00 2026-12-21T12:00:00+01:00", "", "2026-12-21T12:00:00+01:00", 12 * HOUR,
     "2026-12-22T24:00:00+01:00", false},
    {"a pause over whole days keeps the hour of the start", STOCKHOLM, "2 workdays",
     "2026-12-14T09:00:00+01:00", "2026-12-14T21:00:00+01:00 2026-12-16T21:00:00+01:00", "",
     "2026-12-17T09:00:00+01:00", DAY, "2026-12-18T09:00:00+01:00", false},
    {"open-ended at the weekend", STOCKHOLM, "2 workdays", "2026-12-18T09:00:00+01:00",
     "2026-12-20T12:00:00+01:00 -", "", "2026-12-22T09:00:00+01:00", DAY, "-", false},
};

static struct soak judge(const struct scene *scene, int64_t start, int64_t now)
{
    const struct soak_facts facts = {
        .need = scene->need,
        .start_unix = start,
        .pause = scene->pause,
        .pauses = scene->pauses,
        .holidays = &scene->holidays,
        .now_unix = now,
    };
    return soak_judge(&facts);
}

static void what_counts_and_when_it_is_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene = {0};
        zone_set(cases[i].zone);
        assert_true(soak_parse(cases[i].need, &scene.need));
        read_pauses(cases[i].pauses, &scene);
        read_holidays(cases[i].holidays, &scene.holidays);
        struct soak soak = judge(&scene, when(cases[i].start), when(cases[i].now));
        if (soak.over != cases[i].over || soak.have_seconds != cases[i].have ||
            soak.ends_unix != when(cases[i].ends))
            fail_msg("%s: %s, %lld s (%lld), ends %s (%s)", cases[i].name, soak.over ? "over" : "not over",
                     (long long)soak.have_seconds, (long long)cases[i].have, when_text(soak.ends_unix),
                     when_text(when(cases[i].ends)));
        date_ranges_clear(&scene.holidays);
    }
}

/* ---- random ones, minute by minute ---- */

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245U + 12345U;
    return (*seed >> 16) % below;
}

static void make_random(struct scene *scene, unsigned *seed, int64_t start)
{
    *scene = (struct scene){.need = {60 * (int64_t)draw(seed, 5 * 1440), draw(seed, 2)}};
    if (scene->need.workdays)
        scene->need.seconds = DAY * (int64_t)draw(seed, 5);
    scene->pauses = draw(seed, 5);
    for (size_t i = 0; i < scene->pauses; i++) {
        int64_t from = start + ((int64_t)draw(seed, 10 * 1440) - 1440) * 60;
        scene->pause[i] = (struct soak_pause){from, draw(seed, 12) ? from + draw(seed, 2880) * 60 : -1};
    }
    for (unsigned n = draw(seed, 3); n > 0; n--) {
        int64_t first = zone_day(start) + draw(seed, 10);
        scene->holidays.item = mem_grow(scene->holidays.item, scene->holidays.len, sizeof(struct date_range));
        scene->holidays.item[scene->holidays.len++] = (struct date_range){first, first + draw(seed, 3)};
    }
}

static bool minute_counts(const struct scene *scene, int64_t start, int64_t at)
{
    for (size_t i = 0; i < scene->pauses; i++)
        if (at >= scene->pause[i].from_unix &&
            (scene->pause[i].until_unix == -1 || at < scene->pause[i].until_unix))
            return false;
    return !scene->need.workdays || calendar_is_working(&scene->holidays, zone_day(at - (at - start) % DAY));
}

/* When a soak of whole minutes is over, by stepping for sixty days; -1 if it is not. */
static int64_t step_to_end(const struct scene *scene, int64_t start, int64_t now, int64_t *have)
{
    int64_t all = 0, at = start;
    *have = 0;
    for (; all < scene->need.seconds && at < start + 60 * DAY; at += 60)
        if (minute_counts(scene, start, at)) {
            all += 60;
            *have += at < now ? 60 : 0;
        }
    return all >= scene->need.seconds ? at : -1;
}

static void soaks_are_those_of_stepping_by_the_minute(void **state)
{
    static const struct {
        const char *zone, *start;
    } table[] = {{STOCKHOLM, "2026-12-17T09:00:00+01:00"}, {STOCKHOLM, "2026-03-26T23:30:00+01:00"},
                 {STOCKHOLM, "2026-10-22T00:30:00+02:00"}, {NEW_YORK, "2028-02-25T20:00:00-05:00"},
                 {LORD_HOWE, "2026-10-02T01:00:00+10:30"}, {APIA, "2011-12-28T12:00:00-10:00"},
                 {KOLKATA, "2026-04-30T04:00:00+05:30"}};
    unsigned seed = 42;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t start = when(table[i].start);
        zone_set(table[i].zone);
        for (int n = 0; n < 60; n++) {
            struct scene scene;
            int64_t have, now = start + ((int64_t)draw(&seed, 12 * 1440) - 1440) * 60;
            make_random(&scene, &seed, start);
            int64_t ends = step_to_end(&scene, start, now, &have);
            struct soak soak = judge(&scene, start, now);
            if (soak.ends_unix != ends || soak.have_seconds != have ||
                soak.over != (ends != -1 && ends <= now))
                fail_msg("%s, soak %d at %s: %lld s instead of %lld, ends %s instead of %s", table[i].zone, n,
                         when_text(now), (long long)soak.have_seconds, (long long)have,
                         when_text(soak.ends_unix), when_text(ends));
            date_ranges_clear(&scene.holidays);
        }
    }
}

/* ---- as people write it ---- */

static void needs_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
        bool workdays;
        const char *written;
    } table[] = {
        {"14 days", 14 * DAY, false, "14 days"},
        {"1 day", DAY, false, "1 day"},
        {"24h", DAY, false, "1 day"},
        {"36h", 36 * HOUR, false, "36 hours"},
        {"1 hour", HOUR, false, "1 hour"},
        {"90 minutes", 5400, false, "90 minutes"},
        {"30s", 30, false, "30 seconds"},
        {"1 second", 1, false, "1 second"},
        {"0 days", 0, false, "0 days"},
        {"0h", 0, false, "0 days"},
        {"10 workdays", 10 * DAY, true, "10 workdays"},
        {"1 workday", DAY, true, "1 workday"},
        {"0 workdays", 0, true, "0 workdays"},
        {"10workdays", 10 * DAY, true, "10 workdays"},
        {"3653 days", 3653 * (int64_t)DAY, false, "3653 days"},
        {"3653 workdays", 3653 * (int64_t)DAY, true, "3653 workdays"},
        {"3654 days", -1, false, NULL},
        {"3654 workdays", -1, false, NULL},
        {"99999999999999999999 days", -1, false, NULL},
        {"", -1, false, NULL},
        {"0", -1, false, NULL},
        {"14", -1, false, NULL},
        {"days", -1, false, NULL},
        {"-1 days", -1, false, NULL},
        {"1.5 days", -1, false, NULL},
        {"14  days", -1, false, NULL},
        {" 14 days", -1, false, NULL},
        {"14 days ", -1, false, NULL},
        {"14 Days", -1, false, NULL},
        {"14 working days", -1, false, NULL},
        {"2 weeks", -1, false, NULL},
        {"12 months", -1, false, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct soak_need need = {-1, false};
        char text[32] = "";
        bool ok = soak_parse(table[i].text, &need);
        if (ok != (table[i].seconds >= 0) || need.seconds != table[i].seconds ||
            need.workdays != table[i].workdays)
            fail_msg("\"%s\": %lld", table[i].text, (long long)need.seconds);
        if (ok)
            soak_format(&need, text);
        if (ok && strcmp(text, table[i].written) != 0)
            fail_msg("\"%s\": \"%s\"", table[i].text, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts_and_when_it_is_over),
        cmocka_unit_test(soaks_are_those_of_stepping_by_the_minute),
        cmocka_unit_test(needs_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

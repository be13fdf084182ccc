/* Freezes, weekly hours and working days, as tables. */
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
#define CHRISTMAS "2026-12-10/2027-01-06"

/* "a; b" piece by piece. */
static struct date_ranges ranges_of(const char *text)
{
    struct date_ranges ranges = {0};
    char *copy AUTO_FREE = mem_strdup(text), *rest = copy, *piece, why[128];
    while ((piece = strsep(&rest, ";")))
        if (*piece && !calendar_add_range(&ranges, piece + strspn(piece, " "), why))
            fail_msg("%s: %s", text, why);
    return ranges;
}

static struct weekly_windows windows_of(const char *text)
{
    struct weekly_windows windows = {0};
    char *copy AUTO_FREE = mem_strdup(text), *rest = copy, *piece, why[128];
    while ((piece = strsep(&rest, ";")))
        if (*piece && !calendar_add_window(&windows, piece + strspn(piece, " "), why))
            fail_msg("%s: %s", text, why);
    return windows;
}

/* ---- freezes ---- */

static const struct {
    const char *name, *zone, *freeze, *at;
    const char *until; /* "-": not frozen */
} freezes[] = {
    {"no freeze", STOCKHOLM, "", "2026-12-15T12:00:00+01:00", "-"},
    {"last second before", STOCKHOLM, CHRISTMAS, "2026-12-09T23:59:59+01:00", "-"},
    {"first second", STOCKHOLM, CHRISTMAS, "2026-12-10T00:00:00+01:00", "2027-01-07T00:00:00+01:00"},
    {"in the middle", STOCKHOLM, CHRISTMAS, "2026-12-31T23:59:59+01:00", "2027-01-07T00:00:00+01:00"},
    {"last second", STOCKHOLM, CHRISTMAS, "2027-01-06T23:59:59+01:00", "2027-01-07T00:00:00+01:00"},
    {"first second after", STOCKHOLM, CHRISTMAS, "2027-01-07T00:00:00+01:00", "-"},
    {"a year early", STOCKHOLM, CHRISTMAS, "2025-12-15T12:00:00+01:00", "-"},
    {"one day, before", STOCKHOLM, "2026-05-01", "2026-04-30T23:59:59+02:00", "-"},
    {"one day, first second", STOCKHOLM, "2026-05-01", "2026-05-01T00:00:00+02:00",
     "2026-05-02T00:00:00+02:00"},
    {"one day, last second", STOCKHOLM, "2026-05-01", "2026-05-01T23:59:59+02:00",
     "2026-05-02T00:00:00+02:00"},
    {"one day, after", STOCKHOLM, "2026-05-01", "2026-05-02T00:00:00+02:00", "-"},
    {"one day as a range", STOCKHOLM, "2026-05-01/2026-05-01", "2026-05-01T12:00:00+02:00",
     "2026-05-02T00:00:00+02:00"},
    {"ends with a month of 31", STOCKHOLM, "2026-01-20/2026-01-31", "2026-01-31T23:59:59+01:00",
     "2026-02-01T00:00:00+01:00"},
    {"ends with a month of 30", STOCKHOLM, "2026-04-20/2026-04-30", "2026-04-30T23:59:59+02:00",
     "2026-05-01T00:00:00+02:00"},
    {"ends with February", STOCKHOLM, "2027-02-20/2027-02-28", "2027-02-28T23:59:59+01:00",
     "2027-03-01T00:00:00+01:00"},
    {"March is not February's", STOCKHOLM, "2027-02-20/2027-02-28", "2027-03-01T00:00:00+01:00", "-"},
    {"28 February of a leap year", STOCKHOLM, "2028-02-28", "2028-02-29T00:00:00+01:00", "-"},
    {"leap day alone, before", STOCKHOLM, "2028-02-29", "2028-02-28T23:59:59+01:00", "-"},
    {"leap day alone", STOCKHOLM, "2028-02-29", "2028-02-29T23:59:59+01:00", "2028-03-01T00:00:00+01:00"},
    {"leap day alone, after", STOCKHOLM, "2028-02-29", "2028-03-01T00:00:00+01:00", "-"},
    {"over a leap day", STOCKHOLM, "2028-02-28/2028-03-01", "2028-02-29T12:00:00+01:00",
     "2028-03-02T00:00:00+01:00"},
    {"ends with the year", STOCKHOLM, "2026-12-24/2026-12-31", "2026-12-31T23:59:59+01:00",
     "2027-01-01T00:00:00+01:00"},
    {"adjoining, first of two", STOCKHOLM, "2026-12-10/2026-12-20; 2026-12-21/2026-12-31",
     "2026-12-15T00:00:00+01:00", "2027-01-01T00:00:00+01:00"},
    {"adjoining, last second of the first", STOCKHOLM, "2026-12-10/2026-12-20; 2026-12-21/2026-12-31",
     "2026-12-20T23:59:59+01:00", "2027-01-01T00:00:00+01:00"},
    {"adjoining, second of two", STOCKHOLM, "2026-12-10/2026-12-20; 2026-12-21/2026-12-31",
     "2026-12-21T00:00:00+01:00", "2027-01-01T00:00:00+01:00"},
    {"adjoining in the other order", STOCKHOLM, "2026-12-21/2026-12-31; 2026-12-10/2026-12-20",
     "2026-12-10T00:00:00+01:00", "2027-01-01T00:00:00+01:00"},
    {"three in a chain, mixed", STOCKHOLM, "2026-12-12; 2026-12-10; 2026-12-11", "2026-12-10T08:00:00+01:00",
     "2026-12-13T00:00:00+01:00"},
    {"overlapping", STOCKHOLM, "2026-12-10/2026-12-20; 2026-12-15/2026-12-25", "2026-12-12T00:00:00+01:00",
     "2026-12-26T00:00:00+01:00"},
    {"nested", STOCKHOLM, "2026-12-15; 2026-12-10/2026-12-20", "2026-12-15T00:00:00+01:00",
     "2026-12-21T00:00:00+01:00"},
    {"a day between: the first", STOCKHOLM, "2026-12-10/2026-12-12; 2026-12-14", "2026-12-12T00:00:00+01:00",
     "2026-12-13T00:00:00+01:00"},
    {"a day between: that day", STOCKHOLM, "2026-12-10/2026-12-12; 2026-12-14", "2026-12-13T12:00:00+01:00",
     "-"},
    {"the day of 23 hours, first second", STOCKHOLM, "2026-03-29", "2026-03-29T00:00:00+01:00",
     "2026-03-30T00:00:00+02:00"},
    {"the day of 23 hours, last second", STOCKHOLM, "2026-03-29", "2026-03-29T23:59:59+02:00",
     "2026-03-30T00:00:00+02:00"},
    {"the day of 25 hours, second two o'clock", STOCKHOLM, "2026-10-25", "2026-10-25T02:30:00+01:00",
     "2026-10-26T00:00:00+01:00"},
    {"begins in winter, ends in summer", STOCKHOLM, "2026-03-20/2026-04-02", "2026-04-02T23:59:59+02:00",
     "2026-04-03T00:00:00+02:00"},
    {"begins in summer, ends in winter", STOCKHOLM, "2026-10-20/2026-11-02", "2026-11-02T23:59:59+01:00",
     "2026-11-03T00:00:00+01:00"},
    {"New York, already tomorrow in UTC", NEW_YORK, "2026-12-24", "2026-12-24T23:59:59-05:00",
     "2026-12-25T00:00:00-05:00"},
    {"New York, not yet though in UTC", NEW_YORK, "2026-12-24", "2026-12-23T23:59:59-05:00", "-"},
    {"New York, forward", NEW_YORK, "2026-03-08", "2026-03-08T03:00:00-04:00", "2026-03-09T00:00:00-04:00"},
    {"New York, back", NEW_YORK, "2026-11-01", "2026-11-01T01:30:00-05:00", "2026-11-02T00:00:00-05:00"},
    {"Lord Howe, half an hour forward", LORD_HOWE, "2026-10-04", "2026-10-04T00:00:00+10:30",
     "2026-10-05T00:00:00+11:00"},
    {"Lord Howe, half an hour back", LORD_HOWE, "2026-04-05", "2026-04-05T01:45:00+10:30",
     "2026-04-06T00:00:00+10:30"},
    {"Kolkata, first second", KOLKATA, "2026-10-20", "2026-10-20T00:00:00+05:30",
     "2026-10-21T00:00:00+05:30"},
    {"Kolkata, before", KOLKATA, "2026-10-20", "2026-10-19T23:59:59+05:30", "-"},
    {"a day that never was, before", APIA, "2011-12-30", "2011-12-29T23:59:59-10:00", "-"},
    {"a day that never was, after", APIA, "2011-12-30", "2011-12-31T00:00:00+14:00", "-"},
    {"ends with a day that never was", APIA, "2011-12-29/2011-12-30", "2011-12-29T23:59:59-10:00",
     "2011-12-31T00:00:00+14:00"},
    {"begins with a day that never was", APIA, "2011-12-30/2011-12-31", "2011-12-31T00:00:00+14:00",
     "2012-01-01T00:00:00+14:00"},
    {"adjoining over the day that never was", APIA, "2011-12-29; 2011-12-31", "2011-12-29T12:00:00-10:00",
     "2012-01-01T00:00:00+14:00"},
    {"a skipped midnight, before", SAO_PAULO, "2018-11-04", "2018-11-03T23:59:59-03:00", "-"},
    {"a skipped midnight, first second", SAO_PAULO, "2018-11-04", "2018-11-04T01:00:00-02:00",
     "2018-11-05T00:00:00-02:00"},
    {"an evening hour twice is the same day's", SAO_PAULO, "2018-02-17", "2018-02-17T23:30:00-03:00",
     "2018-02-18T00:00:00-03:00"},
    {"midnight twice: the day before is back", ST_JOHNS, "2010-11-07", "2010-11-06T23:30:00-03:30",
     "2010-11-08T00:00:00-03:30"},
};

static void freezes_are_whole_local_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof freezes / sizeof *freezes; i++) {
        zone_set(freezes[i].zone);
        struct date_ranges freeze = ranges_of(freezes[i].freeze);
        int64_t until = -1;
        bool frozen = calendar_is_frozen(&freeze, when(freezes[i].at), &until);
        if (frozen != (until != -1) || until != when(freezes[i].until))
            fail_msg("%s: %s, until %s instead of %s", freezes[i].name, frozen ? "frozen" : "not frozen",
                     when_text(until), freezes[i].until);
        date_ranges_clear(&freeze);
    }
}

static void the_next_freeze_begins_later(void **state)
{
    static const struct {
        const char *name, *zone, *freeze, *at, *next;
    } table[] = {
        {"none", STOCKHOLM, "", "2026-12-09T12:00:00+01:00", "-"},
        {"a second before", STOCKHOLM, CHRISTMAS, "2026-12-09T23:59:59+01:00", "2026-12-10T00:00:00+01:00"},
        {"at its first second it has begun", STOCKHOLM, CHRISTMAS, "2026-12-10T00:00:00+01:00", "-"},
        {"in the last", STOCKHOLM, CHRISTMAS, "2026-12-11T00:00:00+01:00", "-"},
        {"all over", STOCKHOLM, CHRISTMAS, "2027-02-01T00:00:00+01:00", "-"},
        {"the nearest of two", STOCKHOLM, "2027-05-01; 2026-12-24", "2026-12-01T00:00:00+01:00",
         "2026-12-24T00:00:00+01:00"},
        {"the second, from the first", STOCKHOLM, "2027-05-01; 2026-12-24", "2026-12-24T00:00:00+01:00",
         "2027-05-01T00:00:00+02:00"},
        {"a day that never was is no freeze", APIA, "2011-12-30; 2012-01-05", "2011-12-29T00:00:00-10:00",
         "2012-01-05T00:00:00+14:00"},
        {"a skipped midnight", SAO_PAULO, "2018-11-04", "2018-11-03T12:00:00-03:00",
         "2018-11-04T01:00:00-02:00"},
        {"leap day", NEW_YORK, "2028-02-29", "2028-02-28T23:59:59-05:00", "2028-02-29T00:00:00-05:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        zone_set(table[i].zone);
        struct date_ranges freeze = ranges_of(table[i].freeze);
        int64_t next = calendar_next_freeze(&freeze, when(table[i].at));
        if (next != when(table[i].next))
            fail_msg("%s: %s instead of %s", table[i].name, when_text(next), table[i].next);
        date_ranges_clear(&freeze);
    }
}

/* ---- weekly hours ---- */

#define EVENINGS "Mon-Thu 17:00-21:00"

static const struct {
    const char *name, *zone, *days, *at;
    const char *opens; /* "-": they are open */
} openings[] = {
    {"no hours: always", STOCKHOLM, "", "2026-12-13T03:00:00+01:00", "-"},
    {"a second before", STOCKHOLM, EVENINGS, "2026-12-14T16:59:59+01:00", "2026-12-14T17:00:00+01:00"},
    {"first second", STOCKHOLM, EVENINGS, "2026-12-14T17:00:00+01:00", "-"},
    {"last second", STOCKHOLM, EVENINGS, "2026-12-14T20:59:59+01:00", "-"},
    {"first after", STOCKHOLM, EVENINGS, "2026-12-14T21:00:00+01:00", "2026-12-15T17:00:00+01:00"},
    {"last day of the range", STOCKHOLM, EVENINGS, "2026-12-17T20:59:59+01:00", "-"},
    {"after the last day", STOCKHOLM, EVENINGS, "2026-12-17T21:00:00+01:00", "2026-12-21T17:00:00+01:00"},
    {"Friday is not in it", STOCKHOLM, EVENINGS, "2026-12-18T18:00:00+01:00", "2026-12-21T17:00:00+01:00"},
    {"Sunday", STOCKHOLM, EVENINGS, "2026-12-20T23:59:59+01:00", "2026-12-21T17:00:00+01:00"},
    {"over the end of a month", STOCKHOLM, "Mon 08:00-12:00", "2026-03-31T00:00:00+02:00",
     "2026-04-06T08:00:00+02:00"},
    {"over leap day", STOCKHOLM, "Wed 08:00-12:00", "2028-02-28T09:00:00+01:00", "2028-03-01T08:00:00+01:00"},
    {"on leap day", STOCKHOLM, "Tue 08:00-12:00", "2028-02-29T11:59:59+01:00", "-"},
    {"over the end of the year", STOCKHOLM, "Sat 08:00-12:00", "2026-12-30T00:00:00+01:00",
     "2027-01-02T08:00:00+01:00"},
    {"two weekdays, the first", STOCKHOLM, "Mon,Wed 08:00-12:00", "2026-12-14T11:59:59+01:00", "-"},
    {"two weekdays, between", STOCKHOLM, "Mon,Wed 08:00-12:00", "2026-12-15T10:00:00+01:00",
     "2026-12-16T08:00:00+01:00"},
    {"two weekdays, the second", STOCKHOLM, "Mon,Wed 08:00-12:00", "2026-12-16T08:00:00+01:00", "-"},
    {"range over the weekend, Saturday", STOCKHOLM, "Fri-Mon 08:00-12:00", "2026-12-19T09:00:00+01:00", "-"},
    {"range over the weekend, Monday", STOCKHOLM, "Fri-Mon 08:00-12:00", "2026-12-21T09:00:00+01:00", "-"},
    {"range over the weekend, Tuesday", STOCKHOLM, "Fri-Mon 08:00-12:00", "2026-12-22T09:00:00+01:00",
     "2026-12-25T08:00:00+01:00"},
    {"whole day, first second", STOCKHOLM, "Sat", "2026-12-19T00:00:00+01:00", "-"},
    {"whole day, last second", STOCKHOLM, "Sat", "2026-12-19T23:59:59+01:00", "-"},
    {"whole day, after", STOCKHOLM, "Sat", "2026-12-20T00:00:00+01:00", "2026-12-26T00:00:00+01:00"},
    {"over midnight, before", STOCKHOLM, "Fri 22:00-02:00", "2026-12-18T21:59:59+01:00",
     "2026-12-18T22:00:00+01:00"},
    {"over midnight, on Friday", STOCKHOLM, "Fri 22:00-02:00", "2026-12-18T23:59:59+01:00", "-"},
    {"over midnight, on Saturday", STOCKHOLM, "Fri 22:00-02:00", "2026-12-19T01:59:59+01:00", "-"},
    {"over midnight, after", STOCKHOLM, "Fri 22:00-02:00", "2026-12-19T02:00:00+01:00",
     "2026-12-25T22:00:00+01:00"},
    {"over midnight, not from Thursday", STOCKHOLM, "Fri 22:00-02:00", "2026-12-18T01:00:00+01:00",
     "2026-12-18T22:00:00+01:00"},
    {"from Sunday into Monday", STOCKHOLM, "Sun 23:00-01:00", "2026-12-21T00:30:00+01:00", "-"},
    {"until midnight", STOCKHOLM, "Fri 22:00-24:00", "2026-12-18T23:59:59+01:00", "-"},
    {"until midnight, after", STOCKHOLM, "Fri 22:00-24:00", "2026-12-19T00:00:00+01:00",
     "2026-12-25T22:00:00+01:00"},
    {"until midnight as 00:00", STOCKHOLM, "Fri 22:00-00:00", "2026-12-18T23:59:59+01:00", "-"},
    {"24 hours from five to five", STOCKHOLM, "Fri 17:00-17:00", "2026-12-19T16:59:59+01:00", "-"},
    {"24 hours from five to five, after", STOCKHOLM, "Fri 17:00-17:00", "2026-12-19T17:00:00+01:00",
     "2026-12-25T17:00:00+01:00"},
    {"the nearer of two", STOCKHOLM, "Fri 22:00-23:00; Wed 08:00-09:00", "2026-12-15T12:00:00+01:00",
     "2026-12-16T08:00:00+01:00"},
    {"overlapping", STOCKHOLM, "Mon 08:00-12:00; Mon 10:00-14:00", "2026-12-14T13:59:59+01:00", "-"},
    {"hours in the gap do not open", STOCKHOLM, "Sun 02:15-02:45", "2026-03-29T01:00:00+01:00",
     "2026-04-05T02:15:00+02:00"},
    {"hours that begin in the gap", STOCKHOLM, "Sun 02:30-04:00", "2026-03-29T01:59:59+01:00",
     "2026-03-29T03:00:00+02:00"},
    {"hours that begin in the gap, open", STOCKHOLM, "Sun 02:30-04:00", "2026-03-29T03:00:00+02:00", "-"},
    {"hours that end in the gap, last second", STOCKHOLM, "Sun 01:00-02:30", "2026-03-29T01:59:59+01:00",
     "-"},
    {"hours that end in the gap, after", STOCKHOLM, "Sun 01:00-02:30", "2026-03-29T03:00:00+02:00",
     "2026-04-05T01:00:00+02:00"},
    {"over the gap", STOCKHOLM, "Sat 22:00-04:00", "2026-03-29T03:59:59+02:00", "-"},
    {"hours shown twice, the first", STOCKHOLM, "Sun 02:15-02:45", "2026-10-25T02:30:00+02:00", "-"},
    {"hours shown twice, the second", STOCKHOLM, "Sun 02:15-02:45", "2026-10-25T02:30:00+01:00",
     "2026-11-01T02:15:00+01:00"},
    {"hours over both", STOCKHOLM, "Sun 02:30-03:30", "2026-10-25T02:15:00+01:00", "-"},
    {"New York, gap", NEW_YORK, "Sun 02:15-02:45", "2026-03-08T01:00:00-05:00", "2026-03-15T02:15:00-04:00"},
    {"New York, evening is tomorrow in UTC", NEW_YORK, EVENINGS, "2026-12-14T20:59:59-05:00", "-"},
    {"New York, shown twice", NEW_YORK, "Sun 01:00-02:00", "2026-11-01T01:59:59-05:00", "-"},
    {"New York, after it", NEW_YORK, "Sun 01:00-02:00", "2026-11-01T02:00:00-05:00",
     "2026-11-08T01:00:00-05:00"},
    {"Lord Howe, in the half hour's gap", LORD_HOWE, "Sun 02:05-02:25", "2026-10-04T01:59:59+10:30",
     "2026-10-11T02:05:00+11:00"},
    {"Lord Howe, over it", LORD_HOWE, "Sun 02:05-02:35", "2026-10-04T01:59:59+10:30",
     "2026-10-04T02:30:00+11:00"},
    {"Lord Howe, over it, last second", LORD_HOWE, "Sun 02:05-02:35", "2026-10-04T02:34:59+11:00", "-"},
    {"Lord Howe, shown twice", LORD_HOWE, "Sun 01:40-01:50", "2026-04-05T01:45:00+10:30",
     "2026-04-12T01:40:00+10:30"},
    {"Kolkata", KOLKATA, EVENINGS, "2026-12-14T17:00:00+05:30", "-"},
    {"Kolkata, before", KOLKATA, EVENINGS, "2026-12-14T16:59:59+05:30", "2026-12-14T17:00:00+05:30"},
    {"the Friday that never was", APIA, "Fri 08:00-12:00", "2011-12-29T12:00:00-10:00",
     "2012-01-06T08:00:00+14:00"},
    {"a whole Friday that never was", APIA, "Fri", "2011-12-31T00:00:00+14:00", "2012-01-06T00:00:00+14:00"},
    {"Thursday night into it ends with Thursday", APIA, "Thu 22:00-02:00", "2011-12-29T23:59:59-10:00", "-"},
    {"and is not open on Saturday", APIA, "Thu 22:00-02:00", "2011-12-31T00:00:00+14:00",
     "2012-01-05T22:00:00+14:00"},
    {"a skipped midnight", SAO_PAULO, "Sun 00:00-02:00", "2018-11-03T23:59:59-03:00",
     "2018-11-04T01:00:00-02:00"},
};

static void weekly_hours_open_and_shut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        zone_set(openings[i].zone);
        struct weekly_windows days = windows_of(openings[i].days);
        int64_t opens = -1;
        bool open = calendar_is_open(&days, when(openings[i].at), &opens);
        if (open != (strcmp(openings[i].opens, "-") == 0) || opens != when(openings[i].opens))
            fail_msg("%s: %s, opens %s instead of %s", openings[i].name, open ? "open" : "shut",
                     when_text(opens), openings[i].opens);
        weekly_windows_clear(&days);
    }
}

static void open_hours_know_since_when(void **state)
{
    static const struct {
        const char *name, *zone, *days, *at, *since;
    } table[] = {
        {"always: seven days", "UTC", "", "2026-12-14T12:00:00+00:00", "2026-12-07T12:00:00+00:00"},
        {"first second", STOCKHOLM, EVENINGS, "2026-12-14T17:00:00+01:00", "2026-12-14T17:00:00+01:00"},
        {"last second", STOCKHOLM, EVENINGS, "2026-12-14T20:59:59+01:00", "2026-12-14T17:00:00+01:00"},
        {"not open", STOCKHOLM, EVENINGS, "2026-12-14T21:00:00+01:00", "2026-12-14T21:00:00+01:00"},
        {"over midnight", STOCKHOLM, "Fri 22:00-02:00", "2026-12-19T01:00:00+01:00",
         "2026-12-18T22:00:00+01:00"},
        {"adjoining", STOCKHOLM, "Fri 22:00-24:00; Sat 00:00-04:00", "2026-12-19T03:00:00+01:00",
         "2026-12-18T22:00:00+01:00"},
        {"adjoining, at the joint", STOCKHOLM, "Fri 22:00-24:00; Sat 00:00-04:00",
         "2026-12-19T00:00:00+01:00", "2026-12-18T22:00:00+01:00"},
        {"overlapping", STOCKHOLM, "Mon 10:00-14:00; Mon 08:00-12:00", "2026-12-14T13:00:00+01:00",
         "2026-12-14T08:00:00+01:00"},
        {"a minute between", STOCKHOLM, "Mon 08:00-11:59; Mon 12:00-14:00", "2026-12-14T13:00:00+01:00",
         "2026-12-14T12:00:00+01:00"},
        {"whole weekdays", STOCKHOLM, "Mon-Fri", "2026-12-18T12:00:00+01:00", "2026-12-14T00:00:00+01:00"},
        {"every day: seven days", STOCKHOLM, "Mon-Sun", "2026-12-18T12:00:00+01:00",
         "2026-12-11T12:00:00+01:00"},
        {"every day, over the gap", STOCKHOLM, "Mon-Sun", "2026-03-30T12:00:00+02:00",
         "2026-03-23T11:00:00+01:00"},
        {"begun in the gap", STOCKHOLM, "Sun 02:30-04:00", "2026-03-29T03:30:00+02:00",
         "2026-03-29T03:00:00+02:00"},
        {"over both hours", STOCKHOLM, "Sun 02:30-03:30", "2026-10-25T03:15:00+01:00",
         "2026-10-25T02:30:00+02:00"},
        {"over the day that never was", APIA, "Thu-Sat", "2011-12-31T12:00:00+14:00",
         "2011-12-29T00:00:00-10:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        zone_set(table[i].zone);
        struct weekly_windows days = windows_of(table[i].days);
        int64_t since = calendar_open_since(&days, when(table[i].at));
        if (since != when(table[i].since))
            fail_msg("%s: %s instead of %s", table[i].name, when_text(since), table[i].since);
        weekly_windows_clear(&days);
    }
}

/* ---- both ---- */

static void the_next_chance_is_free_of_both(void **state)
{
    static const struct {
        const char *name, *zone, *freeze, *days, *at, *chance;
    } table[] = {
        {"nothing in the way", STOCKHOLM, "", "", "2026-12-14T03:00:01+01:00", "2026-12-14T03:00:01+01:00"},
        {"freeze only", STOCKHOLM, CHRISTMAS, "", "2026-12-14T03:00:00+01:00", "2027-01-07T00:00:00+01:00"},
        {"hours only", STOCKHOLM, "", EVENINGS, "2026-12-18T03:00:00+01:00", "2026-12-21T17:00:00+01:00"},
        {"open now", STOCKHOLM, CHRISTMAS, EVENINGS, "2026-12-09T20:59:59+01:00",
         "2026-12-09T20:59:59+01:00"},
        {"too late before the freeze", STOCKHOLM, CHRISTMAS, EVENINGS, "2026-12-09T21:00:00+01:00",
         "2027-01-07T17:00:00+01:00"},
        {"freeze ends outside the hours", STOCKHOLM, "2026-12-10/2026-12-17", EVENINGS,
         "2026-12-14T18:00:00+01:00", "2026-12-21T17:00:00+01:00"},
        {"freeze ends within the hours", STOCKHOLM, "2026-12-18", "Fri 22:00-02:00",
         "2026-12-18T22:30:00+01:00", "2026-12-19T00:00:00+01:00"},
        {"freeze begins within the hours", STOCKHOLM, "2026-12-19", "Fri 22:00-02:00",
         "2026-12-18T23:59:59+01:00", "2026-12-18T23:59:59+01:00"},
        {"and a second later", STOCKHOLM, "2026-12-19", "Fri 22:00-02:00", "2026-12-19T00:00:00+01:00",
         "2026-12-25T22:00:00+01:00"},
        {"two freezes, hours between them", STOCKHOLM, "2026-12-10/2026-12-13; 2026-12-15", EVENINGS,
         "2026-12-10T18:00:00+01:00", "2026-12-14T17:00:00+01:00"},
        {"two freezes, none between them", STOCKHOLM, "2026-12-10/2026-12-17; 2026-12-21/2026-12-23",
         EVENINGS, "2026-12-10T18:00:00+01:00", "2026-12-24T17:00:00+01:00"},
        {"frozen for more than ten years", STOCKHOLM, "2026-01-01/2040-01-01", "",
         "2026-12-10T18:00:00+01:00", "-"},
        {"hours that a long freeze leaves", STOCKHOLM, "2026-01-01/2036-01-01", EVENINGS,
         "2026-12-10T18:00:00+01:00", "2036-01-02T17:00:00+01:00"},
        {"freeze ends with the gap's day", STOCKHOLM, "2026-03-28", "Sun 02:15-02:45",
         "2026-03-28T12:00:00+01:00", "2026-04-05T02:15:00+02:00"},
        {"the day that never was", APIA, "2011-12-29", "Thu,Fri 08:00-12:00", "2011-12-29T09:00:00-10:00",
         "2012-01-05T08:00:00+14:00"},
        {"leap day is the only one", NEW_YORK, "2028-02-01/2028-02-28; 2028-03-01/2028-03-31",
         "Tue 08:00-12:00", "2028-02-01T00:00:00-05:00", "2028-02-29T08:00:00-05:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        zone_set(table[i].zone);
        struct date_ranges freeze = ranges_of(table[i].freeze);
        struct weekly_windows days = windows_of(table[i].days);
        int64_t chance = calendar_next_chance(&freeze, &days, when(table[i].at));
        if (chance != when(table[i].chance))
            fail_msg("%s: %s instead of %s", table[i].name, when_text(chance), table[i].chance);
        date_ranges_clear(&freeze);
        weekly_windows_clear(&days);
    }
}

static void the_last_chance_comes_before_both(void **state)
{
    static const struct {
        const char *name, *zone, *freeze, *days, *from, *before, *chance;
    } table[] = {
        {"nothing in the way", STOCKHOLM, "", "", "2026-12-01T00:00:00+01:00", "2027-01-09T00:00:00+01:00",
         "2027-01-08T23:59:59+01:00"},
        {"frozen at the end", STOCKHOLM, CHRISTMAS, "", "2026-12-01T00:00:00+01:00",
         "2027-01-06T00:00:00+01:00", "2026-12-09T23:59:59+01:00"},
        {"frozen, and hours", STOCKHOLM, CHRISTMAS, EVENINGS, "2026-12-01T00:00:00+01:00",
         "2027-01-06T00:00:00+01:00", "2026-12-09T20:59:59+01:00"},
        {"hours after the freeze", STOCKHOLM, CHRISTMAS, EVENINGS, "2026-12-01T00:00:00+01:00",
         "2027-01-09T00:00:00+01:00", "2027-01-07T20:59:59+01:00"},
        {"in the middle of the hours", STOCKHOLM, "", EVENINGS, "2026-12-01T00:00:00+01:00",
         "2026-12-14T18:00:00+01:00", "2026-12-14T17:59:59+01:00"},
        {"the end is not included", STOCKHOLM, "", EVENINGS, "2026-12-11T00:00:00+01:00",
         "2026-12-14T17:00:00+01:00", "-"},
        {"frozen since before", STOCKHOLM, CHRISTMAS, "", "2026-12-10T00:00:00+01:00",
         "2027-01-07T00:00:00+01:00", "-"},
        {"its first second only", STOCKHOLM, CHRISTMAS, "", "2026-12-09T23:59:59+01:00",
         "2027-01-07T00:00:00+01:00", "2026-12-09T23:59:59+01:00"},
        {"adjoining freezes", STOCKHOLM, "2026-12-21/2026-12-31; 2026-12-10/2026-12-20", "",
         "2026-12-01T00:00:00+01:00", "2026-12-31T00:00:00+01:00", "2026-12-09T23:59:59+01:00"},
        {"freeze within hours over midnight", STOCKHOLM, "2026-12-19", "Fri 22:00-02:00",
         "2026-12-01T00:00:00+01:00", "2026-12-21T00:00:00+01:00", "2026-12-18T23:59:59+01:00"},
        {"from after before", STOCKHOLM, "", "", "2026-12-02T00:00:00+01:00", "2026-12-01T00:00:00+01:00",
         "-"},
        {"from is before", STOCKHOLM, "", "", "2026-12-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00", "-"},
        {"hours in the gap: a week earlier", STOCKHOLM, "", "Sun 02:15-02:45", "2026-03-01T00:00:00+01:00",
         "2026-04-01T00:00:00+02:00", "2026-03-22T02:44:59+01:00"},
        {"hours that end in the gap", STOCKHOLM, "", "Sun 01:00-02:30", "2026-03-01T00:00:00+01:00",
         "2026-04-01T00:00:00+02:00", "2026-03-29T01:59:59+01:00"},
        {"hours shown twice", NEW_YORK, "", "Sun 01:15-01:45", "2026-10-01T00:00:00-04:00",
         "2026-11-02T00:00:00-05:00", "2026-11-01T01:44:59-04:00"},
        {"before the day that never was", APIA, "", "Fri", "2011-12-01T00:00:00-10:00",
         "2012-01-06T00:00:00+14:00", "2011-12-23T23:59:59-10:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        zone_set(table[i].zone);
        struct date_ranges freeze = ranges_of(table[i].freeze);
        struct weekly_windows days = windows_of(table[i].days);
        int64_t chance = calendar_last_chance(&freeze, &days, when(table[i].from), when(table[i].before));
        if (chance != when(table[i].chance))
            fail_msg("%s: %s instead of %s", table[i].name, when_text(chance), table[i].chance);
        date_ranges_clear(&freeze);
        weekly_windows_clear(&days);
    }
}

static void working_days_are_no_weekends_nor_holidays(void **state)
{
    static const struct {
        const char *date;
        bool working;
    } table[] = {
        {"2026-12-18", true}, {"2026-12-19", false}, {"2026-12-20", false}, {"2026-12-21", true},
        {"2026-12-23", true}, {"2026-12-24", false}, {"2026-12-25", false}, {"2026-12-26", false},
        {"2026-12-28", true}, {"2026-12-31", false}, {"2027-01-01", false}, {"2027-01-04", true},
        {"2028-02-29", true},
    };
    struct date_ranges holidays = ranges_of("2026-12-24/2026-12-26; 2026-12-31/2027-01-01");
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t day;
        assert_true(zone_parse_date(table[i].date, &day));
        if (calendar_is_working(&holidays, day) != table[i].working)
            fail_msg("%s", table[i].date);
    }
    date_ranges_clear(&holidays);
}

/* ---- as people write it ---- */

static void ranges_are_read(void **state)
{
    static const struct {
        const char *text, *why; /* NULL: read */
    } table[] = {
        {"2026-12-10/2027-01-06", NULL},
        {"2026-12-10", NULL},
        {"2028-02-29/2028-02-29", NULL},
        {"", "\"\" is no date"},
        {"/", "\"\" is no date"},
        {"2026-12-10/", "\"\" is no date"},
        {"/2026-12-10", "\"\" is no date"},
        {"2026-12-10/2026-12-09", "ends before it begins"},
        {"2026-12-10 / 2026-12-11", "\"2026-12-10 \" is no date"},
        {"2026-12-10-2026-12-11", "is no date"},
        {"2026-12-10/2026-12-11/2026-12-12", "is no date"},
        {"2027-02-29", "\"2027-02-29\" is no date"},
        {"2026-12-10/2026-11-31", "\"2026-11-31\" is no date"},
        {"10.12.2026", "is no date"},
        {"a very long text that is cut before the whole of it becomes a line of its own",
         "\"a very long text that is cut before the \" is"},
        {"åååååååååååååååååååååååååååååååååååååååå", "\"åååååååååååååååååååå\" is"},
        {"xåååååååååååååååååååååååååååååååååååååååå", "\"xååååååååååååååååååå\" is"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct date_ranges ranges = {0};
        char why[128] = "";
        bool ok = calendar_add_range(&ranges, table[i].text, why);
        if (ok != !table[i].why || ranges.len != ok || (!ok && !strstr(why, table[i].why)))
            fail_msg("\"%s\": %s", table[i].text, why);
        date_ranges_clear(&ranges);
    }
}

static void windows_are_read(void **state)
{
    enum { MON = 1, TUE = 2, WED = 4, THU = 8, FRI = 16, SAT = 32, SUN = 64 };
    static const struct {
        const char *text;
        unsigned weekdays; /* 0: refused */
        int from, to;
    } table[] = {
        {"Mon-Thu 17:00-21:00", MON | TUE | WED | THU, 1020, 1260},
        {"Mon,Wed 08:00-12:00", MON | WED, 480, 720},
        {"Mon, Wed 08:00-12:00", MON | WED, 480, 720},
        {"Mon-Tue,Fri 08:00-12:00", MON | TUE | FRI, 480, 720},
        {"Sat", SAT, 0, 1440},
        {"Sat,Sun", SAT | SUN, 0, 1440},
        {"Sat-Mon", SAT | SUN | MON, 0, 1440},
        {"Mon-Sun 00:00-24:00", 127, 0, 1440},
        {"Sun-Sat 00:00-00:00", 127, 0, 0},
        {"Mon-Mon 00:00-24:00", MON, 0, 1440},
        {"Fri 22:00-02:00", FRI, 1320, 120},
        {"Fri\t22:00-02:00", FRI, 1320, 120},
        {"Sun  23:59-00:01", SUN, 1439, 1},
        {"", 0, 0, 0},
        {"17:00-21:00", 0, 0, 0},
        {"mon 17:00-21:00", 0, 0, 0},
        {"Monday 17:00-21:00", 0, 0, 0},
        {"Mon-17:00-21:00", 0, 0, 0},
        {"Mon- 17:00-21:00", 0, 0, 0},
        {"Mon, 17:00-21:00", 0, 0, 0},
        {",Mon 17:00-21:00", 0, 0, 0},
        {"Mon,,Tue 17:00-21:00", 0, 0, 0},
        {"Mon Tue 17:00-21:00", 0, 0, 0},
        {"Mon17:00-21:00", 0, 0, 0},
        {"Mon 17:00", 0, 0, 0},
        {"Mon 17:00-", 0, 0, 0},
        {"Mon 17-21", 0, 0, 0},
        {"Mon 7:00-21:00", 0, 0, 0},
        {"Mon 17:00-21:00x", 0, 0, 0},
        {"Mon 17:00-21:00,22:00-23:00", 0, 0, 0},
        {"Mon 17:00 - 21:00", 0, 0, 0},
        {"Mon 17:60-21:00", 0, 0, 0},
        {"Mon 24:00-02:00", 0, 0, 0},
        {"Mon 17:00-24:01", 0, 0, 0},
        {"Mon 25:00-26:00", 0, 0, 0},
        {"Mon 17:00-21:00 Tue", 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct weekly_windows windows = {0};
        char why[128] = "";
        bool ok = calendar_add_window(&windows, table[i].text, why);
        if (ok != (table[i].weekdays != 0) || windows.len != ok || ok != !*why)
            fail_msg("\"%s\": %s", table[i].text, why);
        if (ok && (windows.item->weekdays != table[i].weekdays ||
                   windows.item->from_minute != table[i].from || windows.item->to_minute != table[i].to))
            fail_msg("\"%s\": %x %d-%d", table[i].text, windows.item->weekdays, windows.item->from_minute,
                     windows.item->to_minute);
        weekly_windows_clear(&windows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freezes_are_whole_local_days),
        cmocka_unit_test(the_next_freeze_begins_later),
        cmocka_unit_test(weekly_hours_open_and_shut),
        cmocka_unit_test(open_hours_know_since_when),
        cmocka_unit_test(the_next_chance_is_free_of_both),
        cmocka_unit_test(the_last_chance_comes_before_both),
        cmocka_unit_test(working_days_are_no_weekends_nor_holidays),
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(windows_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

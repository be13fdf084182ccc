#include "ringmgr/policy/calendar.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY_SECONDS = 86400,
    MINUTE_SECONDS = 60,
    DAY_MINUTES = 1440,
    WEEK_SECONDS = 7 * DAY_SECONDS,
    /* Weekly hours may fall into the hour that the clock skips, a weekday out of the calendar altogether. */
    SCAN_DAYS = 4 * 7,
    /* Hours reach into the next day; a clock set back at midnight shows the day before again. */
    NEAR_DAYS = 2,
};

static const int64_t ten_years = (int64_t)3653 * DAY_SECONDS;

#define WHY_SIZE 128

/* ---- as people write it ---- */

/* Always false; a long text is cut, between characters. */
static bool refuse(char why[WHY_SIZE], const char *text, const char *what)
{
    size_t len = strnlen(text, 40);
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    snprintf(why, WHY_SIZE, "\"%.*s\" %s", (int)len, text, what);
    return false;
}

bool calendar_add_range(struct date_ranges *ranges, const char *text, char why[WHY_SIZE])
{
    static const char no_date[] = "is no date: 2026-12-24, or 2026-12-24/2027-01-06";
    struct date_range range;
    const char *slash = strchr(text, '/');
    char *first AUTO_FREE = mem_strndup(text, slash ? (size_t)(slash - text) : strlen(text));
    const char *last = slash ? slash + 1 : first;
    if (!zone_parse_date(first, &range.first_day))
        return refuse(why, first, no_date);
    if (!zone_parse_date(last, &range.last_day))
        return refuse(why, last, no_date);
    if (range.last_day < range.first_day)
        return refuse(why, text, "ends before it begins");
    ranges->item = mem_grow(ranges->item, ranges->len, sizeof *ranges->item);
    ranges->item[ranges->len++] = range;
    return true;
}

static bool read_weekday(const char **at, int *weekday)
{
    static const char names[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (*weekday = 0; *weekday < 7; ++*weekday)
        if (strncmp(*at, names[*weekday], 3) == 0) {
            *at += 3;
            return true;
        }
    return false;
}

/* "Mon", "Mon-Thu" or, over the weekend, "Sat-Mon". */
static bool read_weekday_range(const char **at, unsigned *weekdays)
{
    int first, last;
    if (!read_weekday(at, &first))
        return false;
    last = first;
    if (**at == '-') {
        ++*at;
        if (!read_weekday(at, &last))
            return false;
    }
    for (int day = first;; day = (day + 1) % 7) {
        *weekdays |= 1U << day;
        if (day == last)
            return true;
    }
}

/* Weekdays and their ranges, commas between them. */
static bool read_weekdays(const char **at, unsigned *weekdays)
{
    *weekdays = 0;
    while (read_weekday_range(at, weekdays)) {
        if (**at != ',')
            return true;
        ++*at;
        *at += strspn(*at, " \t");
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "17:00"; 24:00 is the midnight that ends the day. */
static bool read_minute(const char **at, int *minute)
{
    const char *text = *at;
    if (!is_digit(text[0]) || !is_digit(text[1]) || text[2] != ':' || !is_digit(text[3]) ||
        !is_digit(text[4]))
        return false;
    int past = (text[3] - '0') * 10 + (text[4] - '0');
    *minute = ((text[0] - '0') * 10 + (text[1] - '0')) * 60 + past;
    *at += strlen("17:00");
    return past < 60 && *minute <= DAY_MINUTES;
}

static bool read_hours(const char *at, struct weekly_window *window)
{
    return read_minute(&at, &window->from_minute) && window->from_minute < DAY_MINUTES && *at++ == '-' &&
           read_minute(&at, &window->to_minute) && *at == 0;
}

bool calendar_add_window(struct weekly_windows *windows, const char *text, char why[WHY_SIZE])
{
    struct weekly_window window = {.to_minute = DAY_MINUTES};
    const char *at = text;
    if (!read_weekdays(&at, &window.weekdays) || (*at && *at != ' ' && *at != '\t'))
        return refuse(why, text, "does not begin with weekdays: Mon, Mon-Thu or Mon,Wed");
    at += strspn(at, " \t");
    if (*at && !read_hours(at, &window))
        return refuse(why, text, "does not end with hours: 17:00-21:00, or 22:00-02:00 over midnight");
    windows->item = mem_grow(windows->item, windows->len, sizeof *windows->item);
    windows->item[windows->len++] = window;
    return true;
}

void date_ranges_clear(struct date_ranges *ranges)
{
    free(ranges->item);
    *ranges = (struct date_ranges){0};
}

void weekly_windows_clear(struct weekly_windows *windows)
{
    free(windows->item);
    *windows = (struct weekly_windows){0};
}

/* ---- days ---- */

bool calendar_has_day(const struct date_ranges *ranges, int64_t day)
{
    for (size_t i = 0; i < ranges->len; i++)
        if (ranges->item[i].first_day <= day && day <= ranges->item[i].last_day)
            return true;
    return false;
}

bool calendar_is_working(const struct date_ranges *holidays, int64_t day)
{
    enum { SATURDAY = 5 };
    return zone_weekday(day) < SATURDAY && !calendar_has_day(holidays, day);
}

/* ---- stretches of time: from the first instant up to, not including, the second ---- */

struct stretch {
    int64_t from, until;
};

static struct stretch range_stretch(const struct date_range *range)
{
    return (struct stretch){zone_instant(range->first_day, 0), zone_instant(range->last_day, DAY_SECONDS)};
}

/* The hours of a window that begin on `day`, empty if none do. */
static struct stretch window_stretch(const struct weekly_window *window, int64_t day)
{
    if (!(window->weekdays & 1U << zone_weekday(day)))
        return (struct stretch){0};
    int64_t last_day = window->to_minute > window->from_minute ? day : day + 1;
    return (struct stretch){zone_instant(day, window->from_minute * MINUTE_SECONDS),
                            zone_instant(last_day, window->to_minute * MINUTE_SECONDS)};
}

static bool holds(struct stretch stretch, int64_t at)
{
    return stretch.from <= at && at < stretch.until;
}

/* The freezes at `at` with all that adjoin or overlap; empty if it is not frozen. */
static struct stretch frozen_stretch(const struct date_ranges *freeze, int64_t at)
{
    struct stretch all = {at, at};
    for (bool grown = true; grown;) {
        grown = false;
        for (size_t i = 0; i < freeze->len; i++) {
            struct stretch one = range_stretch(&freeze->item[i]);
            bool touches =
                all.from == all.until ? holds(one, at) : one.from <= all.until && all.from <= one.until;
            if (!touches || (all.from <= one.from && one.until <= all.until))
                continue;
            all.from = one.from < all.from ? one.from : all.from;
            all.until = one.until > all.until ? one.until : all.until;
            grown = true;
        }
    }
    return all;
}

/* ---- freezes ---- */

bool calendar_is_frozen(const struct date_ranges *freeze, int64_t at_unix, int64_t *until_unix)
{
    struct stretch frozen = frozen_stretch(freeze, at_unix);
    if (!holds(frozen, at_unix))
        return false;
    *until_unix = frozen.until;
    return true;
}

int64_t calendar_next_freeze(const struct date_ranges *freeze, int64_t at_unix)
{
    int64_t next = -1;
    for (size_t i = 0; i < freeze->len; i++) {
        struct stretch one = range_stretch(&freeze->item[i]);
        if (one.from > at_unix && one.from < one.until && (next == -1 || one.from < next))
            next = one.from;
    }
    return next;
}

/* ---- weekly hours ---- */

/* What the weekly hours around an instant say about it. */
struct hours {
    bool open;
    int64_t opens;  /* the next beginning after it; -1: none in SCAN_DAYS */
    int64_t closed; /* the latest end not after it; -1: none in SCAN_DAYS */
    int64_t since;  /* the earliest beginning of those that are open */
    int64_t until;  /* their latest end */
};

static void take_stretch(struct hours *hours, struct stretch one, int64_t at)
{
    if (one.from >= one.until)
        return;
    if (holds(one, at)) {
        hours->open = true;
        hours->since = one.from < hours->since ? one.from : hours->since;
        hours->until = one.until > hours->until ? one.until : hours->until;
    }
    if (one.from > at && (hours->opens == -1 || one.from < hours->opens))
        hours->opens = one.from;
    if (one.until <= at && one.until > hours->closed)
        hours->closed = one.until;
}

static struct hours look(const struct weekly_windows *days, int64_t at, int64_t days_back, int64_t days_on)
{
    struct hours hours = {.opens = -1, .closed = -1, .since = at, .until = at};
    int64_t today = zone_day(at);
    for (int64_t day = today - days_back; day <= today + days_on; day++)
        for (size_t i = 0; i < days->len; i++)
            take_stretch(&hours, window_stretch(&days->item[i], day), at);
    return hours;
}

bool calendar_is_open(const struct weekly_windows *days, int64_t at_unix, int64_t *opens_unix)
{
    if (days->len == 0)
        return true;
    struct hours hours = look(days, at_unix, NEAR_DAYS, SCAN_DAYS);
    if (!hours.open)
        *opens_unix = hours.opens;
    return hours.open;
}

int64_t calendar_open_since(const struct weekly_windows *days, int64_t at_unix)
{
    int64_t earliest = at_unix - WEEK_SECONDS, since = at_unix;
    if (days->len == 0)
        return earliest;
    while (since > earliest) {
        struct hours hours = look(days, since, NEAR_DAYS, NEAR_DAYS);
        if (hours.open && hours.since < since)
            since = hours.since;
        else if (hours.open && hours.closed == since)
            since--; /* hours that end where these begin */
        else
            break;
    }
    return since > earliest ? since : earliest;
}

int64_t calendar_open_until(const struct weekly_windows *days, int64_t at_unix)
{
    int64_t until = at_unix, latest = at_unix + WEEK_SECONDS + DAY_SECONDS;
    if (days->len == 0)
        return -1;
    while (until <= latest) {
        struct hours hours = look(days, until, NEAR_DAYS, NEAR_DAYS);
        if (!hours.open)
            return until;
        until = hours.until;
    }
    return -1;
}

/* ---- both ---- */

int64_t calendar_next_chance(const struct date_ranges *freeze, const struct weekly_windows *days,
                             int64_t at_unix)
{
    int64_t at = at_unix, next;
    while (at != -1 && at <= at_unix + ten_years) {
        if (!calendar_is_frozen(freeze, at, &next) && calendar_is_open(days, at, &next))
            return at;
        at = next;
    }
    return -1;
}

int64_t calendar_last_chance(const struct date_ranges *freeze, const struct weekly_windows *days,
                             int64_t from_unix, int64_t before_unix)
{
    int64_t at = before_unix - 1;
    while (at >= from_unix) {
        struct stretch frozen = frozen_stretch(freeze, at);
        if (holds(frozen, at)) {
            at = frozen.from - 1;
            continue;
        }
        struct hours hours = look(days, at, SCAN_DAYS, NEAR_DAYS);
        if (days->len == 0 || hours.open)
            return at;
        if (hours.closed == -1)
            return -1;
        at = hours.closed - 1;
    }
    return -1;
}

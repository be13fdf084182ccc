#include "ringmgr/policy/schedule.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/calendar.h"
#include "ringmgr/policy/soak.h"

#include <stdio.h>
#include <string.h>

enum {
    MINUTE_SECONDS = 60,
    HOUR_SECONDS = 3600,
    DAY_SECONDS = 86400,
    EVERY_LEAST = MINUTE_SECONDS,
    EVERY_MOST = 31 * DAY_SECONDS,
    EVERY_DAY = 0x7F, /* all seven weekdays */
    WEEK_DAYS = 7
};

static bool refuse(char why[128], const char *text, const char *what)
{
    snprintf(why, 128, "\"%.40s\" %s", text, what);
    return false;
}

static bool read_every(const char *text, const char *distance, struct schedule *schedule, char why[128])
{
    struct soak_need need;
    if (!soak_parse(distance, &need) || need.workdays || need.seconds < EVERY_LEAST ||
        need.seconds > EVERY_MOST)
        return refuse(why, text,
                      "does not end with a distance from 1 minute to 31 days, as in every 6 hours");
    *schedule = (struct schedule){.kind = SCHEDULE_EVERY, .every_seconds = need.seconds};
    return true;
}

static bool read_digits(const char *text, int below, int *number)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *number = (text[0] - '0') * 10 + (text[1] - '0');
    return *number < below;
}

/* "02:30", to the end of the text. */
static bool read_time(const char *text, int *second_of_day)
{
    int hour, minute;
    if (!read_digits(text, 24, &hour) || text[2] != ':' || !read_digits(text + 3, 60, &minute) || text[5])
        return false;
    *second_of_day = hour * HOUR_SECONDS + minute * MINUTE_SECONDS;
    return true;
}

/* Weekdays are written as in `days` of a ring, so its reader reads them. */
static bool read_weekdays(const char *text, size_t len, unsigned *weekdays)
{
    struct weekly_windows windows AUTO(weekly_windows_clear) = {0};
    char *days AUTO_FREE = mem_strndup(text, len), why[128];
    if (strpbrk(days, "0123456789") || !calendar_add_window(&windows, days, why))
        return false;
    *weekdays = windows.item[0].weekdays;
    return true;
}

static bool read_times(const char *text, struct schedule *schedule, char why[128])
{
    const char *blank = strrchr(text, ' ');
    struct schedule read = {.kind = SCHEDULE_TIMES, .weekdays = EVERY_DAY};
    if (!read_time(blank ? blank + 1 : text, &read.second_of_day))
        return refuse(why, text, "does not end with a time of day: 02:30, Sun 03:00 or every 6 hours");
    while (blank && blank > text && blank[-1] == ' ')
        blank--;
    if (blank && !read_weekdays(text, (size_t)(blank - text), &read.weekdays))
        return refuse(why, text, "does not begin with weekdays: Mon, Mon-Fri or Mon,Thu");
    *schedule = read;
    return true;
}

bool schedule_parse(const char *text, struct schedule *schedule, char why[128])
{
    static const char every[] = "every ";
    if (strcmp(text, "off") == 0) {
        *schedule = (struct schedule){.kind = SCHEDULE_OFF};
        return true;
    }
    if (strncmp(text, every, strlen(every)) == 0)
        return read_every(text, text + strlen(every), schedule, why);
    return read_times(text, schedule, why);
}

/* The first time of the schedule after `last_unix`: within eight days, for one of these has the weekday. */
static int64_t first_time(const struct schedule *schedule, int64_t last_unix)
{
    int64_t first_day = zone_day(last_unix);
    for (int64_t day = first_day; day <= first_day + WEEK_DAYS; day++) {
        int64_t at = zone_instant(day, schedule->second_of_day);
        if (at > last_unix && schedule->weekdays & 1U << zone_weekday(day))
            return at;
    }
    return last_unix + (int64_t)WEEK_DAYS * DAY_SECONDS; /* a zone that skipped the very day */
}

int64_t schedule_next(const struct schedule *schedule, int64_t last_unix, int64_t now, int64_t jitter_seconds)
{
    if (schedule->kind == SCHEDULE_OFF)
        return -1;
    if (last_unix < 0)
        return now;
    int64_t last = last_unix < now ? last_unix : now;
    int64_t next =
        schedule->kind == SCHEDULE_EVERY ? last + schedule->every_seconds : first_time(schedule, last);
    return next <= now ? now : next + jitter_seconds;
}

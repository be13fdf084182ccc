#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/agenda.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct jv *event_to_json(const struct agenda_event *event)
{
    struct jv *object = jv_object();
    jv_set_time(object, "at", event->at_unix);
    jv_set_time(object, "until", event->until_unix);
    jv_set_text(object, "ring", event->ring);
    jv_set_text(object, "what", event->what);
    jv_set_text(object, "text", event->text);
    return object;
}

static void print_event(const struct agenda_event *event)
{
    static const char *const weekday[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    char date[ZONE_DATE_SIZE], time[ZONE_TIME_SIZE] = "";
    int64_t day = zone_day(event->at_unix);
    zone_format_date(day, date);
    if (!event->all_day)
        zone_format_time(event->at_unix, time);
    const char *hour = strchr(time, ' ');
    printf("%s %s %-5s  %-14s  %s\n", weekday[zone_weekday(day)], date, hour ? hour + 1 : "",
           event->ring ? event->ring : "", event->text);
}

static bool print_ical(const struct agenda *agenda, struct err *err)
{
    AUTO_BUF text = {0};
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    agenda_write_ical(agenda, host, clock_now_unix(), &text);
    return output_to_stdout(&text, err);
}

enum err_code cmd_calendar(struct app *app, struct err *err)
{
    struct agenda agenda AUTO(agenda_clear) = {0};
    struct jv *events = jv_array();
    bool ical = app->arguments.given[OPT_ICAL];
    jv_set(app->result, "events", events);
    if (ical && app->arguments.json) {
        err_set(err, ERR_USAGE, "--ical and --json are two forms of the same: one of them, please");
        return err->code;
    }
    if (!agenda_gather(&app->job, clock_now_unix(), &agenda, err) || (ical && !print_ical(&agenda, err)))
        return err->code;
    for (size_t i = 0; i < agenda.len; i++) {
        jv_push(events, event_to_json(&agenda.item[i]));
        if (!ical && !app->arguments.json)
            print_event(&agenda.item[i]);
    }
    return ERR_NONE;
}

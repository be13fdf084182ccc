#include "ringmgr/policy/agenda.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/support_dates.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_SECONDS = 86400 };

/* ---- adding ---- */

static bool is_within(const struct agenda *agenda, const struct agenda_event *event)
{
    if (event->at_unix < 0 || event->at_unix >= agenda->until_unix)
        return false;
    return event->at_unix >= agenda->from_unix || event->until_unix > agenda->from_unix;
}

void agenda_add(struct agenda *agenda, const struct agenda_event *event)
{
    if (!is_within(agenda, event))
        return;
    agenda->item = mem_grow(agenda->item, agenda->len, sizeof *agenda->item);
    struct agenda_event *copy = &agenda->item[agenda->len++];
    *copy = *event;
    copy->ring = mem_strdup(event->ring);
    copy->what = mem_strdup(event->what);
    copy->subject = mem_strdup(event->subject);
    copy->text = mem_strdup(event->text);
}

void agenda_at(struct agenda *agenda, int64_t at_unix, const char *ring, const char *what,
               const char *subject, const char *format, ...)
{
    char *text AUTO_FREE = NULL;
    va_list arguments;
    va_start(arguments, format);
    int len = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (len < 0)
        text = mem_strdup("");
    const struct agenda_event event = {
        .at_unix = at_unix, .until_unix = -1, .ring = ring, .what = what, .subject = subject, .text = text};
    agenda_add(agenda, &event);
}

/* Whole local days, the last one included. */
static void add_days(struct agenda *agenda, int64_t first_day, int64_t last_day, const char *ring,
                     const char *what, const char *text)
{
    char subject[ZONE_DATE_SIZE];
    zone_format_date(first_day, subject);
    const struct agenda_event event = {.at_unix = zone_instant(first_day, 0),
                                       .until_unix = zone_instant(last_day, DAY_SECONDS),
                                       .all_day = true,
                                       .ring = ring,
                                       .what = what,
                                       .subject = subject,
                                       .text = text};
    agenda_add(agenda, &event);
}

/* ---- from the calendar ---- */

void agenda_add_freezes(struct agenda *agenda, const struct ring *ring)
{
    for (size_t i = 0; i < ring->freeze.len; i++) {
        const struct date_range *range = &ring->freeze.item[i];
        char first[ZONE_DATE_SIZE], last[ZONE_DATE_SIZE];
        zone_format_date(range->first_day, first);
        zone_format_date(range->last_day, last);
        char *text AUTO_FREE = range->first_day == range->last_day
                                   ? mem_printf("frozen on %s", first)
                                   : mem_printf("frozen from %s to %s, both included", first, last);
        add_days(agenda, range->first_day, range->last_day, ring->name, "freeze", text);
    }
}

void agenda_add_patch_days(struct agenda *agenda)
{
    int64_t tuesday;
    for (int64_t month = -1;
         (tuesday = support_second_tuesday(agenda->from_unix, month)) < agenda->until_unix + DAY_SECONDS;
         month++) {
        int64_t day = support_whole_days(tuesday);
        add_days(agenda, day, day, NULL, "patch-day", "Microsoft's patch day, the second Tuesday");
    }
}

/* ---- support ---- */

void agenda_add_support(struct agenda *agenda, const struct ring *ring, const struct agenda_support *support)
{
    int64_t end = support->deadline.at_unix;
    char date[CLOCK_TEXT_SIZE];
    if (end < 0)
        return;
    clock_format_date(end, date);
    agenda_at(agenda, end, ring->name, "support-ends", support->build,
              "support of the live build %s ends (%s)", support->build,
              support_basis_text(support->deadline.basis));
    for (size_t i = 0; i < support->warns; i++) {
        unsigned days = support->warn_days[i];
        char *subject AUTO_FREE = mem_printf("%s-%u", support->build, days);
        if (days > 0)
            agenda_at(agenda, end - (int64_t)days * DAY_SECONDS, ring->name, "support-warn", subject,
                      "%u day%s of support left for the live build %s, until %s", days, days == 1 ? "" : "s",
                      support->build, date);
    }
    agenda_at(agenda, support->act_by_unix, ring->name, "act-by", support->build,
              "last chance to promote before support of %s ends%s%s", support->build,
              *support->conflict ? ": " : "", support->conflict);
}

/* ---- order ---- */

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_events(const void *left, const void *right)
{
    const struct agenda_event *a = left, *b = right;
    int order = (a->at_unix > b->at_unix) - (a->at_unix < b->at_unix);
    if (order == 0)
        order = compare_texts(a->ring, b->ring);
    if (order == 0)
        order = compare_texts(a->what, b->what);
    return order ? order : compare_texts(a->subject, b->subject);
}

void agenda_sort(struct agenda *agenda)
{
    if (agenda->len)
        qsort(agenda->item, agenda->len, sizeof *agenda->item, compare_events);
}

void agenda_clear(struct agenda *agenda)
{
    for (size_t i = 0; i < agenda->len; i++) {
        const char *const texts[] = {agenda->item[i].ring, agenda->item[i].what, agenda->item[i].subject,
                                     agenda->item[i].text};
        for (size_t text = 0; text < sizeof texts / sizeof *texts; text++)
            free((void *)(uintptr_t)texts[text]);
    }
    free(agenda->item);
    *agenda = (struct agenda){0};
}

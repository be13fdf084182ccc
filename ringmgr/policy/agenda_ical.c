/* The agenda as an iCalendar object: RFC 5545, sections 3.1 (lines), 3.3 (values), 3.6.1 (events). */
#include "ringmgr/base/version.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/agenda.h"

#include <string.h>
#include <time.h>

enum {
    LINE_OCTETS = 75, /* section 3.1: without the line break */
    DATE_TEXT_SIZE = 24
};

static bool is_inside_character(unsigned char octet)
{
    return (octet & 0xC0) == 0x80;
}

/* Appends a content line, folded; a continuation begins with a blank, which counts. Never cuts a character.
 */
static void put_line(struct buf *out, const struct buf *line)
{
    size_t at = 0, room = LINE_OCTETS;
    while (line->len - at > room) {
        size_t end = at + room;
        while (end > at && is_inside_character(line->data[end]))
            end--;
        buf_append(out, line->data + at, end - at);
        buf_puts(out, "\r\n ");
        at = end;
        room = LINE_OCTETS - 1;
    }
    buf_append(out, line->data + at, line->len - at);
    buf_puts(out, "\r\n");
}

/* A value of type TEXT (section 3.3.11). */
static void escape(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            buf_puts(out, "\\n");
        else if (strchr("\\;,", *text))
            buf_printf(out, "\\%c", *text);
        else if ((unsigned char)*text >= ' ' || *text == '\t')
            buf_append(out, text, 1);
    }
}

static void put(struct buf *out, const char *name, const char *value)
{
    AUTO_BUF line = {0};
    buf_printf(&line, "%s:%s", name, value);
    put_line(out, &line);
}

/* ---- times ---- */

static void put_utc(struct buf *out, const char *name, int64_t unix_seconds)
{
    char text[DATE_TEXT_SIZE] = "";
    struct tm tm;
    time_t when = (time_t)unix_seconds;
    if (gmtime_r(&when, &tm))
        strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &tm);
    put(out, name, text);
}

/* "20261210": the date without its hyphens. */
static void put_date(struct buf *out, const char *name, int64_t day)
{
    char date[ZONE_DATE_SIZE];
    AUTO_BUF line = {0};
    zone_format_date(day, date);
    buf_printf(&line, "%s;VALUE=DATE:%.4s%.2s%.2s", name, date, date + 5, date + 8);
    put_line(out, &line);
}

static void put_times(struct buf *out, const struct agenda_event *event)
{
    if (event->all_day) {
        put_date(out, "DTSTART", zone_day(event->at_unix));
        put_date(out, "DTEND", zone_day(event->until_unix - 1) + 1); /* exclusive */
        return;
    }
    put_utc(out, "DTSTART", event->at_unix);
    if (event->until_unix >= 0)
        put_utc(out, "DTEND", event->until_unix);
}

/* ---- events ---- */

static void put_uid(struct buf *out, const struct agenda_event *event, const char *host)
{
    AUTO_BUF line = {0};
    buf_puts(&line, "UID:");
    escape(&line, event->what);
    buf_puts(&line, "-");
    escape(&line, event->ring ? event->ring : "all");
    buf_puts(&line, "-");
    escape(&line, event->subject);
    buf_puts(&line, "@");
    escape(&line, host);
    put_line(out, &line);
}

static void put_summary(struct buf *out, const struct agenda_event *event)
{
    AUTO_BUF line = {0};
    buf_puts(&line, "SUMMARY:");
    if (event->ring) {
        escape(&line, event->ring);
        buf_puts(&line, ": ");
    }
    escape(&line, event->text);
    put_line(out, &line);
}

static void put_event(struct buf *out, const struct agenda_event *event, const char *host, int64_t stamp_unix)
{
    put(out, "BEGIN", "VEVENT");
    put_uid(out, event, host);
    put_utc(out, "DTSTAMP", stamp_unix);
    put_times(out, event);
    put_summary(out, event);
    put(out, "CATEGORIES", event->what);
    put(out, "TRANSP", "TRANSPARENT"); /* nobody is busy because of it */
    put(out, "END", "VEVENT");
}

void agenda_write_ical(const struct agenda *agenda, const char *host, int64_t stamp_unix, struct buf *out)
{
    AUTO_BUF product = {0};
    buf_printf(&product, "PRODID:-//ringmgr//ringmgr %s//EN", version_text());
    put(out, "BEGIN", "VCALENDAR");
    put(out, "VERSION", "2.0");
    put_line(out, &product);
    put(out, "CALSCALE", "GREGORIAN");
    for (size_t i = 0; i < agenda->len; i++)
        put_event(out, &agenda->item[i], host, stamp_unix);
    put(out, "END", "VCALENDAR");
}

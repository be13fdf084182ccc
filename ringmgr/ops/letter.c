#include "ringmgr/ops/letter.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    VALUES = 14,
    QP_LINE = 75,
    WORD_BYTES = 45,   /* of a header's text in an encoded word (RFC 2047, 2) */
    HEADER_BYTES = 900 /* of one that stands on one line: servers refuse lines over 998 (RFC 5322, 2.1.1) */
};

/* ---- values ---- */

struct values {
    struct template_value item[VALUES];
    char time[CLOCK_TEXT_SIZE], build[BUILD_TEXT_SIZE], count[16];
};

static void fill(const struct letter *letter, struct values *values)
{
    const struct notice *notice = letter->notice;
    clock_format(notice->at_unix, values->time);
    build_format(&notice->build, values->build);
    snprintf(values->count, sizeof values->count, "%u", letter->count);
    const struct template_value all[VALUES] = {
        {"id", notice->uid},
        {"event", notice->event},
        {"severity", notice->severity},
        {"time", values->time},
        {"host", letter->host},
        {"ring", notice->ring},
        {"channel", notice->channel ? notice->channel->id : ""},
        {"build", build_is_none(&notice->build) ? "" : values->build},
        {"version", notice->version},
        {"title", notice->title},
        {"text", notice->text},
        {"count", values->count},
        {"command", notice->command},
        {NULL, NULL},
    };
    memcpy(values->item, all, sizeof all);
}

/* ---- webhook ---- */

static void write_form(const struct letter *letter, const struct values *values, struct buf *out)
{
    struct jv *form = jv_object();
    jv_set_int(form, "schema", 1);
    for (const struct template_value *value = values->item; value->name; value++)
        if (strcmp(value->name, "count") == 0)
            jv_set_int(form, "count", letter->count);
        else
            jv_set_text(form, value->name, value->text && *value->text ? value->text : NULL);
    jv_write(form, out);
    jv_free(form);
}

bool letter_webhook(const struct letter *letter, struct buf *out, struct err *err)
{
    struct values values;
    fill(letter, &values);
    if (letter->template_text)
        return template_render(letter->template_text, letter->template_len, TEMPLATE_JSON, values.item, out,
                               err);
    write_form(letter, &values, out);
    return true;
}

/* ---- mail ---- */

/* Whether it stands in a header as it is; what looks like an encoded word would be read as one. */
static bool is_plain(const char *text)
{
    if (strlen(text) > HEADER_BYTES || strstr(text, "=?"))
        return false;
    for (; *text; text++)
        if ((unsigned char)*text >= 0x7f || (unsigned char)*text < ' ')
            return false;
    return true;
}

/* How many bytes of `text` fit into one encoded word without tearing a character apart. */
static size_t word_len(const char *text)
{
    size_t len = strlen(text);
    if (len <= WORD_BYTES / 3)
        return len;
    len = WORD_BYTES / 3;
    while (len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

/* A header of one line; control characters become blanks, so that nobody smuggles in another header. */
static void put_header(struct buf *out, const char *name, const char *value)
{
    char *text AUTO_FREE = mem_strdup(value);
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    buf_printf(out, "%s:", name);
    if (is_plain(text)) {
        buf_printf(out, " %s\r\n", text);
        return;
    }
    for (const char *at = text; *at;) {
        size_t len = word_len(at);
        buf_puts(out, at == text ? " =?UTF-8?Q?" : "\r\n =?UTF-8?Q?");
        for (size_t i = 0; i < len; i++)
            buf_printf(out, "=%02X", (unsigned char)at[i]);
        buf_puts(out, "?=");
        at += len;
    }
    buf_puts(out, "\r\n");
}

/* Quoted-printable (RFC 2045, 6.7): what is longer than a line, or no ASCII, survives every server. */
static void put_body(struct buf *out, const char *text)
{
    size_t column = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool line_end = c == '\n', before_end = text[1] == '\n' || text[1] == '\r' || text[1] == 0;
        if (c == '\r' && text[1] == '\n')
            continue;
        if (line_end) {
            buf_puts(out, "\r\n");
            column = 0;
            continue;
        }
        bool plain = (c > ' ' && c < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !before_end);
        if (column + (plain ? 1 : 3) > QP_LINE) {
            buf_puts(out, "=\r\n");
            column = 0;
        }
        if (plain)
            buf_append(out, text, 1);
        else
            buf_printf(out, "=%02X", c);
        column += plain ? 1 : 3;
    }
    if (column)
        buf_puts(out, "\r\n");
}

static void put_date(struct buf *out, int64_t at_unix)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t at = (time_t)at_unix;
    struct tm tm;
    gmtime_r(&at, &tm);
    buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
               months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_headers(const struct letter *letter, const struct notify_target *target, const char *subject,
                        struct buf *out)
{
    char *to AUTO_FREE = strv_join(&target->mail, ",\r\n ");
    buf_printf(out, "From: %s\r\nTo: %s\r\n", target->from, to);
    put_header(out, "Subject", subject);
    put_date(out, letter->notice->at_unix);
    char *id AUTO_FREE = mem_printf("<%s.ringmgr@%s>", letter->notice->uid, letter->host);
    put_header(out, "Message-ID", id);
    put_header(out, "X-Ringmgr-Event", letter->notice->event);
    buf_puts(out, "Auto-Submitted: auto-generated\r\n" /* RFC 3834 */
                  "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
}

static void write_plain(const struct letter *letter, const struct values *values, struct buf *out)
{
    const struct notice *notice = letter->notice;
    static const char *const shown[] = {"ring", "channel", "build", "version", "time", "host", "event"};
    buf_printf(out, "%s\n", notice->text);
    if (letter->count > 1)
        buf_printf(out, "(%u times)\n", letter->count);
    if (notice->command)
        buf_printf(out, "\nWhat settles it: %s\n", notice->command);
    buf_puts(out, "\n");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        for (const struct template_value *value = values->item; value->name; value++)
            if (strcmp(value->name, shown[i]) == 0 && value->text && *value->text)
                buf_printf(out, "%-8s %s\n", value->name, value->text);
}

char *letter_take_subject(const char **text)
{
    static const char name[] = "Subject:";
    if (strncmp(*text, name, sizeof name - 1) != 0)
        return NULL;
    const char *from = *text + sizeof name - 1;
    from += strspn(from, " \t");
    size_t len = strcspn(from, "\r\n");
    *text = from + len;
    for (int ends = 0; ends < 2; ends++) {
        *text += **text == '\r';
        *text += **text == '\n';
    }
    return mem_strndup(from, len);
}

bool letter_mail(const struct letter *letter, const struct notify_target *target, struct buf *out,
                 struct err *err)
{
    struct values values;
    AUTO_BUF body = {0};
    const struct notice *notice = letter->notice;
    fill(letter, &values);
    if (!letter->template_text)
        write_plain(letter, &values, &body);
    else if (!template_render(letter->template_text, letter->template_len, TEMPLATE_TEXT, values.item, &body,
                              err))
        return false;
    const char *text = buf_text(&body);
    char *subject AUTO_FREE = letter->template_text ? letter_take_subject(&text) : NULL;
    if (!subject)
        subject =
            mem_printf("%s%s [ringmgr %s]", strcmp(notice->severity, "critical") == 0 ? "CRITICAL: " : "",
                       notice->title, letter->host);
    put_headers(letter, target, subject, out);
    put_body(out, text);
    return true;
}

void letter_sample(struct notice *notice, int64_t now)
{
    static const struct build build = {{16, 0, 20326, 20100}};
    *notice =
        (struct notice){.uid = "00000000000000000000000000000000",
                        .at_unix = now,
                        .event = "test",
                        .severity = "info",
                        .ring = "",
                        .channel = channel_find("MonthlyEnterprise"),
                        .build = build,
                        .version = "2607",
                        .subject = "",
                        .title = "A test of \"notify\"",
                        .text = "This is a test: somebody ran ringmgr notify --test. Channel, build, version "
                                "and command are made up.\n\"Quotes\", \\, <signs> & line ends are part of "
                                "it.",
                        .command = "ringmgr status"};
}

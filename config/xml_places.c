#include "config/xml_places.h"
#include "ringmgr/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { END = -1, OTHER = 0x80 /* any unit above ASCII */ };

static const size_t NO_TAG = SIZE_MAX;

struct scan {
    const uint8_t *byte;
    size_t len, at;
    size_t width; /* bytes of one unit: 1, or 2 of UTF-16 */
    size_t low;   /* which of the two bytes of UTF-16 is the lower */
    unsigned line;
    size_t open; /* index of the innermost tag that is open, or NO_TAG */
    struct xml_places *places;
};

/* The unit `ahead` of the next one, as far as a scanner must know it. */
static int peek(const struct scan *scan, size_t ahead)
{
    size_t at = scan->at + ahead * scan->width;
    if (at >= scan->len || scan->len - at < scan->width)
        return END;
    if (scan->width == 2 && scan->byte[at + 1 - scan->low] != 0)
        return OTHER;
    uint8_t unit = scan->byte[at + (scan->width == 2 ? scan->low : 0)];
    return unit < OTHER ? unit : OTHER;
}

static int step(struct scan *scan)
{
    int unit = peek(scan, 0);
    if (unit == END)
        return END;
    scan->at += scan->width;
    if (unit == '\n' || (unit == '\r' && peek(scan, 0) != '\n'))
        scan->line++;
    return unit;
}

static bool is_blank(int unit)
{
    return unit == ' ' || unit == '\t' || unit == '\r' || unit == '\n';
}

static void skip_blanks(struct scan *scan)
{
    while (is_blank(peek(scan, 0)))
        step(scan);
}

static bool stands(const struct scan *scan, const char *text)
{
    for (size_t i = 0; text[i]; i++)
        if (peek(scan, i) != (unsigned char)text[i])
            return false;
    return true;
}

/* Steps over `text` if it stands there. */
static bool take(struct scan *scan, const char *text)
{
    if (!stands(scan, text))
        return false;
    for (size_t i = 0; text[i]; i++)
        step(scan);
    return true;
}

static void skip_behind(struct scan *scan, const char *end)
{
    while (!take(scan, end))
        if (step(scan) == END)
            return;
}

static void note_text(struct scan *scan)
{
    if (scan->open == NO_TAG)
        return;
    struct xml_place *tag = &scan->places->tag[scan->open];
    if (tag->text_line == 0)
        tag->text_line = scan->line;
}

static void add_tag(struct scan *scan)
{
    struct xml_places *places = scan->places;
    places->tag = mem_grow(places->tag, places->len, sizeof *places->tag);
    places->tag[places->len] = (struct xml_place){.line = scan->line,
                                                  .parent = scan->open == NO_TAG ? places->len : scan->open,
                                                  .first = places->attributes};
    scan->open = places->len++;
}

static void close_tag(struct scan *scan)
{
    if (scan->open == NO_TAG)
        return;
    size_t parent = scan->places->tag[scan->open].parent;
    scan->open = parent == scan->open ? NO_TAG : parent;
}

static void add_attribute(struct scan *scan)
{
    struct xml_places *places = scan->places;
    places->attribute_line =
        mem_grow(places->attribute_line, places->attributes, sizeof *places->attribute_line);
    places->attribute_line[places->attributes++] = scan->line;
    places->tag[scan->open].attributes++;
}

static bool declares_namespace(const struct scan *scan)
{
    int next = stands(scan, "xmlns") ? peek(scan, 5) : END;
    return next == ':' || next == '=' || is_blank(next);
}

static bool ends_name(int unit)
{
    return unit == END || is_blank(unit) || unit == '=' || unit == '/' || unit == '>';
}

/* Name, '=', quoted value; always goes on, if only past one unit. */
static void scan_attribute(struct scan *scan)
{
    if (declares_namespace(scan))
        scan->places->namespaces++;
    else
        add_attribute(scan);
    do
        step(scan);
    while (!ends_name(peek(scan, 0)));
    skip_blanks(scan);
    if (!take(scan, "="))
        return;
    skip_blanks(scan);
    int quote = step(scan);
    if (quote != '"' && quote != '\'')
        return;
    for (int unit = step(scan); unit != END && unit != quote; unit = step(scan))
        ;
}

/* Behind the '<' of a start tag, which is added already. */
static void scan_tag(struct scan *scan)
{
    while (!ends_name(peek(scan, 0)))
        step(scan);
    for (;;) {
        skip_blanks(scan);
        if (take(scan, "/>")) {
            close_tag(scan);
            return;
        }
        if (peek(scan, 0) == END || take(scan, ">"))
            return;
        scan_attribute(scan);
    }
}

/* What begins with '<'. False behind a document type. */
static bool scan_markup(struct scan *scan)
{
    if (take(scan, "<!--"))
        skip_behind(scan, "-->");
    else if (take(scan, "<?"))
        skip_behind(scan, "?>");
    else if (take(scan, "<![CDATA[")) {
        note_text(scan);
        skip_behind(scan, "]]>");
    } else if (stands(scan, "<!DOCTYPE")) {
        scan->places->doctype_line = scan->line;
        return false;
    } else if (take(scan, "</")) {
        skip_behind(scan, ">");
        close_tag(scan);
    } else {
        add_tag(scan);
        step(scan);
        scan_tag(scan);
    }
    return true;
}

static void find_width(struct scan *scan)
{
    const uint8_t *byte = scan->byte;
    scan->width = 1;
    if (scan->len < 2)
        return;
    bool little = (byte[0] == 0xff && byte[1] == 0xfe) || (byte[0] == '<' && byte[1] == 0);
    bool big = (byte[0] == 0xfe && byte[1] == 0xff) || (byte[0] == 0 && byte[1] == '<');
    if (little || big)
        scan->width = 2;
    scan->low = big ? 1 : 0;
}

void xml_places_scan(const void *bytes, size_t len, struct xml_places *places)
{
    struct scan scan = {.byte = bytes, .len = len, .line = 1, .open = NO_TAG, .places = places};
    find_width(&scan);
    for (int unit = peek(&scan, 0); unit != END; unit = peek(&scan, 0)) {
        if (unit == '<') {
            if (!scan_markup(&scan))
                return;
            continue;
        }
        if (!is_blank(unit))
            note_text(&scan);
        step(&scan);
    }
}

void xml_places_clear(struct xml_places *places)
{
    free(places->tag);
    free(places->attribute_line);
    *places = (struct xml_places){0};
}

/*
 * Byte ranges of a request (RFC 9110, section 14) and the body that answers them.
 *
 * A body is a list of parts, each some text and then bytes of the file. The whole file and a single range are
 * one part without text; several ranges make a multipart/byteranges body whose text is the boundaries. The
 * reader in serve.c needs to know nothing of this.
 */
#include "ranges.h"

#include "disk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reads one range spec; returns what follows it, or NULL when it is none. *length is 0 when it cannot be
 * satisfied. */
static const char *read_range(const char *p, uint64_t size, uint64_t *start, uint64_t *length)
{
    char *end;
    p += strspn(p, " \t");
    if (*p == '-') {
        uint64_t suffix = strtoull(p + 1, &end, 10);
        if (end == p + 1)
            return NULL;
        *length = suffix < size ? suffix : size;
        *start = size - *length;
        return end + strspn(end, " \t");
    }
    *start = strtoull(p, &end, 10);
    if (end == p || *end != '-')
        return NULL;
    p = end + 1;
    uint64_t last = strtoull(p, &end, 10);
    if (end == p)
        last = UINT64_MAX;
    else if (last < *start)
        return NULL;
    *length = *start >= size ? 0 : (last >= size ? size - 1 : last) - *start + 1;
    return end + strspn(end, " \t");
}

/* Reads all ranges into the parts; false when the header is no byte range set. */
static bool read_ranges(struct body *b, const char *range, uint64_t size)
{
    if (strncasecmp(range, "bytes=", 6) != 0)
        return false;
    for (const char *p = range + 6; b->count < RANGES_MAX;) {
        struct part part = {0};
        p = read_range(p, size, &part.start, &part.length);
        if (!p || (*p && *p != ','))
            return false;
        if (part.length > 0)
            b->parts[b->count++] = part;
        if (!*p)
            return true;
        p++;
    }
    return false;
}

static void make_multipart(struct body *b, uint64_t size)
{
    for (size_t i = 0; i < b->count; i++) {
        struct part *p = &b->parts[i];
        p->prefix = text("%s--" RANGES_BOUNDARY "\r\nContent-Type: application/octet-stream\r\n"
                         "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
                         i ? "\r\n" : "", (unsigned long long)p->start,
                         (unsigned long long)(p->start + p->length - 1), (unsigned long long)size);
    }
    b->parts[b->count++] = (struct part){.prefix = text("\r\n--" RANGES_BOUNDARY "--\r\n")};
    b->multipart = true;
}

bool range_is_several(const char *range)
{
    return range && strchr(range, ',');
}

/* The texts between the parts stand before each: so they stay, and the ranges that they name move. */
void body_turn(struct body *b)
{
    for (size_t i = 0; b->multipart && i + 1 < (b->count - 1) - i; i++) {
        size_t other = b->count - 2 - i;
        struct part one = b->parts[i];
        b->parts[i] = b->parts[other];
        b->parts[other] = one;
    }
    if (b->multipart && b->count > 2) { /* only the first has no line end before its boundary */
        char *first = b->parts[0].prefix, *last = b->parts[b->count - 2].prefix;
        b->parts[0].prefix = text("%s", first + 2);
        b->parts[b->count - 2].prefix = text("\r\n%s", last);
        free(first);
        free(last);
    }
}

void body_keep_first(struct body *b, uint64_t size)
{
    if (!b->multipart)
        return;
    const struct part first = {.start = b->parts[0].start, .length = b->parts[0].length};
    body_clear(b);
    *b = (struct body){.parts = {first}, .count = 1, .length = first.length, .partial = true};
    b->content_range = text("bytes %llu-%llu/%llu", (unsigned long long)first.start,
                            (unsigned long long)(first.start + first.length - 1), (unsigned long long)size);
}

static void shift_parts(struct body *b, uint64_t size)
{
    for (size_t i = 0; i < b->count; i++) {
        struct part *p = &b->parts[i];
        if (p->start + p->length < size)
            p->start++;
        else if (p->start > 0)
            p->start--;
    }
}

void body_plan(struct body *b, const char *range, uint64_t size, bool shift)
{
    *b = (struct body){0};
    if (!range || !read_ranges(b, range, size)) {
        b->parts[0] = (struct part){.length = size};
        b->count = 1;
    } else if (b->count == 0) {
        b->unsatisfiable = true;
        b->content_range = text("bytes */%llu", (unsigned long long)size);
    } else {
        const struct part *first = &b->parts[0];
        b->partial = true;
        if (b->count > 1)
            make_multipart(b, size);
        else
            b->content_range =
                text("bytes %llu-%llu/%llu", (unsigned long long)first->start,
                     (unsigned long long)(first->start + first->length - 1), (unsigned long long)size);
        if (shift)
            shift_parts(b, size);
    }
    for (size_t i = 0; i < b->count; i++)
        b->length += b->parts[i].length + (b->parts[i].prefix ? strlen(b->parts[i].prefix) : 0);
}

void body_clear(struct body *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->parts[i].prefix);
    free(b->content_range);
    *b = (struct body){0};
}

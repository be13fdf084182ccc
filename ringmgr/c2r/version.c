#include "ringmgr/c2r/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PARTS = 4, MAJOR = 16 };

/* Reads one decimal part without leading zeros; returns what follows it, NULL if there is none. */
static const char *parse_part(const char *text, uint32_t *part)
{
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        number = number * 10 + (uint64_t)(*at - '0');
        if (number > UINT32_MAX)
            return NULL;
    }
    if (at == text || (*text == '0' && at - text > 1))
        return NULL;
    *part = (uint32_t)number;
    return at;
}

/* The number of parts, 0 if `text` is anything but up to four of them. */
static int parse_parts(const char *text, uint32_t part[PARTS])
{
    for (int count = 0; count < PARTS; text++) {
        text = parse_part(text, &part[count++]);
        if (!text)
            return 0;
        if (*text == 0)
            return count;
        if (*text != '.')
            return 0;
    }
    return 0;
}

bool build_parse(const char *text, struct build *build, struct err *err)
{
    struct build read = {{0}};
    int count = parse_parts(text, read.part);
    *build = (struct build){{0}};
    /* "16.0" is the head of a full number, not a short form. */
    if (count == 2 && read.part[0] != MAJOR)
        read = (struct build){{MAJOR, 0, read.part[0], read.part[1]}};
    else if (count != PARTS || read.part[0] != MAJOR)
        return err_set(err, ERR_USAGE, "\"%.64s\" is no build number (16.0.x.y or x.y)", text);
    *build = read;
    return true;
}

void build_format(const struct build *build, char text[BUILD_TEXT_SIZE])
{
    snprintf(text, BUILD_TEXT_SIZE, "%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32, build->part[0],
             build->part[1], build->part[2], build->part[3]);
}

int build_compare(const struct build *a, const struct build *b)
{
    for (int i = 0; i < PARTS; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    return 0;
}

bool build_is_none(const struct build *build)
{
    static const struct build none = {{0}};
    return build_compare(build, &none) == 0;
}

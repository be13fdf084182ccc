#include "ringmgr/app/settings_duration.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    int64_t seconds;
} units[] = {
    {"s", 1},    {"second", 1},  {"seconds", 1},  {"minute", 60}, {"minutes", 60},
    {"h", 3600}, {"hour", 3600}, {"hours", 3600}, {"day", 86400}, {"days", 86400},
};

static const int64_t longest = (int64_t)3653 * 86400;

static int64_t unit_seconds(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, name) == 0)
            return units[i].seconds;
    return 0;
}

bool settings_parse_duration(const char *text, int64_t *seconds)
{
    int64_t count = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        count = count * 10 + (*at - '0');
        if (count > longest)
            return false;
    }
    if (at == text)
        return false;
    int64_t unit = unit_seconds(at + (*at == ' '));
    if (unit == 0 || count > longest / unit)
        return false;
    *seconds = count * unit;
    return true;
}

#include "ringmgr/base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NAME_BYTES_MAX = 49 }; /* longer than any name that is known */

static bool differ(char a, char b)
{
    return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* One row of the matrix at a time; SIZE_MAX where the name is too long. */
static size_t distance(const char *wanted, const char *name)
{
    size_t row[NAME_BYTES_MAX + 1];
    size_t len = strlen(name);
    if (len > NAME_BYTES_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; wanted[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t change = diagonal + differ(wanted[i - 1], name[j - 1]);
            size_t least = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < least ? change : least;
        }
    }
    return row[len];
}

void nearest_prefer(const char *wanted, const char *name, const char **best)
{
    if (!*best || distance(wanted, name) < distance(wanted, *best))
        *best = name;
}

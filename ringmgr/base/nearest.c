#include "ringmgr/base/nearest.h"
#include "ringmgr/base/mem.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { NAME_BYTES_MAX = 127 }; /* the longest is a registry key of 60 */

static bool differ(char a, char b)
{
    return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* One row of the matrix at a time. */
size_t nearest_distance(const char *wanted, const char *name)
{
    size_t row[NAME_BYTES_MAX + 1];
    size_t len = strlen(name);
    if (len > NAME_BYTES_MAX || strlen(wanted) > NAME_BYTES_MAX)
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
    if (!*best || nearest_distance(wanted, name) < nearest_distance(wanted, *best))
        *best = name;
}

const char *nearest_likely(const char *wanted, const char *name)
{
    size_t len = strlen(wanted);
    size_t allowed = len / 3 > 2 ? len / 3 : 2;
    size_t far = name ? nearest_distance(wanted, name) : SIZE_MAX;
    return far <= allowed && far <= len / 2 ? name : NULL;
}

char *nearest_hint(const char *wanted, const struct strv *names)
{
    const char *best = NULL;
    for (size_t i = 0; i < names->len; i++)
        nearest_prefer(wanted, names->item[i], &best);
    best = nearest_likely(wanted, best);
    return best ? mem_printf("; the nearest one is %s", best) : mem_strdup("");
}

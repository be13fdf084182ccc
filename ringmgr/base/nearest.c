#include "ringmgr/base/nearest.h"
#include "ringmgr/base/mem.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { NAME_BYTES_MAX = 127 }; /* the longest is a registry key of 60 */

static bool differ(char a, char b)
{
    return tolower((unsigned char)a) != tolower((unsigned char)b);
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* wanted[-1] and name[-1] are the letters before: whether two neighbours have changed places. */
static bool are_swapped(const char *wanted, const char *name)
{
    return !differ(wanted[0], name[-1]) && !differ(wanted[-1], name[0]);
}

/* Row i of the matrix, with the two before it in a ring of three. */
size_t nearest_distance(const char *wanted, const char *name)
{
    size_t rows[3][NAME_BYTES_MAX + 1];
    size_t len = strlen(name), i = 0;
    if (len > NAME_BYTES_MAX || strlen(wanted) > NAME_BYTES_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= len; j++)
        rows[0][j] = j;
    for (i = 1; wanted[i - 1]; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t change = above[j - 1] + differ(wanted[i - 1], name[j - 1]);
            row[j] = lesser(change, lesser(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && are_swapped(wanted + i - 1, name + j - 1))
                row[j] = lesser(row[j], second[j - 2] + 1);
        }
    }
    return rows[(i - 1) % 3][len];
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

/* Whether one of the words that the name is made of begins so: "gpo" of samba-gpo. */
static bool begins_a_word(const char *wanted, const char *name)
{
    size_t len = strlen(wanted);
    for (const char *word = name; *word; word += strcspn(word, "-_. "), word += strspn(word, "-_. "))
        if (strncasecmp(word, wanted, len) == 0)
            return true;
    return false;
}

/* Names that `wanted` is the beginning of, if they are few enough to choose from. */
static void list_begun(const char *wanted, const struct strv *names, struct strv *begun)
{
    enum { LETTERS_MIN = 2, NAMES_MAX = 4 };
    for (size_t i = 0; strlen(wanted) >= LETTERS_MIN && i < names->len; i++)
        if (begins_a_word(wanted, names->item[i]) && !strv_has(begun, names->item[i]))
            strv_add(begun, names->item[i]);
    if (begun->len > NAMES_MAX)
        strv_clear(begun);
}

char *nearest_hint(const char *wanted, const struct strv *names)
{
    AUTO_STRV begun = {0};
    const char *best = NULL;
    list_begun(wanted, names, &begun);
    char *list AUTO_FREE = strv_join(&begun, ", ");
    if (begun.len > 1)
        return mem_printf("; it could be one of %s", list);
    if (begun.len == 1)
        return mem_printf("; the nearest one is %s", list);
    for (size_t i = 0; i < names->len; i++)
        nearest_prefer(wanted, names->item[i], &best);
    best = nearest_likely(wanted, best);
    return best ? mem_printf("; the nearest one is %s", best) : mem_strdup("");
}

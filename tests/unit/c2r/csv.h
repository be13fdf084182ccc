/* The simple tables among the real files: commas, no quotes. */
#ifndef RINGMGR_TESTS_UNIT_C2R_CSV_H
#define RINGMGR_TESTS_UNIT_C2R_CSV_H

#include "test.h"

enum { CSV_FIELDS = 12 };

/* The next line of *text split into fields in place; false at the end. Missing fields are "". */
static inline bool csv_next(char **text, const char *field[CSV_FIELDS])
{
    static const char nothing[] = "";
    char *line = NULL;
    do
        line = strsep(text, "\n");
    while (line && (*line == 0 || *line == '\r'));
    if (!line)
        return false;
    line[strcspn(line, "\r")] = 0;
    for (int i = 0; i < CSV_FIELDS; i++) {
        char *next = strsep(&line, ",");
        field[i] = next ? next : nothing;
    }
    return true;
}

#endif

/* What is wrong with a configuration: a list that every part of the reader adds to. */
#ifndef RINGMGR_APP_SETTINGS_PROBLEMS_H
#define RINGMGR_APP_SETTINGS_PROBLEMS_H

#include "ringmgr/base/err.h"
#include <stddef.h>

/* One thing that is wrong with a configuration. */
struct settings_problem {
    unsigned line; /* 0: none in particular */
    char *code;    /* short and stable: "unknown-key", "ring-circle" … */
    char *text;    /* one sentence, with what to do */
};

/* Zero-initialised is empty. */
struct settings_problems {
    struct settings_problem *item;
    size_t len;
};

/* Adds a problem; a sentence over 1023 bytes is cut. */
void settings_problems_add(struct settings_problems *problems, unsigned line, const char *code,
                           const char *format, ...) PRINTF_LIKE(4, 5);
/* Sorts by line and drops what was said twice. */
void settings_problems_sort(struct settings_problems *problems);
/* True if a problem with this code was added. */
bool settings_problems_has(const struct settings_problems *problems, const char *code);
/* Frees all; the list is empty and usable again. */
void settings_problems_clear(struct settings_problems *problems);

#define AUTO_SETTINGS_PROBLEMS                                                                               \
    AUTO(settings_problems_clear)                                                                            \
    struct settings_problems

#endif

#include "ringmgr/app/settings_problems.h"
#include "ringmgr/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void settings_problems_add(struct settings_problems *problems, unsigned line, const char *code,
                           const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    problems->item = mem_grow(problems->item, problems->len, sizeof *problems->item);
    problems->item[problems->len++] = (struct settings_problem){line, mem_strdup(code), mem_strdup(text)};
}

static int compare(const void *left, const void *right)
{
    const struct settings_problem *a = left, *b = right;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    int order = strcmp(a->code, b->code);
    return order ? order : strcmp(a->text, b->text);
}

static void free_problem(struct settings_problem *problem)
{
    free(problem->code);
    free(problem->text);
}

void settings_problems_sort(struct settings_problems *problems)
{
    size_t kept = 0;
    if (problems->len == 0)
        return;
    qsort(problems->item, problems->len, sizeof *problems->item, compare);
    for (size_t i = 1; i < problems->len; i++) {
        if (compare(&problems->item[kept], &problems->item[i]) == 0)
            free_problem(&problems->item[i]);
        else
            problems->item[++kept] = problems->item[i];
    }
    problems->len = kept + 1;
}

bool settings_problems_has(const struct settings_problems *problems, const char *code)
{
    for (size_t i = 0; i < problems->len; i++)
        if (strcmp(problems->item[i].code, code) == 0)
            return true;
    return false;
}

void settings_problems_clear(struct settings_problems *problems)
{
    for (size_t i = 0; i < problems->len; i++)
        free_problem(&problems->item[i]);
    free(problems->item);
    *problems = (struct settings_problems){0};
}

/*
 * Command-line options by table.
 *
 * Each subcommand has one table that says the name of an option, the kind of its value and where the value
 * goes, so parsing is one loop for all of them and no subcommand reads argv itself.
 */
#include "args.h"

#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static _Noreturn void usage_error(const char *what, const char *word)
{
    fprintf(stderr, "testcdn: %s: %s\n", what, word);
    exit(2);
}

uint64_t args_number(const char *value)
{
    char *end;
    uint64_t n = strtoull(value, &end, 10);
    if (end == value)
        usage_error("not a number", value);
    switch (*end) {
    case 'K':
        return n << 10;
    case 'M':
        return n << 20;
    case 'G':
        return n << 30;
    case '\0':
        return n;
    default:
        usage_error("not a number", value);
    }
}

int64_t args_time(const char *value)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%S",
                                          "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
    char *end;
    long long seconds = strtoll(value, &end, 10);
    if (end != value && *end == '\0')
        return seconds;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct tm tm = {0};
        const char *stop = strptime(value, formats[i], &tm);
        if (stop && *stop == '\0')
            return timegm(&tm);
    }
    usage_error("not a time", value);
}

static void list_add(struct list *l, const char *item, size_t len)
{
    l->items = realloc(l->items, (l->count + 1) * sizeof *l->items);
    if (!l->items)
        die("out of memory");
    l->items[l->count++] = text("%.*s", (int)len, item);
}

void list_split(struct list *l, const char *value)
{
    while (*value) {
        size_t len = strcspn(value, ",");
        if (len > 0)
            list_add(l, value, len);
        value += len + (value[len] == ',');
    }
}

void list_clear(struct list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->items[i]);
    free(l->items);
    *l = (struct list){0};
}

static void store(const struct arg *a, const char *value)
{
    switch (a->kind) {
    case ARG_TEXT:
        *(const char **)a->to = value;
        break;
    case ARG_NUMBER:
        *(uint64_t *)a->to = args_number(value);
        break;
    case ARG_SIGNED:
        *(int64_t *)a->to = strtoll(value, NULL, 10);
        break;
    case ARG_TIME:
        *(int64_t *)a->to = args_time(value);
        break;
    case ARG_LIST:
        list_clear(a->to);
        list_split(a->to, value);
        break;
    case ARG_REPEAT:
        list_add(a->to, value, strlen(value));
        break;
    case ARG_FLAG:
        *(bool *)a->to = true;
        break;
    }
}

static size_t find(const struct arg *table, size_t count, const char *word)
{
    for (size_t k = 0; k < count; k++)
        if (strcmp(table[k].name, word) == 0)
            return k;
    usage_error("unknown option", word);
}

void args_parse(int argc, char **argv, const struct arg *table, size_t count, const char **rest)
{
    uint64_t given = 0;
    for (int i = 0; i < argc; i++) {
        if (rest && strncmp(argv[i], "--", 2) != 0) {
            *rest = argv[i];
            rest = NULL;
            continue;
        }
        size_t k = find(table, count, argv[i]);
        given |= (uint64_t)1 << k;
        if (table[k].kind != ARG_FLAG && i + 1 >= argc)
            usage_error("value missing", argv[i]);
        store(&table[k], table[k].kind == ARG_FLAG ? NULL : argv[++i]);
    }
    for (size_t k = 0; k < count; k++)
        if (table[k].required && !(given >> k & 1))
            usage_error("option missing", table[k].name);
}

/* Command-line options by table; see args.c. */
#ifndef TESTCDN_ARGS_H
#define TESTCDN_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of texts; the items belong to the list. */
struct list {
    char **items;
    size_t count;
};

/* What an option's value is and so what `to` points at. */
enum arg_kind {
    ARG_TEXT,   /* const char * */
    ARG_NUMBER, /* uint64_t; K, M and G (powers of 1024) are understood */
    ARG_SIGNED, /* int64_t */
    ARG_FLAG,   /* bool; takes no value */
    ARG_TIME,   /* int64_t: UNIX seconds, or a UTC date, or a UTC date and time */
    ARG_LIST,   /* struct list, split at commas */
    ARG_REPEAT, /* struct list, one item each time the option is given */
};

struct arg {
    const char *name; /* with its dashes */
    enum arg_kind kind;
    void *to;
    bool required;
};

/*
 * Reads argv (without program and command name) by the table. The first word without dashes goes to *rest
 * when rest is not NULL. An unknown, incomplete or missing option ends the program with status 2.
 */
void args_parse(int argc, char **argv, const struct arg *table, size_t count, const char **rest);

/* Reads a number with an optional K, M or G; ends the program when it is none. */
uint64_t args_number(const char *value);
/* Reads UNIX seconds, YYYY-MM-DD or YYYY-MM-DDTHH:MM[:SS][Z]; ends the program when it is none. */
int64_t args_time(const char *value);
/* Appends the parts between commas to a list. */
void list_split(struct list *l, const char *value);
/* Frees a list's items. */
void list_clear(struct list *l);

#define ARGS_COUNT(table) (sizeof(table) / sizeof((table)[0]))

#endif

/* Every option in one table: how it is spelled, what value it takes, what it says. To add one: its name in
 * command.h and a row in options.c. */
#ifndef RINGMGR_APP_OPTIONS_H
#define RINGMGR_APP_OPTIONS_H

#include "ringmgr/app/command.h"

/* Options that every command takes, beside enum argument_option. */
enum {
    GLOBAL_FIRST = 1000,
    GLOBAL_CONFIG = GLOBAL_FIRST,
    GLOBAL_VERBOSE,
    GLOBAL_QUIET,
    GLOBAL_WAIT,
    GLOBAL_JSON,
    GLOBAL_HELP,
    GLOBAL_VERSION,
    GLOBAL_INHERIT, /* not for people */
};

struct option_row {
    const char *name; /* "ring" of --ring */
    /* What its value is: "RING"; "ring|everywhere|no": one of these; NULL: it takes none. */
    const char *value;
    int id;              /* enum argument_option, or one of those above */
    char letter;         /* 'o' of -o; 0: there is none */
    const char *summary; /* what it says to the commands that take it */
};

/* The option with this index from 0, NULL behind the last. */
const struct option_row *options_at(size_t index);
/* NULL if there is none of that id. */
const struct option_row *options_of(int id);
/* By "-o", "--ring" or "--ring=pilot", whole names only; NULL if there is none. */
const struct option_row *options_find(const char *word);
/* The name of the option that was meant by "--ringg", without "--"; NULL if none is near enough. */
const char *options_nearest(const char *word);

#endif

/*
 * What the parts of `check` share: the configuration that is looked at, with its lines, and the list of what
 * is wrong with it.
 */
#ifndef RINGMGR_APP_CHECK_H
#define RINGMGR_APP_CHECK_H

#include "ringmgr/app/command.h"
#include "ringmgr/app/settings_ini.h"

struct check {
    struct app *app;
    struct jv *problems;
    struct ini_file file; /* the same configuration, for its lines */
    size_t errors;
    bool no_account; /* whose the folders should be is not known */
};

/* The line of a key, else of its section, else 0. */
unsigned check_line(const struct check *check, const char *section_name, const char *key);
/* The same in the ring's section, whose own line counts where it has no such key. */
unsigned check_ring_line(const struct check *check, const struct ring *ring, const char *key);

/* One more problem, printed at once where no JSON is wanted. "error" or "warning"; a line of 0 is none. */
void check_add(struct check *check, const char *severity, unsigned line, const char *code, const char *text);
void check_add_error(struct check *check, unsigned line, const char *code, const struct err *err);

/* What somebody else may not look at may be right all the same. */
bool check_is_hidden(const struct check *check, int errnum);
void check_add_hidden(struct check *check, unsigned line, const char *what, const char *path);

#endif

/* How a site is addressed: the beginning of every command, and names below its target. */
#ifndef SHARES_SITE_WHERE_H
#define SHARES_SITE_WHERE_H

#include "shares/site.h"

/* Begins an rsync command: where it runs, how it connects, and that it gives up when nothing moves for that
 * long. */
void where_begin(const struct site_where *where, unsigned silent_seconds, struct errand *errand);

/* Begins a command that a shell at the site runs (WHERE_SSH). */
void where_begin_shell(const struct site_where *where, const char *command, struct errand *errand);

/* Adds what `path` below the target is called by rsync: "ring/Office/Data/"; "." is the target itself, which
 * is never made. */
void where_add(const struct site_where *where, const char *path, struct errand *errand);

/* The same as the site itself calls it: absolute there, or in the daemon's module. The caller frees it. */
char *where_path(const struct site_where *where, const char *path);

/* The text in single quotes, as a shell reads it. The caller frees it. */
char *where_quote(const char *text);

#endif

/* Which known name somebody may have meant. */
#ifndef RINGMGR_BASE_NEAREST_H
#define RINGMGR_BASE_NEAREST_H

/*
 * Keeps in *best whichever of it and `name` is nearer to `wanted`: for which fewer letters must be changed,
 * added or dropped (Levenshtein), ignoring case; *best where both are equally near. *best may be NULL: then
 * it is `name`.
 */
void nearest_prefer(const char *wanted, const char *name, const char **best);

#endif

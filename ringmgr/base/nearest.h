/* Which known name somebody may have meant. */
#ifndef RINGMGR_BASE_NEAREST_H
#define RINGMGR_BASE_NEAREST_H

#include "ringmgr/base/buf.h"

/*
 * How many letters must be changed, added or dropped, or change places with their neighbour, to make one of
 * the other (optimal string alignment), ignoring case; SIZE_MAX where either is longer than any name that is
 * known, and so no slip of the pen.
 */
size_t nearest_distance(const char *wanted, const char *name);

/* Keeps in *best whichever of it and `name` is nearer to `wanted`; *best where both are equally near. *best
 * may be NULL: then it is `name`. */
void nearest_prefer(const char *wanted, const char *name, const char **best);

/*
 * `name` if it is near enough to `wanted` to be what was meant, else NULL: at most two letters differ, or a
 * third of those of `wanted`, and never more than half of them. Of a NULL name NULL.
 */
const char *nearest_likely(const char *wanted, const char *name);

/*
 * "; the nearest one is NAME" of the one of `names` that was likely meant, "" if none was: the one of which a
 * word begins with `wanted` ("gpo" of samba-gpo), else the one that is nearest. "; it could be one of A, B"
 * where words of up to four names begin so. The caller frees it.
 */
char *nearest_hint(const char *wanted, const struct strv *names);

#endif

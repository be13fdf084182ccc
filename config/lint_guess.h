/* What somebody may have meant by a word that setup does not know. Pure. */
#ifndef CONFIG_LINT_GUESS_H
#define CONFIG_LINT_GUESS_H

#include "ringmgr/base/buf.h"
#include "ringmgr/c2r/channel.h"

/*
 * Appends the end of a sentence about a word that is not known: ": did you mean X?" if one of the right ones
 * is near, else ": write A, B or C" if they are few, else nothing.
 */
void lint_guess(const char *wrong, const struct strv *right, struct buf *out);
/* Appends "A, B or C". */
void lint_list_words(const struct strv *words, struct buf *out);

/* The channel that is written "Monthly Enterprise" or "semi-annual"; NULL if that cannot be told. */
const struct channel *lint_meant_channel(const char *name);
/* Of "x64" or "32-bit" 64 or 32; NULL of others. */
const char *lint_meant_edition(const char *name);
/* Appends the languages that begin like "de" or "de-xx"; none if there is no such language, or too many. */
void lint_meant_languages(const char *name, struct strv *languages);
/* The element whose attribute it is what somebody wrote as a Property: Add of OfficeMgmtCOM; NULL of others.
 */
const char *lint_meant_element(const char *property);

#endif

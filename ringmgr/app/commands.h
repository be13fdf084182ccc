/* The table of all commands: dispatch, help and completion read it, and nothing else says what there is. */
#ifndef RINGMGR_APP_COMMANDS_H
#define RINGMGR_APP_COMMANDS_H

#include "ringmgr/app/command.h"

/* The row with this index from 0, NULL behind the last. */
const struct command *commands_at(size_t index);

/* Whether `name` is that of the row; `verb` is the word behind it, which a name of two words wants ("site
 * sync"), or NULL. */
bool commands_is_called(const struct command *command, const char *name, const char *verb);

/*
 * The row that was meant. A command with several rows is the first that takes what was given: `pins` reads,
 * `pins --clear` decides. NULL if no command, or none of that name, was given.
 */
const struct command *commands_find(const struct arguments *arguments);

/* Says what is wrong with a name that no row has, and which was perhaps meant; NULL where none was given. */
void commands_say_unknown(const char *name, const char *verb, struct err *err);

#endif

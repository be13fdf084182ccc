/* The command line: options before or after the command, and what several commands ask of it. */
#ifndef RINGMGR_APP_ARGUMENTS_H
#define RINGMGR_APP_ARGUMENTS_H

#include "ringmgr/app/command.h"

/* The configuration where -c names none. */
#define ARGUMENTS_CONFIG "/etc/ringmgr/ringmgr.conf"

/* Reads argv. ERR_USAGE with a sentence. The texts are those of argv. arguments_clear() frees the lists. */
bool arguments_parse(int argc, char **argv, struct arguments *arguments, struct err *err) MUST_CHECK;
/*
 * The same of what somebody asks of the service; -c and --inherit are the service's and refused (ERR_USAGE).
 * `arguments` are those of the service's child before, whose configuration and descriptors stay. The texts
 * are those of `words`.
 */
bool arguments_parse_request(const struct strv *words, struct arguments *arguments,
                             struct err *err) MUST_CHECK;
/* Appends what arguments_parse_request() makes the same of, but for -c. There must be a command. */
void arguments_write(const struct arguments *arguments, struct strv *words);
/* Does the command take these options and so many words? */
bool arguments_check(const struct arguments *arguments, const struct command *command,
                     struct err *err) MUST_CHECK;
void arguments_clear(struct arguments *arguments);
/* Makes `help site sync` of `site sync tokyo --help`. */
void arguments_ask_help(struct arguments *arguments);

/* The last value of an option; NULL if it was not given. */
const char *arguments_value(const struct arguments *arguments, enum argument_option option);
/* The error of a WHEN that cannot be read: that there is no such day, else "--until TEXT: not `forms`".
 * False.
 */
bool arguments_refuse_when(const char *option, const char *text, const char *forms, struct err *err);
/* --arch x64|x86 as an enum architecture; 0 if it was not given; ERR_USAGE otherwise. */
bool arguments_architecture(const struct arguments *arguments, unsigned *architecture,
                            struct err *err) MUST_CHECK;
/* "ring" of --ring. */
const char *arguments_spelling(enum argument_option option);
/* --reason T, demanded and of a sane length. NULL and ERR_USAGE otherwise. */
const char *arguments_reason(const struct arguments *arguments, struct err *err) MUST_CHECK;
/* The ring of that name; NULL and ERR_USAGE, listing the names that there are. */
const struct ring *arguments_ring(const struct app *app, const char *name, struct err *err) MUST_CHECK;
/* The channel of --channel; NULL, and no error, where none is given; NULL and ERR_USAGE, listing them, where
 * there is none of that name. */
const struct channel *arguments_channel(const struct arguments *arguments, struct err *err) MUST_CHECK;
/* The rings named as words, all of the configuration where none is: NULL-terminated, the caller frees the
 * array. */
const struct ring **arguments_rings(const struct app *app, struct err *err) MUST_CHECK;
/* The build named as word number `index`; ERR_USAGE otherwise. */
bool arguments_build(const struct app *app, size_t index, struct build *build, struct err *err) MUST_CHECK;
/* The number under which something is listed (`ack ID`, `pins --clear ID`); ERR_USAGE otherwise. */
bool arguments_id(const char *text, int64_t *id, struct err *err) MUST_CHECK;

#endif

/* Completion: where on an unfinished command line somebody is. What may stand there is cmd_complete.c's. */
#ifndef RINGMGR_APP_COMPLETE_H
#define RINGMGR_APP_COMPLETE_H

#include "ringmgr/app/command.h"

/* Texts are those of the words. */
struct complete_place {
    struct strv plain;   /* the words before that are no options, the command's name first */
    const char *current; /* what is typed so far of the word or of the option's value */
    const char *value;   /* what the value is, as in options.h; NULL: it is a word or an option */
    int kept;            /* so many bytes of the word stand before the value ("--ring=") and stay */
    bool words_only;     /* behind "--" */
    const char *config;  /* of -c; NULL */
};

/*
 * Reads the words behind the program's name; the last is unfinished, perhaps empty. A "=" alone joins, since
 * bash makes three words of --ring=pilot. complete_place_clear() frees.
 */
void complete_read(const struct strv *words, struct complete_place *place);
void complete_place_clear(struct complete_place *place);

/*
 * What word number `index` behind the name is, by the synopsis: "RING|all", "BUILD" …; NULL if there is no
 * such word. The caller frees it.
 */
char *complete_word(const struct command *command, size_t index);

#endif

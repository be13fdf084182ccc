/* Genuine-looking files that are wrong; see corrupt.c. */
#ifndef TESTCDN_CORRUPT_H
#define TESTCDN_CORRUPT_H

#include "args.h"
#include "sign.h"

/* What is to be made of a cabinet. */
struct corruption {
    const char *kind;  /* one of the table in corrupt.c */
    const char *value; /* its parameter, or NULL */
    const char *in;
    const char *out;
};

/*
 * Reads the cabinet `in`, spoils it as `kind` says and writes it to `out` (which may be the same file). Kinds
 * that change members are signed again by s, so that only the content is wrong; the others leave the old
 * signature in place. An unknown kind ends the program, listing all kinds.
 */
void corrupt_cabinet(const struct corruption *c, const struct signer *s);

/* Packs and signs a cabinet again: `set` holds MEMBER=FILE, `remove` holds member names, `rename` OLD=NEW. */
void resign_cabinet(const char *in, const char *out, const struct list *set, const struct list *removed,
                    const struct list *renamed, bool unsigned_only, const struct signer *s);

#endif

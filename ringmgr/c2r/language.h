/* The 105 languages of Office: LCID, culture, and what a build contains of each (real/languages.csv). */
#ifndef RINGMGR_C2R_LANGUAGE_H
#define RINGMGR_C2R_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Each kind has s64<LCID>.cab and its stream; only core languages have i64<LCID>.cab, so a partial one needs
 * a core one beside it, and a proofing-only one is no language to install Office in.
 */
enum language_kind { LANGUAGE_CORE, LANGUAGE_PARTIAL, LANGUAGE_PROOFING };

struct language {
    uint32_t lcid;       /* decimal in file names: 1033 */
    const char *culture; /* lower case: "en-us" */
    enum language_kind kind;
    bool proofing_files; /* has sp64<LCID>.cab and stream.x64.<culture>.proof.dat */
};

/* By culture, ignoring case. NULL if there is none. */
const struct language *language_find(const char *culture);
const struct language *language_find_lcid(uint32_t lcid);
/* The language with this index from 0, NULL behind the last. */
const struct language *language_at(size_t index);

#endif

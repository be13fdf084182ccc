/* Reads .reg files that somebody has: regedit's exports and what people have written by hand. Pure. */
#ifndef CONFIG_REGFILE_PARSE_H
#define CONFIG_REGFILE_PARSE_H

#include "config/finding.h"
#include "config/registry.h"

/* Whether a file is meant to be a .reg file: it begins like one, in any encoding, also in one that regedit
 * does not read, or with a header that it does not know; regfile_parse() then says so. */
bool regfile_is(const void *bytes, size_t len);

/*
 * Appends the entries of a whole file, with their lines. What regedit would refuse or silently leave out is
 * an error finding on its line, and reading goes on at the next line. Texts are as regedit would read them;
 * of other types than texts and numbers the data are not kept.
 */
void regfile_parse(const void *bytes, size_t len, struct registry *registry, struct findings *findings);

#endif

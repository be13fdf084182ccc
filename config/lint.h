/*
 * What is wrong with a configuration.xml, a .reg file or a Registry.pol that somebody has. Pure: bytes in,
 * findings out.
 */
#ifndef CONFIG_LINT_H
#define CONFIG_LINT_H

#include "config/finding.h"
#include "ringmgr/c2r/filelist.h"

/* A ring that the file is held against. Everything is borrowed. */
struct lint_ring {
    const char *name;
    const struct channel *channel;
    const struct strv *shares;     /* what clients may call its share: dfs, unc, http; may be empty */
    const struct strv *others;     /* what they call the shares of other rings; NULL: there are none */
    const struct strv *owners;     /* and whose each of those is; NULL: not known */
    const struct content *offered; /* what its live build offers; NULL: nothing is published yet */
    const struct build *standing;  /* builds that are on its share */
    size_t standing_len;
    struct build live;       /* what its share offers; none: nothing is published yet */
    const struct build *bad; /* builds that are blocked, recalled or rolled back there */
    size_t bad_len;
};

struct lint_options {
    int64_t now_unix;             /* for deadlines */
    const struct lint_ring *ring; /* NULL: held against nothing but the rules */
};

/*
 * Appends the findings of one file, sorted by line. What it is shows in its first bytes: "PReg" a
 * Registry.pol, "Windows Registry Editor" or "REGEDIT4" (in any of the encodings that regedit reads) a .reg
 * file, else a configuration.xml. A file that cannot be read as such has that as an error among its findings.
 */
void lint_file(const void *bytes, size_t len, const struct lint_options *options, struct findings *findings);

#endif

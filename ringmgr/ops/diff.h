/* Diff: what a promotion would change in a ring, for those who decide about it. */
#ifndef RINGMGR_OPS_DIFF_H
#define RINGMGR_OPS_DIFF_H

#include "ringmgr/ops/download.h"
#include "ringmgr/ops/facts.h"

/* What was added and what is gone. */
struct diff_lists {
    struct strv added, removed;
};

struct diff {
    struct facts facts; /* of the build, by the lane of the ring's own promotions; facts.has_live: from */
    char from_version[RELEASE_VERSION_SIZE];
    struct strv files_new, files_changed, files_same, files_gone; /* "s640.cab"; a descriptor as "v64.cab" */
    struct diff_lists languages, proofing, architectures;
    uint64_t bytes_total;    /* of all files of the build */
    uint64_t bytes_changed;  /* of those that are new or changed */
    uint64_t bytes_on_disk;  /* that the share will need on its file system; links need none */
    struct download machine; /* of one machine of the live build that has every language of the ring: of the
                                architectures the one that fetches most */
    int64_t from_days, to_days; /* of support left; only where the deadline is not -1 */
};

/*
 * Compares what the ring offers now with what it would offer of `build` (facts.content). Files are the
 * same if their bytes are, whatever build they are of. ERR_FAILED if the store does not know the build in the
 * ring's channel. Reads only. Must not be copied. diff_clear() frees, also after an error.
 */
bool diff_make(const struct job *job, const struct ring *ring, const struct build *build, struct diff *diff,
               struct err *err) MUST_CHECK;
void diff_clear(struct diff *diff);

#endif

/* Download: how many bytes a machine fetches from a share to go from one build to another. */
#ifndef RINGMGR_OPS_DOWNLOAD_H
#define RINGMGR_OPS_DOWNLOAD_H

#include "ringmgr/state/catalog.h"
#include "ringmgr/store/objects.h"

/* One of the two builds: which files of it the machine has or needs, and what they are. */
struct download_side {
    const struct filelist *list; /* descriptors in it do not count */
    const struct catalog_files
        *files; /* sorted; a digest is zero where nobody knows it; empty: build unknown */
};

struct download {
    uint64_t bytes; /* that the machine fetches */
    uint64_t whole; /* of all files that it needs */
    bool exact;     /* else `bytes` is an upper bound: a build or a segment table is unknown */
};

/*
 * A file that the machine has under any name of the old build counts nothing, a stream those of its segments
 * that no stream of the old build holds, every other file its size. Tables come from the stream cabinets in
 * the store.
 */
struct download download_measure(const struct store *store, const struct download_side *wanted,
                                 const struct download_side *have);

/*
 * The files of a build that the catalog knows and the table lists for this content. `list` and `files` belong
 * to the caller (filelist_clear(), catalog_files_clear()), also after an error. ERR_USAGE for a content that
 * does not exist.
 */
bool download_list(struct state *state, const struct channel *channel, const struct build *build,
                   const struct content *content, struct filelist *list, struct catalog_files *files,
                   struct err *err) MUST_CHECK;

#endif

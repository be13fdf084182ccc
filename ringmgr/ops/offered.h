/* What a ring's share must show, by the books: its pointers, and the files of every build that stands there.
 */
#ifndef RINGMGR_OPS_OFFERED_H
#define RINGMGR_OPS_OFFERED_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"
#include "shares/tree.h"

/* The pointers of a share: an architecture that is not in the set has none. */
struct pointers {
    unsigned architectures;
    struct digest digest[2]; /* [0] v32.cab, [1] v64.cab */
};

/* Which place in pointers.digest an architecture has. */
size_t pointers_index(enum architecture architecture);

/* The pointers that a build with these files would have. */
void pointers_of_build(const struct build *build, const struct catalog_files *files,
                       struct pointers *pointers);

/*
 * The pointers that a ring's share must have: for each architecture the descriptor of the live build, or,
 * where a configuration has dropped the architecture since, of the newest standing build that had it.
 */
bool offered_pointers(const struct job *job, const struct ring *ring, struct pointers *pointers,
                      struct err *err) MUST_CHECK;

/* What a pointer on disk is, compared with what it must be. */
bool pointer_matches(const struct pointers *pointers, enum architecture architecture,
                     const struct tree_pointer *pointer);

/* A file list in the form that shares/ takes; texts stay those of `files`. The caller frees it. */
struct share_file *share_files_of(const struct catalog_files *files);

/* `link =` of a ring, as the store names it. */
enum link_mode link_mode_of(const struct ring *ring);

#endif

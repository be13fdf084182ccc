/* Survey: what a build on a share is, by nothing but the share: which one, of which content, and whether it
 * is genuine and whole. For rebuild, which has no books to compare with. */
#ifndef RINGMGR_OPS_SURVEY_H
#define RINGMGR_OPS_SURVEY_H

#include "ringmgr/c2r/authenticode.h"
#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"
#include "shares/tree.h"

/* A file that was read: a hard link to it on another share need not be. */
struct survey_seen {
    dev_t device;
    ino_t inode;
    struct digest digest;
    uint64_t bytes;
};

/* One run over several shares. */
struct survey {
    const struct job *job;
    struct trust *trust;
    struct survey_seen *seen;
    size_t seen_len;
};

/* Reads the configured roots. ERR_USAGE if they cannot be read. survey_close() frees. */
bool survey_open(const struct job *job, struct survey *survey, struct err *err) MUST_CHECK;
void survey_close(struct survey *survey);

/* One build that stands on a share. */
struct surveyed {
    struct build build;
    const struct channel *channel; /* by its descriptor; NULL if that is not genuine */
    struct content content;        /* what is there of it, whole or not */
    struct catalog_files files; /* every file of that content; optional ones that are not there are absent */
    struct digest files_digest;
    char problem[1024]; /* why it is not what its name says, or not whole; "" if it is genuine and whole */
};

/*
 * Which builds stand in Office/Data: each that has a folder or a descriptor of its number, oldest first. The
 * caller frees *builds.
 */
bool survey_list(const struct tree *tree, struct build **builds, size_t *len, struct err *err) MUST_CHECK;

/*
 * Reads and proves one of them: descriptors, cabinets and catalogues by their signature, streams by the hash
 * in their signed cabinet (the same rules as when they came from upstream). What is wrong with it is
 * one->problem; an error means that the share could not be read. surveyed_clear() frees.
 */
bool survey_build(struct survey *survey, const struct tree *tree, const struct build *build,
                  struct surveyed *one, struct err *err) MUST_CHECK;
void surveyed_clear(struct surveyed *one);

/* Sees to it that the store has each object of a sound build, intact: what it lacks is copied from the share,
 * and proven on the way. Needs the store's lock. */
bool survey_store(const struct survey *survey, const struct tree *tree, const struct surveyed *one,
                  struct err *err) MUST_CHECK;

#endif

/*
 * File lists that say more than the built-in table: those that a person hands over (--filelist) and
 * Microsoft's templates (wsus/ofl.cab). They mark files as mandatory and take nothing away.
 */
#ifndef RINGMGR_OPS_LISTS_H
#define RINGMGR_OPS_LISTS_H

#include "ringmgr/c2r/listed.h"
#include "ringmgr/ops/upstream.h"

/* A file as a person named it, not read yet: its bytes belong to the caller. */
struct list_source {
    const char *name;
    const struct buf *bytes;
};

struct lists {
    struct listed *item;
    size_t len;
};

/* Reads what a person handed over. ERR_USAGE naming the file and what is wrong. lists_clear() frees. */
bool lists_read(const struct list_source *sources, size_t len, struct lists *lists,
                struct err *err) MUST_CHECK;

/* ERR_USAGE if a list is of a channel that none of the rings (NULL-terminated) has: it would be ignored. NULL
 * is none. */
bool lists_have_rings(const struct lists *lists, const struct ring *const *rings, struct err *err) MUST_CHECK;

/*
 * ERR_USAGE unless each list of the ring's channel is of this build and of an architecture of `content`.
 * Lists of other channels are other rings'.
 */
bool lists_fit(const struct lists *lists, const struct ring *ring, const struct build *build,
               const struct content *content, struct err *err) MUST_CHECK;

/*
 * Adds what upstream's templates say about a build, for each architecture of `content`. Asked conditionally,
 * proven like other metadata. What is not there, cannot be proven or does not know the channel adds nothing:
 * the table alone counts then, and the log says why. Nothing is asked for a build that is complete already
 * (it was held against them then), outside the window, and of a folder or share that is imported. False only
 * if the books fail.
 */
bool lists_add_templates(const struct job *job, const struct origin_session *origin,
                         const struct channel *channel, const struct build *build,
                         const struct content *content, struct lists *lists, struct err *err) MUST_CHECK;

/* Marks in the table of a build what the lists of its channel and build name (listed_mark()), and tells what
 * they name beyond it: that is not fetched. */
void lists_mark(const struct job *job, const struct lists *lists, const struct channel *channel,
                const struct build *build, const struct content *content, struct filelist *table);

/* Frees all of them; usable again. */
void lists_clear(struct lists *lists);

#endif

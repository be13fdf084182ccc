/*
 * Reuse: what streams that are to come have in common with streams at hand, and in which order they are best
 * fetched. Every stream in the store is a source for every other, across builds, channels, architectures and
 * languages (formats, section 4); so are objects that were put aside as damaged, for every piece is proven
 * when it is copied, and the streams of one build for each other: what could come from a stream that is
 * fetched in this run waits for it, one round later.
 */
#ifndef RINGMGR_OPS_REUSE_H
#define RINGMGR_OPS_REUSE_H

#include "ringmgr/c2r/stream.h"
#include "ringmgr/fetch/plan.h"
#include "ringmgr/ops/job.h"

struct reuse;

/*
 * For one build, whose own streams at hand are looked at first. `channel` and `build` must outlive it. The
 * caller frees it with reuse_free().
 */
struct reuse *reuse_new(const struct job *job, const struct channel *channel, const struct build *build);
void reuse_free(struct reuse *reuse);

/*
 * A stream that is to come: `digest` of the whole, and its table, which is taken over and left empty. `path`
 * must outlive it. Returns its number, counted from 0.
 */
size_t reuse_want(struct reuse *reuse, const char *path, const struct digest *digest,
                  struct segment_table *table);

/*
 * Once, after the last reuse_want(): looks for sources in the store. Order: the same build, its channel from
 * the newest build down, other channels the same way, evicted objects. It ends early where everything is at
 * hand, or where several builds in a row have brought next to nothing. A cabinet or stream that cannot be
 * read is no source and no error. Needs the store's lock, and holds descriptors until reuse_free().
 */
bool reuse_search(struct reuse *reuse, struct err *err) MUST_CHECK;

/*
 * Begins the next round: chooses the streams that gain little by waiting for others. False if none is left.
 * Ends the plans of the round before.
 */
bool reuse_begin_round(struct reuse *reuse) MUST_CHECK;
bool reuse_is_due(const struct reuse *reuse, size_t number);

/* Bytes of a due stream that nobody has; all of them where too little is at hand to make a plan. */
uint64_t reuse_missing_bytes(const struct reuse *reuse, size_t number);

/*
 * How to put a due stream together; valid until the next round begins. NULL where next to nothing of it is at
 * hand, unless `resumed`: then the part holds bytes which the pieces prove. To be asked once a round.
 */
const struct fetch_plan *reuse_plan(struct reuse *reuse, size_t number, bool resumed);

/*
 * A due stream has arrived, proven: a source for those that wait. `fd` is taken over (-1: only for
 * foreseeing, no bytes will be copied).
 */
void reuse_arrived(struct reuse *reuse, size_t number, int fd);

/*
 * Objects of which a piece was not what it should be are read whole; what is damaged is put aside and told
 * as by a heal (damage.h). What cannot be read is told in the log: nothing that arrived depends on it.
 */
void reuse_report(struct reuse *reuse);

#endif

/*
 * Private to fetch: a plan at work. What is at hand is copied when the frontier gets there. The first pieces
 * of each answer are proven, and the first from each source, which is enough to find another file; so is all
 * of a source that has been caught or is doubtful (plan.h). To hash everything twice would make it slower
 * than a fetch of the whole file where the link is fast. If the whole is wrong in the end every piece is
 * proven. What turns out wrong becomes something to fetch.
 */
#ifndef RINGMGR_FETCH_DELTA_H
#define RINGMGR_FETCH_DELTA_H

#include "ringmgr/base/log.h"
#include "ringmgr/fetch/mirror.h"
#include "ringmgr/fetch/plan.h"
#include "ringmgr/store/incoming.h"

struct delta;

/* How a mirror is asked, by what is known of it; a round trip is taken for 10 ms. */
struct plan_shape delta_shape(const struct mirror *mirror, uint64_t request_bytes);

/* Proves what an earlier run has left, piece by piece; what is wrong is forgotten (incoming_prove()). */
bool delta_prove_left_over(const struct fetch_plan *plan, struct incoming *in, struct err *err) MUST_CHECK;

/*
 * Begins with what the part holds. NULL if the plan would not save enough to be worth its requests. The plan
 * stays the caller's and must live as long.
 */
struct delta *delta_new(const struct fetch_plan *plan, const struct incoming *in,
                        const struct plan_shape *shape);
void delta_free(struct delta *delta);
/*
 * Whoever was to be asked for several ranges a request turned out to answer single ones only: joins what is
 * still missing anew. Nothing if that is known already.
 */
void delta_reshape(struct delta *delta, const struct incoming *in, const struct plan_shape *shape);

/* The first range at or behind `from` that is to be fetched and not there. */
bool delta_gap(const struct delta *delta, const struct incoming *in, uint64_t from,
               struct incoming_range *gap);

enum delta_proof { DELTA_NOTHING, DELTA_RIGHT, DELTA_WRONG, DELTA_ERROR };

/*
 * Bytes from `from` to `to` have come: proves all pieces that are complete by them; DELTA_NOTHING if none is.
 * One that is wrong is forgotten (DELTA_WRONG). DELTA_ERROR and `err` if the part cannot be read.
 */
enum delta_proof delta_prove(struct delta *delta, struct incoming *in, uint64_t from, uint64_t to,
                             struct err *err);
/*
 * All bytes are there but not what the whole should be: proves every piece. DELTA_WRONG: some are, and are
 * forgotten; *fetched says whether one of them had come from an origin, for the sources of the others are
 * rotten, which the log says. DELTA_RIGHT: none is, so the plan is of another file.
 */
enum delta_proof delta_prove_all(struct delta *delta, struct incoming *in, const struct log *log,
                                 bool *fetched, struct err *err);
/* True if a piece came wrong: what is asked for now should go past caches. */
bool delta_distrusts(const struct delta *delta);
/* True if one came wrong twice: the origin has another file than the plan says. */
bool delta_is_hopeless(const struct delta *delta);

/* True if the frontier stands before something to copy. */
bool delta_can_copy(const struct delta *delta, const struct incoming *in);
/*
 * Copies some MiB at the frontier; *copied grows. A piece that cannot be read, or was proven and is not what
 * it should be, marks its source as rotten, with a line in the log, and is left to be fetched. False if the
 * part cannot be written or read.
 */
bool delta_copy(struct delta *delta, struct incoming *in, const struct log *log, uint64_t *copied,
                struct err *err) MUST_CHECK;

#endif

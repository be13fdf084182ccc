/*
 * Leaving: a language or an architecture that is taken out of a ring's content while its live build offers it
 * goes on being fetched, and offered by builds that are promoted, until the ring's grace is over: machines
 * that have it need time. Documents stop naming it at once, for they ask the configuration.
 */
#ifndef RINGMGR_OPS_LEAVING_H
#define RINGMGR_OPS_LEAVING_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/changes.h"
#include "ringmgr/state/content_left.h"

/*
 * Of changes of the configuration that are being recorded: notes what the content of a ring has lost and its
 * live build offers, and forgets what is wanted again. Inside their transaction.
 */
bool leaving_note(const struct job *job, const struct changes *changes, struct err *err) MUST_CHECK;

/* What is leaving the ring now: noted, not wanted again, its grace as configured not over. In the order of
 * contents_left_get(); contents_left_clear() frees. */
bool leaving_list(const struct job *job, const struct ring *ring, struct contents_left *leaving,
                  struct err *err) MUST_CHECK;
/* When that is over: what is promoted from then on lacks it. */
int64_t leaving_until(const struct ring *ring, const struct content_left *one);

/* The same, united into *content; content_clear() frees. */
bool leaving_content(const struct job *job, const struct ring *ring, struct content *content,
                     struct err *err) MUST_CHECK;
/* Of the ring and of all that take from it. */
bool leaving_content_below(const struct job *job, const struct ring *ring, struct content *content,
                           struct err *err) MUST_CHECK;

#endif

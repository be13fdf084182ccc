/*
 * Foresee: what staging a build would fetch, and what it would take from the store, without keeping anything
 * (sync --dry-run).
 */
#ifndef RINGMGR_OPS_FORESEE_H
#define RINGMGR_OPS_FORESEE_H

#include "ringmgr/ops/stage.h"

/*
 * Fills of `staged` what stage_build() would: files and bytes as far as upstream has them, `complete` if
 * nothing is to be fetched. Asks upstream for the stream cabinets that are not at hand, into memory and
 * proven, for they hold the sizes and tables of everything large; of other files only for their size: that
 * is metadata, whatever the window says. What an interrupted run has left of a stream counts as at hand;
 * where others have some of it, too, *exact is false. It is false as well if a size or a segment table is not
 * known: then the bytes are an estimate, from the sizes of the channel's newest build. What a transfer
 * fetches beyond them to save requests, a few percent at most (plan.h), is not counted. Of a build that was
 * complete once only files that the catalog knows count: what the configuration adds is told otherwise
 * (extend.h). Needs the upstream and the store lock. ERR_UPSTREAM if upstream has no such build or lacks a
 * file that must be there, ERR_NOT_GENUINE if a cabinet does not prove genuine. staged_clear() frees.
 */
bool foresee_build(const struct job *job, const struct origin_session *origin,
                   const struct stage_request *request, struct staged *staged, bool *exact,
                   struct err *err) MUST_CHECK;

#endif

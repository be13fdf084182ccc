/* Follow: asks headquarters for the manifest of a ring. What it names is staged and promoted like any other
 * build. */
#ifndef RINGMGR_OPS_FOLLOW_H
#define RINGMGR_OPS_FOLLOW_H

#include "ringmgr/ops/followed.h"
#include "ringmgr/ops/upstream.h"

/*
 * Asks the ring's `origin` for its manifest and judges it. One that is accepted is remembered (unless
 * dry_run), so that no older one is taken after it, and is in *manifest; attentions "manifest-refused" and
 * "manifest-stale" of the ring are brought up to date. ERR_NOT_GENUINE: it is refused; ERR_UPSTREAM: there is
 * none, or the network; with a manifest that has expired *stale says why, and there is no error: nothing new
 * is taken then. After an error *manifest is empty; manifest_clear() frees.
 */
bool follow_ask(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                bool dry_run, struct manifest *manifest, char stale[256], struct err *err) MUST_CHECK;

#endif

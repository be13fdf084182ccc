/* Which build a sync takes, and whether there is a reason to wait. */
#ifndef RINGMGR_OPS_SYNC_CHOOSE_H
#define RINGMGR_OPS_SYNC_CHOOSE_H

#include "ringmgr/ops/upstream.h"

/*
 * Of the configured origin: what it offers, or, of a ring with `version`, the newest fix of that. Attentions
 * about a wait are raised or cleared; a disagreement that has lasted for conflict_wait ends in favour of the
 * history. A build that a person named (`named`; else NULL) is taken unless it was withdrawn: ERR_REFUSED.
 * Other errors as upstream_ask() has them.
 */
bool sync_choose_build(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                       const struct build *named, const struct releases *releases,
                       struct upstream_offer *offer, struct err *err) MUST_CHECK;

/* Of a folder or share that is imported: its own pointer decides. ERR_REFUSED if its build was withdrawn. */
bool sync_choose_folder(const struct job *job, const struct origin_session *origin, const struct ring *ring,
                        struct upstream_offer *offer, struct err *err) MUST_CHECK;

#endif

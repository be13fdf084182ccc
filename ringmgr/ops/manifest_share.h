/*
 * The ring manifest on a ring's share: signed here for sites that follow the ring, or that of headquarters,
 * byte by byte, where the ring follows itself.
 */
#ifndef RINGMGR_OPS_MANIFEST_SHARE_H
#define RINGMGR_OPS_MANIFEST_SHARE_H

#include "ringmgr/ops/job.h"

/*
 * Brings the manifest on the ring's share up to date: after a publication, once half of `valid` is over, or
 * where the key is another. A ring that follows shows what it has accepted as soon as that is about its live
 * build, and until then what it did. Nothing where nothing is live, or no key is configured. State first,
 * then the file, replaced atomically: after a kill the next call finishes. Needs the ring's lock. ERR_USAGE
 * naming the key file.
 */
bool manifest_share_refresh(const struct job *job, const struct ring *ring, struct err *err) MUST_CHECK;

/* The same for every ring, taking its lock where something is to be done. One ring's failure does not stop
 * the others; the worst error. */
bool manifest_share_refresh_all(const struct job *job, struct err *err) MUST_CHECK;

/* The same as a part of something else, a publication or a replay, that does not fail for it: what goes wrong
 * is told in the log and by the attention "manifest-unsigned". Needs the ring's lock. */
void manifest_share_keep(const struct job *job, const struct ring *ring);

/*
 * After a restore or a rebuild: takes up into the state what the ring's share shows, where it is signed by a
 * key that counts and is newer than what the state knows. Whatever goes wrong is told in the log. Needs the
 * ring's lock.
 */
void manifest_share_adopt(const struct job *job, const struct ring *ring);

/* Whether the configured key can be used for signing. ERR_USAGE naming the file; true where none is. */
bool manifest_share_check(const struct job *job, struct err *err) MUST_CHECK;

#endif

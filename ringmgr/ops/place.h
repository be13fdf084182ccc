/*
 * Place: the file system that a ring's share lies on. A share whose file system is not mounted looks empty,
 * and must not be built anew below the mount point, where it would fill another disk and be hidden by the
 * next mount.
 */
#ifndef RINGMGR_OPS_PLACE_H
#define RINGMGR_OPS_PLACE_H

#include "ringmgr/ops/job.h"

/*
 * False, ERR_FAILED and the attention "share-unmounted", if the share at the ring's path is empty and the
 * mount on which it was last seen whole is gone; "share-gone" if there is not even a folder. Device numbers
 * change with a restart, where a path is mounted does not. Where it is there again these attentions end.
 * Nothing is known of a share that nothing was published to.
 */
bool place_check(const struct job *job, const struct ring *ring, struct err *err) MUST_CHECK;

/* Notes where the share at `path` lies, if that is not what was noted. Inside a transaction or alone. */
bool place_note(const struct job *job, const char *ring, const char *path, struct err *err) MUST_CHECK;

#endif

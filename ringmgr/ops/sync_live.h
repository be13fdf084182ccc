/* What a ring offers after a sync, where that is not the build that was fetched. Reads only. */
#ifndef RINGMGR_OPS_SYNC_LIVE_H
#define RINGMGR_OPS_SYNC_LIVE_H

#include "ringmgr/ops/sync.h"

struct sync_live {
    struct build live;    /* none: the ring is empty */
    bool differs;         /* from the build that the sync was about and has at hand */
    struct buf stays_out; /* with `differs`: which gates are shut, each with its sentence; empty: none is */
};

/* Of one ring's outcome; a sync that failed or waits has no build at hand. sync_live_clear() frees, also
 * after an error. */
bool sync_live_find(const struct job *job, const struct sync_ring *done, struct sync_live *live,
                    struct err *err) MUST_CHECK;
/* Frees; it is empty and usable again. */
void sync_live_clear(struct sync_live *live);

#endif

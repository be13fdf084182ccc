/* What was put aside in the store as damaged or foreign is evidence, for as long as the longest grace. */
#ifndef RINGMGR_OPS_GC_ASIDE_H
#define RINGMGR_OPS_GC_ASIDE_H

#include "ringmgr/ops/job.h"

struct gc_aside {
    size_t removed, kept;
    uint64_t bytes_freed; /* by those that were removed */
};

/*
 * Removes what was put aside longer ago than the longest grace of the rings, counted from the first gc that
 * saw it. A dry run only counts. The caller makes sure that nobody adds objects meanwhile.
 */
bool gc_aside_remove(const struct job *job, bool dry_run, struct gc_aside *aside, struct err *err) MUST_CHECK;

#endif

/* People keep everything away from a site, and let it go on: each with its history entry in one transaction.
 */
#ifndef RINGMGR_OPS_SITE_PAUSE_H
#define RINGMGR_OPS_SITE_PAUSE_H

#include "ringmgr/ops/job.h"

/*
 * Nothing is sent to the site and nothing flips there until it is resumed; a step that has begun ends first.
 * *changed false: it was paused already, and by whom and why stays as it was. ERR_REFUSED for a caller who
 * may decide about none of its rings (decide_check()).
 */
bool site_pause_begin(const struct job *job, const struct site *site, const char *reason, bool *changed,
                      struct err *err) MUST_CHECK;
/* The same back; `reason` may be NULL. *changed false: it was not paused. */
bool site_pause_end(const struct job *job, const struct site *site, const char *reason, bool *changed,
                    struct err *err) MUST_CHECK;

#endif

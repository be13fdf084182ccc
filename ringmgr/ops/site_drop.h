/* A site that has left the configuration leaves the books, too, with its history entry in one transaction. */
#ifndef RINGMGR_OPS_SITE_DROP_H
#define RINGMGR_OPS_SITE_DROP_H

#include "ringmgr/ops/job.h"

/*
 * Forgets what was known of the site, its pause too; the history entry is "site-forget". Nothing at the site
 * is touched. `reason` may be NULL. ERR_USAGE for a site of the configuration, and for one that the books do
 * not know; ERR_REFUSED for a caller who may decide about none of the rings that it showed (decide_check()).
 * The books are unchanged then.
 */
bool site_drop(const struct job *job, const char *site, const char *reason, struct err *err) MUST_CHECK;

#endif

/* What people should settle about sites: attentions site-failing, site-stale and site-wrong. Each goes by
 * itself when the site is well again. */
#ifndef RINGMGR_OPS_DISTRIBUTE_ALARMS_H
#define RINGMGR_OPS_DISTRIBUTE_ALARMS_H

#include "ringmgr/ops/distribute_goal.h"
#include "ringmgr/ops/distribute_share.h"
#include "ringmgr/state/sites.h"

enum {
    SITE_PATIENCE_SECONDS = 3600,  /* a line that is down for a while is nobody's business */
    SITE_STALE_SECONDS = 24 * 3600 /* so long a site may offer another build than HQ: a night's window */
};

/* "site-failing", by the books of one ring there. */
bool distribute_alarms_failing(const struct job *job, const struct site *site, const struct ring *ring,
                               const struct site_share *share, enum err_code code,
                               struct err *err) MUST_CHECK;
/* "site-stale": it offers another build than HQ for longer than a day. */
bool distribute_alarms_stale(const struct job *job, const struct site *site, const struct goal *goal,
                             const struct site_share *share, struct err *err) MUST_CHECK;
/* "site-wrong": files there were found that are not what they must be, and are not put right. */
bool distribute_alarms_wrong(const struct job *job, const struct site *site, const struct ring *ring,
                             const struct distribute_share *result, struct err *err) MUST_CHECK;
/* Those about sites and rings of them that are not in the configuration (any more) are settled. */
bool distribute_alarms_settle_left(const struct job *job, struct err *err) MUST_CHECK;

#endif

/* One site while a run works there: its rings one after another, one errand at a time. */
#ifndef RINGMGR_OPS_DISTRIBUTE_SITE_H
#define RINGMGR_OPS_DISTRIBUTE_SITE_H

#include "ringmgr/base/errand.h"
#include "ringmgr/ops/distribute_goal.h"
#include "ringmgr/ops/distribute_share.h"

struct site_work;

/* What a run's works have in common; borrowed. */
struct site_run {
    const struct job *job;
    const struct distribute_options *options;
    struct goals *goals;
};

/*
 * Takes the site's lock, waiting at most *wait_ms, which is 0 once that was in vain: not every site that
 * another run works at is waited for. `share` are the site's of the run, `len` of them, result and texts
 * empty. Where the lock is not to be had each says so, and there is nothing to do. site_work_free() releases
 * it.
 */
struct site_work *site_work_new(const struct site_run *run, const struct site *site,
                                struct distribute_share *share, size_t len, int64_t *wait_ms);
void site_work_free(struct site_work *work);

/* The next errand; false if there is none: everything is in `share` and in the books, and the site's lock is
 * free again. */
bool site_work_next(struct site_work *work, struct errand *errand) MUST_CHECK;
/* The end of the one before. */
void site_work_take(struct site_work *work, const struct errand_end *end);
/* Whether that which runs is to be stopped: HQ offered something else at the last goals_refresh(), or
 * somebody has paused the site. */
bool site_work_is_outdated(const struct site_work *work);

/*
 * A site that has come to its end while others are still at work begins again where something is to be done
 * there by now: HQ's goal for one of its rings is another than the one that it ended with, or it waits or has
 * failed since SITE_AGAIN_SECONDS. True: it does, its results are empty again, and site_work_next() goes on.
 * False as long as it runs, and while another run has its lock.
 */
enum { SITE_AGAIN_SECONDS = 900 };
bool site_work_begin_again(struct site_work *work);

#endif

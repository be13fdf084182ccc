/* What gc judges by: the facts about each build on a share and each build in the store, gathered from the
 * books. It only reads. */
#ifndef RINGMGR_OPS_GC_FACTS_H
#define RINGMGR_OPS_GC_FACTS_H

#include "ringmgr/ops/job.h"
#include "ringmgr/policy/retain.h"
#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/state/sites.h"

/* What every judgement needs, read once. */
struct gc_books {
    struct catalog_uses uses; /* who names which build, of rings that are not configured too */
    struct site_builds sent;  /* what is at sites, or on its way */
    struct site_shares shown; /* what sites offer */
    struct build *live;       /* of each ring of the configuration, in its order; none: it is empty */
    int64_t now_unix;
};

/* gc_books_clear() frees. */
bool gc_books_read(const struct job *job, struct gc_books *books, struct err *err) MUST_CHECK;
void gc_books_clear(struct gc_books *books);

/* The builds whose folders stand on the ring's share, ready to be judged. gc_share_clear() frees. */
bool gc_share_read(const struct job *job, const struct gc_books *books, const struct ring *ring,
                   struct retain_share *share, struct err *err) MUST_CHECK;
void gc_share_clear(struct retain_share *share);

/* The builds with files in the store. */
struct gc_stock {
    struct catalog_build_list list;
    struct retain_build *facts; /* of each build of the list */
};

/* gc_stock_clear() frees. */
bool gc_stock_read(const struct job *job, const struct gc_books *books, struct gc_stock *stock,
                   struct err *err) MUST_CHECK;
void gc_stock_clear(struct gc_stock *stock);

#endif

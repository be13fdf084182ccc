/*
 * gc: takes folders off shares and files out of the store that nothing needs any more, and says of everything
 * that stays why.
 */
#ifndef RINGMGR_OPS_GC_H
#define RINGMGR_OPS_GC_H

#include "ringmgr/ops/gc_aside.h"
#include "ringmgr/policy/retain.h"

struct gc_verdict {
    const struct channel *channel;
    struct build build;
    struct retention retention;
};

struct gc_verdicts {
    struct gc_verdict *item;
    size_t len;
};

/* What became of one ring's share. */
struct gc_ring {
    const struct ring *ring;
    struct gc_verdicts
        folders;    /* the live build first, then the last live first; none where `err` came first */
    struct err err; /* why the share, or a folder of it, was left alone; code ERR_NONE if not */
};

struct gc {
    struct gc_ring *ring; /* each of the configuration */
    size_t rings;
    struct gc_verdicts builds; /* those with files in the store, by channel, newest first */
    bool store_left;           /* the store was not touched */
    uint64_t objects_removed;
    struct gc_aside aside; /* untouched where the store was */
    uint64_t bytes_freed;  /* in the store, of objects that had no other name; clients may hold them open */
};

struct gc_options {
    bool dry_run; /* judge and count, change nothing */
};

/*
 * Ring by ring, under its lock and after reconcile_ring(): folders leave the share, each with its history
 * entry. Then, with the store to itself for moments only, builds leave the catalog, and objects that no build
 * and no share names leave the store. A ring that cannot be done is passed over with its error. A folder that
 * holds what ringmgr did not put there is left alone, ERR_NOT_GENUINE. While a share is not what the books
 * say (reconcile_ring(): ERR_NOT_GENUINE), or the state knows no history, the store is left alone, because
 * the books may be older than it. A kill at any instant leaves work for the next run and nothing else. A dry
 * run does the same in a transaction that it takes back, and looks at no share but for foreign files. False:
 * `err` is the worst of all, *gc says what was done all the same. gc_clear() frees.
 */
bool gc_run(const struct job *job, const struct gc_options *options, struct gc *gc,
            struct err *err) MUST_CHECK;
void gc_clear(struct gc *gc);

#endif

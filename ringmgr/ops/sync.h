/* Sync and import: ask upstream, stage what the rings want, and let rings with publish = auto take it. */
#ifndef RINGMGR_OPS_SYNC_H
#define RINGMGR_OPS_SYNC_H

#include "ringmgr/ops/lists.h"
#include "ringmgr/ops/stage.h"

enum sync_result { SYNC_UNCHANGED, SYNC_NEW, SYNC_WAITING, SYNC_FAILED };

/* What a sync has done for one ring that takes from upstream. */
struct sync_ring {
    const struct ring *ring;
    struct build build; /* none if it never came to know one */
    enum sync_result result;
    bool published;        /* the ring's live build changed in this run */
    struct err err;        /* with SYNC_FAILED; with SYNC_WAITING only msg, why */
    bool waits_for_window; /* something of it is to be fetched yet, when the window opens */
    struct staged staged;  /* with dry_run what would come of it; result is SYNC_NEW if anything is to come */
    bool exact;            /* with dry_run: the bytes are no estimate (foresee.h) */
    uint64_t lacks_bytes;  /* with dry_run: so many more must be free where the store is */
    uint64_t requests;
    int64_t seconds;
};

struct sync {
    struct sync_ring *ring;
    size_t len;
    struct strv extended; /* "RING BUILD": grew by what the configuration adds; with dry_run "BUILD": lacks it
                           */
};

struct sync_options {
    const struct ring *const *rings; /* NULL-terminated; each with source = origin */
    const struct build *build;       /* NULL: what upstream offers */
    const char *from_name;           /* what errors call it */
    const char *from;          /* import: a base that holds one Office/Data; NULL: the configured origin */
    const struct lists *lists; /* --filelist; NULL: none. Each must fit a ring, its build and content */
    bool dry_run;              /* metadata and stream cabinets only, and nothing is kept of these */
    bool now;                  /* whatever the window says */
};

/*
 * Replays interrupted publications, then for each ring: asks upstream, or headquarters where the ring follows
 * it (follow.h), stages the build, records the outcome;
 * then fetches and offers what the configuration adds to builds that stand already (extend.h); at the end
 * promotes where publish = auto. Outside the window only metadata is asked for, and a ring for which there is
 * something to fetch is SYNC_WAITING; so is one whose transfer the end of the window stops. One ring's
 * failure does not stop the others. False with the worst error; the outcome of every ring is in `sync` in all
 * cases. sync_clear() frees.
 */
bool sync_run(const struct job *job, const struct sync_options *options, struct sync *sync,
              struct err *err) MUST_CHECK;
void sync_clear(struct sync *sync);

/* "unchanged", "new", "waiting", "failed" */
const char *sync_result_text(enum sync_result result);

#endif

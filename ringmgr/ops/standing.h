/* Standing: a ring's share opened together with what must stand there by the books, for verify and heal. */
#ifndef RINGMGR_OPS_STANDING_H
#define RINGMGR_OPS_STANDING_H

#include "ringmgr/ops/job.h"
#include "ringmgr/state/catalog.h"
#include "shares/repair.h"

struct standing {
    const struct job *job;
    const struct ring *ring;
    struct tree tree;
    struct catalog_files files; /* of every build that stands */
    struct share_file *list;    /* the same as shares/ takes it */
    struct catalog_files also;  /* of the publication that is not finished, if there is one */
    struct share_file *also_list;
    struct buf manifest;        /* that the share shows; empty: none */
    struct audit_wanted wanted; /* points into the above */
    char live[BUILD_TEXT_SIZE]; /* "" if nothing is live */
};

/* The files of every build that stands on a ring's share, by path, each once. catalog_files_clear() frees. */
bool standing_files(const struct job *job, const struct ring *ring, struct catalog_files *files,
                    struct err *err) MUST_CHECK;

/* Opens the share; with `make` also makes Office/Data where it is missing, or may be entered
 * again where its permissions are gone. standing_clear() closes. ERR_FAILED if the
 * share is not mounted (place.h). */
bool standing_open(const struct job *job, const struct ring *ring, bool make, struct standing *standing,
                   struct err *err) MUST_CHECK;
void standing_clear(struct standing *standing);
#define AUTO_STANDING                                                                                        \
    AUTO(standing_clear)                                                                                     \
    struct standing

/* audit_run() into `audit`, which is cleared first. */
bool standing_audit(const struct standing *standing, struct audit *audit, struct err *err) MUST_CHECK;

/* Do clients get the whole live build from the share, by this audit? Permissions that are wrong, but let
 * everybody read, are no harm to them. False if nothing is live. */
bool standing_live_is_served(const struct standing *standing, const struct audit *audit);

/*
 * The pointers by an audit that has just been made. Where the live build is whole they are put right, and
 * nobody misses one meanwhile. Where it is not, or `doubtful` (its files have changed, and nobody has read
 * them yet), wrong ones are taken away: for clients no pointer is better than one that leads nowhere.
 */
bool standing_pointers_first(const struct standing *standing, struct repair *repair,
                             const struct audit *audit, bool doubtful, struct err *err) MUST_CHECK;
/* The same when nothing more can be repaired: then right ones are taken away, too, where the live build is
 * not whole. The first invariant holds again, whatever was done to the share. */
bool standing_pointers_last(const struct standing *standing, struct repair *repair, const struct audit *audit,
                            struct err *err) MUST_CHECK;
/* What is not whole, if that is why a pointer is missing, by an audit after standing_pointers_last(); else
 * NULL. */
const struct finding *standing_withdrawn(const struct standing *standing, const struct audit *audit);

/*
 * Brings back whole folders the way they came: staged, then renamed. One that cannot be is told with -v and
 * left to the repair of its files.
 */
bool standing_restore_folders(const struct standing *standing, struct err *err) MUST_CHECK;

/*
 * Makes ready to repair: opens <store>/quarantine, which is made where it is missing, and counts what
 * `quarantine_max` leaves. standing_end_repair() closes and clears, also after an error.
 */
bool standing_begin_repair(const struct standing *standing, struct repair *repair,
                           struct err *err) MUST_CHECK;
void standing_end_repair(struct repair *repair);

/* Whether the state is older than the share (ahead.h): what that shows beyond the books would be taken for
 * foreign, and the pointer turned back. */
bool standing_is_ahead(const struct job *job, const struct ring *ring);

/*
 * Finishes or undoes an interrupted publication (reconcile_ring()). Where the share itself stands in the way
 * (a foreign pointer, damage) that is told with -v and no error: what is wrong there is about to be put
 * right; but a state that is older than the share (ahead.h) is ERR_NOT_GENUINE: nothing may be put right by
 * it. Needs the ring's and the store's lock.
 */
bool standing_replay(const struct job *job, const struct ring *ring, struct err *err) MUST_CHECK;

#endif

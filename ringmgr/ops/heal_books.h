/* Books of healing: what was healed too often, and what a heal leaves in the state. */
#ifndef RINGMGR_OPS_HEAL_BOOKS_H
#define RINGMGR_OPS_HEAL_BOOKS_H

#include "ringmgr/ops/job.h"
#include "shares/audit.h"

/* The same file put right so often within an hour is told of. Put right so often within the few minutes of
 * HEAL_FAST_SECONDS it is left alone until they are over: accidents are mended, a fight is not kept up. */
enum { HEAL_LOOP_TIMES = 3, HEAL_LOOP_SECONDS = 3600, HEAL_FAST_SECONDS = 600 };

/* Paths of the findings that were put right too often just now and are left alone; never a pointer, nor what
 * is foreign. */
bool heal_books_looping(const struct job *job, const struct ring *ring, const struct audit *audit,
                        struct strv *looping, struct err *err) MUST_CHECK;

/* What came of a heal. Everything is borrowed. */
struct heal_outcome {
    const struct strv *healed;  /* paths that are right again */
    const struct strv *moved;   /* paths of what lies in quarantine now */
    const struct strv *stayed;  /* foreign paths for which quarantine had no room */
    const struct strv *stuck;   /* foreign paths that the service cannot move */
    const struct strv *lost;    /* builds of which an object is lost */
    const struct strv *left;    /* "PATH PROBLEM" that no other attention explains */
    const struct audit *before; /* what was found at first */
    const char *live;           /* the live build; "" */
    const struct finding *harm; /* standing_withdrawn() */
    bool withdrew;              /* a right pointer was taken away just now */
    size_t evicted;             /* objects that were put aside */
};

/*
 * One transaction: the history entry "heal" if anything was done, the counts of what was put right, and the
 * attentions share-wrong, object-lost, quarantine-full, foreign-stays, pointer-withdrawn and heal-loop,
 * raised or cleared. Writes nothing where nothing was done and none stands.
 */
bool heal_books_write(const struct job *job, const struct ring *ring, const struct heal_outcome *outcome,
                      struct err *err) MUST_CHECK;

/*
 * Raises the attention object-lost: a build on this ring's share has lost an object, and must be fetched
 * again. Alone or inside a transaction. A heal or verify of the ring clears it.
 */
bool heal_books_raise_lost(const struct job *job, const struct ring *ring, const char *build,
                           struct err *err) MUST_CHECK;
/* The command that fetches a build again that this ring shows, "": what upstream offers. The caller frees it.
 */
char *heal_books_fetch(const struct ring *ring, const char *build);
/* The attention "pointer-withdrawn" for that finding of the live build's, or its end (NULL); `lost`: the
 * store does not have it either. Inside a transaction or alone. */
bool heal_books_pointer(const struct job *job, const struct ring *ring, const char *live,
                        const struct finding *harm, bool lost, struct err *err) MUST_CHECK;
/* The attention "foreign-stays" for paths that the service cannot move, or its end (empty list). Inside a
 * transaction or alone. */
bool heal_books_stuck(const struct job *job, const struct ring *ring, const struct strv *stuck,
                      struct err *err) MUST_CHECK;

#endif

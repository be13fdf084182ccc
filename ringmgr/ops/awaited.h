/* Awaited: the build that upstream offers and that is to be fetched when [origin] window opens. */
#ifndef RINGMGR_OPS_AWAITED_H
#define RINGMGR_OPS_AWAITED_H

#include "ringmgr/ops/job.h"

struct awaited {
    bool known; /* false: nothing waits for the window */
    struct build build;
    int64_t from_unix; /* when it is fetched: the next opening; now while the window is open; -1: never */
};

/*
 * The sentence that a sync leaves (catalog_last_sync_put()) where it has found something to fetch and the
 * window shut: "16.0.1.2 is to be fetched: …", where this run fetched some bytes "… is not there yet, … came:
 * …". Into err->msg, no error.
 */
void awaited_say(const struct job *job, const struct build *build, uint64_t fetched_bytes, struct err *err);

/*
 * What the last sync of the ring, or of the one from which its builds come, has left waiting so; known only
 * if it is newer than what is live in the ring.
 */
bool awaited_find(const struct job *job, const struct ring *ring, struct awaited *awaited,
                  struct err *err) MUST_CHECK;

/* "16.0.1.2, to be fetched from 2026-09-01 20:00", for a sentence; `text` has room for AWAITED_TEXT_SIZE. */
enum { AWAITED_TEXT_SIZE = 96 };
void awaited_format(const struct awaited *awaited, char text[AWAITED_TEXT_SIZE]);

#endif

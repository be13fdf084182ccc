/*
 * Watching shares: which files below Office/Data have changed. A hint only: inotify sees what happens through
 * this kernel and loses events when it is overrun; the audit is the truth (formats/samba.md).
 */
#ifndef SHARES_WATCH_H
#define SHARES_WATCH_H

#include "ringmgr/base/buf.h"

/* A share to be watched; borrowed. */
struct watch_share {
    const char *name; /* the ring's */
    const char *path; /* its folder, which holds Office/Data */
};

/*
 * Watches for ever, in a process of its own (libinotifytools blocks and is global to its process; formats/
 * samba.md): each event becomes a record, RING and PATH each with a NUL behind it, on `out`; PATH below
 * Office/Data. An empty PATH means that anything may have changed there: when the watch begins, after an
 * overflow, when a folder went or came, or a mount. Names that ringmgr itself makes (.ringmgr-…) are left
 * out. After an overflow WATCH_LOST follows, once: bytes may have changed that no event tells of, in any
 * share. What does not exist yet is waited for, Office/Data or the share itself.
 *
 * Returns only with an error: ERR_FAILED (ENOSPC of inotify watches names the sysctl to raise). When `out`
 * has no reader any more SIGPIPE ends the process, within half a minute also where nothing happens.
 */
#define WATCH_LOST "/"
bool watch_run(const struct watch_share *shares, size_t len, int out, struct err *err) MUST_CHECK;

/* One record as watch_run() writes it. Texts point into the buffer. */
struct watch_event {
    const char *ring;
    const char *path; /* "" means anything */
};
/*
 * Takes the next whole record out of what was read from the pipe; *at moves behind it. False if there is none
 * (more must be read) or what is there is no record (as soon as that is longer than WATCH_RECORD_MAX the
 * reader treats it as "anything, everywhere").
 */
enum { WATCH_RECORD_MAX = 1024 };
bool watch_next_event(const struct buf *read, size_t *at, struct watch_event *event) MUST_CHECK;

#endif

/*
 * <key>.have, the notes beside a part that is not filled in order: which of its bytes are there. A part
 * without notes holds a prefix and nothing else.
 */
#ifndef RINGMGR_STORE_INCOMING_HAVE_H
#define RINGMGR_STORE_INCOMING_HAVE_H

#include "ringmgr/store/incoming_ranges.h"

/* Pieces that a part may be in: a delta has as many as its stream has segments, 14,000 in real ones. */
enum { HAVE_PIECES = 1 << 16 };

struct have {
    int dir;        /* the incoming folder; not owned */
    char *name;     /* below it */
    char *fresh;    /* what it is called while it is being written */
    int fd;         /* -1: there are no notes */
    uint64_t total; /* of the whole file; 0: nobody has said */
    uint64_t records;
    struct incoming_range last; /* what the last record says, unless it takes away */
};

/* What an earlier run has left. */
enum have_left {
    HAVE_NONE,   /* no notes: the part is a prefix */
    HAVE_NOTES,  /* ranges and total are filled */
    HAVE_USELESS /* there are notes, but not such as to be believed: nothing is known about the part */
};

/* Prepares `have` for the notes of `key`; have_clear() ends it and leaves the file. */
void have_init(struct have *have, int dir, const char *key);
void have_clear(struct have *have);

/*
 * Reads the notes about a part that has `file_bytes` bytes now; bytes behind them are not believed. Notes of
 * another version, or about a file smaller than the part, or that contradict themselves, are useless; a
 * record that was cut says nothing. Notes that are believed are open for more. ERR_FAILED if they cannot be
 * read.
 */
bool have_load(struct have *have, uint64_t file_bytes, struct ranges *ranges, enum have_left *left,
               struct err *err) MUST_CHECK;

/*
 * Begins notes, or begins them afresh: about a file of `total` bytes (0: unknown) of which `ranges` are
 * there. The old ones hold until the new ones are complete. Before this has returned no byte may be written
 * behind a gap.
 */
bool have_begin(struct have *have, const struct ranges *ranges, uint64_t total, struct err *err) MUST_CHECK;

/*
 * Notes that bytes are there, after they have been written, or are there no longer, before they are written
 * anew; `ranges` is all that is there with them. Survives a kill, not a power loss. Nothing if there are no
 * notes.
 */
bool have_note(struct have *have, struct incoming_range range, bool there, const struct ranges *ranges,
               struct err *err) MUST_CHECK;

/* Removes the notes: the part is a prefix now, and its file has been cut to it. */
bool have_forget(struct have *have, struct err *err) MUST_CHECK;

#endif

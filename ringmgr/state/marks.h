/*
 * Marks: what the program knew when it last ran. Of the clock, so that a step of it never counts as soak; of
 * the configuration, so that a change is noticed; of what was checked since the machine started.
 */
#ifndef RINGMGR_STATE_MARKS_H
#define RINGMGR_STATE_MARKS_H

#include "ringmgr/base/buf.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/state/db.h"

/*
 * Notes time and steady time. If the clock has moved over MARK_STEP_SECONDS more or less than the steady time
 * since the last mark of the same start of the machine, that step is recorded: forward, what it skipped is a
 * pause for every soak (hold_pauses()); back, it is none, and pauses of earlier steps end. *step_seconds gets
 * it, negative if back, 0 if there was none. Writes only a step, another start of the machine, or once an
 * hour. Inside a transaction or alone.
 */
enum { MARK_STEP_SECONDS = 120 };
bool mark_clock(struct state *state, int64_t now, const struct clock_steady *steady, int64_t *step_seconds,
                struct err *err) MUST_CHECK;

/* How many seconds the clock has skipped since then, by recorded steps forward that nothing has undone. */
bool mark_skipped(struct state *state, int64_t since_unix, int64_t *seconds, struct err *err) MUST_CHECK;

/* Notes that `what` ("sync", "verify") was done for a ring during this start of the machine. Alone or inside.
 */
bool mark_done(struct state *state, const char *what, const char *ring, const char *boot, int64_t now,
               struct err *err) MUST_CHECK;
/* When it was done during this start of the machine; -1: not yet. */
bool mark_find(struct state *state, const char *what, const char *ring, const char *boot, int64_t *at_unix,
               struct err *err) MUST_CHECK;

/*
 * When a job of the service ("sync", "gc") last began. Unlike the marks above these outlive a start of the
 * machine, so that what was missed while it was off is caught up. Alone or inside a transaction.
 */
bool mark_job_began(struct state *state, const char *job, int64_t now, struct err *err) MUST_CHECK;
/* -1: it never has. */
bool mark_job_find(struct state *state, const char *job, int64_t *at_unix, struct err *err) MUST_CHECK;

/*
 * Since when a file of the store is known to have been put aside; that is `now` where nothing was noted yet.
 * To be forgotten when it is gone. Alone or inside a transaction.
 */
bool mark_aside(struct state *state, const char *name, int64_t now, int64_t *since_unix,
                struct err *err) MUST_CHECK;
bool mark_aside_forget(struct state *state, const char *name, struct err *err) MUST_CHECK;

/* Where the share of a ring was mounted when it was last seen whole. Alone or inside a transaction. */
bool mark_place_put(struct state *state, const char *ring, const char *mount, int64_t now,
                    struct err *err) MUST_CHECK;
/* *mount NULL: nothing is known. The caller frees it. */
bool mark_place_find(struct state *state, const char *ring, char **mount, struct err *err) MUST_CHECK;

/* One effective setting as it was last recorded. `ring` is "" for what belongs to no ring. */
struct mark_setting {
    char *ring, *key, *value;
};
struct mark_settings {
    struct mark_setting *item; /* sorted by ring, then key */
    size_t len;
};
bool mark_settings_get(struct state *state, struct mark_settings *settings, struct err *err) MUST_CHECK;
/* Records these instead of all that were. Inside a transaction. Texts are borrowed. */
bool mark_settings_put(struct state *state, const struct mark_settings *settings, struct err *err) MUST_CHECK;
void mark_settings_clear(struct mark_settings *settings);

/*
 * The ring `was` is called `ring` from now on, in every table but history and closed intents, which keep the
 * old name. Refused if an intent of `was` is open (ERR_LOCKED), and if both have offered builds (ERR_USAGE);
 * where only `ring` has, the renaming was done before and nothing changes. *renamed: there was something of
 * `was`. The caller appends the entry "rename" (journal.h, struct entry_filter). Inside a transaction.
 */
bool mark_ring_renamed(struct state *state, const char *was, const char *ring, bool *renamed,
                       struct err *err) MUST_CHECK;

#endif

/* Holds: nothing enters a ring while one stands. Each change is also a history entry; the caller appends it.
 */
#ifndef RINGMGR_STATE_HOLD_H
#define RINGMGR_STATE_HOLD_H

#include "ringmgr/policy/soak.h"
#include "ringmgr/state/db.h"

enum hold_kind {
    HOLD_PERSON,   /* `ringmgr hold` */
    HOLD_ROLLBACK, /* after a roll-back: binds automatic promotion only */
    HOLD_SETTINGS, /* a change of the configuration loosened the ring, or its books were replaced */
};

/* Texts are borrowed when put, owned when read. */
struct hold {
    int64_t id;
    const char *ring;
    enum hold_kind kind;
    bool stop_soak; /* soak for this ring stands still, too */
    const char *by; /* person, or "ringmgr" */
    const char *reason;
    const char *approvers; /* HOLD_SETTINGS: who could decide before the change, as strv_split_names() reads
                              it; NULL */
    int64_t at_unix, until_unix /* -1: until lifted */, lifted_unix /* -1: not */;
};
struct holds {
    struct hold *item;
    size_t len;
};

/* The id that the next hold gets, or an earlier one that no hold has: ids only ever grow. */
bool hold_next_id(struct state *state, int64_t *id, struct err *err) MUST_CHECK;
/* Inside a transaction. Sets hold->id. */
bool hold_put(struct state *state, struct hold *hold, struct err *err) MUST_CHECK;
/* Lifts one. Inside a transaction. *found: it stood. */
bool hold_lift(struct state *state, int64_t id, int64_t now, bool *found, struct err *err) MUST_CHECK;
/* Those that stand at `now` (neither lifted nor past their `until`), oldest first. holds_clear() frees. */
bool holds_standing(struct state *state, const char *ring, int64_t now, struct holds *holds,
                    struct err *err) MUST_CHECK;
void holds_clear(struct holds *holds);
/* When the last hold of the ring that is over ended, by `until` or by a person; -1: there was none. */
bool hold_last_end(struct state *state, const char *ring, int64_t now, int64_t *ended_unix,
                   struct err *err) MUST_CHECK;

/*
 * What does not count towards a soak for this ring: holds with stop_soak, of whatever state, and steps of the
 * clock (marks.h). Only those that end after `since_unix`. The caller frees *pauses.
 */
bool hold_pauses(struct state *state, const char *ring, int64_t since_unix, struct soak_pause **pauses,
                 size_t *len, struct err *err) MUST_CHECK;

#endif

/* What the gates of gate_build.c, gate_people.c and gate_time.c share with the table in gate.c. */
#ifndef RINGMGR_POLICY_GATE_PRIVATE_H
#define RINGMGR_POLICY_GATE_PRIVATE_H

#include "ringmgr/base/buf.h"
#include "ringmgr/policy/gate.h"

enum { DAY_SECONDS = 86400 };

/* What a gate says beside open or shut. */
struct answer {
    struct buf reason;  /* a sentence for a person, in both cases */
    int64_t opens_unix; /* -1 at first */
    int64_t since_unix; /* -1 at first */
    bool warns;
};

/* Answers one gate: true if it is open. */
typedef bool ask_fn(const struct gate_facts *facts, struct answer *answer);

ask_fn ask_channel, ask_complete, ask_verified, ask_block, ask_recall, ask_order, ask_throttle;
ask_fn ask_approvals;
ask_fn ask_soak, ask_hold, ask_freeze, ask_days, ask_support, ask_clock;

/* Appends the build's full number. */
void add_build(struct buf *text, const struct build *build);
/* Appends the local date and time, or the date alone. */
void add_time(struct buf *text, int64_t unix_seconds);
void add_date(struct buf *text, int64_t unix_seconds);
/* "s" but for 1. */
const char *plural(int64_t count);
/* The ring that `sync` is asked for where this one lacks something. */
const struct ring *origin_ring(const struct ring *ring);

/*
 * Settle, which looks at what the others have answered: their verdicts, all but its own filled in.
 */
bool ask_settle(const struct gate_facts *facts, const struct verdict *verdict, struct answer *answer);

#endif

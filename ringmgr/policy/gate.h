/*
 * Gates: may this build enter this ring now? Pure functions: facts in, for each gate a verdict with a
 * sentence out. To add a gate: its name here, its facts in struct gate_facts, one function and one row of the
 * table in gate.c, a table of cases in tests/unit/policy/test_gate.c.
 */
#ifndef RINGMGR_POLICY_GATE_H
#define RINGMGR_POLICY_GATE_H

#include "ringmgr/policy/settings.h"

enum gate {
    GATE_CHANNEL,
    GATE_COMPLETE,
    GATE_VERIFIED,
    GATE_APPROVALS,
    GATE_BLOCK,
    GATE_RECALL,
    GATE_ORDER,
    GATE_COUNT
};

struct approver {
    const char *account;
    const char *person;
    bool counts;     /* still resolves, still an approver, and neither root nor the service's user */
    const char *why; /* it does not count; else NULL */
};

/*
 * What is known about one build and one ring. Everything is borrowed for the call. `missing` and `unverified`
 * are lists that may be empty; NULL says that nobody has looked, and shuts the gate.
 */
struct gate_facts {
    const struct ring *ring;
    const struct channel *channel; /* of the build's own descriptor; NULL if it names none that is known */
    struct build build;
    struct build live;                  /* none if the ring is empty */
    const struct channel *live_channel; /* NULL if the ring is empty */
    const struct strv *missing;         /* paths that the ring's content wants and the store lacks */
    const struct strv *unverified;      /* paths whose object is missing or has the wrong size */
    const struct approver *approver;    /* approvals of this very ring, channel, build and file-list digest */
    size_t approvers;
    const char *approvals_unknown; /* why nobody could be asked who is an approver; else NULL */
    const char *promoter;          /* person who is promoting; NULL if nobody is (explain, automatic) */
    const char *blocked_reason;    /* NULL if not blocked */
    const char *blocked_by;
    int64_t blocked_unix;
    int64_t recalled_unix; /* first seen in a recall list; -1 if never */
    bool source_offered;   /* the source ring offers it or has offered it and keeps it; true for origin */
    bool source_bad;       /* the source ring left it by a roll-back */
    bool waiting;          /* upstream disagrees with itself about this build (origin only) */
};

struct verdict {
    enum gate gate;
    bool open;
    char reason[512];   /* one sentence, without a full stop; ends in … where it did not fit */
    int64_t opens_unix; /* when it opens by itself; -1 if it does not */
};

/* The name of the contract: "channel", "complete" … */
const char *gate_name(enum gate gate);

/* Asks every gate. True if all are open. verdict[] is in the order of enum gate. */
bool gate_ask_all(const struct gate_facts *facts, struct verdict verdict[GATE_COUNT]);

/*
 * How many different people approve: two accounts of one person count once, and under four_eyes the approval
 * of whoever promotes does not count.
 */
unsigned gate_count_approvals(const struct gate_facts *facts);

#endif

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
    GATE_SOAK,
    GATE_APPROVALS,
    GATE_HOLD,
    GATE_BLOCK,
    GATE_RECALL,
    GATE_FREEZE,
    GATE_DAYS,
    GATE_SUPPORT,
    GATE_ORDER,
    GATE_THROTTLE,
    GATE_SETTLE,
    GATE_CLOCK,
    GATE_COUNT
};

/* By which way a build wants in. Each gate binds some of them only; the table in gate.c says which. */
enum lane {
    LANE_MANUAL,    /* `promote` */
    LANE_AUTOMATIC, /* publish = auto */
    LANE_EXPEDITE,  /* `promote --expedite` */
    LANE_ROLLBACK,
    LANE_RETURN, /* headquarters went back, and the ring follows, by itself or by hand */
    LANE_COUNT
};

/* Approvals lapse: what was tested so long ago was tested among other programs. */
enum { GATE_APPROVAL_DAYS = 60 };

struct approver {
    const char *account;
    const char *person;
    bool counts;     /* still resolves, still an approver, and neither root nor the service's user */
    const char *why; /* it does not count; else NULL */
    int64_t at_unix; /* when they approved */
};

/* A hold that stands. */
struct gate_hold {
    const char *by, *reason;
    int64_t at_unix;
    int64_t until_unix;  /* -1: until somebody lifts it */
    bool automatic_only; /* after a roll-back: a person may promote all the same */
};

/*
 * What is known about one build and one ring. Everything is borrowed for the call. `missing` and `unverified`
 * are lists that may be empty; NULL says that nobody has looked, and shuts the gate. Times are -1 where there
 * is none.
 */
struct gate_facts {
    const struct ring *ring;
    enum lane lane;
    unsigned overridden; /* set of 1u << gate: opened by force */
    int64_t now_unix;
    const char *clock_behind;      /* what is later than the clock, which must not be ("the last entry of the
                                      history, …");      NULL. Shuts every gate that time opens */
    const struct channel *channel; /* of the build's own descriptor; NULL if it names none that is known */
    struct build build;
    int64_t staged_unix;                /* when it was first complete */
    struct build live;                  /* none if the ring is empty */
    const struct channel *live_channel; /* NULL if the ring is empty */
    bool migrating;                /* `migrate` has allowed the ring to leave the channel of its live build */
    bool went_back;                /* the ring left it by a roll-back, and it has not been live since */
    bool was_live;                 /* it was live in this ring before (roll-back) */
    const struct strv *missing;    /* paths that the ring's content wants and the store lacks */
    const struct strv *unverified; /* paths whose object is missing or has the wrong size */
    int64_t soak_since_unix; /* when it went live in the source ring, or was staged for one that takes from
                                origin */
    const char *soak_end;    /* why its soak has ended for good; NULL */
    const char *soak_waits;  /* for what its soak waits before it begins; NULL */
    const struct soak_pause *pause; /* that do not count as soak */
    size_t pauses;
    const struct date_ranges *holidays; /* NULL: none */
    const struct approver *approver;    /* approvals of this very ring, channel, build and file-list digest;
                                           those of other files do not count */
    size_t approvers;
    const char *approvals_unknown; /* why nobody could be asked who is an approver; else NULL */
    const char *promoter;          /* person who is promoting; NULL if nobody is (explain, automatic) */
    const struct gate_hold *hold;  /* of the ring, that stand */
    size_t holds;
    int64_t hold_ended_unix;    /* when the last one that is over was */
    const char *blocked_reason; /* NULL if not blocked */
    const char *blocked_by;
    const char *blocked_ring; /* NULL: it is blocked for every ring of the channel */
    int64_t blocked_unix;
    int64_t unblocked_unix;        /* when a block was last lifted */
    int64_t recalled_unix;         /* first seen in a recall list; -1 if never */
    struct deadline deadline;      /* of the build's support */
    struct deadline live_deadline; /* of the live build's; at_unix -1 where there is none */
    unsigned minimum_days;         /* of support that a build must have left */
    bool source_offered;  /* the source ring offers it or has offered it and keeps it; true for origin */
    bool source_bad;      /* the source ring left it by a roll-back */
    const char *bad_ring; /* with source_bad: which ring on the way here that was; NULL: the source */
    const char *followed; /* of a ring that follows headquarters: why that does not offer the build now, ""
                             where it does; NULL: it follows nobody */
    int64_t followed_sequence; /* of the manifest that says so */
    const char *wrong_version; /* a sentence if `version =` does not want it; NULL */
    bool waiting;     /* upstream disagrees with itself about this build, and this ring does not take from
                         origin */
    int64_t throttle; /* 0..1000; -1 unknown */
    bool clock_synchronised;
    bool synced, checked; /* since the machine started: a sync, a quick verify of this ring */
};

struct verdict {
    enum gate gate;
    bool open;
    bool binds;         /* this lane; a gate that does not is open */
    bool forced;        /* shut, and opened by an override */
    bool warns;         /* open, but its reason is a warning */
    char reason[512];   /* one sentence, without a full stop; ends in … where it did not fit */
    int64_t opens_unix; /* when it opens by itself; -1 if it does not */
    int64_t since_unix; /* since when it has been open, as far as that is known; else -1 */
};

/* The name of the contract: "channel", "complete" … */
const char *gate_name(enum gate gate);

/* GATE_COUNT if there is none of that name. */
enum gate gate_find(const char *name);
/* True if an override may open it: "channel", "complete", "verified", "block", "recall" and "order" never. */
bool gate_can_be_forced(enum gate gate);
/* Whether builds that come this way are asked by the gate at all. */
bool gate_binds(enum gate gate, enum lane lane);
/* Whether it is open, with a warning, to builds that come this way and that it would keep out elsewhere. */
bool gate_only_warns(enum gate gate, enum lane lane);
/* What it asks: a question that is answered with yes where it is open. */
const char *gate_asks(enum gate gate);
/* The keys of the configuration that set it, "[ring] soak, [ringmgr] holidays"; "" where none does. */
const char *gate_keys(enum gate gate);
/* "manual", "automatic", "expedite", "rollback", "return"; LANE_COUNT if there is none of that name. */
const char *gate_lane_name(enum lane lane);
enum lane gate_find_lane(const char *name);

/* Asks every gate. True if all are open. verdict[] is in the order of enum gate. */
bool gate_ask_all(const struct gate_facts *facts, struct verdict verdict[GATE_COUNT]);

/*
 * Makes of the empty `text` "soak: SENTENCE; and by the gate days: SENTENCE": every gate that is shut and not
 * in `passed`, a set of 1u << gate.
 */
void gate_say_shut(const struct verdict verdict[GATE_COUNT], unsigned passed, struct buf *text);

/*
 * How many different people approve: two accounts of one person count once, and under four_eyes the approval
 * of whoever promotes does not count.
 */
unsigned gate_count_approvals(const struct gate_facts *facts);

/* How the soak stands in the facts' lane. */
struct soak gate_soak(const struct gate_facts *facts);

/*
 * When the build could go if nobody decides anything any more: the first instant at which every gate that is
 * shut has opened by itself and the calendar lets it through. -1 if a gate waits for a person or for
 * upstream, or if an approval lapses or support runs short before then. `now` if all are open.
 */
int64_t gate_forecast(const struct gate_facts *facts, const struct verdict verdict[GATE_COUNT]);

#endif

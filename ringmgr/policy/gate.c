#include "ringmgr/policy/gate.h"
#include "ringmgr/policy/gate_private.h"

#include <string.h>

enum {
    MANUAL = 1u << LANE_MANUAL,
    AUTOMATIC = 1u << LANE_AUTOMATIC,
    EXPEDITE = 1u << LANE_EXPEDITE,
    ROLLBACK = 1u << LANE_ROLLBACK,
    RETURN = 1u << LANE_RETURN,
    PROMOTIONS = MANUAL | AUTOMATIC | EXPEDITE,
    ALL = PROMOTIONS | ROLLBACK | RETURN
};

/* Which gate binds what, and what may be opened by force. GATE_SETTLE is asked after all others. */
static const struct {
    const char *name;
    ask_fn *ask;
    unsigned lanes;
    bool forceable;
    const char *asks; /* for people: gate_asks() */
    const char *keys;
} gates[GATE_COUNT] = {
    [GATE_CHANNEL] = {"channel", ask_channel, ALL, false,
                      "is the build of the ring's channel, and the live build, too?", "[ring] channel"},
    [GATE_COMPLETE] = {"complete", ask_complete, ALL, false,
                       "is every file there that the ring's architectures and languages want?",
                       "[content] architectures, [content] languages, [content] proofing, [content] arm64"},
    [GATE_VERIFIED] = {"verified", ask_verified, ALL, false,
                       "has every file been proven genuine, and is it in the store?",
                       "[origin] roots, [origin] publisher"},
    [GATE_SOAK] = {"soak", ask_soak, PROMOTIONS, true,
                   "has the build been in the source ring for long enough?",
                   "[ring] soak, [ring] expedite_soak, [ringmgr] holidays"},
    [GATE_APPROVALS] = {"approvals", ask_approvals, PROMOTIONS, true,
                        "have so many people approved the build, as its files are, within 60 days?",
                        "[ring] approvals, [ring] approvers, [ring] four_eyes, [ring] expedite_approvals"},
    [GATE_HOLD] = {"hold", ask_hold, PROMOTIONS | RETURN, true, "does nobody hold the ring?", ""},
    [GATE_BLOCK] = {"block", ask_block, ALL, false, "has nobody blocked the build, here or everywhere?", ""},
    [GATE_RECALL] = {"recall", ask_recall, ALL, false, "has Microsoft never listed the build as withdrawn?",
                     ""},
    [GATE_FREEZE] = {"freeze", ask_freeze, MANUAL | AUTOMATIC, true, "is today in no freeze?",
                     "[ring] freeze, [ringmgr] timezone"},
    [GATE_DAYS] = {"days", ask_days, MANUAL | AUTOMATIC, true, "is it an hour in which the pointer may move?",
                   "[ring] days, [ringmgr] timezone"},
    [GATE_SUPPORT] = {"support", ask_support, ALL, true,
                      "is the build supported for long enough, or at least for as long as the live one?",
                      "[support] minimum_left, [support] window, [support] rules"},
    [GATE_ORDER] = {"order", ask_order, ALL, false,
                    "is it newer than the live build, of the version that the ring wants, and offered by its "
                    "source?",
                    "[ring] source, [ring] version"},
    [GATE_THROTTLE] = {"throttle", ask_throttle, AUTOMATIC, false,
                       "does Microsoft itself offer it to so many of 1000 machines?", "[ring] throttle_min"},
    [GATE_SETTLE] = {"settle", NULL, AUTOMATIC, false, "have all other gates been open for so long?",
                     "[ring] settle"},
    [GATE_CLOCK] = {"clock", ask_clock, AUTOMATIC | RETURN, false,
                    "is the clock right, and has a sync succeeded since the machine started?", ""},
};

static const char *const lanes[LANE_COUNT] = {[LANE_MANUAL] = "manual",
                                              [LANE_AUTOMATIC] = "automatic",
                                              [LANE_EXPEDITE] = "expedite",
                                              [LANE_ROLLBACK] = "rollback",
                                              [LANE_RETURN] = "return"};

const char *gate_name(enum gate gate)
{
    return gates[gate].name;
}

enum gate gate_find(const char *name)
{
    enum gate gate = 0;
    while (gate < GATE_COUNT && strcmp(gates[gate].name, name) != 0)
        gate++;
    return gate;
}

bool gate_can_be_forced(enum gate gate)
{
    return gates[gate].forceable;
}

bool gate_binds(enum gate gate, enum lane lane)
{
    return gates[gate].lanes & (1u << lane);
}

const char *gate_asks(enum gate gate)
{
    return gates[gate].asks;
}

const char *gate_keys(enum gate gate)
{
    return gates[gate].keys;
}

const char *gate_lane_name(enum lane lane)
{
    return lanes[lane];
}

enum lane gate_find_lane(const char *name)
{
    enum lane lane = 0;
    while (lane < LANE_COUNT && strcmp(lanes[lane], name) != 0)
        lane++;
    return lane;
}

/* ---- asking ---- */

/* Copies what fits; a longer sentence ends in "…", never inside a character. */
static void fit(char *to, size_t size, const struct buf *from)
{
    static const char cut[] = "…";
    size_t len = from->len;
    const char *text = buf_text(from);
    if (len < size) {
        memcpy(to, text, len + 1);
        return;
    }
    len = size - sizeof cut;
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    memcpy(to, text, len);
    memcpy(to + len, cut, sizeof cut);
}

static void say_unbound(const struct gate_facts *facts, enum gate gate, struct answer *answer)
{
    static const char *const promotion[LANE_COUNT] = {[LANE_MANUAL] = "a promotion by hand",
                                                      [LANE_AUTOMATIC] = "an automatic promotion",
                                                      [LANE_EXPEDITE] = "an expedited promotion",
                                                      [LANE_ROLLBACK] = "a roll-back",
                                                      [LANE_RETURN] = "a return to what headquarters offers"};
    if (gates[gate].lanes == AUTOMATIC)
        buf_puts(&answer->reason, "binds automatic promotion only");
    else
        buf_printf(&answer->reason, "does not bind %s", promotion[facts->lane]);
}

/* One gate, the answer to which may rest on the verdicts before it. */
static void ask_one(const struct gate_facts *facts, enum gate gate, struct verdict *verdict)
{
    AUTO(buf_clear)
    struct buf reason = {0};
    struct answer answer = {.opens_unix = -1, .since_unix = -1};
    struct verdict *one = &verdict[gate];
    *one = (struct verdict){.gate = gate, .binds = gate_binds(gate, facts->lane)};
    if (!one->binds) {
        one->open = true;
        say_unbound(facts, gate, &answer);
    } else
        one->open = gates[gate].ask ? gates[gate].ask(facts, &answer) : ask_settle(facts, verdict, &answer);
    one->forced = !one->open && gates[gate].forceable && (facts->overridden & (1u << gate));
    one->warns = one->open && answer.warns;
    one->opens_unix = one->open ? -1 : answer.opens_unix;
    one->since_unix = one->open ? answer.since_unix : -1;
    one->open = one->open || one->forced;
    reason = answer.reason;
    fit(one->reason, sizeof one->reason, &reason);
}

bool gate_ask_all(const struct gate_facts *facts, struct verdict verdict[GATE_COUNT])
{
    bool all = true;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        if (gate != GATE_SETTLE)
            ask_one(facts, gate, verdict);
    ask_one(facts, GATE_SETTLE, verdict);
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        all = all && verdict[gate].open;
    return all;
}

void gate_say_shut(const struct verdict verdict[GATE_COUNT], unsigned passed, struct buf *text)
{
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        if (!verdict[gate].open && !(passed & 1u << gate))
            buf_printf(text, "%s%s: %s", text->len ? "; and by the gate " : "", gate_name(gate),
                       verdict[gate].reason);
}

/* ---- looking ahead ---- */

/* Weekly hours come round again, so what has not settled in so many of them never does. */
enum { CHANCES = 200 };

static bool stands_in_the_way(const struct gate_facts *facts, const struct verdict *verdict, enum gate gate)
{
    return verdict[gate].binds && !(facts->overridden & (1u << gate));
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* One gate that binds, at another time; *since_unix is then what it was or later. */
static bool ask_then(const struct gate_facts *facts, enum gate gate, int64_t at, int64_t *since_unix)
{
    struct answer answer = {.opens_unix = -1, .since_unix = -1};
    struct gate_facts then = *facts;
    then.now_unix = at;
    bool open = gates[gate].ask(&then, &answer);
    buf_clear(&answer.reason);
    *since_unix = later(*since_unix, answer.since_unix);
    return open;
}

/*
 * When each of the gates beside settle has been open once, from now on; -1 if one waits for something else
 * than time. *since_unix: when the last of them opened, as far as that is known.
 */
static int64_t all_else_open(const struct gate_facts *facts, const struct verdict *verdict,
                             int64_t *since_unix)
{
    int64_t at = facts->now_unix;
    *since_unix = -1;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        const struct verdict *one = &verdict[gate];
        if (gate == GATE_SETTLE)
            continue;
        if (!one->open && one->opens_unix < 0)
            return -1;
        *since_unix = later(*since_unix, one->open ? one->since_unix : one->opens_unix);
        if (!one->open)
            at = later(at, one->opens_unix);
    }
    return at;
}

/* Until when automatic promotion waits if all else is open at that instant; -1: it does not. */
static int64_t settles(const struct gate_facts *facts, const struct verdict *verdict, int64_t since,
                       int64_t at)
{
    int64_t seconds = facts->ring->settle_seconds;
    if (!verdict[GATE_SETTLE].binds || !facts->ring->source_ring || seconds == 0)
        return -1;
    ask_then(facts, GATE_FREEZE, at, &since);
    ask_then(facts, GATE_DAYS, at, &since);
    return since + seconds;
}

/* What is open now may have shut by then: approvals lapse, support runs out. */
static bool lasts(const struct gate_facts *facts, const struct verdict *verdict, int64_t at)
{
    int64_t since = -1;
    return (!stands_in_the_way(facts, verdict, GATE_APPROVALS) ||
            ask_then(facts, GATE_APPROVALS, at, &since)) &&
           (!stands_in_the_way(facts, verdict, GATE_SUPPORT) || ask_then(facts, GATE_SUPPORT, at, &since));
}

int64_t gate_forecast(const struct gate_facts *facts, const struct verdict verdict[GATE_COUNT])
{
    static const struct date_ranges never = {0};
    static const struct weekly_windows always = {0};
    const struct date_ranges *freeze =
        stands_in_the_way(facts, verdict, GATE_FREEZE) ? &facts->ring->freeze : &never;
    const struct weekly_windows *days =
        stands_in_the_way(facts, verdict, GATE_DAYS) ? &facts->ring->days : &always;
    int64_t since, at = all_else_open(facts, verdict, &since);
    for (unsigned chance = 0; at >= 0 && chance < CHANCES; chance++) {
        at = calendar_next_chance(freeze, days, at);
        int64_t settled = at < 0 ? -1 : settles(facts, verdict, since, at);
        if (settled <= at)
            return at >= 0 && lasts(facts, verdict, at) ? at : -1;
        at = settled;
    }
    return -1;
}

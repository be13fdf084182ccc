#include "ringmgr/policy/gate.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/clock.h"

#include <stdio.h>
#include <string.h>

enum { FILES_NAMED = 3 };

/* Answers one gate: true if it is open. Appends the reason, a sentence for a person, in both cases. */
typedef bool ask_fn(const struct gate_facts *facts, struct buf *reason);

static const char *build_text(const struct build *build, char text[BUILD_TEXT_SIZE])
{
    build_format(build, text);
    return text;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static bool same_channel(const struct channel *a, const struct channel *b)
{
    return strcmp(a->id, b->id) == 0;
}

/* Where the builds of this ring come into the house: the ring that `sync` is asked for. */
static const struct ring *origin_ring(const struct ring *ring)
{
    while (ring->source_ring)
        ring = ring->source_ring;
    return ring;
}

/* A newer build of any channel is taken by clients, so one wrong build moves a whole ring (formats, section
 * 8). */
static bool ask_channel(const struct gate_facts *facts, struct buf *reason)
{
    char build[BUILD_TEXT_SIZE];
    const struct channel *wanted = facts->ring->channel;
    build_text(&facts->build, build);
    if (!facts->channel) {
        buf_printf(reason, "the store has no descriptor of %s for the ring's channel", build);
        return false;
    }
    if (!same_channel(facts->channel, wanted)) {
        buf_printf(reason, "%s is a build of %s, %s takes %s only", build, facts->channel->id,
                   facts->ring->name, wanted->id);
        return false;
    }
    if (facts->live_channel && !same_channel(facts->live_channel, facts->channel)) {
        buf_printf(reason, "%s offers a build of %s now: a promotion never changes the channel",
                   facts->ring->name, facts->live_channel->id);
        return false;
    }
    buf_printf(reason, "%s is a build of %s, as the ring", build, wanted->id);
    return true;
}

static void name_first(const struct strv *files, struct buf *reason)
{
    size_t named = files->len < FILES_NAMED ? files->len : FILES_NAMED;
    for (size_t i = 0; i < named; i++)
        buf_printf(reason, "%s%s", i ? ", " : "", files->item[i]);
    if (files->len > named)
        buf_printf(reason, " and %zu more", files->len - named);
}

static bool ask_complete(const struct gate_facts *facts, struct buf *reason)
{
    if (!facts->missing) {
        buf_puts(reason, "nobody has looked yet whether every file is there");
        return false;
    }
    if (facts->missing->len == 0) {
        buf_puts(reason, "every file that the ring's content wants is there");
        return true;
    }
    buf_printf(reason, "%zu file%s missing: ", facts->missing->len,
               facts->missing->len == 1 ? " is" : "s are");
    name_first(facts->missing, reason);
    buf_printf(reason, "; `ringmgr sync %s` fetches what upstream has", origin_ring(facts->ring)->name);
    return false;
}

static bool ask_verified(const struct gate_facts *facts, struct buf *reason)
{
    if (!facts->unverified) {
        buf_puts(reason, "nobody has looked yet whether every file is as it was verified");
        return false;
    }
    if (facts->unverified->len == 0) {
        buf_puts(reason, "every file was proven genuine and is in the store");
        return true;
    }
    buf_printf(reason, "%zu file%s gone from the store or changed there: ", facts->unverified->len,
               facts->unverified->len == 1 ? " is" : "s are");
    name_first(facts->unverified, reason);
    buf_puts(reason, "; `ringmgr verify --repair`");
    return false;
}

/* Under four_eyes the approval of whoever promotes is worth nothing. */
static bool is_own_approval(const struct gate_facts *facts, const struct approver *approver)
{
    return facts->ring->four_eyes && facts->promoter && strcmp(approver->person, facts->promoter) == 0;
}

/* True if approval `at` counts and is the first one of its person that does. */
static bool is_counted(const struct gate_facts *facts, size_t at)
{
    const struct approver *approver = &facts->approver[at];
    if (!approver->counts || is_own_approval(facts, approver))
        return false;
    for (size_t i = 0; i < at; i++)
        if (facts->approver[i].counts && strcmp(facts->approver[i].person, approver->person) == 0)
            return false;
    return true;
}

unsigned gate_count_approvals(const struct gate_facts *facts)
{
    unsigned count = 0;
    for (size_t i = 0; i < facts->approvers; i++)
        count += is_counted(facts, i);
    return count;
}

/* " (anna, bob)" */
static void name_approvers(const struct gate_facts *facts, struct buf *reason)
{
    const char *before = " (";
    for (size_t i = 0; i < facts->approvers; i++)
        if (is_counted(facts, i)) {
            buf_printf(reason, "%s%s", before, facts->approver[i].person);
            before = ", ";
        }
    if (before[0] == ',')
        buf_puts(reason, ")");
}

/* Why approvals that were given are not among those that count. */
static void name_uncounted(const struct gate_facts *facts, struct buf *reason)
{
    for (size_t i = 0; i < facts->approvers; i++) {
        const struct approver *approver = &facts->approver[i];
        if (!approver->counts)
            buf_printf(reason, "; that of %s does not count: %s", approver->account,
                       approver->why ? approver->why : "no longer an approver");
        else if (is_own_approval(facts, approver))
            buf_printf(reason, "; that of %s does not count: who promotes has not approved (four_eyes)",
                       approver->account);
    }
}

static bool ask_approvals(const struct gate_facts *facts, struct buf *reason)
{
    char build[BUILD_TEXT_SIZE];
    const struct ring *ring = facts->ring;
    unsigned have = gate_count_approvals(facts);
    if (ring->approvals == 0) {
        buf_printf(reason, "%s needs no approval", ring->name);
        return true;
    }
    if (facts->approvals_unknown) {
        buf_printf(reason, "%s needs %u approval%s, and it is not known who may approve: %s", ring->name,
                   ring->approvals, plural(ring->approvals), facts->approvals_unknown);
        return false;
    }
    buf_printf(reason, "%s needs %u approval%s, has ", ring->name, ring->approvals, plural(ring->approvals));
    if (have)
        buf_printf(reason, "%u", have);
    else
        buf_puts(reason, "none");
    name_approvers(facts, reason);
    if (have >= ring->approvals)
        return true;
    buf_printf(reason, ": `ringmgr approve %s %s --reason TEXT`", ring->name,
               build_text(&facts->build, build));
    name_uncounted(facts, reason);
    return false;
}

static bool ask_block(const struct gate_facts *facts, struct buf *reason)
{
    char build[BUILD_TEXT_SIZE];
    char day[CLOCK_TEXT_SIZE];
    if (!facts->blocked_reason) {
        buf_puts(reason, "nobody has blocked it");
        return true;
    }
    clock_format_date(facts->blocked_unix, day);
    buf_printf(reason, "%s was blocked by %s on %s: %s", build_text(&facts->build, build),
               facts->blocked_by ? facts->blocked_by : "somebody", day, facts->blocked_reason);
    return false;
}

static bool ask_recall(const struct gate_facts *facts, struct buf *reason)
{
    char day[CLOCK_TEXT_SIZE];
    if (facts->recalled_unix < 0) {
        buf_puts(reason, "Microsoft has not withdrawn it");
        return true;
    }
    clock_format_date(facts->recalled_unix, day);
    buf_printf(reason, "Microsoft withdrew this build (first seen %s)", day);
    return false;
}

/* Whether the place where the ring takes its builds from gives this one. */
static bool ask_source(const struct gate_facts *facts, struct buf *reason)
{
    char build[BUILD_TEXT_SIZE];
    const char *source = facts->ring->source;
    build_text(&facts->build, build);
    if (facts->waiting)
        buf_printf(reason,
                   "Microsoft's pointer and release history disagree about %s: it waits until they agree or "
                   "conflict_wait is over",
                   build);
    else if (facts->source_bad)
        buf_printf(reason, "%s went back from %s because it was bad", source, build);
    else if (!facts->source_offered)
        buf_printf(reason, "%s takes from %s, which does not offer %s: promote it there first",
                   facts->ring->name, source, build);
    else
        return true;
    return false;
}

static bool ask_order(const struct gate_facts *facts, struct buf *reason)
{
    char build[BUILD_TEXT_SIZE], live[BUILD_TEXT_SIZE];
    build_text(&facts->build, build);
    build_text(&facts->live, live);
    bool empty = build_is_none(&facts->live);
    int compared = build_compare(&facts->build, &facts->live);
    if (!empty && compared == 0) {
        buf_printf(reason, "%s is live in %s already", build, facts->ring->name);
        return false;
    }
    if (!empty && compared < 0) {
        buf_printf(reason, "%s is older than %s, which is live in %s: a promotion never goes backwards",
                   build, live, facts->ring->name);
        return false;
    }
    if (!ask_source(facts, reason))
        return false;
    if (empty)
        buf_printf(reason, "%s is empty", facts->ring->name);
    else
        buf_printf(reason, "%s is newer than %s, which is live", build, live);
    return true;
}

static const struct {
    const char *name;
    ask_fn *ask;
} gates[GATE_COUNT] = {
    [GATE_CHANNEL] = {"channel", ask_channel},    [GATE_COMPLETE] = {"complete", ask_complete},
    [GATE_VERIFIED] = {"verified", ask_verified}, [GATE_APPROVALS] = {"approvals", ask_approvals},
    [GATE_BLOCK] = {"block", ask_block},          [GATE_RECALL] = {"recall", ask_recall},
    [GATE_ORDER] = {"order", ask_order},
};

const char *gate_name(enum gate gate)
{
    return gates[gate].name;
}

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

bool gate_ask_all(const struct gate_facts *facts, struct verdict verdict[GATE_COUNT])
{
    bool all = true;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        AUTO_BUF reason = {0};
        bool open = gates[gate].ask(facts, &reason);
        verdict[gate] = (struct verdict){.gate = gate, .open = open, .opens_unix = -1};
        fit(verdict[gate].reason, sizeof verdict[gate].reason, &reason);
        all = all && open;
    }
    return all;
}

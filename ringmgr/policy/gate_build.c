/* The gates that look at the build itself: channel, complete, verified, block, recall, order, throttle. */
#include "ringmgr/policy/gate_private.h"

#include <inttypes.h>
#include <string.h>

enum { FILES_NAMED = 3 };

static bool same_channel(const struct channel *a, const struct channel *b)
{
    return strcmp(a->id, b->id) == 0;
}

/* A newer build of any channel is taken by clients, so one wrong build moves a whole ring (formats, section
 * 8). */
bool ask_channel(const struct gate_facts *facts, struct answer *answer)
{
    char build[BUILD_TEXT_SIZE];
    const struct channel *wanted = facts->ring->channel;
    struct buf *reason = &answer->reason;
    build_format(&facts->build, build);
    if (!facts->channel) {
        buf_printf(reason,
                   "the store has no descriptor of %s for the channel %s: `ringmgr sync %s --build %s` "
                   "fetches the build, if upstream has it",
                   build, wanted->id, origin_ring(facts->ring)->name, build);
        return false;
    }
    if (!same_channel(facts->channel, wanted)) {
        buf_printf(reason, "%s is a build of %s, %s takes %s only", build, facts->channel->id,
                   facts->ring->name, wanted->id);
        return false;
    }
    if (facts->live_channel && !same_channel(facts->live_channel, facts->channel)) {
        buf_printf(reason, "%s offers a build of %s now", facts->ring->name, facts->live_channel->id);
        if (facts->migrating)
            buf_printf(reason, ", and its migration to %s was decided", wanted->id);
        else
            buf_printf(reason, ": `ringmgr migrate %s --channel %s` allows the change", facts->ring->name,
                       wanted->id);
        return facts->migrating;
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

bool ask_complete(const struct gate_facts *facts, struct answer *answer)
{
    struct buf *reason = &answer->reason;
    answer->since_unix = facts->staged_unix;
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
    buf_printf(reason, "; `ringmgr sync %s", origin_ring(facts->ring)->name);
    if (!facts->channel) {
        buf_puts(reason, " --build ");
        add_build(reason, &facts->build);
    }
    buf_puts(reason, "` fetches what upstream has");
    return false;
}

bool ask_verified(const struct gate_facts *facts, struct answer *answer)
{
    struct buf *reason = &answer->reason;
    answer->since_unix = facts->staged_unix;
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

bool ask_block(const struct gate_facts *facts, struct answer *answer)
{
    if (!facts->blocked_reason && facts->went_back && !facts->followed && facts->lane == LANE_AUTOMATIC) {
        buf_printf(&answer->reason,
                   "%s went back from it: only a person promotes it again: `ringmgr promote %s ",
                   facts->ring->name, facts->ring->name);
        add_build(&answer->reason, &facts->build);
        buf_puts(&answer->reason, "`");
        return false;
    }
    answer->since_unix = facts->unblocked_unix;
    if (!facts->blocked_reason) {
        buf_puts(&answer->reason, "nobody has blocked it");
        return true;
    }
    add_build(&answer->reason, &facts->build);
    buf_printf(&answer->reason, " was blocked by %s on ", facts->blocked_by ? facts->blocked_by : "somebody");
    add_date(&answer->reason, facts->blocked_unix);
    buf_printf(&answer->reason, ": %s; `ringmgr unblock ", facts->blocked_reason);
    add_build(&answer->reason, &facts->build);
    if (facts->blocked_ring)
        buf_printf(&answer->reason, " --ring %s", facts->blocked_ring);
    buf_puts(&answer->reason, " --reason TEXT`");
    return false;
}

bool ask_recall(const struct gate_facts *facts, struct answer *answer)
{
    if (facts->recalled_unix < 0) {
        buf_puts(&answer->reason, "Microsoft has not withdrawn it");
        return true;
    }
    buf_puts(&answer->reason, "Microsoft withdrew this build (first seen ");
    add_date(&answer->reason, facts->recalled_unix);
    buf_puts(&answer->reason, ")");
    return false;
}

/* Whether the place where the ring takes its builds from gives this one. */
static bool ask_source(const struct gate_facts *facts, struct buf *reason)
{
    char build[BUILD_TEXT_SIZE];
    const char *source = facts->ring->source;
    build_format(&facts->build, build);
    if (facts->waiting)
        buf_printf(
            reason,
            "Microsoft's pointer and release history disagree about %s: only rings that take from origin "
            "get it before they agree",
            build);
    else if (facts->source_bad)
        buf_printf(reason, "%s went back from %s because it was bad",
                   facts->bad_ring ? facts->bad_ring : source, build);
    else if (!facts->source_offered)
        buf_printf(reason, "%s takes from %s, which does not offer %s: promote it there first",
                   facts->ring->name, source, build);
    else if (facts->wrong_version)
        buf_puts(reason, facts->wrong_version);
    else
        return true;
    return false;
}

/* A roll-back goes to what was live here, wherever that stands in the order. */
static bool ask_return(const struct gate_facts *facts, struct buf *reason)
{
    bool changes = facts->migrating && facts->source_offered && !facts->source_bad && facts->live_channel &&
                   !same_channel(facts->live_channel, facts->ring->channel);
    int compared = build_compare(&facts->build, &facts->live);
    add_build(reason, &facts->build);
    if (compared == 0)
        buf_printf(reason, " is live in %s already", facts->ring->name);
    else if (compared > 0 && !build_is_none(&facts->live))
        buf_printf(reason, " is newer than what is live in %s: forwards goes a promotion, through every gate",
                   facts->ring->name);
    else if (changes)
        buf_printf(reason, " takes %s to %s, which was decided", facts->ring->name, facts->ring->channel->id);
    else if (!facts->was_live)
        buf_printf(reason, " was never live in %s: a roll-back goes to what was", facts->ring->name);
    else
        buf_printf(reason, " was live in %s before", facts->ring->name);
    return compared < 0 && (facts->was_live || changes);
}

/* Forth or back: that has been decided at headquarters. */
static bool ask_followed(const struct gate_facts *facts, struct buf *reason)
{
    if (*facts->followed) {
        buf_puts(reason, facts->followed);
        return false;
    }
    add_build(reason, &facts->build);
    buf_printf(reason, " is what headquarters offers (manifest %" PRId64 ")", facts->followed_sequence);
    return true;
}

static void say_older(const struct gate_facts *facts, const char *build, const char *live, struct buf *reason)
{
    if (facts->migrating)
        buf_printf(
            reason,
            "%s is older than %s, which is live in %s, and machines take only what is newer: the migration "
            "waits for a newer build of %s",
            build, live, facts->ring->name, facts->ring->channel->id);
    else
        buf_printf(reason, "%s is older than %s, which is live in %s: a promotion never goes backwards",
                   build, live, facts->ring->name);
}

bool ask_order(const struct gate_facts *facts, struct answer *answer)
{
    char build[BUILD_TEXT_SIZE], live[BUILD_TEXT_SIZE];
    struct buf *reason = &answer->reason;
    bool empty = build_is_none(&facts->live);
    int compared = build_compare(&facts->build, &facts->live);
    build_format(&facts->build, build);
    build_format(&facts->live, live);
    answer->since_unix = facts->soak_since_unix;
    if (facts->lane == LANE_ROLLBACK)
        return ask_return(facts, reason);
    if (!empty && compared == 0) {
        buf_printf(reason, "%s is live in %s already", build, facts->ring->name);
        return false;
    }
    if (facts->followed)
        return ask_followed(facts, reason);
    if (!empty && compared < 0) {
        say_older(facts, build, live, reason);
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

bool ask_throttle(const struct gate_facts *facts, struct answer *answer)
{
    unsigned least = facts->ring->throttle_min;
    if (least == 0) {
        buf_printf(&answer->reason, "%s does not wait for Microsoft's own roll-out", facts->ring->name);
        return true;
    }
    if (facts->throttle < 0 && facts->ring->version.choice != VERSION_LATEST) {
        buf_puts(&answer->reason,
                 "Microsoft rolls out the tip of a channel only, and this build is not taken for that");
        return true;
    }
    if (facts->throttle < 0) {
        buf_printf(&answer->reason,
                   "how many of its clients Microsoft offers it to is not known; throttle_min is %u "
                   "of 1000",
                   least);
        return false;
    }
    buf_printf(&answer->reason, "Microsoft offers it to %d of 1000 clients, throttle_min is %u",
               (int)facts->throttle, least);
    return facts->throttle >= (int64_t)least;
}

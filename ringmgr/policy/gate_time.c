/* The gates that time opens: soak, hold, freeze, days, support, settle, clock. */
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/gate_private.h"

#include <inttypes.h>

/* What a clock that is wrong must not open: true if it is, with the sentence. */
static bool is_behind(const struct gate_facts *facts, struct answer *answer)
{
    if (!facts->clock_behind)
        return false;
    buf_puts(&answer->reason, "the clock says ");
    add_time(&answer->reason, facts->now_unix);
    buf_printf(&answer->reason, ", which is before %s: nothing that time opens is open", facts->clock_behind);
    return true;
}

/* ---- soak ---- */

static const struct soak_need *need_of(const struct gate_facts *facts)
{
    return facts->lane == LANE_EXPEDITE ? &facts->ring->expedite_soak : &facts->ring->soak;
}

struct soak gate_soak(const struct gate_facts *facts)
{
    static const struct date_ranges none = {0};
    const struct soak_facts soak = {.need = *need_of(facts),
                                    .start_unix = facts->soak_since_unix,
                                    .pause = facts->pause,
                                    .pauses = facts->pauses,
                                    .holidays = facts->holidays ? facts->holidays : &none,
                                    .now_unix = facts->now_unix};
    struct soak judged = soak_judge(&soak);
    if (facts->soak_end) {
        judged.over = false;
        judged.ends_unix = -1;
    }
    return judged;
}

/* "3 days" of "14 days", "3 workdays" of "10 workdays"; the first two of them in hours, the first hour in
 * minutes. */
static void add_progress(struct buf *text, const struct soak *soak, bool workdays)
{
    int64_t hours = soak->have_seconds / 3600;
    if (hours >= 48)
        buf_printf(text, "%" PRId64 " %s", hours / 24, workdays ? "workdays" : "days");
    else if (hours == 0)
        buf_printf(text, "%" PRId64 " minute%s", soak->have_seconds / 60, plural(soak->have_seconds / 60));
    else
        buf_printf(text, "%" PRId64 " hour%s", hours, plural(hours));
}

static void say_soaking(const struct gate_facts *facts, const struct soak *soak, const char *need,
                        struct answer *answer)
{
    struct buf *reason = &answer->reason;
    buf_printf(reason, "%s needs %s of soak, ", facts->ring->name, need);
    if (facts->soak_since_unix < 0)
        buf_printf(reason, "which has not begun%s%s", facts->soak_waits ? ": " : "",
                   facts->soak_waits ? facts->soak_waits : "");
    else {
        buf_puts(reason, "has ");
        add_progress(reason, soak, need_of(facts)->workdays);
    }
    if (soak->ends_unix >= 0) {
        buf_puts(reason, ", until ");
        add_time(reason, soak->ends_unix);
    } else if (facts->soak_since_unix >= 0)
        buf_puts(reason, ", and stands still");
}

bool ask_soak(const struct gate_facts *facts, struct answer *answer)
{
    char need[32];
    struct soak soak = gate_soak(facts);
    soak_format(need_of(facts), need);
    if (need_of(facts)->seconds == 0) {
        buf_printf(&answer->reason, "%s needs no soak", facts->ring->name);
        return true;
    }
    if (facts->soak_end) {
        buf_printf(&answer->reason, "its soak ended for good: %s", facts->soak_end);
        return false;
    }
    if (is_behind(facts, answer))
        return false;
    answer->opens_unix = answer->since_unix = soak.ends_unix;
    if (!soak.over) {
        say_soaking(facts, &soak, need, answer);
        return false;
    }
    buf_printf(&answer->reason, "it has soaked for %s in %s, since ", need,
               facts->ring->source_ring ? facts->ring->source : "the store");
    add_time(&answer->reason, facts->soak_since_unix);
    return true;
}

/* ---- hold ---- */

static bool binds(const struct gate_facts *facts, const struct gate_hold *hold)
{
    return !hold->automatic_only || facts->lane == LANE_AUTOMATIC || facts->lane == LANE_RETURN;
}

/* The hold that lasts longest, of those that bind; NULL if none does. */
static const struct gate_hold *longest(const struct gate_facts *facts)
{
    const struct gate_hold *found = NULL;
    for (size_t i = 0; i < facts->holds; i++) {
        const struct gate_hold *hold = &facts->hold[i];
        if (binds(facts, hold) &&
            (!found ||
             (found->until_unix >= 0 && (hold->until_unix < 0 || hold->until_unix > found->until_unix))))
            found = hold;
    }
    return found;
}

bool ask_hold(const struct gate_facts *facts, struct answer *answer)
{
    const struct gate_hold *hold = longest(facts);
    answer->since_unix = facts->hold_ended_unix;
    if (!hold) {
        buf_puts(&answer->reason,
                 facts->holds ? "the ring is held for automatic promotion only" : "nobody holds the ring");
        return true;
    }
    buf_printf(&answer->reason, "%s has held the ring since ", hold->by);
    add_time(&answer->reason, hold->at_unix);
    if (hold->until_unix >= 0) {
        buf_puts(&answer->reason, " until ");
        add_time(&answer->reason, hold->until_unix);
    }
    buf_printf(&answer->reason, ": %s; `ringmgr unhold %s --reason TEXT`", hold->reason, facts->ring->name);
    answer->opens_unix = hold->until_unix;
    return false;
}

/* ---- freeze, days ---- */

/* When the last freeze before now was over; -1 if there was none. */
static int64_t thawed_since(const struct date_ranges *freeze, int64_t now)
{
    int64_t since = -1;
    for (size_t i = 0; i < freeze->len; i++) {
        int64_t end = zone_instant(freeze->item[i].last_day, DAY_SECONDS);
        if (end <= now && end > since)
            since = end;
    }
    return since;
}

bool ask_freeze(const struct gate_facts *facts, struct answer *answer)
{
    const struct date_ranges *freeze = &facts->ring->freeze;
    int64_t until, next;
    if (freeze->len == 0) {
        buf_printf(&answer->reason, "%s has no freeze", facts->ring->name);
        return true;
    }
    if (is_behind(facts, answer))
        return false;
    if (calendar_is_frozen(freeze, facts->now_unix, &until)) {
        buf_printf(&answer->reason, "%s is frozen until ", facts->ring->name);
        add_time(&answer->reason, until);
        answer->opens_unix = until;
        return false;
    }
    answer->since_unix = thawed_since(freeze, facts->now_unix);
    next = calendar_next_freeze(freeze, facts->now_unix);
    if (next < 0) {
        buf_puts(&answer->reason, "no freeze is to come");
        return true;
    }
    buf_puts(&answer->reason, "the next freeze begins ");
    add_time(&answer->reason, next);
    return true;
}

/* When the hours that are open began; -1 if that was longer ago than the week in which hours come round. */
static int64_t opened_since(const struct weekly_windows *days, int64_t now)
{
    int64_t since = calendar_open_since(days, now);
    return since > now - (int64_t)7 * DAY_SECONDS ? since : -1;
}

bool ask_days(const struct gate_facts *facts, struct answer *answer)
{
    const struct weekly_windows *days = &facts->ring->days;
    if (days->len == 0) {
        buf_printf(&answer->reason, "%s may move at any time", facts->ring->name);
        return true;
    }
    if (is_behind(facts, answer))
        return false;
    if (calendar_is_open(days, facts->now_unix, &answer->opens_unix)) {
        answer->since_unix = opened_since(days, facts->now_unix);
        buf_printf(&answer->reason, "now is within the hours at which %s may move", facts->ring->name);
        return true;
    }
    buf_printf(&answer->reason, "now is outside the hours at which %s may move; they next begin ",
               facts->ring->name);
    if (answer->opens_unix < 0)
        buf_puts(&answer->reason, "in more than four weeks, if ever");
    else
        add_time(&answer->reason, answer->opens_unix);
    return false;
}

/* ---- support ---- */

/* Whether a build that has too little support left is no worse than what is live: a fix of the same version,
 * say. */
static bool outlasts_live(const struct gate_facts *facts)
{
    return facts->live_deadline.at_unix >= 0 && facts->deadline.at_unix >= facts->live_deadline.at_unix;
}

/* The day on which support ends, as Microsoft names it: in UTC. */
static void add_utc_date(struct buf *text, int64_t unix_seconds)
{
    char date[CLOCK_TEXT_SIZE];
    clock_format_date(unix_seconds, date);
    buf_puts(text, date);
}

bool gate_only_warns(enum gate gate, enum lane lane)
{
    return gate == GATE_SUPPORT && lane != LANE_MANUAL && lane != LANE_AUTOMATIC;
}

bool ask_support(const struct gate_facts *facts, struct answer *answer)
{
    struct buf *reason = &answer->reason;
    int64_t left = support_days_left(&facts->deadline, facts->now_unix);
    bool over = facts->now_unix >= facts->deadline.at_unix;
    if (facts->deadline.at_unix < 0) {
        buf_puts(reason, "no date is known on which its support ends");
        return true;
    }
    if (over)
        buf_puts(reason, "its support ended on ");
    else if (left == 0)
        buf_puts(reason, "it is supported for less than a day more, until ");
    else
        buf_printf(reason, "it is supported for %" PRId64 " more day%s, until ", left, plural(left));
    add_utc_date(reason, facts->deadline.at_unix);
    if (!over && left >= (int64_t)facts->minimum_days)
        return true;
    answer->warns = true;
    if (!over)
        buf_printf(reason, "; minimum_left is %u day%s", facts->minimum_days, plural(facts->minimum_days));
    if (!outlasts_live(facts))
        return gate_only_warns(GATE_SUPPORT, facts->lane);
    buf_puts(reason, ", but what is live is not supported for longer");
    return true;
}

/* ---- automatic promotion: settle, clock ---- */

/* True if every gate but settle is open; *last_unix: since when the last of them is, -1 if that is not known.
 */
static bool others_open(const struct verdict *verdict, int64_t *last_unix)
{
    bool all = true;
    *last_unix = -1;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        if (gate == GATE_SETTLE)
            continue;
        all = all && verdict[gate].open;
        *last_unix = verdict[gate].since_unix > *last_unix ? verdict[gate].since_unix : *last_unix;
    }
    return all;
}

bool ask_settle(const struct gate_facts *facts, const struct verdict *verdict, struct answer *answer)
{
    const struct ring *ring = facts->ring;
    char wait[32];
    int64_t last;
    soak_format(&(struct soak_need){.seconds = ring->settle_seconds}, wait);
    if (!ring->source_ring) {
        buf_printf(&answer->reason, "%s takes from origin: nothing has to settle first", ring->name);
        return true;
    }
    if (ring->settle_seconds == 0) {
        buf_printf(&answer->reason, "%s does not wait after the last gate has opened (settle = 0)",
                   ring->name);
        return true;
    }
    if (!others_open(verdict, &last)) {
        buf_printf(&answer->reason, "%s will wait for %s after the last of the other gates has opened",
                   ring->name, wait);
        return true;
    }
    answer->since_unix = last < 0 ? -1 : last + ring->settle_seconds;
    if (answer->since_unix <= facts->now_unix) {
        buf_printf(&answer->reason, "the other gates have been open for %s or longer", wait);
        return true;
    }
    answer->opens_unix = answer->since_unix;
    buf_printf(&answer->reason, "%s waits for %s after the last gate has opened, until ", ring->name, wait);
    add_time(&answer->reason, answer->opens_unix);
    return false;
}

/* Does anything of this ring open by time? */
static bool looks_at_time(const struct ring *ring)
{
    return ring->soak.seconds > 0 || ring->freeze.len > 0 || ring->days.len > 0 ||
           (ring->source_ring && ring->settle_seconds > 0);
}

bool ask_clock(const struct gate_facts *facts, struct answer *answer)
{
    if (is_behind(facts, answer))
        return false;
    if (!facts->clock_synchronised && looks_at_time(facts->ring)) {
        buf_puts(&answer->reason, "the machine's clock is not synchronised (timedatectl shows it)");
        return false;
    }
    if (!facts->synced) {
        buf_puts(&answer->reason, "no sync has succeeded since the machine started: the next one opens this");
        return false;
    }
    if (!facts->checked) {
        buf_puts(&answer->reason,
                 "the share has not been looked at since the machine started: the next sync does");
        return false;
    }
    buf_puts(&answer->reason,
             facts->clock_synchronised
                 ? "the clock is right, and upstream and share were looked at since the machine started"
                 : "nothing here is opened by the clock, which is not synchronised; upstream and share "
                   "were looked at since the machine started");
    return true;
}

#include "ringmgr/ops/report.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/gate.h"
#include "ringmgr/state/hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_SECONDS = 86400 };

/* ---- what was live ---- */

static bool is_adoption(const char *action)
{
    return strcmp(action, "rebuild") == 0 || strcmp(action, "restore") == 0;
}

/* A build that a rebuild found beside the live one: whether it was ever live, nobody knows any more. */
static bool stood_beside(const struct offer *offer)
{
    return offer->live_until == offer->live_since && offer->ended && is_adoption(offer->ended);
}

static bool overlaps(const struct report *report, const struct offer *offer)
{
    return !stood_beside(offer) && offer->live_since < report->until_unix &&
           (offer->live_until < 0 || offer->live_until > report->from_unix);
}

static bool is_about(const struct entry *entry, const char *action, const struct offer *offer)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&offer->build, build);
    return strcmp(entry->action, action) == 0 && entry->build && strcmp(entry->build, build) == 0 &&
           entry->channel && strcmp(entry->channel, offer->channel->id) == 0;
}

/*
 * The entry by which it went live: a promotion, or that of the rebuild or restore that found it so. It may
 * bear a later time than the offer: history never goes back.
 */
static const struct entry *find_entry(const struct entries *entries, const struct offer *offer)
{
    for (size_t i = 0; i < entries->len; i++) {
        const struct entry *entry = &entries->item[i];
        if (entry->time_unix >= offer->live_since &&
            (is_about(entry, "promote", offer) || is_about(entry, "rollback", offer) ||
             is_about(entry, "rebuild", offer) || is_about(entry, "restore", offer)))
            return entry;
    }
    return NULL;
}

/* Another word of the same account counts instead. */
static void drop_approval(struct report_live *live, const struct entry *later)
{
    size_t left = 0;
    for (size_t i = 0; i < live->approvals; i++)
        if (strcmp(live->approval[i]->identity, later->identity) != 0)
            live->approval[left++] = live->approval[i];
    live->approvals = left;
}

/* Approvals that were neither withdrawn nor too old when the build was promoted. */
static void find_approvals(const struct entries *entries, struct report_live *live)
{
    const struct entry *promotion = live->entry;
    if (!promotion || strcmp(promotion->action, "promote") != 0)
        return;
    int64_t oldest = promotion->time_unix - (int64_t)GATE_APPROVAL_DAYS * DAY_SECONDS;
    for (size_t i = 0; i < entries->len && entries->item[i].id < promotion->id; i++) {
        const struct entry *entry = &entries->item[i];
        bool given = is_about(entry, "approve", live->offer);
        if (given || is_about(entry, "revoke", live->offer))
            drop_approval(live, entry);
        if (!given || entry->time_unix <= oldest)
            continue;
        live->approval = mem_grow(live->approval, live->approvals, sizeof(struct entry *));
        live->approval[live->approvals++] = entry;
    }
}

/* ---- soak ---- */

/* When the build went live in the source ring: the first time after it was last rolled back there. */
static bool find_source_start(const struct job *job, const struct ring *source, const struct offer *offer,
                              int64_t *start_unix, struct err *err)
{
    struct offers offers AUTO(offers_clear) = {0};
    *start_unix = -1;
    if (!catalog_offers_all(job->state, source->name, &offers, err))
        return false;
    for (size_t i = 0; i < offers.len; i++) { /* the last first */
        const struct offer *one = &offers.item[i];
        if (one->channel != offer->channel || build_compare(&one->build, &offer->build) != 0 ||
            one->live_since > offer->live_since)
            continue;
        if (one->ended && one->live_until <= offer->live_since && strcmp(one->ended, "rollback") == 0)
            break;
        *start_unix = one->live_since;
    }
    return true;
}

static bool find_start(const struct job *job, const struct ring *ring, const struct offer *offer,
                       int64_t *start_unix, struct err *err)
{
    struct catalog_build known;
    bool found;
    if (ring->source_ring)
        return find_source_start(job, ring->source_ring, offer, start_unix, err);
    if (!catalog_build_find(job->state, offer->channel, &offer->build, &known, &found, err))
        return false;
    *start_unix = found ? known.staged_unix : -1;
    return true;
}

static bool find_soak(const struct job *job, const struct ring *ring, struct report_live *live,
                      struct err *err)
{
    static const int64_t any = INT64_C(3650) * DAY_SECONDS;
    struct soak_facts soak = {.need = {.seconds = any}, .now_unix = live->offer->live_since};
    struct soak_pause *pause = NULL;
    live->soak_seconds = -1;
    if (!live->entry || strcmp(live->entry->action, "promote") != 0)
        return true;
    if (!find_start(job, ring, live->offer, &soak.start_unix, err))
        return false;
    if (soak.start_unix < 0 || soak.start_unix > soak.now_unix)
        return true;
    if (!hold_pauses(job->state, ring->name, soak.start_unix, &pause, &soak.pauses, err))
        return false;
    soak.pause = pause;
    soak.holidays = &job->settings->holidays;
    live->soak_seconds = soak_judge(&soak).have_seconds;
    free(pause);
    return true;
}

/* ---- support ---- */

static bool find_deadline(const struct job *job, struct report_live *live, struct err *err)
{
    struct releases rows AUTO(releases_clear) = RELEASES_NONE;
    struct support_build build;
    if (!catalog_releases(job->state, live->offer->channel, &rows, err))
        return false;
    support_describe(live->offer->channel, &live->offer->build, &rows, &build);
    snprintf(live->version, sizeof live->version, "%s", build.version);
    live->deadline = support_deadline(job->support, &job->settings->support, &build);
    return true;
}

static bool is_warned(const struct job *job, const struct report_live *live, int64_t at_unix)
{
    const struct channel *channel = live->offer->channel;
    enum support_basis basis = support_warn_basis(job->support, &job->settings->support, channel);
    unsigned days[8];
    size_t len = support_warn_days(job->support, &job->settings->support, channel, days);
    if (basis != SUPPORT_NONE && basis != live->deadline.basis)
        return false;
    for (size_t i = 0; i < len; i++)
        if (support_days_left(&live->deadline, at_unix) <= (int64_t)days[i])
            return true;
    return false;
}

static void judge_day(const struct job *job, int64_t at_unix, struct report_ring *one)
{
    for (size_t i = 0; i < one->lives; i++) {
        const struct report_live *live = &one->live[i];
        if (live->offer->live_since > at_unix ||
            (live->offer->live_until >= 0 && live->offer->live_until <= at_unix))
            continue;
        one->days_live++;
        if (live->deadline.at_unix < 0)
            return;
        if (live->deadline.at_unix <= at_unix)
            one->days_expired++;
        else if (is_warned(job, live, at_unix))
            one->days_warned++;
        return;
    }
}

static void judge_days(const struct job *job, const struct report *report, struct report_ring *one)
{
    int64_t first = zone_day(report->from_unix);
    for (unsigned day = 0; day < report->days; day++)
        judge_day(job, zone_instant(first + day, DAY_SECONDS) - 1, one);
}

/* ---- all of it ---- */

static bool gather_live(const struct job *job, const struct offer *offer, struct report_ring *one,
                        struct err *err)
{
    one->live = mem_grow(one->live, one->lives, sizeof *one->live);
    struct report_live *live = &one->live[one->lives++];
    *live = (struct report_live){.offer = offer, .entry = find_entry(&one->entries, offer)};
    find_approvals(&one->entries, live);
    return find_soak(job, one->ring, live, err) && find_deadline(job, live, err);
}

static bool gather_ring(const struct job *job, const struct report *report, struct report_ring *one,
                        struct err *err)
{
    const struct entry_filter filter = {.ring = one->ring->name, .since_unix = -1};
    if (!catalog_offers_all(job->state, one->ring->name, &one->offers, err) ||
        !journal_read(job->state, &filter, &one->entries, err) ||
        !catalog_last_sync_get(job->state, one->ring->name, &one->last_sync, err))
        return false;
    for (size_t i = one->offers.len; i-- > 0;)
        if (overlaps(report, &one->offers.item[i]) && !gather_live(job, &one->offers.item[i], one, err))
            return false;
    judge_days(job, report, one);
    return true;
}

static bool gather_history(const struct job *job, struct report *report, struct err *err)
{
    const struct entry_filter all = {.since_unix = -1};
    struct err fault = {0};
    if (!journal_read(job->state, &all, &report->entries, err))
        return false;
    for (size_t i = 0; i < report->entries.len; i++)
        if (report->entries.item[i].time_unix < report->until_unix)
            report->head = &report->entries.item[i];
    if (journal_verify(job->state, NULL, &report->checked, &fault))
        return true;
    *err = fault;
    snprintf(report->broken, sizeof report->broken, "%s", fault.msg);
    return fault.code == ERR_NOT_GENUINE;
}

/* The first day of the month after. */
static int64_t next_month(int64_t first_day)
{
    char date[ZONE_DATE_SIZE], first[ZONE_DATE_SIZE];
    int64_t day = first_day + 31;
    zone_format_date(day, date);
    snprintf(first, sizeof first, "%.8s01", date);
    return zone_parse_date(first, &day) ? day : first_day + 31;
}

static void set_month(int64_t first_day, int64_t now, struct report *report)
{
    int64_t end_day = next_month(first_day);
    report->from_unix = zone_instant(first_day, 0);
    report->until_unix = zone_instant(end_day, 0);
    for (int64_t day = first_day; day < end_day && zone_instant(day, DAY_SECONDS) <= now; day++)
        report->days++;
}

bool report_gather(const struct job *job, int64_t first_day, int64_t now, struct report *report,
                   struct err *err)
{
    *report = (struct report){.ring = mem_new(job->settings->rings, sizeof *report->ring)};
    set_month(first_day, now, report);
    if (!gather_history(job, report, err) || !catalog_attentions(job->state, &report->attentions, err))
        return false;
    for (size_t i = 0; i < job->settings->rings; i++) {
        struct report_ring *one = &report->ring[report->rings++];
        *one = (struct report_ring){.ring = &job->settings->ring[i], .last_sync = {.at_unix = -1}};
        if (!gather_ring(job, report, one, err))
            return err_prefix(err, "%s", one->ring->name);
    }
    return true;
}

bool report_covers(const struct report *report, const struct entry *entry)
{
    return entry->time_unix >= report->from_unix && entry->time_unix < report->until_unix;
}

static void clear_ring(struct report_ring *one)
{
    for (size_t i = 0; i < one->lives; i++)
        free(one->live[i].approval);
    free(one->live);
    offers_clear(&one->offers);
    entries_clear(&one->entries);
    last_sync_clear(&one->last_sync);
}

void report_clear(struct report *report)
{
    for (size_t i = 0; i < report->rings; i++)
        clear_ring(&report->ring[i]);
    free(report->ring);
    entries_clear(&report->entries);
    attentions_clear(&report->attentions);
    *report = (struct report){0};
}

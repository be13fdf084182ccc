#include "ringmgr/ops/agenda.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/outlook.h"
#include "ringmgr/state/plan.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DAY_SECONDS = 86400 };

/* ---- soak ---- */

static bool add_soak_of(const struct job *job, const struct ring *ring, const struct catalog_build *known,
                        struct agenda *agenda, struct err *err)
{
    struct gate_facts facts = {.now_unix = agenda->from_unix, .staged_unix = known->staged_unix};
    char why[256], build[BUILD_TEXT_SIZE], need[32];
    if (!facts_soak(job, ring, &known->build, facts_lane(ring), why, &facts, err))
        return false;
    struct soak soak = gate_soak(&facts);
    free((void *)(uintptr_t)facts.pause);
    build_format(&known->build, build);
    soak_format(&ring->soak, need);
    if (!soak.over && facts.source_offered)
        agenda_at(agenda, soak.ends_unix, ring->name, "soak-ends", build, "%s has soaked for %s", build,
                  need);
    return true;
}

/* Every build that is on its way: newer than what is live, and offered by the source. */
static bool add_soaks(const struct job *job, const struct ring *ring, const struct build *live,
                      struct agenda *agenda, struct err *err)
{
    struct catalog_build_list list = {0};
    bool ok = ring->soak.seconds == 0 || catalog_builds_after(job->state, ring->channel, live, &list, err);
    for (size_t i = 0; ok && i < list.len; i++)
        ok = add_soak_of(job, ring, &list.item[i], agenda, err);
    free(list.item);
    return ok;
}

/* ---- the candidate ---- */

static void add_chance(const struct ring *ring, const struct facts *facts, struct agenda *agenda)
{
    struct verdict verdict[GATE_COUNT];
    char build[BUILD_TEXT_SIZE];
    build_format(&facts->gate.build, build);
    gate_ask_all(&facts->gate, verdict);
    agenda_at(agenda, gate_forecast(&facts->gate, verdict), ring->name, "first-chance", build,
              ring->publish == PUBLISH_AUTO ? "%s goes in with the next sync from now on"
                                            : "%s can be promoted from now on",
              build);
}

static void add_lapses(const struct ring *ring, const struct facts *facts, struct agenda *agenda)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&facts->gate.build, build);
    for (size_t i = 0; i < facts->gate.approvers; i++) {
        const struct approver *approver = &facts->gate.approver[i];
        char *subject AUTO_FREE = mem_printf("%s-%s", build, approver->account);
        if (approver->counts)
            agenda_at(agenda, approver->at_unix + (int64_t)GATE_APPROVAL_DAYS * DAY_SECONDS, ring->name,
                      "approval-lapses", subject, "the approval of %s for %s lapses", approver->person,
                      build);
    }
}

/* ---- support ---- */

static void add_support(const struct job *job, const struct ring *ring, const struct outlook *outlook,
                        struct agenda *agenda)
{
    const struct support_settings *settings = &job->settings->support;
    const struct channel *channel = outlook->live.channel;
    unsigned days[8];
    char build[BUILD_TEXT_SIZE];
    if (!channel)
        return;
    enum support_basis basis = support_warn_basis(job->support, settings, channel);
    bool warns = basis == SUPPORT_NONE || basis == outlook->deadline.basis;
    build_format(&outlook->live.build, build);
    const struct agenda_support support = {
        .deadline = outlook->deadline,
        .build = build,
        .warn_days = days,
        .warns = warns ? support_warn_days(job->support, settings, channel, days) : 0,
        .act_by_unix = outlook->support.act_by_unix,
        .conflict = outlook->support.conflict};
    agenda_add_support(agenda, ring, &support);
}

/* ---- what people have decided ---- */

static bool add_holds(const struct job *job, const struct ring *ring, struct agenda *agenda, struct err *err)
{
    struct holds holds AUTO(holds_clear) = {0};
    if (!holds_standing(job->state, ring->name, agenda->from_unix, &holds, err))
        return false;
    for (size_t i = 0; i < holds.len; i++) {
        const struct hold *hold = &holds.item[i];
        char *subject AUTO_FREE = mem_printf("%" PRId64, hold->id);
        agenda_at(agenda, hold->until_unix, ring->name, "hold-ends", subject, "the hold of %s ends: %s",
                  hold->by, hold->reason);
    }
    return true;
}

static bool add_plan(const struct job *job, const struct ring *ring, struct agenda *agenda, struct err *err)
{
    struct plan plan AUTO(plan_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    bool found;
    if (!plan_find(job->state, ring->name, &plan, &found, err))
        return false;
    if (!found)
        return true;
    build_format(&plan.key.build, build);
    agenda_at(agenda, plan.at_unix, ring->name, "promote-at", build,
              "%s is promoted, as %s has ordered, if the gates are open", build, plan.by);
    return true;
}

/* ---- what is to be fetched ---- */

static void add_awaited(const struct ring *ring, const struct awaited *awaited, struct agenda *agenda)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&awaited->build, build);
    if (awaited->known && !ring->source_ring)
        agenda_at(agenda, awaited->from_unix, ring->name, "fetch", build,
                  "%s is fetched from now on: the window opens", build);
}

/* ---- all of it ---- */

static bool add_ring(const struct job *job, const struct ring *ring, struct agenda *agenda, struct err *err)
{
    AUTO_FACTS facts = {0};
    enum lane lane = facts_lane(ring);
    struct outlook outlook;
    struct build candidate;
    bool found;
    agenda_add_freezes(agenda, ring);
    if (!candidate_choose(job, ring, lane, &candidate, &found, err) ||
        (found && !facts_gather(job, ring, &candidate, lane, NULL, &facts, err)) ||
        !outlook_make(job, ring, found ? &facts : NULL, agenda->from_unix, &outlook, err) ||
        !add_soaks(job, ring, &outlook.live.build, agenda, err) || !add_holds(job, ring, agenda, err) ||
        !add_plan(job, ring, agenda, err))
        return false;
    if (found) {
        add_chance(ring, &facts, agenda);
        add_lapses(ring, &facts, agenda);
    }
    add_awaited(ring, &outlook.awaited, agenda);
    add_support(job, ring, &outlook, agenda);
    return true;
}

bool agenda_gather(const struct job *job, int64_t now, struct agenda *agenda, struct err *err)
{
    *agenda = (struct agenda){.from_unix = now, .until_unix = now + (int64_t)AGENDA_DAYS * DAY_SECONDS};
    agenda_add_patch_days(agenda);
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!add_ring(job, &job->settings->ring[i], agenda, err))
            return err_prefix(err, "%s", job->settings->ring[i].name);
    agenda_sort(agenda);
    return true;
}

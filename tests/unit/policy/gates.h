/*
 * The scene of the gates' tests: one ring of which every gate is configured and open, so that each case
 * spoils one thing. Europe/Stockholm, a Wednesday at 18:30, inside the hours of `days`.
 */
#ifndef RINGMGR_TESTS_UNIT_POLICY_GATES_H
#define RINGMGR_TESTS_UNIT_POLICY_GATES_H

#include "when.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/policy/gate.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { SCENE_SOME = 4 };

struct scene {
    struct ring pilot, ring;
    struct gate_facts facts;
    struct date_ranges holidays;
    struct approver given[SCENE_SOME];
    struct gate_hold hold[SCENE_SOME];
    struct soak_pause pause[SCENE_SOME];
    struct verdict verdict[GATE_COUNT]; /* of the last ask() */
};

static const struct build scene_older = {{16, 0, 9126, 20315}};
static const struct build scene_build = {{16, 0, 20326, 20100}};
static const struct build scene_newer = {{16, 0, 20400, 1}};
static const struct strv scene_none = {0};

/* "2026-12-10/2027-01-06; 2027-05-01" instead of what was. */
static inline void set_ranges(struct date_ranges *ranges, const char *text)
{
    char *copy AUTO_FREE = mem_strdup(text), *rest = copy, *piece, why[128];
    date_ranges_clear(ranges);
    while ((piece = strsep(&rest, ";")))
        if (*piece && !calendar_add_range(ranges, piece + strspn(piece, " "), why))
            fail_msg("%s: %s", text, why);
}

static inline void set_days(struct weekly_windows *days, const char *text)
{
    char *copy AUTO_FREE = mem_strdup(text), *rest = copy, *piece, why[128];
    weekly_windows_clear(days);
    while ((piece = strsep(&rest, ";")))
        if (*piece && !calendar_add_window(days, piece + strspn(piece, " "), why))
            fail_msg("%s: %s", text, why);
}

/* "" for none. */
static inline void set_soak(struct soak_need *need, const char *text)
{
    *need = (struct soak_need){0};
    if (*text && !soak_parse(text, need))
        fail_msg("\"%s\" is no duration", text);
}

/* Two rings; all that the lower one asks for is there, and has been for long enough. */
static inline void scene_open(struct scene *scene)
{
    const struct channel *channel = channel_find("MonthlyEnterprise");
    zone_set("Europe/Stockholm");
    *scene = (struct scene){
        .pilot = {.name = (char *)"pilot", .source = (char *)"origin", .channel = channel},
        .ring = {.name = (char *)"production",
                 .source = (char *)"pilot",
                 .channel = channel,
                 .approvals = 1,
                 .expedite_approvals = 2,
                 .settle_seconds = 3600,
                 .throttle_min = 500},
        .given = {{.account = "anna", .person = "anna", .counts = true},
                  {.account = "bob", .person = "bob", .counts = true}},
        .facts = {.now_unix = when("2026-09-16T18:30:00+02:00"),
                  .channel = channel,
                  .build = scene_build,
                  .staged_unix = when("2026-08-21T20:00:00+02:00"),
                  .live = scene_older,
                  .live_channel = channel,
                  .was_live = true,
                  .missing = &scene_none,
                  .unverified = &scene_none,
                  .soak_since_unix = when("2026-08-22T09:00:00+02:00"),
                  .approvers = 2,
                  .hold_ended_unix = -1,
                  .recalled_unix = -1,
                  .unblocked_unix = -1,
                  .deadline = {when("2027-02-09T00:00:00+00:00"), SUPPORT_MICROSOFT},
                  .live_deadline = {when("2026-11-10T00:00:00+00:00"), SUPPORT_MICROSOFT},
                  .minimum_days = 10,
                  .source_offered = true,
                  .throttle = 1000,
                  .clock_synchronised = true,
                  .synced = true,
                  .checked = true},
    };
    scene->given[0].at_unix = scene->given[1].at_unix = when("2026-09-10T10:00:00+02:00");
    scene->ring.source_ring = &scene->pilot;
    set_soak(&scene->ring.soak, "14 days");
    set_soak(&scene->ring.expedite_soak, "24h");
    set_ranges(&scene->ring.freeze, "2026-12-10/2027-01-06");
    set_days(&scene->ring.days, "Mon-Thu 17:00-21:00");
    scene->facts.ring = &scene->ring;
    scene->facts.holidays = &scene->holidays;
    scene->facts.approver = scene->given;
    scene->facts.hold = scene->hold;
    scene->facts.pause = scene->pause;
}

static inline void scene_close(struct scene *scene)
{
    date_ranges_clear(&scene->ring.freeze);
    date_ranges_clear(&scene->holidays);
    weekly_windows_clear(&scene->ring.days);
}

#define SCENE                                                                                                \
    AUTO(scene_close)                                                                                        \
    struct scene

/* That lane; what a roll-back leaves is newer than where it goes. */
static inline void scene_take(struct scene *scene, enum lane lane)
{
    scene->facts.lane = lane;
    scene->facts.live = lane == LANE_ROLLBACK ? scene_newer : scene_older;
}

static inline const struct verdict *ask(struct scene *scene, enum gate gate)
{
    gate_ask_all(&scene->facts, scene->verdict);
    return &scene->verdict[gate];
}

/* Every gate but `except` is open (GATE_COUNT: every gate). */
static inline void assert_others_open(const struct scene *scene, enum gate except)
{
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        assert_int_equal(scene->verdict[gate].gate, gate);
        if (gate != except && !scene->verdict[gate].open)
            fail_msg("gate %s: %s", gate_name(gate), scene->verdict[gate].reason);
    }
}

/* This gate alone is shut, with this sentence. */
static inline void assert_shut(struct scene *scene, enum gate gate, const char *reason)
{
    const struct verdict *one = ask(scene, gate);
    assert_others_open(scene, gate);
    if (one->open)
        fail_msg("gate %s is open: %s", gate_name(gate), one->reason);
    assert_string_equal(one->reason, reason);
    assert_false(one->warns);
    assert_int_equal(one->since_unix, -1);
}

/* Every gate is open, and this one says so. */
static inline void assert_open(struct scene *scene, enum gate gate, const char *reason)
{
    const struct verdict *one = ask(scene, gate);
    assert_others_open(scene, GATE_COUNT);
    assert_string_equal(one->reason, reason);
    assert_int_equal(one->opens_unix, -1);
}

/* What a case of a table expects of one gate. */
static inline void assert_verdict(const char *name, const struct verdict *one, bool open, const char *opens,
                                  const char *reason)
{
    if (one->open != open)
        fail_msg("%s: %s: %s", name, one->open ? "open" : "shut", one->reason);
    if (one->opens_unix != when(opens))
        fail_msg("%s: opens %s, not %s", name, when_text(one->opens_unix), opens);
    if (strcmp(one->reason, reason) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", name, one->reason, reason);
}

#endif

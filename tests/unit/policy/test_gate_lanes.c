/* "Which gate binds what" and what may be opened by force, row by row: 15 gates in 4 lanes. */
#include "policy/gates.h"

static const struct strv *nobody_looked = NULL;

/* Shuts one gate, in every lane in which it binds. */
typedef void spoil_fn(struct scene *scene);

static void spoil_channel(struct scene *scene)
{
    scene->facts.channel = scene->facts.live_channel = channel_find("Current");
}

static void spoil_complete(struct scene *scene)
{
    scene->facts.missing = nobody_looked;
}

static void spoil_verified(struct scene *scene)
{
    scene->facts.unverified = nobody_looked;
}

static void spoil_soak(struct scene *scene)
{
    scene->facts.soak_since_unix = scene->facts.now_unix - 3600;
}

static void spoil_approvals(struct scene *scene)
{
    scene->facts.approvers = 0;
}

static void spoil_hold(struct scene *scene)
{
    scene->hold[0] = (struct gate_hold){.by = "anna", .reason = "audit", .until_unix = -1};
    scene->facts.holds = 1;
}

static void spoil_block(struct scene *scene)
{
    scene->facts.blocked_reason = "breaks add-in";
}

static void spoil_recall(struct scene *scene)
{
    scene->facts.recalled_unix = scene->facts.now_unix;
}

static void spoil_freeze(struct scene *scene)
{
    set_ranges(&scene->ring.freeze, "2026-09-16");
}

static void spoil_days(struct scene *scene)
{
    set_days(&scene->ring.days, "Sat");
}

static void spoil_support(struct scene *scene)
{
    scene->facts.deadline.at_unix = scene->facts.now_unix + 86400;
    scene->facts.live_deadline.at_unix = scene->facts.now_unix + 86401;
}

static void spoil_order(struct scene *scene)
{
    scene->facts.live = scene_newer;
    scene->facts.was_live = false;
}

static void spoil_throttle(struct scene *scene)
{
    scene->facts.throttle = 499;
}

static void spoil_settle(struct scene *scene)
{
    scene->facts.hold_ended_unix = scene->facts.now_unix - 60;
}

static void spoil_clock(struct scene *scene)
{
    scene->facts.synced = false;
}

/* For each lane: S shut, w open with a warning, - does not bind. */
static const struct row {
    const char *name;
    spoil_fn *spoil;
    const char *lanes; /* manual, automatic, expedite, rollback, return */
    bool forceable;
} rows[GATE_COUNT] = {
    [GATE_CHANNEL] = {"channel", spoil_channel, "SSSSS", false},
    [GATE_COMPLETE] = {"complete", spoil_complete, "SSSSS", false},
    [GATE_VERIFIED] = {"verified", spoil_verified, "SSSSS", false},
    [GATE_SOAK] = {"soak", spoil_soak, "SSS--", true},
    [GATE_APPROVALS] = {"approvals", spoil_approvals, "SSS--", true},
    [GATE_HOLD] = {"hold", spoil_hold, "SSS-S", true},
    [GATE_BLOCK] = {"block", spoil_block, "SSSSS", false},
    [GATE_RECALL] = {"recall", spoil_recall, "SSSSS", false},
    [GATE_FREEZE] = {"freeze", spoil_freeze, "SS---", true},
    [GATE_DAYS] = {"days", spoil_days, "SS---", true},
    [GATE_SUPPORT] = {"support", spoil_support, "SSwww", true},
    [GATE_ORDER] = {"order", spoil_order, "SSSSS", false},
    [GATE_THROTTLE] = {"throttle", spoil_throttle, "-S---", false},
    [GATE_SETTLE] = {"settle", spoil_settle, "-S---", false},
    [GATE_CLOCK] = {"clock", spoil_clock, "-S--S", false},
};

static const char *const unbound[LANE_COUNT] = {
    [LANE_MANUAL] = "does not bind a promotion by hand",
    [LANE_AUTOMATIC] = "does not bind an automatic promotion",
    [LANE_EXPEDITE] = "does not bind an expedited promotion",
    [LANE_ROLLBACK] = "does not bind a roll-back",
    [LANE_RETURN] = "does not bind a return to what headquarters offers",
};

static const char *reason_unbound(const char *bound_lanes, enum lane lane)
{
    return strcmp(bound_lanes, "-S---") == 0 ? "binds automatic promotion only" : unbound[lane];
}

static void judge_cell(enum gate gate, enum lane lane)
{
    char expected = rows[gate].lanes[lane];
    SCENE scene;
    scene_open(&scene);
    scene_take(&scene, lane);
    rows[gate].spoil(&scene);
    bool all = gate_ask_all(&scene.facts, scene.verdict);
    const struct verdict *one = &scene.verdict[gate];
    assert_others_open(&scene, gate);
    if (all != (expected != 'S') || one->open != (expected != 'S') || one->binds != (expected != '-') ||
        one->warns != (expected == 'w') || one->forced)
        fail_msg("%s, %s: %s%s%s%s", rows[gate].name, gate_lane_name(lane), one->open ? "open" : "shut",
                 one->binds ? ", binds" : "", one->warns ? ", warns" : "", one->forced ? ", forced" : "");
    if (expected == '-')
        assert_string_equal(one->reason, reason_unbound(rows[gate].lanes, lane));
}

static void each_gate_binds_the_lanes_of_the_table(void **state)
{
    (void)state;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        for (enum lane lane = 0; lane < LANE_COUNT; lane++)
            judge_cell(gate, lane);
}

static void all_is_open_where_nothing_is_spoilt(void **state)
{
    (void)state;
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        SCENE scene;
        scene_open(&scene);
        scene_take(&scene, lane);
        assert_true(gate_ask_all(&scene.facts, scene.verdict));
        assert_others_open(&scene, GATE_COUNT);
        for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
            assert_false(scene.verdict[gate].forced || scene.verdict[gate].warns);
            assert_int_equal(scene.verdict[gate].opens_unix, -1);
        }
    }
}

/* Overrides of `overridden` on a build that this gate alone keeps out. */
static void judge_force(enum gate gate, unsigned overridden, bool forced)
{
    SCENE plain, scene;
    scene_open(&plain);
    scene_open(&scene);
    rows[gate].spoil(&plain);
    rows[gate].spoil(&scene);
    ask(&plain, gate);
    scene.facts.overridden = overridden;
    const struct verdict *one = ask(&scene, gate);
    assert_others_open(&scene, gate);
    if (one->forced != forced || one->open != (forced || plain.verdict[gate].open))
        fail_msg("%s: %s%s", rows[gate].name, one->open ? "open" : "shut", one->forced ? ", forced" : "");
    assert_string_equal(one->reason, plain.verdict[gate].reason);
}

static void overrides_open_what_the_table_allows(void **state)
{
    (void)state;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        assert_int_equal(gate_can_be_forced(gate), rows[gate].forceable);
        judge_force(gate, 1u << gate, rows[gate].forceable);
        judge_force(gate, ~0u, rows[gate].forceable);
        judge_force(gate, ~(1u << gate), false);
    }
}

static void an_open_gate_is_not_forced(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.overridden = ~0u;
    assert_true(gate_ask_all(&scene.facts, scene.verdict));
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        assert_false(scene.verdict[gate].forced);
}

static void a_forced_gate_warns_of_nothing_and_opens_nothing_else(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    spoil_support(&scene);
    spoil_hold(&scene);
    scene.facts.overridden = 1u << GATE_SUPPORT;
    assert_false(gate_ask_all(&scene.facts, scene.verdict));
    assert_others_open(&scene, GATE_HOLD);
    assert_false(scene.verdict[GATE_SUPPORT].warns);
    assert_int_equal(scene.verdict[GATE_SUPPORT].since_unix, -1);
    scene.facts.overridden |= 1u << GATE_HOLD;
    assert_true(gate_ask_all(&scene.facts, scene.verdict));
}

static void gates_have_the_names_of_the_contract(void **state)
{
    (void)state;
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        assert_string_equal(gate_name(gate), rows[gate].name);
        assert_int_equal(gate_find(rows[gate].name), gate);
    }
    assert_int_equal(gate_find("soaks"), GATE_COUNT);
    assert_int_equal(gate_find(""), GATE_COUNT);
}

static void lanes_have_names(void **state)
{
    static const char *const names[LANE_COUNT] = {"manual", "automatic", "expedite", "rollback", "return"};
    (void)state;
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        assert_string_equal(gate_lane_name(lane), names[lane]);
        assert_int_equal(gate_find_lane(names[lane]), lane);
    }
    assert_int_equal(gate_find_lane("fast"), LANE_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gate_binds_the_lanes_of_the_table),
        cmocka_unit_test(all_is_open_where_nothing_is_spoilt),
        cmocka_unit_test(overrides_open_what_the_table_allows),
        cmocka_unit_test(an_open_gate_is_not_forced),
        cmocka_unit_test(a_forced_gate_warns_of_nothing_and_opens_nothing_else),
        cmocka_unit_test(gates_have_the_names_of_the_contract),
        cmocka_unit_test(lanes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The gates that look at the build itself: channel, complete, verified, block, recall, order, throttle. */
#include "policy/gates.h"

#define BUILD   "16.0.20326.20100"
#define UNBLOCK "; `ringmgr unblock " BUILD " --reason TEXT`"

static void every_open_gate_says_why(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    assert_open(&scene, GATE_CHANNEL, BUILD " is a build of MonthlyEnterprise, as the ring");
    assert_open(&scene, GATE_COMPLETE, "every file that the ring's content wants is there");
    assert_open(&scene, GATE_VERIFIED, "every file was proven genuine and is in the store");
    assert_open(&scene, GATE_BLOCK, "nobody has blocked it");
    assert_open(&scene, GATE_RECALL, "Microsoft has not withdrawn it");
    assert_open(&scene, GATE_ORDER, BUILD " is newer than 16.0.9126.20315, which is live");
}

/* ---- channel: the descriptor's, the ring's, the live build's ---- */

static const struct channel_row {
    const char *build, *ring, *live; /* "" none */
    bool migrating, open;
    const char *reason;
} channels[] = {
    {"MonthlyEnterprise", "MonthlyEnterprise", "", false, true,
     BUILD " is a build of MonthlyEnterprise, as the ring"},
    {"Current", "MonthlyEnterprise", "", false, false,
     BUILD " is a build of Current, production takes MonthlyEnterprise only"},
    {"Current", "MonthlyEnterprise", "Current", false, false,
     BUILD " is a build of Current, production takes MonthlyEnterprise only"},
    {"Current", "MonthlyEnterprise", "Current", true, false,
     BUILD " is a build of Current, production takes MonthlyEnterprise only"},
    {"", "MonthlyEnterprise", "", false, false,
     "the store has no descriptor of " BUILD
     " for the channel MonthlyEnterprise: `ringmgr sync pilot --build " BUILD
     "` fetches the build, if upstream has it"},
    {"MonthlyEnterprise", "MonthlyEnterprise", "SemiAnnual", false, false,
     "production offers a build of SemiAnnual now: `ringmgr migrate production --channel MonthlyEnterprise` "
     "allows the change"},
    {"MonthlyEnterprise", "MonthlyEnterprise", "SemiAnnual", true, true,
     "production offers a build of SemiAnnual now, and its migration to MonthlyEnterprise was decided"},
    {"MonthlyEnterprise", "MonthlyEnterprise", "MonthlyEnterprise", true, true,
     BUILD " is a build of MonthlyEnterprise, as the ring"},
};

static void channel_is_that_of_build_ring_and_live_build(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        const struct channel_row *row = &channels[i];
        SCENE scene;
        scene_open(&scene);
        scene.ring.channel = channel_find(row->ring);
        scene.facts.channel = channel_find(row->build);
        scene.facts.live_channel = channel_find(row->live);
        scene.facts.migrating = row->migrating;
        (row->open ? assert_open : assert_shut)(&scene, GATE_CHANNEL, row->reason);
    }
}

/* ---- complete, verified ---- */

static const struct files_row {
    enum gate gate;
    const char *files;
    const char *reason;
} files[] = {
    {GATE_COMPLETE, "a.cab", "1 file is missing: a.cab; `ringmgr sync pilot` fetches what upstream has"},
    {GATE_COMPLETE, "a.cab b.cab c.cab",
     "3 files are missing: a.cab, b.cab, c.cab; `ringmgr sync pilot` fetches what upstream has"},
    {GATE_COMPLETE, "a.cab b.cab c.cab d.cab e.cab",
     "5 files are missing: a.cab, b.cab, c.cab and 2 more; `ringmgr sync pilot` fetches what upstream has"},
    {GATE_VERIFIED, "a.dat",
     "1 file is gone from the store or changed there: a.dat; `ringmgr verify --repair`"},
    {GATE_VERIFIED, "a.dat b.dat c.dat d.dat",
     "4 files are gone from the store or changed there: a.dat, b.dat, c.dat and 1 more; `ringmgr verify "
     "--repair`"},
};

static void files_that_are_not_right_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        AUTO_STRV list = {0};
        SCENE scene;
        scene_open(&scene);
        strv_split(&list, files[i].files);
        *(files[i].gate == GATE_COMPLETE ? &scene.facts.missing : &scene.facts.unverified) = &list;
        assert_shut(&scene, files[i].gate, files[i].reason);
    }
}

static void gates_are_shut_while_nobody_has_looked(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.missing = NULL;
    assert_shut(&scene, GATE_COMPLETE, "nobody has looked yet whether every file is there");
    scene.facts.missing = scene.facts.unverified;
    scene.facts.unverified = NULL;
    assert_shut(&scene, GATE_VERIFIED, "nobody has looked yet whether every file is as it was verified");
}

/* ---- block, recall ---- */

static void block_says_who_when_and_why(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.blocked_reason = "breaks add-in";
    scene.facts.blocked_by = "anna";
    scene.facts.blocked_unix = when("2026-08-22T23:30:00+00:00"); /* the 23rd in Stockholm */
    assert_shut(&scene, GATE_BLOCK, BUILD " was blocked by anna on 2026-08-23: breaks add-in" UNBLOCK);
    scene.facts.blocked_by = NULL;
    assert_shut(&scene, GATE_BLOCK, BUILD " was blocked by somebody on 2026-08-23: breaks add-in" UNBLOCK);
}

static void only_a_person_promotes_what_the_ring_went_back_from(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.went_back = true;
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        scene_take(&scene, lane);
        if (lane == LANE_AUTOMATIC)
            assert_shut(&scene, GATE_BLOCK,
                        "production went back from it: only a person promotes it again: `ringmgr promote "
                        "production " BUILD "`");
        else
            assert_open(&scene, GATE_BLOCK, "nobody has blocked it");
    }
}

static void a_block_tells_more_than_a_roll_back(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.lane = LANE_AUTOMATIC;
    scene.facts.went_back = true;
    scene.facts.blocked_reason = "crashes";
    scene.facts.blocked_by = "bob";
    scene.facts.blocked_unix = when("2026-09-01T12:00:00+02:00");
    assert_shut(&scene, GATE_BLOCK, BUILD " was blocked by bob on 2026-09-01: crashes" UNBLOCK);
}

static void recall_says_since_when(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.recalled_unix = when("2026-08-22T23:30:00+00:00");
    assert_shut(&scene, GATE_RECALL, "Microsoft withdrew this build (first seen 2026-08-23)");
    scene.facts.recalled_unix = 0;
    assert_shut(&scene, GATE_RECALL, "Microsoft withdrew this build (first seen 1970-01-01)");
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    char text[1000];
    (void)state;
    for (size_t shift = 0; shift < 2; shift++) {
        SCENE scene;
        scene_open(&scene);
        memset(text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof text; i += 2)
            strcpy(text + i, "ö");
        scene.facts.blocked_reason = text;
        const char *reason = ask(&scene, GATE_BLOCK)->reason;
        size_t len = strlen(reason);
        assert_true(len >= sizeof scene.verdict->reason - 3 && len < sizeof scene.verdict->reason);
        assert_string_equal(reason + len - strlen("ö…"), "ö…");
    }
}

static void a_reason_that_just_fits_is_whole(void **state)
{
    char text[600], whole[600];
    (void)state;
    for (size_t shorter = 0; shorter < 2; shorter++) {
        SCENE scene;
        scene_open(&scene);
        size_t head = (size_t)snprintf(whole, sizeof whole, BUILD " was blocked by somebody on 2026-09-16: ");
        size_t room = sizeof scene.verdict->reason - shorter - head - strlen(UNBLOCK);
        memset(text, 'x', room);
        text[room] = 0;
        strcpy(whole + head, text);
        strcat(whole, UNBLOCK);
        scene.facts.blocked_unix = scene.facts.now_unix;
        scene.facts.blocked_reason = text;
        const char *reason = ask(&scene, GATE_BLOCK)->reason;
        assert_int_equal(strcmp(reason, whole) == 0, shorter == 1);
        assert_true(strlen(reason) < sizeof scene.verdict->reason);
    }
}

/* ---- order of a promotion ---- */

enum flag {
    NOT_OFFERED = 1,
    SOURCE_BAD = 2,
    DISPUTED = 4,
    MIGRATING = 8,
    NEVER_LIVE = 16,
    FROM_SEMIANNUAL = 32,
    WRONG_VERSION = 64
};

static const struct order_row {
    const char *build, *live; /* "" empty */
    unsigned flags;
    bool open;
    const char *reason;
} orders[] = {
    {"20326.20100", "20326.20099", 0, true, "16.0.20326.20100 is newer than 16.0.20326.20099, which is live"},
    {"10730.1", "9126.1", 0, true, "16.0.10730.1 is newer than 16.0.9126.1, which is live"},
    {"20326.20100", "", 0, true, "production is empty"},
    {"20326.20100", "20400.1", 0, false,
     "16.0.20326.20100 is older than 16.0.20400.1, which is live in production: a promotion never goes "
     "backwards"},
    {"9126.1", "10730.1", 0, false,
     "16.0.9126.1 is older than 16.0.10730.1, which is live in production: a promotion never goes backwards"},
    {"20326.20100", "20326.20100", 0, false, "16.0.20326.20100 is live in production already"},
    {"20326.20100", "9126.1", NOT_OFFERED, false,
     "production takes from pilot, which does not offer 16.0.20326.20100: promote it there first"},
    {"20326.20100", "", NOT_OFFERED, false,
     "production takes from pilot, which does not offer 16.0.20326.20100: promote it there first"},
    {"20326.20100", "9126.1", SOURCE_BAD, false, "pilot went back from 16.0.20326.20100 because it was bad"},
    {"20326.20100", "9126.1", SOURCE_BAD | NOT_OFFERED, false,
     "pilot went back from 16.0.20326.20100 because it was bad"},
    {"20326.20100", "9126.1", DISPUTED, false,
     "Microsoft's pointer and release history disagree about 16.0.20326.20100: only rings that take from "
     "origin get it before they agree"},
    {"20326.20100", "9126.1", WRONG_VERSION, false, "production has version = 2606, and this is none"},
    {"20326.20100", "9126.1", MIGRATING | FROM_SEMIANNUAL, true,
     "16.0.20326.20100 is newer than 16.0.9126.1, which is live"},
    {"20326.20100", "20400.1", MIGRATING | FROM_SEMIANNUAL, false,
     "16.0.20326.20100 is older than 16.0.20400.1, which is live in production, and machines take only what "
     "is "
     "newer: the migration waits for a newer build of MonthlyEnterprise"},
};

static const struct order_row returns[] = {
    {"9126.1", "20326.20100", 0, true, "16.0.9126.1 was live in production before"},
    {"20400.1", "20326.20100", 0, false,
     "16.0.20400.1 is newer than what is live in production: forwards goes a promotion, through every gate"},
    {"20400.1", "20326.20100", NEVER_LIVE | MIGRATING | FROM_SEMIANNUAL, false,
     "16.0.20400.1 is newer than what is live in production: forwards goes a promotion, through every gate"},
    {"9126.1", "20326.20100", SOURCE_BAD | NOT_OFFERED | DISPUTED | WRONG_VERSION, true,
     "16.0.9126.1 was live in production before"},
    {"9126.1", "20326.20100", NEVER_LIVE, false,
     "16.0.9126.1 was never live in production: a roll-back goes to what was"},
    {"9126.1", "9126.1", 0, false, "16.0.9126.1 is live in production already"},
    {"9126.1", "9126.1", MIGRATING | FROM_SEMIANNUAL, false, "16.0.9126.1 is live in production already"},
    {"9126.1", "20326.20100", NEVER_LIVE | MIGRATING | FROM_SEMIANNUAL, true,
     "16.0.9126.1 takes production to MonthlyEnterprise, which was decided"},
    {"9126.1", "20326.20100", NEVER_LIVE | MIGRATING, false,
     "16.0.9126.1 was never live in production: a roll-back goes to what was"},
    {"9126.1", "20326.20100", NEVER_LIVE | MIGRATING | FROM_SEMIANNUAL | NOT_OFFERED, false,
     "16.0.9126.1 was never live in production: a roll-back goes to what was"},
    {"9126.1", "20326.20100", NEVER_LIVE | MIGRATING | FROM_SEMIANNUAL | SOURCE_BAD, false,
     "16.0.9126.1 was never live in production: a roll-back goes to what was"},
    {"9126.1", "", NEVER_LIVE | MIGRATING, false,
     "16.0.9126.1 was never live in production: a roll-back goes to what was"},
};

static struct build build_of(const char *text)
{
    struct err err = {0};
    struct build build = {0};
    if (*text)
        assert_ok(build_parse(text, &build, &err));
    return build;
}

static void judge_order(const struct order_row *row, enum lane lane)
{
    SCENE scene;
    scene_open(&scene);
    struct gate_facts *facts = &scene.facts;
    facts->lane = lane;
    facts->build = build_of(row->build);
    facts->live = build_of(row->live);
    facts->source_offered = !(row->flags & NOT_OFFERED);
    facts->source_bad = row->flags & SOURCE_BAD;
    facts->waiting = row->flags & DISPUTED;
    facts->migrating = row->flags & MIGRATING;
    facts->was_live = !(row->flags & NEVER_LIVE);
    if (row->flags & WRONG_VERSION)
        facts->wrong_version = "production has version = 2606, and this is none";
    if (row->flags & FROM_SEMIANNUAL)
        facts->live_channel = channel_find("SemiAnnual");
    if (!*row->live)
        facts->live_channel = NULL;
    (row->open ? assert_open : assert_shut)(&scene, GATE_ORDER, row->reason);
}

static void order_of_a_promotion(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(orders); i++)
        for (enum lane lane = LANE_MANUAL; lane <= LANE_EXPEDITE; lane++)
            judge_order(&orders[i], lane);
}

static void a_roll_back_goes_to_what_was_live(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(returns); i++)
        judge_order(&returns[i], LANE_ROLLBACK);
}

static void a_roll_back_leaves_the_channel_only_by_decision(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene_take(&scene, LANE_ROLLBACK);
    scene.facts.was_live = false;
    scene.facts.live_channel = channel_find("SemiAnnual");
    gate_ask_all(&scene.facts, scene.verdict);
    assert_false(scene.verdict[GATE_CHANNEL].open);
    assert_false(scene.verdict[GATE_ORDER].open);
    assert_string_equal(scene.verdict[GATE_ORDER].reason,
                        BUILD " was never live in production: a roll-back goes to what was");
    scene.facts.was_live = true;
    gate_ask_all(&scene.facts, scene.verdict);
    assert_false(scene.verdict[GATE_CHANNEL].open);
    assert_string_equal(scene.verdict[GATE_ORDER].reason, BUILD " was live in production before");
}

/* ---- since when ---- */

static void gates_that_know_it_say_since_when_they_are_open(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    assert_int_equal(ask(&scene, GATE_COMPLETE)->since_unix, when("2026-08-21T20:00:00+02:00"));
    assert_int_equal(ask(&scene, GATE_VERIFIED)->since_unix, when("2026-08-21T20:00:00+02:00"));
    assert_int_equal(ask(&scene, GATE_ORDER)->since_unix, when("2026-08-22T09:00:00+02:00"));
    assert_int_equal(ask(&scene, GATE_CHANNEL)->since_unix, -1);
    assert_int_equal(ask(&scene, GATE_BLOCK)->since_unix, -1);
    assert_int_equal(ask(&scene, GATE_RECALL)->since_unix, -1);
}

/* ---- throttle ---- */

static const struct throttle_row {
    unsigned least;
    int64_t throttle;
    bool open;
    const char *reason;
} throttles[] = {
    {0, -1, true, "production does not wait for Microsoft's own roll-out"},
    {0, 1, true, "production does not wait for Microsoft's own roll-out"},
    {500, 499, false, "Microsoft offers it to 499 of 1000 clients, throttle_min is 500"},
    {500, 500, true, "Microsoft offers it to 500 of 1000 clients, throttle_min is 500"},
    {1000, 1000, true, "Microsoft offers it to 1000 of 1000 clients, throttle_min is 1000"},
    {1, 0, false, "Microsoft offers it to 0 of 1000 clients, throttle_min is 1"},
    {1, -1, false, "how many of its clients Microsoft offers it to is not known; throttle_min is 1 of 1000"},
};

static void throttle_waits_for_microsofts_own_roll_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(throttles); i++) {
        SCENE scene;
        scene_open(&scene);
        scene.facts.lane = LANE_AUTOMATIC;
        scene.ring.throttle_min = throttles[i].least;
        scene.facts.throttle = throttles[i].throttle;
        (throttles[i].open ? assert_open : assert_shut)(&scene, GATE_THROTTLE, throttles[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_open_gate_says_why),
        cmocka_unit_test(channel_is_that_of_build_ring_and_live_build),
        cmocka_unit_test(files_that_are_not_right_are_named),
        cmocka_unit_test(gates_are_shut_while_nobody_has_looked),
        cmocka_unit_test(block_says_who_when_and_why),
        cmocka_unit_test(only_a_person_promotes_what_the_ring_went_back_from),
        cmocka_unit_test(a_block_tells_more_than_a_roll_back),
        cmocka_unit_test(recall_says_since_when),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
        cmocka_unit_test(a_reason_that_just_fits_is_whole),
        cmocka_unit_test(order_of_a_promotion),
        cmocka_unit_test(a_roll_back_goes_to_what_was_live),
        cmocka_unit_test(a_roll_back_leaves_the_channel_only_by_decision),
        cmocka_unit_test(gates_that_know_it_say_since_when_they_are_open),
        cmocka_unit_test(throttle_waits_for_microsofts_own_roll_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

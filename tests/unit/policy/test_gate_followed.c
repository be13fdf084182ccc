/* A ring that follows headquarters: what is decided there, and what here. */
#include "gates.h"

#define BUILD "16.0.20326.20100"

/* Follows a manifest that offers the scene's build; `why` if it does not. */
static void follow(struct scene *scene, enum lane lane, const char *why)
{
    scene_open(scene);
    scene->facts.lane = lane;
    scene->facts.followed = why;
    scene->facts.followed_sequence = 17;
}

static const enum lane lanes[] = {LANE_MANUAL, LANE_AUTOMATIC, LANE_EXPEDITE, LANE_RETURN};
enum { LANES = sizeof lanes / sizeof *lanes };

static void what_headquarters_offers_is_taken_forth_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < LANES; i++) {
        SCENE scene;
        follow(&scene, lanes[i], "");
        assert_open(&scene, GATE_ORDER, BUILD " is what headquarters offers (manifest 17)");
        scene.facts.live = scene_newer;
        assert_open(&scene, GATE_ORDER, BUILD " is what headquarters offers (manifest 17)");
        scene.facts.live = (struct build){{0}};
        assert_open(&scene, GATE_ORDER, BUILD " is what headquarters offers (manifest 17)");
        scene.facts.live = scene.facts.build;
        assert_false(ask(&scene, GATE_ORDER)->open);
    }
}

static void what_it_does_not_offer_is_not_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < LANES; i++) {
        SCENE scene;
        follow(&scene, lanes[i], "it expired");
        assert_shut(&scene, GATE_ORDER, "it expired");
    }
}

static void a_roll_back_of_its_own_asks_nobody(void **state)
{
    SCENE scene;
    (void)state;
    follow(&scene, LANE_ROLLBACK, "headquarters offers another");
    scene_take(&scene, LANE_ROLLBACK);
    scene.facts.was_live = true;
    assert_open(&scene, GATE_ORDER, BUILD " was live in production before");
}

/* Left with headquarters, and taken again with it. */
static void what_the_ring_left_is_taken_again(void **state)
{
    SCENE scene;
    (void)state;
    follow(&scene, LANE_AUTOMATIC, "");
    scene.facts.went_back = true;
    assert_open(&scene, GATE_BLOCK, "nobody has blocked it");
    scene.facts.blocked_reason = "breaks add-in";
    assert_false(ask(&scene, GATE_BLOCK)->open);
}

static void a_hold_after_a_roll_back_of_its_own_keeps_both_ways_shut(void **state)
{
    static const struct gate_hold own = {
        .by = "anna", .reason = "rolled back", .at_unix = 1, .until_unix = -1, .automatic_only = true};
    (void)state;
    for (size_t i = 0; i < LANES; i++) {
        SCENE scene;
        follow(&scene, lanes[i], "");
        scene.facts.hold = &own;
        scene.facts.holds = 1;
        assert_int_equal(ask(&scene, GATE_HOLD)->open, lanes[i] == LANE_MANUAL || lanes[i] == LANE_EXPEDITE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_headquarters_offers_is_taken_forth_and_back),
        cmocka_unit_test(what_it_does_not_offer_is_not_taken),
        cmocka_unit_test(a_roll_back_of_its_own_asks_nobody),
        cmocka_unit_test(what_the_ring_left_is_taken_again),
        cmocka_unit_test(a_hold_after_a_roll_back_of_its_own_keeps_both_ways_shut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

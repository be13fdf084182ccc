#include "world.h"

#include "ringmgr/state/hold.h"
#include "ringmgr/state/marks.h"

static int64_t put(struct world *world, const char *ring, bool stop_soak, int64_t at, int64_t until)
{
    struct err err = {0};
    struct hold hold = {.ring = ring,
                        .kind = HOLD_PERSON,
                        .stop_soak = stop_soak,
                        .by = "anna",
                        .reason = "macros broke",
                        .at_unix = at,
                        .until_unix = until,
                        .lifted_unix = -1};
    begin(world);
    assert_ok(hold_put(world->state, &hold, &err));
    commit(world);
    assert_int_not_equal(hold.id, 0);
    return hold.id;
}

static bool lift(struct world *world, int64_t id, int64_t now)
{
    struct err err = {0};
    bool found = false;
    begin(world);
    assert_ok(hold_lift(world->state, id, now, &found, &err));
    commit(world);
    return found;
}

static size_t count_standing(struct world *world, const char *ring, int64_t now)
{
    struct err err = {0};
    struct holds holds;
    assert_ok(holds_standing(world->state, ring, now, &holds, &err));
    size_t len = holds.len;
    holds_clear(&holds);
    return len;
}

static void test_a_hold_reads_back_as_put(void **out)
{
    static const enum hold_kind kinds[] = {HOLD_PERSON, HOLD_ROLLBACK, HOLD_SETTINGS};
    struct err err = {0};
    struct world *world = *out;
    struct holds holds;
    for (size_t i = 0; i < 3; i++) {
        struct hold hold = {.ring = "pilot",
                            .kind = kinds[i],
                            .stop_soak = i == 1,
                            .by = "ringmgr",
                            .reason = "approvals went from 2 to 1",
                            .approvers = i == 2 ? "group:office, user:anna" : NULL,
                            .at_unix = 1000 - (int64_t)i,
                            .until_unix = i == 1 ? 5000 : -1};
        begin(world);
        assert_ok(hold_put(world->state, &hold, &err));
        commit(world);
    }
    assert_ok(holds_standing(world->state, "pilot", 1000, &holds, &err));
    assert_int_equal(holds.len, 3);
    for (size_t i = 0; i < 3; i++) { /* oldest first */
        const struct hold *hold = &holds.item[2 - i];
        assert_string_equal(hold->ring, "pilot");
        assert_int_equal(hold->kind, kinds[i]);
        assert_int_equal(hold->stop_soak, i == 1);
        assert_string_equal(hold->by, "ringmgr");
        assert_string_equal(hold->reason, "approvals went from 2 to 1");
        assert_int_equal(hold->at_unix, 1000 - (int64_t)i);
        assert_int_equal(hold->until_unix, i == 1 ? 5000 : -1);
        assert_int_equal(hold->lifted_unix, -1);
    }
    assert_null(holds.item[1].approvers);
    assert_string_equal(holds.item[0].approvers, "group:office, user:anna");
    holds_clear(&holds);
    assert_int_equal(count_standing(world, "production", 1000), 0);
}

static void test_until_ends_a_hold_without_a_write(void **out)
{
    struct world *world = *out;
    int64_t id = put(world, "pilot", false, 1000, 2000);
    assert_int_equal(count_standing(world, "pilot", 1000), 1);
    assert_int_equal(count_standing(world, "pilot", 1999), 1);
    assert_int_equal(count_standing(world, "pilot", 2000), 0);
    assert_false(lift(world, id, 2000));
    assert_true(lift(world, id, 1999));
}

static void test_a_hold_is_lifted_once(void **out)
{
    struct world *world = *out;
    int64_t first = put(world, "pilot", false, 1000, -1);
    put(world, "pilot", false, 1000, -1);
    assert_false(lift(world, 99, 1500));
    assert_true(lift(world, first, 1500));
    assert_false(lift(world, first, 1600));
    assert_int_equal(count_standing(world, "pilot", 1500), 1);
}

static int64_t last_end(struct world *world, const char *ring, int64_t now)
{
    struct err err = {0};
    int64_t ended = 0;
    assert_ok(hold_last_end(world->state, ring, now, &ended, &err));
    return ended;
}

static void test_the_last_end_is_that_of_what_is_over(void **out)
{
    struct world *world = *out;
    put(world, "pilot", false, 1000, -1);
    assert_int_equal(last_end(world, "pilot", 9000), -1);
    put(world, "pilot", false, 1000, 2000);
    put(world, "pilot", false, 1000, 6000);
    assert_int_equal(last_end(world, "pilot", 1999), -1);
    assert_int_equal(last_end(world, "pilot", 5000), 2000);
    assert_int_equal(last_end(world, "pilot", 6000), 6000);
    assert_true(lift(world, put(world, "pilot", false, 1000, 8000), 7000)); /* lifted before its `until` */
    assert_int_equal(last_end(world, "pilot", 9000), 7000);
    assert_int_equal(last_end(world, "production", 9000), -1);
}

static void test_a_clock_that_went_back_lifts_no_hold_before_it_began(void **out)
{
    struct world *world = *out;
    assert_true(lift(world, put(world, "pilot", true, 5000, -1), 4000));
    assert_int_equal(last_end(world, "pilot", 9000), 5000);
}

/* Pauses. */

static void test_what_of_a_hold_is_a_pause(void **out)
{
    static const struct {
        const char *ring;
        bool stop_soak;
        int64_t until, lifted; /* of a hold from 1000 on */
        int64_t since;
        int64_t pause_until; /* 0: no pause */
    } cases[] = {
        {"pilot", true, -1, -1, 500, -1},           {"pilot", false, -1, -1, 500, 0},
        {"production", true, -1, -1, 500, 0},       {"pilot", true, 2000, -1, 500, 2000},
        {"pilot", true, -1, 1500, 500, 1500},       {"pilot", true, 2000, 1500, 500, 1500},
        {"pilot", true, 2000, -1, 1999, 2000},      {"pilot", true, 2000, -1, 2000, 0},
        {"pilot", true, 2000, 1500, 1500, 0},       {"pilot", true, -1, 1500, 1500, 0},
        {"pilot", true, -1, 1000, 500, 0},          {"pilot", true, 900, -1, 500, 0},
        {"pilot", true, 1 << 30, -1, 500, 1 << 30},
    };
    (void)out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct world *world = world_new();
        struct soak_pause *pauses;
        size_t len;
        int64_t id = put(world, cases[i].ring, cases[i].stop_soak, 1000, cases[i].until);
        if (cases[i].lifted >= 0)
            assert_true(lift(world, id, cases[i].lifted));
        assert_ok(hold_pauses(world->state, "pilot", cases[i].since, &pauses, &len, &err));
        if (len != (cases[i].pause_until != 0))
            fail_msg("case %zu: %zu pauses", i, len);
        if (len == 1) {
            assert_int_equal(pauses[0].from_unix, 1000);
            assert_int_equal(pauses[0].until_unix, cases[i].pause_until);
        }
        free(pauses);
        world_free(world);
    }
}

static void test_steps_of_the_clock_are_pauses_of_every_ring(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct soak_pause *pauses;
    struct clock_steady steady = {"boot", 100};
    int64_t step;
    size_t len;
    put(world, "pilot", true, 1000, -1);
    assert_ok(mark_clock(world->state, 5000, &steady, &step, &err));
    assert_ok(mark_clock(world->state, 6000, &steady, &step, &err));
    assert_ok(hold_pauses(world->state, "pilot", 5999, &pauses, &len, &err));
    assert_int_equal(len, 2);
    free(pauses);
    assert_ok(hold_pauses(world->state, "production", 5999, &pauses, &len, &err));
    assert_int_equal(len, 1);
    assert_int_equal(pauses[0].from_unix, 5000);
    assert_int_equal(pauses[0].until_unix, 6000);
    free(pauses);
    assert_ok(hold_pauses(world->state, "production", 6000, &pauses, &len, &err));
    assert_int_equal(len, 0);
    assert_null(pauses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_hold_reads_back_as_put),
        world_test(test_until_ends_a_hold_without_a_write),
        world_test(test_a_hold_is_lifted_once),
        world_test(test_the_last_end_is_that_of_what_is_over),
        world_test(test_a_clock_that_went_back_lifts_no_hold_before_it_began),
        cmocka_unit_test(test_what_of_a_hold_is_a_pause),
        world_test(test_steps_of_the_clock_are_pauses_of_every_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

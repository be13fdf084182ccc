#include "world.h"

#include "ringmgr/state/runs.h"

static void note(struct world *world, const char *job, int64_t began, int64_t ended, int status)
{
    struct err err = {0};
    assert_ok(run_note(world->state, job, began, ended, status, &err));
}

static void test_no_job_has_run_at_first(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    struct runs runs;
    assert_ok(runs_get(world->state, &runs, &err));
    assert_int_equal(runs.len, 0);
    runs_clear(&runs);
}

static void test_the_last_run_of_each_job_stands(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    struct runs runs;
    note(world, "sync", 1000, 1060, 0);
    note(world, "gc", 1100, 1101, 0);
    note(world, "sync", 2000, 2005, 5);
    assert_ok(runs_get(world->state, &runs, &err));
    assert_int_equal(runs.len, 2);
    assert_string_equal(runs.item[0].job, "gc");
    assert_string_equal(runs.item[1].job, "sync");
    assert_int_equal(runs.item[1].began_unix, 2000);
    assert_int_equal(runs.item[1].ended_unix, 2005);
    assert_int_equal(runs.item[1].status, 5);
    runs_clear(&runs);
}

static void test_a_failure_leaves_the_last_success(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    struct runs runs;
    note(world, "gc", 1, 2, 6);
    note(world, "sync", 1000, 1060, 0);
    note(world, "sync", 2000, 2005, 5);
    assert_ok(runs_get(world->state, &runs, &err));
    assert_int_equal(runs.item[0].good_unix, -1);
    assert_int_equal(runs.item[1].good_unix, 1060);
    runs_clear(&runs);
}

static void test_figures_add_up_or_are_set(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    uint64_t value[FIGURE_COUNT];
    assert_ok(figures_get(world->state, value, &err));
    assert_int_equal(value[FIGURE_FETCHED_BYTES], 0);
    assert_ok(figure_add(world->state, FIGURE_FETCHED_BYTES, 5, &err));
    assert_ok(figure_add(world->state, FIGURE_FETCHED_BYTES, (uint64_t)1 << 40, &err));
    assert_ok(figure_set(world->state, FIGURE_AUDIT_LEFT, 7, &err));
    assert_ok(figure_set(world->state, FIGURE_AUDIT_LEFT, 0, &err));
    assert_ok(figures_get(world->state, value, &err));
    assert_int_equal(value[FIGURE_FETCHED_BYTES], ((uint64_t)1 << 40) + 5);
    assert_int_equal(value[FIGURE_AUDIT_LEFT], 0);
    assert_int_equal(value[FIGURE_REUSED_BYTES], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_no_job_has_run_at_first),
        world_test(test_the_last_run_of_each_job_stands),
        world_test(test_a_failure_leaves_the_last_success),
        world_test(test_figures_add_up_or_are_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

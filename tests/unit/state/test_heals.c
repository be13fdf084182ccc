#include "world.h"

#include "ringmgr/state/heals.h"

enum { HOUR = 3600 };

static void note(struct world *world, const char *ring, const char *path, int64_t now)
{
    struct err err = {0};
    assert_ok(state_begin(world->state, &err));
    assert_ok(heals_note(world->state, ring, path, now, HOUR, &err));
    assert_ok(state_commit(world->state, &err));
}

static int64_t count(struct world *world, const char *ring, const char *path, int64_t since)
{
    struct err err = {0};
    int64_t times = -1;
    assert_ok(heals_count(world->state, ring, path, since, &times, &err));
    return times;
}

static void test_nothing_was_healed_at_first(void **out)
{
    assert_int_equal(count(*out, "pilot", "v64.cab", 0), 0);
}

static void test_each_is_counted_by_ring_and_path(void **out)
{
    struct world *world = *out;
    note(world, "pilot", "a", 10000);
    note(world, "pilot", "a", 10000);
    note(world, "pilot", "b", 10001);
    note(world, "production", "a", 10002);
    assert_int_equal(count(world, "pilot", "a", 9999), 2);
    assert_int_equal(count(world, "pilot", "b", 9999), 1);
    assert_int_equal(count(world, "production", "a", 9999), 1);
    assert_int_equal(count(world, "production", "b", 9999), 0);
}

static void test_only_what_is_younger_counts(void **out)
{
    struct world *world = *out;
    note(world, "pilot", "a", 10000);
    note(world, "pilot", "a", 12000);
    assert_int_equal(count(world, "pilot", "a", 9999), 2);
    assert_int_equal(count(world, "pilot", "a", 10000), 1);
    assert_int_equal(count(world, "pilot", "a", 12000), 0);
}

static void test_what_is_old_is_forgotten(void **out)
{
    struct world *world = *out;
    note(world, "pilot", "a", 10000);
    note(world, "production", "b", 10000 + HOUR);
    assert_int_equal(count(world, "pilot", "a", 0), 0);
    assert_int_equal(count(world, "production", "b", 0), 1);
}

static void test_a_ring_can_be_forgotten(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    note(world, "pilot", "a", 10000);
    note(world, "production", "a", 10000);
    assert_ok(heals_forget(world->state, "pilot", &err));
    assert_int_equal(count(world, "pilot", "a", 0), 0);
    assert_int_equal(count(world, "production", "a", 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_nothing_was_healed_at_first), world_test(test_each_is_counted_by_ring_and_path),
        world_test(test_only_what_is_younger_counts), world_test(test_what_is_old_is_forgotten),
        world_test(test_a_ring_can_be_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "world.h"

#include "ringmgr/state/pin.h"

static int64_t put(struct world *world, const char *ring, const char *build, int64_t at)
{
    struct err err = {0};
    struct pin pin = {.ring = ring,
                      .channel = mec(),
                      .build = build_of(build),
                      .what = "rollback",
                      .by = "anna",
                      .at_unix = at};
    begin(world);
    assert_ok(pin_put(world->state, &pin, &err));
    commit(world);
    assert_int_not_equal(pin.id, 0);
    return pin.id;
}

static bool take_back(struct world *world, int64_t id, struct pin *pin)
{
    struct err err = {0};
    bool found;
    begin(world);
    assert_ok(pin_take_back(world->state, id, "bob", 3000, pin, &found, &err));
    commit(world);
    return found;
}

static struct pins standing(struct world *world, const char *ring)
{
    struct err err = {0};
    struct pins pins;
    assert_ok(pins_standing(world->state, ring, &pins, &err));
    return pins;
}

static void test_pins_are_read_oldest_first_of_one_ring_or_all(void **out)
{
    struct world *world = *out;
    struct build build = build_of("16.0.9126.2116");
    int64_t late = put(world, "pilot", "16.0.10730.20102", 2000);
    int64_t early = put(world, "pilot", "16.0.9126.2116", 1000);
    int64_t other = put(world, "production", "16.0.9126.2116", 1500);
    struct pins pins = standing(world, "pilot");
    assert_int_equal(pins.len, 2);
    assert_int_equal(pins.item[0].id, early);
    assert_int_equal(pins.item[1].id, late);
    assert_string_equal(pins.item[0].ring, "pilot");
    assert_ptr_equal(pins.item[0].channel, mec());
    assert_int_equal(build_compare(&pins.item[0].build, &build), 0);
    assert_string_equal(pins.item[0].what, "rollback");
    assert_string_equal(pins.item[0].by, "anna");
    assert_int_equal(pins.item[0].at_unix, 1000);
    pins_clear(&pins);
    pins = standing(world, NULL);
    assert_int_equal(pins.len, 3);
    assert_int_equal(pins.item[1].id, other);
    pins_clear(&pins);
    assert_int_equal(standing(world, "late").len, 0);
}

static void test_a_pin_is_taken_back_once(void **out)
{
    struct world *world = *out;
    struct pin pin;
    int64_t id = put(world, "pilot", "16.0.9126.2116", 1000), kept = put(world, "pilot", "16.0.1.1", 1000);
    assert_false(take_back(world, 99, &pin));
    assert_null(pin.ring);
    assert_true(take_back(world, id, &pin));
    assert_int_equal(pin.id, id);
    assert_string_equal(pin.ring, "pilot");
    assert_string_equal(pin.by, "anna");
    pin_clear(&pin);
    assert_false(take_back(world, id, &pin));
    struct pins pins = standing(world, NULL);
    assert_int_equal(pins.len, 1);
    assert_int_equal(pins.item[0].id, kept);
    pins_clear(&pins);
}

static void test_a_pin_can_be_taken_back_by_a_clock_that_went_back(void **out)
{
    struct world *world = *out;
    struct pin pin;
    assert_true(take_back(world, put(world, "pilot", "16.0.1.1", 9000), &pin));
    pin_clear(&pin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_pins_are_read_oldest_first_of_one_ring_or_all),
        world_test(test_a_pin_is_taken_back_once),
        world_test(test_a_pin_can_be_taken_back_by_a_clock_that_went_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

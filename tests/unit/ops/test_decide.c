/* What a decision locks. Its gates and entries are tested through the commands (tests/cli). */
#include "world.h"

enum { MANY = 70 };

static void about_all_rings_it_locks_each_of_them_however_many(void **state)
{
    struct world *world = *state;
    struct ring ring[MANY] = {0};
    char name[MANY][8];
    struct settings many = {.ring = ring, .rings = MANY};
    struct job job = world->job;
    struct err err = {0};
    for (size_t i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], "r%02zu", MANY - i);
        ring[i].name = name[i];
    }
    job.settings = &many;
    job.wait_ms = 0;
    struct ring_locks all, one = {0};
    assert_ok(decide_lock(&job, NULL, &all, &err));
    assert_int_equal(all.len, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_false(decide_lock(&job, &ring[i], &one, &err));
        assert_int_equal(err.code, ERR_LOCKED);
        decide_unlock(&one);
        err = (struct err){0};
    }
    decide_unlock(&all);
    assert_ok(decide_lock(&job, &ring[MANY - 1], &one, &err));
    decide_unlock(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(about_all_rings_it_locks_each_of_them_however_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

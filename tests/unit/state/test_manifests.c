#include "world.h"

#include "ringmgr/state/manifests.h"

static const struct buf ONE = {.data = (uint8_t *)"one", .len = 3, .cap = 4};
static const struct buf TWO = {.data = (uint8_t *)"two\0!", .len = 5, .cap = 6};
static const struct buf NONE = {0};

static void assert_kept(struct world *world, const char *ring, int64_t sequence, const struct buf *accepted,
                        int64_t accepted_unix, const struct buf *shown)
{
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    struct err err = {0};
    assert_ok(manifests_find(world->state, ring, &kept, &err));
    assert_int_equal(kept.sequence, sequence);
    assert_int_equal(kept.accepted_unix, accepted_unix);
    assert_int_equal(kept.accepted.len, accepted->len);
    assert_int_equal(kept.shown.len, shown->len);
    if (accepted->len)
        assert_memory_equal(kept.accepted.data, accepted->data, accepted->len);
    if (shown->len)
        assert_memory_equal(kept.shown.data, shown->data, shown->len);
}

static void test_nothing_is_known_at_first(void **out)
{
    assert_kept(*out, "pilot", 0, &NONE, -1, &NONE);
}

static void test_what_is_accepted_is_not_shown_yet(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    assert_ok(manifests_accept(world->state, "pilot", 7, &ONE, 1000, &err));
    assert_kept(world, "pilot", 7, &ONE, 1000, &NONE);
    assert_ok(manifests_show(world->state, "pilot", 7, &ONE, &err));
    assert_ok(manifests_accept(world->state, "pilot", 8, &TWO, 2000, &err));
    assert_kept(world, "pilot", 8, &TWO, 2000, &ONE);
    assert_kept(world, "production", 0, &NONE, -1, &NONE);
}

static void test_what_is_issued_is_accepted_by_nobody(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    assert_ok(manifests_show(world->state, "pilot", 7, &TWO, &err));
    assert_kept(world, "pilot", 7, &NONE, -1, &TWO);
    assert_ok(manifests_show(world->state, "pilot", 7, &NONE, &err));
    assert_kept(world, "pilot", 7, &NONE, -1, &NONE);
}

/* What the ring signed itself, before it followed. */
static void test_own_numbers_end_where_others_begin(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    assert_ok(manifests_show(world->state, "pilot", 70, &ONE, &err));
    assert_ok(manifests_accept(world->state, "pilot", 7, &TWO, 1000, &err));
    assert_kept(world, "pilot", 7, &TWO, 1000, &ONE);
}

static void test_the_number_never_falls(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    assert_ok(manifests_accept(world->state, "pilot", 9, &ONE, 1000, &err));
    assert_ok(manifests_accept(world->state, "pilot", 3, &TWO, 2000, &err));
    assert_kept(world, "pilot", 9, &TWO, 2000, &NONE);
    assert_ok(manifests_show(world->state, "pilot", 4, &TWO, &err));
    assert_kept(world, "pilot", 9, &TWO, 2000, &TWO);
}

static void test_what_is_forgotten_counts_no_more(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    assert_ok(manifests_forget(world->state, "pilot", &err));
    assert_ok(manifests_accept(world->state, "pilot", 9, &ONE, 1000, &err));
    assert_ok(manifests_accept(world->state, "production", 9, &ONE, 1000, &err));
    assert_ok(manifests_show(world->state, "pilot", 9, &ONE, &err));
    assert_ok(manifests_forget(world->state, "pilot", &err));
    assert_kept(world, "pilot", 0, &NONE, -1, &ONE);
    assert_ok(manifests_accept(world->state, "pilot", 3, &TWO, 2000, &err));
    assert_kept(world, "pilot", 3, &TWO, 2000, &ONE);
    assert_kept(world, "production", 9, &ONE, 1000, &NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_nothing_is_known_at_first),
        world_test(test_what_is_accepted_is_not_shown_yet),
        world_test(test_what_is_issued_is_accepted_by_nobody),
        world_test(test_own_numbers_end_where_others_begin),
        world_test(test_the_number_never_falls),
        world_test(test_what_is_forgotten_counts_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

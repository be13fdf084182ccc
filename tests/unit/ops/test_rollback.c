#include "ringmgr/ops/rollback.h"
#include "ringmgr/state/hold.h"
#include "world.h"

/* Pilot has gone from OLD to NEW. */
static int rollback_setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    struct world *world = *state;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_stage(world, &NEW, &world->pilot->content);
    world_promote(world, world->pilot, NULL, NULL, &err);
    world->job.identity = &world->games;
    assert_live(world, world->pilot, &NEW);
    return 0;
}

#define ROLLBACK_CASE(function) cmocka_unit_test_setup_teardown(function, rollback_setup, world_teardown)

static bool go_back(struct world *world, struct rollback_options options, struct promotion *promotion,
                    struct err *err)
{
    *err = (struct err){0};
    options.reason = "Outlook hangs";
    return rollback_run(&world->job, world->pilot, &options, promotion, err);
}

static bool is_blocked(struct world *world, const char *ring)
{
    struct block block AUTO(block_clear) = {0};
    struct err err = {0};
    bool found;
    assert_ok(decision_blocked(world->state, ring, world->pilot->channel, &NEW, &block, &found, &err));
    return found;
}

static size_t holds(struct world *world)
{
    struct holds list AUTO(holds_clear) = {0};
    struct err err = {0};
    assert_ok(holds_standing(world->state, "pilot", clock_now_unix(), &list, &err));
    for (size_t i = 0; i < list.len; i++)
        assert_int_equal(list.item[i].kind, HOLD_ROLLBACK);
    return list.len;
}

static void a_ring_goes_back_blocks_and_holds(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err;
    assert_true(go_back(world, (struct rollback_options){0}, &promotion, &err));
    assert_int_equal(promotion.result, PROMOTE_DONE);
    assert_live(world, world->pilot, &OLD);
    assert_true(is_blocked(world, "pilot"));
    assert_false(is_blocked(world, "production"));
    assert_int_equal(holds(world), 1);
    assert_int_equal(world_entries(world, "rollback"), 1);
}

static void what_is_blocked_is_chosen(void **state)
{
    static const struct {
        enum rollback_block block;
        bool pilot, production;
    } cases[] = {{BLOCK_RING, true, false}, {BLOCK_EVERYWHERE, true, true}, {BLOCK_NOT, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *own = NULL;
        struct promotion promotion;
        struct err err;
        assert_int_equal(rollback_setup(&own), 0);
        struct world *world = own;
        assert_true(go_back(world, (struct rollback_options){.block = cases[i].block}, &promotion, &err));
        assert_int_equal(is_blocked(world, "pilot"), cases[i].pilot);
        assert_int_equal(is_blocked(world, "production"), cases[i].production);
        assert_int_equal(holds(world), 1);
        world_teardown(&own);
    }
    (void)state;
}

static void another_build_than_meant_is_left_alone(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err;
    assert_true(go_back(world, (struct rollback_options){.from = &OLD}, &promotion, &err));
    assert_int_equal(promotion.result, PROMOTE_UNCHANGED);
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(holds(world), 0);
}

static void where_nothing_good_was_live_it_is_refused(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err;
    assert_true(go_back(world, (struct rollback_options){0}, &promotion, &err));
    assert_false(go_back(world, (struct rollback_options){0}, &promotion, &err));
    assert_int_equal(err.code, ERR_REFUSED);
    assert_int_equal(holds(world), 1);
}

/* The path of an object of OLD in the store. */
static char *object_path(struct world *world, const char *name)
{
    struct digest digest = digest_of(name, strlen(name));
    char text[DIGEST_TEXT_SIZE];
    digest_format(&digest, text);
    return mem_printf("%s/objects/%.2s/%s", world->settings.store, text, text);
}

static void bytes_that_have_changed_keep_the_ring_where_it_is(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err;
    char *path = object_path(world, "16.0.20131.20150/s640.cab");
    int fd = -1;
    assert_int_equal(chmod(path, 0644), 0);
    fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "#", 1, 3), 1);
    close(fd);
    assert_false(go_back(world, (struct rollback_options){0}, &promotion, &err));
    assert_int_equal(err.code, ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "16.0.20131.20150/s640.cab"));
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(holds(world), 0);
    free(path);
}

static void an_order_from_before_is_given_up(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    struct plan plan;
    struct attentions attentions = {0};
    bool found, changed;
    assert_ok(promote_plan(&world->job, world->pilot, &OLD, clock_now_unix() + 3600, NULL, &changed, &err));
    assert_true(go_back(world, (struct rollback_options){0}, &promotion, &err));
    assert_ok(plan_find(world->state, "pilot", &plan, &found, &err));
    assert_false(found);
    assert_ok(catalog_attentions(world->state, &attentions, &err));
    assert_int_equal(attentions.len, 1);
    assert_string_equal(attentions.item[0].code, "promote-at-refused");
    attentions_clear(&attentions);
}

static void what_was_left_is_known_until_the_ring_moves_on(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct build left;
    struct err err = {0};
    bool found;
    assert_ok(rollback_left(&world->job, world->pilot, &left, &found, &err));
    assert_false(found);
    assert_true(go_back(world, (struct rollback_options){.block = BLOCK_NOT}, &promotion, &err));
    assert_ok(rollback_left(&world->job, world->pilot, &left, &found, &err));
    assert_true(found && build_compare(&left, &NEW) == 0);
    world_promote(world, world->pilot, &NEW, &world->news, &err);
    assert_ok(rollback_left(&world->job, world->pilot, &left, &found, &err));
    assert_false(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROLLBACK_CASE(a_ring_goes_back_blocks_and_holds),
        cmocka_unit_test(what_is_blocked_is_chosen),
        ROLLBACK_CASE(another_build_than_meant_is_left_alone),
        ROLLBACK_CASE(where_nothing_good_was_live_it_is_refused),
        ROLLBACK_CASE(bytes_that_have_changed_keep_the_ring_where_it_is),
        ROLLBACK_CASE(an_order_from_before_is_given_up),
        ROLLBACK_CASE(what_was_left_is_known_until_the_ring_moves_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

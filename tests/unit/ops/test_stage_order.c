/* promote --stage and --flip: which gates are asked, what is recorded, and when the pointer may move. */
#include "site_world.h"

#include "ringmgr/ops/rollback.h"
#include "ringmgr/ops/stage_order.h"

static bool stage(struct world *world, const struct build *build, struct promotion *promotion,
                  struct err *err)
{
    const struct promote_options options = {.build = build, .reason = "by night"};
    struct job job = world->job;
    job.identity = &world->news;
    return promote_stage(&job, world->production, &options, promotion, err);
}

static bool flip(struct world *world, const struct build *build, struct promotion *promotion, struct err *err)
{
    const struct promote_options options = {.build = build, .flip = true};
    struct job job = world->job;
    job.identity = &world->news;
    return promote_run(&job, world->production, &options, promotion, err);
}

static bool is_ordered(struct world *world, const struct build *build)
{
    struct build ordered;
    struct err err = {0};
    bool found;
    assert_ok(stage_order_build(&world->job, world->production, &ordered, &found, &err));
    return found && build_compare(&ordered, build) == 0;
}

static void assert_staged(struct world *world, const struct build *build)
{
    struct promotion promotion;
    struct err err = {0};
    assert_ok(stage(world, build, &promotion, &err));
    assert_int_equal(promotion.result, PROMOTE_DONE);
    assert_true(is_ordered(world, build));
}

static void without_a_site_there_is_nowhere_to_stage(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    site_world_ready(world);
    assert_false(stage(world, &NEW, &promotion, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_false(is_ordered(world, &NEW));
}

static void an_order_is_written_down_once_and_moves_no_pointer(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_staged(world, &NEW);
    assert_int_equal(world_entries(world, "stage-order"), 1);
    assert_ok(stage(world, &NEW, &promotion, &err));
    assert_int_equal(promotion.result, PROMOTE_UNCHANGED);
    assert_int_equal(world_entries(world, "stage-order"), 1);
    assert_live(world, world->production, &OLD);
}

static void a_dry_run_orders_nothing(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    const struct promote_options options = {.build = &NEW, .dry_run = true};
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_ok(promote_stage(&world->job, world->production, &options, &promotion, &err));
    assert_int_equal(promotion.result, PROMOTE_DONE);
    assert_false(is_ordered(world, &NEW));
}

static void bytes_know_no_freeze_but_ask_every_other_gate(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    char why[128];
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_true(calendar_add_range(&world->production->freeze, "2020-01-01/2090-01-01", why));
    assert_int_equal(world_promote(world, world->production, &NEW, &world->news, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "freeze"));
    assert_staged(world, &NEW);
    world->production->approvals = 2;
    assert_false(stage(world, &NEW, &promotion, &err));
    assert_int_equal(err.code, ERR_REFUSED);
    assert_int_equal(promotion.result, PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "approvals"));
}

static void the_flip_waits_for_the_quorum_and_names_who_is_missing(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    site_add(world, "tokyo");
    site_add(world, "oslo");
    site_world_ready(world);
    assert_staged(world, &NEW);
    site_has(world, "tokyo", &NEW, true);
    site_has(world, "oslo", &NEW, false);
    assert_false(flip(world, &NEW, &promotion, &err));
    assert_int_equal(err.code, ERR_REFUSED);
    assert_int_equal(promotion.result, PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "oslo"));
    assert_null(strstr(err.msg, "tokyo"));
    assert_live(world, world->production, &OLD);
    site_has(world, "oslo", &NEW, true);
    assert_ok(flip(world, &NEW, &promotion, &err));
    assert_live(world, world->production, &NEW);
    assert_false(is_ordered(world, &NEW));
}

static void the_flip_asks_for_as_many_sites_as_the_ring_says(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    site_add(world, "tokyo");
    site_add(world, "oslo");
    site_add(world, "barge")->required = false;
    world->production->sites_ready = 50;
    site_world_ready(world);
    site_has(world, "barge", &NEW, true); /* does not count */
    assert_false(flip(world, &NEW, &promotion, &err));
    site_has(world, "tokyo", &NEW, true);
    assert_ok(flip(world, &NEW, &promotion, &err));
    assert_live(world, world->production, &NEW);
}

static void a_flip_asks_the_gates_once_more(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_staged(world, &NEW);
    site_has(world, "tokyo", &NEW, true);
    world->production->approvals = 2;
    assert_false(flip(world, &NEW, &promotion, &err));
    assert_non_null(strstr(err.msg, "approvals"));
}

static void a_plain_promotion_asks_no_site_and_ends_the_order(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_staged(world, &NEW);
    assert_int_equal(world_promote(world, world->production, &NEW, &world->news, &err), PROMOTE_DONE);
    assert_false(is_ordered(world, &NEW));
}

static void a_roll_back_ends_the_order(void **state)
{
    struct world *world = *state;
    struct promotion promotion;
    struct err err = {0};
    const struct build newest = {{16, 0, 20300, 20100}};
    const struct rollback_options options = {.block = BLOCK_NOT, .reason = "printers"};
    struct job job = world->job;
    job.identity = &world->news;
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_int_equal(world_promote(world, world->production, &NEW, &world->news, &err), PROMOTE_DONE);
    world_stage(world, &newest, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, &newest, NULL, &err), PROMOTE_DONE);
    world_approve(world, &newest, &world->games);
    assert_staged(world, &newest);
    assert_ok(rollback_run(&job, world->production, &options, &promotion, &err));
    assert_live(world, world->production, &OLD);
    assert_false(is_ordered(world, &newest));
}

static void an_order_can_be_taken_back(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    bool changed;
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_staged(world, &NEW);
    assert_ok(stage_order_drop(&world->job, world->production, NULL, &changed, &err));
    assert_true(changed);
    assert_false(is_ordered(world, &NEW));
    assert_int_equal(world_entries(world, "stage-order-withdrawn"), 1);
    assert_ok(stage_order_drop(&world->job, world->production, NULL, &changed, &err));
    assert_false(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(without_a_site_there_is_nowhere_to_stage),
        OPS_CASE(an_order_is_written_down_once_and_moves_no_pointer),
        OPS_CASE(a_dry_run_orders_nothing),
        OPS_CASE(bytes_know_no_freeze_but_ask_every_other_gate),
        OPS_CASE(the_flip_waits_for_the_quorum_and_names_who_is_missing),
        OPS_CASE(the_flip_asks_for_as_many_sites_as_the_ring_says),
        OPS_CASE(a_flip_asks_the_gates_once_more),
        OPS_CASE(a_plain_promotion_asks_no_site_and_ends_the_order),
        OPS_CASE(a_roll_back_ends_the_order),
        OPS_CASE(an_order_can_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "world.h"

static const struct build NONE = {{0}};

static void pilot_takes_the_staged_build(void **state)
{
    struct world *world = *state;
    AUTO_STRV promoted = {0};
    struct err err = {0};
    assert_ok(promote_automatic(&world->job, &promoted, &err));
    assert_int_equal(promoted.len, 1);
    assert_live(world, world->pilot, &OLD);
    assert_live(world, world->production, &NONE);
}

static void production_needs_an_approval(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_DONE);
    assert_int_equal(world_promote(world, world->production, NULL, &world->news, &err), PROMOTE_REFUSED);
    assert_int_equal(err.code, ERR_REFUSED);
    assert_non_null(strstr(err.msg, "approvals"));
    assert_live(world, world->production, &NONE);
}

static void an_approved_build_reaches_production(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, NULL, &world->news, &err), PROMOTE_DONE);
    assert_live(world, world->production, &OLD);
    assert_int_equal(world_entries(world, "promote"), 2);
}

static void who_promotes_has_not_approved(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, NULL, &world->games, &err), PROMOTE_REFUSED);
}

static void two_accounts_of_one_person_are_one_pair_of_eyes(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world->settings.person = mem_new(1, sizeof *world->settings.person);
    world->settings.persons = 1;
    world->settings.person->name = mem_strdup("anna");
    strv_add(&world->settings.person->accounts, "games");
    strv_add(&world->settings.person->accounts, "news");
    strcpy(world->games.person, "anna");
    strcpy(world->news.person, "anna");
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, NULL, &world->news, &err), PROMOTE_REFUSED);
}

static void a_live_build_is_not_promoted_again(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_UNCHANGED);
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_UNCHANGED);
    assert_int_equal(world_entries(world, "promote"), 1);
}

static void a_ring_never_goes_backwards(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_stage(world, &NEW, &world->pilot->content);
    world_promote(world, world->pilot, NULL, NULL, &err);
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "order"));
}

static void production_takes_only_what_pilot_has_offered(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_stage(world, &NEW, &world->pilot->content);
    world_approve(world, &NEW, &world->games);
    assert_int_equal(world_promote(world, world->production, &NEW, &world->news, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "order"));
}

static void an_approval_is_bound_to_the_list_of_files(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_approve(world, &OLD, &world->games);
    strv_add(&world->production->content.languages, "fr-fr");
    world_stage(world, &OLD, &world->production->content);
    assert_int_equal(world_promote(world, world->production, NULL, &world->news, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "approvals"));
}

static void a_language_that_is_not_in_the_store_shuts_the_gate(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    strv_add(&world->pilot->content.languages, "fr-fr");
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "complete"));
}

static void a_lost_object_shuts_the_gate(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct digest lost = digest_of("16.0.20131.20150/s640.cab", strlen("16.0.20131.20150/s640.cab"));
    assert_ok(store_evict(world->store, &lost, &err));
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "verified"));
}

static void a_recalled_build_is_refused(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_recalls_add(world->state, world->pilot->channel, &OLD, 1, 1785000000, &err));
    assert_ok(state_commit(world->state, &err));
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "recall"));
}

static void a_blocked_build_is_refused_until_it_is_unblocked(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct decision decision;
    struct job job = world->job;
    job.identity = &world->games;
    assert_ok(decide_block(&job, NULL, &OLD, "breaks add-in", &decision, &err));
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "breaks add-in"));
    err = (struct err){0};
    assert_ok(decide_unblock(&job, NULL, &OLD, "mended", &decision, &err));
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct promotion promotion;
    const struct promote_options options = {.dry_run = true};
    assert_ok(promote_run(&world->job, world->pilot, &options, &promotion, &err));
    assert_int_equal(promotion.result, PROMOTE_DONE);
    assert_int_equal(build_compare(&promotion.to, &OLD), 0);
    assert_live(world, world->pilot, &NONE);
    assert_int_equal(world_entries(world, "promote"), 0);
}

static void root_the_service_and_strangers_cannot_decide(void **state)
{
    struct world *world = *state;
    static const struct identity nobody_who_may[] = {
        {0, "root", "root", "uid"}, {4242, "ringmgr", "ringmgr", "uid"}, {13, "proxy", "proxy", "sudo"}};
    for (size_t i = 0; i < 3; i++) {
        struct decision decision;
        struct err err = {0};
        struct job job = world->job;
        job.identity = &nobody_who_may[i];
        assert_fails(decide_approve(&job, world->production, &OLD, "please", &decision, &err), ERR_REFUSED);
        assert_fails(decide_block(&job, world->production, &OLD, "please", &decision, &err), ERR_REFUSED);
    }
    assert_int_equal(world_entries(world, "approve"), 0);
}

static void an_incomplete_build_cannot_be_approved(void **state)
{
    struct world *world = *state;
    struct decision decision;
    struct err err = {0};
    struct job job = world->job;
    job.identity = &world->games;
    assert_fails(decide_approve(&job, world->production, &NEW, "blind", &decision, &err), ERR_REFUSED);
}

static void approving_twice_is_one_entry(void **state)
{
    struct world *world = *state;
    world_approve(world, &OLD, &world->games);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_entries(world, "approve"), 1);
}

static void a_revoked_approval_does_not_count(void **state)
{
    struct world *world = *state;
    struct decision decision;
    struct err err = {0};
    struct job job = world->job;
    job.identity = &world->games;
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_approve(world, &OLD, &world->games);
    assert_ok(decide_revoke(&job, world->production, &OLD, "second thoughts", &decision, &err));
    assert_int_equal(world_promote(world, world->production, NULL, &world->news, &err), PROMOTE_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(pilot_takes_the_staged_build),
        OPS_CASE(production_needs_an_approval),
        OPS_CASE(an_approved_build_reaches_production),
        OPS_CASE(who_promotes_has_not_approved),
        OPS_CASE(two_accounts_of_one_person_are_one_pair_of_eyes),
        OPS_CASE(a_live_build_is_not_promoted_again),
        OPS_CASE(a_ring_never_goes_backwards),
        OPS_CASE(production_takes_only_what_pilot_has_offered),
        OPS_CASE(an_approval_is_bound_to_the_list_of_files),
        OPS_CASE(a_language_that_is_not_in_the_store_shuts_the_gate),
        OPS_CASE(a_lost_object_shuts_the_gate),
        OPS_CASE(a_recalled_build_is_refused),
        OPS_CASE(a_blocked_build_is_refused_until_it_is_unblocked),
        OPS_CASE(a_dry_run_changes_nothing),
        OPS_CASE(root_the_service_and_strangers_cannot_decide),
        OPS_CASE(an_incomplete_build_cannot_be_approved),
        OPS_CASE(approving_twice_is_one_entry),
        OPS_CASE(a_revoked_approval_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

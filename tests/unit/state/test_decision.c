#include "world.h"

#include "ringmgr/state/decision.h"

static struct approval_key key_of(const char *files)
{
    return (struct approval_key){.ring = "production",
                                 .channel = mec(),
                                 .build = build_of("16.0.20326.20100"),
                                 .files_digest = digest_of_text(files)};
}

static bool approve(struct world *world, const struct approval_key *key, const char *account, int64_t now)
{
    struct err err = {0};
    bool already = false;
    begin(world);
    assert_ok(decision_approve(world->state, key, account, now, "looks fine", -1, &already, &err));
    commit(world);
    return !already;
}

static bool take_back(struct world *world, const struct approval_key *key, const char *account)
{
    struct err err = {0};
    bool found = false;
    begin(world);
    assert_ok(decision_revoke(world->state, key, account, 9000, &found, &err));
    commit(world);
    return found;
}

static size_t count(struct world *world, const struct approval_key *key)
{
    struct err err = {0};
    struct approvals approvals;
    assert_ok(decision_approvals(world->state, key, &approvals, &err));
    size_t len = approvals.len;
    approvals_clear(&approvals);
    return len;
}

static void test_an_approval_stands_for_exactly_its_key(void **out)
{
    struct world *world = *out;
    struct approval_key key = key_of("list"), other;
    assert_true(approve(world, &key, "anna", 1000));
    assert_int_equal(count(world, &key), 1);
    other = key_of("another list");
    assert_int_equal(count(world, &other), 0);
    other = key;
    other.ring = "pilot";
    assert_int_equal(count(world, &other), 0);
    other = key;
    other.channel = current();
    assert_int_equal(count(world, &other), 0);
    other = key;
    other.build = build_of("16.0.20326.20101");
    assert_int_equal(count(world, &other), 0);
}

static void test_approvals_are_listed_oldest_first(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct approval_key key = key_of("list");
    struct approvals approvals;
    approve(world, &key, "bob", 2000);
    approve(world, &key, "anna", 1000);
    assert_ok(decision_approvals(world->state, &key, &approvals, &err));
    assert_int_equal(approvals.len, 2);
    assert_string_equal(approvals.item[0].account, "anna");
    assert_int_equal(approvals.item[0].at_unix, 1000);
    assert_string_equal(approvals.item[0].reason, "looks fine");
    assert_string_equal(approvals.item[1].account, "bob");
    approvals_clear(&approvals);
}

static void test_approvals_of_other_files_are_told_apart(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct approval_key key = key_of("list"), other = key_of("longer list"), third = key_of("third");
    struct approvals approvals;
    approve(world, &key, "anna", 1000);
    approve(world, &third, "anna", 1500);
    approve(world, &key, "bob", 2000);
    approve(world, &other, "bob", 3000);
    approve(world, &key, "eve", 2500);
    take_back(world, &key, "eve");
    assert_ok(decision_approvals_of_others(world->state, &other, &approvals, &err));
    assert_int_equal(approvals.len, 1);
    assert_string_equal(approvals.item[0].account, "anna");
    assert_int_equal(approvals.item[0].at_unix, 1500);
    approvals_clear(&approvals);
}

static void test_approving_twice_changes_nothing(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct approval_key key = key_of("list");
    struct approvals approvals;
    assert_true(approve(world, &key, "anna", 1000));
    assert_false(approve(world, &key, "anna", 2000));
    assert_ok(decision_approvals(world->state, &key, &approvals, &err));
    assert_int_equal(approvals.len, 1);
    assert_int_equal(approvals.item[0].at_unix, 1000);
    approvals_clear(&approvals);
}

static void test_a_lapsed_approval_is_renewed(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct approval_key key = key_of("list");
    struct approvals approvals;
    bool already;
    approve(world, &key, "anna", 1000);
    begin(world);
    assert_ok(decision_approve(world->state, &key, "anna", 9000, "still fine", 999, &already, &err));
    assert_true(already);
    assert_ok(decision_approve(world->state, &key, "anna", 9000, "still fine", 1000, &already, &err));
    assert_false(already);
    commit(world);
    assert_ok(decision_approvals(world->state, &key, &approvals, &err));
    assert_int_equal(approvals.len, 1);
    assert_int_equal(approvals.item[0].at_unix, 9000);
    approvals_clear(&approvals);
}

static void test_revoking_ends_an_accounts_approvals_of_any_list(void **out)
{
    struct world *world = *out;
    struct approval_key key = key_of("list"), grown = key_of("list and a language");
    approve(world, &key, "anna", 1000);
    approve(world, &grown, "anna", 1500);
    approve(world, &key, "bob", 2000);
    assert_true(take_back(world, &grown, "anna"));
    assert_int_equal(count(world, &key), 1);
    assert_int_equal(count(world, &grown), 0);
    assert_false(take_back(world, &key, "anna"));
    assert_true(approve(world, &key, "anna", 3000)); /* and may come back */
    assert_int_equal(count(world, &key), 2);
}

static void test_an_aborted_approval_does_not_count(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct approval_key key = key_of("list");
    bool already;
    begin(world);
    assert_ok(decision_approve(world->state, &key, "anna", 1, "x", -1, &already, &err));
    state_abort(world->state);
    assert_int_equal(count(world, &key), 0);
}

/* Blocks. */

static struct block block_of(const char *ring)
{
    return (struct block){.channel = mec(),
                          .build = build_of("16.0.20326.20100"),
                          .ring = ring,
                          .by = "anna",
                          .reason = "breaks macros",
                          .at_unix = 1000};
}

static bool put_block(struct world *world, const char *ring)
{
    struct err err = {0};
    struct block block = block_of(ring);
    bool already = false;
    begin(world);
    assert_ok(decision_block(world->state, &block, &already, &err));
    commit(world);
    return !already;
}

static bool lift(struct world *world, const char *ring)
{
    struct err err = {0};
    struct block block = block_of(ring);
    bool found = false;
    begin(world);
    assert_ok(decision_unblock(world->state, block.channel, &block.build, ring, 2000, &found, &err));
    commit(world);
    return found;
}

static bool is_blocked(struct world *world, const char *ring, const struct channel *channel,
                       const char *build)
{
    struct err err = {0};
    struct build number = build_of(build);
    struct block block;
    bool found = false;
    assert_ok(decision_blocked(world->state, ring, channel, &number, &block, &found, &err));
    block_clear(&block);
    return found;
}

static void test_a_block_binds_its_ring(void **out)
{
    struct world *world = *out;
    assert_false(is_blocked(world, "production", mec(), "16.0.20326.20100"));
    assert_true(put_block(world, "production"));
    assert_true(is_blocked(world, "production", mec(), "16.0.20326.20100"));
    assert_false(is_blocked(world, "pilot", mec(), "16.0.20326.20100"));
    assert_false(is_blocked(world, "production", current(), "16.0.20326.20100"));
    assert_false(is_blocked(world, "production", mec(), "16.0.20326.20101"));
}

static void test_a_block_of_all_binds_every_ring(void **out)
{
    struct world *world = *out;
    assert_true(put_block(world, NULL));
    assert_false(put_block(world, NULL));
    assert_true(is_blocked(world, "production", mec(), "16.0.20326.20100"));
    assert_true(is_blocked(world, "pilot", mec(), "16.0.20326.20100"));
    assert_false(is_blocked(world, "pilot", current(), "16.0.20326.20100"));
}

static void test_the_block_says_who_and_why(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct block wanted = block_of(NULL), block;
    bool found;
    put_block(world, NULL);
    assert_ok(decision_blocked(world->state, "pilot", mec(), &wanted.build, &block, &found, &err));
    assert_true(found);
    assert_ptr_equal(block.channel, mec());
    assert_int_equal(build_compare(&block.build, &wanted.build), 0);
    assert_null(block.ring);
    assert_string_equal(block.by, "anna");
    assert_string_equal(block.reason, "breaks macros");
    assert_int_equal(block.at_unix, 1000);
    block_clear(&block);
    put_block(world, "pilot"); /* its own comes first */
    assert_ok(decision_blocked(world->state, "pilot", mec(), &wanted.build, &block, &found, &err));
    assert_string_equal(block.ring, "pilot");
    block_clear(&block);
}

static void test_unblocking_lifts_just_that_block(void **out)
{
    struct world *world = *out;
    put_block(world, NULL);
    put_block(world, "production");
    assert_true(lift(world, NULL));
    assert_false(lift(world, NULL));
    assert_false(is_blocked(world, "pilot", mec(), "16.0.20326.20100"));
    assert_true(is_blocked(world, "production", mec(), "16.0.20326.20100"));
    assert_true(lift(world, "production"));
    assert_false(is_blocked(world, "production", mec(), "16.0.20326.20100"));
    assert_true(put_block(world, "production"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_an_approval_stands_for_exactly_its_key),
        world_test(test_approvals_are_listed_oldest_first),
        world_test(test_approvals_of_other_files_are_told_apart),
        world_test(test_approving_twice_changes_nothing),
        world_test(test_a_lapsed_approval_is_renewed),
        world_test(test_revoking_ends_an_accounts_approvals_of_any_list),
        world_test(test_an_aborted_approval_does_not_count),
        world_test(test_a_block_binds_its_ring),
        world_test(test_a_block_of_all_binds_every_ring),
        world_test(test_the_block_says_who_and_why),
        world_test(test_unblocking_lifts_just_that_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

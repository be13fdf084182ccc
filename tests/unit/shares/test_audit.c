#include "shares/audit.h"
#include "world.h"

/* Publishes the old build and returns what an audit of it wants. */
static struct audit_wanted published(struct world *world)
{
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    return (struct audit_wanted){.file = world->old_files,
                                 .files = FILES,
                                 .architectures = ARCH_X64 | ARCH_X86,
                                 .pointer = {world->old_files[0].digest, world->old_files[1].digest}};
}

static size_t count_wrong(struct world *world, const struct audit_wanted *wanted, bool repair)
{
    const struct audit_options options = {.repair = repair, .link = LINK_HARD, .now_unix = 1785000000};
    struct audit audit AUTO(audit_clear) = {0};
    struct err err = {0};
    assert_ok(audit_run(world->store, &world->tree, wanted, &options, &audit, &err));
    size_t left = 0;
    for (size_t i = 0; i < audit.len; i++)
        left += !audit.finding[i].repaired;
    return left;
}

static void finds_nothing_on_a_right_share(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(count_wrong(world, &wanted, false), 0);
}

/* Each kind of damage is found, mended, and then gone. */
static void check_mended(struct world *world, const struct audit_wanted *wanted)
{
    assert_int_equal(count_wrong(world, wanted, false), 1);
    assert_int_equal(count_wrong(world, wanted, true), 0);
    assert_int_equal(count_wrong(world, wanted, false), 0);
}

static void mends_a_missing_pointer(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, "v64.cab", 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_pointer_to_something_else(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    world_write(world, "v32.cab", "another build");
    check_mended(world, &wanted);
}

static void mends_a_pointer_that_is_a_link_to_its_object(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, "v64.cab", 0), 0);
    assert_int_equal(linkat(world->tree.data, "v64_" OLD_BUILD ".cab", world->tree.data, "v64.cab", 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_missing_file(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, OLD_BUILD "/s640.cab", 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_missing_folder(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct err err = {0};
    assert_ok(fs_remove_tree(world->tree.data, OLD_BUILD, &err));
    assert_int_equal(count_wrong(world, &wanted, false), 3);
    assert_int_equal(count_wrong(world, &wanted, true), 0);
    assert_int_equal(count_wrong(world, &wanted, false), 0);
}

static void mends_a_file_of_the_same_size_with_other_bytes(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    world_write(world, OLD_BUILD "/s640.cab", "Content of " OLD_BUILD "/s640.cab");
    check_mended(world, &wanted);
}

static void mends_permissions(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(fchmodat(world->tree.data, OLD_BUILD "/s640.cab", 0600, 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_file_replaced_by_a_link(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, OLD_BUILD "/s640.cab", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", world->tree.data, OLD_BUILD "/s640.cab"), 0);
    check_mended(world, &wanted);
}

static void reports_what_does_not_belong_there_and_leaves_it(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    world_write(world, OLD_BUILD "/desktop.ini", "");
    assert_int_equal(mkdirat(world->tree.data, "16.0.1.1", 0755), 0);
    assert_int_equal(count_wrong(world, &wanted, true), 2);
    assert_true(world_exists(world, OLD_BUILD "/desktop.ini"));
}

static void reports_a_file_whose_object_is_damaged_and_cannot_mend_it(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct err err = {0};
    assert_ok(store_evict(world->store, &world->old_files[2].digest, &err));
    wanted.damaged = &world->old_files[2].digest;
    wanted.damaged_len = 1;
    assert_int_equal(count_wrong(world, &wanted, true), 1);
}

static void counts_what_it_checked(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    const struct audit_options options = {0};
    struct audit audit AUTO(audit_clear) = {0};
    struct err err = {0};
    assert_ok(audit_run(world->store, &world->tree, &wanted, &options, &audit, &err));
    assert_int_equal(audit.checked_files, FILES + 2);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(finds_nothing_on_a_right_share),
        CASE(mends_a_missing_pointer),
        CASE(mends_a_pointer_to_something_else),
        CASE(mends_a_pointer_that_is_a_link_to_its_object),
        CASE(mends_a_missing_file),
        CASE(mends_a_missing_folder),
        CASE(mends_a_file_of_the_same_size_with_other_bytes),
        CASE(mends_permissions),
        CASE(mends_a_file_replaced_by_a_link),
        CASE(reports_what_does_not_belong_there_and_leaves_it),
        CASE(reports_a_file_whose_object_is_damaged_and_cannot_mend_it),
        CASE(counts_what_it_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

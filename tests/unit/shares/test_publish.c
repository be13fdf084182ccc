#include "world.h"

static void puts_a_build_on_an_empty_share(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_points_to(world, world->old_files);
    for (int i = 0; i < FILES; i++)
        assert_true(world_exists(world, world->old_files[i].path));
}

static void links_files_and_gives_each_pointer_its_own_inode(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_int_equal(world_stat(world, OLD_BUILD "/s640.cab").st_nlink, 2);
    assert_int_equal(world_stat(world, "v64_" OLD_BUILD ".cab").st_nlink, 2);
    assert_int_equal(world_stat(world, "v64.cab").st_nlink, 1);
    assert_int_equal(world_stat(world, "v64.cab").st_mode & 07777, 0444);
    assert_int_equal(world_stat(world, OLD_BUILD).st_mode & 07777, 0755);
}

static void keeps_the_old_build_when_a_newer_one_comes(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    ino_t before = world_stat(world, "v64.cab").st_ino;
    assert_ok(publish_run(world->store, &world->tree, &world->new_build, &err));
    assert_points_to(world, world->new_files);
    assert_true(world_exists(world, OLD_BUILD "/s640.cab"));
    assert_true(world_stat(world, "v64.cab").st_ino != before);
}

static void makes_a_replaced_pointer_younger_even_in_the_same_second(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    time_t before = world_stat(world, "v64.cab").st_mtime;
    assert_ok(publish_run(world->store, &world->tree, &world->new_build, &err));
    assert_true(world_stat(world, "v64.cab").st_mtime > before);
}

static void changes_nothing_the_second_time(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    struct stat pointer = world_stat(world, "v64.cab"), folder = world_stat(world, OLD_BUILD);
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_int_equal(world_stat(world, "v64.cab").st_ino, pointer.st_ino);
    assert_int_equal(world_stat(world, OLD_BUILD).st_ino, folder.st_ino);
}

static void leaves_no_staging_name_behind(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_STRV names = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_ok(fs_list(world->tree.data, ".", &names, &err));
    for (size_t i = 0; i < names.len; i++)
        assert_true(names.item[i][0] != '.');
}

static void completes_a_folder_that_lacks_a_file(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_int_equal(unlinkat(world->tree.data, OLD_BUILD "/i640.cab", 0), 0);
    ino_t folder = world_stat(world, OLD_BUILD).st_ino;
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_true(world_exists(world, OLD_BUILD "/i640.cab"));
    assert_int_equal(world_stat(world, OLD_BUILD).st_ino, folder);
}

static void refuses_a_folder_with_a_foreign_file_under_a_files_name(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_int_equal(mkdirat(world->tree.data, NEW_BUILD, 0755), 0);
    world_write(world, NEW_BUILD "/s640.cab", "not what it should be");
    assert_fails(publish_run(world->store, &world->tree, &world->new_build, &err), ERR_NOT_GENUINE);
    assert_points_to(world, world->old_files);
}

static void refuses_a_file_where_the_folder_belongs(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_write(world, NEW_BUILD, "a file");
    assert_fails(publish_run(world->store, &world->tree, &world->new_build, &err), ERR_NOT_GENUINE);
    assert_false(world_exists(world, "v64.cab"));
}

static void refuses_a_linked_folder(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_int_equal(symlinkat("/tmp", world->tree.data, NEW_BUILD), 0);
    assert_fails(publish_run(world->store, &world->tree, &world->new_build, &err), ERR_NOT_GENUINE);
    assert_false(world_exists(world, "v64.cab"));
}

static void flips_no_pointer_when_an_object_is_missing(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_ok(store_evict(world->store, &world->new_files[3].digest, &err));
    assert_false(publish_run(world->store, &world->tree, &world->new_build, &err));
    assert_points_to(world, world->old_files);
    assert_false(world_exists(world, NEW_BUILD));
}

static void flips_no_pointer_to_a_descriptor_that_has_rotted(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_ok(publish_run(world->store, &world->tree, &world->new_build, &err));
    assert_ok(
        publish_pointer(world->store, &world->tree, ARCH_X64, &world->old_files[1].digest, 1785000000, &err));
    assert_int_equal(fchmodat(world->tree.data, "v64_" NEW_BUILD ".cab", 0644, 0), 0);
    int fd = openat(world->tree.data, "v64_" NEW_BUILD ".cab", O_WRONLY); /* through the hard link */
    assert_int_equal(pwrite(fd, "X", 1, 0), 1);
    close(fd);
    assert_int_equal(fchmodat(world->tree.data, "v64_" NEW_BUILD ".cab", 0444, 0), 0);
    assert_fails(publish_run(world->store, &world->tree, &world->new_build, &err), ERR_NOT_GENUINE);
    struct digest x64 = world_pointer(world, ARCH_X64);
    assert_true(digest_equal(&x64, &world->old_files[1].digest));
}

static void publishes_copies_where_links_are_not_wanted(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world->old_build.link = LINK_COPY;
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_int_equal(world_stat(world, OLD_BUILD "/s640.cab").st_nlink, 1);
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_points_to(world, world->old_files);
}

static void takes_only_the_pointers_that_were_asked_for(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world->old_build.architectures = ARCH_X64;
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_true(world_exists(world, "v64.cab"));
    assert_false(world_exists(world, "v32.cab"));
}

static void replaces_one_file_and_its_permissions(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    enum tree_check check;
    const struct share_file *file = &world->old_files[2];
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    world_write(world, file->path, "something else");
    assert_ok(publish_replace_file(world->store, &world->tree, file, LINK_HARD, &err));
    assert_ok(tree_check_file(world->store, &world->tree, file, false, &check, &err));
    assert_int_equal(check, TREE_RIGHT);
    assert_int_equal(fchmodat(world->tree.data, file->path, 0600, 0), 0);
    assert_ok(publish_replace_file(world->store, &world->tree, file, LINK_HARD, &err));
    assert_ok(tree_check_file(world->store, &world->tree, file, false, &check, &err));
    assert_int_equal(check, TREE_RIGHT);
}

static void withdraws_what_no_pointer_names(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    world->new_build.architectures = 0;
    assert_ok(publish_run(world->store, &world->tree, &world->new_build, &err));
    assert_true(world_exists(world, NEW_BUILD));
    assert_ok(publish_withdraw(world->store, &world->tree, NEW_BUILD, world->new_files, FILES, &err));
    for (int i = 0; i < FILES; i++)
        assert_false(world_exists(world, world->new_files[i].path));
    assert_false(world_exists(world, NEW_BUILD));
    assert_points_to(world, world->old_files);
    assert_ok(publish_withdraw(world->store, &world->tree, NEW_BUILD, world->new_files, FILES, &err));
}

static void withdraws_nothing_where_a_stranger_is_among_it(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world->new_build.architectures = 0;
    assert_ok(publish_run(world->store, &world->tree, &world->new_build, &err));
    world_write(world, NEW_BUILD "/s640.cab", "somebody else's");
    assert_ok(publish_withdraw(world->store, &world->tree, NEW_BUILD, world->new_files, FILES, &err));
    assert_true(world_exists(world, NEW_BUILD "/s640.cab"));
}

static void retracts_single_files_and_what_is_not_right_stays(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct share_file added[] = {world->new_files[0], world->new_files[3], world->new_files[4]};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    world->new_build.architectures = 0;
    assert_ok(publish_run(world->store, &world->tree, &world->new_build, &err));
    assert_int_equal(unlinkat(world->tree.data, NEW_BUILD "/i640.cab", 0), 0);
    world_write(world, NEW_BUILD "/i640.cab", "somebody else's");
    assert_ok(publish_retract(world->store, &world->tree, added, 3, &err));
    assert_false(world_exists(world, "v32_" NEW_BUILD ".cab"));
    assert_false(world_exists(world, NEW_BUILD "/s320.cab"));
    assert_true(world_exists(world, NEW_BUILD "/i640.cab"));
    assert_true(world_exists(world, NEW_BUILD "/s640.cab"));
    assert_true(world_exists(world, "v64_" NEW_BUILD ".cab"));
    assert_points_to(world, world->old_files);
    assert_ok(publish_retract(world->store, &world->tree, added, 3, &err));
}

static void retracts_nothing_where_the_folder_is_gone(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_retract(world->store, &world->tree, world->new_files, FILES, &err));
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(puts_a_build_on_an_empty_share),
        CASE(links_files_and_gives_each_pointer_its_own_inode),
        CASE(keeps_the_old_build_when_a_newer_one_comes),
        CASE(makes_a_replaced_pointer_younger_even_in_the_same_second),
        CASE(changes_nothing_the_second_time),
        CASE(leaves_no_staging_name_behind),
        CASE(completes_a_folder_that_lacks_a_file),
        CASE(refuses_a_folder_with_a_foreign_file_under_a_files_name),
        CASE(refuses_a_file_where_the_folder_belongs),
        CASE(refuses_a_linked_folder),
        CASE(flips_no_pointer_when_an_object_is_missing),
        CASE(flips_no_pointer_to_a_descriptor_that_has_rotted),
        CASE(publishes_copies_where_links_are_not_wanted),
        CASE(takes_only_the_pointers_that_were_asked_for),
        CASE(replaces_one_file_and_its_permissions),
        CASE(withdraws_what_no_pointer_names),
        CASE(withdraws_nothing_where_a_stranger_is_among_it),
        CASE(retracts_single_files_and_what_is_not_right_stays),
        CASE(retracts_nothing_where_the_folder_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

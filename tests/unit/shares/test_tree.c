#include "world.h"

static void opens_a_share_without_a_tree(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_TREE tree = TREE_CLOSED;
    struct tree_pointer pointer;
    char path[128];
    snprintf(path, sizeof path, "%s/empty", world->path);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_ok(tree_open(path, false, &tree, &err));
    assert_int_equal(tree.data, -1);
    assert_ok(tree_pointer_read(&tree, ARCH_X64, &pointer, &err));
    assert_false(pointer.present);
    assert_ok(tree_sweep(&tree, &err));
}

static void refuses_a_share_that_is_not_there(void **state)
{
    struct err err = {0};
    AUTO_TREE tree = TREE_CLOSED;
    (void)state;
    assert_fails(tree_open("/tmp/ringmgr-there-is-no-such-folder", true, &tree, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "no-such-folder"));
}

static void refuses_a_tree_that_leads_elsewhere(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_TREE tree = TREE_CLOSED;
    char path[128];
    snprintf(path, sizeof path, "%s/linked", world->path);
    assert_int_equal(mkdir(path, 0755), 0);
    int dir = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(symlinkat("/tmp", dir, "Office"), 0);
    close(dir);
    assert_false(tree_open(path, true, &tree, &err));
    assert_int_equal(tree.root, -1);
}

static void refuses_a_pointer_that_is_a_link(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct tree_pointer pointer;
    assert_int_equal(symlinkat("/etc/hostname", world->tree.data, "v64.cab"), 0);
    assert_false(tree_pointer_read(&world->tree, ARCH_X64, &pointer, &err));
}

static void refuses_a_pointer_that_is_a_folder_or_a_pipe(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct tree_pointer pointer;
    assert_int_equal(mkdirat(world->tree.data, "v64.cab", 0755), 0);
    assert_false(tree_pointer_read(&world->tree, ARCH_X64, &pointer, &err));
    assert_int_equal(mkfifoat(world->tree.data, "v32.cab", 0644), 0);
    assert_false(tree_pointer_read(&world->tree, ARCH_X86, &pointer, &err));
}

static enum tree_check check_after(struct world *world, bool metadata_only)
{
    struct err err = {0};
    enum tree_check check;
    assert_ok(tree_check_file(world->store, &world->tree, &world->old_files[2], metadata_only, &check, &err));
    return check;
}

static void tells_what_is_wrong_with_a_file(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const char *path = world->old_files[2].path;
    assert_int_equal(check_after(world, false), TREE_MISSING);
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_int_equal(check_after(world, false), TREE_RIGHT);
    assert_int_equal(fchmodat(world->tree.data, path, 0644, 0), 0);
    assert_int_equal(check_after(world, false), TREE_WRONG_MODE);
    world_write(world, path, "short");
    assert_int_equal(check_after(world, true), TREE_WRONG_SIZE);
    world_write(world, path, "Content of " OLD_BUILD "/s640.cab");
    assert_int_equal(check_after(world, true), TREE_RIGHT);
    assert_int_equal(check_after(world, false), TREE_WRONG_BYTES);
    assert_int_equal(unlinkat(world->tree.data, path, 0), 0);
    assert_int_equal(mkdirat(world->tree.data, path, 0755), 0);
    assert_int_equal(check_after(world, false), TREE_WRONG_KIND);
}

static void sweeps_its_own_names_only(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    assert_int_equal(mkdirat(world->tree.data, ".ringmgr-22222222", 0755), 0);
    world_write(world, ".ringmgr-22222222/s640.cab", "staged");
    world_write(world, ".ringmgr-tmp-0", "a pointer on its way");
    world_write(world, ".somebody-else", "");
    assert_ok(tree_sweep(&world->tree, &err));
    assert_false(world_exists(world, ".ringmgr-22222222"));
    assert_false(world_exists(world, ".ringmgr-tmp-0"));
    assert_true(world_exists(world, ".somebody-else"));
    assert_true(world_exists(world, OLD_BUILD "/s640.cab"));
}

static void assert_mount(const char *path, const char *wanted)
{
    char *mount AUTO_FREE = tree_mount(path);
    if (wanted)
        assert_string_equal(mount, wanted);
    else
        assert_null(mount);
}

static void finds_where_a_path_is_mounted(void **state)
{
    (void)state;
    assert_mount("/", "/");
    assert_mount("/proc", "/proc");
    assert_mount("/proc/sys/", "/proc");
    assert_mount("/nowhere", NULL);
    assert_mount("proc", NULL);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(opens_a_share_without_a_tree),
        CASE(refuses_a_share_that_is_not_there),
        CASE(refuses_a_tree_that_leads_elsewhere),
        CASE(refuses_a_pointer_that_is_a_link),
        CASE(refuses_a_pointer_that_is_a_folder_or_a_pipe),
        CASE(tells_what_is_wrong_with_a_file),
        CASE(sweeps_its_own_names_only),
        CASE(finds_where_a_path_is_mounted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

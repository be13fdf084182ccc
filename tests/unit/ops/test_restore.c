/* Restore between two rings of the unit world. What shares show beyond the books needs signed builds:
 * tests/cli/backup.bats. */
#include "world.h"

#include "ringmgr/ops/restore.h"
#include "ringmgr/state/hold.h"

#include <fcntl.h>

/* The roots are read before anything is replaced; none of these tests has a signature to check. */
static void use_roots(struct world *world)
{
    const char *real = test_real_dir();
    if (!real)
        test_missing("the folder of real files (RINGMGR_REAL)");
    world->settings.origin.roots = mem_printf("%s/roots/ms_roots.pem", real);
    world->settings.origin.publisher = mem_strdup("Microsoft Corporation");
}

static int back_up(struct world *world)
{
    struct err err = {0};
    struct backup_facts facts;
    AUTO_FD dir = fs_open_dir(world->path, &err);
    assert_ok(dir >= 0 && backup_write(world->state, dir, "copy", &facts, &err));
    int fd = openat(dir, "copy", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static bool restore(struct world *world, int fd, struct restored *restored, struct err *err)
{
    struct backup_facts facts;
    struct err opened = {0};
    struct job job = world->job;
    state_close(world->state);
    job.state = NULL;
    job.identity = &world->games;
    bool ok = restore_run(&job, fd, "copy", &facts, restored, err);
    if (!state_open(world->settings.state, STATE_WRITE, &world->state, &opened))
        fail_msg("%s", opened.msg);
    world->job.state = world->state;
    close(fd);
    return ok;
}

static size_t holds_of(struct world *world, const char *ring)
{
    struct err err = {0};
    struct holds holds = {0};
    assert_ok(holds_standing(world->state, ring, clock_now_unix(), &holds, &err));
    size_t len = holds.len;
    holds_clear(&holds);
    return len;
}

static void test_every_ring_is_held_and_each_lost_entry_is_listed(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct restored restored AUTO(restored_clear) = {0};
    use_roots(world);
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
    int fd = back_up(world);
    world_approve(world, &OLD, &world->games);
    assert_ok(restore(world, fd, &restored, &err));
    assert_int_equal(restored.held.len, 2);
    assert_int_equal(holds_of(world, "pilot"), 1);
    assert_int_equal(holds_of(world, "production"), 1);
    assert_int_equal(restored.lost.len, 1);
    assert_non_null(strstr(restored.lost.item[0], "games approve production"));
    assert_int_equal(restored.adopted.len, 0);
    assert_false(restored.left_alone);
    assert_int_equal(world_entries(world, "approve"), 0);
    assert_int_equal(world_entries(world, "restore"), 1);
    assert_live(world, world->pilot, &OLD);
}

static void test_a_bad_copy_or_bad_roots_change_nothing(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct restored restored AUTO(restored_clear) = {0};
    world->settings.origin.roots = mem_strdup("/nonexistent");
    world->settings.origin.publisher = mem_strdup("Microsoft Corporation");
    int fd = back_up(world);
    world_approve(world, &OLD, &world->games);
    assert_fails(restore(world, fd, &restored, &err), ERR_USAGE);
    assert_int_equal(world_entries(world, "approve"), 1);
    assert_int_equal(holds_of(world, "pilot"), 0);
}

static void test_who_works_is_waited_for(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct restored restored AUTO(restored_clear) = {0};
    use_roots(world);
    int fd = back_up(world);
    AUTO_FD dir = fs_open_dir(world->settings.state, &err);
    struct lock *lock = NULL;
    assert_ok(lock_take(dir, "ring-pilot", true, 0, "promote", &lock, &err));
    assert_fails(restore(world, fd, &restored, &err), ERR_LOCKED);
    assert_int_equal(world_entries(world, "restore"), 0);
    lock_release(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(test_every_ring_is_held_and_each_lost_entry_is_listed),
        OPS_CASE(test_a_bad_copy_or_bad_roots_change_nothing),
        OPS_CASE(test_who_works_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

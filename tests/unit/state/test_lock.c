#include "world.h"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "ringmgr/state/lock.h"

/* A process that holds a lock until it is told to let go, or is killed. */
struct holder {
    pid_t pid;
    int let_go;
};

static struct holder hold(const struct world *world, const char *name, bool exclusive, const char *command)
{
    int ready[2], go[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {0};
        struct lock *lock = NULL;
        close(go[1]);
        if (!lock_take(state_dir(world->state), name, exclusive, 0, command, &lock, &err))
            _exit(1);
        if (write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) < 0)
            _exit(2);
        lock_release(lock);
        _exit(0);
    }
    close(ready[1]);
    close(go[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return (struct holder){pid, go[1]};
}

static void let_go(struct holder *holder)
{
    close(holder->let_go);
    assert_int_equal(status_of(holder->pid), 0);
}

static bool can_take(const struct world *world, const char *name, bool exclusive)
{
    struct err err = {0};
    struct lock *lock = NULL;
    bool taken = lock_take(state_dir(world->state), name, exclusive, 0, "test", &lock, &err);
    lock_release(lock);
    return taken;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_the_error_names_lock_and_holder(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct lock *lock = NULL;
    char wanted[128], said[128];
    struct holder holder = hold(world, "ring-pilot", true, "promote");
    assert_fails(lock_take(state_dir(world->state), "ring-pilot", true, 0, "sync", &lock, &err), ERR_LOCKED);
    snprintf(wanted, sizeof wanted, "lock ring-pilot: held by ringmgr promote (pid %d)", holder.pid);
    assert_memory_equal(err.msg, wanted, strlen(wanted));
    assert_null(lock);
    lock_name_holder(state_dir(world->state), "ring-pilot", said, sizeof said);
    assert_string_equal(said, wanted + strlen("lock ring-pilot: held by "));
    let_go(&holder);
    lock_name_holder(state_dir(world->state), "ring-pilot", said, sizeof said);
    assert_string_equal(said, "");
    lock_name_holder(state_dir(world->state), "upstream", said, sizeof said); /* nobody ever had it */
    assert_string_equal(said, "");
}

static void test_shared_holders_keep_out_an_exclusive_one(void **out)
{
    struct world *world = *out;
    struct holder one = hold(world, "store", false, "sync");
    assert_true(can_take(world, "store", false));
    assert_false(can_take(world, "store", true));
    let_go(&one);
    assert_true(can_take(world, "store", true));
    one = hold(world, "store", true, "gc");
    assert_false(can_take(world, "store", false));
    let_go(&one);
}

static void test_locks_have_names(void **out)
{
    struct world *world = *out;
    struct holder holder = hold(world, "ring-pilot", true, "promote");
    assert_true(can_take(world, "ring-production", true));
    assert_false(can_take(world, "ring-pilot", true));
    let_go(&holder);
}

static void test_one_process_excludes_itself_too(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct lock *lock = NULL;
    assert_ok(lock_take(state_dir(world->state), "upstream", true, 0, "serve", &lock, &err));
    assert_false(can_take(world, "upstream", true));
    lock_release(lock);
    assert_true(can_take(world, "upstream", true));
    lock_release(NULL);
}

static void test_a_killed_holder_leaves_none_behind(void **out)
{
    struct world *world = *out;
    struct holder holder = hold(world, "upstream", true, "sync");
    kill(holder.pid, SIGKILL);
    assert_int_equal(status_of(holder.pid), 128 + SIGKILL);
    close(holder.let_go);
    assert_true(can_take(world, "upstream", true));
}

/* A shared holder wrote its name and was killed; another one still holds the lock. */
static void test_a_dead_holder_is_not_named(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct lock *lock = NULL;
    struct holder first = hold(world, "store", false, "sync");
    struct holder second = hold(world, "store", false, "import");
    kill(second.pid, SIGKILL);
    status_of(second.pid);
    assert_fails(lock_take(state_dir(world->state), "store", true, 0, "gc", &lock, &err), ERR_LOCKED);
    assert_non_null(strstr(err.msg, "held by another run"));
    close(second.let_go);
    let_go(&first);
}

static void test_it_waits_as_long_as_it_was_told(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct lock *lock = NULL;
    struct holder holder = hold(world, "upstream", true, "sync");
    int64_t start = now_ms();
    assert_fails(lock_take(state_dir(world->state), "upstream", true, 300, "import", &lock, &err),
                 ERR_LOCKED);
    assert_true(now_ms() - start >= 300);
    assert_true(now_ms() - start < 5000);
    assert_non_null(strstr(err.msg, "waited 0.3 s"));
    let_go(&holder);
}

static void test_it_is_had_as_soon_as_it_is_free(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct lock *lock = NULL;
    struct holder holder = hold(world, "upstream", true, "sync");
    pid_t pid = fork();
    if (pid == 0) {
        usleep(200000);
        kill(holder.pid, SIGKILL);
        _exit(0);
    }
    int64_t start = now_ms();
    assert_ok(lock_take(state_dir(world->state), "upstream", true, 60000, "import", &lock, &err));
    assert_true(now_ms() - start >= 150);
    assert_true(now_ms() - start < 30000);
    lock_release(lock);
    status_of(pid);
    status_of(holder.pid);
    close(holder.let_go);
}

static void test_the_file_is_0640_and_holds_the_holder(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct lock *lock = NULL;
    struct stat st;
    char wanted[64];
    AUTO_BUF text = {0};
    assert_ok(lock_take(state_dir(world->state), "ring-pilot", true, 0, "promote", &lock, &err));
    assert_int_equal(fstatat(state_dir(world->state), "lock/ring-pilot", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(fstatat(state_dir(world->state), "lock", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
    assert_ok(fs_read_file(state_dir(world->state), "lock/ring-pilot", 4096, &text, &err));
    snprintf(wanted, sizeof wanted, "%d promote\n", getpid());
    assert_string_equal(buf_text(&text), wanted);
    lock_release(lock);
    assert_int_equal(fstatat(state_dir(world->state), "lock/ring-pilot", &st, 0), 0);
    assert_int_equal(st.st_size, 0);
}

static void test_a_name_stays_in_the_folder(void **out)
{
    static const char *const names[] = {"", "..", "../ballast", "a/b", ".hidden"};
    struct world *world = *out;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct err err = {0};
        struct lock *lock = NULL;
        assert_fails(lock_take(state_dir(world->state), names[i], true, 0, "x", &lock, &err), ERR_FAILED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_the_error_names_lock_and_holder),
        world_test(test_shared_holders_keep_out_an_exclusive_one),
        world_test(test_locks_have_names),
        world_test(test_one_process_excludes_itself_too),
        world_test(test_a_killed_holder_leaves_none_behind),
        world_test(test_a_dead_holder_is_not_named),
        world_test(test_it_waits_as_long_as_it_was_told),
        world_test(test_it_is_had_as_soon_as_it_is_free),
        world_test(test_the_file_is_0640_and_holds_the_holder),
        world_test(test_a_name_stays_in_the_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

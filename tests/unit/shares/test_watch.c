#include "ringmgr/base/mem.h"
#include "shares/watch.h"
#include "test.h"

#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 5000, QUIET_MS = 300 };

/* A share, and a child that watches it. */
struct scene {
    char path[64];
    pid_t child;
    int pipe;
    struct buf read;
    size_t at;
};

static char *below(const struct scene *scene, const char *name)
{
    return mem_printf("%s/%s", scene->path, name);
}

static void make_folder(const struct scene *scene, const char *name)
{
    char *path AUTO_FREE = below(scene, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_file(const struct scene *scene, const char *name)
{
    char *path AUTO_FREE = below(scene, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("text", file);
    fclose(file);
}

static void move(const struct scene *scene, const char *from, const char *to)
{
    char *old AUTO_FREE = below(scene, from), *new AUTO_FREE = below(scene, to);
    assert_int_equal(rename(old, new), 0);
}

static void begin(struct scene *scene)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    scene->child = fork();
    if (scene->child == 0) {
        const struct watch_share share = {"pilot", scene->path};
        struct err err = {0};
        close(ends[0]);
        if (!watch_run(&share, 1, ends[1], &err))
            fprintf(stderr, "%s\n", err.msg);
        _exit(1);
    }
    close(ends[1]);
    scene->pipe = ends[0];
}

/* The next record's path, "(none)" if nothing comes for so long; valid until the next call. */
static const char *next_within(struct scene *scene, int ms)
{
    struct watch_event event;
    while (!watch_next_event(&scene->read, &scene->at, &event)) {
        struct pollfd ready = {.fd = scene->pipe, .events = POLLIN};
        char bytes[4096];
        if (poll(&ready, 1, ms) != 1)
            return "(none)";
        ssize_t got = read(scene->pipe, bytes, sizeof bytes);
        if (got <= 0)
            return "(ended)";
        buf_append(&scene->read, bytes, (size_t)got);
    }
    assert_string_equal(event.ring, "pilot");
    return event.path;
}

/* Waits until the path is named, whatever comes before it. */
static void expect(struct scene *scene, const char *path)
{
    for (;;) {
        const char *next = next_within(scene, PATIENCE_MS);
        if (strcmp(next, path) == 0)
            return;
        if (*next == '(')
            fail_msg("\"%s\" was not reported: %s", path, next);
    }
}

static void quiet(struct scene *scene)
{
    const char *next = next_within(scene, QUIET_MS);
    if (strcmp(next, "(none)") != 0)
        fail_msg("\"%s\" was reported", next);
}

/* What is there already is read away. */
static void settle(struct scene *scene)
{
    while (*next_within(scene, QUIET_MS) != '(')
        ;
}

static int setup_empty(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    strcpy(scene->path, "/tmp/ringmgr-watch-XXXXXX");
    assert_non_null(mkdtemp(scene->path));
    *state = scene;
    return 0;
}

/* A share with one build, watched, everything so far reported. */
static int setup(void **state)
{
    setup_empty(state);
    struct scene *scene = *state;
    make_folder(scene, "Office");
    make_folder(scene, "Office/Data");
    make_folder(scene, "Office/Data/16.0.1.1");
    make_file(scene, "Office/Data/v64.cab");
    make_file(scene, "Office/Data/16.0.1.1/s640.cab");
    begin(scene);
    expect(scene, "");
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    if (scene->child) {
        kill(scene->child, SIGKILL);
        waitpid(scene->child, NULL, 0);
        close(scene->pipe);
    }
    int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(tmp, scene->path + strlen("/tmp/"), &err));
    close(tmp);
    buf_clear(&scene->read);
    free(scene);
    return 0;
}

static void test_looking_is_no_event(void **state)
{
    struct scene *scene = *state;
    char bytes[4], *path AUTO_FREE = below(scene, "Office/Data/v64.cab");
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, bytes, 4), 4);
    close(fd);
    quiet(scene);
}

static void test_a_written_file_is_reported(void **state)
{
    struct scene *scene = *state;
    make_file(scene, "Office/Data/v64.cab");
    expect(scene, "v64.cab");
    make_file(scene, "Office/Data/16.0.1.1/s640.cab");
    expect(scene, "16.0.1.1/s640.cab");
}

/* Also by one who keeps it open. */
static void test_a_write_is_reported_before_the_file_is_closed(void **state)
{
    struct scene *scene = *state;
    char *path AUTO_FREE = below(scene, "Office/Data/16.0.1.1/s640.cab");
    int fd = open(path, O_WRONLY);
    assert_int_equal(write(fd, "x", 1), 1);
    expect(scene, "16.0.1.1/s640.cab");
    settle(scene);
    assert_int_equal(write(fd, "x", 1), 1);
    expect(scene, "16.0.1.1/s640.cab");
    close(fd);
}

static void test_permissions_are_reported(void **state)
{
    struct scene *scene = *state;
    char *file AUTO_FREE = below(scene, "Office/Data/16.0.1.1/s640.cab");
    char *folder AUTO_FREE = below(scene, "Office/Data/16.0.1.1");
    assert_int_equal(chmod(file, 0600), 0);
    expect(scene, "16.0.1.1/s640.cab");
    assert_int_equal(chmod(folder, 0700), 0);
    expect(scene, "16.0.1.1");
}

static void test_a_removed_file_is_reported(void **state)
{
    struct scene *scene = *state;
    char *path AUTO_FREE = below(scene, "Office/Data/v64.cab");
    assert_int_equal(unlink(path), 0);
    expect(scene, "v64.cab");
}

static void test_a_replaced_file_is_reported(void **state)
{
    struct scene *scene = *state;
    make_file(scene, "elsewhere");
    move(scene, "elsewhere", "Office/Data/v64.cab");
    expect(scene, "v64.cab");
}

/* Beside Office/Data nothing is ours. */
static void test_what_lies_beside_is_nobodys_business(void **state)
{
    struct scene *scene = *state;
    make_file(scene, "readme.txt");
    make_folder(scene, "Office/tools");
    make_file(scene, "Office/tools/file");
    quiet(scene);
}

static void test_own_names_are_left_out(void **state)
{
    struct scene *scene = *state;
    make_folder(scene, "Office/Data/.ringmgr-0123");
    make_file(scene, "Office/Data/.ringmgr-0123/s640.cab");
    make_file(scene, "Office/Data/.ringmgr-tmp-01");
    make_file(scene, "Office/Data/16.0.1.1/.ringmgr-tmp-01");
    quiet(scene);
}

/* A publication is its folder and its pointer, and the folder is watched from then on. */
static void test_a_folder_that_comes_is_watched(void **state)
{
    struct scene *scene = *state;
    make_folder(scene, "Office/Data/.ringmgr-0123");
    make_file(scene, "Office/Data/.ringmgr-0123/s640.cab");
    move(scene, "Office/Data/.ringmgr-0123", "Office/Data/16.0.2.2");
    expect(scene, "16.0.2.2");
    settle(scene);
    make_file(scene, "Office/Data/16.0.2.2/s640.cab");
    expect(scene, "16.0.2.2/s640.cab");
}

static void remove_folder(const struct scene *scene, const char *name)
{
    struct err err = {0};
    int dir = open(scene->path, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(dir, name, &err));
    close(dir);
}

/* The library keeps the name of a folder that is gone: the second of that name must be watched all the same.
 */
static void test_a_folder_that_comes_again_is_watched(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 3; i++) {
        remove_folder(scene, "Office/Data/16.0.1.1");
        expect(scene, "16.0.1.1");
        settle(scene);
        make_folder(scene, "Office/Data/16.0.1.1");
        expect(scene, "16.0.1.1");
        settle(scene);
        make_file(scene, "Office/Data/16.0.1.1/new");
        expect(scene, "16.0.1.1/new");
        settle(scene);
    }
}

static void test_a_folder_under_another_name_is_reported_under_that(void **state)
{
    struct scene *scene = *state;
    move(scene, "Office/Data/16.0.1.1", "Office/Data/16.0.9.9");
    expect(scene, "16.0.1.1");
    expect(scene, "16.0.9.9");
    settle(scene);
    make_file(scene, "Office/Data/16.0.9.9/new");
    expect(scene, "16.0.9.9/new");
}

static void test_a_folder_that_was_moved_away_is_watched_no_more(void **state)
{
    struct scene *scene = *state;
    move(scene, "Office/Data/16.0.1.1", "away");
    expect(scene, "16.0.1.1");
    settle(scene);
    make_file(scene, "away/new");
    quiet(scene);
}

static void test_office_data_is_waited_for(void **state)
{
    struct scene *scene = *state;
    begin(scene);
    expect(scene, "");
    make_folder(scene, "Office");
    expect(scene, "");
    make_folder(scene, "Office/Data");
    expect(scene, "");
    settle(scene);
    make_file(scene, "Office/Data/v64.cab");
    expect(scene, "v64.cab");
}

static void test_when_office_data_goes_and_comes_anything_may_have_changed(void **state)
{
    struct scene *scene = *state;
    move(scene, "Office/Data", "Office/Data.old");
    expect(scene, "");
    settle(scene);
    make_file(scene, "Office/Data.old/v64.cab");
    quiet(scene);
    move(scene, "Office/Data.old", "Office/Data");
    expect(scene, "");
    settle(scene);
    make_file(scene, "Office/Data/16.0.1.1/s640.cab");
    expect(scene, "16.0.1.1/s640.cab");
    remove_folder(scene, "Office");
    expect(scene, "");
    settle(scene);
    make_folder(scene, "Office");
    expect(scene, "");
}

static void test_an_unmounted_share_may_have_changed(void **state)
{
    struct scene *scene = *state;
    if (geteuid() != 0 || mount("none", scene->path, "tmpfs", 0, NULL) != 0)
        test_missing("the right to mount");
    make_folder(scene, "Office");
    make_folder(scene, "Office/Data");
    begin(scene);
    expect(scene, "");
    settle(scene);
    assert_int_equal(umount(scene->path), 0);
    expect(scene, "");
}

/* The queue holds fs.inotify.max_queued_events; what does not fit is lost, and that is said. */
static void test_an_overflow_means_anything(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    AUTO_BUF text = {0};
    assert_ok(fs_read_path("/proc/sys/fs/inotify/max_queued_events", 64, &text, &err));
    int queue = atoi(buf_text(&text));
    char *one AUTO_FREE = below(scene, "Office/Data/v64.cab");
    char *other AUTO_FREE = below(scene, "Office/Data/16.0.1.1/s640.cab");
    kill(scene->child, SIGSTOP);
    for (int i = 0; i <= queue / 2 + 1; i++) /* two names, or the kernel would merge them */
        assert_int_equal(chmod(one, 0400 | (i & 1)) + chmod(other, 0400 | (i & 1)), 0);
    kill(scene->child, SIGCONT);
    expect(scene, "");
    expect(scene, WATCH_LOST);
    settle(scene);
    make_file(scene, "Office/Data/v64.cab");
    expect(scene, "v64.cab");
}

static void test_without_a_reader_it_ends(void **state)
{
    struct scene *scene = *state;
    int status;
    close(scene->pipe);
    scene->pipe = open("/dev/null", O_RDONLY);
    make_file(scene, "Office/Data/v64.cab");
    assert_int_equal(waitpid(scene->child, &status, 0), scene->child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    scene->child = 0;
}

static void test_records_are_taken_one_by_one(void **state)
{
    static const char bytes[] = "pilot\0v64.cab\0production\0\0pi";
    struct buf read = {0};
    struct watch_event event;
    size_t at = 0;
    (void)state;
    assert_false(watch_next_event(&read, &at, &event));
    for (size_t i = 0; i < 14; i++) {
        assert_false(watch_next_event(&read, &at, &event));
        buf_append(&read, bytes + i, 1);
    }
    buf_append(&read, bytes + 14, sizeof bytes - 1 - 14);
    assert_true(watch_next_event(&read, &at, &event));
    assert_string_equal(event.ring, "pilot");
    assert_string_equal(event.path, "v64.cab");
    assert_true(watch_next_event(&read, &at, &event));
    assert_string_equal(event.ring, "production");
    assert_string_equal(event.path, "");
    assert_false(watch_next_event(&read, &at, &event));
    assert_int_equal(at, 26);
    buf_clear(&read);
}

static void test_what_is_no_record_is_none(void **state)
{
    static const char bytes[] = "\0\0\0\0";
    struct buf read = {0};
    struct watch_event event;
    size_t at = 0;
    (void)state;
    buf_append(&read, bytes, sizeof bytes);
    assert_false(watch_next_event(&read, &at, &event));
    assert_int_equal(at, 0);
    buf_clear(&read);
}

int main(void)
{
#define CASE(function)  cmocka_unit_test_setup_teardown(function, setup, teardown)
#define EMPTY(function) cmocka_unit_test_setup_teardown(function, setup_empty, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_looking_is_no_event),
        CASE(test_a_written_file_is_reported),
        CASE(test_a_write_is_reported_before_the_file_is_closed),
        CASE(test_permissions_are_reported),
        CASE(test_a_removed_file_is_reported),
        CASE(test_a_replaced_file_is_reported),
        CASE(test_what_lies_beside_is_nobodys_business),
        CASE(test_own_names_are_left_out),
        CASE(test_a_folder_that_comes_is_watched),
        CASE(test_a_folder_that_comes_again_is_watched),
        CASE(test_a_folder_under_another_name_is_reported_under_that),
        CASE(test_a_folder_that_was_moved_away_is_watched_no_more),
        EMPTY(test_office_data_is_waited_for),
        CASE(test_when_office_data_goes_and_comes_anything_may_have_changed),
        EMPTY(test_an_unmounted_share_may_have_changed),
        CASE(test_an_overflow_means_anything),
        CASE(test_without_a_reader_it_ends),
        cmocka_unit_test(test_records_are_taken_one_by_one),
        cmocka_unit_test(test_what_is_no_record_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

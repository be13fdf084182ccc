/* Files beneath directory descriptors: what is never followed, and what a replacement promises. */
#include "test.h"

#include "ringmgr/base/mem.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

/*
 * A fresh folder per test: `root` with file "file" ("old"), folder "sub" with "inner", and beside it
 * `outside` with file "secret"; in root the links "out" (absolute), "up" (relative), "loop", "to_file",
 * "to_sub".
 */
struct place {
    char path[64];
    int top;
    int root;
};

static const struct fs_replace plain = {.mode = 0644, .mtime_unix = -1};

static void put(int dir, const char *name, const char *text)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    struct place *place = mem_new(1, sizeof *place);
    char outside[128];
    const char *base = getenv("TMPDIR");
    snprintf(place->path, sizeof place->path, "%s/ringmgr-fs-XXXXXX",
             base && strlen(base) < 32 ? base : "/tmp");
    if (!mkdtemp(place->path))
        return -1;
    snprintf(outside, sizeof outside, "%s/outside", place->path);
    place->top = open(place->path, O_RDONLY | O_DIRECTORY);
    mkdirat(place->top, "outside", 0755);
    mkdirat(place->top, "root", 0755);
    place->root = openat(place->top, "root", O_RDONLY | O_DIRECTORY);
    mkdirat(place->root, "sub", 0755);
    put(place->top, "outside/secret", "secret");
    put(place->root, "file", "old");
    put(place->root, "sub/inner", "inner");
    bool linked =
        symlinkat(outside, place->root, "out") == 0 && symlinkat("../outside", place->root, "up") == 0 &&
        symlinkat("loop", place->root, "loop") == 0 && symlinkat("file", place->root, "to_file") == 0 &&
        symlinkat("sub", place->root, "to_sub") == 0;
    *state = place;
    return linked ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    bool ok = fs_remove_tree(place->top, "root", &err) && fs_remove_tree(place->top, "outside", &err) &&
              rmdir(place->path) == 0;
    close(place->root);
    close(place->top);
    free(place);
    return ok ? 0 : -1;
}

static void assert_content(int dir, const char *path, const char *wanted)
{
    struct err err = {0};
    AUTO_BUF text = {0};
    assert_ok(fs_read_file(dir, path, 1000, &text, &err));
    assert_string_equal(buf_text(&text), wanted);
}

/* Names in the folder that begin like our temporaries. */
static size_t count_temps(int dir)
{
    struct err err = {0};
    AUTO_STRV names = {0};
    size_t temps = 0;
    assert_ok(fs_list(dir, ".", &names, &err));
    for (size_t i = 0; i < names.len; i++)
        temps += strncmp(names.item[i], ".ringmgr-", 9) == 0;
    return temps;
}

static void opens_what_lies_beneath(void **state)
{
    struct place *place = *state;
    static const char *const table[] = {"file", "sub/inner", "./file", "sub/../file", "sub//inner"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        AUTO_FD fd = fs_open_beneath(place->root, table[i], O_RDONLY, 0, &err);
        if (fd < 0)
            fail_msg("%s: %s", table[i], err.msg);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
}

static void opens_nothing_else(void **state)
{
    struct place *place = *state;
    char absolute[128];
    const struct {
        const char *path;
        int errnum;
    } table[] = {
        {"..", EXDEV},
        {"../outside/secret", EXDEV},
        {"sub/../../outside/secret", EXDEV},
        {absolute, EXDEV},
        {"/", EXDEV},
        {"out/secret", ELOOP},
        {"up/secret", ELOOP},
        {"up", ELOOP},
        {"to_file", ELOOP},
        {"to_sub/inner", ELOOP},
        {"loop", ELOOP},
        {"", ENOENT},
        {"absent", ENOENT},
        {"file/x", ENOTDIR},
    };
    snprintf(absolute, sizeof absolute, "%s/root/file", place->path);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        int fd = fs_open_beneath(place->root, table[i].path, O_RDONLY, 0, &err);
        int errnum = errno;
        if (fd >= 0)
            fail_msg("%s was opened", table[i].path);
        assert_int_equal(errnum, table[i].errnum);
        assert_int_equal(err.sys, table[i].errnum);
        assert_non_null(strstr(err.msg, table[i].path));
    }
}

static void creating_follows_no_link_either(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    assert_int_equal(fs_open_beneath(place->root, "up/new", O_WRONLY | O_CREAT, 0644, &err), -1);
    assert_int_equal(fs_open_beneath(place->root, "loop", O_WRONLY | O_CREAT, 0644, &err), -1);
    assert_int_equal(faccessat(place->top, "outside/new", F_OK, 0), -1);
}

static void opening_a_configured_folder_wants_a_folder(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    char file[128];
    AUTO_FD fd = fs_open_dir(place->path, &err);
    assert_true(fd >= 0);
    snprintf(file, sizeof file, "%s/root/file", place->path);
    assert_int_equal(fs_open_dir(file, &err), -1);
    assert_int_equal(err.sys, ENOTDIR);
    assert_non_null(strstr(err.msg, file));
}

static void makes_folders_that_are_missing(void **state)
{
    struct place *place = *state;
    static const char *const table[] = {"a", "a/b/c", "a/b/c", "sub/x/", "sub//y", "."};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        assert_ok(fs_make_dirs(place->root, table[i], &err));
        AUTO_FD fd = fs_open_beneath(place->root, table[i], O_RDONLY | O_DIRECTORY, 0, &err);
        assert_true(fd >= 0);
    }
    assert_content(place->root, "sub/inner", "inner");
}

static void makes_no_folders_elsewhere(void **state)
{
    struct place *place = *state;
    static const char *const table[] = {"../new", "sub/../../new", "up/new", "out/new", "file/new", "file"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        assert_fails(fs_make_dirs(place->root, table[i], &err), ERR_FAILED);
    }
    assert_int_equal(faccessat(place->top, "new", F_OK, 0), -1);
    assert_int_equal(faccessat(place->top, "outside/new", F_OK, 0), -1);
}

/* No descriptor is left: that is what is said, not something about the folder. */
static void without_descriptors_making_folders_says_so(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct rlimit limit, none;
    int next = dup(place->root);
    assert_true(next >= 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool ok = fs_make_dirs(place->root, "new/folder", &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_false(ok);
    assert_int_equal(err.sys, EMFILE);
    assert_non_null(strstr(err.msg, "new/folder"));
    assert_int_equal(faccessat(place->root, "new", F_OK, 0), -1);
}

static void reads_up_to_the_limit(void **state)
{
    struct place *place = *state;
    static const struct {
        uint64_t limit;
        bool fine;
    } table[] = {{3, true}, {1000000, true}, {2, false}, {0, false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        AUTO_BUF text = {0};
        bool ok = fs_read_file(place->root, "file", table[i].limit, &text, &err);
        assert_int_equal(ok, table[i].fine);
        assert_int_equal(err.code, table[i].fine ? ERR_NONE : ERR_FAILED);
        if (ok)
            assert_string_equal(buf_text(&text), "old");
    }
}

static void reads_large_and_empty_files(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    AUTO_BUF large = {0};
    AUTO_BUF again = {0};
    AUTO_BUF empty = {0};
    for (int i = 0; i < 100000; i++)
        buf_printf(&large, "%d\n", i);
    assert_ok(fs_replace_file(place->root, "large", large.data, large.len, &plain, &err));
    assert_ok(fs_read_file(place->root, "large", large.len, &again, &err));
    assert_int_equal(again.len, large.len);
    assert_memory_equal(again.data, large.data, large.len);
    assert_ok(fs_replace_file(place->root, "empty", NULL, 0, &plain, &err));
    assert_ok(fs_read_file(place->root, "empty", 0, &empty, &err));
    assert_int_equal(empty.len, 0);
    assert_string_equal(buf_text(&empty), "");
}

static void reads_only_regular_files(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    AUTO_BUF text = {0};
    assert_int_equal(mkfifoat(place->root, "fifo", 0644), 0);
    assert_fails(fs_read_file(place->root, "fifo", 1000, &text, &err), ERR_FAILED);
    assert_fails(fs_read_file(place->root, "sub", 1000, &text, &err), ERR_FAILED);
    assert_fails(fs_read_file(place->root, "to_file", 1000, &text, &err), ERR_FAILED);
    assert_fails(fs_read_file(place->root, "absent", 1000, &text, &err), ERR_FAILED);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(text.len, 0);
}

static void a_replacement_is_a_new_inode_with_mode_and_time(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct stat before, after;
    struct fs_replace how = {.mode = 0664, .mtime_unix = 1787421605};
    AUTO_FD reader = openat(place->root, "file", O_RDONLY);
    char old[4] = "";
    mode_t mask = umask(077);
    assert_int_equal(fstatat(place->root, "file", &before, 0), 0);
    bool ok = fs_replace_file(place->root, "file", "new!", 4, &how, &err);
    umask(mask);
    assert_ok(ok);
    assert_int_equal(fstatat(place->root, "file", &after, 0), 0);
    assert_true(before.st_ino != after.st_ino);
    assert_int_equal(after.st_mode, S_IFREG | 0664);
    assert_int_equal(after.st_mtim.tv_sec, 1787421605);
    assert_int_equal(after.st_mtim.tv_nsec, 0);
    assert_int_equal(after.st_nlink, 1);
    assert_content(place->root, "file", "new!");
    assert_int_equal(count_temps(place->root), 0);
    /* Who has the old file open keeps it. */
    assert_int_equal(read(reader, old, 3), 3);
    assert_string_equal(old, "old");
}

static void a_replaced_link_is_replaced_itself(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct stat st;
    assert_ok(fs_replace_file(place->root, "to_file", "new", 3, &plain, &err));
    assert_int_equal(fstatat(place->root, "to_file", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_content(place->root, "file", "old");
}

/* The file may grow to 1 KB only: the write fails half-way. */
static void a_failed_write_leaves_the_old_file_and_no_temporary(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    char block[4096] = "";
    struct rlimit limit, small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool ok = fs_replace_file(place->root, "file", block, sizeof block, &plain, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(ok);
    assert_int_equal(err.sys, EFBIG);
    assert_non_null(strstr(err.msg, "file"));
    assert_content(place->root, "file", "old");
    assert_int_equal(count_temps(place->root), 0);
}

static void a_failed_rename_leaves_the_old_name_and_no_temporary(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    assert_fails(fs_replace_file(place->root, "sub", "new", 3, &plain, &err), ERR_FAILED);
    assert_content(place->root, "sub/inner", "inner");
    assert_int_equal(count_temps(place->root), 0);
}

static void a_name_with_a_slash_is_not_replaced(void **state)
{
    struct place *place = *state;
    static const char *const table[] = {"sub/inner", "up/secret", "../outside/secret", "/tmp/x"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = {0};
        assert_fails(fs_replace_file(place->root, table[i], "new", 3, &plain, &err), ERR_FAILED);
    }
    assert_content(place->root, "sub/inner", "inner");
    assert_content(place->top, "outside/secret", "secret");
}

static void removes_a_tree_but_not_what_its_links_point_to(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    assert_ok(fs_make_dirs(place->root, "sub/deep/er", &err));
    put(place->root, "sub/deep/er/file", "x");
    assert_int_equal(symlinkat("../../outside", place->root, "sub/up"), 0);
    assert_int_equal(symlinkat(place->path, place->root, "sub/deep/top"), 0);
    assert_ok(fs_remove_tree(place->root, "sub", &err));
    assert_int_equal(faccessat(place->root, "sub", F_OK, 0), -1);
    assert_content(place->top, "outside/secret", "secret");
    assert_content(place->root, "file", "old");
    assert_ok(fs_remove_tree(place->root, "up", &err));
    assert_int_equal(faccessat(place->root, "up", F_OK, AT_SYMLINK_NOFOLLOW), -1);
    assert_content(place->top, "outside/secret", "secret");
}

static void removes_part_of_a_tree(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    assert_ok(fs_make_dirs(place->root, "sub/one", &err));
    assert_ok(fs_make_dirs(place->root, "sub/two/three", &err));
    assert_ok(fs_remove_tree(place->root, "sub/one", &err));
    assert_ok(fs_remove_tree(place->root, "sub/two/", &err));
    assert_ok(fs_remove_tree(place->root, "file", &err));
    assert_int_equal(faccessat(place->root, "sub/one", F_OK, 0), -1);
    assert_int_equal(faccessat(place->root, "sub/two", F_OK, 0), -1);
    assert_int_equal(faccessat(place->root, "file", F_OK, 0), -1);
    assert_content(place->root, "sub/inner", "inner");
}

static void removes_nothing_elsewhere(void **state)
{
    struct place *place = *state;
    static const char *const table[] = {"up/secret",         "out/secret", "../outside",
                                        "../outside/secret", "..",         "sub/../../outside"};
    char absolute[128];
    struct err err = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_fails(fs_remove_tree(place->root, table[i], &err), ERR_FAILED);
    snprintf(absolute, sizeof absolute, "%s/outside/secret", place->path);
    assert_fails(fs_remove_tree(place->root, absolute, &err), ERR_FAILED);
    assert_content(place->top, "outside/secret", "secret");
    assert_content(place->root, "file", "old");
}

static void removing_what_is_absent_is_fine(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    assert_ok(fs_remove_tree(place->root, "absent", &err));
    assert_ok(fs_remove_tree(place->root, "absent/x", &err));
    assert_ok(fs_remove_tree(place->root, "sub/absent/x", &err));
}

static void lists_names_sorted(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    AUTO_STRV names = {0};
    AUTO_STRV none = {0};
    put(place->root, ".hidden", "");
    assert_ok(fs_list(place->root, ".", &names, &err));
    char *joined AUTO_FREE = strv_join(&names, " ");
    assert_string_equal(joined, ".hidden file loop out sub to_file to_sub up");
    assert_fails(fs_list(place->root, "to_sub", &none, &err), ERR_FAILED);
    assert_fails(fs_list(place->root, "file", &none, &err), ERR_FAILED);
    assert_fails(fs_list(place->root, "absent", &none, &err), ERR_FAILED);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(none.len, 0);
}

static void a_descriptor_can_list_its_folder_again(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    for (int i = 0; i < 3; i++) {
        AUTO_STRV names = {0};
        assert_ok(fs_list(place->root, "sub", &names, &err));
        assert_int_equal(names.len, 1);
    }
}

static void temporary_names_differ(void **state)
{
    (void)state;
    char *one AUTO_FREE = fs_temp_name("tmp");
    char *two AUTO_FREE = fs_temp_name("tmp");
    assert_int_equal(strlen(one), strlen(".ringmgr-tmp-") + 16);
    assert_memory_equal(one, ".ringmgr-tmp-", 13);
    assert_int_equal(strspn(one + 13, "0123456789abcdef"), 16);
    assert_string_not_equal(one, two);
}

static void says_how_much_may_be_written_and_syncs(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    uint64_t bytes = 0;
    assert_ok(fs_free_bytes(place->root, &bytes, &err));
    assert_true(bytes > 0);
    assert_fails(fs_free_bytes(-1, &bytes, &err), ERR_FAILED);
    assert_ok(fs_sync_dir(place->root, "sub", &err));
    assert_ok(fs_sync_dir(place->root, ".", &err));
    assert_fails(fs_sync_dir(place->root, "to_sub", &err), ERR_FAILED);
    assert_fails(fs_sync(-1, "x", &err), ERR_FAILED);
}

static void a_full_device_is_its_own_code(void **state)
{
    (void)state;
    struct err err = {0};
    AUTO_FD full = open("/dev/full", O_WRONLY);
    if (full < 0)
        test_missing("/dev/full");
    assert_fails(fs_write_all(full, "x", 1, "stream", &err), ERR_NO_SPACE);
    assert_string_equal(err.msg, "write stream: No space left on device");
}

static uint64_t bytes_of(const struct place *place, const char *path)
{
    struct err err = {0};
    uint64_t bytes = 1;
    assert_ok(fs_tree_bytes(place->root, path, &bytes, &err));
    return bytes;
}

static void counts_the_bytes_of_a_tree_and_follows_no_link(void **state)
{
    struct place *place = *state;
    assert_int_equal(bytes_of(place, "."), strlen("old") + strlen("inner"));
    assert_int_equal(bytes_of(place, "sub"), strlen("inner"));
    assert_int_equal(bytes_of(place, "file"), strlen("old"));
    assert_int_equal(bytes_of(place, "up"), 0);
    assert_int_equal(bytes_of(place, "absent"), 0);
}

/* A tree of somebody else's may go down as far as it likes. */
static void a_tree_without_end_is_larger_than_anything(void **state)
{
    struct place *place = *state;
    char path[256] = "sub";
    for (int i = 0; i < 40; i++) {
        strcat(path, "/x");
        assert_int_equal(mkdirat(place->root, path, 0755), 0);
    }
    assert_true(bytes_of(place, "sub") > (uint64_t)1 << 60);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void a_secret_that_everybody_may_read_is_none(void **state)
{
    struct err err = {0};
    AUTO_BUF bytes = {0};
    char path[] = "/tmp/ringmgr-secret-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_int_equal(write(fd, "word", 4), 4);
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_ok(fs_read_secret(path, 100, &bytes, &err));
    assert_string_equal(buf_text(&bytes), "word");
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_fails(fs_read_secret(path, 100, &bytes, &err), ERR_USAGE);
    assert_int_equal(fchmod(fd, 0602), 0);
    assert_fails(fs_read_secret(path, 100, &bytes, &err), ERR_USAGE);
    close(fd);
    unlink(path);
    assert_fails(fs_read_secret(path, 100, &bytes, &err), ERR_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(opens_what_lies_beneath),
        PLACED(opens_nothing_else),
        PLACED(creating_follows_no_link_either),
        PLACED(opening_a_configured_folder_wants_a_folder),
        PLACED(makes_folders_that_are_missing),
        PLACED(makes_no_folders_elsewhere),
        PLACED(without_descriptors_making_folders_says_so),
        PLACED(reads_up_to_the_limit),
        PLACED(reads_large_and_empty_files),
        PLACED(reads_only_regular_files),
        PLACED(a_replacement_is_a_new_inode_with_mode_and_time),
        PLACED(a_replaced_link_is_replaced_itself),
        PLACED(a_failed_write_leaves_the_old_file_and_no_temporary),
        PLACED(a_failed_rename_leaves_the_old_name_and_no_temporary),
        PLACED(a_name_with_a_slash_is_not_replaced),
        PLACED(removes_a_tree_but_not_what_its_links_point_to),
        PLACED(removes_part_of_a_tree),
        PLACED(removes_nothing_elsewhere),
        PLACED(removing_what_is_absent_is_fine),
        PLACED(lists_names_sorted),
        PLACED(a_descriptor_can_list_its_folder_again),
        PLACED(temporary_names_differ),
        PLACED(counts_the_bytes_of_a_tree_and_follows_no_link),
        PLACED(a_tree_without_end_is_larger_than_anything),
        PLACED(says_how_much_may_be_written_and_syncs),
        PLACED(a_full_device_is_its_own_code),
        cmocka_unit_test(a_secret_that_everybody_may_read_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

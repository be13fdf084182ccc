#include "ringmgr/base/hashpool.h"
#include "test.h"
#include <errno.h>
#include <sys/mman.h>
#include <time.h>

enum { FILES = 40 };

static int open_numbered(void *context, size_t index, struct err *err)
{
    const char *folder = context;
    char path[128];
    snprintf(path, sizeof path, "%s/%zu", folder, index);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        err_set_errno(err, ENOENT, "open %s", path);
    return fd;
}

static void write_numbered(const char *folder, size_t index)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%zu", folder, index);
    FILE *file = fopen(path, "w");
    fprintf(file, "file number %zu", index);
    fclose(file);
}

/* Files 0 … FILES-1 but one are there; every result is in its own place, however many threads there are. */
static void check_with(unsigned threads)
{
    char folder[] = "/tmp/ringmgr-hashpool-XXXXXX";
    struct hash_result result[FILES];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < FILES; i++)
        if (i != 7)
            write_numbered(folder, i);
    hashpool_run(open_numbered, folder, FILES, threads, 0, result);
    for (size_t i = 0; i < FILES; i++) {
        char text[64];
        int len = snprintf(text, sizeof text, "file number %zu", i);
        struct digest wanted = digest_of(text, (size_t)len);
        assert_int_equal(result[i].ok, i != 7);
        assert_true(i == 7 || (digest_equal(&result[i].digest, &wanted) && result[i].bytes == (uint64_t)len));
    }
    assert_non_null(strstr(result[7].err.msg, "/7"));
    struct err err = {0};
    int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(tmp, folder + strlen("/tmp/"), &err));
    close(tmp);
}

static void hashes_with_any_number_of_threads(void **state)
{
    (void)state;
    check_with(0);
    check_with(1);
    check_with(7);
    check_with(1000);
}

static void does_nothing_for_no_files(void **state)
{
    (void)state;
    hashpool_run(open_numbered, NULL, 0, 4, 0, NULL);
}

static int open_zeros(void *context, size_t index, struct err *err)
{
    int fd = memfd_create("zeros", MFD_CLOEXEC);
    (void)context, (void)index, (void)err;
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    return fd;
}

/* It can take longer on a busy machine, never shorter. */
static void reads_no_faster_than_it_may(void **state)
{
    (void)state;
    struct hash_result result[4];
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    hashpool_run(open_zeros, NULL, 4, 2, 16 << 20, result);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double seconds = (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    assert_true(seconds >= 0.25);
    for (int i = 0; i < 4; i++)
        assert_true(result[i].ok && result[i].bytes == 1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_with_any_number_of_threads),
        cmocka_unit_test(does_nothing_for_no_files),
        cmocka_unit_test(reads_no_faster_than_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "ringmgr/base/hashpool.h"
#include "test.h"
#include <errno.h>

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
    hashpool_run(open_numbered, folder, FILES, threads, result);
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
    hashpool_run(open_numbered, NULL, 0, 4, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_with_any_number_of_threads),
        cmocka_unit_test(does_nothing_for_no_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

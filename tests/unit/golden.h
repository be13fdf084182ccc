/*
 * Documents that must be the files of tests/golden, byte for byte. With RINGMGR_GOLDEN_OUT=FOLDER they are
 * written there instead of compared, for looking at a change and copying it.
 */
#ifndef RINGMGR_TESTS_UNIT_GOLDEN_H
#define RINGMGR_TESTS_UNIT_GOLDEN_H

#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>

static inline void golden_write(const char *folder, const char *path, const struct buf *bytes)
{
    char whole[4096];
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    for (char *at = whole + 1; (at = strchr(at, '/')); *at++ = '/') {
        *at = 0;
        mkdir(whole, 0777);
    }
    FILE *file = fopen(whole, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->len, file), bytes->len);
    assert_int_equal(fclose(file), 0);
}

/* `path` is relative to tests/golden. */
static inline void assert_golden(const struct buf *bytes, const char *path)
{
    struct err err = {0};
    AUTO_BUF golden = {0};
    AUTO_FD dir = fs_open_dir(TEST_SOURCE_DIR "/tests/golden", &err);
    const char *instead = getenv("RINGMGR_GOLDEN_OUT");
    if (instead) {
        golden_write(instead, path, bytes);
        return;
    }
    assert_true(dir >= 0);
    if (!fs_read_file(dir, path, 1 << 20, &golden, &err))
        fail_msg("%s", err.msg);
    if (bytes->len != golden.len || memcmp(bytes->data, golden.data, golden.len) != 0)
        fail_msg("%s: not what is written:\n%s", path, buf_text(bytes));
}

#endif

/* What every unit test includes: cmocka, the real files, and a strict mode in which a missing one fails. */
#ifndef RINGMGR_TESTS_UNIT_TEST_H
#define RINGMGR_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ringmgr/base/buf.h"
#include "ringmgr/base/fs.h"

/* The folder of real files: RINGMGR_REAL, else ../shared/real beside the checkout. NULL if absent. */
static inline const char *test_real_dir(void)
{
    static char path[4096];
    const char *named = getenv("RINGMGR_REAL");
    snprintf(path, sizeof path, "%s", named ? named : TEST_SOURCE_DIR "/../shared/real");
    return access(path, R_OK) == 0 ? path : NULL;
}

/* How much of something long is tried: `all` with RINGMGR_PROOF=1, as run.sh --proof has it, else `some`. */
static inline int test_effort(int some, int all)
{
    return getenv("RINGMGR_PROOF") ? all : some;
}

/* Ends the test where something that it needs is missing: skipped aloud, or failed with RINGMGR_STRICT=1. */
static inline void test_missing(const char *what)
{
    fprintf(stderr, "skipped: %s is missing\n", what);
    if (getenv("RINGMGR_STRICT"))
        fail_msg("%s is missing", what);
    skip();
}

/* Reads real/`path` whole; the test is skipped (or fails, see above) if it is not there. */
static inline void test_read_real(const char *path, struct buf *out)
{
    struct err err = {0};
    const char *real = test_real_dir();
    if (!real)
        test_missing("the folder of real files (RINGMGR_REAL)");
    int dir = open(real, O_RDONLY | O_DIRECTORY);
    if (!fs_read_file(dir, path, (uint64_t)64 << 20, out, &err))
        fail_msg("%s", err.msg);
    close(dir);
}

#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        if (!(call))                                                                                         \
            fail_msg("%s: %s", #call, err.msg);                                                              \
    } while (0)

#define assert_fails(call, wanted_code)                                                                      \
    do {                                                                                                     \
        if (call)                                                                                            \
            fail_msg("%s: should have failed", #call);                                                       \
        if (err.code != (wanted_code))                                                                       \
            fail_msg("%s: code %d: %s", #call, err.code, err.msg);                                           \
    } while (0)

#endif

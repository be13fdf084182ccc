/* What the fuzz targets share: the entry point that libFuzzer and replay_main.c call, and how a broken
 * promise ends the program. */
#ifndef RINGMGR_TESTS_FUZZ_FUZZ_H
#define RINGMGR_TESTS_FUZZ_FUZZ_H

#include "ringmgr/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program where a promise does not hold. */
#define must(holds) ((holds) ? (void)0 : fuzz_broken(#holds, __FILE__, __LINE__))

static inline void fuzz_broken(const char *promise, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
    abort();
}

/* Takes the bytes up to `end`, or all that is left, off the input: a text, cut at its first NUL, which the
 * caller frees. */
static inline char *take_until(char end, const uint8_t **data, size_t *size)
{
    const uint8_t *at = *size ? memchr(*data, end, *size) : NULL;
    size_t len = at ? (size_t)(at - *data) : *size;
    char *text = mem_strndup(len ? (const char *)*data : "", len);
    *data += at ? len + 1 : len;
    *size -= at ? len + 1 : len;
    return text;
}

static inline char *take_line(const uint8_t **data, size_t *size)
{
    return take_until('\n', data, size);
}

/* Whether nothing in a text moves a terminal's cursor, or ends a line. */
static inline bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

#endif

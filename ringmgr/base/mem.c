#include "ringmgr/base/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 4096, LARGE_BYTES = 128 << 10 };

static void *must(void *memory)
{
    if (!memory) {
        fputs("ringmgr: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void mem_begin(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
}

void *mem_new(size_t count, size_t size)
{
    return must(calloc(count ? count : 1, size ? size : 1));
}

void *mem_block(size_t bytes)
{
    return must(aligned_alloc(PAGE_BYTES, (bytes / PAGE_BYTES + 1) * PAGE_BYTES));
}

void *mem_resize(void *old, size_t count, size_t size)
{
    return must(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *mem_strdup(const char *text)
{
    return text ? must(strdup(text)) : NULL;
}

char *mem_strndup(const char *text, size_t len)
{
    return must(strndup(text, len));
}

char *mem_vprintf(const char *format, va_list args)
{
    char *text = NULL;
    int len = vasprintf(&text, format, args);
    return must(len < 0 ? NULL : text);
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    return text;
}

void *mem_grow(void *array, size_t len, size_t size)
{
    if (len & (len - 1))
        return array;
    return mem_resize(array, len ? len * 2 : 1, size);
}

void mem_wipe(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void mem_auto_free(void *pointer_variable)
{
    void *held;
    memcpy(&held, pointer_variable, sizeof held);
    free(held);
}

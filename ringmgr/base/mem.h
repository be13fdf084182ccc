/*
 * Memory that is there or ends the process. Running out of memory is treated as one more crash: every share
 * and the state survive a kill at any instant, so dying at once is safe, and no caller needs an untested
 * path.
 */
#ifndef RINGMGR_BASE_MEM_H
#define RINGMGR_BASE_MEM_H

#include "ringmgr/base/err.h"
#include <stdarg.h>
#include <stddef.h>

/* Zeroed memory of count × size bytes; the caller frees it with free(). Aborts if there is none. */
void *mem_new(size_t count, size_t size);

/*
 * Once, when the program begins: what is large goes back to the system as soon as it is freed. Otherwise
 * glibc keeps the blocks of threads that have ended, and a download needs twice the memory.
 */
void mem_begin(void);

/*
 * `bytes` bytes for what is read from files, at the beginning of a page and not initialised; the caller frees
 * it with free(). Page to page the kernel copies at full speed; to an address a few bytes further into its
 * page, as malloc() returns them, some processors' string moves take ten times as long. Aborts if there is
 * none.
 */
void *mem_block(size_t bytes);

/* realloc() of an array to count × size bytes; aborts if there is none. New bytes are not initialised. */
void *mem_resize(void *old, size_t count, size_t size);

/* A copy of `text` that the caller frees; NULL for NULL. */
char *mem_strdup(const char *text);

/* A copy of the first `len` bytes of `text`, with a NUL, that the caller frees. */
char *mem_strndup(const char *text, size_t len);

/* A formatted string that the caller frees. */
char *mem_printf(const char *format, ...) PRINTF_LIKE(1, 2);
char *mem_vprintf(const char *format, va_list args) PRINTF_LIKE(1, 0);

/* Makes room for one more element of a growing array of `len` elements; capacities are powers of two. */
void *mem_grow(void *array, size_t len, size_t size);

/* Overwrites a text and frees it: memory that was freed is given to others, and ends up in core files. NULL
 * is fine; *text is NULL then. */
void mem_wipe(char **text);

/* For AUTO: frees what a `char *` or any other pointer variable holds. */
void mem_auto_free(void *pointer_variable);

#define AUTO_FREE AUTO(mem_auto_free)

#endif

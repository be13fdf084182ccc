/* Files, folders, child programs and the end of the program; see disk.c. */
#ifndef TESTCDN_DISK_H
#define TESTCDN_DISK_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Prints "testcdn: …" on stderr and ends the program with status 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* printf into a new heap string; the caller frees it. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2), warn_unused_result));
/* Frees the string a pointer holds; for the cleanup attribute. */
void text_clear(char **s);

#define TEXT __attribute__((cleanup(text_clear))) char *

/* Reads a whole file into b (which must be empty); ends the program when it cannot. */
void disk_read(const char *path, struct bytes *b);
/* Writes a whole file, making its folders, and renames it into place so that a server never sees half of it.
 */
void disk_write(const char *path, const void *data, size_t len);
/* Makes a folder and those above it. */
void disk_mkdirs(const char *path);
/* Makes the folders above a path. */
void disk_mkdirs_above(const char *path);
/* True when the path exists. */
bool disk_exists(const char *path);
/* Makes a new temporary folder and returns its path; the caller frees it after disk_remove_tree. */
char *disk_temp_dir(void) __attribute__((warn_unused_result));
/* Removes a folder and all that is in it; nothing is done for a folder that is absent. */
void disk_remove_tree(const char *path);
/* Sets both file times of a path, so that packed members carry a known date. */
void disk_set_time(const char *path, int64_t unix_time);
/* Runs a program found on PATH (argv ends with NULL), its stdout discarded; ends the program when that fails.
 */
void disk_run(const char *const argv[]);

#endif

/*
 * Files relative to directory descriptors, opened beneath them without following links (openat2), and the one
 * way to replace a file durably. Paths of the configuration are opened once with fs_open_dir; everything
 * below them goes through the descriptor.
 */
#ifndef RINGMGR_BASE_FS_H
#define RINGMGR_BASE_FS_H

#include "ringmgr/base/buf.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

/* Closes the descriptor unless it is -1; for AUTO. */
void fs_auto_close(int *fd);
#define AUTO_FD                                                                                              \
    AUTO(fs_auto_close)                                                                                      \
    int

/* The descriptor of such a variable, which is then -1: it stays open, for whoever takes it. */
int fs_keep_fd(int *fd);

/* Opens a configured folder (absolute path, links on the way are the administrator's). -1 and `err`. */
int fs_open_dir(const char *path, struct err *err) MUST_CHECK;

/*
 * Opens `path` beneath `dir` without following any link and without leaving `dir` (openat2 RESOLVE_BENEATH |
 * RESOLVE_NO_SYMLINKS), O_CLOEXEC. -1 with errno and `err` set. `mode` counts with O_CREAT only.
 */
int fs_open_beneath(int dir, const char *path, int flags, mode_t mode, struct err *err) MUST_CHECK;

/* Creates the folders of `path` beneath `dir` that do not exist (mode 0755); each is durable on return. */
bool fs_make_dirs(int dir, const char *path, struct err *err) MUST_CHECK;

/* fsync; `name` is for the message. Works for files and folders. */
bool fs_sync(int fd, const char *name, struct err *err) MUST_CHECK;
/* Opens the folder `path` beneath `dir` ("." is `dir`) and fsyncs it. */
bool fs_sync_dir(int dir, const char *path, struct err *err) MUST_CHECK;

/* Writes all bytes at the descriptor's position. */
bool fs_write_all(int fd, const void *bytes, size_t len, const char *name, struct err *err) MUST_CHECK;
/* Writes all bytes at `at`, wherever the descriptor's position is. */
bool fs_write_all_at(int fd, uint64_t at, const void *bytes, size_t len, const char *name,
                     struct err *err) MUST_CHECK;

/*
 * Reads a whole file of at most `limit` bytes into `out`. ERR_FAILED if larger. With a missing file the
 * error's sys is ENOENT.
 */
bool fs_read_file(int dir, const char *path, uint64_t limit, struct buf *out, struct err *err) MUST_CHECK;

/* The same of an open file, from its current position; `name` is for the message. */
bool fs_read_fd(int fd, const char *name, uint64_t limit, struct buf *out, struct err *err) MUST_CHECK;
/* The same of anything that can be read to an end: stdin, a pipe. */
bool fs_read_stream(int fd, const char *name, uint64_t limit, struct buf *out, struct err *err) MUST_CHECK;
/* Opens a path that the administrator configured or named for reading: links are followed, and a pipe keeps
 * nobody waiting. -1 and `err`. */
int fs_open_path(const char *path, struct err *err) MUST_CHECK;
/* fs_read_fd() of such a path. */
bool fs_read_path(const char *path, uint64_t limit, struct buf *out, struct err *err) MUST_CHECK;
/* The same of a file that holds a secret, without leaving copies of it in memory: buf_wipe() `out`
 * afterwards. ERR_USAGE where everybody may read or write it, and if it is no file. */
bool fs_read_secret(const char *path, uint64_t limit, struct buf *out, struct err *err) MUST_CHECK;

/*
 * Renames to a name that nothing has; false and errno (EEXIST where something has it). Where the file system
 * cannot rename without replacing (NFS and GlusterFS answer EINVAL to RENAME_NOREPLACE, renameat2(2)), what
 * somebody puts there between a look and the rename is replaced, unless it is a folder with something in it.
 */
bool fs_rename_new(int from_dir, const char *from, int to_dir, const char *to) MUST_CHECK;

struct fs_replace {
    mode_t mode;        /* of the new file, regardless of umask */
    int64_t mtime_unix; /* -1: now */
};

/*
 * Replaces (or creates) `name` in folder `dir` by a new inode with these bytes: temp name ".ringmgr-tmp-…",
 * write, mode, mtime, fsync, rename, fsync of `dir`. `name` is one component. After an error `name` is what
 * it was (only if that last fsync failed it may be the new file, not yet durable), and the temp name is gone
 * unless the process was killed.
 */
bool fs_replace_file(int dir, const char *name, const void *bytes, size_t len, const struct fs_replace *how,
                     struct err *err) MUST_CHECK;

/*
 * Removes a tree beneath `dir` (files, folders, links themselves), following no link on the way to it either.
 * Missing is fine. Not durable by itself.
 */
bool fs_remove_tree(int dir, const char *path, struct err *err) MUST_CHECK;

/* Names in a folder, without "." and "..", sorted. */
bool fs_list(int dir, const char *path, struct strv *names, struct err *err) MUST_CHECK;

/* Bytes of all regular files of a tree beneath `dir`, or of the one file; following no link. Missing has
 * none. What may not be read counts nothing; a tree that is nested without end is larger than any limit. */
bool fs_tree_bytes(int dir, const char *path, uint64_t *bytes, struct err *err) MUST_CHECK;

/* Bytes that this process may still write on the file system of `dir`. */
bool fs_free_bytes(int dir, uint64_t *bytes, struct err *err) MUST_CHECK;

/*
 * Sets the permissions of a file (`kind` S_IFREG) or folder (S_IFDIR) beneath `dir`, also of one that its
 * owner may not even read; following no link. False, and errno, if it is of another kind (EINVAL) or somebody
 * else's (EPERM). Not durable by itself.
 */
bool fs_give_mode(int dir, const char *path, mode_t kind, mode_t mode) MUST_CHECK;

/* Name for a temporary that nothing else has: ".ringmgr-KIND-" and 16 random hex digits. The caller frees it.
 */
char *fs_temp_name(const char *kind);

#endif

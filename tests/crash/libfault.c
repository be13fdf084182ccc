/*
 * libfault.so: preload it, and the n-th change that a process makes to its files fails, is cut short, or is
 * the last thing the process ever does. Running a command once for every n is how the crash tests prove that
 * no instant of it leaves a share, the store or the database in a state that a replay cannot mend.
 *
 *   LD_PRELOAD=libfault.so FAULT_COUNT_FILE=n command            how many changes are there?
 *   LD_PRELOAD=libfault.so FAULT_AT=7 FAULT_KIND=kill-after …    die just after the seventh
 *
 *   FAULT_AT=n          strike at the n-th counted call, from 1; without it only count
 *   FAULT_KIND=…        kill-before, kill-after (SIGKILL), errno:NAME (the call is not made and fails so),
 * short (writes or reads half the bytes, at least one; counted but harmless for calls that do neither)
 * stop-before (SIGSTOP: whoever started it may change the world, and sends SIGCONT)
 *   FAULT_STICKY=1      errno and short also strike every call after the n-th: the disk stays full
 *   FAULT_UNDER=P[:P…]  count only calls with a path below one of these
 *   FAULT_OP=o[,o…]     count only these operations or functions: open write copy clone truncate fallocate
 * link rename symlink unlink mkdir mknod chmod chown utime sync xattr, or renameat2 and its like; "space"
 * stands for what a full disk refuses (so unlink, chmod, chown, utime, sync, truncate and opening what exists
 * go on working). Calls that change nothing count only where they are named here: read; look, which is
 * opening without O_CREAT, O_TRUNC and O_TMPFILE
 *   FAULT_EXE=name      only in processes of this executable (for `timeout 5 ringmgr …`)
 *   FAULT_COUNT_FILE=F  gets the number of counted calls when the process ends or is killed by the plan
 *   FAULT_TRACE=F       gets a line for each counted call: number TAB function TAB path [TAB source path]
 *
 * Counting is per process, over all its threads. A forked child counts from 1 for itself and does not write
 * the count file; an executed program is a process of its own (its count overwrites; FAULT_EXE keeps it
 * apart).
 *
 * What is a change: every call below, by name or through syscall(), that is made on a regular file or a
 * folder. Descriptors 1 and 2, pipes, sockets and devices do not count. Opening is one with O_CREAT, O_TRUNC
 * or O_TMPFILE.
 *
 * What is not seen, because the program does not go through a symbol for it:
 *   - reading a folder (getdents), mmap(2) of a file and what is read through it;
 *   - stores into a shared mapping and msync (SQLite's -shm file; it is rebuilt after a crash and proves
 * nothing);
 *   - the C library's own inner calls. stdio is met halfway: fopen and freopen with w or a count as open,
 * fflush and fclose with bytes pending count as one write; a full buffer written in mid-stream, fflush(NULL)
 * and the flush at exit do not. The program writes its files through write(2); SQLite 3.40 calls open64,
 *     pwrite64, write, ftruncate64, fdatasync, fchmod, fchown, mkdir, unlink, all seen;
 *   - sync(2), io_uring, bind(2) of a socket name, vfork children before they exec, statically linked
 * programs. The count file is not written when somebody else's signal ends the process. SIGKILL loses nothing
 * that the kernel has: a power cut is a different test.
 *
 * Every function here has one of a few shapes (a path, a descriptor, two paths, a count of bytes that can be
 * cut), so each shape is a macro and each function a line. libfault_plan.c decides; libfault_syscall.c has
 * syscall().
 */
#define _GNU_SOURCE
#include "libfault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#define REAL(name)                                                                                           \
    static __typeof__(&name) real;                                                                           \
    if (!real)                                                                                               \
    fault_plan_next(&real, sizeof real, #name)

static bool ask_path(struct fault_verdict *v, struct fault_op op, const char *name, int dir, const char *path)
{
    return fault_plan_ask(v, &(struct fault_call){op, name, {dir, path ? path : ""}, FAULT_NOWHERE});
}

static bool ask_fd(struct fault_verdict *v, struct fault_op op, const char *name, int fd)
{
    return fault_plan_ask(v, &(struct fault_call){op, name, {fd, NULL}, FAULT_NOWHERE});
}

static ssize_t done(const struct fault_verdict *v, ssize_t result)
{
    fault_plan_done(v);
    return result;
}

size_t fault_cut(const struct fault_verdict *v, size_t bytes)
{
    return v->cut && bytes > 1 ? bytes / 2 : bytes;
}

/* ---- one path, one descriptor, two paths ---- */

#define PATH_CALL(name, op, dir, path, params, ...)                                                          \
    int name params                                                                                          \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        return ask_path(&v, op, #name, dir, path) ? (int)done(&v, real(__VA_ARGS__)) : -1;                   \
    }

#define FD_CALL(name, op, params, ...)                                                                       \
    int name params                                                                                          \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        return ask_fd(&v, op, #name, fd) ? (int)done(&v, real(__VA_ARGS__)) : -1;                            \
    }

#define PAIR_CALL(name, op, from_dir, to_dir, params, ...)                                                   \
    int name params                                                                                          \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        struct fault_call call = {op, #name, {to_dir, to}, {from_dir, from}};                                \
        return fault_plan_ask(&v, &call) ? (int)done(&v, real(__VA_ARGS__)) : -1;                            \
    }

PATH_CALL(truncate, TRUNCATE, AT_FDCWD, path, (const char *path, off_t length), path, length)
PATH_CALL(truncate64, TRUNCATE, AT_FDCWD, path, (const char *path, off64_t length), path, length)
PATH_CALL(symlink, SYMLINK, AT_FDCWD, path, (const char *target, const char *path), target, path)
PATH_CALL(symlinkat, SYMLINK, dir, path, (const char *target, int dir, const char *path), target, dir, path)
PATH_CALL(unlink, UNLINK, AT_FDCWD, path, (const char *path), path)
PATH_CALL(unlinkat, UNLINK, dir, path, (int dir, const char *path, int flags), dir, path, flags)
PATH_CALL(rmdir, UNLINK, AT_FDCWD, path, (const char *path), path)
PATH_CALL(remove, UNLINK, AT_FDCWD, path, (const char *path), path)
PATH_CALL(mkdir, MKDIR, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
PATH_CALL(mkdirat, MKDIR, dir, path, (int dir, const char *path, mode_t mode), dir, path, mode)
PATH_CALL(mknod, MKNOD, AT_FDCWD, path, (const char *path, mode_t mode, dev_t dev), path, mode, dev)
PATH_CALL(mknodat, MKNOD, dir, path, (int dir, const char *path, mode_t mode, dev_t dev), dir, path, mode,
          dev)
PATH_CALL(mkfifo, MKNOD, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
PATH_CALL(mkfifoat, MKNOD, dir, path, (int dir, const char *path, mode_t mode), dir, path, mode)
PATH_CALL(chmod, CHMOD, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
PATH_CALL(fchmodat, CHMOD, dir, path, (int dir, const char *path, mode_t mode, int flags), dir, path, mode,
          flags)
PATH_CALL(chown, CHOWN, AT_FDCWD, path, (const char *path, uid_t user, gid_t group), path, user, group)
PATH_CALL(lchown, CHOWN, AT_FDCWD, path, (const char *path, uid_t user, gid_t group), path, user, group)
PATH_CALL(fchownat, CHOWN, dir, path, (int dir, const char *path, uid_t user, gid_t group, int flags), dir,
          path, user, group, flags)
PATH_CALL(utime, UTIME, AT_FDCWD, path, (const char *path, const struct utimbuf *times), path, times)
PATH_CALL(utimes, UTIME, AT_FDCWD, path, (const char *path, const struct timeval times[2]), path, times)
PATH_CALL(lutimes, UTIME, AT_FDCWD, path, (const char *path, const struct timeval times[2]), path, times)
PATH_CALL(setxattr, XATTR, AT_FDCWD, path,
          (const char *path, const char *key, const void *value, size_t bytes, int flags), path, key, value,
          bytes, flags)
PATH_CALL(lsetxattr, XATTR, AT_FDCWD, path,
          (const char *path, const char *key, const void *value, size_t bytes, int flags), path, key, value,
          bytes, flags)
PATH_CALL(removexattr, XATTR, AT_FDCWD, path, (const char *path, const char *key), path, key)
PATH_CALL(lremovexattr, XATTR, AT_FDCWD, path, (const char *path, const char *key), path, key)

FD_CALL(ftruncate, TRUNCATE, (int fd, off_t length), fd, length)
FD_CALL(ftruncate64, TRUNCATE, (int fd, off64_t length), fd, length)
FD_CALL(fallocate, FALLOCATE, (int fd, int mode, off_t offset, off_t bytes), fd, mode, offset, bytes)
FD_CALL(fallocate64, FALLOCATE, (int fd, int mode, off64_t offset, off64_t bytes), fd, mode, offset, bytes)
FD_CALL(fchmod, CHMOD, (int fd, mode_t mode), fd, mode)
FD_CALL(fchown, CHOWN, (int fd, uid_t user, gid_t group), fd, user, group)
FD_CALL(futimens, UTIME, (int fd, const struct timespec times[2]), fd, times)
FD_CALL(futimes, UTIME, (int fd, const struct timeval times[2]), fd, times)
FD_CALL(fsync, SYNC, (int fd), fd)
FD_CALL(fdatasync, SYNC, (int fd), fd)
FD_CALL(syncfs, SYNC, (int fd), fd)
FD_CALL(sync_file_range, SYNC, (int fd, off64_t offset, off64_t bytes, unsigned int flags), fd, offset, bytes,
        flags)
FD_CALL(fsetxattr, XATTR, (int fd, const char *key, const void *value, size_t bytes, int flags), fd, key,
        value, bytes, flags)
FD_CALL(fremovexattr, XATTR, (int fd, const char *key), fd, key)

PAIR_CALL(link, LINK, AT_FDCWD, AT_FDCWD, (const char *from, const char *to), from, to)
PAIR_CALL(linkat, LINK, from_dir, to_dir,
          (int from_dir, const char *from, int to_dir, const char *to, int flags), from_dir, from, to_dir, to,
          flags)
PAIR_CALL(rename, RENAME, AT_FDCWD, AT_FDCWD, (const char *from, const char *to), from, to)
PAIR_CALL(renameat, RENAME, from_dir, to_dir, (int from_dir, const char *from, int to_dir, const char *to),
          from_dir, from, to_dir, to)
PAIR_CALL(renameat2, RENAME, from_dir, to_dir,
          (int from_dir, const char *from, int to_dir, const char *to, unsigned int flags), from_dir, from,
          to_dir, to, flags)

/* A NULL path means the descriptor itself. */
int utimensat(int dir, const char *path, const struct timespec times[2], int flags)
{
    REAL(utimensat);
    struct fault_verdict v;
    bool pass = fault_plan_ask(&v, &(struct fault_call){UTIME, "utimensat", {dir, path}, FAULT_NOWHERE});
    return pass ? (int)done(&v, real(dir, path, times, flags)) : -1;
}

int futimesat(int dir, const char *path, const struct timeval times[2])
{
    REAL(futimesat);
    struct fault_verdict v;
    bool pass = fault_plan_ask(&v, &(struct fault_call){UTIME, "futimesat", {dir, path}, FAULT_NOWHERE});
    return pass ? (int)done(&v, real(dir, path, times)) : -1;
}

/* These two return the error and leave errno alone. */
#define POSIX_FALLOCATE(name, offset_type)                                                                   \
    int name(int fd, offset_type offset, offset_type bytes)                                                  \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        int before = errno;                                                                                  \
        if (ask_fd(&v, FALLOCATE, #name, fd))                                                                \
            return (int)done(&v, real(fd, offset, bytes));                                                   \
        int error = errno;                                                                                   \
        errno = before;                                                                                      \
        return error;                                                                                        \
    }

POSIX_FALLOCATE(posix_fallocate, off_t)
POSIX_FALLOCATE(posix_fallocate64, off64_t)

/* ---- opening ---- */

static bool is_temporary(int flags)
{
    return (flags & O_TMPFILE) == O_TMPFILE;
}

static bool creates(int flags)
{
    return (flags & (O_CREAT | O_TRUNC)) || is_temporary(flags);
}

bool fault_ask_open(struct fault_verdict *v, const char *name, int dir, const char *path, int flags)
{
    int before = errno;
    struct stat st;
    bool exists = !is_temporary(flags) && !fstatat(dir, path ? path : "", &st, 0);
    errno = before;
    *v = (struct fault_verdict){false, false};
    if (exists && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return true;
    return ask_path(v, !creates(flags) ? LOOK : exists ? REOPEN : CREATE, name, dir, path);
}

#define MODE_AFTER(last, flags, mode)                                                                        \
    mode_t mode = 0;                                                                                         \
    if (((flags)&O_CREAT) || is_temporary(flags)) {                                                          \
        va_list rest;                                                                                        \
        va_start(rest, last);                                                                                \
        mode = va_arg(rest, mode_t);                                                                         \
        va_end(rest);                                                                                        \
    }

#define OPEN_CALL(name)                                                                                      \
    int name(const char *path, int flags, ...)                                                               \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        MODE_AFTER(flags, flags, mode)                                                                       \
        return fault_ask_open(&v, #name, AT_FDCWD, path, flags) ? (int)done(&v, real(path, flags, mode))     \
                                                                : -1;                                        \
    }

#define OPENAT_CALL(name)                                                                                    \
    int name(int dir, const char *path, int flags, ...)                                                      \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        MODE_AFTER(flags, flags, mode)                                                                       \
        return fault_ask_open(&v, #name, dir, path, flags) ? (int)done(&v, real(dir, path, flags, mode))     \
                                                           : -1;                                             \
    }

OPEN_CALL(open)
OPEN_CALL(open64)
OPENAT_CALL(openat)
OPENAT_CALL(openat64)

/* What a fortified caller uses when it gives no mode. */
#define OPEN_2_CALL(name, dir, params, ...)                                                                  \
    int name params;                                                                                         \
    int name params                                                                                          \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        return fault_ask_open(&v, #name, dir, path, flags) ? (int)done(&v, real(__VA_ARGS__)) : -1;          \
    }

OPEN_2_CALL(__open_2, AT_FDCWD, (const char *path, int flags), path, flags)
OPEN_2_CALL(__open64_2, AT_FDCWD, (const char *path, int flags), path, flags)
OPEN_2_CALL(__openat_2, dir, (int dir, const char *path, int flags), dir, path, flags)
OPEN_2_CALL(__openat64_2, dir, (int dir, const char *path, int flags), dir, path, flags)

#define CREAT_CALL(name)                                                                                     \
    int name(const char *path, mode_t mode)                                                                  \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        return fault_ask_open(&v, #name, AT_FDCWD, path, O_CREAT) ? (int)done(&v, real(path, mode)) : -1;    \
    }

CREAT_CALL(creat)
CREAT_CALL(creat64)

PATH_CALL(mkstemp, CREATE, AT_FDCWD, path, (char *path), path)
PATH_CALL(mkstemp64, CREATE, AT_FDCWD, path, (char *path), path)
PATH_CALL(mkostemp, CREATE, AT_FDCWD, path, (char *path, int flags), path, flags)
PATH_CALL(mkostemp64, CREATE, AT_FDCWD, path, (char *path, int flags), path, flags)
PATH_CALL(mkstemps, CREATE, AT_FDCWD, path, (char *path, int suffix), path, suffix)
PATH_CALL(mkostemps, CREATE, AT_FDCWD, path, (char *path, int suffix, int flags), path, suffix, flags)

char *mkdtemp(char *path)
{
    REAL(mkdtemp);
    struct fault_verdict v;
    if (!ask_path(&v, MKDIR, "mkdtemp", AT_FDCWD, path))
        return NULL;
    char *made = real(path);
    fault_plan_done(&v);
    return made;
}

/* ---- writing ---- */

#define WRITE_CALL(name, op, params, ...)                                                                    \
    ssize_t name params                                                                                      \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        if (!ask_fd(&v, op, #name, fd))                                                                      \
            return -1;                                                                                       \
        bytes = fault_cut(&v, bytes);                                                                        \
        return done(&v, real(__VA_ARGS__));                                                                  \
    }

WRITE_CALL(write, WRITE, (int fd, const void *data, size_t bytes), fd, data, bytes)
WRITE_CALL(pwrite, WRITE, (int fd, const void *data, size_t bytes, off_t at), fd, data, bytes, at)
WRITE_CALL(pwrite64, WRITE, (int fd, const void *data, size_t bytes, off64_t at), fd, data, bytes, at)
WRITE_CALL(sendfile, COPY, (int fd, int in, off_t *at, size_t bytes), fd, in, at, bytes)
WRITE_CALL(sendfile64, COPY, (int fd, int in, off64_t *at, size_t bytes), fd, in, at, bytes)
WRITE_CALL(copy_file_range, COPY,
           (int in, off64_t *in_at, int fd, off64_t *at, size_t bytes, unsigned int flags), in, in_at, fd, at,
           bytes, flags)
WRITE_CALL(splice, COPY, (int in, off64_t *in_at, int fd, off64_t *at, size_t bytes, unsigned int flags), in,
           in_at, fd, at, bytes, flags)

int fault_halve(const struct iovec *iov, int count, struct iovec *halved)
{
    size_t total = 0;
    int used = 0;
    for (int i = 0; i < count; i++)
        total += iov[i].iov_len;
    for (size_t left = total > 1 ? total / 2 : total; left; used++) {
        halved[used] = iov[used];
        if (halved[used].iov_len > left)
            halved[used].iov_len = left;
        left -= halved[used].iov_len;
    }
    return used;
}

#define VECTOR_CALL(name, params, ...)                                                                       \
    ssize_t name params                                                                                      \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        struct iovec halved[IOV_MAX];                                                                        \
        if (!ask_fd(&v, WRITE, #name, fd))                                                                   \
            return -1;                                                                                       \
        if (v.cut && count > 0 && count <= IOV_MAX) {                                                        \
            count = fault_halve(iov, count, halved);                                                         \
            iov = halved;                                                                                    \
        }                                                                                                    \
        return done(&v, real(__VA_ARGS__));                                                                  \
    }

VECTOR_CALL(writev, (int fd, const struct iovec *iov, int count), fd, iov, count)
VECTOR_CALL(pwritev, (int fd, const struct iovec *iov, int count, off_t at), fd, iov, count, at)
VECTOR_CALL(pwritev64, (int fd, const struct iovec *iov, int count, off64_t at), fd, iov, count, at)
VECTOR_CALL(pwritev2, (int fd, const struct iovec *iov, int count, off_t at, int flags), fd, iov, count, at,
            flags)
VECTOR_CALL(pwritev64v2, (int fd, const struct iovec *iov, int count, off64_t at, int flags), fd, iov, count,
            at, flags)

int ioctl(int fd, unsigned long request, ...)
{
    REAL(ioctl);
    struct fault_verdict v = {false, false};
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if ((request == FICLONE || request == FICLONERANGE) && !ask_fd(&v, CLONE, "ioctl", fd))
        return -1;
    return (int)done(&v, real(fd, request, argument));
}

/* ---- reading ---- */

WRITE_CALL(read, READ, (int fd, void *data, size_t bytes), fd, data, bytes)
WRITE_CALL(pread, READ, (int fd, void *data, size_t bytes, off_t at), fd, data, bytes, at)
WRITE_CALL(pread64, READ, (int fd, void *data, size_t bytes, off64_t at), fd, data, bytes, at)

/* What a fortified caller uses when it knows how much room there is. */
#define CHECKED_CALL(name, params, ...)                                                                      \
    ssize_t name params;                                                                                     \
    WRITE_CALL(name, READ, params, __VA_ARGS__)

CHECKED_CALL(__read_chk, (int fd, void *data, size_t bytes, size_t room), fd, data, bytes, room)
CHECKED_CALL(__pread_chk, (int fd, void *data, size_t bytes, off_t at, size_t room), fd, data, bytes, at,
             room)
CHECKED_CALL(__pread64_chk, (int fd, void *data, size_t bytes, off64_t at, size_t room), fd, data, bytes, at,
             room)

/* ---- stdio ---- */

static bool ask_stream(struct fault_verdict *v, const char *name, const char *path, const char *mode)
{
    *v = (struct fault_verdict){false, false};
    return !path || fault_ask_open(v, name, AT_FDCWD, path, *mode == 'r' ? O_RDONLY : O_CREAT);
}

#define STREAM_CALL(name, params, ...)                                                                       \
    FILE *name params                                                                                        \
    {                                                                                                        \
        REAL(name);                                                                                          \
        struct fault_verdict v;                                                                              \
        FILE *opened = ask_stream(&v, #name, path, mode) ? real(__VA_ARGS__) : NULL;                         \
        fault_plan_done(&v);                                                                                 \
        return opened;                                                                                       \
    }

STREAM_CALL(fopen, (const char *path, const char *mode), path, mode)
STREAM_CALL(fopen64, (const char *path, const char *mode), path, mode)
STREAM_CALL(freopen, (const char *path, const char *mode, FILE *old), path, mode, old)
STREAM_CALL(freopen64, (const char *path, const char *mode, FILE *old), path, mode, old)

/* Does this stream hold bytes for a file? Then the next flush is a write. */
static bool ask_flush(struct fault_verdict *v, const char *name, FILE *stream)
{
    *v = (struct fault_verdict){false, false};
    return !stream || fileno(stream) < 0 || !__fpending(stream) || ask_fd(v, WRITE, name, fileno(stream));
}

int fflush(FILE *stream)
{
    REAL(fflush);
    struct fault_verdict v;
    return ask_flush(&v, "fflush", stream) ? (int)done(&v, real(stream)) : EOF;
}

/* A failed close closes all the same; the pending bytes are lost. */
int fclose(FILE *stream)
{
    REAL(fclose);
    struct fault_verdict v;
    if (ask_flush(&v, "fclose", stream))
        return (int)done(&v, real(stream));
    int error = errno;
    __fpurge(stream);
    real(stream);
    errno = error;
    return EOF;
}

/* ---- leaving without destructors ---- */

void _exit(int status)
{
    REAL(_exit);
    fault_plan_report();
    real(status);
    __builtin_unreachable();
}

void _Exit(int status)
{
    _exit(status);
}

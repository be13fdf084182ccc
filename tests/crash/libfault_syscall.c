/*
 * libfault_syscall: syscall() itself. What the C library has no name for (openat2) and what somebody calls by
 * number (renameat2, copy_file_range) is counted and struck like the function of that name. A table says
 * which argument of each number is the folder, the path, the flags and the size; everything else passes
 * untouched.
 */
#define _GNU_SOURCE
#include "libfault.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NONE = -1, CWD = -2 };

/* Which argument holds what. Without a path, `dir` is the descriptor itself. `how`: a struct open_how. */
struct shape {
    long number;
    const char *name;
    const struct fault_op *op;
    signed char dir, path, from_dir, from, flags, how, bytes, vector;
};

#define SHAPE(call, kind, ...)                                                                               \
    {                                                                                                        \
        .number = SYS_##call, .name = #call, .op = &(kind), .path = NONE, .from_dir = CWD, .from = NONE,     \
        .flags = NONE, .how = NONE, .bytes = NONE, .vector = NONE, __VA_ARGS__                               \
    }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init" /* the defaults above are there to be overridden */
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const struct shape shapes[] = {
    SHAPE(openat, CREATE, .dir = 0, .path = 1, .flags = 2),
    SHAPE(openat2, CREATE, .dir = 0, .path = 1, .how = 2),
    SHAPE(write, WRITE, .dir = 0, .bytes = 2),
    SHAPE(pwrite64, WRITE, .dir = 0, .bytes = 2),
    SHAPE(read, READ, .dir = 0, .bytes = 2),
    SHAPE(pread64, READ, .dir = 0, .bytes = 2),
    SHAPE(writev, WRITE, .dir = 0, .vector = 1),
    SHAPE(pwritev, WRITE, .dir = 0, .vector = 1),
    SHAPE(pwritev2, WRITE, .dir = 0, .vector = 1),
    SHAPE(sendfile, COPY, .dir = 0, .bytes = 3),
    SHAPE(copy_file_range, COPY, .dir = 2, .bytes = 4),
    SHAPE(splice, COPY, .dir = 2, .bytes = 4),
    SHAPE(truncate, TRUNCATE, .dir = CWD, .path = 0),
    SHAPE(ftruncate, TRUNCATE, .dir = 0),
    SHAPE(fallocate, FALLOCATE, .dir = 0),
    SHAPE(linkat, LINK, .from_dir = 0, .from = 1, .dir = 2, .path = 3),
    SHAPE(renameat2, RENAME, .from_dir = 0, .from = 1, .dir = 2, .path = 3),
    SHAPE(symlinkat, SYMLINK, .dir = 1, .path = 2),
    SHAPE(unlinkat, UNLINK, .dir = 0, .path = 1),
    SHAPE(mkdirat, MKDIR, .dir = 0, .path = 1),
    SHAPE(mknodat, MKNOD, .dir = 0, .path = 1),
    SHAPE(fchmod, CHMOD, .dir = 0),
    SHAPE(fchmodat, CHMOD, .dir = 0, .path = 1),
#ifdef SYS_fchmodat2
    SHAPE(fchmodat2, CHMOD, .dir = 0, .path = 1),
#endif
    SHAPE(fchown, CHOWN, .dir = 0),
    SHAPE(fchownat, CHOWN, .dir = 0, .path = 1),
    SHAPE(utimensat, UTIME, .dir = 0, .path = 1),
    SHAPE(fsync, SYNC, .dir = 0),
    SHAPE(fdatasync, SYNC, .dir = 0),
    SHAPE(syncfs, SYNC, .dir = 0),
    SHAPE(sync_file_range, SYNC, .dir = 0),
    SHAPE(setxattr, XATTR, .dir = CWD, .path = 0),
    SHAPE(lsetxattr, XATTR, .dir = CWD, .path = 0),
    SHAPE(fsetxattr, XATTR, .dir = 0),
    SHAPE(removexattr, XATTR, .dir = CWD, .path = 0),
    SHAPE(lremovexattr, XATTR, .dir = CWD, .path = 0),
    SHAPE(fremovexattr, XATTR, .dir = 0),
#ifdef SYS_open /* the calls without "at" exist on older architectures only */
    SHAPE(open, CREATE, .dir = CWD, .path = 0, .flags = 1),
    SHAPE(creat, CREATE, .dir = CWD, .path = 0),
    SHAPE(link, LINK, .from_dir = CWD, .from = 0, .dir = CWD, .path = 1),
    SHAPE(rename, RENAME, .from_dir = CWD, .from = 0, .dir = CWD, .path = 1),
    SHAPE(renameat, RENAME, .from_dir = 0, .from = 1, .dir = 2, .path = 3),
    SHAPE(symlink, SYMLINK, .dir = CWD, .path = 1),
    SHAPE(unlink, UNLINK, .dir = CWD, .path = 0),
    SHAPE(rmdir, UNLINK, .dir = CWD, .path = 0),
    SHAPE(mkdir, MKDIR, .dir = CWD, .path = 0),
    SHAPE(mknod, MKNOD, .dir = CWD, .path = 0),
    SHAPE(chmod, CHMOD, .dir = CWD, .path = 0),
    SHAPE(chown, CHOWN, .dir = CWD, .path = 0),
    SHAPE(lchown, CHOWN, .dir = CWD, .path = 0),
    SHAPE(utime, UTIME, .dir = CWD, .path = 0),
    SHAPE(utimes, UTIME, .dir = CWD, .path = 0),
    SHAPE(futimesat, UTIME, .dir = 0, .path = 1),
#endif
};
#pragma GCC diagnostic pop

static const struct shape *find_shape(long number)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (shapes[i].number == number)
            return &shapes[i];
    return NULL;
}

static struct fault_place place_of(signed char dir, signed char path, const long a[6])
{
    return (struct fault_place){dir == CWD ? AT_FDCWD : (int)a[dir],
                                path == NONE ? NULL : (const char *)a[path]};
}

static bool ask_ioctl(struct fault_verdict *v, const long a[6])
{
    unsigned long request = (unsigned long)a[1];
    return (request != FICLONE && request != FICLONERANGE) ||
           fault_plan_ask(v, &(struct fault_call){CLONE, "ioctl", {(int)a[0], NULL}, FAULT_NOWHERE});
}

static bool ask_shape(struct fault_verdict *v, const struct shape *shape, const long a[6])
{
    struct fault_place place = place_of(shape->dir, shape->path, a);
    if (shape->flags != NONE)
        return fault_ask_open(v, shape->name, place.fd, place.path, (int)a[shape->flags]);
    if (shape->how != NONE)
        return fault_ask_open(v, shape->name, place.fd, place.path,
                              (int)((struct open_how *)a[shape->how])->flags);
    if (!strcmp(shape->op->name, "open"))
        return fault_ask_open(v, shape->name, place.fd, place.path, O_CREAT);
    struct fault_place from = shape->from == NONE ? FAULT_NOWHERE : place_of(shape->from_dir, shape->from, a);
    return fault_plan_ask(v, &(struct fault_call){*shape->op, shape->name, place, from});
}

static void cut_shape(const struct fault_verdict *v, const struct shape *shape, long a[6],
                      struct iovec *halved)
{
    if (shape->bytes != NONE)
        a[shape->bytes] = (long)fault_cut(v, (size_t)a[shape->bytes]);
    if (shape->vector != NONE && a[2] > 0 && a[2] <= IOV_MAX) {
        a[2] = fault_halve((const struct iovec *)a[shape->vector], (int)a[2], halved);
        a[shape->vector] = (long)halved;
    }
}

long syscall(long number, ...)
{
    static __typeof__(&syscall) real;
    if (!real)
        fault_plan_next(&real, sizeof real, "syscall");
    struct fault_verdict v = {false, false};
    struct iovec halved[IOV_MAX];
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (size_t i = 0; i < 6; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);
    const struct shape *shape = find_shape(number);
    bool pass = number == SYS_ioctl ? ask_ioctl(&v, a) : !shape || ask_shape(&v, shape, a);
    if (!pass)
        return -1;
    if (v.cut && shape)
        cut_shape(&v, shape, a, halved);
    long result = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    fault_plan_done(&v);
    return result;
}

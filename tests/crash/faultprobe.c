/*
 * faultprobe: makes one changing call and says how it went, so that libfault_test.bats can strike each of
 * them.
 *
 *   faultprobe list            the name of every call that changes something, a line each: NAME TRACED PATH
 *   faultprobe list-reads      the same of calls that change nothing
 *   faultprobe prepare         makes the working folder what the others expect
 *   faultprobe NAME            makes it in the working folder, prints "result errno"
 *   faultprobe quiet           calls that must not count: reading, pipes, sockets, devices, standard output
 *   faultprobe threads T N     T threads with N writes each
 *   faultprobe fork            one write, then a child with two
 *   faultprobe orphan          the same, but the child writes and ends after its parent
 *   faultprobe exit            one write, then _exit
 *   faultprobe sequence        five writes in a row; prints each result
 *
 * The working folder holds `a` (ten bytes), `b` (ten bytes, with an attribute where the disk has them) and
 * the empty folder `d`. TRACED is the name that stands in the trace, PATH what it touches.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

extern int __open_2(const char *path, int flags);
extern int __open64_2(const char *path, int flags);
extern int __openat_2(int dir, const char *path, int flags);
extern int __openat64_2(int dir, const char *path, int flags);

enum { NEW = O_WRONLY | O_CREAT, CUT = O_WRONLY | O_TRUNC };

static int a, b, d; /* descriptors of the three */
static const char ten[] = "ABCDEFGHIJ";
static char template[] = "tXXXXXX", suffixed[] = "tXXXXXX.x";
static const struct timeval tv[2] = {{1000, 0}, {1000, 0}};
static const struct timespec ts[2] = {{1000, 0}, {1000, 0}};
static const struct utimbuf ub = {1000, 1000};
static const struct iovec vector[2] = {{(char *)ten, 4}, {(char *)ten + 4, 6}};
static struct open_how how = {.flags = O_WRONLY | O_CREAT, .mode = 0644};
static struct open_how look = {.flags = O_RDONLY};
static struct file_clone_range range;

static long stream(bool flush)
{
    FILE *f = fopen("a", "r+");
    setvbuf(f, NULL, _IOFBF, 4096);
    fputs("ABCDEFGHIJ", f);
    int result = flush ? fflush(f) : fclose(f);
    if (flush)
        __fpurge(f); /* what a failed flush leaves would be written at exit */
    return result;
}

static long reopen(FILE *(*how_to)(const char *, const char *, FILE *))
{
    return how_to("new", "w", stdin) ? 0 : -1;
}

static long pointer_result(void *pointer)
{
    return pointer ? 0 : -1;
}

static long positive(int error)
{
    if (!error)
        return 0;
    errno = error;
    return -1;
}

static long spliced(bool by_number)
{
    int ends[2];
    if (pipe(ends) || syscall(SYS_write, ends[1], ten, 10) != 10)
        return -2;
    return by_number ? syscall(SYS_splice, ends[0], NULL, a, NULL, 10, 0)
                     : splice(ends[0], NULL, a, NULL, 10, 0);
}

/* name, as traced, path, call */
#define CALLS(X)                                                                                             \
    X(open, open, "new", open("new", NEW, 0644))                                                             \
    X(open_trunc, open, "a", open("a", CUT))                                                                 \
    X(open_tmpfile, open, "d", open("d", O_WRONLY | O_TMPFILE, 0600))                                        \
    X(open64, open64, "new", open64("new", NEW, 0644))                                                       \
    X(openat, openat, "d/new", openat(d, "new", NEW, 0644))                                                  \
    X(openat64, openat64, "d/new", openat64(d, "new", NEW, 0644))                                            \
    X(open_2, __open_2, "a", __open_2("a", CUT))                                                             \
    X(open64_2, __open64_2, "a", __open64_2("a", CUT))                                                       \
    X(openat_2, __openat_2, "a", __openat_2(d, "../a", CUT))                                                 \
    X(openat64_2, __openat64_2, "a", __openat64_2(d, "../a", CUT))                                           \
    X(creat, creat, "new", creat("new", 0644))                                                               \
    X(creat64, creat64, "new", creat64("new", 0644))                                                         \
    X(mkstemp, mkstemp, "tXXXXXX", mkstemp(template))                                                        \
    X(mkstemp64, mkstemp64, "tXXXXXX", mkstemp64(template))                                                  \
    X(mkostemp, mkostemp, "tXXXXXX", mkostemp(template, O_CLOEXEC))                                          \
    X(mkostemp64, mkostemp64, "tXXXXXX", mkostemp64(template, O_CLOEXEC))                                    \
    X(mkstemps, mkstemps, "tXXXXXX.x", mkstemps(suffixed, 2))                                                \
    X(mkostemps, mkostemps, "tXXXXXX.x", mkostemps(suffixed, 2, O_CLOEXEC))                                  \
    X(mkdtemp, mkdtemp, "tXXXXXX", pointer_result(mkdtemp(template)))                                        \
    X(fopen_w, fopen, "new", pointer_result(fopen("new", "w")))                                              \
    X(fopen_a, fopen64, "new", pointer_result(fopen64("new", "a")))                                          \
    X(freopen, freopen, "new", reopen(freopen))                                                              \
    X(freopen64, freopen64, "new", reopen(freopen64))                                                        \
    X(fflush, fflush, "a", stream(true))                                                                     \
    X(fclose, fclose, "a", stream(false))                                                                    \
    X(write, write, "a", write(a, ten, 10))                                                                  \
    X(write_one, write, "a", write(a, ten, 1))                                                               \
    X(pwrite, pwrite, "a", pwrite(a, ten, 10, 0))                                                            \
    X(pwrite64, pwrite64, "a", pwrite64(a, ten, 10, 0))                                                      \
    X(writev, writev, "a", writev(a, vector, 2))                                                             \
    X(pwritev, pwritev, "a", pwritev(a, vector, 2, 0))                                                       \
    X(pwritev64, pwritev64, "a", pwritev64(a, vector, 2, 0))                                                 \
    X(pwritev2, pwritev2, "a", pwritev2(a, vector, 2, 0, 0))                                                 \
    X(pwritev64v2, pwritev64v2, "a", pwritev64v2(a, vector, 2, 0, 0))                                        \
    X(sendfile, sendfile, "a", sendfile(a, b, NULL, 10))                                                     \
    X(sendfile64, sendfile64, "a", sendfile64(a, b, NULL, 10))                                               \
    X(copy_file_range, copy_file_range, "a", copy_file_range(b, NULL, a, NULL, 10, 0))                       \
    X(splice, splice, "a", spliced(false))                                                                   \
    X(ficlone, ioctl, "a", ioctl(a, FICLONE, b))                                                             \
    X(ficlonerange, ioctl, "a", ioctl(a, FICLONERANGE, &range))                                              \
    X(truncate, truncate, "a", truncate("a", 3))                                                             \
    X(truncate64, truncate64, "a", truncate64("a", 3))                                                       \
    X(ftruncate, ftruncate, "a", ftruncate(a, 3))                                                            \
    X(ftruncate64, ftruncate64, "a", ftruncate64(a, 3))                                                      \
    X(fallocate, fallocate, "a", fallocate(a, 0, 0, 9000))                                                   \
    X(fallocate64, fallocate64, "a", fallocate64(a, 0, 0, 9000))                                             \
    X(posix_fallocate, posix_fallocate, "a", positive(posix_fallocate(a, 0, 9000)))                          \
    X(posix_fallocate64, posix_fallocate64, "a", positive(posix_fallocate64(a, 0, 9000)))                    \
    X(link, link, "new", link("a", "new"))                                                                   \
    X(linkat, linkat, "d/new", linkat(AT_FDCWD, "a", d, "new", 0))                                           \
    X(rename, rename, "new", rename("a", "new"))                                                             \
    X(renameat, renameat, "d/new", renameat(AT_FDCWD, "a", d, "new"))                                        \
    X(renameat2, renameat2, "d/new", renameat2(AT_FDCWD, "a", d, "new", RENAME_NOREPLACE))                   \
    X(symlink, symlink, "new", symlink("a", "new"))                                                          \
    X(symlinkat, symlinkat, "d/new", symlinkat("a", d, "new"))                                               \
    X(unlink, unlink, "a", unlink("a"))                                                                      \
    X(unlinkat, unlinkat, "a", unlinkat(d, "../a", 0))                                                       \
    X(unlinkat_dir, unlinkat, "d", unlinkat(AT_FDCWD, "d", AT_REMOVEDIR))                                    \
    X(rmdir, rmdir, "d", rmdir("d"))                                                                         \
    X(remove, remove, "a", remove("a"))                                                                      \
    X(mkdir, mkdir, "new", mkdir("new", 0755))                                                               \
    X(mkdirat, mkdirat, "d/new", mkdirat(d, "new", 0755))                                                    \
    X(mknod, mknod, "new", mknod("new", S_IFREG | 0644, 0))                                                  \
    X(mknodat, mknodat, "d/new", mknodat(d, "new", S_IFREG | 0644, 0))                                       \
    X(mkfifo, mkfifo, "new", mkfifo("new", 0644))                                                            \
    X(mkfifoat, mkfifoat, "d/new", mkfifoat(d, "new", 0644))                                                 \
    X(chmod, chmod, "a", chmod("a", 0600))                                                                   \
    X(fchmod, fchmod, "a", fchmod(a, 0600))                                                                  \
    X(fchmodat, fchmodat, "a", fchmodat(d, "../a", 0600, 0))                                                 \
    X(chown, chown, "a", chown("a", getuid(), getgid()))                                                     \
    X(fchown, fchown, "a", fchown(a, getuid(), getgid()))                                                    \
    X(lchown, lchown, "a", lchown("a", getuid(), getgid()))                                                  \
    X(fchownat, fchownat, "a", fchownat(d, "../a", getuid(), getgid(), 0))                                   \
    X(utime, utime, "a", utime("a", &ub))                                                                    \
    X(utimes, utimes, "a", utimes("a", tv))                                                                  \
    X(lutimes, lutimes, "a", lutimes("a", tv))                                                               \
    X(futimes, futimes, "a", futimes(a, tv))                                                                 \
    X(futimesat, futimesat, "a", futimesat(d, "../a", tv))                                                   \
    X(futimens, futimens, "a", futimens(a, ts))                                                              \
    X(utimensat, utimensat, "a", utimensat(d, "../a", ts, 0))                                                \
    X(fsync, fsync, "d", fsync(d))                                                                           \
    X(fdatasync, fdatasync, "a", fdatasync(a))                                                               \
    X(syncfs, syncfs, "d", syncfs(d))                                                                        \
    X(sync_file_range, sync_file_range, "a", sync_file_range(a, 0, 0, 0))                                    \
    X(setxattr, setxattr, "a", setxattr("a", "user.k", ten, 10, 0))                                          \
    X(lsetxattr, lsetxattr, "a", lsetxattr("a", "user.k", ten, 10, 0))                                       \
    X(fsetxattr, fsetxattr, "a", fsetxattr(a, "user.k", ten, 10, 0))                                         \
    X(removexattr, removexattr, "b", removexattr("b", "user.b"))                                             \
    X(lremovexattr, lremovexattr, "b", lremovexattr("b", "user.b"))                                          \
    X(fremovexattr, fremovexattr, "b", fremovexattr(b, "user.b"))                                            \
    X(sys_openat, openat, "d/new", syscall(SYS_openat, d, "new", NEW, 0644))                                 \
    X(sys_openat2, openat2, "d/new", syscall(SYS_openat2, d, "new", &how, sizeof how))                       \
    X(sys_write, write, "a", syscall(SYS_write, a, ten, 10))                                                 \
    X(sys_pwrite64, pwrite64, "a", syscall(SYS_pwrite64, a, ten, 10, 0))                                     \
    X(sys_writev, writev, "a", syscall(SYS_writev, a, vector, 2))                                            \
    X(sys_pwritev, pwritev, "a", syscall(SYS_pwritev, a, vector, 2, 0, 0))                                   \
    X(sys_pwritev2, pwritev2, "a", syscall(SYS_pwritev2, a, vector, 2, 0, 0, 0))                             \
    X(sys_sendfile, sendfile, "a", syscall(SYS_sendfile, a, b, NULL, 10))                                    \
    X(sys_copy_file_range, copy_file_range, "a", syscall(SYS_copy_file_range, b, NULL, a, NULL, 10, 0))      \
    X(sys_splice, splice, "a", spliced(true))                                                                \
    X(sys_ficlone, ioctl, "a", syscall(SYS_ioctl, a, FICLONE, b))                                            \
    X(sys_truncate, truncate, "a", syscall(SYS_truncate, "a", 3))                                            \
    X(sys_ftruncate, ftruncate, "a", syscall(SYS_ftruncate, a, 3))                                           \
    X(sys_fallocate, fallocate, "a", syscall(SYS_fallocate, a, 0, 0L, 9000L))                                \
    X(sys_linkat, linkat, "d/new", syscall(SYS_linkat, AT_FDCWD, "a", d, "new", 0))                          \
    X(sys_renameat2, renameat2, "d/new", syscall(SYS_renameat2, AT_FDCWD, "a", d, "new", 0))                 \
    X(sys_symlinkat, symlinkat, "d/new", syscall(SYS_symlinkat, "a", d, "new"))                              \
    X(sys_unlinkat, unlinkat, "a", syscall(SYS_unlinkat, d, "../a", 0))                                      \
    X(sys_mkdirat, mkdirat, "d/new", syscall(SYS_mkdirat, d, "new", 0755))                                   \
    X(sys_mknodat, mknodat, "d/new", syscall(SYS_mknodat, d, "new", S_IFREG | 0644, 0))                      \
    X(sys_fchmod, fchmod, "a", syscall(SYS_fchmod, a, 0600))                                                 \
    X(sys_fchmodat, fchmodat, "a", syscall(SYS_fchmodat, d, "../a", 0600))                                   \
    X(sys_fchown, fchown, "a", syscall(SYS_fchown, a, getuid(), getgid()))                                   \
    X(sys_fchownat, fchownat, "a", syscall(SYS_fchownat, d, "../a", getuid(), getgid(), 0))                  \
    X(sys_utimensat, utimensat, "a", syscall(SYS_utimensat, a, NULL, ts, 0))                                 \
    X(sys_fsync, fsync, "d", syscall(SYS_fsync, d))                                                          \
    X(sys_fdatasync, fdatasync, "a", syscall(SYS_fdatasync, a))                                              \
    X(sys_syncfs, syncfs, "d", syscall(SYS_syncfs, d))                                                       \
    X(sys_sync_file_range, sync_file_range, "a", syscall(SYS_sync_file_range, a, 0, 0, 0))                   \
    X(sys_setxattr, setxattr, "a", syscall(SYS_setxattr, "a", "user.k", ten, 10, 0))                         \
    X(sys_lsetxattr, lsetxattr, "a", syscall(SYS_lsetxattr, "a", "user.k", ten, 10, 0))                      \
    X(sys_fsetxattr, fsetxattr, "a", syscall(SYS_fsetxattr, a, "user.k", ten, 10, 0))                        \
    X(sys_removexattr, removexattr, "b", syscall(SYS_removexattr, "b", "user.b"))                            \
    X(sys_lremovexattr, lremovexattr, "b", syscall(SYS_lremovexattr, "b", "user.b"))                         \
    X(sys_fremovexattr, fremovexattr, "b", syscall(SYS_fremovexattr, b, "user.b"))

#ifdef SYS_open
#define OLD_CALLS(X)                                                                                         \
    X(sys_open, open, "new", syscall(SYS_open, "new", NEW, 0644))                                            \
    X(sys_creat, creat, "new", syscall(SYS_creat, "new", 0644))                                              \
    X(sys_link, link, "new", syscall(SYS_link, "a", "new"))                                                  \
    X(sys_rename, rename, "new", syscall(SYS_rename, "a", "new"))                                            \
    X(sys_renameat, renameat, "d/new", syscall(SYS_renameat, AT_FDCWD, "a", d, "new"))                       \
    X(sys_symlink, symlink, "new", syscall(SYS_symlink, "a", "new"))                                         \
    X(sys_unlink, unlink, "a", syscall(SYS_unlink, "a"))                                                     \
    X(sys_rmdir, rmdir, "d", syscall(SYS_rmdir, "d"))                                                        \
    X(sys_mkdir, mkdir, "new", syscall(SYS_mkdir, "new", 0755))                                              \
    X(sys_mknod, mknod, "new", syscall(SYS_mknod, "new", S_IFREG | 0644, 0))                                 \
    X(sys_chmod, chmod, "a", syscall(SYS_chmod, "a", 0600))                                                  \
    X(sys_chown, chown, "a", syscall(SYS_chown, "a", getuid(), getgid()))                                    \
    X(sys_lchown, lchown, "a", syscall(SYS_lchown, "a", getuid(), getgid()))                                 \
    X(sys_utime, utime, "a", syscall(SYS_utime, "a", &ub))                                                   \
    X(sys_utimes, utimes, "a", syscall(SYS_utimes, "a", tv))                                                 \
    X(sys_futimesat, futimesat, "a", syscall(SYS_futimesat, d, "../a", tv))
#else
#define OLD_CALLS(X)
#endif

/* What a fortified caller uses when the room is known. */
extern ssize_t __read_chk(int fd, void *data, size_t bytes, size_t room);
extern ssize_t __pread_chk(int fd, void *data, size_t bytes, off_t at, size_t room);
extern ssize_t __pread64_chk(int fd, void *data, size_t bytes, off64_t at, size_t room);

static char room[10];

#define READ_CALLS(X)                                                                                        \
    X(read, read, "a", read(a, room, 10))                                                                    \
    X(pread, pread, "a", pread(a, room, 10, 0))                                                              \
    X(pread64, pread64, "a", pread64(a, room, 10, 0))                                                        \
    X(read_chk, __read_chk, "a", __read_chk(a, room, 10, 10))                                                \
    X(pread_chk, __pread_chk, "a", __pread_chk(a, room, 10, 0, 10))                                          \
    X(pread64_chk, __pread64_chk, "a", __pread64_chk(a, room, 10, 0, 10))                                    \
    X(sys_read, read, "a", syscall(SYS_read, a, room, 10))                                                   \
    X(sys_pread64, pread64, "a", syscall(SYS_pread64, a, room, 10, 0L))                                      \
    X(look_open, open, "a", open("a", O_RDONLY))                                                             \
    X(look_open64, open64, "a", open64("a", O_WRONLY))                                                       \
    X(look_openat, openat, "d", openat(d, ".", O_RDONLY | O_DIRECTORY))                                      \
    X(look_open_2, __open_2, "a", __open_2("a", O_RDONLY))                                                   \
    X(look_openat_2, __openat_2, "a", __openat_2(d, "../a", O_RDONLY))                                       \
    X(look_fopen, fopen, "a", pointer_result(fopen("a", "r")))                                               \
    X(look_openat2, openat2, "a", syscall(SYS_openat2, AT_FDCWD, "a", &look, sizeof look))

#define FUNCTION(name, traced, path, call)                                                                   \
    static long do_##name(void)                                                                              \
    {                                                                                                        \
        return (long)(call);                                                                                 \
    }
CALLS(FUNCTION)
OLD_CALLS(FUNCTION)
READ_CALLS(FUNCTION)

#define ROW(name, traced, path, call)      {#name, #traced, path, do_##name, true},
#define READ_ROW(name, traced, path, call) {#name, #traced, path, do_##name, false},
static const struct {
    const char *name, *traced, *path;
    long (*call)(void);
    bool changes;
} calls[] = {CALLS(ROW) OLD_CALLS(ROW) READ_CALLS(READ_ROW)};

static int list(bool changes)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].changes == changes)
            printf("%s %s %s\n", calls[i].name, calls[i].traced, calls[i].path);
    return 0;
}

static int make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    bool fine = fd >= 0 && write(fd, "0123456789", 10) == 10;
    fsetxattr(fd, "user.b", ten, 10, 0);
    close(fd);
    return fine ? 0 : 1;
}

static int prepare(void)
{
    return make_file("a") || make_file("b") || mkdir("d", 0755);
}

/* Opening without O_CREAT and writing to what is no file. */
static int quiet(void)
{
    int ends[2], sockets[2], null = open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    char byte;
    if (null < 0 || pipe(ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
        return 1;
    bool fine = write(null, ten, 10) == 10 && write(ends[1], ten, 10) == 10 &&
                write(sockets[0], ten, 10) == 10 && write(STDOUT_FILENO, "", 0) == 0 &&
                pread(a, &byte, 1, 0) == 1 && open("a", O_RDWR) >= 0 &&
                syscall(SYS_write, ends[1], ten, 10) == 10 && openat(d, ".", O_RDONLY) >= 0 &&
                fopen("a", "r+") && fflush(stdout) == 0;
    return fine ? 0 : 1;
}

static void *write_often(void *times)
{
    for (long i = 0; i < *(long *)times; i++)
        if (pwrite(a, ten, 10, 0) != 10)
            abort();
    return NULL;
}

static int threads(long count, long times)
{
    pthread_t thread[64];
    for (long i = 0; i < count && i < 64; i++)
        pthread_create(&thread[i], NULL, write_often, &times);
    for (long i = 0; i < count && i < 64; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

static int forked(void)
{
    if (write(a, ten, 10) != 10)
        return 1;
    pid_t child = fork();
    if (child == 0)
        exit(write(a, ten, 10) == 10 && write(a, ten, 10) == 10 ? 0 : 1);
    int status;
    waitpid(child, &status, 0);
    printf("child %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}

static int orphan(void)
{
    pid_t parent = getpid();
    if (write(a, ten, 10) != 10)
        return 1;
    if (fork() != 0)
        return 0;
    while (getppid() == parent)
        usleep(1000);
    return write(a, ten, 10) == 10 && write(a, ten, 10) == 10 ? 0 : 1;
}

static int sequence(void)
{
    for (int i = 0; i < 5; i++)
        printf("%zd%s", write(a, ten, 10), i < 4 ? " " : "\n");
    return 0;
}

static int one(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, name))
            continue;
        errno = 0;
        long result = calls[i].call();
        const char *error = result < 0 ? strerrorname_np(errno) : "-";
        printf("%ld %s\n", result, error ? error : "?");
        return 0;
    }
    return 2;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "list"))
        return list(true);
    if (!strcmp(what, "list-reads"))
        return list(false);
    if (!strcmp(what, "prepare"))
        return prepare();
    a = open("a", O_RDWR);
    b = open("b", O_RDWR);
    d = open("d", O_RDONLY | O_DIRECTORY);
    range.src_fd = b;
    if (a < 0 || b < 0 || d < 0)
        return 2;
    if (!strcmp(what, "quiet"))
        return quiet();
    if (!strcmp(what, "threads") && argc == 4)
        return threads(atol(argv[2]), atol(argv[3]));
    if (!strcmp(what, "fork"))
        return forked();
    if (!strcmp(what, "orphan"))
        return orphan();
    if (!strcmp(what, "sequence"))
        return sequence();
    if (!strcmp(what, "exit"))
        _exit(write(a, ten, 10) == 10 ? 0 : 1);
    return one(what);
}

#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* EAGAIN: a rename came between (openat2(2)), or another process holds a lease, which would last. */
enum { OPEN_TRIES = 100 };

/* Folders in folders that are counted; a share's are two deep. */
enum { TREE_DEPTH_MAX = 32 };
static const uint64_t ENDLESS_BYTES = (uint64_t)1 << 62;

void fs_auto_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int fs_keep_fd(int *fd)
{
    int kept = *fd;
    *fd = -1;
    return kept;
}

int fs_open_dir(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        err_set_errno(err, errno, "open folder %s", path);
    return fd;
}

int fs_open_beneath(int dir, const char *path, int flags, mode_t mode, struct err *err)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int fd;
    int tries = OPEN_TRIES;
    do
        fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
    while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --tries > 0)));
    if (fd < 0) {
        int errnum = errno;
        err_set_errno(err, errnum, "open %s", path);
        errno = errnum;
    }
    return fd;
}

static bool make_dir(int dir, const char *name, struct err *err)
{
    if (mkdirat(dir, name, 0755) != 0 && errno != EEXIST)
        return err_set_errno(err, errno, "make folder %s", name);
    return fs_sync(dir, ".", err); /* also where it exists: a killed run may not have come to it */
}

bool fs_make_dirs(int dir, const char *path, struct err *err)
{
    AUTO_FD at = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    if (at < 0)
        return err_set_errno(err, errno, "make folder %s", path);
    char *copy AUTO_FREE = mem_strdup(path);
    char *rest = copy;
    for (char *name; (name = strsep(&rest, "/"));) {
        if (*name == 0)
            continue;
        if (!make_dir(at, name, err))
            return false;
        int next = fs_open_beneath(at, name, O_RDONLY | O_DIRECTORY, 0, err);
        if (next < 0)
            return false;
        close(at);
        at = next;
    }
    return true;
}

bool fs_sync(int fd, const char *name, struct err *err)
{
    if (fsync(fd) != 0)
        return err_set_errno(err, errno, "fsync %s", name);
    return true;
}

bool fs_sync_dir(int dir, const char *path, struct err *err)
{
    AUTO_FD fd = fs_open_beneath(dir, path, O_RDONLY | O_DIRECTORY, 0, err);
    return fd >= 0 && fs_sync(fd, path, err);
}

bool fs_write_all(int fd, const void *bytes, size_t len, const char *name, struct err *err)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t written = write(fd, at, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_set_errno(err, errno, "write %s", name);
        at += written;
        len -= (size_t)written;
    }
    return true;
}

bool fs_write_all_at(int fd, uint64_t at, const void *bytes, size_t len, const char *name, struct err *err)
{
    const char *from = bytes;
    while (len > 0) {
        ssize_t written = pwrite(fd, from, len, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_set_errno(err, errno, "write %s", name);
        from += written;
        at += (uint64_t)written;
        len -= (size_t)written;
    }
    return true;
}

bool fs_read_stream(int fd, const char *name, uint64_t limit, struct buf *out, struct err *err)
{
    for (;;) {
        size_t block = 64 << 10;
        buf_reserve(out, block);
        ssize_t got = read(fd, out->data + out->len, block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read %s", name);
        out->len += (size_t)got;
        out->data[out->len] = 0;
        if (out->len > limit)
            return err_set(err, ERR_FAILED, "%s: more than %" PRIu64 " bytes", name, limit);
        if (got == 0)
            return true;
    }
}

bool fs_read_fd(int fd, const char *name, uint64_t limit, struct buf *out, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", name);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_FAILED, "%s is not a regular file", name);
    return fs_read_stream(fd, name, limit, out, err);
}

bool fs_read_file(int dir, const char *path, uint64_t limit, struct buf *out, struct err *err)
{
    AUTO_FD fd = fs_open_beneath(dir, path, O_RDONLY | O_NONBLOCK, 0, err);
    return fd >= 0 && fs_read_fd(fd, path, limit, out, err);
}

int fs_open_path(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        err_set_errno(err, errno, "open %s", path);
    return fd;
}

bool fs_read_path(const char *path, uint64_t limit, struct buf *out, struct err *err)
{
    AUTO_FD fd = fs_open_path(path, err);
    return fd >= 0 && fs_read_fd(fd, path, limit, out, err);
}

static bool check_shut(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, "%s is not a file", path);
    return !(st.st_mode & S_IRWXO) ||
           err_set(err, ERR_USAGE, "%s can be read or written by everybody: chmod o= it", path);
}

bool fs_read_secret(const char *path, uint64_t limit, struct buf *out, struct err *err)
{
    AUTO_FD fd = fs_open_path(path, err);
    if (fd < 0)
        return false;
    buf_reserve(out, limit + 1);
    return check_shut(fd, path, err) && fs_read_fd(fd, path, limit, out, err);
}

bool fs_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
    struct stat st;
    if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL)
        return false;
    if (fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return false;
    }
    return errno == ENOENT && renameat(from_dir, from, to_dir, to) == 0;
}

char *fs_temp_name(const char *kind)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    return mem_printf(".ringmgr-%s-%016" PRIx64, kind, random);
}

static bool fill_temp(int fd, const char *name, const void *bytes, size_t len, const struct fs_replace *how,
                      struct err *err)
{
    if (!fs_write_all(fd, bytes, len, name, err))
        return false;
    if (fchmod(fd, how->mode) != 0)
        return err_set_errno(err, errno, "chmod %s", name);
    if (how->mtime_unix >= 0) {
        struct timespec times[2] = {{.tv_sec = how->mtime_unix}, {.tv_sec = how->mtime_unix}};
        if (futimens(fd, times) != 0)
            return err_set_errno(err, errno, "set the time of %s", name);
    }
    return fs_sync(fd, name, err);
}

bool fs_replace_file(int dir, const char *name, const void *bytes, size_t len, const struct fs_replace *how,
                     struct err *err)
{
    char *temp AUTO_FREE = fs_temp_name("tmp");
    if (strchr(name, '/'))
        return err_set(err, ERR_FAILED, "replace %s: not a name in one folder", name);
    AUTO_FD fd = fs_open_beneath(dir, temp, O_WRONLY | O_CREAT | O_EXCL, 0600, err);
    if (fd < 0)
        return false;
    if (!fill_temp(fd, name, bytes, len, how, err))
        goto undo;
    if (renameat(dir, temp, dir, name) != 0) {
        err_set_errno(err, errno, "rename to %s", name);
        goto undo;
    }
    return fs_sync(dir, ".", err);
undo:
    unlinkat(dir, temp, 0);
    return false;
}

static bool remove_name(int dir, const char *name, struct err *err);

static bool remove_folder(int dir, const char *path, struct err *err)
{
    AUTO_STRV names = {0};
    if (!fs_list(dir, path, &names, err))
        return false;
    AUTO_FD fd = fs_open_beneath(dir, path, O_RDONLY | O_DIRECTORY, 0, err);
    if (fd < 0)
        return false;
    for (size_t i = 0; i < names.len; i++)
        if (!remove_name(fd, names.item[i], err))
            return err_prefix(err, "%s", path);
    if (unlinkat(dir, path, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return err_set_errno(err, errno, "remove folder %s", path);
    return true;
}

static bool remove_name(int dir, const char *name, struct err *err)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno == EISDIR)
        return remove_folder(dir, name, err);
    return err_set_errno(err, errno, "remove %s", name);
}

bool fs_remove_tree(int dir, const char *path, struct err *err)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    char *whole AUTO_FREE = mem_strndup(path, len);
    char *slash = strrchr(whole, '/');
    if (!slash)
        return remove_name(dir, whole, err);
    /* unlinkat() would follow links on the way to the last name. */
    char *parent AUTO_FREE = slash == whole ? mem_strdup("/") : mem_strndup(whole, (size_t)(slash - whole));
    AUTO_FD fd = fs_open_beneath(dir, parent, O_RDONLY | O_DIRECTORY, 0, err);
    if (fd < 0)
        return errno == ENOENT;
    return remove_name(fd, slash + 1, err) || err_prefix(err, "%s", parent);
}

bool fs_give_mode(int dir, const char *path, mode_t kind, mode_t mode)
{
    char name[sizeof "/proc/self/fd/" + 12];
    struct err none;
    struct stat st;
    AUTO_FD fd = fs_open_beneath(dir, path, O_PATH, 0, &none);
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    if ((st.st_mode & S_IFMT) != kind) {
        errno = EINVAL;
        return false;
    }
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd); /* fchmod() refuses an O_PATH descriptor */
    return chmod(name, mode) == 0;
}

bool fs_list(int dir, const char *path, struct strv *names, struct err *err)
{
    int fd = fs_open_beneath(dir, path, O_RDONLY | O_DIRECTORY, 0, err);
    if (fd < 0)
        return false;
    DIR *stream = fdopendir(fd);
    if (!stream) {
        close(fd);
        return err_set_errno(err, errno, "read folder %s", path);
    }
    errno = 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_add(names, entry->d_name);
        errno = 0;
    }
    int errnum = errno;
    closedir(stream);
    if (errnum)
        return err_set_errno(err, errnum, "read folder %s", path);
    strv_sort(names);
    return true;
}

/* A tree may be anybody's: one that goes down for ever is larger than anything. */
static bool add_tree_bytes(int dir, const char *path, int depth, uint64_t *bytes, struct err *err)
{
    AUTO_STRV names = {0};
    struct stat st;
    if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "stat %s", path);
    if (S_ISREG(st.st_mode))
        *bytes += (uint64_t)st.st_size;
    if (!S_ISDIR(st.st_mode))
        return true;
    if (depth == 0) {
        *bytes |= ENDLESS_BYTES;
        return true;
    }
    AUTO_FD folder = fs_open_beneath(dir, path, O_RDONLY | O_DIRECTORY, 0, err);
    if (folder < 0)
        return errno == ENOENT || errno == EACCES;
    if (!fs_list(folder, ".", &names, err))
        return false;
    for (size_t i = 0; i < names.len; i++)
        if (!add_tree_bytes(folder, names.item[i], depth - 1, bytes, err))
            return false;
    return true;
}

bool fs_tree_bytes(int dir, const char *path, uint64_t *bytes, struct err *err)
{
    *bytes = 0;
    return add_tree_bytes(dir, path, TREE_DEPTH_MAX, bytes, err);
}

bool fs_free_bytes(int dir, uint64_t *bytes, struct err *err)
{
    struct statvfs fs;
    if (fstatvfs(dir, &fs) != 0)
        return err_set_errno(err, errno, "ask for free space");
    *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return true;
}

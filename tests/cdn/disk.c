/*
 * Files, folders, child programs and the end of the program.
 *
 * A test origin that cannot be made is useless, so every failure here ends the program with one line on
 * stderr; callers need no error paths. Files are renamed into place: the server may be running on the folder
 * while it is rebuilt.
 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void die(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    fputs("testcdn: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

char *text(const char *format, ...)
{
    char *s = NULL;
    va_list ap;
    va_start(ap, format);
    if (vasprintf(&s, format, ap) < 0)
        die("out of memory");
    va_end(ap);
    return s;
}

void text_clear(char **s)
{
    free(*s);
    *s = NULL;
}

void disk_read(const char *path, struct bytes *b)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        die("read %s: %s", path, strerror(errno));
    uint8_t *at = bytes_room(b, (size_t)st.st_size + 1);
    size_t want = (size_t)st.st_size;
    while (want > 0) {
        ssize_t n = read(fd, at, want);
        if (n <= 0)
            die("read %s: %s", path, n < 0 ? strerror(errno) : "shorter than it was");
        at += n;
        want -= (size_t)n;
        b->len += (size_t)n;
    }
    close(fd);
}

void disk_write(const char *path, const void *data, size_t len)
{
    TEXT temp = text("%s.tmp-%d-%lx", path, (int)getpid(), (unsigned long)(uintptr_t)&path);
    disk_mkdirs_above(path);
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        die("create %s: %s", temp, strerror(errno));
    const uint8_t *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0)
            die("write %s: %s", temp, strerror(errno));
        p += n;
        len -= (size_t)n;
    }
    if (close(fd) < 0 || rename(temp, path) < 0)
        die("write %s: %s", path, strerror(errno));
}

void disk_mkdirs(const char *path)
{
    TEXT copy = text("%s", path);
    for (char *p = copy + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        mkdir(copy, 0755);
        *p = '/';
    }
    if (mkdir(copy, 0755) < 0 && errno != EEXIST)
        die("make folder %s: %s", path, strerror(errno));
}

void disk_mkdirs_above(const char *path)
{
    TEXT copy = text("%s", path);
    char *slash = strrchr(copy, '/');
    if (!slash || slash == copy)
        return;
    *slash = '\0';
    disk_mkdirs(copy);
}

bool disk_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *disk_temp_dir(void)
{
    const char *base = getenv("TMPDIR");
    char *path = text("%s/testcdn-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(path))
        die("make folder %s: %s", path, strerror(errno));
    return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void disk_remove_tree(const char *path)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        die("remove %s: %s", path, strerror(errno));
}

void disk_set_time(const char *path, int64_t unix_time)
{
    struct timespec times[2] = {{.tv_sec = unix_time}, {.tv_sec = unix_time}};
    if (utimensat(AT_FDCWD, path, times, 0) < 0)
        die("set the time of %s: %s", path, strerror(errno));
}

void disk_run(const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    int status = 0;
    int failed = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        die("run %s: %s", argv[0], strerror(failed));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            die("wait for %s: %s", argv[0], strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("%s %s … failed with wait status %d", argv[0], argv[1] ? argv[1] : "", status);
}

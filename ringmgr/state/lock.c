#include "ringmgr/state/lock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 20, HOLDER_CHARS = 256 };

struct lock {
    int fd;
    char holder[HOLDER_CHARS]; /* what this process wrote into the file */
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(int64_t ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

static int open_file(int state_dir, const char *name, struct err *err)
{
    char *path AUTO_FREE = mem_printf("lock/%s", name);
    if (strchr(name, '/') || name[0] == '.' || name[0] == 0) {
        err_set(err, ERR_FAILED, "lock \"%s\": no name of a lock", name);
        return -1;
    }
    if (mkdirat(state_dir, "lock", 0750) != 0 && errno != EEXIST) {
        err_set_errno(err, errno, "make folder lock");
        return -1;
    }
    int fd = fs_open_beneath(state_dir, path, O_RDWR | O_CREAT, 0640, err);
    if (fd < 0)
        err_prefix(err, "lock %s", name);
    return fd;
}

static bool try_lock(int fd, bool exclusive)
{
    struct flock how = {.l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &how) == 0;
}

/* 0, or the errno of why not; EAGAIN after `wait_ms`. */
static int wait_for(int fd, bool exclusive, int64_t wait_ms)
{
    int64_t until = now_ms() + wait_ms;
    while (!try_lock(fd, exclusive)) {
        int errnum = errno == EACCES ? EAGAIN : errno;
        int64_t left = until - now_ms();
        if (errnum != EAGAIN && errnum != EINTR)
            return errnum;
        if (left <= 0)
            return EAGAIN;
        sleep_ms(left < POLL_MS ? left : POLL_MS);
    }
    return 0;
}

static void read_holder(int fd, char text[HOLDER_CHARS])
{
    ssize_t got = pread(fd, text, HOLDER_CHARS - 1, 0);
    text[got > 0 ? got : 0] = 0;
    text[strcspn(text, "\n")] = 0;
}

/* "ringmgr promote (pid 123)"; a holder that is gone left its text to others who share the lock. */
static void describe_holder(int fd, char text[HOLDER_CHARS + 32])
{
    char line[HOLDER_CHARS];
    char *command = NULL;
    read_holder(fd, line);
    long pid = strtol(line, &command, 10);
    if (pid <= 0 || *command != ' ' || (kill((pid_t)pid, 0) != 0 && errno == ESRCH))
        snprintf(text, HOLDER_CHARS + 32, "another run");
    else
        snprintf(text, HOLDER_CHARS + 32, "ringmgr %s (pid %ld)", command + 1, pid);
}

void lock_name_holder(int state_dir, const char *name, char *text, size_t size)
{
    struct flock other = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    char holder[HOLDER_CHARS + 32];
    char *path AUTO_FREE = mem_printf("lock/%s", name);
    struct err ignored = {0};
    AUTO_FD fd = fs_open_beneath(state_dir, path, O_RDONLY, 0, &ignored);
    *text = 0;
    if (fd < 0 || fcntl(fd, F_OFD_GETLK, &other) != 0 || other.l_type != F_WRLCK)
        return;
    describe_holder(fd, holder);
    snprintf(text, size, "%s", holder);
}

static bool fail_held(int fd, const char *name, int64_t wait_ms, struct err *err)
{
    char holder[HOLDER_CHARS + 32];
    describe_holder(fd, holder);
    return err_set(err, ERR_LOCKED, "lock %s: held by %s; waited %g s", name, holder, (double)wait_ms / 1000);
}

/* For messages only: a failure to write it takes nothing from the lock. */
static void write_holder(struct lock *lock, const char *command)
{
    struct err ignored;
    snprintf(lock->holder, sizeof lock->holder - 1, "%ld %s", (long)getpid(), command);
    AUTO_BUF line = {0};
    buf_printf(&line, "%s\n", lock->holder);
    if (ftruncate(lock->fd, 0) == 0 && lseek(lock->fd, 0, SEEK_SET) == 0 &&
        !fs_write_all(lock->fd, line.data, line.len, "the holder of a lock", &ignored))
        lock->holder[0] = 0;
}

static bool take(int fd, const char *name, bool exclusive, int64_t wait_ms, struct err *err)
{
    int errnum = wait_for(fd, exclusive, wait_ms);
    if (errnum == EAGAIN)
        return fail_held(fd, name, wait_ms, err);
    return errnum == 0 || err_set_errno(err, errnum, "lock %s", name);
}

bool lock_take(int state_dir, const char *name, bool exclusive, int64_t wait_ms, const char *command,
               struct lock **lock, struct err *err)
{
    int fd = open_file(state_dir, name, err);
    if (fd < 0)
        return false;
    if (!take(fd, name, exclusive, wait_ms, err)) {
        close(fd);
        return false;
    }
    *lock = mem_new(1, sizeof **lock);
    (*lock)->fd = fd;
    write_holder(*lock, command);
    return true;
}

void lock_release(struct lock *lock)
{
    char line[HOLDER_CHARS];
    if (!lock)
        return;
    read_holder(lock->fd, line);
    if (strcmp(line, lock->holder) == 0 && ftruncate(lock->fd, 0) != 0)
        lock->holder[0] = 0; /* the text stays; the lock does not */
    close(lock->fd);
    free(lock);
}

void lock_auto_release(struct lock **lock)
{
    lock_release(*lock);
}

/*
 * A library to preload under valgrind, for what valgrind 3.19 does not know:
 *
 * - openat2(2): the call is made as openat(2), without the rules about links and "..", which tests of their
 * own hold the program to;
 * - pidfd_open(2): the descriptor is a pipe's instead, into which a thread writes when the child has ended;
 * - that "/proc/self/exe" is the program and not valgrind where it is started (where it is read as a link, it
 * does);
 *
 * and for alarm(2), which would end what valgrind makes slow.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long call(long number, const long word[6])
{
    register long r10 __asm__("r10") = word[3];
    register long r8 __asm__("r8") = word[4];
    register long r9 __asm__("r9") = word[5];
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(word[0]), "S"(word[1]), "d"(word[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

long syscall(long number, ...)
{
    long word[6];
    va_list args;
    va_start(args, number);
    for (int i = 0; i < 6; i++)
        word[i] = va_arg(args, long);
    va_end(args);
    if (number == SYS_openat2) {
        const struct open_how *how = (const void *)word[2];
        return openat((int)word[0], (const char *)word[1], (int)how->flags, (mode_t)how->mode);
    }
    long result = call(number, word);
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

/* `data`: the child in the upper half, the descriptor to tell it to in the lower one. */
static void *tell_end(void *data)
{
    uintptr_t both = (uintptr_t)data;
    int out = (int)(uint32_t)both;
    siginfo_t how;
    waitid(P_PID, (id_t)(both >> 32), &how, WEXITED | WNOWAIT);
    (void)!write(out, "", 1);
    close(out);
    return NULL;
}

int pidfd_open(pid_t pid, unsigned flags)
{
    (void)flags;
    int ends[2];
    pthread_t thread;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    errno = pthread_create(&thread, NULL, tell_end, (void *)((uintptr_t)pid << 32 | (uintptr_t)ends[1]));
    if (errno != 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    pthread_detach(thread);
    return ends[0];
}

unsigned alarm(unsigned seconds)
{
    (void)seconds;
    return 0;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    int (*next)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                char *const[], char *const[]) = dlsym(RTLD_NEXT, "posix_spawn");
    char self[PATH_MAX] = {0};
    if (strcmp(path, "/proc/self/exe") == 0 && readlink(path, self, sizeof self - 1) > 0)
        path = self;
    return next(pid, path, actions, attributes, argv, envp);
}

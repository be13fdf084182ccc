/*
 * measure [--kill-written BYTES] RESULT COMMAND [ARGUMENT…]: runs a command and writes one line to the file
 * RESULT:
 *
 *   wall_us cpu_us peak_anon_kib written_bytes status
 *
 * wall_us from its start to its end; cpu_us of it and its children, user and system; peak_anon_kib the
 * largest RssAnon that was seen in /proc, asked every 5 ms; written_bytes what it handed to write(2) and its
 * kin, as of the last look; status the exit status, or 128 and the signal. With --kill-written it gets
 * SIGKILL as soon as it has written so much. The exit status is 0 if the command could be run, however it
 * ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_US = 5000 };

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* A file of /proc/PID. */
static bool proc_text(pid_t pid, const char *file, char *text, size_t room)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, room - 1);
    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = 0;
    return len > 0;
}

/* The number behind `key` in it; 0 where there is none. */
static uint64_t proc_number(pid_t pid, const char *file, const char *key)
{
    char text[4096];
    const char *at = proc_text(pid, file, text, sizeof text) ? strstr(text, key) : NULL;
    return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

struct seen {
    uint64_t anon_kib;
    uint64_t written;
};

/* Looks at a process and its descendants; what counts is the one that has most. */
static void look(pid_t pid, struct seen *seen)
{
    uint64_t anon = proc_number(pid, "status", "RssAnon:"), written = proc_number(pid, "io", "wchar:");
    char path[64], text[4096], *at = text;
    if (anon > seen->anon_kib)
        seen->anon_kib = anon;
    if (written > seen->written)
        seen->written = written;
    snprintf(path, sizeof path, "task/%d/children", (int)pid);
    if (!proc_text(pid, path, text, sizeof text))
        return;
    for (pid_t child; (child = (pid_t)strtol(at, &at, 10)) > 0;)
        look(child, seen);
}

static int watch(pid_t pid, uint64_t limit, struct seen *seen)
{
    int status = 0;
    for (;;) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return status;
        look(pid, seen);
        if (limit && seen->written >= limit)
            kill(pid, SIGKILL);
        usleep(LOOK_US);
    }
}

static int64_t cpu_us(void)
{
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000) + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

int main(int argc, char **argv)
{
    uint64_t limit = 0;
    if (argc > 2 && strcmp(argv[1], "--kill-written") == 0) {
        limit = strtoull(argv[2], NULL, 10);
        argc -= 2;
        argv += 2;
    }
    if (argc < 3) {
        fprintf(stderr, "usage: measure [--kill-written BYTES] RESULT COMMAND…\n");
        return 2;
    }
    struct seen seen = {0, 0};
    int64_t begun = now_us();
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (pid < 0) {
        perror("fork");
        return 1;
    }
    int status = watch(pid, limit, &seen);
    int64_t wall = now_us() - begun;
    FILE *result = fopen(argv[1], "w");
    if (!result) {
        perror(argv[1]);
        return 1;
    }
    fprintf(result, "%" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %d\n", wall, cpu_us(), seen.anon_kib,
            seen.written, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(result) == 0 ? 0 : 1;
}

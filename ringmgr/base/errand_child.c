#include "ringmgr/base/errand_child.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both of util-linux, which every Debian has. The one limits and then becomes the other, and that the
 * program; so no instant passes in which it is not yet limited. */
static const char PRLIMIT[] = "/usr/bin/prlimit", SETPRIV[] = "/usr/bin/setpriv";

/* What setpriv(1) says of a program that it cannot become; its status is then 127 for one that is not there.
 */
static const char CANNOT_BECOME[] = "setpriv: failed to execute ";
enum { NOT_THERE = 127 };

static void end(int *fd)
{
    fs_auto_close(fd);
    *fd = -1;
}

static void fill_arguments(const struct errand *errand, struct strv *arguments)
{
    if (errand->file_bytes || errand->memory_bytes)
        strv_add(arguments, PRLIMIT);
    if (errand->file_bytes)
        strv_addf(arguments, "--fsize=%llu", (unsigned long long)errand->file_bytes);
    if (errand->memory_bytes)
        strv_addf(arguments, "--data=%llu", (unsigned long long)errand->memory_bytes);
    strv_add(arguments, SETPRIV);
    strv_add(arguments, "--pdeathsig=TERM");
    strv_add(arguments, "--");
    strv_copy(arguments, &errand->arguments);
}

/* Messages in English and UTF-8; no account, no password and no settings of whoever started us. */
static void fill_environment(const struct errand *errand, struct strv *environment)
{
    const char *path = getenv("PATH");
    strv_addf(environment, "PATH=%s", path ? path : "/usr/bin:/bin");
    strv_add(environment, "LC_ALL=C.UTF-8");
    strv_copy(environment, &errand->environment);
}

/* The list as posix_spawn() wants it; the caller frees the array. */
static char **terminated(const struct strv *list)
{
    char **array = mem_new(list->len + 1, sizeof *array);
    memcpy(array, list->item, list->len * sizeof *array);
    return array;
}

/* Something to read the input from: a file without a name, so that nobody has to feed it. -1 and `err`. */
static int open_input(const struct errand *errand, struct err *err)
{
    if (!errand->input.len)
        return fs_open_path("/dev/null", err);
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0)
        err_set_errno(err, errno, "make room for the input");
    else if (!fs_write_all_at(fd, 0, errand->input.data, errand->input.len, "the input", err))
        end(&fd);
    return fd;
}

static int plan(int in, int out, int said, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes)
{
    static const int given_back[] = {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, SIGUSR1, SIGUSR2};
    sigset_t none, own;
    sigemptyset(&none);
    sigemptyset(&own);
    for (size_t i = 0; i < sizeof given_back / sizeof *given_back; i++)
        sigaddset(&own, given_back[i]);
    return posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO) |
           posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO) |
           posix_spawn_file_actions_adddup2(actions, said, STDERR_FILENO) |
           posix_spawnattr_setsigmask(attributes, &none) | posix_spawnattr_setsigdefault(attributes, &own) |
           posix_spawnattr_setpgroup(attributes, 0) |
           posix_spawnattr_setflags(attributes,
                                    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static bool spawn(const struct errand *errand, int in, int out, int said, pid_t *pid, struct err *err)
{
    AUTO_STRV arguments = {0};
    AUTO_STRV environment = {0};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    fill_arguments(errand, &arguments);
    fill_environment(errand, &environment);
    char **argument AUTO_FREE = terminated(&arguments);
    char **variable AUTO_FREE = terminated(&environment);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failed = plan(in, out, said, &actions, &attributes);
    if (!failed)
        failed = posix_spawn(pid, argument[0], &actions, &attributes, argument, variable);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        *pid = 0;
    return !failed ||
           err_set_errno(err, failed, "start %s through %s", errand->arguments.item[0], argument[0]);
}

/* A pipe whose end for reading keeps nobody waiting. */
static bool make_pipe(int ends[2], struct err *err)
{
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return err_set_errno(err, errno, "make a pipe");
    return true;
}

bool child_start(const struct errand *errand, struct child *child, struct err *err)
{
    int out[2] = {-1, -1}, said[2] = {-1, -1};
    AUTO_FD in = open_input(errand, err);
    *child = CHILD_NONE;
    bool ok = in >= 0 && make_pipe(out, err) && make_pipe(said, err) &&
              spawn(errand, in, out[1], said[1], &child->pid, err);
    end(&out[1]);
    end(&said[1]);
    child->out = out[0];
    child->said = said[0];
    if (ok)
        child->ended = pidfd_open(child->pid, 0);
    if (ok && child->ended < 0) {
        ok = err_set_errno(err, errno, "watch %s", errand->arguments.item[0]);
        child_signal(child, SIGKILL);
        child_bury(child);
    }
    if (!ok)
        child_close(child);
    return ok;
}

bool child_is_missing(int status, const struct buf *said)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE &&
           strncmp(buf_text(said), CANNOT_BECOME, strlen(CANNOT_BECOME)) == 0;
}

void child_signal(const struct child *child, int signal)
{
    if (child->pid <= 0) /* 0 would be our own group */
        return;
    kill(-child->pid, signal);
    kill(-child->pid, SIGCONT);
}

int child_bury(struct child *child)
{
    int status = 0;
    if (child->pid <= 0)
        return status;
    kill(-child->pid, SIGKILL); /* it is a zombie: its number is nobody else's yet */
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    end(&child->ended);
    return status;
}

void child_close(struct child *child)
{
    end(&child->out);
    end(&child->said);
    end(&child->ended);
}

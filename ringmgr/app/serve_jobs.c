#include "ringmgr/app/serve_jobs.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Paths of a share that changed by the thousand come in portions; a line has at most some 300 bytes. */
enum { SAID_MOST_BYTES = 64 << 10, READ_BYTES = 4096 };

struct child {
    pid_t pid; /* 0: has ended, and its place is free */
    char *name;
    int out; /* the pipe that it writes; -1: closed, or none of ours */
    struct buf words;
    bool quiet, silent;
    serve_jobs_said *said;
    serve_jobs_ended *ended;
    void *context;
    int64_t began_ms;
    int64_t kill_ms; /* -1: nobody has asked it to end */
    struct serve_jobs *jobs;
};

struct serve_jobs {
    struct serve_jobs_options options;
    int config;
    struct child **child; /* each in one place for good: handlers point to it */
    size_t len;
};

struct serve_jobs *serve_jobs_new(const struct serve_jobs_options *options)
{
    struct serve_jobs *jobs = mem_new(1, sizeof *jobs);
    jobs->options = *options;
    jobs->config = -1;
    return jobs;
}

static void forget(struct child *child)
{
    if (child->out >= 0) {
        serve_loop_remove(child->jobs->options.loop, child->out);
        close(child->out);
    }
    child->out = -1;
    buf_clear(&child->words);
    free(child->name);
    child->name = NULL;
    child->pid = 0;
}

void serve_jobs_free(struct serve_jobs *jobs)
{
    for (size_t i = 0; jobs && i < jobs->len; i++) {
        if (jobs->child[i]->pid) {
            kill(jobs->child[i]->pid, SIGKILL);
            waitpid(jobs->child[i]->pid, NULL, 0);
        }
        forget(jobs->child[i]);
        free(jobs->child[i]);
    }
    if (jobs)
        free(jobs->child);
    free(jobs);
}

void serve_jobs_set_config(struct serve_jobs *jobs, int fd)
{
    jobs->config = fd;
}

size_t serve_jobs_count(const struct serve_jobs *jobs)
{
    size_t count = 0;
    for (size_t i = 0; i < jobs->len; i++)
        count += jobs->child[i]->pid != 0;
    return count;
}

char *serve_jobs_names(const struct serve_jobs *jobs)
{
    AUTO_STRV names = {0};
    for (size_t i = 0; i < jobs->len; i++)
        if (jobs->child[i]->pid && !jobs->child[i]->quiet)
            strv_add(&names, jobs->child[i]->name);
    return strv_join(&names, ", ");
}

/* ---- what they say ---- */

bool serve_jobs_take_line(struct buf *said, bool end, char **line)
{
    const uint8_t *newline = said->len ? memchr(said->data, '\n', said->len) : NULL;
    size_t len = newline ? (size_t)(newline - said->data) : said->len, taken = newline ? len + 1 : len;
    *line = NULL;
    if (!newline && (!end || said->len == 0))
        return false;
    *line = mem_strndup((const char *)said->data, len);
    memmove(said->data, said->data + taken, said->len - taken);
    said->len -= taken;
    return true;
}

static void hand_over(struct child *child, bool end)
{
    if (child->said)
        child->said(child->context, &child->words, end);
    if (!child->said || child->words.len > SAID_MOST_BYTES)
        child->words.len = 0;
}

static void close_out(struct child *child)
{
    serve_loop_remove(child->jobs->options.loop, child->out);
    close(child->out);
    child->out = -1;
    hand_over(child, true);
}

/* At most a few portions: a child that never stops talking must not keep the loop. */
static void hear(void *context, int fd, short events)
{
    struct child *child = context;
    (void)events;
    for (int portion = 0; portion < 16 && child->out == fd; portion++) {
        char bytes[READ_BYTES];
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got < 0)
            return; /* EAGAIN: later */
        if (got == 0) {
            close_out(child);
            return;
        }
        buf_append(&child->words, bytes, (size_t)got);
        hand_over(child, false);
    }
}

/* ---- starting ---- */

static struct child *free_place(struct serve_jobs *jobs)
{
    for (size_t i = 0; i < jobs->len; i++)
        if (!jobs->child[i]->pid)
            return jobs->child[i];
    jobs->child = mem_grow(jobs->child, jobs->len, sizeof *jobs->child);
    return jobs->child[jobs->len++] = mem_new(1, sizeof **jobs->child);
}

static int config_of(const struct serve_jobs *jobs, const struct serve_jobs_start *start)
{
    return start->config ? start->config : jobs->config;
}

/* The descriptors that a child gets keep their numbers; onto itself means: not closed by exec. */
static int plan_descriptors(const struct serve_jobs *jobs, const struct serve_jobs_start *start, int out,
                            posix_spawn_file_actions_t *actions)
{
    int standard[3] = {start->in, out, start->err}, failed = 0;
    if (!start->in)
        failed |= posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (int i = 0; i < 3; i++)
        if (standard[i] > 0)
            failed |= posix_spawn_file_actions_adddup2(actions, standard[i], i);
    int config = config_of(jobs, start);
    failed |= posix_spawn_file_actions_adddup2(actions, config, config);
    for (const int *fd = start->pass; fd && *fd >= 0; fd++)
        failed |= posix_spawn_file_actions_adddup2(actions, *fd, *fd);
    return failed;
}

/* The service waits for its signals with all of them blocked; its children get them as ever. */
static int plan_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigemptyset(&none);
    return posix_spawnattr_setsigmask(attributes, &none) |
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
}

static void fill_arguments(const struct serve_jobs *jobs, const struct serve_jobs_start *start,
                           struct strv *arguments)
{
    strv_add(arguments, "ringmgr");
    strv_add(arguments, "-c");
    strv_add(arguments, jobs->options.config);
    strv_add(arguments, "--inherit");
    strv_addf(arguments, "config=%d%s%s", config_of(jobs, start), start->inherit ? "," : "",
              start->inherit ? start->inherit : "");
    if (jobs->options.log->level != LOG_NORMAL)
        strv_add(arguments, jobs->options.log->level == LOG_VERBOSE ? "-v" : "-q");
    for (const char *const *word = start->words; *word; word++)
        strv_add(arguments, *word);
}

static pid_t spawn(const struct serve_jobs *jobs, const struct serve_jobs_start *start, int out,
                   struct err *err)
{
    AUTO_STRV arguments = {0};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid = -1;
    fill_arguments(jobs, start, &arguments);
    char **list AUTO_FREE = mem_new(arguments.len + 1, sizeof *list);
    memcpy(list, arguments.item, arguments.len * sizeof *list);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failed = plan_descriptors(jobs, start, out, &actions) | plan_signals(&attributes);
    if (!failed)
        failed = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, list, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        err_set_errno(err, failed, "start the job %s", start->name);
    return failed ? -1 : pid;
}

static void remember(struct serve_jobs *jobs, const struct serve_jobs_start *start, pid_t pid, int out)
{
    struct child *child = free_place(jobs);
    *child = (struct child){.pid = pid,
                            .name = mem_strdup(start->name),
                            .out = out,
                            .quiet = start->quiet || start->silent,
                            .silent = start->silent,
                            .said = start->said,
                            .ended = start->ended,
                            .context = start->context,
                            .began_ms = serve_loop_now_ms(),
                            .kill_ms = -1,
                            .jobs = jobs};
    if (out >= 0)
        serve_loop_add(jobs->options.loop, out, POLLIN, hear, child);
    if (!child->quiet)
        log_event(jobs->options.log, LOG_PRIORITY_INFO, "event=job-start job=%s pid=%ld", start->name,
                  (long)pid);
}

pid_t serve_jobs_start(struct serve_jobs *jobs, const struct serve_jobs_start *start, struct err *err)
{
    int ends[2] = {-1, -1};
    if (!start->out && pipe2(ends, O_CLOEXEC) != 0) {
        err_set_errno(err, errno, "start the job %s: make a pipe", start->name);
        return -1;
    }
    pid_t pid = spawn(jobs, start, start->out ? start->out : ends[1], err);
    if (ends[1] >= 0)
        close(ends[1]);
    if (pid < 0) {
        fs_auto_close(&ends[0]);
        return -1;
    }
    if (ends[0] >= 0) /* only ours: the flag belongs to one end */
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
    remember(jobs, start, pid, ends[0]);
    return pid;
}

/* ---- ending ---- */

static void log_end(const struct child *child, int status)
{
    const struct log *log = child->jobs->options.log;
    int64_t seconds = (serve_loop_now_ms() - child->began_ms + 500) / 1000;
    bool asked = child->kill_ms >= 0;
    if (child->silent || (child->quiet && (status == 0 || asked)))
        return;
    if (status > 128)
        log_event(log, asked ? LOG_PRIORITY_INFO : LOG_PRIORITY_ERR,
                  "event=job-end job=%s pid=%ld signal=%s seconds=%" PRId64, child->name, (long)child->pid,
                  sigabbrev_np(status - 128), seconds);
    else
        log_event(log, status ? LOG_PRIORITY_WARNING : LOG_PRIORITY_INFO,
                  "event=job-end job=%s pid=%ld status=%d seconds=%" PRId64, child->name, (long)child->pid,
                  status, seconds);
}

/* How it ended, if it died; NULL if not. The caller frees it. */
static char *say_death(const struct child *child, int status)
{
    const char *signal = status > 128 ? sigabbrev_np(status - 128) : NULL;
    if (child->kill_ms >= 0 || status <= ERR_NEEDS_PERSON)
        return NULL;
    return signal ? mem_printf("was killed by the signal %s", signal)
                  : mem_printf("ended with the status %d, which says nothing", status);
}

/* What it wrote before it ended lies in the pipe still; whoever it started may hold the other end. */
static void take_leave(struct child *child, int wait_status)
{
    int status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    serve_jobs_ended *ended = child->ended;
    void *context = child->context;
    if (child->out >= 0)
        hear(child, child->out, POLLIN);
    if (child->out >= 0)
        close_out(child);
    log_end(child, status);
    const struct serve_jobs_options *options = &child->jobs->options;
    char *name AUTO_FREE = mem_strdup(child->name), *died AUTO_FREE = say_death(child, status);
    forget(child);
    if (ended)
        ended(context, status);
    if (options->left)
        options->left(options->context, name, died);
}

void serve_jobs_reap(struct serve_jobs *jobs)
{
    for (size_t i = 0; i < jobs->len; i++) {
        struct child *child = jobs->child[i];
        int wait_status;
        if (child->pid && waitpid(child->pid, &wait_status, WNOHANG) == child->pid)
            take_leave(child, wait_status);
    }
}

static void end_child(struct child *child)
{
    if (!child->pid || child->kill_ms >= 0)
        return;
    kill(child->pid, SIGTERM);
    child->kill_ms = serve_loop_now_ms() + child->jobs->options.patience_ms;
}

void serve_jobs_end(struct serve_jobs *jobs, pid_t pid)
{
    for (size_t i = 0; i < jobs->len; i++)
        if (jobs->child[i]->pid == pid)
            end_child(jobs->child[i]);
}

void serve_jobs_end_all(struct serve_jobs *jobs)
{
    for (size_t i = 0; i < jobs->len; i++)
        end_child(jobs->child[i]);
}

int64_t serve_jobs_kill_due(struct serve_jobs *jobs)
{
    int64_t next = -1, now = serve_loop_now_ms();
    for (size_t i = 0; i < jobs->len; i++) {
        struct child *child = jobs->child[i];
        if (!child->pid || child->kill_ms < 0)
            continue;
        if (child->kill_ms <= now) {
            kill(child->pid, SIGKILL);
            child->kill_ms = INT64_MAX; /* once is enough */
        } else if (child->kill_ms < INT64_MAX && (next < 0 || child->kill_ms < next))
            next = child->kill_ms;
    }
    return next;
}

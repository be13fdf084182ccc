/*
 * libfault_plan: which of a process's calls is the n-th that changes something, and what happens to it.
 *
 * The environment is read once, when the library is loaded. After that the plan is constant except for one
 * atomic counter, so any number of threads may ask it; they share one numbering, in the order in which they
 * came to ask.
 *
 * A call counts when all of these hold: the executable is FAULT_EXE (if given), the operation is in FAULT_OP
 * (or, where that is not given, changes something), a descriptor it writes to is a regular file or a folder
 * other than 1 and 2, and one of its paths lies in FAULT_UNDER (if given). Paths are compared as text after
 * joining them to their directory and folding
 * "." and ".."; descriptors are named by /proc/self/fd, which gives the kernel's real path, so each prefix is
 * kept twice: as it was given and with its links resolved. A path through /proc/self/fd/N means what N means.
 *
 * A plan that cannot be understood ends the process with 125 and a sentence: a test whose fault is never
 * injected would pass for the wrong reason.
 */
#define _GNU_SOURCE
#include "libfault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PREFIXES_MAX = 16, OPS_MAX = 32, HIGH_FD = 700, BAD_PLAN = 125 };

enum kind { KIND_COUNT, KIND_KILL_BEFORE, KIND_KILL_AFTER, KIND_ERRNO, KIND_SHORT, KIND_STOP_BEFORE };

/* A file of ours that the program may close behind our back: its identity is checked before it is written. */
struct report {
    int fd;
    dev_t device;
    ino_t inode;
};

static struct {
    bool on, sticky;
    enum kind kind;
    int error;
    unsigned long at;
    size_t prefix_count, op_count;
    char *prefixes[PREFIXES_MAX];
    char *ops[OPS_MAX];
    struct report trace, count;
} plan = {.trace.fd = -1, .count.fd = -1};

static unsigned long counter;
static bool loaded;

static long (*raw)(long number, ...);

static void refuse(const char *what, const char *value)
{
    fprintf(stderr, "libfault: %s: %s\n", what, value);
    fflush(stderr);
    raw(SYS_exit_group, BAD_PLAN);
}

void fault_plan_next(void *slot, size_t slot_bytes, const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        static const char text[] = "libfault: the C library has no such function\n";
        if (raw)
            raw(SYS_write, STDERR_FILENO, text, sizeof text - 1);
        abort();
    }
    memcpy(slot, &found, slot_bytes);
}

/* ---- paths ---- */

/* Folds "//", "." and ".." of an absolute path in place. */
static void fold(char *path)
{
    char *out = path;
    for (const char *in = path; *in;) {
        while (*in == '/')
            in++;
        size_t len = strcspn(in, "/");
        if (len == 2 && !memcmp(in, "..", 2)) {
            while (out > path && *--out != '/')
                ;
        } else if (len && !(len == 1 && *in == '.')) {
            *out++ = '/';
            memmove(out, in, len);
            out += len;
        }
        in += len;
    }
    if (out == path)
        *out++ = '/';
    *out = '\0';
}

/* The path of a descriptor or of the working folder; "?" where there is none. */
static void name_fd(int fd, char out[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(fd == AT_FDCWD ? "/proc/self/cwd" : link, out, PATH_MAX - 1);
    strcpy(out + (len < 0 ? 0 : len), len < 0 ? "?" : "");
}

/* "/proc/self/fd/7/x" means "x" below descriptor 7; anything else is left as it is. */
static void see_through_proc(struct fault_place *place)
{
    static const char *const roots[] = {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        size_t len = strlen(roots[i]);
        if (strncmp(place->path, roots[i], len) || place->path[len] < '0' || place->path[len] > '9')
            continue;
        char *end;
        place->fd = (int)strtol(place->path + len, &end, 10);
        place->path = end + strspn(end, "/");
        return;
    }
}

static void name_place(struct fault_place place, char out[PATH_MAX])
{
    if (!place.path) {
        name_fd(place.fd, out);
        return;
    }
    see_through_proc(&place);
    char base[PATH_MAX] = "";
    if (place.path[0] != '/')
        name_fd(place.fd, base);
    size_t len = strlen(base);
    snprintf(out, PATH_MAX, "%s", base);
    if (*place.path && len + 1 < PATH_MAX)
        snprintf(out + len, PATH_MAX - len, "/%s", place.path);
    if (out[0] == '/')
        fold(out);
}

static bool below(const char *path)
{
    for (size_t i = 0; i < plan.prefix_count; i++) {
        size_t len = strlen(plan.prefixes[i]);
        if (!strncmp(path, plan.prefixes[i], len) && (path[len] == '/' || !path[len] || len == 1))
            return true;
    }
    return false;
}

/* ---- reports ---- */

static struct report open_report(const char *variable, int flags)
{
    struct report report = {.fd = -1};
    const char *path = getenv(variable);
    if (!path || !*path)
        return report;
    int low = (int)raw(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (low < 0)
        refuse(variable, path);
    int high = fcntl(low, F_DUPFD_CLOEXEC, HIGH_FD); /* out of the way of a program that counts its own */
    report.fd = high < 0 ? low : high;
    if (high >= 0)
        close(low);
    struct stat st;
    if (!fstat(report.fd, &st)) {
        report.device = st.st_dev;
        report.inode = st.st_ino;
    }
    return report;
}

static bool is_open(const struct report *report)
{
    struct stat st;
    return report->fd >= 0 && !fstat(report->fd, &st) && st.st_dev == report->device &&
           st.st_ino == report->inode;
}

void fault_plan_report(void)
{
    if (!is_open(&plan.count))
        return;
    char text[32];
    int len = snprintf(text, sizeof text, "%lu\n", __atomic_load_n(&counter, __ATOMIC_RELAXED));
    raw(SYS_pwrite64, plan.count.fd, text, (size_t)len, 0L);
    raw(SYS_ftruncate, plan.count.fd, (long)len);
}

static void trace(unsigned long number, const struct fault_call *call, const char *path, const char *from)
{
    char line[2 * PATH_MAX + 64];
    int len =
        snprintf(line, sizeof line, "%lu\t%s\t%s%s%s\n", number, call->name, path, *from ? "\t" : "", from);
    if (is_open(&plan.trace))
        raw(SYS_write, plan.trace.fd, line, (size_t)len);
}

/* ---- reading the environment ---- */

static size_t split(const char *variable, const char *separator, char **out, size_t max)
{
    const char *value = getenv(variable);
    size_t count = 0;
    char *rest = NULL;
    char *copy = value ? strdup(value) : NULL;
    for (char *word = copy ? strtok_r(copy, separator, &rest) : NULL; word;
         word = strtok_r(NULL, separator, &rest)) {
        if (count == max)
            refuse(variable, "too many words");
        out[count++] = word;
    }
    return count;
}

/* The prefix with links resolved as far as it exists: descriptors are named that way. */
static char *real_prefix(const char *given)
{
    char head[PATH_MAX], found[PATH_MAX], joined[2 * PATH_MAX];
    snprintf(head, sizeof head, "%s", given);
    while (!realpath(head, found)) {
        char *slash = strrchr(head, '/');
        if (!slash || slash == head)
            return strdup(given);
        *slash = '\0';
    }
    snprintf(joined, sizeof joined, "%s/%s", found, given + strlen(head));
    fold(joined);
    return strdup(joined);
}

static void read_prefixes(void)
{
    char *given[PREFIXES_MAX / 2];
    size_t count = split("FAULT_UNDER", ":", given, PREFIXES_MAX / 2);
    for (size_t i = 0; i < count; i++) {
        char path[PATH_MAX];
        name_place((struct fault_place){AT_FDCWD, given[i]}, path);
        plan.prefixes[plan.prefix_count++] = strdup(path);
        plan.prefixes[plan.prefix_count++] = real_prefix(path);
    }
}

static int error_number(const char *name)
{
    for (int number = 1; number < 256; number++) {
        const char *known = strerrorname_np(number);
        if (known && !strcmp(known, name))
            return number;
    }
    refuse("FAULT_KIND: no such error", name);
    return 0;
}

static void read_kind(const char *kind)
{
    if (!strcmp(kind, "kill-before"))
        plan.kind = KIND_KILL_BEFORE;
    else if (!strcmp(kind, "kill-after"))
        plan.kind = KIND_KILL_AFTER;
    else if (!strcmp(kind, "short"))
        plan.kind = KIND_SHORT;
    else if (!strcmp(kind, "stop-before"))
        plan.kind = KIND_STOP_BEFORE;
    else if (!strncmp(kind, "errno:", 6)) {
        plan.kind = KIND_ERRNO;
        plan.error = error_number(kind + 6);
    } else
        refuse("FAULT_KIND: no such kind", kind);
}

static void read_at(const char *text)
{
    char *end;
    plan.at = strtoul(text, &end, 10);
    if (!plan.at || *end || *text == '-')
        refuse("FAULT_AT: a number from 1 on is needed, not", text);
    const char *kind = getenv("FAULT_KIND");
    if (!kind)
        refuse("FAULT_AT without FAULT_KIND", text);
    read_kind(kind);
    const char *sticky = getenv("FAULT_STICKY");
    plan.sticky = sticky && !strcmp(sticky, "1");
}

static bool is_wanted_executable(void)
{
    const char *wanted = getenv("FAULT_EXE");
    return !wanted || !strcmp(wanted, program_invocation_short_name);
}

/* Numbers are per process: a child made by fork counts from 1 again and leaves the count file to its parent.
 */
static void start_child(void)
{
    __atomic_store_n(&counter, 0, __ATOMIC_RELAXED);
    plan.count.fd = -1;
}

__attribute__((constructor)) static void load(void)
{
    if (loaded)
        return;
    loaded = true;
    fault_plan_next(&raw, sizeof raw, "syscall");
    const char *at = getenv("FAULT_AT");
    if ((!at && !getenv("FAULT_COUNT_FILE") && !getenv("FAULT_TRACE")) || !is_wanted_executable())
        return;
    if (at)
        read_at(at);
    plan.op_count = split("FAULT_OP", ",", plan.ops, OPS_MAX);
    read_prefixes();
    plan.trace = open_report("FAULT_TRACE", O_APPEND);
    plan.count = open_report("FAULT_COUNT_FILE", 0);
    pthread_atfork(NULL, NULL, start_child);
    plan.on = true;
}

__attribute__((destructor)) static void unload(void)
{
    fault_plan_report();
}

/* ---- deciding ---- */

static bool is_wanted_op(const struct fault_call *call)
{
    for (size_t i = 0; i < plan.op_count; i++)
        if (!strcmp(plan.ops[i], call->op.name) || !strcmp(plan.ops[i], call->name) ||
            (call->op.needs_space && !strcmp(plan.ops[i], "space")))
            return true;
    return !plan.op_count && !call->op.changes_nothing;
}

bool fault_plan_counts_fd(int fd)
{
    struct stat st;
    return fd != STDOUT_FILENO && fd != STDERR_FILENO && !fstat(fd, &st) &&
           (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Whether the call is one of those that are numbered; leaves its paths in the buffers if anybody asks. */
static bool counts(const struct fault_call *call, char path[PATH_MAX], char from[PATH_MAX])
{
    path[0] = from[0] = '\0';
    if (!is_wanted_op(call) || (!call->place.path && !fault_plan_counts_fd(call->place.fd)))
        return false;
    if (!plan.prefix_count && plan.trace.fd < 0)
        return true;
    name_place(call->place, path);
    if (call->from.path)
        name_place(call->from, from);
    return !plan.prefix_count || below(path) || (*from && below(from));
}

static void die(void)
{
    fault_plan_report();
    raw(SYS_kill, (long)getpid(), (long)SIGKILL);
    for (;;)
        pause();
}

static bool number_call(struct fault_verdict *verdict, const struct fault_call *call)
{
    char path[PATH_MAX], from[PATH_MAX];
    if (!counts(call, path, from))
        return true;
    unsigned long number = __atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST);
    if (plan.trace.fd >= 0)
        trace(number, call, path, from);
    bool struck = plan.at && (number == plan.at || (plan.sticky && number > plan.at));
    if (struck && plan.kind == KIND_KILL_BEFORE)
        die();
    if (struck && plan.kind == KIND_STOP_BEFORE)
        raw(SYS_kill, (long)getpid(), (long)SIGSTOP);
    verdict->kill_after = struck && plan.kind == KIND_KILL_AFTER;
    verdict->cut = struck && plan.kind == KIND_SHORT;
    return !(struck && plan.kind == KIND_ERRNO);
}

bool fault_plan_ask(struct fault_verdict *verdict, const struct fault_call *call)
{
    *verdict = (struct fault_verdict){false, false};
    if (!loaded)
        load();
    if (!plan.on)
        return true;
    int before = errno;
    bool pass = number_call(verdict, call);
    errno = pass ? before : plan.error;
    return pass;
}

void fault_plan_done(const struct fault_verdict *verdict)
{
    if (verdict->kill_after)
        die();
}

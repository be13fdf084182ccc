/*
 * What the parts of libfault.so share: libfault_plan.c decides, libfault.c and libfault_syscall.c stand in
 * for the calls.
 */
#ifndef TESTS_CRASH_LIBFAULT_H
#define TESTS_CRASH_LIBFAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/* A kind of call: the name that FAULT_OP knows, whether a full disk can refuse it (FAULT_OP=space), and
 * whether it changes nothing: such a call counts only where FAULT_OP names it. */
struct fault_op {
    const char *name;
    bool needs_space, changes_nothing;
};

/* What a call touches: a path below a directory descriptor (or AT_FDCWD), or, without a path, the
 * descriptor itself. FAULT_NOWHERE says that there is none. */
struct fault_place {
    int fd;
    const char *path;
};

static const struct fault_op CREATE = {.name = "open", .needs_space = true}, REOPEN = {.name = "open"},
                             WRITE = {.name = "write", .needs_space = true},
                             COPY = {.name = "copy", .needs_space = true},
                             CLONE = {.name = "clone", .needs_space = true}, TRUNCATE = {.name = "truncate"},
                             FALLOCATE = {.name = "fallocate", .needs_space = true},
                             LINK = {.name = "link", .needs_space = true},
                             RENAME = {.name = "rename", .needs_space = true},
                             SYMLINK = {.name = "symlink", .needs_space = true}, UNLINK = {.name = "unlink"},
                             MKDIR = {.name = "mkdir", .needs_space = true},
                             MKNOD = {.name = "mknod", .needs_space = true}, CHMOD = {.name = "chmod"},
                             CHOWN = {.name = "chown"}, UTIME = {.name = "utime"}, SYNC = {.name = "sync"},
                             XATTR = {.name = "xattr", .needs_space = true},
                             READ = {.name = "read", .changes_nothing = true},
                             LOOK = {.name = "look", .changes_nothing = true};

#define FAULT_NOWHERE ((struct fault_place){-1, NULL})

/* One call of the program: what it is named in the trace, what it changes, and for calls with two names
 * where the content comes from. */
struct fault_call {
    struct fault_op op;
    const char *name;
    struct fault_place place, from;
};

/* What the plan says of a call; all false: leave it alone. */
struct fault_verdict {
    bool kill_after, cut;
};

/* Counts the call if it is one that counts, and kills the process when the plan says kill-before. False: the
 * call must not be made, errno holds the plan's error. True: errno is as it was. */
bool fault_plan_ask(struct fault_verdict *verdict, const struct fault_call *call);

/* After the call: kills the process when the plan says kill-after. */
void fault_plan_done(const struct fault_verdict *verdict);

/* True if the descriptor is a regular file or a folder and not standard output or standard error. */
bool fault_plan_counts_fd(int fd);

/* The next definition of a function after this library's own. Never NULL: the process ends with 125. */
void fault_plan_next(void *slot, size_t slot_bytes, const char *name);

/* Writes FAULT_COUNT_FILE; for those who leave without running destructors. */
void fault_plan_report(void);

/* Opening: a change with O_CREAT, O_TRUNC or O_TMPFILE, else a look; neither where a device, pipe or socket
 * is. An existing file needs no space. */
bool fault_ask_open(struct fault_verdict *verdict, const char *name, int dir, const char *path, int flags);

/* Half of the bytes, at least one, when the verdict is to cut. */
size_t fault_cut(const struct fault_verdict *verdict, size_t bytes);

/* The vectors up to half of their bytes, in `halved` (room for `count`). Returns how many. */
int fault_halve(const struct iovec *iov, int count, struct iovec *halved);

#endif

/*
 * The sandbox of a job that reads what the network or strangers have written: Landlock for files, seccomp for
 * system calls. Once entered there is no way back; children inherit it.
 */
#ifndef RINGMGR_BASE_SANDBOX_H
#define RINGMGR_BASE_SANDBOX_H

#include "ringmgr/base/err.h"

#include <stddef.h>

struct sandbox_folder {
    const char *path; /* a folder, or a file, that exists; NULL entries are passed over */
    bool write;       /* make, change and remove below it, too; else only read */
};

/* How much of it this kernel can do. */
enum sandbox_strength {
    SANDBOX_FULL,     /* files and system calls */
    SANDBOX_NO_FILES, /* a kernel without Landlock: system calls only */
    SANDBOX_NOTHING   /* neither (seccomp is switched off, too) */
};

/*
 * From now on this process opens nothing but what is listed (descriptors that are open stay), and makes no
 * system call that starts a program, traces or signals others (but kill of itself), mounts, changes accounts
 * or namespaces, loads modules or BPF, or sets the clock: such a call ends with EPERM. Sockets stay possible
 * (upstream). Threads that run already are not covered: call it before the first. *strength says what the
 * kernel could do; less than full is no error. ERR_FAILED if the kernel has it and refuses; the process may
 * then be half confined and should end.
 */
bool sandbox_enter(const struct sandbox_folder *folders, size_t len, enum sandbox_strength *strength,
                   struct err *err) MUST_CHECK;

#endif

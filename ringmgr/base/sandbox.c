/*
 * Landlock (landlock(7)) with rules made from the caller's list, then a seccomp filter (seccomp(2)) that
 * refuses a table of calls. Both by hand: the tables are short, and what is refused shall be read here.
 */
#include "ringmgr/base/sandbox.h"
#include "ringmgr/base/fs.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_AARCH64
#endif

#if defined(__SANITIZE_ADDRESS__)
#define LEAK_CHECKER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAK_CHECKER 1
#endif
#endif

/* Newer than the kernel headers of Debian 12; the values are ABI. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

/* ---- files ---- */

/*
 * Before ABI 2 no file could be linked or renamed into another folder at all once Landlock was on: no share
 * could be published, so such a kernel counts as one without.
 */
enum { LANDLOCK_ABI_NEEDED = 2, LANDLOCK_ABI_TRUNCATE = 3, LANDLOCK_ABI_IOCTL_DEV = 5 };

static const uint64_t READ_ACCESS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t WRITE_ACCESS = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |
                                     LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE;
/* The rights that make sense for a file by itself; the kernel refuses a rule with others (EINVAL). */
static const uint64_t FILE_ACCESS =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;

/* Every right that this kernel can take away: what no rule gives back is gone, execution among it. */
static uint64_t handled_access(long abi)
{
    uint64_t access = (LANDLOCK_ACCESS_FS_REFER << 1) - 1;
    if (abi >= LANDLOCK_ABI_TRUNCATE)
        access |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= LANDLOCK_ABI_IOCTL_DEV)
        access |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    return access;
}

/* What does not exist, or may not be reached, cannot be opened later either: it needs no rule. */
static bool allow(int rules, const struct sandbox_folder *folder, uint64_t handled, struct err *err)
{
    struct stat st;
    AUTO_FD fd = open(folder->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR ||
               err_set_errno(err, errno, "sandbox: open %s", folder->path);
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "sandbox: stat %s", folder->path);
    uint64_t access = READ_ACCESS | (folder->write ? WRITE_ACCESS : 0);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = access & handled & (S_ISDIR(st.st_mode) ? UINT64_MAX : FILE_ACCESS),
        .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        return err_set_errno(err, errno, "sandbox: allow %s", folder->path);
    return true;
}

static bool confine_files(const struct sandbox_folder *folders, size_t len, bool *able, struct err *err)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *able = abi >= LANDLOCK_ABI_NEEDED;
    if (!*able)
        return true;
    struct landlock_ruleset_attr handled = {.handled_access_fs = handled_access(abi)};
    AUTO_FD rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0)
        return err_set_errno(err, errno, "sandbox: make a Landlock ruleset");
    for (size_t i = 0; i < len; i++)
        if (folders[i].path && !allow(rules, &folders[i], handled.handled_access_fs, err))
            return false;
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        return err_set_errno(err, errno, "sandbox: enter Landlock");
    return true;
}

/* ---- system calls ---- */

#ifdef AUDIT_ARCH_HERE

/* Calls that no job makes. Those that only some architectures have are left out where they are missing. */
static const int refused[] = {
    SYS_execve,
    SYS_execveat,    /* programs */
#ifndef LEAK_CHECKER /* which stops its own threads with it */
    SYS_ptrace,
#endif
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_tkill,
    SYS_kcmp,
    SYS_perf_event_open,
    /* mounts and namespaces */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_setns,
    SYS_unshare,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_quotactl,
    SYS_swapon,
    SYS_swapoff,
    /* accounts and capabilities */
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_personality,
    /* the kernel */
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_bpf,
    SYS_userfaultfd,
    SYS_reboot,
    SYS_acct,
    SYS_syslog,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_vhangup,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    /* what is asked for through it passes no filter */
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    /* the clock; adjtimex stays, for it also tells whether the clock is set at all */
    SYS_settimeofday,
    SYS_clock_settime,
#ifdef __x86_64__
    SYS_ioperm,
    SYS_iopl,
    SYS_uselib,
    SYS_modify_ldt,
#endif
};

/* Calls that may reach this process itself and nobody else: their first argument is a process. */
static const int only_self[] = {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};

static const uint32_t NEW_NAMESPACES =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

enum { PROGRAM_MAX = 256, X32_BIT = 0x40000000 };

_Static_assert(2 * sizeof refused / sizeof *refused + 64 <= PROGRAM_MAX,
               "the program has room for all calls");

struct program {
    struct sock_filter step[PROGRAM_MAX];
    unsigned short len;
};

static void put(struct program *program, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false)
{
    program->step[program->len++] =
        (struct sock_filter){.code = code, .jt = if_true, .jf = if_false, .k = value};
}

#define LOAD     (BPF_LD | BPF_W | BPF_ABS)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_BITS  (BPF_JMP | BPF_JSET | BPF_K)
#define END      (BPF_RET | BPF_K)
#define REFUSE   (SECCOMP_RET_ERRNO | EPERM)
#define NR_AT    offsetof(struct seccomp_data, nr)
#define ARCH_AT  offsetof(struct seccomp_data, arch)
#define LOW_AT(word)                                                                                         \
    (offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (word)) /* both are little-endian */

/* Another architecture's numbers mean other calls: nothing of them is possible. */
static void check_architecture(struct program *program)
{
    put(program, LOAD, ARCH_AT, 0, 0);
    put(program, IF_EQUAL, AUDIT_ARCH_HERE, 1, 0);
    put(program, END, REFUSE, 0, 0);
    put(program, LOAD, NR_AT, 0, 0);
#ifdef __x86_64__
    put(program, IF_BITS, X32_BIT, 0, 1);
    put(program, END, REFUSE, 0, 0);
#endif
}

/* `call`, if argument `word` is not `value`. The number of the call is in the accumulator, before and after.
 */
static void refuse_unless(struct program *program, int call, unsigned word, uint32_t value)
{
    put(program, IF_EQUAL, (uint32_t)call, 0, 4);
    put(program, LOAD, (uint32_t)LOW_AT(word), 0, 0);
    put(program, IF_EQUAL, value, 1, 0);
    put(program, END, REFUSE, 0, 0);
    put(program, LOAD, NR_AT, 0, 0);
}

/* `call`, if argument `word` is `value`; with IF_BITS, if it has any of its bits. */
static void refuse_if(struct program *program, int call, unsigned word, uint16_t test, uint32_t value)
{
    put(program, IF_EQUAL, (uint32_t)call, 0, 4);
    put(program, LOAD, (uint32_t)LOW_AT(word), 0, 0);
    put(program, test, value, 0, 1);
    put(program, END, REFUSE, 0, 0);
    put(program, LOAD, NR_AT, 0, 0);
}

static void write_program(struct program *program)
{
    check_architecture(program);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        put(program, IF_EQUAL, (uint32_t)refused[i], 0, 1);
        put(program, END, REFUSE, 0, 0);
    }
    for (size_t i = 0; i < sizeof only_self / sizeof *only_self; i++)
        refuse_unless(program, only_self[i], 0, (uint32_t)getpid());
    refuse_if(program, SYS_clone, 0, IF_BITS, NEW_NAMESPACES);
    /* Words typed into the terminal of whoever started us. */
    refuse_if(program, SYS_ioctl, 1, IF_EQUAL, TIOCSTI);
    refuse_if(program, SYS_ioctl, 1, IF_EQUAL, TIOCLINUX);
    /* Its flags lie in memory, where a filter cannot look: the C library then takes clone. */
    put(program, IF_EQUAL, SYS_clone3, 0, 1);
    put(program, END, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    put(program, END, SECCOMP_RET_ALLOW, 0, 0);
}

static bool confine_calls(bool *able, struct err *err)
{
    struct program program = {.len = 0};
    write_program(&program);
    const struct sock_fprog filter = {.len = program.len, .filter = program.step};
    *able = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
    if (*able || errno == ENOSYS || errno == EINVAL)
        return true;
    return err_set_errno(err, errno, "sandbox: enter the filter of system calls");
}

#else

static bool confine_calls(bool *able, struct err *err)
{
    (void)err;
    *able = false;
    return true;
}

#endif

bool sandbox_enter(const struct sandbox_folder *folders, size_t len, enum sandbox_strength *strength,
                   struct err *err)
{
    bool files, calls;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_set_errno(err, errno, "sandbox: give up new privileges");
    if (!confine_files(folders, len, &files, err) || !confine_calls(&calls, err))
        return false;
    *strength = files && calls ? SANDBOX_FULL : calls ? SANDBOX_NO_FILES : SANDBOX_NOTHING;
    return true;
}

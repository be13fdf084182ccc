#include "ringmgr/base/sandbox.h"
#include "test.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__)
#define LEAK_CHECKER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAK_CHECKER 1
#endif
#endif

/* A folder that is open for writing, one for reading, and one that is not listed; a file in each. */
struct scene {
    char top[64], inside[80], readable[80], outside[80];
};

static void write_file(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("text", file);
    fclose(file);
}

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    strcpy(scene->top, "/tmp/ringmgr-sandbox-XXXXXX");
    assert_non_null(mkdtemp(scene->top));
    snprintf(scene->inside, sizeof scene->inside, "%s/inside", scene->top);
    snprintf(scene->readable, sizeof scene->readable, "%s/readable", scene->top);
    snprintf(scene->outside, sizeof scene->outside, "%s/outside", scene->top);
    const char *const folders[] = {scene->inside, scene->readable, scene->outside};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mkdir(folders[i], 0755), 0);
        write_file(folders[i], "file");
    }
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(tmp, scene->top + strlen("/tmp/"), &err));
    close(tmp);
    free(scene);
    return 0;
}

/* What a child found; its exit status. */
enum outcome { RIGHT = 0, WRONG = 1, UNABLE = 77, NOT_ENTERED = 99 };

static enum sandbox_strength enter(const struct scene *scene)
{
    const struct sandbox_folder folders[] = {
        {scene->inside, true}, {scene->readable, false}, {NULL, true},        {"/no/such/folder", true},
        {"/etc", false},       {"/usr", false},          {"/lib", false},     {"/lib64", false},
        {"/run", false},       {"/proc", false},         {"/dev/null", true},
    };
    enum sandbox_strength strength;
    struct err err = {0};
    if (!sandbox_enter(folders, sizeof folders / sizeof *folders, &strength, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        _exit(NOT_ENTERED);
    }
    return strength;
}

typedef bool attempt(const struct scene *scene);

/* Tries it in a child that has entered the sandbox. The child leaves at once: it is no test program. */
static void in_sandbox(const struct scene *scene, enum sandbox_strength needed, attempt *try)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        enum sandbox_strength strength = enter(scene);
        _exit(strength > needed ? UNABLE : try(scene) ? RIGHT : WRONG);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == UNABLE)
        test_missing("a kernel with Landlock and seccomp");
    assert_int_equal(WEXITSTATUS(status), RIGHT);
}

static int open_in(const char *folder, const char *name, int flags)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return open(path, flags | O_CLOEXEC, 0644);
}

static bool refused_open(const char *folder, const char *name, int flags)
{
    int fd = open_in(folder, name, flags);
    bool refused = fd < 0 && errno == EACCES;
    if (!refused)
        fprintf(stderr, "%s/%s could be opened with %o, or: %s\n", folder, name, flags, strerror(errno));
    return refused;
}

/* ---- files ---- */

static bool opens_nothing_outside(const struct scene *scene)
{
    return refused_open(scene->outside, "file", O_RDONLY) && refused_open(scene->outside, "file", O_WRONLY) &&
           refused_open(scene->outside, "new", O_WRONLY | O_CREAT) &&
           refused_open(scene->outside, ".", O_RDONLY | O_DIRECTORY) &&
           refused_open("/root", ".", O_RDONLY) && refused_open("/tmp", "ringmgr-new", O_WRONLY | O_CREAT);
}

static void test_what_is_not_listed_cannot_be_opened(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, opens_nothing_outside);
}

static bool reads_only(const struct scene *scene)
{
    char path[256], other[256];
    snprintf(path, sizeof path, "%s/file", scene->readable);
    snprintf(other, sizeof other, "%s/other", scene->readable);
    return open_in(scene->readable, "file", O_RDONLY) >= 0 && open_in(scene->readable, ".", O_RDONLY) >= 0 &&
           refused_open(scene->readable, "file", O_WRONLY) && truncate(path, 0) != 0 && unlink(path) != 0 &&
           rename(path, other) != 0 && mkdir(other, 0755) != 0 &&
           refused_open("/etc", "x", O_WRONLY | O_CREAT);
}

static void test_what_is_listed_for_reading_cannot_be_written(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, reads_only);
}

/* What a publication does: make, link into another folder, rename over, remove, truncate, sync. */
static bool publishes(const struct scene *scene)
{
    int dir = open_in(scene->inside, ".", O_RDONLY | O_DIRECTORY);
    int fd = open_in(scene->inside, "new", O_WRONLY | O_CREAT);
    return dir >= 0 && fd >= 0 && write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0 && fsync(fd) == 0 &&
           fchmod(fd, 0444) == 0 && mkdirat(dir, "stage", 0755) == 0 &&
           linkat(dir, "new", dir, "stage/linked", 0) == 0 && renameat(dir, "stage", dir, "build") == 0 &&
           renameat(dir, "build/linked", dir, "moved") == 0 && renameat(dir, "moved", dir, "file") == 0 &&
           unlinkat(dir, "file", 0) == 0 && unlinkat(dir, "build", AT_REMOVEDIR) == 0 && fsync(dir) == 0;
}

static void test_a_share_can_be_published_inside(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, publishes);
}

static bool links_nothing_out(const struct scene *scene)
{
    char from[256], to[256];
    snprintf(from, sizeof from, "%s/file", scene->inside);
    snprintf(to, sizeof to, "%s/linked", scene->outside);
    if (link(from, to) == 0 || rename(from, to) == 0)
        return false;
    snprintf(from, sizeof from, "%s/file", scene->outside);
    snprintf(to, sizeof to, "%s/linked", scene->inside);
    return link(from, to) != 0 && rename(from, to) != 0;
}

static void test_nothing_is_linked_or_moved_over_the_border(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, links_nothing_out);
}

static void test_descriptors_that_are_open_stay(void **state)
{
    struct scene *scene = *state;
    int status, fd = open_in(scene->outside, "file", O_RDWR);
    pid_t child = fork();
    if (child == 0) {
        char text[4], path[64];
        enter(scene);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        _exit(read(fd, text, 4) == 4 && write(fd, "x", 1) == 1 && access(path, F_OK) == 0 ? RIGHT : WRONG);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(fd);
}

/* A folder named through its descriptor: `import DIR`. */
static void test_a_folder_can_be_named_by_its_descriptor(void **state)
{
    struct scene *scene = *state;
    int status, dir = open_in(scene->outside, ".", O_RDONLY | O_DIRECTORY);
    pid_t child = fork();
    if (child == 0) {
        char path[64], file[80];
        struct err err = {0};
        enum sandbox_strength strength;
        snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
        snprintf(file, sizeof file, "%s/file", path);
        const struct sandbox_folder folders[] = {{path, false}, {"/proc", false}};
        if (!sandbox_enter(folders, 2, &strength, &err))
            _exit(NOT_ENTERED);
        _exit(open(file, O_RDONLY) >= 0 && open(file, O_WRONLY) < 0 ? RIGHT : WRONG);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(dir);
}

/* ---- system calls ---- */

#define REFUSED(call) (errno = 0, (call) < 0 && errno == EPERM)

static bool starts_no_program(const struct scene *scene)
{
    char program[] = "/bin/true", *const words[] = {program, NULL};
    (void)scene;
    return REFUSED(execv("/bin/true", words)) &&
           REFUSED(syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, NULL, 0));
}

static void test_no_program_is_started(void **state)
{
    in_sandbox(*state, SANDBOX_NO_FILES, starts_no_program);
}

static bool touches_no_other(const struct scene *scene)
{
    (void)scene;
#ifndef LEAK_CHECKER
    if (!REFUSED(ptrace(PTRACE_TRACEME, 0, 0, 0)))
        return false;
#endif
    return REFUSED(kill(getppid(), 0)) && REFUSED(kill(0, 0)) && REFUSED(kill(-1, 0)) &&
           REFUSED(syscall(SYS_tgkill, getppid(), getppid(), 0)) &&
           REFUSED(syscall(SYS_tkill, getppid(), 0)) &&
           REFUSED(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0)) &&
           REFUSED(syscall(SYS_pidfd_open, getppid(), 0));
}

static void test_no_other_process_is_traced_or_signalled(void **state)
{
    in_sandbox(*state, SANDBOX_NO_FILES, touches_no_other);
}

static bool signals_itself(const struct scene *scene)
{
    (void)scene;
    return signal(SIGUSR1, SIG_IGN) != SIG_ERR && kill(getpid(), SIGUSR1) == 0 && raise(SIGUSR1) == 0;
}

static void test_it_may_signal_itself(void **state)
{
    in_sandbox(*state, SANDBOX_NO_FILES, signals_itself);
}

static bool changes_no_system(const struct scene *scene)
{
    struct timespec now = {0};
    char typed = 'x';
    return REFUSED(mount("none", scene->inside, "tmpfs", 0, NULL)) && REFUSED(umount(scene->inside)) &&
           REFUSED(unshare(0)) && REFUSED(unshare(CLONE_NEWUSER)) && REFUSED(setns(0, 0)) &&
           REFUSED(chroot("/")) &&
           REFUSED(syscall(SYS_clone, (unsigned long)CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)) &&
           REFUSED(syscall(SYS_bpf, 0, NULL, 0)) && REFUSED(syscall(SYS_init_module, NULL, 0, "")) &&
           REFUSED(syscall(SYS_setuid, getuid())) && REFUSED(syscall(SYS_setgroups, 0, NULL)) &&
           REFUSED(syscall(SYS_clock_settime, CLOCK_REALTIME, &now)) &&
           REFUSED(syscall(SYS_io_uring_setup, 1, NULL)) && REFUSED(syscall(SYS_keyctl, 0)) &&
           REFUSED(ioctl(0, TIOCSTI, &typed));
}

static void test_mounts_accounts_kernel_and_clock_stay_as_they_are(void **state)
{
    in_sandbox(*state, SANDBOX_NO_FILES, changes_no_system);
}

#ifdef __x86_64__
static long call_as_i386(long number)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number) : "memory", "r8", "r9", "r10", "r11");
    return result;
}

/* 20 is getpid of i386 and writev of x86-64; as getpid of x86-64 with the x32 bit it is a third table. */
static bool knows_one_table(const struct scene *scene)
{
    (void)scene;
    return call_as_i386(20) == -EPERM && REFUSED(syscall(0x40000000 + SYS_getpid));
}

/* A kernel without 32-bit programs has no such table, and kills. */
static void test_another_architectures_calls_are_refused(void **state)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(call_as_i386(20) == getpid() ? RIGHT : WRONG);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status == 0)
        in_sandbox(*state, SANDBOX_NO_FILES, knows_one_table);
}
#endif

/* ---- what must go on ---- */

static void *add_one(void *number)
{
    ++*(int *)number;
    return NULL;
}

static bool makes_threads(const struct scene *scene)
{
    int numbers[4] = {0};
    pthread_t threads[4];
    (void)scene;
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, add_one, &numbers[i]) != 0)
            return false;
    for (int i = 0; i < 4; i++)
        if (pthread_join(threads[i], NULL) != 0 || numbers[i] != 1)
            return false;
    return true;
}

static void test_threads_can_be_made(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, makes_threads);
}

static void *open_outside(void *outside)
{
    return refused_open(outside, "file", O_RDONLY) ? outside : NULL;
}

static bool confines_threads(const struct scene *scene)
{
    pthread_t thread;
    void *refused = NULL;
    return pthread_create(&thread, NULL, open_outside, (void *)scene->outside) == 0 &&
           pthread_join(thread, &refused) == 0 && refused;
}

static void test_a_later_thread_is_confined_too(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, confines_threads);
}

static bool connects(const struct scene *scene)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    (void)scene;
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    return bind(server, (struct sockaddr *)&address, sizeof address) == 0 && listen(server, 1) == 0 &&
           getsockname(server, (struct sockaddr *)&address, &len) == 0 &&
           connect(client, (struct sockaddr *)&address, sizeof address) == 0 &&
           accept(server, NULL, NULL) >= 0;
}

static void test_sockets_work(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, connects);
}

/* The name service loads its modules and reads /etc: nothing of it was touched before. */
static bool resolves(const struct scene *scene)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    (void)scene;
    bool ok = getaddrinfo("localhost", "80", &hints, &found) == 0 && found;
    if (found)
        freeaddrinfo(found);
    return ok && (open("/etc/ssl/certs/ca-certificates.crt", O_RDONLY) >= 0 || errno == ENOENT) &&
           open("/dev/null", O_RDWR) >= 0;
}

static void test_names_are_resolved(void **state)
{
    in_sandbox(*state, SANDBOX_FULL, resolves);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_what_is_not_listed_cannot_be_opened),
        CASE(test_what_is_listed_for_reading_cannot_be_written),
        CASE(test_a_share_can_be_published_inside),
        CASE(test_nothing_is_linked_or_moved_over_the_border),
        CASE(test_descriptors_that_are_open_stay),
        CASE(test_a_folder_can_be_named_by_its_descriptor),
        CASE(test_no_program_is_started),
        CASE(test_no_other_process_is_traced_or_signalled),
        CASE(test_it_may_signal_itself),
        CASE(test_mounts_accounts_kernel_and_clock_stay_as_they_are),
#ifdef __x86_64__
        CASE(test_another_architectures_calls_are_refused),
#endif
        CASE(test_threads_can_be_made),
        CASE(test_a_later_thread_is_confined_too),
        CASE(test_sockets_work),
        CASE(test_names_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

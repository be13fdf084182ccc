/* process: what was inherited decides nothing. Each test is a child, for it closes what cmocka writes to. */
#include "test.h"

#include "ringmgr/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 3, SET_EVERY = 1 << STREAMS };

static bool is_null(int fd)
{
    struct stat is, null;
    return fstat(fd, &is) == 0 && stat("/dev/null", &null) == 0 && is.st_rdev == null.st_rdev &&
           S_ISCHR(is.st_mode);
}

static ssize_t use(int fd)
{
    char byte = 0;
    return fd == STDIN_FILENO ? read(fd, &byte, 1) : write(fd, &byte, 1);
}

/* 0 if every stream of the set is closed to its use, all others are what they were, and nothing else is open.
 */
static int look(unsigned closed, const struct stat was[STREAMS])
{
    struct err err = {0};
    for (int fd = 0; fd < STREAMS; fd++)
        if (closed & 1U << fd)
            close(fd);
    if (!process_begin(&err))
        return 1;
    for (int fd = 0; fd < STREAMS; fd++) {
        struct stat is;
        if (closed & 1U << fd && (!is_null(fd) || use(fd) >= 0 || errno != EBADF))
            return 2 + fd;
        if (!(closed & 1U << fd) && (fstat(fd, &is) != 0 || is.st_ino != was[fd].st_ino))
            return 5 + fd;
    }
    int free_fd = open("/dev/null", O_RDONLY);
    return free_fd == STREAMS ? 0 : 8;
}

static void streams_that_are_closed_stay_unusable_and_taken(void **state)
{
    struct stat was[STREAMS];
    (void)state;
    for (int fd = 0; fd < STREAMS; fd++)
        assert_int_equal(fstat(fd, &was[fd]), 0);
    for (unsigned closed = 0; closed < SET_EVERY; closed++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            for (int fd = STREAMS; fd < 200; fd++)
                close(fd);
            _exit(look(closed, was));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void variables_of_libraries_are_forgotten_and_others_are_not(void **state)
{
    static const char *const forgotten[] = {"OPENSSL_CONF",  "OPENSSL_MODULES", "OPENSSL_ENGINES",
                                            "SSL_CERT_FILE", "SSL_CERT_DIR",    "SSLKEYLOGFILE"};
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof forgotten / sizeof *forgotten; i++)
        setenv(forgotten[i], "/nowhere", 1);
    setenv("SUDO_UID", "1234", 1);
    assert_ok(process_begin(&err));
    for (size_t i = 0; i < sizeof forgotten / sizeof *forgotten; i++)
        assert_null(getenv(forgotten[i]));
    assert_string_equal(getenv("SUDO_UID"), "1234");
}

static void rights_of_another_account_are_refused(void **state)
{
    static const struct {
        uid_t uid;
        gid_t gid;
    } table[] = {{1, 0}, {0, 1}, {1, 1}};
    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            struct err err = {0};
            if (setresgid(table[i].gid, 0, 0) != 0 || setresuid(table[i].uid, 0, 0) != 0)
                _exit(1);
            _exit(process_begin(&err) ? 2 : err.code == ERR_USAGE ? 0 : 3);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_that_are_closed_stay_unusable_and_taken),
        cmocka_unit_test(variables_of_libraries_are_forgotten_and_others_are_not),
        cmocka_unit_test(rights_of_another_account_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

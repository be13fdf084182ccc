/* Libraries come when their first function is called, and a broken installation is said, not crashed into. */
#include "test.h"

#include "ringmgr/base/library.h"
#include <sys/wait.h>

static void the_function_of_a_library_that_is_not_linked_is_found_and_works(void **state)
{
    (void)state;
    const char *(*version)(void) = (const char *(*)(void))library_symbol("libz.so.1", "zlibVersion");
    assert_int_equal(version()[0], '1');
    assert_ptr_equal((void *)version, library_symbol("libz.so.1", "zlibVersion"));
}

#define getppid LIBRARY_FUNCTION("libc.so.6", getppid)

static void a_macro_of_the_functions_own_name_calls_the_function(void **state)
{
    (void)state;
    assert_int_equal(getppid(), (getppid)());
    assert_true(getppid() > 0);
}

/* How a child ends that asks for this, and what it says. */
static int ask(const char *library, const char *symbol, char *said, size_t room)
{
    int pipes[2], status = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(pipes[1], STDERR_FILENO);
        library_symbol(library, symbol);
        _exit(0);
    }
    close(pipes[1]);
    ssize_t len = read(pipes[0], said, room - 1);
    said[len > 0 ? len : 0] = 0;
    close(pipes[0]);
    waitpid(child, &status, 0);
    return status;
}

static void what_is_not_installed_ends_the_process_with_a_sentence(void **state)
{
    char said[512];
    (void)state;
    int status = ask("libringmgr-has-none.so.9", "none_of_this_name", said, sizeof said);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ERR_FAILED);
    assert_non_null(strstr(said, "libringmgr-has-none.so.9"));
    assert_non_null(strstr(said, "cannot open shared object file"));
    assert_non_null(strstr(said, "install"));
    status = ask("libz.so.1", "none_of_this_name", said, sizeof said);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ERR_FAILED);
    assert_non_null(strstr(said, "none_of_this_name"));
    assert_non_null(strstr(said, "libz.so.1"));
}

static void what_is_not_installed_is_an_error_when_it_is_asked_for_in_time(void **state)
{
    struct err err = {0};
    (void)state;
    assert_true(library_load("libz.so.1", &err));
    assert_true(library_load("libz.so.1", &err));
    assert_false(library_load("libringmgr-has-none.so.9", &err));
    assert_int_equal(err.code, ERR_FAILED);
    assert_non_null(strstr(err.msg, "libringmgr-has-none.so.9: cannot open shared object file"));
    assert_non_null(strstr(err.msg, "install"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_function_of_a_library_that_is_not_linked_is_found_and_works),
        cmocka_unit_test(a_macro_of_the_functions_own_name_calls_the_function),
        cmocka_unit_test(what_is_not_installed_ends_the_process_with_a_sentence),
        cmocka_unit_test(what_is_not_installed_is_an_error_when_it_is_asked_for_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

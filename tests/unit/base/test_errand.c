/* Programs that work for us: how they are started, what they are given, what is heard of them, and that none
 * of them lasts. */
#include "test.h"

#include "ringmgr/base/errand.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static char TAG[] = "tag";

static struct errand script(const char *text)
{
    struct errand errand = {.out_bytes = 1000, .seconds = 60};
    strv_add(&errand.arguments, "sh");
    strv_add(&errand.arguments, "-c");
    strv_add(&errand.arguments, text);
    return errand;
}

static struct errand_end run(struct errand errand)
{
    struct errand_end end = {0};
    errand_run(&errand, &end);
    assert_int_equal(errand.arguments.len, 0);
    return end;
}

static void assert_end(struct errand_end end, enum errand_how how, int status, const char *out)
{
    if (end.how != how)
        fail_msg("how %d, wanted %d: %s", end.how, how, buf_text(&end.said));
    assert_int_equal(end.status, status);
    assert_string_equal(buf_text(&end.out), out);
    errand_end_clear(&end);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void its_status_and_words_are_told(void **state)
{
    (void)state;
    struct errand_end end = run(script("echo out; echo said >&2; exit 3"));
    assert_string_equal(buf_text(&end.said), "said\n");
    assert_end(end, ERRAND_EXITED, 3, "out\n");
    end = run(script("kill -KILL $$"));
    assert_int_equal(end.signal, SIGKILL);
    assert_end(end, ERRAND_SIGNAL, -1, "");
}

static void its_environment_is_its_own(void **state)
{
    (void)state;
    struct errand errand = script("echo \"$USER$SECRET$HOME|$LC_ALL|$GIVEN\"");
    setenv("SECRET", "secret", 1);
    strv_add(&errand.environment, "GIVEN=a b");
    assert_end(run(errand), ERRAND_EXITED, 0, "|C.UTF-8|a b\n");
    unsetenv("SECRET");
}

static void it_reads_what_it_is_given(void **state)
{
    (void)state;
    struct errand errand = script("wc -c; cat");
    assert_end(run(errand), ERRAND_EXITED, 0, "0\n");
    errand = script("wc -c");
    for (int i = 0; i < 100000; i++)
        buf_append(&errand.input, "a\0b", 3);
    assert_end(run(errand), ERRAND_EXITED, 0, "300000\n");
    errand = script("exit 5"); /* and is not made to */
    buf_puts(&errand.input, "words");
    assert_end(run(errand), ERRAND_EXITED, 5, "");
}

static void a_signal_that_we_ignore_is_not_ignored_there(void **state)
{
    (void)state;
    void (*had)(int) = signal(SIGPIPE, SIG_IGN);
    struct errand_end end = run(script("kill -PIPE $$; echo lived"));
    signal(SIGPIPE, had);
    assert_int_equal(end.signal, SIGPIPE);
    assert_end(end, ERRAND_SIGNAL, -1, "");
}

static void a_program_that_is_not_there(void **state)
{
    (void)state;
    struct errand errand = {.out_bytes = 10};
    strv_add(&errand.arguments, "ringmgr-no-such-program");
    assert_end(run(errand), ERRAND_MISSING, -1, "");
    assert_end(run(script("exit 127")), ERRAND_EXITED, 127, "");
}

static void more_than_is_kept(void **state)
{
    (void)state;
    struct errand errand = script("exec yes");
    errand.out_bytes = 4;
    assert_end(run(errand), ERRAND_TOO_MUCH, -1, "y\ny\n");
    errand = script("echo 12345"); /* all said before it could be ended */
    errand.out_bytes = 4;
    assert_end(run(errand), ERRAND_TOO_MUCH, -1, "1234");
    errand = script("yes | head -c 1000000; echo last");
    errand.tail = true;
    errand.out_bytes = 7;
    assert_end(run(errand), ERRAND_EXITED, 0, "y\nlast\n");
    struct errand_end end = run(script("yes | head -c 1000000 >&2"));
    assert_int_equal(end.said.len, ERRAND_SAID_BYTES);
    assert_end(end, ERRAND_EXITED, 0, "");
}

static void files_that_it_writes_are_bounded(void **state)
{
    (void)state;
    char folder[] = "/tmp/ringmgr-errand-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *text = mem_printf("cd %s && (head -c 3000 /dev/zero >long) 2>/dev/null; wc -c <long", folder);
    struct errand errand = script(text);
    errand.file_bytes = 1000;
    assert_end(run(errand), ERRAND_EXITED, 0, "1000\n");
    free(text);
    text = mem_printf("%s/long", folder);
    unlink(text);
    rmdir(folder);
    free(text);
}

/* What every limit ends: a program, what it has started, and one that does not listen. */
static void limits_end_it(void **state)
{
    (void)state;
    struct errand errand = script("echo a; sleep 300 & wait");
    errand.seconds = 1;
    assert_end(run(errand), ERRAND_TIMEOUT, -1, "a\n");
    errand = script("echo a; exec sleep 300");
    errand.silent_seconds = 1;
    assert_end(run(errand), ERRAND_SILENT, -1, "a\n");
    errand = script("for i in 1 2 3 4 5 6 7 8; do sleep 0.2; echo $i >&2; done");
    errand.silent_seconds = 1;
    assert_end(run(errand), ERRAND_EXITED, 0, "");
    errand = script("exec sleep 300");
    errand.until_seconds = 1;
    assert_end(run(errand), ERRAND_CLOSED, -1, "");
}

/* The process whose number a script has printed first. */
static pid_t first_number(const struct errand_end *end)
{
    return (pid_t)strtol(buf_text(&end->out), NULL, 10);
}

static bool is_gone(pid_t pid)
{
    for (int i = 0; i < 2000 && kill(pid, 0) == 0; i++) {
        char *path = mem_printf("/proc/%d/stat", pid);
        FILE *file = fopen(path, "r");
        char status = 0;
        free(path);
        if (file) { /* where nobody buries orphans they stay as zombies */
            if (fscanf(file, "%*d %*s %c", &status) != 1)
                status = 0;
            fclose(file);
        }
        if (status == 'Z')
            return true;
        usleep(5000);
    }
    return kill(pid, 0) != 0 && errno == ESRCH;
}

static void what_does_not_listen_is_killed_with_its_children(void **state)
{
    (void)state;
    struct errand errand =
        script("trap '' TERM; sh -c 'trap \"\" TERM; echo $$; exec sleep 300' & wait; wait");
    errand.seconds = 1;
    struct errand_end end = run(errand);
    assert_int_equal(end.how, ERRAND_TIMEOUT);
    assert_true(is_gone(first_number(&end)));
    errand_end_clear(&end);
}

static void what_it_leaves_behind_is_ended(void **state)
{
    (void)state;
    struct errand_end end = run(script("sleep 300 & echo $!"));
    assert_int_equal(end.how, ERRAND_EXITED);
    assert_true(is_gone(first_number(&end)));
    errand_end_clear(&end);
}

static void a_pool_runs_so_many_at_once(void **state)
{
    (void)state;
    struct errands *pool = errands_new(2);
    int tag[5], running = 0, most = 0;
    char folder[] = "/tmp/ringmgr-errand-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 5; i++) {
        char *text = mem_printf("cd %s; mkdir r%d; ls | wc -l; sleep 0.2; rmdir r%d", folder, i, i);
        struct errand errand = script(text);
        errands_begin(pool, &errand, &tag[i]);
        free(text);
    }
    assert_int_equal(errands_count(pool), 5);
    unsigned seen = 0;
    for (int i = 0; i < 5; i++) {
        AUTO_ERRAND_END end = {0};
        assert_true(errands_next(pool, -1, &end));
        seen |= 1u << ((int *)end.tag - tag);
        running = atoi(buf_text(&end.out));
        most = running > most ? running : most;
    }
    AUTO_ERRAND_END none = {0};
    assert_false(errands_next(pool, -1, &none));
    assert_int_equal(seen, 31);
    assert_int_equal(most, 2);
    errands_free(pool);
    rmdir(folder);
}

static void one_is_stopped_and_others_go_on(void **state)
{
    (void)state;
    struct errands *pool = errands_new(1);
    char tags[][8] = {"running", "waiting", "after"};
    const char *texts[] = {"echo here; exec sleep 300", "echo never", "echo after"};
    for (int i = 0; i < 3; i++) {
        struct errand errand = script(texts[i]);
        errands_begin(pool, &errand, tags[i]);
    }
    struct errand_end end = {0};
    while (strcmp(errands_peek(pool, tags[0]), "here\n") != 0)
        assert_false(errands_next(pool, 20, &end));
    assert_string_equal(errands_peek(pool, tags[1]), "");
    errands_stop(pool, "unknown");
    errands_stop(pool, tags[0]);
    errands_stop(pool, tags[1]);
    enum errand_how how[] = {ERRAND_STOPPED, ERRAND_STOPPED, ERRAND_EXITED};
    for (int i = 0; i < 3; i++) {
        assert_true(errands_next(pool, -1, &end));
        for (int at = 0; at < 3; at++)
            if (end.tag == tags[at])
                assert_int_equal(end.how, how[at]);
        errand_end_clear(&end);
    }
    errands_free(pool);
}

static void waiting_has_an_end(void **state)
{
    (void)state;
    struct errands *pool = errands_new(1);
    struct errand errand = script("exec sleep 300");
    AUTO_ERRAND_END end = {0};
    errands_begin(pool, &errand, TAG);
    int64_t begun = now_ms();
    assert_false(errands_next(pool, 100, &end));
    assert_true(now_ms() - begun >= 100);
    errands_free(pool);
}

static void what_was_said_counts_although_nobody_listened(void **state)
{
    (void)state;
    struct errands *pool = errands_new(1);
    struct errand errand = script("sleep 0.8; echo a; sleep 0.8; echo b");
    AUTO_ERRAND_END end = {0};
    errand.silent_seconds = 1;
    errands_begin(pool, &errand, TAG);
    assert_false(errands_next(pool, 1, &end));
    usleep(1200 * 1000);
    assert_true(errands_next(pool, -1, &end));
    assert_int_equal(end.how, ERRAND_EXITED);
    errands_free(pool);
}

static void nothing_runs_once_the_pool_is_free(void **state)
{
    (void)state;
    struct errands *pool = errands_new(4);
    pid_t pid[3];
    for (int i = 0; i < 3; i++) {
        struct errand errand =
            script(i ? "echo $$; exec sleep 300" : "trap '' TERM; echo $$; while :; do sleep 1; done");
        errands_begin(pool, &errand, &pid[i]);
    }
    AUTO_ERRAND_END end = {0};
    for (int i = 0; i < 3; i++) {
        while (!strchr(errands_peek(pool, &pid[i]), '\n'))
            assert_false(errands_next(pool, 20, &end));
        pid[i] = atoi(errands_peek(pool, &pid[i]));
    }
    errands_free(pool);
    for (int i = 0; i < 3; i++)
        assert_true(is_gone(pid[i]));
}

/* A process of its own starts one, tells which, and is killed. */
static void nothing_runs_once_we_are_dead(void **state)
{
    (void)state;
    int told[2];
    char text[32] = "";
    assert_int_equal(pipe(told), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct errands *pool = errands_new(1);
        struct errand errand = script("echo $$; exec sleep 300");
        struct errand_end end = {0};
        errands_begin(pool, &errand, TAG);
        while (!strchr(errands_peek(pool, TAG), '\n') && !errands_next(pool, 20, &end))
            ;
        const char *number = errands_peek(pool, TAG);
        if (write(told[1], number, strlen(number)) > 0)
            pause();
        _exit(1);
    }
    assert_true(read(told[0], text, sizeof text - 1) > 1);
    assert_int_equal(kill(atoi(text), 0), 0);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    assert_true(is_gone(atoi(text)));
    close(told[0]);
    close(told[1]);
}

/* Hosts that are known to be silent, beside one that answers. */
static void nobody_waits_for_those_that_come_later(void **state)
{
    (void)state;
    static char tags[5];
    struct errand_end end = {0};
    struct errands *pool = errands_new(2);
    for (int i = 0; i < 5; i++) {
        struct errand errand = script(i < 4 ? "exec sleep 60" : "echo here");
        errand.later = i < 4;
        errands_begin(pool, &errand, &tags[i]);
    }
    assert_true(errands_next(pool, 30000, &end));
    assert_ptr_equal(end.tag, &tags[4]);
    assert_end(end, ERRAND_EXITED, 0, "here\n");
    errands_free(pool);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    struct errand errand = script("ulimit -d");
    errand.memory_bytes = 64 << 20;
    assert_end(run(errand), ERRAND_EXITED, 0, "65536\n");
}

/* poll() refuses more entries than there may be open files, and would then tell of nobody. */
static void more_wait_than_files_may_be_open(void **state)
{
    (void)state;
    enum { MANY = 40, FILES = 64 };
    static char tags[MANY];
    struct rlimit usual, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    few = usual;
    few.rlim_cur = FILES;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct errands *pool = errands_new(4);
    for (int i = 0; i < MANY; i++) {
        struct errand errand = script("exit 0");
        errand.seconds = 10;
        errands_begin(pool, &errand, &tags[i]);
    }
    for (int i = 0; i < MANY; i++) {
        struct errand_end end = {0};
        assert_true(errands_next(pool, -1, &end));
        assert_end(end, ERRAND_EXITED, 0, "");
    }
    errands_free(pool);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
}

static void a_line_of_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *said, *word, *line;
    } table[] = {
        {"", NULL, ""},
        {"", "word", ""},
        {"\n\r\nfirst\nsecond", NULL, "first"},
        {"first\nthe second one\nthird", "second", "the second one"},
        {"second\nfirst", "second", "second"},
        {"first\nthird", "second", "first"},
        {"a\033[31mb\tc\302\2335\177\n", NULL, "a?[31mb?c??5?"},
        {"before\rafter", NULL, "before"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        AUTO_BUF said = {0};
        buf_puts(&said, table[i].said);
        char *line = errand_line(&said, table[i].word);
        assert_string_equal(line, table[i].line);
        free(line);
    }
    AUTO_BUF lengthy = {0};
    for (int i = 0; i < 1000; i++)
        buf_puts(&lengthy, "x");
    char *line = errand_line(&lengthy, NULL);
    assert_int_equal(strlen(line), 300);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_status_and_words_are_told),
        cmocka_unit_test(its_environment_is_its_own),
        cmocka_unit_test(it_reads_what_it_is_given),
        cmocka_unit_test(a_signal_that_we_ignore_is_not_ignored_there),
        cmocka_unit_test(a_program_that_is_not_there),
        cmocka_unit_test(more_than_is_kept),
        cmocka_unit_test(files_that_it_writes_are_bounded),
        cmocka_unit_test(limits_end_it),
        cmocka_unit_test(what_does_not_listen_is_killed_with_its_children),
        cmocka_unit_test(what_it_leaves_behind_is_ended),
        cmocka_unit_test(a_pool_runs_so_many_at_once),
        cmocka_unit_test(one_is_stopped_and_others_go_on),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(what_was_said_counts_although_nobody_listened),
        cmocka_unit_test(nothing_runs_once_the_pool_is_free),
        cmocka_unit_test(nothing_runs_once_we_are_dead),
        cmocka_unit_test(nobody_waits_for_those_that_come_later),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(more_wait_than_files_may_be_open),
        cmocka_unit_test(a_line_of_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

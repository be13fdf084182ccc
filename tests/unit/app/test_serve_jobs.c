/* The service's children: what they say, how they end, and that none outlives its time. */
#include "test.h"

#include "ringmgr/app/serve_jobs.h"
#include <signal.h>

static void lines_come_whole_however_the_bytes_do(void **state)
{
    AUTO_BUF said = {0};
    char *line;
    (void)state;
    assert_false(serve_jobs_take_line(&said, false, &line));
    assert_false(serve_jobs_take_line(&said, true, &line));
    buf_puts(&said, "next=1");
    assert_false(serve_jobs_take_line(&said, false, &line));
    buf_puts(&said, "23\n\nrest");
    assert_true(serve_jobs_take_line(&said, false, &line));
    assert_string_equal(line, "next=123");
    free(line);
    assert_true(serve_jobs_take_line(&said, false, &line));
    assert_string_equal(line, "");
    free(line);
    assert_false(serve_jobs_take_line(&said, false, &line));
    assert_true(serve_jobs_take_line(&said, true, &line));
    assert_string_equal(line, "rest");
    free(line);
    assert_int_equal(said.len, 0);
}

/* The children of this test are this very program, which a word in front of the others tells what to do. */
static int be_a_child(int argc, char **argv)
{
    const char *what = argv[argc - 1];
    if (strcmp(what, "talk") == 0)
        return printf("%s %s\nsecond", argv[3], argv[4]) < 0;
    if (strcmp(what, "fail") == 0)
        return 5;
    if (strcmp(what, "odd") == 0)
        return 99;
    if (strcmp(what, "stubborn") == 0)
        signal(SIGTERM, SIG_IGN);
    puts("up");
    fflush(stdout);
    for (;;)
        pause();
}

struct seen {
    char words[256];
    int status;     /* -1: runs */
    char died[128]; /* "NAME how", of those that did */
};

static void hear(void *context, struct buf *said, bool end)
{
    struct seen *seen = context;
    char *line;
    while (serve_jobs_take_line(said, end, &line)) {
        size_t used = strlen(seen->words);
        snprintf(seen->words + used, sizeof seen->words - used, "[%s]", line);
        free(line);
    }
}

static void end(void *context, int status)
{
    struct seen *seen = context;
    seen->status = status;
}

static void leave(void *context, const char *name, const char *died)
{
    struct seen *seen = context;
    if (died)
        snprintf(seen->died, sizeof seen->died, "%s %s", name, died);
}

struct scene {
    struct serve_loop *loop;
    struct serve_jobs *jobs;
    int config;
    struct seen seen;
};

static void scene_make(struct scene *scene)
{
    static const struct log quiet = {.level = LOG_NORMAL};
    struct err err = {0};
    *scene = (struct scene){.seen.status = -1};
    scene->loop = serve_loop_new(&err);
    assert_non_null(scene->loop);
    scene->jobs = serve_jobs_new(&(struct serve_jobs_options){.loop = scene->loop,
                                                              .log = &quiet,
                                                              .config = "x.conf",
                                                              .patience_ms = 300,
                                                              .left = leave,
                                                              .context = &scene->seen});
    scene->config = open("/dev/null", O_RDONLY | O_CLOEXEC);
    serve_jobs_set_config(scene->jobs, scene->config);
}

static void scene_clear(struct scene *scene)
{
    serve_jobs_free(scene->jobs);
    serve_loop_free(scene->loop);
    close(scene->config);
}

static pid_t begin(struct scene *scene, const char *what)
{
    const char *const words[] = {what, NULL};
    struct err err = {0};
    const struct serve_jobs_start start = {
        .name = what, .words = words, .said = hear, .ended = end, .context = &scene->seen};
    pid_t pid = serve_jobs_start(scene->jobs, &start, &err);
    assert_true(pid > 0);
    assert_int_equal(serve_jobs_count(scene->jobs), 1);
    return pid;
}

/* Until it has said this much, or ended; at most ten seconds. */
static void go_on(struct scene *scene, const char *until)
{
    int64_t last_ms = serve_loop_now_ms() + 10000;
    struct err err = {0};
    bool clock_set;
    while (scene->seen.status < 0 && !(until && strcmp(scene->seen.words, until) == 0)) {
        assert_true(serve_loop_now_ms() < last_ms);
        assert_true(serve_loop_wait(scene->loop, -1, serve_loop_now_ms() + 10, &clock_set, &err));
        serve_jobs_kill_due(scene->jobs);
        serve_jobs_reap(scene->jobs);
    }
}

static void what_a_child_says_is_heard_to_its_end(void **state)
{
    struct scene scene;
    char words[64];
    (void)state;
    scene_make(&scene);
    begin(&scene, "talk");
    go_on(&scene, NULL);
    snprintf(words, sizeof words, "[--inherit config=%d][second]", scene.config);
    assert_string_equal(scene.seen.words, words);
    assert_int_equal(scene.seen.status, 0);
    assert_int_equal(serve_jobs_count(scene.jobs), 0);
    begin(&scene, "fail"); /* in the place of the first */
    scene.seen.status = -1;
    go_on(&scene, NULL);
    assert_int_equal(scene.seen.status, 5);
    scene_clear(&scene);
}

static void a_child_that_is_asked_to_end_ends(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    pid_t pid = begin(&scene, "wait");
    go_on(&scene, "[up]");
    serve_jobs_end(scene.jobs, pid + 1); /* is none of ours */
    serve_jobs_end(scene.jobs, pid);
    go_on(&scene, NULL);
    assert_int_equal(scene.seen.status, 128 + SIGTERM);
    scene_clear(&scene);
}

static void one_that_dies_is_told_apart_from_one_that_fails_or_is_asked(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    begin(&scene, "fail");
    go_on(&scene, NULL);
    scene.seen = (struct seen){.status = -1};
    pid_t pid = begin(&scene, "wait");
    go_on(&scene, "[up]");
    serve_jobs_end(scene.jobs, pid);
    go_on(&scene, NULL);
    assert_string_equal(scene.seen.died, "");
    scene.seen = (struct seen){.status = -1};
    pid = begin(&scene, "wait");
    go_on(&scene, "[up]");
    kill(pid, SIGKILL);
    go_on(&scene, NULL);
    assert_string_equal(scene.seen.died, "wait was killed by the signal KILL");
    scene.seen = (struct seen){.status = -1};
    begin(&scene, "odd");
    go_on(&scene, NULL);
    assert_string_equal(scene.seen.died, "odd ended with the status 99, which says nothing");
    scene_clear(&scene);
}

static void one_that_does_not_listen_is_killed_when_patience_is_over(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    begin(&scene, "stubborn");
    go_on(&scene, "[up]");
    assert_int_equal(serve_jobs_kill_due(scene.jobs), -1);
    int64_t asked_ms = serve_loop_now_ms();
    serve_jobs_end_all(scene.jobs);
    int64_t due_ms = serve_jobs_kill_due(scene.jobs);
    assert_in_range(due_ms - asked_ms, 290, 400);
    go_on(&scene, NULL);
    assert_int_equal(scene.seen.status, 128 + SIGKILL);
    assert_true(serve_loop_now_ms() - asked_ms >= 290);
    scene_clear(&scene);
}

static void what_still_runs_at_the_end_is_killed(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    pid_t pid = begin(&scene, "stubborn");
    go_on(&scene, "[up]");
    scene_clear(&scene);
    assert_int_equal(kill(pid, 0), -1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole_however_the_bytes_do),
        cmocka_unit_test(what_a_child_says_is_heard_to_its_end),
        cmocka_unit_test(a_child_that_is_asked_to_end_ends),
        cmocka_unit_test(one_that_dies_is_told_apart_from_one_that_fails_or_is_asked),
        cmocka_unit_test(one_that_does_not_listen_is_killed_when_patience_is_over),
        cmocka_unit_test(what_still_runs_at_the_end_is_killed),
    };
    if (argc > 1)
        return be_a_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is wrong on the shares: collected, healed a ring at a time, and what is lost fetched again. */
#include "test.h"

#include "ringmgr/app/serve_heal.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

/*
 * The children of this test are this very program. Each writes what it was asked into the file RECORD; a heal
 * of the ring "lost" finds an object lost, one of "locked" finds the lock taken, one of "crash" dies.
 */
static int be_a_child(int argc, char **argv)
{
    AUTO_BUF text = {0}, paths = {0};
    struct err err = {0};
    int record = open(getenv("RECORD"), O_WRONLY | O_APPEND);
    const char *ring = argv[argc - 1];
    bool heals = strcmp(argv[argc - 2], "heal") == 0;
    for (int i = 5; i < argc; i++)
        buf_printf(&text, "%s ", argv[i]);
    if (heals && !fs_read_fd(STDIN_FILENO, "stdin", 1 << 20, &paths, &err))
        return 1;
    for (size_t i = 0; i < paths.len; i += strlen((char *)paths.data + i) + 1)
        buf_printf(&text, "<%.20s>", (char *)paths.data + i);
    buf_puts(&text, "\n");
    if (!fs_write_all(record, text.data, text.len, "record", &err))
        return 1;
    if (heals && strcmp(ring, "lost") == 0 && !getenv("FOUND"))
        puts("fetch=lost 16.0.1.1\nagain=lost\nagain=pilot");
    if (strcmp(ring, "crash") == 0)
        raise(SIGKILL);
    return heals && strcmp(ring, "locked") == 0 ? ERR_LOCKED : 0;
}

struct scene {
    struct serve_loop *loop;
    struct serve_jobs *jobs;
    struct serve_plan plan;
    struct serve_heal *heal;
    int config, record;
};

static void name_rings(struct scene *scene, const char *const *names, size_t len)
{
    struct ring rings[4] = {0};
    const struct settings settings = {.ring = rings, .rings = len};
    for (size_t i = 0; i < len; i++)
        rings[i].name = (char *)(uintptr_t)names[i];
    serve_heal_set_rings(scene->heal, &settings);
}

static void scene_make(struct scene *scene)
{
    static const struct log log = {.level = LOG_NORMAL};
    static const char *const names[] = {"pilot", "lost", "locked", "crash"};
    struct err err = {0};
    char path[64];
    *scene = (struct scene){.plan = {.random = 1}};
    scene->loop = serve_loop_new(&err);
    scene->jobs = serve_jobs_new(&(struct serve_jobs_options){
        .loop = scene->loop, .log = &log, .config = "x.conf", .patience_ms = 300});
    scene->config = open("/dev/null", O_RDONLY | O_CLOEXEC);
    serve_jobs_set_config(scene->jobs, scene->config);
    scene->heal = serve_heal_new(scene->jobs, &scene->plan, &log);
    name_rings(scene, names, 4);
    scene->record = memfd_create("record", 0);
    snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), scene->record);
    setenv("RECORD", path, 1);
    unsetenv("FOUND");
}

static void scene_clear(struct scene *scene)
{
    serve_jobs_free(scene->jobs);
    serve_heal_free(scene->heal);
    serve_loop_free(scene->loop);
    close(scene->config);
    close(scene->record);
}

/* Lets happen what is due within five seconds, until nothing is. */
static void go_on(struct scene *scene)
{
    int64_t last_ms = serve_loop_now_ms() + 10000, due_ms;
    struct err err = {0};
    bool clock_set;
    for (;;) {
        serve_heal_start_due(scene->heal);
        due_ms = serve_heal_due_ms(scene->heal);
        bool soon = due_ms >= 0 && due_ms < serve_loop_now_ms() + 5000;
        if (!soon && serve_jobs_count(scene->jobs) == 0)
            return;
        assert_true(serve_loop_now_ms() < last_ms);
        assert_true(serve_loop_wait(scene->loop, -1, serve_loop_now_ms() + 10, &clock_set, &err));
        serve_jobs_reap(scene->jobs);
    }
}

static void assert_record(const struct scene *scene, const char *wanted)
{
    char text[4096] = "";
    assert_true(pread(scene->record, text, sizeof text - 1, 0) >= 0);
    assert_string_equal(text, wanted);
}

static void what_changes_at_once_is_one_heal_a_ring(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    assert_int_equal(serve_heal_due_ms(scene.heal), -1);
    int64_t began_ms = serve_loop_now_ms();
    serve_heal_note(scene.heal, "pilot", "b/y.dat");
    serve_heal_note(scene.heal, "pilot", "b/x.dat");
    serve_heal_note(scene.heal, "pilot", "b/y.dat");
    serve_heal_note(scene.heal, "nowhere", "v64.cab");
    assert_in_range(serve_heal_due_ms(scene.heal) - began_ms, 1000, 1100);
    go_on(&scene);
    assert_true(serve_loop_now_ms() - began_ms >= 1000);
    assert_record(&scene, "job heal pilot <b/x.dat><b/y.dat>\n");
    assert_false(scene.plan.busy[SERVE_QUICK]);
    scene_clear(&scene);
}

/* Clients follow it, whatever else is being collected. */
static void a_pointer_waits_no_second(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    int64_t began_ms = serve_loop_now_ms();
    serve_heal_note(scene.heal, "pilot", "b/x.dat");
    serve_heal_note(scene.heal, "pilot", "v64.cab");
    assert_in_range(serve_heal_due_ms(scene.heal) - began_ms, 100, 200);
    go_on(&scene);
    assert_record(&scene, "job heal pilot <b/x.dat><v64.cab>\n");
    scene_clear(&scene);
}

static void it_waits_for_its_lane(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    assert_true(serve_plan_occupy(&scene.plan, SERVE_QUICK));
    serve_heal_note(scene.heal, "pilot", "v64.cab");
    assert_int_equal(serve_heal_due_ms(scene.heal), -1);
    usleep(1100 * 1000);
    serve_heal_start_due(scene.heal);
    assert_int_equal(serve_jobs_count(scene.jobs), 0);
    serve_plan_release(&scene.plan, SERVE_QUICK);
    go_on(&scene);
    assert_record(&scene, "job heal pilot <v64.cab>\n");
    scene_clear(&scene);
}

static void what_is_lost_is_fetched_and_its_rings_are_healed_again(void **state)
{
    struct scene scene;
    (void)state;
    scene_make(&scene);
    serve_heal_note(scene.heal, "lost", "b/x.dat");
    while (serve_jobs_count(scene.jobs) == 0) {
        usleep(10000);
        serve_heal_start_due(scene.heal);
    }
    setenv("FOUND", "yes", 1); /* for those that come */
    go_on(&scene);
    assert_record(&scene, "job heal lost <b/x.dat>\nsync lost --build 16.0.1.1 --now \n"
                          "job heal pilot <>\njob heal lost <>\n");
    assert_false(scene.plan.busy[SERVE_BULK]);
    scene_clear(&scene);
}

/* The job says that it is lost still, again and again. */
static void what_no_fetch_brings_back_is_fetched_three_times_and_then_waits(void **state)
{
    struct scene scene;
    char text[8192] = "";
    size_t fetches = 0;
    (void)state;
    scene_make(&scene);
    serve_heal_note(scene.heal, "lost", "b/x.dat");
    go_on(&scene);
    assert_true(pread(scene.record, text, sizeof text - 1, 0) >= 0);
    for (const char *at = text; (at = strstr(at, "sync lost --build 16.0.1.1")); at++)
        fetches++;
    assert_int_equal(fetches, 3);
    assert_in_range(serve_heal_due_ms(scene.heal) - serve_loop_now_ms(), 1780 * 1000, 1800 * 1000);
    scene_clear(&scene);
}

static void who_met_a_lock_or_died_tries_again_later(void **state)
{
    static const struct {
        const char *ring;
        int64_t in_ms;
    } cases[] = {{"locked", 60 * 1000}, {"crash", 1800 * 1000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene;
        scene_make(&scene);
        serve_heal_note(scene.heal, cases[i].ring, "b/x.dat");
        go_on(&scene);
        assert_in_range(serve_heal_due_ms(scene.heal) - serve_loop_now_ms(), cases[i].in_ms - 2000,
                        cases[i].in_ms);
        assert_false(scene.plan.busy[SERVE_QUICK]);
        scene_clear(&scene);
    }
}

static void more_than_anybody_can_count_is_anything(void **state)
{
    struct scene scene;
    char path[32];
    (void)state;
    scene_make(&scene);
    for (int i = 0; i < 10001; i++) {
        snprintf(path, sizeof path, "b/%d", i);
        serve_heal_note(scene.heal, "pilot", path);
    }
    go_on(&scene);
    assert_record(&scene, "job heal pilot <>\n");
    scene_clear(&scene);
}

static void other_rings_forget_those_that_are_gone(void **state)
{
    static const char *const names[] = {"new", "pilot"};
    struct scene scene;
    (void)state;
    scene_make(&scene);
    serve_heal_note(scene.heal, "lost", "x");
    serve_heal_note(scene.heal, "pilot", "y");
    usleep(5000); /* pilot waits longer */
    name_rings(&scene, names, 2);
    serve_heal_note_all(scene.heal);
    go_on(&scene);
    assert_record(&scene, "job heal pilot <><y>\njob heal new <>\n");
    scene_clear(&scene);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes_at_once_is_one_heal_a_ring),
        cmocka_unit_test(a_pointer_waits_no_second),
        cmocka_unit_test(it_waits_for_its_lane),
        cmocka_unit_test(what_is_lost_is_fetched_and_its_rings_are_healed_again),
        cmocka_unit_test(what_no_fetch_brings_back_is_fetched_three_times_and_then_waits),
        cmocka_unit_test(who_met_a_lock_or_died_tries_again_later),
        cmocka_unit_test(more_than_anybody_can_count_is_anything),
        cmocka_unit_test(other_rings_forget_those_that_are_gone),
    };
    if (argc > 1)
        return be_a_child(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

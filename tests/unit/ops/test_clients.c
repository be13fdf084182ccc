/* What clients see of a share: when it is asked for, how often, and what is said. A shell script that is
 * called smbclient serves a folder; tests/cli/clients.bats asks real servers. */
#include "ringmgr/ops/clients.h"
#include "world.h"

#include <sys/stat.h>

struct scene {
    struct world *world;
    struct clients_findings findings;
    char *path; /* PATH as it was */
};

static int set_scene(void **state)
{
    struct scene *scene = mem_new(1, sizeof *scene);
    world_setup((void **)&scene->world);
    scene->path = mem_strdup(getenv("PATH"));
    struct ring *ring = scene->world->pilot;
    free(ring->unc);
    ring->unc = mem_strdup("\\\\files\\pilot");
    ring->dfs = mem_strdup("");
    ring->http = mem_strdup("");
    scene->world->settings.client_credentials = mem_strdup("");
    char *path = mem_printf("%s:%s", scene->world->path, scene->path);
    setenv("PATH", path, 1);
    free(path);
    free(world_folder(scene->world, "served"));
    *state = scene;
    return 0;
}

static int clear_scene(void **state)
{
    struct scene *scene = *state;
    setenv("PATH", scene->path, 1);
    free(scene->path);
    clients_findings_clear(&scene->findings);
    int failed = world_teardown((void **)&scene->world);
    free(scene);
    return failed;
}

static void write_text(const struct scene *scene, const char *folder, const char *name, const char *text)
{
    char *dir = mem_printf("%s/%s/Office/Data", scene->world->path, folder);
    char *make = mem_printf("%s/%s/Office", scene->world->path, folder);
    char *path = mem_printf("%s/%s", dir, name);
    (void)mkdir(make, 0755);
    (void)mkdir(dir, 0755);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(path);
    free(make);
    free(dir);
}

/* smbclient counts its calls in `calls`, does `first` and serves what is in the folder `served`. */
static void serve(const struct scene *scene, const char *first)
{
    const char *at = scene->world->path;
    char *path = mem_printf("%s/smbclient", at);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "#!/bin/sh\ncd %s\necho \"$9\" >>calls\nname=${9#get ?}; name=${name%%\\\" -}\n%s\n"
            "[ -e \"served/$7/$name\" ] && exec cat \"served/$7/$name\"\n"
            "echo \"NT_STATUS_OBJECT_NAME_NOT_FOUND opening remote file $name\" >&2; exit 1\n",
            at, first);
    fclose(file);
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
}

/* What is found is "code, code", and smbclient was called so often. */
static void assert_found(struct scene *scene, const char *codes, size_t calls)
{
    struct strv found = {0};
    struct buf called = {0};
    struct err err = {0};
    size_t lines = 0;
    clients_look(&scene->world->job, scene->world->pilot, &scene->findings);
    for (size_t i = 0; i < scene->findings.len; i++)
        strv_add(&found, scene->findings.item[i].code);
    char *list = strv_join(&found, ", ");
    assert_string_equal(list, codes);
    free(list);
    strv_clear(&found);
    char *path = mem_printf("%s/calls", scene->world->path);
    if (access(path, F_OK) == 0)
        assert_ok(fs_read_path(path, 1 << 16, &called, &err));
    for (size_t i = 0; i < called.len; i++)
        lines += called.data[i] == '\n';
    assert_int_equal(lines, calls);
    buf_clear(&called);
    free(path);
}

static void assert_text(const struct scene *scene, const char *part)
{
    if (!strstr(scene->findings.item[0].text, part))
        fail_msg("%s: no \"%s\"", scene->findings.item[0].text, part);
}

static void what_is_the_same_is_read_once(void **state)
{
    struct scene *scene = *state;
    write_text(scene, "pilot", "v64.cab", "new");
    write_text(scene, "served", "v64.cab", "new");
    serve(scene, "");
    assert_found(scene, "", 1);
}

static void a_ring_that_was_never_published_is_not_asked_for(void **state)
{
    struct scene *scene = *state;
    write_text(scene, "served", "v64.cab", "new");
    serve(scene, "");
    assert_found(scene, "", 0);
    write_text(scene, "pilot", "other", "x");
    assert_found(scene, "", 0);
}

static void what_differs_is_read_again_before_it_is_said(void **state)
{
    struct scene *scene = *state;
    write_text(scene, "pilot", "v64.cab", "new");
    write_text(scene, "served", "v64.cab", "old");
    serve(scene, "");
    assert_found(scene, "client-differs", 2);
    assert_text(scene,
                "[ring pilot] unc = \\\\files\\pilot: v64.cab as clients see it is no descriptor (3 bytes");
}

/* Between reading the folder and reading the share a promotion has replaced the pointer. */
static void a_promotion_in_between_is_no_difference(void **state)
{
    struct scene *scene = *state;
    write_text(scene, "pilot", "v64.cab", "old");
    write_text(scene, "served", "v64.cab", "new");
    serve(scene, "printf new >pilot/Office/Data/v64.cab");
    assert_found(scene, "", 2);
}

static void both_architectures_are_asked_for(void **state)
{
    struct scene *scene = *state;
    scene->world->pilot->content.architectures = ARCH_X64 | ARCH_X86;
    write_text(scene, "pilot", "v64.cab", "new");
    write_text(scene, "served", "v64.cab", "new");
    serve(scene, "");
    assert_found(scene, "", 2); /* x86 is on neither side: it has not come yet */
    write_text(scene, "pilot", "v32.cab", "new");
    assert_found(scene, "client-absent", 2 + 3);
    assert_text(scene, "v32.cab as clients see it is not there");
}

static void a_share_that_cannot_be_read_is_asked_once(void **state)
{
    struct scene *scene = *state;
    scene->world->pilot->content.architectures = ARCH_X64 | ARCH_X86;
    write_text(scene, "pilot", "v64.cab", "new");
    serve(scene, "echo 'session setup failed: NT_STATUS_LOGON_FAILURE' >&2; exit 1");
    assert_found(scene, "client-unreachable", 1);
    assert_text(scene, "cannot be read: \\\\files\\pilot: session setup failed: NT_STATUS_LOGON_FAILURE");
}

static void the_dfs_path_is_read_as_well(void **state)
{
    struct scene *scene = *state;
    free(scene->world->pilot->dfs);
    scene->world->pilot->dfs = mem_strdup("\\\\corp\\office\\pilot");
    write_text(scene, "pilot", "v64.cab", "new");
    write_text(scene, "served", "v64.cab", "new");
    serve(scene, "[ \"$5\" = '\\\\corp\\office' ] && [ \"$7\" = 'pilot\\Office/Data' ] && echo NT_STATUS_X "
                 ">&2 && exit 1");
    assert_found(scene, "client-unreachable", 2);
    assert_text(scene, "[ring pilot] dfs = \\\\corp\\office\\pilot: ");
}

#define CLIENTS_CASE(function) cmocka_unit_test_setup_teardown(function, set_scene, clear_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENTS_CASE(what_is_the_same_is_read_once),
        CLIENTS_CASE(a_ring_that_was_never_published_is_not_asked_for),
        CLIENTS_CASE(what_differs_is_read_again_before_it_is_said),
        CLIENTS_CASE(a_promotion_in_between_is_no_difference),
        CLIENTS_CASE(both_architectures_are_asked_for),
        CLIENTS_CASE(a_share_that_cannot_be_read_is_asked_once),
        CLIENTS_CASE(the_dfs_path_is_read_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

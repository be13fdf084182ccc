/* The outbox: the tree that is sent, made of links to objects that garbage collection may take meanwhile. */
#include "world.h"

#include "shares/outbox.h"

struct scene {
    struct world *world;
    struct outbox *outbox;
    char *store;
};

static int set_scene(void **state)
{
    struct scene *scene = mem_new(1, sizeof *scene);
    struct err err = {0};
    assert_int_equal(world_setup(state), 0);
    scene->world = *state;
    *state = scene;
    scene->store = mem_printf("%s/store", scene->world->path);
    scene->outbox = outbox_make(scene->world->store, scene->store, "run", &err);
    if (!scene->outbox)
        fail_msg("%s", err.msg);
    return 0;
}

static int clear_scene(void **state)
{
    struct scene *scene = *state;
    *state = scene->world;
    outbox_close(scene->outbox);
    free(scene->store);
    free(scene);
    return world_teardown(state);
}

static bool add(struct scene *scene, const char *ring, const struct share_file *files, struct err *err)
{
    return outbox_add(scene->outbox, ring, files, FILES, err);
}

static bool prove(struct scene *scene, const char *ring, const struct share_file *files, struct err *err)
{
    return outbox_prove(scene->outbox, ring, files, FILES, NULL, NULL, err);
}

/* A file below a ring's Office/Data in the outbox. */
static char *inside(const struct scene *scene, const char *ring, const char *path)
{
    char *data = outbox_data_path(scene->outbox, ring), *full = mem_printf("%s/%s", data, path);
    free(data);
    return full;
}

static void builds_are_links_to_objects(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    const struct share_file *files = scene->world->old_files;
    assert_ok(add(scene, "production", files, &err));
    assert_ok(add(scene, "production", files, &err)); /* what is there stays */
    assert_ok(add(scene, "pilot", files, &err));
    for (int i = 0; i < FILES; i++) {
        char *path = inside(scene, "production", files[i].path);
        int fd = open(path, O_RDONLY);
        assert_true(fd >= 0);
        assert_true(store_is_object(scene->world->store, &files[i].digest, fd));
        close(fd);
        free(path);
    }
    assert_ok(prove(scene, "production", files, &err));
}

static void what_is_sent_outlives_the_object(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    uint64_t freed;
    const struct share_file *files = scene->world->old_files;
    assert_ok(add(scene, "production", files, &err));
    for (int i = 0; i < FILES; i++)
        assert_ok(store_remove(scene->world->store, &files[i].digest, &freed, &err));
    assert_ok(prove(scene, "production", files, &err));
    assert_fails(add(scene, "pilot", files, &err), ERR_FAILED);
    assert_int_equal(err.sys, ENOENT);
}

/* Writes into the object through its link here. */
static void rot(const struct scene *scene, const struct share_file *file, const char *bytes)
{
    char *path = inside(scene, "production", file->path);
    chmod(path, 0644);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes, strlen(bytes), 3), strlen(bytes));
    close(fd);
    chmod(path, 0444);
    free(path);
}

static void rotten_objects_prove_nothing(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    const struct share_file *files = scene->world->old_files;
    assert_ok(add(scene, "production", files, &err));
    rot(scene, &files[3], "X");
    assert_fails(prove(scene, "production", files, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, files[3].path));
    assert_non_null(strstr(err.msg, "verify --repair"));
    assert_fails(prove(scene, "nothing", files + 3, &err), ERR_NOT_GENUINE);
}

static void repair(struct scene *scene, const struct share_file *file)
{
    struct err err = {0};
    uint64_t freed;
    char *content = mem_printf("content of %s", file->path);
    assert_ok(store_remove(scene->world->store, &file->digest, &freed, &err));
    world_object(scene->world, content);
    free(content);
}

/* While a run lasts, which may be hours, somebody repairs the store. */
static void what_was_rotten_is_brought_again(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    const struct share_file *files = scene->world->old_files;
    assert_ok(add(scene, "production", files, &err));
    rot(scene, &files[3], "X");
    for (int i = 0; i < 2; i++) {
        assert_fails(prove(scene, "production", files, &err), ERR_NOT_GENUINE);
        assert_ok(add(scene, "production", files, &err));
    }
    repair(scene, &files[3]);
    assert_fails(prove(scene, "production", files, &err), ERR_NOT_GENUINE); /* a link to what was there */
    assert_ok(add(scene, "production", files, &err));
    assert_ok(prove(scene, "production", files, &err));
}

static void what_was_read_is_not_read_again(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    const struct share_file *files = scene->world->old_files;
    assert_ok(add(scene, "production", files, &err));
    assert_ok(prove(scene, "production", files, &err));
    rot(scene, &files[3], "X");
    assert_ok(add(scene, "pilot", files, &err));
    assert_ok(prove(scene, "pilot", files, &err));
}

static void pointers_are_copies_with_a_time_of_their_own(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    struct stat st;
    const struct share_file *files = scene->world->old_files;
    char *folder = outbox_pointer_path(scene->outbox, "tokyo", "production");
    char *path = mem_printf("%s/v64.cab", folder);
    for (int64_t mtime = 1785000000; mtime < 1785000002; mtime++) {
        assert_ok(
            outbox_pointer(scene->outbox, "tokyo", "production", ARCH_X64, &files[1].digest, mtime, &err));
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mtime, mtime);
        assert_int_equal(st.st_nlink, 1);
        assert_int_equal(st.st_size, files[1].bytes);
        assert_int_equal(st.st_mode & 07777, 0444);
    }
    assert_ok(add(scene, "production", files, &err));
    rot(scene, &files[1], "X");
    assert_fails(
        outbox_pointer(scene->outbox, "tokyo", "production", ARCH_X64, &files[1].digest, 1785000000, &err),
        ERR_NOT_GENUINE);
    free(path);
    free(folder);
}

/* Puts something where a pointer is fetched to, and reads it as one. */
static bool fetched(struct scene *scene, const char *how, bool *present, struct buf *bytes, struct err *err)
{
    int64_t mtime;
    char *folder = outbox_scratch(scene->outbox, "tokyo", "production", err);
    assert_non_null(folder);
    char *command = mem_printf("cd '%s' && %s", folder, how);
    assert_int_equal(system(command), 0);
    free(command);
    free(folder);
    return outbox_fetched(scene->outbox, "tokyo", "production", ARCH_X64, present, bytes, &mtime, err);
}

static void only_a_sane_file_is_read_as_a_pointer(void **state)
{
    static const char *const strange[] = {"ln -s /etc/passwd v64.cab", "mkfifo v64.cab", "mkdir v64.cab",
                                          "truncate -s 5M v64.cab"};
    struct scene *scene = *state;
    struct err err = {0};
    AUTO_BUF bytes = {0};
    bool present;
    assert_ok(fetched(scene, "printf cab >v64.cab", &present, &bytes, &err));
    assert_true(present);
    assert_string_equal(buf_text(&bytes), "cab");
    buf_clear(&bytes);
    assert_ok(fetched(scene, "printf cab >v32.cab", &present, &bytes, &err)); /* the last one is gone */
    assert_false(present);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        assert_fails(fetched(scene, strange[i], &present, &bytes, &err), ERR_NOT_GENUINE);
        assert_int_equal(bytes.len, 0);
    }
}

static void nothing_stays(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    char *rings = outbox_rings_path(scene->outbox), *empty = outbox_empty_path(scene->outbox);
    char *all = mem_printf("%s/outbox", scene->store);
    assert_null(outbox_make(scene->world->store, scene->store, "run", &err));
    assert_int_equal(err.sys, EEXIST);
    assert_int_equal(access(rings, F_OK), 0); /* another's stays */
    assert_int_equal(access(empty, F_OK), 0);
    struct outbox *left = outbox_make(scene->world->store, scene->store, "left", &err);
    assert_non_null(left);
    assert_ok(add(scene, "production", scene->world->old_files, &err));
    outbox_close(scene->outbox);
    scene->outbox = NULL;
    assert_int_not_equal(access(rings, F_OK), 0);
    assert_ok(outbox_sweep(scene->world->store, &err));
    assert_int_not_equal(access(all, F_OK), 0);
    assert_ok(outbox_sweep(scene->world->store, &err));
    outbox_close(left);
    free(all);
    free(empty);
    free(rings);
}

#define OUTBOX_CASE(function) cmocka_unit_test_setup_teardown(function, set_scene, clear_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTBOX_CASE(builds_are_links_to_objects),
        OUTBOX_CASE(what_is_sent_outlives_the_object),
        OUTBOX_CASE(rotten_objects_prove_nothing),
        OUTBOX_CASE(what_was_rotten_is_brought_again),
        OUTBOX_CASE(what_was_read_is_not_read_again),
        OUTBOX_CASE(pointers_are_copies_with_a_time_of_their_own),
        OUTBOX_CASE(only_a_sane_file_is_read_as_a_pointer),
        OUTBOX_CASE(nothing_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Objects that leave the store: what is freed, what stays, and what there is to be listed. */
#include "surroundings.h"

static void a_removed_object_is_gone_and_its_bytes_are_free(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t freed = 99;
    struct digest digest = put(place->store, "content");
    assert_ok(store_remove(place->store, &digest, &freed, &err));
    assert_int_equal(freed, 7);
    assert_false(store_has(place->store, &digest, NULL));
    assert_false(exists(place, object_path(&digest)));
}

static void an_object_with_another_name_frees_nothing(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t freed = 99;
    struct digest digest = put(place->store, "content");
    assert_ok(store_place(place->store, &digest, LINK_HARD, place->dir, "shown", &err));
    assert_ok(store_remove(place->store, &digest, &freed, &err));
    assert_int_equal(freed, 0);
    assert_content(place, "shown", "content");
}

static void a_copy_is_no_other_name(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t freed = 99;
    struct digest digest = put(place->store, "content");
    assert_ok(store_place(place->store, &digest, LINK_COPY, place->dir, "shown", &err));
    assert_ok(store_remove(place->store, &digest, &freed, &err));
    assert_int_equal(freed, 7);
    assert_content(place, "shown", "content");
}

static void removing_what_is_not_there_is_fine(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t freed = 99;
    struct digest never = digest_of("never", 5), digest = put(place->store, "content");
    assert_ok(store_remove(place->store, &never, &freed, &err));
    assert_int_equal(freed, 0);
    assert_ok(store_remove(place->store, &digest, &freed, &err));
    assert_ok(store_remove(place->store, &digest, &freed, &err));
    assert_int_equal(freed, 0);
}

static void a_removed_object_can_come_back(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t freed;
    struct digest digest = put(place->store, "content");
    assert_ok(store_remove(place->store, &digest, &freed, &err));
    put(place->store, "content");
    assert_ok(store_check_object(place->store, &digest, &err));
}

static void a_readonly_store_removes_nothing(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t freed;
    struct store *store AUTO(store_auto_close)
    = NULL;
    struct digest digest = put(place->store, "content");
    assert_ok(store_open(place->path, true, &store, &err));
    assert_fails(store_remove(store, &digest, &freed, &err), ERR_FAILED);
    assert_true(store_has(store, &digest, NULL));
}

static const char *remove_without_unlink(struct place *place)
{
    struct err err = {0};
    uint64_t freed = 99;
    struct digest digest = put(place->store, "content");
    refuse(SYS_unlinkat, EACCES);
    if (store_remove(place->store, &digest, &freed, &err))
        return "removed without unlink";
    if (freed || err.sys != EACCES || !store_has(place->store, &digest, NULL))
        return "not what was promised";
    return NULL;
}

static void what_cannot_be_removed_stays(void **state)
{
    in_child(remove_without_unlink, *state);
}

static const char *remove_without_fsync(struct place *place)
{
    struct err err = {0};
    uint64_t freed;
    struct digest digest = put(place->store, "content");
    refuse(SYS_fsync, EIO);
    return store_remove(place->store, &digest, &freed, &err) ? "durable without fsync" : NULL;
}

static void a_removal_that_is_not_durable_is_an_error(void **state)
{
    in_child(remove_without_fsync, *state);
}

/* How many objects the whole store lists. */
static size_t count_all(const struct store *store)
{
    struct err err;
    size_t all = 0;
    for (unsigned first = 0; first < 256; first++) {
        struct digest *objects;
        size_t len;
        assert_ok(store_list(store, (uint8_t)first, &objects, &len, &err));
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(objects[i].byte[0], first);
            assert_true(store_has(store, &objects[i], NULL));
        }
        free(objects);
        all += len;
    }
    return all;
}

static void every_object_is_listed_once(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t freed;
    char text[16];
    assert_int_equal(count_all(place->store), 0);
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "object %d", i);
        put(place->store, text);
    }
    assert_int_equal(count_all(place->store), 300);
    struct digest digest = digest_of("object 7", 8);
    assert_ok(store_remove(place->store, &digest, &freed, &err));
    assert_int_equal(count_all(place->store), 299);
}

static void names_that_are_no_digests_are_passed_over(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "content");
    char text[DIGEST_TEXT_SIZE], path[120];
    digest_format(&digest, text);
    const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    snprintf(path, sizeof path, "objects/%.2s", text);
    int folder = openat(place->dir, path, O_RDONLY | O_DIRECTORY);
    assert_true(folder >= 0);
    assert_ok(fs_replace_file(folder, "README", "x", 1, &how, &err));
    for (char *at = text; *at; at++)
        if (*at >= 'a' && *at <= 'f')
            *at = (char)(*at - 'a' + 'A');
    assert_ok(fs_replace_file(folder, text, "x", 1, &how, &err)); /* in capitals */
    memset(text, '0', 2);
    assert_ok(fs_replace_file(folder, text, "x", 1, &how, &err)); /* of another folder */
    close(folder);
    assert_int_equal(count_all(place->store), 1);
}

static void a_readonly_store_without_objects_lists_none(void **state)
{
    struct place *place = *state;
    struct err err;
    char *path AUTO_FREE = mem_printf("%s/empty", place->path);
    struct store *store AUTO(store_auto_close)
    = NULL;
    assert_int_equal(mkdir(path, 0755), 0);
    assert_ok(store_open(path, true, &store, &err));
    assert_int_equal(count_all(store), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_removed_object_is_gone_and_its_bytes_are_free),
        TEST(an_object_with_another_name_frees_nothing),
        TEST(a_copy_is_no_other_name),
        TEST(removing_what_is_not_there_is_fine),
        TEST(a_removed_object_can_come_back),
        TEST(a_readonly_store_removes_nothing),
        TEST(what_cannot_be_removed_stays),
        TEST(a_removal_that_is_not_durable_is_an_error),
        TEST(every_object_is_listed_once),
        TEST(names_that_are_no_digests_are_passed_over),
        TEST(a_readonly_store_without_objects_lists_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

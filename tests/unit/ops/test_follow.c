/* Asking headquarters: what is remembered, what is told, and what a state that has forgotten still knows. */
#include "../manifests.h"
#include "ringmgr/ops/follow.h"
#include "ringmgr/state/manifests.h"
#include "world.h"

/* Headquarters is a folder beside the world's. */
struct scene {
    struct world *world;
    struct origin_session origin;
};

static void clock_set(int64_t unix_seconds)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)unix_seconds);
    setenv("RINGMGR_TEST_NOW", text, 1);
}

static void write_file(struct world *world, const char *name, const void *bytes, size_t len)
{
    const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    struct err err = {0};
    AUTO_FD dir = fs_open_dir(world->path, &err);
    const char *slash = strrchr(name, '/');
    char *folder = mem_strndup(name, slash ? (size_t)(slash - name) : 0);
    assert_ok(!slash || fs_make_dirs(dir, folder, &err));
    AUTO_FD in = fs_open_beneath(dir, slash ? folder : ".", O_RDONLY | O_DIRECTORY, 0, &err);
    assert_ok(fs_replace_file(in, slash ? slash + 1 : name, bytes, len, &how, &err));
    free(folder);
}

static int follow_setup(void **state)
{
    clock_set(MANIFEST_ISSUED);
    if (world_setup(state) != 0)
        return -1;
    struct scene *scene = mem_new(1, sizeof *scene);
    struct world *world = scene->world = *state;
    struct err err = {0};
    char *base = mem_printf("file://%s/hq", world->path);
    char *key = mem_printf("%s/hq.pub", world->path);
    free(world->production
             ->name); /* the manifest of manifests.h is of production: it is the ring that follows */
    free(world->pilot->name);
    world->production->name = mem_strdup("below");
    world->pilot->name = mem_strdup("production");
    free(world->pilot->origin);
    world->pilot->origin = mem_strdup(base);
    strv_add(&world->pilot->manifest_keys, key);
    write_file(world, "hq.pub", KEY_PUBLIC, strlen(KEY_PUBLIC));
    const struct http_options options = {.base = base, .log = &world->log};
    scene->origin = (struct origin_session){.base = base, .one_tree = true};
    assert_ok(http_new(&options, &scene->origin.http, &err));
    free(key);
    *state = scene;
    return 0;
}

static int follow_teardown(void **state)
{
    struct scene *scene = *state;
    void *world = scene->world;
    http_free(scene->origin.http);
    free(scene->origin.base);
    free(scene);
    unsetenv("RINGMGR_TEST_NOW");
    return world_teardown(&world);
}

#define FOLLOW_CASE(function) cmocka_unit_test_setup_teardown(function, follow_setup, follow_teardown)

static void show_signed(struct scene *scene, int64_t sequence, const char *key)
{
    AUTO_MANIFEST manifest = {0};
    AUTO_BUF bytes = {0};
    manifest_make(&manifest, sequence);
    manifest_sign(&manifest, key, &bytes);
    write_file(scene->world, "hq/Office/Data/ring.manifest", bytes.data, bytes.len);
}

/* Headquarters shows manifest number `sequence`. */
static void show(struct scene *scene, int64_t sequence)
{
    show_signed(scene, sequence, KEY_PRIVATE);
}

static bool ask(struct scene *scene, bool dry_run, char stale[256], struct err *err)
{
    AUTO_MANIFEST manifest = {0};
    *err = (struct err){0};
    bool ok =
        follow_ask(&scene->world->job, &scene->origin, scene->world->pilot, dry_run, &manifest, stale, err);
    assert_int_equal(ok, manifest.ring != NULL || (ok && *stale));
    return ok;
}

static int64_t known(struct scene *scene)
{
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    struct err err = {0};
    assert_ok(manifests_find(scene->world->state, "production", &kept, &err));
    assert_int_equal(kept.accepted.len > 0, kept.sequence > 0);
    return kept.sequence;
}

static bool stands(struct scene *scene, const char *code)
{
    struct err err = {0};
    bool found;
    assert_ok(catalog_attention_stands(scene->world->state, code, "production", &found, &err));
    return found;
}

static void what_is_accepted_is_remembered(void **state)
{
    struct scene *scene = *state;
    AUTO_MANIFEST manifest = {0};
    struct release release;
    struct err err = {0};
    char stale[256];
    bool found;
    show(scene, 7);
    assert_true(ask(scene, true, stale, &err));
    assert_int_equal(known(scene), 0); /* a dry run leaves nothing */
    assert_true(ask(scene, false, stale, &err));
    assert_string_equal(stale, "");
    assert_int_equal(known(scene), 7);
    assert_ok(followed_find(&scene->world->job, scene->world->pilot, &manifest, &found, &err));
    assert_true(found);
    assert_ok(
        catalog_release_find(scene->world->state, manifest.channel, &manifest.build, &release, &found, &err));
    assert_true(found);
    assert_string_equal(release.version, "2607");
    assert_true(ask(scene, false, stale, &err)); /* the same again */
    show(scene, 8);
    assert_true(ask(scene, false, stale, &err));
    assert_int_equal(known(scene), 8);
}

static void an_old_one_is_refused_and_that_is_told_until_a_right_one_comes(void **state)
{
    struct scene *scene = *state;
    struct err err;
    char stale[256];
    show(scene, 7);
    assert_true(ask(scene, false, stale, &err));
    show(scene, 6);
    assert_false(ask(scene, false, stale, &err));
    assert_int_equal(err.code, ERR_NOT_GENUINE);
    assert_true(stands(scene, "manifest-refused"));
    assert_false(stands(scene, "manifest-stale"));
    assert_int_equal(known(scene), 7);
    show(scene, 8);
    assert_true(ask(scene, false, stale, &err));
    assert_false(stands(scene, "manifest-refused"));
}

/* The state is lost, the share is there: it shows what was followed. */
static void the_share_remembers_what_the_state_has_forgotten(void **state)
{
    struct scene *scene = *state;
    AUTO_MANIFEST manifest = {0};
    AUTO_BUF bytes = {0};
    struct err err;
    char stale[256];
    manifest_make(&manifest, 9);
    manifest_sign(&manifest, KEY_PRIVATE, &bytes);
    write_file(scene->world, "pilot/Office/Data/ring.manifest", bytes.data, bytes.len);
    show(scene, 8);
    assert_false(ask(scene, false, stale, &err));
    assert_non_null(strstr(err.msg, "an old one is offered again"));
    show(scene, 9);
    assert_true(ask(scene, false, stale, &err));
    /* what somebody else has signed is no memory */
    buf_clear(&bytes);
    manifest.sequence = 99;
    manifest_sign(&manifest, OTHER_PRIVATE, &bytes);
    write_file(scene->world, "pilot/Office/Data/ring.manifest", bytes.data, bytes.len);
    show(scene, 10);
    assert_true(ask(scene, false, stale, &err));
    assert_int_equal(known(scene), 10);
}

/* Whoever had the old key can have used up all numbers. */
static void with_another_key_the_numbers_begin_anew(void **state)
{
    struct scene *scene = *state;
    struct err err;
    char stale[256];
    show(scene, INT64_MAX);
    assert_true(ask(scene, false, stale, &err));
    show(scene, 8);
    assert_false(ask(scene, false, stale, &err));
    show_signed(scene, 8, OTHER_PRIVATE);
    assert_false(ask(scene, false, stale, &err));
    assert_int_equal(known(scene), INT64_MAX);
    write_file(scene->world, "hq.pub", OTHER_PUBLIC, strlen(OTHER_PUBLIC));
    assert_true(ask(scene, true, stale, &err));
    assert_int_equal(known(scene), INT64_MAX); /* a dry run leaves nothing */
    assert_true(ask(scene, false, stale, &err));
    assert_int_equal(known(scene), 8);
    assert_false(stands(scene, "manifest-refused"));
    show_signed(scene, 7, OTHER_PRIVATE);
    assert_false(ask(scene, false, stale, &err));
    show(scene, INT64_MAX);
    assert_false(ask(scene, false, stale, &err));
    assert_int_equal(known(scene), 8);
}

static void one_that_expires_is_told_whether_headquarters_answers_or_not(void **state)
{
    struct scene *scene = *state;
    struct err err;
    char stale[256];
    show(scene, 7);
    assert_true(ask(scene, false, stale, &err));
    clock_set(MANIFEST_ISSUED + MANIFEST_VALID);
    assert_true(ask(scene, false, stale, &err));
    assert_non_null(strstr(stale, "the manifest of headquarters expired at "));
    assert_true(stands(scene, "manifest-stale"));
    clock_set(MANIFEST_ISSUED + MANIFEST_VALID - 1);
    assert_true(ask(scene, false, stale, &err));
    assert_false(stands(scene, "manifest-stale"));
    write_file(scene->world, "hq/Office/Data/ring.manifest", "", 0);
    assert_false(ask(scene, false, stale, &err));
    assert_true(stands(scene, "manifest-refused"));
    assert_false(stands(scene, "manifest-stale"));
    clock_set(MANIFEST_ISSUED + MANIFEST_VALID);
    assert_false(ask(scene, false, stale, &err));
    assert_true(stands(scene, "manifest-stale"));
}

static void offers(struct scene *scene, const struct build *build, int64_t now, const char *part)
{
    char why[256];
    int64_t sequence;
    struct err err = {0};
    assert_ok(followed_offers(&scene->world->job, scene->world->pilot, build, now, why, &sequence, &err));
    if (!strstr(why, part) || (!*part && *why))
        fail_msg("\"%s\", not \"%s\"", why, part);
}

static void what_is_followed_must_hold_when_it_is_promoted_too(void **state)
{
    struct scene *scene = *state;
    struct build build;
    struct err err = {0};
    char stale[256];
    assert_ok(build_parse(MANIFEST_BUILD, &build, &err));
    offers(scene, &build, MANIFEST_ISSUED, "no manifest of headquarters has come yet");
    show(scene, 7);
    assert_true(ask(scene, false, stale, &err));
    offers(scene, &build, MANIFEST_ISSUED, "");
    offers(scene, &OLD, MANIFEST_ISSUED,
           "headquarters offers " MANIFEST_BUILD ", and the ring takes nothing else");
    offers(scene, &build, MANIFEST_ISSUED + MANIFEST_VALID, "expired at");
    offers(scene, &build, MANIFEST_ISSUED - 3600, "still to come");
    write_file(scene->world, "hq.pub", OTHER_PUBLIC, strlen(OTHER_PUBLIC));
    offers(scene, &build, MANIFEST_ISSUED, "signed by the key " KEY_ID ", but only " OTHER_ID " may");
    write_file(scene->world, "hq.pub", "x", 1);
    offers(scene, &build, MANIFEST_ISSUED, "manifest_keys: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLLOW_CASE(what_is_accepted_is_remembered),
        FOLLOW_CASE(an_old_one_is_refused_and_that_is_told_until_a_right_one_comes),
        FOLLOW_CASE(the_share_remembers_what_the_state_has_forgotten),
        FOLLOW_CASE(with_another_key_the_numbers_begin_anew),
        FOLLOW_CASE(one_that_expires_is_told_whether_headquarters_answers_or_not),
        FOLLOW_CASE(what_is_followed_must_hold_when_it_is_promoted_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

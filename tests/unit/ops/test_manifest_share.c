/* The manifest on a ring's share: when it is signed, when anew, and when it is somebody else's. */
#include "../keys.h"
#include "ringmgr/ops/manifest_share.h"
#include "ringmgr/policy/manifest.h"
#include "ringmgr/state/manifests.h"
#include "world.h"

enum { NOW = 1790000000, VALID = 2 * 86400 };

static void clock_set(int64_t unix_seconds)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)unix_seconds);
    setenv("RINGMGR_TEST_NOW", text, 1);
}

static char *put_key(struct world *world, const char *name, const char *pem, mode_t mode)
{
    char *path = mem_printf("%s/%s", world->path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, pem, strlen(pem)), strlen(pem));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static int signing_setup(void **state)
{
    clock_set(NOW);
    if (world_setup(state) != 0)
        return -1;
    struct world *world = *state;
    struct err err = {0};
    free(world->settings.manifest.key);
    world->settings.manifest.key = put_key(world, "key", KEY_PRIVATE, 0640);
    world->settings.manifest.valid_seconds = VALID;
    world_promote(world, world->pilot, &OLD, NULL, &err);
    assert_live(world, world->pilot, &OLD);
    return 0;
}

static int signing_teardown(void **state)
{
    unsetenv("RINGMGR_TEST_NOW");
    return world_teardown(state);
}

#define SIGNING_CASE(function) cmocka_unit_test_setup_teardown(function, signing_setup, signing_teardown)

static bool read_share(struct world *world, struct buf *bytes)
{
    AUTO_TREE tree = TREE_CLOSED;
    struct err err = {0};
    buf_clear(bytes);
    assert_ok(tree_open(world->pilot->path, false, &tree, &err));
    return fs_read_file(tree.data, TREE_MANIFEST, 1 << 20, bytes, &err);
}

static void write_share(struct world *world, const char *bytes, size_t len)
{
    AUTO_TREE tree = TREE_CLOSED;
    const struct fs_replace how = {.mode = 0444, .mtime_unix = -1};
    struct err err = {0};
    assert_ok(tree_open(world->pilot->path, false, &tree, &err));
    assert_ok(fs_replace_file(tree.data, TREE_MANIFEST, bytes, len, &how, &err));
}

/* What the share shows, signed by that key. The caller clears it. */
static void read_manifest(struct world *world, const char *pem, struct manifest *manifest)
{
    AUTO_BUF bytes = {0};
    struct ed25519_public key;
    struct err err = {0};
    assert_ok(ed25519_public_parse(pem, strlen(pem), &key, &err));
    assert_true(read_share(world, &bytes));
    assert_ok(manifest_open(bytes.data, bytes.len, &key, 1, manifest, &err));
}

static int64_t sequence(struct world *world)
{
    AUTO_MANIFEST manifest = {0};
    read_manifest(world, KEY_PUBLIC, &manifest);
    return manifest.sequence;
}

static void refresh(struct world *world)
{
    struct err err = {0};
    assert_ok(manifest_share_refresh_all(&world->job, &err));
}

static void a_promotion_signs_what_is_live(void **state)
{
    struct world *world = *state;
    AUTO_MANIFEST manifest = {0};
    struct offer live AUTO(offer_clear) = {0};
    struct err err = {0};
    bool found;
    assert_ok(catalog_offer_live(world->state, "pilot", &live, &found, &err));
    read_manifest(world, KEY_PUBLIC, &manifest);
    assert_string_equal(manifest.ring, "pilot");
    assert_ptr_equal(manifest.channel, world->pilot->channel);
    assert_int_equal(build_compare(&manifest.build, &OLD), 0);
    assert_int_equal(manifest.sequence, NOW);
    assert_int_equal(manifest.expires_unix, NOW + VALID);
    assert_true(digest_equal(&manifest.files_digest, &live.files_digest)); /* of one and the same list */
    assert_int_equal(manifest.architectures, ARCH_X64);
    assert_int_equal(manifest.released_unix, -1);
}

static void one_second_has_two_numbers(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_stage(world, &NEW, &world->pilot->content);
    world_promote(world, world->pilot, &NEW, NULL, &err);
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(sequence(world), NOW + 1);
}

static void it_is_signed_anew_when_half_is_over_and_not_before(void **state)
{
    struct world *world = *state;
    clock_set(NOW + VALID / 2 - 1);
    refresh(world);
    assert_int_equal(sequence(world), NOW);
    clock_set(NOW + VALID / 2);
    refresh(world);
    assert_int_equal(sequence(world), NOW + VALID / 2);
}

static void a_shorter_time_and_another_key_count_at_once(void **state)
{
    struct world *world = *state;
    AUTO_MANIFEST manifest = {0};
    clock_set(NOW + 60);
    world->settings.manifest.valid_seconds = VALID / 2;
    refresh(world);
    assert_int_equal(sequence(world), NOW + 60);
    free(world->settings.manifest.key);
    world->settings.manifest.key = put_key(world, "other", OTHER_PRIVATE, 0600);
    refresh(world);
    read_manifest(world, OTHER_PUBLIC, &manifest);
    assert_int_equal(manifest.sequence, NOW + 61);
}

static void a_clock_that_is_behind_dates_nothing(void **state)
{
    struct world *world = *state;
    clock_set(NOW - 86400);
    world->settings.manifest.valid_seconds = VALID / 4;
    refresh(world);
    assert_int_equal(sequence(world), NOW);
}

static void what_was_changed_on_the_share_is_put_right(void **state)
{
    struct world *world = *state;
    AUTO_BUF bytes = {0};
    write_share(world, "x", 1);
    refresh(world);
    assert_int_equal(sequence(world), NOW);
    free(world->settings.manifest.key);
    world->settings.manifest.key = mem_strdup("");
    write_share(world, "x", 1); /* not ours: an audit sees to it */
    refresh(world);
    assert_true(read_share(world, &bytes));
    assert_int_equal(bytes.len, 1);
}

static void without_a_key_there_is_none(void **state)
{
    struct world *world = *state;
    AUTO_BUF bytes = {0};
    free(world->settings.manifest.key);
    world->settings.manifest.key = mem_strdup("");
    refresh(world);
    assert_false(read_share(world, &bytes));
    refresh(world);
}

static void a_key_that_everybody_may_read_signs_nothing(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    bool stands;
    free(put_key(world, "key", KEY_PRIVATE, 0644));
    assert_fails(manifest_share_check(&world->job, &err), ERR_USAGE);
    assert_null(strstr(err.msg, "MC4C"));
    clock_set(NOW + VALID);
    assert_fails(manifest_share_refresh_all(&world->job, &err), ERR_FAILED);
    assert_ok(catalog_attention_stands(world->state, "manifest-unsigned", "pilot", &stands, &err));
    assert_true(stands);
    assert_int_equal(sequence(world), NOW);
    free(put_key(world, "key", KEY_PRIVATE, 0600));
    refresh(world);
    assert_ok(catalog_attention_stands(world->state, "manifest-unsigned", "pilot", &stands, &err));
    assert_false(stands);
}

/* ---- a ring that follows ---- */

static void follow(struct world *world)
{
    char *key = put_key(world, "headquarters", OTHER_PUBLIC, 0644);
    free(world->pilot->origin);
    world->pilot->origin = mem_strdup("http://127.0.0.1:9/rings/pilot");
    strv_add(&world->pilot->manifest_keys, key);
    free(key);
}

/* What headquarters says of a build, by the files that the test's store has. */
static void seal(struct world *world, const struct build *build, int64_t number, struct buf *out)
{
    AUTO_MANIFEST manifest = {.ring = mem_strdup("pilot"),
                              .channel = world->pilot->channel,
                              .sequence = number,
                              .issued_unix = NOW,
                              .expires_unix = NOW + VALID,
                              .build = *build,
                              .released_unix = -1,
                              .architectures = ARCH_X64};
    struct ed25519_private *key AUTO(ed25519_private_auto_free)
    = NULL;
    char text[BUILD_TEXT_SIZE], path[BUILD_TEXT_SIZE + 16];
    struct err err = {0};
    assert_ok(ed25519_private_parse(OTHER_PRIVATE, strlen(OTHER_PRIVATE), &key, &err));
    build_format(build, text);
    snprintf(path, sizeof path, "v64_%s.cab", text);
    manifest.file = mem_new(1, sizeof *manifest.file);
    manifest.file[manifest.files++] =
        (struct manifest_file){mem_strdup(path), digest_of(path, strlen(path)), strlen(path)};
    manifest.pointer[1] = manifest.file[0].digest;
    manifest.files_digest = manifest_files_digest(&manifest);
    manifest_seal(&manifest, key, out);
}

static void assert_shows(struct world *world, const struct buf *wanted)
{
    AUTO_BUF bytes = {0};
    assert_true(read_share(world, &bytes));
    assert_int_equal(bytes.len, wanted->len);
    assert_memory_equal(bytes.data, wanted->data, wanted->len);
}

static void a_ring_that_follows_shows_what_is_about_its_live_build(void **state)
{
    struct world *world = *state;
    AUTO_BUF old = {0}, new = {0};
    struct err err = {0};
    follow(world);
    seal(world, &OLD, NOW + 5, &old);
    seal(world, &NEW, NOW + 6, &new);
    assert_ok(manifests_accept(world->state, "pilot", NOW + 5, &old, NOW, &err));
    refresh(world);
    assert_shows(world, &old);
    assert_ok(manifests_accept(world->state, "pilot", NOW + 6, &new, NOW, &err));
    refresh(world);
    assert_shows(world, &old); /* until the pointer has moved */
    world_stage(world, &NEW, &world->pilot->content);
    world_promote(world, world->pilot, &NEW, NULL, &err);
    assert_live(world, world->pilot, &NEW);
    assert_shows(world, &new);
}

static void a_state_that_knows_less_takes_up_what_the_share_shows(void **state)
{
    struct world *world = *state;
    struct kept_manifest kept AUTO(manifests_clear) = {0};
    AUTO_BUF foreign = {0}, old = {0};
    struct err err = {0};
    follow(world);
    seal(world, &OLD, NOW + 5, &old);
    assert_true(read_share(world, &foreign)); /* signed by a key that does not count here */
    manifest_share_adopt(&world->job, world->pilot);
    assert_ok(manifests_find(world->state, "pilot", &kept, &err));
    assert_int_equal(kept.accepted.len, 0);
    manifests_clear(&kept);
    write_share(world, (const char *)old.data, old.len);
    manifest_share_adopt(&world->job, world->pilot);
    assert_ok(manifests_find(world->state, "pilot", &kept, &err));
    assert_int_equal(kept.sequence, NOW + 5);
    assert_int_equal(kept.accepted.len, old.len);
    assert_int_equal(kept.shown.len, old.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIGNING_CASE(a_promotion_signs_what_is_live),
        SIGNING_CASE(one_second_has_two_numbers),
        SIGNING_CASE(it_is_signed_anew_when_half_is_over_and_not_before),
        SIGNING_CASE(a_shorter_time_and_another_key_count_at_once),
        SIGNING_CASE(a_clock_that_is_behind_dates_nothing),
        SIGNING_CASE(what_was_changed_on_the_share_is_put_right),
        SIGNING_CASE(without_a_key_there_is_none),
        SIGNING_CASE(a_key_that_everybody_may_read_signs_nothing),
        SIGNING_CASE(a_ring_that_follows_shows_what_is_about_its_live_build),
        SIGNING_CASE(a_state_that_knows_less_takes_up_what_the_share_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

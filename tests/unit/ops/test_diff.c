/* What a promotion would change, of builds whose files hold their own path: none is the same in another
 * build. */
#include "ringmgr/ops/diff.h"
#include "world.h"

static const struct build NEWEST = {{16, 0, 20300, 20100}};

/* Stages it, and brings OLD into pilot first. */
static void live_and_staged(struct world *world, const struct build *staged)
{
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
    world_stage(world, staged, &world->pilot->content);
}

/* One file of NEW becomes the same object as OLD's. */
static void share_object(struct world *world, const char *old_path, const char *new_path)
{
    const struct channel *channel = world->pilot->channel;
    struct catalog_files files = {0};
    struct err err = {0};
    assert_ok(catalog_files_get(world->state, channel, &OLD, &files, &err));
    const struct catalog_file *file = catalog_files_find(&files, old_path);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_file_put(world->state, channel, &NEW, new_path, &file->digest, file->bytes, &err));
    assert_ok(state_commit(world->state, &err));
    catalog_files_clear(&files);
}

static void make(struct world *world, const struct build *build, struct diff *diff)
{
    struct err err = {0};
    assert_ok(diff_make(&world->job, world->pilot, build, diff, &err));
}

static void into_an_empty_ring_everything_is_new(void **state)
{
    struct world *world = *state;
    struct diff diff;
    make(world, &OLD, &diff);
    assert_false(diff.facts.has_live);
    assert_int_equal(diff.files_new.len, 10);
    assert_true(strv_has(&diff.files_new, "v64.cab"));
    assert_true(strv_has(&diff.files_new, "stream.x64.en-us.dat"));
    assert_int_equal(diff.files_changed.len + diff.files_same.len + diff.files_gone.len, 0);
    assert_int_equal(diff.bytes_total, diff.bytes_changed);
    assert_true(strv_has(&diff.languages.added, "en-us"));
    assert_true(strv_has(&diff.architectures.added, "x64"));
    assert_false(diff.machine.exact);
    diff_clear(&diff);
}

static void files_are_the_same_if_their_bytes_are(void **state)
{
    struct world *world = *state;
    struct diff diff;
    live_and_staged(world, &NEW);
    share_object(world, "16.0.20131.20150/i640.cab", "16.0.20228.20188/i640.cab");
    make(world, &NEW, &diff);
    assert_int_equal(diff.files_same.len, 1);
    assert_string_equal(diff.files_same.item[0], "i640.cab");
    assert_int_equal(diff.files_changed.len, 9);
    assert_int_equal(diff.bytes_total - diff.bytes_changed, strlen("16.0.20131.20150/i640.cab"));
    assert_int_equal(diff.languages.added.len + diff.languages.removed.len, 0);
    assert_int_equal(diff.machine.bytes,
                     diff.bytes_changed -
                         strlen("v64_16.0.20228.20188.cab")); /* a machine fetches no descriptor */
    diff_clear(&diff);
}

static void links_need_no_room_and_copies_need_all(void **state)
{
    struct world *world = *state;
    struct diff diff;
    live_and_staged(world, &NEW);
    make(world, &NEW, &diff);
    assert_int_equal(diff.bytes_on_disk, 0);
    diff_clear(&diff);
    world->pilot->link = PLACE_COPY;
    make(world, &NEW, &diff);
    assert_int_equal(diff.bytes_on_disk, diff.bytes_total);
    diff_clear(&diff);
}

/* `languages` and `architectures` have changed in the configuration since OLD went live. */
static void content_is_compared_with_what_is_live(void **state)
{
    struct world *world = *state;
    struct diff diff;
    assert_true(world->pilot->content.architectures == ARCH_X64);
    live_and_staged(world, &NEW);
    strv_clear(&world->pilot->content.languages);
    strv_add(&world->pilot->content.languages, "fr-FR");
    world->pilot->content.architectures |= ARCH_X86;
    world_stage(world, &NEW, &world->pilot->content);
    make(world, &NEW, &diff);
    assert_int_equal(diff.languages.added.len, 1);
    assert_string_equal(diff.languages.added.item[0], "fr-fr");
    assert_int_equal(diff.languages.removed.len, 1);
    assert_string_equal(diff.languages.removed.item[0], "en-us");
    assert_int_equal(diff.architectures.added.len, 1);
    assert_string_equal(diff.architectures.added.item[0], "x86");
    assert_true(strv_has(&diff.files_gone, "stream.x64.en-us.dat"));
    assert_true(strv_has(&diff.files_new, "stream.x86.fr-fr.dat"));
    assert_true(strv_has(&diff.files_new, "v32.cab"));
    assert_true(strv_has(&diff.files_changed, "v64.cab"));
    diff_clear(&diff);
}

static void what_the_store_lacks_is_named(void **state)
{
    struct world *world = *state;
    struct diff diff;
    live_and_staged(world, &NEW);
    strv_add(&world->pilot->content.languages, "fr-fr");
    make(world, &NEW, &diff);
    assert_true(strv_has(&diff.facts.missing, "16.0.20228.20188/s641036.cab"));
    diff_clear(&diff);
}

/* The digest is the one that an approval is bound to. */
static void approvals_are_for_exactly_this(void **state)
{
    struct world *world = *state;
    struct diff diff;
    struct decision decision;
    struct err err = {0};
    struct job job = world->job;
    job.identity = &world->games;
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
    assert_ok(decide_approve(&job, world->production, &OLD, "tested", &decision, &err));
    assert_ok(diff_make(&world->job, world->production, &OLD, &diff, &err));
    assert_true(digest_equal(&diff.facts.files_digest, &decision.files_digest));
    assert_int_equal(gate_count_approvals(&diff.facts.gate), 1);
    diff_clear(&diff);
    strv_add(&world->production->content.languages, "fr-fr");
    world_stage(world, &OLD, &world->production->content);
    assert_ok(diff_make(&world->job, world->production, &OLD, &diff, &err));
    assert_false(digest_equal(&diff.facts.files_digest, &decision.files_digest));
    assert_int_equal(gate_count_approvals(&diff.facts.gate), 0);
    diff_clear(&diff);
}

static void an_older_build_can_be_compared_too(void **state)
{
    struct world *world = *state;
    struct diff diff;
    struct err err = {0};
    world_stage(world, &NEW, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, &NEW, NULL, &err), PROMOTE_DONE);
    make(world, &OLD, &diff);
    assert_int_equal(build_compare(&diff.facts.gate.live, &NEW), 0);
    assert_int_equal(diff.files_changed.len, 10);
    diff_clear(&diff);
}

static void a_build_that_nobody_knows_cannot(void **state)
{
    struct world *world = *state;
    struct diff diff;
    struct err err = {0};
    assert_false(diff_make(&world->job, world->pilot, &NEWEST, &diff, &err));
    assert_int_equal(err.code, ERR_FAILED);
    assert_non_null(strstr(err.msg, "16.0.20300.20100 is not in the store"));
    diff_clear(&diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(into_an_empty_ring_everything_is_new),   OPS_CASE(files_are_the_same_if_their_bytes_are),
        OPS_CASE(links_need_no_room_and_copies_need_all), OPS_CASE(content_is_compared_with_what_is_live),
        OPS_CASE(what_the_store_lacks_is_named),          OPS_CASE(approvals_are_for_exactly_this),
        OPS_CASE(an_older_build_can_be_compared_too),     OPS_CASE(a_build_that_nobody_knows_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "ringmgr/ops/offered.h"
#include "world.h"

static const struct build NONE = {{0}};

/* Opens an intent for pilot as promote does, and stops there: a kill right after the intent. */
static void interrupt(struct world *world, const struct build *from, const struct build *to)
{
    struct facts facts;
    struct err err = {0};
    char *content AUTO_FREE = content_format(&world->pilot->content);
    assert_ok(facts_gather(&world->job, world->pilot, to, LANE_AUTOMATIC, NULL, &facts, &err));
    struct intent intent = {.ring = world->pilot->name,
                            .channel = world->pilot->channel,
                            .from = *from,
                            .to = *to,
                            .kind = INTENT_PUBLISH,
                            .content = content,
                            .path = world->pilot->path,
                            .files_digest = facts.files_digest,
                            .actor = "ringmgr",
                            .identity = "service",
                            .opened_unix = 1785000000};
    assert_ok(journal_intent_open(world->state, &intent, &err));
    facts_clear(&facts);
}

/* Does to the share what publication does, without the books: a kill right before the last transaction. */
static void publish_without_books(struct world *world, const struct build *to)
{
    struct facts facts;
    struct err err = {0};
    AUTO_TREE tree = TREE_CLOSED;
    char build[BUILD_TEXT_SIZE];
    build_format(to, build);
    assert_ok(facts_gather(&world->job, world->pilot, to, LANE_AUTOMATIC, NULL, &facts, &err));
    struct share_file *files AUTO_FREE = share_files_of(&facts.files);
    const struct publication publication = {.id = "33333333",
                                            .build = build,
                                            .file = files,
                                            .files = facts.files.len,
                                            .architectures = ARCH_X64,
                                            .link = LINK_HARD,
                                            .now_unix = 1785000000};
    assert_ok(tree_open(world->pilot->path, true, &tree, &err));
    assert_ok(publish_run(world->store, &tree, &publication, &err));
    facts_clear(&facts);
}

static void check_no_intent_is_open(struct world *world)
{
    struct intent intent = {0};
    struct err err = {0};
    bool found;
    assert_ok(journal_intent_find(world->state, "pilot", &intent, &found, &err));
    assert_false(found);
}

static void has_nothing_to_do_on_a_quiet_ring(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_ok(reconcile_all(&world->job, &err));
    assert_live(world, world->pilot, &NONE);
}

static void finishes_what_only_the_intent_announced(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    interrupt(world, &NONE, &OLD);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_live(world, world->pilot, &OLD);
    check_no_intent_is_open(world);
    assert_int_equal(world_entries(world, "promote"), 1);
}

static void closes_the_books_of_a_flip_that_was_done(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    interrupt(world, &NONE, &OLD);
    publish_without_books(world, &OLD);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_live(world, world->pilot, &OLD);
    assert_int_equal(world_entries(world, "promote"), 1);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_int_equal(world_entries(world, "promote"), 1);
}

static void undoes_what_the_store_cannot_finish(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct digest lost = digest_of("16.0.20228.20188/s640.cab", strlen("16.0.20228.20188/s640.cab"));
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_stage(world, &NEW, &world->pilot->content);
    interrupt(world, &OLD, &NEW);
    assert_ok(store_evict(world->store, &lost, &err));
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    check_no_intent_is_open(world);
    assert_live(world, world->pilot, &OLD);
}

static void touches_nothing_when_a_pointer_is_foreign(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct attentions attentions = {0};
    char path[128];
    world_promote(world, world->pilot, NULL, NULL, &err);
    snprintf(path, sizeof path, "%s/Office/Data/v64.cab", world->pilot->path);
    assert_int_equal(unlink(path), 0);
    FILE *file = fopen(path, "w");
    fputs("somebody else's", file);
    fclose(file);
    assert_fails(reconcile_ring(&world->job, world->pilot, &err), ERR_NOT_GENUINE);
    assert_ok(catalog_attentions(world->state, &attentions, &err));
    assert_int_equal(attentions.len, 1);
    assert_string_equal(attentions.item[0].code, "share-foreign");
    assert_non_null(attentions.item[0].command);
    attentions_clear(&attentions);
    assert_int_equal(access(path, F_OK), 0);
}

static void verify_repair_settles_a_foreign_pointer(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct verify verify;
    struct attentions attentions = {0};
    const struct ring *rings[] = {world->pilot, NULL};
    const struct verify_options options = {.rings = rings, .repair = true};
    char path[128];
    world_promote(world, world->pilot, NULL, NULL, &err);
    snprintf(path, sizeof path, "%s/Office/Data/v64.cab", world->pilot->path);
    assert_int_equal(unlink(path), 0);
    assert_false(reconcile_ring(&world->job, world->pilot, &err));
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    assert_int_equal(verify.len, 1);
    assert_int_equal(verify.repaired, 1);
    verify_clear(&verify);
    assert_live(world, world->pilot, &OLD);
    assert_int_equal(world_entries(world, "repair"), 1);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_ok(catalog_attentions(world->state, &attentions, &err));
    assert_int_equal(attentions.len, 0);
    attentions_clear(&attentions);
}

static void notices_a_state_that_is_older_than_the_share(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_stage(world, &NEW, &world->pilot->content);
    publish_without_books(world, &NEW); /* as if the state had been restored from before */
    assert_fails(reconcile_ring(&world->job, world->pilot, &err), ERR_NOT_GENUINE);
}

static void sweeps_what_a_killed_run_left(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    char path[128];
    world_promote(world, world->pilot, NULL, NULL, &err);
    snprintf(path, sizeof path, "%s/Office/Data/.ringmgr-tmp-1", world->pilot->path);
    FILE *file = fopen(path, "w");
    fclose(file);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void keeps_the_pointer_of_an_architecture_that_was_dropped(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world->pilot->content.architectures = ARCH_X64 | ARCH_X86;
    world_stage(world, &OLD, &world->pilot->content);
    world_promote(world, world->pilot, NULL, NULL, &err);
    world->pilot->content.architectures = ARCH_X64;
    world_stage(world, &NEW, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_DONE);
    assert_live(world, world->pilot, &NEW);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_UNCHANGED);
}

static void a_gate_that_has_shut_since_stops_what_has_not_flipped(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct decision decision;
    struct job job = world->job;
    job.identity = &world->games;
    interrupt(world, &NONE, &OLD);
    assert_ok(decide_block(&job, world->pilot, &OLD, "breaks add-in", &decision, &err));
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    check_no_intent_is_open(world);
    assert_live(world, world->pilot, &NONE);
}

static void a_ring_of_another_channel_does_not_take_what_was_begun(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    interrupt(world, &NONE, &OLD);
    world->pilot->channel = channel_find("Current");
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    check_no_intent_is_open(world);
    assert_live(world, world->pilot, &NONE);
}

static void a_ring_that_has_moved_does_not_take_what_was_begun(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    interrupt(world, &NONE, &OLD);
    free(world->pilot->path);
    world->pilot->path = world_folder(world, "elsewhere");
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    check_no_intent_is_open(world);
    assert_live(world, world->pilot, &NONE);
}

static void a_failure_leaves_no_promotion_armed(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    char path[160];
    snprintf(path, sizeof path, "%s/Office/Data/16.0.20131.20150", world->pilot->path);
    char *parent AUTO_FREE = mem_printf("%s/Office", world->pilot->path);
    char *data AUTO_FREE = mem_printf("%s/Office/Data", world->pilot->path);
    assert_int_equal(mkdir(parent, 0755) | mkdir(data, 0755) | mkdir(path, 0755), 0);
    strcat(path, "/s640.cab");
    FILE *file = fopen(path, "w");
    fputs("a stranger's", file);
    fclose(file);
    struct promotion promotion;
    const struct promote_options options = {0};
    assert_fails(promote_run(&world->job, world->pilot, &options, &promotion, &err), ERR_NOT_GENUINE);
    check_no_intent_is_open(world);
    assert_int_equal(access(path, F_OK), 0);
}

static void a_missing_folder_of_the_live_build_is_noticed_and_brought_back(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct verify verify;
    const struct ring *rings[] = {world->pilot, NULL};
    const struct verify_options options = {.rings = rings, .repair = true};
    world_promote(world, world->pilot, NULL, NULL, &err);
    int dir = open(world->pilot->path, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(dir, "Office/Data/16.0.20131.20150", &err));
    assert_fails(reconcile_ring(&world->job, world->pilot, &err), ERR_NOT_GENUINE);
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    assert_true(verify.len > 0);
    assert_int_equal(verify.repaired, verify.len);
    verify_clear(&verify);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    close(dir);
}

static void a_pointer_is_not_repaired_to_a_build_that_is_not_whole(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct verify verify;
    struct digest lost = digest_of("16.0.20131.20150/s640.cab", strlen("16.0.20131.20150/s640.cab"));
    const struct ring *rings[] = {world->pilot, NULL};
    const struct verify_options options = {.rings = rings, .repair = true};
    world_promote(world, world->pilot, NULL, NULL, &err);
    int dir = open(world->pilot->path, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(dir, "Office", &err));
    close(dir);
    assert_ok(store_evict(world->store, &lost, &err));
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    assert_true(verify.repaired < verify.len);
    verify_clear(&verify);
    struct build pointer = world_pointer(world, world->pilot);
    assert_true(build_is_none(&pointer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(has_nothing_to_do_on_a_quiet_ring),
        OPS_CASE(finishes_what_only_the_intent_announced),
        OPS_CASE(closes_the_books_of_a_flip_that_was_done),
        OPS_CASE(undoes_what_the_store_cannot_finish),
        OPS_CASE(touches_nothing_when_a_pointer_is_foreign),
        OPS_CASE(verify_repair_settles_a_foreign_pointer),
        OPS_CASE(notices_a_state_that_is_older_than_the_share),
        OPS_CASE(sweeps_what_a_killed_run_left),
        OPS_CASE(a_gate_that_has_shut_since_stops_what_has_not_flipped),
        OPS_CASE(a_ring_of_another_channel_does_not_take_what_was_begun),
        OPS_CASE(a_ring_that_has_moved_does_not_take_what_was_begun),
        OPS_CASE(a_failure_leaves_no_promotion_armed),
        OPS_CASE(a_missing_folder_of_the_live_build_is_noticed_and_brought_back),
        OPS_CASE(a_pointer_is_not_repaired_to_a_build_that_is_not_whole),
        OPS_CASE(keeps_the_pointer_of_an_architecture_that_was_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

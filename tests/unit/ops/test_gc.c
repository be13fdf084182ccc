/* gc over a real store, real shares and real books; what is kept and why is in
 * tests/unit/policy/test_retain.c. */
#include "ringmgr/base/clock.h"
#include "ringmgr/ops/gc.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/state/pin.h"
#include "ringmgr/state/plan.h"
#include "ringmgr/store/aside.h"
#include "world.h"

#include <inttypes.h>

static struct build number(uint32_t n)
{
    return (struct build){{16, 0, 20200 + n, 20100}};
}

static char *text_of(const struct build *build)
{
    char text[BUILD_TEXT_SIZE];
    build_format(build, text);
    return mem_strdup(text);
}

/* ---- making a past ---- */

static void stage(struct world *world, uint32_t n)
{
    const struct build build = number(n);
    world_stage(world, &build, &world->pilot->content);
}

static struct build live_of(struct world *world, const struct ring *ring)
{
    struct offer live AUTO(offer_clear) = {0};
    struct err err = {0};
    bool found;
    assert_ok(catalog_offer_live(world->state, ring->name, &live, &found, &err));
    return found ? live.build : number(0);
}

/* What the ring would show of a build. */
static void files_of(struct world *world, const struct ring *ring, const struct build *build,
                     struct catalog_files *files, struct digest *digest)
{
    struct catalog_files all = {0};
    struct filelist list = {0};
    struct err err = {0};
    AUTO_STRV missing = {0};
    assert_ok(catalog_files_get(world->state, ring->channel, build, &all, &err));
    assert_ok(filelist_make(ring->channel, build, &ring->content, &list, &err));
    catalog_files_select(&all, &list, files, digest, &missing);
    assert_int_equal(missing.len, 0);
    filelist_clear(&list);
    catalog_files_clear(&all);
}

/* The ring offers the build from now on, whatever gates would say. */
static void go_live_as(struct world *world, const struct ring *ring, uint32_t n, enum intent_kind kind)
{
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    struct err err = {0};
    char *content AUTO_FREE = content_format(&ring->content);
    struct intent intent = {.ring = ring->name,
                            .channel = ring->channel,
                            .from = live_of(world, ring),
                            .to = number(n),
                            .kind = kind,
                            .content = content,
                            .path = ring->path,
                            .lane = kind == INTENT_ROLLBACK ? "rollback" : "manual",
                            .block = kind == INTENT_ROLLBACK ? "no" : NULL,
                            .actor = "games",
                            .identity = "sudo:5:games",
                            .opened_unix = clock_now_unix()};
    if (build_compare(&intent.from, &(struct build){{16, 0, 20200, 20100}}) == 0)
        intent.from = (struct build){{0}};
    files_of(world, ring, &intent.to, &files, &intent.files_digest);
    assert_ok(journal_intent_open(world->state, &intent, &err));
    assert_ok(reconcile_publish(&world->job, ring, &intent, &files, &err));
}

static void go_live(struct world *world, const struct ring *ring, uint32_t n)
{
    go_live_as(world, ring, n, INTENT_PUBLISH);
}

/* Builds 1 to `last` have been live in pilot, one after the other. */
static void pilot_had(struct world *world, uint32_t last)
{
    for (uint32_t n = 1; n <= last; n++) {
        stage(world, n);
        go_live(world, world->pilot, n);
    }
}

/* ---- looking ---- */

static bool stands(struct world *world, const struct ring *ring, uint32_t n)
{
    struct err err = {0};
    AUTO_TREE tree = TREE_CLOSED;
    const struct build build = number(n);
    char *name AUTO_FREE = text_of(&build);
    char *descriptor AUTO_FREE = mem_printf("v64_%s.cab", name);
    bool there;
    (void)world;
    assert_ok(tree_open(ring->path, false, &tree, &err));
    assert_ok(tree_has_folder(&tree, name, &there, &err));
    assert_int_equal(faccessat(tree.data, descriptor, F_OK, 0) == 0, there);
    return there;
}

/* Which of the builds 1 to 9 stand: "1 2 5". */
static void assert_stand(struct world *world, const struct ring *ring, const char *expected)
{
    AUTO_BUF text = {0};
    for (uint32_t n = 1; n <= 9; n++)
        if (stands(world, ring, n))
            buf_printf(&text, "%s%u", text.len ? " " : "", n);
    assert_string_equal(buf_text(&text), expected);
}

static bool in_store(struct world *world, uint32_t n, const char *file)
{
    const struct build build = number(n);
    char *name AUTO_FREE = text_of(&build);
    char *path AUTO_FREE = mem_printf("%s/%s", name, file);
    struct digest digest = digest_of(path, strlen(path));
    return store_has(world->store, &digest, NULL);
}

static void assert_stored(struct world *world, const char *expected)
{
    AUTO_BUF text = {0};
    for (uint32_t n = 1; n <= 9; n++)
        if (in_store(world, n, "stream.x64.x-none.dat"))
            buf_printf(&text, "%s%u", text.len ? " " : "", n);
    assert_string_equal(buf_text(&text), expected);
}

static size_t objects(struct world *world)
{
    struct err err = {0};
    size_t count = 0;
    for (unsigned first = 0; first < 256; first++) {
        struct digest *list;
        size_t len;
        assert_ok(store_list(world->store, (uint8_t)first, &list, &len, &err));
        free(list);
        count += len;
    }
    return count;
}

/* Every object has a row, and every row an object. */
static void assert_no_leak(struct world *world)
{
    struct err err = {0};
    struct digest *named;
    size_t len;
    assert_ok(catalog_objects_named(world->state, &named, &len, &err));
    for (size_t i = 0; i < len; i++)
        assert_true(store_has(world->store, &named[i], NULL));
    assert_int_equal(len, objects(world));
    free(named);
}

static void assert_clean(struct world *world)
{
    struct verify verify;
    struct err err = {0};
    const struct ring *rings[] = {world->pilot, world->production, NULL};
    const struct verify_options options = {.rings = rings};
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    if (verify.len)
        fail_msg("%s: %s %s", verify.finding[0].ring, verify.finding[0].path, verify.finding[0].problem);
    verify_clear(&verify);
}

/* Runs and checks that books, shares and store agree; *gc, unless NULL, is the caller's to clear. */
static void collect(struct world *world, struct gc *gc)
{
    struct gc own;
    struct err err = {0};
    const struct gc_options options = {0};
    assert_ok(gc_run(&world->job, &options, gc ? gc : &own, &err));
    if (!gc)
        gc_clear(&own);
    assert_clean(world);
    assert_no_leak(world);
}

static const struct gc_verdict *verdict_of(const struct gc_verdicts *verdicts, uint32_t n)
{
    const struct build build = number(n);
    for (size_t i = 0; i < verdicts->len; i++)
        if (build_compare(&verdicts->item[i].build, &build) == 0)
            return &verdicts->item[i];
    print_error("no verdict about build %u\n", n);
    abort();
}

static void assert_reason(const struct gc_verdicts *verdicts, uint32_t n, bool keep, const char *reason)
{
    const struct gc_verdict *verdict = verdict_of(verdicts, n);
    if (verdict->retention.keep != keep || !strstr(verdict->retention.reason, reason))
        fail_msg("build %u: %s: %s", n, verdict->retention.keep ? "kept" : "dropped",
                 verdict->retention.reason);
}

/* ---- what goes and what stays ---- */

static void a_new_world_has_nothing_to_collect(void **state)
{
    struct world *world = *state;
    struct gc gc;
    size_t before = objects(world);
    collect(world, &gc);
    assert_int_equal(gc.objects_removed, 0);
    assert_int_equal(gc.builds.len, 1);
    assert_non_null(strstr(gc.builds.item[0].retention.reason, "not yet taken by pilot, which is empty"));
    gc_clear(&gc);
    assert_int_equal(objects(world), before);
}

/* The state was lost, or is a new one: what is in the store cannot be judged. */
static void books_that_know_no_build_leave_the_store_alone(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    struct gc_options options = {0};
    size_t before = objects(world);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_build_drop(world->state, world->pilot->channel, &OLD, 5, &err));
    assert_ok(state_commit(world->state, &err));
    for (int dry = 0; dry < 2; dry++) {
        options.dry_run = dry;
        assert_ok(gc_run(&world->job, &options, &gc, &err));
        assert_true(gc.store_left);
        assert_int_equal(gc.objects_removed, 0);
        gc_clear(&gc);
        assert_int_equal(objects(world), before);
    }
}

static void the_live_build_and_the_one_before_stay(void **state)
{
    struct world *world = *state;
    struct gc gc;
    go_live(world, world->production, (stage(world, 5), 5));
    pilot_had(world, 5);
    collect(world, &gc);
    assert_stand(world, world->pilot, "4 5");
    assert_stored(world, "4 5");
    assert_reason(&gc.ring[0].folders, 5, true, "it is live");
    assert_reason(&gc.ring[0].folders, 4, true, "a roll-back would go to it");
    assert_reason(&gc.ring[0].folders, 3, false, "nothing needs it");
    assert_reason(&gc.builds, 5, true, "pilot shows it");
    assert_reason(&gc.builds, 1, false, "no share shows it");
    assert_true(gc.objects_removed > 0 && gc.bytes_freed > 0);
    gc_clear(&gc);
    assert_int_equal(world_entries(world, "gc"), 7); /* 1 2 3 off the share, they and OLD out of the store */
}

static void a_second_run_finds_nothing(void **state)
{
    struct world *world = *state;
    struct gc gc;
    go_live(world, world->production, (stage(world, 5), 5));
    pilot_had(world, 5);
    collect(world, NULL);
    size_t entries = world_entries(world, "gc");
    collect(world, &gc);
    assert_int_equal(gc.objects_removed, 0);
    gc_clear(&gc);
    assert_int_equal(world_entries(world, "gc"), entries);
}

static void keep_counts_the_last_live(void **state)
{
    struct world *world = *state;
    go_live(world, world->production, (stage(world, 5), 5));
    pilot_had(world, 5);
    world->pilot->keep = 2;
    collect(world, NULL);
    assert_stand(world, world->pilot, "3 4 5");
    assert_stored(world, "3 4 5");
}

static void grace_keeps_what_was_live_lately(void **state)
{
    struct world *world = *state;
    struct gc gc;
    go_live(world, world->production, (stage(world, 3), 3));
    pilot_had(world, 3);
    world->pilot->grace_seconds = 86400;
    collect(world, &gc);
    assert_stand(world, world->pilot, "1 2 3");
    assert_reason(&gc.ring[0].folders, 1, true, "its grace time runs until");
    gc_clear(&gc);
}

/* The clock shows ten years more than have passed. */
static void a_step_of_the_clock_is_no_grace(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    int64_t now = clock_now_unix(), step;
    char later[24];
    go_live(world, world->production, (stage(world, 3), 3));
    pilot_had(world, 3);
    world->pilot->grace_seconds = 86400;
    assert_ok(mark_clock(world->job.state, now, &(struct clock_steady){"boot", 100}, &step, &err));
    now += (int64_t)10 * 365 * 86400;
    assert_ok(mark_clock(world->job.state, now, &(struct clock_steady){"boot", 200}, &step, &err));
    snprintf(later, sizeof later, "%" PRId64, now);
    setenv("RINGMGR_TEST_NOW", later, 1);
    collect(world, NULL);
    unsetenv("RINGMGR_TEST_NOW");
    assert_stand(world, world->pilot, "1 2 3");
}

static bool is_aside(const struct world *world, const char *name)
{
    AUTO_STRV names = {0};
    struct err err = {0};
    assert_ok(aside_list(world->store, &names, &err));
    return strv_has(&names, name);
}

static void at(int64_t now)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, now);
    setenv("RINGMGR_TEST_NOW", text, 1);
}

/* What was put aside stays for a grace from the first gc on that saw it. */
static void evidence_goes_after_its_grace(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    const struct gc_options dry = {.dry_run = true};
    int64_t now = clock_now_unix();
    char name[4 + DIGEST_TEXT_SIZE] = "bad-";
    struct digest damaged = world_object(world, "of no build, and damaged");
    digest_format(&damaged, name + 4);
    world->pilot->grace_seconds = 86400;
    assert_ok(store_evict(world->store, &damaged, &err));
    for (int64_t after = 0; after <= 86400 - 1; after += 86400 - 1) {
        at(now + after);
        collect(world, &gc);
        assert_int_equal(gc.aside.removed, 0);
        assert_int_equal(gc.aside.kept, 1);
        gc_clear(&gc);
    }
    at(now + 86400);
    assert_ok(gc_run(&world->job, &dry, &gc, &err));
    assert_int_equal(gc.aside.removed, 1);
    gc_clear(&gc);
    assert_true(is_aside(world, name));
    collect(world, &gc);
    assert_int_equal(gc.aside.removed, 1);
    assert_int_equal(gc.aside.bytes_freed, strlen("of no build, and damaged"));
    gc_clear(&gc);
    unsetenv("RINGMGR_TEST_NOW");
    assert_false(is_aside(world, name));
}

static void what_production_could_take_stays_in_pilot(void **state)
{
    struct world *world = *state;
    struct gc gc;
    pilot_had(world, 2);
    go_live(world, world->production, 2);
    for (uint32_t n = 3; n <= 5; n++) {
        stage(world, n);
        go_live(world, world->pilot, n);
    }
    collect(world, &gc);
    assert_stand(world, world->pilot, "3 4 5");
    assert_reason(&gc.ring[0].folders, 3, true,
                  "not yet taken by production, where the older 16.0.20202.20100");
    gc_clear(&gc);
    go_live(world, world->production, 4);
    collect(world, NULL);
    assert_stand(world, world->pilot, "4 5");
    assert_stand(world, world->production, "2 4");
    assert_stored(world, "2 4 5");
}

static void what_soaks_says_so(void **state)
{
    struct world *world = *state;
    struct gc gc;
    pilot_had(world, 1);
    go_live(world, world->production, 1);
    world->production->soak = (struct soak_need){.seconds = 14 * 86400};
    stage(world, 2);
    go_live(world, world->pilot, 2);
    stage(world, 3);
    go_live(world, world->pilot, 3);
    collect(world, &gc);
    assert_stand(world, world->pilot, "2 3");
    assert_reason(&gc.ring[0].folders, 2, true, "it soaks for production");
    gc_clear(&gc);
}

static void a_bad_build_is_not_kept_for_production(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    bool already;
    pilot_had(world, 1);
    go_live(world, world->production, 1);
    for (uint32_t n = 2; n <= 4; n++) {
        stage(world, n);
        go_live(world, world->pilot, n);
    }
    const struct build recalled = number(2);
    const struct block block = {
        .channel = world->pilot->channel, .build = number(3), .by = "games", .reason = "bad", .at_unix = 1};
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_recalls_add(world->state, world->pilot->channel, &recalled, 1, 5, &err));
    assert_ok(decision_block(world->state, &block, &already, &err));
    assert_ok(state_commit(world->state, &err));
    collect(world, NULL);
    assert_stand(world, world->pilot, "1 4");
    assert_stored(world, "1 4");
}

static void after_a_roll_back_the_good_one_below_stays(void **state)
{
    struct world *world = *state;
    pilot_had(world, 4);
    go_live(world, world->production, 4);
    go_live_as(world, world->pilot, 3, INTENT_ROLLBACK);
    collect(world, NULL);
    assert_stand(world, world->pilot, "2 3");
    assert_stand(world, world->production, "4");
    assert_stored(world, "2 3 4");
}

static void a_pinned_build_stays_until_the_pin_is_taken_back(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct gc gc;
    struct pin pin = {.ring = "pilot",
                      .channel = world->pilot->channel,
                      .build = number(1),
                      .what = "rollback",
                      .by = "games",
                      .at_unix = 5};
    struct pin taken;
    bool found;
    go_live(world, world->production, (stage(world, 4), 4));
    pilot_had(world, 4);
    assert_ok(state_begin(world->state, &err));
    assert_ok(pin_put(world->state, &pin, &err));
    assert_ok(state_commit(world->state, &err));
    collect(world, &gc);
    assert_stand(world, world->pilot, "1 3 4");
    assert_reason(&gc.ring[0].folders, 1, true, "its target version was handed out for pilot");
    gc_clear(&gc);
    assert_ok(state_begin(world->state, &err));
    assert_ok(pin_take_back(world->state, pin.id, "games", clock_now_unix(), &taken, &found, &err));
    assert_ok(state_commit(world->state, &err));
    pin_clear(&taken);
    collect(world, NULL);
    assert_stand(world, world->pilot, "3 4");
}

static void a_planned_build_stays_in_the_ring_it_comes_from(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct plan plan = {
        .key = {.ring = "production", .channel = world->pilot->channel, .build = number(2)},
        .at_unix = 1999000000,
        .by = "games",
        .identity = "sudo:5:games",
        .made_unix = 5};
    go_live(world, world->production, (stage(world, 4), 4));
    pilot_had(world, 4);
    assert_ok(state_begin(world->state, &err));
    assert_ok(plan_put(world->state, &plan, &err));
    assert_ok(state_commit(world->state, &err));
    collect(world, NULL);
    assert_stand(world, world->pilot, "2 3 4");
}

static void a_pointer_that_the_live_build_does_not_give_keeps_its_build(void **state)
{
    struct world *world = *state;
    struct gc gc;
    go_live(world, world->production, (stage(world, 5), 5));
    world->pilot->content.architectures = ARCH_X64 | ARCH_X86;
    pilot_had(world, 2);
    world->pilot->content.architectures = ARCH_X64;
    for (uint32_t n = 3; n <= 5; n++) {
        stage(world, n);
        go_live(world, world->pilot, n);
    }
    collect(world, &gc);
    assert_stand(world, world->pilot, "2 4 5");
    assert_reason(&gc.ring[0].folders, 2, true, "the pointer v32.cab still names it");
    gc_clear(&gc);
}

static void objects_of_two_builds_stay_with_the_second(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    go_live(world, world->production, (stage(world, 3), 3));
    pilot_had(world, 3);
    const struct build first = number(1), last = number(3);
    struct digest shared = world_object(world, "shared by two");
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_file_put(world->state, world->pilot->channel, &first, "x/both", &shared, 13, &err));
    assert_ok(catalog_file_put(world->state, world->pilot->channel, &last, "x/both", &shared, 13, &err));
    assert_ok(state_commit(world->state, &err));
    collect(world, NULL);
    assert_stored(world, "2 3");
    assert_true(store_has(world->store, &shared, NULL));
}

static void what_was_staged_and_overtaken_goes_after_its_grace(void **state)
{
    struct world *world = *state;
    struct gc gc;
    stage(world, 1);
    pilot_had(world, 0);
    stage(world, 2);
    go_live(world, world->pilot, 2);
    go_live(world, world->production, 2);
    world->production->grace_seconds = (int64_t)100 * 366 * 86400;
    collect(world, &gc);
    assert_reason(&gc.builds, 1, true, "staged lately");
    gc_clear(&gc);
    world->production->grace_seconds = 0;
    collect(world, NULL);
    assert_stored(world, "2");
}

static void what_could_still_enter_stays_in_the_store(void **state)
{
    struct world *world = *state;
    struct gc gc;
    pilot_had(world, 1);
    go_live(world, world->production, 1);
    stage(world, 2);
    stage(world, 3);
    collect(world, &gc);
    assert_stored(world, "1 2 3");
    assert_reason(&gc.builds, 2, true, "not yet taken by pilot");
    gc_clear(&gc);
}

static void a_half_fetched_build_goes_when_it_is_overtaken(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct build half = number(2);
    struct digest part = world_object(world, "half");
    pilot_had(world, 1);
    go_live(world, world->production, 1);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_file_put(world->state, world->pilot->channel, &half, "half", &part, 4, &err));
    assert_ok(state_commit(world->state, &err));
    collect(world, NULL);
    assert_true(store_has(world->store, &part, NULL));
    stage(world, 3);
    go_live(world, world->pilot, 3);
    collect(world, NULL);
    assert_false(store_has(world->store, &part, NULL));
}

static void an_object_that_no_row_ever_named_goes(void **state)
{
    struct world *world = *state;
    struct gc gc;
    pilot_had(world, 1);
    collect(world, NULL);
    struct digest orphan = world_object(world, "nobody's");
    collect(world, &gc);
    assert_false(store_has(world->store, &orphan, NULL));
    assert_int_equal(gc.objects_removed, 1);
    assert_int_equal(gc.bytes_freed, strlen("nobody's"));
    gc_clear(&gc);
}

static void many_orphans_go_in_slices(void **state)
{
    struct world *world = *state;
    struct gc gc;
    char text[32];
    pilot_had(world, 1);
    collect(world, NULL);
    for (int i = 0; i < 600; i++) {
        snprintf(text, sizeof text, "orphan %d", i);
        world_object(world, text);
    }
    collect(world, &gc);
    assert_int_equal(gc.objects_removed, 600);
    gc_clear(&gc);
}

static void a_ring_that_left_the_configuration_keeps_its_builds(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    const struct gc_options options = {0};
    go_live(world, world->production, (stage(world, 1), 1));
    pilot_had(world, 3);
    world->settings.rings = 1;
    assert_ok(gc_run(&world->job, &options, &gc, &err));
    world->settings.rings = 2;
    assert_reason(&gc.builds, 1, true, "production shows it, a ring that the configuration does not name");
    gc_clear(&gc);
    assert_stored(world, "1 2 3");
    assert_clean(world);
}

static void where_a_roll_back_would_go_stays_in_the_store_though_no_share_shows_it(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    bool already;
    go_live(world, world->production, (stage(world, 4), 4));
    pilot_had(world, 4);
    collect(world, NULL);
    assert_stored(world, "3 4");
    stage(world, 2);
    const struct block block = {
        .channel = world->pilot->channel, .build = number(3), .by = "games", .reason = "bad", .at_unix = 1};
    assert_ok(state_begin(world->state, &err));
    assert_ok(decision_block(world->state, &block, &already, &err));
    assert_ok(state_commit(world->state, &err));
    collect(world, &gc);
    assert_stand(world, world->pilot, "4");
    assert_reason(&gc.builds, 2, true, "a roll-back of pilot would go to it");
    assert_stored(world, "2 4");
    gc_clear(&gc);
}

static void a_withdrawn_build_does_not_wait_to_enter(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct build recalled = number(3);
    pilot_had(world, 2);
    go_live(world, world->production, 2);
    stage(world, 3);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_recalls_add(world->state, world->pilot->channel, &recalled, 1, 5, &err));
    assert_ok(state_commit(world->state, &err));
    collect(world, NULL);
    assert_stored(world, "1 2");
}

/* ---- dry run ---- */

static void a_dry_run_says_the_same_and_changes_nothing(void **state)
{
    struct world *world = *state;
    struct gc dry, wet;
    struct err err = {0};
    const struct gc_options options = {.dry_run = true};
    go_live(world, world->production, (stage(world, 5), 5));
    pilot_had(world, 5);
    collect(world, NULL);
    pilot_had(world, 8);
    size_t before = objects(world), entries = world_entries(world, "gc");
    assert_ok(gc_run(&world->job, &options, &dry, &err));
    assert_int_equal(objects(world), before);
    assert_int_equal(world_entries(world, "gc"), entries);
    assert_clean(world);
    collect(world, &wet);
    assert_int_equal(dry.objects_removed, wet.objects_removed);
    assert_int_equal(dry.bytes_freed, wet.bytes_freed);
    assert_true(wet.objects_removed > 0);
    assert_int_equal(dry.builds.len, wet.builds.len);
    for (size_t i = 0; i < wet.builds.len; i++)
        assert_memory_equal(&dry.builds.item[i].retention, &wet.builds.item[i].retention,
                            sizeof wet.builds.item[i].retention);
    for (size_t r = 0; r < 2; r++) {
        assert_int_equal(dry.ring[r].folders.len, wet.ring[r].folders.len);
        for (size_t i = 0; i < wet.ring[r].folders.len; i++)
            assert_string_equal(dry.ring[r].folders.item[i].retention.reason,
                                wet.ring[r].folders.item[i].retention.reason);
    }
    gc_clear(&dry);
    gc_clear(&wet);
}

/* ---- what is in the way ---- */

static int data_of(const struct ring *ring)
{
    char *path AUTO_FREE = mem_printf("%s/Office/Data", ring->path);
    return open(path, O_RDONLY | O_DIRECTORY);
}

static void a_foreign_file_keeps_its_folder(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    struct gc_options options = {.dry_run = true};
    go_live(world, world->production, (stage(world, 4), 4));
    pilot_had(world, 4);
    AUTO_FD data = data_of(world->pilot);
    AUTO_FD folder = openat(data, "16.0.20201.20100", O_RDONLY | O_DIRECTORY);
    const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    assert_ok(fs_replace_file(folder, "notes.txt", "x", 1, &how, &err));
    for (int wet = 0; wet < 2; wet++) {
        options.dry_run = !wet;
        assert_fails(gc_run(&world->job, &options, &gc, &err), ERR_NOT_GENUINE);
        assert_non_null(strstr(err.msg, "pilot: 16.0.20201.20100/notes.txt does not belong there"));
        assert_reason(&gc.ring[0].folders, 1, true, "notes.txt does not belong there");
        assert_reason(&gc.ring[0].folders, 2, false, "nothing needs it");
        assert_reason(&gc.builds, 1, true, "pilot shows it");
        gc_clear(&gc);
    }
    assert_stand(world, world->pilot, "1 3 4");
    assert_stored(world, "1 3 4");
    assert_int_equal(unlinkat(folder, "notes.txt", 0), 0);
    collect(world, NULL);
    assert_stand(world, world->pilot, "3 4");
}

static void a_changed_file_keeps_its_folder(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    const struct gc_options options = {0};
    world->pilot->link = PLACE_COPY;
    go_live(world, world->production, (stage(world, 3), 3));
    pilot_had(world, 3);
    AUTO_FD data = data_of(world->pilot);
    AUTO_FD file = openat(data, "16.0.20201.20100/s640.cab", O_RDONLY);
    assert_int_equal(fchmod(file, 0644), 0);
    AUTO_FD writable = openat(data, "16.0.20201.20100/s640.cab", O_WRONLY);
    assert_int_equal(pwrite(writable, "X", 1, 0), 1);
    assert_int_equal(fchmod(file, 0444), 0);
    assert_fails(gc_run(&world->job, &options, &gc, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "16.0.20201.20100 has a file with other bytes"));
    gc_clear(&gc);
    assert_stand(world, world->pilot, "1 2 3");
}

static void a_foreign_share_is_left_alone_and_so_is_the_store(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    const struct gc_options options = {0};
    for (uint32_t n = 1; n <= 3; n++) {
        stage(world, n);
        go_live(world, world->production, n);
    }
    pilot_had(world, 3);
    AUTO_FD data = data_of(world->pilot);
    assert_int_equal(unlinkat(data, "v64.cab", 0), 0);
    size_t before = objects(world);
    assert_fails(gc_run(&world->job, &options, &gc, &err), ERR_NOT_GENUINE);
    assert_true(gc.store_left);
    assert_int_equal(gc.builds.len, 0);
    assert_int_equal(gc.ring[0].folders.len, 0);
    assert_int_equal(gc.ring[0].err.code, ERR_NOT_GENUINE);
    assert_int_equal(gc.ring[1].err.code, ERR_NONE);
    gc_clear(&gc);
    assert_stand(world, world->pilot, "1 2 3");
    assert_stand(world, world->production, "2 3");
    assert_int_equal(objects(world), before);
}

static void a_locked_ring_is_passed_over(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    struct lock *lock;
    const struct gc_options options = {0};
    for (uint32_t n = 1; n <= 3; n++) {
        stage(world, n);
        go_live(world, world->production, n);
    }
    pilot_had(world, 3);
    assert_ok(job_lock_ring(&world->job, world->pilot, &lock, &err));
    assert_fails(gc_run(&world->job, &options, &gc, &err), ERR_LOCKED);
    gc_clear(&gc);
    lock_release(lock);
    assert_stand(world, world->pilot, "1 2 3");
    assert_stand(world, world->production, "2 3");
    assert_stored(world, "1 2 3");
    collect(world, NULL);
    assert_stored(world, "2 3");
}

static void a_store_in_use_is_left_for_the_next_run(void **state)
{
    struct world *world = *state;
    struct gc gc;
    struct err err = {0};
    struct lock *lock;
    const struct gc_options options = {0};
    go_live(world, world->production, (stage(world, 3), 3));
    pilot_had(world, 3);
    assert_ok(job_lock_store(&world->job, &lock, &err)); /* as a sync that fetches */
    assert_fails(gc_run(&world->job, &options, &gc, &err), ERR_LOCKED);
    assert_non_null(strstr(err.msg, "lock store"));
    assert_int_equal(gc.builds.len, 0);
    assert_int_equal(world_entries(world, "gc"), 1); /* of the folder */
    gc_clear(&gc);
    assert_stand(world, world->pilot, "2 3");
    assert_stored(world, "1 2 3");
    lock_release(lock);
    collect(world, NULL);
    assert_stored(world, "2 3");
}

static void a_half_withdrawn_folder_is_finished(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    go_live(world, world->production, (stage(world, 4), 4));
    pilot_had(world, 4);
    AUTO_FD data = data_of(world->pilot);
    assert_int_equal(unlinkat(data, "v64_16.0.20201.20100.cab", 0), 0);
    assert_int_equal(unlinkat(data, "v64_16.0.20202.20100.cab", 0), 0);
    assert_int_equal(renameat(data, "16.0.20202.20100", data, ".ringmgr-trash-1"), 0);
    collect(world, NULL);
    assert_stand(world, world->pilot, "3 4");
    assert_true(faccessat(data, ".ringmgr-trash-1", F_OK, 0) != 0);
    assert_ok(reconcile_all(&world->job, &err));
}

static void an_open_intent_is_finished_first(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct catalog_files files AUTO(catalog_files_clear) = {0};
    go_live(world, world->production, (stage(world, 2), 2));
    pilot_had(world, 2);
    stage(world, 3);
    char *content AUTO_FREE = content_format(&world->pilot->content);
    struct intent intent = {.ring = world->pilot->name,
                            .channel = world->pilot->channel,
                            .from = number(2),
                            .to = number(3),
                            .kind = INTENT_PUBLISH,
                            .content = content,
                            .path = world->pilot->path,
                            .lane = "manual",
                            .actor = "games",
                            .identity = "sudo:5:games",
                            .opened_unix = clock_now_unix()};
    files_of(world, world->pilot, &intent.to, &files, &intent.files_digest);
    assert_ok(journal_intent_open(world->state, &intent, &err));
    collect(world, NULL);
    const struct build live = live_of(world, world->pilot), third = number(3);
    if (build_compare(&live, &third) == 0)
        assert_stand(world, world->pilot, "2 3");
    else
        assert_stand(world, world->pilot, "1 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(a_new_world_has_nothing_to_collect),
        OPS_CASE(books_that_know_no_build_leave_the_store_alone),
        OPS_CASE(the_live_build_and_the_one_before_stay),
        OPS_CASE(a_second_run_finds_nothing),
        OPS_CASE(keep_counts_the_last_live),
        OPS_CASE(grace_keeps_what_was_live_lately),
        OPS_CASE(a_step_of_the_clock_is_no_grace),
        OPS_CASE(evidence_goes_after_its_grace),
        OPS_CASE(what_production_could_take_stays_in_pilot),
        OPS_CASE(what_soaks_says_so),
        OPS_CASE(a_bad_build_is_not_kept_for_production),
        OPS_CASE(after_a_roll_back_the_good_one_below_stays),
        OPS_CASE(a_pinned_build_stays_until_the_pin_is_taken_back),
        OPS_CASE(a_planned_build_stays_in_the_ring_it_comes_from),
        OPS_CASE(a_pointer_that_the_live_build_does_not_give_keeps_its_build),
        OPS_CASE(objects_of_two_builds_stay_with_the_second),
        OPS_CASE(what_was_staged_and_overtaken_goes_after_its_grace),
        OPS_CASE(what_could_still_enter_stays_in_the_store),
        OPS_CASE(a_half_fetched_build_goes_when_it_is_overtaken),
        OPS_CASE(an_object_that_no_row_ever_named_goes),
        OPS_CASE(many_orphans_go_in_slices),
        OPS_CASE(a_ring_that_left_the_configuration_keeps_its_builds),
        OPS_CASE(where_a_roll_back_would_go_stays_in_the_store_though_no_share_shows_it),
        OPS_CASE(a_withdrawn_build_does_not_wait_to_enter),
        OPS_CASE(a_dry_run_says_the_same_and_changes_nothing),
        OPS_CASE(a_foreign_file_keeps_its_folder),
        OPS_CASE(a_changed_file_keeps_its_folder),
        OPS_CASE(a_foreign_share_is_left_alone_and_so_is_the_store),
        OPS_CASE(a_locked_ring_is_passed_over),
        OPS_CASE(a_store_in_use_is_left_for_the_next_run),
        OPS_CASE(a_half_withdrawn_folder_is_finished),
        OPS_CASE(an_open_intent_is_finished_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

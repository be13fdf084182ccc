/* What gc asks of the catalog: who names a build, which builds have files, which objects nothing names. */
#include "world.h"

#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/state/journal.h"
#include "ringmgr/state/pin.h"
#include "ringmgr/state/plan.h"

/* A file of the build, whose object is the digest of `content`. */
static void put_file(struct world *world, const struct channel *channel, const char *build, const char *path,
                     const char *content)
{
    struct err err = {0};
    struct build number = build_of(build);
    struct digest digest = digest_of_text(content);
    assert_ok(catalog_file_put(world->state, channel, &number, path, &digest, strlen(content), &err));
}

static void stage(struct world *world, const char *build, const char *content)
{
    struct err err = {0};
    struct build number = build_of(build);
    begin(world);
    put_file(world, mec(), build, "own", build);
    put_file(world, mec(), build, "shared", content);
    assert_ok(catalog_build_staged(world->state, mec(), &number, 1000, &err));
    commit(world);
}

/* Goes live in the ring, with the files of its catalog entry. */
static void offer(struct world *world, const char *ring, const char *build)
{
    struct err err = {0};
    struct catalog_files files = {0};
    struct offer offer = {.ring = (char *)ring,
                          .channel = mec(),
                          .build = build_of(build),
                          .content = (char *)"x64 en-us",
                          .live_since = 2000,
                          .by = "ringmgr"};
    assert_ok(catalog_files_get(world->state, mec(), &offer.build, &files, &err));
    begin(world);
    assert_ok(catalog_offer_start(world->state, &offer, &files, "promote", &err));
    commit(world);
    catalog_files_clear(&files);
}

static void drop(struct world *world, const char *build)
{
    struct err err = {0};
    struct build number = build_of(build);
    begin(world);
    assert_ok(catalog_build_drop(world->state, mec(), &number, 5000, &err));
    commit(world);
}

static void leave(struct world *world, const char *ring, const char *build)
{
    struct err err = {0};
    struct build number = build_of(build);
    begin(world);
    assert_ok(catalog_offer_removed(world->state, ring, mec(), &number, 4000, &err));
    commit(world);
}

static bool is_named(struct world *world, const char *content)
{
    struct err err = {0};
    struct digest digest = digest_of_text(content);
    bool named = false, listed = false;
    struct digest *objects;
    size_t len;
    assert_ok(catalog_object_is_named(world->state, &digest, &named, &err));
    assert_ok(catalog_objects_named(world->state, &objects, &len, &err));
    for (size_t i = 0; i < len; i++) {
        listed = listed || digest_equal(&objects[i], &digest);
        assert_true(i == 0 || memcmp(&objects[i - 1], &objects[i], sizeof *objects) < 0);
    }
    free(objects);
    assert_int_equal(named, listed);
    return named;
}

/* The builds with files as text: "20300.1 20200.1". */
static void assert_filled(struct world *world, const char *expected)
{
    struct err err = {0};
    struct catalog_build_list list;
    AUTO_BUF text = {0};
    assert_ok(catalog_builds_with_files(world->state, &list, &err));
    for (size_t i = 0; i < list.len; i++) {
        const struct build *build = &list.item[i].build;
        buf_printf(&text, "%s%s%u.%u", i ? " " : "",
                   list.item[i].channel == mec() ? "" : list.item[i].channel->id, build->part[2],
                   build->part[3]);
    }
    free(list.item);
    assert_string_equal(buf_text(&text), expected);
}

static void an_empty_catalog_has_nothing(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct catalog_uses uses;
    struct digest *objects;
    size_t len;
    assert_filled(world, "");
    assert_ok(catalog_uses_get(world->state, &uses, &err));
    assert_int_equal(uses.len, 0);
    assert_ok(catalog_objects_named(world->state, &objects, &len, &err));
    assert_int_equal(len, 0);
    assert_false(is_named(world, "anything"));
}

static void builds_with_files_come_newest_first_by_number(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct build known = build_of("20400.1");
    stage(world, "9126.1", "a");
    stage(world, "20300.1", "a");
    stage(world, "10730.2", "a");
    begin(world);
    assert_ok(catalog_build_put(world->state, mec(), &known, 900, &err)); /* known, without files */
    put_file(world, current(), "20500.1", "half", "fetched");
    commit(world);
    assert_filled(world, "Current20500.1 20300.1 10730.2 9126.1");
}

static void a_half_fetched_build_is_not_staged(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct catalog_build_list list;
    begin(world);
    put_file(world, mec(), "20300.1", "half", "fetched");
    commit(world);
    assert_ok(catalog_builds_with_files(world->state, &list, &err));
    assert_int_equal(list.len, 1);
    assert_int_equal(list.item[0].staged_unix, -1);
    free(list.item);
}

static void a_dropped_build_has_no_files_and_no_staging(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct build build = build_of("20300.1");
    struct catalog_build known;
    struct catalog_files files;
    bool found;
    stage(world, "20300.1", "a");
    drop(world, "20300.1");
    assert_filled(world, "");
    assert_ok(catalog_build_find(world->state, mec(), &build, &known, &found, &err));
    assert_true(found);
    assert_int_equal(known.staged_unix, -1);
    assert_ok(catalog_files_get(world->state, mec(), &build, &files, &err));
    assert_int_equal(files.len, 0);
    assert_ok(catalog_build_newest(world->state, mec(), NULL, &known, &found, &err));
    assert_false(found);
}

static void a_dropped_build_can_be_staged_anew(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct catalog_build_list list;
    static const struct build all = {{0}};
    stage(world, "20300.1", "a");
    drop(world, "20300.1");
    const struct build build = build_of("20300.1");
    begin(world);
    put_file(world, mec(), "20300.1", "own", "20300.1");
    assert_ok(catalog_build_staged(world->state, mec(), &build, 9000, &err));
    commit(world);
    assert_ok(catalog_builds_after(world->state, mec(), &all, &list, &err));
    assert_int_equal(list.len, 1);
    assert_int_equal(list.item[0].staged_unix, 9000);
    free(list.item);
}

/* The paths of the ring's newest offer of a build: "shared v64.cab". */
static void assert_remembered(struct world *world, const char *ring, const char *build, const char *expected)
{
    struct err err = {0};
    const struct build number = build_of(build);
    struct offer offer;
    struct catalog_files files;
    AUTO_BUF text = {0};
    bool found;
    assert_ok(catalog_offer_find(world->state, ring, mec(), &number, &offer, &found, &err));
    assert_true(found);
    assert_ok(catalog_offer_files(world->state, offer.id, &files, &err));
    for (size_t i = 0; i < files.len; i++)
        buf_printf(&text, "%s%s", i ? " " : "", files.file[i].path);
    assert_string_equal(buf_text(&text), expected);
    catalog_files_clear(&files);
    offer_clear(&offer);
}

/* Three years of fifty rings would be thousands of lists that nobody reads. */
static void of_a_dropped_build_its_descriptors_are_remembered(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    static const char *const builds[] = {"20300.1", "20200.1"};
    for (size_t i = 0; i < 2; i++) {
        stage(world, builds[i], "a");
        begin(world);
        put_file(world, mec(), builds[i], "folder/stream", "a");
        commit(world);
        offer(world, "pilot", builds[i]);
        offer(world, "production", builds[i]);
    }
    stage(world, "20400.1", "a");
    offer(world, "pilot", "20400.1");
    offer(world, "production", "20400.1");
    leave(world, "pilot", "20300.1");
    drop(world, "20300.1"); /* production's share still shows it */
    assert_remembered(world, "pilot", "20300.1", "own shared");
    assert_remembered(world, "production", "20300.1", "folder/stream own shared");
    assert_remembered(world, "pilot", "20200.1", "folder/stream own shared");
    leave(world, "production", "20300.1");
    leave(world, "pilot", "20200.1");
    drop(world, "20300.1");
    assert_remembered(world, "production", "20300.1", "own shared");
    assert_remembered(world, "pilot", "20200.1", "folder/stream own shared");
    assert_remembered(world, "pilot", "20400.1", "own shared");
}

static void a_drop_that_is_taken_back_never_was(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct build build = build_of("20300.1");
    stage(world, "20300.1", "a");
    begin(world);
    assert_ok(catalog_build_drop(world->state, mec(), &build, 5000, &err));
    assert_filled(world, "");
    assert_false(is_named(world, "a"));
    state_abort(world->state);
    assert_filled(world, "20300.1");
    assert_true(is_named(world, "a"));
}

static void dropping_an_unknown_build_is_fine(void **state)
{
    struct world *world = *state;
    stage(world, "20300.1", "a");
    drop(world, "1.1");
    assert_filled(world, "20300.1");
}

static void an_object_of_two_builds_stays_named(void **state)
{
    struct world *world = *state;
    stage(world, "20300.1", "both");
    stage(world, "20200.1", "both");
    drop(world, "20200.1");
    assert_true(is_named(world, "both"));
    assert_true(is_named(world, "20300.1"));
    assert_false(is_named(world, "20200.1"));
    drop(world, "20300.1");
    assert_false(is_named(world, "both"));
}

static void an_object_of_a_standing_offer_stays_named(void **state)
{
    struct world *world = *state;
    stage(world, "20300.1", "a");
    offer(world, "pilot", "20300.1");
    stage(world, "20400.1", "b");
    offer(world, "pilot", "20400.1");
    drop(world, "20300.1");
    assert_true(is_named(world, "a"));
    leave(world, "pilot", "20300.1");
    assert_false(is_named(world, "a"));
    assert_true(is_named(world, "b"));
}

static void an_absent_file_names_no_object(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct build build = build_of("20300.1");
    struct digest *objects;
    size_t len;
    int64_t since;
    begin(world);
    assert_ok(catalog_file_absent(world->state, mec(), &build, "absent", 1000, true, &since, &err));
    commit(world);
    assert_ok(catalog_objects_named(world->state, &objects, &len, &err));
    assert_int_equal(len, 0);
    assert_filled(world, "20300.1");
    free(objects);
}

static void count_uses(struct world *world, enum catalog_use_kind kind, size_t expected)
{
    struct err err = {0};
    struct catalog_uses uses;
    size_t count = 0;
    assert_ok(catalog_uses_get(world->state, &uses, &err));
    for (size_t i = 0; i < uses.len; i++)
        count += uses.item[i].kind == kind;
    catalog_uses_clear(&uses);
    assert_int_equal(count, expected);
}

static void standing_offers_are_uses_once_a_build(void **state)
{
    struct world *world = *state;
    stage(world, "20300.1", "a");
    stage(world, "20400.1", "b");
    offer(world, "pilot", "20300.1");
    offer(world, "pilot", "20400.1");
    offer(world, "pilot", "20300.1"); /* gone back */
    offer(world, "production", "20300.1");
    count_uses(world, USE_OFFER, 3);
    leave(world, "pilot", "20400.1");
    count_uses(world, USE_OFFER, 2);
}

static void the_files_of_all_standing_offers_of_a_build_are_put_together(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct catalog_files files;
    const struct build build = build_of("20300.1");
    stage(world, "20300.1", "a");
    stage(world, "20400.1", "b");
    offer(world, "pilot", "20300.1");
    offer(world, "production", "20400.1");
    offer(world, "pilot", "20400.1");
    begin(world);
    put_file(world, mec(), "20300.1", "grown", "later");
    commit(world);
    offer(world, "pilot", "20300.1"); /* gone back, with more */
    offer(world, "pilot", "20400.1");
    assert_ok(catalog_files_standing(world->state, "pilot", mec(), &build, &files, &err));
    assert_int_equal(files.len, 3);
    assert_string_equal(files.file[0].path, "grown");
    assert_string_equal(files.file[1].path, "own");
    assert_string_equal(files.file[2].path, "shared");
    assert_int_equal(files.file[0].bytes, 5);
    catalog_files_clear(&files);
    leave(world, "pilot", "20300.1");
    assert_ok(catalog_files_standing(world->state, "pilot", mec(), &build, &files, &err));
    assert_int_equal(files.len, 0);
}

static void the_uses_of_one_build_are_found_among_many(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct catalog_uses uses;
    const struct catalog_use *first;
    const struct build wanted = build_of("10730.1"), other = build_of("10730.2");
    for (int i = 0; i < 9; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d.1", 9126 + 401 * i);
        stage(world, text, "a");
        offer(world, "pilot", text);
        offer(world, "early", text);
    }
    assert_ok(catalog_uses_get(world->state, &uses, &err));
    assert_int_equal(uses.len, 18);
    assert_int_equal(catalog_uses_of(&uses, mec(), &wanted, &first), 2);
    assert_int_equal(build_compare(&first[0].build, &wanted), 0);
    assert_string_equal(first[0].ring, "early");
    assert_string_equal(first[1].ring, "pilot");
    assert_int_equal(catalog_uses_of(&uses, mec(), &other, &first), 0);
    assert_int_equal(catalog_uses_of(&uses, current(), &wanted, &first), 0);
    for (size_t i = 0; i < uses.len; i++)
        assert_int_equal(catalog_uses_of(&uses, mec(), &uses.item[i].build, &first), 2);
    catalog_uses_clear(&uses);
    assert_int_equal(catalog_uses_of(&uses, mec(), &wanted, &first), 0);
}

static void an_open_intent_names_both_ends(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct intent intent = {.ring = (char *)"pilot",
                            .channel = mec(),
                            .from = build_of("20200.1"),
                            .to = build_of("20300.1"),
                            .content = (char *)"x64 en-us",
                            .path = (char *)"/srv/pilot",
                            .lane = "manual",
                            .actor = "games",
                            .identity = "sudo:5:games",
                            .opened_unix = 3000};
    assert_ok(journal_intent_open(world->state, &intent, &err));
    count_uses(world, USE_INTENT, 2);
    begin(world);
    assert_ok(journal_intent_close(world->state, intent.id, "undone", 3001, &err));
    commit(world);
    count_uses(world, USE_INTENT, 0);
}

static void the_first_intent_of_a_ring_names_one_build(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct intent intent = {.ring = (char *)"pilot",
                            .channel = mec(),
                            .to = build_of("20300.1"),
                            .content = (char *)"x64 en-us",
                            .path = (char *)"/srv/pilot",
                            .lane = "manual",
                            .actor = "games",
                            .identity = "sudo:5:games",
                            .opened_unix = 3000};
    assert_ok(journal_intent_open(world->state, &intent, &err));
    count_uses(world, USE_INTENT, 1);
}

static void a_pin_names_its_build_until_it_is_taken_back(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct pin pin = {.ring = "production",
                      .channel = mec(),
                      .build = build_of("20300.1"),
                      .what = "rollback",
                      .by = "games",
                      .at_unix = 3000};
    struct pin taken;
    struct catalog_uses uses;
    bool found;
    begin(world);
    assert_ok(pin_put(world->state, &pin, &err));
    commit(world);
    assert_ok(catalog_uses_get(world->state, &uses, &err));
    assert_int_equal(uses.len, 1);
    assert_int_equal(uses.item[0].kind, USE_PIN);
    assert_int_equal(uses.item[0].number, pin.id);
    assert_string_equal(uses.item[0].ring, "production");
    assert_int_equal(build_compare(&uses.item[0].build, &pin.build), 0);
    catalog_uses_clear(&uses);
    begin(world);
    assert_ok(pin_take_back(world->state, pin.id, "games", 3001, &taken, &found, &err));
    commit(world);
    pin_clear(&taken);
    count_uses(world, USE_PIN, 0);
}

static void a_plan_names_its_build(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct plan plan = {.key = {.ring = "production", .channel = mec(), .build = build_of("20300.1")},
                              .at_unix = 7000,
                              .by = "games",
                              .identity = "sudo:5:games",
                              .made_unix = 3000};
    struct catalog_uses uses;
    bool found;
    begin(world);
    assert_ok(plan_put(world->state, &plan, &err));
    commit(world);
    assert_ok(catalog_uses_get(world->state, &uses, &err));
    assert_int_equal(uses.len, 1);
    assert_int_equal(uses.item[0].kind, USE_PLAN);
    assert_int_equal(uses.item[0].number, 7000);
    catalog_uses_clear(&uses);
    begin(world);
    assert_ok(plan_drop(world->state, "production", &found, &err));
    commit(world);
    count_uses(world, USE_PLAN, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(an_empty_catalog_has_nothing),
        world_test(builds_with_files_come_newest_first_by_number),
        world_test(a_half_fetched_build_is_not_staged),
        world_test(a_dropped_build_has_no_files_and_no_staging),
        world_test(a_dropped_build_can_be_staged_anew),
        world_test(of_a_dropped_build_its_descriptors_are_remembered),
        world_test(a_drop_that_is_taken_back_never_was),
        world_test(dropping_an_unknown_build_is_fine),
        world_test(an_object_of_two_builds_stays_named),
        world_test(an_object_of_a_standing_offer_stays_named),
        world_test(an_absent_file_names_no_object),
        world_test(standing_offers_are_uses_once_a_build),
        world_test(the_files_of_all_standing_offers_of_a_build_are_put_together),
        world_test(the_uses_of_one_build_are_found_among_many),
        world_test(an_open_intent_names_both_ends),
        world_test(the_first_intent_of_a_ring_names_one_build),
        world_test(a_pin_names_its_build_until_it_is_taken_back),
        world_test(a_plan_names_its_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

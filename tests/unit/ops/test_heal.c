#include "ringmgr/ops/heal.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/rollback.h"
#include "ringmgr/ops/soundness.h"
#include "world.h"

#include <inttypes.h>

#include <sys/stat.h>

#define OLD_BUILD "16.0.20131.20150"
#define NEW_BUILD "16.0.20228.20188"

/* ---- scenes ---- */

/* Pilot shows the new build, and the old one besides. */
static void publish_both(struct world *world)
{
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
    world_stage(world, &NEW, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, &NEW, NULL, &err), PROMOTE_DONE);
    assert_live(world, world->pilot, &NEW);
}

static int setup(void **state)
{
    world_setup(state);
    publish_both(*state);
    return 0;
}

static char *path_of(struct world *world, const struct ring *ring, const char *name)
{
    (void)world;
    return mem_printf("%s/Office/Data/%s", ring->path, name);
}

static struct stat stat_of(struct world *world, const char *name)
{
    char *path AUTO_FREE = path_of(world, world->pilot, name);
    struct stat st;
    if (lstat(path, &st) != 0)
        fail_msg("%s: %s", name, strerror(errno));
    return st;
}

static bool exists(struct world *world, const char *name)
{
    char *path AUTO_FREE = path_of(world, world->pilot, name);
    return access(path, F_OK) == 0;
}

static void erase(struct world *world, const char *name)
{
    char *path AUTO_FREE = path_of(world, world->pilot, name);
    assert_int_equal(unlink(path), 0);
}

/* A file of somebody else's, in the place of whatever was there. */
static void put(struct world *world, const char *name, const char *content)
{
    char *path AUTO_FREE = path_of(world, world->pilot, name);
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

/* Through the link: the object itself loses its bytes. */
static void overwrite(struct world *world, const char *name)
{
    char *path AUTO_FREE = path_of(world, world->pilot, name);
    assert_int_equal(chmod(path, 0644), 0);
    FILE *file = fopen(path, "r+");
    fputs("X", file);
    fclose(file);
    assert_int_equal(chmod(path, 0444), 0);
}

static void heal_ring(struct world *world, const struct ring *ring, const char *paths,
                      struct heal_result *result)
{
    struct err err = {0};
    AUTO_STRV list = {0};
    strv_split(&list, paths);
    heal_clear(result);
    assert_ok(heal_run(&world->job, ring, &list, result, &err));
}

static void heal(struct world *world, const char *paths, struct heal_result *result)
{
    heal_ring(world, world->pilot, paths, result);
}

/* A full verify of pilot finds nothing. */
static void assert_right(struct world *world)
{
    struct verify verify;
    struct err err = {0};
    const struct ring *const rings[] = {world->pilot, NULL};
    const struct verify_options options = {.rings = rings};
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    for (size_t i = 0; i < verify.len; i++)
        fprintf(stderr, "%s %s\n", verify.finding[i].path, verify.finding[i].problem);
    assert_int_equal(verify.len, 0);
    verify_clear(&verify);
}

static void assert_no_pointer(struct world *world, const struct ring *ring)
{
    struct build pointer = world_pointer(world, ring);
    assert_true(build_is_none(&pointer));
}

static bool has_attention(struct world *world, const char *code, const char *subject)
{
    struct err err = {0};
    int64_t since;
    assert_ok(catalog_attention_since(world->state, code, "pilot", subject, &since, &err));
    return since >= 0;
}

static size_t attentions(struct world *world)
{
    struct attentions all = {0};
    struct err err = {0};
    assert_ok(catalog_attentions(world->state, &all, &err));
    size_t len = all.len;
    attentions_clear(&all);
    return len;
}

/* What lies in quarantine: contents, sorted, a blank between. */
static void assert_quarantine(struct world *world, const char *wanted)
{
    AUTO_STRV names = {0};
    AUTO_STRV contents = {0};
    struct err err = {0};
    if (!fs_list(store_dir(world->store), "quarantine", &names, &err))
        assert_int_equal(err.sys, ENOENT);
    for (size_t i = 0; i < names.len; i++) {
        AUTO_BUF content = {0};
        char *path AUTO_FREE = mem_printf("quarantine/%s", names.item[i]);
        assert_ok(fs_read_file(store_dir(world->store), path, 1 << 20, &content, &err));
        strv_add(&contents, buf_text(&content));
    }
    strv_sort(&contents);
    char *all AUTO_FREE = strv_join(&contents, " ");
    assert_string_equal(all, wanted);
}

#define AUTO_RESULT                                                                                          \
    AUTO(heal_clear)                                                                                         \
    struct heal_result

/* ---- nothing is wrong ---- */

static struct stat stat_state(struct world *world, const char *name)
{
    char *path AUTO_FREE = mem_printf("%s/%s", world->settings.state, name);
    struct stat st = {0};
    stat(path, &st);
    return st;
}

static void test_events_about_right_files_write_nothing(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    struct stat db = stat_state(world, "ringmgr.db"), wal = stat_state(world, "ringmgr.db-wal");
    heal(world, "v64.cab v64_" NEW_BUILD ".cab " NEW_BUILD " " NEW_BUILD "/s640.cab nothing", &result);
    heal(world, "", &result);
    assert_int_equal(result.healed.len + result.left.len + result.quarantined.len + result.refetch.len, 0);
    assert_int_equal(world_entries(world, "heal"), 0);
    struct stat db_after = stat_state(world, "ringmgr.db"), wal_after = stat_state(world, "ringmgr.db-wal");
    assert_memory_equal(&db.st_mtim, &db_after.st_mtim, sizeof db.st_mtim);
    assert_memory_equal(&wal.st_mtim, &wal_after.st_mtim, sizeof wal.st_mtim);
    assert_int_equal(wal.st_size, wal_after.st_size);
    assert_int_equal(faccessat(store_dir(world->store), "quarantine", F_OK, 0), -1);
}

static void test_an_empty_ring_stays_empty(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    heal_ring(world, world->production, "", &result);
    assert_int_equal(result.left.len, 0);
    char *path AUTO_FREE = mem_printf("%s/Office", world->production->path);
    assert_int_equal(access(path, F_OK), -1);
}

/* ---- pointers ---- */

static void test_a_foreign_pointer_is_put_right_and_kept(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    put(world, "v64.cab", "mine");
    heal(world, "v64.cab", &result);
    assert_live(world, world->pilot, &NEW);
    assert_true(strv_has(&result.healed, "v64.cab") && strv_has(&result.quarantined, "v64.cab"));
    assert_quarantine(world, "mine");
    assert_int_equal(world_entries(world, "heal"), 1);
    assert_int_equal(attentions(world), 0);
    assert_right(world);
}

/* One that was right before, of a build that still stands. */
static void test_an_older_pointer_is_put_right(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    put(world, "v64.cab", "v64_" OLD_BUILD ".cab");
    heal(world, "", &result);
    assert_live(world, world->pilot, &NEW);
    assert_right(world);
}

static void test_a_missing_pointer_is_put_right(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    erase(world, "v64.cab");
    heal(world, "v64.cab", &result);
    assert_live(world, world->pilot, &NEW);
}

/* The files first: until then nothing whole could be named. */
static void test_pointer_and_files_are_put_right_together(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    erase(world, "v64.cab");
    erase(world, NEW_BUILD "/s640.cab");
    erase(world, "v64_" NEW_BUILD ".cab");
    heal(world, "v64.cab", &result);
    assert_int_equal(result.healed.len, 3);
    assert_right(world);
}

static void test_no_pointer_to_a_build_that_is_not_whole(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    put(world, "v64.cab", "mine");
    overwrite(world, NEW_BUILD "/s640.cab");
    heal(world, "v64.cab " NEW_BUILD "/s640.cab", &result);
    assert_int_equal(result.healed.len, 0);
    assert_int_equal(result.left.len, 2);
    assert_no_pointer(world, world->pilot);
    assert_false(exists(world, "v64.cab"));
    assert_quarantine(world, "mine");
    assert_true(has_attention(world, "pointer-withdrawn", ""));
    assert_false(has_attention(world, "share-wrong", "heal"));
    assert_true(has_attention(world, "object-lost", NEW_BUILD));
}

/* One that the share has none of: there is no 32-bit content. */
static void test_a_pointer_of_another_architecture_leaves(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    put(world, "v32.cab", "mine");
    heal(world, "v32.cab", &result);
    assert_false(exists(world, "v32.cab"));
    assert_quarantine(world, "mine");
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(attentions(world), 0);
}

static void test_a_folder_in_the_place_of_the_pointer(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    char *folder AUTO_FREE = path_of(world, world->pilot, "v64.cab");
    erase(world, "v64.cab");
    assert_int_equal(mkdir(folder, 0755), 0);
    heal(world, "v64.cab", &result);
    assert_live(world, world->pilot, &NEW);
    assert_right(world);
}

/* No files are missing, but who follows the pointer gets wrong bytes. */
static void test_a_right_pointer_leaves_with_what_it_names(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    struct err err = {0};
    overwrite(world, NEW_BUILD "/s640.cab");
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_no_pointer(world, world->pilot);
    assert_quarantine(world, "");
    assert_true(has_attention(world, "pointer-withdrawn", ""));
    assert_ok(reconcile_ring(&world->job, world->pilot, &err)); /* what is whole may be published */
    assert_false(has_attention(world, "share-foreign", ""));
    world_object(world, NEW_BUILD "/s640.cab");
    heal(world, "", &result);
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(attentions(world), 0);
}

/* Nobody need wait for what upstream may no longer have. */
static void test_a_ring_can_go_back_while_its_pointer_is_away(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    struct err err = {0};
    struct promotion promotion;
    const struct rollback_options options = {.reason = "not whole"};
    struct job job = world->job;
    job.identity = &world->games;
    overwrite(world, NEW_BUILD "/i640.cab");
    heal(world, NEW_BUILD "/i640.cab", &result);
    assert_no_pointer(world, world->pilot);
    assert_ok(rollback_run(&job, world->pilot, &options, &promotion, &err));
    assert_live(world, world->pilot, &OLD);
    assert_false(has_attention(world, "pointer-withdrawn", ""));
    heal(world, "", &result);
    assert_live(world, world->pilot, &OLD);
}

/* An older build is no business of the pointer's. */
static void test_a_pointer_stays_where_an_older_build_is_not_whole(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    overwrite(world, OLD_BUILD "/s640.cab");
    heal(world, OLD_BUILD "/s640.cab", &result);
    assert_live(world, world->pilot, &NEW);
    assert_false(has_attention(world, "pointer-withdrawn", ""));
}

/* The right bytes stand on the share still: the store takes them back, and nothing need be fetched. */
static void test_a_copy_whose_object_is_lost_gives_it_back(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    char *object AUTO_FREE = path_of(world, world->pilot, NEW_BUILD "/s640.cab");
    world->pilot->link = PLACE_COPY;
    overwrite(world, NEW_BUILD "/s640.cab");
    put(world, NEW_BUILD "/s640.cab", NEW_BUILD "/s640.cab");
    assert_int_equal(chmod(object, 0444), 0);
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_live(world, world->pilot, &NEW);
    assert_false(has_attention(world, "object-lost", NEW_BUILD));
    assert_int_equal(result.refetch.len, 0);
    assert_right(world);
}

/* ---- files ---- */

static void test_missing_files_are_linked_again(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    ino_t before = stat_of(world, NEW_BUILD "/s640.cab").st_ino;
    erase(world, NEW_BUILD "/s640.cab");
    erase(world, OLD_BUILD "/s640.cab");
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_int_equal(stat_of(world, NEW_BUILD "/s640.cab").st_ino, before);
    assert_int_equal(result.healed.len, 2);
    assert_right(world);
}

static void test_a_missing_folder_is_brought_back(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    struct err err = {0};
    int dir = open(world->pilot->path, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(dir, "Office/Data/" NEW_BUILD, &err));
    heal(world, NEW_BUILD, &result);
    assert_right(world);
    assert_ok(fs_remove_tree(dir, "Office", &err));
    close(dir);
    heal(world, "", &result);
    assert_live(world, world->pilot, &NEW);
    assert_right(world);
}

static void test_another_file_in_its_place_is_replaced_and_kept(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    put(world, NEW_BUILD "/s640.cab", "mine");
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_quarantine(world, "mine");
    assert_right(world);
}

static void test_permissions_are_restored(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    char *file AUTO_FREE = path_of(world, world->pilot, NEW_BUILD "/s640.cab");
    char *folder AUTO_FREE = path_of(world, world->pilot, NEW_BUILD);
    char *pointer AUTO_FREE = path_of(world, world->pilot, "v64.cab");
    assert_int_equal(chmod(file, 0600) + chmod(pointer, 0666) + chmod(folder, 0700), 0);
    heal(world, NEW_BUILD "/s640.cab " NEW_BUILD " v64.cab", &result);
    assert_int_equal(result.healed.len, 3);
    assert_int_equal(stat_of(world, NEW_BUILD).st_mode & 07777, 0755);
    assert_quarantine(world, "");
    assert_right(world);
}

/* link = copy: a copy is read if it changed. */
static void test_a_copy_of_the_same_size_is_found(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    world->pilot->link = PLACE_COPY;
    put(world, NEW_BUILD "/s640.cab", NEW_BUILD "/S640.CAB");
    char *copy AUTO_FREE = path_of(world, world->pilot, NEW_BUILD "/s640.cab");
    assert_int_equal(chmod(copy, 0444), 0);
    heal(world, "", &result);
    assert_int_equal(result.healed.len, 0);
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_int_equal(result.healed.len, 1);
    assert_right(world);
}

/* ---- objects ---- */

static void test_a_changed_object_is_put_aside_and_asked_for(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    overwrite(world, NEW_BUILD "/s640.cab");
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_int_equal(result.refetch.len, 1);
    assert_string_equal(result.refetch.item[0], "pilot " NEW_BUILD);
    assert_int_equal(result.again.len, 1);
    assert_string_equal(result.again.item[0], "pilot");
    struct digest digest = digest_of(NEW_BUILD "/s640.cab", strlen(NEW_BUILD "/s640.cab"));
    assert_false(store_has(world->store, &digest, NULL));
    assert_true(has_attention(world, "object-lost", NEW_BUILD));
    assert_int_equal(world_entries(world, "heal"), 1);
    heal(world, "", &result); /* asked for again, but told once */
    assert_int_equal(result.refetch.len, 1);
    assert_int_equal(world_entries(world, "heal"), 1);
}

static void test_what_was_fetched_again_is_linked_again(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    overwrite(world, NEW_BUILD "/s640.cab");
    heal(world, NEW_BUILD "/s640.cab", &result);
    world_object(world, NEW_BUILD "/s640.cab");
    heal(world, "", &result);
    assert_true(strv_has(&result.healed, NEW_BUILD "/s640.cab"));
    assert_int_equal(result.refetch.len, 0);
    assert_int_equal(attentions(world), 0);
    assert_right(world);
}

/* The object is the same wherever it is shown. */
static void test_every_ring_that_shows_the_object_is_named(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_RESULT result = {0};
    world_approve(world, &NEW, &world->news);
    assert_int_equal(world_promote(world, world->production, &NEW, &world->games, &err), PROMOTE_DONE);
    overwrite(world, NEW_BUILD "/s640.cab");
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_true(strv_has(&result.again, "pilot") && strv_has(&result.again, "production"));
    assert_int_equal(result.look.len, 1); /* its pointer must leave, too */
    assert_string_equal(result.look.item[0], "production");
    heal_ring(world, world->production, "", &result);
    assert_no_pointer(world, world->production);
    assert_int_equal(result.look.len, 0);
    assert_string_equal(result.refetch.item[0], "pilot " NEW_BUILD);
    world_object(world, NEW_BUILD "/s640.cab");
    heal_ring(world, world->production, "", &result);
    assert_true(strv_has(&result.healed, NEW_BUILD "/s640.cab"));
    assert_live(world, world->production, &NEW);
}

/* ---- what does not belong there ---- */

static void test_foreign_files_and_builds_go_to_quarantine(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    char *folder AUTO_FREE = path_of(world, world->pilot, "16.0.1.1");
    put(world, "v64_16.0.1.1.cab", "a");
    put(world, NEW_BUILD "/desktop.ini", "b");
    heal(world, "v64_16.0.1.1.cab", &result);
    assert_quarantine(world, "a b");
    assert_int_equal(mkdir(folder, 0755), 0);
    put(world, "16.0.1.1/s640.cab", "c");
    heal(world, "16.0.1.1", &result);
    assert_int_equal(result.quarantined.len, 1);
    assert_false(exists(world, "16.0.1.1"));
    assert_right(world);
}

static void test_a_full_quarantine_takes_no_more_and_loses_nothing(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    world->settings.quarantine_max_bytes = 8;
    put(world, "first", "12345");
    heal(world, "first", &result);
    put(world, "second", "6789");
    put(world, NEW_BUILD "/s640.cab", "in its place");
    heal(world, "second", &result);
    assert_quarantine(world, "12345 in its place");
    assert_true(exists(world, "second"));
    assert_true(has_attention(world, "quarantine-full", ""));
    assert_false(has_attention(world, "share-wrong", "heal"));
    assert_string_equal(result.left.item[0], "second does not belong there");
    world->settings.quarantine_max_bytes = 1 << 20;
    heal(world, "", &result);
    assert_false(exists(world, "second"));
    assert_int_equal(attentions(world), 0);
}

/* ---- interrupted publications ---- */

/* Pilot shows the old build; the kill came right after the intent for the new one, or with `place` after its
 * files. */
static void open_intent(struct world *world, bool place)
{
    AUTO_FACTS facts = {0};
    AUTO_TREE tree = TREE_CLOSED;
    struct err err = {0};
    char *content AUTO_FREE = content_format(&world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
    world_stage(world, &NEW, &world->pilot->content);
    assert_ok(facts_gather(&world->job, world->pilot, &NEW, LANE_AUTOMATIC, NULL, &facts, &err));
    struct intent intent = {.ring = world->pilot->name,
                            .channel = world->pilot->channel,
                            .from = OLD,
                            .to = NEW,
                            .kind = INTENT_PUBLISH,
                            .content = content,
                            .path = world->pilot->path,
                            .files_digest = facts.files_digest,
                            .actor = "ringmgr",
                            .identity = "service",
                            .opened_unix = clock_now_unix()};
    assert_ok(journal_intent_open(world->state, &intent, &err));
    if (!place)
        return;
    struct share_file *files AUTO_FREE = share_files_of(&facts.files);
    const struct publication publication = {
        .id = "33333333", .build = NEW_BUILD, .file = files, .files = facts.files.len, .link = LINK_HARD};
    assert_ok(tree_open(world->pilot->path, true, &tree, &err));
    assert_ok(publish_run(world->store, &tree, &publication, &err));
}

static void test_an_interrupted_publication_is_finished(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    open_intent(world, false);
    heal(world, "", &result);
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(world_entries(world, "heal"), 0);
}

/* A foreign pointer stands in the way of the replay: what both builds show belongs there. */
static void test_a_foreign_pointer_on_an_interrupted_publication(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    open_intent(world, true);
    put(world, "v64.cab", "mine");
    heal(world, "v64.cab", &result);
    assert_quarantine(world, "mine");
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(attentions(world), 0);
    assert_right(world);
}

/* ---- a share that is not mounted ---- */

static void empty_share(struct world *world)
{
    struct err err = {0};
    int dir = open(world->pilot->path, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_remove_tree(dir, "Office", &err));
    close(dir);
}

static void test_nothing_is_built_below_a_mount_point(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_STRV none = {0};
    AUTO_RESULT result = {0};
    char *mount AUTO_FREE = tree_mount(world->pilot->path);
    char *office AUTO_FREE = mem_printf("%s/Office", world->pilot->path);
    char *noted AUTO_FREE = NULL;
    assert_ok(mark_place_find(world->state, "pilot", &noted, &err));
    assert_string_equal(noted, mount); /* by the publication */
    assert_ok(mark_place_put(world->state, "pilot", world->pilot->path, 1790000000, &err));
    empty_share(world);
    assert_fails(heal_run(&world->job, world->pilot, &none, &result, &err), ERR_FAILED);
    assert_fails(reconcile_ring(&world->job, world->pilot, &err), ERR_FAILED);
    assert_int_equal(access(office, F_OK), -1);
    assert_true(has_attention(world, "share-unmounted", ""));
    assert_int_equal(attentions(world), 1);
    assert_ok(mark_place_put(world->state, "pilot", mount, 1790000000, &err)); /* mounted again */
    heal(world, "", &result);
    assert_int_equal(attentions(world), 0);
    assert_right(world);
}

/* Moved to this file system, with all that was on it. */
static void test_a_share_that_is_not_empty_is_no_mount_point(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_RESULT result = {0};
    assert_ok(mark_place_put(world->state, "pilot", world->pilot->path, 1790000000, &err));
    erase(world, "v64.cab");
    heal(world, "v64.cab", &result);
    assert_right(world);
    empty_share(world); /* and it was whole here */
    heal(world, "", &result);
    assert_right(world);
}

/* What is mounted elsewhere was another path of the ring's. */
static void test_a_ring_with_another_path_is_not_missed(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_RESULT result = {0};
    assert_ok(mark_place_put(world->state, "pilot", "/somewhere/else", 1790000000, &err));
    empty_share(world);
    heal(world, "", &result);
    assert_right(world);
}

/* ---- the same file again and again ---- */

static void test_a_file_that_is_changed_again_and_again_is_left_alone(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    for (int i = 0; i < 3; i++) {
        assert_false(has_attention(world, "heal-loop", NEW_BUILD "/s640.cab"));
        erase(world, NEW_BUILD "/s640.cab");
        heal(world, NEW_BUILD "/s640.cab", &result);
        assert_int_equal(result.healed.len, 1);
    }
    assert_true(has_attention(world, "heal-loop", NEW_BUILD "/s640.cab"));
    erase(world, NEW_BUILD "/s640.cab");
    erase(world, NEW_BUILD "/i640.cab");
    heal(world, NEW_BUILD "/s640.cab", &result);
    assert_int_equal(result.healed.len, 1);
    assert_false(exists(world, NEW_BUILD "/s640.cab"));
    assert_no_pointer(world, world->pilot);
    assert_int_equal(result.left.len, 2);
    assert_true(has_attention(world, "pointer-withdrawn", ""));
    assert_false(has_attention(world, "share-wrong", "heal"));
}

static void test_a_person_begins_anew(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    struct verify verify;
    struct err err = {0};
    const struct ring *const rings[] = {world->pilot, NULL};
    const struct verify_options options = {.rings = rings, .repair = true};
    for (int i = 0; i < 4; i++) {
        erase(world, NEW_BUILD "/s640.cab");
        heal(world, "", &result);
    }
    assert_false(exists(world, NEW_BUILD "/s640.cab"));
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    verify_clear(&verify);
    assert_int_equal(attentions(world), 0);
    erase(world, NEW_BUILD "/s640.cab");
    heal(world, "", &result);
    assert_true(exists(world, NEW_BUILD "/s640.cab"));
}

/* The service's own audits are no person. */
static void test_an_audit_of_the_service_leaves_it_alone(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    struct verify verify;
    struct err err = {0};
    const struct ring *const rings[] = {world->pilot, NULL};
    const struct verify_options options = {.rings = rings, .repair = true, .unattended = true};
    for (int i = 0; i < 3; i++) {
        erase(world, NEW_BUILD "/s640.cab");
        heal(world, "", &result);
    }
    erase(world, NEW_BUILD "/s640.cab");
    erase(world, NEW_BUILD "/i640.cab");
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    assert_int_equal(verify.repaired, 1);
    verify_clear(&verify);
    assert_false(exists(world, NEW_BUILD "/s640.cab"));
    assert_true(has_attention(world, "heal-loop", NEW_BUILD "/s640.cab"));
}

static void test_within_more_than_an_hour_it_is_no_loop(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    for (int i = 0; i < 5; i++) {
        char *now AUTO_FREE = mem_printf("%d", 1790000000 + i * 1801);
        setenv("RINGMGR_TEST_NOW", now, 1);
        erase(world, NEW_BUILD "/s640.cab");
        heal(world, "", &result);
        assert_int_equal(result.healed.len, 1);
    }
    unsetenv("RINGMGR_TEST_NOW");
    assert_int_equal(attentions(world), 0);
}

/* Somebody's third accident of the hour is mended as the first was; it is told. */
static void test_three_accidents_within_an_hour_are_mended(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    for (int i = 0; i < 6; i++) {
        char *now AUTO_FREE = mem_printf("%d", 1790000000 + i * 301);
        setenv("RINGMGR_TEST_NOW", now, 1);
        assert_int_equal(has_attention(world, "heal-loop", NEW_BUILD "/s640.cab"), i > 2);
        erase(world, NEW_BUILD "/s640.cab");
        heal(world, "", &result);
        assert_int_equal(result.healed.len, 1);
        assert_live(world, world->pilot, &NEW);
    }
    unsetenv("RINGMGR_TEST_NOW");
}

/* What fights on gets it again when the minutes are over. */
static void test_what_is_left_alone_is_tried_again(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    static const struct {
        int64_t now;
        size_t healed;
    } steps[] = {{0, 1}, {10, 1}, {20, 1}, {30, 0}, {599, 0}, {601, 1}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char *now AUTO_FREE = mem_printf("%" PRId64, 1790000000 + steps[i].now);
        setenv("RINGMGR_TEST_NOW", now, 1);
        if (exists(world, NEW_BUILD "/s640.cab"))
            erase(world, NEW_BUILD "/s640.cab");
        heal(world, "", &result);
        assert_int_equal(exists(world, NEW_BUILD "/s640.cab"), steps[i].healed);
    }
    unsetenv("RINGMGR_TEST_NOW");
}

static void test_a_pointer_is_never_left_alone(void **state)
{
    struct world *world = *state;
    AUTO_RESULT result = {0};
    for (int i = 0; i < 6; i++) {
        put(world, "v64.cab", "mine");
        heal(world, "v64.cab", &result);
        assert_live(world, world->pilot, &NEW);
    }
    assert_true(has_attention(world, "heal-loop", "v64.cab"));
}

/* ---- locks ---- */

static void test_a_publication_that_runs_is_not_disturbed(void **state)
{
    struct world *world = *state;
    AUTO_LOCK lock = NULL;
    AUTO_STRV none = {0};
    AUTO_RESULT result = {0};
    struct err err = {0};
    assert_ok(job_lock_ring(&world->job, world->pilot, &lock, &err));
    erase(world, "v64.cab");
    assert_fails(heal_run(&world->job, world->pilot, &none, &result, &err), ERR_LOCKED);
    assert_false(exists(world, "v64.cab"));
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_events_about_right_files_write_nothing),
        CASE(test_an_empty_ring_stays_empty),
        CASE(test_a_foreign_pointer_is_put_right_and_kept),
        CASE(test_an_older_pointer_is_put_right),
        CASE(test_a_missing_pointer_is_put_right),
        CASE(test_pointer_and_files_are_put_right_together),
        CASE(test_no_pointer_to_a_build_that_is_not_whole),
        CASE(test_a_pointer_of_another_architecture_leaves),
        CASE(test_a_folder_in_the_place_of_the_pointer),
        CASE(test_a_right_pointer_leaves_with_what_it_names),
        CASE(test_a_ring_can_go_back_while_its_pointer_is_away),
        CASE(test_a_pointer_stays_where_an_older_build_is_not_whole),
        CASE(test_a_copy_whose_object_is_lost_gives_it_back),
        CASE(test_missing_files_are_linked_again),
        CASE(test_a_missing_folder_is_brought_back),
        CASE(test_another_file_in_its_place_is_replaced_and_kept),
        CASE(test_permissions_are_restored),
        CASE(test_a_copy_of_the_same_size_is_found),
        CASE(test_a_changed_object_is_put_aside_and_asked_for),
        CASE(test_what_was_fetched_again_is_linked_again),
        CASE(test_every_ring_that_shows_the_object_is_named),
        CASE(test_foreign_files_and_builds_go_to_quarantine),
        CASE(test_a_full_quarantine_takes_no_more_and_loses_nothing),
        OPS_CASE(test_an_interrupted_publication_is_finished),
        OPS_CASE(test_a_foreign_pointer_on_an_interrupted_publication),
        CASE(test_nothing_is_built_below_a_mount_point),
        CASE(test_a_share_that_is_not_empty_is_no_mount_point),
        CASE(test_a_ring_with_another_path_is_not_missed),
        CASE(test_a_file_that_is_changed_again_and_again_is_left_alone),
        CASE(test_a_person_begins_anew),
        CASE(test_an_audit_of_the_service_leaves_it_alone),
        CASE(test_within_more_than_an_hour_it_is_no_loop),
        CASE(test_three_accidents_within_an_hour_are_mended),
        CASE(test_what_is_left_alone_is_tried_again),
        CASE(test_a_pointer_is_never_left_alone),
        CASE(test_a_publication_that_runs_is_not_disturbed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

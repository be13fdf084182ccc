#include "shares/repair.h"
#include "world.h"

/* Publishes the old build and returns what an audit of it wants. */
static struct audit_wanted published(struct world *world)
{
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->old_build, &err));
    return (struct audit_wanted){.file = world->old_files,
                                 .files = FILES,
                                 .architectures = ARCH_X64 | ARCH_X86,
                                 .pointer = {world->old_files[0].digest, world->old_files[1].digest}};
}

static void look(struct world *world, const struct audit_wanted *wanted, struct audit *audit)
{
    struct err err = {0};
    audit_clear(audit);
    assert_ok(audit_run(world->store, &world->tree, wanted, audit, &err));
}

static struct repair repair_of(struct world *world, const struct audit_wanted *wanted)
{
    char path[128];
    snprintf(path, sizeof path, "%s/quarantine", world->path);
    mkdir(path, 0755);
    return (struct repair){.store = world->store,
                           .tree = &world->tree,
                           .wanted = wanted,
                           .link = LINK_HARD,
                           .quarantine = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                           .room_bytes = 1 << 20,
                           .now_unix = 1785000000};
}

/* How much is wrong; with `repair`, how much is left after repairing. */
static size_t count_wrong(struct world *world, const struct audit_wanted *wanted, bool repair)
{
    struct audit audit AUTO(audit_clear) = {0};
    struct repair repair_it AUTO(repair_clear) = repair_of(world, wanted);
    struct err err = {0};
    look(world, wanted, &audit);
    if (!repair)
        return audit.len;
    assert_ok(repair_files(&repair_it, &audit, &err));
    assert_ok(repair_foreign(&repair_it, &audit, &err));
    assert_ok(repair_pointers(&repair_it, &audit, &err));
    assert_ok(repair_manifest(&repair_it, &audit, &err));
    look(world, wanted, &audit);
    return audit.len;
}

static void finds_nothing_on_a_right_share(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(count_wrong(world, &wanted, false), 0);
}

/* Each kind of damage is found, mended, and then gone. */
static void check_mended(struct world *world, const struct audit_wanted *wanted)
{
    assert_int_equal(count_wrong(world, wanted, false), 1);
    assert_int_equal(count_wrong(world, wanted, true), 0);
    assert_int_equal(count_wrong(world, wanted, false), 0);
}

static void mends_a_missing_pointer(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, "v64.cab", 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_pointer_to_something_else(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    world_write(world, "v32.cab", "another build");
    check_mended(world, &wanted);
}

static void mends_a_pointer_that_is_a_link_to_its_object(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, "v64.cab", 0), 0);
    assert_int_equal(linkat(world->tree.data, "v64_" OLD_BUILD ".cab", world->tree.data, "v64.cab", 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_missing_file(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, OLD_BUILD "/s640.cab", 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_missing_folder(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct err err = {0};
    assert_ok(fs_remove_tree(world->tree.data, OLD_BUILD, &err));
    assert_int_equal(count_wrong(world, &wanted, false), 3);
    assert_int_equal(count_wrong(world, &wanted, true), 0);
    assert_int_equal(count_wrong(world, &wanted, false), 0);
}

static void mends_a_file_of_the_same_size_with_other_bytes(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    world_write(world, OLD_BUILD "/s640.cab", "Content of " OLD_BUILD "/s640.cab");
    check_mended(world, &wanted);
}

static void mends_permissions(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(fchmodat(world->tree.data, OLD_BUILD "/s640.cab", 0600, 0), 0);
    check_mended(world, &wanted);
}

static void mends_a_file_replaced_by_a_link(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(unlinkat(world->tree.data, OLD_BUILD "/s640.cab", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", world->tree.data, OLD_BUILD "/s640.cab"), 0);
    check_mended(world, &wanted);
}

static void puts_aside_what_does_not_belong_there(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    AUTO_STRV kept = {0};
    struct err err = {0};
    world_write(world, OLD_BUILD "/desktop.ini", "");
    assert_int_equal(mkdirat(world->tree.data, "16.0.1.1", 0755), 0);
    assert_int_equal(count_wrong(world, &wanted, false), 2);
    assert_int_equal(count_wrong(world, &wanted, true), 0);
    assert_false(world_exists(world, OLD_BUILD "/desktop.ini"));
    int dir = open(world->path, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_list(dir, "quarantine", &kept, &err));
    close(dir);
    assert_int_equal(kept.len, 2);
}

/* The contents of what lies in quarantine, sorted, with a blank behind each. */
static void kept_contents(struct world *world, char text[512])
{
    AUTO_STRV kept = {0};
    AUTO_STRV contents = {0};
    struct err err = {0};
    int dir = open(world->path, O_RDONLY | O_DIRECTORY);
    assert_ok(fs_list(dir, "quarantine", &kept, &err));
    for (size_t i = 0; i < kept.len; i++) {
        AUTO_BUF content = {0};
        char *path AUTO_FREE = mem_printf("quarantine/%s", kept.item[i]);
        assert_ok(fs_read_file(dir, path, 1 << 20, &content, &err));
        strv_add(&contents, buf_text(&content));
    }
    close(dir);
    strv_sort(&contents);
    char *joined AUTO_FREE = strv_join(&contents, " ");
    snprintf(text, 512, "%s", joined);
}

static void puts_aside_a_pointer_beside_the_one_that_is_offered(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    char kept[512];
    world_write(world, "v32.cab", "mine");
    wanted.architectures = ARCH_X64;
    assert_int_equal(count_wrong(world, &wanted, true), 0);
    kept_contents(world, kept);
    assert_string_equal(kept, "mine");
}

static void leaves_a_pointer_where_none_is_offered_to_a_person(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    wanted.architectures = 0;
    assert_int_equal(count_wrong(world, &wanted, true), 2);
    assert_true(world_exists(world, "v32.cab"));
}

static void keeps_what_stood_in_the_place_of_pointers_and_files(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    char kept[512];
    world_write(world, "v64.cab", "my pointer");
    world_write(world, OLD_BUILD "/s640.cab", "my cabinet");
    assert_int_equal(count_wrong(world, &wanted, true), 0);
    kept_contents(world, kept);
    assert_string_equal(kept, "my cabinet my pointer");
}

/* Nothing of it is anybody else's. */
static void keeps_nothing_of_its_own(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    char kept[512];
    assert_int_equal(fchmodat(world->tree.data, "v64.cab", 0600, 0), 0);
    assert_int_equal(fchmodat(world->tree.data, OLD_BUILD "/s640.cab", 0600, 0), 0);
    assert_int_equal(unlinkat(world->tree.data, OLD_BUILD "/i640.cab", 0), 0);
    assert_int_equal(count_wrong(world, &wanted, true), 0);
    kept_contents(world, kept);
    assert_string_equal(kept, "");
}

/* A copy of its own, as with link = copy: the permissions alone are mended. */
static void mends_the_permissions_of_a_copy_in_place(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    char kept[512];
    world_write(world, OLD_BUILD "/s640.cab", "content of " OLD_BUILD "/s640.cab");
    assert_int_equal(fchmodat(world->tree.data, OLD_BUILD "/s640.cab", 0600, 0), 0);
    ino_t before = world_stat(world, OLD_BUILD "/s640.cab").st_ino;
    check_mended(world, &wanted);
    assert_int_equal(world_stat(world, OLD_BUILD "/s640.cab").st_ino, before);
    kept_contents(world, kept);
    assert_string_equal(kept, "");
}

static void mends_the_permissions_of_folders(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    assert_int_equal(fchmodat(world->tree.data, OLD_BUILD, 0700, 0), 0);
    assert_int_equal(fchmod(world->tree.data, 0777), 0);
    assert_int_equal(count_wrong(world, &wanted, false), 2);
    assert_int_equal(count_wrong(world, &wanted, true), 0);
    assert_int_equal(world_stat(world, OLD_BUILD).st_mode & 07777, 0755);
}

/* What is foreign stays when quarantine is full; what stands in the place of a file does not. */
static void moves_no_more_than_quarantine_may_hold(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct audit audit AUTO(audit_clear) = {0};
    struct repair repair AUTO(repair_clear) = repair_of(world, &wanted);
    struct err err = {0};
    world_write(world, "a", "12345");
    world_write(world, "b", "123456");
    world_write(world, OLD_BUILD "/s640.cab", "something long");
    repair.room_bytes = 10;
    look(world, &wanted, &audit);
    assert_ok(repair_files(&repair, &audit, &err));
    assert_ok(repair_foreign(&repair, &audit, &err));
    assert_int_equal(repair.moved.len, 2);
    assert_true(strv_has(&repair.moved, "a") && strv_has(&repair.moved, OLD_BUILD "/s640.cab"));
    assert_int_equal(repair.stayed.len, 1);
    assert_string_equal(repair.stayed.item[0], "b");
    assert_true(world_exists(world, "b"));
    look(world, &wanted, &audit);
    assert_int_equal(audit.len, 1);
    close(repair.quarantine);
}

static void puts_the_longest_of_names_aside(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    char name[256];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    world_write(world, name, "");
    world_write(world, "y", "");
    assert_int_equal(count_wrong(world, &wanted, false), 2);
    assert_int_equal(count_wrong(world, &wanted, true), 0);
}

/* Who may write in Office/Data may put a link where a folder was looked at. */
static void follows_no_link_that_came_since_the_audit(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct audit audit AUTO(audit_clear) = {0};
    struct repair repair AUTO(repair_clear) = repair_of(world, &wanted);
    struct err err = {0};
    world_write(world, OLD_BUILD "/ringmgr.db", "somebody's");
    look(world, &wanted, &audit);
    assert_int_equal(audit.len, 1);
    assert_int_equal(renameat(world->tree.data, OLD_BUILD, world->tree.data, "hidden"), 0);
    assert_int_equal(symlinkat("../../..", world->tree.data, OLD_BUILD), 0);
    world_write(world, "../../../ringmgr.db", "the state");
    assert_ok(repair_foreign(&repair, &audit, &err));
    assert_true(world_exists(world, "../../../ringmgr.db"));
    assert_int_equal(repair.moved.len, 0);
    close(repair.quarantine);
}

/* While a publication is interrupted, both builds belong there and either pointer is right. */
static void knows_what_may_be_there_besides(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct err err = {0};
    assert_ok(publish_run(world->store, &world->tree, &world->new_build, &err));
    assert_true(count_wrong(world, &wanted, false) >= 4);
    wanted.also = world->new_files;
    wanted.also_files = FILES;
    wanted.also_architectures = ARCH_X64 | ARCH_X86;
    wanted.also_pointer[0] = world->new_files[0].digest;
    wanted.also_pointer[1] = world->new_files[1].digest;
    assert_int_equal(count_wrong(world, &wanted, false), 0);
    assert_int_equal(unlinkat(world->tree.data, NEW_BUILD "/s640.cab", 0), 0);
    assert_int_equal(count_wrong(world, &wanted, false), 0);
}

/* Copies are not read, unless they are among those that changed. */
static void reads_a_copy_that_has_changed(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    AUTO_STRV changed = {0};
    world_write(world, OLD_BUILD "/s640.cab", "CONTENT OF " OLD_BUILD "/S640.CAB");
    wanted.metadata_only = true;
    assert_int_equal(count_wrong(world, &wanted, false), 0);
    strv_add(&changed, OLD_BUILD "/s640.cab");
    wanted.changed = &changed;
    assert_int_equal(count_wrong(world, &wanted, false), 1);
}

static void removes_what_a_killed_repair_has_left_in_a_folder(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    world_write(world, OLD_BUILD "/.ringmgr-tmp-1", "");
    check_mended(world, &wanted);
}

/* Writes through the hard link: share and store lose the same bytes. */
static void damage(struct world *world, const struct share_file *file)
{
    assert_int_equal(fchmodat(world->tree.data, file->path, 0644, 0), 0);
    int fd = openat(world->tree.data, file->path, O_WRONLY);
    assert_int_equal(pwrite(fd, "X", 1, 0), 1);
    close(fd);
    assert_int_equal(fchmodat(world->tree.data, file->path, 0444, 0), 0);
}

static void reports_a_link_to_an_object_that_is_known_to_be_damaged(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    damage(world, &world->old_files[2]);
    wanted.damaged = &world->old_files[2].digest;
    wanted.damaged_len = 1;
    assert_int_equal(count_wrong(world, &wanted, false), 1);
    assert_int_equal(count_wrong(world, &wanted, true), 1);
}

static void reports_a_file_whose_damaged_object_was_put_aside(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct err err = {0};
    damage(world, &world->old_files[2]);
    assert_ok(store_evict(world->store, &world->old_files[2].digest, &err));
    assert_int_equal(count_wrong(world, &wanted, true), 1);
}

static void counts_what_it_checked(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    struct audit audit AUTO(audit_clear) = {0};
    look(world, &wanted, &audit);
    assert_int_equal(audit.checked_files, FILES + 2);
}

/* ---- the manifest ---- */

static const struct buf signed_bytes = {.data = (uint8_t *)"signed", .len = 6, .cap = 7};

/* The old build, beside which the share shows a manifest. */
static struct audit_wanted published_with_manifest(struct world *world)
{
    struct audit_wanted wanted = published(world);
    world_write(world, "ring.manifest", "signed");
    wanted.manifest = &signed_bytes;
    assert_int_equal(count_wrong(world, &wanted, false), 0);
    return wanted;
}

static void mends_a_manifest_that_is_another(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published_with_manifest(world);
    world_write(world, "ring.manifest", "sIgned");
    check_mended(world, &wanted);
    assert_int_equal(unlinkat(world->tree.data, "ring.manifest", 0), 0);
    check_mended(world, &wanted);
    assert_int_equal(fchmodat(world->tree.data, "ring.manifest", 0666, 0), 0);
    check_mended(world, &wanted);
    assert_int_equal(unlinkat(world->tree.data, "ring.manifest", 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", world->tree.data, "ring.manifest"), 0);
    check_mended(world, &wanted);
    assert_int_equal(unlinkat(world->tree.data, "ring.manifest", 0), 0);
    assert_int_equal(mkdirat(world->tree.data, "ring.manifest", 0755), 0);
    check_mended(world, &wanted);
}

static void a_manifest_that_nobody_signed_does_not_belong_there(void **state)
{
    struct world *world = *state;
    struct audit_wanted wanted = published(world);
    world_write(world, "ring.manifest", "signed");
    check_mended(world, &wanted);
    assert_int_equal(faccessat(world->tree.data, "ring.manifest", F_OK, 0), -1);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(finds_nothing_on_a_right_share),
        CASE(mends_a_missing_pointer),
        CASE(mends_a_pointer_to_something_else),
        CASE(mends_a_pointer_that_is_a_link_to_its_object),
        CASE(mends_a_missing_file),
        CASE(mends_a_missing_folder),
        CASE(mends_a_file_of_the_same_size_with_other_bytes),
        CASE(mends_permissions),
        CASE(mends_a_file_replaced_by_a_link),
        CASE(puts_aside_what_does_not_belong_there),
        CASE(puts_aside_a_pointer_beside_the_one_that_is_offered),
        CASE(leaves_a_pointer_where_none_is_offered_to_a_person),
        CASE(keeps_what_stood_in_the_place_of_pointers_and_files),
        CASE(keeps_nothing_of_its_own),
        CASE(mends_the_permissions_of_a_copy_in_place),
        CASE(mends_the_permissions_of_folders),
        CASE(moves_no_more_than_quarantine_may_hold),
        CASE(puts_the_longest_of_names_aside),
        CASE(follows_no_link_that_came_since_the_audit),
        CASE(knows_what_may_be_there_besides),
        CASE(reads_a_copy_that_has_changed),
        CASE(removes_what_a_killed_repair_has_left_in_a_folder),
        CASE(reports_a_link_to_an_object_that_is_known_to_be_damaged),
        CASE(reports_a_file_whose_damaged_object_was_put_aside),
        CASE(counts_what_it_checked),
        CASE(mends_a_manifest_that_is_another),
        CASE(a_manifest_that_nobody_signed_does_not_belong_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

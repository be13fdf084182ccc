/* Objects: names, links, copies, eviction, and what the file system may refuse. */
#include "surroundings.h"

#include <sys/resource.h>
#include <sys/vfs.h>

static struct digest digest_of_text(const char *text)
{
    return digest_of(text, strlen(text));
}

static void a_new_store_makes_its_folders(void **state)
{
    struct place *place = *state;
    assert_int_equal(stat_of(place, "incoming").st_mode & 07777, 0700);
    assert_true(S_ISDIR(stat_of(place, "objects").st_mode));
}

static void an_incoming_folder_that_is_too_open_is_closed(void **state)
{
    struct place *place = *state;
    struct err err;
    struct store *store AUTO(store_auto_close)
    = NULL;
    assert_int_equal(fchmodat(place->dir, "incoming", 0755, 0), 0);
    assert_ok(store_open(place->path, false, &store, &err));
    assert_int_equal(stat_of(place, "incoming").st_mode & 07777, 0700);
}

static void a_store_needs_its_folder(void **state)
{
    struct place *place = *state;
    struct err err;
    struct store *store;
    char *path AUTO_FREE = mem_printf("%s/absent", place->path);
    assert_fails(store_open(path, false, &store, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, path));
    assert_null(store);
}

static void a_readonly_store_changes_nothing(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in;
    struct digest digest = digest_of_text("nothing");
    char *path AUTO_FREE = mem_printf("%s/empty", place->path);
    struct store *store AUTO(store_auto_close)
    = NULL;
    assert_int_equal(mkdir(path, 0755), 0);
    assert_ok(store_open(path, true, &store, &err));
    assert_false(exists(place, "empty/objects"));
    assert_false(exists(place, "empty/incoming"));
    assert_false(store_has(store, &digest, NULL));
    assert_true(store_open_object(store, &digest, &err) < 0);
    assert_int_equal(err.sys, ENOENT);
    assert_fails(incoming_open(store, "key", &in, &err), ERR_FAILED);
    assert_fails(store_evict(store, &digest, &err), ERR_FAILED);
}

static void who_has_no_descriptor_left_does_not_take_an_object_for_absent(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "0123456789"), other = digest_of_text("other");
    struct rlimit limit, none;
    bool has;
    assert_ok(store_has_bytes(place->store, &digest, 10, &has, &err));
    assert_true(has);
    assert_ok(store_has_bytes(place->store, &digest, 11, &has, &err));
    assert_false(has);
    assert_ok(store_has_bytes(place->store, &other, 10, &has, &err));
    assert_false(has);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool ok = store_has_bytes(place->store, &digest, 10, &has, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_fails(ok, ERR_FAILED);
    assert_int_equal(err.sys, EMFILE);
}

static void a_readonly_store_reads_what_is_there(void **state)
{
    struct place *place = *state;
    struct err err;
    uint64_t bytes = 0;
    struct digest digest = put(place->store, "content");
    struct store *store AUTO(store_auto_close)
    = NULL;
    assert_ok(store_open(place->path, true, &store, &err));
    assert_true(store_has(store, &digest, &bytes));
    assert_int_equal(bytes, 7);
    assert_ok(store_place(store, &digest, LINK_HARD, place->dir, "linked", &err));
}

static void an_object_is_named_by_its_digest_and_read_only(void **state)
{
    struct place *place = *state;
    struct digest digest = put(place->store, "content");
    struct digest expected = digest_of_text("content");
    assert_true(digest_equal(&digest, &expected));
    assert_int_equal(stat_of(place, object_path(&digest)).st_mode & 07777, 0444);
    assert_content(place, object_path(&digest), "content");
}

static void an_object_that_is_not_there_is_said_by_name(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = digest_of_text("absent");
    char text[DIGEST_TEXT_SIZE];
    digest_format(&digest, text);
    assert_false(store_has(place->store, &digest, NULL));
    assert_true(store_open_object(place->store, &digest, &err) < 0);
    assert_int_equal(err.sys, ENOENT);
    assert_non_null(strstr(err.msg, text));
    for (enum link_mode mode = LINK_HARD; mode <= LINK_COPY; mode++) {
        assert_fails(store_place(place->store, &digest, mode, place->dir, "new", &err), ERR_FAILED);
        assert_non_null(strstr(err.msg, text));
        assert_false(exists(place, "new"));
    }
}

static void a_symbolic_link_is_no_object(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "content");
    char *path AUTO_FREE = mem_strdup(object_path(&digest));
    assert_int_equal(renameat(place->dir, path, place->dir, "moved"), 0);
    assert_int_equal(symlinkat("../../moved", place->dir, path), 0);
    assert_false(store_has(place->store, &digest, NULL));
    assert_fails(store_place(place->store, &digest, LINK_COPY, place->dir, "new", &err), ERR_FAILED);
}

static void a_hard_link_is_the_object_itself(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "content");
    assert_ok(store_place(place->store, &digest, LINK_HARD, place->dir, "one", &err));
    assert_ok(store_place(place->store, &digest, LINK_HARD, place->dir, "two", &err));
    assert_int_equal(stat_of(place, "one").st_ino, stat_of(place, "two").st_ino);
    assert_int_equal(stat_of(place, "one").st_nlink, 3);
    AUTO_FD fd = openat(place->dir, "two", O_RDONLY);
    assert_true(store_is_object(place->store, &digest, fd));
}

static void a_copy_is_another_file_with_the_same_content(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "content");
    assert_ok(store_place(place->store, &digest, LINK_COPY, place->dir, "copy", &err));
    assert_content(place, "copy", "content");
    assert_int_equal(stat_of(place, "copy").st_mode & 07777, 0444);
    AUTO_FD fd = openat(place->dir, "copy", O_RDONLY);
    assert_false(store_is_object(place->store, &digest, fd));
}

/* A file of the service's that nobody may write becomes the object itself; another is copied. */
static void an_object_is_taken_back_from_a_file_with_its_bytes(void **state)
{
    static const struct {
        const char *file, *text;
        mode_t mode;
        bool taken, linked;
    } cases[] = {{"linked", "lost", 0444, true, true},
                 {"copied", "lost", 0644, true, false},
                 {"other", "mine", 0444, false, false},
                 {NULL, NULL, 0, false, false}};
    struct place *place = *state;
    struct digest digest = digest_of_text("lost");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *name = cases[i].file ? cases[i].file : "absent";
        struct err err = {0};
        uint64_t freed;
        bool taken = !cases[i].taken;
        if (cases[i].file) {
            AUTO_FD fd = openat(place->dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
            assert_ok(fs_write_all(fd, cases[i].text, 4, name, &err));
            assert_int_equal(fchmod(fd, cases[i].mode), 0);
        }
        assert_ok(store_take_back(place->store, &digest, place->dir, name, &taken, &err));
        assert_int_equal(taken, cases[i].taken);
        assert_int_equal(store_has(place->store, &digest, NULL), cases[i].taken);
        if (cases[i].taken) {
            AUTO_FD fd = openat(place->dir, name, O_RDONLY | O_CLOEXEC);
            assert_int_equal(store_is_object(place->store, &digest, fd), cases[i].linked);
            assert_ok(store_check_object(place->store, &digest, &err));
        }
        assert_ok(store_remove(place->store, &digest, &freed, &err));
    }
    AUTO_STRV left = {0};
    struct err err = {0};
    assert_ok(fs_list(place->dir, "incoming", &left, &err));
    assert_int_equal(left.len, 0);
}

static void a_name_that_exists_is_never_replaced(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "content");
    assert_int_equal(mkdirat(place->dir, "taken", 0755), 0);
    for (enum link_mode mode = LINK_HARD; mode <= LINK_COPY; mode++) {
        assert_fails(store_place(place->store, &digest, mode, place->dir, "taken", &err), ERR_FAILED);
        assert_int_equal(err.domain, ERR_DOMAIN_ERRNO);
        assert_int_equal(err.sys, EEXIST);
        assert_true(exists(place, "taken"));
    }
}

static void a_reflink_is_made_or_its_alternatives_are_named(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "content");
    if (store_place(place->store, &digest, LINK_REFLINK, place->dir, "reflink", &err)) {
        assert_content(place, "reflink", "content");
        assert_int_equal(stat_of(place, "reflink").st_mode & 07777, 0444);
    } else {
        assert_non_null(strstr(err.msg, "link = copy"));
        assert_false(exists(place, "reflink"));
    }
}

/* --- what a file system may refuse --- */

static const char *place_without_link(struct place *place, int errnum, enum err_code code, const char *says)
{
    struct err err = {0};
    struct digest digest = digest_of_text("content");
    refuse(SYS_linkat, errnum);
    if (store_place(place->store, &digest, LINK_HARD, place->dir, "new", &err))
        return code == ERR_NONE ? NULL : "it was linked all the same";
    if (err.code != code || err.sys != errnum || !strstr(err.msg, says))
        return mem_printf("expected \"%s\", got \"%s\"", says, err.msg);
    return exists(place, "new") ? "it left a name" : NULL;
}

static const char *on_another_file_system(struct place *place)
{
    return place_without_link(place, EXDEV, ERR_FAILED, "one file system, or set link = copy");
}

static const char *of_another_owner(struct place *place)
{
    return place_without_link(place, EPERM, ERR_FAILED, "belong to the service's user (protected_hardlinks)");
}

static const char *on_a_full_disk(struct place *place)
{
    return place_without_link(place, ENOSPC, ERR_NO_SPACE, "new");
}

static const char *with_all_links_used(struct place *place)
{
    return place_without_link(place, EMLINK, ERR_NONE, "");
}

static void a_link_to_another_file_system_says_what_to_configure(void **state)
{
    put(((struct place *)*state)->store, "content");
    in_child(on_another_file_system, *state);
}

static void a_link_to_a_foreign_object_says_what_to_configure(void **state)
{
    put(((struct place *)*state)->store, "content");
    in_child(of_another_owner, *state);
}

static void a_link_on_a_full_disk_is_no_space(void **state)
{
    put(((struct place *)*state)->store, "content");
    in_child(on_a_full_disk, *state);
}

static void after_the_last_link_a_fresh_copy_is_made(void **state)
{
    struct place *place = *state;
    struct digest digest = put(place->store, "content");
    in_child(with_all_links_used, place);
    assert_content(place, "new", "content");
    assert_int_equal(stat_of(place, "new").st_mode & 07777, 0444);
    assert_int_not_equal(stat_of(place, "new").st_ino, stat_of(place, object_path(&digest)).st_ino);
}

/* The real thing where the file system has a limit that can be reached: 65,000 on ext4. */
static void ext4_runs_out_of_links_and_nobody_notices(void **state)
{
    enum { EXT4_MAGIC = 0xef53, EXT4_LINKS = 65000 };
    struct place *place = *state;
    struct err err;
    struct statfs fs;
    struct digest digest = put(place->store, "content");
    char name[20];
    assert_int_equal(fstatfs(place->dir, &fs), 0);
    if (fs.f_type != EXT4_MAGIC) {
        after_the_last_link_a_fresh_copy_is_made(state);
        return;
    }
    for (int i = 1; i < EXT4_LINKS; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_ok(store_place(place->store, &digest, LINK_HARD, place->dir, name, &err));
    }
    assert_int_equal(stat_of(place, "1").st_nlink, EXT4_LINKS);
    assert_ok(store_place(place->store, &digest, LINK_HARD, place->dir, "fresh", &err));
    assert_content(place, "fresh", "content");
    assert_int_equal(stat_of(place, "fresh").st_nlink, 1);
}

static const char *copy_to_a_full_disk(struct place *place)
{
    struct err err = {0};
    struct digest digest = digest_of_text("content");
    refuse(SYS_write, ENOSPC);
    if (store_place(place->store, &digest, LINK_COPY, place->dir, "copy", &err))
        return "it was copied all the same";
    if (err.code != ERR_NO_SPACE)
        return "it is not about space";
    return exists(place, "copy") ? "a piece was left" : NULL;
}

static void a_copy_that_fails_leaves_nothing(void **state)
{
    put(((struct place *)*state)->store, "content");
    in_child(copy_to_a_full_disk, *state);
}

static const char *copy_without_fsync(struct place *place)
{
    struct err err = {0};
    struct digest digest = digest_of_text("content");
    refuse(SYS_fsync, EIO);
    if (store_place(place->store, &digest, LINK_COPY, place->dir, "copy", &err))
        return "a copy that is not on disk was called done";
    return exists(place, "copy") ? "a piece was left" : NULL;
}

static void a_copy_that_does_not_reach_the_disk_is_no_copy(void **state)
{
    put(((struct place *)*state)->store, "content");
    in_child(copy_without_fsync, *state);
}

/* --- objects gone bad --- */

static struct digest put_and_spoil(struct place *place, const char *text, const char *spoilt)
{
    struct digest digest = put(place->store, text);
    assert_int_equal(fchmodat(place->dir, object_path(&digest), 0644, 0), 0);
    AUTO_FD fd = openat(place->dir, object_path(&digest), O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, spoilt, strlen(spoilt)), strlen(spoilt));
    return digest;
}

static void a_sound_object_passes_its_check(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put(place->store, "content");
    assert_ok(store_check_object(place->store, &digest, &err));
}

static void a_spoilt_object_is_not_genuine(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put_and_spoil(place, "content", "c0ntent");
    char text[DIGEST_TEXT_SIZE];
    digest_format(&digest, text);
    assert_fails(store_check_object(place->store, &digest, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, text));
}

/* What is wrong with a refusal to place a spoilt object; NULL if nothing is. */
static const char *wrong_refusal(const struct place *place, const struct digest *digest,
                                 const struct err *err)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(digest, text);
    if (err->code != ERR_NOT_GENUINE || !strstr(err->msg, text))
        return mem_printf("the object is not said to be spoilt: %s", err->msg);
    return exists(place, "new") ? "it left a name" : NULL;
}

static void a_spoilt_object_is_not_copied(void **state)
{
    struct place *place = *state;
    static const char *const spoilt[] = {"c0ntent", "", "conten", "content and more"};
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        struct err err = {0};
        struct digest digest = put_and_spoil(place, "content", spoilt[i]);
        assert_fails(store_place(place->store, &digest, LINK_COPY, place->dir, "new", &err), ERR_NOT_GENUINE);
        assert_null(wrong_refusal(place, &digest, &err));
        assert_ok(store_evict(place->store, &digest, &err));
    }
}

static const char *copy_what_is_spoilt_after_the_last_link(struct place *place)
{
    struct err err = {0};
    struct digest digest = digest_of_text("content");
    refuse(SYS_linkat, EMLINK);
    if (store_place(place->store, &digest, LINK_HARD, place->dir, "new", &err))
        return "it was copied all the same";
    return wrong_refusal(place, &digest, &err);
}

static void a_spoilt_object_gets_no_second_inode(void **state)
{
    struct place *place = *state;
    put_and_spoil(place, "content", "c0ntent");
    in_child(copy_what_is_spoilt_after_the_last_link, place);
}

/* An ioctl() that says it is done and has done nothing: the clone is empty, as a clone of that object is. */
static const char *clone_what_is_spoilt(struct place *place)
{
    struct err err = {0};
    struct digest digest = digest_of_text("content");
    refuse(SYS_ioctl, 0);
    if (store_place(place->store, &digest, LINK_REFLINK, place->dir, "new", &err))
        return "it was cloned all the same";
    return wrong_refusal(place, &digest, &err);
}

static void a_spoilt_object_is_not_cloned(void **state)
{
    struct place *place = *state;
    put_and_spoil(place, "content", "");
    in_child(clone_what_is_spoilt, place);
}

static void checking_an_absent_object_fails_otherwise(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = digest_of_text("absent");
    assert_fails(store_check_object(place->store, &digest, &err), ERR_FAILED);
    assert_int_equal(err.sys, ENOENT);
}

static void an_evicted_object_can_be_fetched_again(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put_and_spoil(place, "content", "bad");
    char text[DIGEST_TEXT_SIZE];
    digest_format(&digest, text);
    char *bad AUTO_FREE = mem_printf("incoming/bad-%s", text);
    assert_ok(store_evict(place->store, &digest, &err));
    assert_false(store_has(place->store, &digest, NULL));
    assert_content(place, bad, "bad");
    assert_ok(store_evict(place->store, &digest, &err));
    put(place->store, "content");
    assert_ok(store_check_object(place->store, &digest, &err));
}

static void an_object_of_the_wrong_size_gives_way_to_the_right_one(void **state)
{
    struct place *place = *state;
    struct err err;
    struct digest digest = put_and_spoil(place, "content", "bad");
    put(place->store, "content");
    assert_ok(store_check_object(place->store, &digest, &err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_store_makes_its_folders),
        TEST(an_incoming_folder_that_is_too_open_is_closed),
        TEST(a_store_needs_its_folder),
        TEST(a_readonly_store_changes_nothing),
        TEST(who_has_no_descriptor_left_does_not_take_an_object_for_absent),
        TEST(a_readonly_store_reads_what_is_there),
        TEST(an_object_is_named_by_its_digest_and_read_only),
        TEST(an_object_that_is_not_there_is_said_by_name),
        TEST(a_symbolic_link_is_no_object),
        TEST(a_hard_link_is_the_object_itself),
        TEST(a_copy_is_another_file_with_the_same_content),
        TEST(an_object_is_taken_back_from_a_file_with_its_bytes),
        TEST(a_name_that_exists_is_never_replaced),
        TEST(a_reflink_is_made_or_its_alternatives_are_named),
        TEST(a_link_to_another_file_system_says_what_to_configure),
        TEST(a_link_to_a_foreign_object_says_what_to_configure),
        TEST(a_link_on_a_full_disk_is_no_space),
        TEST(after_the_last_link_a_fresh_copy_is_made),
        TEST(ext4_runs_out_of_links_and_nobody_notices),
        TEST(a_copy_that_fails_leaves_nothing),
        TEST(a_copy_that_does_not_reach_the_disk_is_no_copy),
        TEST(a_sound_object_passes_its_check),
        TEST(a_spoilt_object_is_not_genuine),
        TEST(a_spoilt_object_is_not_copied),
        TEST(a_spoilt_object_gets_no_second_inode),
        TEST(a_spoilt_object_is_not_cloned),
        TEST(checking_an_absent_object_fails_otherwise),
        TEST(an_evicted_object_can_be_fetched_again),
        TEST(an_object_of_the_wrong_size_gives_way_to_the_right_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

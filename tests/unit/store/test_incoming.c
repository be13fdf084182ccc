/* Incoming: parts that survive, digests that are true, commits that hold at any instant. */
#include "surroundings.h"

#include "ringmgr/store/aside.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

enum { MIB = 1 << 20 };

static struct incoming *open_key(struct place *place, const char *key)
{
    struct err err;
    struct incoming *in = NULL;
    assert_ok(incoming_open(place->store, key, &in, &err));
    return in;
}

static void add(struct incoming *in, const char *text)
{
    struct err err;
    assert_ok(incoming_write(in, text, strlen(text), &err));
}

static void assert_digest_of(const struct digest *digest, const char *text)
{
    struct digest expected = digest_of(text, strlen(text));
    assert_true(digest_equal(digest, &expected));
}

static void commit(struct incoming *in, const char *text)
{
    struct err err;
    struct digest digest;
    assert_ok(incoming_commit(in, &digest, &err));
    assert_digest_of(&digest, text);
}

static void a_new_part_is_empty_and_private(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    assert_int_equal(incoming_bytes(in), 0);
    assert_null(incoming_validator(in));
    assert_int_equal(stat_of(place, "incoming/key.part").st_mode & 07777, 0600);
    incoming_close(in);
}

static void keys_that_are_no_names_are_refused(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in;
    char longest[247], longer[248];
    memset(longest, 'k', sizeof longest - 1);
    longest[245] = longest[246] = 0;
    memset(longer, 'k', sizeof longer - 1);
    longer[246] = longer[247] = 0;
    assert_fails(incoming_open(place->store, "", &in, &err), ERR_FAILED);
    assert_fails(incoming_open(place->store, "a/b", &in, &err), ERR_FAILED);
    assert_fails(incoming_open(place->store, longer, &in, &err), ERR_FAILED);
    assert_null(in);
    incoming_abort(open_key(place, longest));
}

static void bytes_reach_the_file_at_once(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    add(in, "abc");
    assert_int_equal(stat_of(place, "incoming/key.part").st_size, 3);
    incoming_close(in);
}

static void a_part_goes_on_where_it_was_closed(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    add(in, "first,");
    incoming_close(in);
    in = open_key(place, "key");
    assert_int_equal(incoming_bytes(in), 6);
    add(in, "second");
    commit(in, "first,second");
    struct digest digest = digest_of("first,second", 12);
    assert_content(place, object_path(&digest), "first,second");
    assert_false(exists(place, "incoming/key.part"));
}

static void what_is_hashed_again_is_what_the_disk_has(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    add(in, "first,");
    incoming_close(in);
    AUTO_FD fd = openat(place->dir, "incoming/key.part", O_WRONLY);
    assert_int_equal(write(fd, "F", 1), 1);
    in = open_key(place, "key");
    add(in, "second");
    commit(in, "First,second");
}

static void parts_of_two_keys_do_not_meet(void **state)
{
    struct place *place = *state;
    struct incoming *one = open_key(place, "one"), *two = open_key(place, "two");
    add(one, "1");
    add(two, "2");
    add(one, "1");
    commit(two, "2");
    commit(one, "11");
}

static void the_digest_can_be_asked_on_the_way(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    struct digest none = incoming_digest(in);
    assert_digest_of(&none, "");
    add(in, "abc");
    struct digest digest = incoming_digest(in);
    assert_digest_of(&digest, "abc");
    digest = incoming_digest(in);
    assert_digest_of(&digest, "abc");
    add(in, "def");
    digest = incoming_digest(in);
    assert_digest_of(&digest, "abcdef");
    commit(in, "abcdef");
}

static void a_restart_forgets_bytes_and_validator(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    add(in, "wrong and longer");
    assert_ok(incoming_set_validator(in, "\"v1\"", &err));
    struct digest digest = incoming_digest(in);
    assert_digest_of(&digest, "wrong and longer");
    assert_ok(incoming_restart(in, &err));
    assert_int_equal(incoming_bytes(in), 0);
    assert_null(incoming_validator(in));
    assert_false(exists(place, "incoming/key.valid"));
    assert_int_equal(stat_of(place, "incoming/key.part").st_size, 0);
    add(in, "right");
    commit(in, "right");
}

static void a_validator_stays_with_its_bytes(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    assert_ok(incoming_set_validator(in, "\"v1\"", &err));
    add(in, "abc");
    incoming_close(in);
    in = open_key(place, "key");
    assert_string_equal(incoming_validator(in), "\"v1\"");
    assert_ok(incoming_set_validator(in, "\"v2\"", &err));
    assert_ok(incoming_set_validator(in, incoming_validator(in), &err));
    assert_string_equal(incoming_validator(in), "\"v2\"");
    incoming_close(in);
    in = open_key(place, "key");
    assert_string_equal(incoming_validator(in), "\"v2\"");
    assert_ok(incoming_set_validator(in, NULL, &err));
    incoming_close(in);
    in = open_key(place, "key");
    assert_null(incoming_validator(in));
    incoming_abort(in);
}

static void a_validator_without_bytes_is_not_believed(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    assert_ok(incoming_set_validator(in, "\"v1\"", &err));
    incoming_close(in);
    in = open_key(place, "key");
    assert_null(incoming_validator(in));
    assert_false(exists(place, "incoming/key.valid"));
    incoming_abort(in);
}

static void a_validator_that_was_damaged_is_not_believed(void **state)
{
    struct place *place = *state;
    struct err err;
    static const char damaged[] = "\"v1\r\nHost: evil\"";
    struct incoming *in = open_key(place, "key");
    add(in, "abc");
    incoming_close(in);
    AUTO_FD fd = openat(place->dir, "incoming/key.valid", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, damaged, strlen(damaged)), strlen(damaged));
    in = open_key(place, "key");
    assert_null(incoming_validator(in));
    assert_ok(incoming_set_validator(in, "\"v2\"", &err));
    assert_string_equal(incoming_validator(in), "\"v2\"");
    incoming_abort(in);
    assert_false(exists(place, "incoming/key.valid"));
}

static void mapped_bytes_are_the_written_ones(void **state)
{
    struct place *place = *state;
    struct err err;
    size_t len = 1;
    struct incoming *in = open_key(place, "key");
    assert_non_null(incoming_map(in, &len, &err));
    assert_int_equal(len, 0);
    add(in, "abc");
    const void *map = incoming_map(in, &len, &err);
    assert_non_null(map);
    assert_int_equal(len, 3);
    assert_memory_equal(map, "abc", 3);
    assert_ptr_equal(incoming_map(in, &len, &err), map);
    add(in, "def");
    map = incoming_map(in, &len, &err);
    assert_int_equal(len, 6);
    assert_memory_equal(map, "abcdef", 6);
    commit(in, "abcdef");
}

static void an_abort_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    add(in, "abc");
    assert_ok(incoming_set_validator(in, "\"v1\"", &err));
    incoming_abort(in);
    assert_false(exists(place, "incoming/key.part"));
    assert_false(exists(place, "incoming/key.valid"));
}

static void a_commit_leaves_nothing_behind(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    add(in, "abc");
    assert_ok(incoming_set_validator(in, "\"v1\"", &err));
    assert_ok(incoming_reserve(in, 1 * MIB, &err));
    commit(in, "abc");
    AUTO_STRV names = {0};
    assert_ok(fs_list(place->dir, "incoming", &names, &err));
    assert_int_equal(names.len, 0);
    struct digest digest = digest_of("abc", 3);
    assert_in_range(stat_of(place, object_path(&digest)).st_blocks, 0, 128);
}

static void committing_what_is_there_keeps_the_object(void **state)
{
    struct place *place = *state;
    struct digest digest = put(place->store, "content");
    ino_t before = stat_of(place, object_path(&digest)).st_ino;
    struct incoming *in = open_key(place, "key");
    add(in, "content");
    commit(in, "content");
    assert_int_equal(stat_of(place, object_path(&digest)).st_ino, before);
    assert_false(exists(place, "incoming/key.part"));
}

static void an_empty_file_is_an_object_too(void **state)
{
    struct place *place = *state;
    uint64_t bytes = 1;
    commit(open_key(place, "key"), "");
    struct digest digest = digest_of("", 0);
    assert_true(store_has(place->store, &digest, &bytes));
    assert_int_equal(bytes, 0);
}

static void a_part_that_a_killed_commit_made_read_only_goes_on(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    add(in, "abc");
    incoming_close(in);
    assert_int_equal(fchmodat(place->dir, "incoming/key.part", 0444, 0), 0);
    in = open_key(place, "key");
    assert_int_equal(stat_of(place, "incoming/key.part").st_mode & 07777, 0600);
    add(in, "def");
    commit(in, "abcdef");
}

static const char *reopen_as_a_plain_user(struct place *place)
{
    struct err err = {0};
    struct incoming *in;
    enum { NOBODY = 65534 };
    if (geteuid() == 0 &&
        (fchownat(place->dir, "incoming", NOBODY, NOBODY, 0) || fchown(place->dir, NOBODY, NOBODY) ||
         fchownat(place->dir, "incoming/key.part", NOBODY, NOBODY, 0) || setgid(NOBODY) || setuid(NOBODY)))
        _exit(77);
    if (!incoming_open(place->store, "key", &in, &err))
        return mem_strdup(err.msg);
    return incoming_bytes(in) == 3 ? NULL : "bytes are missing";
}

static void a_read_only_part_goes_on_without_roots_powers(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    add(in, "abc");
    incoming_close(in);
    assert_int_equal(fchmodat(place->dir, "incoming/key.part", 0444, 0), 0);
    in_child(reopen_as_a_plain_user, place);
}

/* --- space --- */

static void a_reserve_beyond_the_disk_says_what_is_missing(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    add(in, "abc");
    assert_fails(incoming_reserve(in, (uint64_t)1 << 60, &err), ERR_NO_SPACE);
    assert_non_null(strstr(err.msg, "bytes are missing"));
    assert_non_null(strstr(err.msg, "key.part"));
    assert_int_equal(stat_of(place, "incoming/key.part").st_size, 3);
    assert_int_equal(incoming_bytes(in), 3);
    add(in, "def");
    commit(in, "abcdef");
}

static void a_reserve_takes_blocks_but_no_size(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    assert_ok(incoming_reserve(in, 4 * MIB, &err));
    assert_int_equal(stat_of(place, "incoming/key.part").st_size, 0);
    assert_in_range(stat_of(place, "incoming/key.part").st_blocks, 4 * MIB / 512, UINT32_MAX);
    incoming_close(in);
    in = open_key(place, "key");
    assert_int_equal(incoming_bytes(in), 0);
    incoming_abort(in);
}

static void a_reservation_is_still_counted_after_a_kill(void **state)
{
    struct place *place = *state;
    struct err err;
    struct incoming *in = open_key(place, "key");
    assert_int_equal(incoming_allocated_bytes(in), 0);
    add(in, "abc");
    assert_ok(incoming_reserve(in, 4 * MIB, &err));
    assert_in_range(incoming_allocated_bytes(in), 4 * MIB, 5 * MIB);
    incoming_close(in);
    in = open_key(place, "key");
    assert_int_equal(incoming_bytes(in), 3);
    assert_in_range(incoming_allocated_bytes(in), 4 * MIB, 5 * MIB);
    assert_ok(incoming_restart(in, &err));
    assert_int_equal(incoming_allocated_bytes(in), 0);
    incoming_abort(in);
}

static const char *reserve_without_fallocate(struct place *place)
{
    struct err err = {0};
    struct incoming *in;
    refuse(SYS_fallocate, EOPNOTSUPP);
    if (!incoming_open(place->store, "key", &in, &err) || !incoming_reserve(in, MIB, &err))
        return mem_strdup(err.msg);
    if (incoming_reserve(in, (uint64_t)1 << 60, &err))
        return "free space was not asked for";
    return err.code == ERR_NO_SPACE ? NULL : "it is not about space";
}

static void where_nothing_can_be_reserved_free_space_is_asked_for(void **state)
{
    in_child(reserve_without_fallocate, *state);
}

static const char *reserve_in_a_race(struct place *place)
{
    struct err err = {0};
    struct incoming *in;
    refuse(SYS_fallocate, ENOSPC);
    if (!incoming_open(place->store, "key", &in, &err))
        return mem_strdup(err.msg);
    if (incoming_reserve(in, MIB, &err))
        return "nothing was reserved";
    return err.code == ERR_NO_SPACE ? NULL : "it is not about space";
}

static void space_that_went_in_between_is_no_space(void **state)
{
    in_child(reserve_in_a_race, *state);
}

/* Writes to a file system of 1 MiB until it is full; what is there afterwards must be hashed right. */
static const char *fill_a_small_disk(struct place *place)
{
    struct err err = {0};
    struct store *store;
    struct incoming *in;
    char block[64 << 10];
    memset(block, 'x', sizeof block);
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("tmpfs", place->path, "tmpfs", 0, "size=1m"))
        _exit(77);
    if (!store_open(place->path, false, &store, &err) || !incoming_open(store, "key", &in, &err))
        return mem_strdup(err.msg);
    if (incoming_reserve(in, 2 * MIB, &err) || err.code != ERR_NO_SPACE)
        return "2 MiB fitted into 1";
    while (incoming_write(in, block, sizeof block - 100, &err))
        continue;
    if (err.code != ERR_NO_SPACE || !strstr(err.msg, "key.part"))
        return mem_strdup(err.msg);
    uint64_t bytes = incoming_bytes(in);
    struct digest digest = incoming_digest(in);
    incoming_close(in);
    if (!incoming_open(store, "key", &in, &err))
        return mem_strdup(err.msg);
    struct digest again = incoming_digest(in);
    return bytes > 0 && incoming_bytes(in) == bytes && digest_equal(&digest, &again) ? NULL : "half a write";
}

static void a_full_disk_leaves_a_part_to_go_on_with(void **state)
{
    in_child(fill_a_small_disk, *state);
}

/* --- large parts and late errors --- */

static void fill_block(uint8_t *block, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        block[i] = (uint8_t)(seed >> 56);
    }
}

static void a_part_of_several_windows_arrives_whole(void **state)
{
    struct place *place = *state;
    struct err err;
    static uint8_t block[MIB - 17];
    struct digest_stream *stream = digest_stream_new();
    struct incoming *in = open_key(place, "key");
    struct digest digest;
    for (unsigned i = 0; i < 40; i++) {
        fill_block(block, sizeof block, i);
        digest_stream_add(stream, block, sizeof block);
        assert_ok(incoming_write(in, block, sizeof block, &err));
        if (i == 20) {
            incoming_close(in);
            in = open_key(place, "key");
        }
    }
    struct digest expected = digest_stream_end(stream);
    digest_stream_free(stream);
    assert_ok(incoming_commit(in, &digest, &err));
    assert_true(digest_equal(&digest, &expected));
    assert_ok(store_check_object(place->store, &digest, &err));
}

static const char *write_windows(struct place *place, int errnum, uint64_t *written)
{
    struct err err = {0};
    struct incoming *in;
    static uint8_t block[MIB];
    refuse(SYS_sync_file_range, errnum);
    if (!incoming_open(place->store, "key", &in, &err))
        return mem_strdup(err.msg);
    for (*written = 0; *written < 40; ++*written)
        if (!incoming_write(in, block, sizeof block, &err))
            break;
    return NULL;
}

static const char *without_write_behind(struct place *place)
{
    uint64_t written = 0;
    const char *wrong = write_windows(place, ENOSYS, &written);
    return wrong || written == 40 ? wrong : "it needs sync_file_range";
}

static const char *with_a_failing_disk(struct place *place)
{
    uint64_t written = 0;
    const char *wrong = write_windows(place, EIO, &written);
    if (wrong || written == 40)
        return wrong ? wrong : "a failed write-back went unnoticed";
    return stat_of(place, "incoming/key.part").st_size == 0 ? NULL
                                                            : "bytes that never reached the disk stayed";
}

static void write_behind_is_no_need(void **state)
{
    in_child(without_write_behind, *state);
}

static void bytes_that_did_not_reach_the_disk_are_cut_off(void **state)
{
    in_child(with_a_failing_disk, *state);
}

static const char *commit_without_fsync(struct place *place)
{
    struct err err = {0};
    struct incoming *in;
    struct digest digest;
    if (!incoming_open(place->store, "key", &in, &err) || !incoming_write(in, "abc", 3, &err))
        return mem_strdup(err.msg);
    refuse(SYS_fsync, EIO);
    if (incoming_commit(in, &digest, &err))
        return "what is not on disk became an object";
    if (store_has(place->store, &digest, NULL))
        return "it has a name";
    return stat_of(place, "incoming/key.part").st_size == 0 ? NULL : "it would be believed next time";
}

static void a_commit_that_cannot_fsync_names_nothing(void **state)
{
    in_child(commit_without_fsync, *state);
}

static const char *commit_without_rename(struct place *place)
{
    struct err err = {0};
    struct incoming *in;
    struct digest digest;
    if (!incoming_open(place->store, "key", &in, &err) || !incoming_write(in, "abc", 3, &err))
        return mem_strdup(err.msg);
    refuse(SYS_renameat, EIO);
    if (incoming_commit(in, &digest, &err))
        return "it cannot have been renamed";
    return exists(place, "incoming/key.part") ? NULL : "the part is gone";
}

static void a_commit_that_fails_keeps_the_part(void **state)
{
    struct place *place = *state;
    in_child(commit_without_rename, place);
    commit(open_key(place, "key"), "abc");
}

/* --- kill -9 --- */

enum { KILLED_BYTES = 3 * MIB + 5 };

/* Writes and commits one known content over and over, until it is killed. */
static void commit_for_ever(struct place *place)
{
    struct err err;
    struct digest digest;
    static uint8_t content[KILLED_BYTES];
    fill_block(content, sizeof content, 7);
    for (;;) {
        struct incoming *in;
        if (!incoming_open(place->store, "key", &in, &err))
            _exit(1);
        for (uint64_t at = incoming_bytes(in); at < sizeof content; at = incoming_bytes(in)) {
            size_t len = sizeof content - at < 100000 ? sizeof content - at : 100000;
            if (!incoming_write(in, content + at, len, &err))
                _exit(1);
        }
        if (!incoming_commit(in, &digest, &err) || !store_evict(place->store, &digest, &err))
            _exit(1);
    }
}

/* Every object has the bytes of its name, and the part is a prefix of what was being written. */
static void look_after_the_kill(struct place *place)
{
    struct err err;
    static uint8_t content[KILLED_BYTES];
    size_t len = 0;
    fill_block(content, sizeof content, 7);
    struct digest digest = digest_of(content, sizeof content);
    if (store_has(place->store, &digest, NULL))
        assert_ok(store_check_object(place->store, &digest, &err));
    struct incoming *in = open_key(place, "key");
    const void *map = incoming_map(in, &len, &err);
    assert_non_null(map);
    assert_in_range(len, 0, sizeof content);
    assert_memory_equal(map, content, len);
    incoming_close(in);
}

static void a_kill_leaves_a_prefix_or_the_object(void **state)
{
    struct place *place = *state;
    for (unsigned i = 0; i < 60; i++) {
        pid_t child = fork();
        if (child == 0)
            commit_for_ever(place);
        usleep(500 + i * 977 % 25000);
        kill(child, SIGKILL);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        look_after_the_kill(place);
    }
}

/* --- sweeping --- */

static void touch(const struct place *place, const char *path)
{
    AUTO_FD fd = openat(place->dir, path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
}

static void a_sweep_keeps_what_it_was_told(void **state)
{
    struct place *place = *state;
    struct err err;
    static const char *const keep[] = {"build-1-", "meta", NULL};
    touch(place, "incoming/build-1-a.part");
    touch(place, "incoming/build-1-a.valid");
    touch(place, "incoming/build-2-a.part");
    touch(place, "incoming/build-2-a.valid");
    touch(place, "incoming/bad-0123.old");
    touch(place, "incoming/somebody's file");
    assert_ok(incoming_sweep(place->store, keep, &err));
    AUTO_STRV names = {0};
    assert_ok(fs_list(place->dir, "incoming", &names, &err));
    char *left AUTO_FREE = strv_join(&names, " ");
    assert_string_equal(left, "build-1-a.part build-1-a.valid somebody's file");
}

static void a_sweep_may_keep_evidence(void **state)
{
    struct place *place = *state;
    struct err err;
    static const char *const evidence[] = {"bad-", NULL}, *const nothing[] = {NULL};
    touch(place, "incoming/bad-0123");
    touch(place, "incoming/key.part");
    assert_ok(incoming_sweep(place->store, evidence, &err));
    assert_true(exists(place, "incoming/bad-0123"));
    assert_false(exists(place, "incoming/key.part"));
    assert_ok(incoming_sweep(place->store, nothing, &err));
    assert_false(exists(place, "incoming/bad-0123"));
}

/* --- what somebody else put there --- */

static size_t count_aside(const struct place *place)
{
    AUTO_STRV names = {0};
    struct err err;
    assert_ok(aside_list(place->store, &names, &err));
    return names.len;
}

/* Opens `key`, which says what it found and begins anew, and fills it. */
static void goes_on_beside(struct place *place, const char *says)
{
    struct incoming *in = open_key(place, "key");
    const char *remark = incoming_remark(in);
    if (!remark || !strstr(remark, says))
        fail_msg("\"%s\" does not say \"%s\"", remark ? remark : "", says);
    assert_int_equal(incoming_bytes(in), 0);
    add(in, "new");
    commit(in, "new");
    assert_int_equal(count_aside(place), 1);
}

static void a_folder_in_a_parts_place_is_put_aside(void **state)
{
    struct place *place = *state;
    AUTO_STRV names = {0};
    struct err err;
    assert_int_equal(mkdirat(place->dir, "incoming/key.part", 0700), 0);
    touch(place, "incoming/key.part/theirs");
    goes_on_beside(place, "incoming/key.part is a folder");
    assert_ok(aside_list(place->store, &names, &err));
    char *theirs AUTO_FREE = mem_printf("incoming/%s/theirs", names.item[0]);
    assert_true(exists(place, theirs));
    assert_ok(aside_remove(place->store, names.item[0], &err));
    assert_false(exists(place, theirs));
}

static void a_link_in_a_parts_place_is_not_followed(void **state)
{
    struct place *place = *state;
    touch(place, "theirs");
    assert_int_equal(symlinkat("../theirs", place->dir, "incoming/key.part"), 0);
    goes_on_beside(place, "incoming/key.part is a link");
    assert_int_equal(stat_of(place, "theirs").st_size, 0);
}

static void a_part_with_a_second_name_is_not_written_to(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    add(in, "old");
    incoming_close(in);
    assert_int_equal(linkat(place->dir, "incoming/key.part", place->dir, "theirs", 0), 0);
    goes_on_beside(place, "incoming/key.part has a second name");
    assert_int_equal(stat_of(place, "theirs").st_size, 3);
    assert_int_equal(stat_of(place, "theirs").st_mode & 07777, 0600);
}

/* What is there nobody knows without them. */
static void notes_with_a_second_name_cost_the_part(void **state)
{
    struct place *place = *state;
    struct incoming *in = open_key(place, "key");
    struct err err;
    assert_ok(incoming_reserve(in, 100, &err));
    assert_ok(incoming_write_at(in, 50, "early", 5, &err));
    incoming_close(in);
    assert_int_equal(linkat(place->dir, "incoming/key.have", place->dir, "theirs", 0), 0);
    int64_t bytes = stat_of(place, "theirs").st_size;
    goes_on_beside(place, "incoming/key.have has a second name");
    assert_int_equal(stat_of(place, "theirs").st_size, bytes);
}

static void a_sweep_puts_folders_aside(void **state)
{
    struct place *place = *state;
    struct err err;
    static const char *const nothing[] = {"bad-", NULL};
    assert_int_equal(mkdirat(place->dir, "incoming/key.part", 0700), 0);
    assert_ok(incoming_sweep(place->store, nothing, &err));
    assert_false(exists(place, "incoming/key.part"));
    assert_int_equal(count_aside(place), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_part_is_empty_and_private),
        TEST(keys_that_are_no_names_are_refused),
        TEST(bytes_reach_the_file_at_once),
        TEST(a_part_goes_on_where_it_was_closed),
        TEST(what_is_hashed_again_is_what_the_disk_has),
        TEST(parts_of_two_keys_do_not_meet),
        TEST(the_digest_can_be_asked_on_the_way),
        TEST(a_restart_forgets_bytes_and_validator),
        TEST(a_validator_stays_with_its_bytes),
        TEST(a_validator_without_bytes_is_not_believed),
        TEST(a_validator_that_was_damaged_is_not_believed),
        TEST(mapped_bytes_are_the_written_ones),
        TEST(an_abort_leaves_nothing),
        TEST(a_commit_leaves_nothing_behind),
        TEST(committing_what_is_there_keeps_the_object),
        TEST(an_empty_file_is_an_object_too),
        TEST(a_part_that_a_killed_commit_made_read_only_goes_on),
        TEST(a_read_only_part_goes_on_without_roots_powers),
        TEST(a_reserve_beyond_the_disk_says_what_is_missing),
        TEST(a_reserve_takes_blocks_but_no_size),
        TEST(a_reservation_is_still_counted_after_a_kill),
        TEST(where_nothing_can_be_reserved_free_space_is_asked_for),
        TEST(space_that_went_in_between_is_no_space),
        TEST(a_full_disk_leaves_a_part_to_go_on_with),
        TEST(a_part_of_several_windows_arrives_whole),
        TEST(write_behind_is_no_need),
        TEST(bytes_that_did_not_reach_the_disk_are_cut_off),
        TEST(a_commit_that_cannot_fsync_names_nothing),
        TEST(a_commit_that_fails_keeps_the_part),
        TEST(a_kill_leaves_a_prefix_or_the_object),
        TEST(a_sweep_keeps_what_it_was_told),
        TEST(a_sweep_may_keep_evidence),
        TEST(a_folder_in_a_parts_place_is_put_aside),
        TEST(a_link_in_a_parts_place_is_not_followed),
        TEST(a_part_with_a_second_name_is_not_written_to),
        TEST(notes_with_a_second_name_cost_the_part),
        TEST(a_sweep_puts_folders_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

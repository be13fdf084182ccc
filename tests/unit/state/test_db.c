#include "world.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/journal.h"

static struct entry entry_of(const char *reason)
{
    return (struct entry){.time_unix = 1000,
                          .actor = "anna",
                          .identity = "loginuid:1000:anna",
                          .action = "promote",
                          .reason = reason};
}

static bool append(struct state *state, const char *reason, struct err *err)
{
    struct entry entry = entry_of(reason);
    return journal_append(state, &entry, err);
}

static size_t count_entries(struct state *state)
{
    struct err err = {0};
    struct entries entries;
    struct entry_filter all = {.since_unix = -1};
    assert_ok(journal_read(state, &all, &entries, &err));
    size_t len = entries.len;
    entries_clear(&entries);
    return len;
}

static void test_nothing_of_an_aborted_transaction_stays(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    begin(world);
    assert_ok(append(world->state, "kept", &err));
    commit(world);
    begin(world);
    assert_ok(append(world->state, "dropped", &err));
    assert_int_equal(count_entries(world->state), 2);
    state_abort(world->state);
    assert_int_equal(count_entries(world->state), 1);
    state_abort(world->state); /* on every way out */
    begin(world);
    assert_ok(append(world->state, "next", &err));
    commit(world);
    assert_int_equal(count_entries(world->state), 2);
}

static void test_closing_aborts(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    begin(world);
    assert_ok(append(world->state, "dropped", &err));
    state_close(world->state);
    world->state = NULL;
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    assert_int_equal(count_entries(world->state), 0);
}

static void test_transactions_are_not_nested(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    begin(world);
    assert_fails(state_begin(world->state, &err), ERR_FAILED);
    commit(world);
    assert_fails(state_commit(world->state, &err), ERR_FAILED);
}

static void test_writing_needs_a_transaction(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    assert_fails(append(world->state, "alone", &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "no transaction"));
    assert_int_equal(count_entries(world->state), 0);
}

static void test_a_newer_schema_is_refused(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct state *other = NULL;
    raw_sql(world, "PRAGMA user_version = 99");
    assert_fails(state_open(world->path, STATE_WRITE, &other, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "schema 99"));
    assert_fails(state_open(world->path, STATE_READ, &other, &err), ERR_USAGE);
    assert_null(other);
}

static void overwrite(const struct world *world, const char *name, off_t at, size_t len)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", world->path, name);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(pwrite(fd, "x", 1, at + (off_t)i), 1);
    close(fd);
}

static void test_a_file_that_is_no_database_is_named(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    state_close(world->state);
    world->state = NULL;
    raw_sql(world, "PRAGMA wal_checkpoint(TRUNCATE)");
    overwrite(world, "ringmgr.db", 0, 100);
    assert_fails(state_open(world->path, STATE_WRITE, &world->state, &err), ERR_FAILED);
    assert_int_equal(err.domain, ERR_DOMAIN_SQLITE);
    assert_non_null(strstr(err.msg, world->path));
    assert_non_null(strstr(err.msg, "damaged"));
    assert_fails(state_open(world->path, STATE_READ, &world->state, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "damaged"));
}

static void test_a_damaged_page_is_an_error_that_names_the_file(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct entries entries;
    struct entry_filter all = {.since_unix = -1};
    begin(world);
    assert_ok(append(world->state, "x", &err));
    commit(world);
    state_close(world->state);
    world->state = NULL;
    raw_sql(world, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    for (int page = 2; page < 30; page++)
        overwrite(world, "ringmgr.db", page * 4096, 64);
    assert_fails(journal_read(world->state, &all, &entries, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "ringmgr.db is damaged"));
}

static void test_reading_needs_a_state(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct state *other = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/empty", world->path);
    assert_int_equal(mkdir(path, 0750), 0);
    assert_fails(state_open(path, STATE_READ, &other, &err), ERR_FAILED);
    assert_int_equal(err.sys, ENOENT);
    strcat(path, "/ringmgr.db"); /* killed between making the file and its tables */
    close(open(path, O_CREAT | O_WRONLY, 0640));
    *strrchr(path, '/') = 0;
    assert_fails(state_open(path, STATE_READ, &other, &err), ERR_FAILED);
    assert_int_equal(err.sys, ENOENT);
    strcat(path, "/none");
    assert_fails(state_open(path, STATE_WRITE, &other, &err), ERR_FAILED);
    assert_int_equal(err.sys, ENOENT);
}

static void test_a_reader_never_waits_and_sees_what_is_committed(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct state *reader = NULL;
    begin(world);
    assert_ok(append(world->state, "first", &err));
    commit(world);
    begin(world);
    assert_ok(append(world->state, "second", &err));
    assert_ok(state_open(world->path, STATE_READ, &reader, &err));
    assert_int_equal(count_entries(reader), 1);
    commit(world);
    assert_int_equal(count_entries(reader), 2);
    state_close(reader);
}

static void test_a_reader_may_keep_a_snapshot(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct state *reader = NULL;
    assert_ok(state_open(world->path, STATE_READ, &reader, &err));
    assert_ok(state_begin(reader, &err));
    assert_int_equal(count_entries(reader), 0);
    begin(world);
    assert_ok(append(world->state, "later", &err));
    commit(world);
    assert_int_equal(count_entries(reader), 0);
    assert_ok(state_commit(reader, &err));
    assert_int_equal(count_entries(reader), 1);
    state_close(reader);
}

static void test_a_reader_changes_nothing(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct state *reader = NULL;
    assert_ok(state_open(world->path, STATE_READ, &reader, &err));
    assert_ok(state_begin(reader, &err));
    assert_fails(append(reader, "no", &err), ERR_FAILED);
    state_close(reader);
    assert_int_equal(count_entries(world->state), 0);
}

static void assert_mode(const struct world *world, const char *name, mode_t mode)
{
    struct stat st;
    char path[128];
    snprintf(path, sizeof path, "%s/%s", world->path, name);
    if (stat(path, &st) != 0)
        fail_msg("%s is missing", name);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void test_files_are_0640_whatever_the_umask(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    char path[128];
    struct world sub = {.path = path};
    begin(world);
    commit(world);
    assert_mode(world, "ringmgr.db", 0640);
    assert_mode(world, "ballast", 0640);
    snprintf(path, sizeof path, "%s/sub", world->path);
    assert_int_equal(mkdir(sub.path, 0750), 0);
    mode_t old = umask(0);
    assert_ok(state_open(sub.path, STATE_WRITE, &sub.state, &err));
    umask(old);
    begin(&sub);
    commit(&sub);
    state_close(sub.state);
    assert_mode(&sub, "ringmgr.db", 0640);
    assert_mode(&sub, "ringmgr.db-wal", 0640); /* kept after the last one has closed */
    assert_mode(&sub, "ringmgr.db-shm", 0640);
    assert_mode(&sub, "ballast", 0640);
}

/* Runs as uid nobody with the group games, to which the folder belongs; 0 if it read `wanted` entries. */
static int read_as_member(const char *path, size_t wanted, const char *message)
{
    struct err err = {0};
    struct state *reader = NULL;
    gid_t games = getgrnam("games")->gr_gid;
    uid_t nobody = getpwnam("nobody")->pw_uid;
    pid_t pid = fork();
    if (pid == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(games, games, games) != 0 ||
            setresuid(nobody, nobody, nobody) != 0)
            _exit(9);
        bool opened = state_open(path, STATE_READ, &reader, &err);
        if (message && !opened && strstr(err.msg, message))
            _exit(0);
        if (message || !opened) {
            fprintf(stderr, "%d: %s\n", opened, err.msg);
            _exit(7);
        }
        _exit(count_entries(reader) == wanted ? 0 : 6);
    }
    return status_of(pid);
}

static void test_a_member_of_the_group_reads_without_writing(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    static const char *const names[] = {"ringmgr.db", "ringmgr.db-wal", "ringmgr.db-shm"};
    char path[128];
    if (geteuid() != 0)
        test_missing("root, who can become another user");
    begin(world);
    assert_ok(append(world->state, "seen", &err));
    commit(world);
    gid_t games = getgrnam("games")->gr_gid;
    assert_int_equal(chown(world->path, (uid_t)-1, games), 0);
    assert_int_equal(chmod(world->path, 0750), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", world->path, names[i]);
        assert_int_equal(chown(path, (uid_t)-1, games), 0);
    }
    assert_int_equal(read_as_member(world->path, 1, NULL), 0); /* beside a writer */
    state_close(world->state);
    world->state = NULL;
    assert_int_equal(read_as_member(world->path, 1, NULL), 0); /* with nobody else there */
    for (int i = 1; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", world->path, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(read_as_member(world->path, 1, "needs ringmgr.db-wal and ringmgr.db-shm"), 0);
}

static void test_a_kill_within_a_transaction_leaves_the_old_state(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    begin(world);
    assert_ok(append(world->state, "before", &err));
    commit(world);
    state_close(world->state); /* a connection must not cross a fork */
    world->state = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        struct state *state = NULL;
        char text[4096];
        memset(text, 'x', sizeof text - 1);
        text[sizeof text - 1] = 0;
        if (!state_open(world->path, STATE_WRITE, &state, &err) || !state_begin(state, &err))
            _exit(1);
        for (int i = 0; i < 2000; i++) /* more than the page cache holds: pages are in the log already */
            if (!append(state, text, &err))
                _exit(2);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(status_of(pid), 128 + SIGKILL);
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    assert_int_equal(count_entries(world->state), 1);
    begin(world);
    assert_ok(append(world->state, "after", &err));
    commit(world);
    assert_int_equal(count_entries(world->state), 2);
}

static void make_and_append(const char *path, int start)
{
    enum { EACH = 3 };
    struct err err = {0};
    struct state *state = NULL;
    char byte;
    if (read(start, &byte, 1) < 0) /* until all are there */
        _exit(2);
    bool good = state_open(path, STATE_WRITE, &state, &err);
    for (int i = 0; i < EACH && good; i++)
        good = state_begin(state, &err) && append(state, "one of many", &err) && state_commit(state, &err);
    if (!good)
        fprintf(stderr, "%s\n", err.msg);
    _exit(good ? 0 : 1);
}

static void test_many_may_make_it_at_once(void **out)
{
    enum { MANY = 12, EACH = 3 };
    struct err err = {0};
    struct world *world = *out;
    struct state *state = NULL;
    char path[128];
    pid_t pid[MANY];
    int start[2];
    int64_t checked = 0;
    snprintf(path, sizeof path, "%s/fresh", world->path);
    assert_int_equal(mkdir(path, 0750), 0);
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < MANY; i++) {
        pid[i] = fork();
        if (pid[i] == 0) {
            close(start[1]);
            make_and_append(path, start[0]);
        }
    }
    close(start[0]);
    close(start[1]);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(status_of(pid[i]), 0);
    assert_ok(state_open(path, STATE_READ, &state, &err));
    assert_ok(journal_verify(state, NULL, &checked, &err));
    assert_int_equal(checked, MANY * EACH);
    state_close(state);
}

/* A full disk: a small tmpfs in a mount namespace of a child's own. */

enum { CHILD_SKIPPED = 77 };

#define child_check(truth)                                                                                   \
    do {                                                                                                     \
        if (!(truth)) {                                                                                      \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #truth, err.msg);                                 \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static void mount_small_disk(const char *path)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", path, "tmpfs", 0, "size=24m") != 0 || chdir(path) != 0)
        _exit(CHILD_SKIPPED);
}

static void fill_disk(void)
{
    static char block[4096];
    int fd = open("filler", O_WRONLY | O_CREAT | O_APPEND, 0600);
    while (write(fd, block, sizeof block) > 0)
        ;
    close(fd);
}

static bool put_bytes(struct state *state, const char *address, size_t len, struct err *err)
{
    struct upstream_file file = {.signed_unix = 5, .checked_unix = 6};
    buf_reserve(&file.content, len);
    memset(file.content.data, 'c', len);
    file.content.len = len;
    bool put = catalog_upstream_put(state, address, &file, err);
    buf_clear(&file.content);
    return put;
}

static size_t bytes_of(struct state *state, const char *address)
{
    struct err err = {0};
    struct upstream_file file;
    if (!catalog_upstream_get(state, address, &file, &err))
        return SIZE_MAX;
    size_t len = file.content.len;
    upstream_file_clear(&file);
    return len;
}

static void use_up_the_disk(const char *path)
{
    enum { LARGE = 3 << 20 }; /* more than the page cache: the log grows before the commit */
    struct err err = {0};
    struct state *state = NULL;
    int64_t checked = 0;
    mount_small_disk(path);
    child_check(state_open(".", STATE_WRITE, &state, &err));
    child_check(state_begin(state, &err) && append(state, "one", &err) && state_commit(state, &err));
    child_check(access("ballast", F_OK) == 0);

    fill_disk(); /* the small transaction of a promotion still goes through */
    child_check(state_begin(state, &err) && append(state, "two", &err) && append(state, "three", &err));
    child_check(put_bytes(state, "small", 200000, &err));
    child_check(state_commit(state, &err));
    child_check(access("ballast", F_OK) != 0);
    child_check(count_entries(state) == 3 && bytes_of(state, "small") == 200000);

    fill_disk(); /* no ballast left: nothing of the transaction stays */
    child_check(state_begin(state, &err) && append(state, "never", &err));
    child_check(!put_bytes(state, "never", LARGE, &err) || !state_commit(state, &err));
    child_check(err.code == ERR_NO_SPACE);
    state_abort(state);
    child_check(count_entries(state) == 3 && bytes_of(state, "never") == 0);
    child_check(journal_verify(state, NULL, &checked, &err) && checked == 3);

    child_check(unlink("filler") == 0); /* room again: work goes on, and the ballast is laid */
    child_check(state_begin(state, &err) && append(state, "four", &err) && state_commit(state, &err));
    child_check(access("ballast", F_OK) == 0);

    fill_disk(); /* full in the middle of a transaction that has outgrown the page cache */
    child_check(state_begin(state, &err) && append(state, "five", &err));
    child_check(put_bytes(state, "large", LARGE, &err));
    child_check(append(state, "six", &err) && state_commit(state, &err));
    child_check(access("ballast", F_OK) != 0);
    child_check(count_entries(state) == 6 && bytes_of(state, "large") == LARGE);
    child_check(journal_verify(state, NULL, &checked, &err) && checked == 6);
    state_close(state);
    _exit(0);
}

/* The statements were made from what was there before somebody else wrote: they are not executed again. */
static void lose_the_turn(const char *path)
{
    struct err err = {0};
    struct state *state = NULL;
    mount_small_disk(path);
    child_check(state_open(".", STATE_WRITE, &state, &err));
    child_check(state_begin(state, &err) && append(state, "one", &err) && state_commit(state, &err));
    child_check(state_begin(state, &err) && append(state, "two", &err));
    child_check(put_bytes(state, "small", 200000, &err));
    fill_disk();
    state->turn--; /* as if the number of the second attempt were not the next */
    child_check(!state_commit(state, &err) && err.code == ERR_NO_SPACE);
    child_check(strstr(err.msg, "another command wrote meanwhile"));
    child_check(count_entries(state) == 1 && bytes_of(state, "small") == 0);
    state_close(state);
    _exit(0);
}

static void open_on_a_full_disk(const char *path)
{
    struct err err = {0};
    struct state *state = NULL;
    mount_small_disk(path);
    child_check(state_open(".", STATE_WRITE, &state, &err));
    child_check(state_begin(state, &err) && append(state, "one", &err) && state_commit(state, &err));
    state_close(state);
    child_check(unlink("ringmgr.db-shm") == 0); /* 32 KiB that opening has to find */
    fill_disk();
    child_check(state_open(".", STATE_WRITE, &state, &err));
    child_check(state_begin(state, &err) && append(state, "two", &err) && state_commit(state, &err));
    child_check(count_entries(state) == 2);
    state_close(state);
    _exit(0);
}

static void run_on_small_disk(const struct world *world, void (*run)(const char *path))
{
    char path[128];
    snprintf(path, sizeof path, "%s/disk", world->path);
    assert_int_equal(mkdir(path, 0700), 0);
    pid_t pid = fork();
    if (pid == 0)
        run(path);
    int status = status_of(pid);
    if (status == CHILD_SKIPPED)
        test_missing("the right to mount a small disk");
    assert_int_equal(status, 0);
}

static void test_a_full_disk_costs_the_ballast_not_the_history(void **out)
{
    run_on_small_disk(*out, use_up_the_disk);
}

static void test_a_second_attempt_needs_the_same_state(void **out)
{
    run_on_small_disk(*out, lose_the_turn);
}

static void test_a_state_opens_on_a_full_disk(void **out)
{
    run_on_small_disk(*out, open_on_a_full_disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_nothing_of_an_aborted_transaction_stays),
        world_test(test_closing_aborts),
        world_test(test_transactions_are_not_nested),
        world_test(test_writing_needs_a_transaction),
        world_test(test_a_newer_schema_is_refused),
        world_test(test_a_file_that_is_no_database_is_named),
        world_test(test_a_damaged_page_is_an_error_that_names_the_file),
        world_test(test_reading_needs_a_state),
        world_test(test_a_reader_never_waits_and_sees_what_is_committed),
        world_test(test_a_reader_may_keep_a_snapshot),
        world_test(test_a_reader_changes_nothing),
        world_test(test_files_are_0640_whatever_the_umask),
        world_test(test_a_member_of_the_group_reads_without_writing),
        world_test(test_a_kill_within_a_transaction_leaves_the_old_state),
        world_test(test_many_may_make_it_at_once),
        world_test(test_a_full_disk_costs_the_ballast_not_the_history),
        world_test(test_a_second_attempt_needs_the_same_state),
        world_test(test_a_state_opens_on_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

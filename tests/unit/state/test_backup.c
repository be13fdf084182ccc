#include "world.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "ringmgr/state/backup.h"
#include "ringmgr/state/journal.h"

static void append_to(struct state *state, int64_t time_unix)
{
    struct err err = {0};
    struct entry entry = {
        .time_unix = time_unix, .actor = "anna", .identity = "loginuid:1000:anna", .action = "approve"};
    assert_ok(state_begin(state, &err));
    assert_ok(journal_append(state, &entry, &err));
    assert_ok(state_commit(state, &err));
}

static void append(struct world *world, int count)
{
    for (int i = 0; i < count; i++)
        append_to(world->state, 1000 + i);
}

static int64_t entries_of(struct world *world)
{
    struct err err = {0};
    int64_t checked = 0;
    assert_ok(journal_verify(world->state, NULL, &checked, &err));
    return checked;
}

static struct backup_facts write_copy(struct world *world, const char *name)
{
    struct err err = {0};
    struct backup_facts facts;
    assert_ok(backup_write(world->state, state_dir(world->state), name, &facts, &err));
    return facts;
}

/* Restores the copy `name` with nobody's state open, then opens it again. */
static bool restore_copy(struct world *world, const char *name, struct backup_facts *facts, struct err *err)
{
    char *path AUTO_FREE = mem_printf("%s/%s", world->path, name);
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    state_close(world->state);
    world->state = NULL;
    bool ok = backup_restore(world->path, fd, name, 1787421605, facts, err);
    struct err opened = {0};
    if (!state_open(world->path, STATE_WRITE, &world->state, &opened))
        fail_msg("%s", opened.msg);
    return ok;
}

/* Changes the copy with SQL. */
static void change_copy(struct world *world, const char *name, const char *sql)
{
    char *path AUTO_FREE = mem_printf("%s/%s", world->path, name);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_a_copy_says_how_far_the_history_goes(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    struct stat st;
    char head[DIGEST_TEXT_SIZE];
    int64_t time_unix;
    append(world, 3);
    struct backup_facts facts = write_copy(world, "copy");
    assert_ok(journal_head(world->state, head, &time_unix, &err));
    assert_string_equal(facts.head, head);
    assert_int_equal(facts.entries, 3);
    assert_int_equal(facts.last_unix, 1002);
    assert_int_equal(fstatat(state_dir(world->state), "copy", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_a_copy_of_an_empty_history(void **out)
{
    struct world *world = *out;
    struct backup_facts facts = write_copy(world, "copy");
    assert_int_equal(facts.entries, 0);
    assert_int_equal(facts.last_unix, -1);
    assert_int_equal(strspn(facts.head, "0"), 64);
}

static void test_a_restore_goes_back_and_keeps_what_stood_there(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    struct backup_facts before, facts;
    append(world, 2);
    before = write_copy(world, "copy");
    append(world, 5);
    assert_ok(restore_copy(world, "copy", &facts, &err));
    assert_string_equal(facts.head, before.head);
    assert_int_equal(entries_of(world), 2);
    assert_string_equal(facts.kept, "ringmgr.db.before-restore-2026-08-22T18:00:05Z");
    append(world, 1);
    assert_ok(restore_copy(world, facts.kept, &facts, &err));
    assert_int_equal(entries_of(world), 7);
    assert_string_equal(facts.kept, "ringmgr.db.before-restore-2026-08-22T18:00:05Z.2");
}

static bool is_unsettled(struct world *world)
{
    struct err err = {0};
    bool unsettled;
    assert_ok(backup_is_unsettled(world->state, &unsettled, &err));
    return unsettled;
}

/* From the moment on in which it stands there, for whoever opens it next, until somebody has drawn the
 * consequences. */
static void test_what_a_restore_put_there_is_marked(void **out)
{
    struct world *world = *out;
    struct backup_facts facts;
    struct err err = {0};
    append(world, 2);
    write_copy(world, "copy");
    assert_false(is_unsettled(world));
    assert_ok(restore_copy(world, "copy", &facts, &err));
    assert_true(is_unsettled(world));
    assert_ok(state_begin(world->state, &err));
    assert_ok(backup_settle(world->state, &err));
    state_abort(world->state);
    assert_true(is_unsettled(world));
    assert_ok(state_begin(world->state, &err));
    assert_ok(backup_settle(world->state, &err) && state_commit(world->state, &err));
    assert_false(is_unsettled(world));
    assert_int_equal(entries_of(world), 2);
}

static void test_no_log_of_the_old_database_reaches_the_new_one(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    struct backup_facts facts;
    char *log AUTO_FREE = mem_printf("%s/ringmgr.db-wal", world->path);
    append(world, 1);
    write_copy(world, "copy");
    append(world, 40);
    assert_int_equal(access(log, F_OK), 0); /* the log stays after the last process, with its commits */
    assert_ok(restore_copy(world, "copy", &facts, &err));
    assert_int_equal(entries_of(world), 1);
}

static void refused(struct world *world, const char *name, enum err_code code, const char *word)
{
    struct err err = {0};
    struct backup_facts facts;
    assert_fails(restore_copy(world, name, &facts, &err), code);
    if (!strstr(err.msg, word))
        fail_msg("no \"%s\" in: %s", word, err.msg);
    assert_int_equal(entries_of(world), 4);
    assert_string_equal(facts.kept, "");
}

static void test_what_is_no_sound_copy_changes_nothing(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    const struct fs_replace how = {.mode = 0600, .mtime_unix = -1};
    append(world, 4);
    write_copy(world, "altered");
    change_copy(world, "altered",
                "DROP TRIGGER history_no_update; UPDATE history SET actor = 'x' WHERE id = 2");
    refused(world, "altered", ERR_NOT_GENUINE, "history entry 2");
    write_copy(world, "newer");
    change_copy(world, "newer", "PRAGMA user_version = 999");
    refused(world, "newer", ERR_USAGE, "schema 999");
    write_copy(world, "other");
    change_copy(world, "other", "PRAGMA user_version = 0");
    refused(world, "other", ERR_NOT_GENUINE, "no state of ringmgr's");
    write_copy(world, "log");
    change_copy(world, "log", "PRAGMA journal_mode = WAL");
    refused(world, "log", ERR_NOT_GENUINE, "without its log");
    assert_ok(fs_replace_file(state_dir(world->state), "text", "hello", 5, &how, &err));
    refused(world, "text", ERR_NOT_GENUINE, "no database");
}

/* Every byte of a page matters to somebody. */
static void test_a_damaged_page_is_found(void **out)
{
    struct world *world = *out;
    append(world, 4);
    write_copy(world, "copy");
    char *path AUTO_FREE = mem_printf("%s/copy", world->path);
    int fd = open(path, O_RDWR);
    char zeros[4096] = {0};
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, 4096), sizeof zeros);
    close(fd);
    refused(world, "copy", ERR_NOT_GENUINE, "no sound backup");
}

static void test_a_process_that_has_the_state_open_keeps_it(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    struct backup_facts facts;
    append(world, 1);
    write_copy(world, "copy");
    append(world, 1);
    int ready[2], done[2];
    assert_int_equal(pipe(ready) | pipe(done), 0);
    state_close(world->state); /* an open state does not cross fork() */
    world->state = NULL;
    pid_t reader = fork();
    if (reader == 0) {
        struct state *state;
        char c = 0;
        int64_t checked;
        struct err why = {0};
        close(done[1]); /* it ends with its parent, however that ends */
        bool ok = state_open(world->path, STATE_READ, &state, &why) &&
                  journal_verify(state, NULL, &checked, &why) && write(ready[1], &c, 1) == 1 &&
                  read(done[0], &c, 1) == 1;
        _exit(!ok);
    }
    char c;
    assert_int_equal(read(ready[0], &c, 1), 1);
    char *path AUTO_FREE = mem_printf("%s/copy", world->path);
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_fails(backup_restore(world->path, fd, "copy", 1, &facts, &err), ERR_LOCKED);
    assert_int_equal(write(done[1], &c, 1), 1);
    assert_int_equal(status_of(reader), 0);
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    assert_int_equal(entries_of(world), 2);
}

static void write_entries(const struct world *world, int number)
{
    struct err err = {0};
    struct state *state;
    if (!state_open(world->path, STATE_WRITE, &state, &err))
        _exit(2);
    for (int i = 0; i < 40; i++) {
        struct entry entry = {
            .time_unix = 1000, .actor = "anna", .identity = "uid:5:anna", .action = "approve"};
        if (!state_begin(state, &err) || !journal_append(state, &entry, &err) || !state_commit(state, &err))
            _exit(3);
    }
    state_close(state);
    _exit(number < 0);
}

static void test_copies_made_while_eight_write_are_whole(void **out)
{
    enum { WRITERS = 8, COPIES = 10 };
    struct world *world = *out;
    struct err err = {0};
    struct backup_facts copy[COPIES], facts;
    pid_t writer[WRITERS];
    state_close(world->state); /* an open state does not cross fork() */
    for (int i = 0; i < WRITERS; i++)
        if ((writer[i] = fork()) == 0)
            write_entries(world, i);
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    for (int i = 0; i < COPIES; i++) {
        char name[16];
        snprintf(name, sizeof name, "copy%d", i);
        copy[i] = write_copy(world, name);
        usleep(20000);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(status_of(writer[i]), 0);
    assert_int_equal(entries_of(world), WRITERS * 40);
    for (int i = 0; i < COPIES; i++) {
        char name[16];
        snprintf(name, sizeof name, "copy%d", i);
        assert_true(i == 0 || copy[i].entries >= copy[i - 1].entries);
        assert_ok(restore_copy(world, name, &facts, &err));
        assert_int_equal(entries_of(world), copy[i].entries);
        assert_string_equal(facts.head, copy[i].head);
    }
}

static void test_only_a_damaged_database_is_put_aside(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    char kept[BACKUP_NAME_SIZE];
    append(world, 4);
    state_close(world->state);
    assert_ok(backup_set_damaged_aside(world->path, 1787421605, kept, &err));
    assert_string_equal(kept, "");
    char *path AUTO_FREE = mem_printf("%s/ringmgr.db", world->path);
    char *log AUTO_FREE = mem_printf("%s/ringmgr.db-wal", world->path);
    assert_int_equal(unlink(log), 0);
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "damage", 6, 0), 6);
    close(fd);
    assert_ok(backup_set_damaged_aside(world->path, 1787421605, kept, &err));
    assert_string_equal(kept, "ringmgr.db.before-rebuild-2026-08-22T18:00:05Z");
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    assert_int_equal(entries_of(world), 0);
}

/* ---- heads that were noted, after a restore ---- */

static void note(struct buf *text, const struct entry *entry)
{
    buf_printf(text, "2026-08-22T18:00:05Z %d %s\n", (int)entry->id, entry->hash);
}

/* Appends an entry and notes its head. */
static void append_noted(struct world *world, const char *action, const char *reason, struct buf *text)
{
    struct err err = {0};
    struct entry entry = {
        .time_unix = 1000, .actor = "anna", .identity = "uid:5:anna", .action = action, .reason = reason};
    begin(world);
    assert_ok(journal_append(world->state, &entry, &err));
    commit(world);
    note(text, &entry);
}

/* Lines of entries that the chain does not have. */
static void note_lost(struct buf *text, int first, int last)
{
    for (int i = first; i <= last; i++) {
        struct entry entry = {.id = i};
        struct digest digest = digest_of(&i, sizeof i);
        digest_format(&digest, entry.hash);
        note(text, &entry);
    }
}

static void test_a_restore_calls_lost_what_was_noted_before_it(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    AUTO_BUF text = {0};
    struct journal_loss loss;
    int64_t compared, lost;
    append_noted(world, "approve", NULL, &text);
    append_noted(world, "approve", NULL, &text);
    note_lost(&text, 3, 5);
    assert_fails(journal_verify_noted(world->state, buf_text(&text), text.len, &compared, &lost, &err),
                 ERR_NOT_GENUINE);
    assert_ok(journal_noted_beyond(world->state, buf_text(&text), text.len, -1, &loss, &err));
    assert_int_equal(loss.base_id, 2);
    assert_int_equal(loss.last_id, 5);
    char *reason AUTO_FREE = journal_loss_text(&loss);
    append_noted(world, "restore", reason, &text);
    append_noted(world, "approve", NULL, &text);
    char head[DIGEST_TEXT_SIZE] = "";
    memset(head, 'e', sizeof head - 1);
    assert_fails(journal_verify(world->state, head, &compared, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, "the entries after 2, up to 5, were lost by the restore of "));
    assert_ok(journal_verify_noted(world->state, buf_text(&text), text.len, &compared, &lost, &err));
    assert_int_equal(compared, 4);
    assert_int_equal(lost, 3);
    assert_ok(journal_noted_beyond(world->state, buf_text(&text), text.len, -1, &loss, &err));
    assert_int_equal(loss.last_id, 0);
    note_lost(&text, 5, 5); /* behind the line of the restore it excuses nothing */
    assert_fails(journal_verify_noted(world->state, buf_text(&text), text.len, &compared, &lost, &err),
                 ERR_NOT_GENUINE);
}

/* A state that was made anew has noted heads by numbers that this chain has, too. */
static void test_a_restore_gives_up_another_history(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    AUTO_BUF text = {0};
    struct journal_loss loss;
    int64_t compared, lost;
    append_noted(world, "approve", NULL, &text);
    append_noted(world, "approve", NULL, &text);
    note_lost(&text, 3, 3);
    note_lost(&text, 1, 2);
    assert_ok(journal_noted_beyond(world->state, buf_text(&text), text.len, 2, &loss, &err));
    assert_int_equal(loss.base_id, 2);
    assert_int_equal(loss.last_id, 3);
    assert_int_equal(loss.others, 2);
    char *reason AUTO_FREE = journal_loss_text(&loss);
    append_noted(world, "restore", reason, &text);
    assert_ok(journal_verify_noted(world->state, buf_text(&text), text.len, &compared, &lost, &err));
    assert_int_equal(compared, 3);
    assert_int_equal(lost, 3);
    AUTO_BUF one_more = {0};
    note_lost(&one_more, 2, 2); /* than it has given up */
    buf_append(&one_more, text.data, text.len);
    assert_fails(
        journal_verify_noted(world->state, buf_text(&one_more), one_more.len, &compared, &lost, &err),
        ERR_NOT_GENUINE);
    AUTO_BUF told = {0};
    assert_ok(journal_losses_tell(world->state, &told, &err));
    assert_non_null(strstr(buf_text(&told), "which also gave up 2 noted heads of another history"));
    note_lost(&text, 1, 1); /* behind its line */
    assert_fails(journal_verify_noted(world->state, buf_text(&text), text.len, &compared, &lost, &err),
                 ERR_NOT_GENUINE);
}

static void test_only_what_it_names_is_lost(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    int64_t compared, lost;
    struct journal_loss loss = {.base_id = 1, .last_id = 3};
    memset(loss.base_hash, 'a', DIGEST_TEXT_SIZE - 1);
    char *reason AUTO_FREE = journal_loss_text(&loss);
    for (int action = 0; action < 2; action++) {
        AUTO_BUF text = {0};
        append_noted(world, "approve", NULL, &text);
        note_lost(&text, action ? 2 : 4, action ? 2 : 4);
        append_noted(world, action ? "approve" : "restore", reason, &text);
        assert_fails(journal_verify_noted(world->state, buf_text(&text), text.len, &compared, &lost, &err),
                     ERR_NOT_GENUINE);
        if (!action)
            raw_sql(world, "DROP TRIGGER history_no_delete; DELETE FROM history");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_copy_says_how_far_the_history_goes),
        world_test(test_a_copy_of_an_empty_history),
        world_test(test_a_restore_goes_back_and_keeps_what_stood_there),
        world_test(test_what_a_restore_put_there_is_marked),
        world_test(test_no_log_of_the_old_database_reaches_the_new_one),
        world_test(test_what_is_no_sound_copy_changes_nothing),
        world_test(test_a_damaged_page_is_found),
        world_test(test_a_process_that_has_the_state_open_keeps_it),
        world_test(test_copies_made_while_eight_write_are_whole),
        world_test(test_only_a_damaged_database_is_put_aside),
        world_test(test_a_restore_calls_lost_what_was_noted_before_it),
        world_test(test_a_restore_gives_up_another_history),
        world_test(test_only_what_it_names_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "world.h"

#include <sys/stat.h>

#include "ringmgr/base/mem.h"
#include "ringmgr/state/journal.h"

static struct entry append(struct world *world, const char *action, int64_t time_unix)
{
    struct err err = {0};
    struct entry entry = {.time_unix = time_unix,
                          .actor = "anna",
                          .identity = "loginuid:1000:anna",
                          .action = action,
                          .ring = "production",
                          .channel = "MonthlyEnterprise",
                          .build = "16.0.20326.20100",
                          .reason = "tested in the pilot"};
    begin(world);
    assert_ok(journal_append(world->state, &entry, &err));
    commit(world);
    return entry;
}

static void append_some(struct world *world, int count)
{
    for (int i = 0; i < count; i++)
        append(world, "promote", 1000 + i);
}

static void test_the_canonical_form_is_the_contract(void **out)
{
    struct world *world = *out;
    char hash[DIGEST_TEXT_SIZE];
    struct entry entry = append(world, "promote", 1787421605);
    static const char canonical[] =
        "{\"action\":\"promote\",\"actor\":\"anna\",\"build\":\"16.0.20326.20100\",\"channel\":"
        "\"MonthlyEnterprise\",\"from_build\":null,\"gates_overridden\":null,\"id\":1,\"identity\":"
        "\"loginuid:1000:anna\",\"previous_hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\",\"reason\":"
        "\"tested in the pilot\",\"ring\":\"production\",\"time\":\"2026-08-22T18:00:05Z\"}";
    struct digest digest = digest_of_text(canonical);
    digest_format(&digest, hash);
    assert_string_equal(entry.hash, hash);
}

static void test_each_entry_holds_the_hash_before(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    char hash[DIGEST_TEXT_SIZE];
    int64_t time_unix = 0, checked = 0;
    assert_ok(journal_head(world->state, hash, &time_unix, &err));
    assert_int_equal(strspn(hash, "0"), 64);
    assert_int_equal(time_unix, -1);
    struct entry first = append(world, "promote", 1000);
    struct entry second = append(world, "rollback", 2000);
    assert_int_equal(strspn(first.previous_hash, "0"), 64);
    assert_string_equal(second.previous_hash, first.hash);
    assert_int_equal(second.id, first.id + 1);
    assert_ok(journal_head(world->state, hash, &time_unix, &err));
    assert_string_equal(hash, second.hash);
    assert_int_equal(time_unix, 2000);
    assert_ok(journal_verify(world->state, NULL, &checked, &err));
    assert_int_equal(checked, 2);
}

static void test_time_never_goes_back(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    int64_t checked = 0;
    append(world, "promote", 5000);
    assert_int_equal(append(world, "promote", 4000).time_unix, 5000);
    assert_int_equal(append(world, "promote", 6000).time_unix, 6000);
    assert_ok(journal_verify(world->state, NULL, &checked, &err));
}

static void test_an_empty_journal_is_intact(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    int64_t checked = -1;
    assert_ok(journal_verify(world->state, NULL, &checked, &err));
    assert_int_equal(checked, 0);
    assert_ok(journal_announce_head(world->state, "/nonexistent/file", &err));
}

static void test_rows_cannot_be_changed_by_mistake(void **out)
{
    struct world *world = *out;
    static const char *const mistakes[] = {
        "UPDATE history SET reason = 'x' WHERE id = 1",
        "DELETE FROM history WHERE id = 2",
        "INSERT OR REPLACE INTO history SELECT * FROM history WHERE id = 1",
        "UPDATE history SET id = 9 WHERE id = 2",
        ("INSERT INTO history (id, time_unix, actor, identity, action, previous_hash, hash) VALUES "
         "(9, 1, 'a', 'b', 'c', hex(zeroblob(32)), hex(zeroblob(32)))"),
    };
    char path[128];
    sqlite3 *db = NULL;
    append_some(world, 2);
    snprintf(path, sizeof path, "%s/ringmgr.db", world->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        assert_int_equal(sqlite3_exec(db, mistakes[i], NULL, NULL, NULL), SQLITE_CONSTRAINT);
        assert_string_equal(sqlite3_errmsg(db), "history is append-only");
    }
    sqlite3_close(db);
}

static void tamper(struct world *world, const char *sql)
{
    AUTO_BUF all = {0};
    buf_printf(&all,
               "DROP TRIGGER history_no_update; DROP TRIGGER history_no_delete; "
               "DROP TRIGGER history_at_the_end; PRAGMA ignore_check_constraints = ON; %s;",
               sql);
    raw_sql(world, buf_text(&all));
}

/* Whoever edits the database can drop triggers; the chain tells. */
static void test_tampering_is_found(void **out)
{
    static const struct {
        const char *sql, *message;
    } cases[] = {
        {"UPDATE history SET reason = 'no reason' WHERE id = 2", "history entry 2:"},
        {"UPDATE history SET time_unix = time_unix + 1 WHERE id = 3", "history entry 3:"},
        {"UPDATE history SET actor = 'bob' WHERE id = 4", "history entry 4:"},
        {"UPDATE history SET ring = NULL WHERE id = 1", "history entry 1:"},
        {"UPDATE history SET reason = reason || char(0) || 'x' WHERE id = 2", "history entry 2:"},
        {"UPDATE history SET hash = upper(hash) WHERE id = 4", "history entry 4:"},
        {"DELETE FROM history WHERE id = 1", "history entry 2:"},
        {"DELETE FROM history WHERE id = 2", "history entry 3:"},
        {"DELETE FROM history WHERE id = 2; UPDATE history SET id = id - 1 WHERE id > 2", "history entry 2:"},
        {"UPDATE history SET id = 99 WHERE id = 2; UPDATE history SET id = 2 WHERE id = 3;"
         "UPDATE history SET id = 3 WHERE id = 99",
         "history entry 2:"},
        {"INSERT INTO history SELECT 5, time_unix, actor, identity, action, ring, channel, build, from_build,"
         " reason, gates_overridden, previous_hash, hash FROM history WHERE id = 4",
         "history entry 5:"},
    };
    (void)out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct world *world = world_new();
        int64_t checked = 0;
        append_some(world, 4);
        tamper(world, cases[i].sql);
        assert_fails(journal_verify(world->state, NULL, &checked, &err), ERR_NOT_GENUINE);
        if (!strstr(err.msg, cases[i].message))
            fail_msg("%s: %s", cases[i].sql, err.msg);
        world_free(world);
    }
}

/* Puts in a row whose own hash is right, as somebody would who knows the formula. */
static void forge(struct world *world, int64_t id, const char *time, int64_t time_unix,
                  const char *previous_hash)
{
    AUTO_BUF canonical = {0}, sql = {0};
    char hash[DIGEST_TEXT_SIZE];
    buf_printf(&canonical,
               "{\"action\":\"c\",\"actor\":\"a\",\"build\":null,\"channel\":null,\"from_build\":null,"
               "\"gates_overridden\":null,\"id\":%d,\"identity\":\"b\",\"previous_hash\":\"%s\","
               "\"reason\":null,\"ring\":null,\"time\":\"%s\"}",
               (int)id, previous_hash, time);
    struct digest digest = digest_of_text(buf_text(&canonical));
    digest_format(&digest, hash);
    buf_printf(&sql,
               "INSERT INTO history (id, time_unix, actor, identity, action, previous_hash, hash) VALUES "
               "(%d, %d, 'a', 'b', 'c', '%s', '%s')",
               (int)id, (int)time_unix, previous_hash, hash);
    tamper(world, buf_text(&sql));
}

static void test_an_entry_put_in_with_a_right_hash_must_fit_the_chain(void **out)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        int64_t id, time_unix;
        const char *time, *previous, *message;
    } cases[] = {
        {2, 2000, "1970-01-01T00:33:20Z", NULL, NULL},
        {3, 2000, "1970-01-01T00:33:20Z", NULL, "history entry 3: entries before it are missing"},
        {2, 2000, "1970-01-01T00:33:20Z", zeros, "history entry 2: it does not follow"},
        {2, 500, "1970-01-01T00:08:20Z", NULL, "history entry 2: it is older"},
    };
    (void)out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct world *world = world_new();
        int64_t checked = 0;
        struct entry first = append(world, "promote", 1000);
        const char *previous = cases[i].previous ? cases[i].previous : first.hash;
        forge(world, cases[i].id, cases[i].time, cases[i].time_unix, previous);
        if (cases[i].message) {
            assert_fails(journal_verify(world->state, NULL, &checked, &err), ERR_NOT_GENUINE);
            assert_memory_equal(err.msg, cases[i].message, strlen(cases[i].message));
        } else {
            assert_ok(journal_verify(world->state, NULL, &checked, &err)); /* the forger's formula is right */
        }
        world_free(world);
    }
}

/* A '?' that stands for what was cleaned cannot be turned back into something that cleans to '?'. */
static void test_an_uncleaned_text_is_an_alteration(void **out)
{
    static const char *const altered[] = {"CAST(x'61ff62' AS TEXT)", "'a' || char(27) || 'b'",
                                          "CAST(x'610062' AS TEXT)", "'a' || char(127) || 'b'"};
    (void)out;
    for (size_t i = 0; i < sizeof altered / sizeof *altered; i++) {
        struct err err = {0};
        struct world *world = world_new();
        int64_t checked = 0;
        AUTO_BUF sql = {0};
        struct entry entry = {
            .time_unix = 1, .actor = "a", .identity = "b", .action = "c", .reason = "a\033b"};
        begin(world);
        assert_ok(journal_append(world->state, &entry, &err));
        commit(world);
        assert_ok(journal_verify(world->state, NULL, &checked, &err));
        buf_printf(&sql, "UPDATE history SET reason = %s", altered[i]);
        tamper(world, buf_text(&sql));
        assert_fails(journal_verify(world->state, NULL, &checked, &err), ERR_NOT_GENUINE);
        world_free(world);
    }
}

static void test_a_chain_made_anew_lacks_the_old_head(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    char head[DIGEST_TEXT_SIZE], upper[DIGEST_TEXT_SIZE];
    int64_t time_unix, checked = 0;
    append_some(world, 3);
    assert_ok(journal_head(world->state, head, &time_unix, &err));
    append(world, "rollback", 9000);
    assert_ok(journal_verify(world->state, head, &checked, &err)); /* an older head is still in the chain */
    assert_int_equal(checked, 4);
    for (size_t i = 0; i < sizeof head; i++)
        upper[i] = head[i] >= 'a' ? head[i] - 32 : head[i];
    assert_ok(journal_verify(world->state, upper, &checked, &err));
    tamper(world, "DELETE FROM history");
    for (int i = 0; i < 4; i++)
        append(world, "promote", 2000 + i);
    assert_ok(journal_verify(world->state, NULL, &checked, &err));
    assert_fails(journal_verify(world->state, head, &checked, &err), ERR_NOT_GENUINE);
    assert_non_null(strstr(err.msg, head));
    assert_fails(journal_verify(world->state, "abc", &checked, &err), ERR_USAGE);
}

static void test_an_end_cut_off_lacks_the_old_head(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    char head[DIGEST_TEXT_SIZE];
    int64_t time_unix, checked = 0;
    append_some(world, 3);
    assert_ok(journal_head(world->state, head, &time_unix, &err));
    tamper(world, "DELETE FROM history WHERE id = 3");
    assert_ok(journal_verify(world->state, NULL, &checked, &err));
    assert_fails(journal_verify(world->state, head, &checked, &err), ERR_NOT_GENUINE);
}

static void test_entries_are_read_as_written_and_filtered(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct entries entries;
    struct entry bob = {.time_unix = 3000,
                        .actor = "bob",
                        .identity = "service",
                        .action = "sync",
                        .from_build = "16.0.1.2",
                        .gates_overridden = "soak"};
    append(world, "promote", 1000);
    append(world, "promote", 2000);
    begin(world);
    assert_ok(journal_append(world->state, &bob, &err));
    commit(world);
    struct entry_filter filter = {.since_unix = -1};
    assert_ok(journal_read(world->state, &filter, &entries, &err));
    assert_int_equal(entries.len, 3);
    assert_int_equal(entries.item[0].id, 1);
    assert_string_equal(entries.item[0].reason, "tested in the pilot");
    assert_null(entries.item[0].from_build);
    assert_string_equal(entries.item[2].from_build, "16.0.1.2");
    assert_string_equal(entries.item[2].gates_overridden, "soak");
    assert_string_equal(entries.item[2].hash, bob.hash);
    assert_null(entries.item[2].ring);
    entries_clear(&entries);
    filter.ring = "production";
    filter.since_unix = 1500;
    assert_ok(journal_read(world->state, &filter, &entries, &err));
    assert_int_equal(entries.len, 1);
    assert_int_equal(entries.item[0].id, 2);
    entries_clear(&entries);
    filter = (struct entry_filter){.actor = "bob", .since_unix = -1};
    assert_ok(journal_read(world->state, &filter, &entries, &err));
    assert_int_equal(entries.len, 1);
    assert_int_equal(entries.item[0].id, 3);
    entries_clear(&entries);
}

/* What is found of a ring, as the ids of its entries. */
static void assert_ids(struct world *world, const char *ring, const char *wanted)
{
    struct err err = {0};
    struct entries entries;
    struct entry_filter filter = {.ring = ring, .since_unix = -1};
    AUTO_BUF ids = {0};
    assert_ok(journal_read(world->state, &filter, &entries, &err));
    for (size_t i = 0; i < entries.len; i++)
        buf_printf(&ids, "%d ", (int)entries.item[i].id);
    entries_clear(&entries);
    assert_string_equal(buf_text(&ids), wanted);
}

static void test_entries_of_former_names_are_found(void **out)
{
    static const struct {
        const char *ring, *action, *reason;
    } all[] = {
        {"first", "promote", NULL},             /* 1 */
        {"other", "promote", "was first"},      /* 2: not a renaming */
        {"second", "rename", "was first"},      /* 3 */
        {"first", "promote", NULL},             /* 4: a new ring of the old name */
        {"second", "promote", NULL},            /* 5 */
        {"third ring", "rename", "was second"}, /* 6 */
        {"second", "promote", NULL},            /* 7: another one */
        {"third ring", "promote", NULL},        /* 8 */
        {"second", "rename", "was third ring"}, /* 9: and back */
        {NULL, "sync", NULL},                   /* 10 */
        {"fourth", "promote", NULL},            /* 11 */
        {"first", "rename", "was fourth"},      /* 12: what the name is given to later is not the ring's */
    };
    struct err err = {0};
    struct world *world = *out;
    begin(world);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct entry entry = {.time_unix = 1000,
                              .actor = "anna",
                              .identity = "x",
                              .action = all[i].action,
                              .ring = all[i].ring,
                              .reason = all[i].reason};
        assert_ok(journal_append(world->state, &entry, &err));
    }
    commit(world);
    assert_ids(world, "first", "1 4 11 12 ");
    assert_ids(world, "other", "2 ");
    assert_ids(world, "third ring", "1 3 5 6 8 ");
    assert_ids(world, "second", "1 3 5 6 7 8 9 ");
    assert_ids(world, "none", "");
    assert_ids(world, NULL, "1 2 3 4 5 6 7 8 9 10 11 12 ");
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

/* jq makes the same bytes of what `ringmgr history --json` prints. */
static void test_jq_finds_the_same_hash(void **out)
{
    static const char *const reasons[] = {
        "plain",
        "a/b \"quoted\" \\ back\\slash",
        "line\nfeed\tand tab",
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7 \xe2\x80\xa8 \xef\xbb\xbf \xef\xbf\xbf",
        "control \x01\x08\x0c\r\x1b[31m\x1f\x7f",
        "not utf-8 \xff\xc3(\xed\xa0\x80",
        "<script>&amp;</script>",
        "",
        NULL,
    };
    struct err err = {0};
    struct world *world = *out;
    if (system("command -v jq >/dev/null") != 0)
        test_missing("jq");
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct entry entry = {.time_unix = 1000 + (int64_t)i,
                              .actor = "anna",
                              .identity = "sudo:1000:anna",
                              .action = "promote",
                              .reason = reasons[i]};
        begin(world);
        assert_ok(journal_append(world->state, &entry, &err));
        commit(world);
    }
    struct entries entries;
    struct entry_filter all = {.since_unix = -1};
    assert_ok(journal_read(world->state, &all, &entries, &err));
    for (size_t i = 0; i < entries.len; i++) {
        char line[128] = "", path[128], command[256];
        AUTO_BUF text = {0};
        struct jv *json AUTO(jv_auto_free)
        = entry_to_json(&entries.item[i]);
        jv_write(json, &text);
        snprintf(path, sizeof path, "%s/entry.json", world->path);
        write_text(path, buf_text(&text));
        snprintf(command, sizeof command, "jq -cS 'del(.hash)' %s | tr -d '\\n' | sha256sum", path);
        FILE *pipe = popen(command, "r");
        assert_non_null(fgets(line, sizeof line, pipe));
        assert_int_equal(pclose(pipe), 0);
        line[64] = 0;
        if (strcmp(line, entries.item[i].hash) != 0)
            fail_msg("%s: jq %s, ringmgr %s", buf_text(&text), line, entries.item[i].hash);
    }
    assert_int_equal(entries.len, sizeof reasons / sizeof *reasons);
    entries_clear(&entries);
}

static void test_the_head_is_appended_to_its_file(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    char path[128], wanted[512];
    AUTO_BUF text = {0};
    snprintf(path, sizeof path, "%s/history.head", world->path);
    struct entry first = append(world, "promote", 1000);
    assert_ok(journal_announce_head(world->state, path, &err));
    struct entry second = append(world, "promote", 2000);
    assert_ok(journal_announce_head(world->state, path, &err));
    snprintf(wanted, sizeof wanted, "1970-01-01T00:16:40Z 1 %s\n1970-01-01T00:33:20Z 2 %s\n", first.hash,
             second.hash);
    assert_ok(fs_read_file(state_dir(world->state), "history.head", 4096, &text, &err));
    assert_string_equal(buf_text(&text), wanted);
    assert_ok(journal_announce_head(world->state, "", &err));
    snprintf(path, sizeof path, "%s/none/history.head", world->path);
    assert_fails(journal_announce_head(world->state, path, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, path));
}

/* Intents. */

static struct intent intent_of(const char *ring)
{
    return (struct intent){.ring = (char *)ring,
                           .channel = mec(),
                           .to = build_of("16.0.20326.20100"),
                           .kind = INTENT_PUBLISH,
                           .content = (char *)"x64 en-us proofing= arm64=no",
                           .files_digest = digest_of_text("files"),
                           .actor = (char *)"anna",
                           .identity = (char *)"loginuid:1000:anna",
                           .opened_unix = 1000};
}

static void test_an_intent_is_durable_until_it_is_closed(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct intent intent = intent_of("pilot"), read;
    bool found = true;
    assert_ok(journal_intent_find(world->state, "pilot", &read, &found, &err));
    assert_false(found);
    intent.kind = INTENT_ROLLBACK;
    intent.from = build_of("16.0.9126.1");
    intent.reason = (char *)"macros broke";
    intent.lane = "rollback";
    intent.gates_overridden = "soak,freeze";
    intent.block = "everywhere";
    assert_ok(journal_intent_open(world->state, &intent, &err));
    assert_int_equal(strspn(intent.id, "0123456789abcdef"), 32);
    state_close(world->state);
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
    assert_ok(journal_intent_find(world->state, "pilot", &read, &found, &err));
    assert_true(found);
    assert_string_equal(read.id, intent.id);
    assert_ptr_equal(read.channel, mec());
    assert_int_equal(read.kind, INTENT_ROLLBACK);
    assert_int_equal(build_compare(&read.from, &intent.from), 0);
    assert_int_equal(build_compare(&read.to, &intent.to), 0);
    assert_true(digest_equal(&read.files_digest, &intent.files_digest));
    assert_string_equal(read.content, intent.content);
    assert_string_equal(read.actor, "anna");
    assert_string_equal(read.identity, "loginuid:1000:anna");
    assert_string_equal(read.reason, "macros broke");
    assert_string_equal(read.lane, "rollback");
    assert_string_equal(read.gates_overridden, "soak,freeze");
    assert_string_equal(read.block, "everywhere");
    assert_int_equal(read.opened_unix, 1000);
    begin(world);
    assert_ok(journal_intent_close(world->state, read.id, "done", 2000, &err));
    commit(world);
    intent_clear(&read);
    assert_ok(journal_intent_find(world->state, "pilot", &read, &found, &err));
    assert_false(found);
}

static void test_one_intent_is_open_for_a_ring(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct intent first = intent_of("pilot"), second = intent_of("pilot"), other = intent_of("production");
    struct intent read;
    bool found;
    assert_ok(journal_intent_open(world->state, &first, &err));
    assert_fails(journal_intent_open(world->state, &second, &err), ERR_LOCKED);
    assert_non_null(strstr(err.msg, "pilot"));
    assert_ok(journal_intent_open(world->state, &other, &err));
    assert_ok(journal_intent_find(world->state, "pilot", &read, &found, &err));
    assert_string_equal(read.id, first.id);
    assert_true(build_is_none(&read.from));
    assert_null(read.reason);
    assert_string_equal(read.lane, "manual");
    assert_null(read.gates_overridden);
    assert_null(read.block);
    intent_clear(&read);
    begin(world);
    assert_ok(journal_intent_close(world->state, first.id, "undone", 2000, &err));
    assert_fails(journal_intent_close(world->state, first.id, "done", 2000, &err), ERR_FAILED);
    commit(world);
    assert_ok(journal_intent_open(world->state, &second, &err));
}

static void test_a_row_that_makes_no_sense_is_damage(void **out)
{
    static const char *const damages[] = {
        "UPDATE intent SET channel = 'Unheard'", "UPDATE intent SET to_build = replace(to_build, '.', '!')",
        "UPDATE intent SET to_build = '9999999999.0000000000.0000000000.0000000000'",
        "UPDATE intent SET kind = 'other'", "UPDATE intent SET sha256 = x'00'"};
    (void)out;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct err err = {0};
        struct world *world = world_new();
        struct intent intent = intent_of("pilot"), read;
        bool found;
        assert_ok(journal_intent_open(world->state, &intent, &err));
        tamper(world, damages[i]);
        assert_fails(journal_intent_find(world->state, "pilot", &read, &found, &err), ERR_FAILED);
        assert_non_null(strstr(err.msg, "damaged"));
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_the_canonical_form_is_the_contract),
        world_test(test_each_entry_holds_the_hash_before),
        world_test(test_time_never_goes_back),
        world_test(test_an_empty_journal_is_intact),
        world_test(test_rows_cannot_be_changed_by_mistake),
        cmocka_unit_test(test_tampering_is_found),
        cmocka_unit_test(test_an_entry_put_in_with_a_right_hash_must_fit_the_chain),
        cmocka_unit_test(test_an_uncleaned_text_is_an_alteration),
        world_test(test_a_chain_made_anew_lacks_the_old_head),
        world_test(test_an_end_cut_off_lacks_the_old_head),
        world_test(test_entries_are_read_as_written_and_filtered),
        world_test(test_entries_of_former_names_are_found),
        world_test(test_jq_finds_the_same_hash),
        world_test(test_the_head_is_appended_to_its_file),
        world_test(test_an_intent_is_durable_until_it_is_closed),
        world_test(test_one_intent_is_open_for_a_ring),
        cmocka_unit_test(test_a_row_that_makes_no_sense_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "world.h"

#include "ringmgr/state/catalog.h"
#include "ringmgr/state/content_left.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/decision.h"
#include "ringmgr/state/journal.h"
#include "ringmgr/state/notices.h"
#include "ringmgr/state/runs.h"
#include "ringmgr/state/sites.h"

/* A state of the released version 1, closed. */
static int make_version_1(void **out)
{
    struct err err = {0};
    AUTO_BUF dump = {0};
    char path[128];
    sqlite3 *db = NULL;
    struct world *world = mem_new(1, sizeof *world);
    int dir = open(TEST_SOURCE_DIR "/tests/unit/state", O_RDONLY | O_DIRECTORY);
    assert_ok(fs_read_file(dir, "version-1.sql", 1 << 20, &dump, &err));
    close(dir);
    world->path = mem_strdup("/tmp/ringmgr-state-XXXXXX");
    assert_non_null(mkdtemp(world->path));
    snprintf(path, sizeof path, "%s/ringmgr.db", world->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, buf_text(&dump), NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    *out = world;
    return 0;
}

#define version_1_test(function) cmocka_unit_test_setup_teardown(function, make_version_1, world_remove)

static void migrate(struct world *world)
{
    struct err err = {0};
    assert_ok(state_open(world->path, STATE_WRITE, &world->state, &err));
}

static const char OLD[] = "16.0.20231.20110", NEW[] = "16.0.20326.20100";

static void test_upstream_and_releases_read_back(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build old = build_of(OLD);
    struct upstream_file file;
    struct releases releases;
    int64_t seen;
    migrate(world);
    assert_ok(catalog_upstream_get(world->state, "http://a/v64.cab", &file, &err));
    assert_int_equal(file.signed_unix, 1000);
    assert_int_equal(file.checked_unix, 1100);
    assert_string_equal(file.etag, "\"e1\"");
    assert_string_equal(buf_text(&file.content), "cab");
    upstream_file_clear(&file);
    assert_ok(catalog_releases(world->state, mec(), &releases, &err));
    assert_int_equal(releases.len, 1);
    assert_int_equal(releases.published_unix, 1600);
    assert_string_equal(releases.row[0].version, "2607");
    releases_clear(&releases);
    assert_ok(catalog_recalled(world->state, mec(), &old, &seen, &err));
    assert_int_equal(seen, 1800);
}

static void test_builds_and_files_read_back(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build old = build_of(OLD), none = {{0}};
    struct catalog_build_list list;
    struct catalog_files files;
    struct digest one = digest_of_text("one");
    migrate(world);
    assert_ok(catalog_builds_after(world->state, mec(), &none, &list, &err));
    assert_int_equal(list.len, 1);
    assert_int_equal(build_compare(&list.item[0].build, &old), 0);
    assert_int_equal(list.item[0].staged_unix, 1900);
    assert_int_equal(list.item[0].throttle, 250);
    assert_int_equal(list.item[0].disputed_unix, -1);
    free(list.item);
    assert_ok(catalog_files_get(world->state, mec(), &old, &files, &err));
    assert_int_equal(files.len, 2);
    assert_true(digest_equal(&files.file[0].digest, &one));
    assert_int_equal(files.file[0].bytes, 3);
    assert_true(files.file[1].absent);
    catalog_files_clear(&files);
}

static void test_offers_and_attention_read_back(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build old = build_of(OLD);
    struct digest list = digest_of_text("list");
    struct offer offer;
    struct catalog_files files;
    struct last_sync last;
    struct attentions all;
    bool found;
    migrate(world);
    assert_ok(catalog_offer_live(world->state, "pilot", &offer, &found, &err));
    assert_true(found);
    assert_int_equal(build_compare(&offer.build, &old), 0);
    assert_true(digest_equal(&offer.files_digest, &list));
    assert_int_equal(offer.live_since, 2000);
    assert_ok(catalog_offer_files(world->state, offer.id, &files, &err));
    assert_int_equal(files.len, 1);
    catalog_files_clear(&files);
    offer_clear(&offer);
    assert_ok(catalog_last_sync_get(world->state, "pilot", &last, &err));
    assert_string_equal(last.error, "no route");
    last_sync_clear(&last);
    assert_ok(catalog_attentions(world->state, &all, &err));
    assert_int_equal(all.len, 1);
    assert_string_equal(all.item[0].text, "the share is foreign");
    assert_int_equal(all.item[0].since_unix, 2200);
    attentions_clear(&all);
}

static void test_decisions_and_history_read_back(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct approval_key key = {"pilot", mec(), build_of(OLD), digest_of_text("list")};
    struct build blocked = build_of(NEW);
    struct approvals approvals;
    struct block block;
    int64_t checked = 0;
    bool found;
    migrate(world);
    assert_ok(decision_approvals(world->state, &key, &approvals, &err));
    assert_int_equal(approvals.len, 1);
    assert_string_equal(approvals.item[0].account, "anna");
    approvals_clear(&approvals);
    assert_ok(decision_blocked(world->state, "pilot", mec(), &blocked, &block, &found, &err));
    assert_true(found);
    assert_string_equal(block.reason, "crashes");
    block_clear(&block);
    assert_ok(journal_verify(world->state, "718563176c37f72f895ee68ba471efefb97d84f60c9c8823ab611c270d0fc396",
                             &checked, &err));
    assert_int_equal(checked, 2);
}

static void test_open_intents_get_the_lane_that_they_came_by(void **out)
{
    static const struct {
        const char *ring, *identity, *lane;
        enum intent_kind kind;
    } cases[] = {{"pilot", "service", "automatic", INTENT_PUBLISH},
                 {"production", "sudo:1000:anna", "manual", INTENT_PUBLISH},
                 {"late", "sudo:1000:anna", "rollback", INTENT_ROLLBACK}};
    struct err err = {0};
    struct world *world = *out;
    struct build old = build_of(OLD), new = build_of(NEW);
    struct digest list = digest_of_text("list");
    migrate(world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct intent intent;
        bool found;
        assert_ok(journal_intent_find(world->state, cases[i].ring, &intent, &found, &err));
        assert_true(found);
        assert_int_equal(intent.kind, cases[i].kind);
        assert_string_equal(intent.identity, cases[i].identity);
        assert_string_equal(intent.lane, cases[i].lane);
        assert_string_equal(intent.path, "/srv/ring");
        assert_string_equal(intent.reason, "why");
        assert_int_equal(intent.opened_unix, 2500 + (int64_t)i);
        assert_int_equal(build_compare(&intent.from, &old), 0);
        assert_int_equal(build_compare(&intent.to, &new), 0);
        assert_true(digest_equal(&intent.files_digest, &list));
        assert_null(intent.gates_overridden);
        assert_null(intent.block);
        intent_clear(&intent);
    }
}

/* All of the schema's SQL, for comparing; the caller frees it. */
static char *schema_of(struct world *world)
{
    struct err err = {0};
    AUTO_STMT stmt = stmt_make(world->state, "SELECT group_concat(sql, char(10)) FROM (SELECT type || ' ' || "
                                             "name || ': ' || sql AS sql FROM sqlite_schema ORDER BY 1)");
    char *text = stmt_row(&stmt) ? stmt_get_text(&stmt) : NULL;
    assert_ok(stmt_end(&stmt, &err));
    assert_non_null(text);
    return text;
}

/* This fails, too, where version 1 was edited after it had been released. */
static void test_a_migrated_state_has_the_schema_of_a_new_one(void **out)
{
    struct world *world = *out, *fresh = world_new();
    migrate(world);
    char *migrated = schema_of(world), *new = schema_of(fresh);
    assert_string_equal(migrated, new);
    free(migrated);
    free(new);
    world_free(fresh);
}

/* A program that was put back does not guess what a newer one has written. */
static void test_a_newer_state_is_refused(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    migrate(world);
    assert_ok(state_exec(world->state, "PRAGMA user_version = 7", &err));
    state_close(world->state);
    world->state = NULL;
    assert_fails(state_open(world->path, STATE_WRITE, &world->state, &err), ERR_USAGE);
    assert_fails(state_open(world->path, STATE_READ, &world->state, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "schema 7, this ringmgr, "));
    assert_non_null(strstr(err.msg, "install that one again, or restore a backup"));
}

static void test_a_reader_says_who_migrates(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    int64_t version = 0;
    assert_fails(state_open(world->path, STATE_READ, &world->state, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "schema 1 of an older ringmgr"));
    migrate(world);
    assert_ok(schema_version(world->state, &version, &err));
    assert_int_equal(version, 6);
    assert_int_equal(version, schema_newest());
}

#define DROP_VERSION_6                                                                                       \
    "DROP TABLE site; DROP TABLE site_share; DROP TABLE site_build; DROP TABLE site_pause;"                  \
    "DROP TABLE site_order; DROP TABLE site_quorum; DROP TABLE manifest;"

#define DROP_VERSION_5                                                                                       \
    DROP_VERSION_6                                                                                           \
    "DROP TABLE notice_folded; DROP TABLE notice_cursor; DROP TABLE notice_seen; DROP TABLE notice;"         \
    "DROP TABLE job_run; DROP TABLE figure;"

/* Of version 3: it has everything but what has left the configuration. */
static void test_a_state_of_version_3_learns_what_has_left(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct contents_left left;
    struct content french = {0};
    int64_t version = 0;
    strv_add(&french.languages, "fr-fr");
    migrate(world);
    raw_sql(world, "DROP TABLE content_left; " DROP_VERSION_5 "PRAGMA user_version = 3");
    state_close(world->state);
    world->state = NULL;
    migrate(world);
    assert_ok(schema_version(world->state, &version, &err));
    assert_int_equal(version, schema_newest());
    assert_ok(contents_left_get(world->state, "pilot", &left, &err));
    assert_int_equal(left.len, 0);
    assert_ok(state_begin(world->state, &err));
    assert_ok(content_left_put(world->state, "pilot", &french, 1000, &err));
    assert_ok(content_left_put(world->state, "pilot", &french, 2000, &err));
    assert_ok(state_commit(world->state, &err));
    assert_ok(contents_left_get(world->state, "pilot", &left, &err));
    assert_int_equal(left.len, 1);
    assert_int_equal(left.item[0].since_unix, 1000);
    assert_true(content_contains(&left.item[0].what, &french));
    contents_left_clear(&left);
    content_clear(&french);
}

/* Of version 4: nothing was told yet, and no run noted; what it held stands. */
static void test_a_state_of_version_4_learns_to_tell(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct notice notice = {
        .event = "staged", .severity = "info", .ring = "pilot", .title = "t", .text = "x"};
    struct runs runs;
    struct attentions all;
    int64_t version = 0, last = -1;
    migrate(world);
    raw_sql(world, DROP_VERSION_5 "PRAGMA user_version = 4");
    state_close(world->state);
    world->state = NULL;
    migrate(world);
    assert_ok(schema_version(world->state, &version, &err));
    assert_int_equal(version, schema_newest());
    assert_ok(notice_last(world->state, &last, &err));
    assert_int_equal(last, 0);
    assert_ok(notice_add(world->state, &notice, &err));
    assert_int_equal(notice.id, 1);
    assert_ok(runs_get(world->state, &runs, &err));
    assert_int_equal(runs.len, 0);
    runs_clear(&runs);
    assert_ok(catalog_attentions(world->state, &all, &err));
    assert_int_equal(all.len, 1);
    attentions_clear(&all);
}

/* Of version 5: it knows of no site; what it held stands. */
static void test_a_state_of_version_5_learns_of_sites(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct site_shares shares;
    struct build old = build_of(OLD);
    struct offer offer;
    int64_t version = 0, reached = 0;
    bool found = false, changed = true;
    migrate(world);
    raw_sql(world, DROP_VERSION_6 "PRAGMA user_version = 5");
    state_close(world->state);
    world->state = NULL;
    migrate(world);
    assert_ok(schema_version(world->state, &version, &err));
    assert_int_equal(version, schema_newest());
    assert_ok(site_shares_get(world->state, NULL, NULL, &shares, &err));
    assert_int_equal(shares.len, 0);
    assert_ok(site_quorum_find(world->state, "pilot", mec(), &old, 0, &reached, &err));
    assert_int_equal(reached, -1);
    assert_ok(state_begin(world->state, &err));
    assert_ok(site_place(world->state, "tokyo", "/srv/tokyo", 5, &changed, &err));
    assert_ok(state_commit(world->state, &err));
    assert_false(changed);
    assert_ok(catalog_offer_live(world->state, "pilot", &offer, &found, &err));
    assert_true(found);
    offer_clear(&offer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        version_1_test(test_upstream_and_releases_read_back),
        version_1_test(test_builds_and_files_read_back),
        version_1_test(test_offers_and_attention_read_back),
        version_1_test(test_decisions_and_history_read_back),
        version_1_test(test_open_intents_get_the_lane_that_they_came_by),
        version_1_test(test_a_migrated_state_has_the_schema_of_a_new_one),
        version_1_test(test_a_reader_says_who_migrates),
        version_1_test(test_a_newer_state_is_refused),
        version_1_test(test_a_state_of_version_3_learns_what_has_left),
        version_1_test(test_a_state_of_version_4_learns_to_tell),
        version_1_test(test_a_state_of_version_5_learns_of_sites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

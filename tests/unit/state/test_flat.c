/* Queries stay flat: 1,000 builds of 60 files, and no statement walks through a table. */
#include "world.h"

#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/decision.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/journal.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/state/pin.h"
#include "ringmgr/state/plan.h"

static int64_t steps_of_scans;

static int count_scans(unsigned what, void *context, void *stmt, void *nanoseconds)
{
    (void)what;
    (void)context;
    (void)nanoseconds;
    int steps = sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
    if (steps > 1) {
        fprintf(stderr, "%d steps of a full scan: %s\n", steps, sqlite3_sql(stmt));
        steps_of_scans += steps;
    }
    return 0;
}

static void fill_state(struct world *world)
{
    raw_sql(
        world,
        "BEGIN;"
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        " INSERT INTO build (id, channel, build, staged_unix) SELECT i, 'MonthlyEnterprise',"
        " printf('0000000016.0000000000.00000%05d.0000020100', 10000 + i), i FROM n;"
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
        " INSERT INTO build_file SELECT build.id, printf('folder/stream.%03d.dat', i), zeroblob(32), i,"
        " NULL, 0 FROM build, n;"
        "INSERT INTO release SELECT channel, build, '2607', id, 0, id FROM build;"
        "INSERT INTO recall SELECT channel, build, id FROM build;"
        "INSERT INTO offer (ring, channel, build, content, sha256, live_since, live_until, by, ended,"
        " removed_unix) SELECT 'pilot', channel, build, 'x64', zeroblob(32), id, id + 1, 'anna',"
        " 'promote', id FROM build;"
        "INSERT INTO offer_file SELECT offer.id, path, build_file.sha256, bytes FROM offer, build_file"
        " WHERE build_id = offer.id;"
        "INSERT INTO approval (ring, channel, build, sha256, account, at_unix) SELECT 'pilot', channel,"
        " build, zeroblob(32), 'anna', id FROM build;"
        "INSERT INTO block (ring, channel, build, by, at_unix) SELECT 'pilot', channel, build, 'anna', id"
        " FROM build;"
        "INSERT INTO intent (id, ring, channel, to_build, kind, content, sha256, actor, identity,"
        " opened_unix, closed_unix, outcome) SELECT lower(hex(zeroblob(14))) || printf('%04d', id), 'pilot',"
        " channel, build, 'publish', 'x64', zeroblob(32), 'anna', 'x', id, id, 'done' FROM build;"
        "INSERT INTO hold (ring, kind, stop_soak, by, reason, at_unix, lifted_unix) SELECT 'ring ' || id,"
        " 'person', 1, 'anna', 'x', id, id + 1 FROM build;"
        "INSERT INTO pin (ring, channel, build, what, by, at_unix, taken_back_unix, taken_back_by) SELECT"
        " 'pilot', channel, build, 'rollback', 'anna', id, id, 'anna' FROM build;"
        "INSERT INTO plan SELECT 'ring ' || id, channel, build, zeroblob(32), id, 'anna', 'x', NULL, id"
        " FROM build;"
        "INSERT INTO consent (ring, channel, build, sha256, gate, account, at_unix, reason) SELECT 'pilot',"
        " channel, build, zeroblob(32), 'soak', 'anna', id, 'x' FROM build;"
        "INSERT INTO migration (ring, from_channel, to_channel, by, at_unix, done_unix) SELECT 'pilot',"
        " 'Current', channel, 'anna', id, id FROM build;"
        "INSERT INTO clock_step (at_unix, step_seconds, from_unix, until_unix) SELECT id, 200, id, id + 200"
        " FROM build;"
        "INSERT INTO done_mark SELECT 'sync', 'ring ' || id, 'a', id FROM build;"
        "INSERT INTO attention (severity, ring, code, subject, text, since_unix, acked_unix, acked_by)"
        " SELECT 'info', 'pilot', 'share-foreign', id, 'x', id, id, 'anna' FROM build;"
        "INSERT INTO history SELECT id, id, 'anna', 'x', 'promote', 'pilot', channel, build, NULL, NULL,"
        " NULL, lower(hex(zeroblob(32))), lower(hex(zeroblob(32))) FROM build ORDER BY id;"
        "COMMIT;");
}

static void start(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct catalog_file file = {.path = (char *)"a", .digest = digest_of_text("a"), .bytes = 1};
    struct catalog_files files = {&file, 1};
    struct offer offer = {.ring = (char *)"pilot",
                          .channel = mec(),
                          .build = *build,
                          .content = (char *)"x64",
                          .live_since = 2000,
                          .by = "anna"};
    assert_ok(catalog_offer_start(world->state, &offer, &files, "promote", &err));
}

static void ask_everything(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct catalog_build found_build;
    struct catalog_files files;
    struct release release;
    struct offers offers;
    struct offer offer;
    struct block block;
    struct intent intent;
    struct approvals approvals;
    struct approval_key key = {"pilot", mec(), *build, {{0}}};
    char hash[DIGEST_TEXT_SIZE];
    int64_t when;
    bool found;
    assert_ok(catalog_build_find(world->state, mec(), build, &found_build, &found, &err) && found);
    assert_ok(catalog_build_newest(world->state, mec(), NULL, &found_build, &found, &err) && found);
    assert_ok(catalog_build_newest(world->state, mec(), build, &found_build, &found, &err) && found);
    assert_ok(catalog_files_get(world->state, mec(), build, &files, &err) && files.len == 60);
    catalog_files_clear(&files);
    assert_ok(catalog_release_find(world->state, mec(), build, &release, &found, &err) && found);
    assert_ok(catalog_recalled(world->state, mec(), build, &when, &err) && when > 0);
    assert_ok(catalog_newest_signed(world->state, &when, &err));
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), build, &offer, &found, &err) && found);
    offer_clear(&offer);
    assert_ok(catalog_offer_live(world->state, "pilot", &offer, &found, &err) && !found);
    assert_ok(catalog_offer_files(world->state, 500, &files, &err) && files.len == 60);
    catalog_files_clear(&files);
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err) && offers.len == 0);
    assert_ok(decision_approvals(world->state, &key, &approvals, &err) && approvals.len == 1);
    approvals_clear(&approvals);
    assert_ok(decision_blocked(world->state, "pilot", mec(), build, &block, &found, &err) && found);
    block_clear(&block);
    assert_ok(journal_head(world->state, hash, &when, &err));
    assert_ok(journal_intent_find(world->state, "pilot", &intent, &found, &err) && !found);
}

static void ask_of_spans(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct catalog_build_list list;
    struct offers offers;
    struct offer_span span;
    int64_t since;
    assert_ok(catalog_builds_after(world->state, mec(), build, &list, &err) && list.len == 500);
    free(list.item);
    assert_ok(catalog_offers_after(world->state, "pilot", mec(), build, &offers, &err) && offers.len == 500);
    offers_clear(&offers);
    assert_ok(catalog_offers_all(world->state, "pilot", &offers, &err) && offers.len == 1000);
    offers_clear(&offers);
    assert_ok(catalog_offer_span(world->state, "pilot", mec(), build, &span, &err) && span.since_unix == 500);
    assert_ok(catalog_attention_since(world->state, "share-foreign", "pilot", "700", &since, &err));
    assert_int_equal(since, 700);
}

static void ask_of_decisions(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct approval_key key = {"pilot", mec(), *build, {{0}}};
    struct holds holds;
    struct soak_pause *pauses;
    struct pins pins;
    struct plan plan;
    struct consents consents;
    struct migration migration;
    int64_t when;
    size_t len;
    bool found;
    assert_ok(decision_last_unblock(world->state, "pilot", mec(), build, &when, &err) && when == -1);
    assert_ok(holds_standing(world->state, "ring 7", 1000, &holds, &err) && holds.len == 0);
    assert_ok(hold_last_end(world->state, "ring 7", 1000, &when, &err) && when == 8);
    assert_ok(hold_pauses(world->state, "ring 7", 1150, &pauses, &len, &err) && len == 50);
    free(pauses);
    assert_ok(pins_standing(world->state, "pilot", &pins, &err) && pins.len == 0);
    assert_ok(plan_find(world->state, "ring 7", &plan, &found, &err) && found);
    plan_clear(&plan);
    assert_ok(consents_standing(world->state, &key, "soak", 0, &consents, &err) && consents.len == 1);
    consents_clear(&consents);
    assert_ok(migration_find(world->state, "pilot", mec(), &migration, &found, &err) && !found);
    assert_ok(mark_find(world->state, "sync", "ring 7", "a", &when, &err) && when == 7);
}

/* What gc will ask of each object: 1,000 objects of which none is another's. */
static void test_who_names_an_object_is_found_by_its_digest(void **out)
{
    static const char *const questions[] = {"SELECT 1 FROM build_file WHERE sha256 = zeroblob(32) LIMIT 1",
                                            "SELECT 1 FROM offer_file WHERE sha256 = zeroblob(32) LIMIT 1"};
    struct err err = {0};
    struct world *world = *out;
    for (size_t i = 0; i < 2; i++) {
        char *sql AUTO_FREE = mem_printf("EXPLAIN QUERY PLAN %s", questions[i]);
        AUTO_STMT stmt = stmt_make(world->state, sql);
        bool searches = false;
        while (stmt_row(&stmt)) {
            (void)stmt_get_int(&stmt), (void)stmt_get_int(&stmt), (void)stmt_get_int(&stmt);
            char *step AUTO_FREE = stmt_get_text(&stmt);
            searches = searches || strstr(step, "SEARCH");
        }
        assert_ok(stmt_end(&stmt, &err));
        assert_true(searches);
    }
}

static void write_everything(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct approval_key key = {"pilot", mec(), *build, {{0}}};
    struct block block = {.channel = mec(), .build = *build, .by = "anna", .at_unix = 1};
    struct entry entry = {.time_unix = 5000, .actor = "anna", .identity = "x", .action = "promote"};
    struct digest digest = {{0}};
    bool flag;
    int64_t since;
    begin(world);
    assert_ok(catalog_build_staged(world->state, mec(), build, 1, &err));
    assert_ok(catalog_file_put(world->state, mec(), build, "new", &digest, 1, &err));
    assert_ok(catalog_file_absent(world->state, mec(), build, "absent", 1, true, &since, &err));
    assert_ok(catalog_recalls_add(world->state, mec(), build, 1, 1, &err));
    assert_ok(catalog_offer_removed(world->state, "pilot", mec(), build, 1, &err));
    assert_ok(decision_approve(world->state, &key, "bob", 1, NULL, -1, &flag, &err));
    assert_ok(decision_revoke(world->state, &key, "bob", 1, &flag, &err) && flag);
    assert_ok(decision_block(world->state, &block, &flag, &err));
    assert_ok(decision_unblock(world->state, mec(), build, NULL, 1, &flag, &err) && flag);
    assert_ok(journal_append(world->state, &entry, &err));
    start(world, build);
    assert_ok(catalog_build_drop(world->state, mec(), build, 1, &err));
    commit(world);
}

static void write_decisions(struct world *world, const struct build *build)
{
    struct err err = {0};
    struct approval_key key = {"pilot", mec(), *build, {{0}}};
    struct attention attention;
    struct pin pin;
    bool flag;
    begin(world);
    assert_ok(catalog_build_dispute(world->state, mec(), build, 1, &err));
    assert_ok(catalog_attention_ack(world->state, 7, "anna", 1, &attention, &flag, &err) && !flag);
    assert_ok(hold_lift(world->state, 7, 1, &flag, &err) && !flag);
    assert_ok(pin_take_back(world->state, 7, "anna", 1, &pin, &flag, &err) && !flag);
    assert_ok(plan_drop(world->state, "ring 8", &flag, &err) && flag);
    assert_ok(consent_put(world->state, &key, "soak", "anna", 1, "x", &flag, &err) && flag);
    assert_ok(consents_use(world->state, &key, "soak", 1, &err));
    assert_ok(migration_done(world->state, "pilot", mec(), 1, &err));
    assert_ok(mark_done(world->state, "sync", "ring 7", "a", 1, &err));
    commit(world);
}

static void test_no_query_walks_through_a_table(void **out)
{
    struct world *world = *out;
    struct build build = build_of("16.0.10500.20100");
    fill_state(world);
    steps_of_scans = 0;
    sqlite3_trace_v2(world->state->db, SQLITE_TRACE_PROFILE, count_scans, NULL);
    ask_everything(world, &build);
    ask_of_spans(world, &build);
    ask_of_decisions(world, &build);
    write_everything(world, &build);
    write_decisions(world, &build);
    sqlite3_trace_v2(world->state->db, 0, NULL, NULL);
    assert_int_equal(steps_of_scans, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_who_names_an_object_is_found_by_its_digest),
        world_test(test_no_query_walks_through_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

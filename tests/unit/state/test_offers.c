#include "world.h"

#include "ringmgr/state/catalog.h"
#include "ringmgr/state/db_private.h"
#include "ringmgr/state/decision.h"
#include "ringmgr/state/journal.h"

static const char *const NEW_BUILD = "16.0.10730.20102";
static const char *const OLD_BUILD = "16.0.9126.2116"; /* greater as text, smaller as a number */

/* Offers. */

static struct offer start(struct world *world, const char *build, int64_t now, const char *ended)
{
    struct err err = {0};
    struct catalog_file file = {.path = (char *)build, .digest = digest_of_text(build), .bytes = 5};
    struct catalog_file absent = {.path = (char *)"none", .absent = true};
    struct catalog_file both[] = {file, absent};
    struct catalog_files files = {both, 2};
    struct offer offer = {.ring = (char *)"pilot",
                          .channel = mec(),
                          .build = build_of(build),
                          .content = (char *)"x64 en-us proofing= arm64=no",
                          .files_digest = digest_of_text("list"),
                          .live_since = now,
                          .by = (char *)"anna"};
    begin(world);
    assert_ok(catalog_offer_start(world->state, &offer, &files, ended, &err));
    commit(world);
    return offer;
}

static struct offer live(struct world *world, const char *ring)
{
    struct err err = {0};
    struct offer offer;
    bool found;
    assert_ok(catalog_offer_live(world->state, ring, &offer, &found, &err));
    assert_int_equal(found, offer.id != 0);
    return offer;
}

static void test_an_offer_is_live_until_the_next_one(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer first, second, read;
    bool found;
    assert_int_equal(live(world, "pilot").id, 0);
    first = start(world, OLD_BUILD, 1000, "promote");
    read = live(world, "pilot");
    assert_int_equal(read.id, first.id);
    assert_string_equal(read.ring, "pilot");
    assert_ptr_equal(read.channel, mec());
    assert_int_equal(build_compare(&read.build, &first.build), 0);
    assert_string_equal(read.content, first.content);
    assert_true(digest_equal(&read.files_digest, &first.files_digest));
    assert_int_equal(read.live_since, 1000);
    assert_int_equal(read.live_until, -1);
    assert_int_equal(read.removed_unix, -1);
    assert_string_equal(read.by, "anna");
    assert_null(read.ended);
    offer_clear(&read);
    second = start(world, NEW_BUILD, 2000, "promote");
    read = live(world, "pilot");
    assert_int_equal(read.id, second.id);
    offer_clear(&read);
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_true(found);
    assert_int_equal(read.live_until, 2000);
    assert_string_equal(read.ended, "promote");
    offer_clear(&read);
    assert_int_equal(live(world, "production").id, 0);
}

static void test_a_clock_that_went_back_ends_no_offer_before_it_began(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer first = start(world, OLD_BUILD, 5000, "promote"), read;
    bool found;
    start(world, NEW_BUILD, 4000, "promote");
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_int_equal(read.live_until, 5000);
    offer_clear(&read);
}

static void test_the_newest_offer_of_a_build_is_found(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer read;
    bool found;
    struct offer again, first = start(world, OLD_BUILD, 1000, "promote");
    start(world, NEW_BUILD, 2000, "promote");
    again = start(world, OLD_BUILD, 3000, "rollback");
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_int_equal(read.id, again.id);
    offer_clear(&read);
    assert_ok(catalog_offer_find(world->state, "pilot", current(), &first.build, &read, &found, &err));
    assert_false(found);
}

static void test_standing_offers_have_their_folder(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offers offers;
    struct offer first = start(world, "16.0.1.1", 1000, "promote");
    struct offer second = start(world, OLD_BUILD, 2000, "promote");
    struct offer third = start(world, NEW_BUILD, 3000, "rollback");
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err));
    assert_int_equal(offers.len, 3);
    assert_int_equal(offers.item[0].id, third.id);
    assert_int_equal(offers.item[1].id, second.id);
    assert_string_equal(offers.item[1].ended, "rollback");
    assert_int_equal(offers.item[2].id, first.id);
    offers_clear(&offers);
    begin(world);
    assert_ok(catalog_offer_removed(world->state, "pilot", mec(), &second.build, 4000, &err));
    commit(world);
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err));
    assert_int_equal(offers.len, 2);
    assert_int_equal(offers.item[1].id, first.id);
    offers_clear(&offers);
    begin(world); /* what is live cannot have left */
    assert_fails(catalog_offer_removed(world->state, "pilot", mec(), &third.build, 4000, &err), ERR_FAILED);
    state_abort(world->state);
}

static void test_an_offer_remembers_its_files(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct catalog_files files;
    struct digest digest = digest_of_text(OLD_BUILD);
    struct offer offer = start(world, OLD_BUILD, 1000, "promote");
    start(world, NEW_BUILD, 2000, "promote");
    assert_ok(catalog_offer_files(world->state, offer.id, &files, &err));
    assert_int_equal(files.len, 1);
    assert_string_equal(files.file[0].path, OLD_BUILD);
    assert_true(digest_equal(&files.file[0].digest, &digest));
    assert_int_equal(files.file[0].bytes, 5);
    assert_false(files.file[0].absent);
    catalog_files_clear(&files);
}

static void test_an_extended_offer_is_live_since_before(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer offer = start(world, OLD_BUILD, 1000, "promote"), read;
    struct catalog_file grown[] = {{.path = (char *)"a", .digest = digest_of_text("a"), .bytes = 1},
                                   {.path = (char *)"b", .digest = digest_of_text("b"), .bytes = 1}};
    struct catalog_files files = {grown, 2}, got;
    int64_t id = offer.id;
    offer.id = 0;
    offer.content = (char *)"x64 en-us,fr-fr proofing= arm64=no";
    offer.files_digest = digest_of_text("longer list");
    offer.live_since = 9000;
    begin(world);
    assert_ok(catalog_offer_extend(world->state, &offer, &files, &err));
    commit(world);
    assert_int_equal(offer.id, id);
    read = live(world, "pilot");
    assert_int_equal(read.id, id);
    assert_int_equal(read.live_since, 1000);
    assert_string_equal(read.content, offer.content);
    assert_true(digest_equal(&read.files_digest, &offer.files_digest));
    offer_clear(&read);
    assert_ok(catalog_offer_files(world->state, id, &got, &err));
    assert_int_equal(got.len, 2);
    catalog_files_clear(&got);
    start(world, NEW_BUILD, 2000, "promote");
    begin(world);
    assert_fails(catalog_offer_extend(world->state, &offer, &files, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "pilot"));
    state_abort(world->state);
}

/* For people. */

static void test_the_last_sync_is_kept_for_each_ring(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct last_sync last = {1000, "failed", "no route"}, read;
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, -1);
    assert_null(read.result);
    assert_ok(catalog_last_sync_put(world->state, "pilot", &last, &err));
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, 1000);
    assert_string_equal(read.result, "failed");
    assert_string_equal(read.error, "no route");
    last_sync_clear(&read);
    last = (struct last_sync){2000, "new", NULL};
    begin(world); /* within a transaction too */
    assert_ok(catalog_last_sync_put(world->state, "pilot", &last, &err));
    commit(world);
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, 2000);
    assert_string_equal(read.result, "new");
    assert_null(read.error);
    last_sync_clear(&read);
    assert_ok(catalog_last_sync_get(world->state, "production", &read, &err));
    assert_int_equal(read.at_unix, -1);
}

static void raise_attention(struct world *world, const char *severity, const char *ring, const char *subject,
                            int64_t now)
{
    struct err err = {0};
    struct attention attention = {.severity = severity,
                                  .ring = ring,
                                  .code = "share-foreign",
                                  .subject = subject,
                                  .text = severity,
                                  .since_unix = now};
    assert_ok(catalog_attention_raise(world->state, &attention, &err));
}

static struct attentions attentions_of(struct world *world)
{
    struct err err = {0};
    struct attentions all;
    assert_ok(catalog_attentions(world->state, &all, &err));
    return all;
}

static void test_an_attention_is_renewed_where_it_stands(void **out)
{
    struct world *world = *out;
    struct attentions all;
    raise_attention(world, "warning", "pilot", "x", 1000);
    all = attentions_of(world);
    assert_int_equal(all.len, 1);
    int64_t id = all.item[0].id;
    assert_string_equal(all.item[0].ring, "pilot");
    assert_string_equal(all.item[0].code, "share-foreign");
    assert_string_equal(all.item[0].subject, "x");
    assert_null(all.item[0].command);
    attentions_clear(&all);
    raise_attention(world, "critical", "pilot", "x", 2000);
    all = attentions_of(world);
    assert_int_equal(all.len, 1);
    assert_int_equal(all.item[0].id, id);
    assert_int_equal(all.item[0].since_unix, 1000);
    assert_string_equal(all.item[0].text, "critical");
    assert_string_equal(all.item[0].severity, "critical");
    attentions_clear(&all);
}

static void test_attentions_are_ordered_most_severe_then_oldest(void **out)
{
    struct world *world = *out;
    struct attentions all;
    static const int64_t order[] = {300, 900, 200, 800, 100};
    raise_attention(world, "info", NULL, "", 100);
    raise_attention(world, "warning", NULL, "b", 800);
    raise_attention(world, "critical", "a", "", 900);
    raise_attention(world, "warning", "a", "b", 200);
    raise_attention(world, "critical", "b", "", 300);
    all = attentions_of(world);
    assert_int_equal(all.len, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(all.item[i].since_unix, order[i]);
    assert_null(all.item[4].ring);
    attentions_clear(&all);
}

static size_t clear_and_count(struct world *world, const char *code, const char *ring, const char *except)
{
    struct err err = {0};
    assert_ok(catalog_attention_clear(world->state, code, ring, except, &err));
    struct attentions all = attentions_of(world);
    size_t len = all.len;
    attentions_clear(&all);
    return len;
}

static void test_attentions_are_cleared_by_code_and_ring(void **out)
{
    struct world *world = *out;
    raise_attention(world, "info", NULL, "x", 1);
    raise_attention(world, "info", "pilot", "x", 2);
    raise_attention(world, "info", "pilot", "y", 3);
    raise_attention(world, "info", "production", "x", 4);
    assert_int_equal(clear_and_count(world, "another-code", "pilot", NULL), 4);
    assert_int_equal(clear_and_count(world, "share-foreign", "pilot", "y"), 3);
    assert_int_equal(clear_and_count(world, "share-foreign", NULL, NULL), 2);
    assert_int_equal(clear_and_count(world, "share-foreign", "pilot", NULL), 1);
    assert_int_equal(clear_and_count(world, "share-foreign", "production", NULL), 0);
}

/* Queries stay flat: 1,000 builds of 60 files, and no statement walks through a table. */

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
        "INSERT INTO intent SELECT lower(hex(zeroblob(14))) || printf('%04d', id), 'pilot', channel,"
        " NULL, build, 'publish', 'x64', NULL, zeroblob(32), 'anna', 'x', NULL, id, id, 'done' FROM build;"
        "INSERT INTO history SELECT id, id, 'anna', 'x', 'promote', 'pilot', channel, build, NULL, NULL,"
        " NULL, lower(hex(zeroblob(32))), lower(hex(zeroblob(32))) FROM build ORDER BY id;"
        "COMMIT;");
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
    assert_ok(decision_approve(world->state, &key, "bob", 1, NULL, &flag, &err));
    assert_ok(decision_revoke(world->state, &key, "bob", 1, &flag, &err) && flag);
    assert_ok(decision_block(world->state, &block, &flag, &err));
    assert_ok(decision_unblock(world->state, mec(), build, NULL, 1, &flag, &err) && flag);
    assert_ok(journal_append(world->state, &entry, &err));
    commit(world);
    start(world, NEW_BUILD, 2000, "promote");
}

static void test_no_query_walks_through_a_table(void **out)
{
    struct world *world = *out;
    struct build build = build_of("16.0.10500.20100");
    fill_state(world);
    steps_of_scans = 0;
    sqlite3_trace_v2(world->state->db, SQLITE_TRACE_PROFILE, count_scans, NULL);
    ask_everything(world, &build);
    write_everything(world, &build);
    sqlite3_trace_v2(world->state->db, 0, NULL, NULL);
    assert_int_equal(steps_of_scans, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_an_offer_is_live_until_the_next_one),
        world_test(test_a_clock_that_went_back_ends_no_offer_before_it_began),
        world_test(test_the_newest_offer_of_a_build_is_found),
        world_test(test_standing_offers_have_their_folder),
        world_test(test_an_offer_remembers_its_files),
        world_test(test_an_extended_offer_is_live_since_before),
        world_test(test_the_last_sync_is_kept_for_each_ring),
        world_test(test_an_attention_is_renewed_where_it_stands),
        world_test(test_attentions_are_ordered_most_severe_then_oldest),
        world_test(test_attentions_are_cleared_by_code_and_ring),
        world_test(test_no_query_walks_through_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "world.h"

#include "ringmgr/state/db_private.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/journal.h"
#include "ringmgr/state/marks.h"

/* The first column of the first row. */
static int64_t ask(struct world *world, const char *sql)
{
    struct err err = {0};
    AUTO_STMT stmt = stmt_make(world->state, sql);
    int64_t number = stmt_row(&stmt) ? stmt_get_int(&stmt) : -1;
    assert_ok(stmt_end(&stmt, &err));
    return number;
}

/* The clock. */

static int64_t mark(struct world *world, const char *boot, int64_t seconds, int64_t now)
{
    struct err err = {0};
    struct clock_steady steady = {.seconds = seconds};
    int64_t step = 77;
    strcpy(steady.boot, boot);
    assert_ok(mark_clock(world->state, now, &steady, &step, &err));
    return step;
}

static void test_a_step_is_more_than_the_steady_time_explains(void **out)
{
    static const struct {
        int64_t lived, shown, step; /* since a mark at steady 500, clock 10000 */
        const char *boot;
    } cases[] = {
        {0, 0, 0, "a"},       {600, 600, 0, "a"},     {600, 720, 0, "a"},   {600, 721, 121, "a"},
        {600, 480, 0, "a"},   {600, 479, -121, "a"},  {9000, 9120, 0, "a"}, {9000, 9121, 121, "a"},
        {0, 9000, 9000, "a"}, {0, -9000, -9000, "a"}, {600, 99999, 0, "b"}, {600, -9999, 0, "b"},
        {-100, 5000, 0, "a"}, /* read before another command's mark was made */
    };
    (void)out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *world = world_new();
        assert_int_equal(mark(world, "a", 500, 10000), 0);
        int64_t step = mark(world, cases[i].boot, 500 + cases[i].lived, 10000 + cases[i].shown);
        if (step != cases[i].step)
            fail_msg("case %zu: a step of %d", i, (int)step);
        assert_int_equal(ask(world, "SELECT count(*) FROM clock_step"), step != 0);
        if (step != 0)
            assert_int_equal(ask(world, "SELECT step_seconds FROM clock_step"), step);
        assert_int_equal(mark(world, cases[i].boot, 500 + cases[i].lived, 10000 + cases[i].shown), 0);
        world_free(world);
    }
}

static void test_a_forward_step_pauses_what_it_skipped_just_before_it_was_seen(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct soak_pause *pauses;
    size_t len;
    mark(world, "a", 500, 10000);
    assert_int_equal(mark(world, "a", 800, 15300), 5000);
    assert_ok(hold_pauses(world->state, "pilot", 0, &pauses, &len, &err));
    assert_int_equal(len, 1);
    assert_int_equal(pauses[0].from_unix, 10300);
    assert_int_equal(pauses[0].until_unix, 15300);
    free(pauses);
}

static int64_t skipped(struct world *world, int64_t since)
{
    struct err err = {0};
    int64_t seconds = -1;
    assert_ok(mark_skipped(world->state, since, &seconds, &err));
    return seconds;
}

static void test_what_the_clock_skipped_is_known(void **out)
{
    struct world *world = *out;
    mark(world, "a", 500, 10000);
    assert_int_equal(skipped(world, 0), 0);
    mark(world, "a", 800, 15300); /* 10300 to 15300 */
    assert_int_equal(skipped(world, 9000), 5000);
    assert_int_equal(skipped(world, 12300), 3000);
    assert_int_equal(skipped(world, 15300), 0);
    mark(world, "a", 900, 10400); /* and back */
    assert_int_equal(skipped(world, 9000), 100);
}

static void test_small_steps_add_up(void **out)
{
    struct world *world = *out;
    mark(world, "a", 500, 10000);
    assert_int_equal(mark(world, "a", 600, 10200), 0);
    assert_int_equal(mark(world, "a", 700, 10400), 200);
}

static void test_a_mark_is_renewed_once_an_hour(void **out)
{
    static const char turns[] = "SELECT number FROM turn", at[] = "SELECT at_unix FROM clock_mark";
    struct world *world = *out;
    mark(world, "a", 500, 10000);
    int64_t before = ask(world, turns);
    mark(world, "a", 4100, 13600);
    assert_int_equal(ask(world, turns), before); /* nothing was written at all */
    mark(world, "a", 4101, 13601);
    assert_int_equal(ask(world, turns), before + 1);
    assert_int_equal(ask(world, at), 13601);
    mark(world, "b", 5, 13700);
    assert_int_equal(ask(world, at), 13700);
    assert_int_equal(ask(world, "SELECT count(*) FROM clock_mark"), 1);
}

static void test_a_mark_belongs_to_the_callers_transaction(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    mark(world, "a", 500, 10000);
    begin(world);
    assert_int_equal(mark(world, "a", 500, 20000), 10000);
    state_abort(world->state);
    assert_int_equal(mark(world, "a", 500, 20000), 10000);
}

/* The clock was set a day ahead, which was noticed and put right after an hour: the day ahead will be lived.
 */
static void test_a_step_back_ends_pauses_that_lie_ahead(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct soak_pause *pauses;
    size_t len;
    mark(world, "a", 500, 10000);
    assert_int_equal(mark(world, "a", 600, 96500), 86400);
    assert_int_equal(mark(world, "a", 3600, 13100), -86400);
    assert_ok(hold_pauses(world->state, "pilot", 0, &pauses, &len, &err));
    assert_int_equal(len, 1);
    assert_int_equal(pauses[0].from_unix, 10100);
    assert_int_equal(pauses[0].until_unix, 13100);
    free(pauses);
    assert_int_equal(mark(world, "a", 3700, 9000), -4200); /* and before it began: nothing is left of it */
    assert_ok(hold_pauses(world->state, "pilot", 0, &pauses, &len, &err));
    assert_int_equal(len, 0);
}

/* What a soak that began at `start` counts at `now`, second by second. */
static int64_t counted(struct world *world, int64_t start, int64_t now)
{
    struct err err = {0};
    struct soak_pause *pauses;
    int64_t seconds = 0;
    size_t len;
    assert_ok(hold_pauses(world->state, "pilot", start, &pauses, &len, &err));
    for (int64_t second = start; second < now; second++) {
        bool counts = true;
        for (size_t i = 0; i < len; i++)
            counts = counts && (second < pauses[i].from_unix || second >= pauses[i].until_unix);
        seconds += counts;
    }
    free(pauses);
    return seconds;
}

/* Up to `limit`, the same in each run. */
static int64_t chance(uint32_t *seed, int64_t limit)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (int64_t)(*seed >> 8) % (limit + 1);
}

/* A machine's life: between two marks the clock steps at most once, and a soak begins before or after that.
 */
static void test_no_soak_counts_more_than_the_steady_time(void **out)
{
    enum { MARKS = 16 };
    (void)out;
    for (uint32_t seed = 1; seed <= 12; seed++) {
        struct world *world = world_new();
        int64_t steady = 100, clock = 100000, begun_clock[2 * MARKS], begun_steady[2 * MARKS];
        uint32_t random = seed;
        mark(world, "a", steady, clock);
        for (size_t i = 0; i < MARKS; i++) {
            for (size_t part = 0; part < 2; part++) {
                int64_t lived = chance(&random, 1500), after = chance(&random, 1500);
                begun_clock[2 * i + part] = clock + lived;
                begun_steady[2 * i + part] = steady + lived;
                steady += lived + after;
                clock += lived + after;
                if (part == 0 && chance(&random, 2) == 0)
                    clock += chance(&random, 1) ? 121 + chance(&random, 9000) : -121 - chance(&random, 9000);
            }
            mark(world, "a", steady, clock);
            for (size_t soak = 0; soak < 2 * (i + 1); soak++)
                if (counted(world, begun_clock[soak], clock) > steady - begun_steady[soak])
                    fail_msg("seed %u, mark %zu, soak %zu: %d s counted of %d", seed, i, soak,
                             (int)counted(world, begun_clock[soak], clock),
                             (int)(steady - begun_steady[soak]));
        }
        world_free(world);
    }
}

/* What was done. */

static int64_t find(struct world *world, const char *what, const char *ring, const char *boot)
{
    struct err err = {0};
    int64_t at = 0;
    assert_ok(mark_find(world->state, what, ring, boot, &at, &err));
    return at;
}

static void test_what_was_done_counts_until_the_machine_starts_again(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    assert_int_equal(find(world, "sync", "pilot", "a"), -1);
    assert_ok(mark_done(world->state, "sync", "pilot", "a", 1000, &err));
    assert_ok(mark_done(world->state, "sync", "pilot", "a", 2000, &err));
    begin(world);
    assert_ok(mark_done(world->state, "verify", "production", "a", 3000, &err));
    commit(world);
    assert_int_equal(find(world, "sync", "pilot", "a"), 2000);
    assert_int_equal(find(world, "verify", "production", "a"), 3000);
    assert_int_equal(find(world, "verify", "pilot", "a"), -1);
    assert_int_equal(find(world, "sync", "pilot", "b"), -1);
}

/* Settings. */

static void put_settings(struct world *world, struct mark_setting *items, size_t len)
{
    struct err err = {0};
    struct mark_settings settings = {items, len};
    begin(world);
    assert_ok(mark_settings_put(world->state, &settings, &err));
    commit(world);
}

static void test_settings_are_recorded_as_a_whole(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct mark_settings read;
    struct mark_setting first[] = {{(char *)"pilot", (char *)"soak", (char *)"14 days"},
                                   {(char *)"", (char *)"holidays", (char *)""},
                                   {(char *)"pilot", (char *)"approvals", (char *)"2"}};
    assert_ok(mark_settings_get(world->state, &read, &err));
    assert_int_equal(read.len, 0);
    put_settings(world, first, 3);
    assert_ok(mark_settings_get(world->state, &read, &err));
    assert_int_equal(read.len, 3);
    assert_string_equal(read.item[0].ring, "");
    assert_string_equal(read.item[0].value, "");
    assert_string_equal(read.item[1].key, "approvals"); /* sorted by ring, then key */
    assert_string_equal(read.item[2].key, "soak");
    assert_string_equal(read.item[2].value, "14 days");
    mark_settings_clear(&read);
    put_settings(world, first, 1);
    assert_ok(mark_settings_get(world->state, &read, &err));
    assert_int_equal(read.len, 1);
    mark_settings_clear(&read);
}

/* Another name for a ring. */

#define OF(ring) "'" ring "', 'Current', '0000000016.0000000000.0000020326.0000020100'"

/* What was told of it, and what is to be. */
#define SEEN_ROW(ring) "INSERT INTO notice_seen VALUES ('waiting', '" ring "', 'x');"
#define NOTICE_ROW(ring)                                                                                     \
    "INSERT INTO notice (uid, at_unix, event, severity, ring, subject, title, text) VALUES"                  \
    " (lower(hex(randomblob(16))), 1, 'staged', 'info', '" ring "', '', 't', 'x');"

/* What sites are to have of it. */
#define SITE_ROWS(ring)                                                                                      \
    "INSERT INTO site_order VALUES (" OF(ring) ", zeroblob(32), 'anna', 'x', NULL, 1);"                      \
                                               "INSERT INTO site_quorum VALUES (" OF(                        \
                                                   ring) ", 1, 2);"                                          \
                                                         "INSERT INTO manifest VALUES ('" ring               \
                                                         "', 1, NULL, NULL, NULL);"

/* A row of the ring "old" in every table that has a ring. */
static const char rows_of_old[] =
    "INSERT INTO offer (ring, channel, build, content, sha256, live_since, by) VALUES"
    " (" OF(
        "old") ", 'x64', zeroblob(32), 1, 'anna');"
               "INSERT INTO last_sync VALUES ('old', 1, 'new', NULL);"
               "INSERT INTO attention (severity, ring, code, subject, text, since_unix) VALUES"
               " ('info', 'old', 'share-foreign', '', 'of old', 1);"
               "INSERT INTO approval (ring, channel, build, sha256, account, at_unix) VALUES"
               " (" OF(
                   "old") ", zeroblob(32), 'anna', 1);"
                          "INSERT INTO block (ring, channel, build, by, at_unix) VALUES (" OF(
                              "old") ", 'anna', 1);"
                                     "INSERT INTO hold (ring, kind, stop_soak, by, reason, at_unix) VALUES"
                                     " ('old', 'person', 0, 'anna', 'x', 1);"
                                     "INSERT INTO pin (ring, channel, build, what, by, at_unix) VALUES (" OF(
                                         "old") ", 'odt', 'anna', 1);"
                                                "INSERT INTO plan VALUES (" OF(
                                                    "old") ", zeroblob(32), 9, 'anna', 'x', NULL, 1);"
                                                           "INSERT INTO consent (ring, channel, build, "
                                                           "sha256, gate, account, at_unix, reason) VALUES"
                                                           " (" OF("old") ", zeroblob(32), 'soak', 'anna', "
                                                                          "1, 'x');"
                                                                          "INSERT INTO migration (ring, "
                                                                          "from_channel, to_channel, by, "
                                                                          "at_unix) VALUES"
                                                                          " ('old', 'Current', "
                                                                          "'MonthlyEnterprise', 'anna', 1);"
                                                                          "INSERT INTO done_mark VALUES "
                                                                          "('sync', 'old', 'a', 1);"
                                                                          "INSERT INTO setting VALUES "
                                                                          "('old', 'soak', '14 days');"
                                                                          "INSERT INTO heal (ring, path, "
                                                                          "at_unix) VALUES ('old', "
                                                                          "'v64.cab', 1);"
                                                                          "INSERT INTO content_left VALUES "
                                                                          "('old', 'language', 'fr-fr', "
                                                                          "1);" SEEN_ROW("old")
                                                                              NOTICE_ROW("old")
                                                                                  SITE_ROWS("old");

/* What the same tables may hold of a name under which nothing was ever offered. */
static const char rows_of_new[] =
    "INSERT INTO last_sync VALUES ('new', 2, 'failed', 'x');"
    "INSERT INTO attention (severity, ring, code, subject, text, since_unix) VALUES"
    " ('info', 'new', 'share-foreign', '', 'of new', 2);"
    "INSERT INTO approval (ring, channel, build, sha256, account, at_unix) VALUES"
    " (" OF("new") ", zeroblob(32), 'anna', 2);"
                   "INSERT INTO block (ring, channel, build, by, at_unix) VALUES (" OF(
                       "new") ", 'bob', 2);"
                              "INSERT INTO plan VALUES (" OF(
                                  "new") ", zeroblob(32), 99, 'bob', 'x', NULL, 2);"
                                         "INSERT INTO consent (ring, channel, build, sha256, gate, account, "
                                         "at_unix, reason) VALUES"
                                         " (" OF(
                                             "new") ", zeroblob(32), 'soak', 'anna', 2, 'x');"
                                                    "INSERT INTO migration (ring, from_channel, to_channel, "
                                                    "by, at_unix) VALUES"
                                                    " ('new', 'Current', 'MonthlyEnterprise', 'bob', 2);"
                                                    "INSERT INTO done_mark VALUES ('sync', 'new', 'a', 2);"
                                                    "INSERT INTO setting VALUES ('new', 'soak', '1 days');"
                                                    "INSERT INTO content_left VALUES ('new', 'language', "
                                                    "'fr-fr', 2);" SEEN_ROW("new") SITE_ROWS("new");

static bool rename_ring(struct world *world)
{
    struct err err = {0};
    bool renamed;
    begin(world);
    assert_ok(mark_ring_renamed(world->state, "old", "new", &renamed, &err));
    commit(world);
    return renamed;
}

/* Tables with a ring, of the schema that there is: one that is added later is among them. */
static struct strv tables_with_a_ring(struct world *world)
{
    struct err err = {0};
    struct strv tables = {0};
    AUTO_STMT stmt =
        stmt_make(world->state, "SELECT t.name FROM pragma_table_list AS t JOIN "
                                "pragma_table_info(t.name) AS c WHERE c.name = 'ring' AND t.name "
                                "NOT IN ('history', 'intent', 'site_share', 'site_build')");
    while (stmt_row(&stmt)) {
        char *name = stmt_get_text(&stmt);
        strv_add(&tables, name);
        free(name);
    }
    assert_ok(stmt_end(&stmt, &err));
    assert_true(tables.len >= 12);
    return tables;
}

static void assert_rows(struct world *world, const struct strv *tables, const char *ring, int64_t wanted)
{
    for (size_t i = 0; i < tables->len; i++) {
        char *sql = mem_printf("SELECT count(*) FROM %s WHERE ring = '%s'", tables->item[i], ring);
        if (ask(world, sql) != wanted)
            fail_msg("%s of %s: not %d", tables->item[i], ring, (int)wanted);
        free(sql);
    }
}

static void test_a_renamed_ring_takes_everything_along(void **out)
{
    struct world *world = *out;
    AUTO_STRV tables = tables_with_a_ring(world);
    raw_sql(world, rows_of_old);
    assert_rows(world, &tables, "old", 1);
    assert_true(rename_ring(world));
    assert_rows(world, &tables, "old", 0);
    assert_rows(world, &tables, "new", 1);
    assert_false(rename_ring(world)); /* at the next start */
}

static void test_what_the_old_name_had_replaces_what_the_new_one_had(void **out)
{
    struct world *world = *out;
    AUTO_STRV tables = tables_with_a_ring(world);
    raw_sql(world, rows_of_old);
    raw_sql(world, rows_of_new);
    assert_true(rename_ring(world));
    assert_rows(world, &tables, "old", 0);
    assert_rows(world, &tables, "new", 1);
    assert_int_equal(ask(world, "SELECT at_unix FROM last_sync"), 1);
    assert_int_equal(ask(world, "SELECT at_unix FROM plan"), 9);
    assert_int_equal(ask(world, "SELECT value = '14 days' FROM setting"), 1);
}

static void test_a_name_of_which_there_is_nothing_is_no_renaming(void **out)
{
    struct world *world = *out;
    assert_false(rename_ring(world));
    raw_sql(world, "INSERT INTO offer (ring, channel, build, content, sha256, live_since, by) VALUES"
                   " (" OF("new") ", 'x64', zeroblob(32), 1, 'anna');"
                                  "INSERT INTO last_sync VALUES ('old', 1, 'failed', 'x')");
    assert_false(rename_ring(world)); /* it was done before, and somebody used the old file once more */
    assert_int_equal(ask(world, "SELECT count(*) FROM last_sync WHERE ring = 'old'"), 1);
}

static void test_two_rings_that_offer_are_not_one(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    bool renamed;
    raw_sql(world, rows_of_old);
    raw_sql(world, "INSERT INTO offer (ring, channel, build, content, sha256, live_since, live_until, by,"
                   " ended) VALUES (" OF("new") ", 'x64', zeroblob(32), 1, 2, 'anna', 'promote')");
    begin(world);
    assert_fails(mark_ring_renamed(world->state, "old", "new", &renamed, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "was = old"));
    state_abort(world->state);
    assert_int_equal(ask(world, "SELECT count(*) FROM hold WHERE ring = 'old'"), 1);
}

static void test_an_open_intent_keeps_its_rings_name(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct intent intent = {.ring = (char *)"old",
                            .channel = mec(),
                            .to = build_of("16.0.1.1"),
                            .content = (char *)"x64",
                            .actor = "anna",
                            .identity = "x",
                            .opened_unix = 1000};
    bool renamed;
    raw_sql(world, rows_of_old);
    assert_ok(journal_intent_open(world->state, &intent, &err));
    begin(world);
    assert_fails(mark_ring_renamed(world->state, "old", "new", &renamed, &err), ERR_LOCKED);
    assert_non_null(strstr(err.msg, "ringmgr verify old"));
    assert_ok(journal_intent_close(world->state, intent.id, "done", 2000, &err));
    commit(world);
    assert_true(rename_ring(world));
    assert_int_equal(ask(world, "SELECT count(*) FROM intent WHERE ring = 'old'"), 1);
}

/* Jobs of the service. */

static void test_jobs_are_remembered_across_starts_and_renamed_rings(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    int64_t at = 77;
    bool renamed = false;
    assert_ok(mark_job_find(world->state, "sync", &at, &err));
    assert_int_equal(at, -1);
    assert_ok(mark_job_began(world->state, "sync", 1000, &err));
    assert_ok(mark_job_began(world->state, "gc", 1500, &err));
    begin(world);
    assert_ok(mark_job_began(world->state, "sync", 2000, &err));
    assert_ok(mark_ring_renamed(world->state, "sync", "gc", &renamed, &err)); /* rings may be called so */
    commit(world);
    assert_false(renamed);
    assert_ok(mark_job_find(world->state, "sync", &at, &err));
    assert_int_equal(at, 2000);
    assert_ok(mark_job_find(world->state, "gc", &at, &err));
    assert_int_equal(at, 1500);
    assert_int_equal(find(world, "sync", "", ""), -1); /* no mark of a ring's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step_is_more_than_the_steady_time_explains),
        world_test(test_a_forward_step_pauses_what_it_skipped_just_before_it_was_seen),
        world_test(test_small_steps_add_up),
        world_test(test_a_mark_is_renewed_once_an_hour),
        world_test(test_a_mark_belongs_to_the_callers_transaction),
        world_test(test_what_the_clock_skipped_is_known),
        world_test(test_a_step_back_ends_pauses_that_lie_ahead),
        cmocka_unit_test(test_no_soak_counts_more_than_the_steady_time),
        world_test(test_what_was_done_counts_until_the_machine_starts_again),
        world_test(test_settings_are_recorded_as_a_whole),
        world_test(test_a_renamed_ring_takes_everything_along),
        world_test(test_what_the_old_name_had_replaces_what_the_new_one_had),
        world_test(test_a_name_of_which_there_is_nothing_is_no_renaming),
        world_test(test_two_rings_that_offer_are_not_one),
        world_test(test_an_open_intent_keeps_its_rings_name),
        world_test(test_jobs_are_remembered_across_starts_and_renamed_rings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "world.h"

#include "ringmgr/state/notices.h"

static struct notice make(const char *event, const char *ring, const char *text)
{
    return (struct notice){.at_unix = 1000,
                           .event = event,
                           .severity = "info",
                           .ring = ring,
                           .channel = mec(),
                           .build = build_of("16.0.20231.20110"),
                           .version = "2607",
                           .title = "title",
                           .text = text,
                           .command = "ringmgr explain pilot"};
}

static int64_t add(struct world *world, const char *event, const char *text)
{
    struct err err = {0};
    struct notice notice = make(event, "pilot", text);
    assert_ok(notice_add(world->state, &notice, &err));
    return notice.id;
}

static void put(struct world *world, const char *target, int64_t id)
{
    struct err err = {0};
    const struct notice_cursor cursor = {
        .target = target, .notice_id = id, .failing_unix = -1, .next_unix = -1};
    begin(world);
    assert_ok(notice_cursor_put(world->state, &cursor, &err));
    commit(world);
}

static size_t count_after(struct world *world, int64_t id)
{
    struct err err = {0};
    struct notices notices;
    assert_ok(notices_after(world->state, id, 100, &notices, &err));
    size_t len = notices.len;
    notices_clear(&notices);
    return len;
}

static void test_notices_read_back_in_order(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct notices notices;
    int64_t first = add(world, "staged", "one"), second = add(world, "promoted", "two"), last;
    assert_true(first < second);
    assert_ok(notices_after(world->state, 0, 1, &notices, &err));
    assert_int_equal(notices.len, 1);
    assert_string_equal(notices.item[0].event, "staged");
    notices_clear(&notices);
    assert_ok(notices_after(world->state, first, 9, &notices, &err));
    assert_int_equal(notices.len, 1);
    const struct notice *notice = &notices.item[0];
    struct build build = build_of("16.0.20231.20110");
    assert_int_equal(notice->id, second);
    assert_int_equal(strlen(notice->uid), 32);
    assert_string_equal(notice->ring, "pilot");
    assert_ptr_equal(notice->channel, mec());
    assert_int_equal(build_compare(&notice->build, &build), 0);
    assert_string_equal(notice->version, "2607");
    assert_string_equal(notice->text, "two");
    assert_string_equal(notice->command, "ringmgr explain pilot");
    notices_clear(&notices);
    assert_ok(notice_last(world->state, &last, &err));
    assert_int_equal(last, second);
}

static void test_a_notice_may_be_about_nothing_in_particular(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct notices notices;
    struct notice notice = {.event = "space", .severity = "warning", .ring = "", .title = "t", .text = "x"};
    assert_ok(notice_add(world->state, &notice, &err));
    assert_ok(notices_after(world->state, 0, 9, &notices, &err));
    assert_null(notices.item[0].channel);
    assert_true(build_is_none(&notices.item[0].build));
    assert_null(notices.item[0].version);
    assert_null(notices.item[0].command);
    notices_clear(&notices);
}

static void test_no_two_notices_have_one_uid(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct notice a = make("staged", "pilot", "x"), b = make("staged", "pilot", "x");
    assert_ok(notice_add(world->state, &a, &err));
    assert_ok(notice_add(world->state, &b, &err));
    assert_string_not_equal(a.uid, b.uid);
}

static void test_a_cursor_reads_back(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    char why[] = "no route";
    const struct notice_cursor cursor = {"ops", 7, 100, 3, 400, why};
    struct notice_cursor read;
    bool found;
    assert_ok(notice_cursor_get(world->state, "ops", &read, &found, &err));
    assert_false(found);
    assert_int_equal(read.failing_unix, -1);
    begin(world);
    assert_ok(notice_cursor_put(world->state, &cursor, &err));
    commit(world);
    assert_ok(notice_cursor_get(world->state, "ops", &read, &found, &err));
    assert_true(found);
    assert_int_equal(read.notice_id, 7);
    assert_int_equal(read.failing_unix, 100);
    assert_int_equal(read.tries, 3);
    assert_int_equal(read.next_unix, 400);
    assert_string_equal(read.error, "no route");
    free(read.error);
}

static void test_what_was_folded_is_forgotten_when_the_cursor_has_passed(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    bool folded;
    put(world, "ops", 1);
    begin(world);
    assert_ok(notice_fold(world->state, "ops", 5, &err));
    commit(world);
    put(world, "ops", 4);
    assert_ok(notice_is_folded(world->state, "ops", 5, &folded, &err));
    assert_true(folded);
    assert_ok(notice_is_folded(world->state, "ops", 4, &folded, &err));
    assert_false(folded);
    put(world, "ops", 5);
    assert_ok(notice_is_folded(world->state, "ops", 5, &folded, &err));
    assert_false(folded);
}

static void test_cursors_of_others_go_with_what_they_folded(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    AUTO_STRV keep = {0};
    struct notice_cursor cursor;
    bool found, folded;
    put(world, "ops", 1);
    put(world, "old", 1);
    begin(world);
    assert_ok(notice_fold(world->state, "old", 5, &err));
    commit(world);
    strv_add(&keep, "ops");
    assert_ok(notice_cursors_keep(world->state, &keep, &err));
    assert_ok(notice_cursor_get(world->state, "old", &cursor, &found, &err));
    assert_false(found);
    assert_ok(notice_is_folded(world->state, "old", 5, &folded, &err));
    assert_false(folded);
    assert_ok(notice_cursor_get(world->state, "ops", &cursor, &found, &err));
    assert_true(found);
}

static void test_only_what_everybody_was_told_is_forgotten(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    int64_t first = add(world, "staged", "one"), second = add(world, "staged", "two"), last;
    put(world, "fast", second);
    put(world, "slow", first);
    assert_ok(notices_forget(world->state, 1000, &err));
    assert_int_equal(count_after(world, 0), 2); /* not old enough */
    assert_ok(notices_forget(world->state, 1001, &err));
    assert_int_equal(count_after(world, 0), 1);
    put(world, "slow", second);
    assert_ok(notices_forget(world->state, 1001, &err));
    assert_int_equal(count_after(world, 0), 0);
    assert_ok(notice_last(world->state, &last, &err));
    assert_int_equal(last, second);
    assert_true(add(world, "staged", "three") > second);
}

static void test_what_was_seen_reads_back(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    char *value;
    int64_t number;
    assert_ok(notice_seen_get(world->state, "waiting", "pilot", &value, &err));
    assert_null(value);
    assert_ok(notice_seen_put(world->state, "waiting", "pilot", "a", &err));
    assert_ok(notice_seen_put(world->state, "waiting", "pilot", "b", &err));
    assert_ok(notice_seen_put(world->state, "waiting", "production", "c", &err));
    assert_ok(notice_seen_get(world->state, "waiting", "pilot", &value, &err));
    assert_string_equal(value, "b");
    free(value);
    assert_ok(notice_seen_get_int(world->state, "history", &number, &err));
    assert_int_equal(number, -1);
    assert_ok(notice_seen_put_int(world->state, "history", 12, &err));
    assert_ok(notice_seen_get_int(world->state, "history", &number, &err));
    assert_int_equal(number, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_notices_read_back_in_order),
        world_test(test_a_notice_may_be_about_nothing_in_particular),
        world_test(test_no_two_notices_have_one_uid),
        world_test(test_a_cursor_reads_back),
        world_test(test_what_was_folded_is_forgotten_when_the_cursor_has_passed),
        world_test(test_cursors_of_others_go_with_what_they_folded),
        world_test(test_only_what_everybody_was_told_is_forgotten),
        world_test(test_what_was_seen_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "world.h"

#include "ringmgr/ops/alarm_upstream.h"
#include "ringmgr/ops/events.h"
#include "ringmgr/ops/tell.h"
#include "ringmgr/state/notices.h"

enum { NOW = 1790856000, HOUR = 3600 };

static void clock_shows(int64_t now)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)now);
    setenv("RINGMGR_TEST_NOW", text, 1);
}

static int setup(void **state)
{
    clock_shows(NOW);
    return world_setup(state);
}

/* Notices behind `id`, as "event ring, event ring". The caller frees it. */
static char *told_after(struct world *world, int64_t id)
{
    struct notices notices AUTO(notices_clear) = {0};
    struct err err = {0};
    AUTO_STRV list = {0};
    assert_ok(notices_after(world->state, id, 1000, &notices, &err));
    for (size_t i = 0; i < notices.len; i++)
        strv_addf(&list, "%s%s%s", notices.item[i].event, *notices.item[i].ring ? " " : "",
                  notices.item[i].ring);
    return strv_join(&list, ", ");
}

/* What a look finds; ends the test unless it is `wanted`. */
static void look(struct world *world, const char *wanted)
{
    struct err err = {0};
    int64_t last;
    assert_ok(notice_last(world->state, &last, &err));
    assert_ok(events_collect(&world->job, &err));
    char *told AUTO_FREE = told_after(world, last);
    assert_string_equal(told, wanted);
}

static void raise(struct world *world, const char *code, const char *subject)
{
    struct err err = {0};
    const struct attention attention = {.severity = "warning",
                                        .ring = "pilot",
                                        .code = code,
                                        .subject = subject,
                                        .text = "something",
                                        .since_unix = NOW};
    assert_ok(catalog_attention_raise(world->state, &attention, &err));
}

static void test_the_first_look_tells_what_stands_and_not_the_past(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, &OLD, &world->games, &err), PROMOTE_DONE);
    raise(world, "upstream-went-back", "");
    look(world, "upstream pilot, history-head, waits-approval production");
    look(world, "");
}

static void test_promotions_and_new_builds_are_told_once(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    look(world, "");
    world_stage(world, &NEW, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, &NEW, &world->games, &err), PROMOTE_DONE);
    look(world, "staged pilot, promoted pilot, history-head, waits-approval production");
    look(world, "");
    world_approve(world, &NEW, &world->games);
    assert_int_equal(world_promote(world, world->production, &NEW, &world->news, &err), PROMOTE_DONE);
    look(world, "approve production, promoted production");
}

static void test_attentions_have_their_events(void **state)
{
    static const char *const codes[][2] = {
        {"live-recalled", "recalled pilot"},
        {"upstream-disagrees", "upstream pilot"},
        {"share-wrong", "not-genuine pilot"},
        {"settings-loosened", "loosened pilot"},
        {"override-used", "override pilot"},
        {"heal-loop", "healed pilot"},
        {"promote-at-refused", "attention pilot"},
        {"support", ""},
        {"site-failing", "site pilot"},
        {"site-wrong", "site pilot"},
    };
    struct world *world = *state;
    look(world, "");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        raise(world, codes[i][0], "x");
        look(world, codes[i][1]);
        raise(world, codes[i][0], "x"); /* renewed: no news */
        look(world, "");
    }
}

static void test_what_happens_at_sites_is_told(void **state)
{
    static const char *const actions[] = {"sites-live", "site-late", "site-repair"};
    struct world *world = *state;
    struct err err = {0};
    struct entry first = {.time_unix = NOW, .actor = "ringmgr", .identity = "service", .action = "sync"};
    assert_ok(state_begin(world->state, &err));
    assert_ok(journal_append(world->state, &first, &err));
    assert_ok(state_commit(world->state, &err));
    look(world, "history-head");
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        struct entry entry = {.time_unix = NOW,
                              .actor = "ringmgr",
                              .identity = "service",
                              .action = actions[i],
                              .ring = "production",
                              .reason = "it was so"};
        assert_ok(state_begin(world->state, &err));
        assert_ok(journal_append(world->state, &entry, &err));
        assert_ok(state_commit(world->state, &err));
        look(world, "site production");
    }
}

static void test_a_sync_that_fails_is_told_when_it_begins_and_ends(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct last_sync failed = {NOW, "failed", "no route"}, works = {NOW, "unchanged", NULL};
    look(world, "");
    assert_ok(catalog_last_sync_put(world->state, "pilot", &failed, &err));
    look(world, "sync-failing pilot");
    look(world, "");
    assert_ok(catalog_last_sync_put(world->state, "pilot", &works, &err));
    look(world, "sync-failing pilot");
}

static void test_what_is_not_genuine_is_told_once_with_file_and_build(void **state)
{
    struct world *world = *state;
    struct err err = {0}, why;
    struct notices notices AUTO(notices_clear) = {0};
    int64_t last;
    const struct last_sync failed = {NOW, "failed", "i640.cab: bad"}, works = {NOW, "unchanged", NULL};
    look(world, "");
    assert_ok(notice_last(world->state, &last, &err));
    err_set(&why, ERR_NOT_GENUINE, "i640.cab: bad");
    assert_ok(catalog_last_sync_put(world->state, "pilot", &failed, &err));
    assert_ok(alarm_upstream_judge(&world->job, world->pilot, &NEW, &why, &err));
    look(world, "not-genuine pilot");
    err_set(&why, ERR_UPSTREAM, "no route");
    assert_ok(alarm_upstream_judge(&world->job, world->pilot, &NEW, &why, &err));
    look(world, "");
    assert_ok(notices_after(world->state, last, 10, &notices, &err));
    assert_int_equal(build_compare(&notices.item[0].build, &NEW), 0);
    assert_string_equal(notices.item[0].severity, "critical");
    assert_non_null(strstr(notices.item[0].text, "i640.cab: bad"));
    assert_ok(catalog_last_sync_put(world->state, "pilot", &works, &err));
    assert_ok(alarm_upstream_judge(&world->job, world->pilot, &NEW, NULL, &err));
    look(world, "sync-failing pilot"); /* works again */
}

static void test_the_head_goes_out_daily(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, &OLD, &world->games, &err), PROMOTE_DONE);
    look(world, "history-head, waits-approval production");
    clock_shows(NOW + 11 * HOUR);
    look(world, "");
    clock_shows(NOW + 12 * HOUR);
    look(world, "history-head");
}

static void test_old_entries_are_no_news(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    look(world, "");
    assert_int_equal(world_promote(world, world->pilot, &OLD, &world->games, &err), PROMOTE_DONE);
    clock_shows(NOW + 8 * 24 * HOUR);
    look(world, "history-head, waits-approval production");
}

static void test_a_ring_that_cannot_be_looked_at_keeps_nobody_quiet(void **state)
{
    struct world *world = *state;
    look(world, "");
    assert_int_equal(rmdir(world->production->path), 0);
    raise(world, "share-wrong", "x");
    look(world, "not-genuine pilot");
}

/* ---- delivery ---- */

static const struct courier_options options = {"files", NULL};

/* A webhook where nobody listens; `file` instead of it, where that is not "". */
static void add_target(struct world *world, const char *name, const char *file)
{
    struct notify_target *target;
    world->settings.target =
        mem_grow(world->settings.target, world->settings.targets, sizeof *world->settings.target);
    target = &world->settings.target[world->settings.targets++];
    *target = (struct notify_target){.name = mem_strdup(name),
                                     .webhook = mem_strdup(*file ? "" : "http://127.0.0.1:1/S3cretPath"),
                                     .webhook_file = mem_strdup(file),
                                     .template_file = mem_strdup(""),
                                     .ca = mem_strdup(""),
                                     .proxy = mem_strdup(""),
                                     .server = mem_strdup(""),
                                     .from = mem_strdup(""),
                                     .credentials = mem_strdup(""),
                                     .timeout_seconds = 5};
}

static struct tell_target tell_once(struct world *world)
{
    struct tell tell AUTO(tell_clear) = {0};
    struct err err = {0};
    assert_ok(tell_run(&world->job, &options, &tell, &err));
    assert_int_equal(tell.len, world->settings.targets);
    return tell.target[0];
}

static bool is_alarmed(struct world *world)
{
    struct err err = {0};
    bool stands;
    assert_ok(catalog_attention_stands(world->state, "notify-failing", NULL, &stands, &err));
    return stands;
}

static void test_tries_come_less_and_less_often_and_a_day_later_there_is_an_alarm(void **state)
{
    static const int minutes[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct world *world = *state;
    int64_t now = NOW;
    add_target(world, "ops", "");
    raise(world, "share-wrong", "x");
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        struct tell_target told = tell_once(world);
        assert_true(told.failed);
        assert_null(strstr(told.text, "S3cret"));
        assert_int_equal(told.next_unix, now + 60 * minutes[i]);
        clock_shows(told.next_unix - 1);
        assert_false(tell_once(world).failed);
        clock_shows(now = told.next_unix);
    }
    assert_false(is_alarmed(world));
    clock_shows(NOW + 24 * HOUR);
    assert_true(tell_once(world).failed);
    assert_true(is_alarmed(world));
    clock_shows(NOW - 30 * 24 * HOUR); /* set back: nobody waits for a month */
    assert_true(tell_once(world).failed);
}

static void test_a_file_that_is_wrong_is_an_alarm_at_once_that_goes_with_its_target(void **state)
{
    struct world *world = *state;
    char *path AUTO_FREE = mem_printf("%s/hook", world->path);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    add_target(world, "ops", path);
    raise(world, "share-wrong", "x");
    assert_int_equal(fchmod(fd, 0604), 0);
    close(fd);
    struct tell_target told = tell_once(world);
    assert_non_null(strstr(told.text, "can be read or written by everybody"));
    assert_int_equal(told.next_unix, NOW + HOUR);
    assert_true(is_alarmed(world));
    free(world->settings.target[0].name);
    world->settings.target[0].name = mem_strdup("other");
    tell_once(world);
    assert_false(is_alarmed(world));
}

static void test_a_new_target_is_told_only_what_is_new(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct notice_cursor cursor;
    bool found;
    int64_t last;
    raise(world, "share-wrong", "x");
    assert_ok(events_collect(&world->job, &err));
    assert_ok(notice_last(world->state, &last, &err));
    assert_int_equal(last, 1);
    add_target(world, "ops", "");
    assert_false(tell_once(world).failed); /* nothing to tell */
    assert_ok(notice_cursor_get(world->state, "ops", &cursor, &found, &err));
    assert_true(found);
    assert_int_equal(cursor.notice_id, 1);
}

static void test_who_is_told_nothing_of_it_moves_on(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct notice_cursor cursor;
    bool found;
    add_target(world, "ops", "");
    strv_add(&world->settings.target[0].events, "expired");
    raise(world, "share-wrong", "x");
    assert_false(tell_once(world).failed);
    assert_ok(notice_cursor_get(world->state, "ops", &cursor, &found, &err));
    assert_int_equal(cursor.notice_id, 1);
}

#define test(function) cmocka_unit_test_setup_teardown(function, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_the_first_look_tells_what_stands_and_not_the_past),
        test(test_promotions_and_new_builds_are_told_once),
        test(test_attentions_have_their_events),
        test(test_what_happens_at_sites_is_told),
        test(test_a_sync_that_fails_is_told_when_it_begins_and_ends),
        test(test_what_is_not_genuine_is_told_once_with_file_and_build),
        test(test_the_head_goes_out_daily),
        test(test_old_entries_are_no_news),
        test(test_a_ring_that_cannot_be_looked_at_keeps_nobody_quiet),
        test(test_tries_come_less_and_less_often_and_a_day_later_there_is_an_alarm),
        test(test_a_file_that_is_wrong_is_an_alarm_at_once_that_goes_with_its_target),
        test(test_a_new_target_is_told_only_what_is_new),
        test(test_who_is_told_nothing_of_it_moves_on),
    };
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

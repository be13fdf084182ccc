#include "test.h"

#include "ringmgr/policy/notify.h"

static bool wants(const char *events, const char *rings, enum notify_severity least, const char *event,
                  const char *severity, const char *ring)
{
    struct notify_target target = {.severity = least};
    strv_split(&target.events, events);
    strv_split(&target.rings, rings);
    bool wanted = notify_wants(&target, event, severity, ring);
    notify_target_clear(&target);
    return wanted;
}

static void a_target_is_told_what_it_asked_for(void **state)
{
    (void)state;
    assert_true(wants("all", "all", NOTIFY_INFO, "promoted", "info", "pilot"));
    assert_true(wants("promoted, healed", "all", NOTIFY_INFO, "healed", "warning", "pilot"));
    assert_false(wants("promoted, healed", "all", NOTIFY_INFO, "staged", "info", "pilot"));
    assert_false(wants("all", "production", NOTIFY_INFO, "promoted", "info", "pilot"));
    assert_false(wants("all", "all", NOTIFY_WARNING, "promoted", "info", "pilot"));
    assert_true(wants("all", "all", NOTIFY_WARNING, "expired", "critical", "pilot"));
}

static void what_people_decide_is_for_who_names_it(void **state)
{
    (void)state;
    assert_false(wants("all", "all", NOTIFY_INFO, "hold", "info", "pilot"));
    assert_true(wants("all, hold", "all", NOTIFY_INFO, "hold", "info", "pilot"));
    assert_true(wants("block", "production", NOTIFY_INFO, "block", "info", ""));
    assert_true(notify_is_event("unhold"));
}

static void what_belongs_to_no_ring_goes_to_all(void **state)
{
    (void)state;
    assert_true(wants("all", "production", NOTIFY_INFO, "space", "warning", ""));
}

static void events_have_names(void **state)
{
    (void)state;
    char *names = notify_event_names();
    assert_true(notify_is_event("waits-approval"));
    assert_true(notify_is_event("history-head"));
    assert_false(notify_is_event("promote"));
    assert_false(notify_is_event("all"));
    assert_non_null(strstr(names, "staged, waits-approval, promoted"));
    free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_told_what_it_asked_for),
        cmocka_unit_test(what_people_decide_is_for_who_names_it),
        cmocka_unit_test(what_belongs_to_no_ring_goes_to_all),
        cmocka_unit_test(events_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

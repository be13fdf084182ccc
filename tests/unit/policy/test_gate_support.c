/* The gate `support`, and the two that bind automatic promotion alone: settle and clock. Europe/Stockholm. */
#include "policy/gates.h"

#define MANUAL    LANE_MANUAL
#define AUTO_LANE LANE_AUTOMATIC
#define EXPEDITE  LANE_EXPEDITE
#define BACK      LANE_ROLLBACK

/* ---- support: now is 2026-09-16T16:30Z ---- */

#define TWELVE "it is supported for 12 more days, until 2026-09-28"

static const struct support_row {
    const char *name;
    enum lane lane;
    unsigned minimum;
    const char *deadline, *live; /* "-": none */
    bool open, warns;
    const char *reason;
} supports[] = {
    {"no date", MANUAL, 10, "-", "2026-11-10T00:00:00+00:00", true, false,
     "no date is known on which its support ends"},
    {"long", MANUAL, 10, "2027-02-09T00:00:00+00:00", "-", true, false,
     "it is supported for 145 more days, until 2027-02-09"},
    {"as many days as asked for", MANUAL, 12, "2026-09-28T16:30:00+00:00", "-", true, false, TWELVE},
    {"a second less", MANUAL, 12, "2026-09-28T16:29:59+00:00", "-", false, false,
     "it is supported for 11 more days, until 2026-09-28; minimum_left is 12 days"},
    {"a second less, automatic", AUTO_LANE, 12, "2026-09-28T16:29:59+00:00", "-", false, false,
     "it is supported for 11 more days, until 2026-09-28; minimum_left is 12 days"},
    {"a second less, expedite", EXPEDITE, 12, "2026-09-28T16:29:59+00:00", "-", true, true,
     "it is supported for 11 more days, until 2026-09-28; minimum_left is 12 days"},
    {"a second less, roll-back", BACK, 12, "2026-09-28T16:29:59+00:00", "-", true, true,
     "it is supported for 11 more days, until 2026-09-28; minimum_left is 12 days"},
    {"ends at midnight", MANUAL, 10, "2026-09-28T22:00:00+00:00", "-", true, false, TWELVE},
    {"a day", MANUAL, 1, "2026-09-17T16:30:00+00:00", "-", true, false,
     "it is supported for 1 more day, until 2026-09-17"},
    {"less than a day", MANUAL, 1, "2026-09-17T16:29:59+00:00", "-", false, false,
     "it is supported for less than a day more, until 2026-09-17; minimum_left is 1 day"},
    {"less than a day is enough", MANUAL, 0, "2026-09-16T16:30:01+00:00", "-", true, false,
     "it is supported for less than a day more, until 2026-09-16"},
    {"ended this second", MANUAL, 0, "2026-09-16T16:30:00+00:00", "-", false, false,
     "its support ended on 2026-09-16"},
    {"ended", MANUAL, 0, "2026-08-11T00:00:00+00:00", "-", false, false, "its support ended on 2026-08-11"},
    {"ended, expedite", EXPEDITE, 0, "2026-08-11T00:00:00+00:00", "-", true, true,
     "its support ended on 2026-08-11"},
    {"ended, roll-back", BACK, 10, "2026-08-11T00:00:00+00:00", "2026-11-10T00:00:00+00:00", true, true,
     "its support ended on 2026-08-11"},
    {"short, but a second later than what is live", MANUAL, 30, "2026-09-28T16:30:00+00:00",
     "2026-09-28T16:29:59+00:00", true, true,
     TWELVE "; minimum_left is 30 days, but what is live is not supported for longer"},
    {"short, later than what is live, automatic", AUTO_LANE, 30, "2026-09-28T16:30:00+00:00",
     "2026-09-20T00:00:00+00:00", true, true,
     TWELVE "; minimum_left is 30 days, but what is live is not supported for longer"},
    {"short, later than what is live, expedite", EXPEDITE, 30, "2026-09-28T16:30:00+00:00",
     "2026-09-20T00:00:00+00:00", true, true,
     TWELVE "; minimum_left is 30 days, but what is live is not supported for longer"},
    {"short, as what is live (a fix of the same version)", MANUAL, 30, "2026-09-28T16:30:00+00:00",
     "2026-09-28T16:30:00+00:00", true, true,
     TWELVE "; minimum_left is 30 days, but what is live is not supported for longer"},
    {"short, earlier than what is live", AUTO_LANE, 30, "2026-09-28T16:30:00+00:00",
     "2026-11-10T00:00:00+00:00", false, false, TWELVE "; minimum_left is 30 days"},
    {"ended, but later than what is live", MANUAL, 10, "2026-09-09T00:00:00+00:00",
     "2026-08-11T00:00:00+00:00", true, true,
     "its support ended on 2026-09-09, but what is live is not supported for longer"},
};

static void support_is_counted_in_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(supports); i++) {
        const struct support_row *row = &supports[i];
        SCENE scene;
        scene_open(&scene);
        scene_take(&scene, row->lane);
        scene.facts.minimum_days = row->minimum;
        scene.facts.deadline.at_unix = when(row->deadline);
        scene.facts.live_deadline.at_unix = when(row->live);
        const struct verdict *one = ask(&scene, GATE_SUPPORT);
        assert_verdict(row->name, one, row->open, "-", row->reason);
        if (one->warns != row->warns)
            fail_msg("%s: warns %d", row->name, one->warns);
    }
}

static void an_empty_ring_takes_no_build_that_is_about_to_end(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.live = (struct build){{0}};
    scene.facts.live_channel = NULL;
    scene.facts.live_deadline.at_unix = -1;
    assert_true(gate_ask_all(&scene.facts, scene.verdict));
    scene.facts.deadline.at_unix = when("2026-09-20T00:00:00+00:00");
    assert_shut(&scene, GATE_SUPPORT,
                "it is supported for 3 more days, until 2026-09-20; minimum_left is 10 days");
}

/* ---- settle: after the last gate opened; 18:30 now, hours since 17:00, hold ended 18:00 ---- */

static void scene_automatic(struct scene *scene)
{
    scene_open(scene);
    scene->facts.lane = LANE_AUTOMATIC;
}

#define WAITS(until) "production waits for 1 hour after the last gate has opened, until " until
#define SETTLED      "the other gates have been open for 1 hour or longer"

/* What opened last: which fact, and when. */
enum opened { BY_DAYS, BY_HOLD, BY_APPROVAL, BY_SOAK, BY_STAGING, BY_SOURCE, BY_FREEZE };

static const struct settle_row {
    const char *name;
    enum opened what;
    const char *at;
    bool open;
    const char *opens, *reason;
} settles[] = {
    {"hours that began long ago", BY_DAYS, "Wed 17:00-21:00", true, "-", SETTLED},
    {"hours that began an hour ago", BY_DAYS, "Wed 17:30-21:00", true, "-", SETTLED},
    {"hours that began less than an hour ago", BY_DAYS, "Wed 17:31-21:00", false, "2026-09-16T18:31:00+02:00",
     WAITS("2026-09-16 18:31")},
    {"a hold that ended an hour ago", BY_HOLD, "2026-09-16T17:30:00+02:00", true, "-", SETTLED},
    {"a hold that ended later", BY_HOLD, "2026-09-16T17:30:01+02:00", false, "2026-09-16T18:30:01+02:00",
     WAITS("2026-09-16 18:30")},
    {"a hold that ended now", BY_HOLD, "2026-09-16T18:30:00+02:00", false, "2026-09-16T19:30:00+02:00",
     WAITS("2026-09-16 19:30")},
    {"an approval", BY_APPROVAL, "2026-09-16T18:20:00+02:00", false, "2026-09-16T19:20:00+02:00",
     WAITS("2026-09-16 19:20")},
    {"a soak", BY_SOAK, "2026-09-02T18:10:00+02:00", false, "2026-09-16T19:10:00+02:00",
     WAITS("2026-09-16 19:10")},
    {"files", BY_STAGING, "2026-09-16T17:45:00+02:00", false, "2026-09-16T18:45:00+02:00",
     WAITS("2026-09-16 18:45")},
    {"the source ring", BY_SOURCE, "2026-09-16T17:50:00+02:00", false, "2026-09-16T18:50:00+02:00",
     WAITS("2026-09-16 18:50")},
    {"a freeze", BY_FREEZE, "2026-09-16T00:10:00+02:00", false, "2026-09-16T01:00:00+02:00",
     WAITS("2026-09-16 01:00")},
    {"a freeze, an hour ago", BY_FREEZE, "2026-09-16T01:00:00+02:00", true, "-", SETTLED},
};

static void open_last(struct scene *scene, enum opened what, const char *at)
{
    struct gate_facts *facts = &scene->facts;
    if (what == BY_DAYS)
        set_days(&scene->ring.days, at);
    else if (what == BY_HOLD)
        facts->hold_ended_unix = when(at);
    else if (what == BY_APPROVAL)
        scene->given[0].at_unix = scene->given[1].at_unix = when(at);
    else if (what == BY_STAGING)
        facts->staged_unix = when(at);
    else
        facts->soak_since_unix = when(at);
    if (what == BY_SOURCE)
        set_soak(&scene->ring.soak, "");
    if (what == BY_FREEZE) {
        facts->soak_since_unix = when("2026-08-22T09:00:00+02:00");
        set_ranges(&scene->ring.freeze, "2026-09-10/2026-09-15");
        set_days(&scene->ring.days, "");
        facts->now_unix = when(at);
    }
}

static void automatic_promotion_settles_after_the_last_gate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(settles); i++) {
        const struct settle_row *row = &settles[i];
        SCENE scene;
        scene_automatic(&scene);
        open_last(&scene, row->what, row->at);
        const struct verdict *one = ask(&scene, GATE_SETTLE);
        assert_others_open(&scene, GATE_SETTLE);
        assert_verdict(row->name, one, row->open, row->opens, row->reason);
    }
}

static void rings_that_take_from_origin_never_settle(void **state)
{
    SCENE scene;
    (void)state;
    scene_automatic(&scene);
    scene.facts.hold_ended_unix = scene.facts.now_unix;
    scene.ring.source_ring = NULL;
    assert_open(&scene, GATE_SETTLE, "production takes from origin: nothing has to settle first");
    scene.ring.source_ring = &scene.pilot;
    scene.ring.settle_seconds = 0;
    assert_open(&scene, GATE_SETTLE, "production does not wait after the last gate has opened (settle = 0)");
}

static void settle_waits_for_the_others(void **state)
{
    SCENE scene;
    (void)state;
    scene_automatic(&scene);
    scene.ring.settle_seconds = 7200;
    scene.facts.throttle = 1;
    assert_false(gate_ask_all(&scene.facts, scene.verdict));
    assert_others_open(&scene, GATE_THROTTLE);
    assert_string_equal(scene.verdict[GATE_SETTLE].reason,
                        "production will wait for 2 hours after the last of the other gates has opened");
}

static void settle_does_not_wait_where_nobody_knows_since_when(void **state)
{
    SCENE scene;
    (void)state;
    scene_automatic(&scene);
    scene.ring.approvals = 0;
    set_soak(&scene.ring.soak, "");
    set_days(&scene.ring.days, "");
    scene.facts.staged_unix = scene.facts.soak_since_unix = -1;
    assert_open(&scene, GATE_SETTLE, SETTLED);
    assert_int_equal(scene.verdict[GATE_SETTLE].since_unix, -1);
    assert_int_equal(gate_forecast(&scene.facts, scene.verdict), scene.facts.now_unix);
}

/* ---- clock ---- */

#define RIGHT "the clock is right, and upstream and share were looked at since the machine started"
#define TIMELESS                                                                                             \
    "nothing here is opened by the clock, which is not synchronised; upstream and share were looked at "     \
    "since "                                                                                                 \
    "the machine started"

static const struct clock_row {
    const char *name;
    bool synchronised, synced, checked;
    const char *soak, *freeze, *days;
    int64_t settle_seconds;
    bool open;
    const char *reason;
} clocks[] = {
    {"all is well", true, true, true, "14 days", "2026-12-10/2027-01-06", "Wed", 3600, true, RIGHT},
    {"not synchronised, soak", false, true, true, "14 days", "", "", 0, false,
     "the machine's clock is not synchronised (timedatectl shows it)"},
    {"not synchronised, freeze", false, true, true, "", "2026-12-10/2027-01-06", "", 0, false,
     "the machine's clock is not synchronised (timedatectl shows it)"},
    {"not synchronised, days", false, true, true, "", "", "Wed", 0, false,
     "the machine's clock is not synchronised (timedatectl shows it)"},
    {"not synchronised, settle", false, true, true, "", "", "", 3600, false,
     "the machine's clock is not synchronised (timedatectl shows it)"},
    {"not synchronised, time opens nothing", false, true, true, "", "", "", 0, true, TIMELESS},
    {"no sync", true, false, true, "14 days", "", "", 3600, false,
     "no sync has succeeded since the machine started: the next one opens this"},
    {"no sync, time opens nothing", true, false, true, "", "", "", 0, false,
     "no sync has succeeded since the machine started: the next one opens this"},
    {"no quick verify", true, true, false, "14 days", "", "", 3600, false,
     "the share has not been looked at since the machine started: the next sync does"},
};

static void clock_is_synchronised_synced_and_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        const struct clock_row *row = &clocks[i];
        SCENE scene;
        scene_automatic(&scene);
        set_soak(&scene.ring.soak, row->soak);
        set_ranges(&scene.ring.freeze, row->freeze);
        set_days(&scene.ring.days, row->days);
        scene.ring.settle_seconds = row->settle_seconds;
        scene.facts.clock_synchronised = row->synchronised;
        scene.facts.synced = row->synced;
        scene.facts.checked = row->checked;
        (row->open ? assert_open : assert_shut)(&scene, GATE_CLOCK, row->reason);
    }
}

static void settle_of_a_ring_from_origin_does_not_ask_for_the_clock(void **state)
{
    SCENE scene;
    (void)state;
    scene_automatic(&scene);
    set_soak(&scene.ring.soak, "");
    set_ranges(&scene.ring.freeze, "");
    set_days(&scene.ring.days, "");
    scene.ring.source_ring = NULL;
    scene.facts.clock_synchronised = false;
    assert_open(&scene, GATE_CLOCK, TIMELESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(support_is_counted_in_days),
        cmocka_unit_test(an_empty_ring_takes_no_build_that_is_about_to_end),
        cmocka_unit_test(automatic_promotion_settles_after_the_last_gate),
        cmocka_unit_test(rings_that_take_from_origin_never_settle),
        cmocka_unit_test(settle_waits_for_the_others),
        cmocka_unit_test(settle_does_not_wait_where_nobody_knows_since_when),
        cmocka_unit_test(clock_is_synchronised_synced_and_checked),
        cmocka_unit_test(settle_of_a_ring_from_origin_does_not_ask_for_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

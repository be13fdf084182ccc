/* The gates that time opens: soak, hold, freeze, days. Europe/Stockholm. */
#include "policy/gates.h"

#define BEHIND                                                                                               \
    "the clock says 2026-09-16 18:30, which is before the last entry of the history: nothing that time "     \
    "opens is open"

/* ---- soak ---- */

static const struct soak_row {
    const char *name, *need, *since;
    const char *pauses; /* "FROM UNTIL, …" */
    const char *holidays, *now;
    const char *opens; /* "-": open, or shut without an end */
    bool open;
    const char *reason;
} soaks[] = {
    {"none needed", "", "-", "", "", "2026-09-16T18:30:00+02:00", "-", true, "production needs no soak"},
    {"not begun", "14 days", "-", "", "", "2026-09-16T18:30:00+02:00", "-", false,
     "production needs 14 days of soak, which has not begun"},
    {"just begun", "14 days", "2026-09-16T18:30:00+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-30T18:30:00+02:00", false,
     "production needs 14 days of soak, has 0 minutes, until 2026-09-30 18:30"},
    {"a minute", "14 days", "2026-09-16T18:28:01+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-30T18:28:01+02:00", false,
     "production needs 14 days of soak, has 1 minute, until 2026-09-30 18:28"},
    {"59 minutes", "14 days", "2026-09-16T17:30:01+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-30T17:30:01+02:00", false,
     "production needs 14 days of soak, has 59 minutes, until 2026-09-30 17:30"},
    {"an hour", "14 days", "2026-09-16T17:30:00+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-30T17:30:00+02:00", false,
     "production needs 14 days of soak, has 1 hour, until 2026-09-30 17:30"},
    {"47 hours", "14 days", "2026-09-14T19:00:00+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-28T19:00:00+02:00", false,
     "production needs 14 days of soak, has 47 hours, until 2026-09-28 19:00"},
    {"two days", "14 days", "2026-09-14T18:30:00+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-28T18:30:00+02:00", false,
     "production needs 14 days of soak, has 2 days, until 2026-09-28 18:30"},
    {"last second", "14 days", "2026-09-02T18:30:01+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-16T18:30:01+02:00", false,
     "production needs 14 days of soak, has 13 days, until 2026-09-16 18:30"},
    {"over", "14 days", "2026-09-02T18:30:00+02:00", "", "", "2026-09-16T18:30:00+02:00", "-", true,
     "it has soaked for 14 days in pilot, since 2026-09-02 18:30"},
    {"one day", "1 day", "2026-09-16T00:00:00+02:00", "", "", "2026-09-16T18:30:00+02:00",
     "2026-09-17T00:00:00+02:00", false,
     "production needs 1 day of soak, has 18 hours, until 2026-09-17 00:00"},
    {"days are 24 h in autumn", "7 days", "2026-10-20T20:00:00+02:00", "", "", "2026-10-27T18:30:00+01:00",
     "2026-10-27T19:00:00+01:00", false,
     "production needs 7 days of soak, has 6 days, until 2026-10-27 19:00"},
    {"days are 24 h in spring", "7 days", "2026-03-24T19:00:00+01:00", "", "", "2026-03-31T19:30:00+02:00",
     "2026-03-31T20:00:00+02:00", false,
     "production needs 7 days of soak, has 6 days, until 2026-03-31 20:00"},
    {"a pause that is over", "14 days", "2026-09-01T18:30:00+02:00",
     "2026-09-05T00:00:00+02:00 2026-09-08T00:00:00+02:00", "", "2026-09-16T18:30:00+02:00",
     "2026-09-18T18:30:00+02:00", false,
     "production needs 14 days of soak, has 12 days, until 2026-09-18 18:30"},
    {"a pause that goes on", "14 days", "2026-09-01T18:30:00+02:00", "2026-09-05T18:30:00+02:00 -", "",
     "2026-09-16T18:30:00+02:00", "-", false,
     "production needs 14 days of soak, has 4 days, and stands still"},
    {"a pause before the soak", "14 days", "2026-09-02T18:30:00+02:00",
     "2026-08-20T00:00:00+02:00 2026-09-01T00:00:00+02:00", "", "2026-09-16T18:30:00+02:00", "-", true,
     "it has soaked for 14 days in pilot, since 2026-09-02 18:30"},
    {"two pauses that overlap", "10 days", "2026-09-01T18:30:00+02:00",
     "2026-09-05T00:00:00+02:00 2026-09-08T00:00:00+02:00, 2026-09-07T00:00:00+02:00 "
     "2026-09-09T00:00:00+02:00",
     "", "2026-09-16T18:30:00+02:00", "-", true,
     "it has soaked for 10 days in pilot, since 2026-09-01 18:30"},
    {"workdays over a weekend", "5 workdays", "2026-09-10T10:00:00+02:00", "", "",
     "2026-09-16T18:30:00+02:00", "2026-09-17T10:00:00+02:00", false,
     "production needs 5 workdays of soak, has 4 workdays, until 2026-09-17 10:00"},
    {"workdays over Christmas", "5 workdays", "2026-12-23T10:00:00+01:00", "",
     "2026-12-24/2026-12-26; 2026-12-31/2027-01-01; 2027-01-06", "2026-12-30T18:30:00+01:00",
     "2027-01-05T10:00:00+01:00", false,
     "production needs 5 workdays of soak, has 3 workdays, until 2027-01-05 10:00"},
    {"workdays over Epiphany", "6 workdays", "2026-12-23T10:00:00+01:00", "",
     "2026-12-24/2026-12-26; 2026-12-31/2027-01-01; 2027-01-06", "2027-01-07T18:30:00+01:00", "-", true,
     "it has soaked for 6 workdays in pilot, since 2026-12-23 10:00"},
    {"the last workday lacks a second", "6 workdays", "2026-12-23T10:00:00+01:00", "",
     "2026-12-24/2026-12-26; 2026-12-31/2027-01-01; 2027-01-06", "2027-01-06T09:59:59+01:00",
     "2027-01-06T10:00:00+01:00", false,
     "production needs 6 workdays of soak, has 5 workdays, until 2027-01-06 10:00"},
};

/* "FROM UNTIL, …" */
static void set_pauses(struct scene *scene, const char *text)
{
    AUTO_STRV list = {0};
    strv_split(&list, text);
    for (size_t i = 0; i + 1 < list.len; i += 2)
        scene->pause[scene->facts.pauses++] = (struct soak_pause){when(list.item[i]), when(list.item[i + 1])};
}

static void soak_is_told_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(soaks); i++) {
        const struct soak_row *row = &soaks[i];
        SCENE scene;
        scene_open(&scene);
        set_soak(&scene.ring.soak, row->need);
        set_ranges(&scene.holidays, row->holidays);
        set_pauses(&scene, row->pauses);
        scene.facts.soak_since_unix = when(row->since);
        scene.facts.now_unix = when(row->now);
        assert_verdict(row->name, ask(&scene, GATE_SOAK), row->open, row->opens, row->reason);
        assert_int_equal(gate_soak(&scene.facts).over, row->open && *row->need);
    }
}

static void a_soaked_gate_is_open_since_the_soak_was_over(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    assert_int_equal(ask(&scene, GATE_SOAK)->since_unix, when("2026-09-05T09:00:00+02:00"));
}

static void expedite_has_its_own_soak(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.lane = LANE_EXPEDITE;
    scene.facts.soak_since_unix = when("2026-09-15T18:30:01+02:00");
    assert_shut(&scene, GATE_SOAK, "production needs 1 day of soak, has 23 hours, until 2026-09-16 18:30");
    scene.facts.soak_since_unix--;
    assert_open(&scene, GATE_SOAK, "it has soaked for 1 day in pilot, since 2026-09-15 18:30");
    scene.facts.lane = LANE_AUTOMATIC;
    assert_shut(&scene, GATE_SOAK, "production needs 14 days of soak, has 24 hours, until 2026-09-29 18:30");
    scene.facts.lane = LANE_EXPEDITE;
    set_soak(&scene.ring.expedite_soak, "");
    assert_open(&scene, GATE_SOAK, "production needs no soak");
    set_soak(&scene.ring.expedite_soak, "3 days");
    set_soak(&scene.ring.soak, "");
    assert_shut(&scene, GATE_SOAK, "production needs 3 days of soak, has 24 hours, until 2026-09-18 18:30");
}

static void soak_of_what_comes_from_origin_is_in_the_store(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.ring.source_ring = NULL;
    scene.ring.source = (char *)"origin";
    assert_open(&scene, GATE_SOAK, "it has soaked for 14 days in the store, since 2026-08-22 09:00");
}

static void a_soak_can_end_for_good(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.soak_end = "pilot went back from it";
    assert_shut(&scene, GATE_SOAK, "its soak ended for good: pilot went back from it");
    assert_int_equal(scene.verdict[GATE_SOAK].opens_unix, -1);
    assert_false(gate_soak(&scene.facts).over);
    assert_int_equal(gate_soak(&scene.facts).ends_unix, -1);
    set_soak(&scene.ring.soak, "");
    assert_open(&scene, GATE_SOAK, "production needs no soak");
}

/* ---- hold ---- */

static const struct hold_row {
    const char *name;
    struct {
        const char *by, *until;
        bool automatic_only;
    } hold[3];
    enum lane lane;
    bool open;
    const char *opens, *reason;
} holds[] = {
    {"nobody", {{0}}, LANE_MANUAL, true, "-", "nobody holds the ring"},
    {"a person",
     {{"anna", "-", false}},
     LANE_MANUAL,
     false,
     "-",
     "anna has held the ring since 2026-09-16 17:30: audit; `ringmgr unhold production --reason TEXT`"},
    {"until",
     {{"anna", "2026-09-17T00:00:00+02:00", false}},
     LANE_EXPEDITE,
     false,
     "2026-09-17T00:00:00+02:00",
     "anna has held the ring since 2026-09-16 17:30 until 2026-09-17 00:00: audit; `ringmgr unhold "
     "production "
     "--reason TEXT`"},
    {"the longest of two, first",
     {{"anna", "2026-09-19T00:00:00+02:00", false}, {"bob", "2026-09-18T00:00:00+02:00", false}},
     LANE_MANUAL,
     false,
     "2026-09-19T00:00:00+02:00",
     "anna has held the ring since 2026-09-16 17:30 until 2026-09-19 00:00: audit; `ringmgr unhold "
     "production "
     "--reason TEXT`"},
    {"the longest of two, last",
     {{"anna", "2026-09-18T00:00:00+02:00", false}, {"bob", "2026-09-19T00:00:00+02:00", false}},
     LANE_MANUAL,
     false,
     "2026-09-19T00:00:00+02:00",
     "bob has held the ring since 2026-09-16 16:30 until 2026-09-19 00:00: audit; `ringmgr unhold production "
     "--reason TEXT`"},
    {"one without an end among three",
     {{"anna", "2026-09-18T00:00:00+02:00", false},
      {"bob", "-", false},
      {"carl", "2026-09-20T00:00:00+02:00", false}},
     LANE_MANUAL,
     false,
     "-",
     "bob has held the ring since 2026-09-16 16:30: audit; `ringmgr unhold production --reason TEXT`"},
    {"after a roll-back, automatic",
     {{"anna", "-", true}},
     LANE_AUTOMATIC,
     false,
     "-",
     "anna has held the ring since 2026-09-16 17:30: audit; `ringmgr unhold production --reason TEXT`"},
    {"after a roll-back, by hand",
     {{"anna", "-", true}},
     LANE_MANUAL,
     true,
     "-",
     "the ring is held for automatic promotion only"},
    {"after a roll-back, expedite",
     {{"anna", "-", true}},
     LANE_EXPEDITE,
     true,
     "-",
     "the ring is held for automatic promotion only"},
    {"after a roll-back and by a person",
     {{"anna", "-", true}, {"bob", "2026-09-18T00:00:00+02:00", false}},
     LANE_MANUAL,
     false,
     "2026-09-18T00:00:00+02:00",
     "bob has held the ring since 2026-09-16 16:30 until 2026-09-18 00:00: audit; `ringmgr unhold production "
     "--reason TEXT`"},
    {"after a roll-back and by a person, automatic",
     {{"anna", "-", true}, {"bob", "2026-09-18T00:00:00+02:00", false}},
     LANE_AUTOMATIC,
     false,
     "-",
     "anna has held the ring since 2026-09-16 17:30: audit; `ringmgr unhold production --reason TEXT`"},
};

static void holds_are_told_with_who_and_until_when(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(holds); i++) {
        const struct hold_row *row = &holds[i];
        SCENE scene;
        scene_open(&scene);
        scene_take(&scene, row->lane);
        for (size_t j = 0; j < COUNT_OF(row->hold) && row->hold[j].by; j++)
            scene.hold[scene.facts.holds++] =
                (struct gate_hold){.by = row->hold[j].by,
                                   .reason = "audit",
                                   .at_unix = scene.facts.now_unix - 3600 * (int64_t)(j + 1),
                                   .until_unix = when(row->hold[j].until),
                                   .automatic_only = row->hold[j].automatic_only};
        assert_verdict(row->name, ask(&scene, GATE_HOLD), row->open, row->opens, row->reason);
    }
}

static void a_ring_that_was_held_is_open_since_then(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.hold_ended_unix = scene.facts.now_unix - 7200;
    assert_int_equal(ask(&scene, GATE_HOLD)->since_unix, scene.facts.now_unix - 7200);
}

/* ---- freeze: whole local days, both ends included ---- */

static const struct freeze_row {
    const char *name, *freeze, *now;
    bool open;
    const char *opens, *since, *reason;
} freezes[] = {
    {"none", "", "2026-12-24T12:00:00+01:00", true, "-", "-", "production has no freeze"},
    {"the second before", "2026-12-10/2027-01-06", "2026-12-09T23:59:59+01:00", true, "-", "-",
     "the next freeze begins 2026-12-10 00:00"},
    {"its first second", "2026-12-10/2027-01-06", "2026-12-10T00:00:00+01:00", false,
     "2027-01-07T00:00:00+01:00", "-", "production is frozen until 2027-01-07 00:00"},
    {"its last second", "2026-12-10/2027-01-06", "2027-01-06T23:59:59+01:00", false,
     "2027-01-07T00:00:00+01:00", "-", "production is frozen until 2027-01-07 00:00"},
    {"the second after", "2026-12-10/2027-01-06", "2027-01-07T00:00:00+01:00", true, "-",
     "2027-01-07T00:00:00+01:00", "no freeze is to come"},
    {"over summer time's beginning, before", "2026-03-28/2026-03-29", "2026-03-27T23:59:59+01:00", true, "-",
     "-", "the next freeze begins 2026-03-28 00:00"},
    {"over summer time's beginning, first", "2026-03-28/2026-03-29", "2026-03-28T00:00:00+01:00", false,
     "2026-03-30T00:00:00+02:00", "-", "production is frozen until 2026-03-30 00:00"},
    {"over summer time's beginning, last", "2026-03-28/2026-03-29", "2026-03-29T23:59:59+02:00", false,
     "2026-03-30T00:00:00+02:00", "-", "production is frozen until 2026-03-30 00:00"},
    {"over summer time's beginning, after", "2026-03-28/2026-03-29", "2026-03-30T00:00:00+02:00", true, "-",
     "2026-03-30T00:00:00+02:00", "no freeze is to come"},
    {"summer time's last day, first", "2026-10-25", "2026-10-25T00:00:00+02:00", false,
     "2026-10-26T00:00:00+01:00", "-", "production is frozen until 2026-10-26 00:00"},
    {"summer time's last day, last", "2026-10-25", "2026-10-25T23:59:59+01:00", false,
     "2026-10-26T00:00:00+01:00", "-", "production is frozen until 2026-10-26 00:00"},
    {"summer time's last day, after", "2026-10-25", "2026-10-26T00:00:00+01:00", true, "-",
     "2026-10-26T00:00:00+01:00", "no freeze is to come"},
    {"between two", "2026-06-18/2026-06-21; 2026-12-10/2027-01-06", "2026-09-16T18:30:00+02:00", true, "-",
     "2026-06-22T00:00:00+02:00", "the next freeze begins 2026-12-10 00:00"},
    {"between two, later one first", "2026-12-10/2027-01-06; 2026-06-18/2026-06-21",
     "2026-09-16T18:30:00+02:00", true, "-", "2026-06-22T00:00:00+02:00",
     "the next freeze begins 2026-12-10 00:00"},
    {"after two", "2026-06-18/2026-06-21; 2026-05-01", "2026-09-16T18:30:00+02:00", true, "-",
     "2026-06-22T00:00:00+02:00", "no freeze is to come"},
    {"two that adjoin", "2026-12-10/2026-12-31; 2027-01-01/2027-01-06", "2026-12-24T12:00:00+01:00", false,
     "2027-01-07T00:00:00+01:00", "-", "production is frozen until 2027-01-07 00:00"},
};

static void freezes_include_both_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(freezes); i++) {
        const struct freeze_row *row = &freezes[i];
        SCENE scene;
        scene_open(&scene);
        set_ranges(&scene.ring.freeze, row->freeze);
        scene.facts.now_unix = when(row->now);
        const struct verdict *one = ask(&scene, GATE_FREEZE);
        assert_verdict(row->name, one, row->open, row->opens, row->reason);
        if (one->since_unix != when(row->since))
            fail_msg("%s: since %s", row->name, when_text(one->since_unix));
    }
}

/* ---- days ---- */

#define INSIDE  "now is within the hours at which production may move"
#define OUTSIDE "now is outside the hours at which production may move; they next begin "

static const struct days_row {
    const char *name, *days, *now;
    bool open;
    const char *opens, *since, *reason;
} days[] = {
    {"none", "", "2026-09-19T03:00:00+02:00", true, "-", "-", "production may move at any time"},
    {"the second before", "Mon-Thu 17:00-21:00", "2026-09-16T16:59:59+02:00", false,
     "2026-09-16T17:00:00+02:00", "-", OUTSIDE "2026-09-16 17:00"},
    {"the first second", "Mon-Thu 17:00-21:00", "2026-09-16T17:00:00+02:00", true, "-",
     "2026-09-16T17:00:00+02:00", INSIDE},
    {"the last second", "Mon-Thu 17:00-21:00", "2026-09-16T20:59:59+02:00", true, "-",
     "2026-09-16T17:00:00+02:00", INSIDE},
    {"the second after", "Mon-Thu 17:00-21:00", "2026-09-16T21:00:00+02:00", false,
     "2026-09-17T17:00:00+02:00", "-", OUTSIDE "2026-09-17 17:00"},
    {"over the weekend", "Mon-Thu 17:00-21:00", "2026-09-17T21:00:00+02:00", false,
     "2026-09-21T17:00:00+02:00", "-", OUTSIDE "2026-09-21 17:00"},
    {"over the weekend in which summer time ends", "Mon-Thu 17:00-21:00", "2026-10-24T12:00:00+02:00", false,
     "2026-10-26T17:00:00+01:00", "-", OUTSIDE "2026-10-26 17:00"},
    {"over midnight", "Wed 22:00-02:00", "2026-09-17T01:59:59+02:00", true, "-", "2026-09-16T22:00:00+02:00",
     INSIDE},
    {"over midnight into the day of 25 hours", "Sat 22:00-04:00", "2026-10-25T03:30:00+01:00", true, "-",
     "2026-10-24T22:00:00+02:00", INSIDE},
    {"two that adjoin", "Wed 08:00-12:00; Wed 12:00-21:00", "2026-09-16T18:30:00+02:00", true, "-",
     "2026-09-16T08:00:00+02:00", INSIDE},
    {"hours that are skipped", "Sun 02:00-03:00", "2026-03-29T01:30:00+01:00", false,
     "2026-04-05T02:00:00+02:00", "-", OUTSIDE "2026-04-05 02:00"},
    {"the whole week: since ever", "Mon-Sun", "2026-09-16T18:30:00+02:00", true, "-", "-", INSIDE},
    {"nearly the whole week", "Tue-Sun", "2026-09-21T00:00:00+02:00", false, "2026-09-22T00:00:00+02:00", "-",
     OUTSIDE "2026-09-22 00:00"},
    {"six days of a week", "Tue-Sun", "2026-09-20T23:59:59+02:00", true, "-", "2026-09-15T00:00:00+02:00",
     INSIDE},
};

static void days_are_local_hours(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        const struct days_row *row = &days[i];
        SCENE scene;
        scene_open(&scene);
        set_days(&scene.ring.days, row->days);
        scene.facts.now_unix = when(row->now);
        const struct verdict *one = ask(&scene, GATE_DAYS);
        assert_verdict(row->name, one, row->open, row->opens, row->reason);
        if (one->since_unix != when(row->since))
            fail_msg("%s: since %s", row->name, when_text(one->since_unix));
    }
}

/* No configuration that can be read comes to this. */
static void hours_without_a_day_never_begin(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.ring.days.item[0].weekdays = 0;
    assert_shut(&scene, GATE_DAYS,
                "now is outside the hours at which production may move; they next begin in more than four "
                "weeks, if ever");
    assert_int_equal(gate_forecast(&scene.facts, scene.verdict), -1);
}

/* ---- a clock that is behind ---- */

static void a_clock_that_is_behind_opens_nothing(void **state)
{
    static const enum gate gates[] = {GATE_SOAK, GATE_FREEZE, GATE_DAYS, GATE_CLOCK};
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.lane = LANE_AUTOMATIC;
    scene.facts.clock_behind = "the last entry of the history";
    for (size_t i = 0; i < COUNT_OF(gates); i++)
        assert_verdict(gate_name(gates[i]), ask(&scene, gates[i]), false, "-", BEHIND);
    assert_int_equal(gate_forecast(&scene.facts, scene.verdict), -1);
    scene_take(&scene, LANE_ROLLBACK);
    assert_true(gate_ask_all(&scene.facts, scene.verdict));
}

static void a_clock_that_is_behind_does_not_matter_where_time_opens_nothing(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.clock_behind = "the last entry of the history";
    set_soak(&scene.ring.soak, "");
    set_ranges(&scene.ring.freeze, "");
    set_days(&scene.ring.days, "");
    assert_true(gate_ask_all(&scene.facts, scene.verdict));
    set_ranges(&scene.ring.freeze, "2026-12-10/2027-01-06");
    assert_shut(&scene, GATE_FREEZE, BEHIND);
    assert_int_equal(gate_forecast(&scene.facts, scene.verdict), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(soak_is_told_in_words),
        cmocka_unit_test(a_soaked_gate_is_open_since_the_soak_was_over),
        cmocka_unit_test(expedite_has_its_own_soak),
        cmocka_unit_test(soak_of_what_comes_from_origin_is_in_the_store),
        cmocka_unit_test(a_soak_can_end_for_good),
        cmocka_unit_test(holds_are_told_with_who_and_until_when),
        cmocka_unit_test(a_ring_that_was_held_is_open_since_then),
        cmocka_unit_test(freezes_include_both_ends),
        cmocka_unit_test(days_are_local_hours),
        cmocka_unit_test(hours_without_a_day_never_begin),
        cmocka_unit_test(a_clock_that_is_behind_opens_nothing),
        cmocka_unit_test(a_clock_that_is_behind_does_not_matter_where_time_opens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

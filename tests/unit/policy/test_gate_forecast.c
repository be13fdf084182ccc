/*
 * When a build can go by itself: by table, and against a clock that is stepped hour by hour until every gate
 * is open. Europe/Stockholm.
 */
#include "policy/gates.h"

static const struct row {
    const char *name;
    enum lane lane;
    const char *soak, *since, *hold, *freeze, *days;
    int settle_hours;
    const char *at;
} rows[] = {
    {"all open", LANE_MANUAL, "", "2026-09-01T09:00:00+02:00", "", "", "", 0, "2026-09-16T18:30:00+02:00"},
    {"soak", LANE_MANUAL, "14 days", "2026-09-10T09:00:00+02:00", "", "", "", 0, "2026-09-24T09:00:00+02:00"},
    {"hold", LANE_MANUAL, "", "2026-09-01T09:00:00+02:00", "2026-09-18T00:00:00+02:00", "", "", 0,
     "2026-09-18T00:00:00+02:00"},
    {"freeze", LANE_MANUAL, "", "2026-09-01T09:00:00+02:00", "", "2026-09-16/2026-09-17", "", 0,
     "2026-09-18T00:00:00+02:00"},
    {"days", LANE_MANUAL, "", "2026-09-01T09:00:00+02:00", "", "", "Mon 17:00-21:00", 0,
     "2026-09-21T17:00:00+02:00"},
    {"settle", LANE_AUTOMATIC, "", "2026-09-16T18:00:00+02:00", "", "", "", 1, "2026-09-16T19:00:00+02:00"},
    {"settle by hand", LANE_MANUAL, "", "2026-09-16T18:00:00+02:00", "", "", "", 1,
     "2026-09-16T18:30:00+02:00"},
    {"soak, then freeze", LANE_MANUAL, "14 days", "2026-09-10T09:00:00+02:00", "", "2026-09-20/2026-09-30",
     "", 0, "2026-10-01T00:00:00+02:00"},
    {"a freeze that is over before the soak", LANE_MANUAL, "14 days", "2026-09-10T09:00:00+02:00", "",
     "2026-09-16/2026-09-20", "", 0, "2026-09-24T09:00:00+02:00"},
    {"hold longer than soak", LANE_MANUAL, "14 days", "2026-09-10T09:00:00+02:00",
     "2026-09-25T12:00:00+02:00", "", "", 0, "2026-09-25T12:00:00+02:00"},
    {"soak longer than hold", LANE_MANUAL, "14 days", "2026-09-10T09:00:00+02:00",
     "2026-09-20T12:00:00+02:00", "", "", 0, "2026-09-24T09:00:00+02:00"},
    {"soak, freeze, days, settle", LANE_AUTOMATIC, "14 days", "2026-09-10T09:00:00+02:00", "",
     "2026-09-20/2026-09-30", "Mon-Thu 17:00-21:00", 1, "2026-10-01T18:00:00+02:00"},
    {"soak, freeze, days by hand", LANE_MANUAL, "14 days", "2026-09-10T09:00:00+02:00", "",
     "2026-09-20/2026-09-30", "Mon-Thu 17:00-21:00", 1, "2026-10-01T17:00:00+02:00"},
    {"soak ends inside the hours", LANE_AUTOMATIC, "14 days", "2026-09-10T18:00:00+02:00", "", "",
     "Mon-Thu 17:00-21:00", 1, "2026-09-24T19:00:00+02:00"},
    {"soak ends too late in the hours", LANE_AUTOMATIC, "14 days", "2026-09-10T20:30:00+02:00", "", "",
     "Mon-Thu 17:00-21:00", 1, "2026-09-28T18:00:00+02:00"},
    {"soak ends shortly before the hours", LANE_AUTOMATIC, "14 days", "2026-09-10T16:30:00+02:00", "", "",
     "Mon-Thu 17:00-21:00", 1, "2026-09-24T18:00:00+02:00"},
    {"soak ends shortly before a freeze", LANE_AUTOMATIC, "14 days", "2026-09-10T23:30:00+02:00", "",
     "2026-09-25", "", 1, "2026-09-26T01:00:00+02:00"},
    {"settle into a freeze", LANE_AUTOMATIC, "", "2026-09-16T18:00:00+02:00", "", "2026-09-17/2026-09-18", "",
     12, "2026-09-19T12:00:00+02:00"},
    {"hours shorter than settle", LANE_AUTOMATIC, "", "2026-09-01T09:00:00+02:00", "", "",
     "Mon-Thu 17:00-21:00", 5, "-"},
    {"all hours but one shorter than settle", LANE_AUTOMATIC, "", "2026-09-01T09:00:00+02:00", "", "",
     "Mon-Thu 17:00-21:00; Sun 08:00-14:00", 5, "2026-09-20T13:00:00+02:00"},
    {"hours without an end, settle longer than a week", LANE_AUTOMATIC, "", "2026-09-10T09:00:00+02:00", "",
     "", "Mon-Sun", 200, "2026-09-18T18:00:00+02:00"},
    {"over the end of summer time", LANE_AUTOMATIC, "14 days", "2026-10-11T09:00:00+02:00", "", "",
     "Sun 08:00-12:00", 1, "2026-10-25T09:00:00+01:00"},
    {"expedite knows neither freeze nor days", LANE_EXPEDITE, "36h", "2026-09-16T09:00:00+02:00", "",
     "2026-09-10/2026-09-30", "Sun", 1, "2026-09-17T21:00:00+02:00"},
    {"a roll-back goes at once", LANE_ROLLBACK, "14 days", "-", "-", "2026-09-10/2026-09-30", "Sun", 1,
     "2026-09-16T18:30:00+02:00"},
    {"a hold without an end", LANE_MANUAL, "", "2026-09-01T09:00:00+02:00", "-", "", "", 0, "-"},
    {"a soak that has not begun", LANE_MANUAL, "14 days", "-", "", "", "", 0, "-"},
};

static void configure(struct scene *scene, const struct row *row)
{
    scene_take(scene, row->lane);
    set_soak(&scene->ring.soak, row->soak);
    scene->ring.expedite_soak = scene->ring.soak;
    set_ranges(&scene->ring.freeze, row->freeze);
    set_days(&scene->ring.days, row->days);
    scene->ring.settle_seconds = row->settle_hours * 3600;
    scene->facts.soak_since_unix = when(row->since);
    if (*row->hold) {
        scene->hold[0] = (struct gate_hold){.by = "anna", .reason = "audit", .until_unix = when(row->hold)};
        scene->facts.holds = 1;
    }
}

static int64_t forecast(struct scene *scene)
{
    gate_ask_all(&scene->facts, scene->verdict);
    return gate_forecast(&scene->facts, scene->verdict);
}

static void assert_forecast(const char *name, struct scene *scene, const char *at)
{
    int64_t found = forecast(scene);
    if (found != when(at))
        fail_msg("%s: %s, not %s", name, when_text(found), at);
}

static void time_alone_opens_the_gates_in_turn(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SCENE scene;
        scene_open(&scene);
        configure(&scene, &rows[i]);
        assert_forecast(rows[i].name, &scene, rows[i].at);
    }
}

static void nothing_settles_from_origin_or_where_settle_is_0(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    scene.facts.lane = LANE_AUTOMATIC;
    set_days(&scene.ring.days, "Sat");
    assert_forecast("from a ring", &scene, "2026-09-19T01:00:00+02:00");
    scene.ring.source_ring = NULL;
    assert_forecast("from origin", &scene, "2026-09-19T00:00:00+02:00");
    scene.ring.source_ring = &scene.pilot;
    scene.ring.settle_seconds = 0;
    scene.given[0].at_unix = when("2026-09-20T00:00:00+02:00"); /* by a clock that was ahead */
    assert_forecast("settle = 0", &scene, "2026-09-19T00:00:00+02:00");
}

/* ---- what no time opens ---- */

static void nothing_is_forecast_where_somebody_must_decide(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    set_days(&scene.ring.days, "Sat");
    assert_forecast("open on Saturday", &scene, "2026-09-19T00:00:00+02:00");
    scene.facts.approvers = 0;
    assert_forecast("approvals", &scene, "-");
    scene.facts.approvers = 2;
    scene.facts.source_offered = false;
    assert_forecast("order", &scene, "-");
    scene.facts.source_offered = true;
    scene.facts.blocked_reason = "crashes";
    assert_forecast("block", &scene, "-");
    scene.facts.blocked_reason = NULL;
    scene.facts.soak_end = "pilot went back from it";
    assert_forecast("soak that ended for good", &scene, "-");
    scene.facts.soak_end = NULL;
    scene.facts.lane = LANE_AUTOMATIC;
    scene.facts.throttle = 1;
    assert_forecast("throttle", &scene, "-");
}

static void an_approval_may_lapse_before(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    set_ranges(&scene.ring.freeze, "2026-09-16/2026-09-30");
    set_days(&scene.ring.days, "");
    scene.given[0].at_unix = scene.given[1].at_unix = when("2026-08-02T00:00:01+02:00");
    assert_forecast("a second before it lapses", &scene, "2026-10-01T00:00:00+02:00");
    scene.given[0].at_unix = scene.given[1].at_unix = when("2026-08-02T00:00:00+02:00");
    assert_forecast("just as it lapses", &scene, "-");
    scene.facts.overridden = 1u << GATE_APPROVALS;
    assert_forecast("by force", &scene, "2026-10-01T00:00:00+02:00");
}

static void support_may_run_short_before(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    set_ranges(&scene.ring.freeze, "2026-09-16/2026-09-30");
    set_days(&scene.ring.days, "");
    scene.facts.live_deadline.at_unix = when("2026-12-01T00:00:00+02:00");
    scene.facts.deadline.at_unix = when("2026-10-11T00:00:00+02:00");
    assert_forecast("long enough", &scene, "2026-10-01T00:00:00+02:00");
    scene.facts.deadline.at_unix--;
    assert_forecast("a second too short", &scene, "-");
    scene.facts.overridden = 1u << GATE_SUPPORT;
    assert_forecast("by force", &scene, "2026-10-01T00:00:00+02:00");
    scene.facts.overridden = 0;
    scene.facts.live_deadline.at_unix = scene.facts.deadline.at_unix - 1;
    assert_forecast("longer than what is live", &scene, "2026-10-01T00:00:00+02:00");
}

static void what_is_forced_does_not_stand_in_the_way(void **state)
{
    SCENE scene;
    (void)state;
    scene_open(&scene);
    set_ranges(&scene.ring.freeze, "2026-09-16/2026-09-30");
    scene.facts.overridden = 1u << GATE_FREEZE;
    assert_forecast("freeze", &scene, "2026-09-16T18:30:00+02:00");
    set_days(&scene.ring.days, "Sat");
    assert_forecast("freeze, not days", &scene, "2026-09-19T00:00:00+02:00");
    scene.facts.overridden |= 1u << GATE_DAYS;
    scene.facts.soak_since_unix = scene.facts.now_unix;
    assert_forecast("not soak", &scene, "2026-09-30T18:30:00+02:00");
    scene.facts.overridden |= 1u << GATE_SOAK;
    assert_forecast("soak", &scene, "2026-09-16T18:30:00+02:00");
}

/* ---- by brute force ---- */

enum { HOUR = 3600, HORIZON_HOURS = 40 * 24 };

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)*seed * below) >> 32);
}

#define DRAW(seed, ...)                                                                                      \
    ((const char *const[]){__VA_ARGS__})[draw(seed, COUNT_OF(((const char *const[]){__VA_ARGS__})))]

static int64_t draw_hours(uint32_t *seed, uint32_t below)
{
    return (int64_t)draw(seed, below) * HOUR;
}

static void draw_decisions(uint32_t *seed, struct scene *scene)
{
    struct gate_facts *facts = &scene->facts;
    int64_t now = facts->now_unix;
    scene->ring.approvals = draw(seed, 2);
    for (size_t i = 0; i < facts->approvers; i++)
        scene->given[i].at_unix = now - draw_hours(seed, 60 * 24);
    facts->holds = draw(seed, 3);
    for (size_t i = 0; i < facts->holds; i++)
        scene->hold[i] =
            (struct gate_hold){.by = "anna",
                               .reason = "audit",
                               .at_unix = now - HOUR,
                               .until_unix = draw(seed, 8) ? now + HOUR + draw_hours(seed, 200) : -1,
                               .automatic_only = draw(seed, 3) == 0};
    facts->pauses = draw(seed, 3);
    for (size_t i = 0; i < facts->pauses; i++) {
        int64_t from = now - draw_hours(seed, 100);
        scene->pause[i] = (struct soak_pause){from, draw(seed, 8) ? from + draw_hours(seed, 150) : -1};
    }
    if (draw(seed, 4) == 0)
        facts->hold_ended_unix = now - draw_hours(seed, 5);
}

/* Around the ends of summer time and Christmas, everything on the hour. */
static void draw_scene(uint32_t *seed, struct scene *scene)
{
    struct gate_facts *facts = &scene->facts;
    scene_open(scene);
    facts->now_unix = when(DRAW(seed, "2026-03-20T00:00:00+01:00", "2026-10-14T00:00:00+02:00",
                                "2026-12-14T00:00:00+01:00")) +
                      draw_hours(seed, 300);
    facts->lane = draw(seed, 3) ? LANE_AUTOMATIC : draw(seed, LANE_COUNT);
    set_soak(&scene->ring.soak, DRAW(seed, "", "36h", "3 days", "7 days", "4 workdays"));
    set_ranges(&scene->holidays, "2026-12-24/2026-12-26; 2027-01-01");
    set_ranges(&scene->ring.freeze,
               DRAW(seed, "", "2026-03-28/2026-03-29; 2026-10-20/2026-10-25; 2026-12-20/2027-01-06",
                    "2026-03-24; 2026-03-25; 2026-04-01; 2026-10-27; 2026-10-29; 2026-12-24"));
    set_days(&scene->ring.days,
             DRAW(seed, "", "Mon-Thu 17:00-21:00", "Sun 02:00-05:00; Wed 08:00-12:00; Wed 12:00-13:00",
                  "Fri 22:00-04:00", "Mon-Sun 23:00-24:00; Mon-Sun 00:00-01:00", "Tue-Sat"));
    scene->ring.settle_seconds = draw(seed, 2) ? draw_hours(seed, 6) : draw_hours(seed, 40);
    if (draw(seed, 6) == 0)
        scene->ring.source_ring = NULL;
    facts->soak_since_unix = draw(seed, 20) ? facts->now_unix - draw_hours(seed, 200) : -1;
    facts->staged_unix = facts->now_unix - draw_hours(seed, 300);
    facts->deadline.at_unix = draw(seed, 2) ? facts->now_unix + draw_hours(seed, 60 * 24) : -1;
    facts->live_deadline.at_unix = draw(seed, 2) ? facts->now_unix + draw_hours(seed, 60 * 24) : -1;
    draw_decisions(seed, scene);
}

/* The same facts at a later time: holds that are over no longer stand. */
static bool is_open_at(const struct scene *scene, int64_t at)
{
    struct gate_facts then = scene->facts;
    struct gate_hold hold[SCENE_SOME];
    struct verdict verdict[GATE_COUNT];
    then.now_unix = at;
    then.hold = hold;
    then.holds = 0;
    for (size_t i = 0; i < scene->facts.holds; i++) {
        int64_t until = scene->hold[i].until_unix;
        if (until < 0 || until > at)
            hold[then.holds++] = scene->hold[i];
        else if (until > then.hold_ended_unix &&
                 !(scene->hold[i].automatic_only && then.lane != LANE_AUTOMATIC))
            then.hold_ended_unix = until;
    }
    return gate_ask_all(&then, verdict);
}

static void judge_by_clock(uint32_t number, unsigned *found, unsigned *none)
{
    uint32_t seed = number * 2654435761u;
    SCENE scene;
    draw_scene(&seed, &scene);
    int64_t now = scene.facts.now_unix, foretold = forecast(&scene), at = now;
    while (at <= now + HORIZON_HOURS * HOUR && !is_open_at(&scene, at))
        at += HOUR;
    if (at > now + HORIZON_HOURS * HOUR)
        at = -1;
    ++*(at < 0 ? none : found);
    if (foretold != at && !(at < 0 && foretold > now + HORIZON_HOURS * HOUR))
        fail_msg("seed %u, %s, now %s: foretold %s, open %s", number, gate_lane_name(scene.facts.lane),
                 when_text(now), when_text(foretold), when_text(at));
}

static void the_forecast_is_what_the_clock_brings(void **state)
{
    unsigned found = 0, none = 0, seeds = (unsigned)test_effort(100, 300);
    (void)state;
    for (uint32_t number = 1; number <= seeds; number++)
        judge_by_clock(number, &found, &none);
    assert_true(found > seeds / 3 && none > seeds / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_alone_opens_the_gates_in_turn),
        cmocka_unit_test(nothing_settles_from_origin_or_where_settle_is_0),
        cmocka_unit_test(nothing_is_forecast_where_somebody_must_decide),
        cmocka_unit_test(an_approval_may_lapse_before),
        cmocka_unit_test(support_may_run_short_before),
        cmocka_unit_test(what_is_forced_does_not_stand_in_the_way),
        cmocka_unit_test(the_forecast_is_what_the_clock_brings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The service's plan: what is due when, which lane it takes, and how it goes on after good and bad ends. */
#include "when.h"

#include "ringmgr/app/serve_plan.h"
#include "ringmgr/base/zone.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* Tuesday, 2026-09-01 12:00 in UTC. */
#define NOON when("2026-09-01T12:00:00+00:00")

static const int64_t never[TASK_COUNT] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

/* The schedule that counts where nothing is configured, without jitter. */
static struct schedule_settings usual(void)
{
    char why[128];
    struct schedule_settings settings = {0};
    assert_true(schedule_parse("every 6 hours", &settings.sync, why));
    assert_true(schedule_parse("every 1 hour", &settings.quick_audit, why));
    assert_true(schedule_parse("Sun 03:00", &settings.full_audit, why));
    assert_true(schedule_parse("04:30", &settings.gc, why));
    assert_true(schedule_parse("08:00", &settings.support, why));
    assert_true(schedule_parse("every 15 minutes", &settings.sites, why));
    assert_true(schedule_parse("Sun 05:00", &settings.site_audit, why));
    return settings;
}

/* All ran a moment ago, promotion too: nothing is due at noon. */
static struct serve_plan settled(void)
{
    const struct schedule_settings settings = usual();
    struct serve_plan plan;
    int64_t last[TASK_COUNT];
    for (int i = 0; i < TASK_COUNT; i++)
        last[i] = NOON - 1;
    zone_set("UTC");
    serve_plan_init(&plan, &settings, last, 7, NOON - 1);
    assert_int_equal(serve_plan_take(&plan, SERVE_QUICK, NOON - 1), TASK_PROMOTE);
    serve_plan_ended(&plan, TASK_PROMOTE, 0, NOON);
    return plan;
}

/* Takes what is due in a lane and lets it end well, until nothing is: "a b". */
static const char *run_all(struct serve_plan *plan, enum serve_lane lane, int64_t now)
{
    static char names[200];
    enum serve_task task;
    names[0] = 0;
    while ((task = serve_plan_take(plan, lane, now)) != TASK_COUNT) {
        assert_true(strlen(names) < 100);
        snprintf(names + strlen(names), 50, "%s%s", *names ? " " : "", serve_task_name(task));
        serve_plan_ended(plan, task, 0, now);
    }
    return names;
}

static void names_lead_to_tasks_and_back(void **state)
{
    (void)state;
    for (enum serve_task task = 0; task < TASK_COUNT; task++)
        assert_int_equal(serve_task_of(serve_task_name(task)), task);
    assert_int_equal(serve_task_of("heal"), TASK_COUNT);
    assert_false(serve_task_is_scheduled(TASK_PROMOTE));
    assert_true(serve_task_is_scheduled(TASK_SUPPORT));
}

static void at_the_first_start_everything_runs_once(void **state)
{
    const struct schedule_settings settings = usual();
    struct serve_plan plan;
    (void)state;
    zone_set("UTC");
    serve_plan_init(&plan, &settings, never, 7, NOON);
    assert_int_equal(serve_plan_due(&plan), NOON);
    assert_string_equal(run_all(&plan, SERVE_QUICK, NOON), "promote quick-audit support");
    assert_string_equal(run_all(&plan, SERVE_BULK, NOON), "sync gc full-audit");
    assert_string_equal(run_all(&plan, SERVE_SITES, NOON), "sites");
    assert_string_equal(run_all(&plan, SERVE_SITE_AUDIT, NOON), "site-audit");
    assert_int_equal(serve_plan_due(&plan), NOON + 15 * MINUTE);
    assert_string_equal(run_all(&plan, SERVE_SITES, NOON + 15 * MINUTE), "sites");
    plan.task[TASK_SITES].due_unix = -1;
    assert_int_equal(serve_plan_due(&plan), NOON + HOUR); /* promotion and the quick audit */
}

static void what_was_missed_runs_once_and_what_was_not_waits(void **state)
{
    const struct schedule_settings settings = usual();
    int64_t last[TASK_COUNT] = {
        -1, NOON - 40 * DAY, NOON - HOUR, NOON - 40 * DAY, NOON - HOUR, NOON - DAY, NOON - 1, NOON - DAY, -1};
    struct serve_plan plan;
    (void)state;
    zone_set("UTC");
    serve_plan_init(&plan, &settings, last, 7, NOON);
    assert_string_equal(run_all(&plan, SERVE_QUICK, NOON), "promote quick-audit");
    assert_string_equal(run_all(&plan, SERVE_BULK, NOON), "sync");
    assert_int_equal(plan.task[TASK_GC].due_unix, when("2026-09-02T04:30:00+00:00"));
    assert_int_equal(plan.task[TASK_SUPPORT].due_unix, when("2026-09-02T08:00:00+00:00"));
    assert_int_equal(plan.task[TASK_FULL_AUDIT].due_unix, when("2026-09-06T03:00:00+00:00"));
    assert_int_equal(plan.task[TASK_SYNC].due_unix, NOON + 6 * HOUR);
}

static void one_task_a_lane_the_longest_waiting_first(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    plan.task[TASK_GC].due_unix = NOON - 10;
    plan.task[TASK_SYNC].due_unix = NOON - 5;
    plan.task[TASK_SUPPORT].due_unix = NOON;
    assert_int_equal(serve_plan_take(&plan, SERVE_BULK, NOON), TASK_GC);
    assert_int_equal(serve_plan_take(&plan, SERVE_BULK, NOON), TASK_COUNT);
    assert_int_equal(serve_plan_due(&plan), NOON); /* the other lane's; sync cannot go anyway */
    assert_int_equal(serve_plan_take(&plan, SERVE_QUICK, NOON), TASK_SUPPORT);
    assert_int_equal(serve_plan_due(&plan), NOON - 1 + 15 * MINUTE); /* sites; the other lanes are busy */
    serve_plan_ended(&plan, TASK_GC, 0, NOON + 1);
    assert_int_equal(serve_plan_due(&plan), NOON - 5);
    assert_int_equal(serve_plan_take(&plan, SERVE_BULK, NOON + 1), TASK_SYNC);
}

static void a_lane_can_be_given_to_something_else(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    assert_true(serve_plan_occupy(&plan, SERVE_QUICK));
    assert_false(serve_plan_occupy(&plan, SERVE_QUICK));
    serve_plan_hurry(&plan, TASK_PROMOTE, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_QUICK, NOON), TASK_COUNT);
    serve_plan_release(&plan, SERVE_QUICK);
    assert_int_equal(serve_plan_take(&plan, SERVE_QUICK, NOON), TASK_PROMOTE);
}

static void how_it_goes_on_after_an_end(void **state)
{
    static const struct {
        enum serve_task task;
        int status;
        int64_t in_seconds;
    } cases[] = {
        {TASK_SYNC, 0, 6 * HOUR},
        {TASK_SYNC, 1, 6 * HOUR},
        {TASK_SYNC, 4, 6 * HOUR},
        {TASK_SYNC, 7, MINUTE},
        {TASK_SYNC, 5, 30 * MINUTE},
        {TASK_SYNC, 137, 6 * HOUR},
        {TASK_QUICK_AUDIT, 4, HOUR},
        {TASK_QUICK_AUDIT, 7, MINUTE},
        {TASK_QUICK_AUDIT, 5, HOUR},
        {TASK_PROMOTE, 0, HOUR},
        {TASK_PROMOTE, 6, HOUR},
        {TASK_PROMOTE, 7, MINUTE},
        {TASK_GC, 139, 16 * HOUR + HOUR / 2}, /* 04:30 of the next day */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct serve_plan plan = settled();
        enum serve_task task = cases[i].task;
        plan.task[task].due_unix = NOON - DAY;
        assert_int_equal(serve_plan_take(&plan, serve_task_lane(task), NOON), task);
        serve_plan_ended(&plan, task, cases[i].status, NOON);
        if (plan.task[task].due_unix != NOON + cases[i].in_seconds)
            fail_msg("%s after %d: in %lld", serve_task_name(task), cases[i].status,
                     (long long)(plan.task[task].due_unix - NOON));
        assert_false(plan.busy[serve_task_lane(task)]);
    }
}

static void a_forecast_sets_the_next_promotion(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    assert_int_equal(plan.task[TASK_PROMOTE].due_unix, NOON + HOUR);
    serve_plan_forecast(&plan, NOON + 20 * MINUTE, NOON);
    assert_int_equal(plan.task[TASK_PROMOTE].due_unix, NOON + 20 * MINUTE);
    serve_plan_forecast(&plan, NOON + 5 * HOUR,
                        NOON); /* who decides through sudo tells nobody: within the hour */
    assert_int_equal(plan.task[TASK_PROMOTE].due_unix, NOON + 20 * MINUTE);
    serve_plan_forecast(&plan, NOON, NOON); /* has just been tried */
    serve_plan_forecast(&plan, NOON - DAY, NOON);
    assert_int_equal(plan.task[TASK_PROMOTE].due_unix, NOON + 20 * MINUTE);
}

static void a_window_that_opens_hurries_the_sync(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    assert_int_equal(plan.task[TASK_SYNC].due_unix, NOON - 1 + 6 * HOUR);
    serve_plan_window(&plan, NOON + 8 * HOUR, NOON); /* the schedule comes before it */
    assert_int_equal(plan.task[TASK_SYNC].due_unix, NOON - 1 + 6 * HOUR);
    serve_plan_window(&plan, NOON + HOUR, NOON);
    assert_int_equal(plan.task[TASK_SYNC].due_unix, NOON + HOUR);
    serve_plan_window(&plan, NOON, NOON); /* is open by now */
    assert_int_equal(plan.task[TASK_SYNC].due_unix, NOON + HOUR);
}

static void a_window_said_by_the_sync_itself_is_kept(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    serve_plan_hurry(&plan, TASK_SYNC, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_BULK, NOON), TASK_SYNC);
    serve_plan_window(&plan, NOON + 90, NOON);
    serve_plan_ended(&plan, TASK_SYNC, 0, NOON + 2);
    assert_int_equal(plan.task[TASK_SYNC].due_unix, NOON + 90);
}

static void a_window_is_nothing_to_a_sync_that_is_off_and_has_the_jitter_else(void **state)
{
    struct schedule_settings settings = usual();
    struct serve_plan plan;
    int64_t last[TASK_COUNT] = {NOON - 1, NOON - 1, NOON - 1, NOON - 1, NOON - 1, NOON - 1};
    (void)state;
    settings.jitter_seconds = 30 * MINUTE;
    serve_plan_init(&plan, &settings, last, 7, NOON);
    serve_plan_window(&plan, NOON + HOUR, NOON);
    assert_in_range(plan.task[TASK_SYNC].due_unix, NOON + HOUR, NOON + HOUR + 30 * MINUTE);
    settings.sync = (struct schedule){.kind = SCHEDULE_OFF};
    serve_plan_init(&plan, &settings, last, 7, NOON);
    serve_plan_window(&plan, NOON + HOUR, NOON);
    assert_int_equal(plan.task[TASK_SYNC].due_unix, -1);
}

static void a_forecast_of_the_promotion_itself_is_kept(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    serve_plan_hurry(&plan, TASK_PROMOTE, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_QUICK, NOON), TASK_PROMOTE);
    serve_plan_forecast(&plan, NOON + 90, NOON);
    serve_plan_ended(&plan, TASK_PROMOTE, 0, NOON + 2);
    assert_int_equal(plan.task[TASK_PROMOTE].due_unix, NOON + 90);
}

static void what_is_off_stays_off(void **state)
{
    struct schedule_settings settings = usual();
    struct serve_plan plan;
    (void)state;
    settings.sync = settings.gc = (struct schedule){.kind = SCHEDULE_OFF};
    zone_set("UTC");
    serve_plan_init(&plan, &settings, never, 7, NOON);
    assert_string_equal(run_all(&plan, SERVE_BULK, NOON), "full-audit");
    serve_plan_hurry(&plan, TASK_SYNC, NOON);
    assert_int_equal(plan.task[TASK_SYNC].due_unix, -1);
    serve_plan_clock_set(&plan, NOON + DAY);
    assert_int_equal(plan.task[TASK_GC].due_unix, -1);
}

static void another_schedule_moves_what_it_changes_only(void **state)
{
    struct serve_plan plan = settled();
    struct schedule_settings settings = usual();
    char why[128];
    (void)state;
    plan.task[TASK_SYNC].due_unix = NOON + 77; /* with its jitter, say */
    assert_true(schedule_parse("every 10 minutes", &settings.quick_audit, why));
    assert_true(schedule_parse("off", &settings.gc, why));
    serve_plan_reload(&plan, &settings, NOON);
    assert_int_equal(plan.task[TASK_SYNC].due_unix, NOON + 77);
    assert_int_equal(plan.task[TASK_QUICK_AUDIT].due_unix, NOON - 1 + 10 * MINUTE);
    assert_int_equal(plan.task[TASK_GC].due_unix, -1);
    assert_int_equal(plan.task[TASK_PROMOTE].due_unix, NOON); /* what was shut may be open now */
}

static void a_job_that_was_switched_off_while_it_ran_does_not_return(void **state)
{
    struct serve_plan plan = settled();
    struct schedule_settings settings = usual();
    (void)state;
    plan.task[TASK_SYNC].due_unix = NOON;
    assert_int_equal(serve_plan_take(&plan, SERVE_BULK, NOON), TASK_SYNC);
    settings.sync = (struct schedule){.kind = SCHEDULE_OFF};
    serve_plan_reload(&plan, &settings, NOON + 1);
    serve_plan_ended(&plan, TASK_SYNC, 7, NOON + 2);
    assert_int_equal(plan.task[TASK_SYNC].due_unix, -1);
}

static void a_clock_that_was_set_back_starves_nothing(void **state)
{
    struct serve_plan plan = settled();
    int64_t back = NOON - 3650 * (int64_t)DAY;
    (void)state;
    serve_plan_clock_set(&plan, back);
    for (enum serve_task task = 0; task < TASK_NOTIFY; task++) {
        assert_true(plan.task[task].due_unix >= back);
        assert_true(plan.task[task].due_unix <= back + 7 * DAY);
    }
    assert_int_equal(plan.task[TASK_SYNC].due_unix, back + 6 * HOUR);
    serve_plan_clock_set(&plan,
                         back + 5 * HOUR); /* a second step does not put off what the first has settled */
    assert_int_equal(plan.task[TASK_SYNC].due_unix, back + 6 * HOUR);
    serve_plan_clock_set(&plan, back + 7 * HOUR);
    assert_int_equal(serve_plan_take(&plan, SERVE_BULK, back + 7 * HOUR), TASK_SYNC);
}

static void a_clock_that_jumps_ahead_runs_each_task_once(void **state)
{
    struct serve_plan plan = settled();
    int64_t ahead = NOON + 3650 * (int64_t)DAY;
    (void)state;
    serve_plan_clock_set(&plan, ahead);
    assert_string_equal(run_all(&plan, SERVE_BULK, ahead), "sync gc full-audit");
    assert_string_equal(run_all(&plan, SERVE_BULK, ahead + 1), "");
}

/* A transfer over a slow line takes hours, and nothing else may wait for it. */
static void sites_have_a_lane_of_their_own(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    assert_true(serve_task_is_scheduled(TASK_SITES) && serve_task_is_scheduled(TASK_SITE_AUDIT));
    serve_plan_hurry(&plan, TASK_SITES, NOON);
    serve_plan_hurry(&plan, TASK_SITE_AUDIT, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_SITES, NOON), TASK_SITES);
    assert_int_equal(serve_plan_take(&plan, SERVE_SITES, NOON), TASK_COUNT);
    serve_plan_hurry(&plan, TASK_SYNC, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_BULK, NOON), TASK_SYNC);
    serve_plan_ended(&plan, TASK_SITES, ERR_UPSTREAM, NOON + 1); /* a site was not there: as scheduled */
    assert_int_equal(plan.task[TASK_SITES].due_unix, NOON + 15 * MINUTE);
    assert_int_equal(serve_plan_take(&plan, SERVE_SITE_AUDIT, NOON + 1), TASK_SITE_AUDIT);
}

static void what_a_site_waits_for_makes_it_due(void **state)
{
    struct serve_plan plan = settled();
    struct schedule_settings settings = usual();
    (void)state;
    serve_plan_sites(&plan, NOON + MINUTE, NOON);
    assert_int_equal(plan.task[TASK_SITES].due_unix, NOON + MINUTE);
    serve_plan_sites(&plan, NOON + HOUR, NOON); /* later than it is due anyway */
    serve_plan_sites(&plan, NOON, NOON);        /* could go on by now, and whoever says so has tried */
    assert_int_equal(plan.task[TASK_SITES].due_unix, NOON + MINUTE);
    settings.sites = (struct schedule){.kind = SCHEDULE_OFF};
    serve_plan_reload(&plan, &settings, NOON);
    serve_plan_sites(&plan, NOON + MINUTE, NOON);
    serve_plan_hurry(&plan, TASK_SITES, NOON);
    assert_int_equal(plan.task[TASK_SITES].due_unix, -1);
}

/* Many servers that were set up alike must not ask upstream at the same second. */
static void jitter_differs_and_is_bounded(void **state)
{
    struct schedule_settings settings = usual();
    int64_t last[TASK_COUNT] = {-1, NOON, NOON, NOON, NOON, NOON}, least = INT64_MAX, most = 0;
    (void)state;
    zone_set("UTC");
    settings.jitter_seconds = 30 * MINUTE;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        struct serve_plan plan;
        serve_plan_init(&plan, &settings, last, seed * 2654435761U, NOON);
        int64_t late = plan.task[TASK_SYNC].due_unix - (NOON + 6 * HOUR);
        least = late < least ? late : least;
        most = late > most ? late : most;
        assert_int_equal(plan.task[TASK_GC].due_unix, when("2026-09-02T04:30:00+00:00"));
    }
    assert_true(least >= 0 && least < 5 * MINUTE);
    assert_true(most <= 30 * MINUTE && most > 25 * MINUTE);
    settings.sync.every_seconds = 2 * MINUTE; /* then it is less than the distance all the same */
    for (uint32_t seed = 1; seed <= 200; seed++) {
        struct serve_plan plan;
        serve_plan_init(&plan, &settings, last, seed * 2654435761U, NOON);
        assert_in_range(plan.task[TASK_SYNC].due_unix - NOON, 2 * MINUTE, 3 * MINUTE);
    }
}

static void notices_go_out_when_somebody_hurries_and_in_a_lane_of_their_own(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    assert_int_equal(plan.task[TASK_NOTIFY].due_unix, -1);
    assert_int_equal(serve_plan_take(&plan, SERVE_TELL, NOON), TASK_COUNT);
    serve_plan_hurry(&plan, TASK_NOTIFY, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_TELL, NOON), TASK_NOTIFY);
    assert_false(plan.busy[SERVE_QUICK] || plan.busy[SERVE_BULK]);
    serve_plan_hurry(&plan, TASK_NOTIFY, NOON + 1); /* while it runs */
    assert_int_equal(serve_plan_take(&plan, SERVE_TELL, NOON + 1), TASK_COUNT);
    serve_plan_ended(&plan, TASK_NOTIFY, 0, NOON + 2);
    assert_int_equal(serve_plan_take(&plan, SERVE_TELL, NOON + 2), TASK_NOTIFY);
    serve_plan_ended(&plan, TASK_NOTIFY, 0, NOON + 3);
    assert_int_equal(plan.task[TASK_NOTIFY].due_unix, -1);
}

static void who_was_not_reached_is_tried_again_also_after_a_step_of_the_clock(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    serve_plan_retry(&plan, NOON + 10 * MINUTE);
    assert_int_equal(serve_plan_take(&plan, SERVE_TELL, NOON + 10 * MINUTE - 1), TASK_COUNT);
    serve_plan_clock_set(&plan, NOON - DAY);
    assert_int_equal(serve_plan_take(&plan, SERVE_TELL, NOON - DAY), TASK_NOTIFY);
    serve_plan_ended(&plan, TASK_NOTIFY, ERR_LOCKED, NOON - DAY);
    assert_int_equal(plan.task[TASK_NOTIFY].due_unix, NOON - DAY + MINUTE);
}

static void metrics_are_written_when_somebody_hurries_whatever_hangs(void **state)
{
    struct serve_plan plan = settled();
    (void)state;
    assert_false(serve_task_is_scheduled(TASK_METRICS));
    assert_int_equal(plan.task[TASK_METRICS].due_unix, -1);
    serve_plan_hurry(&plan, TASK_NOTIFY, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_TELL, NOON), TASK_NOTIFY);
    serve_plan_hurry(&plan, TASK_METRICS, NOON);
    assert_int_equal(serve_plan_take(&plan, SERVE_METRICS, NOON), TASK_METRICS);
    assert_false(plan.busy[SERVE_QUICK] || plan.busy[SERVE_BULK]);
    serve_plan_ended(&plan, TASK_METRICS, ERR_FAILED, NOON);
    assert_int_equal(plan.task[TASK_METRICS].due_unix, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_to_tasks_and_back),
        cmocka_unit_test(at_the_first_start_everything_runs_once),
        cmocka_unit_test(what_was_missed_runs_once_and_what_was_not_waits),
        cmocka_unit_test(one_task_a_lane_the_longest_waiting_first),
        cmocka_unit_test(a_lane_can_be_given_to_something_else),
        cmocka_unit_test(how_it_goes_on_after_an_end),
        cmocka_unit_test(a_forecast_sets_the_next_promotion),
        cmocka_unit_test(a_window_that_opens_hurries_the_sync),
        cmocka_unit_test(a_window_said_by_the_sync_itself_is_kept),
        cmocka_unit_test(a_window_is_nothing_to_a_sync_that_is_off_and_has_the_jitter_else),
        cmocka_unit_test(a_forecast_of_the_promotion_itself_is_kept),
        cmocka_unit_test(what_is_off_stays_off),
        cmocka_unit_test(another_schedule_moves_what_it_changes_only),
        cmocka_unit_test(a_job_that_was_switched_off_while_it_ran_does_not_return),
        cmocka_unit_test(a_clock_that_was_set_back_starves_nothing),
        cmocka_unit_test(a_clock_that_jumps_ahead_runs_each_task_once),
        cmocka_unit_test(sites_have_a_lane_of_their_own),
        cmocka_unit_test(what_a_site_waits_for_makes_it_due),
        cmocka_unit_test(jitter_differs_and_is_bounded),
        cmocka_unit_test(notices_go_out_when_somebody_hurries_and_in_a_lane_of_their_own),
        cmocka_unit_test(metrics_are_written_when_somebody_hurries_whatever_hangs),
        cmocka_unit_test(who_was_not_reached_is_tried_again_also_after_a_step_of_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

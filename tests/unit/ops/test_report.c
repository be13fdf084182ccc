/* The report of the month in which the test runs, and the agenda of the days after it. */
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/agenda.h"
#include "ringmgr/ops/report.h"
#include "world.h"

enum { DAY = 86400 };

/* An entry about OLD in production, as it was made then. */
static void past(struct world *world, int64_t days_ago, const char *action, const struct identity *who)
{
    struct err err = {0};
    char *identity AUTO_FREE = mem_printf("sudo:%u:%s", who->uid, who->account);
    struct entry entry = {.time_unix = clock_now_unix() - days_ago * DAY,
                          .actor = who->person,
                          .identity = identity,
                          .action = action,
                          .ring = "production",
                          .channel = world->production->channel->id,
                          .build = "16.0.20131.20150"};
    assert_ok(state_begin(world->state, &err));
    assert_ok(journal_append(world->state, &entry, &err));
    assert_ok(state_commit(world->state, &err));
}

static void both_rings_take(struct world *world)
{
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, &OLD, &world->news, &err), PROMOTE_DONE);
}

static int64_t this_month(void)
{
    char date[ZONE_DATE_SIZE], first[ZONE_DATE_SIZE];
    int64_t day;
    zone_format_date(zone_day(clock_now_unix()), date);
    snprintf(first, sizeof first, "%.8s01", date);
    assert_true(zone_parse_date(first, &day));
    return day;
}

static void gather(struct world *world, struct report *report)
{
    struct err err = {0};
    assert_ok(report_gather(&world->job, this_month(), clock_now_unix() + 1, report, &err));
}

static void tells_what_is_live_and_whose_word_it_was(void **state)
{
    struct world *world = *state;
    struct report report;
    both_rings_take(world);
    gather(world, &report);
    assert_int_equal(report.rings, 2);
    assert_int_equal(report.ring[1].lives, 1);
    const struct report_live *live = &report.ring[1].live[0];
    assert_string_equal(live->entry->action, "promote");
    assert_string_equal(live->entry->actor, "news");
    assert_int_equal(live->approvals, 1);
    assert_string_equal(live->approval[0]->actor, "games");
    assert_in_range(live->soak_seconds, 0, 60);
    assert_string_equal(report.broken, "");
    assert_non_null(report.head);
    assert_true(report_covers(&report, report.head));
    report_clear(&report);
}

static void counts_approvals_that_were_in_force(void **state)
{
    struct world *world = *state;
    struct report report;
    const struct identity anna = {1001, "anna", "anna", "sudo"}, bob = {1002, "bob", "bob", "sudo"},
                          carl = {1003, "carl", "carl", "sudo"};
    past(world, 60, "approve", &anna); /* lapsed */
    past(world, 50, "approve", &bob);
    past(world, 40, "approve", &bob); /* of another list of files: once is enough */
    past(world, 30, "approve", &carl);
    past(world, 20, "revoke", &carl);
    both_rings_take(world);
    past(world, 0, "approve", &anna); /* too late */
    gather(world, &report);
    const struct report_live *live = &report.ring[1].live[0];
    assert_int_equal(live->approvals, 2);
    assert_string_equal(live->approval[0]->actor, "bob");
    assert_string_equal(live->approval[1]->actor, "games");
    report_clear(&report);
}

static void an_empty_ring_was_live_on_no_day(void **state)
{
    struct world *world = *state;
    struct report report;
    gather(world, &report);
    assert_int_equal(report.ring[0].lives, 0);
    assert_int_equal(report.ring[0].days_live, 0);
    assert_null(report.head);
    assert_int_equal(report.checked, 0);
    report_clear(&report);
}

static void the_agenda_knows_what_soaks_and_what_can_go(void **state)
{
    struct world *world = *state;
    struct agenda agenda;
    struct err err = {0};
    int64_t now = clock_now_unix();
    size_t soaks = 0, chances = 0;
    world->production->soak = (struct soak_need){.seconds = 3 * DAY};
    assert_int_equal(world_promote(world, world->pilot, &OLD, NULL, &err), PROMOTE_DONE);
    world_approve(world, &OLD, &world->games);
    assert_ok(agenda_gather(&world->job, now, &agenda, &err));
    for (size_t i = 0; i < agenda.len; i++) {
        const struct agenda_event *event = &agenda.item[i];
        soaks += strcmp(event->what, "soak-ends") == 0;
        chances += strcmp(event->what, "first-chance") == 0;
        if (event->ring) {
            assert_string_equal(event->ring, "production");
            assert_in_range(event->at_unix, now + 3 * DAY, now + 60 * DAY + 60);
        }
        assert_true(i == 0 || agenda.item[i - 1].at_unix <= event->at_unix);
    }
    assert_int_equal(soaks, 1);
    assert_int_equal(chances, 1);
    agenda_clear(&agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(tells_what_is_live_and_whose_word_it_was),
        OPS_CASE(counts_approvals_that_were_in_force),
        OPS_CASE(an_empty_ring_was_live_on_no_day),

        OPS_CASE(the_agenda_knows_what_soaks_and_what_can_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What every command that writes does first: steps of the clock, renamed rings, changes of the configuration.
 */
#include "ops/world.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/ops/begin.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/marks.h"

#include <sys/wait.h>

static void begin(struct world *world)
{
    struct err err = {0};
    assert_ok(begin_run(&world->job, &err));
}

/* What there is of a ring ("" stands for none): entries of an action, the reason of the last, holds. */
struct found {
    size_t entries, holds, attentions;
    char reason[2048], actor[64], hold_reason[2048], approvers[256];
};

static void find_entries(struct world *world, const char *action, const char *ring, struct found *found)
{
    struct entries entries AUTO(entries_clear) = {0};
    const struct entry_filter all = {.since_unix = -1};
    struct err err = {0};
    assert_ok(journal_read(world->state, &all, &entries, &err));
    for (size_t i = 0; i < entries.len; i++) {
        const struct entry *entry = &entries.item[i];
        if (strcmp(entry->action, action) != 0 || strcmp(entry->ring ? entry->ring : "", ring) != 0)
            continue;
        found->entries++;
        snprintf(found->reason, sizeof found->reason, "%s", entry->reason);
        snprintf(found->actor, sizeof found->actor, "%s %s", entry->actor, entry->identity);
    }
}

static void find_holds(struct world *world, const char *ring, struct found *found)
{
    struct holds holds AUTO(holds_clear) = {0};
    struct err err = {0};
    assert_ok(holds_standing(world->state, ring, 4102444800, &holds, &err));
    for (size_t i = 0; i < holds.len; i++) {
        assert_int_equal(holds.item[i].kind, HOLD_SETTINGS);
        assert_false(holds.item[i].stop_soak);
        assert_string_equal(holds.item[i].by, "ringmgr");
        assert_int_equal(holds.item[i].until_unix, -1);
        snprintf(found->hold_reason, sizeof found->hold_reason, "%s", holds.item[i].reason);
        snprintf(found->approvers, sizeof found->approvers, "%s",
                 holds.item[i].approvers ? holds.item[i].approvers : "NULL");
    }
    found->holds = holds.len;
}

static void find_attentions(struct world *world, const char *ring, struct found *found)
{
    struct attentions attentions AUTO(attentions_clear) = {0};
    struct err err = {0};
    assert_ok(catalog_attentions(world->state, &attentions, &err));
    for (size_t i = 0; i < attentions.len; i++)
        if (strcmp(attentions.item[i].code, "settings-loosened") == 0 &&
            strcmp(attentions.item[i].ring, ring) == 0) {
            char *command = mem_printf("ringmgr unhold %s --reason TEXT", ring);
            assert_string_equal(attentions.item[i].command, command);
            assert_string_equal(attentions.item[i].severity, "warning");
            found->attentions++;
            free(command);
        }
}

static struct found find(struct world *world, const char *action, const char *ring)
{
    struct found found = {0};
    find_entries(world, action, ring, &found);
    find_holds(world, ring, &found);
    find_attentions(world, ring, &found);
    return found;
}

static void assert_held(struct world *world, const char *ring, size_t holds)
{
    struct found found = find(world, "settings", ring);
    assert_int_equal(found.holds, holds);
    assert_int_equal(found.attentions, holds > 0);
}

static size_t entries_in_all(struct world *world)
{
    struct entries entries AUTO(entries_clear) = {0};
    const struct entry_filter all = {.since_unix = -1};
    struct err err = {0};
    assert_ok(journal_read(world->state, &all, &entries, &err));
    return entries.len;
}

/* ---- settings ---- */

/* A ring that has offered a build: others depend on it. */
static void offer(struct world *world, const struct ring *ring)
{
    struct err err = {0};
    struct catalog_files none = {0};
    char *content = content_format(&ring->content);
    struct offer live = {.ring = ring->name,
                         .channel = ring->channel,
                         .build = OLD,
                         .content = content,
                         .live_since = 1785000000,
                         .live_until = -1,
                         .by = "games"};
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_offer_start(world->state, &live, &none, "promote", &err));
    assert_ok(state_commit(world->state, &err));
    free(content);
}

static int live_setup(void **state)
{
    int failed = world_setup(state);
    struct world *world = *state;
    offer(world, world->pilot);
    offer(world, world->production);
    return failed;
}

#define LIVE_CASE(test) cmocka_unit_test_setup_teardown(test, live_setup, world_teardown)

static void the_first_time_settings_are_recorded_and_hold_nothing(void **state)
{
    struct world *world = *state;
    begin(world);
    struct found found = find(world, "settings", "");
    assert_int_equal(found.entries, 1);
    assert_string_equal(found.reason, "first recorded");
    assert_string_equal(found.actor, "ringmgr service");
    assert_held(world, "pilot", 0);
    assert_held(world, "production", 0);
    begin(world);
    assert_int_equal(entries_in_all(world), 1);
}

static void a_loosened_ring_is_held_for_those_who_could_approve_before(void **state)
{
    struct world *world = *state;
    begin(world);
    world->job.identity = &world->games;
    world->production->approvals = 0;
    strv_add(&world->production->approvers, "user:proxy");
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_int_equal(found.entries, 1);
    assert_string_equal(found.reason, "approvals: 1 -> 0; approvers: user:games, user:news -> user:games, "
                                      "user:news, user:proxy; noticed by games");
    assert_string_equal(found.actor, "ringmgr service");
    assert_int_equal(found.holds, 1);
    assert_int_equal(found.attentions, 1);
    assert_string_equal(found.approvers, "user:games, user:news");
    assert_string_equal(found.hold_reason, "approvals: 1 -> 0; approvers: user:games, user:news -> "
                                           "user:games, user:news, user:proxy");
    assert_held(world, "pilot", 0);
    begin(world);
    assert_held(world, "production", 1);
    assert_int_equal(entries_in_all(world), 2);
}

static void a_ring_that_has_never_offered_anything_is_not_held(void **state)
{
    struct world *world = *state;
    begin(world);
    offer(world, world->pilot);
    world->production->approvals = 0;
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_string_equal(found.reason, "approvals: 1 -> 0");
    assert_held(world, "production", 0);
}

static void a_tightened_ring_is_not_held(void **state)
{
    struct world *world = *state;
    begin(world);
    world->production->approvals = 2;
    world->production->keep = 7;
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_int_equal(found.entries, 1);
    assert_string_equal(found.reason, "approvals: 1 -> 2; keep: 0 -> 7");
    assert_held(world, "production", 0);
}

static void only_what_loosens_is_the_holds_reason(void **state)
{
    struct world *world = *state;
    begin(world);
    world->production->four_eyes = false;
    world->production->keep = 7;
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_string_equal(found.reason, "four_eyes: yes -> no; keep: 0 -> 7");
    assert_string_equal(found.hold_reason, "four_eyes: yes -> no");
}

static void what_belongs_to_no_ring_holds_every_ring(void **state)
{
    struct world *world = *state;
    world->settings.origin.publisher = mem_strdup("Microsoft Corporation");
    begin(world);
    free(world->settings.origin.publisher);
    world->settings.origin.publisher = mem_strdup("Somebody");
    begin(world);
    struct found found = find(world, "settings", "");
    assert_int_equal(found.entries, 2);
    assert_string_equal(found.reason, "[origin] publisher: Microsoft Corporation -> Somebody");
    assert_held(world, "pilot", 1);
    assert_held(world, "production", 1);
    found = find(world, "settings", "production");
    assert_int_equal(found.entries, 0);
    assert_string_equal(found.approvers, "user:games, user:news");
}

/* Whoever was let in by a change that nobody has accepted does not accept the next one. */
static void a_second_change_is_for_the_approvers_from_before_the_first(void **state)
{
    struct world *world = *state;
    begin(world);
    strv_clear(&world->production->approvers);
    strv_add(&world->production->approvers, "user:proxy");
    begin(world);
    world->production->approvals = 0;
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_int_equal(found.holds, 2);
    assert_int_equal(found.attentions, 1);
    assert_string_equal(found.hold_reason, "approvals: 1 -> 0");
    assert_string_equal(found.approvers, "user:games, user:news");
}

static void a_seen_attention_does_not_hide_the_next(void **state)
{
    struct world *world = *state;
    struct attentions attentions AUTO(attentions_clear) = {0};
    struct attention seen = {0};
    struct err err = {0};
    bool found;
    begin(world);
    world->production->four_eyes = false;
    begin(world);
    assert_ok(catalog_attentions(world->state, &attentions, &err));
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_attention_ack(world->state, attentions.item[0].id, "games", 1, &seen, &found, &err));
    assert_ok(state_commit(world->state, &err));
    attention_clear(&seen);
    assert_int_equal(find(world, "settings", "production").attentions, 0);
    world->production->approvals = 0;
    begin(world);
    assert_int_equal(find(world, "settings", "production").attentions, 1);
}

/* ---- roots ---- */

static void write_file(struct world *world, const char *name, const char *content)
{
    struct err err = {0};
    const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    AUTO_FD dir = fs_open_dir(world->path, &err);
    assert_true(dir >= 0);
    assert_ok(fs_replace_file(dir, name, content, strlen(content), &how, &err));
}

static void write_roots(struct world *world, const char *content)
{
    write_file(world, "roots.pem", content);
    free(world->settings.origin.roots);
    world->settings.origin.roots = mem_printf("%s/roots.pem", world->path);
}

static void other_roots_in_the_same_file_hold_every_ring(void **state)
{
    struct world *world = *state;
    write_roots(world, "Microsoft");
    begin(world);
    write_roots(world, "somebody");
    begin(world);
    assert_held(world, "pilot", 1);
    assert_held(world, "production", 1);
}

static void roots_that_are_gone_for_a_while_are_compared_later(void **state)
{
    struct world *world = *state;
    write_roots(world, "Microsoft");
    begin(world);
    assert_int_equal(unlink(world->settings.origin.roots), 0);
    begin(world);
    assert_int_equal(entries_in_all(world), 1);
    write_roots(world, "Microsoft");
    begin(world);
    assert_int_equal(entries_in_all(world), 1);
    write_roots(world, "somebody");
    begin(world);
    assert_held(world, "pilot", 1);
}

static void another_key_in_the_same_file_holds_the_ring_that_follows(void **state)
{
    struct world *world = *state;
    struct ring *pilot = &world->settings.ring[0];
    char *key AUTO_FREE = mem_printf("%s/hq.pem", world->path);
    free(pilot->origin);
    pilot->origin = mem_strdup("https://hq/pilot");
    strv_add(&pilot->manifest_keys, key);
    write_file(world, "hq.pem", "headquarters");
    begin(world);
    write_file(world, "hq.pem", "somebody");
    begin(world);
    assert_held(world, "pilot", 1);
    assert_held(world, "production", 0);
}

/* ---- rings that come and go ---- */

static void a_ring_that_leaves_and_returns_is_compared(void **state)
{
    struct world *world = *state;
    begin(world);
    world->settings.rings = 1;
    begin(world);
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_int_equal(found.entries, 1);
    assert_string_equal(found.reason, "configured: yes -> no");
    assert_int_equal(found.holds, 0);
    world->settings.rings = 2;
    world->production->approvals = 0;
    begin(world);
    found = find(world, "settings", "production");
    assert_string_equal(found.reason, "approvals: 1 -> 0; configured: no -> yes");
    assert_int_equal(found.holds, 1);
}

static void what_loosens_every_ring_holds_one_that_is_away(void **state)
{
    struct world *world = *state;
    write_roots(world, "Microsoft");
    begin(world);
    world->settings.rings = 1;
    write_roots(world, "somebody");
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_int_equal(found.holds, 1);
    assert_int_equal(found.attentions, 0); /* there is nothing to unhold yet */
    world->settings.rings = 2;
    begin(world);
    assert_int_equal(find(world, "settings", "production").holds, 1);
}

static void a_new_ring_is_recorded_and_not_held(void **state)
{
    struct world *world = *state;
    world->settings.rings = 1;
    begin(world);
    world->settings.rings = 2;
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_int_equal(found.entries, 1);
    assert_non_null(strstr(found.reason, "approvals: 1; approvers: user:games, user:news; channel: "));
    assert_int_equal(found.holds, 0);
}

static void a_reason_is_bounded(void **state)
{
    struct world *world = *state;
    begin(world);
    for (int i = 0; i < 400; i++)
        strv_addf(&world->production->approvers, "user:somebody%d", i);
    world->production->keep = 7;
    world->job.identity = &world->games;
    begin(world);
    struct found found = find(world, "settings", "production");
    assert_in_range(strlen(found.reason), LIMIT_REASON_BYTES - 10, LIMIT_REASON_BYTES);
    assert_non_null(strstr(found.reason, "... and 1 more; noticed by games"));
    assert_int_equal(strlen(found.hold_reason), LIMIT_REASON_BYTES);
}

/* Two commands that start at once: each compares before either has recorded. */
static void one_of_many_commands_records(void **state)
{
    struct world *world = *state;
    begin(world);
    world->production->approvals = 0;
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            struct err err = {0};
            struct state *own;
            struct job job = world->job;
            bool ok = state_open(world->settings.state, STATE_WRITE, &own, &err);
            job.state = own;
            _exit(ok && begin_run(&job, &err) ? 0 : 1);
        }
    for (int status, i = 0; i < 8; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_held(world, "production", 1);
    assert_int_equal(find(world, "settings", "production").entries, 1);
}

/* ---- rings that were renamed ---- */

static void rename_production(struct world *world, const char *was)
{
    free(world->production->name);
    free(world->production->was);
    world->production->name = mem_strdup("office");
    world->production->was = mem_strdup(was);
}

static void a_renamed_ring_keeps_what_it_had(void **state)
{
    struct world *world = *state;
    struct entries entries AUTO(entries_clear) = {0};
    struct err err = {0};
    begin(world);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->pilot, &OLD, &world->news, &err), PROMOTE_DONE);
    assert_int_equal(world_promote(world, world->production, &OLD, &world->news, &err), PROMOTE_DONE);
    rename_production(world, "production");
    world->job.identity = &world->news;
    begin(world);
    assert_live(world, world->production, &OLD);
    struct found found = find(world, "rename", "office");
    assert_int_equal(found.entries, 1);
    assert_string_equal(found.reason, "was production");
    assert_held(world, "office", 0);
    size_t all = entries_in_all(world);
    begin(world);
    assert_int_equal(entries_in_all(world), all);
    const struct entry_filter filter = {.ring = "office", .since_unix = -1};
    assert_ok(journal_read(world->state, &filter, &entries, &err));
    assert_string_equal(entries.item[0].action, "approve");
    assert_string_equal(entries.item[0].ring, "production");
}

static void a_renamed_ring_that_is_loosened_is_held(void **state)
{
    struct world *world = *state;
    begin(world);
    rename_production(world, "production");
    world->production->approvals = 0;
    begin(world);
    struct found found = find(world, "settings", "office");
    assert_string_equal(found.hold_reason, "approvals: 1 -> 0");
    assert_string_equal(found.approvers, "user:games, user:news");
    assert_int_equal(find(world, "settings", "production").holds, 0);
}

static void a_ring_is_renamed_also_where_nothing_was_recorded(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, &OLD, &world->news, &err), PROMOTE_DONE);
    free(world->pilot->name);
    world->pilot->name = mem_strdup("first");
    world->pilot->was = mem_strdup("pilot");
    begin(world);
    assert_live(world, world->pilot, &OLD);
    assert_int_equal(find(world, "rename", "first").entries, 1);
}

static void rings_below_a_renamed_ring_are_not_loosened(void **state)
{
    struct world *world = *state;
    begin(world);
    free(world->pilot->name);
    free(world->production->source);
    world->pilot->name = mem_strdup("first");
    world->pilot->was = mem_strdup("pilot");
    world->production->source = mem_strdup("first");
    begin(world);
    assert_int_equal(find(world, "rename", "first").entries, 1);
    assert_int_equal(find(world, "settings", "production").entries, 0);
    assert_held(world, "production", 0);
}

static void the_name_of_a_ring_that_is_there_is_no_old_name(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    begin(world);
    rename_production(world, "pilot");
    assert_fails(begin_run(&world->job, &err), ERR_USAGE);
    assert_non_null(strstr(err.msg, "was = pilot"));
    assert_int_equal(entries_in_all(world), 1);
}

/* ---- the clock ---- */

static void at(const char *now, const char *steady)
{
    setenv("RINGMGR_TEST_NOW", now, 1);
    setenv("RINGMGR_TEST_STEADY", steady, 1);
}

static void a_step_of_the_clock_is_history(void **state)
{
    struct world *world = *state;
    world->job.identity = &world->games;
    at("1790000000", "boot:1000");
    begin(world);
    assert_int_equal(find(world, "clock-step", "").entries, 0);
    at("1790007300", "boot:1100");
    begin(world);
    struct found found = find(world, "clock-step", "");
    assert_int_equal(found.entries, 1);
    assert_string_equal(found.reason, "7200 seconds forward; noticed by games");
    assert_string_equal(found.actor, "ringmgr service");
    begin(world);
    assert_int_equal(find(world, "clock-step", "").entries, 1);
    at("1790000200", "boot:1200");
    begin(world);
    assert_string_equal(find(world, "clock-step", "").reason, "7200 seconds back; noticed by games");
    at("1790999999", "other:5"); /* another start of the machine says nothing about the clock */
    begin(world);
    assert_int_equal(find(world, "clock-step", "").entries, 2);
    unsetenv("RINGMGR_TEST_NOW");
    unsetenv("RINGMGR_TEST_STEADY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(the_first_time_settings_are_recorded_and_hold_nothing),
        LIVE_CASE(a_loosened_ring_is_held_for_those_who_could_approve_before),
        OPS_CASE(a_ring_that_has_never_offered_anything_is_not_held),
        OPS_CASE(a_tightened_ring_is_not_held),
        LIVE_CASE(only_what_loosens_is_the_holds_reason),
        LIVE_CASE(what_belongs_to_no_ring_holds_every_ring),
        LIVE_CASE(a_second_change_is_for_the_approvers_from_before_the_first),
        LIVE_CASE(a_seen_attention_does_not_hide_the_next),
        LIVE_CASE(other_roots_in_the_same_file_hold_every_ring),
        LIVE_CASE(roots_that_are_gone_for_a_while_are_compared_later),
        LIVE_CASE(another_key_in_the_same_file_holds_the_ring_that_follows),
        LIVE_CASE(a_ring_that_leaves_and_returns_is_compared),
        LIVE_CASE(what_loosens_every_ring_holds_one_that_is_away),
        OPS_CASE(a_new_ring_is_recorded_and_not_held),
        LIVE_CASE(a_reason_is_bounded),
        LIVE_CASE(one_of_many_commands_records),
        OPS_CASE(a_renamed_ring_keeps_what_it_had),
        LIVE_CASE(a_renamed_ring_that_is_loosened_is_held),
        OPS_CASE(a_ring_is_renamed_also_where_nothing_was_recorded),
        OPS_CASE(rings_below_a_renamed_ring_are_not_loosened),
        OPS_CASE(the_name_of_a_ring_that_is_there_is_no_old_name),
        OPS_CASE(a_step_of_the_clock_is_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

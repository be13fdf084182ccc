/* What status shows of sites: how the books become states, and when something can go on. Pauses. */
#include "site_world.h"

#include "ringmgr/base/zone.h"
#include "ringmgr/ops/site_pause.h"
#include "ringmgr/ops/site_view.h"

/* The one view of a world with one site; the state is cleared at once. */
static struct site_view view_of(struct world *world, struct site_views *views)
{
    struct err err = {0};
    site_views_clear(views);
    assert_ok(site_views_gather(&world->job, views, &err));
    assert_int_equal(views->len, 1);
    return views->item[0];
}

static void put(struct world *world, const struct site_share *share)
{
    struct err err = {0};
    assert_ok(site_share_put(world->state, share, &err));
}

static void without_sites_there_is_nothing_to_see(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    struct err err = {0};
    assert_ok(site_views_gather(&world->job, &views, &err));
    assert_int_equal(views.len, 0);
    assert_int_equal(views.quorums, 2);
    assert_int_equal(views.quorum[1].counted, 0);
    assert_int_equal(site_views_due(&views, 100), -1);
}

static void a_site_nobody_has_looked_at_is_unseen_and_due(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    assert_int_equal(view_of(world, &views).state, SITE_UNSEEN);
    assert_int_equal(site_views_due(&views, 100), 100);
    assert_int_equal(views.quorum[1].live, 0);
    assert_string_equal(views.quorum[1].not_live.item[0], "tokyo");
}

static void on_its_way_a_build_is_behind_staged_proven_live(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    struct err err = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    struct site_share share = site_looked(world, "tokyo", &OLD);
    site_has(world, "tokyo", &OLD, true);
    put(world, &share);
    assert_int_equal(view_of(world, &views).state, SITE_LIVE);
    assert_int_equal(site_views_due(&views, 100), -1);
    assert_int_equal(world_promote(world, world->production, &NEW, &world->news, &err), PROMOTE_DONE);
    assert_int_equal(view_of(world, &views).state, SITE_BEHIND);
    assert_false(views.item[0].live);
    site_has(world, "tokyo", &NEW, false);
    assert_int_equal(view_of(world, &views).state, SITE_STAGED);
    site_has(world, "tokyo", &NEW, true);
    assert_int_equal(view_of(world, &views).state, SITE_PROVEN);
    assert_int_equal(site_views_due(&views, 100), 100);
    share = site_looked(world, "tokyo", &NEW);
    put(world, &share);
    assert_int_equal(view_of(world, &views).state, SITE_LIVE);
    assert_true(views.item[0].live);
    assert_int_equal(views.quorum[1].live, 1);
}

static void what_was_sent_with_other_files_does_not_count(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    struct err err = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    struct site_share share = site_looked(world, "tokyo", &OLD);
    put(world, &share);
    struct site_build other = {.site = "tokyo",
                               .ring = "production",
                               .channel = world->production->channel,
                               .build = OLD,
                               .files_digest = digest_of("other", 5),
                               .staged_unix = 5,
                               .proven_unix = 5,
                               .left_unix = -1};
    assert_ok(site_build_put(world->state, &other, &err));
    assert_int_equal(view_of(world, &views).state, SITE_BEHIND);
    assert_true(views.item[0].live);
    assert_int_equal(site_views_due(&views, 100), 100);
}

static void failing_and_paused_come_first_and_are_not_due(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    struct err err = {0};
    struct job job = world->job;
    bool changed;
    job.identity = &world->news;
    struct site *site = site_add(world, "tokyo");
    site_world_ready(world);
    struct site_share share = site_looked(world, "tokyo", &OLD);
    share.failing_unix = 7;
    share.error = "nobody answers";
    put(world, &share);
    struct site_view view = view_of(world, &views);
    assert_int_equal(view.state, SITE_FAILING);
    assert_string_equal(view.share.error, "nobody answers");
    assert_int_equal(site_views_due(&views, 100), -1);
    assert_ok(site_pause_begin(&job, site, "a new line is laid", &changed, &err));
    assert_true(changed);
    view = view_of(world, &views);
    assert_int_equal(view.state, SITE_PAUSED);
    assert_string_equal(view.pause.by, "news");
    assert_int_equal(site_views_due(&views, 100), -1);
}

static void bytes_wait_for_the_window_and_pointers_for_the_hours(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    struct err err = {0};
    char why[128];
    int64_t now = clock_now_unix(), opens;
    struct site *site = site_add(world, "tokyo");
    site_world_ready(world);
    struct site_share share = site_looked(world, "tokyo", &OLD);
    put(world, &share);
    assert_int_equal(world_promote(world, world->production, &NEW, &world->news, &err), PROMOTE_DONE);
    char text[64]; /* shut now, whatever time it is */
    zone_set("UTC");
    snprintf(text, sizeof text, "Mon-Sun %02d:00-%02d:30", (int)((now / 3600 + 6) % 24),
             (int)((now / 3600 + 6) % 24));
    assert_true(window_add(&site->window, text, why));
    (void)view_of(world, &views);
    opens = site_views_due(&views, now);
    assert_true(opens > now && opens <= now + 24 * 3600);
    site_has(world, "tokyo", &NEW, true);
    (void)view_of(world, &views);
    assert_int_equal(site_views_due(&views, now), now); /* a pointer is no bytes */
    assert_true(calendar_add_window(&world->production->days, text, why));
    (void)view_of(world, &views);
    assert_int_equal(site_views_due(&views, now), opens);
}

static void an_order_makes_a_live_site_due(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    struct err err = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    struct site_share share = site_looked(world, "tokyo", &OLD);
    site_has(world, "tokyo", &OLD, true);
    put(world, &share);
    const struct site_order order = {.ring = "production",
                                     .channel = world->production->channel,
                                     .build = NEW,
                                     .files_digest = site_digest_of(world, &NEW),
                                     .by = "news",
                                     .identity = "sudo:9:news",
                                     .ordered_unix = 1};
    assert_ok(state_begin(world->state, &err));
    assert_ok(site_order_put(world->state, &order, &err));
    assert_ok(state_commit(world->state, &err));
    struct site_view view = view_of(world, &views);
    assert_int_equal(view.state, SITE_LIVE);
    assert_int_equal(build_compare(&view.ordered, &NEW), 0);
    assert_int_equal(site_views_due(&views, 100), 100);
    site_has(world, "tokyo", &NEW, true);
    (void)view_of(world, &views);
    assert_int_equal(site_views_due(&views, 100), -1);
}

static void a_site_that_left_the_configuration_is_told_once(void **state)
{
    struct world *world = *state;
    AUTO_SITE_VIEWS views = {0};
    site_add(world, "tokyo");
    site_world_ready(world);
    struct site_share share = site_looked(world, "paris", &OLD);
    put(world, &share);
    share.ring = "pilot";
    put(world, &share);
    (void)view_of(world, &views);
    assert_int_equal(views.left.len, 1);
    assert_string_equal(views.left.item[0], "paris");
}

static void a_pause_stands_until_it_is_ended(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct job job = world->job;
    bool changed;
    job.identity = &world->news;
    struct site *site = site_add(world, "tokyo");
    assert_ok(site_pause_begin(&job, site, "one", &changed, &err));
    job.identity = &world->games;
    assert_ok(site_pause_begin(&job, site, "two", &changed, &err));
    assert_false(changed);
    struct site_pause pause = {0};
    bool found;
    assert_ok(site_pause_find(world->state, "tokyo", &pause, &found, &err));
    assert_string_equal(pause.reason, "one");
    site_pause_clear(&pause);
    assert_ok(site_pause_end(&job, site, NULL, &changed, &err));
    assert_true(changed);
    assert_ok(site_pause_end(&job, site, NULL, &changed, &err));
    assert_false(changed);
    assert_int_equal(world_entries(world, "site-pause"), 1);
    assert_int_equal(world_entries(world, "site-resume"), 1);
}

static void who_decides_about_none_of_its_rings_pauses_no_site(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct job job = world->job;
    const struct identity proxy = {13, "proxy", "proxy", "sudo"};
    bool changed;
    job.identity = &proxy;
    struct site *site = site_add(world, "tokyo");
    assert_false(site_pause_begin(&job, site, "mine", &changed, &err));
    assert_int_equal(err.code, ERR_REFUSED);
    assert_int_equal(world_entries(world, "site-pause"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(without_sites_there_is_nothing_to_see),
        OPS_CASE(a_site_nobody_has_looked_at_is_unseen_and_due),
        OPS_CASE(on_its_way_a_build_is_behind_staged_proven_live),
        OPS_CASE(what_was_sent_with_other_files_does_not_count),
        OPS_CASE(failing_and_paused_come_first_and_are_not_due),
        OPS_CASE(bytes_wait_for_the_window_and_pointers_for_the_hours),
        OPS_CASE(an_order_makes_a_live_site_due),
        OPS_CASE(a_site_that_left_the_configuration_is_told_once),
        OPS_CASE(a_pause_stands_until_it_is_ended),
        OPS_CASE(who_decides_about_none_of_its_rings_pauses_no_site),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

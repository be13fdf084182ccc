#include "world.h"

#include "ringmgr/state/catalog.h"
#include "ringmgr/state/marks.h"
#include "ringmgr/state/sites.h"

static const char OLD[] = "16.0.20231.20110", NEW[] = "16.0.20326.20100";

static struct site_build row_of(const char *site, const char *ring, const char *build)
{
    return (struct site_build){.site = site,
                               .ring = ring,
                               .channel = mec(),
                               .build = build_of(build),
                               .files_digest = digest_of_text("list"),
                               .begun_unix = 10,
                               .staged_unix = 20,
                               .proven_unix = -1,
                               .left_unix = -1};
}

static struct site_share share_of(const char *site, const char *ring)
{
    return (struct site_share){.site = site,
                               .ring = ring,
                               .channel = mec(),
                               .build = build_of(OLD),
                               .files_digest = digest_of_text("list"),
                               .offered_since = 30,
                               .looked_unix = 40,
                               .good_unix = -1,
                               .failing_unix = 50,
                               .stale_unix = 60,
                               .verified_unix = -1,
                               .error = "no route",
                               .waiting = "its window",
                               .bytes_left = 70,
                               .rate = 80};
}

static void place(struct world *world, const char *site, const char *target, bool changes)
{
    struct err err = {0};
    bool changed = !changes;
    begin(world);
    assert_ok(site_place(world->state, site, target, 5, &changed, &err));
    commit(world);
    assert_int_equal(changed, changes);
}

static size_t count(struct world *world, const char *site)
{
    struct site_builds builds = {0};
    struct site_shares shares = {0};
    struct err err = {0};
    assert_ok(site_builds_get(world->state, site, NULL, &builds, &err));
    assert_ok(site_shares_get(world->state, site, NULL, &shares, &err));
    size_t rows = builds.len + shares.len;
    site_builds_clear(&builds);
    site_shares_clear(&shares);
    return rows;
}

static void fill(struct world *world, const char *site, const char *ring)
{
    struct err err = {0};
    const struct site_share share = share_of(site, ring);
    const struct site_build build = row_of(site, ring, OLD);
    assert_ok(site_share_put(world->state, &share, &err));
    assert_ok(site_build_put(world->state, &build, &err));
}

static void a_share_reads_back_as_it_was_put(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct build old = build_of(OLD);
    struct digest list = digest_of_text("list");
    struct site_share share;
    fill(world, "tokyo", "pilot");
    assert_ok(site_share_find(world->state, "tokyo", "pilot", &share, &err));
    assert_string_equal(share.site, "tokyo");
    assert_ptr_equal(share.channel, mec());
    assert_int_equal(build_compare(&share.build, &old), 0);
    assert_true(digest_equal(&share.files_digest, &list));
    assert_int_equal(share.offered_since, 30);
    assert_int_equal(share.looked_unix, 40);
    assert_int_equal(share.good_unix, -1);
    assert_int_equal(share.failing_unix, 50);
    assert_int_equal(share.stale_unix, 60);
    assert_int_equal(share.verified_unix, -1);
    assert_string_equal(share.error, "no route");
    assert_string_equal(share.waiting, "its window");
    assert_int_equal(share.bytes_left, 70);
    assert_int_equal(share.rate, 80);
    site_share_clear(&share);
}

static void a_site_that_offers_nothing_has_no_build(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct site_share share;
    const struct site_share empty = {.site = "tokyo", .ring = "pilot", .looked_unix = 7, .failing_unix = -1};
    assert_ok(site_share_put(world->state, &empty, &err));
    assert_ok(site_share_find(world->state, "tokyo", "pilot", &share, &err));
    assert_null(share.channel);
    assert_true(build_is_none(&share.build));
    assert_int_equal(share.looked_unix, 7);
    site_share_clear(&share);
}

static void who_was_never_looked_at_has_no_times(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct site_share share;
    assert_ok(site_share_find(world->state, "tokyo", "pilot", &share, &err));
    assert_null(share.site);
    assert_int_equal(share.looked_unix, -1);
    assert_int_equal(share.failing_unix, -1);
    assert_int_equal(share.stale_unix, -1);
}

static void another_target_makes_everything_void_but_the_pause(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct site_pause pause = {.site = "tokyo", .by = "anna", .identity = "x", .reason = "move"};
    bool found = false;
    place(world, "tokyo", "/srv/a", false);
    fill(world, "tokyo", "pilot");
    fill(world, "oslo", "pilot");
    begin(world);
    assert_ok(site_pause_put(world->state, &pause, &err));
    commit(world);
    place(world, "tokyo", "/srv/a", false);
    assert_int_equal(count(world, "tokyo"), 2);
    place(world, "tokyo", "/srv/b", true);
    assert_int_equal(count(world, "tokyo"), 0);
    assert_int_equal(count(world, "oslo"), 2);
    assert_ok(site_pause_find(world->state, "tokyo", &pause, &found, &err));
    assert_true(found);
    site_pause_clear(&pause);
}

static void forgetting_a_ring_leaves_the_others(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    fill(world, "tokyo", "pilot");
    fill(world, "tokyo", "production");
    begin(world);
    assert_ok(site_forget_ring(world->state, "tokyo", "pilot", &err));
    commit(world);
    assert_int_equal(count(world, "tokyo"), 2);
    begin(world);
    assert_ok(site_forget(world->state, "tokyo", &err));
    commit(world);
    assert_int_equal(count(world, NULL), 0);
}

static void a_build_of_a_site_is_replaced_and_goes(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct build old = build_of(OLD), new = build_of(NEW);
    struct site_build row = row_of("tokyo", "pilot", OLD), read;
    bool found = false;
    assert_ok(site_build_put(world->state, &row, &err));
    row.proven_unix = 33;
    row.left_unix = 44;
    assert_ok(site_build_put(world->state, &row, &err));
    assert_ok(site_build_find(world->state, "tokyo", "pilot", mec(), &new, &read, &found, &err));
    assert_false(found);
    assert_ok(site_build_find(world->state, "tokyo", "pilot", mec(), &old, &read, &found, &err));
    assert_true(found);
    assert_int_equal(read.staged_unix, 20);
    assert_int_equal(read.proven_unix, 33);
    assert_int_equal(read.left_unix, 44);
    site_build_clear(&read);
    assert_ok(site_build_gone(world->state, "tokyo", "pilot", mec(), &old, &err));
    assert_int_equal(count(world, NULL), 0);
}

static void a_pause_stands_until_it_is_lifted(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    const struct site_pause put = {"tokyo", "anna", "sudo:5:anna", "new disks", 9};
    struct site_pause pause;
    bool found = false;
    begin(world);
    assert_ok(site_pause_put(world->state, &put, &err));
    commit(world);
    assert_ok(site_pause_find(world->state, "tokyo", &pause, &found, &err));
    assert_true(found);
    assert_string_equal(pause.reason, "new disks");
    assert_int_equal(pause.since_unix, 9);
    site_pause_clear(&pause);
    begin(world);
    assert_ok(site_pause_lift(world->state, "tokyo", &found, &err));
    assert_true(found);
    assert_ok(site_pause_lift(world->state, "tokyo", &found, &err));
    assert_false(found);
    commit(world);
}

static void a_ring_has_one_order(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct build new = build_of(NEW);
    struct site_order order = {"pilot", mec(), build_of(OLD), digest_of_text("a"), "anna", "x", NULL, 1},
                      read;
    bool found = false;
    begin(world);
    assert_ok(site_order_put(world->state, &order, &err));
    order.build = new;
    assert_ok(site_order_put(world->state, &order, &err));
    commit(world);
    assert_ok(site_order_find(world->state, "pilot", &read, &found, &err));
    assert_true(found);
    assert_int_equal(build_compare(&read.build, &new), 0);
    assert_null(read.reason);
    site_order_clear(&read);
    begin(world);
    assert_ok(site_order_drop(world->state, "pilot", &found, &err));
    commit(world);
    assert_true(found);
    assert_ok(site_order_find(world->state, "pilot", &read, &found, &err));
    assert_false(found);
}

static int64_t quorum_at(struct world *world, int64_t live_since)
{
    struct err err = {0};
    struct build old = build_of(OLD);
    int64_t reached;
    assert_ok(site_quorum_find(world->state, "pilot", mec(), &old, live_since, &reached, &err));
    return reached;
}

static void a_quorum_is_that_of_one_time_live(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct build old = build_of(OLD);
    assert_int_equal(quorum_at(world, 0), -1);
    begin(world);
    assert_ok(site_quorum_put(world->state, "pilot", mec(), &old, 100, 150, &err));
    assert_ok(site_quorum_put(world->state, "pilot", mec(), &old, 100, 999, &err));
    assert_ok(site_quorum_put(world->state, "pilot", mec(), &old, 200, 250, &err));
    commit(world);
    assert_int_equal(quorum_at(world, 100), 150);
    assert_int_equal(quorum_at(world, 101), 250); /* it was rolled back in between */
    assert_int_equal(quorum_at(world, 201), -1);
}

static void a_renamed_ring_keeps_its_quorum_and_its_order_but_no_folders(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct build old = build_of(OLD);
    const struct site_order order = {"was", mec(), old, digest_of_text("a"), "anna", "x", NULL, 1};
    struct site_order read;
    bool renamed = false, found = false;
    fill(world, "tokyo", "was");
    begin(world);
    assert_ok(site_order_put(world->state, &order, &err));
    assert_ok(site_quorum_put(world->state, "was", mec(), &old, 100, 150, &err));
    assert_ok(mark_ring_renamed(world->state, "was", "pilot", &renamed, &err));
    commit(world);
    assert_int_equal(quorum_at(world, 100), 150);
    assert_ok(site_order_find(world->state, "pilot", &read, &found, &err));
    assert_true(found);
    site_order_clear(&read);
    struct site_share share;
    assert_ok(site_share_find(world->state, "tokyo", "pilot", &share, &err));
    assert_null(share.site);
}

static void a_pointer_names_what_the_ring_has_offered(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct build old = build_of(OLD), build;
    struct digest descriptor = digest_of_text("descriptor"), stream = digest_of_text("stream");
    struct catalog_file file[] = {
        {.path = (char[]){"16.0.20231.20110/stream.x64.x-none.dat"}, .digest = stream},
        {.path = (char[]){"v64_16.0.20231.20110.cab"}, .digest = descriptor}};
    const struct catalog_files files = {file, 2};
    struct offer offer = {.ring = (char[]){"pilot"},
                          .channel = mec(),
                          .build = old,
                          .content = (char[]){"x64;en-us"},
                          .live_since = 5,
                          .live_until = -1,
                          .by = "anna",
                          .removed_unix = -1};
    const struct channel *channel;
    begin(world);
    assert_ok(catalog_offer_start(world->state, &offer, &files, NULL, &err));
    commit(world);
    assert_ok(site_pointer_find(world->state, "pilot", &descriptor, &channel, &build, &err));
    assert_ptr_equal(channel, mec());
    assert_int_equal(build_compare(&build, &old), 0);
    assert_ok(site_pointer_find(world->state, "pilot", &stream, &channel, &build, &err));
    assert_null(channel);
    assert_ok(site_pointer_find(world->state, "production", &descriptor, &channel, &build, &err));
    assert_null(channel);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        world_test(a_share_reads_back_as_it_was_put),
        world_test(a_site_that_offers_nothing_has_no_build),
        world_test(who_was_never_looked_at_has_no_times),
        world_test(another_target_makes_everything_void_but_the_pause),
        world_test(forgetting_a_ring_leaves_the_others),
        world_test(a_build_of_a_site_is_replaced_and_goes),
        world_test(a_pause_stands_until_it_is_lifted),
        world_test(a_ring_has_one_order),
        world_test(a_quorum_is_that_of_one_time_live),
        world_test(a_renamed_ring_keeps_its_quorum_and_its_order_but_no_folders),
        world_test(a_pointer_names_what_the_ring_has_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The quorum by the books: who counts, when it is reached, and what waits for it. */
#include "site_world.h"

#include "ringmgr/base/clock.h"
#include "ringmgr/ops/gc_facts.h"
#include "ringmgr/ops/quorum.h"

/* Production's sites are pilot's, for pilot is what production takes from. */
static struct site *add_to_pilot(struct world *world, const char *name)
{
    struct site *site = site_add(world, name);
    strv_clear(&site->rings);
    strv_add(&site->rings, "pilot");
    return site;
}

/* Its pointers name the build. */
static void shows(struct world *world, const char *site, const char *ring, const struct build *build)
{
    struct err err = {0};
    struct site_share share = site_looked(world, site, build);
    share.ring = ring;
    assert_ok(site_share_put(world->state, &share, &err));
}

/* And all of it was proven there. */
static void offers(struct world *world, const char *site, const char *ring, const struct build *build)
{
    struct err err = {0};
    const struct site_build row = {.site = site,
                                   .ring = ring,
                                   .channel = world->production->channel,
                                   .build = *build,
                                   .files_digest = site_digest_of(world, build),
                                   .begun_unix = 1,
                                   .staged_unix = 1,
                                   .proven_unix = 1,
                                   .left_unix = -1};
    shows(world, site, ring, build);
    assert_ok(site_build_put(world->state, &row, &err));
}

static struct quorum live_quorum(struct world *world, const struct ring *ring)
{
    struct err err = {0};
    struct quorum quorum;
    assert_ok(quorum_of_live(&world->job, ring, &quorum, &err));
    return quorum;
}

static void refresh(struct world *world)
{
    struct err err = {0};
    assert_ok(quorum_refresh(&world->job, world->pilot, &err));
}

/* OLD is live in pilot; oslo, rome and tokyo show it, of which tokyo is not required. */
static void begin_with_sites(struct world *world)
{
    struct err err = {0};
    assert_int_equal(world_promote(world, world->pilot, NULL, NULL, &err), PROMOTE_DONE);
    add_to_pilot(world, "oslo");
    add_to_pilot(world, "rome");
    add_to_pilot(world, "tokyo")->required = false;
}

static void a_ring_without_sites_asks_for_no_quorum(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    int64_t since = 77;
    char why[128];
    struct quorum quorum = live_quorum(world, world->pilot);
    assert_int_equal(quorum.counted, 0);
    assert_int_equal(quorum.need, 0);
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 0);
    assert_ok(quorum_since(&world->job, world->pilot, world->pilot->channel, &OLD, &since, why, &err));
    assert_int_equal(since, 77);
    assert_string_equal(why, "");
}

static void only_required_sites_count(void **state)
{
    struct world *world = *state;
    begin_with_sites(world);
    offers(world, "tokyo", "pilot", &OLD);
    offers(world, "oslo", "pilot", &OLD);
    struct quorum quorum = live_quorum(world, world->pilot);
    assert_int_equal(quorum.counted, 2);
    assert_int_equal(quorum.need, 2);
    assert_int_equal(quorum.live, 1);
    assert_int_equal(quorum.not_live.len, 1);
    assert_string_equal(quorum.not_live.item[0], "rome");
    assert_int_equal(quorum.reached_unix, -1);
    quorum_clear(&quorum);
}

/* As it came to be there before ringmgr did: nothing behind it is known. */
static void a_pointer_alone_offers_nothing(void **state)
{
    struct world *world = *state;
    begin_with_sites(world);
    offers(world, "oslo", "pilot", &OLD);
    shows(world, "rome", "pilot", &OLD);
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 0);
    offers(world, "rome", "pilot", &OLD);
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 1);
}

static void it_is_reached_once_and_told_once(void **state)
{
    struct world *world = *state;
    begin_with_sites(world);
    offers(world, "oslo", "pilot", &OLD);
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 0);
    offers(world, "rome", "pilot", &OLD);
    refresh(world);
    struct quorum quorum = live_quorum(world, world->pilot);
    assert_true(quorum.reached_unix >= 0);
    quorum_clear(&quorum);
    offers(world, "rome", "pilot", &NEW); /* whatever becomes of it later */
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 1);
    quorum = live_quorum(world, world->pilot);
    assert_true(quorum.reached_unix >= 0);
    assert_int_equal(quorum.live, 1);
    quorum_clear(&quorum);
}

static void a_part_of_them_may_do(void **state)
{
    struct world *world = *state;
    begin_with_sites(world);
    world->pilot->sites_ready = 50;
    offers(world, "rome", "pilot", &OLD);
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 1);
}

static void a_site_that_is_required_no_longer_is_waited_for_no_longer(void **state)
{
    struct world *world = *state;
    begin_with_sites(world);
    offers(world, "rome", "pilot", &OLD);
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 0);
    world->settings.site[0].required = false;
    refresh(world);
    assert_int_equal(world_entries(world, "sites-live"), 1);
}

static void exactly_these_files_must_be_proven(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct quorum quorum;
    struct digest list = site_digest_of(world, &OLD), other = digest_of("x", 1);
    site_add(world, "oslo");
    site_add(world, "rome");
    site_has(world, "oslo", &OLD, true);
    site_has(world, "rome", &OLD, false);
    assert_ok(quorum_of_build(&world->job, world->production, world->production->channel, &OLD, &list,
                              &quorum, &err));
    assert_int_equal(quorum.proven, 1);
    assert_string_equal(quorum.not_proven.item[0], "rome");
    quorum_clear(&quorum);
    assert_ok(quorum_of_build(&world->job, world->production, world->production->channel, &OLD, &other,
                              &quorum, &err));
    assert_int_equal(quorum.proven, 0);
    quorum_clear(&quorum);
}

/* ---- what waits for it ---- */

static void soak_begins_with_the_quorum(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    AUTO_FACTS facts = {0};
    begin_with_sites(world);
    world->production->soak.seconds = 86400;
    offers(world, "oslo", "pilot", &OLD);
    assert_ok(facts_gather(&world->job, world->production, &OLD, LANE_MANUAL, NULL, &facts, &err));
    assert_int_equal(facts.gate.soak_since_unix, -1);
    struct verdict verdict[GATE_COUNT];
    gate_ask_all(&facts.gate, verdict);
    assert_false(verdict[GATE_SOAK].open);
    assert_string_equal(verdict[GATE_SOAK].reason,
                        "production needs 1 day of soak, which has not begun: 1 of 2 sites offer it");
    offers(world, "rome", "pilot", &OLD);
    refresh(world);
    facts_clear(&facts);
    assert_ok(facts_gather(&world->job, world->production, &OLD, LANE_MANUAL, NULL, &facts, &err));
    assert_true(facts.gate.soak_since_unix >= 0);
    assert_null(facts.gate.soak_waits);
}

static bool is_kept(struct world *world, const struct build *build, char reason[256])
{
    struct gc_books books;
    struct gc_stock stock;
    struct err err = {0};
    bool keep = false;
    assert_ok(gc_books_read(&world->job, &books, &err));
    assert_ok(gc_stock_read(&world->job, &books, &stock, &err));
    for (size_t i = 0; i < stock.list.len; i++)
        if (build_compare(&stock.list.item[i].build, build) == 0) {
            struct retention retention = retain_judge_build(&stock.facts[i]);
            keep = retention.keep;
            memcpy(reason, retention.reason, 256);
        }
    gc_stock_clear(&stock);
    gc_books_clear(&books);
    return keep;
}

/* Invariant 7. */
static void what_a_site_names_stays_in_the_store(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct build none = {{16, 0, 19000, 1}};
    char reason[256] = "";
    world_stage(world, &none, &world->pilot->content);
    world_stage(world, &NEW, &world->pilot->content);
    assert_int_equal(world_promote(world, world->pilot, &NEW, NULL, &err), PROMOTE_DONE);
    assert_false(is_kept(world, &none, reason));
    site_add(world, "oslo");
    site_has(world, "oslo", &none, false);
    assert_true(is_kept(world, &none, reason));
    assert_string_equal(reason, "the site oslo has it");
    strv_clear(&world->settings.site[0].rings); /* it shows that ring no longer */
    assert_false(is_kept(world, &none, reason));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        OPS_CASE(a_ring_without_sites_asks_for_no_quorum),
        OPS_CASE(only_required_sites_count),
        OPS_CASE(a_pointer_alone_offers_nothing),
        OPS_CASE(it_is_reached_once_and_told_once),
        OPS_CASE(a_part_of_them_may_do),
        OPS_CASE(a_site_that_is_required_no_longer_is_waited_for_no_longer),
        OPS_CASE(exactly_these_files_must_be_proven),
        OPS_CASE(soak_begins_with_the_quorum),
        OPS_CASE(what_a_site_names_stays_in_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is taken out of a ring's content goes on being offered for its grace. */
#include "ringmgr/base/clock.h"
#include "ringmgr/ops/begin.h"
#include "ringmgr/ops/extend.h"
#include "ringmgr/ops/leaving.h"
#include "world.h"

enum { DAY = 86400 };

static void begin(struct world *world)
{
    struct err err = {0};
    assert_ok(begin_run(&world->job, &err));
}

/* The content of a ring is that from now on, and a command that writes has seen it. */
static void configure(struct world *world, struct ring *ring, const char *content)
{
    struct err err = {0};
    content_clear(&ring->content);
    assert_ok(content_parse(content, &ring->content, &err));
    begin(world);
}

static const char ENGLISH[] = "x64 en-us proofing= arm64=no";
static const char FRENCH[] = "x64 en-us,fr-fr proofing= arm64=no";
static const char EVERYTHING[] = "x64,x86 en-us,fr-fr proofing=de-de arm64=no";

/* Both rings have this content, and offer the older build with it; the newer one is staged with `staged`. */
static void make_live(struct world *world, const char *content, const char *staged)
{
    struct err err = {0};
    struct content newer = {0};
    world->pilot->grace_seconds = world->production->grace_seconds = 21 * DAY;
    configure(world, world->pilot, content);
    configure(world, world->production, content);
    world_stage(world, &OLD, &world->pilot->content);
    world_promote(world, world->pilot, &OLD, NULL, &err);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, &OLD, &world->news, &err), PROMOTE_DONE);
    assert_ok(content_parse(staged, &newer, &err));
    world_stage(world, &NEW, &newer);
    content_clear(&newer);
}

/* "fr-fr, x86" of what is leaving. */
static void assert_leaving(struct world *world, const struct ring *ring, const char *wanted)
{
    struct contents_left leaving;
    struct strv names = {0};
    struct err err = {0};
    assert_ok(leaving_list(&world->job, ring, &leaving, &err));
    for (size_t i = 0; i < leaving.len; i++) {
        char *one = content_format(&leaving.item[i].what);
        strv_add(&names, one);
        free(one);
        assert_true(leaving.item[i].since_unix <= clock_now_unix());
        assert_int_equal(leaving_until(ring, &leaving.item[i]) - leaving.item[i].since_unix, 21 * DAY);
    }
    char *list = strv_join(&names, "; ");
    assert_string_equal(list, wanted);
    free(list);
    strv_clear(&names);
    contents_left_clear(&leaving);
}

/* Promotes the newer build into pilot, which then offers this. */
static void assert_promoted(struct world *world, const char *content)
{
    struct offer live;
    struct err err = {0};
    bool found;
    assert_int_equal(world_promote(world, world->pilot, &NEW, NULL, &err), PROMOTE_DONE);
    assert_ok(catalog_offer_live(world->state, "pilot", &live, &found, &err));
    assert_int_equal(build_compare(&live.build, &NEW), 0);
    assert_string_equal(live.content, content);
    offer_clear(&live);
    const struct ring *rings[] = {world->pilot, NULL};
    const struct verify_options options = {.rings = rings};
    struct verify verify;
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    assert_int_equal(verify.len, 0);
    verify_clear(&verify);
}

/* As if it had been noticed so long ago. */
static void age(struct world *world, const struct ring *ring, int64_t seconds)
{
    struct contents_left left;
    struct err err = {0};
    assert_ok(contents_left_get(world->state, ring->name, &left, &err));
    assert_ok(state_begin(world->state, &err));
    for (size_t i = 0; i < left.len; i++) {
        assert_ok(content_left_drop(world->state, ring->name, &left.item[i].what, &err));
        assert_ok(
            content_left_put(world->state, ring->name, &left.item[i].what, clock_now_unix() - seconds, &err));
    }
    assert_ok(state_commit(world->state, &err));
    contents_left_clear(&left);
}

static void nothing_leaves_a_ring_whose_content_only_grows(void **state)
{
    struct world *world = *state;
    make_live(world, ENGLISH, ENGLISH);
    configure(world, world->pilot, FRENCH);
    assert_leaving(world, world->pilot, "");
}

static void a_language_that_is_dropped_comes_with_the_next_build(void **state)
{
    struct world *world = *state;
    make_live(world, FRENCH, FRENCH);
    configure(world, world->pilot, ENGLISH);
    assert_leaving(world, world->pilot, " fr-fr proofing= arm64=no");
    assert_leaving(world, world->production, "");
    assert_promoted(world, FRENCH);
    begin(world);
    assert_leaving(world, world->pilot, " fr-fr proofing= arm64=no");
}

static void so_do_an_architecture_and_proofing_tools(void **state)
{
    struct world *world = *state;
    make_live(world, EVERYTHING, EVERYTHING);
    configure(world, world->pilot, ENGLISH);
    assert_leaving(world, world->pilot,
                   "x86  proofing= arm64=no;  fr-fr proofing= arm64=no;   proofing=de-de arm64=no");
    assert_promoted(world, EVERYTHING);
}

static void when_its_grace_is_over_the_next_build_lacks_it(void **state)
{
    struct world *world = *state;
    make_live(world, FRENCH, FRENCH);
    configure(world, world->pilot, ENGLISH);
    age(world, world->pilot, 21 * DAY - 60);
    assert_leaving(world, world->pilot, " fr-fr proofing= arm64=no");
    age(world, world->pilot, 21 * DAY);
    assert_leaving(world, world->pilot, "");
    assert_promoted(world, ENGLISH);
}

static void a_build_that_upstream_has_without_it_is_not_kept_waiting(void **state)
{
    struct world *world = *state;
    make_live(world, FRENCH, ENGLISH);
    configure(world, world->pilot, ENGLISH);
    assert_promoted(world, ENGLISH);
}

static void what_one_thing_lacks_keeps_no_other_out(void **state)
{
    struct world *world = *state;
    make_live(world, EVERYTHING, FRENCH);
    configure(world, world->pilot, ENGLISH);
    assert_promoted(world, FRENCH);
}

/* Also for a command that only reads, before one that writes has seen it. */
static void what_is_wanted_again_leaves_no_more(void **state)
{
    struct world *world = *state;
    struct contents_left left;
    struct err err = {0};
    make_live(world, FRENCH, FRENCH);
    configure(world, world->pilot, ENGLISH);
    age(world, world->pilot, 20 * DAY);
    content_clear(&world->pilot->content);
    assert_ok(content_parse(FRENCH, &world->pilot->content, &err));
    assert_leaving(world, world->pilot, "");
    begin(world);
    configure(world, world->pilot, ENGLISH);
    assert_leaving(world, world->pilot, " fr-fr proofing= arm64=no");
    assert_ok(leaving_list(&world->job, world->pilot, &left, &err));
    assert_true(left.item[0].since_unix > clock_now_unix() - DAY); /* from its second time */
    contents_left_clear(&left);
}

static void what_was_never_offered_does_not_stay(void **state)
{
    struct world *world = *state;
    make_live(world, ENGLISH, FRENCH);
    configure(world, world->pilot, FRENCH);
    configure(world, world->pilot, ENGLISH);
    assert_leaving(world, world->pilot, "");
    assert_promoted(world, ENGLISH);
}

static void what_leaves_a_ring_below_is_wanted_from_the_first(void **state)
{
    struct world *world = *state;
    struct content below = {0}, own = {0};
    struct err err = {0};
    make_live(world, EVERYTHING, FRENCH);
    configure(world, world->pilot, FRENCH);
    configure(world, world->production, ENGLISH);
    assert_ok(leaving_content_below(&world->job, world->pilot, &below, &err));
    char *text = content_format(&below);
    assert_string_equal(text, "x86 fr-fr proofing=de-de arm64=no");
    free(text);
    assert_ok(leaving_content_below(&world->job, world->production, &own, &err));
    assert_true(content_contains(&own, &below));
    content_clear(&below);
    content_clear(&own);
}

/* What stands keeps what it has; nothing is fetched for it that nobody wants. */
static void no_standing_build_is_extended_by_what_leaves(void **state)
{
    struct world *world = *state;
    struct extensions wanted;
    struct strv extended = {0};
    struct err err = {0};
    make_live(world, FRENCH, ENGLISH);
    configure(world, world->pilot, ENGLISH);
    configure(world, world->production, ENGLISH);
    assert_promoted(world, ENGLISH);
    assert_ok(extend_wanted(&world->job, &wanted, &err));
    assert_int_equal(wanted.len, 0);
    extensions_clear(&wanted);
    assert_ok(extend_offer(&world->job, &extended, &err));
    assert_int_equal(extended.len, 0);
    strv_clear(&extended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(nothing_leaves_a_ring_whose_content_only_grows),
        OPS_CASE(a_language_that_is_dropped_comes_with_the_next_build),
        OPS_CASE(so_do_an_architecture_and_proofing_tools),
        OPS_CASE(when_its_grace_is_over_the_next_build_lacks_it),
        OPS_CASE(a_build_that_upstream_has_without_it_is_not_kept_waiting),
        OPS_CASE(what_one_thing_lacks_keeps_no_other_out),
        OPS_CASE(what_is_wanted_again_leaves_no_more),
        OPS_CASE(what_was_never_offered_does_not_stay),
        OPS_CASE(what_leaves_a_ring_below_is_wanted_from_the_first),
        OPS_CASE(no_standing_build_is_extended_by_what_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

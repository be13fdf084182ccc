#include "ringmgr/ops/extend.h"
#include "ringmgr/ops/offered.h"
#include "ringmgr/ops/rollback.h"
#include "world.h"

/* Both rings want French, too. */
static void want_french(struct world *world)
{
    strv_add(&world->pilot->content.languages, "fr-fr");
    strv_add(&world->production->content.languages, "fr-fr");
}

/* Production has the older build, pilot the newer one and keeps the older. */
static void make_standing(struct world *world)
{
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_approve(world, &OLD, &world->games);
    assert_int_equal(world_promote(world, world->production, &OLD, &world->news, &err), PROMOTE_DONE);
    world_stage(world, &NEW, &world->pilot->content);
    world_promote(world, world->pilot, &NEW, NULL, &err);
}

static bool on_share(const struct ring *ring, const char *file)
{
    char *path AUTO_FREE = mem_printf("%s/Office/Data/%s", ring->path, file);
    return access(path, F_OK) == 0;
}

static struct offer offer_of(struct world *world, const struct ring *ring, const struct build *build)
{
    struct offer offer;
    struct err err = {0};
    bool found;
    assert_ok(catalog_offer_find(world->state, ring->name, ring->channel, build, &offer, &found, &err));
    assert_true(found);
    return offer;
}

static void assert_offers(struct world *world, const struct ring *ring, const struct build *build,
                          const char *content)
{
    struct offer offer = offer_of(world, ring, build);
    assert_string_equal(offer.content, content);
    offer_clear(&offer);
}

static void offer_all(struct world *world, size_t count)
{
    struct strv extended = {0};
    struct err err = {0};
    assert_ok(extend_offer(&world->job, &extended, &err));
    assert_int_equal(extended.len, count);
    strv_clear(&extended);
}

/* Nothing on the share that is not in the books, nothing missing. */
static void assert_verified(struct world *world)
{
    const struct ring *rings[] = {world->pilot, world->production, NULL};
    const struct verify_options options = {.rings = rings};
    struct verify verify;
    struct err err = {0};
    assert_ok(verify_run(&world->job, &options, &verify, &err));
    assert_int_equal(verify.len, 0);
    verify_clear(&verify);
}

static const char ENGLISH[] = "x64 en-us proofing= arm64=no";
static const char FRENCH[] = "x64 en-us,fr-fr proofing= arm64=no";
static const char BOTH[] = "x64,x86 en-us proofing= arm64=no";
#define OLD_FRENCH "16.0.20131.20150/stream.x64.fr-fr.dat"
#define NEW_FRENCH "16.0.20228.20188/stream.x64.fr-fr.dat"

static void nothing_is_wanted_where_the_offers_have_it_all(void **state)
{
    struct world *world = *state;
    struct extensions wanted;
    struct err err = {0};
    make_standing(world);
    assert_ok(extend_wanted(&world->job, &wanted, &err));
    assert_int_equal(wanted.len, 0);
    extensions_clear(&wanted);
    offer_all(world, 0);
    assert_int_equal(world_entries(world, "extend"), 0);
}

static void each_standing_build_is_wanted_once_newest_first(void **state)
{
    struct world *world = *state;
    struct extensions wanted;
    struct err err = {0};
    make_standing(world);
    strv_add(&world->production->content.languages, "de-de");
    want_french(world);
    assert_ok(extend_wanted(&world->job, &wanted, &err));
    assert_int_equal(wanted.len, 2);
    assert_int_equal(build_compare(&wanted.item[0].build, &NEW), 0);
    assert_int_equal(build_compare(&wanted.item[1].build, &OLD), 0);
    for (size_t i = 0; i < 2; i++) {
        char *content AUTO_FREE = content_format(&wanted.item[i].content);
        assert_string_equal(content, "x64 de-de,en-us,fr-fr proofing= arm64=no");
        assert_ptr_equal(wanted.item[i].root, world->pilot);
        assert_int_equal(wanted.item[i].has.languages.len, 1);
    }
    extensions_clear(&wanted);
}

/* Production takes from pilot: what it alone wants must come with pilot's build, and be offered by it alone.
 */
static void what_only_a_ring_below_wants_is_fetched_and_not_offered(void **state)
{
    struct world *world = *state;
    struct extensions wanted;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    strv_add(&world->production->content.languages, "fr-fr");
    assert_ok(extend_wanted(&world->job, &wanted, &err));
    assert_int_equal(wanted.len, 1);
    extensions_clear(&wanted);
    world_stage(world, &OLD, &world->production->content);
    assert_ok(extend_wanted(&world->job, &wanted, &err));
    assert_int_equal(wanted.len, 0);
    offer_all(world, 0);
    assert_offers(world, world->pilot, &OLD, ENGLISH);
}

static void a_build_that_no_ring_goes_back_to_is_left_alone(void **state)
{
    struct world *world = *state;
    struct extensions wanted;
    struct err err = {0};
    make_standing(world);
    assert_ok(state_begin(world->state, &err));
    assert_ok(catalog_recalls_add(world->state, world->pilot->channel, &OLD, 1, 1785000000, &err));
    assert_ok(state_commit(world->state, &err));
    strv_add(&world->pilot->content.languages, "fr-fr");
    assert_ok(extend_wanted(&world->job, &wanted, &err));
    assert_int_equal(wanted.len, 1);
    assert_int_equal(build_compare(&wanted.item[0].build, &NEW), 0);
    extensions_clear(&wanted);
    world_stage(world, &OLD, &world->pilot->content);
    offer_all(world, 0);
}

static void what_is_not_whole_in_the_store_is_not_offered(void **state)
{
    struct world *world = *state;
    struct digest lost = digest_of(NEW_FRENCH, strlen(NEW_FRENCH));
    struct err err = {0};
    make_standing(world);
    want_french(world);
    offer_all(world, 0);
    world_stage(world, &NEW, &world->pilot->content);
    assert_ok(store_evict(world->store, &lost, &err));
    offer_all(world, 0);
    assert_offers(world, world->pilot, &NEW, ENGLISH);
    assert_false(on_share(world->pilot, "16.0.20228.20188/s641036.cab"));
    assert_verified(world);
}

static void a_language_is_offered_by_every_standing_build(void **state)
{
    struct world *world = *state;
    make_standing(world);
    struct offer before = offer_of(world, world->production, &OLD), after;
    want_french(world);
    world_stage(world, &OLD, &world->pilot->content);
    world_stage(world, &NEW, &world->pilot->content);
    offer_all(world, 3);
    assert_offers(world, world->pilot, &NEW, FRENCH);
    assert_offers(world, world->pilot, &OLD, FRENCH);
    assert_true(on_share(world->pilot, NEW_FRENCH));
    assert_true(on_share(world->pilot, OLD_FRENCH));
    assert_true(on_share(world->production, OLD_FRENCH));
    after = offer_of(world, world->production, &OLD);
    assert_int_equal(after.id, before.id);
    assert_int_equal(after.live_since, before.live_since);
    assert_string_equal(after.by, "news");
    assert_false(digest_equal(&after.files_digest, &before.files_digest));
    assert_live(world, world->pilot, &NEW);
    assert_live(world, world->production, &OLD);
    assert_int_equal(world_entries(world, "extend"), 3);
    assert_verified(world);
    offer_all(world, 0);
    offer_clear(&before);
    offer_clear(&after);
}

static void a_language_that_is_whole_is_offered_without_one_that_is_not(void **state)
{
    struct world *world = *state;
    make_standing(world);
    want_french(world);
    world_stage(world, &NEW, &world->pilot->content);
    strv_add(&world->pilot->content.languages, "de-de");
    strv_add(&world->pilot->content.languages, "sv-se");
    offer_all(world, 1);
    assert_offers(world, world->pilot, &NEW, FRENCH);
    assert_verified(world);
}

static void what_the_configuration_drops_is_still_offered(void **state)
{
    struct world *world = *state;
    make_standing(world);
    want_french(world);
    world_stage(world, &NEW, &world->pilot->content);
    offer_all(world, 1);
    struct content german = {.architectures = ARCH_X64};
    strv_add(&german.languages, "de-de");
    strv_add(&german.languages, "en-us");
    content_copy(&world->pilot->content, &german);
    world_stage(world, &NEW, &german);
    offer_all(world, 1);
    assert_offers(world, world->pilot, &NEW, "x64 de-de,en-us,fr-fr proofing= arm64=no");
    assert_true(on_share(world->pilot, NEW_FRENCH));
    assert_verified(world);
    content_clear(&german);
}

static void an_architecture_brings_its_pointer(void **state)
{
    struct world *world = *state;
    make_standing(world);
    world->pilot->content.architectures |= ARCH_X86;
    world_stage(world, &OLD, &world->pilot->content);
    world_stage(world, &NEW, &world->pilot->content);
    assert_false(on_share(world->pilot, "v32.cab"));
    offer_all(world, 2);
    assert_true(on_share(world->pilot, "v32.cab"));
    assert_true(on_share(world->pilot, "v32_16.0.20131.20150.cab"));
    assert_offers(world, world->pilot, &NEW, BOTH);
    assert_offers(world, world->pilot, &OLD, BOTH);
    assert_live(world, world->pilot, &NEW);
    assert_verified(world);
}

/* Its pointer would have to name a build that is not live. */
static void a_kept_build_gets_no_architecture_that_the_live_one_lacks(void **state)
{
    struct world *world = *state;
    make_standing(world);
    world->pilot->content.architectures |= ARCH_X86;
    world_stage(world, &OLD, &world->pilot->content);
    offer_all(world, 0);
    assert_false(on_share(world->pilot, "v32_16.0.20131.20150.cab"));
    assert_verified(world);
}

/* ---- interrupted ---- */

/* Opens the intent of the first extension of pilot's `build`, and stops there. */
static void interrupt(struct world *world, const struct build *build)
{
    struct filelist list = {0};
    struct catalog_files all, files;
    struct digest digest;
    struct strv missing = {0};
    struct err err = {0};
    const struct channel *channel = world->pilot->channel;
    char *content AUTO_FREE = content_format(&world->pilot->content);
    assert_ok(catalog_files_get(world->state, channel, build, &all, &err));
    assert_ok(filelist_make(channel, build, &world->pilot->content, &list, &err));
    catalog_files_select(&all, &list, &files, &digest, &missing);
    struct intent intent = {.ring = world->pilot->name,
                            .channel = channel,
                            .to = *build,
                            .kind = INTENT_EXTEND,
                            .content = content,
                            .path = world->pilot->path,
                            .files_digest = digest,
                            .actor = "ringmgr",
                            .identity = "service",
                            .opened_unix = 1785000000};
    assert_ok(journal_intent_open(world->state, &intent, &err));
    catalog_files_clear(&all);
    catalog_files_clear(&files);
    filelist_clear(&list);
    strv_clear(&missing);
}

/* Links one object into the share, as a run that was killed has left it. */
static void place(struct world *world, const char *file)
{
    struct digest digest = digest_of(file, strlen(file));
    struct err err = {0};
    AUTO_TREE tree = TREE_CLOSED;
    assert_ok(tree_open(world->pilot->path, false, &tree, &err));
    const struct share_file one = {file, digest, strlen(file)};
    assert_ok(publish_replace_file(world->store, &tree, &one, LINK_HARD, &err));
}

static void replay_finishes_what_the_store_has(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    make_standing(world);
    want_french(world);
    world_stage(world, &OLD, &world->pilot->content);
    interrupt(world, &OLD);
    place(world, OLD_FRENCH);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_offers(world, world->pilot, &OLD, FRENCH);
    assert_live(world, world->pilot, &NEW);
    assert_int_equal(world_entries(world, "extend"), 1);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_int_equal(world_entries(world, "extend"), 1);
    assert_verified(world);
}

/* No pointer of an architecture: it follows; one that is there already: the books follow. */
static void replay_finishes_the_pointer_of_an_architecture(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    make_standing(world);
    world->pilot->content.architectures |= ARCH_X86;
    world_stage(world, &NEW, &world->pilot->content);
    interrupt(world, &NEW);
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_true(on_share(world->pilot, "v32.cab"));
    assert_offers(world, world->pilot, &NEW, BOTH);
    assert_live(world, world->pilot, &NEW);
    assert_verified(world);
}

static void replay_takes_back_what_the_store_cannot_finish(void **state)
{
    struct world *world = *state;
    struct digest lost = digest_of(NEW_FRENCH, strlen(NEW_FRENCH));
    struct err err = {0};
    make_standing(world);
    want_french(world);
    world_stage(world, &NEW, &world->pilot->content);
    interrupt(world, &NEW);
    place(world, "16.0.20228.20188/s641036.cab");
    assert_ok(store_evict(world->store, &lost, &err));
    assert_ok(reconcile_ring(&world->job, world->pilot, &err));
    assert_offers(world, world->pilot, &NEW, ENGLISH);
    assert_false(on_share(world->pilot, "16.0.20228.20188/s641036.cab"));
    assert_true(on_share(world->pilot, "16.0.20228.20188/s641033.cab"));
    assert_int_equal(world_entries(world, "extend"), 0);
    assert_verified(world);
}

/* The share is damaged: the extension fails, and leaves nothing of itself. */
static void what_cannot_be_placed_is_given_up_and_the_others_go_on(void **state)
{
    struct world *world = *state;
    struct strv extended = {0};
    struct err err = {0};
    make_standing(world);
    want_french(world);
    world_stage(world, &OLD, &world->pilot->content);
    char *path AUTO_FREE =
        mem_printf("%s/Office/Data/16.0.20131.20150/stream.x64.x-none.dat", world->pilot->path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_fails(extend_offer(&world->job, &extended, &err), ERR_NOT_GENUINE);
    assert_int_equal(extended.len, 1);
    assert_string_equal(extended.item[0], "production 16.0.20131.20150");
    assert_offers(world, world->pilot, &OLD, ENGLISH);
    assert_false(on_share(world->pilot, OLD_FRENCH));
    strv_clear(&extended);
}

static void a_share_that_is_foreign_is_left_alone(void **state)
{
    struct world *world = *state;
    struct strv extended = {0};
    struct err err = {0};
    make_standing(world);
    want_french(world);
    world_stage(world, &NEW, &world->pilot->content);
    char *path AUTO_FREE = mem_printf("%s/Office/Data/v64.cab", world->pilot->path);
    assert_int_equal(unlink(path), 0);
    assert_fails(extend_offer(&world->job, &extended, &err), ERR_NOT_GENUINE);
    assert_int_equal(extended.len, 0);
    assert_false(on_share(world->pilot, NEW_FRENCH));
}

/* ---- people ---- */

static void an_approval_of_the_shorter_list_does_not_count_and_says_why(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    world_promote(world, world->pilot, NULL, NULL, &err);
    world_approve(world, &OLD, &world->games);
    want_french(world);
    world_stage(world, &OLD, &world->pilot->content);
    offer_all(world, 1);
    assert_int_equal(world_promote(world, world->production, &OLD, &world->news, &err), PROMOTE_REFUSED);
    assert_non_null(strstr(err.msg, "that of games does not count: it was for other files"));
    world_approve(world, &OLD, &world->games);
    err = (struct err){0};
    assert_int_equal(world_promote(world, world->production, &OLD, &world->news, &err), PROMOTE_DONE);
}

static bool roll_back(struct world *world, struct err *err)
{
    struct promotion promotion;
    const struct rollback_options options = {.reason = "crashes", .block = BLOCK_RING};
    struct job job = world->job;
    job.identity = &world->games;
    return rollback_run(&job, world->pilot, &options, &promotion, err);
}

/* What was added has not come for it, what was dropped it offers still. */
static void a_language_that_has_not_come_keeps_nobody_from_going_back(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    make_standing(world);
    want_french(world);
    world_stage(world, &OLD, &world->pilot->content);
    offer_all(world, 2);
    content_clear(&world->pilot->content);
    world->pilot->content.architectures = ARCH_X64;
    strv_add(&world->pilot->content.languages, "de-de");
    assert_ok(roll_back(world, &err));
    assert_live(world, world->pilot, &OLD);
    assert_offers(world, world->pilot, &OLD, FRENCH);
    assert_verified(world);
}

static void an_architecture_that_has_not_come_does(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    make_standing(world);
    world->pilot->content.architectures |= ARCH_X86;
    world_stage(world, &NEW, &world->pilot->content);
    offer_all(world, 1);
    assert_fails(roll_back(world, &err), ERR_REFUSED);
    assert_non_null(strstr(err.msg, "gate complete"));
    assert_live(world, world->pilot, &NEW);
}

static void what_is_lacking_has_names(void **state)
{
    struct world *world = *state;
    struct strv lacking = {0};
    struct err err = {0};
    make_standing(world);
    struct offer live = offer_of(world, world->pilot, &NEW);
    const struct offer none = {0};
    assert_ok(extend_lacking(world->pilot, &live, &lacking, &err));
    assert_ok(extend_lacking(world->pilot, &none, &lacking, &err));
    assert_int_equal(lacking.len, 0);
    want_french(world);
    strv_add(&world->pilot->content.proofing, "de-de");
    world->pilot->content.architectures |= ARCH_X86;
    world->pilot->content.arm64 = true;
    assert_ok(extend_lacking(world->pilot, &live, &lacking, &err));
    char *names AUTO_FREE = strv_join(&lacking, ", ");
    assert_string_equal(names, "x86, fr-fr, de-de proofing, arm64");
    strv_clear(&lacking);
    offer_clear(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPS_CASE(nothing_is_wanted_where_the_offers_have_it_all),
        OPS_CASE(each_standing_build_is_wanted_once_newest_first),
        OPS_CASE(what_only_a_ring_below_wants_is_fetched_and_not_offered),
        OPS_CASE(a_build_that_no_ring_goes_back_to_is_left_alone),
        OPS_CASE(what_is_not_whole_in_the_store_is_not_offered),
        OPS_CASE(a_language_is_offered_by_every_standing_build),
        OPS_CASE(a_language_that_is_whole_is_offered_without_one_that_is_not),
        OPS_CASE(what_the_configuration_drops_is_still_offered),
        OPS_CASE(an_architecture_brings_its_pointer),
        OPS_CASE(a_kept_build_gets_no_architecture_that_the_live_one_lacks),
        OPS_CASE(replay_finishes_what_the_store_has),
        OPS_CASE(replay_finishes_the_pointer_of_an_architecture),
        OPS_CASE(replay_takes_back_what_the_store_cannot_finish),
        OPS_CASE(what_cannot_be_placed_is_given_up_and_the_others_go_on),
        OPS_CASE(a_share_that_is_foreign_is_left_alone),
        OPS_CASE(an_approval_of_the_shorter_list_does_not_count_and_says_why),
        OPS_CASE(a_language_that_has_not_come_keeps_nobody_from_going_back),
        OPS_CASE(an_architecture_that_has_not_come_does),
        OPS_CASE(what_is_lacking_has_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

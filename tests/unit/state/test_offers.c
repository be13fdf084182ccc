#include "world.h"

#include "ringmgr/state/catalog.h"

static const char *const NEW_BUILD = "16.0.10730.20102";
static const char *const OLD_BUILD = "16.0.9126.2116"; /* greater as text, smaller as a number */

/* Offers. */

static struct offer start(struct world *world, const char *build, int64_t now, const char *ended)
{
    struct err err = {0};
    struct catalog_file file = {.path = (char *)build, .digest = digest_of_text(build), .bytes = 5};
    struct catalog_file absent = {.path = (char *)"none", .absent = true};
    struct catalog_file both[] = {file, absent};
    struct catalog_files files = {both, 2};
    struct offer offer = {.ring = (char *)"pilot",
                          .channel = mec(),
                          .build = build_of(build),
                          .content = (char *)"x64 en-us proofing= arm64=no",
                          .files_digest = digest_of_text("list"),
                          .live_since = now,
                          .by = (char *)"anna"};
    begin(world);
    assert_ok(catalog_offer_start(world->state, &offer, &files, ended, &err));
    commit(world);
    return offer;
}

static struct offer live(struct world *world, const char *ring)
{
    struct err err = {0};
    struct offer offer;
    bool found;
    assert_ok(catalog_offer_live(world->state, ring, &offer, &found, &err));
    assert_int_equal(found, offer.id != 0);
    return offer;
}

static void test_an_offer_is_live_until_the_next_one(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer first, second, read;
    bool found;
    assert_int_equal(live(world, "pilot").id, 0);
    first = start(world, OLD_BUILD, 1000, "promote");
    read = live(world, "pilot");
    assert_int_equal(read.id, first.id);
    assert_string_equal(read.ring, "pilot");
    assert_ptr_equal(read.channel, mec());
    assert_int_equal(build_compare(&read.build, &first.build), 0);
    assert_string_equal(read.content, first.content);
    assert_true(digest_equal(&read.files_digest, &first.files_digest));
    assert_int_equal(read.live_since, 1000);
    assert_int_equal(read.live_until, -1);
    assert_int_equal(read.removed_unix, -1);
    assert_string_equal(read.by, "anna");
    assert_null(read.ended);
    offer_clear(&read);
    second = start(world, NEW_BUILD, 2000, "promote");
    read = live(world, "pilot");
    assert_int_equal(read.id, second.id);
    offer_clear(&read);
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_true(found);
    assert_int_equal(read.live_until, 2000);
    assert_string_equal(read.ended, "promote");
    offer_clear(&read);
    assert_int_equal(live(world, "production").id, 0);
}

static void test_a_clock_that_went_back_ends_no_offer_before_it_began(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer first = start(world, OLD_BUILD, 5000, "promote"), read;
    bool found;
    start(world, NEW_BUILD, 4000, "promote");
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_int_equal(read.live_until, 5000);
    offer_clear(&read);
}

static void test_the_newest_offer_of_a_build_is_found(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer read;
    bool found;
    struct offer again, first = start(world, OLD_BUILD, 1000, "promote");
    start(world, NEW_BUILD, 2000, "promote");
    again = start(world, OLD_BUILD, 3000, "rollback");
    assert_ok(catalog_offer_find(world->state, "pilot", mec(), &first.build, &read, &found, &err));
    assert_int_equal(read.id, again.id);
    offer_clear(&read);
    assert_ok(catalog_offer_find(world->state, "pilot", current(), &first.build, &read, &found, &err));
    assert_false(found);
}

static void test_standing_offers_have_their_folder(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offers offers;
    struct offer first = start(world, "16.0.1.1", 1000, "promote");
    struct offer second = start(world, OLD_BUILD, 2000, "promote");
    struct offer third = start(world, NEW_BUILD, 3000, "rollback");
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err));
    assert_int_equal(offers.len, 3);
    assert_int_equal(offers.item[0].id, third.id);
    assert_int_equal(offers.item[1].id, second.id);
    assert_string_equal(offers.item[1].ended, "rollback");
    assert_int_equal(offers.item[2].id, first.id);
    offers_clear(&offers);
    begin(world);
    assert_ok(catalog_offer_removed(world->state, "pilot", mec(), &second.build, 4000, &err));
    commit(world);
    assert_ok(catalog_offers_standing(world->state, "pilot", &offers, &err));
    assert_int_equal(offers.len, 2);
    assert_int_equal(offers.item[1].id, first.id);
    offers_clear(&offers);
    begin(world); /* what is live cannot have left */
    assert_fails(catalog_offer_removed(world->state, "pilot", mec(), &third.build, 4000, &err), ERR_FAILED);
    state_abort(world->state);
}

static void test_an_offer_remembers_its_files(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct catalog_files files;
    struct digest digest = digest_of_text(OLD_BUILD);
    struct offer offer = start(world, OLD_BUILD, 1000, "promote");
    start(world, NEW_BUILD, 2000, "promote");
    assert_ok(catalog_offer_files(world->state, offer.id, &files, &err));
    assert_int_equal(files.len, 1);
    assert_string_equal(files.file[0].path, OLD_BUILD);
    assert_true(digest_equal(&files.file[0].digest, &digest));
    assert_int_equal(files.file[0].bytes, 5);
    assert_false(files.file[0].absent);
    catalog_files_clear(&files);
}

static void test_an_extended_offer_is_live_since_before(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer offer = start(world, OLD_BUILD, 1000, "promote"), read;
    struct catalog_file grown[] = {{.path = (char *)"a", .digest = digest_of_text("a"), .bytes = 1},
                                   {.path = (char *)"b", .digest = digest_of_text("b"), .bytes = 1}};
    struct catalog_files files = {grown, 2}, got;
    int64_t id = offer.id;
    offer.id = 0;
    offer.content = (char *)"x64 en-us,fr-fr proofing= arm64=no";
    offer.files_digest = digest_of_text("longer list");
    offer.live_since = 9000;
    begin(world);
    assert_ok(catalog_offer_extend(world->state, &offer, &files, &err));
    commit(world);
    assert_int_equal(offer.id, id);
    read = live(world, "pilot");
    assert_int_equal(read.id, id);
    assert_int_equal(read.live_since, 1000);
    assert_string_equal(read.content, offer.content);
    assert_true(digest_equal(&read.files_digest, &offer.files_digest));
    offer_clear(&read);
    assert_ok(catalog_offer_files(world->state, id, &got, &err));
    assert_int_equal(got.len, 2);
    catalog_files_clear(&got);
}

static void test_a_standing_offer_is_extended_until_its_folder_leaves(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offer kept = start(world, OLD_BUILD, 1000, "promote"), read;
    struct build old = build_of(OLD_BUILD);
    struct catalog_file grown[] = {{.path = (char *)"a", .digest = digest_of_text("a"), .bytes = 1}};
    struct catalog_files files = {grown, 1};
    bool found;
    start(world, NEW_BUILD, 2000, "promote");
    kept.content = (char *)"x64 en-us,fr-fr proofing= arm64=no";
    begin(world);
    assert_ok(catalog_offer_extend(world->state, &kept, &files, &err));
    assert_ok(catalog_offer_find(world->state, "pilot", kept.channel, &old, &read, &found, &err));
    assert_string_equal(read.content, kept.content);
    assert_int_equal(read.live_until, 2000);
    offer_clear(&read);
    assert_ok(catalog_offer_removed(world->state, "pilot", kept.channel, &old, 3000, &err));
    assert_fails(catalog_offer_extend(world->state, &kept, &files, &err), ERR_FAILED);
    assert_non_null(strstr(err.msg, "pilot"));
    state_abort(world->state);
}

static void test_offers_of_a_channel_after_a_build(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct build none = {{0}}, old = build_of(OLD_BUILD);
    struct offers offers;
    struct offer oldest = start(world, "16.0.1.1", 1000, "promote"), newest;
    start(world, OLD_BUILD, 2000, "promote");
    newest = start(world, NEW_BUILD, 3000, "promote");
    struct offer again = start(world, OLD_BUILD, 4000, "rollback");
    assert_ok(catalog_offers_after(world->state, "pilot", mec(), &none, &offers, &err));
    assert_int_equal(offers.len, 3);
    assert_int_equal(offers.item[0].id, newest.id); /* by build, not by time or text */
    assert_string_equal(offers.item[0].ended, "rollback");
    assert_int_equal(offers.item[1].id, again.id);
    assert_int_equal(offers.item[2].id, oldest.id);
    offers_clear(&offers);
    assert_ok(catalog_offers_after(world->state, "pilot", mec(), &old, &offers, &err));
    assert_int_equal(offers.len, 1);
    assert_int_equal(offers.item[0].id, newest.id);
    offers_clear(&offers);
    assert_ok(catalog_offers_after(world->state, "pilot", current(), &none, &offers, &err));
    assert_int_equal(offers.len, 0);
    assert_ok(catalog_offers_after(world->state, "production", mec(), &none, &offers, &err));
    assert_int_equal(offers.len, 0);
}

static void test_all_offers_are_read_last_first(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct offers offers;
    struct offer first = start(world, NEW_BUILD, 1000, "promote"), second;
    second = start(world, OLD_BUILD, 2000, "rollback");
    begin(world);
    assert_ok(catalog_offer_removed(world->state, "pilot", mec(), &first.build, 3000, &err));
    commit(world);
    assert_ok(catalog_offers_all(world->state, "pilot", &offers, &err));
    assert_int_equal(offers.len, 2);
    assert_int_equal(offers.item[0].id, second.id);
    assert_int_equal(offers.item[1].id, first.id);
    assert_int_equal(offers.item[1].removed_unix, 3000);
    offers_clear(&offers);
    assert_ok(catalog_offers_all(world->state, "production", &offers, &err));
    assert_int_equal(offers.len, 0);
}

/* A letter is a build that goes live, the next second; '<' before it: by rolling back what was live; '-': the
 * folder of `a` leaves the share. The span is that of `a`. */
static void test_how_a_build_has_fared(void **out)
{
    static const char *const builds[] = {"16.0.1.1", "16.0.2.2", "16.0.3.3"};
    static const struct {
        const char *events;
        int64_t since;
        bool standing, bad;
    } cases[] = {
        {"", -1, false, false},         {"b", -1, false, false},      {"a", 1001, true, false},
        {"ab", 1001, true, false},      {"ab-", 1001, false, false},  {"a<b", -1, true, true},
        {"a<b-", -1, false, true},      {"aba", 1001, true, false},   {"ab<a", 1001, true, false},
        {"a<ba", 1003, true, false},    {"a<bab", 1003, true, false}, {"a<ba<c", -1, true, true},
        {"a<bab<c", 1003, true, false}, {"a<b-a", 1004, true, false}, {"b<a", 1002, true, false},
    };
    (void)out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct world *world = world_new();
        struct build a = build_of(builds[0]);
        struct offer_span span;
        int64_t now = 1000;
        const char *ended = "promote";
        for (const char *event = cases[i].events; *event; event++) {
            if (*event == '<') {
                ended = "rollback";
            } else if (*event == '-') {
                now++;
                begin(world);
                assert_ok(catalog_offer_removed(world->state, "pilot", mec(), &a, now, &err));
                commit(world);
            } else {
                start(world, builds[*event - 'a'], ++now, ended);
                ended = "promote";
            }
        }
        assert_ok(catalog_offer_span(world->state, "pilot", mec(), &a, &span, &err));
        if (span.since_unix != cases[i].since || span.standing != cases[i].standing ||
            span.bad != cases[i].bad)
            fail_msg("%s: since %d, standing %d, bad %d", cases[i].events, (int)span.since_unix,
                     span.standing, span.bad);
        assert_ok(catalog_offer_span(world->state, "production", mec(), &a, &span, &err));
        assert_true(span.since_unix == -1 && !span.standing && !span.bad);
        world_free(world);
    }
}

/* For people. */

static void test_the_last_sync_is_kept_for_each_ring(void **out)
{
    struct err err = {0};
    struct world *world = *out;
    struct last_sync last = {1000, "failed", "no route"}, read;
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, -1);
    assert_null(read.result);
    assert_ok(catalog_last_sync_put(world->state, "pilot", &last, &err));
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, 1000);
    assert_string_equal(read.result, "failed");
    assert_string_equal(read.error, "no route");
    last_sync_clear(&read);
    last = (struct last_sync){2000, "new", NULL};
    begin(world); /* within a transaction too */
    assert_ok(catalog_last_sync_put(world->state, "pilot", &last, &err));
    commit(world);
    assert_ok(catalog_last_sync_get(world->state, "pilot", &read, &err));
    assert_int_equal(read.at_unix, 2000);
    assert_string_equal(read.result, "new");
    assert_null(read.error);
    last_sync_clear(&read);
    assert_ok(catalog_last_sync_get(world->state, "production", &read, &err));
    assert_int_equal(read.at_unix, -1);
}

static void raise_attention(struct world *world, const char *severity, const char *ring, const char *subject,
                            int64_t now)
{
    struct err err = {0};
    struct attention attention = {.severity = severity,
                                  .ring = ring,
                                  .code = "share-foreign",
                                  .subject = subject,
                                  .text = severity,
                                  .since_unix = now};
    assert_ok(catalog_attention_raise(world->state, &attention, &err));
}

static struct attentions attentions_of(struct world *world)
{
    struct err err = {0};
    struct attentions all;
    assert_ok(catalog_attentions(world->state, &all, &err));
    return all;
}

static void test_an_attention_is_kept_harmless(void **out)
{
    struct world *world = *out;
    struct err err = {0};
    const struct attention attention = {.severity = "warning",
                                        .code = "share-foreign",
                                        .subject = "\033",
                                        .text = "\033]0;x\007\n\xff is foreign",
                                        .command = "mv \033"};
    assert_ok(catalog_attention_raise(world->state, &attention, &err));
    struct attentions all = attentions_of(world);
    assert_string_equal(all.item[0].text, "?]0;x??? is foreign");
    assert_string_equal(all.item[0].command, "mv ?");
    attentions_clear(&all);
    assert_ok(catalog_attention_settle(world->state, "share-foreign", NULL, "\033", &err));
    all = attentions_of(world);
    assert_int_equal(all.len, 0);
    attentions_clear(&all);
}

static void test_an_attention_is_renewed_where_it_stands(void **out)
{
    struct world *world = *out;
    struct attentions all;
    raise_attention(world, "warning", "pilot", "x", 1000);
    all = attentions_of(world);
    assert_int_equal(all.len, 1);
    int64_t id = all.item[0].id;
    assert_string_equal(all.item[0].ring, "pilot");
    assert_string_equal(all.item[0].code, "share-foreign");
    assert_string_equal(all.item[0].subject, "x");
    assert_null(all.item[0].command);
    attentions_clear(&all);
    raise_attention(world, "critical", "pilot", "x", 2000);
    all = attentions_of(world);
    assert_int_equal(all.len, 1);
    assert_int_equal(all.item[0].id, id);
    assert_int_equal(all.item[0].since_unix, 1000);
    assert_string_equal(all.item[0].text, "critical");
    assert_string_equal(all.item[0].severity, "critical");
    attentions_clear(&all);
}

static void test_attentions_are_ordered_most_severe_then_oldest(void **out)
{
    struct world *world = *out;
    struct attentions all;
    static const int64_t order[] = {300, 900, 200, 800, 100};
    raise_attention(world, "info", NULL, "", 100);
    raise_attention(world, "warning", NULL, "b", 800);
    raise_attention(world, "critical", "a", "", 900);
    raise_attention(world, "warning", "a", "b", 200);
    raise_attention(world, "critical", "b", "", 300);
    all = attentions_of(world);
    assert_int_equal(all.len, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(all.item[i].since_unix, order[i]);
    assert_null(all.item[4].ring);
    attentions_clear(&all);
}

static size_t clear_and_count(struct world *world, const char *code, const char *ring, const char *except)
{
    struct err err = {0};
    assert_ok(catalog_attention_clear(world->state, code, ring, except, &err));
    struct attentions all = attentions_of(world);
    size_t len = all.len;
    attentions_clear(&all);
    return len;
}

static void test_attentions_are_cleared_by_code_and_ring(void **out)
{
    struct world *world = *out;
    raise_attention(world, "info", NULL, "x", 1);
    raise_attention(world, "info", "pilot", "x", 2);
    raise_attention(world, "info", "pilot", "y", 3);
    raise_attention(world, "info", "production", "x", 4);
    assert_int_equal(clear_and_count(world, "another-code", "pilot", NULL), 4);
    assert_int_equal(clear_and_count(world, "share-foreign", "pilot", "y"), 3);
    assert_int_equal(clear_and_count(world, "share-foreign", NULL, NULL), 2);
    assert_int_equal(clear_and_count(world, "share-foreign", "pilot", NULL), 1);
    assert_int_equal(clear_and_count(world, "share-foreign", "production", NULL), 0);
}

static int64_t id_of(struct world *world, size_t index)
{
    struct attentions all = attentions_of(world);
    assert_true(index < all.len);
    int64_t id = all.item[index].id;
    attentions_clear(&all);
    return id;
}

static bool ack(struct world *world, int64_t id, struct attention *attention)
{
    struct err err = {0};
    bool found;
    begin(world);
    assert_ok(catalog_attention_ack(world->state, id, "anna", 5000, attention, &found, &err));
    commit(world);
    return found;
}

static int64_t since(struct world *world, const char *ring, const char *subject)
{
    struct err err = {0};
    int64_t since_unix = 0;
    assert_ok(catalog_attention_since(world->state, "share-foreign", ring, subject, &since_unix, &err));
    return since_unix;
}

static void test_an_attention_that_was_seen_stays_away_until_it_is_cleared(void **out)
{
    struct world *world = *out;
    struct attention seen;
    raise_attention(world, "warning", "pilot", "x", 1000);
    raise_attention(world, "info", "pilot", "y", 1000);
    assert_false(ack(world, 99, &seen));
    assert_null(seen.code);
    int64_t id = id_of(world, 0);
    assert_true(ack(world, id, &seen));
    assert_int_equal(seen.id, id);
    assert_string_equal(seen.ring, "pilot");
    assert_string_equal(seen.code, "share-foreign");
    assert_string_equal(seen.subject, "x");
    attention_clear(&seen);
    assert_false(ack(world, id, &seen));
    assert_int_not_equal(id_of(world, 0), id);
    raise_attention(world, "critical", "pilot", "x", 2000);
    struct attentions all = attentions_of(world);
    assert_int_equal(all.len, 1);
    attentions_clear(&all);
    assert_int_equal(since(world, "pilot", "x"), 1000);
    clear_and_count(world, "share-foreign", "pilot", NULL);
    raise_attention(world, "warning", "pilot", "x", 3000);
    all = attentions_of(world);
    assert_int_equal(all.len, 1);
    assert_int_equal(all.item[0].since_unix, 3000);
    attentions_clear(&all);
}

static void test_since_when_an_attention_stands(void **out)
{
    struct world *world = *out;
    raise_attention(world, "info", NULL, "x", 1000);
    raise_attention(world, "info", "pilot", "x", 2000);
    raise_attention(world, "info", "pilot", "", 3000);
    assert_int_equal(since(world, NULL, "x"), 1000);
    assert_int_equal(since(world, "pilot", "x"), 2000);
    assert_int_equal(since(world, "pilot", ""), 3000);
    assert_int_equal(since(world, "pilot", NULL), 3000);
    assert_int_equal(since(world, "pilot", "y"), -1);
    assert_int_equal(since(world, "production", "x"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_an_offer_is_live_until_the_next_one),
        world_test(test_a_clock_that_went_back_ends_no_offer_before_it_began),
        world_test(test_the_newest_offer_of_a_build_is_found),
        world_test(test_standing_offers_have_their_folder),
        world_test(test_an_offer_remembers_its_files),
        world_test(test_an_extended_offer_is_live_since_before),
        world_test(test_a_standing_offer_is_extended_until_its_folder_leaves),
        world_test(test_offers_of_a_channel_after_a_build),
        world_test(test_all_offers_are_read_last_first),
        cmocka_unit_test(test_how_a_build_has_fared),
        world_test(test_the_last_sync_is_kept_for_each_ring),
        world_test(test_an_attention_is_kept_harmless),
        world_test(test_an_attention_is_renewed_where_it_stands),
        world_test(test_attentions_are_ordered_most_severe_then_oldest),
        world_test(test_attentions_are_cleared_by_code_and_ring),
        world_test(test_an_attention_that_was_seen_stays_away_until_it_is_cleared),
        world_test(test_since_when_an_attention_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Which segments of wanted streams others have: by hand, against brute force, and over real tables. */
#include "test.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/segments.h"

#include <time.h>

#define AUTO_SEGMENTS                                                                                        \
    AUTO(segments_auto_free)                                                                                 \
    struct segments *

/* A table of segments with these values; each is `value` × 10 bytes long. */
static struct segment_table make(struct segment *segment, const uint8_t *value, size_t len)
{
    struct segment_table table = {.segment = segment, .len = len, .files = 1};
    for (size_t i = 0; i < len; i++) {
        segment[i] = (struct segment){.start = table.stream_bytes, .digest = {{value[i]}}};
        table.stream_bytes += value[i] * 10u;
        segment[i].end = table.stream_bytes;
    }
    return table;
}

static void expect_place(const struct segment_place *place, uint32_t source, uint32_t at)
{
    assert_int_equal(place->source, source);
    assert_int_equal(place->at, at);
}

static void who_offers_first_keeps_the_value(void **state)
{
    struct segment a[3], b[2], c[3];
    const struct segment_table wanted = make(a, (const uint8_t[]){3, 5, 7}, 3),
                               first = make(b, (const uint8_t[]){9, 5}, 2),
                               second = make(c, (const uint8_t[]){1, 5, 3}, 3);
    const struct segment_table *const list[] = {&wanted};
    AUTO_SEGMENTS segments = segments_new(list, 1);
    (void)state;
    assert_int_equal(segments_offer(segments, &first, 0, 0), 50);
    assert_int_equal(segments_offer(segments, &second, 1, 0), 30);
    const struct segment_place *place = segments_places(segments, 0);
    expect_place(&place[0], 1, 60);
    expect_place(&place[1], 0, 90);
    expect_place(&place[2], SEGMENT_NOWHERE, 0);
    assert_int_equal(segments_missing_bytes(segments, 0), 70);
}

static void what_repeats_is_fetched_once(void **state)
{
    struct segment a[4], b[1];
    const struct segment_table wanted = make(a, (const uint8_t[]){4, 2, 4, 4}, 4),
                               late = make(b, (const uint8_t[]){4}, 1);
    const struct segment_table *const list[] = {&wanted};
    AUTO_SEGMENTS segments = segments_new(list, 1);
    (void)state;
    const struct segment_place *place = segments_places(segments, 0);
    expect_place(&place[0], SEGMENT_NOWHERE, 0);
    expect_place(&place[2], SEGMENT_SELF, 0);
    expect_place(&place[3], SEGMENT_SELF, 0);
    assert_int_equal(segments_missing_bytes(segments, 0), 60);
    /* a source is better than the stream itself, also when it comes later */
    assert_int_equal(segments_offer(segments, &late, 6, 0), 120);
    place = segments_places(segments, 0);
    expect_place(&place[0], 6, 0);
    expect_place(&place[3], 6, 0);
}

static void one_offer_serves_all_tables_from_there_on(void **state)
{
    struct segment a[2], b[2];
    const struct segment_table one = make(a, (const uint8_t[]){4, 2}, 2),
                               two = make(b, (const uint8_t[]){8, 4}, 2);
    const struct segment_table *const list[] = {&one, &two};
    AUTO_SEGMENTS segments = segments_new(list, 2);
    (void)state;
    assert_int_equal(segments_offer(segments, &one, 3, 1), 40);
    expect_place(segments_places(segments, 0), SEGMENT_NOWHERE, 0);
    expect_place(&segments_places(segments, 1)[1], 3, 0);
    assert_int_equal(segments_missing_bytes(segments, 0), 60);
    assert_int_equal(segments_missing_bytes(segments, 1), 80);
    assert_int_equal(segments_offer(segments, &two, 4, 0), 120);
    expect_place(segments_places(segments, 0), 4, 80);
}

/* A SHA-256 has one length: whoever says otherwise is not believed. */
static void a_value_of_another_length_is_not_used(void **state)
{
    struct segment a[3], b[1];
    struct segment_table wanted = make(a, (const uint8_t[]){4, 4, 6}, 3),
                         other = make(b, (const uint8_t[]){6}, 1);
    const struct segment_table *const list[] = {&wanted};
    (void)state;
    a[1].end++;
    a[2].start++;
    AUTO_SEGMENTS segments = segments_new(list, 1);
    assert_int_equal(segments_offer(segments, &other, 0, 0), 0);
    assert_int_equal(segments_offer(segments, &wanted, 1, 0), 59);
    const struct segment_place *place = segments_places(segments, 0);
    expect_place(&place[0], SEGMENT_NOWHERE, 0);
    expect_place(&place[1], SEGMENT_NOWHERE, 0);
    expect_place(&place[2], 1, 81);
}

static void nothing_wanted_or_offered_is_fine(void **state)
{
    struct segment a[1];
    const struct segment_table empty = {0}, one = make(a, (const uint8_t[]){4}, 1);
    const struct segment_table *const list[] = {&empty};
    AUTO_SEGMENTS none = segments_new(NULL, 0);
    AUTO_SEGMENTS segments = segments_new(list, 1);
    (void)state;
    assert_int_equal(segments_offer(none, &one, 0, 0), 0);
    assert_int_equal(segments_offer(segments, &one, 0, 0), 0);
    assert_int_equal(segments_missing_bytes(segments, 0), 0);
}

/* ---- against brute force ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

enum { TABLES = 3, OFFERS = 4, LONGEST = 40, VALUES = 30 };

static struct segment_table make_random(struct segment segment[LONGEST], uint32_t *seed)
{
    uint8_t value[LONGEST];
    size_t len = next_random(seed) % LONGEST;
    for (size_t i = 0; i < len; i++)
        value[i] = (uint8_t)(1 + next_random(seed) % VALUES);
    return make(segment, value, len);
}

static struct segment_place search(const struct segment_table *wanted, size_t index,
                                   const struct segment_table *offer, size_t table)
{
    const struct segment *segment = &wanted->segment[index];
    for (uint32_t source = 0; source < OFFERS; source++)
        for (size_t i = 0; source <= table && i < offer[source].len; i++)
            if (digest_equal(&offer[source].segment[i].digest, &segment->digest))
                return (struct segment_place){source, offer[source].segment[i].start};
    for (size_t i = 0; i < index; i++)
        if (digest_equal(&wanted->segment[i].digest, &segment->digest))
            return (struct segment_place){SEGMENT_SELF, wanted->segment[i].start};
    return (struct segment_place){SEGMENT_NOWHERE, 0};
}

static void agrees_with_a_search_through_everything(void **state)
{
    static struct segment room[TABLES][LONGEST], offered[OFFERS][LONGEST];
    uint32_t seed = 60607;
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct segment_table wanted[TABLES], offer[OFFERS];
        const struct segment_table *list[TABLES];
        for (size_t i = 0; i < TABLES; i++) {
            wanted[i] = make_random(room[i], &seed);
            list[i] = &wanted[i];
        }
        AUTO_SEGMENTS segments = segments_new(list, TABLES);
        for (uint32_t i = 0; i < OFFERS; i++) {
            offer[i] = make_random(offered[i], &seed);
            segments_offer(segments, &offer[i], i, i);
        }
        for (size_t i = 0; i < TABLES; i++) {
            const struct segment_place *place = segments_places(segments, i);
            for (size_t k = 0; k < wanted[i].len; k++) {
                const struct segment_place right = search(&wanted[i], k, offer, i);
                expect_place(&place[k], right.source, right.at);
            }
        }
    }
}

/* ---- real tables ---- */

#define AUTO_TABLE                                                                                           \
    AUTO(segment_table_clear)                                                                                \
    struct segment_table

static void read_real(const char *cabinet, const char *member, struct segment_table *table)
{
    AUTO_BUF bytes = {0};
    AUTO_BUF content = {0};
    struct err err = {0};
    char *path AUTO_FREE = mem_printf("odt-16.0.14332.20176/Office/Data/16.0.14332.20176/%s", cabinet);
    test_read_real(path, &bytes);
    assert_ok(cab_read_member(bytes.data, bytes.len, cabinet, member, &content, &err));
    assert_ok(segment_table_parse(content.data, content.len, member, table, &err));
}

static void real_streams_share_what_their_values_say(void **state)
{
    AUTO_TABLE neutral = {0};
    AUTO_TABLE english = {0};
    (void)state;
    read_real("s640.cab", "stream.x64.x-none.man.dat", &neutral);
    read_real("s641033.cab", "stream.x64.en-us.man.dat", &english);
    const struct segment_table *const list[] = {&neutral, &english};
    AUTO_SEGMENTS segments = segments_new(list, 2);
    assert_true(segments_offer(segments, &neutral, 0, 1) <= english.stream_bytes);
    uint64_t found = 0;
    const struct segment_place *place = segments_places(segments, 1);
    for (size_t i = 0; i < english.len; i++) {
        if (place[i].source != 0)
            continue;
        size_t k = 0;
        while (neutral.segment[k].start != place[i].at)
            k++;
        assert_true(digest_equal(&neutral.segment[k].digest, &english.segment[i].digest));
        found += english.segment[i].end - english.segment[i].start;
    }
    /* with itself at hand nothing of a stream is missing */
    assert_int_equal(segments_offer(segments, &english, 1, 0) >= english.stream_bytes - found, 1);
    assert_int_equal(segments_missing_bytes(segments, 1), 0);
}

/* Goal: 14,000 segments in 50 ms of one core. */
static void fourteen_thousand_segments_take_no_time(void **state)
{
    AUTO_TABLE neutral = {0};
    clock_t best = CLOCKS_PER_SEC;
    (void)state;
    read_real("s640.cab", "stream.x64.x-none.man.dat", &neutral);
    const struct segment_table *const list[] = {&neutral};
    for (int i = 0; i < 5; i++) {
        clock_t begun = clock();
        AUTO_SEGMENTS segments = segments_new(list, 1);
        assert_int_equal(segments_offer(segments, &neutral, 0, 0), neutral.stream_bytes);
        assert_int_equal(segments_missing_bytes(segments, 0), 0);
        clock_t took = clock() - begun;
        best = took < best ? took : best;
    }
    print_message("%zu segments: %.1f ms\n", neutral.len, (double)best * 1000 / CLOCKS_PER_SEC);
    assert_true(best * 1000 / CLOCKS_PER_SEC <= 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_offers_first_keeps_the_value),
        cmocka_unit_test(what_repeats_is_fetched_once),
        cmocka_unit_test(one_offer_serves_all_tables_from_there_on),
        cmocka_unit_test(a_value_of_another_length_is_not_used),
        cmocka_unit_test(nothing_wanted_or_offered_is_fine),
        cmocka_unit_test(agrees_with_a_search_through_everything),
        cmocka_unit_test(real_streams_share_what_their_values_say),
        cmocka_unit_test(fourteen_thousand_segments_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

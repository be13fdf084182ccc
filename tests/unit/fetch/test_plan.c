/* Plans: what is missing, what is asked for, and how; by hand and against a bit for every byte. */
#include "test.h"

#include "ringmgr/base/mem.h"
#include "ringmgr/fetch/plan.h"

#define AUTO_RANGES                                                                                          \
    AUTO(plan_ranges_clear)                                                                                  \
    struct plan_ranges

static const uint64_t MIB = (uint64_t)1 << 20;

static double percent(uint64_t more, uint64_t bytes)
{
    return 100.0 * ((double)more - (double)bytes) / (double)bytes;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void expect_header(const struct plan_ranges *ranges, const char *header)
{
    char *text AUTO_FREE = plan_request_header(ranges, 0, ranges->len);
    assert_string_equal(text, header);
}

/* ---- sound plans ---- */

static struct plan_piece piece(uint32_t start, uint32_t end, uint32_t source, uint32_t at, uint8_t value)
{
    return (struct plan_piece){start, end, source, at, {{value}}};
}

static void a_plan_tiles_and_points_backwards(void **state)
{
    const struct plan_piece good[] = {piece(0, 10, PLAN_FETCH, 0, 1), piece(10, 30, 0, 77, 2),
                                      piece(30, 40, PLAN_SELF, 0, 1)};
    static const struct {
        size_t at;
        struct plan_piece piece;
    } bad[] = {
        {0, {.start = 1, .end = 10, .source = PLAN_FETCH}},
        {1, {.start = 10, .end = 10, .source = 0}},
        {1, {.start = 10, .end = 29, .source = 0}},
        {1, {.start = 10, .end = 30, .source = 1}},
        {1, {.start = 10, .end = 30, .source = 0, .at = UINT32_MAX}},
        {2, {.start = 30, .end = 41, .source = PLAN_FETCH}},
        {2, {.start = 30, .end = 40, .source = PLAN_SELF, .at = 30, .digest = {{1}}}},
        {2, {.start = 30, .end = 40, .source = PLAN_SELF, .at = 5, .digest = {{1}}}},
        {2, {.start = 30, .end = 40, .source = PLAN_SELF, .at = 10, .digest = {{2}}}},
        {2, {.start = 30, .end = 40, .source = PLAN_SELF, .at = 0, .digest = {{2}}}},
    };
    struct plan_piece pieces[3];
    struct plan_source source = {.fd = -1};
    struct fetch_plan plan = {.piece = pieces, .len = 3, .total_bytes = 40, .source = &source, .sources = 1};
    (void)state;
    memcpy(pieces, good, sizeof pieces);
    assert_true(plan_is_sound(&plan));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(pieces, good, sizeof pieces);
        pieces[bad[i].at] = bad[i].piece;
        if (plan_is_sound(&plan))
            fail_msg("case %zu is taken for sound", i);
    }
    memcpy(pieces, good, sizeof pieces);
    plan.total_bytes = 41;
    assert_false(plan_is_sound(&plan));
    const struct fetch_plan empty = {0};
    assert_true(plan_is_sound(&empty));
}

static void finds_the_piece_of_a_byte(void **state)
{
    struct plan_piece pieces[] = {piece(0, 10, 0, 0, 1), piece(10, 11, 0, 0, 2), piece(11, 40, 0, 0, 1)};
    const struct fetch_plan plan = {.piece = pieces, .len = 3, .total_bytes = 40};
    (void)state;
    assert_int_equal(plan_piece_at(&plan, 0), 0);
    assert_int_equal(plan_piece_at(&plan, 9), 0);
    assert_int_equal(plan_piece_at(&plan, 10), 1);
    assert_int_equal(plan_piece_at(&plan, 11), 2);
    assert_int_equal(plan_piece_at(&plan, 39), 2);
}

static void what_the_part_has_is_not_missing(void **state)
{
    struct plan_piece pieces[] = {piece(0, 10, PLAN_FETCH, 0, 1), piece(10, 30, 0, 77, 2),
                                  piece(30, 50, PLAN_FETCH, 0, 3), piece(50, 60, PLAN_FETCH, 0, 4)};
    const struct fetch_plan plan = {.piece = pieces, .len = 4, .total_bytes = 60};
    AUTO_RANGES have = {0};
    AUTO_RANGES missing = {0};
    (void)state;
    plan_ranges_add(&have, 0, 4);
    plan_ranges_add(&have, 6, 12);
    plan_ranges_add(&have, 35, 37);
    plan_ranges_add(&have, 48, 52);
    plan_missing(&plan, &have, &missing);
    expect_header(&missing, "bytes=4-5,30-34,37-47,52-59");
    assert_int_equal(missing.bytes, 2 + 5 + 11 + 8);
}

/* ---- what is asked for ---- */

static void small_gaps_are_fetched_and_large_ones_kept(void **state)
{
    static const struct plan_shape single = {.gap_bytes = 1000}, multi = {.multi = true};
    AUTO_RANGES missing = {0};
    AUTO_RANGES ask = {0};
    (void)state;
    plan_ranges_add(&missing, 0, 100000);
    plan_ranges_add(&missing, 100200, 200000);
    plan_ranges_add(&missing, 201000, 300000);
    plan_ranges_add(&missing, 301001, 400000);
    plan_coalesce(&missing, &single, &ask);
    expect_header(&ask, "bytes=0-299999,301001-399999");
    assert_int_equal(plan_requests(&ask, &single), 2);
    plan_ranges_clear(&ask);
    plan_coalesce(&missing, &multi, &ask);
    expect_header(&ask, "bytes=0-199999,201000-299999,301001-399999");
    assert_int_equal(plan_requests(&ask, &multi), 1);
}

static void extra_bytes_are_bounded(void **state)
{
    static const struct plan_shape single = {.gap_bytes = UINT64_MAX};
    AUTO_RANGES missing = {0};
    AUTO_RANGES ask = {0};
    (void)state;
    for (uint64_t i = 0; i < 100; i++)
        plan_ranges_add(&missing, i * 2000, i * 2000 + 1000);
    plan_coalesce(&missing, &single, &ask);
    assert_int_equal(ask.bytes, 110000);
    assert_int_equal(ask.len, 90);
}

static void a_request_has_so_many_ranges_as_a_server_takes(void **state)
{
    static const struct plan_shape multi = {.multi = true}, halves = {.multi = true, .request_bytes = 50000};
    AUTO_RANGES small = {0};
    AUTO_RANGES large = {0};
    (void)state;
    for (uint64_t i = 0; i < 450; i++)
        plan_ranges_add(&small, i * 2000, i * 2000 + 1000);
    for (uint64_t i = 0; i < 450; i++)
        plan_ranges_add(&large, 4000000000 + i * 2000, 4000000000 + i * 2000 + 1000);
    assert_int_equal(plan_request_end(&small, 0, &multi), 200);
    assert_int_equal(plan_request_end(&small, 0, &halves), 50);
    assert_int_equal(plan_request_end(&small, 449, &halves), 450);
    size_t end = plan_request_end(&large, 0, &multi);
    char *fits AUTO_FREE = plan_request_header(&large, 0, end);
    char *longer AUTO_FREE = plan_request_header(&large, 0, end + 1);
    assert_true(strlen(fits) <= PLAN_HEADER_BYTES && strlen(longer) > PLAN_HEADER_BYTES);
}

/* 10,000 segments of 200 KiB, of which these percents changed in runs and single ones. */
static void requests_and_bytes_keep_the_goals(void **state)
{
    static const unsigned changed[] = {10, 40, 80};
    static const struct plan_shape multi = {.multi = true}, single = {.gap_bytes = 250000};
    uint32_t seed = 20200;
    (void)state;
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        AUTO_RANGES missing = {0};
        AUTO_RANGES many = {0};
        AUTO_RANGES one = {0};
        uint64_t at = 0;
        for (int k = 0; k < 10000; k++) {
            uint64_t bytes = 1 + next_random(&seed) % (next_random(&seed) % 4 ? 13000 : 1600000);
            if (next_random(&seed) % 100 < changed[i])
                plan_ranges_add(&missing, at, at + bytes);
            at += bytes;
        }
        plan_coalesce(&missing, &multi, &many);
        plan_coalesce(&missing, &single, &one);
        size_t requests = plan_requests(&many, &multi);
        print_message("%u %% of %u MiB changed: multi +%.2f %% with headers in %zu requests (goal %u), "
                      "single +%.2f %% in %zu\n",
                      changed[i], (unsigned)(at / MIB),
                      percent(many.bytes + many.len * PLAN_PART_BYTES, missing.bytes), requests,
                      (unsigned)(many.bytes / (4 * MIB) + 1), percent(one.bytes, missing.bytes), one.len);
        assert_true(many.bytes + many.len * PLAN_PART_BYTES <= missing.bytes + missing.bytes / 50);
        assert_true(requests <= many.bytes / (4 * MIB) + 1);
        assert_true(one.bytes <= missing.bytes + missing.bytes / 10);
        assert_true(plan_saves(&many, &multi, at));
    }
}

/* ---- against a bit for every byte ---- */

enum { BYTES = 4000, PIECES = 60 };

static void mark(const struct plan_ranges *ranges, uint8_t bit[BYTES])
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < ranges->len; i++) {
        assert_true(ranges->range[i].start < ranges->range[i].end && ranges->range[i].end <= BYTES);
        assert_true(i == 0 || ranges->range[i - 1].end < ranges->range[i].start);
        memset(bit + ranges->range[i].start, 1, ranges->range[i].end - ranges->range[i].start);
        bytes += ranges->range[i].end - ranges->range[i].start;
    }
    assert_int_equal(bytes, ranges->bytes);
}

static size_t fill(struct plan_piece *pieces, uint8_t wanted[BYTES], uint32_t *seed)
{
    size_t len = 0;
    for (uint32_t at = 0; at < BYTES; len++) {
        uint32_t end = len == PIECES - 1 ? BYTES : at + 1 + next_random(seed) % 150;
        end = end < BYTES ? end : BYTES;
        bool fetch = next_random(seed) % 2;
        pieces[len] = piece(at, end, fetch ? PLAN_FETCH : 0, 0, 1);
        memset(wanted + at, fetch, end - at);
        at = end;
    }
    return len;
}

static void fill_have(struct plan_ranges *have, uint32_t *seed)
{
    for (uint64_t at = next_random(seed) % 300; at < BYTES;) {
        uint64_t end = at + 1 + next_random(seed) % 300;
        plan_ranges_add(have, at, end < BYTES ? end : BYTES);
        at = end + next_random(seed) % 1000;
    }
}

static void check_requests(const struct plan_ranges *ask, const struct plan_shape *shape)
{
    size_t count = 0;
    for (size_t from = 0, to; from < ask->len; from = to, count++) {
        to = plan_request_end(ask, from, shape);
        char *header AUTO_FREE = plan_request_header(ask, from, to);
        assert_true(to > from && to <= ask->len && strlen(header) <= PLAN_HEADER_BYTES);
        assert_true(shape->multi || to == from + 1);
    }
    assert_int_equal(count, plan_requests(ask, shape));
}

static void agrees_with_a_bit_for_every_byte(void **state)
{
    static struct plan_piece pieces[PIECES];
    uint32_t seed = 77;
    (void)state;
    for (int round = 0; round < 400; round++) {
        uint8_t wanted[BYTES] = {0}, at_hand[BYTES] = {0}, missing_bit[BYTES] = {0}, ask_bit[BYTES] = {0};
        AUTO_RANGES have = {0};
        AUTO_RANGES missing = {0};
        AUTO_RANGES ask = {0};
        const struct plan_shape shape = {.multi = round % 2, .gap_bytes = next_random(&seed) % 500};
        const struct fetch_plan plan = {
            .piece = pieces, .len = fill(pieces, wanted, &seed), .total_bytes = BYTES, .sources = 1};
        assert_true(plan_is_sound(&plan));
        fill_have(&have, &seed);
        mark(&have, at_hand);
        plan_missing(&plan, &have, &missing);
        mark(&missing, missing_bit);
        plan_coalesce(&missing, &shape, &ask);
        mark(&ask, ask_bit);
        check_requests(&ask, &shape);
        for (size_t i = 0; i < BYTES; i++) {
            assert_int_equal(missing_bit[i], wanted[i] && !at_hand[i]);
            assert_true(ask_bit[i] >= missing_bit[i]);
            assert_int_equal(plan_ranges_hold(&ask, i, i + 1), ask_bit[i]);
        }
        assert_true(shape.multi || ask.bytes <= missing.bytes + missing.bytes / 10);
        assert_true(ask.len <= missing.len);
    }
}

static void a_plan_that_saves_little_is_none(void **state)
{
    static const struct plan_shape near = {.gap_bytes = 1}, far = {.gap_bytes = 1000};
    AUTO_RANGES ask = {0};
    AUTO_RANGES nothing = {0};
    (void)state;
    for (uint64_t i = 0; i < 90; i++)
        plan_ranges_add(&ask, i * 1000, i * 1000 + 990);
    assert_true(plan_saves(&ask, &near, 100000));
    assert_false(plan_saves(&ask, &near, 90000));
    assert_false(plan_saves(&ask, &far, 100000));
    assert_true(plan_saves(&nothing, &far, 100000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_tiles_and_points_backwards),
        cmocka_unit_test(finds_the_piece_of_a_byte),
        cmocka_unit_test(what_the_part_has_is_not_missing),
        cmocka_unit_test(small_gaps_are_fetched_and_large_ones_kept),
        cmocka_unit_test(extra_bytes_are_bounded),
        cmocka_unit_test(a_request_has_so_many_ranges_as_a_server_takes),
        cmocka_unit_test(requests_and_bytes_keep_the_goals),
        cmocka_unit_test(agrees_with_a_bit_for_every_byte),
        cmocka_unit_test(a_plan_that_saves_little_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The set of ranges, against an array of bytes that says the same. */
#include "test.h"

#include "ringmgr/store/incoming_ranges.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 200, ROUNDS = 20000 };

struct model {
    bool there[BYTES];
};

static void set(struct model *model, struct incoming_range range, bool there)
{
    for (uint64_t i = range.start; i < range.end; i++)
        model->there[i] = there;
}

static bool model_gap(const struct model *model, uint64_t from, uint64_t total, struct incoming_range *gap)
{
    while (from < total && model->there[from])
        from++;
    *gap = (struct incoming_range){from, from};
    while (gap->end < total && !model->there[gap->end])
        gap->end++;
    return from < total;
}

static uint64_t model_prefix(const struct model *model)
{
    uint64_t at = 0;
    while (at < BYTES && model->there[at])
        at++;
    return at;
}

static uint64_t model_end(const struct model *model)
{
    uint64_t at = BYTES;
    while (at > 0 && !model->there[at - 1])
        at--;
    return at;
}

static uint64_t model_bytes(const struct model *model)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < BYTES; i++)
        sum += model->there[i];
    return sum;
}

static struct incoming_range random_range(unsigned *seed)
{
    uint64_t start = (uint64_t)rand_r(seed) % BYTES;
    return (struct incoming_range){start, start + (uint64_t)rand_r(seed) % (BYTES - start + 1) % 40};
}

static void assert_same(const struct ranges *ranges, const struct model *model, unsigned *seed)
{
    struct incoming_range gap, expected, asked = random_range(seed);
    assert_int_equal(ranges->bytes, model_bytes(model));
    assert_int_equal(ranges_prefix(ranges), model_prefix(model));
    assert_int_equal(ranges_end(ranges), model_end(model));
    bool found = model_gap(model, asked.start, asked.end, &expected);
    assert_int_equal(ranges_gap(ranges, asked.start, asked.end, &gap), found);
    assert_int_equal(ranges_hold(ranges, asked), !found);
    if (found)
        assert_memory_equal(&gap, &expected, sizeof gap);
    for (size_t i = 1; i < ranges->len; i++)
        assert_true(ranges->item[i - 1].end < ranges->item[i].start);
}

static void it_is_what_was_added_less_what_was_removed(void **state)
{
    (void)state;
    unsigned seed = 6;
    struct ranges ranges = {0};
    struct model model = {{0}};
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct incoming_range range = random_range(&seed);
        bool add = rand_r(&seed) % 5 < 2;
        if (add)
            ranges_add(&ranges, range);
        else
            ranges_remove(&ranges, range);
        set(&model, range, add);
        assert_same(&ranges, &model, &seed);
    }
    ranges_clear(&ranges);
    assert_int_equal(ranges_end(&ranges), 0);
}

static void the_end_of_all_numbers_is_no_trap(void **state)
{
    (void)state;
    struct ranges ranges = {0};
    struct incoming_range gap;
    ranges_add(&ranges, (struct incoming_range){UINT64_MAX - 2, UINT64_MAX});
    ranges_add(&ranges, (struct incoming_range){0, 5});
    assert_true(ranges_gap(&ranges, 0, UINT64_MAX, &gap));
    assert_int_equal(gap.start, 5);
    assert_int_equal(gap.end, UINT64_MAX - 2);
    ranges_remove(&ranges, (struct incoming_range){5, UINT64_MAX});
    assert_int_equal(ranges.bytes, 5);
    ranges_add(&ranges, (struct incoming_range){7, 7});
    ranges_add(&ranges, (struct incoming_range){9, 8});
    assert_int_equal(ranges.len, 1);
    ranges_clear(&ranges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_was_added_less_what_was_removed),
        cmocka_unit_test(the_end_of_all_numbers_is_no_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

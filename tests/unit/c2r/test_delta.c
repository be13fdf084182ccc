/* What a stream has that others lack, by the values of its segments. */
#include "ringmgr/c2r/delta.h"
#include "test.h"

/* A table of segments with these values, each of the length `value` × 10. */
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

static void counts_what_no_table_has(void **state)
{
    struct segment a[3], b[2], c[2];
    const struct segment_table wanted = make(a, (const uint8_t[]){3, 5, 7}, 3);
    const struct segment_table have[] = {make(b, (const uint8_t[]){9, 5}, 2),
                                         make(c, (const uint8_t[]){1, 2}, 2)};
    (void)state;
    assert_int_equal(delta_missing_bytes(&wanted, have, 2), 100);
    assert_int_equal(delta_missing_bytes(&wanted, have + 1, 1), 150);
}

static void without_tables_everything_is_missing(void **state)
{
    struct segment a[2];
    const struct segment_table wanted = make(a, (const uint8_t[]){3, 5}, 2), empty = {0};
    (void)state;
    assert_int_equal(delta_missing_bytes(&wanted, NULL, 0), 80);
    assert_int_equal(delta_missing_bytes(&wanted, &empty, 1), 80);
    assert_int_equal(delta_missing_bytes(&empty, &wanted, 1), 0);
}

static void the_same_table_lacks_nothing(void **state)
{
    struct segment a[4];
    const struct segment_table table = make(a, (const uint8_t[]){200, 1, 255, 1}, 4);
    (void)state;
    assert_int_equal(delta_missing_bytes(&table, &table, 1), 0);
}

static void a_value_that_occurs_twice_counts_twice(void **state)
{
    struct segment a[3];
    const struct segment_table wanted = make(a, (const uint8_t[]){4, 4, 4}, 3);
    (void)state;
    assert_int_equal(delta_missing_bytes(&wanted, NULL, 0), 120);
}

/* The last byte of a value counts as the first. */
static void compares_whole_values(void **state)
{
    struct segment a[1], b[1];
    struct segment_table wanted = make(a, (const uint8_t[]){4}, 1), have = make(b, (const uint8_t[]){4}, 1);
    (void)state;
    b[0].digest.byte[DIGEST_BYTES - 1] = 1;
    assert_int_equal(delta_missing_bytes(&wanted, &have, 1), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_no_table_has),
        cmocka_unit_test(without_tables_everything_is_missing),
        cmocka_unit_test(the_same_table_lacks_nothing),
        cmocka_unit_test(a_value_that_occurs_twice_counts_twice),
        cmocka_unit_test(compares_whole_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "test.h"

#include "ringmgr/policy/trend.h"

enum { DAY = 86400, START = 1790000000 };
static const uint64_t GIB = 1 << 30;

static void too_little_says_nothing(void **state)
{
    struct trend trend = {0};
    (void)state;
    assert_int_equal(trend_days_left(&trend, START, GIB), -1);
    assert_true(trend_add(&trend, START, 100 * GIB));
    assert_int_equal(trend_days_left(&trend, START + 2 * DAY - 1, 50 * GIB), -1);
    assert_int_equal(trend_days_left(&trend, START + 2 * DAY, 50 * GIB), 2);
}

static void space_that_grows_or_stays_is_never_gone(void **state)
{
    struct trend trend = {0};
    (void)state;
    trend_add(&trend, START, 100 * GIB);
    assert_int_equal(trend_days_left(&trend, START + 4 * DAY, 100 * GIB), -1);
    assert_int_equal(trend_days_left(&trend, START + 4 * DAY, 110 * GIB), -1);
    assert_int_equal(trend_days_left(&trend, START + 4 * DAY, 0), 0);
}

static void points_come_every_few_hours_and_old_ones_go(void **state)
{
    struct trend trend = {0};
    (void)state;
    for (int hour = 0; hour < 30 * 24; hour++)
        trend_add(&trend, START + hour * 3600, 100 * GIB);
    assert_true(trend.len <= TREND_POINTS);
    assert_true(trend.point[0].at_unix >= START + 15 * DAY);
    assert_int_equal(trend.point[1].at_unix - trend.point[0].at_unix, TREND_EVERY_SECONDS);
}

static void after_the_clock_went_back_later_points_go(void **state)
{
    struct trend trend = {0};
    (void)state;
    trend_add(&trend, START + 10 * DAY, GIB);
    assert_true(trend_add(&trend, START, 2 * GIB));
    assert_int_equal(trend.len, 1);
    assert_int_equal(trend.point[0].at_unix, START);
}

static void it_reads_back_and_survives_rubbish(void **state)
{
    struct trend trend = {0}, read;
    AUTO_BUF text = {0};
    (void)state;
    trend_add(&trend, START, 5);
    trend_add(&trend, START + DAY, 6);
    trend_write(&trend, &text);
    trend_read(buf_text(&text), &read);
    assert_int_equal(read.len, 2);
    assert_int_equal(read.point[1].at_unix, START + DAY);
    assert_int_equal(read.point[1].free_bytes, 6);
    trend_read("12:3 rubbish", &read);
    assert_int_equal(read.len, 1);
    trend_read("", &read);
    assert_int_equal(read.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_says_nothing),
        cmocka_unit_test(space_that_grows_or_stays_is_never_gone),
        cmocka_unit_test(points_come_every_few_hours_and_old_ones_go),
        cmocka_unit_test(after_the_clock_went_back_later_points_go),
        cmocka_unit_test(it_reads_back_and_survives_rubbish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

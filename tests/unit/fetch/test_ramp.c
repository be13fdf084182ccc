/* When further connections are worth it: pure arithmetic over what a thread saw of itself. */
#include "test.h"

#include "ringmgr/fetch/ramp.h"
#include "ringmgr/fetch/throttle.h"

static const uint64_t MUCH = (uint64_t)1 << 30;

struct link {
    struct ramp ramp;
    struct ramp_look look;
};

static struct link link_of(unsigned running)
{
    return (struct link){.look = {.now_us = 1000000, .running = running, .all_speak = true, .rest = MUCH}};
}

/* 25 ms later, with so many bytes and a share of the time spent waiting; the connections follow. */
static unsigned later(struct link *link, uint64_t bytes, unsigned waited_percent)
{
    link->look.now_us += 25000;
    link->look.bytes += bytes;
    link->look.waited_us += (int64_t)waited_percent * 250;
    unsigned wanted = ramp_want(&link->ramp, &link->look);
    if (wanted > link->look.running)
        link->look.running = wanted;
    return wanted;
}

static void a_thread_that_waits_doubles_while_it_pays(void **state)
{
    (void)state;
    struct link link = link_of(1);
    assert_int_equal(ramp_want(&link.ramp, &link.look), 1);
    assert_int_equal(later(&link, 1000000, 90), 2);
    assert_int_equal(later(&link, 2000000, 90), 4);
    assert_int_equal(later(&link, 4000000, 80), 8);
    assert_int_equal(later(&link, 4100000, 80), 8); /* that was of no use */
    assert_int_equal(later(&link, 4100000, 80), 8);
}

static void after_a_while_it_is_tried_again(void **state)
{
    (void)state;
    struct link link = link_of(2);
    ramp_want(&link.ramp, &link.look);
    later(&link, 1000000, 90);
    assert_int_equal(later(&link, 1000000, 90), 4);
    link.look.now_us += 3000000;
    link.look.waited_us += 3000000;
    assert_int_equal(later(&link, 100000000, 90), 8);
}

static void a_thread_that_is_busy_asks_for_no_more(void **state)
{
    (void)state;
    struct link link = link_of(2);
    ramp_want(&link.ramp, &link.look);
    for (int i = 0; i < 5; i++)
        assert_int_equal(later(&link, 20000000, 30), 2);
}

static void what_is_soon_done_needs_no_help(void **state)
{
    (void)state;
    struct link link = link_of(1);
    link.look.rest = 3000000;
    ramp_want(&link.ramp, &link.look);
    assert_int_equal(later(&link, 1000000, 90), 1); /* 40 MB/s: 75 ms */
    assert_int_equal(later(&link, 100000, 90), 2);  /* 4 MB/s */
}

static void silence_of_a_new_connection_is_no_verdict(void **state)
{
    (void)state;
    struct link link = link_of(1);
    ramp_want(&link.ramp, &link.look);
    assert_int_equal(later(&link, 1000000, 90), 2);
    link.look.all_speak = false;
    for (int i = 0; i < 10; i++)
        assert_int_equal(later(&link, 1000000, 90), 2);
    link.look.all_speak = true;
    assert_int_equal(later(&link, 2000000, 90), 4);
}

/* --- the rate limit --- */

static void a_bucket_without_limit_never_waits(void **state)
{
    (void)state;
    struct throttle throttle = {0};
    assert_int_equal(throttle_take(&throttle, SIZE_MAX / 2, 1), 0);
    assert_int_equal(throttle_read_bytes(&throttle, 1000), 1000);
}

static void who_takes_more_waits_longer(void **state)
{
    (void)state;
    struct throttle throttle = {.bytes_per_second = 1000000};
    int64_t now = 5000000;
    assert_int_equal(throttle_take(&throttle, 100000, now), 0); /* the credit of a tenth of a second */
    assert_int_equal(throttle_take(&throttle, 100000, now), 100);
    assert_int_equal(throttle_take(&throttle, 100000, now), 200);
    now += 200000;
    assert_int_equal(throttle_take(&throttle, 50000, now), 50);
    now += 60000000; /* a minute of silence saves nothing up */
    assert_int_equal(throttle_take(&throttle, 300000, now), 200);
}

static void reads_are_small_where_the_limit_is(void **state)
{
    (void)state;
    assert_int_equal(throttle_read_bytes(&(struct throttle){.bytes_per_second = 1000000}, 1 << 20), 100000);
    assert_int_equal(throttle_read_bytes(&(struct throttle){.bytes_per_second = 10}, 1 << 20), 4096);
    assert_int_equal(throttle_read_bytes(&(struct throttle){.bytes_per_second = 1 << 30}, 1 << 20), 1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_waits_doubles_while_it_pays),
        cmocka_unit_test(after_a_while_it_is_tried_again),
        cmocka_unit_test(a_thread_that_is_busy_asks_for_no_more),
        cmocka_unit_test(what_is_soon_done_needs_no_help),
        cmocka_unit_test(silence_of_a_new_connection_is_no_verdict),
        cmocka_unit_test(a_bucket_without_limit_never_waits),
        cmocka_unit_test(who_takes_more_waits_longer),
        cmocka_unit_test(reads_are_small_where_the_limit_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* When further connections are worth it: pure arithmetic over what a thread saw of itself. */
#include "test.h"

#include "ringmgr/fetch/patience.h"
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
    assert_int_equal(later(&link, 1000000, 70), 2);
    assert_int_equal(later(&link, 2000000, 70), 4);
    assert_int_equal(later(&link, 4000000, 60), 8);
    for (int i = 0; i < 20; i++)
        assert_int_equal(later(&link, 4100000, 60), 8); /* that was of no use */
}

static void a_thread_that_does_nothing_else_takes_larger_steps(void **state)
{
    (void)state;
    struct link link = link_of(1);
    ramp_want(&link.ramp, &link.look);
    assert_int_equal(later(&link, 1000000, 90), 4);
    assert_int_equal(later(&link, 4000000, 90), 16);
    assert_int_equal(later(&link, 16000000, 60), 32);
}

/* 20 ms without a byte are the pause of a server with a rate limit, and no verdict. */
static void bursts_are_waited_for(void **state)
{
    (void)state;
    struct link link = link_of(1);
    ramp_want(&link.ramp, &link.look);
    assert_int_equal(later(&link, 1000000, 90), 4);
    assert_int_equal(later(&link, 0, 100), 4);
    assert_int_equal(later(&link, 8000000, 90), 16);
}

static void after_a_while_it_is_tried_again(void **state)
{
    (void)state;
    struct link link = link_of(2);
    ramp_want(&link.ramp, &link.look);
    for (int i = 0; i < 20; i++)
        assert_int_equal(later(&link, 1000000, 70), 4);
    link.look.now_us += 3000000;
    link.look.waited_us += 1800000;
    link.look.bytes += 120000000;
    later(&link, 0, 60);
    assert_int_equal(later(&link, 1000000, 70), 8);
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
    assert_int_equal(later(&link, 100000, 70), 2);  /* 4 MB/s */
}

static void silence_of_a_new_connection_is_no_verdict(void **state)
{
    (void)state;
    struct link link = link_of(1);
    ramp_want(&link.ramp, &link.look);
    assert_int_equal(later(&link, 1000000, 70), 2);
    link.look.all_speak = false;
    for (int i = 0; i < 10; i++)
        assert_int_equal(later(&link, 1000000, 70), 2);
    link.look.all_speak = true;
    assert_int_equal(later(&link, 2000000, 70), 4);
}

/* --- an origin that says nothing now and then --- */

static void silence_between_answers_costs_less_and_less(void **state)
{
    (void)state;
    static const unsigned waits[] = {30, 15, 7, 5, 5, 5};
    struct patience patience = {.stall_seconds = 30};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        assert_int_equal(patience_seconds(&patience), waits[i]);
        patience_note_answer(&patience);
        patience_note_stall(&patience);
        patience_note_stall(&patience); /* a second connection's, of the same silence */
    }
}

static void a_dead_line_gets_the_whole_wait(void **state)
{
    (void)state;
    struct patience patience = {.stall_seconds = 30};
    for (int i = 0; i < 20; i++)
        patience_note_stall(&patience);
    assert_int_equal(patience_seconds(&patience), 30);
    patience.stall_seconds = 1;
    patience.stalls = 9;
    assert_int_equal(patience_seconds(&patience), 1);
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
        cmocka_unit_test(a_thread_that_does_nothing_else_takes_larger_steps),
        cmocka_unit_test(bursts_are_waited_for),
        cmocka_unit_test(after_a_while_it_is_tried_again),
        cmocka_unit_test(a_thread_that_is_busy_asks_for_no_more),
        cmocka_unit_test(what_is_soon_done_needs_no_help),
        cmocka_unit_test(silence_of_a_new_connection_is_no_verdict),
        cmocka_unit_test(silence_between_answers_costs_less_and_less),
        cmocka_unit_test(a_dead_line_gets_the_whole_wait),
        cmocka_unit_test(a_bucket_without_limit_never_waits),
        cmocka_unit_test(who_takes_more_waits_longer),
        cmocka_unit_test(reads_are_small_where_the_limit_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

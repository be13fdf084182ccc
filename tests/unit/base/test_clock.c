/* Times: what is one, and the clock. */
#include "test.h"

#include "ringmgr/base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>

/* Seconds computed with date -u -d. */
static const struct {
    const char *text;
    int64_t seconds;
} times[] = {
    {"1970-01-01T00:00:00Z", 0},          {"2000-02-29T12:34:56Z", 951827696},
    {"2024-02-29T00:00:00Z", 1709164800}, {"2026-08-22T18:00:05Z", 1787421605},
    {"2038-01-19T03:14:08Z", 2147483648}, {"2100-03-01T00:00:00Z", 4107542400},
};

static void formats_and_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t seconds = -7;
        clock_format(times[i].seconds, text);
        assert_string_equal(text, times[i].text);
        assert_true(clock_parse(text, &seconds));
        assert_int_equal(seconds, times[i].seconds);
        clock_format_date(times[i].seconds, text);
        assert_int_equal(strlen(text), 10);
        assert_memory_equal(text, times[i].text, 10);
    }
}

static void the_time_zone_of_the_process_does_not_count(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_SIZE];
    int64_t seconds;
    setenv("TZ", "America/St_Johns", 1);
    tzset();
    clock_format(1787421605, text);
    bool read = clock_parse("2026-08-22T18:00:05Z", &seconds);
    unsetenv("TZ");
    tzset();
    assert_string_equal(text, "2026-08-22T18:00:05Z");
    assert_true(read);
    assert_int_equal(seconds, 1787421605);
}

static void fractions_are_dropped(void **state)
{
    (void)state;
    static const char *const table[] = {"2026-08-22T18:00:05.9Z", "2026-08-22T18:00:05.99Z",
                                        "2026-08-22T18:00:05.000Z", "2026-08-22T18:00:05.999999999Z"};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t seconds = 0;
        assert_true(clock_parse(table[i], &seconds));
        assert_int_equal(seconds, 1787421605);
    }
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const table[] = {
        "",
        "Z",
        "2026-08-22",
        "2026-08-22T18:00Z",
        "2026-08-22T18:00:05",
        "2026-08-22T18:00:05z",
        "2026-08-22 18:00:05Z",
        "2026-08-22T18:00:05.Z",
        "2026-08-22T18:00:05.1234567890Z",
        "2026-08-22T18:00:05.12x4Z",
        "2026-08-22T18:00:05+00:00",
        "2026-08-22T18:00:05Z ",
        " 2026-08-22T18:00:05Z",
        "2026-08-22T18:00: 5Z",
        "2026- 8-22T18:00:05Z",
        "2026-8-22T18:00:05Z",
        "26-08-22T18:00:05Z",
        "02026-08-22T18:00:05Z",
        "0026-08-22T18:00:05Z",
        "2026-08-79T18:00:05Z",
        "-026-08-22T18:00:05Z",
        "2026-02-30T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:61Z",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t seconds;
        if (clock_parse(table[i], &seconds))
            fail_msg("\"%s\" was taken for a time", table[i]);
    }
}

static void reads_the_dates_of_microsoft(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } table[] = {
        {"01/01/1970 00:00", 0},
        {"02/29/2024 00:00", 1709164800},
        {"08/20/2026 23:11", 1787267460},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t seconds = -7;
        assert_true(clock_parse_us(table[i].text, &seconds));
        assert_int_equal(seconds, table[i].seconds);
    }
}

static void refuses_other_dates(void **state)
{
    (void)state;
    static const char *const table[] = {
        "",
        "08/20/2026",
        "08/20/2026 23:11:00",
        "08/20/2026 23:11Z",
        "08/20/2026 23:11 ",
        " 08/20/2026 23:11",
        "8/20/2026 23:11",
        "08/20/2026  3:11",
        "08/20/26 23:11",
        "20/08/2026 23:11",
        "02/30/2026 00:00",
        "02/29/2023 00:00",
        "00/01/2026 00:00",
        "01/00/2026 00:00",
        "01/01/2026 24:00",
        "01/01/2026 00:60",
        "2026-08-20T23:11:00Z",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t seconds;
        if (clock_parse_us(table[i], &seconds))
            fail_msg("\"%s\" was taken for a date", table[i]);
    }
}

static void now_is_the_time_of_the_system_unless_a_test_says_otherwise(void **state)
{
    (void)state;
    unsetenv("RINGMGR_TEST_NOW");
    assert_in_range(clock_now_unix(), time(NULL) - 5, time(NULL) + 5);
    setenv("RINGMGR_TEST_NOW", "1787421605", 1);
#ifdef RINGMGR_TEST_CLOCK
    assert_int_equal(clock_now_unix(), 1787421605);
#else
    assert_in_range(clock_now_unix(), time(NULL) - 5, time(NULL) + 5);
#endif
    setenv("RINGMGR_TEST_NOW", "", 1);
    assert_in_range(clock_now_unix(), time(NULL) - 5, time(NULL) + 5);
    unsetenv("RINGMGR_TEST_NOW");
}

static void steady_time_is_of_this_start_of_the_machine(void **state)
{
    (void)state;
    unsetenv("RINGMGR_TEST_NOW");
    unsetenv("RINGMGR_TEST_STEADY");
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    struct clock_steady first = clock_steady_now(), second = clock_steady_now();
    assert_int_equal(strlen(first.boot), 36); /* a UUID, without its newline */
    assert_string_equal(first.boot, second.boot);
    assert_in_range(first.seconds, now.tv_sec, now.tv_sec + 5);
    assert_true(second.seconds >= first.seconds);
}

#ifdef RINGMGR_TEST_CLOCK
static void write_text(int fd, const char *text)
{
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
}

static void a_test_moves_the_clock_of_a_program_that_runs(void **state)
{
    int fd = memfd_create("now", 0);
    char variable[64];
    (void)state;
    unsetenv("RINGMGR_TEST_NOW");
    assert_false(clock_is_faked());
    snprintf(variable, sizeof variable, "@/proc/self/fd/%d", fd);
    setenv("RINGMGR_TEST_NOW", variable, 1);
    assert_true(clock_is_faked());
    write_text(fd, "1787421605\n");
    assert_int_equal(clock_now_unix(), 1787421605);
    assert_int_equal(clock_steady_now().seconds, 1787421605);
    write_text(fd, "1787421606\nwhatever\n");
    assert_int_equal(clock_now_unix(), 1787421606);
    setenv("RINGMGR_TEST_STEADY", variable, 1);
    write_text(fd, "boot:78\n");
    assert_string_equal(clock_steady_now().boot, "boot");
    assert_int_equal(clock_steady_now().seconds, 78);
    unsetenv("RINGMGR_TEST_STEADY");
    unsetenv("RINGMGR_TEST_NOW");
    close(fd);
}

/* Folders with both clocks, each some hours after the last; one is shown after the other, in one step each.
 */
enum { CLOCKS = 500, STEP_SECONDS = 10000, APART_SECONDS = 1787000000 };

struct clocks {
    int top;
    atomic_bool over;
};

static void put_clock(int top, int index, const char *name, int seconds)
{
    char path[64];
    snprintf(path, sizeof path, "%d", index);
    mkdirat(top, path, 0755);
    snprintf(path, sizeof path, "%d/%s", index, name);
    int fd = openat(top, path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    dprintf(fd, "%s%d\n", strcmp(name, "steady") == 0 ? "boot:" : "", seconds);
    close(fd);
}

static void *move_clocks(void *data)
{
    struct clocks *clocks = data;
    for (int i = 0; i < CLOCKS; i++) {
        char target[16];
        snprintf(target, sizeof target, "%d", i);
        if (symlinkat(target, clocks->top, "next") != 0 ||
            renameat(clocks->top, "next", clocks->top, "shown") != 0)
            break;
        usleep(20);
    }
    atomic_store(&clocks->over, true);
    return NULL;
}

static void both_clocks_are_read_at_one_moment(void **state)
{
    char top[] = "/tmp/test_clock.XXXXXX", variable[64], command[64];
    (void)state;
    assert_non_null(mkdtemp(top));
    struct clocks clocks = {.top = open(top, O_RDONLY | O_DIRECTORY)};
    for (int i = 0; i < CLOCKS; i++) {
        put_clock(clocks.top, i, "now", APART_SECONDS + i * STEP_SECONDS);
        put_clock(clocks.top, i, "steady", i * STEP_SECONDS);
    }
    assert_int_equal(symlinkat("0", clocks.top, "shown"), 0);
    snprintf(variable, sizeof variable, "@%s/shown/now", top);
    setenv("RINGMGR_TEST_NOW", variable, 1);
    snprintf(variable, sizeof variable, "@%s/shown/steady", top);
    setenv("RINGMGR_TEST_STEADY", variable, 1);
    pthread_t mover;
    assert_int_equal(pthread_create(&mover, NULL, move_clocks, &clocks), 0);
    while (!atomic_load(&clocks.over)) {
        struct clock_moment moment = clock_moment_now();
        assert_int_equal(moment.now_unix - moment.steady.seconds, APART_SECONDS);
    }
    pthread_join(mover, NULL);
    unsetenv("RINGMGR_TEST_STEADY");
    unsetenv("RINGMGR_TEST_NOW");
    close(clocks.top);
    snprintf(command, sizeof command, "rm -r %s", top);
    assert_int_equal(system(command), 0);
}

static void a_test_says_what_steady_time_is(void **state)
{
    (void)state;
    setenv("RINGMGR_TEST_NOW", "1787421605", 1);
    struct clock_steady steady = clock_steady_now();
    assert_string_equal(steady.boot, "test");
    assert_int_equal(steady.seconds, 1787421605);
    assert_true(clock_is_synchronised());
    setenv("RINGMGR_TEST_STEADY", "second boot:77", 1);
    steady = clock_steady_now();
    assert_string_equal(steady.boot, "second boot");
    assert_int_equal(steady.seconds, 77);
    setenv("RINGMGR_TEST_UNSYNCHRONISED", "1", 1);
    assert_false(clock_is_synchronised());
    unsetenv("RINGMGR_TEST_UNSYNCHRONISED");
    unsetenv("RINGMGR_TEST_STEADY");
    unsetenv("RINGMGR_TEST_NOW");
}
#endif

static void the_kernel_says_whether_the_clock_is_synchronised(void **state)
{
    struct timex timex = {0};
    (void)state;
    unsetenv("RINGMGR_TEST_NOW");
    bool synchronised = adjtimex(&timex) >= 0 && (timex.status & STA_UNSYNC) == 0;
    assert_int_equal(clock_is_synchronised(), synchronised);
}

static void the_build_lies_in_the_past(void **state)
{
    (void)state;
    assert_int_equal(clock_build_unix() % 86400, 0);
    assert_true(clock_build_unix() > 1735689600); /* 2025-01-01 */
    assert_true(clock_build_unix() <= time(NULL) - 10 * INT64_C(3600));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_and_reads_back),
        cmocka_unit_test(the_time_zone_of_the_process_does_not_count),
        cmocka_unit_test(fractions_are_dropped),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(reads_the_dates_of_microsoft),
        cmocka_unit_test(refuses_other_dates),
        cmocka_unit_test(now_is_the_time_of_the_system_unless_a_test_says_otherwise),
        cmocka_unit_test(steady_time_is_of_this_start_of_the_machine),
#ifdef RINGMGR_TEST_CLOCK
        cmocka_unit_test(a_test_moves_the_clock_of_a_program_that_runs),
        cmocka_unit_test(both_clocks_are_read_at_one_moment),
        cmocka_unit_test(a_test_says_what_steady_time_is),
#endif
        cmocka_unit_test(the_kernel_says_whether_the_clock_is_synchronised),
        cmocka_unit_test(the_build_lies_in_the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

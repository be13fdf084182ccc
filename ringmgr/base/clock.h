/*
 * Time: UTC seconds since 1970 everywhere inside; people's dates only at the edges. The pure rooms get the
 * time as a value and never ask.
 */
#ifndef RINGMGR_BASE_CLOCK_H
#define RINGMGR_BASE_CLOCK_H

#include "ringmgr/base/err.h"
#include <stdint.h>

#define CLOCK_TEXT_SIZE 32

/*
 * Now. Builds with RINGMGR_TEST_CLOCK obey the environment variable RINGMGR_TEST_NOW (seconds since 1970, or
 * "@PATH": a file that holds them, read anew each time; replace it by rename); release builds do not contain
 * that name.
 */
int64_t clock_now_unix(void);

/* Whether somebody else than the kernel says what time it is: no timer of the kernel's can be set to it. Test
 * builds with RINGMGR_TEST_NOW only. */
bool clock_is_faked(void);

/*
 * Time that no step of the clock moves: seconds since the machine started, suspension included, and which
 * start that was. Test builds: RINGMGR_TEST_STEADY="ID:SECONDS" or "@PATH"; with RINGMGR_TEST_NOW alone the
 * clock never steps: "test" and that time.
 */
struct clock_steady {
    char boot[40]; /* random, new at each start of the machine; "" if the kernel does not say */
    int64_t seconds;
};
struct clock_steady clock_steady_now(void);

/* Both at one moment. A process that was stopped between its two looks (a machine that slept, a virtual one
 * that was paused) looks again: else it would see a step that no clock has made. */
struct clock_moment {
    int64_t now_unix;
    struct clock_steady steady;
};
struct clock_moment clock_moment_now(void);

/*
 * True if the kernel calls the clock synchronised (adjtimex(2), STA_UNSYNC). Test builds: with
 * RINGMGR_TEST_NOW it is, unless RINGMGR_TEST_UNSYNCHRONISED is set.
 */
bool clock_is_synchronised(void);

/*
 * The day before the source of this binary was last changed, 00:00 UTC: no honest clock is before it, and one
 * that is wrong by hours is not kept from working. (Not the day of compiling: the same source makes the same
 * binary.) Test builds: with RINGMGR_TEST_NOW it is RINGMGR_TEST_BUILT, else 0.
 */
int64_t clock_build_unix(void);

/* "2026-08-22T18:00:05Z" */
void clock_format(int64_t unix_seconds, char text[CLOCK_TEXT_SIZE]);

/* Reads "2026-08-22T18:00:05Z" with 0 to 9 fractional digits, which are dropped. False if it is anything
 * else, or lies before the year 1000. */
bool clock_parse(const char *text, int64_t *unix_seconds) MUST_CHECK;

/* Reads Microsoft's "MM/DD/YYYY HH:MM", UTC. */
bool clock_parse_us(const char *text, int64_t *unix_seconds) MUST_CHECK;

/* The date alone, "2026-08-22", in UTC. */
void clock_format_date(int64_t unix_seconds, char text[CLOCK_TEXT_SIZE]);

#endif

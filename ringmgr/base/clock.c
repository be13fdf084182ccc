#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

enum { DAY_SECONDS = 86400 };

#ifdef RINGMGR_TEST_CLOCK
/* What the variable says, or with "@PATH" the first line of that file, read anew each time; "" if it is not
 * set. */
static const char *read_test(const char *variable, char line[128])
{
    const char *value = getenv(variable);
    AUTO_BUF text = {0};
    struct err err;
    if (value && *value == '@' && fs_read_path(value + 1, 4096, &text, &err))
        value = buf_text(&text);
    snprintf(line, 128, "%.*s", value ? (int)strcspn(value, "\n") : 0, value ? value : "");
    return line;
}
#endif

bool clock_is_faked(void)
{
#ifdef RINGMGR_TEST_CLOCK
    const char *fixed = getenv("RINGMGR_TEST_NOW");
    return fixed && *fixed;
#else
    return false;
#endif
}

int64_t clock_now_unix(void)
{
#ifdef RINGMGR_TEST_CLOCK
    char fixed[128];
    if (clock_is_faked())
        return strtoll(read_test("RINGMGR_TEST_NOW", fixed), NULL, 10);
#endif
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

#ifdef RINGMGR_TEST_CLOCK
static bool read_test_steady(struct clock_steady *steady)
{
    char fixed[128];
    const char *colon = strrchr(read_test("RINGMGR_TEST_STEADY", fixed), ':');
    if (colon) {
        snprintf(steady->boot, sizeof steady->boot, "%.*s", (int)(colon - fixed), fixed);
        steady->seconds = strtoll(colon + 1, NULL, 10);
        return true;
    }
    if (!clock_is_faked())
        return false;
    snprintf(steady->boot, sizeof steady->boot, "test");
    steady->seconds = clock_now_unix();
    return true;
}
#endif

struct clock_steady clock_steady_now(void)
{
    struct clock_steady steady = {0};
#ifdef RINGMGR_TEST_CLOCK
    if (read_test_steady(&steady))
        return steady;
#endif
    AUTO_BUF id = {0};
    struct err err = {0};
    struct timespec since_start;
    if (fs_read_path("/proc/sys/kernel/random/boot_id", sizeof steady.boot, &id, &err))
        snprintf(steady.boot, sizeof steady.boot, "%.*s", (int)strcspn(buf_text(&id), "\n"), buf_text(&id));
    clock_gettime(CLOCK_BOOTTIME, &since_start);
    steady.seconds = since_start.tv_sec;
    return steady;
}

struct clock_moment clock_moment_now(void)
{
    struct clock_moment moment = {.steady = clock_steady_now()};
    for (;;) {
        moment.now_unix = clock_now_unix();
        struct clock_steady after = clock_steady_now();
        bool same = strcmp(moment.steady.boot, after.boot) == 0;
        if (same && after.seconds - moment.steady.seconds <= 1)
            return moment;
        moment.steady = after;
    }
}

bool clock_is_synchronised(void)
{
#ifdef RINGMGR_TEST_CLOCK
    if (clock_is_faked())
        return !getenv("RINGMGR_TEST_UNSYNCHRONISED");
#endif
    struct timex timex = {0}; /* modes 0: asks, sets nothing */
    return adjtimex(&timex) >= 0 && !(timex.status & STA_UNSYNC);
}

static bool to_unix(struct tm *tm, int64_t *unix_seconds)
{
    struct tm asked = *tm;
    *unix_seconds = timegm(tm);
    return tm->tm_mday == asked.tm_mday && tm->tm_mon == asked.tm_mon && tm->tm_hour == asked.tm_hour &&
           tm->tm_min == asked.tm_min && tm->tm_sec == asked.tm_sec;
}

int64_t clock_build_unix(void)
{
#ifdef RINGMGR_TEST_CLOCK
    const char *fixed = getenv("RINGMGR_TEST_BUILT");
    if (clock_is_faked())
        return fixed ? strtoll(fixed, NULL, 10) : 0;
#endif
    return ((int64_t)RINGMGR_SOURCE_UNIX / DAY_SECONDS - 1) * DAY_SECONDS;
}

void clock_format(int64_t unix_seconds, char text[CLOCK_TEXT_SIZE])
{
    struct tm tm;
    time_t when = (time_t)unix_seconds;
    if (!gmtime_r(&when, &tm) || strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(text, CLOCK_TEXT_SIZE, "?");
}

void clock_format_date(int64_t unix_seconds, char text[CLOCK_TEXT_SIZE])
{
    clock_format(unix_seconds, text);
    text[strcspn(text, "T")] = 0;
}

/* strptime() also takes spaces and missing digits: here '9' stands for a digit, all else for itself. */
static bool begins_like(const char *text, const char *shape)
{
    for (; *shape; text++, shape++)
        if (*shape == '9' ? *text < '0' || *text > '9' : *text != *shape)
            return false;
    return true;
}

bool clock_parse(const char *text, int64_t *unix_seconds)
{
    struct tm tm = {0};
    if (!begins_like(text, "9999-99-99T99:99:99") || *text == '0')
        return false;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest)
        return false;
    if (*rest == '.') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (digits == 0 || digits > 9)
            return false;
        rest += 1 + digits;
    }
    return strcmp(rest, "Z") == 0 && to_unix(&tm, unix_seconds);
}

bool clock_parse_us(const char *text, int64_t *unix_seconds)
{
    struct tm tm = {0};
    if (!begins_like(text, "99/99/9999 99:99"))
        return false;
    const char *rest = strptime(text, "%m/%d/%Y %H:%M", &tm);
    return rest && *rest == 0 && to_unix(&tm, unix_seconds);
}

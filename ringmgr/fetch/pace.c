#include "ringmgr/fetch/pace.h"
#include "ringmgr/base/err.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

int64_t pace_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t pace_now_ms(void)
{
    return pace_now_us() / 1000;
}

struct pace pace_begin(unsigned stall_seconds, unsigned total_seconds, int64_t now_ms)
{
    return (struct pace){.stall_seconds = stall_seconds,
                         .total_seconds = total_seconds,
                         .begun_ms = now_ms,
                         .asked_ms = now_ms};
}

void pace_ask_again(struct pace *pace, int64_t now_ms)
{
    pace->asked_ms = now_ms;
    pace->has_head = false;
}

void pace_take_head(struct pace *pace, int64_t now_ms)
{
    if (pace->has_head)
        return;
    pace->has_head = true;
    pace->window_ms = now_ms;
    pace->window_bytes = 0;
}

void pace_take_body(struct pace *pace, size_t len)
{
    pace->window_bytes += len;
}

void pace_forgive(struct pace *pace, int64_t ms)
{
    pace->window_ms += ms;
}

void pace_excuse(struct pace *pace, int64_t now_ms)
{
    pace->window_ms = now_ms;
    pace->window_bytes = 0;
}

static bool PRINTF_LIKE(2, 3) say(struct pace *pace, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(pace->why, sizeof pace->why, format, args);
    va_end(args);
    return true;
}

/* At the end of a window; begins the next. */
static bool is_window_poor(struct pace *pace, int64_t now_ms)
{
    uint64_t ms = (uint64_t)(now_ms - pace->window_ms), bytes = pace->window_bytes;
    pace->window_ms = now_ms;
    pace->window_bytes = 0;
    return bytes * 1000 < ms * PACE_LEAST_BYTES_PER_SECOND &&
           say(pace, "only %" PRIu64 " bytes came in %" PRIu64 " seconds", bytes, ms / 1000);
}

bool pace_is_too_slow(struct pace *pace, int64_t now_ms)
{
    int64_t stall_ms = (int64_t)pace->stall_seconds * 1000;
    if (pace->total_seconds && now_ms - pace->begun_ms >= (int64_t)pace->total_seconds * 1000)
        return say(pace, "not done within %u seconds", pace->total_seconds);
    if (!pace->has_head)
        return now_ms - pace->asked_ms >= stall_ms * PACE_HEAD_STALLS &&
               say(pace, "no whole head within %u seconds", pace->stall_seconds * PACE_HEAD_STALLS);
    return now_ms - pace->window_ms >= stall_ms && is_window_poor(pace, now_ms);
}

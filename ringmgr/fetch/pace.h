/* Private to fetch: how slowly an answer may come. Pure but for the clock. */
#ifndef RINGMGR_FETCH_PACE_H
#define RINGMGR_FETCH_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* A body slower than this on the average is dead or an attack: a modem of 1998 has five times as much. */
    PACE_LEAST_BYTES_PER_SECOND = 1024,
    /* A head may take so many times stall_seconds: one for the connection, one for the answer. */
    PACE_HEAD_STALLS = 2,
};

struct pace {
    unsigned stall_seconds;
    unsigned total_seconds; /* for everything from begun_ms on; 0: no bound */
    int64_t begun_ms;
    int64_t asked_ms; /* the request whose head is waited for */
    bool has_head;
    int64_t window_ms; /* body: the window of stall_seconds that is being counted */
    uint64_t window_bytes;
    char why[100]; /* it is too slow, or "" */
};

/* Milliseconds and microseconds of the monotonic clock. */
int64_t pace_now_ms(void);
int64_t pace_now_us(void);

/* The first request goes out. */
struct pace pace_begin(unsigned stall_seconds, unsigned total_seconds, int64_t now_ms);
/* A redirect is followed: the head of its answer has its own time, the whole has not. */
void pace_ask_again(struct pace *pace, int64_t now_ms);
/* The head is there; the body's first window begins. Only the first call of an answer counts. */
void pace_take_head(struct pace *pace, int64_t now_ms);
/* So many bytes of the body came. */
void pace_take_body(struct pace *pace, size_t len);
/* The reader kept the body waiting for so long, which is not the origin's fault. */
void pace_forgive(struct pace *pace, int64_t ms);

/* Nobody has read since the last call, by our own wish (rate limit): a window of its body begins anew. */
void pace_excuse(struct pace *pace, int64_t now_ms);

/*
 * True if the answer comes too slowly, and pace->why says how: its head is not whole within PACE_HEAD_STALLS
 * times stall_seconds, a window of its body had less than PACE_LEAST_BYTES_PER_SECOND, or total_seconds are
 * over.
 */
bool pace_is_too_slow(struct pace *pace, int64_t now_ms);

#endif

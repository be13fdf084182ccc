/*
 * Private to fetch: bytes of a body on their way from libcurl's slices to whoever wants them in blocks. A
 * write() of a large block costs little more than one of 16 KiB, and one of whole pages least.
 */
#ifndef RINGMGR_FETCH_GATHER_H
#define RINGMGR_FETCH_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GATHER_ALIGNMENT = 4096,
    /* A block that is not full is handed on after so long: a kill loses no more of a slow line. */
    GATHER_WAIT_MS = 500,
};

/* Zero-initialised is empty but for block_bytes and owner. */
struct gather {
    size_t block_bytes;                                          /* a multiple of GATHER_ALIGNMENT */
    bool (*hand_on)(void *owner, const void *bytes, size_t len); /* false ends it */
    void *owner;
    uint8_t *block;
    size_t held;
    uint64_t at; /* place in the file of the first byte that is held */
    int64_t since_ms;
};

/* What comes next lies at `at` of the file: blocks then end at multiples of GATHER_ALIGNMENT there. */
void gather_begin(struct gather *gather, uint64_t at);
/* Takes bytes and hands on what is full or old. False if hand_on() has returned that. */
bool gather_add(struct gather *gather, const void *bytes, size_t len, int64_t now_ms);
/* Hands on what is held. */
bool gather_end(struct gather *gather);
void gather_clear(struct gather *gather);

#endif

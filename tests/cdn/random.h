/* A deterministic generator of pseudo-random numbers (splitmix64): the same seed gives the same origin
 * everywhere. */
#ifndef TESTCDN_RANDOM_H
#define TESTCDN_RANDOM_H

#include <stdint.h>

/* The next number of the sequence whose state is *state. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A number in [0, n); n is above 0. */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((random_next(state) >> 32) * n >> 32);
}

/* Mixes a text into a seed (FNV-1a), to give each stream its own sequence. */
static inline uint64_t random_seed(uint64_t seed, const char *name)
{
    uint64_t h = 0xcbf29ce484222325u ^ seed;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3u;
    return h;
}

#endif

#include "ringmgr/fetch/throttle.h"

static const int64_t SECOND_US = 1000000, CREDIT_US = 100000;
static const size_t LEAST_READ_BYTES = 4096;

/* The time that so many bytes take, without overflow: no read is near a TiB. */
static int64_t price_us(const struct throttle *throttle, size_t len)
{
    double seconds = (double)len / (double)throttle->bytes_per_second;
    return (int64_t)(seconds * (double)SECOND_US);
}

int64_t throttle_take(struct throttle *throttle, size_t len, int64_t now_us)
{
    if (throttle->bytes_per_second == 0)
        return 0;
    int64_t price = price_us(throttle, len);
    int_fast64_t before = throttle->settled_us, after;
    do
        after = (before < now_us - CREDIT_US ? now_us - CREDIT_US : before) + price;
    while (!atomic_compare_exchange_weak(&throttle->settled_us, &before, after));
    return after > now_us ? (after - now_us + 999) / 1000 : 0;
}

size_t throttle_read_bytes(const struct throttle *throttle, size_t most)
{
    uint64_t worth = throttle->bytes_per_second / 10;
    if (throttle->bytes_per_second == 0 || worth >= most)
        return most;
    return worth > LEAST_READ_BYTES ? (size_t)worth : LEAST_READ_BYTES;
}

#include "ringmgr/fetch/ramp.h"

/* A server with a rate limit sends in bursts: that more brings nothing shows over a few of them only. */
static const int64_t STEP_US = RAMP_STEP_MS * INT64_C(1000), VERDICT_US = 3 * STEP_US, REST_US = 2000000;
static const double WORTH = 1.1;

static void begin_window(struct ramp *ramp, const struct ramp_look *look)
{
    ramp->since_us = look->now_us;
    ramp->bytes = look->bytes;
    ramp->waited_us = look->waited_us;
}

unsigned ramp_want(struct ramp *ramp, const struct ramp_look *look)
{
    int64_t us = look->now_us - ramp->since_us;
    if (ramp->since_us == 0 || !look->all_speak) {
        if (ramp->since_us == 0 && ramp->wanted < look->running)
            ramp->wanted = look->running;
        begin_window(ramp, look);
        return ramp->wanted;
    }
    if (us < STEP_US)
        return ramp->wanted;
    double rate = (double)(look->bytes - ramp->bytes) * 1e6 / (double)us;
    int64_t waited_us = look->waited_us - ramp->waited_us;
    if (ramp->grown && rate < ramp->before * WORTH) {
        if (us < VERDICT_US)
            return ramp->wanted;
        ramp->rest_until_us = look->now_us + REST_US;
    }
    bool soon_done = (double)look->rest * 10 < rate;
    ramp->grown = waited_us * 2 > us && !soon_done && look->now_us >= ramp->rest_until_us &&
                  look->running >= ramp->wanted;
    if (ramp->grown)
        ramp->wanted = (look->running > 0 ? look->running : 1) * (waited_us * 4 > us * 3 ? 4 : 2);
    ramp->before = rate;
    begin_window(ramp, look);
    return ramp->wanted;
}

#include "ringmgr/fetch/target.h"

bool target_knows_size(const struct target *target)
{
    return target->transfer->expect_bytes != TRANSFER_SIZE_UNKNOWN;
}

bool target_gap(const struct target *target, uint64_t from, struct incoming_range *gap)
{
    const struct incoming *in = target->transfer->in;
    return target->delta ? delta_gap(target->delta, in, from, gap)
                         : incoming_gap(in, from, target->total, gap);
}

bool target_restart(struct target *target)
{
    struct transfer *transfer = target->transfer;
    target->have_bytes = 0;
    target->reserved = 0;
    target->validator_mirror = MIRROR_UNKNOWN;
    return incoming_restart(transfer->in, &transfer->err) || err_prefix(&transfer->err, "%s", transfer->path);
}

bool target_write(struct target *target, uint64_t at, const void *bytes, size_t len)
{
    struct transfer *transfer = target->transfer;
    if (!incoming_write_at(transfer->in, at, bytes, len, &transfer->err))
        return false;
    target->have_bytes = incoming_present_bytes(transfer->in);
    return true;
}

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
    transfer->givers = 0;
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

bool target_has_expected_digest(const struct target *target)
{
    struct digest digest = incoming_digest(target->transfer->in);
    return digest_equal(&digest, target->transfer->expect);
}

bool target_is_complete(const struct target *target)
{
    const struct transfer *transfer = target->transfer;
    return transfer->expect && incoming_bytes(transfer->in) == transfer->expect_bytes &&
           target_has_expected_digest(target);
}

bool target_can_continue(const struct target *target, unsigned mirror)
{
    const struct transfer *transfer = target->transfer;
    uint64_t bytes = incoming_present_bytes(transfer->in);
    bool foreign = target->http->mirrors.len > 1 && mirror != target->validator_mirror;
    if (bytes > transfer->limit_bytes)
        return false;
    if (!transfer->expect && (foreign || !incoming_validator(transfer->in)))
        return false;
    /* With all bytes of a file that nobody has a digest of, 416 says whether they are still the right ones.
     */
    return !target_knows_size(target) || bytes < transfer->expect_bytes ||
           (bytes == transfer->expect_bytes && !transfer->expect);
}

#include "ringmgr/store/incoming_behind.h"

#include <errno.h>
#include <fcntl.h>

static const uint64_t WINDOW_BYTES = (uint64_t)8 << 20;

static void hand_over(const struct behind *behind, uint64_t from, uint64_t len)
{
    sync_file_range(behind->fd, (off_t)from, (off_t)len, SYNC_FILE_RANGE_WRITE);
}

/* Waits until these bytes are on disk and drops them from the page cache. */
static int await(struct behind *behind, uint64_t from, uint64_t len)
{
    unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    if (sync_file_range(behind->fd, (off_t)from, (off_t)len, all) != 0) {
        if (errno == EIO || errno == ENOSPC || errno == EDQUOT)
            return errno;
        behind->unable = true;
        return 0;
    }
    posix_fadvise(behind->fd, (off_t)from, (off_t)len, POSIX_FADV_DONTNEED);
    return 0;
}

int behind_follow(struct behind *behind, uint64_t end)
{
    while (!behind->unable && end > behind->begun && end - behind->begun >= WINDOW_BYTES) {
        uint64_t before = behind->begun;
        hand_over(behind, before, WINDOW_BYTES);
        behind->begun += WINDOW_BYTES;
        if (before == behind->settled)
            continue;
        int failed = await(behind, behind->settled, before - behind->settled);
        if (failed)
            return failed;
        if (!behind->unable)
            behind->settled = before;
    }
    return 0;
}

int behind_early(struct behind *behind, uint64_t from, uint64_t end, bool far)
{
    uint64_t window = from / WINDOW_BYTES, until = end / WINDOW_BYTES;
    for (; !behind->unable && window < until; window++) {
        hand_over(behind, window * WINDOW_BYTES, WINDOW_BYTES);
        int failed = far && window > 0 ? await(behind, (window - 1) * WINDOW_BYTES, WINDOW_BYTES) : 0;
        if (failed)
            return failed;
    }
    return 0;
}

void behind_back(struct behind *behind, uint64_t end)
{
    if (behind->begun > end)
        behind->begun = end;
    if (behind->settled > end)
        behind->settled = end;
}

#include "ringmgr/store/incoming_direct.h"
#include "ringmgr/base/fs.h"

#include <errno.h>
#include <unistd.h>

/* Blocks of 256 KiB are no faster than buffered ones. */
enum { ALIGN_BYTES = 4096, WORTH_BYTES = 512 << 10 };

void direct_clear(struct direct *direct)
{
    fs_auto_close(&direct->fd);
    direct->fd = -1;
}

static bool is_suitable(uint64_t at, const void *bytes, size_t len)
{
    return len >= WORTH_BYTES && (at | len | (uintptr_t)bytes) % ALIGN_BYTES == 0;
}

size_t direct_write(struct direct *direct, int dir, const char *name, uint64_t at, const void *bytes,
                    size_t len)
{
    struct err unwilling;
    if (direct->unable || !is_suitable(at, bytes, len))
        return 0;
    if (direct->fd < 0)
        direct->fd = fs_open_beneath(dir, name, O_WRONLY | O_DIRECT, 0, &unwilling);
    ssize_t written = direct->fd < 0 ? -1 : pwrite(direct->fd, bytes, len, (off_t)at);
    direct->unable = written < 0 && errno != EINTR;
    return written < 0 ? 0 : (size_t)written;
}

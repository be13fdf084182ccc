#include "ringmgr/base/fs.h"
#include "ringmgr/state/db_private.h"

#include <unistd.h>

#define BALLAST "ballast"

/* A transaction that records a promotion writes some tens of KiB; the rest is for the index beside the log.
 */
enum { BALLAST_BYTES = 8 << 20 };

static bool is_laid(int dir)
{
    struct stat st;
    return fstatat(dir, BALLAST, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size >= BALLAST_BYTES;
}

static bool has_room(int dir)
{
    struct err err;
    uint64_t bytes = 0;
    return fs_free_bytes(dir, &bytes, &err) && bytes >= (uint64_t)2 * BALLAST_BYTES;
}

void ballast_lay(int dir)
{
    struct err err;
    if (is_laid(dir) || !has_room(dir))
        return;
    unlinkat(dir, BALLAST, 0); /* cut short by a crash */
    AUTO_FD fd = fs_open_beneath(dir, BALLAST, O_WRONLY | O_CREAT | O_EXCL, 0640, &err);
    if (fd >= 0 && posix_fallocate(fd, 0, BALLAST_BYTES) != 0)
        unlinkat(dir, BALLAST, 0);
}

bool ballast_release(int dir)
{
    return unlinkat(dir, BALLAST, 0) == 0 && fsync(dir) == 0;
}

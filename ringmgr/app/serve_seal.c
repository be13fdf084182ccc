#include "ringmgr/app/serve_seal.h"
#include "ringmgr/base/fs.h"

#include <errno.h>
#include <sys/mman.h>

int serve_seal(const char *name, const struct buf *bytes, struct err *err)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        err_set_errno(err, errno, "%s: make a file in memory", name);
    else if (fs_write_all(fd, bytes->data, bytes->len, name, err)) {
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
            return fd;
        err_set_errno(err, errno, "%s: seal a file in memory", name);
    }
    fs_auto_close(&fd);
    return -1;
}

#include "ringmgr/fetch/local.h"
#include "ringmgr/base/fs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int look(const char *path, struct stat *file)
{
    AUTO_FD fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, file) != 0)
        return errno;
    if (S_ISDIR(file->st_mode))
        return EISDIR;
    return S_ISREG(file->st_mode) ? 0 : EINVAL;
}

static void say_range(uint64_t offset, uint64_t end, uint64_t size, struct head *head)
{
    bool inside = offset < size;
    end = end && end < size ? end : size;
    head->status = inside ? STATUS_PARTIAL : STATUS_NOT_SATISFIABLE;
    head->length = inside ? end - offset : 0;
    head->has_range = true;
    head->first = inside ? offset : LENGTH_UNKNOWN;
    head->last = inside ? end - 1 : LENGTH_UNKNOWN;
    head->total = size;
}

int local_look(const char *path, const char *if_range, uint64_t *offset, uint64_t *end, struct local *local)
{
    struct stat file = {0};
    int errnum = look(path, &file);
    *local = (struct local){.head = {.modified_unix = -1, .date_unix = -1}};
    if (errnum == ENOENT || errnum == ENOTDIR) {
        local->head.status = STATUS_MISSING;
        return 0;
    }
    if (errnum)
        return errnum;
    snprintf(local->etag, sizeof local->etag, "\"%jx-%jx-%jx.%lx\"", (uintmax_t)file.st_ino,
             (uintmax_t)file.st_size, (uintmax_t)file.st_ctim.tv_sec, (unsigned long)file.st_ctim.tv_nsec);
    if (if_range && strcmp(if_range, local->etag) != 0)
        *offset = *end = 0;
    local->head.status = STATUS_OK;
    local->head.length = (uint64_t)file.st_size;
    local->head.etag = local->etag;
    if (*offset || *end)
        say_range(*offset, *end, (uint64_t)file.st_size, &local->head);
    return 0;
}

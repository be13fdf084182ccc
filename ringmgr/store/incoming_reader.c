#include "ringmgr/store/incoming_reader.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 << 10, DROP_BYTES = 8 << 20 };

/* As much as is wanted of a block, or all of it. */
static size_t block_bytes(uint64_t from, uint64_t until)
{
    if (until <= from)
        return 1;
    return until - from < BLOCK_BYTES ? (size_t)(until - from) : BLOCK_BYTES;
}

struct reader reader_new(int fd, const char *name, uint64_t from, uint64_t until, bool drops)
{
    return (struct reader){.fd = fd,
                           .name = name,
                           .block = mem_block(block_bytes(from, until)),
                           .start = from,
                           .until = until,
                           .drops = drops,
                           .dropped = from};
}

static void drop(struct reader *reader, uint64_t until)
{
    if (reader->drops && until > reader->dropped)
        posix_fadvise(reader->fd, (off_t)reader->dropped, (off_t)(until - reader->dropped),
                      POSIX_FADV_DONTNEED);
    reader->dropped = until;
}

void reader_clear(struct reader *reader)
{
    drop(reader, reader->start + reader->len);
    free(reader->block);
    reader->block = NULL;
}

static bool fill(struct reader *reader, uint64_t at, struct err *err)
{
    ssize_t got;
    do
        got = pread(reader->fd, reader->block, block_bytes(at, reader->until), (off_t)at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set_errno(err, errno, "read incoming/%s", reader->name);
    if (got == 0)
        return err_set(err, ERR_FAILED, "incoming/%s shrank while it was read", reader->name);
    reader->start = at;
    reader->len = (size_t)got;
    if (at - reader->dropped >= DROP_BYTES)
        drop(reader, at);
    return true;
}

bool reader_at(struct reader *reader, uint64_t at, const uint8_t **bytes, size_t *len, struct err *err)
{
    if (at >= reader->start + reader->len && !fill(reader, at, err))
        return false;
    size_t skip = (size_t)(at - reader->start);
    *bytes = reader->block + skip;
    if (*len > reader->len - skip)
        *len = reader->len - skip;
    return true;
}

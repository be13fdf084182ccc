/*
 * The notes are a header and a log of records; each says of one range that it is there, or, with the top bit
 * of its start set, that it is not. A record is one write() of 16 bytes within a page, so a kill leaves it
 * whole or not at all; bytes are noted after they were written and taken back before they are written anew:
 * at every instant the notes claim at most what is there. A range that grows at its end, as those of one
 * connection do, has its last record written over.
 *
 * Exact ranges instead of blocks: sixteen connections have sixteen half blocks each time a kill comes.
 *
 * The integers are the machine's own; the magic number tells one that sees them the other way round.
 */
#include "ringmgr/store/incoming_have.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HAVE_MODE = 0600, HAVE_VERSION = 1, LOG_SLACK_RECORDS = 1 << 16, NOTES_BYTES = 16 << 20 };

static const uint64_t MAGIC = 0x7265766148726752; /* "RgrHaver" */
static const uint64_t GONE = (uint64_t)1 << 63;

struct header {
    uint64_t magic;
    uint64_t version;
    uint64_t total;
    uint64_t unused;
};

_Static_assert(sizeof(struct header) % sizeof(struct incoming_range) == 0, "records never straddle a page");

void have_init(struct have *have, int dir, const char *key)
{
    *have = (struct have){.dir = dir, .fd = -1};
    have->name = mem_printf("%s.have", key);
    have->fresh = mem_printf("%s.have-new", key);
}

void have_clear(struct have *have)
{
    fs_auto_close(&have->fd);
    have->fd = -1;
    free(have->name);
    free(have->fresh);
    have->name = have->fresh = NULL;
}

static bool write_fresh(int fd, const struct ranges *ranges, uint64_t total, const char *name,
                        struct err *err)
{
    struct header header = {MAGIC, HAVE_VERSION, total, 0};
    size_t len = ranges->len * sizeof *ranges->item;
    return fs_write_all_at(fd, 0, &header, sizeof header, name, err) &&
           fs_write_all_at(fd, sizeof header, ranges->item, len, name, err);
}

bool have_begin(struct have *have, const struct ranges *ranges, uint64_t total, struct err *err)
{
    int flags = O_RDWR | O_CREAT | O_TRUNC;
    int fd = fs_open_beneath(have->dir, have->fresh, flags, HAVE_MODE, err);
    if (fd < 0)
        return err_prefix(err, "incoming");
    bool done = write_fresh(fd, ranges, total, have->fresh, err) || err_prefix(err, "incoming");
    if (done && renameat(have->dir, have->fresh, have->dir, have->name) != 0)
        done = err_set_errno(err, errno, "rename incoming/%s", have->fresh);
    if (!done) {
        close(fd);
        unlinkat(have->dir, have->fresh, 0);
        return false;
    }
    if (have->fd >= 0)
        close(have->fd);
    have->fd = fd;
    have->total = total;
    have->records = ranges->len;
    have->last = (struct incoming_range){0, 0};
    return true;
}

/* False if no record can be like this one. */
static bool replay(const struct incoming_range *record, uint64_t most, struct ranges *ranges)
{
    struct incoming_range range = {record->start & ~GONE, record->end};
    if (range.start >= range.end || range.end > most)
        return false;
    if (record->start & GONE)
        ranges_remove(ranges, range);
    else
        ranges_add(ranges, range);
    return ranges->len <= HAVE_PIECES;
}

/*
 * After a power loss a part can be shorter than its notes. What they claim behind its end must go from the
 * file, too: it would be believed once the part has grown over it.
 */
static bool cut(struct have *have, uint64_t file_bytes, struct ranges *ranges, struct err *err)
{
    if (ranges_end(ranges) <= file_bytes)
        return true;
    ranges_remove(ranges, (struct incoming_range){file_bytes, ranges_end(ranges)});
    return have_begin(have, ranges, have->total, err);
}

static bool read_notes(struct have *have, const struct buf *text, uint64_t file_bytes, struct ranges *ranges)
{
    struct header header;
    if (text->len < sizeof header)
        return false;
    memcpy(&header, text->data, sizeof header);
    uint64_t most = header.total ? header.total : INT64_MAX;
    if (header.magic != MAGIC || header.version != HAVE_VERSION || most < file_bytes || most > INT64_MAX)
        return false;
    have->total = header.total;
    have->records = (text->len - sizeof header) / sizeof(struct incoming_range);
    for (uint64_t i = 0; i < have->records; i++) {
        struct incoming_range record;
        memcpy(&record, text->data + sizeof header + i * sizeof record, sizeof record);
        if (!replay(&record, most, ranges))
            return false;
    }
    return true;
}

bool have_load(struct have *have, uint64_t file_bytes, struct ranges *ranges, enum have_left *left,
               struct err *err)
{
    AUTO_BUF text = {0};
    *left = HAVE_NONE;
    int fd = fs_open_beneath(have->dir, have->name, O_RDWR, 0, err);
    if (fd < 0)
        return errno == ENOENT || err_prefix(err, "incoming");
    have->fd = fd;
    *left = HAVE_NOTES;
    struct err unreadable;
    if (fs_read_fd(fd, have->name, NOTES_BYTES, &text, &unreadable) &&
        read_notes(have, &text, file_bytes, ranges))
        return cut(have, file_bytes, ranges, err);
    *left = HAVE_USELESS;
    ranges_clear(ranges);
    close(have->fd);
    have->fd = -1;
    return true;
}

/* Has the log become much longer than what it says? */
static bool has_grown(const struct have *have, const struct ranges *ranges)
{
    return have->records >= LOG_SLACK_RECORDS + 2 * (uint64_t)ranges->len;
}

bool have_note(struct have *have, struct incoming_range range, bool there, const struct ranges *ranges,
               struct err *err)
{
    if (have->fd < 0 || range.start >= range.end)
        return true;
    if (has_grown(have, ranges))
        return have_begin(have, ranges, have->total, err);
    bool goes_on = there && have->last.end == range.start && have->last.start < have->last.end;
    struct incoming_range record = {goes_on ? have->last.start : range.start, range.end};
    uint64_t index = goes_on ? have->records - 1 : have->records;
    have->last = there ? record : (struct incoming_range){0, 0};
    if (!there)
        record.start |= GONE;
    have->records = index + 1;
    uint64_t at = sizeof(struct header) + index * sizeof record;
    return fs_write_all_at(have->fd, at, &record, sizeof record, have->name, err) ||
           err_prefix(err, "incoming");
}

bool have_forget(struct have *have, struct err *err)
{
    if (have->fd >= 0)
        close(have->fd);
    have->fd = -1;
    if (unlinkat(have->dir, have->name, 0) != 0 && errno != ENOENT)
        return err_set_errno(err, errno, "remove incoming/%s", have->name);
    return true;
}

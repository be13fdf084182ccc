/*
 * Incoming: how bytes of unknown worth become an object, and why a kill at any instant is harmless.
 *
 * What lies on disk.  <key>.part holds the bytes, each at its place; every write() goes straight to the
 * kernel, so kill -9 costs nothing that a call has returned for. While they come in order the part is a
 * prefix of the file and its size says all. Before the first byte is written behind a gap <key>.have begins
 * to say which bytes are there (incoming_have.c), and from then on the size says nothing; so the notes go
 * last when a part is cut to a prefix again. <key>.valid holds the validator that the origin gave with these
 * bytes. It is forgotten before the part is cut to nothing and written when the new answer has begun, so no
 * validator stands beside bytes of another answer; after a power loss it may, and the notes may claim bytes
 * that never reached the disk, and then the segments, the digest or the signature refuse the mixture, never a
 * user.
 *
 * The digest.  It is computed over the bytes in memory as they come in order. What came early is read back
 * when the frontier has passed it, mostly from the page cache, a bounded piece with each write. OpenSSL
 * cannot export a running SHA-256, so left-over bytes are read and hashed again; whatever a crash made of
 * them is what gets hashed. The name that a commit gives is therefore always the digest of the bytes in the
 * file.
 *
 * Commit, in this order:
 * 1. fchmod 0444: before the fsync, so that one fsync makes bytes, size and mode durable together. A kill
 *    after it leaves a read-only part, which incoming_open() makes writable again.
 * 2. fsync of the part: before the rename, so no name in objects/ is ever on a disk that lacks its bytes.
 * 3. rename: one atomic step from quarantine to the store; there is no instant with half of it.
 * 4. fsync of objects/ab, then of incoming/: the new name first. If only that one reached the disk there are
 *    two names, and the part is found, hashed and recognised; the other way round there would be none. Until
 *    both have returned, commit does not report the object.
 * Killed before 3 there is a resumable part, after 3 there is the object.
 *
 * Write errors that come late.  sync_file_range() and fsync() report a failed write-back once, for any byte
 * of the file, and the page cache may go on showing bytes that the disk does not have. So their failure is
 * never ignored, and the part is cut back to what earlier windows have proven to be on disk, early bytes and
 * all: hashing it again cannot be deceived by the cache.
 */
#include "ringmgr/store/incoming.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/store/aside.h"
#include "ringmgr/store/incoming_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { VALIDATOR_BYTES = 1024, PART_MODE = 0600, OBJECT_MODE = 0444 };

/* What one write reads back at most: 4 ms of hashing. */
static const uint64_t ABSORB_BYTES = (uint64_t)8 << 20;
/* Early bytes that may wait in the page cache to be read back. */
static const uint64_t EARLY_BYTES = (uint64_t)256 << 20;

static void unmap(struct incoming *in)
{
    if (in->map)
        munmap(in->map, in->map_len);
    in->map = NULL;
}

static void incoming_free(struct incoming *in)
{
    if (!in)
        return;
    unmap(in);
    fs_auto_close(&in->fd);
    running_clear(&in->running);
    have_clear(&in->have);
    ranges_clear(&in->there);
    free(in->validator);
    free(in->remark);
    free(in->part);
    free(in->side);
    free(in);
}

static void auto_free(struct incoming **in)
{
    incoming_free(*in);
}

/* A printable line, or NULL: what a killed run has left may be cut short. */
static char *usable_validator(const struct buf *text)
{
    if (text->len == 0 || text->len > VALIDATOR_BYTES)
        return NULL;
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] < ' ' || text->data[i] == 0x7f)
            return NULL;
    return mem_strdup(buf_text(text));
}

static void read_validator(struct incoming *in)
{
    AUTO_BUF text = {0};
    struct err absent;
    if (fs_read_file(in->store->incoming, in->side, VALIDATOR_BYTES, &text, &absent))
        in->validator = usable_validator(&text);
}

static int open_part(const struct incoming *in, struct err *err)
{
    int dir = in->store->incoming;
    int fd = fs_open_beneath(dir, in->part, O_RDWR | O_CREAT, PART_MODE, err);
    /* A commit that was killed after its fchmod. */
    if (fd < 0 && errno == EACCES && fchmodat(dir, in->part, PART_MODE, 0) == 0)
        fd = fs_open_beneath(dir, in->part, O_RDWR, 0, err);
    return fd;
}

/* Without its notes nobody knows what of the part is there: then that goes, too. */
static bool clear_way(struct incoming *in, struct err *err)
{
    const char *const name[] = {in->part, in->side, in->have.fresh, in->have.name};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char *told;
        if (!aside_clear_way(in->store, name[i], &told, err))
            return false;
        if (told) {
            free(in->remark);
            in->remark = told;
        }
        if (told && name[i] == in->have.name && unlinkat(in->store->incoming, in->part, 0) != 0 &&
            errno != ENOENT)
            return err_set_errno(err, errno, "remove incoming/%s", in->part);
    }
    return true;
}

const char *incoming_remark(const struct incoming *in)
{
    return in->remark;
}

/* A part without bytes: what lies beside it is left from a commit that was killed after its rename. */
static bool begin_empty(struct incoming *in, struct err *err)
{
    unlinkat(in->store->incoming, in->side, 0);
    return have_forget(&in->have, err);
}

static bool take_bytes(struct incoming *in, uint64_t file_bytes, struct err *err)
{
    enum have_left left;
    if (!have_load(&in->have, file_bytes, &in->there, &left, err))
        return false;
    if (left == HAVE_NONE)
        ranges_add(&in->there, (struct incoming_range){0, file_bytes});
    in->lost = left == HAVE_USELESS;
    in->total = in->have.total;
    read_validator(in);
    return true;
}

static bool take_left_over(struct incoming *in, struct err *err)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return err_set_errno(err, errno, "stat incoming/%s", in->part);
    if (!aside_is_ours(&st))
        return err_set(err, ERR_FAILED, "incoming/%s is no regular file with one name", in->part);
    if ((st.st_mode & 07777) != PART_MODE && fchmod(in->fd, PART_MODE) != 0)
        return err_set_errno(err, errno, "chmod incoming/%s", in->part);
    return st.st_size > 0 ? take_bytes(in, (uint64_t)st.st_size, err) : begin_empty(in, err);
}

bool incoming_is_left(const struct store *store, const char *key)
{
    char *part AUTO_FREE = mem_printf("%s.part", key);
    struct stat st;
    return store->incoming >= 0 && fstatat(store->incoming, part, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           st.st_size > 0;
}

bool incoming_open(struct store *store, const char *key, struct incoming **in, struct err *err)
{
    struct incoming *opened AUTO(auto_free)
    = mem_new(1, sizeof *opened);
    opened->fd = opened->have.fd = -1;
    *in = NULL;
    if (store->incoming < 0)
        return err_set(err, ERR_FAILED, "the store is open for reading only");
    if (*key == 0 || strchr(key, '/') || strlen(key) > LIMIT_NAME_BYTES - 10)
        return err_set(err, ERR_FAILED, "\"%.300s\" cannot name a file in incoming", key);
    opened->store = store;
    opened->part = mem_printf("%s.part", key);
    opened->side = mem_printf("%s.valid", key);
    have_init(&opened->have, store->incoming, key);
    running_init(&opened->running);
    if (!clear_way(opened, err))
        return false;
    opened->fd = opened->behind.fd = open_part(opened, err);
    if (opened->fd < 0 || !take_left_over(opened, err))
        return err_prefix(err, "incoming");
    *in = opened;
    opened = NULL;
    return true;
}

uint64_t incoming_bytes(const struct incoming *in)
{
    return ranges_prefix(&in->there);
}

uint64_t incoming_present_bytes(const struct incoming *in)
{
    return in->there.bytes;
}

bool incoming_gap(const struct incoming *in, uint64_t from, uint64_t total, struct incoming_range *gap)
{
    return ranges_gap(&in->there, from, total, gap);
}

static uint64_t allocated_bytes(const struct stat *st)
{
    return (uint64_t)st->st_blocks * 512; /* stat(2): whatever the file system's block is */
}

uint64_t incoming_allocated_bytes(const struct incoming *in)
{
    struct stat st;
    return fstat(in->fd, &st) == 0 ? allocated_bytes(&st) : 0;
}

const char *incoming_validator(const struct incoming *in)
{
    return in->validator;
}

static bool forget_validator(struct incoming *in, struct err *err)
{
    free(in->validator);
    in->validator = NULL;
    if (unlinkat(in->store->incoming, in->side, 0) != 0 && errno != ENOENT)
        return err_set_errno(err, errno, "remove incoming/%s", in->side);
    return true;
}

bool incoming_set_validator(struct incoming *in, const char *validator, struct err *err)
{
    if (validator && in->validator && strcmp(validator, in->validator) == 0)
        return true;
    char *copy AUTO_FREE = mem_strdup(validator);
    if (!forget_validator(in, err))
        return false;
    if (!copy || strlen(copy) > VALIDATOR_BYTES)
        return true;
    AUTO_FD fd = fs_open_beneath(in->store->incoming, in->side, O_WRONLY | O_CREAT | O_EXCL, PART_MODE, err);
    if (fd < 0 || !fs_write_all(fd, copy, strlen(copy), in->side, err))
        return false;
    in->validator = copy;
    copy = NULL;
    return true;
}

/* Makes the part a prefix of `bytes` bytes, which are there, and nothing else. */
static bool make_prefix(struct incoming *in, uint64_t bytes, struct err *err)
{
    unmap(in);
    if (ftruncate(in->fd, (off_t)bytes) != 0)
        return err_set_errno(err, errno, "cut incoming/%s", in->part);
    ranges_remove(&in->there, (struct incoming_range){bytes, UINT64_MAX});
    if (in->running.bytes > bytes)
        running_reset(&in->running);
    behind_back(&in->behind, bytes);
    in->lost = false;
    return have_forget(&in->have, err);
}

/* Gives back the blocks behind the last byte. */
static void release_reserve(const struct incoming *in)
{
    if (ftruncate(in->fd, (off_t)ranges_end(&in->there)) != 0)
        return; /* they stay reserved, which the next incoming_restart() ends */
}

static bool no_space(const struct incoming *in, uint64_t total, uint64_t need, uint64_t have, struct err *err)
{
    return err_set(err, ERR_NO_SPACE,
                   "incoming/%s: %" PRIu64 " bytes do not fit into the store: %" PRIu64
                   " bytes are missing (%" PRIu64 " needed, %" PRIu64 " free)",
                   in->part, total, need > have ? need - have : 0, need, have);
}

static bool reserve_blocks(const struct incoming *in, uint64_t total, struct err *err)
{
    struct stat st;
    uint64_t have = 0;
    if (fstat(in->fd, &st) != 0)
        return err_set_errno(err, errno, "stat incoming/%s", in->part);
    if (!fs_free_bytes(in->store->incoming, &have, err))
        return false;
    uint64_t held = allocated_bytes(&st);
    uint64_t need = total > held ? total - held : 0;
    if (need > have)
        return no_space(in, total, need, have, err);
    if (total > INT64_MAX || fallocate(in->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)total) == 0)
        return true;
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR)
        return true; /* the question about free space is all that this file system offers */
    if (errno != ENOSPC && errno != EDQUOT)
        return err_set_errno(err, errno, "reserve %" PRIu64 " bytes for incoming/%s", total, in->part);
    release_reserve(in);
    return no_space(in, total, need, have, err);
}

/* Brings notes in line with what is said about the whole file. */
static bool renew_notes(struct incoming *in, uint64_t total, struct err *err)
{
    if (in->have.fd < 0 || in->have.total == total)
        return true;
    if (in->have.total == 0 && ranges_end(&in->there) <= total)
        return have_begin(&in->have, &in->there, total, err);
    return make_prefix(in, incoming_bytes(in), err);
}

bool incoming_reserve(struct incoming *in, uint64_t total, struct err *err)
{
    if (!renew_notes(in, total, err) || (total > incoming_bytes(in) && !reserve_blocks(in, total, err)))
        return false;
    in->total = total;
    return true;
}

/* After a failed write-back: keeps only what is known to be on disk. */
static bool distrust(struct incoming *in, int errnum, struct err *err)
{
    struct err worse;
    if (!make_prefix(in, in->behind.settled, &worse))
        return err_set_errno(err, errnum, "write incoming/%s to disk (and %.300s)", in->part, worse.msg);
    return err_set_errno(err, errnum, "write incoming/%s to disk", in->part);
}

bool incoming_absorb(struct incoming *in, uint64_t limit_bytes, struct err *err)
{
    struct running *running = &in->running;
    uint64_t bytes = incoming_bytes(in);
    if (running->ended && running->bytes < bytes)
        running_reset(running);
    if (running->bytes >= bytes)
        return true;
    if (limit_bytes > bytes - running->bytes)
        limit_bytes = bytes - running->bytes;
    uint64_t end = running->bytes + limit_bytes;
    bool again = running->bytes < in->behind.begun; /* else it leaves the cache with its window */
    AUTO_READER reader = reader_new(in->fd, in->part, running->bytes, end, again);
    if (!running_read(running, &reader, end, err))
        return err_prefix(err, "incoming");
    int failed = behind_follow(&in->behind, running->bytes);
    return failed == 0 || distrust(in, failed, err);
}

uint64_t incoming_unhashed_bytes(const struct incoming *in)
{
    return incoming_bytes(in) - in->running.bytes;
}

/* Takes note of bytes that were written at the frontier. */
static bool go_on(struct incoming *in, uint64_t at, const void *bytes, size_t len, struct err *err)
{
    struct running *running = &in->running;
    if (running->ended)
        running_reset(running);
    if (running->bytes == at)
        running_add(running, bytes, len);
    int failed = behind_follow(&in->behind, running->bytes);
    if (failed)
        return distrust(in, failed, err);
    return incoming_absorb(in, ABSORB_BYTES, err);
}

/* Takes note of bytes that were written behind a gap. */
static bool wait_for_gap(struct incoming *in, uint64_t from, uint64_t end, struct err *err)
{
    bool far = in->there.bytes - incoming_bytes(in) > EARLY_BYTES;
    int failed = behind_early(&in->behind, from, end, far);
    return failed == 0 || distrust(in, failed, err);
}

static bool may_be_early(struct incoming *in, uint64_t at, struct err *err)
{
    if (in->total == 0)
        return err_set(err, ERR_FAILED, "incoming/%s: bytes at %" PRIu64 " of a file of unknown size",
                       in->part, at);
    if (in->there.len >= HAVE_PIECES)
        return err_set(err, ERR_FAILED, "incoming/%s: it is in more than %d pieces", in->part, HAVE_PIECES);
    return in->have.fd >= 0 || have_begin(&in->have, &in->there, in->total, err);
}

static bool write_bytes(const struct incoming *in, uint64_t at, const uint8_t *bytes, size_t len,
                        struct err *err)
{
    if (fs_write_all_at(in->fd, at, bytes, len, in->part, err))
        return true;
    release_reserve(in); /* cuts what was half written, too */
    return err_prefix(err, "incoming");
}

/* Writes at the frontier or behind it. */
static bool put(struct incoming *in, uint64_t at, const uint8_t *bytes, size_t len, struct err *err)
{
    bool early = at > incoming_bytes(in);
    unmap(in);
    if (in->total && (at > in->total || len > in->total - at))
        return err_set(err, ERR_FAILED, "incoming/%s: bytes at %" PRIu64 " of a file of %" PRIu64 " bytes",
                       in->part, at + len, in->total);
    if (early && !may_be_early(in, at, err))
        return false;
    if (!write_bytes(in, at, bytes, len, err))
        return false;
    struct incoming_range range = {at, at + len};
    ranges_add(&in->there, range);
    if (!have_note(&in->have, range, true, &in->there, err))
        return false;
    return early ? wait_for_gap(in, at, at + len, err) : go_on(in, at, bytes, len, err);
}

bool incoming_write_at(struct incoming *in, uint64_t at, const void *bytes, size_t len, struct err *err)
{
    const uint8_t *from = bytes;
    if (in->lost && !make_prefix(in, 0, err))
        return false;
    uint64_t skip = incoming_bytes(in) > at ? incoming_bytes(in) - at : 0;
    if (skip >= len)
        return true;
    return put(in, at + skip, from + skip, len - (size_t)skip, err);
}

bool incoming_write(struct incoming *in, const void *bytes, size_t len, struct err *err)
{
    if (ranges_end(&in->there) != incoming_bytes(in))
        return err_set(err, ERR_FAILED, "incoming/%s: its end is there already", in->part);
    return incoming_write_at(in, incoming_bytes(in), bytes, len, err);
}

bool incoming_read_at(struct incoming *in, uint64_t at, void *bytes, size_t len, struct err *err)
{
    uint8_t *to = bytes;
    if (len > UINT64_MAX - at || !ranges_hold(&in->there, (struct incoming_range){at, at + len}))
        return err_set(err, ERR_FAILED, "incoming/%s has not all of the bytes at %" PRIu64, in->part, at);
    while (len > 0) {
        ssize_t got = pread(in->fd, to, len, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read incoming/%s", in->part);
        if (got == 0)
            return err_set(err, ERR_FAILED, "incoming/%s shrank while it was read", in->part);
        to += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return true;
}

int incoming_reader(const struct incoming *in, struct err *err)
{
    return fs_open_beneath(in->store->incoming, in->part, O_RDONLY, 0, err);
}

bool incoming_forget(struct incoming *in, struct incoming_range range, struct err *err)
{
    uint64_t end = ranges_end(&in->there);
    if (range.end > end)
        range.end = end;
    if (range.start >= range.end)
        return true;
    unmap(in);
    if (in->running.bytes > range.start)
        running_reset(&in->running);
    behind_back(&in->behind, range.start);
    if (in->have.fd < 0 && range.end == end)
        return make_prefix(in, range.start, err);
    ranges_remove(&in->there, range);
    if (in->have.fd < 0)
        return have_begin(&in->have, &in->there, in->total, err);
    return have_note(&in->have, range, false, &in->there, err);
}

bool incoming_restart(struct incoming *in, struct err *err)
{
    if (!forget_validator(in, err) || !make_prefix(in, 0, err))
        return false;
    in->total = 0;
    running_reset(&in->running);
    return true;
}

struct digest incoming_digest(struct incoming *in)
{
    struct err unreadable;
    if (!incoming_absorb(in, UINT64_MAX, &unreadable))
        return (struct digest){{0}};
    return running_end(&in->running);
}

const void *incoming_map(struct incoming *in, size_t *len, struct err *err)
{
    *len = (size_t)incoming_bytes(in);
    if (*len == 0)
        return "";
    if (in->map)
        return in->map;
    void *map = mmap(NULL, *len, PROT_READ, MAP_SHARED, in->fd, 0);
    if (map == MAP_FAILED) {
        err_set_errno(err, errno, "map incoming/%s", in->part);
        return NULL;
    }
    in->map = map;
    in->map_len = *len;
    return map;
}

/* Steps 1 and 2 of a commit. */
static bool make_durable(struct incoming *in, struct err *err)
{
    release_reserve(in);
    if (fchmod(in->fd, OBJECT_MODE) != 0)
        return err_set_errno(err, errno, "chmod incoming/%s", in->part);
    if (fsync(in->fd) != 0)
        return distrust(in, errno, err);
    posix_fadvise(in->fd, 0, 0, POSIX_FADV_DONTNEED);
    return true;
}

static bool is_whole(const struct incoming *in, struct err *err)
{
    if (!in->lost && ranges_end(&in->there) == incoming_bytes(in))
        return true;
    return err_set(err, ERR_FAILED, "incoming/%s has gaps: it cannot become an object", in->part);
}

static void remove_beside(const struct incoming *in)
{
    unlinkat(in->store->incoming, in->side, 0);
    unlinkat(in->store->incoming, in->have.name, 0);
    unlinkat(in->store->incoming, in->have.fresh, 0);
}

bool incoming_commit(struct incoming *in, struct digest *digest, struct err *err)
{
    unmap(in);
    *digest = (struct digest){{0}};
    bool done = is_whole(in, err) && incoming_absorb(in, UINT64_MAX, err);
    if (done) {
        *digest = running_end(&in->running);
        done = make_durable(in, err) && layout_adopt(in->store, in->part, digest, incoming_bytes(in), err);
    }
    if (done)
        remove_beside(in); /* what stays, the next part of this key removes */
    incoming_free(in);
    return done;
}

void incoming_abort(struct incoming *in)
{
    unlinkat(in->store->incoming, in->part, 0);
    remove_beside(in);
    incoming_free(in);
}

void incoming_close(struct incoming *in)
{
    incoming_free(in);
}

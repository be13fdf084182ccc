/*
 * Incoming: how bytes of unknown worth become an object, and why a kill at any instant is harmless.
 *
 * What lies on disk.  <key>.part holds a prefix of the file and nothing else: bytes are only appended, each
 * write() goes straight to the kernel, so kill -9 costs nothing that incoming_write() has returned for.
 * <key>.valid holds the validator that the origin gave with these bytes. It is forgotten before the part is
 * cut to nothing and written when the new answer has begun, so no validator stands beside bytes of another
 * answer; after a power loss it may, and then the digest or the signature refuses the mixture, never a user.
 *
 * The digest.  It is computed over the bytes in memory as they come. OpenSSL cannot export a running
 * SHA-256, so a left-over prefix is read and hashed again when it is opened; whatever a crash made of it is
 * what gets hashed. The name that a commit gives is therefore always the digest of the bytes in the file.
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
 * Write errors that come late.  sync_file_range() and fsync() report a failed write-back once, and the page
 * cache may go on showing bytes that the disk does not have. So their failure is never ignored, and the part
 * is cut back to what earlier windows have proven to be on disk: hashing it again cannot be deceived by the
 * cache.
 *
 * Speed.  Fresh page-cache pages for gigabytes cost more than hashing them. Behind the writer, a window that
 * is full is handed to the disk, the one before it is waited for and dropped from the cache: two windows of
 * dirty pages a file, whatever its size. Waiting also slows the network down to what the disk can take.
 */
#include "ringmgr/store/incoming.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/store/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10, VALIDATOR_BYTES = 1024, PART_MODE = 0600, OBJECT_MODE = 0444 };

static const uint64_t WINDOW_BYTES = (uint64_t)8 << 20;
static const char PART[] = ".part", VALID[] = ".valid", BAD[] = "bad-";

/* The digest of the bytes so far. OpenSSL can end a computation but not look into it. */
struct running {
    struct digest_stream *stream;
    bool ended;
    struct digest digest; /* once ended */
};

struct incoming {
    struct store *store;
    char *part; /* file names below incoming/ */
    char *side;
    int fd;
    uint64_t bytes;
    uint64_t begun;   /* write-out of everything before has begun */
    uint64_t settled; /* everything before is on disk, as far as the kernel says */
    bool drop_behind; /* false where the file system cannot */
    struct running *running;
    char *validator;
    void *map;
    size_t map_len;
};

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
    if (in->running)
        digest_stream_free(in->running->stream);
    free(in->running);
    free(in->validator);
    free(in->part);
    free(in->side);
    free(in);
}

static void auto_free(struct incoming **in)
{
    incoming_free(*in);
}

/* Hashes the first in->bytes bytes of the file, leaving none of them in the page cache. */
static bool hash_again(struct incoming *in, struct err *err)
{
    char *block AUTO_FREE = mem_new(1, READ_BYTES);
    uint64_t at = 0;
    digest_stream_reset(in->running->stream);
    in->running->ended = false;
    while (at < in->bytes) {
        uint64_t want = in->bytes - at < READ_BYTES ? in->bytes - at : READ_BYTES;
        ssize_t got = pread(in->fd, block, want, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read incoming/%s", in->part);
        if (got == 0)
            return err_set(err, ERR_FAILED, "incoming/%s shrank while it was read", in->part);
        digest_stream_add(in->running->stream, block, (size_t)got);
        at += (uint64_t)got;
        if (at % WINDOW_BYTES == 0)
            posix_fadvise(in->fd, 0, (off_t)at, POSIX_FADV_DONTNEED);
    }
    return true;
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

static bool take_left_over(struct incoming *in, struct err *err)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return err_set_errno(err, errno, "stat incoming/%s", in->part);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_FAILED, "incoming/%s is not a regular file", in->part);
    if ((st.st_mode & 07777) != PART_MODE && fchmod(in->fd, PART_MODE) != 0)
        return err_set_errno(err, errno, "chmod incoming/%s", in->part);
    in->bytes = in->begun = (uint64_t)st.st_size;
    if (!hash_again(in, err))
        return false;
    if (lseek(in->fd, st.st_size, SEEK_SET) < 0)
        return err_set_errno(err, errno, "seek incoming/%s", in->part);
    if (in->bytes)
        read_validator(in);
    else
        unlinkat(in->store->incoming, in->side, 0); /* a commit that was killed after its rename */
    return true;
}

bool incoming_open(struct store *store, const char *key, struct incoming **in, struct err *err)
{
    struct incoming *opened AUTO(auto_free)
    = mem_new(1, sizeof *opened);
    opened->fd = -1;
    *in = NULL;
    if (store->incoming < 0)
        return err_set(err, ERR_FAILED, "the store is open for reading only");
    if (*key == 0 || strchr(key, '/') || strlen(key) > LIMIT_NAME_BYTES - 10)
        return err_set(err, ERR_FAILED, "\"%.300s\" cannot name a file in incoming", key);
    opened->store = store;
    opened->part = mem_printf("%s%s", key, PART);
    opened->side = mem_printf("%s%s", key, VALID);
    opened->drop_behind = true;
    opened->running = mem_new(1, sizeof *opened->running);
    opened->running->stream = digest_stream_new();
    opened->fd = open_part(opened, err);
    if (opened->fd < 0 || !take_left_over(opened, err))
        return err_prefix(err, "incoming");
    *in = opened;
    opened = NULL;
    return true;
}

uint64_t incoming_bytes(const struct incoming *in)
{
    return in->bytes;
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

/* Gives back the blocks behind the last byte. */
static void release_reserve(const struct incoming *in)
{
    if (ftruncate(in->fd, (off_t)in->bytes) != 0)
        return; /* they stay reserved, which the next incoming_restart() ends */
}

static bool no_space(const struct incoming *in, uint64_t total, uint64_t need, uint64_t have, struct err *err)
{
    return err_set(err, ERR_NO_SPACE,
                   "incoming/%s: %" PRIu64 " bytes do not fit into the store: %" PRIu64
                   " bytes are missing (%" PRIu64 " needed, %" PRIu64 " free)",
                   in->part, total, need > have ? need - have : 0, need, have);
}

bool incoming_reserve(struct incoming *in, uint64_t total, struct err *err)
{
    struct stat st;
    uint64_t have = 0;
    if (total <= in->bytes)
        return true;
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

/* After a failed write-back: keeps only what is known to be on disk. */
static bool distrust(struct incoming *in, int errnum, struct err *err)
{
    if (ftruncate(in->fd, (off_t)in->settled) == 0)
        in->bytes = in->settled;
    return err_set_errno(err, errnum, "write incoming/%s to disk", in->part);
}

/* Waits until the bytes from in->settled to `end` are on disk and drops them from the page cache. */
static bool settle(struct incoming *in, uint64_t end, struct err *err)
{
    off_t from = (off_t)in->settled, len = (off_t)(end - in->settled);
    unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    if (len == 0)
        return true;
    if (sync_file_range(in->fd, from, len, all) != 0) {
        if (errno == EIO || errno == ENOSPC || errno == EDQUOT)
            return distrust(in, errno, err);
        in->drop_behind = false;
        return true;
    }
    posix_fadvise(in->fd, from, len, POSIX_FADV_DONTNEED);
    in->settled = end;
    return true;
}

static bool write_out(struct incoming *in, struct err *err)
{
    while (in->drop_behind && in->bytes - in->begun >= WINDOW_BYTES) {
        uint64_t before = in->begun;
        sync_file_range(in->fd, (off_t)before, (off_t)WINDOW_BYTES, SYNC_FILE_RANGE_WRITE);
        in->begun += WINDOW_BYTES;
        if (!settle(in, before, err))
            return false;
    }
    return true;
}

bool incoming_write(struct incoming *in, const void *bytes, size_t len, struct err *err)
{
    unmap(in);
    if (in->running->ended && !hash_again(in, err))
        return false;
    if (!fs_write_all(in->fd, bytes, len, in->part, err)) {
        release_reserve(in); /* cuts what was half written, too */
        return err_prefix(err, "incoming");
    }
    digest_stream_add(in->running->stream, bytes, len);
    in->bytes += len;
    return write_out(in, err);
}

bool incoming_restart(struct incoming *in, struct err *err)
{
    unmap(in);
    if (!forget_validator(in, err))
        return false;
    if (ftruncate(in->fd, 0) != 0 || lseek(in->fd, 0, SEEK_SET) < 0)
        return err_set_errno(err, errno, "empty incoming/%s", in->part);
    in->bytes = in->begun = in->settled = 0;
    in->running->ended = false;
    digest_stream_reset(in->running->stream);
    return true;
}

struct digest incoming_digest(const struct incoming *in)
{
    struct running *running = in->running;
    if (!running->ended)
        running->digest = digest_stream_end(running->stream);
    running->ended = true;
    return running->digest;
}

const void *incoming_map(struct incoming *in, size_t *len, struct err *err)
{
    *len = (size_t)in->bytes;
    if (in->bytes == 0)
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

bool incoming_commit(struct incoming *in, struct digest *digest, struct err *err)
{
    unmap(in);
    *digest = incoming_digest(in);
    bool done = make_durable(in, err) && layout_adopt(in->store, in->part, digest, in->bytes, err);
    if (done)
        unlinkat(in->store->incoming, in->side, 0); /* where it stays, the next part of this key removes it */
    incoming_free(in);
    return done;
}

void incoming_abort(struct incoming *in)
{
    unlinkat(in->store->incoming, in->part, 0);
    unlinkat(in->store->incoming, in->side, 0);
    incoming_free(in);
}

void incoming_close(struct incoming *in)
{
    incoming_free(in);
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name), tail = strlen(suffix);
    return len >= tail && strcmp(name + len - tail, suffix) == 0;
}

static bool is_kept(const char *name, const char *const *keep)
{
    bool ours = ends_with(name, PART) || ends_with(name, VALID) || strncmp(name, BAD, strlen(BAD)) == 0;
    for (; ours && *keep; keep++)
        if (strncmp(name, *keep, strlen(*keep)) == 0)
            return true;
    return !ours;
}

bool incoming_sweep(struct store *store, const char *const *keep, struct err *err)
{
    AUTO_STRV names = {0};
    if (store->incoming < 0)
        return err_set(err, ERR_FAILED, "the store is open for reading only");
    if (!fs_list(store->incoming, ".", &names, err))
        return err_prefix(err, "incoming");
    for (size_t i = 0; i < names.len; i++)
        if (!is_kept(names.item[i], keep) && unlinkat(store->incoming, names.item[i], 0) != 0 &&
            errno != ENOENT)
            return err_set_errno(err, errno, "remove incoming/%s", names.item[i]);
    return true;
}

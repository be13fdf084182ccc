/*
 * Objects by name. A name is made by layout_adopt() alone, from a file that incoming.c has written, proven,
 * made read-only and fsynced; from then on this room only reads it, links it or moves it away.
 *
 * The 256 two-digit folders are made when the first object needs one. fs_make_dirs() fsyncs the parent
 * before anything is renamed into the new folder, so an object that was reported durable cannot hang in a
 * folder that a power loss forgets.
 */
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/store/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COPY_BYTES = 256 << 10, FOLDER_TEXT_SIZE = 3, OBJECT_MODE = 0444, INCOMING_MODE = 0700 };

/* Where an object is below objects/. */
struct place {
    char folder[FOLDER_TEXT_SIZE];
    char name[DIGEST_TEXT_SIZE];
};

static struct place place_of(const struct digest *digest)
{
    struct place place;
    digest_format(digest, place.name);
    memcpy(place.folder, place.name, 2);
    place.folder[2] = 0;
    return place;
}

static bool make_incoming(int dir, struct err *err)
{
    if (mkdirat(dir, "incoming", INCOMING_MODE) == 0)
        return fs_sync(dir, ".", err);
    if (errno != EEXIST)
        return err_set_errno(err, errno, "make folder incoming");
    return true;
}

/* Quarantine is nobody else's business, also where somebody made the folder by hand. */
static bool guard_incoming(int incoming, struct err *err)
{
    struct stat st;
    if (fstat(incoming, &st) != 0)
        return err_set_errno(err, errno, "stat incoming");
    if ((st.st_mode & 07777) != INCOMING_MODE && fchmod(incoming, INCOMING_MODE) != 0)
        return err_set_errno(err, errno, "chmod incoming");
    return true;
}

static bool open_for_writing(struct store *store, struct err *err)
{
    if (!fs_make_dirs(store->dir, "objects", err) || !make_incoming(store->dir, err))
        return false;
    store->objects = fs_open_beneath(store->dir, "objects", O_RDONLY | O_DIRECTORY, 0, err);
    if (store->objects < 0)
        return false;
    store->incoming = fs_open_beneath(store->dir, "incoming", O_RDONLY | O_DIRECTORY, 0, err);
    return store->incoming >= 0 && guard_incoming(store->incoming, err);
}

static bool open_for_reading(struct store *store, struct err *err)
{
    store->objects = fs_open_beneath(store->dir, "objects", O_RDONLY | O_DIRECTORY, 0, err);
    return store->objects >= 0 || err->sys == ENOENT;
}

bool store_open(const char *path, bool readonly, struct store **store, struct err *err)
{
    struct store *opened AUTO(store_auto_close)
    = mem_new(1, sizeof *opened);
    *store = NULL;
    opened->objects = opened->incoming = -1;
    opened->dir = fs_open_dir(path, err);
    if (opened->dir < 0)
        return err_prefix(err, "store");
    if (!(readonly ? open_for_reading(opened, err) : open_for_writing(opened, err)))
        return err_prefix(err, "store %s", path);
    *store = opened;
    opened = NULL;
    return true;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    fs_auto_close(&store->incoming);
    fs_auto_close(&store->objects);
    fs_auto_close(&store->dir);
    free(store);
}

void store_auto_close(struct store **store)
{
    store_close(*store);
}

int store_dir(const struct store *store)
{
    return store->dir;
}

/* Opens the folder that holds, or would hold, the object. */
static int open_folder(const struct store *store, const struct place *place, struct err *err)
{
    if (store->objects < 0) {
        err_set_errno(err, ENOENT, "object %s", place->name);
        return -1;
    }
    int fd = fs_open_beneath(store->objects, place->folder, O_RDONLY | O_DIRECTORY, 0, err);
    if (fd < 0)
        err_prefix(err, "object %s", place->name);
    return fd;
}

/* *st gets what the descriptor is, too. */
static int open_and_stat(const struct store *store, const struct place *place, int flags, struct stat *st,
                         struct err *err)
{
    char path[FOLDER_TEXT_SIZE + DIGEST_TEXT_SIZE];
    if (store->objects < 0) {
        err_set_errno(err, ENOENT, "object %s", place->name);
        return -1;
    }
    snprintf(path, sizeof path, "%s/%s", place->folder, place->name);
    int fd = fs_open_beneath(store->objects, path, flags, 0, err);
    if (fd < 0 && errno == EACCES && fs_give_mode(store->objects, path, S_IFREG, 0444))
        fd = fs_open_beneath(store->objects, path, flags, 0,
                             err); /* a chmod through a link was the object's */
    if (fd < 0) {
        err_prefix(err, "object");
        return -1;
    }
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    close(fd);
    err_set(err, ERR_FAILED, "object %s is not a regular file", place->name);
    return -1;
}

static int open_object(const struct store *store, const struct place *place, int flags, struct err *err)
{
    struct stat st;
    return open_and_stat(store, place, flags, &st, err);
}

bool store_has(const struct store *store, const struct digest *digest, uint64_t *bytes)
{
    struct place place = place_of(digest);
    struct err absent;
    struct stat st;
    AUTO_FD fd = open_and_stat(store, &place, O_PATH, &st, &absent);
    if (fd < 0)
        return false;
    if (bytes)
        *bytes = (uint64_t)st.st_size;
    return true;
}

bool store_has_bytes(const struct store *store, const struct digest *digest, uint64_t bytes, bool *has,
                     struct err *err)
{
    struct place place = place_of(digest);
    struct err why = {0};
    struct stat st;
    AUTO_FD fd = open_and_stat(store, &place, O_PATH, &st, &why);
    *has = fd >= 0 && (uint64_t)st.st_size == bytes;
    if (fd >= 0 || why.domain != ERR_DOMAIN_ERRNO)
        return true;
    switch (why.sys) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV:
        return true;
    default:
        *err = why;
        return false;
    }
}

bool store_settle(const struct store *store, const struct digest *digest, struct err *err)
{
    struct place place = place_of(digest);
    AUTO_FD folder = open_folder(store, &place, err);
    return folder >= 0 && fs_sync(folder, place.folder, err) && fs_sync(store->objects, "objects", err);
}

int store_open_object(const struct store *store, const struct digest *digest, struct err *err)
{
    struct place place = place_of(digest);
    return open_object(store, &place, O_RDONLY, err);
}

/* An object's bytes are not what its name says. Always false. */
static bool say_rotten(const struct place *place, const struct digest *found, uint64_t bytes, struct err *err)
{
    char text[DIGEST_TEXT_SIZE];
    digest_format(found, text);
    return err_set(err, ERR_NOT_GENUINE, "object %s: its %" PRIu64 " bytes have the SHA-256 %s", place->name,
                   bytes, text);
}

/*
 * Copies all of `from` and says what was written: not copy_file_range(), because what the kernel moves nobody
 * has seen, and an object that has gone bad on the disk must not spread under a new inode.
 */
static bool copy_bytes(int from, int to, const char *name, struct digest_stream *seen, uint64_t *bytes,
                       struct err *err)
{
    char *block AUTO_FREE = mem_block(COPY_BYTES);
    for (;;) {
        ssize_t got = read(from, block, COPY_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read the object for %s", name);
        if (got == 0)
            return true;
        digest_stream_add(seen, block, (size_t)got);
        *bytes += (uint64_t)got;
        if (!fs_write_all(to, block, (size_t)got, name, err))
            return false;
    }
}

static bool copy_object(int from, int to, const char *name, struct digest *found, uint64_t *bytes,
                        struct err *err)
{
    struct digest_stream *seen = digest_stream_new();
    *bytes = 0;
    bool copied = copy_bytes(from, to, name, seen, bytes, err);
    *found = digest_stream_end(seen);
    digest_stream_free(seen);
    return copied;
}

static bool clone_bytes(int from, int to, const char *name, struct err *err)
{
    if (ioctl(to, FICLONE, from) == 0)
        return true;
    if (errno == EXDEV)
        return err_set_errno(
            err, errno, "reflink %s: store and ring must be on one file system, or set link = copy", name);
    if (errno == EOPNOTSUPP || errno == EINVAL || errno == ENOTTY)
        return err_set_errno(
            err, errno, "reflink %s: this file system has no reflinks, set link = hard or link = copy", name);
    return err_set_errno(err, errno, "reflink %s", name);
}

/* The clone is read, not the object: it is what will be served. */
static bool clone_object(int from, int to, const char *name, struct digest *found, uint64_t *bytes,
                         struct err *err)
{
    return clone_bytes(from, to, name, err) &&
           (digest_of_file(to, found, bytes, err) || err_prefix(err, "reflink %s", name));
}

/* Fills the new file `to`; complete, what the object's name says, and durable when it returns true. */
static bool fill(int from, int to, enum link_mode mode, const struct digest *digest, const char *name,
                 struct err *err)
{
    struct digest found;
    uint64_t bytes;
    if (!(mode == LINK_REFLINK ? clone_object(from, to, name, &found, &bytes, err)
                               : copy_object(from, to, name, &found, &bytes, err)))
        return false;
    if (!digest_equal(&found, digest)) {
        struct place place = place_of(digest);
        return say_rotten(&place, &found, bytes, err);
    }
    if (fchmod(to, OBJECT_MODE) != 0)
        return err_set_errno(err, errno, "chmod %s", name);
    if (!fs_sync(to, name, err))
        return false;
    posix_fadvise(to, 0, 0, POSIX_FADV_DONTNEED);
    return true;
}

static bool place_fresh(const struct store *store, const struct digest *digest, enum link_mode mode, int dir,
                        const char *name, struct err *err)
{
    struct place place = place_of(digest);
    AUTO_FD from = open_object(store, &place, O_RDONLY, err);
    if (from < 0)
        return false;
    AUTO_FD to = fs_open_beneath(dir, name, O_RDWR | O_CREAT | O_EXCL, 0600, err);
    if (to < 0)
        return false;
    if (fill(from, to, mode, digest, name, err))
        return true;
    unlinkat(dir, name, 0);
    return false;
}

static bool place_link(const struct store *store, const struct digest *digest, int dir, const char *name,
                       struct err *err)
{
    struct place place = place_of(digest);
    AUTO_FD folder = open_folder(store, &place, err);
    if (folder < 0)
        return false;
    if (linkat(folder, place.name, dir, name, 0) == 0)
        return true;
    switch (errno) {
    case EMLINK: /* ext4 gives an inode 65,000 names: from here on a second inode carries them */
        return place_fresh(store, digest, LINK_COPY, dir, name, err);
    case EXDEV:
        return err_set_errno(err, errno,
                             "link %s: store and ring must be on one file system, or set link = copy", name);
    case EPERM:
        return err_set_errno(err, errno,
                             "link %s: object %s must belong to the service's user (protected_hardlinks) and "
                             "the file system must have hard links; chown the store, or set link = copy",
                             name, place.name);
    default:
        return err_set_errno(err, errno, "link %s to object %s", name, place.name);
    }
}

bool store_place(const struct store *store, const struct digest *digest, enum link_mode mode, int dir,
                 const char *name, struct err *err)
{
    return mode == LINK_HARD ? place_link(store, digest, dir, name, err)
                             : place_fresh(store, digest, mode, dir, name, err);
}

bool store_is_object(const struct store *store, const struct digest *digest, int fd)
{
    struct place place = place_of(digest);
    struct err absent;
    struct stat object, other;
    AUTO_FD own = open_and_stat(store, &place, O_PATH, &object, &absent);
    return own >= 0 && fstat(fd, &other) == 0 && object.st_dev == other.st_dev &&
           object.st_ino == other.st_ino;
}

bool store_check_object(const struct store *store, const struct digest *digest, struct err *err)
{
    struct place place = place_of(digest);
    struct digest found;
    uint64_t bytes = 0;
    AUTO_FD fd = open_object(store, &place, O_RDONLY, err);
    if (fd < 0)
        return false;
    if (!digest_of_file(fd, &found, &bytes, err))
        return err_prefix(err, "object %s", place.name);
    return digest_equal(&found, digest) || say_rotten(&place, &found, bytes, err);
}

static bool need_incoming(const struct store *store, struct err *err)
{
    return store->incoming >= 0 || err_set(err, ERR_FAILED, "the store is open for reading only");
}

enum { EVICTED_NAME_SIZE = sizeof "bad-" + DIGEST_TEXT_SIZE };

/* Of incoming/: what an object is called that was put aside. */
static void name_evicted(const struct digest *digest, char name[EVICTED_NAME_SIZE])
{
    memcpy(name, "bad-", sizeof "bad-");
    digest_format(digest, name + strlen(name));
}

int store_open_evicted(const struct store *store, const struct digest *digest)
{
    char bad[EVICTED_NAME_SIZE];
    name_evicted(digest, bad);
    return store->incoming < 0 ? -1 : openat(store->incoming, bad, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

bool store_evict(struct store *store, const struct digest *digest, struct err *err)
{
    struct place place = place_of(digest);
    char bad[EVICTED_NAME_SIZE];
    if (!need_incoming(store, err))
        return false;
    AUTO_FD folder = open_folder(store, &place, err);
    if (folder < 0)
        return err->sys == ENOENT;
    name_evicted(digest, bad);
    if (renameat(folder, place.name, store->incoming, bad) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "move object %s to incoming/%s", place.name, bad);
    return fs_sync(store->incoming, "incoming", err) && fs_sync(folder, place.folder, err);
}

/* 0 where other names have the bytes, or where it cannot be told. */
static uint64_t bytes_of_last_name(int folder, const char *name)
{
    struct stat st;
    bool last =
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
    return last ? (uint64_t)st.st_size : 0;
}

bool store_remove(struct store *store, const struct digest *digest, uint64_t *freed_bytes, struct err *err)
{
    struct place place = place_of(digest);
    *freed_bytes = 0;
    if (!need_incoming(store, err))
        return false;
    AUTO_FD folder = open_folder(store, &place, err);
    if (folder < 0)
        return err->sys == ENOENT;
    uint64_t bytes = bytes_of_last_name(folder, place.name);
    if (unlinkat(folder, place.name, 0) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "remove object %s", place.name);
    *freed_bytes = bytes;
    return fs_sync(folder, place.folder, err);
}

bool store_list(const struct store *store, uint8_t first, struct digest **objects, size_t *len,
                struct err *err)
{
    AUTO_STRV names = {0};
    char folder[FOLDER_TEXT_SIZE];
    *objects = NULL;
    *len = 0;
    snprintf(folder, sizeof folder, "%02x", first);
    if (store->objects < 0)
        return true;
    if (!fs_list(store->objects, folder, &names, err))
        return err->sys == ENOENT || err_prefix(err, "objects");
    for (size_t i = 0; i < names.len; i++) {
        struct digest digest;
        if (!digest_parse(names.item[i], &digest))
            continue;
        struct place place = place_of(&digest);
        if (strcmp(place.name, names.item[i]) != 0 || digest.byte[0] != first)
            continue;
        *objects = mem_grow(*objects, *len, sizeof digest);
        (*objects)[(*len)++] = digest;
    }
    return true;
}

/* The name is taken: keep what is there if it can be what the name says. */
static bool keep_present(struct store *store, const char *part, int folder, const char *folder_name,
                         struct err *err)
{
    /* An earlier run may have been killed between its rename and its fsync. */
    if (!fs_sync(folder, folder_name, err))
        return false;
    if (unlinkat(store->incoming, part, 0) != 0 && errno != ENOENT)
        return err_set_errno(err, errno, "remove incoming/%s", part);
    return true;
}

bool layout_adopt(struct store *store, const char *part, const struct digest *digest, uint64_t bytes,
                  struct err *err)
{
    struct place place = place_of(digest);
    uint64_t present = 0;
    if (!need_incoming(store, err) || !fs_make_dirs(store->objects, place.folder, err))
        return false;
    AUTO_FD folder = open_folder(store, &place, err);
    if (folder < 0)
        return false;
    if (store_has(store, digest, &present) && present == bytes)
        return keep_present(store, part, folder, place.folder, err);
    if (!store_evict(store, digest, err))
        return false;
    if (renameat(store->incoming, part, folder, place.name) != 0)
        return err_set_errno(err, errno, "rename incoming/%s to object %s", part, place.name);
    return fs_sync(folder, place.folder, err) && fs_sync(store->incoming, "incoming", err);
}

/* ---- bytes that a share still has ---- */

/* A link costs nothing; but the inode becomes the store's own, so it must be what an object's is. */
static bool may_be_linked(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & ALLPERMS) == OBJECT_MODE &&
           st.st_uid == geteuid();
}

/* Whether the link is to the very file that was read: the name may have got another meanwhile. */
static bool is_same(const struct store *store, const char *part, int fd)
{
    struct stat made, wanted;
    return fstatat(store->incoming, part, &made, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &wanted) == 0 &&
           made.st_dev == wanted.st_dev && made.st_ino == wanted.st_ino;
}

static bool link_part(const struct store *store, int dir, const char *path, int fd, const char *part)
{
    if (!may_be_linked(fd) || linkat(dir, path, store->incoming, part, 0) != 0)
        return false;
    if (is_same(store, part, fd))
        return true;
    unlinkat(store->incoming, part, 0);
    return false;
}

static bool copy_part(const struct store *store, const struct digest *digest, int fd, const char *part,
                      struct err *err)
{
    AUTO_FD to = fs_open_beneath(store->incoming, part, O_RDWR | O_CREAT | O_EXCL, 0600, err);
    if (to < 0)
        return false;
    if (lseek(fd, 0, SEEK_SET) == 0 && fill(fd, to, LINK_COPY, digest, part, err))
        return true;
    unlinkat(store->incoming, part, 0);
    return false;
}

bool store_take_back(struct store *store, const struct digest *digest, int dir, const char *path, bool *taken,
                     struct err *err)
{
    struct place place = place_of(digest);
    char part[sizeof "back-" + DIGEST_TEXT_SIZE];
    struct err unread = {0};
    struct digest found;
    uint64_t bytes;
    *taken = false;
    if (!need_incoming(store, err))
        return false;
    AUTO_FD fd = fs_open_beneath(dir, path, O_RDONLY | O_NONBLOCK, 0, &unread);
    if (fd < 0 || !digest_of_file(fd, &found, &bytes, &unread) || !digest_equal(&found, digest))
        return true;
    snprintf(part, sizeof part, "back-%s", place.name);
    unlinkat(store->incoming, part, 0);
    *taken = (link_part(store, dir, path, fd, part) || copy_part(store, digest, fd, part, err)) &&
             layout_adopt(store, part, digest, bytes, err);
    return *taken;
}

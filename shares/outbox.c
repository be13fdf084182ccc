#include "shares/outbox.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTBOX "outbox"

/* Nobody else's business; the folders in it are as those of a share. */
enum { OUTBOX_MODE = 0700 };

struct outbox {
    const struct store *store;
    char *id;
    char *path; /* absolute */
    int dir;
    struct digest *proven; /* what has been read and was right */
    size_t proven_len;
    ino_t *rotten; /* what has been read and was not: gigabytes are not read again for each site */
    size_t rotten_len;
};

/* ---- the outbox ---- */

static bool open_dir(struct outbox *outbox, struct err *err)
{
    static const char *const folder[] = {"rings", "sites", "look", "empty"};
    char *path AUTO_FREE = mem_printf(OUTBOX "/%s", outbox->id);
    if (!fs_make_dirs(store_dir(outbox->store), OUTBOX, err))
        return false;
    if (mkdirat(store_dir(outbox->store), path, OUTBOX_MODE) != 0)
        return err_set_errno(err, errno, "make folder %s", path);
    outbox->dir = fs_open_beneath(store_dir(outbox->store), path, O_RDONLY | O_DIRECTORY, 0, err);
    for (size_t i = 0; outbox->dir >= 0 && i < sizeof folder / sizeof *folder; i++)
        if (!fs_make_dirs(outbox->dir, folder[i], err))
            return false;
    return outbox->dir >= 0;
}

static void free_outbox(struct outbox *outbox)
{
    fs_auto_close(&outbox->dir);
    free(outbox->proven);
    free(outbox->rotten);
    free(outbox->path);
    free(outbox->id);
    free(outbox);
}

struct outbox *outbox_make(const struct store *store, const char *store_path, const char *id, struct err *err)
{
    struct outbox *outbox = mem_new(1, sizeof *outbox);
    outbox->store = store;
    outbox->dir = -1;
    outbox->id = mem_strdup(id);
    outbox->path = mem_printf("%s/" OUTBOX "/%s", store_path, id);
    if (open_dir(outbox, err))
        return outbox;
    if (err->sys == EEXIST)
        free_outbox(outbox); /* it is another's */
    else
        outbox_close(outbox);
    return NULL;
}

void outbox_close(struct outbox *outbox)
{
    struct err unheard;
    if (!outbox)
        return;
    char *path AUTO_FREE = mem_printf(OUTBOX "/%s", outbox->id);
    if (!fs_remove_tree(store_dir(outbox->store), path, &unheard))
        unheard.sys = 0; /* the next run sweeps */
    free_outbox(outbox);
}

void outbox_auto_close(struct outbox **outbox)
{
    outbox_close(*outbox);
}

bool outbox_sweep(const struct store *store, struct err *err)
{
    struct stat st;
    if (fstatat(store_dir(store), OUTBOX, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return true;
    return fs_remove_tree(store_dir(store), OUTBOX, err) || err_prefix(err, OUTBOX);
}

/* ---- paths ---- */

char *outbox_rings_path(const struct outbox *outbox)
{
    return mem_printf("%s/rings", outbox->path);
}

char *outbox_data_path(const struct outbox *outbox, const char *ring)
{
    return mem_printf("%s/rings/%s/" TREE_DATA, outbox->path, ring);
}

char *outbox_pointer_path(const struct outbox *outbox, const char *site, const char *ring)
{
    return mem_printf("%s/sites/%s/%s", outbox->path, site, ring);
}

char *outbox_empty_path(const struct outbox *outbox)
{
    return mem_printf("%s/empty", outbox->path);
}

/* ---- builds ---- */

/* The folder of a file below a ring's Office/Data, and its name in there. The caller frees the folder. */
static char *folder_of(const char *ring, const struct share_file *file, const char **name)
{
    const char *slash = strrchr(file->path, '/');
    *name = slash ? slash + 1 : file->path;
    return slash ? mem_printf("rings/%s/" TREE_DATA "/%.*s", ring, (int)(slash - file->path), file->path)
                 : mem_printf("rings/%s/" TREE_DATA, ring);
}

static int make_dir(const struct outbox *outbox, const char *path, struct err *err)
{
    return fs_make_dirs(outbox->dir, path, err)
               ? fs_open_beneath(outbox->dir, path, O_RDONLY | O_DIRECTORY, 0, err)
               : -1;
}

static bool add_file(const struct outbox *outbox, int folder, const struct share_file *file, const char *name,
                     struct err *err)
{
    struct err failed = {0};
    if (store_place(outbox->store, &file->digest, LINK_HARD, folder, name, &failed) || failed.sys == EEXIST)
        return true;
    *err = failed;
    return err_prefix(err, OUTBOX ": %s", file->path);
}

bool outbox_add(struct outbox *outbox, const char *ring, const struct share_file *file, size_t files,
                struct err *err)
{
    char *last AUTO_FREE = NULL;
    AUTO_FD folder = -1;
    for (size_t i = 0; i < files; i++) {
        const char *name;
        char *path AUTO_FREE = folder_of(ring, &file[i], &name);
        if (!last || strcmp(last, path) != 0) {
            fs_auto_close(&folder);
            folder = make_dir(outbox, path, err);
            free(last);
            last = mem_strdup(path);
        }
        if (folder < 0 || !add_file(outbox, folder, &file[i], name, err))
            return false;
    }
    return true;
}

static bool is_proven(const struct outbox *outbox, const struct digest *digest)
{
    for (size_t i = 0; i < outbox->proven_len; i++)
        if (digest_equal(&outbox->proven[i], digest))
            return true;
    return false;
}

static bool is_rotten(const struct outbox *outbox, ino_t inode)
{
    for (size_t i = 0; i < outbox->rotten_len; i++)
        if (outbox->rotten[i] == inode)
            return true;
    return false;
}

/* Its link goes, so that outbox_add() brings the object that repair has put in its place. Under another name
 * it stays, or its inode's number could be that of another file soon. */
static bool note_rotten(struct outbox *outbox, const char *path, ino_t inode, const struct share_file *file,
                        struct err *err)
{
    char *aside AUTO_FREE = mem_printf("rotten-%zu", outbox->rotten_len);
    if (!is_rotten(outbox, inode) && linkat(outbox->dir, path, outbox->dir, aside, 0) == 0) {
        outbox->rotten = mem_grow(outbox->rotten, outbox->rotten_len, sizeof *outbox->rotten);
        outbox->rotten[outbox->rotten_len++] = inode;
    }
    unlinkat(outbox->dir, path, 0);
    return err_set(err, ERR_NOT_GENUINE, "%s has other bytes in the store: ringmgr verify --repair",
                   file->path);
}

static bool prove_file(struct outbox *outbox, const char *ring, const struct share_file *file,
                       digest_pace *pace, void *context, struct err *err)
{
    struct digest digest;
    struct stat st;
    uint64_t bytes;
    char *path AUTO_FREE = mem_printf("rings/%s/" TREE_DATA "/%s", ring, file->path);
    AUTO_FD fd = fs_open_beneath(outbox->dir, path, O_RDONLY | O_NONBLOCK, 0, err);
    if (fd < 0)
        return err_set(err, ERR_NOT_GENUINE, "%s is not in the outbox any more", file->path);
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", path);
    if (is_rotten(outbox, st.st_ino))
        return note_rotten(outbox, path, st.st_ino, file, err);
    if (!digest_of_file_at_pace(fd, pace, context, &digest, &bytes, err))
        return err_prefix(err, "%s", file->path);
    if (!digest_equal(&digest, &file->digest) || bytes != file->bytes)
        return note_rotten(outbox, path, st.st_ino, file, err);
    outbox->proven = mem_grow(outbox->proven, outbox->proven_len, sizeof *outbox->proven);
    outbox->proven[outbox->proven_len++] = digest;
    return true;
}

bool outbox_prove(struct outbox *outbox, const char *ring, const struct share_file *file, size_t files,
                  digest_pace *pace, void *context, struct err *err)
{
    for (size_t i = 0; i < files; i++)
        if (!is_proven(outbox, &file[i].digest) && !prove_file(outbox, ring, &file[i], pace, context, err))
            return false;
    return true;
}

/* ---- pointers ---- */

bool outbox_pointer(struct outbox *outbox, const char *site, const char *ring, enum architecture architecture,
                    const struct digest *descriptor, int64_t mtime_unix, struct err *err)
{
    AUTO_BUF bytes = {0};
    const struct fs_replace how = {.mode = 0444, .mtime_unix = mtime_unix};
    const char *name = tree_pointer_name(architecture);
    char *path AUTO_FREE = mem_printf("sites/%s/%s", site, ring);
    AUTO_FD object = store_open_object(outbox->store, descriptor, err);
    if (object < 0 || !fs_read_fd(object, "the descriptor", LIMIT_METADATA_BYTES, &bytes, err))
        return false;
    struct digest found = digest_of(bytes.data, bytes.len);
    if (!digest_equal(&found, descriptor))
        return err_set(err, ERR_NOT_GENUINE,
                       "the descriptor in the store has changed: ringmgr verify --repair");
    AUTO_FD folder = make_dir(outbox, path, err);
    return folder >= 0 && fs_replace_file(folder, name, bytes.data, bytes.len, &how, err);
}

/* ---- what was fetched ---- */

char *outbox_scratch(struct outbox *outbox, const char *site, const char *ring, struct err *err)
{
    char *path AUTO_FREE = mem_printf("look/%s/%s", site, ring);
    if (!fs_remove_tree(outbox->dir, path, err) || !fs_make_dirs(outbox->dir, path, err)) {
        err_prefix(err, OUTBOX);
        return NULL;
    }
    return mem_printf("%s/%s", outbox->path, path);
}

bool outbox_fetched(const struct outbox *outbox, const char *site, const char *ring,
                    enum architecture architecture, bool *present, struct buf *bytes, int64_t *mtime_unix,
                    struct err *err)
{
    struct stat st;
    const char *name = tree_pointer_name(architecture);
    char *path AUTO_FREE = mem_printf("look/%s/%s/%s", site, ring, name);
    AUTO_FD fd = fs_open_beneath(outbox->dir, path, O_RDONLY | O_NONBLOCK, 0, err);
    *present = false;
    *mtime_unix = -1;
    if (fd < 0)
        return errno == ENOENT ||
               err_set(err, ERR_NOT_GENUINE, "what came as %s cannot be read as a file", name);
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", path);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > LIMIT_METADATA_BYTES)
        return err_set(err, ERR_NOT_GENUINE, "what came as %s is no regular file of at most %llu bytes", name,
                       (unsigned long long)LIMIT_METADATA_BYTES);
    *present = true;
    *mtime_unix = st.st_mtime;
    return fs_read_fd(fd, name, LIMIT_METADATA_BYTES, bytes, err);
}

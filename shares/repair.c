#include "shares/repair.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void repair_clear(struct repair *repair)
{
    strv_clear(&repair->unsound);
    strv_clear(&repair->moved);
    strv_clear(&repair->stayed);
    strv_clear(&repair->stuck);
}

/* ---- quarantine ---- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "<before><name>.<random>", of a long name only its beginning; the caller frees it. */
static char *unique_name(const char *before, const char *path)
{
    enum { KEPT_BYTES = 200 };
    char *unique AUTO_FREE = fs_temp_name("foreign");
    return mem_printf("%s%.*s.%s", before, KEPT_BYTES, last_part(path), strrchr(unique, '-') + 1);
}

static bool sync_quarantine(const struct repair *repair, struct err *err)
{
    return fs_sync(repair->quarantine, "the quarantine", err) && fs_sync(repair->tree->data, TREE_DATA, err);
}

/*
 * The folder in which the path lies; fails where that is a link: renameat() and unlinkat() would follow one
 * that somebody has put there since it was looked at, out of the share and into the state, say.
 */
static int open_folder_of(const struct repair *repair, const char *path)
{
    struct err gone;
    size_t len = (size_t)(last_part(path) - path);
    char *folder AUTO_FREE = len ? mem_strndup(path, len) : mem_strdup(".");
    return fs_open_beneath(repair->tree->data, folder, O_PATH | O_DIRECTORY, 0, &gone);
}

/* *moved false: it cannot be moved and stays where it is. A rename is here or there after a power loss, never
 * nowhere: it need not be durable at once. */
static bool move_aside(struct repair *repair, const char *path, bool *moved, struct err *err)
{
    char *name AUTO_FREE = unique_name("", path);
    AUTO_FD folder = open_folder_of(repair, path);
    *moved = folder >= 0 && fs_rename_new(folder, last_part(path), repair->quarantine, name);
    if (folder < 0)
        return true;
    if (!*moved)
        return errno == EXDEV || errno == EACCES || errno == EPERM || errno == ENOENT ||
               err_set_errno(err, errno, "put %s aside", path);
    strv_add(&repair->moved, path);
    return true;
}

/* Somebody else's folder cannot be given another parent, but another name: so what blocks a name of ours
 * leaves it.
 */
static bool step_aside(const struct repair *repair, const char *path, bool *moved, struct err *err)
{
    char *name AUTO_FREE = unique_name("foreign-", path);
    AUTO_FD folder = open_folder_of(repair, path);
    *moved = folder >= 0 && fs_rename_new(folder, last_part(path), folder, name);
    return *moved || folder < 0 || errno == EACCES || errno == EPERM || errno == ENOENT ||
           err_set_errno(err, errno, "put %s aside", path);
}

static bool copy_bytes(int from, int to, const char *path, struct err *err)
{
    enum { BLOCK_BYTES = 256 << 10 };
    char *block AUTO_FREE = mem_new(1, BLOCK_BYTES);
    for (;;) {
        ssize_t got = read(from, block, BLOCK_BYTES);
        if (got < 0)
            return err_set_errno(err, errno, "read %s", path);
        if (got == 0)
            return fs_sync(to, path, err);
        if (!fs_write_all(to, block, (size_t)got, path, err))
            return false;
    }
}

/* For what may not be moved, or must not be missing. *copied false: it is no file that could be read. */
static bool copy_aside(struct repair *repair, const char *path, bool *copied, struct err *err)
{
    char *name AUTO_FREE = unique_name("", path);
    struct err unreadable;
    struct stat st;
    AUTO_FD from = fs_open_beneath(repair->tree->data, path, O_RDONLY | O_NONBLOCK, 0, &unreadable);
    *copied = from >= 0 && fstat(from, &st) == 0 && S_ISREG(st.st_mode);
    if (!*copied)
        return true;
    AUTO_FD to = fs_open_beneath(repair->quarantine, name, O_WRONLY | O_CREAT | O_EXCL, 0600, err);
    if (to < 0)
        return false;
    if (copy_bytes(from, to, path, err)) {
        strv_add(&repair->moved, path);
        return sync_quarantine(repair, err);
    }
    unlinkat(repair->quarantine, name, 0);
    return false;
}

/* ---- files and folders ---- */

static bool is_sound(const struct repair *repair, const struct digest *digest)
{
    struct err why;
    for (size_t i = 0; i < repair->sound_len; i++)
        if (digest_equal(&repair->sound[i], digest))
            return true;
    return store_check_object(repair->store, digest, &why);
}

/* A file that is right but for its permissions keeps its bytes; *done false: it is wrong in another way, or
 * somebody else's. */
static bool mend_mode(const struct repair *repair, const struct share_file *file, bool *done, struct err *err)
{
    struct err absent;
    struct stat st;
    enum tree_check check;
    int data = repair->tree->data;
    *done = false;
    if (fstatat(data, file->path, &st, AT_SYMLINK_NOFOLLOW) != 0 || (st.st_mode & 07777) == 0444 ||
        (uint64_t)st.st_size != file->bytes || !fs_give_mode(data, file->path, S_IFREG, 0444))
        return true;
    AUTO_FD fd = fs_open_beneath(data, file->path, O_RDONLY | O_NONBLOCK, 0, &absent);
    if (fd < 0)
        return true;
    if (!fs_sync(fd, file->path, err) ||
        !tree_check_file(repair->store, repair->tree, file, false, &check, err))
        return false;
    *done = check == TREE_RIGHT;
    return true;
}

/*
 * Takes away what stands in the place of a file of ours; a link to our own object would be no loss. *clear
 * false: it can neither be moved nor, for want of room, be copied, and stays.
 */
static bool clear_place(struct repair *repair, const struct share_file *file, bool *clear, struct err *err)
{
    struct err absent;
    struct stat st;
    *clear = fstatat(repair->tree->data, file->path, &st, AT_SYMLINK_NOFOLLOW) != 0;
    if (*clear)
        return true;
    AUTO_FD fd = fs_open_beneath(repair->tree->data, file->path, O_RDONLY | O_NONBLOCK, 0, &absent);
    *clear = fd >= 0 && store_is_object(repair->store, &file->digest, fd);
    if (*clear)
        return true;
    if (!move_aside(repair, file->path, clear, err))
        return false;
    if (!*clear && S_ISDIR(st.st_mode))
        return step_aside(repair, file->path, clear, err);
    if (*clear || (uint64_t)st.st_size > repair->room_bytes)
        return true;
    repair->room_bytes -= (uint64_t)st.st_size;
    return copy_aside(repair, file->path, clear, err);
}

static bool repair_file(struct repair *repair, const struct share_file *file, struct err *err)
{
    bool done, clear;
    if (!is_sound(repair, &file->digest)) {
        strv_add(&repair->unsound, file->path);
        return mend_mode(repair, file, &done, err);
    }
    if (!mend_mode(repair, file, &done, err) || done)
        return done;
    if (!clear_place(repair, file, &clear, err))
        return false;
    return !clear || publish_replace_file(repair->store, repair->tree, file, repair->link, err);
}

static bool repair_folder(const struct repair *repair, const char *folder, struct err *err)
{
    if (fs_give_mode(repair->tree->data, folder, S_IFDIR, 0755))
        return fs_sync_dir(repair->tree->data, folder, err);
    return errno == EPERM || err_set_errno(err, errno, "chmod %s", folder);
}

/* A folder of a build: its path ends before the first slash. NULL: the file lies in Office/Data itself. */
static char *folder_of(const char *path)
{
    const char *slash = strchr(path, '/');
    return slash ? mem_strndup(path, (size_t)(slash - path)) : NULL;
}

/* What stands where a build's folder belongs gives way where it is none, or one in which the service can put
 * nothing right. */
static bool clear_folder(struct repair *repair, const char *folder, struct err *err)
{
    struct stat st;
    bool moved = false;
    if (fstatat(repair->tree->data, folder, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    if (S_ISDIR(st.st_mode) && faccessat(repair->tree->data, folder, W_OK | X_OK, 0) == 0)
        return true;
    if (!S_ISDIR(st.st_mode) && !move_aside(repair, folder, &moved, err))
        return false;
    return moved || step_aside(repair, folder, &moved, err);
}

bool repair_clear_folders(struct repair *repair, const struct audit *audit, struct err *err)
{
    for (size_t i = 0; i < audit->len; i++) {
        char *folder AUTO_FREE = folder_of(audit->finding[i].path);
        if (audit->finding[i].kind == FINDING_FILE && folder && !clear_folder(repair, folder, err))
            return false;
    }
    return true;
}

bool repair_folders(const struct repair *repair, const struct audit *audit, struct err *err)
{
    for (size_t i = 0; i < audit->len; i++)
        if (audit->finding[i].kind == FINDING_FOLDER && !repair_folder(repair, audit->finding[i].path, err))
            return false;
    return true;
}

bool repair_files(struct repair *repair, const struct audit *audit, struct err *err)
{
    if (!repair_folders(repair, audit, err))
        return false;
    for (size_t i = 0; i < audit->len; i++)
        if (audit->finding[i].kind == FINDING_FILE &&
            !repair_file(repair, &repair->wanted->file[audit->finding[i].index], err))
            return false;
    return sync_quarantine(repair, err);
}

/* ---- what does not belong there ---- */

static bool is_pointer(const char *path)
{
    return strcmp(path, "v32.cab") == 0 || strcmp(path, "v64.cab") == 0;
}

static bool is_on_another_disk(const struct repair *repair, const char *path)
{
    struct stat st, quarantine;
    return fstatat(repair->tree->data, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstat(repair->quarantine, &quarantine) == 0 && st.st_dev != quarantine.st_dev;
}

/* What rename cannot take to quarantine: from another file system a file is copied there, and an empty folder
 * has nothing that could be lost. *gone false: it stays. */
static bool copy_away(struct repair *repair, const char *path, bool *gone, struct err *err)
{
    AUTO_FD folder = open_folder_of(repair, path);
    *gone = folder >= 0 && unlinkat(folder, last_part(path), AT_REMOVEDIR) == 0;
    if (*gone || folder < 0 || !is_on_another_disk(repair, path))
        return true;
    if (!copy_aside(repair, path, gone, err))
        return false;
    return !*gone || unlinkat(folder, last_part(path), 0) == 0 ||
           err_set_errno(err, errno, "remove %s", path);
}

static bool put_aside(struct repair *repair, const char *path, struct err *err)
{
    struct stat st;
    uint64_t bytes;
    bool moved;
    if (fstatat(repair->tree->data, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    if (!fs_tree_bytes(repair->tree->data, path, &bytes, err))
        return false;
    if (bytes > repair->room_bytes) {
        strv_add(&repair->stayed, path);
        return true;
    }
    if (!move_aside(repair, path, &moved, err) || (!moved && !copy_away(repair, path, &moved, err)))
        return false;
    repair->room_bytes -= moved ? bytes : 0;
    if (!moved)
        strv_add(&repair->stuck, path);
    return true;
}

bool repair_foreign(struct repair *repair, const struct audit *audit, struct err *err)
{
    for (size_t i = 0; i < audit->len; i++) {
        const struct finding *finding = &audit->finding[i];
        bool ours = strncmp(last_part(finding->path), TREE_TEMP_PREFIX, strlen(TREE_TEMP_PREFIX)) == 0;
        if (finding->kind != FINDING_FOREIGN ||
            (is_pointer(finding->path) && repair->wanted->architectures == 0))
            continue;
        if (ours ? !fs_remove_tree(repair->tree->data, finding->path, err)
                 : !put_aside(repair, finding->path, err))
            return false;
    }
    return sync_quarantine(repair, err);
}

/* ---- pointers ---- */

/* Ours but for its inode or permissions: then it is no loss. */
static bool is_own_pointer(const struct repair *repair, enum architecture architecture)
{
    struct tree_pointer pointer;
    struct err unreadable;
    return (repair->wanted->architectures & architecture) &&
           tree_pointer_read(repair->tree, architecture, &pointer, &unreadable) && pointer.present &&
           digest_equal(&pointer.digest, &repair->wanted->pointer[architecture == ARCH_X64]);
}

/* Moves what stands in a pointer's place; where that cannot be, a folder gets another name and a file is
 * copied. */
static bool move_pointer(struct repair *repair, const char *name, bool *moved, struct err *err)
{
    struct stat st;
    bool copied;
    if (!move_aside(repair, name, moved, err))
        return false;
    if (*moved || fstatat(repair->tree->data, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    return S_ISDIR(st.st_mode) ? step_aside(repair, name, moved, err)
                               : copy_aside(repair, name, &copied, err);
}

/* A small file is copied, so that it does not go missing; what is none is moved out of the way. */
static bool keep_pointer(struct repair *repair, enum architecture architecture, struct err *err)
{
    const char *name = tree_pointer_name(architecture);
    struct tree_pointer pointer;
    struct err unreadable;
    bool kept;
    if (!tree_pointer_read(repair->tree, architecture, &pointer, &unreadable))
        return move_pointer(repair, name, &kept, err);
    return !pointer.present || is_own_pointer(repair, architecture) || copy_aside(repair, name, &kept, err);
}

static bool take_away(struct repair *repair, enum architecture architecture, struct err *err)
{
    const char *name = tree_pointer_name(architecture);
    bool moved = false;
    if (!is_own_pointer(repair, architecture) && !move_pointer(repair, name, &moved, err))
        return false;
    return moved || unlinkat(repair->tree->data, name, 0) == 0 || errno == ENOENT ||
           err_set_errno(err, errno, "remove %s", name);
}

bool repair_withdraw(struct repair *repair, const struct audit *audit, enum withdrawal which, struct err *err)
{
    static const enum architecture architectures[] = {ARCH_X86, ARCH_X64};
    for (size_t i = 0; i < 2 && repair->wanted->architectures; i++) {
        bool own = repair->wanted->architectures & architectures[i];
        bool wrong = audit_find(audit, tree_pointer_name(architectures[i]));
        bool goes = own ? which == WITHDRAW_ALL || (wrong && which == WITHDRAW_WRONG) : wrong;
        if (goes && (!take_away(repair, architectures[i], err) || !sync_quarantine(repair, err)))
            return false;
    }
    return true;
}

/* Where the right one cannot be written, for want of room say, a wrong one is moved away at least. */
static bool repair_pointer(struct repair *repair, size_t index, struct err *err)
{
    enum architecture architecture = index ? ARCH_X64 : ARCH_X86;
    struct err none;
    bool moved;
    if (keep_pointer(repair, architecture, err) &&
        publish_pointer(repair->store, repair->tree, architecture, &repair->wanted->pointer[index],
                        repair->now_unix, err))
        return true;
    (void)(is_own_pointer(repair, architecture) ||
           (move_pointer(repair, tree_pointer_name(architecture), &moved, &none) &&
            sync_quarantine(repair, &none)));
    return false;
}

bool repair_pointers(struct repair *repair, const struct audit *audit, struct err *err)
{
    bool ok = true;
    for (size_t i = 0; i < audit->len; i++) {
        struct err later;
        if (audit->finding[i].kind == FINDING_POINTER)
            ok = repair_pointer(repair, audit->finding[i].index, ok ? err : &later) && ok;
    }
    return ok;
}

/* ---- the manifest ---- */

/* Right but for its permissions: then it is no loss. */
static bool is_own_manifest(const struct repair *repair)
{
    const struct buf *wanted = repair->wanted->manifest;
    AUTO_BUF bytes = {0};
    struct err why;
    return fs_read_file(repair->tree->data, TREE_MANIFEST, LIMIT_MANIFEST_BYTES, &bytes, &why) &&
           bytes.len == wanted->len && memcmp(bytes.data, wanted->data, wanted->len) == 0;
}

bool repair_manifest(struct repair *repair, const struct audit *audit, struct err *err)
{
    const struct buf *wanted = repair->wanted->manifest;
    const struct fs_replace how = {.mode = 0444, .mtime_unix = -1};
    bool moved;
    if (!wanted || !audit_has(audit, FINDING_MANIFEST))
        return true;
    return (is_own_manifest(repair) || move_pointer(repair, TREE_MANIFEST, &moved, err)) &&
           fs_replace_file(repair->tree->data, TREE_MANIFEST, wanted->data, wanted->len, &how, err) &&
           sync_quarantine(repair, err);
}

/*
 * The steps, each durable before the next begins (design, "Publication, step by step"):
 *
 *   1. What the build folder lacks is staged as links in Office/Data/.ringmgr-<id>/, which is then synced.
 *   2. The staging folder is renamed to <build>; where <build> stands already (an earlier try, a folder that
 *      grows) its files are checked first and the staged ones are moved in, one rename each.
 *   3. v??_<build>.cab, by temporary name and rename.
 *   4. The pointers, by temporary name and rename, v32.cab before v64.cab.
 *
 * So whatever instant a kill hits, a pointer that can be read leads to a folder that is whole. There is no
 * undo in here: staging names are swept by the next run, and a build folder without a pointer is inert.
 */
#include "shares/publish.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* True if the path lies in the build's folder; the descriptors beside it have no slash. */
static const char *name_in_folder(const struct share_file *file)
{
    const char *slash = strchr(file->path, '/');
    return slash ? slash + 1 : NULL;
}

/* *there: a right file stands under this name. Another file there is an error. */
static bool stands(const struct store *store, const struct tree *tree, const struct share_file *file,
                   bool *there, struct err *err)
{
    enum tree_check check;
    if (!tree_check_file(store, tree, file, false, &check, err))
        return false;
    *there = check == TREE_RIGHT;
    if (*there || check == TREE_MISSING)
        return true;
    return err_set(err, ERR_NOT_GENUINE, "%s %s: ringmgr verify --repair puts it right", file->path,
                   tree_check_text(check));
}

/* Opens the staging folder, empty. */
static int make_staging(const struct tree *tree, const char *staging, struct err *err)
{
    if (!fs_remove_tree(tree->data, staging, err))
        return -1;
    if (mkdirat(tree->data, staging, 0755) != 0) {
        err_set_errno(err, errno, "make folder %s", staging);
        return -1;
    }
    return fs_open_beneath(tree->data, staging, O_RDONLY | O_DIRECTORY, 0, err);
}

/* Stages what the build folder lacks; `staged` gets the names. */
static bool stage(const struct store *store, const struct tree *tree, const struct publication *publication,
                  bool folder_stands, int staging, struct strv *staged, struct err *err)
{
    for (size_t i = 0; i < publication->files; i++) {
        const struct share_file *file = &publication->file[i];
        const char *name = name_in_folder(file);
        bool there = false;
        if (!name)
            continue;
        if (folder_stands && !stands(store, tree, file, &there, err))
            return false;
        if (there)
            continue;
        if (!store_place(store, &file->digest, publication->link, staging, name, err))
            return err_prefix(err, "place %s", file->path);
        strv_add(staged, name);
    }
    return fs_sync(staging, publication->build, err);
}

static bool rename_new(int from_dir, const char *from, int to_dir, const char *to, struct err *err)
{
    return fs_rename_new(from_dir, from, to_dir, to) || err_set_errno(err, errno, "rename to %s", to);
}

static bool move_in(const struct tree *tree, const char *build, int staging, const struct strv *staged,
                    struct err *err)
{
    AUTO_FD folder = fs_open_beneath(tree->data, build, O_RDONLY | O_DIRECTORY, 0, err);
    if (folder < 0)
        return false;
    for (size_t i = 0; i < staged->len; i++)
        if (!rename_new(staging, staged->item[i], folder, staged->item[i], err))
            return err_prefix(err, "%s", build);
    return fs_sync(folder, build, err);
}

static bool folder_stands(const struct tree *tree, const char *build, bool *there, struct err *err)
{
    struct stat st;
    *there = fstatat(tree->data, build, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (*there && !S_ISDIR(st.st_mode))
        return err_set(err, ERR_NOT_GENUINE, "%s stands where the build's folder belongs", build);
    return *there || errno == ENOENT || err_set_errno(err, errno, "stat %s", build);
}

/* Somebody may have put a link, or another folder, in the place of the one that was filled. */
static bool check_renamed(const struct tree *tree, const char *build, int staging, struct err *err)
{
    struct stat is, was;
    AUTO_FD folder = fs_open_beneath(tree->data, build, O_PATH | O_DIRECTORY, 0, err);
    if (folder < 0)
        return false;
    if (fstat(folder, &is) != 0 || fstat(staging, &was) != 0)
        return err_set_errno(err, errno, "stat %s", build);
    return (is.st_dev == was.st_dev && is.st_ino == was.st_ino) ||
           err_set(err, ERR_NOT_GENUINE, "%s is not the folder that was filled: somebody else writes there",
                   build);
}

/* Steps 1 and 2. */
static bool place_folder(const struct store *store, const struct tree *tree,
                         const struct publication *publication, struct err *err)
{
    AUTO_STRV staged = {0};
    char name[LIMIT_NAME_BYTES + 1];
    bool there;
    snprintf(name, sizeof name, TREE_TEMP_PREFIX "%s", publication->id);
    if (!folder_stands(tree, publication->build, &there, err))
        return false;
    AUTO_FD staging = make_staging(tree, name, err);
    if (staging < 0 || !stage(store, tree, publication, there, staging, &staged, err))
        return false;
    if (!there)
        return rename_new(tree->data, name, tree->data, publication->build, err) &&
               check_renamed(tree, publication->build, staging, err) && fs_sync(tree->data, TREE_DATA, err);
    return move_in(tree, publication->build, staging, &staged, err) &&
           fs_remove_tree(tree->data, name, err) && fs_sync(tree->data, TREE_DATA, err);
}

/*
 * Gives `path` in `dir` the object under a temporary name and renames it there. Where the old name is a link
 * to the very same object rename(2) does nothing and leaves the temporary name, so that is removed.
 */
static bool place_by_rename(const struct store *store, const struct digest *digest, enum link_mode link,
                            int dir, const char *path, struct err *err)
{
    char *temp AUTO_FREE = fs_temp_name("tmp");
    if (!store_place(store, digest, link, dir, temp, err))
        return err_prefix(err, "place %s", path);
    if (renameat(dir, temp, dir, path) != 0) {
        err_set_errno(err, errno, "rename to %s", path);
        unlinkat(dir, temp, 0);
        return false;
    }
    unlinkat(dir, temp, 0);
    return true;
}

/* Step 3. */
static bool place_descriptors(const struct store *store, const struct tree *tree,
                              const struct publication *publication, struct err *err)
{
    for (size_t i = 0; i < publication->files; i++) {
        const struct share_file *file = &publication->file[i];
        bool there;
        if (name_in_folder(file))
            continue;
        if (!stands(store, tree, file, &there, err))
            return false;
        if (!there && !place_by_rename(store, &file->digest, publication->link, tree->data, file->path, err))
            return false;
    }
    return fs_sync(tree->data, TREE_DATA, err);
}

static bool read_descriptor(const struct store *store, const struct digest *digest, struct buf *bytes,
                            struct err *err)
{
    AUTO_FD fd = store_open_object(store, digest, err);
    if (fd < 0 || !fs_read_fd(fd, "the descriptor", LIMIT_METADATA_BYTES, bytes, err))
        return false;
    struct digest read_digest = digest_of(bytes->data, bytes->len);
    if (!digest_equal(&read_digest, digest))
        return err_set(err, ERR_NOT_GENUINE,
                       "the descriptor in the store has changed: ringmgr verify --repair");
    return true;
}

bool publish_pointer(const struct store *store, const struct tree *tree, enum architecture architecture,
                     const struct digest *descriptor, int64_t now_unix, struct err *err)
{
    AUTO_BUF bytes = {0};
    struct tree_pointer old;
    if (!tree_pointer_read(tree, architecture, &old, err) || !read_descriptor(store, descriptor, &bytes, err))
        return false;
    /* nginx answers 304 for a replacement of the same second and size */
    int64_t mtime = old.present && old.mtime_unix >= now_unix ? old.mtime_unix + 1 : now_unix;
    struct fs_replace how = {.mode = 0444, .mtime_unix = mtime};
    return fs_replace_file(tree->data, tree_pointer_name(architecture), bytes.data, bytes.len, &how, err);
}

/* Step 4 for one architecture. */
static bool flip(const struct store *store, const struct tree *tree, const struct publication *publication,
                 enum architecture architecture, struct err *err)
{
    char path[LIMIT_NAME_BYTES + 1];
    struct tree_pointer pointer;
    snprintf(path, sizeof path, "v%d_%s.cab", architecture_bits(architecture), publication->build);
    for (size_t i = 0; i < publication->files; i++) {
        const struct share_file *file = &publication->file[i];
        if (strcmp(file->path, path) != 0)
            continue;
        if (!tree_pointer_read(tree, architecture, &pointer, err))
            return false;
        if (pointer.present && pointer.links == 1 && digest_equal(&pointer.digest, &file->digest))
            return fs_sync(tree->data, TREE_DATA, err); /* a killed run may not have come to it */
        return publish_pointer(store, tree, architecture, &file->digest, publication->now_unix, err);
    }
    return err_set(err, ERR_FAILED, "%s is not among the build's files", path);
}

bool publish_run(const struct store *store, const struct tree *tree, const struct publication *publication,
                 struct err *err)
{
    if (!place_folder(store, tree, publication, err) || !place_descriptors(store, tree, publication, err))
        return false;
    if (publication->architectures & ARCH_X86 && !flip(store, tree, publication, ARCH_X86, err))
        return false;
    return !(publication->architectures & ARCH_X64) || flip(store, tree, publication, ARCH_X64, err);
}

/* Is every file of the build that stands there right? */
static bool is_ours(const struct store *store, const struct tree *tree, const struct share_file *file,
                    size_t files, bool *ours, struct err *err)
{
    *ours = true;
    for (size_t i = 0; i < files && *ours; i++) {
        enum tree_check check;
        if (!tree_check_file(store, tree, &file[i], false, &check, err))
            return false;
        *ours = check == TREE_RIGHT || check == TREE_MISSING;
    }
    return true;
}

static bool withdraw_folder(const struct tree *tree, const char *build, struct err *err)
{
    char *trash AUTO_FREE = fs_temp_name("trash");
    if (renameat(tree->data, build, tree->data, trash) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "rename %s", build);
    return fs_sync(tree->data, TREE_DATA, err) && fs_remove_tree(tree->data, trash, err);
}

bool publish_withdraw(const struct store *store, const struct tree *tree, const char *build,
                      const struct share_file *file, size_t files, struct err *err)
{
    bool ours;
    if (tree->data < 0)
        return true;
    if (!is_ours(store, tree, file, files, &ours, err))
        return false;
    if (!ours)
        return true;
    for (size_t i = 0; i < files; i++)
        if (!name_in_folder(&file[i]) && unlinkat(tree->data, file[i].path, 0) != 0 && errno != ENOENT)
            return err_set_errno(err, errno, "remove %s", file[i].path);
    return fs_sync(tree->data, TREE_DATA, err) && withdraw_folder(tree, build, err);
}

/* Removes those of the files that lie in a folder, or those that do not. */
static bool retract_some(const struct store *store, const struct tree *tree, const struct share_file *file,
                         size_t files, bool in_folder, struct err *err)
{
    for (size_t i = 0; i < files; i++) {
        enum tree_check check;
        if (!!name_in_folder(&file[i]) != in_folder)
            continue;
        if (!tree_check_file(store, tree, &file[i], false, &check, err))
            return false;
        if (check == TREE_RIGHT && unlinkat(tree->data, file[i].path, 0) != 0 && errno != ENOENT)
            return err_set_errno(err, errno, "remove %s", file[i].path);
    }
    return true;
}

static bool sync_folder(const struct tree *tree, const struct share_file *file, struct err *err)
{
    char *folder AUTO_FREE = mem_strndup(file->path, (size_t)(name_in_folder(file) - 1 - file->path));
    bool there;
    if (!folder_stands(tree, folder, &there, err))
        return false;
    if (!there)
        return true;
    AUTO_FD dir = fs_open_beneath(tree->data, folder, O_RDONLY | O_DIRECTORY, 0, err);
    return dir >= 0 && fs_sync(dir, folder, err);
}

bool publish_retract(const struct store *store, const struct tree *tree, const struct share_file *file,
                     size_t files, struct err *err)
{
    if (tree->data < 0)
        return true;
    if (!retract_some(store, tree, file, files, false, err) || !fs_sync(tree->data, TREE_DATA, err) ||
        !retract_some(store, tree, file, files, true, err))
        return false;
    for (size_t i = 0; i < files; i++)
        if (name_in_folder(&file[i])) /* all of them in the same */
            return sync_folder(tree, &file[i], err);
    return true;
}

/* The file is the object itself and only its permissions are wrong: a new link to it would be no cure. */
static bool restore_mode(const struct store *store, const struct tree *tree, const struct share_file *file,
                         bool *done, struct err *err)
{
    struct err absent = {0};
    AUTO_FD fd = fs_open_beneath(tree->data, file->path, O_RDONLY | O_NONBLOCK, 0, &absent);
    *done = fd >= 0 && store_is_object(store, &file->digest, fd);
    if (*done && fchmod(fd, 0444) != 0)
        return err_set_errno(err, errno, "chmod %s", file->path);
    return !*done || fs_sync(fd, file->path, err);
}

bool publish_replace_file(const struct store *store, const struct tree *tree, const struct share_file *file,
                          enum link_mode link, struct err *err)
{
    bool done;
    if (!restore_mode(store, tree, file, &done, err) || done)
        return done;
    char *folder AUTO_FREE = mem_strdup(file->path);
    char *slash = strrchr(folder, '/');
    const char *name = slash ? file->path + (slash - folder) + 1 : file->path;
    if (slash)
        *slash = 0;
    const char *at = slash ? folder : ".";
    if (slash && !fs_make_dirs(tree->data, folder, err))
        return false;
    AUTO_FD dir = fs_open_beneath(tree->data, at, O_RDONLY | O_DIRECTORY, 0, err);
    return dir >= 0 && place_by_rename(store, &file->digest, link, dir, name, err) && fs_sync(dir, at, err);
}

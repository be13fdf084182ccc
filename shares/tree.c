#include "shares/tree.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void tree_close(struct tree *tree)
{
    fs_auto_close(&tree->data);
    fs_auto_close(&tree->root);
    *tree = TREE_CLOSED;
}

static bool open_data(struct tree *tree, bool make, struct err *err)
{
    if (make && !fs_make_dirs(tree->root, TREE_DATA, err))
        return false;
    tree->data = fs_open_beneath(tree->root, TREE_DATA, O_RDONLY | O_DIRECTORY, 0, err);
    return tree->data >= 0 || (!make && errno == ENOENT);
}

bool tree_open(const char *path, bool make, struct tree *tree, struct err *err)
{
    *tree = TREE_CLOSED;
    tree->root = fs_open_dir(path, err);
    if (tree->root < 0)
        return false;
    if (open_data(tree, make, err))
        return true;
    tree_close(tree);
    return err_prefix(err, "%s", path);
}

void tree_unbar(const char *path)
{
    static const char *const folder[] = {"Office", TREE_DATA};
    struct err none;
    AUTO_FD root = fs_open_dir(path, &none);
    for (size_t i = 0; root >= 0 && i < sizeof folder / sizeof *folder; i++) {
        AUTO_FD fd = fs_open_beneath(root, folder[i], O_RDONLY | O_DIRECTORY, 0, &none);
        if (fd < 0 && (errno != EACCES || !fs_give_mode(root, folder[i], S_IFDIR, 0755)))
            return;
    }
}

/* Takes the last name off an absolute path. */
static void cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    slash[slash == path] = 0;
}

char *tree_mount(const char *path)
{
    struct err none;
    struct stat st, above;
    AUTO_BUF up = {0};
    AUTO_FD fd = fs_open_dir(path, &none);
    if (*path != '/' || fd < 0 || fstat(fd, &st) != 0)
        return NULL;
    char *at = mem_strdup(path);
    while (at[1] && at[strlen(at) - 1] == '/')
        at[strlen(at) - 1] = 0;
    buf_printf(&up, "..");
    while (at[1] && fstatat(fd, buf_text(&up), &above, 0) == 0 && above.st_dev == st.st_dev) {
        cut_last(at);
        buf_printf(&up, "/..");
    }
    return at;
}

const char *tree_pointer_name(enum architecture architecture)
{
    return architecture == ARCH_X64 ? "v64.cab" : "v32.cab";
}

bool tree_pointer_read(const struct tree *tree, enum architecture architecture, struct tree_pointer *pointer,
                       struct err *err)
{
    const char *name = tree_pointer_name(architecture);
    struct stat st;
    *pointer = (struct tree_pointer){0};
    if (tree->data < 0)
        return true;
    AUTO_FD fd = fs_open_beneath(tree->data, name, O_RDONLY | O_NONBLOCK, 0, err);
    if (fd < 0)
        return errno == ENOENT;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", name);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > LIMIT_METADATA_BYTES)
        return err_set(err, ERR_FAILED, "%s is no regular file of at most %llu bytes", name,
                       (unsigned long long)LIMIT_METADATA_BYTES);
    *pointer = (struct tree_pointer){.present = true,
                                     .mtime_unix = st.st_mtime,
                                     .links = (unsigned)st.st_nlink,
                                     .mode = st.st_mode & 07777};
    return digest_of_file(fd, &pointer->digest, NULL, err) || err_prefix(err, "%s", name);
}

static enum tree_check check_stat(const struct stat *st, const struct share_file *file)
{
    if (!S_ISREG(st->st_mode))
        return TREE_WRONG_KIND;
    if ((uint64_t)st->st_size != file->bytes)
        return TREE_WRONG_SIZE;
    if ((st->st_mode & 07777) != 0444)
        return TREE_WRONG_MODE;
    return TREE_RIGHT;
}

bool tree_check_file(const struct store *store, const struct tree *tree, const struct share_file *file,
                     bool metadata_only, enum tree_check *check, struct err *err)
{
    struct stat st;
    struct digest digest;
    AUTO_FD fd = fs_open_beneath(tree->data, file->path, O_RDONLY | O_NONBLOCK, 0, err);
    if (fd < 0) {
        bool barred = errno == EACCES || errno == EPERM;
        *check = errno == ENOENT ? TREE_MISSING : barred ? TREE_UNREADABLE : TREE_WRONG_KIND;
        return barred || errno == ENOENT || errno == ELOOP || errno == ENOTDIR;
    }
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", file->path);
    *check = check_stat(&st, file);
    if (*check != TREE_RIGHT || metadata_only || store_is_object(store, &file->digest, fd))
        return true;
    if (!digest_of_file(fd, &digest, NULL, err))
        return err_prefix(err, "%s", file->path);
    if (!digest_equal(&digest, &file->digest))
        *check = TREE_WRONG_BYTES;
    return true;
}

bool tree_serves_file(const struct store *store, const struct tree *tree, const struct share_file *file)
{
    struct err none;
    struct stat st;
    struct digest digest;
    AUTO_FD fd = fs_open_beneath(tree->data, file->path, O_RDONLY | O_NONBLOCK, 0, &none);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != file->bytes ||
        !(st.st_mode & S_IROTH))
        return false;
    return store_is_object(store, &file->digest, fd) ||
           (digest_of_file(fd, &digest, NULL, &none) && digest_equal(&digest, &file->digest));
}

const char *tree_check_text(enum tree_check check)
{
    static const char *const text[] = {
        [TREE_RIGHT] = "is right",
        [TREE_MISSING] = "is missing",
        [TREE_WRONG_KIND] = "is not a regular file",
        [TREE_WRONG_SIZE] = "has the wrong size",
        [TREE_WRONG_BYTES] = "has the wrong content",
        [TREE_WRONG_MODE] = "has the wrong permissions (0444 is right)",
        [TREE_UNREADABLE] = "cannot be read by the service",
    };
    return text[check];
}

bool tree_has_folder(const struct tree *tree, const char *name, bool *stands, struct err *err)
{
    struct stat st;
    *stands = false;
    if (tree->data < 0)
        return true;
    if (fstatat(tree->data, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "stat %s", name);
    *stands = S_ISDIR(st.st_mode);
    return true;
}

bool tree_sweep(const struct tree *tree, struct err *err)
{
    AUTO_STRV names = {0};
    bool swept = false;
    if (tree->data < 0)
        return true;
    if (!fs_list(tree->data, ".", &names, err))
        return false;
    for (size_t i = 0; i < names.len; i++) {
        if (strncmp(names.item[i], TREE_TEMP_PREFIX, strlen(TREE_TEMP_PREFIX)) != 0)
            continue;
        if (!fs_remove_tree(tree->data, names.item[i], err))
            return false;
        swept = true;
    }
    return !swept || fs_sync(tree->data, TREE_DATA, err);
}

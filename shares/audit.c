#include "shares/audit.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run's values, so that the steps below need not pass them one by one. */
struct run {
    const struct store *store;
    const struct tree *tree;
    const struct audit_wanted *wanted;
    struct audit *audit;
};

static void add(struct audit *audit, enum finding_kind kind, size_t index, const char *path,
                const char *problem)
{
    audit->finding = mem_grow(audit->finding, audit->len, sizeof *audit->finding);
    audit->finding[audit->len++] = (struct finding){kind, index, mem_strdup(path), mem_strdup(problem)};
}

/* A right file whose object is known to be damaged: as a link it has lost its bytes too. NULL: nothing is
 * known. */
static const char *object_problem(const struct run *run, const struct share_file *file)
{
    struct err ignored = {0};
    for (size_t i = 0; i < run->wanted->damaged_len; i++) {
        if (!digest_equal(&run->wanted->damaged[i], &file->digest))
            continue;
        AUTO_FD fd = fs_open_beneath(run->tree->data, file->path, O_RDONLY | O_NONBLOCK, 0, &ignored);
        return fd >= 0 && store_is_object(run->store, &file->digest, fd)
                   ? tree_check_text(TREE_WRONG_BYTES)
                   : "is right, but its object in the store is damaged or missing";
    }
    return NULL;
}

static bool is_right_pointer(const struct audit_wanted *wanted, enum architecture architecture,
                             const struct digest *digest)
{
    size_t at = architecture == ARCH_X64;
    return ((wanted->architectures & architecture) && digest_equal(digest, &wanted->pointer[at])) ||
           ((wanted->also_architectures & architecture) && digest_equal(digest, &wanted->also_pointer[at]));
}

static const char *pointer_problem(const struct run *run, enum architecture architecture)
{
    struct tree_pointer pointer;
    struct err unreadable = {0};
    if (!tree_pointer_read(run->tree, architecture, &pointer, &unreadable))
        return "cannot be read";
    if (!pointer.present)
        return "is missing";
    if (!is_right_pointer(run->wanted, architecture, &pointer.digest))
        return "does not name the live build";
    if (pointer.links != 1)
        return "is a link, not its own inode";
    return pointer.mode == 0444 ? NULL : tree_check_text(TREE_WRONG_MODE);
}

static void check_pointer(const struct run *run, enum architecture architecture)
{
    const char *problem = pointer_problem(run, architecture);
    run->audit->checked_files++;
    if (problem)
        add(run->audit, FINDING_POINTER, architecture == ARCH_X64, tree_pointer_name(architecture), problem);
}

static const char *manifest_problem(const struct run *run)
{
    AUTO_BUF bytes = {0};
    struct stat st;
    struct err why = {0};
    AUTO_FD fd = fs_open_beneath(run->tree->data, TREE_MANIFEST, O_RDONLY | O_NONBLOCK, 0, &why);
    if (fd < 0)
        return why.sys == ENOENT ? "is missing" : "cannot be read";
    if (fstat(fd, &st) != 0 || !fs_read_fd(fd, TREE_MANIFEST, LIMIT_MANIFEST_BYTES, &bytes, &why))
        return "cannot be read";
    if (bytes.len != run->wanted->manifest->len ||
        memcmp(bytes.data, run->wanted->manifest->data, bytes.len) != 0)
        return "is not what was signed";
    return (st.st_mode & 07777) == 0444 ? NULL : tree_check_text(TREE_WRONG_MODE);
}

static void check_manifest(const struct run *run)
{
    const char *problem = run->tree->data < 0 ? "is missing" : manifest_problem(run);
    run->audit->checked_files++;
    if (problem)
        add(run->audit, FINDING_MANIFEST, 0, TREE_MANIFEST, problem);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether a sorted list has the path. */
static bool is_listed(const struct strv *list, const char *path)
{
    return list && list->len && bsearch(&path, list->item, list->len, sizeof *list->item, by_path);
}

static bool check_file(const struct run *run, size_t index, struct err *err)
{
    const struct share_file *file = &run->wanted->file[index];
    bool metadata_only = run->wanted->metadata_only && !is_listed(run->wanted->changed, file->path);
    enum tree_check check = TREE_MISSING;
    if (run->tree->data >= 0 && !tree_check_file(run->store, run->tree, file, metadata_only, &check, err))
        return false;
    run->audit->checked_files++;
    run->audit->checked_bytes += file->bytes;
    const char *problem = check == TREE_RIGHT ? object_problem(run, file) : tree_check_text(check);
    if (problem)
        add(run->audit, FINDING_FILE, index, file->path, problem);
    return true;
}

static void check_folder(const struct run *run, const char *folder)
{
    struct stat st;
    if (fstatat(run->tree->data, folder, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
        ((st.st_mode & 0555) != 0555 || st.st_mode & S_IWOTH))
        add(run->audit, FINDING_FOLDER, 0, folder, "has the wrong permissions (0755 is right)");
}

static void list_file(const struct share_file *file, struct strv *allowed, struct strv *folders)
{
    const char *slash = strchr(file->path, '/');
    strv_add(allowed, file->path);
    if (!slash)
        return;
    char *folder AUTO_FREE = mem_strndup(file->path, (size_t)(slash - file->path));
    if (folders->len && strcmp(folders->item[folders->len - 1], folder) == 0)
        return;
    strv_add(folders, folder);
    strv_add(allowed, folder);
}

/* Every path that may be there, sorted, with the build folders, which are also in `folders` (perhaps more
 * than once). The caller clears both. */
static void list_allowed(const struct audit_wanted *wanted, struct strv *allowed, struct strv *folders)
{
    unsigned pointers = wanted->architectures | wanted->also_architectures;
    for (size_t i = 0; i < wanted->files; i++)
        list_file(&wanted->file[i], allowed, folders);
    for (size_t i = 0; i < wanted->also_files; i++)
        list_file(&wanted->also[i], allowed, folders);
    if (pointers & ARCH_X86)
        strv_add(allowed, "v32.cab");
    if (pointers & ARCH_X64)
        strv_add(allowed, "v64.cab");
    if (wanted->manifest)
        strv_add(allowed, TREE_MANIFEST);
    strv_sort(allowed);
    strv_sort(folders);
}

static void check_folders(const struct run *run, const struct strv *folders)
{
    check_folder(run, ".");
    for (size_t i = 0; i < folders->len; i++)
        if (i == 0 || strcmp(folders->item[i], folders->item[i - 1]) != 0)
            check_folder(run, folders->item[i]);
}

/* What lies in Office/Data besides what must. One level of folders: a foreign folder is one finding. */
static bool find_foreign(const struct run *run, const struct strv *allowed, const char *folder,
                         struct err *err)
{
    AUTO_STRV names = {0};
    struct err why = {0};
    if (!fs_list(run->tree->data, folder ? folder : ".", &names, &why)) {
        if (folder && why.domain == ERR_DOMAIN_ERRNO && (why.sys == EACCES || why.sys == ENOENT))
            return true; /* its files are findings of their own */
        *err = why;
        return false;
    }
    for (size_t i = 0; i < names.len; i++) {
        char path[2 * LIMIT_NAME_BYTES + 2];
        struct stat st;
        snprintf(path, sizeof path, "%s%s%s", folder ? folder : "", folder ? "/" : "", names.item[i]);
        if (!folder && strncmp(path, TREE_TEMP_PREFIX, strlen(TREE_TEMP_PREFIX)) == 0)
            continue;
        if (!is_listed(allowed, path))
            add(run->audit, FINDING_FOREIGN, 0, path, "does not belong there");
        else if (!folder && fstatat(run->tree->data, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISDIR(st.st_mode) && !find_foreign(run, allowed, path, err))
            return false;
    }
    return true;
}

bool audit_run(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
               struct audit *audit, struct err *err)
{
    const struct run run = {store, tree, wanted, audit};
    AUTO_STRV allowed = {0};
    AUTO_STRV folders = {0};
    if (wanted->architectures & ARCH_X86)
        check_pointer(&run, ARCH_X86);
    if (wanted->architectures & ARCH_X64)
        check_pointer(&run, ARCH_X64);
    if (wanted->manifest)
        check_manifest(&run);
    for (size_t i = 0; i < wanted->files; i++)
        if (!check_file(&run, i, err))
            return false;
    if (tree->data < 0)
        return true;
    list_allowed(wanted, &allowed, &folders);
    check_folders(&run, &folders);
    return find_foreign(&run, &allowed, NULL, err);
}

const struct finding *audit_find(const struct audit *audit, const char *path)
{
    for (size_t i = 0; i < audit->len; i++)
        if (strcmp(audit->finding[i].path, path) == 0)
            return &audit->finding[i];
    return NULL;
}

void audit_join(struct audit *audit, const struct audit *other)
{
    size_t own = audit->len;
    for (size_t i = 0; i < other->len; i++) {
        const struct finding *one = &other->finding[i];
        bool known = false;
        for (size_t k = 0; k < own && !known; k++)
            known = strcmp(audit->finding[k].path, one->path) == 0;
        if (!known)
            add(audit, one->kind, one->index, one->path, one->problem);
    }
}

bool audit_has(const struct audit *audit, enum finding_kind kind)
{
    for (size_t i = 0; i < audit->len; i++)
        if (audit->finding[i].kind == kind)
            return true;
    return false;
}

void audit_drop(struct audit *audit, size_t index)
{
    free(audit->finding[index].path);
    free(audit->finding[index].problem);
    audit->len--;
    memmove(&audit->finding[index], &audit->finding[index + 1],
            (audit->len - index) * sizeof *audit->finding);
}

void audit_clear(struct audit *audit)
{
    while (audit->len)
        audit_drop(audit, audit->len - 1);
    free(audit->finding);
    *audit = (struct audit){0};
}

#include "shares/audit.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

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

static const char *pointer_problem(const struct run *run, enum architecture architecture)
{
    struct tree_pointer pointer;
    struct err unreadable = {0};
    if (!tree_pointer_read(run->tree, architecture, &pointer, &unreadable))
        return "cannot be read";
    if (!pointer.present)
        return "is missing";
    if (!digest_equal(&pointer.digest, &run->wanted->pointer[architecture == ARCH_X64]))
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

static bool check_file(const struct run *run, size_t index, struct err *err)
{
    const struct share_file *file = &run->wanted->file[index];
    enum tree_check check = TREE_MISSING;
    if (run->tree->data >= 0 &&
        !tree_check_file(run->store, run->tree, file, run->wanted->metadata_only, &check, err))
        return false;
    run->audit->checked_files++;
    run->audit->checked_bytes += file->bytes;
    const char *problem = check == TREE_RIGHT ? object_problem(run, file) : tree_check_text(check);
    if (problem)
        add(run->audit, FINDING_FILE, index, file->path, problem);
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every path that may be there, sorted, with the build folders themselves. The caller clears it. */
static void list_allowed(const struct audit_wanted *wanted, struct strv *allowed)
{
    for (size_t i = 0; i < wanted->files; i++) {
        const char *path = wanted->file[i].path;
        const char *slash = strchr(path, '/');
        strv_add(allowed, path);
        if (slash)
            strv_addf(allowed, "%.*s", (int)(slash - path), path);
    }
    if (wanted->architectures & ARCH_X86)
        strv_add(allowed, "v32.cab");
    if (wanted->architectures & ARCH_X64)
        strv_add(allowed, "v64.cab");
    strv_sort(allowed);
}

static bool is_allowed(const struct strv *allowed, const char *path)
{
    return allowed->len && bsearch(&path, allowed->item, allowed->len, sizeof *allowed->item, by_path);
}

/* What lies in Office/Data besides what must. One level of folders: a foreign folder is one finding. */
static bool find_foreign(const struct run *run, const struct strv *allowed, const char *folder,
                         struct err *err)
{
    AUTO_STRV names = {0};
    if (!fs_list(run->tree->data, folder ? folder : ".", &names, err))
        return false;
    for (size_t i = 0; i < names.len; i++) {
        char path[2 * LIMIT_NAME_BYTES + 2];
        struct stat st;
        snprintf(path, sizeof path, "%s%s%s", folder ? folder : "", folder ? "/" : "", names.item[i]);
        if (!folder && strncmp(path, TREE_TEMP_PREFIX, strlen(TREE_TEMP_PREFIX)) == 0)
            continue;
        if (!is_allowed(allowed, path))
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
    if (wanted->architectures & ARCH_X86)
        check_pointer(&run, ARCH_X86);
    if (wanted->architectures & ARCH_X64)
        check_pointer(&run, ARCH_X64);
    for (size_t i = 0; i < wanted->files; i++)
        if (!check_file(&run, i, err))
            return false;
    list_allowed(wanted, &allowed);
    return tree->data < 0 || find_foreign(&run, &allowed, NULL, err);
}

const struct finding *audit_find(const struct audit *audit, const char *path)
{
    for (size_t i = 0; i < audit->len; i++)
        if (strcmp(audit->finding[i].path, path) == 0)
            return &audit->finding[i];
    return NULL;
}

void audit_clear(struct audit *audit)
{
    for (size_t i = 0; i < audit->len; i++) {
        free(audit->finding[i].path);
        free(audit->finding[i].problem);
    }
    free(audit->finding);
    *audit = (struct audit){0};
}

#include "shares/repair.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool repair_files(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
                  const struct audit *audit, enum link_mode link, struct strv *unsound, struct err *err)
{
    for (size_t i = 0; i < audit->len; i++) {
        const struct finding *finding = &audit->finding[i];
        const struct share_file *file = &wanted->file[finding->index];
        struct err why = {0};
        if (finding->kind != FINDING_FILE)
            continue;
        if (!store_check_object(store, &file->digest, &why))
            strv_add(unsound, file->path);
        else if (!publish_replace_file(store, tree, file, link, err))
            return false;
    }
    return true;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* One thing out of the share, kept under "<name>.<random>". */
static bool put_aside(const struct tree *tree, const char *path, int quarantine, struct err *err)
{
    char *unique AUTO_FREE = fs_temp_name("foreign");
    char *name AUTO_FREE = mem_printf("%s.%s", last_part(path), strrchr(unique, '-') + 1);
    if (renameat2(tree->data, path, quarantine, name, RENAME_NOREPLACE) != 0)
        return errno == EXDEV || errno == EACCES || errno == EPERM || errno == ENOENT ||
               err_set_errno(err, errno, "put %s aside", path);
    return fs_sync(quarantine, "the quarantine", err) && fs_sync(tree->data, TREE_DATA, err);
}

static bool is_pointer(const char *path)
{
    return strcmp(path, "v32.cab") == 0 || strcmp(path, "v64.cab") == 0;
}

bool repair_foreign(const struct tree *tree, const struct audit *audit, int quarantine, struct err *err)
{
    for (size_t i = 0; i < audit->len; i++) {
        const struct finding *finding = &audit->finding[i];
        bool ours = strncmp(last_part(finding->path), TREE_TEMP_PREFIX, strlen(TREE_TEMP_PREFIX)) == 0;
        if (finding->kind != FINDING_FOREIGN || is_pointer(finding->path))
            continue;
        if (ours ? !fs_remove_tree(tree->data, finding->path, err)
                 : !put_aside(tree, finding->path, quarantine, err))
            return false;
    }
    return true;
}

bool repair_pointers(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
                     const struct audit *audit, int64_t now_unix, struct err *err)
{
    for (size_t i = 0; i < audit->len; i++) {
        const struct finding *finding = &audit->finding[i];
        enum architecture architecture = finding->index ? ARCH_X64 : ARCH_X86;
        if (finding->kind == FINDING_POINTER &&
            !publish_pointer(store, tree, architecture, &wanted->pointer[finding->index], now_unix, err))
            return false;
    }
    return true;
}

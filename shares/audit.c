#include "shares/audit.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "shares/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run's values, so that the steps below need not pass them one by one. */
struct run {
    const struct store *store;
    const struct tree *tree;
    const struct audit_wanted *wanted;
    const struct audit_options *options;
    struct audit *audit;
};

/* Adds a finding; returns its index. */
static size_t add(struct audit *audit, const char *path, const char *problem)
{
    audit->finding = mem_grow(audit->finding, audit->len, sizeof *audit->finding);
    audit->finding[audit->len] = (struct finding){mem_strdup(path), mem_strdup(problem), false};
    return audit->len++;
}

/* Replaces one thing from the store if its object is sound; what stands in the way becomes part of the
 * finding. */
static bool repair(const struct run *run, size_t index, const struct digest *digest,
                   bool (*replace)(const struct run *run, const void *what, struct err *err),
                   const void *what, struct err *err)
{
    struct finding *finding = &run->audit->finding[index];
    struct err why = {0};
    if (!run->options->repair)
        return true;
    if (!store_check_object(run->store, digest, &why)) {
        char *problem = mem_printf("%s, and its object in the store is damaged or missing too: ringmgr sync",
                                   finding->problem);
        free(finding->problem);
        finding->problem = problem;
        return true;
    }
    finding->repaired = replace(run, what, err);
    return finding->repaired;
}

static bool is_damaged(const struct run *run, const struct digest *digest)
{
    for (size_t i = 0; i < run->wanted->damaged_len; i++)
        if (digest_equal(&run->wanted->damaged[i], digest))
            return true;
    return false;
}

static bool replace_pointer(const struct run *run, const void *what, struct err *err)
{
    enum architecture architecture = *(const enum architecture *)what;
    return publish_pointer(run->store, run->tree, architecture,
                           &run->wanted->pointer[architecture == ARCH_X64], run->options->now_unix, err);
}

static bool replace_file(const struct run *run, const void *what, struct err *err)
{
    return publish_replace_file(run->store, run->tree, what, run->options->link, err);
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

static bool check_pointer(const struct run *run, enum architecture architecture, struct err *err)
{
    const char *problem = pointer_problem(run, architecture);
    run->audit->checked_files++;
    if (!problem)
        return true;
    return repair(run, add(run->audit, tree_pointer_name(architecture), problem),
                  &run->wanted->pointer[architecture == ARCH_X64], replace_pointer, &architecture, err);
}

static bool check_file(const struct run *run, const struct share_file *file, struct err *err)
{
    enum tree_check check = TREE_MISSING;
    if (run->tree->data >= 0 &&
        !tree_check_file(run->store, run->tree, file, run->options->metadata_only, &check, err))
        return false;
    run->audit->checked_files++;
    run->audit->checked_bytes += file->bytes;
    if (check == TREE_RIGHT && is_damaged(run, &file->digest))
        check = TREE_WRONG_BYTES;
    if (check == TREE_RIGHT)
        return true;
    return repair(run, add(run->audit, file->path, tree_check_text(check)), &file->digest, replace_file, file,
                  err);
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
            add(run->audit, path, "does not belong there");
        else if (!folder && fstatat(run->tree->data, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISDIR(st.st_mode) && !find_foreign(run, allowed, path, err))
            return false;
    }
    return true;
}

bool audit_run(const struct store *store, const struct tree *tree, const struct audit_wanted *wanted,
               const struct audit_options *options, struct audit *audit, struct err *err)
{
    const struct run run = {store, tree, wanted, options, audit};
    AUTO_STRV allowed = {0};
    if (wanted->architectures & ARCH_X86 && !check_pointer(&run, ARCH_X86, err))
        return false;
    if (wanted->architectures & ARCH_X64 && !check_pointer(&run, ARCH_X64, err))
        return false;
    for (size_t i = 0; i < wanted->files; i++)
        if (!check_file(&run, &wanted->file[i], err))
            return false;
    list_allowed(wanted, &allowed);
    return tree->data < 0 || find_foreign(&run, &allowed, NULL, err);
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

/* What the fuzz targets of file lists hold every list to. */
#ifndef RINGMGR_TESTS_FUZZ_LISTED_CHECKS_H
#define RINGMGR_TESTS_FUZZ_LISTED_CHECKS_H

#include "fuzz.h"

#include "ringmgr/base/limits.h"
#include "ringmgr/c2r/listed.h"

/* A name in `folder`, or with "" one beside it; no other slash, and no dot first, so nothing leads out. */
static inline void check_name(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    must(strncmp(path, folder, len) == 0);
    must(path[len] && path[len] != '.' && !strpbrk(path + len, "/\\%?#: "));
    must(strlen(path) <= LIMIT_NAME_BYTES + BUILD_TEXT_SIZE);
}

static inline void check_listed(const struct listed *list)
{
    char folder[BUILD_TEXT_SIZE + 1];
    build_format(&list->build, folder);
    strcat(folder, "/");
    must(list->len <= LIMIT_FILE_LIST);
    for (size_t i = 0; i < list->len; i++) {
        const struct listed_file *file = &list->file[i];
        check_name(file->path, strchr(file->path, '/') ? folder : "v");
        must(!file->proof == !file->member);
        if (file->proof)
            check_name(file->proof, folder);
        must(listed_find(list, file->path) == file);
    }
}

#endif

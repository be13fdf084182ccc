#include "ringmgr/store/aside.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/store/layout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char PREFIX[] = "bad-";

bool aside_list(const struct store *store, struct strv *names, struct err *err)
{
    AUTO_STRV all = {0};
    if (store->incoming < 0)
        return true;
    if (!fs_list(store->incoming, ".", &all, err))
        return err_prefix(err, "incoming");
    for (size_t i = 0; i < all.len; i++)
        if (strncmp(all.item[i], PREFIX, strlen(PREFIX)) == 0)
            strv_add(names, all.item[i]);
    return true;
}

bool aside_bytes(const struct store *store, const char *name, uint64_t *bytes, struct err *err)
{
    struct stat st;
    *bytes = 0;
    if (fstatat(store->incoming, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "stat incoming/%s", name);
    return (S_ISREG(st.st_mode) && st.st_nlink > 1) || fs_tree_bytes(store->incoming, name, bytes, err);
}

bool aside_remove(struct store *store, const char *name, struct err *err)
{
    return fs_remove_tree(store->incoming, name, err) || err_prefix(err, "incoming");
}

bool aside_is_ours(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_nlink == 1;
}

static const char *describe(const struct stat *st)
{
    switch (st->st_mode & S_IFMT) {
    case S_IFREG:
        return "has a second name (a hard link)";
    case S_IFDIR:
        return "is a folder";
    case S_IFLNK:
        return "is a link";
    default:
        return "is no regular file";
    }
}

bool aside_clear_way(struct store *store, const char *name, char **told, struct err *err)
{
    struct stat st;
    *told = NULL;
    if (fstatat(store->incoming, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "stat incoming/%s", name);
    if (aside_is_ours(&st))
        return true;
    char *temp AUTO_FREE = fs_temp_name("foreign");
    char *bad AUTO_FREE = mem_printf("%s%s", PREFIX, temp + 1);
    if (renameat(store->incoming, name, store->incoming, bad) != 0)
        return err_set_errno(err, errno, "incoming/%s %s, and cannot be put aside", name, describe(&st));
    *told =
        mem_printf("incoming/%s %s, which ringmgr does not make: put aside as incoming/%s, and begun anew",
                   name, describe(&st), bad);
    return true;
}

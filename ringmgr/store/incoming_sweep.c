#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/store/aside.h"
#include "ringmgr/store/incoming.h"
#include "ringmgr/store/layout.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A part and what lies beside it. */
static const char *const OURS[] = {".part", ".valid", ".have", ".have-new", NULL};
static const char BAD[] = "bad-";

static bool ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name), tail = strlen(suffix);
    return len >= tail && strcmp(name + len - tail, suffix) == 0;
}

static bool is_ours(const char *name)
{
    for (size_t i = 0; OURS[i]; i++)
        if (ends_with(name, OURS[i]))
            return true;
    return strncmp(name, BAD, strlen(BAD)) == 0;
}

static bool is_kept(const char *name, const char *const *keep)
{
    if (!is_ours(name))
        return true;
    for (; *keep; keep++)
        if (strncmp(name, *keep, strlen(*keep)) == 0)
            return true;
    return false;
}

/* A folder of that name is not ours: it goes with what was put aside. */
static bool remove_name(struct store *store, const char *name, struct err *err)
{
    char *told AUTO_FREE = NULL;
    if (unlinkat(store->incoming, name, 0) == 0 || errno == ENOENT)
        return true;
    return errno == EISDIR ? aside_clear_way(store, name, &told, err)
                           : err_set_errno(err, errno, "remove incoming/%s", name);
}

bool incoming_sweep(struct store *store, const char *const *keep, struct err *err)
{
    AUTO_STRV names = {0};
    if (store->incoming < 0)
        return err_set(err, ERR_FAILED, "the store is open for reading only");
    if (!fs_list(store->incoming, ".", &names, err))
        return err_prefix(err, "incoming");
    for (size_t i = 0; i < names.len; i++)
        if (!is_kept(names.item[i], keep) && !remove_name(store, names.item[i], err))
            return false;
    return true;
}

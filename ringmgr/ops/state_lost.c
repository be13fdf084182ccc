#include "ringmgr/ops/state_lost.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "shares/tree.h"

#include <errno.h>
#include <sys/stat.h>

/* A name below a folder; neither need be there. */
static bool has_names(const char *folder, const char *below)
{
    AUTO_STRV names = {0};
    struct err none = {0};
    AUTO_FD dir = fs_open_dir(folder, &none);
    return dir >= 0 && fs_list(dir, below, &names, &none) && names.len > 0;
}

/* The store keeps objects by the first byte of their name, and a folder outlives what was in it. */
static bool has_objects(const char *store)
{
    AUTO_STRV names = {0};
    struct err none = {0};
    char *path AUTO_FREE = mem_printf("%s/objects", store);
    AUTO_FD dir = fs_open_dir(path, &none);
    if (dir < 0 || !fs_list(dir, ".", &names, &none))
        return false;
    for (size_t i = 0; i < names.len; i++)
        if (has_names(path, names.item[i]))
            return true;
    return false;
}

static bool has_heads(const char *head_file)
{
    AUTO_BUF text = {0};
    struct err unread = {0};
    return *head_file && fs_read_path(head_file, LIMIT_HEAD_FILE_BYTES, &text, &unread) && text.len > 0;
}

static char *find_trace(const struct settings *settings)
{
    if (has_heads(settings->history_head_file))
        return mem_printf("%s names heads of a history", settings->history_head_file);
    for (size_t i = 0; i < settings->rings; i++)
        if (has_names(settings->ring[i].path, TREE_DATA))
            return mem_printf("the share of ring %s is not empty", settings->ring[i].name);
    return has_objects(settings->store) ? mem_printf("the store %s holds objects", settings->store) : NULL;
}

/* A folder that is not there, or may not be entered, is for who opens the state to tell. */
static bool is_missing(const char *state)
{
    struct err none = {0};
    struct stat st;
    AUTO_FD dir = fs_open_dir(state, &none);
    return dir >= 0 && fstatat(dir, "ringmgr.db", &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

bool state_lost_check(const struct settings *settings, struct err *err)
{
    if (!is_missing(settings->state))
        return true;
    char *trace AUTO_FREE = find_trace(settings);
    return !trace ||
           err_set(
               err, ERR_NOT_GENUINE,
               "%s holds no state, but %s: bring the state back with `ringmgr restore FILE` from a backup, "
               "or where there is none with `ringmgr rebuild` from store and shares",
               settings->state, trace);
}

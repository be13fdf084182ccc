#include "ringmgr/ops/distribute_place.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool lies_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    if (len && folder[len - 1] == '/')
        len--;
    return strncmp(path, folder, len) == 0 && (path[len] == 0 || path[len] == '/');
}

/* The folder itself or one above it, mounted there a second time. */
static bool is_on_the_way(const struct site_place *place, const char *ours)
{
    char *path AUTO_FREE = mem_strdup(ours);
    bool same = false;
    for (size_t len = strlen(path); len > 0 && !same; path[len] = 0) {
        struct stat st;
        same = stat(path, &st) == 0 && st.st_dev == place->device && st.st_ino == place->inode;
        while (len > 0 && path[--len] != '/')
            continue;
    }
    return same;
}

static bool is_apart(const char *what, const char *ours, const char *target, const struct site_place *place,
                     struct err *err)
{
    char *real AUTO_FREE = *ours ? realpath(ours, NULL) : NULL;
    if (!real || (!lies_in(real, place->path) && !lies_in(place->path, real) && !is_on_the_way(place, real)))
        return true;
    return err_set(err, ERR_USAGE,
                   "target %s is really %s, which is %s (%s), or one lies in the other: a site is another "
                   "server's folder",
                   target, place->path, what, real);
}

bool place_is_apart(const struct settings *settings, const char *target, const struct site_place *place,
                    struct err *err)
{
    for (size_t i = 0; i < settings->rings; i++) {
        char *what AUTO_FREE = mem_printf("the path of ring %s", settings->ring[i].name);
        if (!is_apart(what, settings->ring[i].path, target, place, err))
            return false;
    }
    return is_apart("the store", settings->store, target, place, err) &&
           is_apart("the state", settings->state, target, place, err);
}

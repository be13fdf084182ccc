#include "ringmgr/app/serve_settings.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/authenticode.h"
#include "ringmgr/ops/upstream.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool check_folder(const char *file, const char *what, const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_set(err, ERR_USAGE, "%s: %s = %s: %s", file, what, path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_USAGE, "%s: %s = %s: not a folder", file, what, path);
    return st.st_uid == geteuid() ||
           err_set(err, ERR_USAGE, "%s: %s = %s: belongs to uid %u, not to the service's account: chown it",
                   file, what, path, st.st_uid);
}

static bool check_rings(const struct settings *old, const struct settings *new, struct err *err)
{
    for (size_t i = 0; i < new->rings; i++) {
        const struct ring *ring = &new->ring[i], *before = settings_ring(old, ring->name);
        char *what AUTO_FREE = mem_printf("[ring %s] path", ring->name);
        if ((!before || strcmp(before->path, ring->path) != 0) &&
            !check_folder(new->file, what, ring->path, err))
            return false;
    }
    return true;
}

bool serve_settings_check(const struct settings *old, const struct settings *new, struct err *err)
{
    struct trust *trust AUTO(trust_auto_free)
    = NULL;
    const struct job job = {.settings = new};
    return upstream_trust(&job, &trust, err) &&
           (strcmp(old->store, new->store) == 0 ||
            check_folder(new->file, "[ringmgr] store", new->store, err)) &&
           check_rings(old, new, err);
}

bool serve_settings_keep(const struct settings *old, const struct settings *new, struct err *err)
{
    char *old_listen AUTO_FREE = strv_join(&old->web.listen, ", ");
    char *new_listen AUTO_FREE = strv_join(&new->web.listen, ", ");
    const struct {
        const char *key, *old, *new;
    } kept[] = {
        {"[ringmgr] state", old->state, new->state},
        {"[ringmgr] user", old->user, new->user},
        {"[ringmgr] timezone", old->timezone, new->timezone},
        {"[ringmgr] control", old->control, new->control},
        {"[web] listen", old_listen, new_listen},
    };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strcmp(kept[i].old, kept[i].new) != 0)
            return err_set(err, ERR_USAGE,
                           "%s: %s: it cannot change while the service runs: restart the service", new->file,
                           kept[i].key);
    return true;
}

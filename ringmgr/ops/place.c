#include "ringmgr/ops/place.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/marks.h"
#include "shares/tree.h"

#include <errno.h>
#include <string.h>

static const char UNMOUNTED[] = "share-unmounted", GONE[] = "share-gone";

/* Nothing at all in Office/Data; one that cannot be looked at is not. */
static bool is_empty(const struct ring *ring)
{
    AUTO_TREE tree = TREE_CLOSED;
    AUTO_STRV names = {0};
    struct err unread = {0};
    return tree_open(ring->path, false, &tree, &unread) &&
           (tree.data < 0 || (fs_list(tree.data, ".", &names, &unread) && names.len == 0));
}

/* The ring's path lay on `seen`, and now it lies on what that was mounted in. The ring may have got another
 * path. */
static bool is_gone(const struct ring *ring, const char *seen, const char *now)
{
    size_t len = strlen(seen);
    return len > strlen(now) && strncmp(ring->path, seen, len) == 0 && strchr("/", ring->path[len]);
}

static bool raise_critical(const struct job *job, const struct ring *ring, const char *code, const char *text,
                           const char *command, struct err *err)
{
    const struct attention attention = {.severity = "critical",
                                        .ring = ring->name,
                                        .code = code,
                                        .subject = "",
                                        .text = text,
                                        .command = command,
                                        .since_unix = clock_now_unix()};
    return catalog_attention_raise(job->state, &attention, err);
}

static bool raise_unmounted(const struct job *job, const struct ring *ring, const char *seen, struct err *err)
{
    char *command AUTO_FREE = mem_printf("mount %s", seen);
    char *text AUTO_FREE =
        mem_printf("the share is empty, and what was mounted on %s is gone: nothing is built there "
                   "until it is back, or the ring has another path",
                   seen);
    return raise_critical(job, ring, UNMOUNTED, text, command, err) &&
           err_set(err, ERR_FAILED, "%s: %s is empty, for %s is not mounted: nothing was touched", ring->name,
                   ring->path, seen);
}

static bool is_missing(const char *path)
{
    struct err none = {0};
    AUTO_FD fd = fs_open_dir(path, &none);
    return fd < 0 && (none.sys == ENOENT || none.sys == ENOTDIR);
}

/* The folder is not made anew: what is mounted above it may be missing, and who owns it is not for us to say.
 */
static bool raise_gone(const struct job *job, const struct ring *ring, struct err *err)
{
    char *command AUTO_FREE = mem_printf("install -d -o %s %s", job->settings->user, ring->path);
    char *text AUTO_FREE =
        mem_printf("the share's folder %s is gone, and clients are offered nothing: mount it, or "
                   "make it anew, and the service fills it again",
                   ring->path);
    return raise_critical(job, ring, GONE, text, command, err) &&
           err_set(err, ERR_FAILED, "%s: the share's folder %s is gone: mount it, or make it anew: %s",
                   ring->name, ring->path, command);
}

/* Ends the attention, if it stands. */
static bool settle(const struct job *job, const struct ring *ring, const char *code, struct err *err)
{
    bool stands;
    return catalog_attention_stands(job->state, code, ring->name, &stands, err) &&
           (!stands || catalog_attention_clear(job->state, code, ring->name, NULL, err));
}

bool place_check(const struct job *job, const struct ring *ring, struct err *err)
{
    char *seen AUTO_FREE = NULL;
    if (!mark_place_find(job->state, ring->name, &seen, err))
        return false;
    if (seen && is_missing(ring->path))
        return raise_gone(job, ring, err);
    char *now AUTO_FREE = seen ? tree_mount(ring->path) : NULL;
    if (!now)
        return true;
    if (is_gone(ring, seen, now) && is_empty(ring))
        return raise_unmounted(job, ring, seen, err);
    return settle(job, ring, UNMOUNTED, err) && settle(job, ring, GONE, err);
}

bool place_note(const struct job *job, const char *ring, const char *path, struct err *err)
{
    char *seen AUTO_FREE = NULL;
    char *now AUTO_FREE = tree_mount(path);
    return mark_place_find(job->state, ring, &seen, err) &&
           (!now || (seen && strcmp(seen, now) == 0) ||
            mark_place_put(job->state, ring, now, clock_now_unix(), err));
}

/*
 * libinotifytools is used for what it is good at (one instance, its queue, its errors); which watch belongs
 * to which folder is kept here, for its own names go wrong when folders are renamed or come again. Three
 * kinds of folders are watched: the share's own and Office, to see Office/Data come and go, and Office/Data
 * with its folders, one level deep: whatever lies deeper is foreign with the folder that holds it.
 *
 * No event comes when something is mounted over a share: every CHECK_SECONDS the folders are compared with
 * those that are watched.
 */
#include "shares/watch.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "shares/tree.h"

#include <errno.h>
#include <inotifytools/inotifytools.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

/* inotifytools_next_event(0) would block for ever (formats/samba.md). */
enum { CHECK_SECONDS = 30 };

enum level { LEVEL_SHARE, LEVEL_OFFICE, LEVEL_DATA, LEVEL_BUILD, LEVELS };

static const unsigned OWN_EVENTS = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
static const unsigned NAME_EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;
static const unsigned BYTES_EVENTS = IN_MODIFY | IN_CLOSE_WRITE;

struct watched {
    int wd;
    size_t share;
    enum level level;
    char *folder; /* LEVEL_BUILD: its name in Office/Data */
};

struct inode {
    dev_t dev;
    ino_t ino;
};

struct watcher {
    const struct watch_share *share;
    size_t shares;
    struct inode (*seen)[LEVEL_BUILD]; /* of each share: the folders that are watched; zero: none */
    int out;
    struct watched *item;
    size_t len;
    uint32_t made; /* watches so far */
};

/* ---- records ---- */

static bool report(struct watcher *watcher, size_t share, const char *folder, const char *name,
                   struct err *err)
{
    AUTO_BUF record = {0};
    buf_puts(&record, watcher->share[share].name);
    buf_append(&record, "", 1);
    buf_printf(&record, "%s%s%s", folder ? folder : "", folder && *name ? "/" : "", name);
    buf_append(&record, "", 1);
    return fs_write_all(watcher->out, record.data, record.len, "the pipe of the watch", err);
}

static bool report_anything(struct watcher *watcher, size_t share, struct err *err)
{
    return report(watcher, share, NULL, "", err);
}

/* ---- watches ---- */

static struct watched *find(struct watcher *watcher, int wd)
{
    for (size_t i = 0; i < watcher->len; i++)
        if (watcher->item[i].wd == wd)
            return &watcher->item[i];
    return NULL;
}

static void drop(struct watcher *watcher, struct watched *one)
{
    free(one->folder);
    *one = watcher->item[--watcher->len];
}

/* `gone`: the kernel has taken the watches away itself, and would complain of another try. */
static void forget_share(struct watcher *watcher, size_t share, bool gone)
{
    for (size_t i = watcher->len; i > 0; i--) {
        struct watched *one = &watcher->item[i - 1];
        if (one->share != share)
            continue;
        if (!gone)
            inotifytools_remove_watch_by_wd(one->wd);
        drop(watcher, one);
    }
    memset(watcher->seen[share], 0, sizeof watcher->seen[share]);
}

/* A folder that was moved away takes its watch with it. */
static void forget_folder(struct watcher *watcher, size_t share, const char *folder)
{
    for (size_t i = watcher->len; i > 0; i--) {
        struct watched *one = &watcher->item[i - 1];
        if (one->share != share || !one->folder || strcmp(one->folder, folder) != 0)
            continue;
        inotifytools_remove_watch_by_wd(one->wd);
        drop(watcher, one);
    }
}

static bool say_failure(const char *path, struct err *err)
{
    int errnum = inotifytools_error();
    if (errnum == ENOSPC)
        return err_set(
            err, ERR_FAILED,
            "watch %s: there are no more inotify watches: sysctl fs.inotify.max_user_watches=524288", path);
    return err_set_errno(err, errnum ? errnum : EIO, "watch %s", path);
}

/*
 * The library finds the number of a watch by its name only, and keeps the name of a folder that is gone: so
 * each watch has a name of its own, the path followed by its number in binary, "./" for 0 and ".//" for 1.
 */
static char *unique_path(struct watcher *watcher, const char *path)
{
    struct buf unique = {0};
    buf_puts(&unique, path);
    for (uint32_t rest = ++watcher->made; rest; rest >>= 1)
        buf_puts(&unique, rest & 1 ? ".//" : "./");
    return (char *)unique.data;
}

static void keep(struct watcher *watcher, const struct watched *one)
{
    struct watched *known = find(watcher, one->wd); /* the same folder under another name */
    if (known)
        drop(watcher, known);
    watcher->item = mem_grow(watcher->item, watcher->len, sizeof *watcher->item);
    watcher->item[watcher->len++] = *one;
}

/* *there false: there is no such folder, or it has gone again. `path` ends with a slash. */
static bool watch_folder(struct watcher *watcher, size_t share, enum level level, const char *path,
                         const char *folder, bool *there, struct err *err)
{
    char *unique AUTO_FREE = unique_path(watcher, path);
    unsigned events = OWN_EVENTS | NAME_EVENTS | (level >= LEVEL_DATA ? BYTES_EVENTS : 0);
    *there = inotifytools_watch_file(unique, (int)events);
    if (!*there) {
        int errnum = inotifytools_error();
        return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES || say_failure(path, err);
    }
    const struct watched one = {inotifytools_wd_from_filename(unique), share, level,
                                folder ? mem_strdup(folder) : NULL};
    keep(watcher, &one);
    return true;
}

static char *path_of(const struct watcher *watcher, size_t share, enum level level, const char *folder)
{
    static const char *const below[LEVELS] = {"/", "/Office/", "/" TREE_DATA "/", "/" TREE_DATA "/"};
    return mem_printf("%s%s%s%s", watcher->share[share].path, below[level], folder ? folder : "",
                      folder ? "/" : "");
}

static struct inode inode_of(const char *path)
{
    struct err absent;
    struct stat st;
    AUTO_FD fd = fs_open_dir(path, &absent);
    if (fd < 0 || fstat(fd, &st) != 0)
        return (struct inode){0};
    return (struct inode){st.st_dev, st.st_ino};
}

static bool is_ours(const char *name)
{
    return strncmp(name, TREE_TEMP_PREFIX, strlen(TREE_TEMP_PREFIX)) == 0;
}

static bool watch_build(struct watcher *watcher, size_t share, const char *folder, struct err *err)
{
    char *path AUTO_FREE = path_of(watcher, share, LEVEL_BUILD, folder);
    bool there;
    return watch_folder(watcher, share, LEVEL_BUILD, path, folder, &there, err);
}

static bool watch_builds(struct watcher *watcher, size_t share, struct err *err)
{
    char *path AUTO_FREE = path_of(watcher, share, LEVEL_DATA, NULL);
    struct err gone;
    AUTO_STRV names = {0};
    AUTO_FD data = fs_open_dir(path, &gone);
    if (data < 0 || !fs_list(data, ".", &names, &gone))
        return true;
    for (size_t i = 0; i < names.len; i++) {
        struct stat st;
        bool folder = fstatat(data, names.item[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
        if (folder && !is_ours(names.item[i]) && !watch_build(watcher, share, names.item[i], err))
            return false;
    }
    return true;
}

/* From the share's own folder down, as far as there are folders. */
static bool watch_share(struct watcher *watcher, size_t share, struct err *err)
{
    bool there = true;
    for (enum level level = LEVEL_SHARE; there && level <= LEVEL_DATA; level++) {
        char *path AUTO_FREE = path_of(watcher, share, level, NULL);
        watcher->seen[share][level] = inode_of(path);
        if (!watch_folder(watcher, share, level, path, NULL, &there, err))
            return false;
    }
    return !there || watch_builds(watcher, share, err);
}

static bool watch_anew(struct watcher *watcher, size_t share, bool gone, struct err *err)
{
    forget_share(watcher, share, gone);
    return watch_share(watcher, share, err) && report_anything(watcher, share, err);
}

/* ---- events ---- */

/* A folder that came or went in Office/Data. One that was removed says so itself (IN_IGNORED). */
static bool follow_folder(struct watcher *watcher, size_t share, const struct inotify_event *event,
                          struct err *err)
{
    if (event->mask & IN_MOVED_FROM)
        forget_folder(watcher, share, event->name);
    return !(event->mask & (IN_CREATE | IN_MOVED_TO)) || watch_build(watcher, share, event->name, err);
}

/* The kernel has taken the watch away: the folder is removed, or its file system unmounted. */
static bool take_end(struct watcher *watcher, struct watched *ended, struct err *err)
{
    size_t share = ended->share;
    bool build = ended->level == LEVEL_BUILD;
    drop(watcher, ended);
    return build || watch_anew(watcher, share, true, err);
}

static bool take_event(struct watcher *watcher, const struct inotify_event *event, struct err *err)
{
    static const char *const next_folder[] = {[LEVEL_SHARE] = "Office", [LEVEL_OFFICE] = "Data"};
    struct watched *one = find(watcher, event->wd);
    const char *name = event->len ? event->name : "";
    if (!one || is_ours(name))
        return true;
    if (event->mask & IN_IGNORED)
        return take_end(watcher, one, err);
    if (event->mask & (IN_UNMOUNT | IN_DELETE_SELF))
        return true; /* IN_IGNORED follows */
    size_t share = one->share;
    if (one->level < LEVEL_DATA)
        return (*name && strcmp(name, next_folder[one->level]) != 0) ||
               watch_anew(watcher, share, event->mask & IN_DELETE, err);
    if (event->mask & IN_MOVE_SELF)
        return one->level == LEVEL_BUILD || watch_anew(watcher, share, false, err);
    char *folder AUTO_FREE = one->folder ? mem_strdup(one->folder) : NULL;
    if (one->level == LEVEL_DATA && event->mask & IN_ISDIR && *name &&
        !follow_folder(watcher, share, event, err))
        return false;
    return report(watcher, share, folder, name, err);
}

static bool take_overflow(struct watcher *watcher, struct err *err)
{
    for (size_t i = 0; i < watcher->shares; i++)
        if (!watch_anew(watcher, i, false, err))
            return false;
    return watcher->shares == 0 || report(watcher, 0, NULL, WATCH_LOST, err);
}

/* ---- while nothing happens ---- */

/* Whoever read is gone, and nothing may be written for days: ends as a write would have ended it. */
static void end_without_reader(int out)
{
    struct pollfd pipe = {.fd = out};
    if (poll(&pipe, 1, 0) == 1 && pipe.revents & POLLERR)
        raise(SIGPIPE);
}

static bool is_another(const struct watcher *watcher, size_t share)
{
    for (enum level level = LEVEL_SHARE; level <= LEVEL_DATA; level++) {
        char *path AUTO_FREE = path_of(watcher, share, level, NULL);
        struct inode now = inode_of(path), *seen = &watcher->seen[share][level];
        if (now.dev != seen->dev || now.ino != seen->ino)
            return true;
    }
    return false;
}

static bool check(struct watcher *watcher, struct err *err)
{
    end_without_reader(watcher->out);
    for (size_t i = 0; i < watcher->shares; i++)
        if (is_another(watcher, i) && !watch_anew(watcher, i, false, err))
            return false;
    return true;
}

static bool next(struct watcher *watcher, struct err *err)
{
    const struct inotify_event *event = inotifytools_next_event(CHECK_SECONDS);
    if (event)
        return event->mask & IN_Q_OVERFLOW ? take_overflow(watcher, err) : take_event(watcher, event, err);
    int errnum = inotifytools_error();
    if (errnum && errnum != EINTR)
        return err_set_errno(err, errnum, "read inotify");
    return check(watcher, err);
}

bool watch_run(const struct watch_share *shares, size_t len, int out, struct err *err)
{
    struct watcher watcher = {.share = shares, .shares = len, .out = out};
    signal(SIGPIPE, SIG_DFL);
    if (!inotifytools_initialize())
        return err_set_errno(err, inotifytools_error(),
                             "watch: start inotify (sysctl fs.inotify.max_user_instances)");
    watcher.seen = mem_new(len, sizeof *watcher.seen);
    bool ok = true;
    for (size_t i = 0; ok && i < len; i++)
        ok = watch_anew(&watcher, i, false, err);
    while (ok)
        ok = next(&watcher, err);
    for (size_t i = 0; i < len; i++)
        forget_share(&watcher, i, false);
    free(watcher.item);
    free(watcher.seen);
    inotifytools_cleanup();
    return false;
}

bool watch_next_event(const struct buf *read, size_t *at, struct watch_event *event)
{
    if (*at >= read->len)
        return false;
    const char *text = (const char *)read->data, *end = text + read->len, *ring = text + *at;
    const char *path = memchr(ring, 0, (size_t)(end - ring));
    const char *last = path && path + 1 < end ? memchr(path + 1, 0, (size_t)(end - path - 1)) : NULL;
    if (!last || !*ring)
        return false;
    *event = (struct watch_event){ring, path + 1};
    *at = (size_t)(last + 1 - text);
    return true;
}

#include "ringmgr/app/output_place.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- opening ---- */

/* Cuts "folder/name" in two; the caller frees both. */
static void split(const char *path, char **folder, char **name)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    const char *slash = memrchr(path, '/', len);
    size_t begin = slash ? (size_t)(slash - path) + 1 : 0;
    *folder = slash ? mem_strndup(path, begin) : mem_strdup(".");
    *name = mem_strndup(path + begin, len - begin);
}

/* A folder that was just made is opened by that one name, through no link that came meanwhile. */
static bool open_folder(struct app *app, int parent, const char *name, struct err *err)
{
    app->output_made = mkdirat(parent, name, 0755) == 0;
    int why = app->output_made || errno == EEXIST ? 0 : errno;
    int links = app->output_made ? O_NOFOLLOW : 0;
    app->output_dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | links);
    return app->output_dir >= 0 ||
           err_set_errno(err, why ? why : errno, why ? "make the folder %s" : "open the folder %s", name);
}

static bool is_full(const struct err *err)
{
    return err->sys == ENOSPC || err->sys == EDQUOT || err->sys == EROFS;
}

/* What is to be written replaces what has the name. */
static bool check_file(int parent, const char *name, const char *path, struct err *err)
{
    struct stat st;
    size_t len = strlen(path);
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) {
        len -= path[len - 1] == '/';
        return err_set(err, ERR_USAGE, "%s is a folder, and a file is wanted: name one in it, %.*s/NAME",
                       path, (int)len, path);
    }
    return (*name && path[len - 1] != '/') || err_set(err, ERR_USAGE, "%s is no name of a file", path);
}

static bool open_place(struct app *app, const char *path, struct err *err)
{
    char *folder AUTO_FREE = NULL;
    char *name AUTO_FREE = NULL;
    split(path, &folder, &name);
    AUTO_FD parent = fs_open_dir(folder, err);
    if (parent < 0)
        return false;
    if (output_is_folder(&app->arguments) && *name)
        return open_folder(app, parent, name, err);
    if (!output_is_folder(&app->arguments) && !check_file(parent, name, path, err))
        return false;
    app->output_dir = fcntl(parent, F_DUPFD_CLOEXEC, 0);
    return app->output_dir >= 0 || err_set_errno(err, errno, "open %s", folder);
}

/* ---- where documents may not go ---- */

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A folder that does not exist yet has nothing in it. */
static bool is_folder(const struct stat *st, const char *path)
{
    struct stat other;
    return *path && stat(path, &other) == 0 && is_same(st, &other);
}

/* The store or the ring's folder that `st` is; NULL if it is none. */
static const char *own_folder(const struct settings *settings, const struct stat *st)
{
    if (is_folder(st, settings->store))
        return settings->store;
    for (size_t i = 0; i < settings->rings; i++)
        if (is_folder(st, settings->ring[i].path))
            return settings->ring[i].path;
    return NULL;
}

static bool refuse(const char *own, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s is ringmgr's own: name another place", own);
}

/* Looks at the folder and at every one above it, up to the root, which is above itself. */
static bool check_above(const struct app *app, struct err *err)
{
    struct stat below = {0}, st;
    AUTO_FD at = fcntl(app->output_dir, F_DUPFD_CLOEXEC, 0);
    while (at >= 0 && fstat(at, &st) == 0 && !is_same(&st, &below)) {
        const char *own = own_folder(&app->settings, &st);
        if (own)
            return refuse(own, err);
        int above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        below = st;
        close(at);
        at = above;
    }
    return at >= 0 || err_set_errno(err, errno, "look at the folders above");
}

static bool is_head_file(const struct app *app, const char *path)
{
    struct stat head, target;
    return *app->settings.history_head_file && stat(app->settings.history_head_file, &head) == 0 &&
           stat(path, &target) == 0 && is_same(&head, &target);
}

static bool check_place(const struct app *app, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(app->output_dir, &st) != 0)
        return err_set_errno(err, errno, "stat");
    if (is_folder(&st, app->settings.state))
        return refuse(app->settings.state, err);
    if (is_head_file(app, path))
        return refuse(app->settings.history_head_file, err);
    return check_above(app, err);
}

/* ---- */

bool output_place_open(struct app *app, struct err *err)
{
    if (app->arguments.inherited.peer >= 0)
        return true;
    bool backs_up = strcmp(app->arguments.command, "backup") == 0;
    const char *path = backs_up ? app->arguments.word.item[0] : arguments_value(&app->arguments, OPT_OUTPUT);
    if (!path || (strcmp(path, "-") == 0 && !output_is_folder(&app->arguments)))
        return true;
    if (open_place(app, path, err) && check_place(app, path, err))
        return true;
    if (is_full(err) && strcmp(app->arguments.command, "rollback") == 0) {
        log_warn(&app->arguments.log, "-o %s: %s", path, err->msg);
        *err = (struct err){0};
        return true;
    }
    err->code = ERR_USAGE;
    return err_prefix(err, backs_up ? "%s" : "-o %s", path);
}

bool output_place_give(const struct app *app, uid_t uid, gid_t gid, struct err *err)
{
    AUTO_STRV names = {0};
    struct stat st;
    if (!app->output_made || geteuid() != 0)
        return true;
    if (fstat(app->output_dir, &st) != 0 || !fs_list(app->output_dir, ".", &names, err))
        return err_prefix(err, "-o");
    if (st.st_uid != 0 || names.len > 0)
        return err_set(err, ERR_USAGE, "-o %s: somebody else was faster: name a new folder",
                       arguments_value(&app->arguments, OPT_OUTPUT));
    return fchown(app->output_dir, uid, gid) == 0 ||
           err_set_errno(err, errno, "-o: give the new folder to the service's account");
}

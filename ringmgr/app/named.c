#include "ringmgr/app/named.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the rights of whoever called sudo ---- */

/* The account of SUDO_UID; false if nobody called sudo. */
static bool find_caller(const struct surroundings *surroundings, struct passwd *caller, char *space,
                        size_t len)
{
    struct passwd *found = NULL;
    char *end = NULL;
    if (geteuid() != 0 || !surroundings->sudo_uid || !*surroundings->sudo_uid)
        return false;
    unsigned long uid = strtoul(surroundings->sudo_uid, &end, 10);
    return *end == 0 && getpwuid_r((uid_t)uid, caller, space, len, &found) == 0 && found;
}

/* For a while: root is kept to come back to. */
static bool act_as(const struct passwd *caller, struct err *err)
{
    if (initgroups(caller->pw_name, caller->pw_gid) == 0 && setegid(caller->pw_gid) == 0 &&
        seteuid(caller->pw_uid) == 0)
        return true;
    return err_set_errno(err, errno, "act as %s", caller->pw_name);
}

static bool act_as_root(struct err *err)
{
    if (seteuid(0) == 0 && setegid(0) == 0 && setgroups(0, NULL) == 0)
        return true;
    return err_set_errno(err, errno, "act as root again");
}

bool named_become_nobody(struct err *err)
{
    static const id_t nobody = 65534;
    if (geteuid() != 0)
        return true;
    if (setgroups(0, NULL) == 0 && setresgid(nobody, nobody, nobody) == 0 &&
        setresuid(nobody, nobody, nobody) == 0)
        return true;
    return err_set_errno(err, errno, "give up root");
}

/* ---- reading ---- */

static bool read_one(const char *path, struct buf *bytes, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return fs_read_stream(STDIN_FILENO, "stdin", LIMIT_LINT_BYTES, bytes, err);
    return fs_read_path(path, LIMIT_LINT_BYTES, bytes, err);
}

static void read_files(struct app *app, const struct strv *paths)
{
    for (size_t i = 0; i < paths->len; i++) {
        struct buf bytes = {0};
        struct err why = {0};
        if (read_one(paths->item[i], &bytes, &why)) {
            *documents_add(&app->named, paths->item[i]) = bytes;
            continue;
        }
        buf_clear(&bytes);
        if (app->unread.msg[0])
            log_warn(&app->arguments.log, "%s", why.msg);
        else
            app->unread = why;
    }
}

static bool read_named(struct app *app, const struct strv *paths, const struct surroundings *surroundings,
                       struct err *err)
{
    struct passwd caller;
    char space[16384];
    bool lent = find_caller(surroundings, &caller, space, sizeof space);
    if (lent && !act_as(&caller, err))
        return false;
    read_files(app, paths);
    app->unread.code = ERR_USAGE;
    return !lent || act_as_root(err);
}

static bool open_backup(struct app *app, const char *path, struct err *err)
{
    app->named_file = open(path, O_RDONLY | O_CLOEXEC);
    if (app->named_file >= 0)
        return true;
    err_set_errno(err, errno, "open %s", path);
    err->code = ERR_USAGE;
    return false;
}

bool named_open(struct app *app, const struct command *command, const struct surroundings *surroundings,
                struct err *err)
{
    if (strcmp(command->name, "lint") == 0 || strcmp(command->name, "trust") == 0)
        return read_named(app, &app->arguments.word, surroundings, err);
    const struct strv *lists = &app->arguments.value[OPT_FILELIST];
    if (lists->len && !read_named(app, lists, surroundings, err))
        return false;
    if (lists->len && app->unread.msg[0]) {
        *err = app->unread;
        return false;
    }
    if (strcmp(command->name, "restore") == 0)
        return open_backup(app, app->arguments.word.item[0], err);
    if (strcmp(command->name, "import") != 0 || strstr(app->arguments.word.item[0], "://"))
        return true;
    app->named_dir = fs_open_dir(app->arguments.word.item[0], err);
    if (app->named_dir < 0)
        err->code = ERR_USAGE;
    return app->named_dir >= 0;
}

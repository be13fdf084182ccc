#include "ringmgr/app/world.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/complete.h"
#include "ringmgr/app/control.h"
#include "ringmgr/app/named.h"
#include "ringmgr/app/output_place.h"
#include "ringmgr/app/settings.h"
#include "ringmgr/app/settings_support.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/begin.h"
#include "ringmgr/ops/state_lost.h"
#include "ringmgr/state/hold.h"
#include "ringmgr/state/lock.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the service's user ---- */

static bool look_up_user(const char *name, struct passwd *user, char *space, size_t len, struct err *err)
{
    struct passwd *found = NULL;
    int errnum = getpwnam_r(name, user, space, len, &found);
    if (found)
        return true;
    if (errnum && errnum != ENOENT)
        return err_set_errno(err, errnum, "[ringmgr] user = %s: the account database", name);
    return err_set(err, ERR_USAGE,
                   "[ringmgr] user = %s: there is no such account: adduser --system --group %s", name, name);
}

static bool become(const struct passwd *user, struct err *err)
{
    if (initgroups(user->pw_name, user->pw_gid) != 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return err_set_errno(err, errno, "become the user %s", user->pw_name);
    if (setresuid(0, 0, 0) == 0)
        return err_set(err, ERR_FAILED, "become the user %s: root could be had back", user->pw_name);
    return true;
}

/*
 * A reader may be anybody; whoever writes must be, or be able to become, the service's user; who decides may
 * ask the service, where it runs, to do it (app->control).
 */
static bool check_caller(struct app *app, const struct command *command, uid_t service_uid, struct err *err)
{
    const char *socket = app->settings.control;
    if (command->need < NEED_WRITE || geteuid() == service_uid)
        return true;
    if (command->need == NEED_DECIDE && *socket && !control_open(socket, service_uid, &app->control, err))
        return false;
    if (app->control >= 0)
        return true;
    if (command->need == NEED_DECIDE && *socket)
        return err_set(err, ERR_USAGE,
                       "the service does not answer at %s: start it, or sudo ringmgr-decide %s …", socket,
                       command->name);
    return err_set(err, ERR_USAGE,
                   "it works as the account %s, whatever its options, for state, store and shares are that "
                   "account's: sudo ringmgr%s %s …",
                   app->settings.user, command->need == NEED_DECIDE ? "-decide" : "", command->name);
}

static bool drop_privileges(struct app *app, const struct command *command, struct err *err)
{
    struct passwd user;
    char space[16384];
    app->job.service_uid = geteuid();
    if (!*app->settings.user) {
        if (geteuid() != 0)
            return true;
        return err_set(err, ERR_USAGE,
                       "%s: [ringmgr] user: missing; as root, ringmgr wants to know whose store, state and "
                       "shares these are: user = ringmgr, if the package made that account",
                       app->settings.file);
    }
    if (!look_up_user(app->settings.user, &user, space, sizeof space, err)) {
        bool needed = geteuid() == 0 || command->need != NEED_KNOWN || err->code != ERR_USAGE;
        return !needed; /* documents can be written where the service does not run */
    }
    app->job.service_uid = user.pw_uid;
    if (geteuid() == 0 && user.pw_uid == 0)
        return err_set(err, ERR_USAGE,
                       "%s: [ringmgr] user = %s: ringmgr does not work as root; name an account of its own",
                       app->settings.file, app->settings.user);
    if (!output_place_give(app, user.pw_uid, user.pw_gid, err))
        return false;
    if (geteuid() == 0 && user.pw_uid != 0 && !become(&user, err))
        return false;
    return check_caller(app, command, user.pw_uid, err);
}

/* ---- configuration ---- */

/*
 * What root reads decides which account it becomes and which files are written: whoever may run ringmgr
 * through sudo must not bring a configuration of their own. What the service reads decides who may decide.
 */
static bool check_owner(int fd, const char *path, struct err *err)
{
    uid_t uid = geteuid();
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, errno, "stat %s", path);
    if ((st.st_uid == 0 || st.st_uid == uid) && !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return true;
    return err_set(err, ERR_USAGE,
                   "%s: %s takes a configuration only if it is root's%s and nobody else may write it", path,
                   uid == 0 ? "root" : "the service", uid == 0 ? "" : ", or its own account's,");
}

/*
 * The bytes that the service has accepted. Its own account alone may say that they are the configuration: to
 * root behind sudo anybody could hand theirs (arguments.c). They are opened anew, for the position in
 * an inherited file is shared with every other child.
 */
static int open_inherited(const struct inherited *inherited, struct err *err)
{
    char *path AUTO_FREE = mem_printf("/proc/self/fd/%d", inherited->config);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        err_set_errno(err, errno, "open the configuration that was handed over");
    return fd;
}

static void say_missing(const char *path, struct err *err)
{
    static const char example[] = "/usr/share/doc/ringmgr/examples/ringmgr.conf"; /* of the package */
    err_set(err, ERR_USAGE, "open %s: %s: to begin with, copy %s there and change it", path, strerror(ENOENT),
            access(example, F_OK) == 0 ? example : "config/examples/ringmgr.conf of the source");
    err->domain = ERR_DOMAIN_ERRNO;
    err->sys = ENOENT;
}

static int open_config(const char *path, const struct inherited *inherited, struct err *err)
{
    if (inherited->config >= 0)
        return open_inherited(inherited, err);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        say_missing(path, err);
    else if (fd < 0)
        err_set_errno(err, errno, "open %s", path);
    return fd;
}

bool world_read_config(const char *path, const struct inherited *inherited, struct buf *text, struct err *err)
{
    AUTO_FD fd = open_config(path, inherited, err);
    if (fd >= 0 && (geteuid() != 0 || check_owner(fd, path, err)) &&
        fs_read_fd(fd, path, LIMIT_CONFIG_BYTES, text, err))
        return true;
    err->code = ERR_USAGE;
    return false;
}

bool world_read_config_of_service(const char *path, struct buf *text, struct err *err)
{
    static const struct inherited nothing = {.config = -1, .peer = -1};
    AUTO_FD fd = open_config(path, &nothing, err);
    if (fd >= 0 && fs_read_fd(fd, path, LIMIT_CONFIG_BYTES, text, err) && check_owner(fd, path, err))
        return true;
    err->code = ERR_USAGE;
    return false;
}

static bool read_settings(struct app *app, const struct command *command, struct err *err)
{
    struct buf *text = &app->config;
    const char *path = app->arguments.config;
    bool lasts = command->need == NEED_SERVICE && app->arguments.inherited.config < 0 && geteuid() != 0;
    if (!(lasts ? world_read_config_of_service(path, text, err)
                : world_read_config(path, &app->arguments.inherited, text, err)))
        return false;
    bool ok = settings_parse(buf_text(text), text->len, path, &app->settings, app->problems, err);
    if (command->need != NEED_SERVICE && command->need != NEED_SETTINGS)
        buf_clear(text);
    if (!ok && (command->need != NEED_SETTINGS || app->problems->len == 0))
        return false;
    if (app->settings.timezone)
        zone_set(app->settings.timezone);
    return true;
}

/*
 * Who decides needs nothing of a configuration that is broken, or not theirs to read, but where the service
 * is to be asked: it goes on with the last good one. False, and no error, where none listens.
 */
static bool find_service(struct app *app, const struct command *command)
{
    struct settings_problems ignored AUTO(settings_problems_clear) = {0};
    struct settings *settings = &app->settings;
    struct passwd user;
    struct err none = {0};
    char space[16384];
    if (command->need != NEED_DECIDE || geteuid() == 0 || app->arguments.inherited.config >= 0)
        return false;
    if (!settings->control && !settings_parse("", 0, app->arguments.config, settings, &ignored, &none))
        none = (struct err){0};
    return *settings->control &&
           look_up_user(*settings->user ? settings->user : "ringmgr", &user, space, sizeof space, &none) &&
           control_open(settings->control, user.pw_uid, &app->control, &none) && app->control >= 0;
}

/* ---- what comes before a configuration ---- */

/* The settings as far as they can be had; what is not set is as it is by default. */
static void read_hints(struct app *app)
{
    struct err none = {0};
    struct buf *text = &app->config;
    bool read = world_read_config(app->arguments.config, &app->arguments.inherited, text, &none);
    if (!settings_parse(read ? buf_text(text) : "", read ? text->len : 0, app->arguments.config,
                        &app->settings, app->problems, &none))
        none = (struct err){0};
    buf_clear(text);
}

/* For good: as the service's account, or as nobody where there is none yet. */
static bool give_up_root(const struct app *app, struct err *err)
{
    struct passwd user;
    struct err none = {0};
    char space[16384];
    const char *name = app->settings.user;
    if (geteuid() != 0)
        return true;
    bool known = *name && look_up_user(name, &user, space, sizeof space, &none) && user.pw_uid != 0;
    return known ? become(&user, err) : named_become_nobody(err);
}

/* A configuration that is named must be readable; the usual one may come later. */
static bool open_network(struct app *app, struct err *err)
{
    const char *path = app->arguments.config, *output = arguments_value(&app->arguments, OPT_OUTPUT);
    if (!world_read_config(path, &app->arguments.inherited, &app->config, err) &&
        (err->sys != ENOENT || strcmp(path, ARGUMENTS_CONFIG) != 0))
        return false;
    *err = (struct err){0};
    buf_clear(&app->config);
    read_hints(app);
    bool talks = output && strcmp(output, "-") == 0;
    return !talks || give_up_root(app, err);
}

/* Somebody's shell waits: a disk that does not answer ends this. */
enum { HINT_SECONDS = 3 };

/* Whatever cannot be read has nothing to say. */
static bool open_hints(struct app *app, struct err *err)
{
    struct complete_place place AUTO(complete_place_clear) = {0};
    struct err none = {0};
    alarm(HINT_SECONDS);
    complete_read(&app->arguments.word, &place);
    app->arguments.config = place.config ? place.config : app->arguments.config;
    read_hints(app);
    if (!give_up_root(app, err))
        return false;
    if (*app->settings.state && !state_open(app->settings.state, STATE_READ, &app->job.state, &none))
        app->job.state = NULL;
    return true;
}

/* ---- state and store ---- */

/* A folder that is missing or belongs to somebody else is a matter of configuration: nothing was tried. */
static bool refuse_folder(struct err *err, const char *key)
{
    if (err->domain != ERR_DOMAIN_ERRNO || (err->sys != ENOENT && err->sys != EACCES && err->sys != ENOTDIR))
        return err_prefix(err, "%s", key);
    char *what AUTO_FREE = mem_strdup(err->msg);
    return err_set(err, ERR_USAGE, "%s: %s; ringmgr check names all that must be made ready", key, what);
}

/* The store, and the rules of support, which every operation may ask. */
static bool open_store(struct app *app, bool writes, struct err *err)
{
    if (!settings_load_support(&app->settings, &app->support, err))
        return false;
    app->job.support = &app->support;
    return store_open(app->settings.store, !writes, &app->job.store, err) ||
           refuse_folder(err, "[ringmgr] store");
}

static bool open_state(struct app *app, bool writes, struct err *err)
{
    if (!state_lost_check(&app->settings, err))
        return false;
    if (state_open(app->settings.state, writes ? STATE_WRITE : STATE_READ, &app->job.state, err))
        return true;
    if (!writes && err->sys == ENOENT)
        return err_set(err, ERR_FAILED, "%s holds no state yet: the first ringmgr sync makes it",
                       app->settings.state);
    if (!writes && err->sys == EACCES)
        return err_set(err, ERR_USAGE, "%s: only members of the service's group may read it: adduser NAME %s",
                       app->settings.state, *app->settings.user ? app->settings.user : "GROUP");
    return refuse_folder(err, "[ringmgr] state");
}

static bool open_books(struct app *app, bool writes, struct err *err)
{
    return open_state(app, writes, err) && open_store(app, writes, err);
}

bool world_open_books(struct app *app, struct err *err)
{
    return open_books(app, true, err) && hold_next_id(app->job.state, &app->job.new_hold, err) &&
           begin_run(&app->job, err);
}

/* Before the first sync there is no database. */
static bool has_state(const struct app *app)
{
    char *path AUTO_FREE = mem_printf("%s/ringmgr.db", app->settings.state);
    return access(path, F_OK) == 0 || errno != ENOENT;
}

/* People are there for decisions; everything else is the service's own, or anybody's. */
static bool check_inherited(const struct app *app, const struct command *command, struct err *err)
{
    const struct inherited *inherited = &app->arguments.inherited;
    bool asks = inherited->web >= 0 && command->need == NEED_CALLER;
    return (inherited->peer < 0 && inherited->web < 0) || command->need == NEED_DECIDE || asks ||
           err_set(err, ERR_USAGE, "%s is no decision, and only those are taken through the service's socket",
                   command->name);
}

/* Who calls, as far as this process shows it. */
static bool look_around(const struct app *app, struct surroundings *surroundings, struct err *err)
{
    int peer = app->arguments.inherited.peer;
    people_surroundings(surroundings);
    return peer < 0 || people_surroundings_peer(surroundings, peer, err);
}

/*
 * Over TCP it is nobody. That it is not known who it is, is an answer of `whoami` to the page, and the end of
 * everything else.
 */
static bool find_caller(struct app *app, struct surroundings *surroundings, struct err *err)
{
    const struct settings *settings = &app->settings;
    if (app->web && !surroundings->has_peer)
        return err_set(err, ERR_REFUSED, "over TCP the page is for reading only: it is not known who asks");
    return (!app->web || people_surroundings_web(surroundings, settings, app->web_named, err)) &&
           people_identify(settings, surroundings, &app->identity, err);
}

static bool identify(struct app *app, const struct command *command, struct surroundings *surroundings,
                     struct err *err)
{
    app->job.identity = &app->identity;
    if (find_caller(app, surroundings, err))
        return true;
    if (!app->web || command->need != NEED_CALLER)
        return false;
    app->unnamed = *err;
    *err = (struct err){0};
    return true;
}

/* What was inherited counts only where the service itself may have handed it over. */
static bool check_heir(const struct app *app, struct err *err)
{
    if (app->arguments.inherited.config < 0)
        return true;
    if (geteuid() == app->job.service_uid) /* the service starts /proc/self/exe: its name would be "exe" */
        return prctl(PR_SET_NAME, "ringmgr") == 0 || err_set_errno(err, errno, "set the process's name");
    return err_set(err, ERR_USAGE, "--inherit is for the children of ringmgr serve");
}

/* What replaces the books must not do so below the service's feet, however idle it is. */
static bool keep_service_out(struct app *app, const struct command *command, struct err *err)
{
    AUTO_FD dir = fs_open_dir(app->settings.state, err);
    if (dir < 0)
        return refuse_folder(err, "[ringmgr] state");
    return lock_take(dir, "serve", true, 0, command->name, &app->service, err) ||
           err_prefix(err, "the service runs, and must be stopped first");
}

bool world_open(struct app *app, const struct command *command, struct err *err)
{
    struct surroundings surroundings;
    umask(022);
    if (!check_inherited(app, command, err) || !look_around(app, &surroundings, err) ||
        !named_open(app, command, &surroundings, err))
        return false;
    if (command->need == NEED_NOTHING)
        return named_become_nobody(err);
    if (command->need == NEED_NETWORK)
        return open_network(app, err);
    if (command->need == NEED_HINTS)
        return open_hints(app, err);
    if (!read_settings(app, command, err)) {
        if (!find_service(app, command))
            return false;
        *err = (struct err){0};
        return output_place_open(app, err);
    }
    if (!output_place_open(app, err))
        return false;
    app->job = (struct job){.settings = &app->settings,
                            .log = &app->arguments.log,
                            .command = command->name,
                            .wait_ms = app->arguments.wait_ms};
    if (command->need == NEED_SETTINGS && app->problems->len)
        return true;
    bool decides = command->need == NEED_DECIDE || command->need == NEED_RESTORE;
    if ((decides || command->need == NEED_CALLER) && !identify(app, command, &surroundings, err))
        return false;
    if (!drop_privileges(app, command, err))
        return command->need == NEED_SETTINGS;
    if (!check_heir(app, err))
        return false;
    if (app->control >= 0)
        return true;
    if (command->need == NEED_SETTINGS || command->need == NEED_SERVICE || command->need == NEED_CALLER)
        return true;
    if (command->need == NEED_RESTORE)
        return keep_service_out(app, command, err) && open_store(app, true, err);
    if (command->need == NEED_KNOWN && !has_state(app))
        return true;
    return command->need < NEED_WRITE ? open_books(app, false, err) : world_open_books(app, err);
}

void world_close(struct app *app)
{
    store_close(app->job.store);
    state_close(app->job.state);
    lock_release(app->service);
    fs_auto_close(&app->named_dir);
    fs_auto_close(&app->named_file);
    fs_auto_close(&app->output_dir);
    fs_auto_close(&app->output_channel);
    fs_auto_close(&app->control);
    strv_clear(&app->request);
    free(app->web_named);
    support_rules_clear(&app->support);
    settings_clear(&app->settings);
    settings_problems_clear(app->problems);
    buf_clear(&app->config);
    documents_clear(&app->named);
}

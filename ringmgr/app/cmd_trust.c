/*
 * trust: Microsoft's roots into the file that [origin] roots names. What comes from the network is fetched by
 * a child, this program with -o -, which gives up root first; who writes the file looks at nothing but
 * digests.
 */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/confine.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/errand.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FETCH_SECONDS = 600 };

/* ---- where they go ---- */

struct place {
    const char *path;
    int dir; /* its folder; -1: standard output */
    const char *name;
    bool there; /* it holds both roots, and nothing else */
};

static void close_place(struct place *place)
{
    fs_auto_close(&place->dir);
}

static bool open_folder(struct place *place, struct err *err)
{
    const char *slash = strrchr(place->path, '/');
    char *folder AUTO_FREE =
        slash ? mem_strndup(place->path, (size_t)(slash - place->path) + 1) : mem_strdup(".");
    place->name = slash ? slash + 1 : place->path;
    if (!*place->name)
        return err_set(err, ERR_USAGE, "%s is no name of a file", place->path);
    place->dir = fs_open_dir(folder, err);
    if (place->dir >= 0 && faccessat(place->dir, ".", W_OK, AT_EACCESS) == 0)
        return true;
    if (place->dir >= 0 && errno == EACCES)
        err_set(err, ERR_USAGE, "%s: your account may not write there: sudo ringmgr trust", folder);
    else if (place->dir >= 0)
        err_set_errno(err, errno, "write to %s", folder);
    err->code = ERR_USAGE;
    return false;
}

/* What somebody has put there stays, unless they say otherwise. */
static bool look(const struct arguments *arguments, struct place *place, struct err *err)
{
    AUTO_BUF pem = {0};
    AUTO_ROOTS roots = {0};
    struct err why = {0};
    struct stat st;
    if (!open_folder(place, err))
        return false;
    if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode) &&
        !S_ISLNK(st.st_mode))
        return err_set(err, ERR_USAGE, "%s is no file", place->path);
    if (!fs_read_path(place->path, LIMIT_ROOTS_BYTES, &pem, &why)) {
        if (why.sys == ENOENT)
            return true;
    } else if (roots_take(&roots, pem.data, pem.len, place->path, &why))
        place->there = roots_missing(&roots) == ROOTS_KNOWN;
    return place->there || arguments->given[OPT_YES] ||
           err_set(err, ERR_USAGE,
                   "%s is there, and is not Microsoft's two roots: look at it; --yes replaces it",
                   place->path);
}

static bool write_place(const struct place *place, const struct buf *pem, struct err *err)
{
    static const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    if (place->dir < 0)
        return output_to_stdout(pem, err);
    return fs_replace_file(place->dir, place->name, pem->data, pem->len, &how, err) ||
           err_prefix(err, "%s", place->path);
}

/* ---- where they come from ---- */

/* They are looked at also where both roots are there already: who names files wants to know what is in them.
 */
static bool take_files(const struct app *app, struct roots *roots, struct err *err)
{
    if (app->arguments.word.len && arguments_value(&app->arguments, OPT_SOURCE))
        return err_set(err, ERR_USAGE, "either files or --source, not both");
    if (app->unread.msg[0]) {
        *err = app->unread;
        return false;
    }
    for (size_t i = 0; i < app->named.len; i++) {
        const struct document *file = &app->named.item[i];
        if (!roots_take(roots, file->bytes.data, file->bytes.len, file->path, err))
            return false;
    }
    return true;
}

static bool check_files(const struct roots *roots, struct err *err)
{
    size_t missing = roots_missing(roots);
    return missing == ROOTS_KNOWN ||
           err_set(err, ERR_USAGE, "%s (%s) is in none of the files: name that, too", roots_name(missing),
                   roots_file(missing));
}

/* The child's own statuses are ours; whatever started it has others. */
static enum err_code code_of(const struct errand_end *end)
{
    return end->how == ERRAND_EXITED && end->status > ERR_NONE && end->status <= ERR_NEEDS_PERSON
               ? (enum err_code)end->status
               : ERR_FAILED;
}

/* An end without a word of ours about trust. */
static bool say_strange(const struct errand_end *end, struct err *err)
{
    char *line AUTO_FREE = errand_line(&end->said, "ringmgr:");
    const char *why = end->why.msg[0] ? end->why.msg : line;
    char how[32] = "";
    if (end->how == ERRAND_EXITED)
        snprintf(how, sizeof how, " with status %d", end->status);
    else if (end->how == ERRAND_SIGNAL)
        snprintf(how, sizeof how, " by signal %d", end->signal);
    return err_set(err, code_of(end), "the process that fetches the roots ended early%s%s%s", how,
                   *why ? ": " : "", why);
}

/* What the child has said of its end: its last line, which is one of ours. */
static bool say(const struct errand_end *end, struct err *err)
{
    static const char own[] = "ringmgr: trust: ";
    const char *said = buf_text(&end->said);
    const char *line = strstr(said, own);
    int len = line ? (int)strcspn(line + strlen(own), "\n") : 0;
    if (end->how == ERRAND_EXITED && len)
        return err_set(err, code_of(end), "%.*s", len, line + strlen(own));
    if (end->how == ERRAND_TIMEOUT)
        return err_set(err, ERR_UPSTREAM, "the roots did not come within %d s: try again, or name files",
                       FETCH_SECONDS);
    return say_strange(end, err);
}

static bool fetch(const struct app *app, const char *base, struct roots *roots, struct err *err)
{
    char self[PATH_MAX] = {0};
    AUTO_ERRAND errand = {.out_bytes = LIMIT_ROOTS_BYTES, .seconds = FETCH_SECONDS};
    AUTO_ERRAND_END end = {0};
    if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0)
        return err_set_errno(err, errno, "find this program");
    const char *const words[] = {self, "-c", app->arguments.config, "trust", "--source", base, "-o", "-"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        strv_add(&errand.arguments, words[i]);
    errand_run(&errand, &end);
    if (end.how != ERRAND_EXITED || end.status != 0)
        return say(&end, err);
    return roots_take(roots, end.out.data, end.out.len, base, err) &&
           (roots_missing(roots) == ROOTS_KNOWN || err_set(err, ERR_FAILED, "%s: not all roots came", base));
}

static bool gather(const struct app *app, const struct place *place, struct roots *roots, struct err *err)
{
    const char *source = arguments_value(&app->arguments, OPT_SOURCE);
    const char *base = source ? source : ROOTS_BASE;
    if (app->arguments.word.len)
        return check_files(roots, err);
    return place->dir < 0 ? confine_roots(app, base, roots, err) : fetch(app, base, roots, err);
}

/* ---- */

static void report(const struct app *app, const struct place *place, const struct buf *pem)
{
    bool configured = strcmp(place->path, app->settings.origin.roots) == 0;
    jv_set_text(app->result, "file", place->path);
    jv_set_text(app->result, "result", place->there ? "unchanged" : "done");
    if (app->arguments.json && place->dir < 0)
        jv_set_text(app->result, "pem", buf_text(pem));
    if (app->arguments.json || place->dir < 0)
        return;
    printf("%s %s Microsoft's two roots, genuine by their SHA-256 fingerprints\n", place->path,
           place->there ? "already holds" : "now holds");
    char *whole AUTO_FREE = realpath(place->path, NULL);
    if (place->there && app->named.len)
        printf("in the named file%s stands nothing else either: nothing was written\n",
               app->named.len == 1 ? "" : "s");
    if (configured)
        puts("next: ringmgr check");
    else
        printf("next: name it in the configuration, [origin] roots = %s\n", whole ? whole : place->path);
}

enum err_code cmd_trust(struct app *app, struct err *err)
{
    const char *output = arguments_value(&app->arguments, OPT_OUTPUT);
    struct place place AUTO(close_place) = {.path = output ? output : app->settings.origin.roots, .dir = -1};
    AUTO_ROOTS roots = {0};
    AUTO_BUF pem = {0};
    bool to_stdout = strcmp(place.path, "-") == 0;
    if ((!to_stdout && !look(&app->arguments, &place, err)) || !take_files(app, &roots, err))
        return err->code;
    if (!place.there) {
        if (!gather(app, &place, &roots, err))
            return err->code;
        roots_write(&roots, &pem);
        if (!(to_stdout && app->arguments.json) && !write_place(&place, &pem, err))
            return err->code;
    }
    report(app, &place, &pem);
    return ERR_NONE;
}

#include "ringmgr/app/check_unit.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/settings_place.h"
#include "ringmgr/base/errand.h"
#include "ringmgr/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define UNIT "ringmgr.service"

enum { SHOW_SECONDS = 5, SHOW_BYTES = 64 << 10 };

/* Where the service writes, and what it may write. */
struct look {
    struct strv writable; /* real paths */
    struct strv outside;  /* what lies elsewhere, for people */
    struct strv folders;  /* the same, for ReadWritePaths= */
};

static void look_clear(struct look *look)
{
    strv_clear(&look->writable);
    strv_clear(&look->outside);
    strv_clear(&look->folders);
}

/* ---- the unit ---- */

/* False where nobody can tell. */
static bool show(struct buf *said)
{
    static const char *const words[] = {
        "systemctl", "show",
        "--property=LoadState,UnitFileState,ActiveState,ExecStart,ProtectSystem,ReadWritePaths", UNIT};
    AUTO_ERRAND errand = {.out_bytes = SHOW_BYTES, .seconds = SHOW_SECONDS};
    AUTO_ERRAND_END end = {0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        strv_add(&errand.arguments, words[i]);
    errand_run(&errand, &end);
    buf_append(said, end.out.data, end.out.len);
    return end.how == ERRAND_EXITED && end.status == 0;
}

/* The value of NAME=, "" if there is none. The caller frees it. */
static char *property(const char *said, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = said; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, name, len) == 0 && line[len] == '=')
            return mem_strndup(line + len + 1, strcspn(line + len + 1, "\n"));
    return mem_strdup("");
}

static bool property_is(const char *said, const char *name, const char *wanted)
{
    char *value AUTO_FREE = property(said, name);
    return strcmp(value, wanted) == 0;
}

/* Whether what is checked is what the unit's program reads. */
static bool reads(const char *said, const char *config)
{
    char *start AUTO_FREE = property(said, "ExecStart"), *named AUTO_FREE = mem_printf(" -c %s ", config);
    return strstr(start, " -c ") ? strstr(start, named) != NULL : strcmp(config, ARGUMENTS_CONFIG) == 0;
}

static char *real_path(const char *path)
{
    char real[PATH_MAX];
    return mem_strdup(realpath(path, real) ? real : path);
}

/* False if one of them has blanks: systemctl does not print those. */
static bool take_writable(const char *said, struct strv *writable)
{
    char *paths AUTO_FREE = property(said, "ReadWritePaths");
    if (strstr(paths, "[unprintable]"))
        return false;
    char *rest = NULL;
    for (char *word = strtok_r(paths, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *path AUTO_FREE = real_path(word + strspn(word, "-+"));
        strv_add(writable, path);
    }
    return true;
}

/* ---- the places ---- */

static void need(struct look *look, const char *what, const char *path)
{
    char *real AUTO_FREE = real_path(path);
    for (size_t i = 0; i < look->writable.len; i++)
        if (strcmp(look->writable.item[i], "/") == 0 || settings_place_within(real, look->writable.item[i]))
            return;
    if (!*path)
        return;
    strv_addf(&look->outside, "%s (%s)", path, what);
    strv_add(&look->folders, path);
    strv_add(&look->writable, real); /* when that is mended, so is what lies in it */
}

/* A file is replaced by a new one beside it. */
static void need_folder_of(struct look *look, const char *what, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder AUTO_FREE = mem_strndup(file, slash ? (size_t)(slash - file) : 0);
    need(look, what, folder);
}

/* The deepest folder that holds the store and all rings that link to it; "" if that is "/". */
static char *common_folder(const struct settings *settings)
{
    char *common = real_path(settings->store);
    for (size_t i = 0; i < settings->rings; i++) {
        char *real AUTO_FREE = real_path(settings->ring[i].path);
        while (settings->ring[i].link == PLACE_HARD && *common && !settings_place_within(real, common))
            *strrchr(common, '/') = 0;
    }
    return common;
}

static void look_at_shares(struct look *look, const struct settings *settings)
{
    char *common AUTO_FREE = common_folder(settings);
    need(look, "store and shares, in one folder for hard links", common);
    if (!*common)
        need(look, "store", settings->store);
    for (size_t i = 0; i < settings->rings; i++)
        if (!*common || settings->ring[i].link != PLACE_HARD)
            need(look, settings->ring[i].name, settings->ring[i].path);
}

static void look_at_places(struct look *look, const struct settings *settings)
{
    look_at_shares(look, settings);
    need(look, "state", settings->state);
    need_folder_of(look, "history_head_file", settings->history_head_file);
    need_folder_of(look, "textfile", settings->textfile);
    for (size_t i = 0; i < settings->sites; i++)
        if (*settings->site[i].target == '/')
            need(look, settings->site[i].name, settings->site[i].target);
}

void check_unit(const struct app *app, check_tell_fn *tell, void *to)
{
    struct look look AUTO(look_clear) = {0};
    AUTO_BUF out = {0};
    bool shown = show(&out);
    const char *said = buf_text(&out);
    if (!shown || !property_is(said, "LoadState", "loaded") ||
        !property_is(said, "ProtectSystem", "strict") || !reads(said, app->arguments.config) ||
        !take_writable(said, &look.writable))
        return;
    look_at_places(&look, &app->settings);
    if (!look.outside.len)
        return;
    bool used =
        property_is(said, "UnitFileState", "enabled") || !property_is(said, "ActiveState", "inactive");
    char *outside AUTO_FREE = strv_join(&look.outside, ", "),
                  *folders AUTO_FREE = strv_join(&look.folders, " ");
    char *text AUTO_FREE =
        mem_printf(UNIT " may not write %s: write the lines [Service] and ReadWritePaths=%s into "
                        "/etc/systemd/system/" UNIT ".d/paths.conf, then systemctl daemon-reload && "
                        "systemctl try-restart ringmgr",
                   outside, folders);
    tell(to, used ? "error" : "warning", 0, "unit-paths", text);
}

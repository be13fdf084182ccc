#include "ringmgr/app/output.h"
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output_channel.h"
#include "ringmgr/base/amount.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/utf8.h"
#include "ringmgr/base/version.h"

#include "config/document_mark.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct jv *output_envelope(void)
{
    struct jv *envelope = jv_object();
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    jv_set_int(envelope, "schema", 1);
    jv_set_text(envelope, "ringmgr", version_text());
    jv_set_text(envelope, "host", host);
    jv_set_time(envelope, "now", clock_now_unix());
    return envelope;
}

void output_set_build(struct jv *object, const char *key, const struct build *build)
{
    char text[BUILD_TEXT_SIZE];
    build_format(build, text);
    jv_set_text(object, key, build_is_none(build) ? NULL : text);
}

struct jv *output_gates(const struct verdict verdict[GATE_COUNT])
{
    struct jv *gates = jv_array();
    for (int i = 0; i < GATE_COUNT; i++) {
        struct jv *gate = jv_object();
        jv_set_text(gate, "gate", gate_name(verdict[i].gate));
        jv_set_bool(gate, "open", verdict[i].open);
        jv_set_text(gate, "reason", verdict[i].reason);
        jv_set_time(gate, "opens_at", verdict[i].opens_unix);
        jv_push(gates, gate);
    }
    return gates;
}

bool output_names_first(const char *text, const char *name)
{
    size_t len = strlen(name);
    return strncmp(text, name, len) == 0 && (text[len] == ' ' || text[len] == ':');
}

void output_time(int64_t unix_seconds, char text[64])
{
    struct tm tm;
    time_t when = (time_t)unix_seconds;
    if (unix_seconds < 0 || !localtime_r(&when, &tm) || strftime(text, 64, "%Y-%m-%d %H:%M", &tm) == 0)
        snprintf(text, 64, "never");
}

char *output_shown(const char *text)
{
    char *shown = mem_strdup(text);
    utf8_disarm(shown);
    return shown;
}

void output_bytes(uint64_t bytes, char text[32])
{
    amount_format(bytes, text);
}

bool output_to_stdout(const struct buf *bytes, struct err *err)
{
    return fwrite(bytes->data, 1, bytes->len, stdout) == bytes->len || errno == EPIPE ||
           err_set_errno(err, errno, "write to stdout");
}

bool output_document(const struct app *app, const struct buf *document, struct err *err)
{
    const char *path = arguments_value(&app->arguments, OPT_OUTPUT);
    if (!path || strcmp(path, "-") == 0) {
        return output_to_stdout(document, err);
    }
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    if (app->output_channel >= 0)
        return output_channel_write(app->output_channel, name, document, err) ||
               err_prefix(err, "write %s", path);
    if (fs_replace_file(app->output_dir, name, document->data, document->len, &how, err))
        return true;
    if (err->sys == EACCES)
        return err_set(err, ERR_FAILED,
                       "write %s: the account that ringmgr runs as may not: redirect its output instead",
                       path);
    return err_prefix(err, "write %s", path);
}

bool output_is_folder(const struct arguments *arguments)
{
    static const char *const kinds[] = {"gpo-backup", "samba-gpo"};
    if (strcmp(arguments->command, "rollback") == 0)
        return true;
    if (strcmp(arguments->command, "generate") != 0 || arguments->word.len == 0)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(arguments->word.item[0], kinds[i]) == 0)
            return true;
    return false;
}

bool output_write(const struct app *app, const struct document *document, struct err *err)
{
    static const struct fs_replace how = {.mode = 0644, .mtime_unix = -1};
    int folder = app->output_dir;
    if (app->output_channel >= 0)
        return output_channel_write(app->output_channel, document->path, &document->bytes, err);
    const char *slash = strrchr(document->path, '/');
    if (!slash)
        return fs_replace_file(folder, document->path, document->bytes.data, document->bytes.len, &how, err);
    char *path AUTO_FREE = mem_strndup(document->path, (size_t)(slash - document->path));
    if (!fs_make_dirs(folder, path, err))
        return false;
    AUTO_FD dir = fs_open_beneath(folder, path, O_RDONLY | O_DIRECTORY, 0, err);
    return dir >= 0 && fs_replace_file(dir, slash + 1, document->bytes.data, document->bytes.len, &how, err);
}

/* Whether a document lies at this name of the folder, or below it. */
static bool is_replaced(const struct documents *documents, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < documents->len; i++) {
        const char *path = documents->item[i].path;
        if (strncmp(path, name, len) == 0 && (path[len] == 0 || path[len] == '/'))
            return true;
    }
    return strncmp(name, ".ringmgr-tmp-", strlen(".ringmgr-tmp-")) == 0; /* of a run that was killed */
}

/* Of documents of a roll-back; NULL: of others. */
static const char *ring_that_goes_back(const struct app *app)
{
    return strcmp(app->arguments.command, "rollback") == 0 ? app->arguments.word.item[0] : NULL;
}

/* What is there may be written over: it is not there, or an older one of the same. */
static bool check_older(const struct app *app, const struct document *document, struct err *err)
{
    AUTO_BUF bytes = {0};
    struct err unread = {0};
    const char *ring = ring_that_goes_back(app);
    bool read = fs_read_file(app->output_dir, document->path, LIMIT_LINT_BYTES, &bytes, &unread);
    if (read ? document_mark_fits(document->path, ring, &bytes) : unread.sys == ENOENT)
        return true;
    return err_set(err, ERR_USAGE,
                   "-o %s holds %s already, and it is no older document of %s%s: name an empty folder",
                   arguments_value(&app->arguments, OPT_OUTPUT), document->path, ring ? "ring " : "this kind",
                   ring ? ring : "");
}

static bool refuse_other(const struct app *app, const char *name, struct err *err)
{
    return err_set(err, ERR_USAGE, "-o %s holds %s already, %s: name an empty folder",
                   arguments_value(&app->arguments, OPT_OUTPUT), name,
                   ring_that_goes_back(app) ? "which is no document of a roll-back"
                                            : "which an importer would take, too");
}

bool output_check_folder(const struct app *app, const struct documents *documents, struct err *err)
{
    AUTO_STRV names = {0};
    const char *folder = arguments_value(&app->arguments, OPT_OUTPUT);
    if (app->output_channel >= 0)
        return output_channel_check(app->output_channel, documents, err);
    if (!fs_list(app->output_dir, ".", &names, err))
        return err_prefix(err, "-o %s", folder);
    for (size_t i = 0; i < names.len; i++)
        if (!is_replaced(documents, names.item[i]))
            return refuse_other(app, names.item[i], err);
    for (size_t i = 0; i < documents->len; i++)
        if (!check_older(app, &documents->item[i], err))
            return false;
    return true;
}

bool output_documents(const struct app *app, const struct documents *documents, struct err *err)
{
    for (size_t i = 0; i < documents->len; i++)
        if (!output_write(app, &documents->item[i], err))
            return err_prefix(err, "write %s/%s", arguments_value(&app->arguments, OPT_OUTPUT),
                              documents->item[i].path);
    return true;
}

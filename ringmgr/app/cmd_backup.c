#include "ringmgr/app/output.h"
#include "ringmgr/state/backup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void report(const struct app *app, const char *path, const struct backup_facts *facts)
{
    char time[64];
    jv_set_text(app->result, "file", path);
    jv_set_int(app->result, "entries", facts->entries);
    jv_set_text(app->result, "history_head", facts->head);
    jv_set_time(app->result, "last_entry", facts->last_unix);
    if (app->arguments.json)
        return;
    output_time(facts->last_unix, time);
    printf("%s: %" PRId64 " entries of the history, the last of %s, head %s\n", path, facts->entries, time,
           facts->head);
}

enum err_code cmd_backup(struct app *app, struct err *err)
{
    const char *path = app->arguments.word.item[0];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct backup_facts facts;
    if (!*name || app->output_dir < 0) {
        err_set(err, ERR_USAGE, "%s: no name of a file", path);
        return err->code;
    }
    if (!backup_write(app->job.state, app->output_dir, name, &facts, err)) {
        if (err->domain == ERR_DOMAIN_ERRNO && err->sys == EACCES)
            err_set(err, ERR_FAILED,
                    "write %s: the account that ringmgr runs as may not: name a folder that is its own",
                    path);
        return err->code;
    }
    report(app, path, &facts);
    return ERR_NONE;
}

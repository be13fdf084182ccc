#include "ringmgr/app/output_restored.h"
#include "ringmgr/c2r/cab.h"
#include "ringmgr/ops/restore.h"

#include <inttypes.h>
#include <stdio.h>

static void report(const struct app *app, const char *path, const struct backup_facts *facts)
{
    char time[64];
    jv_set_text(app->result, "file", path);
    jv_set_int(app->result, "entries", facts->entries);
    jv_set_text(app->result, "history_head", facts->head);
    jv_set_time(app->result, "last_entry", facts->last_unix);
    jv_set_text(app->result, "kept", *facts->kept ? facts->kept : NULL);
    if (app->arguments.json)
        return;
    output_time(facts->last_unix, time);
    printf("restored %s: %" PRId64 " entries of the history, the last of %s\n", path, facts->entries, time);
    if (*facts->kept)
        printf("what stood there is %s/%s\n", app->settings.state, facts->kept);
}

enum err_code cmd_restore(struct app *app, struct err *err)
{
    if (!cab_load(err)) /* without it no share can be adopted: nothing is begun */
        return err->code;
    const char *path = app->arguments.word.item[0];
    struct restored restored AUTO(restored_clear) = {0};
    struct backup_facts facts;
    bool ok = restore_run(&app->job, app->named_file, path, &facts, &restored, err);
    if (ok)
        report(app, path, &facts);
    output_restored(app, &restored);
    if (!ok)
        return err->code;
    *err = (struct err){0}; /* what was overcome on the way */
    return restored.left_alone ? ERR_NOT_GENUINE : ERR_NONE;
}

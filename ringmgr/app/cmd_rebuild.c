#include "ringmgr/app/output_restored.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/ops/begin.h"
#include "ringmgr/ops/rebuild.h"
#include "ringmgr/state/backup.h"

/* The state may be damaged, or gone: then a new one begins. */
static bool open_state(struct app *app, struct restored *restored, struct err *err)
{
    char kept[BACKUP_NAME_SIZE];
    const char *path = app->settings.state;
    if (!backup_set_damaged_aside(path, clock_now_unix(), kept, err) ||
        !state_open(path, STATE_WRITE, &app->job.state, err) || !begin_run(&app->job, err))
        return false;
    if (*kept)
        strv_addf(&restored->lost, "the database was damaged, and is now %s/%s", path, kept);
    return true;
}

enum err_code cmd_rebuild(struct app *app, struct err *err)
{
    struct restored restored AUTO(restored_clear) = {0};
    bool ok = open_state(app, &restored, err) && rebuild_run(&app->job, &restored, err);
    output_restored(app, &restored);
    if (!ok)
        return err->code;
    return restored.left_alone ? ERR_NOT_GENUINE : ERR_NONE;
}

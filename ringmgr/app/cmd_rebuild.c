#include "ringmgr/app/output_restored.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/c2r/cab.h"
#include "ringmgr/ops/begin.h"
#include "ringmgr/ops/rebuild.h"
#include "ringmgr/ops/verify.h"
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

/* What was wrong by the old books ends here; what still is by the new ones is an attention, as ever. */
static bool look_again(const struct app *app, struct err *err)
{
    const struct settings *settings = &app->settings;
    const struct ring **rings AUTO_FREE = mem_new(settings->rings + 1, sizeof(struct ring *));
    for (size_t i = 0; i < settings->rings; i++)
        rings[i] = &settings->ring[i];
    const struct verify_options options = {.rings = rings, .quick = true};
    struct verify verify AUTO(verify_clear) = {0};
    return verify_run(&app->job, &options, &verify, err);
}

enum err_code cmd_rebuild(struct app *app, struct err *err)
{
    if (!cab_load(err)) /* without it no build can be proven: nothing is begun */
        return err->code;
    struct restored restored AUTO(restored_clear) = {0};
    bool ok =
        open_state(app, &restored, err) && rebuild_run(&app->job, &restored, err) && look_again(app, err);
    output_restored(app, &restored);
    if (!ok)
        return err->code;
    *err = (struct err){0}; /* what was overcome on the way */
    return restored.left_alone ? ERR_NOT_GENUINE : ERR_NONE;
}

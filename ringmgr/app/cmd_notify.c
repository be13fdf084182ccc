#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/world.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/ops/tell.h"

#include <stdio.h>
#include <string.h>

static const struct notify_target *find_target(const struct app *app, const char *name, struct err *err)
{
    const struct notify_target *target = settings_target(&app->settings, name);
    AUTO_STRV names = {0};
    for (size_t i = 0; i < app->settings.targets; i++)
        strv_add(&names, app->settings.target[i].name);
    char *all AUTO_FREE = strv_join(&names, ", ");
    char *hint AUTO_FREE = nearest_hint(name, &names);
    if (!target)
        err_set(err, ERR_USAGE, "there is no [notify %s] (there are: %s)%s", name, *all ? all : "none", hint);
    return target;
}

/* It gets through again: what waits need not wait until its time. */
static void catch_up(struct app *app, const struct notify_target *target,
                     const struct courier_options *options)
{
    struct err err = {0};
    struct tell_target told = {0};
    bool ok = world_open_books(app, &err) && tell_catch_up(&app->job, options, target, &told, &err);
    jv_set_int(app->result, "caught_up", told.delivered);
    if (told.delivered && !app->arguments.json)
        printf("%s: and %u notice%s that waited for it\n", target->name, told.delivered,
               told.delivered == 1 ? "" : "s");
    if (!ok || told.failed)
        log_warn(&app->arguments.log, "%s: what waits for it is tried again later: %s", target->name,
                 ok ? told.text : err.msg);
}

enum err_code cmd_notify(struct app *app, struct err *err)
{
    struct courier_options options;
    struct send_answer answer;
    char host[COURIER_HOST_SIZE];
    const char *name = arguments_value(&app->arguments, OPT_TEST);
    if (!name)
        return err_set(err, ERR_USAGE, "--test NAME is missing: which [notify NAME]?"), err->code;
    const struct notify_target *target = find_target(app, name, err);
    if (!target)
        return err->code;
    courier_look_around(&options, host);
    bool delivered = tell_test(target, &options, &answer, err);
    jv_set_text(app->result, "target", name);
    jv_set_bool(app->result, "delivered", delivered);
    jv_set(app->result, "status", answer.status ? jv_int(answer.status) : NULL);
    jv_set_text(app->result, "answer", answer.text[0] ? answer.text : err->msg);
    if (!delivered)
        return err->code;
    if (!app->arguments.json)
        printf("%s: delivered (%s)\n", name, answer.text);
    catch_up(app, target, &options);
    return ERR_NONE;
}

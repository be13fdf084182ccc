#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/mem.h"
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
    if (!target)
        err_set(err, ERR_USAGE, "there is no [notify %s] (there are: %s)", name, *all ? all : "none");
    return target;
}

enum err_code cmd_notify(struct app *app, struct err *err)
{
    struct courier_options options;
    struct send_answer answer;
    char host[COURIER_HOST_SIZE];
    const char *name = arguments_value(&app->arguments, OPT_TEST);
    if (!name)
        return err_set(err, ERR_USAGE, "notify: --test NAME is missing"), err->code;
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
    return ERR_NONE;
}

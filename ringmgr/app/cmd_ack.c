#include "ringmgr/app/arguments.h"
#include "ringmgr/ops/settle.h"

#include <inttypes.h>
#include <stdio.h>

enum err_code cmd_ack(struct app *app, struct err *err)
{
    const char *reason = arguments_reason(&app->arguments, err);
    int64_t id;
    bool changed;
    if (!reason || !arguments_id(app->arguments.word.item[0], &id, err) ||
        !settle_attention(&app->job, id, reason, &changed, err))
        return err->code;
    jv_set_int(app->result, "id", id);
    const char *result = changed ? "done" : "unchanged";
    jv_set_text(app->result, "result", result);
    if (!app->arguments.json)
        printf("ack %" PRId64 ": %s\n", id, result);
    return ERR_NONE;
}

#include "ringmgr/app/metrics.h"
#include "ringmgr/app/output.h"

enum err_code cmd_metrics(struct app *app, struct err *err)
{
    struct metrics_text out = {.openmetrics = app->arguments.given[OPT_OPENMETRICS]};
    if (app->arguments.json) {
        err_set(err, ERR_USAGE,
                "--json: metrics have a form of their own; ringmgr status --json has the same in JSON");
        return err->code;
    }
    bool done = metrics_write(&app->job, &out, err) && output_document(app, &out.text, err);
    buf_clear(&out.text);
    return done ? ERR_NONE : err->code;
}

/* pins: which target versions are out there; pins --clear: one of them was taken back from the machines. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/ops/settle.h"

#include <inttypes.h>
#include <stdio.h>

static struct jv *pin_to_json(const struct pin *pin)
{
    struct jv *object = jv_object();
    jv_set_int(object, "id", pin->id);
    jv_set_text(object, "ring", pin->ring);
    jv_set_text(object, "channel", pin->channel->id);
    output_set_build(object, "build", &pin->build);
    jv_set_text(object, "what", pin->what);
    jv_set_text(object, "by", pin->by);
    jv_set_time(object, "at", pin->at_unix);
    return object;
}

static void print_pin(const struct pin *pin)
{
    char build[BUILD_TEXT_SIZE], at[64];
    build_format(&pin->build, build);
    output_time(pin->at_unix, at);
    printf("%4" PRId64 "  %-14s  %s %s  handed out by %s on %s (%s)\n", pin->id, pin->ring, pin->channel->id,
           build, pin->by, at, pin->what);
}

enum err_code cmd_pins(struct app *app, struct err *err)
{
    struct pins pins AUTO(pins_clear) = {0};
    struct jv *list = jv_array();
    jv_set(app->result, "pins", list);
    if (!pins_standing(app->job.state, NULL, &pins, err))
        return err->code;
    for (size_t i = 0; i < pins.len; i++) {
        jv_push(list, pin_to_json(&pins.item[i]));
        if (!app->arguments.json)
            print_pin(&pins.item[i]);
    }
    if (pins.len == 0 && !app->arguments.json)
        puts("no target version is handed out");
    return ERR_NONE;
}

enum err_code cmd_pins_clear(struct app *app, struct err *err)
{
    const char *text = arguments_value(&app->arguments, OPT_CLEAR);
    int64_t id;
    bool changed;
    if (!text) {
        err_set(err, ERR_USAGE, "--reason goes with --clear ID");
        return err->code;
    }
    const char *reason = arguments_reason(&app->arguments, err);
    if (!reason || !arguments_id(text, &id, err) || !settle_pin_cleared(&app->job, id, reason, &changed, err))
        return err->code;
    jv_set_int(app->result, "id", id);
    jv_set_text(app->result, "result", changed ? "done" : "unchanged");
    if (!app->arguments.json)
        printf("pin %" PRId64 ": %s\n", id, changed ? "taken back" : "was taken back before");
    return ERR_NONE;
}

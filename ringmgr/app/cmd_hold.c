/* hold and unhold: nothing enters a ring, and something may again. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/hold_rings.h"

#include <stdio.h>
#include <string.h>

/* RING|all; *ring is NULL for all. */
static bool choose_ring(const struct app *app, const struct ring **ring, struct err *err)
{
    const char *name = app->arguments.word.item[0];
    *ring = NULL;
    if (strcmp(name, "all") == 0)
        return true;
    *ring = arguments_ring(app, name, err);
    return *ring != NULL;
}

static bool parse_until(const struct app *app, int64_t *until_unix, struct err *err)
{
    const char *text = arguments_value(&app->arguments, OPT_UNTIL);
    *until_unix = -1;
    if (!text)
        return true;
    if (!zone_parse_when(text, true, until_unix))
        return arguments_refuse_when(
            "until", text, "a time such as 2026-12-24, \"2026-12-24 18:00\" or 2026-12-24T18:00Z", err);
    if (*until_unix <= clock_now_unix())
        return err_set(err, ERR_USAGE, "--until %s: that is past", text);
    return true;
}

static void report(const struct app *app, const struct ring *ring, int64_t until_unix,
                   const struct decision *decision)
{
    char until[64];
    jv_set_text(app->result, "ring", ring ? ring->name : NULL);
    jv_set_text(app->result, "channel", ring ? ring->channel->id : NULL);
    jv_set(app->result, "build", NULL);
    jv_set(app->result, "files_digest", NULL);
    jv_set_text(app->result, "result", decision->result);
    if (app->arguments.json)
        return;
    output_time(until_unix, until);
    printf("%s %s: %s%s%s\n", app->arguments.command, ring ? ring->name : "all", decision->result,
           until_unix >= 0 ? ", until " : "", until_unix >= 0 ? until : "");
}

enum err_code cmd_hold(struct app *app, struct err *err)
{
    struct hold_request request = {.stop_soak = app->arguments.given[OPT_STOP_SOAK]};
    const struct ring *ring;
    struct decision decision;
    request.reason = arguments_reason(&app->arguments, err);
    if (!request.reason || !choose_ring(app, &ring, err) || !parse_until(app, &request.until_unix, err) ||
        !hold_rings(&app->job, ring, &request, &decision, err))
        return err->code;
    jv_set_time(app->result, "until", request.until_unix);
    jv_set_bool(app->result, "stop_soak", request.stop_soak);
    report(app, ring, request.until_unix, &decision);
    return ERR_NONE;
}

enum err_code cmd_unhold(struct app *app, struct err *err)
{
    const char *reason = arguments_reason(&app->arguments, err);
    const struct ring *ring;
    struct decision decision;
    if (!reason || !choose_ring(app, &ring, err) || !unhold_rings(&app->job, ring, reason, &decision, err))
        return err->code;
    report(app, ring, -1, &decision);
    return ERR_NONE;
}

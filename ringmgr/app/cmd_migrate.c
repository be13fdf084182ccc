#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/ops/migrate.h"

#include <stdio.h>

/* "none" where the ring has nothing to leave, or nothing to go to yet. */
static const char *direction_of(const struct migration_view *view)
{
    if (view->from == view->to || build_is_none(&view->candidate))
        return "none";
    return view->up ? "up" : "down";
}

static void print_next(const struct ring *ring, const struct migration_view *view)
{
    char live[BUILD_TEXT_SIZE], candidate[BUILD_TEXT_SIZE];
    const char *name = ring->name, *source = ring->source_ring ? ring->source_ring->name : "origin";
    build_format(&view->live, live);
    build_format(&view->candidate, candidate);
    if (build_is_none(&view->candidate))
        printf("%s offers no build of %s yet: %s stays on %s until it does\n", source, view->to->id, name,
               live);
    else if (view->up)
        printf("up, from %s to %s: an ordinary promotion through all gates: `ringmgr explain %s`\n", live,
               candidate, name);
    else
        printf(
            "down: what is live, %s, is not older than the newest of %s, %s: it stays until %s has a newer "
            "one; at once it goes by `ringmgr rollback %s --to %s --reason TEXT -o DIR`\n",
            live, view->to->id, candidate, view->to->id, name, candidate);
}

static void print_migration(const struct app *app, const struct ring *ring, const struct migration_view *view)
{
    const char *how = app->arguments.given[OPT_DRY_RUN] ? "would be decided" : "decided";
    if (view->from == view->to) {
        printf("migrate %s: nothing to do: it is on %s\n", ring->name, view->to->id);
        return;
    }
    printf("migrate %s: %s, from %s to %s\n", ring->name, view->decided ? "decided before" : how,
           view->from->id, view->to->id);
    print_next(ring, view);
}

static const struct channel *parse_channel(const struct app *app, struct err *err)
{
    if (!app->arguments.given[OPT_CHANNEL]) {
        err_set(err, ERR_USAGE, "migrate needs --channel CHANNEL");
        return NULL;
    }
    return arguments_channel(&app->arguments, err);
}

/* A reason is welcome here, and not demanded: the configuration says already what is wanted. */
static bool parse_reason(const struct app *app, const char **reason, struct err *err)
{
    *reason = NULL;
    if (!app->arguments.given[OPT_REASON])
        return true;
    *reason = arguments_reason(&app->arguments, err);
    return *reason != NULL;
}

enum err_code cmd_migrate(struct app *app, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    const struct channel *to = ring ? parse_channel(app, err) : NULL;
    bool dry_run = app->arguments.given[OPT_DRY_RUN];
    struct migration_view view;
    struct decision decision;
    const char *reason;
    if (!to || !parse_reason(app, &reason, err) ||
        !migrate_ring(&app->job, ring, to, reason, dry_run, &view, &decision, err))
        return err->code;
    jv_set_text(app->result, "ring", ring->name);
    jv_set_text(app->result, "from", view.from->id);
    jv_set_text(app->result, "to", view.to->id);
    output_set_build(app->result, "live", &view.live);
    output_set_build(app->result, "candidate", &view.candidate);
    jv_set_text(app->result, "direction", direction_of(&view));
    jv_set_bool(app->result, "dry_run", dry_run);
    jv_set_text(app->result, "result", decision.result);
    if (!app->arguments.json)
        print_migration(app, ring, &view);
    return ERR_NONE;
}

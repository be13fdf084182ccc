#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/ops/promote.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *result_text(enum promote_result result)
{
    static const char *const text[] = {
        [PROMOTE_DONE] = "done", [PROMOTE_UNCHANGED] = "unchanged", [PROMOTE_REFUSED] = "refused"};
    return text[result];
}

/* What was allowed and then failed is "failed", whatever the gates had said. */
static void print_result(const struct app *app, const struct ring *ring, const struct promotion *promotion,
                         bool ok)
{
    char from[BUILD_TEXT_SIZE], to[BUILD_TEXT_SIZE], bytes[32];
    build_format(&promotion->from, from);
    build_format(&promotion->to, to);
    output_bytes(promotion->bytes, bytes);
    jv_set_text(app->result, "ring", ring->name);
    output_set_build(app->result, "from", &promotion->from);
    output_set_build(app->result, "to", &promotion->to);
    bool failed = !ok && promotion->result != PROMOTE_REFUSED;
    jv_set_text(app->result, "result", failed ? "failed" : result_text(promotion->result));
    jv_set_bool(app->result, "dry_run", app->arguments.given[OPT_DRY_RUN]);
    jv_set(app->result, "gates", promotion->asked ? output_gates(promotion->verdict) : jv_array());
    if (app->arguments.json || !ok)
        return;
    if (promotion->result == PROMOTE_UNCHANGED)
        printf("%s: nothing newer to promote, %s is live\n", ring->name,
               build_is_none(&promotion->from) ? "nothing" : from);
    else
        printf("%s: %s -> %s %s (%zu files, %s)\n", ring->name,
               build_is_none(&promotion->from) ? "empty" : from, to,
               app->arguments.given[OPT_DRY_RUN] ? "would be promoted" : "is live", promotion->files, bytes);
}

/* On a terminal the person sees what would happen and types yes; elsewhere --yes says it. */
static bool confirm(struct app *app, const struct ring *ring, const struct build *build, struct err *err)
{
    char text[BUILD_TEXT_SIZE], answer[16] = "";
    build_format(build, text);
    if (app->arguments.given[OPT_YES] || app->arguments.given[OPT_DRY_RUN])
        return true;
    if (!isatty(STDIN_FILENO))
        return err_set(err, ERR_USAGE, "%s %s: not on a terminal, so --yes is needed", ring->name, text);
    fprintf(stderr, "Promote %s to %s now? Its machines take the build from then on. Type yes: ", ring->name,
            text);
    if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0)
        return true;
    return err_set(err, ERR_REFUSED, "%s %s: not confirmed", ring->name, text);
}

/* Which build: the one named, or the candidate, which must be confirmed. False with an empty message: nothing
 * to do. */
static bool choose(struct app *app, const struct ring *ring, struct build *build, bool *found,
                   struct err *err)
{
    *found = true;
    if (app->arguments.word.len > 1)
        return arguments_build(app, 1, build, err);
    return facts_candidate(&app->job, ring, build, found, err) && (!*found || confirm(app, ring, build, err));
}

static bool run(struct app *app, const struct ring *ring, const struct build *build,
                struct promotion *promotion, struct err *err)
{
    const struct promote_options options = {.build = build,
                                            .dry_run = app->arguments.given[OPT_DRY_RUN],
                                            .reason = arguments_value(&app->arguments, OPT_REASON)};
    return promote_run(&app->job, ring, &options, promotion, err);
}

/* Nothing that could be promoted: nothing is asked or changed, whatever may come meanwhile. */
static bool tell_unchanged(struct app *app, const struct ring *ring, struct promotion *promotion,
                           struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    bool found;
    *promotion = (struct promotion){.result = PROMOTE_UNCHANGED};
    if (!catalog_offer_live(app->job.state, ring->name, &live, &found, err))
        return false;
    if (found)
        promotion->from = live.build;
    return true;
}

enum err_code cmd_promote(struct app *app, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    struct promotion promotion;
    struct build build;
    bool found;
    bool reasoned = !app->arguments.given[OPT_REASON] || arguments_reason(&app->arguments, err);
    if (!ring || !reasoned || !decide_check(&app->job, ring, err) || !choose(app, ring, &build, &found, err))
        return err->code;
    bool ok = found ? run(app, ring, &build, &promotion, err) : tell_unchanged(app, ring, &promotion, err);
    print_result(app, ring, &promotion, ok);
    return ok ? ERR_NONE : err->code;
}

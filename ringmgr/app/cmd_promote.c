#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/output_site.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/nearest.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/alarms.h"
#include "ringmgr/ops/announce.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/ops/promote.h"
#include "ringmgr/ops/settle.h"
#include "ringmgr/ops/stage_order.h"
#include "ringmgr/state/plan.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *result_text(enum promote_result result)
{
    static const char *const text[] = {
        [PROMOTE_DONE] = "done", [PROMOTE_UNCHANGED] = "unchanged", [PROMOTE_REFUSED] = "refused"};
    return text[result];
}

/* What is done with the build, in the words of the options. */
static const char *done_text(const struct app *app)
{
    bool dry_run = app->arguments.given[OPT_DRY_RUN];
    if (app->arguments.given[OPT_STAGE])
        return dry_run ? "would be staged at the sites" : "goes to the sites, whose pointers stay";
    return dry_run ? "would be promoted" : "is live";
}

static void print_unchanged(const struct app *app, const struct ring *ring, const char *from,
                            const struct promotion *promotion)
{
    if (app->arguments.given[OPT_STAGE] && promotion->asked)
        printf("%s: was ordered before\n", ring->name);
    else
        printf("%s: nothing newer to promote, %s is live\n", ring->name,
               build_is_none(&promotion->from) ? "nothing" : from);
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
        print_unchanged(app, ring, from, promotion);
    else
        printf("%s: %s -> %s %s (%zu files, %s)\n", ring->name,
               build_is_none(&promotion->from) ? "empty" : from, to, done_text(app), promotion->files, bytes);
    if (promotion->result == PROMOTE_DONE && !app->arguments.given[OPT_DRY_RUN] &&
        !app->arguments.given[OPT_STAGE])
        output_sites_follow(app, ring, "    ");
}

/* Target versions that hold machines of the ring on another build than the promoted one. */
static void print_pins(const struct app *app, const struct ring *ring, const struct promotion *promotion)
{
    struct pins pins AUTO(pins_clear) = {0};
    struct err err = {0};
    struct jv *list = jv_array();
    jv_set(app->result, "pins", list);
    if (promotion->result != PROMOTE_DONE || app->arguments.given[OPT_STAGE])
        return;
    if (!pins_standing(app->job.state, ring->name, &pins, &err))
        log_warn(&app->arguments.log, "%s", err.msg);
    for (size_t i = 0; i < pins.len; i++) {
        const struct pin *pin = &pins.item[i];
        char *text AUTO_FREE = settle_pin_text(pin);
        char *command AUTO_FREE = settle_pin_command(pin);
        if (build_compare(&pin->build, &promotion->to) == 0)
            continue;
        struct jv *object = jv_object();
        jv_set_int(object, "id", pin->id);
        jv_set_text(object, "text", text);
        jv_set_text(object, "command", command);
        jv_push(list, object);
        if (!app->arguments.json)
            printf("    %s: %s\n", text, command);
    }
}

/* What the ring's users may be told now; a template that is of no use spoils no promotion. */
static void print_announcement(const struct app *app, const struct ring *ring,
                               const struct promotion *promotion)
{
    struct announcement announcement AUTO(announcement_clear) = {0};
    struct err err = {0};
    bool asked = false;
    if (promotion->result != PROMOTE_DONE || app->arguments.given[OPT_DRY_RUN] ||
        app->arguments.given[OPT_STAGE])
        return;
    if (!announce_promotion(&app->job, ring, &promotion->to, &promotion->from, clock_now_unix(), &asked,
                            &announcement, &err)) {
        log_warn(&app->arguments.log, "%s", err.msg);
        return;
    }
    if (!asked)
        return;
    struct jv *announce = jv_object();
    jv_set_text(announce, "subject", announcement.subject);
    jv_set_text(announce, "body", announcement.body);
    jv_set(app->result, "announce", announce);
    if (!app->arguments.json)
        printf("\nSubject: %s\n\n%s", announcement.subject, announcement.body);
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
    if (app->arguments.given[OPT_STAGE])
        fprintf(stderr, "Send %s to the sites of %s now? No pointer moves. Type yes: ", text, ring->name);
    else
        fprintf(stderr,
                "Promote %s to %s now? Its machines take the build from then on. Type yes: ", ring->name,
                text);
    fflush(stderr); /* where it is kept otherwise: request_take() */
    if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0)
        return true;
    return err_set(err, ERR_REFUSED, "%s %s: not confirmed", ring->name, text);
}

/* ---- which build ---- */

static enum lane lane_of(const struct app *app)
{
    return app->arguments.given[OPT_EXPEDITE] ? LANE_EXPEDITE : LANE_MANUAL;
}

/* Without a name: what was staged, for --flip; else the candidate. */
static bool choose_unnamed(const struct app *app, const struct ring *ring, struct build *build, bool *found,
                           struct err *err)
{
    *found = false;
    if (app->arguments.given[OPT_FLIP] && !stage_order_build(&app->job, ring, build, found, err))
        return false;
    return *found || candidate_choose(&app->job, ring, lane_of(app), build, found, err);
}

/* The one named, or another, which must be confirmed; *found false: there is nothing to promote. */
static bool choose(struct app *app, const struct ring *ring, struct build *build, bool *found,
                   struct err *err)
{
    *found = true;
    if (app->arguments.word.len > 1)
        return arguments_build(app, 1, build, err);
    return choose_unnamed(app, ring, build, found, err) && (!*found || confirm(app, ring, build, err));
}

/* ---- now ---- */

static bool refuse_gate(const char *name, struct err *err)
{
    AUTO_STRV names = {0};
    for (enum gate gate = 0; gate < GATE_COUNT; gate++)
        if (gate_can_be_forced(gate))
            strv_add(&names, gate_name(gate));
    char *list AUTO_FREE = strv_join(&names, ", ");
    char *hint AUTO_FREE = nearest_hint(name, &names);
    return err_set(err, ERR_USAGE, "--override %s: there is no such gate; force may open: %s%s", name, list,
                   hint);
}

/* --override GATE: which gate, and whether the caller may. *forces false: it was not given. */
static bool read_force(const struct app *app, const struct ring *ring, enum gate *gate, bool *forces,
                       struct err *err)
{
    const char *name = arguments_value(&app->arguments, OPT_OVERRIDE);
    *forces = name;
    if (!name)
        return true;
    if (app->arguments.value[OPT_OVERRIDE].len > 1)
        return err_set(err, ERR_USAGE, "--override: one gate at a time");
    *gate = gate_find(name);
    if (*gate == GATE_COUNT)
        return refuse_gate(name, err);
    return arguments_reason(&app->arguments, err) && force_check(&app->job, ring, *gate, err);
}

static void print_warnings(const struct app *app, const struct promotion *promotion)
{
    for (int i = 0; promotion->asked && i < GATE_COUNT; i++)
        if (promotion->verdict[i].warns)
            log_warn(&app->arguments.log, "%s: %s", gate_name(promotion->verdict[i].gate),
                     promotion->verdict[i].reason);
}

static bool promote_now(struct app *app, const struct ring *ring, const struct build *build,
                        struct promotion *promotion, struct err *err)
{
    enum gate gate;
    bool forces;
    struct err alarm = {0};
    *promotion = (struct promotion){.result = PROMOTE_UNCHANGED};
    if (!read_force(app, ring, &gate, &forces, err))
        return false;
    const struct promote_options options = {.build = build,
                                            .lane = lane_of(app),
                                            .force = forces ? &gate : NULL,
                                            .dry_run = app->arguments.given[OPT_DRY_RUN],
                                            .flip = app->arguments.given[OPT_FLIP],
                                            .reason = arguments_value(&app->arguments, OPT_REASON)};
    bool stage = app->arguments.given[OPT_STAGE];
    if (!(stage ? promote_stage : promote_run)(&app->job, ring, &options, promotion, err))
        return false;
    print_warnings(app, promotion);
    if (!options.dry_run && !alarms_refresh(&app->job, &alarm))
        log_warn(&app->arguments.log, "%s", alarm.msg);
    return true;
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

static enum err_code run_now(struct app *app, const struct ring *ring, struct err *err)
{
    struct promotion promotion;
    struct build build;
    bool found;
    if (!choose(app, ring, &build, &found, err))
        return err->code;
    bool ok =
        found ? promote_now(app, ring, &build, &promotion, err) : tell_unchanged(app, ring, &promotion, err);
    print_result(app, ring, &promotion, ok);
    if (ok) {
        print_pins(app, ring, &promotion);
        print_announcement(app, ring, &promotion);
    }
    return ok ? ERR_NONE : err->code;
}

/* ---- sites ---- */

/* --stage --at never. */
static enum err_code run_unstage(struct app *app, const struct ring *ring, struct err *err)
{
    bool changed;
    if (strcmp(arguments_value(&app->arguments, OPT_AT), "never") != 0)
        err_set(err, ERR_USAGE, "--stage begins at once: with it, --at takes nothing but never");
    else if (stage_order_drop(&app->job, ring, arguments_value(&app->arguments, OPT_REASON), &changed, err)) {
        jv_set_text(app->result, "ring", ring->name);
        jv_set_text(app->result, "result", changed ? "done" : "unchanged");
        if (!app->arguments.json)
            printf("%s: %s\n", ring->name, changed ? "the order was taken back" : "there was no order");
        return ERR_NONE;
    }
    return err->code;
}

static bool check_site_options(const struct app *app, struct err *err)
{
    const bool *given = app->arguments.given;
    if (given[OPT_STAGE] && given[OPT_FLIP])
        return err_set(err, ERR_USAGE, "--stage sends the bytes, --flip moves the pointer: one at a time");
    if (given[OPT_STAGE] && given[OPT_OVERRIDE])
        return err_set(err, ERR_USAGE, "--stage opens no gate by force: --override goes with the promotion");
    return !given[OPT_FLIP] || !given[OPT_AT] ||
           err_set(err, ERR_USAGE, "--flip asks the sites now: it does not go with --at");
}

/* ---- at a time to come ---- */

/* -1 for "never", which takes an order back. */
static bool read_when(const char *text, int64_t *at_unix, struct err *err)
{
    *at_unix = -1;
    if (strcmp(text, "never") == 0)
        return true;
    if (!zone_parse_when(text, false, at_unix))
        return arguments_refuse_when("at", text, "a time such as 2026-12-24, \"2026-12-24 18:00\" or never",
                                     err);
    return *at_unix > clock_now_unix() || err_set(err, ERR_USAGE, "--at %s: that is past", text);
}

static void print_plan(const struct app *app, const struct ring *ring, const struct build *build,
                       int64_t at_unix, bool changed, const struct plan *before)
{
    const struct build none = {{0}};
    char text[BUILD_TEXT_SIZE], when[64];
    build_format(build, text);
    output_time(at_unix, when);
    jv_set_text(app->result, "ring", ring->name);
    output_set_build(app->result, "to", at_unix < 0 ? &none : build);
    jv_set_time(app->result, "at", at_unix);
    jv_set_text(app->result, "result", changed ? "planned" : "unchanged");
    if (app->arguments.json)
        return;
    if (at_unix >= 0)
        printf("%s: %s will be promoted on %s, if every gate is open then\n", ring->name, text, when);
    if (at_unix >= 0 && before->by) {
        build_format(&before->key.build, text);
        output_time(before->at_unix, when);
        printf("    instead of %s on %s, which %s had ordered\n", text, when, before->by);
    }
    if (at_unix < 0)
        printf("%s: %s\n", ring->name, changed ? "the order was taken back" : "there was no order");
}

static enum err_code run_later(struct app *app, const struct ring *ring, struct err *err)
{
    struct build build = {{0}};
    struct plan before AUTO(plan_clear) = {0};
    int64_t at_unix;
    bool found = true, changed, ordered;
    struct err alarm = {0};
    if (app->arguments.given[OPT_EXPEDITE] || app->arguments.given[OPT_OVERRIDE] ||
        app->arguments.given[OPT_DRY_RUN])
        return err_set(err, ERR_USAGE, "--at does not go with --expedite, --override or --dry-run"),
               err->code;
    if (!read_when(arguments_value(&app->arguments, OPT_AT), &at_unix, err) ||
        (at_unix >= 0 && !choose(app, ring, &build, &found, err)))
        return err->code;
    if (!found)
        return err_set(err, ERR_REFUSED,
                       "%s: there is no build that it could take: ringmgr status says what it waits for",
                       ring->name),
               err->code;
    if (!plan_find(app->job.state, ring->name, &before, &ordered, err) ||
        !promote_plan(&app->job, ring, &build, at_unix, arguments_value(&app->arguments, OPT_REASON),
                      &changed, err))
        return err->code;
    if (!alarms_refresh_orders(&app->job, &alarm))
        log_warn(&app->arguments.log, "%s", alarm.msg);
    print_plan(app, ring, &build, at_unix, changed, &before);
    return ERR_NONE;
}

/* Who opens a gate by force need not be an approver: overriders are a list of their own. */
static bool may_promote(const struct app *app, const struct ring *ring, struct err *err)
{
    if (app->arguments.given[OPT_OVERRIDE] && !app->arguments.given[OPT_AT])
        return people_may_decide(&app->identity, app->job.service_uid, err);
    return decide_check(&app->job, ring, err);
}

enum err_code cmd_promote(struct app *app, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    bool demanded = app->arguments.given[OPT_REASON] || app->arguments.given[OPT_EXPEDITE];
    bool reasoned = !demanded || arguments_reason(&app->arguments, err);
    if (!ring || !reasoned || !check_site_options(app, err) || !may_promote(app, ring, err))
        return err->code;
    if (app->arguments.given[OPT_STAGE] && app->arguments.given[OPT_AT])
        return run_unstage(app, ring, err);
    return app->arguments.given[OPT_AT] ? run_later(app, ring, err) : run_now(app, ring, err);
}

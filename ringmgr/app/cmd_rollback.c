#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/output_site.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/alarms.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/ops/rollback.h"
#include "ringmgr/ops/settle.h"

#include "config/rollback_kit.h"
#include <stdio.h>
#include <string.h>

/* Machines that are off overnight still get a day of warning before they are forced. */
enum { DEADLINE_SECONDS = 24 * 3600 };

/* What the command line says, for every ring alike. */
struct request {
    struct rollback_options options;
    struct build to, from;
};

static bool read_build(const struct app *app, enum argument_option option, struct build *build,
                       const struct build **given, struct err *err)
{
    const char *text = arguments_value(&app->arguments, option);
    *given = text ? build : NULL;
    return !text || build_parse(text, build, err);
}

static bool read_request(const struct app *app, struct request *request, struct err *err)
{
    const char *block = arguments_value(&app->arguments, OPT_BLOCK);
    *request = (struct request){.options = {.reason = arguments_reason(&app->arguments, err)}};
    if (!request->options.reason || !read_build(app, OPT_TO, &request->to, &request->options.to, err) ||
        !read_build(app, OPT_FROM, &request->from, &request->options.from, err))
        return false;
    return !block || books_block_find(block, &request->options.block) ||
           err_set(err, ERR_USAGE, "--block %s: ring, everywhere or no", block);
}

/* ---- documents ---- */

static bool describe(const struct app *app, const struct ring *ring, const struct build *from,
                     const struct build *to, struct rollback_kit *kit, struct err *err)
{
    *kit = (struct rollback_kit){.ring = ring->name,
                                 .channel = ring->channel->display_name,
                                 .from = *from,
                                 .to = *to,
                                 .unc = ring_share(ring),
                                 .now_unix = clock_now_unix(),
                                 .by = app->identity.person,
                                 .reason = arguments_value(&app->arguments, OPT_REASON),
                                 .machines = ring->machines};
    kit->deadline_unix = kit->now_unix + DEADLINE_SECONDS;
    return rollback_machine_bytes(&app->job, ring, from, to, ARCH_X64, &kit->machine_bytes[ROLLBACK_X64],
                                  err) &&
           rollback_machine_bytes(&app->job, ring, from, to, ARCH_X86, &kit->machine_bytes[ROLLBACK_X86],
                                  err);
}

/* The pin comes before the documents: one that exists on paper only is known at least. */
static bool hand_out(struct app *app, const struct ring *ring, const struct build *from,
                     const struct build *to, struct err *err)
{
    struct documents documents AUTO(documents_clear) = {0};
    struct rollback_kit kit;
    char now[64], deadline[64];
    struct pin pin = {.ring = ring->name,
                      .channel = ring->channel,
                      .build = *to,
                      .what = "rollback",
                      .by = app->identity.person,
                      .at_unix = clock_now_unix()};
    if (!describe(app, ring, from, to, &kit, err) || !settle_pin_made(&app->job, &pin, err))
        return false;
    output_time(kit.now_unix, now);
    output_time(kit.deadline_unix, deadline);
    kit.now_local = now;
    kit.deadline_local = deadline;
    kit.pin_id = pin.id;
    if (!rollback_kit_write(&kit, &documents, err))
        return false;
    if (!output_documents(app, &documents, err))
        return err_prefix(err, "the ring is back, its documents are not written");
    if (!app->arguments.json)
        printf("%s: the documents for its machines are in %s (pin %lld)\n", ring->name,
               arguments_value(&app->arguments, OPT_OUTPUT), (long long)pin.id);
    return true;
}

/* Documents of a roll-back that was done now, or before and is what `live` came by. */
static bool write_documents(struct app *app, const struct ring *ring, const struct request *request,
                            const struct promotion *promotion, struct err *err)
{
    const struct build *from = request->options.from, *live = &promotion->from;
    struct build left;
    bool found;
    if (app->output_dir < 0 && app->output_channel < 0)
        return err_set(err, ERR_FAILED, "%s: the folder %s could not be made: no documents are written",
                       ring->name, arguments_value(&app->arguments, OPT_OUTPUT));
    if (promotion->result == PROMOTE_DONE)
        return hand_out(app, ring, &promotion->from, &promotion->to, err);
    if (!rollback_left(&app->job, ring, &left, &found, err))
        return false;
    if (found && (!from || build_compare(from, &left) == 0))
        return hand_out(app, ring, &left, live, err);
    if (!app->arguments.json)
        printf("%s: no documents are written, for what is live did not come by such a roll-back\n",
               ring->name);
    return true;
}

/* ---- one ring ---- */

/*
 * failure: NULL if all went well. A ring that is back (`ran`) is "done", even where its documents could not
 * be written.
 */
static void fill_json(struct jv *object, const struct ring *ring, const struct promotion *promotion, bool ran,
                      const struct err *failure)
{
    static const char *const result[] = {
        [PROMOTE_DONE] = "done", [PROMOTE_UNCHANGED] = "unchanged", [PROMOTE_REFUSED] = "refused"};
    bool refused = !ran && (promotion->result == PROMOTE_REFUSED || failure->code == ERR_REFUSED);
    jv_set_text(object, "ring", ring->name);
    output_set_build(object, "from", &promotion->from);
    output_set_build(object, "to", &promotion->to);
    jv_set_text(object, "result", refused ? "refused" : ran ? result[promotion->result] : "failed");
    jv_set(object, "gates", promotion->asked ? output_gates(promotion->verdict) : jv_array());
    jv_set_int(object, "code", failure ? (int64_t)failure->code : 0);
    jv_set_text(object, "error", failure ? failure->msg : NULL);
}

static void print(const struct app *app, const struct ring *ring, const struct promotion *promotion)
{
    char from[BUILD_TEXT_SIZE], to[BUILD_TEXT_SIZE];
    build_format(&promotion->from, from);
    build_format(&promotion->to, to);
    if (app->arguments.json)
        return;
    if (promotion->result == PROMOTE_UNCHANGED) {
        printf("%s: nothing to roll back, %s is live\n", ring->name,
               build_is_none(&promotion->from) ? "nothing" : from);
        return;
    }
    printf("%s: %s -> %s is live; automatic promotion is held until `ringmgr unhold %s --reason TEXT`\n",
           ring->name, from, to, ring->name);
    output_sites_follow(app, ring, "    ");
    if (!app->arguments.given[OPT_OUTPUT])
        printf("    machines that have %s stay on it until a target version brings them back: ringmgr "
               "rollback %s "
               "--to %s --reason TEXT -o DIR writes it\n",
               from, ring->name, to);
}

/* A block everywhere is about every ring, whichever one it comes with. */
static bool may_roll_back(const struct app *app, const struct ring *ring, const struct request *request,
                          struct err *err)
{
    return decide_check(&app->job, ring, err) &&
           (request->options.block != BLOCK_EVERYWHERE || decide_check(&app->job, NULL, err) ||
            err_prefix(err, "--block everywhere"));
}

static bool roll_back(struct app *app, const struct ring *ring, const struct request *request,
                      struct jv *json, struct err *err)
{
    struct promotion promotion = {.result = PROMOTE_UNCHANGED};
    bool ran = may_roll_back(app, ring, request, err) &&
               rollback_run(&app->job, ring, &request->options, &promotion, err);
    if (ran)
        print(app, ring, &promotion);
    bool ok =
        ran && (!app->arguments.given[OPT_OUTPUT] || write_documents(app, ring, request, &promotion, err));
    if (ran && !ok && err->code == ERR_USAGE)
        err->code = ERR_FAILED; /* 2 says that nothing was tried */
    fill_json(json, ring, &promotion, ran, ok ? NULL : err);
    return ok;
}

/* ---- the command ---- */

static void keep_worst(struct err *worst, const struct err *one)
{
    if (worst->code == ERR_NONE || err_code_worse(one->code, worst->code))
        *worst = *one;
}

static enum err_code roll_all_back(struct app *app, const struct request *request, struct err *err)
{
    struct jv *rings = jv_array();
    struct err worst = {0};
    jv_set(app->result, "rings", rings);
    if (!request->options.from)
        return err_set(err, ERR_USAGE,
                       "rollback all needs --from BUILD: the build that the rings shall leave"),
               err->code;
    if (app->arguments.given[OPT_OUTPUT])
        return err_set(err, ERR_USAGE,
                       "-o DIR is of one ring: ringmgr rollback RING --to BUILD -o DIR writes the "
                       "documents afterwards"),
               err->code;
    for (size_t i = 0; i < app->settings.rings; i++) {
        struct err one = {0};
        struct jv *json = jv_object();
        if (!roll_back(app, &app->settings.ring[i], request, json, &one)) {
            if (!app->arguments.json)
                printf("%s: not rolled back: %s\n", app->settings.ring[i].name, one.msg);
            keep_worst(&worst, &one);
        }
        jv_push(rings, json);
    }
    *err = worst;
    return err->code;
}

/* Before anything is decided. A folder that cannot even be looked at keeps no ring from going back. */
static bool check_folder(const struct app *app, struct err *err)
{
    struct documents documents AUTO(documents_clear) = {0};
    struct err unseen = {0};
    if (!app->arguments.given[OPT_OUTPUT] || (app->output_dir < 0 && app->output_channel < 0))
        return true;
    rollback_kit_names(&documents);
    if (output_check_folder(app, &documents, &unseen))
        return true;
    if (unseen.code == ERR_USAGE)
        return err_set(err, ERR_USAGE, "%s", unseen.msg);
    log_warn(&app->arguments.log, "%s", unseen.msg);
    return true;
}

static enum err_code roll_one_back(struct app *app, const struct request *request, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    return ring && check_folder(app, err) && roll_back(app, ring, request, app->result, err) ? ERR_NONE
                                                                                             : err->code;
}

enum err_code cmd_rollback(struct app *app, struct err *err)
{
    struct request request;
    struct err alarm = {0};
    bool all = strcmp(app->arguments.word.item[0], "all") == 0;
    if (!read_request(app, &request, err))
        return err->code;
    enum err_code code = all ? roll_all_back(app, &request, err) : roll_one_back(app, &request, err);
    if (!alarms_refresh(&app->job, &alarm))
        log_warn(&app->arguments.log, "%s", alarm.msg);
    return code;
}

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/app/output_leaving.h"
#include "ringmgr/app/output_site.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/awaited.h"
#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/decide_notes.h"

#include <stdio.h>

/* A gate that does not bind is neither. */
static const char *word_of(const struct verdict *verdict)
{
    if (!verdict->binds)
        return "-";
    if (!verdict->open)
        return "shut";
    return verdict->warns ? "warns" : "open";
}

static void print_gates(const char *ring, const char *build, bool allowed, int64_t forecast_unix,
                        const struct verdict *verdict)
{
    char when[64];
    printf("%s %s: %s\n", ring, build, allowed ? "may be promoted" : "may not be promoted");
    for (int i = 0; i < GATE_COUNT; i++)
        printf("  %-5s  %-10s  %s\n", word_of(&verdict[i]), gate_name(verdict[i].gate), verdict[i].reason);
    if (allowed || forecast_unix < 0)
        return;
    output_time(forecast_unix, when);
    printf("  every gate is open at %s, if nobody decides otherwise\n", when);
}

static struct jv *blocks_to_json(const struct blocks *blocks)
{
    struct jv *list = jv_array();
    for (size_t i = 0; i < blocks->len; i++) {
        const struct block *block = &blocks->item[i];
        char *command AUTO_FREE = decide_notes_unblock(block);
        struct jv *object = jv_object();
        output_set_build(object, "build", &block->build);
        jv_set_text(object, "ring", block->ring);
        jv_set_text(object, "by", block->by);
        jv_set_text(object, "reason", block->reason);
        jv_set_time(object, "since", block->at_unix);
        jv_set_text(object, "command", command);
        jv_push(list, object);
    }
    return list;
}

/* Those that stand; of a build that was asked for by name its gate has said it. */
static void print_blocks(const struct app *app, const struct blocks *blocks)
{
    char build[BUILD_TEXT_SIZE], since[64];
    for (size_t i = 0; i < blocks->len && app->arguments.word.len == 1 && !app->arguments.json; i++) {
        const struct block *block = &blocks->item[i];
        char *command AUTO_FREE = decide_notes_unblock(block);
        build_format(&block->build, build);
        output_time(block->at_unix, since);
        printf("  %s is blocked in %s by %s since %s: %s; %s\n", build,
               block->ring ? block->ring : "every ring", block->by, since, block->reason, command);
    }
}

/* Which build is asked about; *found false: there is none. */
static bool choose(const struct app *app, const struct ring *ring, struct build *build, bool *found,
                   struct err *err)
{
    *found = true;
    if (app->arguments.word.len > 1)
        return arguments_build(app, 1, build, err);
    return candidate_choose(&app->job, ring, facts_lane(ring), build, found, err);
}

/* There is no candidate; perhaps one is to be fetched yet. */
static enum err_code say_none(struct app *app, const struct ring *ring, const struct blocks *blocks,
                              struct err *err)
{
    char text[AWAITED_TEXT_SIZE];
    struct awaited awaited;
    if (!awaited_find(&app->job, ring, &awaited, err))
        return err->code;
    awaited_format(&awaited, text);
    jv_set(app->result, "build", NULL);
    jv_set_bool(app->result, "allowed", false);
    jv_set(app->result, "gates", jv_array());
    if (!app->arguments.json)
        printf("%s: there is no build that it could take%s%s\n", ring->name,
               awaited.known ? "; next is " : "", awaited.known ? text : "");
    print_blocks(app, blocks);
    return ERR_NONE;
}

enum err_code cmd_explain(struct app *app, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    AUTO_FACTS facts = {0};
    struct blocks blocks AUTO(blocks_clear) = {0};
    struct contents_left leaving AUTO(contents_left_clear) = {0};
    struct stage_view stage AUTO(stage_view_clear) = {0};
    struct verdict verdict[GATE_COUNT];
    struct build build;
    char text[BUILD_TEXT_SIZE];
    bool found;
    if (!ring || !choose(app, ring, &build, &found, err))
        return err->code;
    if (!leaving_list(&app->job, ring, &leaving, err) || !stage_view_gather(&app->job, ring, &stage, err) ||
        !decision_blocks(app->job.state, ring->name, ring->channel, &blocks, err))
        return err->code;
    jv_set_text(app->result, "ring", ring->name);
    jv_set(app->result, "leaving", output_leaving_to_json(ring, &leaving));
    jv_set(app->result, "staged", output_stage_to_json(&stage));
    jv_set(app->result, "blocks", blocks_to_json(&blocks));
    if (!found)
        return say_none(app, ring, &blocks, err);
    if (!facts_gather(&app->job, ring, &build, facts_lane(ring), NULL, &facts, err))
        return err->code;
    bool allowed = gate_ask_all(&facts.gate, verdict);
    int64_t forecast_unix = gate_forecast(&facts.gate, verdict);
    build_format(&build, text);
    jv_set_text(app->result, "build", text);
    jv_set_bool(app->result, "allowed", allowed);
    jv_set(app->result, "gates", output_gates(verdict));
    jv_set_time(app->result, "forecast", forecast_unix);
    if (!app->arguments.json) {
        print_gates(ring->name, text, allowed, forecast_unix, verdict);
        output_leaving_print(ring, &leaving, "  ");
        output_stage_print(ring, &stage, "  ");
    }
    print_blocks(app, &blocks);
    return ERR_NONE;
}

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/ops/facts.h"

#include <stdio.h>

static void print_gates(const char *ring, const char *build, bool allowed, const struct verdict *verdict)
{
    printf("%s %s: %s\n", ring, build, allowed ? "may be promoted" : "may not be promoted");
    for (int i = 0; i < GATE_COUNT; i++)
        printf("  %-4s  %-10s  %s\n", verdict[i].open ? "open" : "shut", gate_name(verdict[i].gate),
               verdict[i].reason);
}

/* Which build is asked about; *found false: there is none. */
static bool choose(const struct app *app, const struct ring *ring, struct build *build, bool *found,
                   struct err *err)
{
    *found = true;
    if (app->arguments.word.len > 1)
        return arguments_build(app, 1, build, err);
    return facts_candidate(&app->job, ring, build, found, err);
}

enum err_code cmd_explain(struct app *app, struct err *err)
{
    const struct ring *ring = arguments_ring(app, app->arguments.word.item[0], err);
    AUTO_FACTS facts = {0};
    struct verdict verdict[GATE_COUNT];
    struct build build;
    char text[BUILD_TEXT_SIZE];
    bool found;
    if (!ring || !choose(app, ring, &build, &found, err))
        return err->code;
    jv_set_text(app->result, "ring", ring->name);
    if (!found) {
        jv_set(app->result, "build", NULL);
        jv_set_bool(app->result, "allowed", false);
        jv_set(app->result, "gates", jv_array());
        if (!app->arguments.json)
            printf("%s: there is no build that it could take\n", ring->name);
        return ERR_NONE;
    }
    if (!facts_gather(&app->job, ring, &build, NULL, &facts, err))
        return err->code;
    bool allowed = gate_ask_all(&facts.gate, verdict);
    build_format(&build, text);
    jv_set_text(app->result, "build", text);
    jv_set_bool(app->result, "allowed", allowed);
    jv_set(app->result, "gates", output_gates(verdict));
    if (!app->arguments.json)
        print_gates(ring->name, text, allowed, verdict);
    return ERR_NONE;
}

#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/candidate.h"
#include "ringmgr/ops/outlook.h"

#include <inttypes.h>
#include <stdio.h>

static bool parse_at(const struct app *app, int64_t *at_unix, struct err *err)
{
    const char *text = arguments_value(&app->arguments, OPT_AT);
    *at_unix = clock_now_unix();
    return !text || zone_parse_when(text, true, at_unix) ||
           arguments_refuse_when("at", text, "a time such as 2026-12-24 or \"2026-12-24 18:00\"", err);
}

/* Holds that are over by then hold nothing any more. */
static void end_holds(struct facts *facts)
{
    size_t left = 0;
    for (size_t i = 0; i < facts->gate.holds; i++)
        if (facts->hold[i].until_unix < 0 || facts->hold[i].until_unix > facts->gate.now_unix)
            facts->hold[left++] = facts->hold[i];
    facts->gate.holds = left;
}

static bool look(const struct job *job, const struct ring *ring, int64_t at_unix, struct outlook *outlook,
                 struct err *err)
{
    AUTO_FACTS facts = {0};
    enum lane lane = facts_lane(ring);
    struct build candidate;
    bool found;
    if (!candidate_choose(job, ring, lane, &candidate, &found, err) ||
        (found && !facts_gather(job, ring, &candidate, lane, NULL, &facts, err)))
        return false;
    facts.gate.now_unix = at_unix;
    end_holds(&facts);
    return outlook_make(job, ring, found ? &facts : NULL, at_unix, outlook, err);
}

static struct jv *outlook_to_json(const struct ring *ring, const struct outlook *outlook)
{
    static const struct build none = {{0}};
    struct jv *object = jv_object();
    bool ends = outlook->deadline.at_unix >= 0;
    jv_set_text(object, "ring", ring->name);
    output_set_build(object, "build", &outlook->live.build);
    jv_set_text(object, "version", outlook->version[0] ? outlook->version : NULL);
    jv_set_time(object, "released", outlook->live.channel ? outlook->live.released_unix : -1);
    jv_set_time(object, "deadline", outlook->deadline.at_unix);
    jv_set_text(object, "basis", support_basis_text(outlook->deadline.basis));
    jv_set(object, "days_left", ends ? jv_int(outlook->support.days_left) : NULL);
    jv_set_text(object, "level", support_level_text(outlook->support.level));
    jv_set_bool(object, "undated", outlook->undated);
    jv_set_time(object, "act_by", outlook->support.act_by_unix);
    output_set_build(object, "successor", outlook->has_successor ? &outlook->successor : &none);
    jv_set_time(object, "successor_at", outlook->has_successor ? outlook->successor_unix : -1);
    jv_set_text(object, "conflict", outlook->support.conflict[0] ? outlook->support.conflict : NULL);
    return object;
}

#define ROW_FORMAT "%-14s  %-18s  %-8s  %-10s  %-10s  %-9s  %9s  %-7s  %s\n"

static void format_day(int64_t unix_seconds, char text[CLOCK_TEXT_SIZE])
{
    if (unix_seconds < 0)
        snprintf(text, CLOCK_TEXT_SIZE, "-");
    else
        clock_format_date(unix_seconds, text);
}

static void print_outlook(const struct ring *ring, const struct outlook *outlook)
{
    char build[BUILD_TEXT_SIZE] = "nothing live", successor[BUILD_TEXT_SIZE] = "-", days[24] = "-";
    char released[CLOCK_TEXT_SIZE], deadline[CLOCK_TEXT_SIZE];
    bool live = outlook->live.channel != NULL;
    if (live)
        build_format(&outlook->live.build, build);
    if (outlook->has_successor)
        build_format(&outlook->successor, successor);
    if (outlook->deadline.at_unix >= 0)
        snprintf(days, sizeof days, "%" PRId64, outlook->support.days_left);
    format_day(live ? outlook->live.released_unix : -1, released);
    format_day(outlook->deadline.at_unix, deadline);
    printf(ROW_FORMAT, ring->name, build, outlook->version[0] ? outlook->version : "-", released, deadline,
           support_basis_text(outlook->deadline.basis), days, support_level_text(outlook->support.level),
           successor);
    if (outlook->support.conflict[0])
        printf("    %s\n", outlook->support.conflict);
    if (outlook->undated)
        puts("    no date is known: no release history names this build");
}

enum err_code cmd_support(struct app *app, struct err *err)
{
    struct jv *rings = jv_array();
    bool calm = true;
    int64_t at_unix;
    jv_set(app->result, "rings", rings);
    if (!parse_at(app, &at_unix, err))
        return err->code;
    jv_set_time(app->result, "at", at_unix);
    if (!app->arguments.json)
        printf(ROW_FORMAT, "RING", "BUILD", "VERSION", "RELEASED", "DEADLINE", "BASIS", "DAYS LEFT", "LEVEL",
               "SUCCESSOR");
    for (size_t i = 0; i < app->settings.rings; i++) {
        const struct ring *ring = &app->settings.ring[i];
        struct outlook outlook;
        if (!look(&app->job, ring, at_unix, &outlook, err))
            return err->code;
        calm = calm && outlook.support.level == SUPPORT_OK;
        jv_push(rings, outlook_to_json(ring, &outlook));
        if (!app->arguments.json)
            print_outlook(ring, &outlook);
    }
    *err = (struct err){0};
    return app->arguments.given[OPT_CHECK] && !calm ? ERR_NEEDS_PERSON : ERR_NONE;
}

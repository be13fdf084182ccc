/* report: the auditor's page of one month. */
#include "ringmgr/app/arguments.h"
#include "ringmgr/app/output.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/zone.h"
#include "ringmgr/ops/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- which entries go under which heading ---- */

static const struct section {
    const char *title;
    const char *actions[5];
    bool always; /* said even if there is none */
} sections[] = {
    {"approvals", {"approve", "revoke"}, true},
    {"gates opened by force", {"override"}, true},
    {"holds", {"hold", "hold-stop-soak", "unhold"}, true},
    {"roll-backs", {"rollback"}, true},
    {"blocks", {"block", "unblock"}, true},
    {"changes of settings", {"settings", "rename", "migrate"}, true},
    {"other entries", {NULL}, false},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

static bool is_named(const struct section *section, const char *action)
{
    for (size_t i = 0; section->actions[i]; i++)
        if (strcmp(section->actions[i], action) == 0)
            return true;
    return false;
}

/* A promotion is told where it is said what was live, and again here if it was forced. */
static bool belongs(const struct section *section, const struct entry *entry)
{
    bool promotion = strcmp(entry->action, "promote") == 0;
    if (is_named(section, "override") && promotion && entry->gates_overridden)
        return true;
    if (section->actions[0])
        return is_named(section, entry->action);
    for (size_t i = 0; i < SECTIONS; i++)
        if (sections[i].actions[0] && is_named(&sections[i], entry->action))
            return false;
    return !promotion;
}

/* A sync of this month that failed, and is the last there was. */
static bool has_failed(const struct report *report, const struct last_sync *last)
{
    return last->result && strcmp(last->result, "failed") == 0 && last->at_unix >= report->from_unix &&
           last->at_unix < report->until_unix;
}

/* ---- JSON ---- */

static struct jv *live_to_json(const struct report_live *live)
{
    const struct offer *offer = live->offer;
    struct jv *object = jv_object(), *approvals = jv_array();
    output_set_build(object, "build", &offer->build);
    jv_set_text(object, "channel", offer->channel->id);
    jv_set_text(object, "version", live->version[0] ? live->version : NULL);
    jv_set_time(object, "from", offer->live_since);
    jv_set_time(object, "until", offer->live_until);
    jv_set_text(object, "by", offer->by);
    jv_set_text(object, "ended", offer->ended);
    jv_set_time(object, "deadline", live->deadline.at_unix);
    jv_set(object, "soak_seconds", live->soak_seconds < 0 ? NULL : jv_int(live->soak_seconds));
    jv_set(object, "entry", live->entry ? entry_to_json(live->entry) : NULL);
    for (size_t i = 0; i < live->approvals; i++)
        jv_push(approvals, entry_to_json(live->approval[i]));
    jv_set(object, "approvals", approvals);
    return object;
}

/* Those of the month; of no ring where `common`. */
static struct jv *entries_to_json(const struct report *report, const struct entries *entries, bool common)
{
    struct jv *list = jv_array();
    for (size_t i = 0; i < entries->len; i++)
        if (report_covers(report, &entries->item[i]) && !(common && entries->item[i].ring))
            jv_push(list, entry_to_json(&entries->item[i]));
    return list;
}

static struct jv *ring_to_json(const struct report *report, const struct report_ring *one)
{
    struct jv *object = jv_object(), *live = jv_array(), *support = jv_object();
    jv_set_text(object, "ring", one->ring->name);
    jv_set_text(object, "channel", one->ring->channel->id);
    jv_set_text(object, "source", one->ring->source);
    for (size_t i = 0; i < one->lives; i++)
        jv_push(live, live_to_json(&one->live[i]));
    jv_set(object, "live", live);
    jv_set_int(support, "days_live", one->days_live);
    jv_set_int(support, "days_warned", one->days_warned);
    jv_set_int(support, "days_expired", one->days_expired);
    jv_set(object, "support", support);
    jv_set_text(object, "sync_error",
                has_failed(report, &one->last_sync) && one->last_sync.error ? one->last_sync.error : NULL);
    jv_set(object, "entries", entries_to_json(report, &one->entries, false));
    return object;
}

static struct jv *attention_to_json(const struct attention *attention)
{
    struct jv *object = jv_object();
    jv_set_int(object, "id", attention->id);
    jv_set_text(object, "severity", attention->severity);
    jv_set_text(object, "ring", attention->ring);
    jv_set_time(object, "since", attention->since_unix);
    jv_set_text(object, "code", attention->code);
    jv_set_text(object, "text", attention->text);
    return object;
}

static struct jv *history_to_json(const struct report *report)
{
    struct jv *object = jv_object();
    jv_set_bool(object, "whole", !report->broken[0]);
    jv_set_text(object, "fault", report->broken[0] ? report->broken : NULL);
    jv_set_int(object, "checked", report->checked);
    jv_set(object, "head_id", report->head ? jv_int(report->head->id) : NULL);
    jv_set_time(object, "head_time", report->head ? report->head->time_unix : -1);
    jv_set_text(object, "head", report->head ? report->head->hash : NULL);
    return object;
}

static void set_json(struct jv *result, const struct report *report)
{
    struct jv *rings = jv_array(), *attention = jv_array();
    jv_set_time(result, "from", report->from_unix);
    jv_set_time(result, "until", report->until_unix);
    jv_set_int(result, "days", report->days);
    for (size_t i = 0; i < report->rings; i++)
        jv_push(rings, ring_to_json(report, &report->ring[i]));
    jv_set(result, "rings", rings);
    jv_set(result, "entries", entries_to_json(report, &report->entries, true));
    for (size_t i = 0; i < report->attentions.len; i++)
        jv_push(attention, attention_to_json(&report->attentions.item[i]));
    jv_set(result, "attention", attention);
    jv_set(result, "history", history_to_json(report));
}

/* ---- text ---- */

static void print_time(const char *before, int64_t unix_seconds, const char *after)
{
    char time[64];
    output_time(unix_seconds, time);
    printf("%s%s%s", before, time, after);
}

static void print_entry(const struct entry *entry)
{
    print_time("    ", entry->time_unix, "  ");
    printf("%s (%s) %s", entry->actor, entry->identity, entry->action);
    if (entry->build)
        printf(" %s", entry->build);
    if (entry->from_build)
        printf(" from %s", entry->from_build);
    if (entry->gates_overridden)
        printf(" [%s]", entry->gates_overridden);
    printf("%s%s\n", entry->reason ? ": " : "", entry->reason ? entry->reason : "");
}

static void print_section(const struct report *report, const struct section *section,
                          const struct entries *entries, bool common)
{
    size_t found = 0;
    for (size_t i = 0; i < entries->len; i++) {
        const struct entry *entry = &entries->item[i];
        if (!report_covers(report, entry) || !belongs(section, entry) || (common && entry->ring))
            continue;
        if (found++ == 0)
            printf("  %s\n", section->title);
        print_entry(entry);
    }
    if (found == 0 && section->always && !common)
        printf("  %s: none\n", section->title);
}

/* A ring that takes builds from origin as they come has nothing to tell. */
static void print_soak(const struct ring *ring, int64_t seconds)
{
    enum { HOUR = 3600, DAY = 24 * HOUR };
    if (seconds >= 0 && (ring->source_ring || ring->soak.seconds > 0))
        printf("      soaked %" PRId64 " days %" PRId64 " hours in %s\n", seconds / DAY, seconds % DAY / HOUR,
               ring->source_ring ? ring->source : "the store");
}

static void print_live(const struct ring *ring, const struct report_live *live)
{
    const struct offer *offer = live->offer;
    const struct entry *entry = live->entry;
    char build[BUILD_TEXT_SIZE];
    build_format(&offer->build, build);
    print_time("    ", offer->live_since, " to ");
    if (offer->live_until < 0)
        printf("%-16s", "now");
    else
        print_time("", offer->live_until, "");
    printf("  %s %s%s%s\n", offer->channel->id, build, live->version[0] ? " version " : "", live->version);
    if (!entry) {
        printf("      by %s; the history has no entry of it\n", offer->by);
        return;
    }
    printf("      %s by %s (%s), entry %" PRId64 "%s%s\n", entry->action, entry->actor, entry->identity,
           entry->id, entry->reason ? ": " : "", entry->reason ? entry->reason : "");
    for (size_t i = 0; i < live->approvals; i++) {
        printf("      approved by %s", live->approval[i]->actor);
        print_time(" ", live->approval[i]->time_unix, "");
        printf(": %s\n", live->approval[i]->reason ? live->approval[i]->reason : "");
    }
    print_soak(ring, live->soak_seconds);
    if (entry->gates_overridden)
        printf("      gates opened by force: %s\n", entry->gates_overridden);
}

static void print_ring(const struct report *report, const struct report_ring *one)
{
    printf("\nring %s: %s, from %s\n", one->ring->name, one->ring->channel->id, one->ring->source);
    puts(one->lives ? "  live" : "  live: nothing");
    for (size_t i = 0; i < one->lives; i++)
        print_live(one->ring, &one->live[i]);
    printf("  support: of %u days %u with a live build, %u of them below the warn level, %u out of support\n",
           report->days, one->days_live, one->days_warned, one->days_expired);
    for (size_t i = 0; i < SECTIONS; i++)
        print_section(report, &sections[i], &one->entries, false);
    if (has_failed(report, &one->last_sync)) {
        print_time("  the last sync failed, ", one->last_sync.at_unix, ": ");
        puts(one->last_sync.error ? one->last_sync.error : "");
    }
}

static void print_common(const struct report *report)
{
    puts("\nnot of one ring");
    for (size_t i = 0; i < SECTIONS; i++)
        print_section(report, &sections[i], &report->entries, true);
}

static void print_attentions(const struct report *report)
{
    printf("\nattention that is open now: %s\n", report->attentions.len ? "" : "none");
    for (size_t i = 0; i < report->attentions.len; i++) {
        const struct attention *attention = &report->attentions.item[i];
        print_time("  ", attention->since_unix, "  ");
        printf("%s: %s%s%s (%s)\n", attention->severity, attention->ring ? attention->ring : "",
               attention->ring ? ": " : "", attention->text, attention->code);
    }
}

static void print_history(const struct report *report)
{
    puts("\nhistory");
    if (report->broken[0])
        printf("  THE CHAIN DOES NOT HOLD: %s\n", report->broken);
    else
        printf("  the chain holds, %" PRId64 " entries up to now\n", report->checked);
    if (!report->head)
        return;
    printf("  head at the end of the month: entry %" PRId64 " of ", report->head->id);
    print_time("", report->head->time_unix, "\n");
    printf("  %s\n", report->head->hash);
}

static void print_report(const char *month, const struct report *report)
{
    printf("ringmgr, report of %s\n", month);
    print_time("", report->from_unix, " to ");
    print_time("", report->until_unix, "");
    printf(", %u days of it are over\n", report->days);
    for (size_t i = 0; i < report->rings; i++)
        print_ring(report, &report->ring[i]);
    print_common(report);
    print_attentions(report);
    print_history(report);
}

/* ---- the command ---- */

static bool parse_month(const struct app *app, const char **month, int64_t *first_day, struct err *err)
{
    char date[ZONE_DATE_SIZE];
    *month = arguments_value(&app->arguments, OPT_MONTH);
    if (!*month)
        return err_set(err, ERR_USAGE, "report needs --month YYYY-MM");
    int len = snprintf(date, sizeof date, "%s-01", *month);
    if (len != 10 || !zone_parse_date(date, first_day))
        return err_set(err, ERR_USAGE, "--month %s: not a month such as 2026-10", *month);
    if (zone_instant(*first_day, 0) > clock_now_unix())
        return err_set(err, ERR_USAGE, "--month %s: that is still to come", *month);
    return true;
}

enum err_code cmd_report(struct app *app, struct err *err)
{
    struct report report AUTO(report_clear) = {0};
    const char *month;
    int64_t first_day = 0;
    if (!parse_month(app, &month, &first_day, err) ||
        !report_gather(&app->job, first_day, clock_now_unix(), &report, err))
        return err->code;
    jv_set_text(app->result, "month", month);
    set_json(app->result, &report);
    if (!app->arguments.json)
        print_report(month, &report);
    if (!report.broken[0])
        return ERR_NONE;
    err_set(err, ERR_NOT_GENUINE, "%s", report.broken);
    return err->code;
}

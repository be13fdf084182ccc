#include "ringmgr/app/output.h"
#include "ringmgr/app/output_leaving.h"
#include "ringmgr/app/output_site.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/overview.h"
#include "ringmgr/ops/rollback.h"
#include "ringmgr/ops/tell_queue.h"
#include "ringmgr/state/lock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- JSON ---- */

static void set_release(struct jv *object, const struct release *release)
{
    char date[CLOCK_TEXT_SIZE];
    clock_format(release->released_unix, date);
    jv_set_text(object, "version", release->version[0] ? release->version : NULL);
    jv_set_text(object, "released", release->released_unix >= 0 ? date : NULL);
}

static struct jv *live_to_json(const struct overview *overview)
{
    struct jv *live = jv_object();
    output_set_build(live, "build", &overview->live.build);
    set_release(live, &overview->live_release);
    jv_set_time(live, "live_since", overview->live.live_since);
    jv_set_text(live, "by", overview->live.by);
    return live;
}

static struct jv *candidate_to_json(const struct overview *overview)
{
    struct jv *candidate = jv_object();
    output_set_build(candidate, "build", &overview->facts.gate.build);
    set_release(candidate, &overview->candidate_release);
    jv_set_bool(candidate, "barred", overview->barred);
    return candidate;
}

static struct jv *pointers_to_json(const struct overview *overview)
{
    struct jv *pointers = jv_object();
    static const enum architecture architecture[] = {ARCH_X86, ARCH_X64};
    for (int i = 0; i < 2; i++)
        if (overview->ring->content.architectures & architecture[i])
            output_set_build(pointers, architecture_name(architecture[i]), &overview->pointer[i]);
    return pointers;
}

static struct jv *approvals_to_json(const struct overview *overview)
{
    struct jv *approvals = jv_object();
    struct jv *by = jv_array();
    const struct gate_facts *facts = &overview->facts.gate;
    jv_set_int(approvals, "need", overview->ring->approvals);
    jv_set_int(approvals, "have", overview->has_candidate ? gate_count_approvals(facts) : 0);
    for (size_t i = 0; i < facts->approvers; i++)
        if (facts->approver[i].counts)
            jv_push_text(by, facts->approver[i].person);
    jv_set(approvals, "by", by);
    return approvals;
}

static struct jv *shut_to_json(const struct overview *overview)
{
    struct jv *shut = jv_array();
    for (int i = 0; overview->has_candidate && i < GATE_COUNT; i++)
        if (!overview->verdict[i].open)
            jv_push_text(shut, gate_name(overview->verdict[i].gate));
    return shut;
}

static struct jv *last_sync_to_json(const struct last_sync *last)
{
    if (last->at_unix < 0 || !last->result)
        return NULL;
    struct jv *object = jv_object();
    jv_set_time(object, "at", last->at_unix);
    jv_set_text(object, "result", last->result);
    jv_set_text(object, "error", last->error);
    return object;
}

static struct jv *content_to_json(const struct overview *overview)
{
    struct jv *content = jv_object();
    struct jv *architectures = jv_array(), *languages = jv_array(), *missing = jv_array();
    const struct content *wanted = &overview->ring->content;
    if (wanted->architectures & ARCH_X64)
        jv_push_text(architectures, "x64");
    if (wanted->architectures & ARCH_X86)
        jv_push_text(architectures, "x86");
    for (size_t i = 0; i < wanted->languages.len; i++)
        jv_push_text(languages, wanted->languages.item[i]);
    for (size_t i = 0; i < overview->lacking.len; i++)
        jv_push_text(missing, overview->lacking.item[i]);
    for (size_t i = 0; i < overview->facts.missing.len; i++)
        jv_push_text(missing, overview->facts.missing.item[i]);
    jv_set(content, "architectures", architectures);
    jv_set(content, "languages", languages);
    jv_set(content, "missing", missing);
    jv_set(content, "leaving", output_leaving_to_json(overview->ring, &overview->leaving));
    return content;
}

static struct jv *support_to_json(const struct overview *overview)
{
    const struct outlook *outlook = &overview->outlook;
    if (!overview->has_live)
        return NULL;
    struct jv *support = jv_object();
    jv_set_time(support, "deadline", outlook->deadline.at_unix);
    jv_set_text(support, "basis", support_basis_text(outlook->deadline.basis));
    if (outlook->deadline.at_unix < 0)
        jv_set(support, "days_left", NULL);
    else
        jv_set_int(support, "days_left", outlook->support.days_left);
    jv_set_text(support, "level", support_level_text(outlook->support.level));
    return support;
}

static struct jv *soak_to_json(const struct overview *overview)
{
    const struct soak_need *need = &overview->ring->soak;
    if (!overview->has_candidate || need->seconds == 0)
        return NULL;
    const struct soak have = gate_soak(&overview->facts.gate);
    struct jv *soak = jv_object();
    jv_set_real(soak, "need_days", (double)need->seconds / 86400);
    jv_set_real(soak, "have_days", (double)have.have_seconds / 86400);
    jv_set_time(soak, "ends", have.ends_unix);
    return soak;
}

/* The hold that lasts longest. */
static struct jv *hold_to_json(const struct overview *overview)
{
    const struct hold *hold = NULL;
    for (size_t i = 0; i < overview->holds.len; i++) {
        const struct hold *one = &overview->holds.item[i];
        if (!hold || (hold->until_unix >= 0 && (one->until_unix < 0 || one->until_unix > hold->until_unix)))
            hold = one;
    }
    if (!hold)
        return NULL;
    struct jv *object = jv_object();
    jv_set_text(object, "by", hold->by);
    jv_set_text(object, "reason", hold->reason);
    jv_set_time(object, "since", hold->at_unix);
    jv_set_time(object, "until", hold->until_unix);
    jv_set_bool(object, "automatic_only", hold->kind == HOLD_ROLLBACK);
    jv_set_bool(object, "stop_soak", hold->stop_soak);
    return object;
}

/* What happens next by itself: the candidate can go, or a gate opens. */
static struct jv *next_to_json(const struct overview *overview)
{
    if (overview->next_unix < 0)
        return NULL;
    struct jv *next = jv_object();
    jv_set_text(next, "what", gate_name(overview->next_gate));
    jv_set_time(next, "at", overview->next_unix);
    return next;
}

static struct jv *plan_to_json(const struct overview *overview)
{
    if (!overview->planned)
        return NULL;
    struct jv *plan = jv_object();
    output_set_build(plan, "build", &overview->plan.key.build);
    jv_set_time(plan, "at", overview->plan.at_unix);
    jv_set_text(plan, "by", overview->plan.by);
    return plan;
}

/* What comes when the window opens. */
static struct jv *awaited_to_json(const struct awaited *awaited)
{
    if (!awaited->known)
        return NULL;
    struct jv *object = jv_object();
    output_set_build(object, "build", &awaited->build);
    jv_set_time(object, "at", awaited->from_unix);
    return object;
}

static struct jv *ring_to_json(const struct overview *overview, const struct stage_view *stage)
{
    struct jv *object = jv_object();
    jv_set_text(object, "ring", overview->ring->name);
    jv_set_text(object, "channel", overview->ring->channel->id);
    jv_set_text(object, "state", ring_state_text(overview->state));
    jv_set(object, "live", overview->has_live ? live_to_json(overview) : NULL);
    jv_set(object, "pointers", pointers_to_json(overview));
    jv_set(object, "support", support_to_json(overview));
    jv_set(object, "candidate", overview->has_candidate ? candidate_to_json(overview) : NULL);
    jv_set(object, "soak", soak_to_json(overview));
    jv_set(object, "approvals", approvals_to_json(overview));
    jv_set_bool(object, "four_eyes", overview->ring->four_eyes);
    jv_set(object, "hold", hold_to_json(overview));
    jv_set(object, "gates_shut", shut_to_json(overview));
    jv_set(object, "next_event", next_to_json(overview));
    jv_set(object, "planned", plan_to_json(overview));
    jv_set(object, "awaited", awaited_to_json(&overview->outlook.awaited));
    jv_set_bool(object, "sync_failed", overview->sync_failed);
    jv_set(object, "last_sync", last_sync_to_json(&overview->last_sync));
    jv_set(object, "content", content_to_json(overview));
    jv_set(object, "sites", output_quorum_to_json(&overview->quorum));
    jv_set(object, "staged", output_stage_to_json(stage));
    return object;
}

/* What settles it: its own command, else to say that somebody has seen it. The caller frees it. */
static char *command_of(const struct attention *attention)
{
    if (attention->command)
        return mem_strdup(attention->command);
    return mem_printf("ringmgr ack %" PRId64 " --reason TEXT", attention->id);
}

static struct jv *attention_to_json(const struct attention *attention)
{
    struct jv *object = jv_object();
    char *command AUTO_FREE = command_of(attention);
    jv_set_int(object, "id", attention->id);
    jv_set_text(object, "severity", attention->severity);
    jv_set_text(object, "ring", attention->ring);
    jv_set_time(object, "since", attention->since_unix);
    jv_set_text(object, "code", attention->code);
    jv_set_text(object, "text", attention->text);
    jv_set_text(object, "command", command);
    return object;
}

/* ---- text ---- */

static void print_attention(const struct attention *attention)
{
    char since[64];
    bool names = attention->ring && !output_names_first(attention->text, attention->ring);
    output_time(attention->since_unix, since);
    printf("%s [%" PRId64 "]: %s%s%s (%s since %s)\n", attention->severity, attention->id,
           names ? attention->ring : "", names ? ": " : "", attention->text, attention->code, since);
    char *command AUTO_FREE = command_of(attention);
    printf("    %s\n", command);
}

/* "16.0.20228.20188 (2607) since 2026-08-13 10:00, 41 days of support" */
static void print_live(const struct overview *overview)
{
    char live[BUILD_TEXT_SIZE], since[64];
    const struct release *release = &overview->live_release;
    const struct outlook *outlook = &overview->outlook;
    if (!overview->has_live) {
        printf("nothing live");
        return;
    }
    build_format(&overview->live.build, live);
    output_time(overview->live.live_since, since);
    printf("%s%s%s%s since %s", live, release->version[0] ? " (" : "", release->version,
           release->version[0] ? ")" : "", since);
    if (outlook->deadline.at_unix >= 0)
        printf(", %" PRId64 " day%s of support", outlook->support.days_left,
               outlook->support.days_left == 1 ? "" : "s");
    else if (outlook->undated)
        printf(", no date of its support is known");
}

static void print_awaited(const struct awaited *awaited)
{
    char text[AWAITED_TEXT_SIZE];
    awaited_format(awaited, text);
    if (awaited->known)
        printf("    next %s\n", text);
}

static void print_plan(const struct overview *overview)
{
    char build[BUILD_TEXT_SIZE], when[64];
    if (!overview->planned)
        return;
    build_format(&overview->plan.key.build, build);
    output_time(overview->plan.at_unix, when);
    printf("    %s has ordered the promotion to %s for %s\n", overview->plan.by, build, when);
}

static void print_hold(const struct ring *ring, const struct hold *hold)
{
    char until[64];
    output_time(hold->until_unix, until);
    printf("    held by %s%s%s%s: %s; ringmgr unhold %s --reason TEXT\n", hold->by,
           hold->kind == HOLD_ROLLBACK ? ", automatic promotion only" : "",
           hold->until_unix < 0          ? ""
           : hold->kind == HOLD_ROLLBACK ? ", until "
                                         : " until ",
           hold->until_unix >= 0 ? until : "", hold->reason, ring->name);
}

static void print_lacking(const struct overview *overview)
{
    char *list AUTO_FREE = strv_join(&overview->lacking, ", ");
    if (overview->lacking.len)
        printf("    lacks %s, which the configuration wants: ringmgr sync\n", list);
}

/* What the ring waits for, a line each. */
static void print_waiting(const struct overview *overview)
{
    char when[64];
    print_awaited(&overview->outlook.awaited);
    output_quorum_print(&overview->quorum, "    ");
    print_lacking(overview);
    output_leaving_print(overview->ring, &overview->leaving, "    ");
    print_plan(overview);
    for (int i = 0; overview->has_candidate && i < GATE_COUNT; i++)
        if (!overview->verdict[i].open)
            printf("    %s\n", overview->verdict[i].reason);
    if (overview->state != RING_READY && overview->forecast_unix >= 0 &&
        overview->ring->publish == PUBLISH_AUTO) {
        output_time(overview->forecast_unix, when);
        printf("    goes by itself, %s at the earliest\n", when);
    }
    for (size_t i = 0; !overview->has_candidate && i < overview->holds.len; i++)
        print_hold(overview->ring, &overview->holds.item[i]);
    if (overview->outlook.support.conflict[0])
        printf("    %s\n", overview->outlook.support.conflict);
}

static void print_ring(const struct overview *overview, const struct stage_view *stage)
{
    char candidate[BUILD_TEXT_SIZE];
    const char *name = overview->ring->name;
    printf("%-14s %-18s ", name, overview->ring->channel->id);
    print_live(overview);
    printf("  %s", ring_state_text(overview->state));
    if (overview->has_candidate) {
        build_format(&overview->facts.gate.build, candidate);
        printf(overview->barred ? "  %s stays out" : "  next %s", candidate);
    }
    puts("");
    if (overview->state == RING_READY && build_is_none(&stage->build))
        printf("    ringmgr promote %s\n", name);
    output_stage_print(overview->ring, stage, "    ");
    print_waiting(overview);
    for (int i = 0; i < 2; i++)
        if (overview->pointer_foreign[i])
            printf("    %s is missing, or not what ringmgr put there: ringmgr verify %s --repair\n",
                   i ? "v64.cab" : "v32.cab", name);
    if (overview->sync_failed)
        printf("    last sync failed: %s\n", overview->last_sync.error ? overview->last_sync.error : "");
}

/* ---- notices that wait ---- */

static struct jv *queue_to_json(const struct tell_queue *queue)
{
    struct jv *object = jv_object();
    jv_set_text(object, "target", queue->target);
    jv_set_int(object, "waiting", (int64_t)queue->waiting);
    jv_set_time(object, "failing_since", queue->failing_unix);
    jv_set_time(object, "next_try", queue->failing_unix >= 0 ? queue->next_unix : -1);
    jv_set_text(object, "error", queue->error);
    return object;
}

static void print_queue(const struct tell_queue *queue)
{
    char since[64], next[64];
    if (queue->failing_unix < 0)
        return;
    output_time(queue->failing_unix, since);
    output_time(queue->next_unix, next);
    printf("%zu notice%s wait%s for %s, which nothing has reached since %s: %s; tried again %s\n",
           queue->waiting, queue->waiting == 1 ? "" : "s", queue->waiting == 1 ? "s" : "", queue->target,
           since, queue->error ? queue->error : "", next);
    printf("    ringmgr notify --test %s\n", queue->target);
}

/* What nobody is told who should be; shown last, it is of no ring. */
static bool show_queues(struct app *app, struct err *err)
{
    struct tell_queues queues AUTO(tell_queues_clear) = {0};
    struct jv *list = jv_array();
    jv_set(app->result, "notify", list);
    if (!tell_queues_get(&app->job, &queues, err))
        return false;
    for (size_t i = 0; i < queues.len; i++) {
        jv_push(list, queue_to_json(&queues.item[i]));
        if (!app->arguments.json)
            print_queue(&queues.item[i]);
    }
    return true;
}

/* ---- the command ---- */

/* Where a roll-back would go by itself. */
static bool set_rollback(const struct app *app, const struct ring *ring, struct jv *object, struct err *err)
{
    struct build target;
    bool found;
    if (!rollback_target(&app->job, ring, &target, &found, err))
        return false;
    if (found)
        output_set_build(object, "rollback_to", &target);
    else
        jv_set(object, "rollback_to", NULL);
    return true;
}

/* Attention of its own: a share that is not what the books say needs a person, whether or not it was noticed
 * before. */
static bool show_ring(struct app *app, const struct ring *ring, struct jv *rings, bool *needs_person,
                      struct err *err)
{
    struct overview overview AUTO(overview_clear);
    struct stage_view stage AUTO(stage_view_clear) = {0};
    struct jv *object, *paused, *follows;
    if (!overview_gather(&app->job, ring, &overview, err) || !stage_view_gather(&app->job, ring, &stage, err))
        return false;
    *needs_person = *needs_person || overview.pointer_foreign[0] || overview.pointer_foreign[1] ||
                    overview.sync_failed || overview.outlook.support.level >= SUPPORT_LATE;
    object = ring_to_json(&overview, &stage);
    jv_push(rings, object);
    if (!set_rollback(app, ring, object, err))
        return false;
    if (!app->arguments.json)
        print_ring(&overview, &stage);
    bool ok = output_pauses(app, ring, "    ", &paused, err);
    jv_set(object, "paused_sites", paused);
    ok = ok && output_follows(app, ring, "    ", &follows, err);
    if (ok)
        jv_set(object, "follows", follows);
    return ok;
}

/* What is being fetched shows in no ring before it is there. */
static void show_running(struct app *app)
{
    char holder[320];
    lock_name_holder(state_dir(app->job.state), "upstream", holder, sizeof holder);
    jv_set_text(app->result, "running", *holder ? holder : NULL);
    if (*holder && !app->arguments.json)
        printf("%s is at work\n", holder);
}

enum err_code cmd_status(struct app *app, struct err *err)
{
    struct attentions attentions AUTO(attentions_clear) = {0};
    struct jv *list = jv_array(), *rings = jv_array();
    char head[DIGEST_TEXT_SIZE];
    int64_t head_time;
    uint64_t room = 0;
    jv_set(app->result, "attention", list);
    jv_set(app->result, "rings", rings);
    if (!catalog_attentions(app->job.state, &attentions, err) ||
        !journal_head(app->job.state, head, &head_time, err) ||
        !fs_free_bytes(store_dir(app->job.store), &room, err))
        return err->code;
    jv_set_int(app->result, "free_bytes", (int64_t)room);
    jv_set_text(app->result, "history_head", head);
    show_running(app);
    bool needs_person = false;
    for (size_t i = 0; i < attentions.len; i++) {
        jv_push(list, attention_to_json(&attentions.item[i]));
        if (!app->arguments.json)
            print_attention(&attentions.item[i]);
        needs_person = needs_person || strcmp(attentions.item[i].severity, "info") != 0;
    }
    for (size_t i = 0; i < app->settings.rings; i++)
        if (!show_ring(app, &app->settings.ring[i], rings, &needs_person, err))
            return err->code;
    if (!show_queues(app, err))
        return err->code;
    *err = (struct err){0};
    return needs_person && app->arguments.given[OPT_CHECK] ? ERR_NEEDS_PERSON : ERR_NONE;
}

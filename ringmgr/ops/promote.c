#include "ringmgr/ops/promote.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/books.h"
#include "ringmgr/ops/decide.h"
#include "ringmgr/ops/reconcile.h"
#include "ringmgr/ops/stage_order.h"
#include "ringmgr/ops/verify.h"
#include "ringmgr/state/marks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one promotion ---- */

/* Whose approval counts for nothing under four_eyes. */
static const char *promoter_of(const struct job *job, const struct promote_options *options)
{
    if (options->plan)
        return job_person_of(job, options->plan->identity, options->plan->by);
    return job->identity ? job->identity->person : NULL;
}

static bool refuse(const struct ring *ring, const struct promotion *promotion, unsigned passed,
                   struct err *err)
{
    AUTO_BUF shut = {0};
    char to[BUILD_TEXT_SIZE];
    build_format(&promotion->to, to);
    gate_say_shut(promotion->verdict, passed, &shut);
    return err_set(err, ERR_REFUSED, "promote %s to %s: refused by the gate %s", ring->name, to,
                   buf_text(&shut));
}

/* "soak", where the verdicts say that force has opened it; NULL if none was. */
static char *list_forced(const struct verdict *verdict)
{
    AUTO_BUF list = {0};
    for (int i = 0; i < GATE_COUNT; i++)
        if (verdict[i].forced)
            buf_printf(&list, "%s%s", list.len ? "," : "", gate_name(verdict[i].gate));
    return list.len ? mem_strdup(buf_text(&list)) : NULL;
}

/* Opens the intent and publishes. */
static bool publish(const struct job *job, const struct ring *ring, const struct facts *facts,
                    const struct promote_options *options, const struct promotion *promotion, struct err *err)
{
    char identity_text[320];
    struct entry signature = {0};
    char *content AUTO_FREE = content_format(&facts->content);
    char *forced AUTO_FREE = list_forced(promotion->verdict);
    char *expedited AUTO_FREE = mem_printf("expedited: %s", options->reason ? options->reason : "");
    /* the intent has the lane that was asked for: facts_gather() makes LANE_RETURN of it again */
    char *back AUTO_FREE =
        mem_printf("headquarters went back (manifest %" PRId64 ")", facts->gate.followed_sequence);
    bool returns = facts->gate.followed && build_compare(&facts->gate.build, &facts->gate.live) < 0;
    job_sign_entry(job, &signature, identity_text);
    struct intent intent = {.ring = ring->name,
                            .channel = ring->channel,
                            .from = facts->gate.live,
                            .to = facts->gate.build,
                            .kind = returns ? INTENT_ROLLBACK : INTENT_PUBLISH,
                            .block = returns ? books_block_name(BLOCK_NOT) : NULL,
                            .content = content,
                            .path = ring->path,
                            .files_digest = facts->files_digest,
                            .lane = gate_lane_name(options->lane),
                            .gates_overridden = forced,
                            .actor = options->plan ? options->plan->by : signature.actor,
                            .identity = options->plan ? options->plan->identity : signature.identity,
                            .reason = facts->gate.lane == LANE_RETURN  ? back
                                      : options->lane == LANE_EXPEDITE ? expedited
                                                                       : options->reason,
                            .opened_unix = signature.time_unix};
    if (!journal_intent_open(job->state, &intent, err))
        return false;
    if (reconcile_publish(job, ring, &intent, &facts->files, err))
        return true;
    reconcile_abandon(job, ring, &intent);
    return false;
}

static void describe(const struct facts *facts, struct promotion *promotion)
{
    promotion->from = facts->gate.live;
    promotion->to = facts->gate.build;
    promotion->files_digest = facts->files_digest;
    promotion->files = facts->files.len;
    for (size_t i = 0; i < facts->files.len; i++)
        promotion->bytes += facts->files.file[i].bytes;
}

static bool choose(const struct job *job, const struct ring *ring, const struct promote_options *options,
                   struct build *build, bool *found, struct err *err)
{
    *found = true;
    if (options->build)
        *build = *options->build;
    else if (!candidate_choose(job, ring, options->lane, build, found, err))
        return false;
    return true;
}

/* Records the caller's consent; the gate is open by force once enough people have agreed. */
static bool ask_people(const struct job *job, const struct ring *ring, const struct promote_options *options,
                       struct facts *facts, struct promotion *promotion, struct err *err)
{
    const struct approval_key key = {ring->name, ring->channel, facts->gate.build, facts->files_digest};
    enum gate gate = *options->force;
    struct force force;
    if (options->dry_run)
        return true;
    if (!force_consent(job, ring, &key, gate, options->reason, &force, err))
        return false;
    if (force.have >= force.need)
        return true;
    promotion->result = PROMOTE_REFUSED;
    facts->gate.overridden = 0;
    gate_ask_all(&facts->gate, promotion->verdict);
    return err_set(
        err, ERR_REFUSED,
        "%s: your consent to open the gate %s by force is recorded: %u of %u people (%s); the next overrider "
        "gives theirs with the same command within %d hours",
        ring->name, gate_name(gate), force.have, force.need, force.have_names, FORCE_HOURS);
}

/* An order is for one channel's build with the files that it had then. */
static bool is_as_ordered(const struct ring *ring, const struct plan *plan, const struct facts *facts,
                          struct promotion *promotion, struct err *err)
{
    if (plan->key.channel == ring->channel && digest_equal(&plan->key.files_digest, &facts->files_digest))
        return true;
    promotion->result = PROMOTE_REFUSED;
    return err_set(err, ERR_REFUSED, "%s: channel or files of the build are no longer those of the order",
                   ring->name);
}

/* Asks the gates, with the one that the caller wants to force out of the way. */
static bool ask(const struct job *job, const struct ring *ring, const struct promote_options *options,
                struct facts *facts, struct promotion *promotion, struct err *err)
{
    promotion->asked = true;
    if (options->force)
        facts->gate.overridden = 1u << *options->force;
    promotion->result = gate_ask_all(&facts->gate, promotion->verdict) ? PROMOTE_DONE : PROMOTE_REFUSED;
    if (promotion->result == PROMOTE_REFUSED)
        return refuse(ring, promotion, 0, err);
    return !options->force || !promotion->verdict[*options->force].forced ||
           ask_people(job, ring, options, facts, promotion, err);
}

/* The pointer moves only where the ring's sites can follow at once. */
static bool wait_for_sites(const struct job *job, const struct ring *ring,
                           const struct promote_options *options, const struct facts *facts,
                           struct promotion *promotion, struct err *err)
{
    if (!options->flip || stage_order_is_proven(job, ring, &facts->gate.build, &facts->files_digest, err))
        return true;
    if (err->code == ERR_REFUSED)
        promotion->result = PROMOTE_REFUSED;
    return false;
}

bool promote_run(const struct job *job, const struct ring *ring, const struct promote_options *options,
                 struct promotion *promotion, struct err *err)
{
    AUTO_FACTS facts = {0};
    AUTO_LOCK lock = NULL;
    AUTO_LOCK store = NULL;
    struct build build;
    bool found;
    *promotion = (struct promotion){.result = PROMOTE_UNCHANGED};
    if (!job_lock_ring(job, ring, &lock, err) || !job_lock_store(job, &store, err) ||
        (!options->dry_run && !reconcile_ring(job, ring, err)) ||
        !choose(job, ring, options, &build, &found, err) ||
        !facts_gather(job, ring, &build, options->lane, promoter_of(job, options), &facts, err))
        return false;
    describe(&facts, promotion);
    if (!found || build_compare(&build, &facts.gate.live) == 0)
        return true;
    if ((options->plan && !is_as_ordered(ring, options->plan, &facts, promotion, err)) ||
        !ask(job, ring, options, &facts, promotion, err) ||
        !wait_for_sites(job, ring, options, &facts, promotion, err))
        return false;
    if (options->dry_run)
        return true;
    return publish(job, ring, &facts, options, promotion, err) || err_prefix(err, "publish %s", ring->name);
}

/* ---- bytes first ---- */

static bool are_open(const struct verdict *verdict, unsigned passed)
{
    for (int i = 0; i < GATE_COUNT; i++)
        if (!verdict[i].open && !(passed & 1u << i))
            return false;
    return true;
}

bool promote_stage(const struct job *job, const struct ring *ring, const struct promote_options *options,
                   struct promotion *promotion, struct err *err)
{
    enum { HOURS = 1u << GATE_FREEZE | 1u << GATE_DAYS | 1u << GATE_SETTLE }; /* bind pointers, not bytes */
    AUTO_FACTS facts = {0};
    AUTO_LOCK lock = NULL;
    struct build build;
    bool found, changed = true;
    *promotion = (struct promotion){.result = PROMOTE_UNCHANGED};
    if (!job_lock_ring(job, ring, &lock, err) || !choose(job, ring, options, &build, &found, err) ||
        !facts_gather(job, ring, &build, options->lane, NULL, &facts, err)) /* who promotes is asked then */
        return false;
    describe(&facts, promotion);
    if (!found || build_compare(&build, &facts.gate.live) == 0)
        return true;
    promotion->asked = true;
    gate_ask_all(&facts.gate, promotion->verdict);
    promotion->result = PROMOTE_REFUSED;
    if (!are_open(promotion->verdict, HOURS))
        return refuse(ring, promotion, HOURS, err);
    promotion->result = PROMOTE_DONE;
    if (!options->dry_run &&
        !stage_order_put(job, ring, &build, &facts.files_digest, options->reason, &changed, err))
        return false;
    promotion->result = changed ? PROMOTE_DONE : PROMOTE_UNCHANGED;
    return true;
}

/* ---- for a time to come ---- */

static bool write_plan(const struct job *job, const struct plan *plan, bool *changed, struct err *err)
{
    char build[BUILD_TEXT_SIZE], when[CLOCK_TEXT_SIZE];
    build_format(&plan->key.build, build);
    clock_format(plan->at_unix, when);
    char *reason AUTO_FREE = mem_printf("%s%s%s", plan->at_unix < 0 ? "never" : when,
                                        plan->reason ? ": " : "", plan->reason ? plan->reason : "");
    struct entry entry = {.action = "promote-at",
                          .ring = plan->key.ring,
                          .channel = plan->key.channel->id,
                          .build = plan->at_unix < 0 ? NULL : build,
                          .reason = reason};
    if (!state_begin(job->state, err))
        return false;
    *changed = true;
    bool ok = (plan->at_unix < 0 ? plan_drop(job->state, plan->key.ring, changed, err)
                                 : plan_put(job->state, plan, err)) &&
              (!*changed || job_append(job, &entry, err));
    return job_end(job, ok, *changed, err);
}

/* No order brings in what only a person can let in: they order when they have. */
static bool check_plan(const struct ring *ring, const struct facts *facts, struct err *err)
{
    static const enum gate lasting[] = {GATE_CHANNEL, GATE_BLOCK, GATE_RECALL};
    struct verdict verdict[GATE_COUNT];
    if (facts->files.len == 0 || facts->missing.len > 0)
        return err_set(err, ERR_REFUSED,
                       "%s: the build is not complete in the store: ringmgr sync fetches what it lacks",
                       ring->name);
    gate_ask_all(&facts->gate, verdict);
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
        if (!verdict[lasting[i]].open)
            return err_set(err, ERR_REFUSED, "%s: gate %s: %s; no time opens it", ring->name,
                           gate_name(lasting[i]), verdict[lasting[i]].reason);
    return true;
}

bool promote_plan(const struct job *job, const struct ring *ring, const struct build *build, int64_t at_unix,
                  const char *reason, bool *changed, struct err *err)
{
    AUTO_FACTS facts = {0};
    AUTO_LOCK lock = NULL;
    char identity_text[320];
    struct entry signature = {0};
    job_sign_entry(job, &signature, identity_text);
    if (!job_lock_ring(job, ring, &lock, err) ||
        !facts_gather(job, ring, build, LANE_MANUAL, job->identity->person, &facts, err))
        return false;
    if (at_unix >= 0 && !check_plan(ring, &facts, err))
        return false;
    const struct plan plan = {.key = {ring->name, ring->channel, *build, facts.files_digest},
                              .at_unix = at_unix,
                              .by = signature.actor,
                              .identity = signature.identity,
                              .reason = reason,
                              .made_unix = signature.time_unix};
    return write_plan(job, &plan, changed, err);
}

/* A promotion that was ordered and was refused when its time came is not tried again. */
static bool give_up(const struct job *job, const struct plan *plan, const char *why, struct err *err)
{
    bool ok = state_begin(job->state, err) && books_give_up(job, plan, why, err);
    return state_end(job->state, ok, err);
}

/* Who ordered must still be one who may. */
static bool may_still(const struct job *job, const struct ring *ring, const struct plan *plan, char why[256])
{
    const char *account = job_account_of(plan->identity);
    bool named;
    return account && (decide_is_approver(job, ring, account, &named, why) || !named);
}

static bool carry_out(const struct job *job, const struct ring *ring, const struct plan *plan,
                      struct strv *promoted, struct err *err)
{
    struct promotion promotion;
    struct err refusal = {0};
    bool dropped;
    char why[256] = "nobody knows who ordered it";
    const struct promote_options options = {
        .build = &plan->key.build, .lane = LANE_MANUAL, .plan = plan, .reason = plan->reason};
    if (!may_still(job, ring, plan, why))
        return give_up(job, plan, why, err);
    if (!promote_run(job, ring, &options, &promotion, &refusal)) {
        if (refusal.code == ERR_REFUSED)
            return give_up(job, plan, refusal.msg, err);
        *err = refusal;
        return false;
    }
    if (promotion.result == PROMOTE_DONE)
        strv_add(promoted, ring->name);
    bool ok = state_begin(job->state, err) && plan_drop(job->state, ring->name, &dropped, err);
    return state_end(job->state, ok, err);
}

/* ---- by itself ---- */

/*
 * Nothing moves by itself on a share that nobody has looked at since the machine started. What is wrong there
 * shuts the gate `clock`.
 */
static bool look_at_share(const struct job *job, const struct ring *ring, struct err *err)
{
    const struct ring *const rings[] = {ring, NULL};
    const struct verify_options quick = {.rings = rings, .quick = true};
    struct verify verify;
    int64_t looked;
    if (!mark_find(job->state, "verify", ring->name, clock_steady_now().boot, &looked, err))
        return false;
    if (looked >= 0)
        return true;
    bool ok = verify_run(job, &quick, &verify, err);
    verify_clear(&verify);
    return ok;
}

/* The ring's candidate: only a real failure is an error. */
static bool promote_candidate(const struct job *job, const struct ring *ring, struct strv *promoted,
                              struct err *err)
{
    struct promotion promotion;
    const struct promote_options options = {.lane = LANE_AUTOMATIC, .reason = "publish = auto"};
    if (!look_at_share(job, ring, err))
        return false;
    if (promote_run(job, ring, &options, &promotion, err)) {
        if (promotion.result == PROMOTE_DONE)
            strv_add(promoted, ring->name);
        return true;
    }
    if (err->code != ERR_REFUSED)
        return false;
    log_info(job->log, "%s", err->msg);
    return true;
}

/* Whether the time of an order has come. A clock that nobody has set right is not believed. */
static bool is_due(const struct job *job, const struct plan *plan)
{
    char build[BUILD_TEXT_SIZE];
    if (plan->at_unix > clock_now_unix())
        return false;
    if (clock_is_synchronised())
        return true;
    build_format(&plan->key.build, build);
    log_warn(job->log,
             "%s: the promotion to %s that %s had ordered waits, for the machine's clock is not synchronised "
             "(timedatectl shows it)",
             plan->key.ring, build, plan->by);
    return false;
}

static bool promote_one(const struct job *job, const struct ring *ring, struct strv *promoted,
                        struct err *err)
{
    struct plan plan AUTO(plan_clear) = {0};
    bool planned;
    if (!plan_find(job->state, ring->name, &plan, &planned, err))
        return false;
    if (planned && is_due(job, &plan))
        return carry_out(job, ring, &plan, promoted, err);
    return ring->publish != PUBLISH_AUTO || promote_candidate(job, ring, promoted, err);
}

static unsigned depth_of(const struct ring *ring)
{
    unsigned depth = 0;
    for (; ring->source_ring; ring = ring->source_ring)
        depth++;
    return depth;
}

bool promote_automatic(const struct job *job, struct strv *promoted, struct err *err)
{
    struct job service = *job;
    bool ok = true, deeper = true;
    service.identity = NULL;
    for (unsigned depth = 0; deeper; depth++) {
        deeper = false;
        for (size_t i = 0; i < job->settings->rings; i++) {
            const struct ring *ring = &job->settings->ring[i];
            struct err one = {0};
            deeper = deeper || depth_of(ring) > depth;
            if (depth_of(ring) != depth || promote_one(&service, ring, promoted, &one))
                continue;
            if (ok || err_code_worse(one.code, err->code))
                *err = one;
            ok = false;
        }
    }
    return ok;
}

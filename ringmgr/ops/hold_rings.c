#include "ringmgr/ops/hold_rings.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/catalog.h"
#include "ringmgr/state/hold.h"

#include <string.h>

/* What is done to one ring, inside the transaction; *changed is set if anything was. */
typedef bool act(const struct job *job, const struct ring *ring, const void *request, bool *changed,
                 struct err *err);

static bool act_on_each(const struct job *job, const struct ring *only, act *what, const void *request,
                        bool *changed, struct err *err)
{
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        if ((!only || only == ring) && !what(job, ring, request, changed, err))
            return false;
    }
    return true;
}

static bool act_on(const struct job *job, const struct ring *only, act *what, const void *request,
                   struct decision *decision, struct err *err)
{
    struct ring_locks locks AUTO(decide_unlock) = {0};
    bool changed = false;
    if (!decide_lock(job, only, &locks, err) || !state_begin(job->state, err))
        return false;
    bool ok = act_on_each(job, only, what, request, &changed, err);
    decision->result = changed ? "done" : "unchanged";
    return job_end(job, ok, changed, err);
}

/* ---- hold ---- */

static bool hold_one(const struct job *job, const struct ring *ring, const void *data, bool *changed,
                     struct err *err)
{
    const struct hold_request *request = data;
    char until[CLOCK_TEXT_SIZE];
    struct hold hold = {.ring = ring->name,
                        .kind = HOLD_PERSON,
                        .stop_soak = request->stop_soak,
                        .by = job->identity->person,
                        .reason = request->reason,
                        .at_unix = clock_now_unix(),
                        .until_unix = request->until_unix,
                        .lifted_unix = -1};
    clock_format(request->until_unix, until);
    char *reason AUTO_FREE =
        mem_printf("%s%s%s%s", request->reason, request->until_unix >= 0 ? " (until " : "",
                   request->until_unix >= 0 ? until : "", request->until_unix >= 0 ? ")" : "");
    struct entry entry = {.action = request->stop_soak ? "hold-stop-soak" : "hold",
                          .ring = ring->name,
                          .channel = ring->channel->id,
                          .reason = reason};
    *changed = true;
    return hold_put(job->state, &hold, err) && job_append(job, &entry, err);
}

bool hold_rings(const struct job *job, const struct ring *ring, const struct hold_request *request,
                struct decision *decision, struct err *err)
{
    *decision = (struct decision){.result = "unchanged"};
    return decide_check(job, ring, err) && act_on(job, ring, hold_one, request, decision, err);
}

/* ---- unhold ---- */

/* Who could approve before the configuration was loosened, or the books were replaced, decides about that. */
static bool may_lift(const struct job *job, const struct ring *ring, const struct hold *hold, struct err *err)
{
    AUTO_STRV before = {0};
    char why[256];
    if (hold->kind != HOLD_SETTINGS || !hold->approvers)
        return decide_check(job, ring, err);
    strv_split_names(&before, hold->approvers);
    if (!people_any_left(&before))
        return decide_check(job, ring, err);
    if (people_is_named(&before, "approver from before the change", job->identity->account, job->service_uid,
                        why) == MEMBER_YES)
        return true;
    return err_set(err, ERR_REFUSED,
                   "%s is held (%s), and only who could approve before that may let it go: %s", ring->name,
                   hold->reason, why);
}

static bool is_new(const struct job *job, const struct hold *hold)
{
    return job->new_hold && hold->id >= job->new_hold;
}

static bool lift(const struct job *job, const struct ring *ring, const struct holds *holds, bool *any,
                 bool *left, struct err *err)
{
    *any = *left = false;
    for (size_t i = 0; i < holds->len; i++) {
        bool found = false, stays = is_new(job, &holds->item[i]);
        if (!stays && (!may_lift(job, ring, &holds->item[i], err) ||
                       !hold_lift(job->state, holds->item[i].id, clock_now_unix(), &found, err)))
            return false;
        *any = *any || found;
        *left = *left || stays;
    }
    return true;
}

static bool unhold_one(const struct job *job, const struct ring *ring, const void *data, bool *changed,
                       struct err *err)
{
    struct holds holds AUTO(holds_clear) = {0};
    struct entry entry = {
        .action = "unhold", .ring = ring->name, .channel = ring->channel->id, .reason = (const char *)data};
    bool any, left;
    if (!holds_standing(job->state, ring->name, clock_now_unix(), &holds, err) ||
        !lift(job, ring, &holds, &any, &left, err))
        return false;
    if (!any)
        return true;
    *changed = true;
    return (left || catalog_attention_clear(job->state, "settings-loosened", ring->name, NULL, err)) &&
           job_append(job, &entry, err);
}

/* A ring that is held still, by what the caller cannot have seen: refused, unless other holds were lifted. */
static bool say_left(const struct job *job, const struct ring *ring, const void *data, bool *changed,
                     struct err *err)
{
    struct holds holds AUTO(holds_clear) = {0};
    (void)data;
    if (!holds_standing(job->state, ring->name, clock_now_unix(), &holds, err))
        return false;
    for (size_t i = 0; i < holds.len; i++) {
        if (!is_new(job, &holds.item[i]))
            continue;
        err_set(err, ERR_REFUSED,
                "%s is held since this command began (%s), and that hold stays: if it is to be lifted, too, "
                "say ringmgr unhold %s once more",
                ring->name, holds.item[i].reason, ring->name);
        if (!*changed)
            return false;
        log_warn(job->log, "%s", err->msg);
        *err = (struct err){0};
    }
    return true;
}

/* True if a hold of the configuration's stands on the ring: that one has its own list of who may decide. */
static bool has_own_list(const struct job *job, const struct ring *ring, bool *has, struct err *err)
{
    struct holds holds AUTO(holds_clear) = {0};
    *has = false;
    if (ring && !holds_standing(job->state, ring->name, clock_now_unix(), &holds, err))
        return false;
    for (size_t i = 0; i < holds.len; i++)
        *has = *has || (holds.item[i].kind == HOLD_SETTINGS && holds.item[i].approvers);
    return true;
}

/* Who is no approver now may have been one before the change that is to be judged: may_lift() asks about each
 * hold. */
static bool may_try(const struct job *job, const struct ring *ring, struct err *err)
{
    struct err why = {0};
    bool listed;
    if (decide_check(job, ring, &why))
        return true;
    if (!people_may_decide(job->identity, job->service_uid, err) || !has_own_list(job, ring, &listed, err))
        return false;
    if (!listed)
        *err = why;
    return listed;
}

bool unhold_rings(const struct job *job, const struct ring *ring, const char *reason,
                  struct decision *decision, struct err *err)
{
    *decision = (struct decision){.result = "unchanged"};
    if (!may_try(job, ring, err) || !act_on(job, ring, unhold_one, reason, decision, err))
        return false;
    bool lifted = strcmp(decision->result, "done") == 0;
    return act_on_each(job, ring, say_left, NULL, &lifted, err);
}

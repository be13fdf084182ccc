#include "ringmgr/ops/decide.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/decide_notes.h"
#include "ringmgr/ops/facts.h"
#include "ringmgr/state/decision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who may ---- */

/* A ring that names none is everybody's who approves for another. *named false: no ring names any. */
static bool is_approver_of_any(const struct job *job, const char *account, bool *named, char why[256])
{
    *named = false;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *ring = &job->settings->ring[i];
        *named = *named || ring->approvers.len > 0;
        if (ring->approvers.len > 0 && people_is_approver(ring, account, job->service_uid, why) == MEMBER_YES)
            return true;
    }
    if (*named)
        snprintf(why, 256, "it names no approvers, and %.64s is none of another ring", account);
    return false;
}

bool decide_is_approver(const struct job *job, const struct ring *ring, const char *account, bool *named,
                        char why[256])
{
    *named = true;
    why[0] = 0;
    if (ring->approvers.len)
        return people_is_approver(ring, account, job->service_uid, why) == MEMBER_YES;
    return is_approver_of_any(job, account, named, why);
}

/* Anybody can reach the socket; who comes through sudo has been let in by whoever wrote sudoers. */
static bool is_approver(const struct job *job, const struct ring *ring, char why[256])
{
    bool named;
    if (decide_is_approver(job, ring, job->identity->account, &named, why))
        return true;
    if (named)
        return false;
    snprintf(why, 256,
             "no ring names approvers, so nobody decides through the service's socket: name them, or use "
             "sudo on this machine");
    return strcmp(job->identity->how, "socket") != 0;
}

bool decide_check(const struct job *job, const struct ring *ring, struct err *err)
{
    char why[256] = "";
    if (!people_may_decide(job->identity, job->service_uid, err))
        return false;
    if (ring) {
        if (is_approver(job, ring, why))
            return true;
        return strstr(why, ring->name) ? err_set(err, ERR_REFUSED, "%s", why)
                                       : err_set(err, ERR_REFUSED, "%s: %s", ring->name, why);
    }
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!is_approver(job, &job->settings->ring[i], why))
            return err_set(err, ERR_REFUSED, "this is about every ring, and for %s: %s",
                           job->settings->ring[i].name, why);
    return true;
}

/* ---- what changes, and its entry ---- */

/* One decision about one channel; *changed tells whether anything did. Runs inside the transaction. */
typedef bool change(const struct job *job, const struct approval_key *key, const char *reason, bool *changed,
                    struct err *err);

static bool append_entry(const struct job *job, const char *action, const struct approval_key *key,
                         const char *reason, struct err *err)
{
    char build[BUILD_TEXT_SIZE];
    struct entry entry = {
        .action = action, .ring = key->ring, .channel = key->channel->id, .build = build, .reason = reason};
    build_format(&key->build, build);
    return job_append(job, &entry, err);
}

void decide_unlock(struct ring_locks *locks)
{
    while (locks->len)
        lock_release(locks->lock[--locks->len]);
    free(locks->lock);
    locks->lock = NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct ring *const *)a)->name, (*(const struct ring *const *)b)->name);
}

bool decide_lock(const struct job *job, const struct ring *only, struct ring_locks *locks, struct err *err)
{
    size_t len = 0, all = job->settings->rings;
    const struct ring **ring AUTO_FREE = mem_new(all, sizeof *ring);
    for (size_t i = 0; i < all; i++)
        if (!only || only == &job->settings->ring[i])
            ring[len++] = &job->settings->ring[i];
    qsort(ring, len, sizeof *ring, by_name);
    *locks = (struct ring_locks){.lock = mem_new(len, sizeof *locks->lock)};
    for (size_t i = 0; i < len; i++) {
        if (!job_lock_ring(job, ring[i], &locks->lock[i], err))
            return false;
        locks->len++;
    }
    return true;
}

static bool decide_one(const struct job *job, const char *action, change *apply,
                       const struct approval_key *key, const char *reason, struct decision *decision,
                       struct err *err)
{
    bool changed = false;
    if (!state_begin(job->state, err))
        return false;
    bool ok =
        apply(job, key, reason, &changed, err) && (!changed || append_entry(job, action, key, reason, err));
    if (!job_end(job, ok, changed, err))
        return false;
    if (changed)
        decision->result = "done";
    return true;
}

/* ---- the four of them ---- */

static bool apply_approve(const struct job *job, const struct approval_key *key, const char *reason,
                          bool *changed, struct err *err)
{
    bool already;
    int64_t now = clock_now_unix(), lapsed = now - (int64_t)GATE_APPROVAL_DAYS * 86400;
    bool ok = decision_approve(job->state, key, job->identity->account, now, reason, lapsed, &already, err);
    *changed = ok && !already;
    return ok;
}

/* How far it has come with this approval. */
static bool count_approvals(const struct job *job, const struct ring *ring, const struct build *build,
                            struct decision *decision, struct err *err)
{
    AUTO_FACTS facts = {0};
    if (!facts_gather(job, ring, build, facts_lane(ring), NULL, &facts, err))
        return false;
    decision->approvals = gate_count_approvals(&facts.gate);
    return true;
}

static bool refuse_unstaged(const struct job *job, const struct ring *ring, const struct build *build,
                            struct err *err)
{
    char text[BUILD_TEXT_SIZE];
    bool known;
    build_format(build, text);
    if (!decide_notes_known(job, build, &known, err))
        return false;
    return err_set(err, ERR_REFUSED, "%s is not in the store for the channel %s%s: ringmgr sync --build %s",
                   text, ring->channel->id, known ? "" : ", and no channel has offered it (is it mistyped?)",
                   text);
}

bool decide_approve(const struct job *job, const struct ring *ring, const struct build *build,
                    const char *reason, struct decision *decision, struct err *err)
{
    AUTO_FACTS facts = {0};
    char text[BUILD_TEXT_SIZE];
    *decision = (struct decision){.result = "unchanged"};
    build_format(build, text);
    if (!decide_check(job, ring, err) || !facts_gather(job, ring, build, facts_lane(ring), NULL, &facts, err))
        return false;
    if (facts.files.len == 0)
        return refuse_unstaged(job, ring, build, err);
    if (facts.missing.len)
        return err_set(err, ERR_REFUSED,
                       "%s is not complete for %s: %s is missing, which ringmgr sync fetches", text,
                       ring->name, facts.missing.item[0]);
    const struct approval_key key = {ring->name, ring->channel, *build, facts.files_digest};
    decision->files_digest = facts.files_digest;
    decision->files = facts.files.len;
    return decide_one(job, "approve", apply_approve, &key, reason, decision, err) &&
           count_approvals(job, ring, build, decision, err);
}

/* Of all accounts of the caller's person: an approval counts once for all of them. */
static bool apply_revoke(const struct job *job, const struct approval_key *key, const char *reason,
                         bool *changed, struct err *err)
{
    const struct settings *settings = job->settings;
    int64_t now = clock_now_unix();
    bool found;
    (void)reason;
    if (!decision_revoke(job->state, key, job->identity->account, now, changed, err))
        return false;
    for (size_t i = 0; i < settings->persons; i++) {
        const struct person *person = &settings->person[i];
        for (size_t j = 0; strcmp(person->name, job->identity->person) == 0 && j < person->accounts.len;
             j++) {
            if (!decision_revoke(job->state, key, person->accounts.item[j], now, &found, err))
                return false;
            *changed = *changed || found;
        }
    }
    return true;
}

bool decide_revoke(const struct job *job, const struct ring *ring, const struct build *build,
                   const char *reason, struct decision *decision, struct err *err)
{
    const struct approval_key key = {.ring = ring->name, .channel = ring->channel, .build = *build};
    struct ring_locks locks AUTO(decide_unlock) = {0};
    *decision = (struct decision){.result = "unchanged"};
    return people_may_decide(job->identity, job->service_uid, err) && decide_lock(job, ring, &locks, err) &&
           decide_one(job, "revoke", apply_revoke, &key, reason, decision, err);
}

static bool apply_block(const struct job *job, const struct approval_key *key, const char *reason,
                        bool *changed, struct err *err)
{
    const struct block block = {.channel = key->channel,
                                .build = key->build,
                                .ring = key->ring,
                                .by = job->identity->person,
                                .reason = reason,
                                .at_unix = clock_now_unix()};
    bool already;
    bool ok = decision_block(job->state, &block, &already, err);
    *changed = ok && !already;
    return ok;
}

static bool apply_unblock(const struct job *job, const struct approval_key *key, const char *reason,
                          bool *changed, struct err *err)
{
    (void)reason;
    return decision_unblock(job->state, key->channel, &key->build, key->ring, clock_now_unix(), changed, err);
}

/* True for the first ring of its channel in the configuration. */
static bool first_of_channel(const struct settings *settings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (settings->ring[i].channel == settings->ring[index].channel)
            return false;
    return true;
}

static bool for_channels(const struct job *job, const struct ring *ring, const struct build *build,
                         const char *action, change *apply, const char *reason, struct decision *decision,
                         struct err *err)
{
    struct ring_locks locks AUTO(decide_unlock) = {0};
    *decision = (struct decision){.result = "unchanged"};
    if (!decide_check(job, ring, err) || !decide_lock(job, ring, &locks, err))
        return false;
    for (size_t i = 0; i < job->settings->rings; i++) {
        const struct ring *one = &job->settings->ring[i];
        const struct approval_key key = {
            .ring = ring ? ring->name : NULL, .channel = one->channel, .build = *build};
        bool meant = ring ? one == ring : first_of_channel(job->settings, i);
        if (meant && !decide_one(job, action, apply, &key, reason, decision, err))
            return false;
    }
    return true;
}

bool decide_block(const struct job *job, const struct ring *ring, const struct build *build,
                  const char *reason, struct decision *decision, struct err *err)
{
    return for_channels(job, ring, build, "block", apply_block, reason, decision, err);
}

bool decide_unblock(const struct job *job, const struct ring *ring, const struct build *build,
                    const char *reason, struct decision *decision, struct err *err)
{
    return for_channels(job, ring, build, "unblock", apply_unblock, reason, decision, err);
}

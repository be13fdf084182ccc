#include "ringmgr/ops/distribute_goal.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/growth.h"
#include "ringmgr/ops/leaving.h"
#include "ringmgr/ops/standing.h"
#include "ringmgr/state/decision.h"
#include "ringmgr/state/sites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was read of one ring; a newer one stands before an older one of the same ring. */
struct kept {
    struct goal goal;
    struct kept *next;
};
struct kept_build {
    const struct ring *ring;
    struct goal_build build;
    struct kept_build *next;
};

struct goals {
    const struct job *job;
    struct outbox *outbox;
    struct lock *running; /* shared by all runs that have an outbox: who sweeps holds it alone */
    struct kept *kept;
    struct kept_build *other;
    bool rotten; /* something was not what it must be; it may have been repaired since */
};

/* ---- opening ---- */

static bool take_running(struct goals *goals, bool alone, int64_t wait_ms, struct err *err)
{
    const struct job *job = goals->job;
    return lock_take(state_dir(job->state), "outbox", alone, wait_ms, job->command, &goals->running, err);
}

/* Where no other run has an outbox, whatever lies there was left by one that was killed. */
static bool sweep(struct goals *goals, struct err *err)
{
    struct err held = {0};
    if (!take_running(goals, true, 0, &held))
        return held.code == ERR_LOCKED || err_set(err, held.code, "%s", held.msg);
    bool ok = outbox_sweep(goals->job->store, err);
    lock_release(goals->running);
    goals->running = NULL;
    return ok;
}

struct goals *goals_open(const struct job *job, struct err *err)
{
    struct goals *goals = mem_new(1, sizeof *goals);
    goals->job = job;
    char *name AUTO_FREE = fs_temp_name("out");
    if (sweep(goals, err) && take_running(goals, false, job->wait_ms, err))
        goals->outbox = outbox_make(job->store, job->settings->store, name + 1, err);
    if (goals->outbox)
        return goals;
    goals_close(goals);
    return NULL;
}

static void clear_build(struct goal_build *build)
{
    catalog_files_clear(&build->files);
    free(build->list);
    *build = (struct goal_build){0};
}

static void free_kept(struct kept *kept)
{
    for (size_t i = 0; i < GOAL_BUILDS; i++)
        clear_build(&kept->goal.build[i]);
    free(kept);
}

void goals_close(struct goals *goals)
{
    if (!goals)
        return;
    for (struct kept *next, *kept = goals->kept; kept; kept = next) {
        next = kept->next;
        free_kept(kept);
    }
    for (struct kept_build *next, *other = goals->other; other; other = next) {
        next = other->next;
        clear_build(&other->build);
        free(other);
    }
    outbox_close(goals->outbox);
    lock_release(goals->running);
    free(goals);
}

void goals_auto_close(struct goals **goals)
{
    goals_close(*goals);
}

struct outbox *goals_outbox(const struct goals *goals)
{
    return goals->outbox;
}

/* ---- what HQ offers ---- */

static void take_files(struct goal_build *build, const struct channel *channel, const struct build *number,
                       const struct digest *files_digest)
{
    build->channel = channel;
    build->build = *number;
    build_format(number, build->text);
    build->files_digest = *files_digest;
    build->list = share_files_of(&build->files);
    pointers_of_build(number, &build->files, &build->pointers);
}

/* Whether the entry is that of the promotion, and it went past what keeps pointers from moving. */
static bool went_past(const struct entry *entry, const struct offer *live)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&live->build, build);
    if (entry->time_unix != live->live_since || !entry->build || strcmp(entry->build, build) != 0)
        return false;
    const char *forced = entry->gates_overridden ? entry->gates_overridden : "";
    return strcmp(entry->action, "rollback") == 0 || strstr(forced, "freeze") || strstr(forced, "days");
}

static bool read_way(const struct job *job, const struct offer *live, struct goal *goal, struct err *err)
{
    struct entries entries AUTO(entries_clear) = {0};
    const struct entry_filter since = {.ring = live->ring, .since_unix = live->live_since};
    if (!journal_read(job->state, &since, &entries, err))
        return false;
    for (size_t i = 0; i < entries.len; i++)
        goal->at_once = goal->at_once || went_past(&entries.item[i], live);
    return true;
}

/* Why nobody should have this build; "" if nothing is against it. */
static bool read_fault(const struct job *job, const struct ring *ring, const struct channel *channel,
                       const struct build *number, char why[256], struct err *err)
{
    struct block block AUTO(block_clear) = {0};
    char build[BUILD_TEXT_SIZE];
    int64_t recalled;
    bool blocked;
    if (!decision_blocked(job->state, ring->name, channel, number, &block, &blocked, err) ||
        !catalog_recalled(job->state, channel, number, &recalled, err))
        return false;
    build_format(number, build);
    if (blocked)
        snprintf(why, 256, "%s blocked %s", block.by, build);
    else if (recalled >= 0)
        snprintf(why, 256, "Microsoft withdrew %s", build);
    return true;
}

/* Why a site that does not offer it yet is not brought to it. */
static bool read_stop(const struct job *job, const struct offer *live, struct goal *goal, struct err *err)
{
    if (!read_fault(job, goal->ring, live->channel, &live->build, goal->stop, err))
        return false;
    if (!goal->stop[0] && standing_is_ahead(job, goal->ring))
        snprintf(goal->stop, sizeof goal->stop, "the state is older than the share of %s (ringmgr verify %s)",
                 goal->ring->name, goal->ring->name);
    return true;
}

static bool read_live(const struct job *job, struct goal *goal, struct err *err)
{
    struct offer live AUTO(offer_clear) = {0};
    struct goal_build *build = &goal->build[GOAL_LIVE];
    bool found;
    if (!catalog_offer_live(job->state, goal->ring->name, &live, &found, err))
        return false;
    if (!found)
        return true;
    if (!catalog_offer_files(job->state, live.id, &build->files, err) || !read_way(job, &live, goal, err) ||
        !read_stop(job, &live, goal, err))
        return false;
    goal->offer_id = live.id;
    goal->live_since = live.live_since;
    take_files(build, live.channel, &live.build, &live.files_digest);
    return true;
}

/* ---- what was ordered ---- */

/* Which files the ring would show of it. */
static bool grow_order(const struct job *job, const struct ring *ring, const struct site_order *order,
                       struct growth *growth, struct err *err)
{
    struct content leaving AUTO(content_clear) = {0};
    return leaving_content(job, ring, &leaving, err) &&
           growth_find(job, order->channel, &order->build, &ring->content, &leaving, growth, err);
}

static void take_order(struct goal *goal, const struct site_order *order, struct growth *growth)
{
    char text[BUILD_TEXT_SIZE];
    build_format(&order->build, text);
    if (growth->missing.len > 0 || !digest_equal(&growth->digest, &order->files_digest)) {
        snprintf(goal->stage, sizeof goal->stage,
                 "the files of %s are others than those that were ordered: order it again (ringmgr promote "
                 "--stage %s %s)",
                 text, goal->ring->name, text);
        return;
    }
    goal->build[GOAL_ORDERED].files = growth->files;
    growth->files = (struct catalog_files){0};
    take_files(&goal->build[GOAL_ORDERED], order->channel, &order->build, &order->files_digest);
}

static bool read_order(const struct job *job, struct goal *goal, struct err *err)
{
    struct site_order order AUTO(site_order_clear) = {0};
    struct growth growth AUTO(growth_clear) = {0};
    const struct goal_build *live = &goal->build[GOAL_LIVE];
    bool found;
    if (!site_order_find(job->state, goal->ring->name, &order, &found, err))
        return false;
    if (!found || (order.channel == live->channel && build_compare(&order.build, &live->build) == 0))
        return true;
    if (!read_fault(job, goal->ring, order.channel, &order.build, goal->stage, err) ||
        !grow_order(job, goal->ring, &order, &growth, err))
        return false;
    if (!goal->stage[0])
        take_order(goal, &order, &growth);
    return true;
}

/* ---- one goal after another ---- */

/* Lays the files of a build ready; an object that the store has lost is HQ's trouble. */
static bool lay_ready(const struct goals *goals, const struct ring *ring, const struct goal_build *build,
                      struct err *err)
{
    AUTO_LOCK store = NULL;
    return job_lock_store(goals->job, &store, err) &&
           (outbox_add(goals->outbox, ring->name, build->list, build->files.len, err) ||
            err_prefix(err, "%s %s at headquarters (ringmgr verify %s --repair)", ring->name, build->text,
                       ring->name));
}

static void lay_all_ready(const struct goals *goals, struct goal *goal)
{
    for (size_t i = 0; i < GOAL_BUILDS && goal->wrong.code == ERR_NONE; i++)
        if (goal->build[i].channel && !lay_ready(goals, goal->ring, &goal->build[i], &goal->wrong) &&
            goal->wrong.code == ERR_NONE)
            goal->wrong.code = ERR_FAILED;
}

static bool same_build(const struct goal_build *a, const struct goal_build *b)
{
    return a->channel == b->channel && build_compare(&a->build, &b->build) == 0 &&
           digest_equal(&a->files_digest, &b->files_digest);
}

static bool same_goal(const struct goal *a, const struct goal *b)
{
    return a->offer_id == b->offer_id && strcmp(a->stop, b->stop) == 0 && strcmp(a->stage, b->stage) == 0 &&
           same_build(&a->build[GOAL_LIVE], &b->build[GOAL_LIVE]) &&
           same_build(&a->build[GOAL_ORDERED], &b->build[GOAL_ORDERED]);
}

static struct goal *find_now(const struct goals *goals, const struct ring *ring)
{
    for (struct kept *kept = goals->kept; kept; kept = kept->next)
        if (kept->goal.ring == ring)
            return &kept->goal;
    return NULL;
}

const struct goal *goals_now(const struct goals *goals, const struct ring *ring)
{
    return find_now(goals, ring);
}

/* What was wrong here (a full disk, a lost object) may have been put right while the run lasts. */
static void lay_again(const struct goals *goals, struct goal *goal)
{
    if (goal->wrong.code == ERR_NONE)
        return;
    goal->wrong = (struct err){0};
    lay_all_ready(goals, goal);
}

bool goals_get(struct goals *goals, const struct ring *ring, const struct goal **goal, struct err *err)
{
    struct kept *now = mem_new(1, sizeof *now);
    struct goal *before = find_now(goals, ring);
    now->goal = (struct goal){.ring = ring, .offer_id = -1, .live_since = -1};
    bool ok = read_live(goals->job, &now->goal, err) && read_order(goals->job, &now->goal, err);
    if (!ok || (before && same_goal(before, &now->goal))) {
        free_kept(now);
        if (ok)
            lay_again(goals, before);
        *goal = before;
        return ok;
    }
    lay_all_ready(goals, &now->goal);
    now->next = goals->kept;
    goals->kept = now;
    *goal = &now->goal;
    return true;
}

void goals_refresh(struct goals *goals)
{
    const struct settings *settings = goals->job->settings;
    const struct goal *goal;
    struct err unread = {0};
    for (size_t i = 0; i < settings->rings; i++)
        if (goals_now(goals, &settings->ring[i]) && !goals_get(goals, &settings->ring[i], &goal, &unread))
            log_warn(goals->job->log, "%s", unread.msg);
}

/* ---- other builds that stand at sites ---- */

/* Of an offer that has left the shares and the store only its descriptors are known. */
static bool has_folder(const struct catalog_files *files)
{
    for (size_t i = 0; i < files->len; i++)
        if (strchr(files->file[i].path, '/'))
            return true;
    return false;
}

static bool read_other(struct goals *goals, struct kept_build *other, const struct channel *channel,
                       const struct build *number, bool *found, struct err *err)
{
    struct offer offer AUTO(offer_clear) = {0};
    struct err lost = {0};
    if (!catalog_offer_find(goals->job->state, other->ring->name, channel, number, &offer, found, err) ||
        (*found && !catalog_offer_files(goals->job->state, offer.id, &other->build.files, err)))
        return false;
    *found = *found && has_folder(&other->build.files);
    if (!*found)
        return true;
    take_files(&other->build, channel, number, &offer.files_digest);
    *found = lay_ready(goals, other->ring, &other->build, &lost);
    if (!*found)
        log_warn(goals->job->log, "%s: it cannot be compared", lost.msg);
    return true;
}

bool goals_get_other(struct goals *goals, const struct ring *ring, const struct channel *channel,
                     const struct build *number, const struct goal_build **build, struct err *err)
{
    bool found = false;
    *build = NULL;
    for (struct kept_build *other = goals->other; other; other = other->next)
        if (other->ring == ring && other->build.channel == channel &&
            build_compare(&other->build.build, number) == 0) {
            *build = &other->build;
            return true;
        }
    struct kept_build *other = mem_new(1, sizeof *other);
    other->ring = ring;
    bool ok = read_other(goals, other, channel, number, &found, err);
    if (!ok || !found) {
        clear_build(&other->build);
        free(other);
        return ok;
    }
    other->next = goals->other;
    goals->other = other;
    *build = &other->build;
    return true;
}

bool goals_prove(struct goals *goals, const struct ring *ring, const struct goal_build *build,
                 struct err *err)
{
    if (goals->rotten && !lay_ready(goals, ring, build, err))
        return false;
    if (outbox_prove(goals->outbox, ring->name, build->list, build->files.len, NULL, NULL, err))
        return true;
    goals->rotten = true;
    return err_prefix(err, "%s %s at headquarters (ringmgr verify %s --repair)", ring->name, build->text,
                      ring->name);
}

bool goals_pointer(struct goals *goals, const char *site, const struct ring *ring,
                   const struct goal_build *build, enum architecture architecture, int64_t mtime_unix,
                   struct err *err)
{
    AUTO_LOCK store = NULL;
    return job_lock_store(goals->job, &store, err) &&
           outbox_pointer(goals->outbox, site, ring->name, architecture,
                          &build->pointers.digest[pointers_index(architecture)], mtime_unix, err);
}

#include "ringmgr/ops/distribute_site.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/distribute_leave.h"
#include "ringmgr/ops/distribute_step.h"
#include "ringmgr/ops/quorum.h"

#include <stdio.h>
#include <stdlib.h>

struct site_work {
    const struct site_run *run;
    const struct site *site;
    struct site_target target;
    struct site_where where;
    struct lock *lock;
    struct distribute_share *share;
    struct part *part; /* of each share */
    size_t parts, at;
    bool ready;                /* its target is known */
    bool begun;                /* part[at] is open */
    bool answered;             /* something came out well in this run */
    struct err down;           /* the site as a whole is out of reach; code 0: it is not */
    const struct goal **ended; /* of each part: the goal that it ended with */
    int64_t ended_unix;        /* when the last of them did */
};

/* ---- beginning ---- */

static bool take_lock(struct site_work *work, int64_t *wait_ms, struct err *err)
{
    const struct job *job = work->run->job;
    char name[64];
    snprintf(name, sizeof name, "site-%s", work->site->name);
    bool ok = lock_take(state_dir(job->state), name, true, *wait_ms, job->command, &work->lock, err);
    if (!ok)
        *wait_ms = 0;
    return ok;
}

static bool find_where(struct site_work *work, struct err *err)
{
    static const enum where_kind kind[] = {
        [SITE_RSYNC] = WHERE_DAEMON, [SITE_SSH] = WHERE_SSH, [SITE_FOLDER] = WHERE_FOLDER};
    struct site_target *target = &work->target;
    char why[128];
    if (!site_target_parse(work->site->target, target, why))
        return err_set(err, ERR_USAGE, "target = %s: %s", work->site->target, why);
    work->where = (struct site_where){.kind = kind[target->kind],
                                      .user = target->user,
                                      .host = target->host,
                                      .ipv6 = target->ipv6,
                                      .port = target->port,
                                      .module = target->module,
                                      .path = target->path,
                                      .credentials = work->site->credentials,
                                      .ssh_config = work->site->ssh_config};
    return true;
}

/* Every part as it is before anything was asked of the site. */
static void begin_parts(struct site_work *work)
{
    const struct site_run *run = work->run;
    for (size_t i = 0; i < work->parts; i++)
        work->part[i] = (struct part){.job = run->job,
                                      .options = run->options,
                                      .goals = run->goals,
                                      .site = work->site,
                                      .ring = work->share[i].ring,
                                      .where = &work->where,
                                      .result = &work->share[i]};
    work->at = 0;
}

struct site_work *site_work_new(const struct site_run *run, const struct site *site,
                                struct distribute_share *share, size_t len, int64_t *wait_ms)
{
    struct site_work *work = mem_new(1, sizeof *work);
    *work = (struct site_work){.run = run,
                               .site = site,
                               .share = share,
                               .part = mem_new(len, sizeof *work->part),
                               .ended = mem_new(len, sizeof *work->ended),
                               .parts = len};
    begin_parts(work);
    work->ready = find_where(work, &work->down);
    if (work->ready && take_lock(work, wait_ms, &work->down))
        work->down = (struct err){0};
    return work;
}

void site_work_free(struct site_work *work)
{
    if (!work)
        return;
    for (size_t i = 0; i < work->parts; i++)
        part_clear(&work->part[i]);
    free(work->part);
    free(work->ended);
    site_target_clear(&work->target);
    lock_release(work->lock);
    free(work);
}

/* ---- the end of a part ---- */

static void fail(struct part *part, const struct err *err)
{
    struct distribute_share *result = part->result;
    result->result = DISTRIBUTE_FAILED;
    result->code = err->code;
    free(result->text);
    result->text = mem_strdup(err->msg);
}

/* What is wrong there and stays so is told, however well the rest went. */
static void tell_wrong(struct distribute_share *result)
{
    for (size_t i = 0; i < result->wrongs; i++)
        if (!result->wrong[i].repaired && !result->wrong[i].foreign && result->code == ERR_NONE)
            result->code = ERR_NOT_GENUINE;
}

static bool write_down(struct site_work *work, struct part *part, struct err *err)
{
    return site_books_end(&part->books, part->goal, work->run->options, part->result, err) &&
           (part->result->result != DISTRIBUTE_FLIPPED || quorum_refresh(work->run->job, part->ring, err));
}

static void end_part(struct site_work *work, const struct err *why)
{
    struct part *part = &work->part[work->at];
    struct err err = {0};
    if (why)
        fail(part, why);
    tell_wrong(part->result);
    if (work->begun && !write_down(work, part, &err))
        fail(part, &err);
    work->ended[work->at] = part->goal;
    part_clear(part);
    work->begun = false;
    work->at++;
}

/* ---- the next errand ---- */

static bool find_pause(const struct site_work *work, struct site_pause *pause, bool *paused, struct err *err)
{
    *paused = false;
    return work->run->options->task == DISTRIBUTE_CHECK ||
           site_pause_find(work->run->job->state, work->site->name, pause, paused, err);
}

static bool wait_while_paused(const struct site_work *work, struct part *part, bool *paused, struct err *err)
{
    struct site_pause pause AUTO(site_pause_clear) = {0};
    if (!find_pause(work, &pause, paused, err))
        return false;
    if (*paused)
        part_wait(part, "%s paused the site: %s", pause.by, pause.reason);
    return true;
}

/* Opens the part; the site that is out of reach is in the books of each of its rings. */
static bool begin_part(struct site_work *work, struct part *part, struct err *err)
{
    if (work->begun)
        return true;
    if (work->down.code == ERR_LOCKED) {
        *err = work->down;
        return false;
    }
    if (!part_begin(part, err))
        return false;
    work->begun = true;
    if (work->down.code != ERR_NONE)
        *err = work->down;
    return work->down.code == ERR_NONE;
}

/* What leaves goes before something big comes: the disk there may be full of it. */
static bool choose_leaving(const struct site_work *work, struct part *part, struct err *err)
{
    const enum step chosen = part->step;
    struct progress *at = part->at;
    if (work->run->options->task != DISTRIBUTE_SYNC ||
        (chosen != STEP_DONE && chosen != STEP_FOLDERS && chosen != STEP_STAGE))
        return true;
    if (!leave_choose(part, err))
        return false;
    if (part->step == STEP_DONE) {
        part->step = chosen;
        part->at = at;
    }
    return true;
}

/* False: the part has come to its end, with *err or without. */
static bool choose(struct site_work *work, struct part *part, struct errand *errand, struct err *err)
{
    bool paused;
    if (!begin_part(work, part, err) || !wait_while_paused(work, part, &paused, err) || paused ||
        !part_choose(part, err) || !choose_leaving(work, part, err))
        return false;
    if (part->step == STEP_DONE || !step_plan(part, errand, err))
        return false;
    errand->later = !work->answered && part->books.share.failing_unix >= 0;
    return true;
}

bool site_work_next(struct site_work *work, struct errand *errand)
{
    while (work->at < work->parts) {
        struct err err = {0};
        if (choose(work, &work->part[work->at], errand, &err))
            return true;
        errand_clear(errand);
        end_part(work, err.code != ERR_NONE ? &err : NULL);
    }
    work->ended_unix = clock_now_unix();
    lock_release(work->lock);
    work->lock = NULL;
    return false;
}

/* What is wrong with the site, not with one of its rings. */
static bool is_of_the_site(enum site_trouble trouble)
{
    return trouble == SITE_UNREACHABLE || trouble == SITE_DENIED || trouble == SITE_NO_TARGET ||
           trouble == SITE_HERE;
}

void site_work_take(struct site_work *work, const struct errand_end *end)
{
    struct part *part = &work->part[work->at];
    enum site_trouble trouble;
    struct err err = {0};
    if (step_take(part, end, &trouble, &err)) {
        work->answered = true;
        return;
    }
    if (is_of_the_site(trouble))
        work->down = err;
    end_part(work, &err);
}

bool site_work_is_outdated(const struct site_work *work)
{
    struct site_pause pause AUTO(site_pause_clear) = {0};
    struct err err = {0};
    bool paused = false;
    if (work->at >= work->parts || !work->begun)
        return false;
    return (find_pause(work, &pause, &paused, &err) && paused) || part_is_outdated(&work->part[work->at]);
}

/* ---- again ---- */

/* Has one of the rings another goal than the one that it ended with, or waits it for long? */
static bool is_due(const struct site_work *work)
{
    int64_t since = clock_now_unix() - work->ended_unix;
    bool later = since < 0 || since >= SITE_AGAIN_SECONDS;
    for (size_t i = 0; i < work->parts; i++) {
        const struct distribute_share *share = &work->share[i];
        bool unfinished = share->result == DISTRIBUTE_WAITING || share->result == DISTRIBUTE_FAILED;
        bool moved = work->ended[i] && goals_now(work->run->goals, share->ring) != work->ended[i];
        if (moved || (later && unfinished))
            return true;
    }
    return false;
}

bool site_work_begin_again(struct site_work *work)
{
    struct err held = {0};
    int64_t wait_ms = 0;
    if (!work->ready || work->at < work->parts || work->run->options->task != DISTRIBUTE_SYNC ||
        !is_due(work) || !take_lock(work, &wait_ms, &held))
        return false;
    work->down = (struct err){0};
    for (size_t i = 0; i < work->parts; i++)
        distribute_share_clear(&work->share[i]);
    begin_parts(work);
    return true;
}

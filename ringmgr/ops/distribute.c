#include "ringmgr/ops/distribute.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/distribute_alarms.h"
#include "ringmgr/ops/distribute_site.h"
#include "ringmgr/ops/quorum.h"

#include <stdlib.h>
#include <string.h>

/* How often what runs or waits for a place is looked at (is it still what HQ offers?), and how many ends may
 * come before. */
enum { TICK_SECONDS = 5, TICK_ENDS = 32 };

/* ---- who takes part ---- */

static bool check_names(const struct job *job, const struct distribute_options *options, struct err *err)
{
    for (size_t i = 0; options->sites && i < options->sites->len; i++)
        if (!settings_site(job->settings, options->sites->item[i]))
            return err_set(err, ERR_USAGE, "there is no [site %s]", options->sites->item[i]);
    if (options->ring && !settings_ring(job->settings, options->ring))
        return err_set(err, ERR_USAGE, "there is no [ring %s]", options->ring);
    return true;
}

static bool takes_part(const struct distribute_options *options, const struct site *site)
{
    return !options->sites || options->sites->len == 0 || strv_has(options->sites, site->name);
}

static void add_share(struct distribute *run, const struct site *site, const struct ring *ring)
{
    run->share = mem_grow(run->share, run->len, sizeof *run->share);
    run->share[run->len++] = (struct distribute_share){.site = site, .ring = ring};
}

static void add_shares(const struct job *job, const struct distribute_options *options,
                       struct distribute *run)
{
    const struct settings *settings = job->settings;
    for (size_t i = 0; i < settings->sites; i++)
        for (size_t j = 0; j < settings->rings && takes_part(options, &settings->site[i]); j++) {
            const struct ring *ring = &settings->ring[j];
            if (site_has_ring(&settings->site[i], ring->name) &&
                (!options->ring || strcmp(options->ring, ring->name) == 0))
                add_share(run, &settings->site[i], ring);
        }
}

/* ---- HQ's own files first ---- */

/* A site that nobody has reached lately, or that is paused, is not read for before it answers. */
static bool is_silent(const struct site_run *run, const struct distribute_share *share, bool *silent,
                      struct err *err)
{
    struct site_share books AUTO(site_share_clear) = {0};
    struct site_pause pause AUTO(site_pause_clear) = {0};
    bool paused;
    struct state *state = run->job->state;
    if (!site_share_find(state, share->site->name, share->ring->name, &books, err) ||
        !site_pause_find(state, share->site->name, &pause, &paused, err))
        return false;
    *silent = paused || books.failing_unix >= 0;
    return true;
}

/* Will the build be sent or compared there? Where it waits for a window nothing need be read. */
static bool is_due(const struct site_run *run, const struct distribute_share *share,
                   const struct goal_build *build, bool *due, struct err *err)
{
    struct site_build row AUTO(site_build_clear) = {0};
    bool found, silent;
    if (!is_silent(run, share, &silent, err) ||
        !site_build_find(run->job->state, share->site->name, share->ring->name, build->channel, &build->build,
                         &row, &found, err))
        return false;
    bool proven = found && row.proven_unix >= 0 && digest_equal(&row.files_digest, &build->files_digest);
    *due = !proven && !silent &&
           ((found && row.staged_unix >= 0) || run->options->now ||
            site_bytes_at(share->site, clock_now_unix()).open);
    return true;
}

/* What is rotten here is told by each site that would get it. */
static bool prove_here(const struct site_run *run, const struct distribute_share *share, struct err *err)
{
    const struct goal *goal;
    struct err rotten = {0};
    if (!goals_get(run->goals, share->ring, &goal, err))
        return false;
    for (size_t i = 0; i < GOAL_BUILDS && goal->wrong.code == ERR_NONE; i++) {
        bool due = false;
        if (goal->build[i].channel && !is_due(run, share, &goal->build[i], &due, err))
            return false;
        if (due && !goals_prove(run->goals, share->ring, &goal->build[i], &rotten))
            return true;
    }
    return true;
}

/* Reading gigabytes while transfers run would keep them from being watched. */
static bool prove_all_here(const struct site_run *run, const struct distribute *all, struct err *err)
{
    if (run->options->task != DISTRIBUTE_SYNC)
        return true;
    for (size_t i = 0; i < all->len; i++)
        if (!prove_here(run, &all->share[i], err))
            return false;
    return true;
}

/* ---- the run ---- */

struct works {
    struct site_work **item;
    size_t len;
};

static void clear_works(struct works *works)
{
    for (size_t i = 0; i < works->len; i++)
        site_work_free(works->item[i]);
    free(works->item);
}

/* One for each site; its shares lie side by side. */
static void make_works(const struct site_run *run, struct distribute *all, struct works *works)
{
    int64_t wait_ms = run->job->wait_ms;
    works->item = mem_new(all->len, sizeof *works->item);
    for (size_t from = 0, end; from < all->len; from = end) {
        for (end = from; end < all->len && all->share[end].site == all->share[from].site; end++)
            continue;
        works->item[works->len++] =
            site_work_new(run, all->share[from].site, &all->share[from], end - from, &wait_ms);
    }
}

static void go_on(struct errands *pool, struct site_work *work)
{
    AUTO_ERRAND errand = {0};
    if (site_work_next(work, &errand))
        errands_begin(pool, &errand, work);
}

/* Is what runs still what HQ offers? Has who is done something to do again? */
static void look_round(struct goals *goals, struct errands *pool, const struct works *works)
{
    goals_refresh(goals);
    for (size_t i = 0; i < works->len; i++) {
        if (site_work_is_outdated(works->item[i]))
            errands_stop(pool, works->item[i]);
        else if (site_work_begin_again(works->item[i]))
            go_on(pool, works->item[i]);
    }
}

static void watch(struct goals *goals, struct errands *pool, const struct works *works)
{
    int64_t looked = clock_steady_now().seconds;
    for (unsigned ended = 0; errands_count(pool) > 0;) {
        AUTO_ERRAND_END end = {0};
        bool one = errands_next(pool, TICK_SECONDS * 1000, &end);
        if (one) {
            site_work_take(end.tag, &end);
            go_on(pool, end.tag);
        }
        if (one && ++ended < TICK_ENDS && clock_steady_now().seconds - looked < TICK_SECONDS)
            continue;
        look_round(goals, pool, works);
        looked = clock_steady_now().seconds;
        ended = 0;
    }
}

static void work_off(const struct site_run *run, struct distribute *all)
{
    struct works works AUTO(clear_works) = {0};
    unsigned limit = run->job->settings->sites_parallel;
    AUTO(errands_auto_free)
    struct errands *pool = errands_new(limit ? limit : 1);
    make_works(run, all, &works);
    for (size_t i = 0; i < works.len; i++)
        go_on(pool, works.item[i]);
    watch(run->goals, pool, &works);
}

static bool find_worst(const struct distribute *run, struct err *err)
{
    const struct distribute_share *worst = NULL;
    for (size_t i = 0; i < run->len; i++)
        if (run->share[i].code != ERR_NONE && (!worst || err_code_worse(run->share[i].code, worst->code)))
            worst = &run->share[i];
    if (!worst)
        return true;
    if (worst->result == DISTRIBUTE_FAILED)
        return err_set(err, worst->code, "site %s: %s: %s", worst->site->name, worst->ring->name,
                       worst->text);
    return err_set(err, worst->code, "site %s: %s: not everything there is what it must be",
                   worst->site->name, worst->ring->name);
}

/* Also the configuration alone may have changed something: fewer sites are required than were. */
static bool refresh_all(const struct job *job, struct err *err)
{
    for (size_t i = 0; i < job->settings->rings; i++)
        if (!quorum_refresh(job, &job->settings->ring[i], err))
            return false;
    return distribute_alarms_settle_left(job, err);
}

bool distribute_run(const struct job *job, const struct distribute_options *options, struct distribute *run,
                    struct err *err)
{
    *run = (struct distribute){0};
    if (!check_names(job, options, err) || !refresh_all(job, err))
        return false;
    AUTO(goals_auto_close)
    struct goals *goals = goals_open(job, err);
    if (!goals)
        return false;
    const struct site_run with = {.job = job, .options = options, .goals = goals};
    add_shares(job, options, run);
    if (!prove_all_here(&with, run, err))
        return false;
    work_off(&with, run);
    return refresh_all(job, err) && find_worst(run, err);
}

void distribute_clear(struct distribute *run)
{
    for (size_t i = 0; i < run->len; i++)
        distribute_share_clear(&run->share[i]);
    free(run->share);
    *run = (struct distribute){0};
}

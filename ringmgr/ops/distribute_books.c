#include "ringmgr/ops/distribute_books.h"
#include "ringmgr/base/clock.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/ops/distribute_alarms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* What is known of another place says nothing about this one. */
static bool note_place(const struct job *job, const struct site *site, struct err *err)
{
    bool changed = false;
    bool ok = state_begin(job->state, err) &&
              site_place(job->state, site->name, site->target, clock_now_unix(), &changed, err);
    if (!state_end(job->state, ok, err))
        return false;
    if (changed)
        log_warn(job->log, "site %s: its target has changed: what was known of it is void", site->name);
    return true;
}

bool site_books_read(const struct job *job, const struct site *site, const struct ring *ring,
                     struct site_books *books, struct err *err)
{
    *books = (struct site_books){.job = job, .site = site, .ring = ring};
    if (!note_place(job, site, err) ||
        !site_share_find(job->state, site->name, ring->name, &books->share, err) ||
        !site_builds_get(job->state, site->name, ring->name, &books->builds, err)) {
        site_books_clear(books);
        return false;
    }
    return true;
}

void site_books_clear(struct site_books *books)
{
    site_share_clear(&books->share);
    site_builds_clear(&books->builds);
    *books = (struct site_books){0};
}

struct site_build *site_books_find(const struct site_books *books, const struct channel *channel,
                                   const struct build *build)
{
    for (size_t i = 0; i < books->builds.len; i++) {
        struct site_build *row = &books->builds.item[i];
        if (row->channel == channel && build_compare(&row->build, build) == 0)
            return row;
    }
    return NULL;
}

bool site_books_proven(const struct site_books *books, const struct goal_build *build)
{
    const struct site_build *row = site_books_find(books, build->channel, &build->build);
    return row && row->proven_unix >= 0 && digest_equal(&row->files_digest, &build->files_digest);
}

bool site_books_broke_off(const struct site_books *books, const struct goal_build *build)
{
    const struct site_build *row = site_books_find(books, build->channel, &build->build);
    return row && row->begun_unix >= 0 && row->staged_unix < 0;
}

/* ---- builds ---- */

/* The row of a build, made where there is none. */
static struct site_build *row_of(struct site_books *books, const struct channel *channel,
                                 const struct build *build)
{
    struct site_build *row = site_books_find(books, channel, build);
    if (row)
        return row;
    struct site_builds *builds = &books->builds;
    builds->item = mem_grow(builds->item, builds->len, sizeof *builds->item);
    row = &builds->item[builds->len++];
    *row = (struct site_build){.site = mem_strdup(books->site->name),
                               .ring = mem_strdup(books->ring->name),
                               .channel = channel,
                               .build = *build,
                               .begun_unix = clock_now_unix(),
                               .staged_unix = -1,
                               .proven_unix = -1,
                               .left_unix = -1};
    return row;
}

bool site_books_begin(struct site_books *books, const struct goal_build *build, struct err *err)
{
    struct site_build *row = row_of(books, build->channel, &build->build);
    row->files_digest = build->files_digest;
    row->staged_unix = row->proven_unix = row->left_unix = -1;
    return site_build_put(books->job->state, row, err);
}

bool site_books_staged(struct site_books *books, const struct goal_build *build, uint64_t rate,
                       struct err *err)
{
    struct site_build *row = row_of(books, build->channel, &build->build);
    row->files_digest = build->files_digest;
    row->staged_unix = clock_now_unix();
    if (rate > 0)
        books->share.rate = books->share.rate ? books->share.rate / 4 * 3 + rate / 4 : rate;
    return site_build_put(books->job->state, row, err);
}

bool site_books_judge(struct site_books *books, const struct goal_build *build, bool proven, struct err *err)
{
    struct site_build *row = row_of(books, build->channel, &build->build);
    int64_t now = clock_now_unix();
    row->files_digest = build->files_digest;
    row->proven_unix = proven ? now : -1;
    if (proven && row->staged_unix < 0)
        row->staged_unix = now;
    return site_build_put(books->job->state, row, err);
}

bool site_books_leave(struct site_books *books, const struct channel *channel, const struct build *build,
                      int64_t *left_unix, struct err *err)
{
    struct site_build *row = row_of(books, channel, build);
    bool new = row->left_unix < 0;
    if (new)
        row->left_unix = clock_now_unix();
    *left_unix = row->left_unix;
    return !new || site_build_put(books->job->state, row, err);
}

bool site_books_gone(struct site_books *books, const struct channel *channel, const struct build *build,
                     struct err *err)
{
    struct site_build *row = site_books_find(books, channel, build);
    if (!site_build_gone(books->job->state, books->site->name, books->ring->name, channel, build, err))
        return false;
    if (row) {
        site_build_clear(row);
        *row = books->builds.item[--books->builds.len];
    }
    return true;
}

/* ---- a look ---- */

/* The share's own row, its names put there. */
static bool put_share(struct site_books *books, struct err *err)
{
    if (!books->share.site)
        books->share.site = mem_strdup(books->site->name);
    if (!books->share.ring)
        books->share.ring = mem_strdup(books->ring->name);
    return site_share_put(books->job->state, &books->share, err);
}

/* What happened at a site by itself; nobody decided it. */
static bool append_entry(const struct site_books *books, const char *action, const struct channel *channel,
                         const char *build, const char *reason, struct err *err)
{
    const struct job nobody = job_of_nobody(books->job);
    struct entry entry = {.action = action,
                          .ring = books->ring->name,
                          .channel = channel ? channel->id : NULL,
                          .build = build,
                          .reason = reason};
    return job_write(&nobody, &entry, err);
}

/* A laggard has come: the build was live for the others already. */
static bool note_late(const struct site_books *books, const struct goal *goal, struct err *err)
{
    const struct goal_build *live = &goal->build[GOAL_LIVE];
    int64_t reached;
    char *reason AUTO_FREE = mem_printf("%s offers it now", books->site->name);
    if (!books->site->required)
        return true;
    return site_quorum_find(books->job->state, books->ring->name, live->channel, &live->build,
                            goal->live_since, &reached, err) &&
           (reached < 0 || append_entry(books, "site-late", live->channel, live->text, reason, err));
}

/* Which of the pointers says what is offered: that of the greater part of the machines. */
static const struct seen_pointer *offered_by(const struct seen_pointer seen[2])
{
    return seen[1].present ? &seen[1] : &seen[0];
}

/* A build whose pointer has moved on, by the books or by an architecture's own. */
static bool note_left(struct site_books *books, const struct seen_pointer seen[2],
                      const struct channel *channel, const struct build *build, struct err *err)
{
    int64_t left;
    for (int i = 0; i < 2; i++)
        if (seen[i].present && seen[i].channel == channel && build_compare(&seen[i].build, build) == 0)
            return true;
    return !channel || !site_books_find(books, channel, build) ||
           site_books_leave(books, channel, build, &left, err);
}

/* It is offered (again): its grace is over before it has begun. */
static bool note_back(struct site_books *books, const struct seen_pointer *seen, struct err *err)
{
    struct site_build *row =
        seen->present && seen->channel ? site_books_find(books, seen->channel, &seen->build) : NULL;
    if (!row || row->left_unix < 0)
        return true;
    row->left_unix = -1;
    return site_build_put(books->job->state, row, err);
}

static void take_offered(struct site_books *books, const struct seen_pointer *offered, bool moved,
                         int64_t now)
{
    struct site_share *share = &books->share;
    share->channel = offered->present ? offered->channel : NULL;
    share->build = share->channel ? offered->build : (struct build){{0}};
    if (!share->channel)
        share->offered_since = -1;
    else if (moved || share->offered_since < 0)
        share->offered_since = now;
}

bool site_books_looked(struct site_books *books, const struct seen_pointer seen[2], const struct goal *goal,
                       bool right, struct err *err)
{
    struct site_share *share = &books->share;
    const struct seen_pointer *offered = offered_by(seen);
    const struct goal_build *live = &goal->build[GOAL_LIVE];
    const struct channel *was_channel = share->channel;
    const struct build was = share->build;
    int64_t now = clock_now_unix();
    bool moved =
        offered->present && (was_channel != offered->channel || build_compare(&was, &offered->build) != 0);
    take_offered(books, offered, moved, now);
    share->looked_unix = now;
    share->files_digest = right && site_books_proven(books, live) ? live->files_digest : (struct digest){{0}};
    bool stale = live->channel && !right;
    share->stale_unix = !stale ? -1 : share->stale_unix < 0 ? now : share->stale_unix;
    return (!moved || note_left(books, seen, was_channel, &was, err)) && note_back(books, &seen[0], err) &&
           note_back(books, &seen[1], err) && put_share(books, err) &&
           (!moved || !right || note_late(books, goal, err));
}

/* ---- the end ---- */

static void replace_text(const char **to, const char *text)
{
    free((char *)(uintptr_t)*to);
    *to = mem_strdup(text);
}

static void take_end(struct site_share *share, const struct distribute_options *options,
                     const struct distribute_share *result, int64_t now)
{
    bool failed = result->result == DISTRIBUTE_FAILED;
    bool compared = options->task == DISTRIBUTE_VERIFY || options->task == DISTRIBUTE_REPAIR;
    share->failing_unix = !failed ? -1 : share->failing_unix < 0 ? now : share->failing_unix;
    replace_text(&share->error, failed ? result->text : NULL);
    if (options->task == DISTRIBUTE_CHECK)
        return;
    if (!failed) {
        share->bytes_left = result->left_bytes;
        replace_text(&share->waiting, result->text);
    }
    if (!failed && !result->text && share->channel && share->stale_unix < 0)
        share->good_unix = now;
    if (compared && result->checked_files > 0)
        share->verified_unix = now;
}

/* What was put right is a history entry, as it is at HQ. */
static bool note_repairs(const struct site_books *books, const struct distribute_share *result,
                         struct err *err)
{
    const struct distribute_wrong *first = NULL;
    size_t repaired = 0;
    for (size_t i = 0; i < result->wrongs; i++) {
        first = !first && result->wrong[i].repaired ? &result->wrong[i] : first;
        repaired += result->wrong[i].repaired;
    }
    if (!first)
        return true;
    char *reason AUTO_FREE =
        mem_printf("%s: %zu put right: %s %s", books->site->name, repaired, first->path, first->problem);
    return append_entry(books, "site-repair", NULL, NULL, reason, err);
}

bool site_books_end(struct site_books *books, const struct goal *goal,
                    const struct distribute_options *options, const struct distribute_share *result,
                    struct err *err)
{
    const struct job *job = books->job;
    bool comparing = options->task == DISTRIBUTE_VERIFY || options->task == DISTRIBUTE_REPAIR;
    bool compared = result->wrongs > 0 || (comparing && result->checked_files > 0);
    if (result->code == ERR_LOCKED)
        return true;
    take_end(&books->share, options, result, clock_now_unix());
    return put_share(books, err) && note_repairs(books, result, err) &&
           distribute_alarms_failing(job, books->site, books->ring, &books->share, result->code, err) &&
           (!goal || distribute_alarms_stale(job, books->site, goal, &books->share, err)) &&
           (!compared || distribute_alarms_wrong(job, books->site, books->ring, result, err));
}
